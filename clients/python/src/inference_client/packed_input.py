"""The input of a task, as the zip that is sent."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Iterator, Optional, Union, cast

from .errors import InputError
from .progress import Tell
from .zip_folder import zip_files, zip_folder

#: A folder, a file, or the zip itself: its path, its bytes, or a file object that is open for reading bytes.
Input = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, IO[bytes]]

# A zip that is made here lies in memory so far, then in a temporary file.
SPOOL_BYTES = 8 * 1024 * 1024
BLOCK_BYTES = 256 * 1024


class PackedInput:
    """A zip that can be read from its start again and again. From where its file stood when it was given, to the file's end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._start = file.tell()
        self.size = file.seek(0, os.SEEK_END) - self._start
        file.seek(self._start)

    def blocks(self) -> Iterator[bytes]:
        """The zip, from its start. Raises InputError where it has got shorter."""
        self._file.seek(self._start)
        left = self.size
        while left > 0:
            block = self._file.read(min(left, BLOCK_BYTES))
            if not block:
                raise InputError("The input has become shorter while it was sent: send a file that nobody is writing.")
            left -= len(block)
            yield block


@contextmanager
def packed_input(source: Input, tell: Optional[Tell] = None) -> Iterator[PackedInput]:
    """The zip to send. What is made here for it is gone when the block ends. Raises InputError."""
    with ExitStack() as stack:
        if isinstance(source, (bytes, bytearray, memoryview)):
            file = _spool(stack)
            file.write(source)
            file.seek(0)
        elif isinstance(source, (str, os.PathLike)):
            file = _open_path(os.fspath(source), stack, tell)
        elif callable(getattr(source, "read", None)):
            file = _open_file(source, stack)
        else:
            raise InputError(f"A {type(source).__name__} is no input: give a folder, a file, a zip, its bytes or an open file.")
        yield PackedInput(file)


def _spool(stack: ExitStack) -> IO[bytes]:
    # Typed as the file that it is made to look like.
    return cast("IO[bytes]", stack.enter_context(cast(Any, SpooledTemporaryFile(max_size=SPOOL_BYTES))))


def _open_path(path: str, stack: ExitStack, tell: Optional[Tell]) -> IO[bytes]:
    is_folder = os.path.isdir(path)
    if not is_folder and not os.path.isfile(path):
        raise InputError(f"There is no folder and no file {path!r}.")
    if not is_folder and path.lower().endswith(".zip"):
        return stack.enter_context(open(path, "rb"))
    file = _spool(stack)
    if is_folder:
        zip_folder(path, file, tell)
    else:
        zip_files({os.path.basename(path): path}, file, tell)
    file.seek(0)
    return file


def _open_file(source: IO[bytes], stack: ExitStack) -> IO[bytes]:
    if not isinstance(source.read(0), bytes):
        raise InputError('The file gives text: open it with mode "rb".')
    seekable = getattr(source, "seekable", None)
    if seekable is not None and seekable():
        return source
    # What cannot be read twice is kept, so that a broken upload can be sent again.
    file = _spool(stack)
    while block := source.read(BLOCK_BYTES):
        file.write(block)
    file.seek(0)
    return file
