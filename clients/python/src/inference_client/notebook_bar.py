"""A progress bar in a notebook. IPython is used where it is there already, and never needed."""

from __future__ import annotations

import sys
import time
from html import escape
from typing import Any, Dict, Optional, cast

from .describe_progress import describe_progress
from .progress import Progress

# The output of the cell is replaced at most so often, in seconds: each time is a message to the browser.
REDRAW_SECONDS = 0.25


def is_notebook() -> bool:
    """Whether this runs in a kernel of Jupyter, whose output a page shows."""
    ipython = sys.modules.get("IPython")
    if "ipykernel" not in sys.modules or ipython is None:
        return False
    shell = getattr(ipython, "get_ipython", lambda: None)()
    return shell is not None and getattr(shell, "kernel", None) is not None


class NotebookBar:
    """One line below the cell, replaced as things go on."""

    def __init__(self) -> None:
        self._handle: Optional[Any] = None
        self._phase = ""
        self._next_draw = 0.0
        self._waiting: Optional[Progress] = None

    def show(self, progress: Progress) -> None:
        """Draws where it is."""
        self._waiting = progress
        if progress.phase != self._phase or time.monotonic() >= self._next_draw:
            self._phase = progress.phase
            self._draw()

    def _draw(self) -> None:
        if self._waiting is None:
            return
        bundle = _bundle(self._waiting)
        self._waiting = None
        self._next_draw = time.monotonic() + REDRAW_SECONDS
        if self._handle is None:
            from IPython import display  # type: ignore[import-not-found,unused-ignore]

            self._handle = cast(Any, display).display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def __enter__(self) -> NotebookBar:
        return self

    def __exit__(self, *_: object) -> None:
        self._draw()


def _bundle(progress: Progress) -> Dict[str, str]:
    words = f"{progress.phase} {describe_progress(progress)}".strip()
    bar = "" if progress.fraction is None else f'<progress max="1" value="{progress.fraction:.3f}"></progress> '
    return {"text/plain": words, "text/html": f"{bar}{escape(words)}"}
