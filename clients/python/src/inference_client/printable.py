"""Text of others on a terminal."""

from __future__ import annotations

import unicodedata

# Control characters, and those that turn the direction of what follows or cannot be written out.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, chars_max: int) -> str:
    """A text as one line without what could steer a terminal, at most so many characters long."""
    shown = "".join("?" if unicodedata.category(char) in _HIDDEN else char for char in text[: chars_max + 1].replace("\n", " "))
    return shown if len(shown) <= chars_max else f"{shown[: chars_max - 3]}..."
