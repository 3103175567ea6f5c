"""What the server answers, as types. A test compares them with the server's OpenAPI document."""

from __future__ import annotations


from typing import Any, Dict, List, Literal, Optional, TypedDict

TaskState = Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]
Scope = Literal["submit", "read", "operate", "admin", "consumer"]

#: States that a task does not leave by itself.
FINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})

Progress = TypedDict("Progress", {"fraction": Optional[float], "text": str})
StoredZip = TypedDict("StoredZip", {"bytes": int, "sha256": str, "available": bool})
Timings = TypedDict(
    "Timings", {"waiting_seconds": Optional[float], "running_seconds": Optional[float], "total_seconds": Optional[float]}
)
AttemptFailure = TypedDict("AttemptFailure", {"class": str, "reason": str, "exit_code": Optional[int]})
Failure = TypedDict("Failure", {"class": str, "reason": str, "exit_code": Optional[int], "last_lines": List[str]})


class Attempt(TypedDict):
    """One try at a task."""

    number: int
    consumer: str
    started_at: str
    ended_at: Optional[str]
    outcome: Optional[Literal["succeed", "fail", "hand_back", "lost"]]
    failure: Optional[AttemptFailure]


class TaskItem(TypedDict):
    """A task, as lists show it. Times are ISO 8601 in UTC."""

    id: str
    model: str
    state: TaskState
    owner: str
    labels: Dict[str, str]
    progress: Optional[Progress]
    created_at: str
    started_at: Optional[str]
    finished_at: Optional[str]
    failure_class: Optional[str]
    retry_of: Optional[str]


class TaskData(TaskItem):
    """A task."""

    reason: str
    position: Optional[int]
    time_limit_seconds: float
    timings: Timings
    attempts: List[Attempt]
    failure: Optional[Failure]
    warnings: List[str]
    input: StoredZip
    output: Optional[StoredZip]


class CancelAnswer(TypedDict):
    """What a cancel did."""

    result: Literal["cancelled", "cancelling", "already_ended"]
    task: TaskData


class OutputFile(TypedDict):
    """One entry of an output."""

    path: str
    bytes: int
    is_folder: bool


class OutputFiles(TypedDict):
    """What is in an output; `truncated`: there is more than `items` has."""

    entries: int
    items: List[OutputFile]
    truncated: bool


ModelLimits = TypedDict("ModelLimits", {"memory_bytes": int, "shm_bytes": int, "pids_max": int, "time_limit_seconds": float})
ModelFiles = TypedDict("ModelFiles", {"bytes": int, "sha256": str})
ModelTest = TypedDict("ModelTest", {"task": str, "passed": Optional[bool], "reason": str})


class Model(TypedDict):
    """A model."""

    id: str
    description: str
    image: Optional[str]
    gpu: bool
    disabled: bool
    loosened: List[str]
    limits: ModelLimits
    files: Optional[ModelFiles]
    created_at: str


class RegisteredModel(Model):
    """A model that was just registered; `test` is its trial on the sample that came along."""

    test: Optional[ModelTest]


class Consumer(TypedDict):
    """One that runs models."""

    id: str
    pools: List[str]
    gpus: int
    trouble: Dict[str, str]
    running: int
    seen_at: str


class QueuedPool(TypedDict):
    """What waits and runs in one pool."""

    pool: str
    queued: int
    running: int
    oldest_queued_seconds: Optional[float]
    consumers: int


KeyLimits = TypedDict(
    "KeyLimits", {"requests_per_minute": Optional[int], "upload_bytes": Optional[int], "queued_tasks": Optional[int]}
)


class Key(TypedDict):
    """A key, without its secret."""

    prefix: str
    owner: str
    name: str
    scopes: List[Scope]
    limits: KeyLimits
    created_at: str
    created_by: str
    expires_at: Optional[str]
    revoked_at: Optional[str]
    last_used_at: Optional[str]
    old_secret_until: Optional[str]


class ShownKey(Key):
    """A key with its secret, which is shown this once."""

    secret: str


class Me(TypedDict):
    """Who is asking."""

    owner: str
    key: Optional[str]
    name: Optional[str]
    scopes: List[Scope]
    limits: KeyLimits


class AuditEntry(TypedDict):
    """One thing that somebody did."""

    at: str
    actor: str
    key: Optional[str]
    action: str
    subject: str
    detail: Dict[str, Any]
    request_id: Optional[str]


class LogLine(TypedDict):
    """One line that a model printed."""

    stream: Literal["stdout", "stderr"]
    at: str
    text: str
