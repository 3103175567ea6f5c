"""Follows a task: what happens to it, and what its model prints, as it comes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, List, Optional

from .errors import ProblemError, TransportError
from .request import Request, path_of
from .transport import Transport

# The server gives a sign of life each 15 seconds: after three missing ones the connection is taken for dead.
SILENT_SECONDS = 45.0


@dataclass(frozen=True)
class Event:
    """
    One thing that happened: `name` is `state`, `progress`, `log` or, at the end, `done`; `data` is as docs/api-v1.md has it. A `log` event
    replaces its stream from its `offset` in bytes on. `id` is the place to go on from: `events(after=id)`.
    """

    id: str
    name: str
    data: Dict[str, Any]


def follow_task(transport: Transport, task_id: str, after: str = "") -> Iterator[Event]:
    """Each event once, until `done`, over as many connections as it takes. Raises TransportError, ProblemError."""
    patience = transport.patience()
    while True:
        headers = {"Accept": "text/event-stream"}
        if after:
            headers["Last-Event-ID"] = after
        try:
            with transport.send_once(Request("GET", path_of("tasks", task_id, "events"), (), headers, None, SILENT_SECONDS)) as answer:
                if answer.status == 204:
                    return
                for event in parse_events(answer.lines()):
                    patience.renew()
                    after = event.id
                    if event.name == "gap":
                        break
                    yield event
                    if event.name == "done":
                        return
            # The stream was ended for a reason of the server's, which starts again or has too much to do.
            error: Exception = TransportError("The server has ended the events before the task.")
        except (TransportError, ProblemError) as raised:
            error = raised
        if not transport.should_retry(error, patience):
            raise error


def parse_events(lines: Iterable[bytes]) -> Iterator[Event]:
    """Reads an event stream; what is cut off at its end is no event."""
    event_id, name = "", ""
    data: List[str] = []
    for line in lines:
        text = line.decode("utf-8", "replace")
        if text:
            field, _, value = text.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "id":
                event_id = value
            elif field == "event":
                name = value
            elif field == "data":
                data.append(value)
            continue
        parsed = _json_object("\n".join(data)) if data else None
        if parsed is not None:
            yield Event(event_id, name, parsed)
        name, data = "", []


def _json_object(text: str) -> Optional[Dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError:
        raise TransportError("The server sent an event that is no JSON.", is_passing=False) from None
    return value if isinstance(value, dict) else None
