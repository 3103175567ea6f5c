"""Sends a task."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Mapping, Optional, Tuple, Union, cast

from .answers import Priority, Resources, TaskData
from .context import Context
from .errors import InputError, IntegrityError
from .multipart_body import MultipartBody
from .packed_input import PackedInput
from .progress import Progress, Tell
from .request import Body, BytesBody, Request, path_of
from .transport import read_json

# The check of the largest zip takes a server about 15 minutes, in which it says nothing.
CHECK_SECONDS_MAX = 30 * 60.0


@dataclass(frozen=True)
class Wishes:
    """What a user wishes for a task. Sent again under the same `idempotency_key`, it is the same task."""

    idempotency_key: str
    labels: Mapping[str, str] = field(default_factory=dict)
    time_limit_seconds: Optional[int] = None
    deadline_seconds: Optional[int] = None
    priority: Optional[Priority] = None
    resources: Resources = field(default_factory=lambda: Resources())


def checked_key(key: str) -> str:
    """A user's own idempotency key. Raises InputError for one that fits into no header; the server knows how long it may be."""
    if not all(33 <= ord(char) <= 126 for char in key):
        raise InputError("An idempotency key may have visible characters of ASCII only, and no spaces.")
    return key


class _Upload:
    """A zip on its way: told of, and hashed."""

    def __init__(self, packed: PackedInput, tell: Optional[Tell]) -> None:
        self._packed = packed
        self._tell = tell
        self.size = packed.size
        self.sha256 = ""

    def blocks(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        sent = 0
        for block in self._packed.blocks():
            yield block
            digest.update(block)
            sent += len(block)
            if self._tell:
                self._tell(Progress("uploading", sent, self.size))
        self.sha256 = digest.hexdigest()


def submit_task(context: Context, model: str, packed: PackedInput, wishes: Wishes, tell: Optional[Tell] = None) -> TaskData:
    """Sends a zip as a task, again where the connection breaks. Raises ProblemError, TransportError."""
    query: List[Tuple[str, Union[str, int]]] = [("label", f"{name}:{value}") for name, value in wishes.labels.items()]
    said = {"time_limit_seconds": wishes.time_limit_seconds, "deadline_seconds": wishes.deadline_seconds, "priority": wishes.priority}
    query += [(name, wish) for name, wish in said.items() if wish is not None]
    upload = _Upload(packed, tell)
    body: Body = upload
    content_type = "application/zip"
    if wishes.resources:
        # No query can say them: they are a part of their own before the zip.
        options = BytesBody(json.dumps({"resources": wishes.resources}).encode())
        parts = MultipartBody([("options", options), ("input", upload)], context.new_key())
        body, content_type = parts, parts.content_type
    headers: Dict[str, str] = {"Content-Type": content_type, "Idempotency-Key": wishes.idempotency_key}
    request = Request("POST", path_of("models", model, "tasks"), query, headers, body, CHECK_SECONDS_MAX)
    task = cast(TaskData, context.transport.send(request, read_json))
    if upload.sha256 and task["input"]["sha256"] != upload.sha256:
        raise IntegrityError(f"The server has another input than was sent, for task {task['id']}: something in between changes uploads.", False)
    return task
