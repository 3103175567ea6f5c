"""An answer of the server, read as it comes."""

from __future__ import annotations

import json
import ssl
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Iterator, Optional

from .address import Address
from .errors import TransportError
from .printable import printable

BLOCK_BYTES = 256 * 1024
# A list of 10,000 files with the longest names, or a page of 200 tasks, is below this.
JSON_BYTES_MAX = 64 * 1024 * 1024
# A line of an event stream or a log.
LINE_BYTES_MAX = 4 * 1024 * 1024
_WHY_CHARS_MAX = 300


@contextmanager
def transport_errors(address: Address) -> Iterator[None]:
    """Turns what sockets and HTTP raise into a TransportError."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        why = f"The certificate of {address} is not trusted ({error.verify_message}). Give its authority as cafile=."
        raise TransportError(why, is_passing=False) from error
    except (OSError, HTTPException) as error:
        why = printable(getattr(error, "strerror", None) or str(error) or type(error).__name__, _WHY_CHARS_MAX)
        raise TransportError(f"The server at {address} cannot be reached, or the connection broke: {why}.") from error


class Answer:
    """An answer whose body is still to be read; closing it closes its connection."""

    def __init__(self, address: Address, connection: HTTPConnection, response: HTTPResponse) -> None:
        self._address = address
        self._connection = connection
        self._response = response
        self.status = response.status

    def header(self, name: str) -> Optional[str]:
        """A header, or None."""
        return self._response.getheader(name)

    @property
    def size(self) -> Optional[int]:
        """The announced length of the body, in bytes."""
        text = self.header("Content-Length") or ""
        return int(text) if text.isascii() and text.isdigit() else None

    def blocks(self) -> Iterator[bytes]:
        """The body, block by block. Raises TransportError where it ends before its announced end."""
        left = self.size
        while left is None or left > 0:
            with transport_errors(self._address):
                # One system call, so that what has come is not kept back until a block is full.
                block = self._response.read1(BLOCK_BYTES if left is None else min(left, BLOCK_BYTES))
            if not block:
                break
            if left is not None:
                left -= len(block)
            yield block
        if left:
            raise TransportError(f"The connection to {self._address} broke: {left} bytes of the answer are missing.")

    def lines(self) -> Iterator[bytes]:
        """The body, line by line, without their ends."""
        rest = b""
        for block in self.blocks():
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
            if len(rest) > LINE_BYTES_MAX:
                raise TransportError(f"The server sent a line of more than {LINE_BYTES_MAX} bytes.", is_passing=False)
        if rest:
            yield rest

    def content(self, bytes_max: int) -> bytes:
        """The whole of a body that is small."""
        content = bytearray()
        for block in self.blocks():
            content += block
            if len(content) > bytes_max:
                raise TransportError(f"The server sent more than {bytes_max} bytes where less is due.", is_passing=False)
        return bytes(content)

    def json(self, bytes_max: int = JSON_BYTES_MAX) -> Any:
        """The body as JSON."""
        try:
            return json.loads(self.content(bytes_max))
        except ValueError:
            raise TransportError(f"What {self._address} answered is no JSON: is it an InferenceServer?", is_passing=False) from None

    def close(self) -> None:
        """Lets go of the connection."""
        self._response.close()
        self._connection.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
