"""Progress in words."""

from __future__ import annotations

from typing import Optional

from .printable import printable
from .progress import Progress

TEXT_CHARS_MAX = 120


def describe_progress(progress: Progress) -> str:
    """How far it is, in words: `12.4 of 80.0 MB`, `3 of 20 tasks, 1 failed`, `42 % segmenting`."""
    text = printable(progress.text, TEXT_CHARS_MAX)
    amount = _amount(progress)
    return f"{amount}{', ' if progress.phase == 'tasks' else ' '}{text}" if amount and text else amount or text


def _amount(progress: Progress) -> str:
    if progress.done is None:
        return ""
    if progress.phase == "tasks":
        return f"{progress.done:.0f} of {progress.total:.0f} tasks" if progress.total else f"{progress.done:.0f} tasks"
    if progress.phase in ("packing", "uploading", "downloading"):
        return _bytes(progress.done, progress.total)
    return f"{100 * (progress.fraction or 0):.0f} %"


def _bytes(done: float, total: Optional[float]) -> str:
    largest = total or done
    unit, digits, name = (1_000_000, 1, "MB") if largest >= 100_000 else (1000, 1, "kB") if largest >= 1000 else (1, 0, "bytes")
    return f"{done / unit:.{digits}f}{f' of {total / unit:.{digits}f}' if total else ''} {name}"
