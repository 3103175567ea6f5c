"""A task: one wish to run a model on an input."""

from __future__ import annotations

import json
import os
from typing import Dict, Iterator, List, Literal, Optional, Tuple, Union, cast

from .answer import Answer
from .answers import FINAL_STATES, CancelAnswer, Explanation, Failure, LogLine, TaskData, TaskState
from .context import Context
from .download import download, file_path
from .errors import TaskCancelled, TaskFailed, TransportError
from .events import Event, follow_task
from .progress import ProgressChoice, watching
from .request import Request, path_of
from .result import Result
from .submit_task import checked_key
from .transport import read_json
from .wait_for_task import look_at_task, wait_for_task


class Task:
    """A task as it was when it was last looked at: `refresh` and `wait` look again. `data` is all that the server tells of it."""

    def __init__(self, context: Context, data: TaskData) -> None:
        self._context = context
        self.data = data

    def __repr__(self) -> str:
        return f"<Task {self.id}, model {self.model}, {self.state}>"

    @property
    def id(self) -> str:
        """43 characters that nobody guesses."""
        return self.data["id"]

    @property
    def model(self) -> str:
        """The id of its model."""
        return self.data["model"]

    @property
    def state(self) -> TaskState:
        """`queued`, `running`, `cancelling`, `succeeded`, `failed` or `cancelled`."""
        return self.data["state"]

    @property
    def reason(self) -> str:
        """Why it is where it is, in a sentence."""
        return self.data["reason"]

    @property
    def labels(self) -> Dict[str, str]:
        """Your own words on it."""
        return self.data["labels"]

    @property
    def failure(self) -> Optional[Failure]:
        """Why it failed; None where it did not."""
        return self.data["failure"]

    @property
    def has_ended(self) -> bool:
        """Whether it has succeeded, failed or was cancelled."""
        return self.state in FINAL_STATES

    def refresh(self) -> Task:
        """Looks again, and answers itself."""
        self.data = look_at_task(self._context.transport, self.id)
        return self

    def wait(self, timeout: Optional[float] = None, *, progress: ProgressChoice = None) -> Task:
        """Waits until it has ended, however it does, and answers itself. Raises WaitTimeout after `timeout` seconds."""
        with watching(self._context.progress if progress is None else progress) as tell:
            self.data = wait_for_task(self._context.transport, self.data, timeout=timeout, tell=tell)
        return self

    def result(self, timeout: Optional[float] = None, *, progress: ProgressChoice = None) -> Result:
        """Waits for its output. Raises TaskFailed, TaskCancelled, WaitTimeout."""
        self.wait(timeout, progress=progress)
        if self.state == "cancelled":
            raise TaskCancelled(self.data)
        output = self.data["output"]
        if self.state == "failed" or output is None:
            raise TaskFailed(self.data)
        return Result(self._context, self.data, output)

    def explain(self) -> Explanation:
        """Why it waits, when it is expected to start, and what would start it sooner."""
        return cast(Explanation, self._context.transport.ask("GET", path_of("tasks", self.id, "explain")))

    def events(self, after: str = "") -> Iterator[Event]:
        """What happens to it and what its model prints, as it comes, until its end; after the event of this id."""
        return follow_task(self._context.transport, self.id, after)

    def logs(
        self, *, stream: Optional[Literal["stdout", "stderr"]] = None, tail: Optional[int] = None, attempt: Optional[int] = None
    ) -> List[LogLine]:
        """What an attempt has printed so far, the newest one where none is named; both streams, or one, or the last lines of it."""
        wanted = {"stream": stream, "tail": tail, "attempt": attempt}
        query: List[Tuple[str, Union[str, int]]] = [(name, value) for name, value in wanted.items() if value is not None]
        request = Request("GET", path_of("tasks", self.id, "logs"), query, {"Accept": "application/x-ndjson"})
        return self._context.transport.send(request, _read_log)

    def cancel(self) -> CancelAnswer:
        """Cancels it; again and again does no harm. `result` says what happened."""
        answer = cast(CancelAnswer, self._context.transport.ask("POST", path_of("tasks", self.id, "cancel")))
        self.data = answer["task"]
        return answer

    def retry(self, idempotency_key: Optional[str] = None) -> Task:
        """Runs it once more once it has ended: a new task with the same input, whose `data["retry_of"]` is this one."""
        headers = {"Idempotency-Key": checked_key(idempotency_key) if idempotency_key else self._context.new_key()}
        request = Request("POST", path_of("tasks", self.id, "retry"), (), headers)
        return Task(self._context, cast(TaskData, self._context.transport.send(request, read_json)))

    def requeue(self) -> Task:
        """For operators: puts it back into the queue after it has failed or was cancelled, and answers itself."""
        self.data = cast(TaskData, self._context.transport.ask("POST", path_of("tasks", self.id, "requeue")))
        return self

    def delete(self) -> None:
        """Makes it unknown; its bytes go, and it is cancelled where it runs. A second time raises ProblemError, status 404."""
        self._context.transport.ask("DELETE", path_of("tasks", self.id), is_repeatable=False)

    def save_input(self, path: "str | os.PathLike[str]", progress: ProgressChoice = None) -> str:
        """Writes the zip that was sent to a file, and answers its path."""
        target = file_path(path)
        with watching(self._context.progress if progress is None else progress) as tell:
            download(self._context.transport, path_of("tasks", self.id, "input"), self.data["input"], target, tell)
        return target

    def output(self, path: "str | os.PathLike[str]", progress: ProgressChoice = None) -> str:
        """Waits for its end and writes the output zip to a file, as `result().save(path)` does."""
        return self.result(progress=progress).save(path, progress)


def _read_log(answer: Answer) -> List[LogLine]:
    try:
        # A log has at most 1 MiB of each stream, so it may be held as a whole.
        return [cast(LogLine, json.loads(line)) for line in answer.lines()]
    except ValueError:
        raise TransportError("The server sent a line of the log that is no JSON.", is_passing=False) from None
