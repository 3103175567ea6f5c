"""The way in."""

from __future__ import annotations

import os
from typing import Any, Iterable, Iterator, List, Mapping, Optional, TypeVar, Union, cast

from .address import parse_address
from .admin_answers import AuditEntry, Consumer, Gpu, Me, QueuedPool
from .answers import GpuCount, Priority, Resources, TaskItem, TaskState
from .context import Context
from .find_server import find_url
from .keys import Keys
from .map_inputs import Outcome, map_inputs
from .models import Models
from .packed_input import Input, packed_input
from .patience import RETRY_SECONDS
from .progress import ProgressChoice, watching
from .request import path_of
from .result import Result
from .submit_task import Wishes, checked_key, submit_task
from .task import Task
from .transport import Transport
from .wait_for_task import look_at_task, wait_for_task

Labels = Mapping[str, str]
Source = TypeVar("Source", bound=Input)


class Client:
    """
    A server, as one of its users. Threads may share it.

    `url` and `token` (a key) are taken from INFERENCE_URL and INFERENCE_TOKEN where they are left out, and the server on this machine is
    found by itself. `cafile` has the authorities to trust for https. `progress` is None for a bar where a person looks, False for nothing,
    or a function that is told. What fails and may pass is tried again until nothing has moved for `retry_seconds`.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[str] = None,
        *,
        cafile: Union[str, "os.PathLike[str]", None] = None,
        progress: ProgressChoice = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        address = parse_address(find_url(os.environ) if url is None else url)
        key = os.environ.get("INFERENCE_TOKEN", "").strip() if token is None else token
        transport = Transport(address, key, None if cafile is None else os.fspath(cafile), retry_seconds)
        self._context = Context(transport, progress)
        self._transport = transport
        self.models = Models(self._context)
        self.keys = Keys(self._context)

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    @property
    def url(self) -> str:
        """Where the server is."""
        return str(self._transport.address)

    def submit(
        self,
        model: str,
        input: Input,
        *,
        labels: Optional[Labels] = None,
        time_limit_seconds: Optional[int] = None,
        deadline_seconds: Optional[int] = None,
        priority: Optional[Priority] = None,
        gpus: Optional[GpuCount] = None,
        resources: Optional[Resources] = None,
        idempotency_key: Optional[str] = None,
        progress: ProgressChoice = None,
    ) -> Task:
        """
        Sends a task and does not wait for it. A folder is zipped, a file too unless its name ends in `.zip`; bytes and open files are the
        zip. The same input under the same `idempotency_key` is the same task, today and tomorrow; without one of yours it has its own, so
        that a broken upload can be sent again. `time_limit_seconds` is for each attempt, `deadline_seconds` for all, waiting included. `priority` is among your own
        tasks; `gpus` is short for the `gpus` of `resources`: what it asks for of one machine. Raises InputError, ProblemError, TransportError.
        """
        key = checked_key(idempotency_key) if idempotency_key else self._context.new_key()
        asked: Resources = {**(resources or {})} if gpus is None else {**(resources or {}), "gpus": gpus}
        wishes = Wishes(key, dict(labels or {}), time_limit_seconds, deadline_seconds, priority, asked)
        with watching(self._progress(progress)) as tell, packed_input(input, tell) as packed:
            return Task(self._context, submit_task(self._context, model, packed, wishes, tell))

    def run(
        self,
        model: str,
        input: Input,
        *,
        timeout: Optional[float] = None,
        labels: Optional[Labels] = None,
        time_limit_seconds: Optional[int] = None,
        deadline_seconds: Optional[int] = None,
        priority: Optional[Priority] = None,
        gpus: Optional[GpuCount] = None,
        resources: Optional[Resources] = None,
        idempotency_key: Optional[str] = None,
        progress: ProgressChoice = None,
    ) -> Result:
        """Sends a task and waits for its output. Raises what `submit` does, TaskFailed, TaskCancelled, WaitTimeout after `timeout` seconds."""
        with watching(self._progress(progress)) as tell:
            inner = tell or False
            wishes: Any = {"time_limit_seconds": time_limit_seconds, "deadline_seconds": deadline_seconds, "priority": priority}
            wishes.update(gpus=gpus, resources=resources)
            task = self.submit(model, input, labels=labels, idempotency_key=idempotency_key, progress=inner, **wishes)
            return task.result(timeout, progress=inner)

    def map(
        self,
        model: str,
        inputs: Iterable[Source],
        *,
        parallel: int = 4,
        timeout: Optional[float] = None,
        labels: Optional[Labels] = None,
        time_limit_seconds: Optional[int] = None,
        deadline_seconds: Optional[int] = None,
        priority: Optional[Priority] = None,
        gpus: Optional[GpuCount] = None,
        resources: Optional[Resources] = None,
        progress: ProgressChoice = None,
    ) -> Iterator[Outcome[Source]]:
        """
        Runs a model on many inputs, `parallel` at a time, and gives their outcomes in the order of the inputs. An outcome has a `result` or
        an `error`; one that fails does not lose the others.
        """

        def run(source: Any, stop: Any) -> Result:
            wishes: Any = {"time_limit_seconds": time_limit_seconds, "deadline_seconds": deadline_seconds, "priority": priority}
            wishes.update(gpus=gpus, resources=resources)
            task = self.submit(model, source, labels=labels, progress=False, **wishes)
            ended = wait_for_task(self._transport, task.data, timeout=timeout, stop=stop)
            return Task(self._context, ended).result(progress=False)

        return map_inputs(run, inputs, parallel, self._progress(progress))

    def task(self, task_id: str) -> Task:
        """A task that was sent before, by its id."""
        return Task(self._context, look_at_task(self._transport, task_id))

    def tasks(
        self, *, state: Optional[TaskState] = None, model: Optional[str] = None, labels: Optional[Labels] = None
    ) -> Iterator[TaskItem]:
        """Your tasks, newest first, as short as lists have them: `client.task(item["id"])` has all of one."""
        wanted = [f"{name}:{value}" for name, value in (labels or {}).items()]
        return self._context.pages(path_of("tasks"), {"state": state, "model": model, "label": wanted})

    def me(self) -> Me:
        """Who you are here, what you may do, and your limits."""
        return cast(Me, self._transport.ask("GET", path_of("me")))

    def consumers(self) -> List[Consumer]:
        """For operators: who runs models."""
        return cast("List[Consumer]", self._transport.ask("GET", path_of("consumers"))["items"])

    def forget_consumer(self, consumer: str) -> None:
        """For operators: frees the name of a consumer that is stopped for another key."""
        self._transport.ask("DELETE", path_of("consumers", consumer))

    def gpus(self) -> List[Gpu]:
        """For operators: the GPUs of all consumers that are known, and the tasks that hold them."""
        return cast("List[Gpu]", self._transport.ask("GET", path_of("gpus"))["items"])

    def queue(self) -> List[QueuedPool]:
        """For operators: what waits and what runs, by pool."""
        return cast("List[QueuedPool]", self._transport.ask("GET", path_of("queue"))["pools"])

    def audit(self) -> Iterator[AuditEntry]:
        """For admins: who did what, newest first."""
        return cast("Iterator[AuditEntry]", self._context.pages(path_of("audit"), {}))

    def _progress(self, choice: ProgressChoice) -> ProgressChoice:
        return self._context.progress if choice is None else choice
