"""Many inputs, a few at a time."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from typing import Any, Callable, Deque, Generic, Iterable, Iterator, Optional, Sized, TypeVar

from .errors import InferenceError, InputError
from .progress import Progress, ProgressChoice, Tell, watching
from .result import Result

Source = TypeVar("Source")

PARALLEL_MAX = 64
# Inputs that are taken ahead of the oldest task that has not ended, for each that runs at a time.
AHEAD = 4
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Outcome(Generic[Source]):
    """What became of one input: a `result`, or the `error` that it ended with."""

    input: Source
    result: Optional[Result] = None
    error: Optional[Exception] = None

    def get(self) -> Result:
        """The result; raises the error where there is none."""
        if self.result is None:
            raise self.error or InferenceError("There is no result.")
        return self.result


def map_inputs(
    run: Callable[[Any, threading.Event], Result], inputs: Iterable[Source], parallel: int, progress: ProgressChoice = False
) -> Iterator[Outcome[Source]]:
    """
    The outcomes of all inputs, in the order of the inputs; one that fails does not lose the others. Who stops taking them gets no further
    input sent: what was sent goes on at the server.
    """
    if not 1 <= parallel <= PARALLEL_MAX:
        raise InputError(f"parallel is from 1 to {PARALLEL_MAX}.")
    return _outcomes(run, inputs, parallel, progress)


def _outcomes(
    run: Callable[[Any, threading.Event], Result], inputs: Iterable[Source], parallel: int, progress: ProgressChoice
) -> Iterator[Outcome[Source]]:
    stop = threading.Event()
    counts = _Counts(len(inputs) if isinstance(inputs, Sized) else None)

    def outcome_of(source: Source) -> Outcome[Source]:
        try:
            outcome = Outcome(source, result=run(source, stop))
        except (InferenceError, OSError) as error:
            outcome = Outcome(source, error=error)
        counts.add(outcome.error is not None)
        return outcome

    pool = ThreadPoolExecutor(parallel, thread_name_prefix="inference-map")
    try:
        with watching(progress) as tell:
            pending: Deque[Future[Outcome[Source]]] = deque()
            for source in inputs:
                pending.append(pool.submit(outcome_of, source))
                if len(pending) >= parallel * AHEAD:
                    yield _awaited(pending.popleft(), counts, tell)
            while pending:
                yield _awaited(pending.popleft(), counts, tell)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


class _Counts:
    def __init__(self, total: Optional[int]) -> None:
        self._lock = threading.Lock()
        self._total = total
        self._ended = 0
        self._failed = 0

    def add(self, is_failure: bool) -> None:
        with self._lock:
            self._ended += 1
            self._failed += is_failure

    def progress(self) -> Progress:
        with self._lock:
            return Progress("tasks", self._ended, self._total, f"{self._failed} failed" if self._failed else "")


def _awaited(future: Future[Outcome[Source]], counts: _Counts, tell: Optional[Tell]) -> Outcome[Source]:
    while tell and not future.done():
        tell(counts.progress())
        wait_for([future], timeout=_LOOK_SECONDS)
    outcome = future.result()
    if tell:
        tell(counts.progress())
    return outcome
