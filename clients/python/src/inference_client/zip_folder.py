"""Packs a folder as an input."""

from __future__ import annotations

import os
import stat
import zlib
from typing import IO, Dict, List, Optional, Tuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from .errors import InputError
from .progress import Progress, Tell

# What programs for people leave behind, and no model wants.
LEFT_OUT = frozenset({".DS_Store", "__MACOSX", "Thumbs.db", "desktop.ini"})
# More than a server takes by default; a folder that was not meant is found out before it is packed.
ENTRIES_MAX = 1_000_000
# Quick rather than small: most servers are near. A file whose beginning does not get smaller by a tenth, such as an image or a scan
# that is compressed already, is stored as it is: that is several times as fast.
_LEVEL = 1
_BEGINNING_BYTES = 64 * 1024
_WORTH = 0.9
_BLOCK_BYTES = 1024 * 1024
# The same files make the same zip, whenever they are packed.
_CHANGED = (1980, 1, 1, 0, 0, 0)


def zip_folder(folder: str, target: IO[bytes], tell: Optional[Tell] = None) -> None:
    """Writes a zip of a folder: its files in order of their names, links to files within it as what they point to. Raises InputError."""
    files, empty = _collect(folder)
    if not files and not empty:
        raise InputError(f"The folder {folder!r} is empty: there is nothing to send.")
    zip_files(files, target, tell, empty)


def zip_files(files: Dict[str, str], target: IO[bytes], tell: Optional[Tell] = None, empty_folders: Tuple[str, ...] = ()) -> None:
    """Writes a zip of files, given by their names in it."""
    total = sum(os.stat(path).st_size for path in files.values())
    done = 0
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name in empty_folders:
            archive.writestr(_entry(f"{name}/", stat.S_IFDIR | 0o755), b"")
        for name, path in files.items():
            entry = _entry(name, stat.S_IFREG | 0o644)
            with open(path, "rb") as source:
                entry.file_size = os.fstat(source.fileno()).st_size
                entry.compress_type = _method(source)
                with archive.open(entry, "w") as packed:
                    while block := source.read(_BLOCK_BYTES):
                        packed.write(block)
                        done += len(block)
                        if tell:
                            tell(Progress("packing", done, total))


def _method(source: IO[bytes]) -> int:
    beginning = source.read(_BEGINNING_BYTES)
    source.seek(0)
    return ZIP_DEFLATED if len(zlib.compress(beginning, _LEVEL)) < len(beginning) * _WORTH else ZIP_STORED


def _entry(name: str, mode: int) -> ZipInfo:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(f"The name {name!r} cannot be written as UTF-8: rename the file.") from None
    entry = ZipInfo(name, _CHANGED)
    entry._compresslevel = _LEVEL  # type: ignore[attr-defined]
    entry.create_system = 3
    entry.external_attr = mode << 16
    return entry


def _collect(folder: str) -> Tuple[Dict[str, str], Tuple[str, ...]]:
    root = os.path.realpath(folder)
    files: Dict[str, str] = {}
    empty: List[str] = []
    for parent, folders, names in os.walk(root, onerror=_refuse):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        kept = sorted(name for name in names if name not in LEFT_OUT)
        below = os.path.relpath(parent, root).replace(os.sep, "/")
        if not folders and not kept and below != ".":
            empty.append(below)
        for name in folders:
            if os.path.islink(os.path.join(parent, name)):
                raise InputError(f"{os.path.join(parent, name)!r} is a link to a folder: links to folders are not followed, copy it.")
        for name in kept:
            files[name if below == "." else f"{below}/{name}"] = _readable(os.path.join(parent, name), root)
        if len(files) > ENTRIES_MAX:
            raise InputError(f"The folder {folder!r} has more than {ENTRIES_MAX} files: is it the right one?")
    return files, tuple(empty)


def _readable(path: str, root: str) -> str:
    real = os.path.realpath(path)
    if os.path.commonpath([real, root]) != root:
        raise InputError(f"{path!r} is a link that leads out of the folder: copy what it points to.")
    try:
        mode = os.stat(real).st_mode
    except OSError:
        raise InputError(f"{path!r} is a link to nothing: remove it.") from None
    if not stat.S_ISREG(mode):
        raise InputError(f"{path!r} is no plain file: pipes, sockets and devices cannot be sent.")
    return path


def _refuse(error: OSError) -> None:
    raise error
