"""Progress in words."""

from __future__ import annotations

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
        unit, name = (1_000_000, "MB") if (progress.total or progress.done) >= 100_000 else (1000, "kB")
        done = f"{progress.done / unit:.1f}"
        return f"{done} of {progress.total / unit:.1f} {name}" if progress.total else f"{done} {name}"
    return f"{100 * (progress.fraction or 0):.0f} %"
