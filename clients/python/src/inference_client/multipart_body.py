"""A body of several parts, whose files are read as they are sent."""

from __future__ import annotations

from typing import Iterator, List, Tuple

from .request import Body, BytesBody


class MultipartBody:
    """The parts, each with its name: words, and zips, which also have the file name that the server wants."""

    def __init__(self, parts: List[Tuple[str, Body]], boundary: str) -> None:
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._pieces: List[Body] = []
        for name, part in parts:
            file = "" if isinstance(part, BytesBody) else f'; filename="{name}.zip"\r\nContent-Type: application/zip'
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
            self._pieces += [BytesBody(head.encode()), part, BytesBody(b"\r\n")]
        self._pieces.append(BytesBody(f"--{boundary}--\r\n".encode()))
        self.size = sum(piece.size for piece in self._pieces)

    def blocks(self) -> Iterator[bytes]:
        """The body, from its start."""
        for piece in self._pieces:
            yield from piece.blocks()
