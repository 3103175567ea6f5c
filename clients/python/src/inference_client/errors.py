"""What can go wrong, each kind apart: the request, the network, the task, the time, the input, the output."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from .answers import TaskData
from .printable import printable

# What passes by itself: a proxy or server that is starting, a limit that is used up for now, an upload that broke off.
PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})
PASSING_CODES = frozenset({"upload_incomplete"})
# Of what a task says, an error's text repeats so much.
TEXT_CHARS_MAX = 2_000
LINE_CHARS_MAX = 200
LINES_SHOWN_MAX = 5


class InferenceError(Exception):
    """Whatever this package raises on purpose."""


class InputError(InferenceError, ValueError):
    """An argument cannot be used: nothing was sent."""


class UnsafeOutput(InferenceError):
    """An output would write outside of the folder it is extracted to, or is no plain zip: nothing of it was written."""


class TransportError(InferenceError):
    """The server could not be reached, or the connection broke, for longer than is worth waiting. Says nothing about the task."""

    #: Whether trying again may help.
    is_passing: bool

    def __init__(self, message: str, is_passing: bool = True) -> None:
        super().__init__(message, is_passing)
        self.is_passing = is_passing

    def __str__(self) -> str:
        return str(self.args[0])


class IntegrityError(TransportError):
    """What arrived is not what was sent: the digests differ."""


class ProblemError(InferenceError):
    """The server refused a request and said why. `code` is stable, for programs; `detail` is for people."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: Optional[float] = None) -> None:
        super().__init__(status, dict(problem), retry_after)
        self.status = status
        #: The whole problem document.
        self.problem = dict(problem)
        #: Seconds after which the server would have the request again.
        self.retry_after = retry_after
        self.code = str(problem.get("code", ""))
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        self.request_id = str(problem.get("request_id", ""))
        #: The wrong fields, each with `pointer` and `message`.
        self.errors: List[Mapping[str, str]] = [each for each in problem.get("errors", []) if isinstance(each, dict)]

    @property
    def pointer(self) -> Optional[str]:
        """Which field of the request was wrong, where one was; `/query/limit` for example."""
        return str(self.errors[0].get("pointer")) if self.errors else None

    @property
    def is_passing(self) -> bool:
        """Whether the same request may be welcome later."""
        return self.status in PASSING_STATUSES or self.code in PASSING_CODES

    def __str__(self) -> str:
        fields = "; ".join(f"{each.get('pointer')} {each.get('message')}" for each in self.errors)
        said = self.detail if not fields or fields in self.detail else f"{self.detail} ({fields})"
        request = f", request {self.request_id}" if self.request_id else ""
        return printable(f"{said} [{self.status} {self.code}{request}]", TEXT_CHARS_MAX)


class TaskError(InferenceError):
    """A task did not bring a result. `task` is the task as the server last told it."""

    def __init__(self, task: TaskData) -> None:
        super().__init__(task)
        self.task = task
        self.task_id = task["id"]
        self.reason = task["reason"]


class TaskFailed(TaskError):
    """The task has failed; `failure_class` says how, `last_lines` what the model printed last."""

    def __init__(self, task: TaskData) -> None:
        super().__init__(task)
        failure = task["failure"]
        self.failure_class = failure["class"] if failure else ""
        self.exit_code = failure["exit_code"] if failure else None
        self.last_lines = list(failure["last_lines"]) if failure else []

    def __str__(self) -> str:
        shown = [f"  | {printable(line, LINE_CHARS_MAX)}" for line in self.last_lines[-LINES_SHOWN_MAX:]]
        return "\n".join([f"Task {self.task_id} failed ({self.failure_class}): {printable(self.reason, TEXT_CHARS_MAX)}", *shown])


class TaskCancelled(TaskError):
    """The task was cancelled."""

    def __str__(self) -> str:
        return f"Task {self.task_id} was cancelled: {printable(self.reason, TEXT_CHARS_MAX)}"


class WaitTimeout(TaskError):
    """The task has not ended in the time that you gave. It goes on: `client.task(error.task_id)` is still there to wait for."""

    def __str__(self) -> str:
        return f"Task {self.task_id} has not ended in time, it goes on: {printable(self.reason, TEXT_CHARS_MAX)}"
