"""A progress bar in a terminal."""

from __future__ import annotations

import shutil
import time
from typing import Optional, TextIO

from .describe_progress import describe_progress
from .progress import Progress

# The line is written anew at most so often, in seconds.
REDRAW_SECONDS = 0.1
BAR_CHARS = 24
_PHASE_CHARS = 11


class TerminalBar:
    """One line per phase: the line of now is rewritten in place, those before stay."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._phase = ""
        self._drawn: Optional[str] = None
        self._waiting: Optional[str] = None
        self._next_draw = 0.0

    def show(self, progress: Progress) -> None:
        """Draws where it is."""
        if progress.phase != self._phase:
            self._end_line()
            self._phase = progress.phase
            self._next_draw = 0.0
        self._waiting = _line(progress)
        if time.monotonic() >= self._next_draw:
            self._draw()

    def _draw(self) -> None:
        if self._waiting is None or self._waiting == self._drawn:
            return
        # One column stays free: a full line would wrap.
        text = self._waiting[: max(shutil.get_terminal_size().columns - 1, 1)]
        blank = " " * max(len(self._drawn or "") - len(text), 0)
        self._write(f"\r{text}{blank}")
        self._drawn = text
        self._next_draw = time.monotonic() + REDRAW_SECONDS

    def _end_line(self) -> None:
        self._draw()
        if self._drawn is not None:
            self._write("\n")
        self._drawn = self._waiting = None

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # A terminal that has gone away is no reason to lose a task.
            self._drawn = None

    def __enter__(self) -> TerminalBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_line()


def _line(progress: Progress) -> str:
    bar = ""
    if progress.fraction is not None:
        full = round(progress.fraction * BAR_CHARS)
        bar = f"[{'#' * full}{'.' * (BAR_CHARS - full)}] "
    return f"  {progress.phase:<{_PHASE_CHARS}} {bar}{describe_progress(progress)}"
