"""Waits for the end of a task."""

from __future__ import annotations

import math
import threading
import time
from typing import Optional, cast

from .answers import FINAL_STATES, TaskData
from .errors import WaitTimeout
from .progress import Progress, Tell
from .request import ANSWER_SECONDS, Request, path_of
from .transport import Transport, read_json

# One request waits for the end so long, in seconds; where somebody watches, shorter, to see what has changed.
WAIT_SECONDS = 30
WATCH_SECONDS = 1
# Who may be told to stop looks so often, in seconds.
STOPPABLE_SECONDS = 5


class Stopped(Exception):
    """The wait was given up by who had asked for it."""


def wait_for_task(
    transport: Transport,
    task: TaskData,
    *,
    timeout: Optional[float] = None,
    tell: Optional[Tell] = None,
    stop: Optional[threading.Event] = None,
) -> TaskData:
    """The task once it has ended, however it did. Raises WaitTimeout after `timeout` seconds, TransportError, ProblemError."""
    end = math.inf if timeout is None else time.monotonic() + timeout
    longest = WATCH_SECONDS if tell else STOPPABLE_SECONDS if stop else WAIT_SECONDS
    while task["state"] not in FINAL_STATES:
        if stop is not None and stop.is_set():
            raise Stopped
        left = end - time.monotonic()
        if left <= 0:
            raise WaitTimeout(task)
        if tell:
            tell(_progress(task))
        task = look_at_task(transport, task["id"], wait=math.ceil(min(longest, left)))
    if tell:
        tell(_progress(task))
    return task


def look_at_task(transport: Transport, task_id: str, wait: int = 0) -> TaskData:
    """A task, once it has ended, or as it is after `wait` seconds."""
    query = [("wait", wait)] if wait else []
    request = Request("GET", path_of("tasks", task_id), query, answer_seconds=wait + ANSWER_SECONDS)
    return cast(TaskData, transport.send(request, read_json))


def _progress(task: TaskData) -> Progress:
    state, progress = task["state"], task["progress"]
    if state == "queued":
        return Progress("queued", text=task["reason"])
    if state in FINAL_STATES:
        seconds = task["timings"]["running_seconds"]
        return Progress(state, text="" if seconds is None else f"{seconds:.1f} s")
    if state == "cancelling":
        return Progress(state)
    if progress is None:
        return Progress("running")
    fraction = progress["fraction"]
    return Progress("running", fraction, None if fraction is None else 1.0, progress["text"])
