"""Telling a person, or a program, how far things are."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Callable, Iterator, Literal, Optional, Union

Phase = Literal["packing", "uploading", "queued", "running", "cancelling", "succeeded", "failed", "cancelled", "downloading", "tasks"]


@dataclass(frozen=True)
class Progress:
    """How far something is. `done` of `total` are bytes, for `tasks` a number of tasks, while `running` a fraction of 1."""

    phase: Phase
    done: Optional[float] = None
    total: Optional[float] = None
    text: str = ""

    @property
    def fraction(self) -> Optional[float]:
        """From 0 to 1; None where it is not known."""
        if self.done is None or not self.total:
            return None
        return max(0.0, min(1.0, self.done / self.total))


Tell = Callable[[Progress], None]
#: None: a bar where a person looks, that is in a terminal or a notebook; False: nothing; or a function that is told.
ProgressChoice = Union[None, bool, Tell]


@contextmanager
def watching(choice: ProgressChoice) -> Iterator[Optional[Tell]]:
    """Who is told of the progress until the block ends; None where nobody is."""
    if choice is False:
        yield None
    elif callable(choice):
        yield choice
    else:
        with _bar(is_wanted=choice is True) as tell:
            yield tell


@contextmanager
def _bar(is_wanted: bool) -> Iterator[Optional[Tell]]:
    from .notebook_bar import NotebookBar, is_notebook
    from .terminal_bar import TerminalBar

    if is_notebook():
        with NotebookBar() as notebook:
            yield notebook.show
    elif is_wanted or _is_terminal():
        with TerminalBar(sys.stderr) as terminal:
            yield terminal.show
    else:
        yield None


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        # There is no stderr (a program without a console), or it is closed.
        return False
