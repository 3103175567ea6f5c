"""What everything that talks to the server needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Iterator, List, Mapping, Tuple, Union
from uuid import uuid4

from .progress import ProgressChoice
from .transport import Transport

# One request asks for so many items of a list.
PAGE_ITEMS = 200


def new_key() -> str:
    """A name that nothing else has."""
    return str(uuid4())


@dataclass(frozen=True)
class Context:
    """A server, and who is told of progress."""

    transport: Transport
    progress: ProgressChoice = None
    new_key: Callable[[], str] = field(default=new_key)

    def pages(self, path: str, query: Mapping[str, Union[str, int, List[str], None]]) -> Iterator[Any]:
        """The items of a list, page by page as they are taken."""
        fixed: List[Tuple[str, Union[str, int]]] = [("limit", PAGE_ITEMS)]
        for name, value in query.items():
            if isinstance(value, list):
                fixed.extend((name, each) for each in value)
            elif value is not None:
                fixed.append((name, value))
        cursor = None
        while True:
            page = self.transport.ask("GET", path, fixed if cursor is None else [*fixed, ("cursor", cursor)])
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return
