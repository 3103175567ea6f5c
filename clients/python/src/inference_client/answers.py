"""What the server answers about tasks, as types. A test compares them with the server's OpenAPI document."""

from __future__ import annotations


from typing import Dict, List, Literal, Optional, TypedDict, Union

TaskState = Literal["queued", "running", "cancelling", "succeeded", "failed", "cancelled"]

#: States that a task does not leave by itself.
FINAL_STATES = frozenset({"succeeded", "failed", "cancelled"})

Priority = Literal["high", "normal", "low"]
#: A number, or as many as the largest machine in question has.
GpuCount = Union[int, Literal["all"]]

Progress = TypedDict("Progress", {"fraction": Optional[float], "text": str})
StoredZip = TypedDict("StoredZip", {"bytes": int, "sha256": str, "available": bool})
Timings = TypedDict(
    "Timings", {"waiting_seconds": Optional[float], "running_seconds": Optional[float], "total_seconds": Optional[float]}
)
AttemptFailure = TypedDict("AttemptFailure", {"class": str, "reason": str, "exit_code": Optional[int]})
Failure = TypedDict("Failure", {"class": str, "reason": str, "exit_code": Optional[int], "last_lines": List[str]})


AttemptUsage = TypedDict(
    "AttemptUsage",
    {
        "memory_peak_bytes": Optional[int],
        "cpu_seconds": Optional[float],
        "gpu_memory_peak_bytes": Optional[int],
        "output_bytes": Optional[int],
        "run_seconds": Optional[float],
    },
)


class Resources(TypedDict, total=False):
    """What a task asks for of one machine, all of it at once; what is left out is none, or for a GPU model one GPU."""

    gpus: GpuCount
    gpu_memory_bytes: int
    cpus: float
    memory_bytes: int
    shm_bytes: int
    scratch_bytes: int
    node_labels: Dict[str, str]


class Attempt(TypedDict):
    """One try at a task."""

    number: int
    consumer: str
    started_at: str
    ended_at: Optional[str]
    outcome: Optional[Literal["succeed", "fail", "hand_back", "lost"]]
    failure: Optional[AttemptFailure]
    usage: Optional[AttemptUsage]


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
    priority: Priority
    resources: Resources
    time_limit_seconds: float
    deadline_at: Optional[str]
    timings: Timings
    attempts: List[Attempt]
    history: List[Happening]
    failure: Optional[Failure]
    warnings: List[str]
    input: StoredZip
    output: Optional[StoredZip]


Blocker = Literal[
    "slot", "held", "reserved", "impossible", "labels", "draining", "quarantined", "queue", "quota", "backoff", "consumer"
]


class Explanation(TypedDict):
    """Why a task waits, when it may start, and what would start it sooner."""

    task: str
    state: TaskState
    reason: str
    position: Optional[int]
    blocker: Optional[Blocker]
    machine: Optional[str]
    held_by: List[str]
    starts_by: Optional[str]
    expected_start: Optional[str]
    sooner: List[str]


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
