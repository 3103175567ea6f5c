"""Unpacks an output, and nothing outside of its folder. The server checks outputs; this does not take its word for it."""

from __future__ import annotations

import os
import re
import secrets
import stat
from typing import IO, List, Set
from zipfile import BadZipFile, ZipFile, ZipInfo

from .errors import UnsafeOutput
from .printable import printable

# What servers let models write at most, unless they are set otherwise.
ENTRIES_MAX = 1_000_000
CONTENT_BYTES_MAX = 1024**4
_NAME_SHOWN_CHARS_MAX = 200
_BLOCK_BYTES = 1024 * 1024
_DRIVE = re.compile(r"^[A-Za-z]:")
_ENCRYPTED = 0x1


def extract_zip(file: IO[bytes], folder: str) -> List[str]:
    """
    Unpacks a zip below `folder`, which is made where it is missing, and answers the paths of the files. Files that are there already are
    replaced. All names are looked at before the first byte is written. Raises UnsafeOutput, OSError.
    """
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            _check(entries)
            os.makedirs(folder, exist_ok=True)
            return [path for entry in entries for path in _unpack(archive, entry, folder)]
    except (BadZipFile, EOFError, NotImplementedError) as error:
        raise UnsafeOutput(f"The output is no zip that can be read: {printable(str(error), _NAME_SHOWN_CHARS_MAX)}.") from error


def _check(entries: List[ZipInfo]) -> None:
    if len(entries) > ENTRIES_MAX:
        raise UnsafeOutput(f"The output has {len(entries)} entries, more than {ENTRIES_MAX}: nothing was written.")
    if sum(entry.file_size for entry in entries) > CONTENT_BYTES_MAX:
        raise UnsafeOutput(f"The output has more than {CONTENT_BYTES_MAX} bytes once unpacked: nothing was written.")
    seen: Set[str] = set()
    for entry in entries:
        fault = "comes twice" if entry.filename in seen else _fault(entry)
        if fault is not None:
            shown = printable(entry.orig_filename, _NAME_SHOWN_CHARS_MAX)
            raise UnsafeOutput(f'The entry "{shown}" of the output {fault}: nothing was written.')
        seen.add(entry.filename)


def _fault(entry: ZipInfo) -> "str | None":
    # The name as it stands in the zip: zipfile turns some of what is wrong into something harmless.
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute name"
    if "\\" in name or any(ord(char) < 32 or ord(char) == 127 for char in name):
        return "has a character that names may not have"
    if os.name == "nt" and ":" in name:
        return "has a colon in its name"
    if any(part in ("", ".", "..") for part in name.rstrip("/").split("/")) or name.endswith("//"):
        return "leaves its folder"
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no plain file"
    return "is encrypted" if entry.flag_bits & _ENCRYPTED else None


def _unpack(archive: ZipFile, entry: ZipInfo, folder: str) -> List[str]:
    *parents, name = entry.filename.rstrip("/").split("/")
    parent = _folder_below(folder, parents)
    if entry.is_dir():
        _folder_below(parent, [name])
        return []
    target = os.path.join(parent, name)
    part = os.path.join(parent, f".{secrets.token_hex(8)}.part")
    try:
        # A file of its own that then takes the name: a link that lies there is replaced, and never written through.
        with archive.open(entry) as source, open(part, "xb") as written:
            while block := source.read(_BLOCK_BYTES):
                written.write(block)
        os.replace(part, target)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise
    return [target]


def _folder_below(folder: str, parts: List[str]) -> str:
    """A folder below another, made where it is missing; not by way of a link, which could lead anywhere."""
    for part in parts:
        folder = os.path.join(folder, part)
        try:
            os.mkdir(folder)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(folder).st_mode):
                raise UnsafeOutput(f"{folder!r} is a link or a file where the output has a folder: remove it first.") from None
    return folder
