"""Sends requests, and sends them again where that is safe and may help."""

from __future__ import annotations

import json
import selectors
import socket
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, Callable, Dict, Mapping, Optional

from .address import API_PATH, Address
from .answer import Answer, transport_errors
from .errors import InputError, ProblemError, TransportError
from .patience import RETRY_SECONDS, Patience
from .request import BytesBody, Query, Request

CONNECT_SECONDS = 10.0
# A server that takes nothing of an upload for so long is taken for gone.
SEND_SECONDS = 120.0
# Of a refusal so much is read.
PROBLEM_BYTES_MAX = 1024 * 1024
# A connection over which nothing moves is asked for a sign of life after so long, in seconds, and so often.
KEEP_ALIVE_SECONDS = 30
KEEP_ALIVE_TRIES = 4


class Transport:
    """One server and one key. Each request has a connection of its own, so threads may share it."""

    def __init__(self, address: Address, token: Optional[str], cafile: Optional[str] = None, retry_seconds: float = RETRY_SECONDS):
        self.address = address
        self._token = _checked_token(token)
        self._context = _tls_context(cafile) if address.is_tls else None
        self._retry_seconds = retry_seconds
        self._was_reached = False

    def __repr__(self) -> str:
        return f"Transport({self.address})"

    def patience(self) -> Patience:
        """For a loop of tries."""
        return Patience(self._retry_seconds)

    def should_retry(self, error: Exception, patience: Patience) -> bool:
        """Pauses before another try, or says that there shall be none: the error will not pass, or it has lasted for too long."""
        if isinstance(error, ProblemError):
            return error.is_passing and patience.pause(error.retry_after)
        # A server that was never there is more likely named wrong than restarting.
        return isinstance(error, TransportError) and error.is_passing and self._was_reached and patience.pause()

    def send(self, request: Request, before_retry: Optional[Callable[[], None]] = None) -> Answer:
        """Sends a request, again where it is repeatable and the error may pass. Raises TransportError, ProblemError."""
        patience = self.patience()
        while True:
            try:
                return self.send_once(request)
            except (TransportError, ProblemError) as error:
                if not request.is_repeatable or not self.should_retry(error, patience):
                    raise
                if before_retry:
                    before_retry()

    def ask(self, method: str, path: str, query: Query = (), body: Any = None, *, is_repeatable: bool = True) -> Any:
        """Sends JSON or nothing, and answers the JSON that comes back; None where nothing does."""
        headers: Dict[str, str] = {} if body is None else {"Content-Type": "application/json"}
        content = None if body is None else BytesBody(json.dumps(body).encode())
        with self.send(Request(method, path, query, headers, content, is_repeatable=is_repeatable)) as answer:
            return None if answer.status == 204 else answer.json()

    def send_once(self, request: Request) -> Answer:
        """Sends a request. Raises TransportError, ProblemError; and whatever reading the body raises."""
        with transport_errors(self.address):
            connection = self._connect()
        try:
            with transport_errors(self.address):
                self._write_head(connection, request)
            for block in request.body.blocks() if request.body else ():
                if not self._write_block(connection, block) or _was_answered(connection.sock):
                    break
            with transport_errors(self.address):
                connection.sock.settimeout(request.answer_seconds)
                response = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        self._was_reached = True
        answer = Answer(self.address, connection, response)
        if 200 <= answer.status < 300:
            return answer
        with answer:
            raise _problem(answer)

    def _connect(self) -> HTTPConnection:
        host, port = self.address.host, self.address.port
        connection = (
            HTTPConnection(host, port, timeout=CONNECT_SECONDS)
            if self._context is None
            else HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=self._context)
        )
        connection.connect()
        connection.sock.settimeout(SEND_SECONDS)
        _watch(connection.sock)
        return connection

    def _write_head(self, connection: HTTPConnection, request: Request) -> None:
        connection.putrequest(request.method, f"{self.address.prefix}{API_PATH}{request.target}")
        headers: Mapping[str, str] = {"User-Agent": "inference-client/0.1 (Python)", "Connection": "close", **request.headers}
        for name, value in headers.items():
            connection.putheader(name, value)
        if self._token is not None:
            connection.putheader("Authorization", f"Bearer {self._token}")
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(request.body.size if request.body else 0))
        connection.endheaders()

    def _write_block(self, connection: HTTPConnection, block: bytes) -> bool:
        """Sends a part of the body; false where the server takes no more: it may have refused it, and its answer says why."""
        try:
            with transport_errors(self.address):
                connection.send(block)
        except TransportError as error:
            if isinstance(error.__cause__, (BrokenPipeError, ConnectionResetError)):
                return False
            raise
        return True


def _problem(answer: Answer) -> ProblemError:
    """Reads a refusal; one that is no problem document comes from something in between."""
    retry_after = answer.header("Retry-After") or ""
    seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
    if (answer.header("Content-Type") or "").startswith("application/problem+json"):
        problem = answer.json(PROBLEM_BYTES_MAX)
        if isinstance(problem, dict):
            return ProblemError(answer.status, problem, seconds)
    detail = f"HTTP status {answer.status}, and not in the words of an InferenceServer: perhaps a proxy answered, or the URL is wrong."
    return ProblemError(answer.status, {"code": "foreign_answer", "detail": detail}, seconds)


def _was_answered(sock: socket.socket) -> bool:
    """Whether an answer is there before the body is out: then the body is not wanted, and the rest of it need not be sent."""
    if isinstance(sock, ssl.SSLSocket):
        # TLS sends what is no answer; there the server's closing ends the upload.
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(timeout=0))


def _watch(sock: socket.socket) -> None:
    """Lets the kernel notice when the other side is gone without a word."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    settings = {"TCP_KEEPIDLE": KEEP_ALIVE_SECONDS, "TCP_KEEPINTVL": KEEP_ALIVE_SECONDS, "TCP_KEEPCNT": KEEP_ALIVE_TRIES}
    for name, value in settings.items():
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _checked_token(token: Optional[str]) -> Optional[str]:
    """A key that fits into a header; http.client would print one that does not."""
    if not token:
        return None
    if not all(33 <= ord(char) <= 126 for char in token):
        raise InputError("The key has a space, a line end or another character that no key has.")
    return token


def _tls_context(cafile: Optional[str]) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile)
    except (OSError, ssl.SSLError):
        raise InputError(f"The file of authorities cannot be read: {cafile} is no file of PEM certificates.") from None
