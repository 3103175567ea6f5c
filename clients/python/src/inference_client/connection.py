"""A connection to a server."""

from __future__ import annotations

import selectors
import socket
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import Optional

from .address import Address
from .errors import InputError

CONNECT_SECONDS = 10.0
# A server that takes nothing of an upload for so long is taken for gone.
SEND_SECONDS = 120.0
# A connection over which nothing moves is asked for a sign of life after so long, in seconds, and so often.
KEEP_ALIVE_SECONDS = 30
KEEP_ALIVE_TRIES = 4


def open_connection(address: Address, context: Optional[ssl.SSLContext]) -> HTTPConnection:
    """A new connection, with TLS where there is a context for it. Raises OSError."""
    connection = (
        HTTPConnection(address.host, address.port, timeout=CONNECT_SECONDS)
        if context is None
        else HTTPSConnection(address.host, address.port, timeout=CONNECT_SECONDS, context=context)
    )
    connection.connect()
    connection.sock.settimeout(SEND_SECONDS)
    _watch(connection.sock)
    return connection


def send_unless_answered(sock: socket.socket, block: bytes) -> bool:
    """
    Sends a part of a body; false where an answer came before it was all taken: then the body is not wanted, and the rest of it need not be
    sent. Waits for both at once: a server that has refused takes nothing more, and its answer would be seen only once sending is given up.
    Raises OSError.
    """
    if isinstance(sock, ssl.SSLSocket):
        # TLS sends what is no answer; there the server's closing ends the upload.
        sock.sendall(block)
        return True
    rest = memoryview(block)
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while rest:
            ready = selector.select(SEND_SECONDS)
            if not ready:
                raise socket.timeout("timed out")
            if ready[0][1] & selectors.EVENT_READ:
                return False
            rest = rest[sock.send(rest) :]
    return True


def tls_context(cafile: Optional[str]) -> ssl.SSLContext:
    """Trusts the authorities of a file, or those of this machine. Raises InputError."""
    try:
        return ssl.create_default_context(cafile=cafile)
    except (OSError, ssl.SSLError):
        raise InputError(f"The file of authorities cannot be read: {cafile} is no file of PEM certificates.") from None


def _watch(sock: socket.socket) -> None:
    """Lets the kernel notice when the other side is gone without a word."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    settings = {"TCP_KEEPIDLE": KEEP_ALIVE_SECONDS, "TCP_KEEPINTVL": KEEP_ALIVE_SECONDS, "TCP_KEEPCNT": KEEP_ALIVE_TRIES}
    for name, value in settings.items():
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
