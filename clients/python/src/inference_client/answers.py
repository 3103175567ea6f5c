"""What the server answers about tasks, as types. A test compares them with the server's OpenAPI document."""

from __future__ import annotations


from typing import Dict, List, Literal, Optional, TypedDict

TaskState = Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]

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


class Happening(TypedDict):
    """One thing that happened to a task."""

    at: str
    kind: str
    attempt: Optional[int]
    text: str


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
    history: List[Happening]
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


class LogLine(TypedDict):
    """One line that a model printed."""

    stream: Literal["stdout", "stderr"]
    at: str
    text: str
