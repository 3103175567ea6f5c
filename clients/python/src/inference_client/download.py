"""Gets a stored zip into a file, whole and checked, over as many connections as it takes."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from typing import IO, Any, Optional, Union

from .answer import Answer
from .answers import StoredZip
from .errors import InputError, IntegrityError, ProblemError, TransportError
from .progress import Progress, Tell
from .request import Request
from .transport import Transport

# A download whose digest is wrong is made once more from its start.
DIGEST_TRIES_MAX = 2
_READ_BYTES = 1024 * 1024
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")


def download(transport: Transport, path: str, stored: StoredZip, target: str, tell: Optional[Tell] = None) -> None:
    """
    Writes a stored zip to `target`. What has come lies beside it, in `.NAME.DIGEST.part`, and is gone on from where a connection or a
    program before has ended; only what is whole and has the right digest gets the name. Raises TransportError, ProblemError, OSError.
    """
    folder, name = os.path.split(os.path.abspath(target))
    part = os.path.join(folder, f".{name}.{stored['sha256'][:16]}.part")
    for tries in range(1, DIGEST_TRIES_MAX + 1):
        with open(part, "ab") as file:
            file.truncate(min(file.tell(), stored["bytes"]))
            _fetch(transport, path, stored, file, tell)
            file.flush()
            os.fsync(file.fileno())
        if _sha256(part) == stored["sha256"]:
            os.replace(part, target)
            return
        os.remove(part)
    raise IntegrityError(f"What arrived is not what the server has: its digest is wrong, {tries} times. Nothing was kept.", False)


def file_path(path: Union[str, "os.PathLike[str]"]) -> str:
    """Where a file is to be written. Raises InputError for a folder, before anything is fetched."""
    target = os.fspath(path)
    if os.path.isdir(target):
        raise InputError(f"{target!r} is a folder: name the file in it.")
    return target


def _fetch(transport: Transport, path: str, stored: StoredZip, file: IO[bytes], tell: Optional[Tell]) -> None:
    """Appends what is missing, going on where a connection broke."""
    patience = transport.patience()
    while file.tell() < stored["bytes"]:
        before = file.tell()
        try:
            _append(transport, path, stored, file, tell)
        except (TransportError, ProblemError) as error:
            if file.tell() > before:
                patience.renew()
            if not transport.should_retry(error, patience):
                raise


def _append(transport: Transport, path: str, stored: StoredZip, file: IO[bytes], tell: Optional[Tell]) -> None:
    start = file.tell()
    headers = {"Range": f"bytes={start}-", "If-Range": f'"{stored["sha256"]}"'} if start else {}
    with transport.send_once(Request("GET", path, headers=headers)) as answer:
        _check_digest(answer, stored)
        if start and answer.status != 206:
            file.truncate(0)
            file.seek(0)
        for block in answer.blocks():
            file.write(block)
            if tell:
                tell(Progress("downloading", file.tell(), stored["bytes"]))
    if file.tell() != stored["bytes"]:
        raise IntegrityError(f"The server sent {file.tell()} bytes of a zip of {stored['bytes']}.", False)


def _check_digest(answer: Answer, stored: StoredZip) -> None:
    found = _DIGEST.search(answer.header("Repr-Digest") or "")
    if found and base64.b64decode(found.group(1)).hex() != stored["sha256"]:
        raise IntegrityError("The server is sending another zip than the one of this task.", False)


def _sha256(path: str) -> str:
    digest: Any = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return str(digest.hexdigest())
