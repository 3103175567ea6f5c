"""A request to /api/v1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator, Mapping, Protocol, Sequence, Tuple, Union
from urllib.parse import quote, urlencode

# How long an answer may be silent, in seconds: before its first byte, and between two.
ANSWER_SECONDS = 60.0

Query = Sequence[Tuple[str, Union[str, int]]]


class Body(Protocol):
    """A body whose length is known, and which can be read from its start as often as the request is sent."""

    @property
    def size(self) -> int:
        """Its length in bytes."""

    def blocks(self) -> Iterator[bytes]:
        """Its bytes, from the start."""


@dataclass(frozen=True)
class BytesBody:
    """A small body."""

    content: bytes

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.content)

    def blocks(self) -> Iterator[bytes]:
        """Its bytes."""
        yield self.content


@dataclass(frozen=True)
class Request:
    """What is asked. `path` is below `/api/v1`, its parts quoted by `path_of`."""

    method: str
    path: str
    query: Query = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Union[Body, None] = None
    answer_seconds: float = ANSWER_SECONDS
    #: Whether sending it twice does what sending it once does.
    is_repeatable: bool = True

    @property
    def target(self) -> str:
        """The path with the query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


def path_of(*parts: str) -> str:
    """A path of these parts; a slash within a part is part of it."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)
