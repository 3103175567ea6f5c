"""Sends requests, and sends them again where that is safe and may help."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any, Callable, Dict, Mapping, Optional, TypeVar

from .address import API_PATH, Address
from .answer import Answer, transport_errors
from .connection import open_connection, send_unless_answered, tls_context
from .errors import InputError, ProblemError, TransportError
from .patience import RETRY_SECONDS, Patience
from .request import BytesBody, Query, Request
from .version import VERSION

Read = TypeVar("Read")

# Of a refusal so much is read.
PROBLEM_BYTES_MAX = 1024 * 1024


class Transport:
    """One server and one key. Each request has a connection of its own, so threads may share it."""

    def __init__(self, address: Address, token: Optional[str], cafile: Optional[str] = None, retry_seconds: float = RETRY_SECONDS):
        self.address = address
        self._token = _checked_token(token)
        self._context = tls_context(cafile) if address.is_tls else None
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

    def send(self, request: Request, read: Callable[[Answer], Read]) -> Read:
        """
        Sends a request and reads its answer; both again where the request is repeatable and the error may pass. Raises TransportError,
        ProblemError.
        """
        patience = self.patience()
        while True:
            try:
                with self.send_once(request) as answer:
                    return read(answer)
            except (TransportError, ProblemError) as error:
                if not request.is_repeatable or not self.should_retry(error, patience):
                    raise

    def ask(self, method: str, path: str, query: Query = (), body: Any = None, *, is_repeatable: bool = True) -> Any:
        """Sends JSON or nothing, and answers the JSON that comes back; None where nothing does."""
        headers: Dict[str, str] = {} if body is None else {"Content-Type": "application/json"}
        content = None if body is None else BytesBody(json.dumps(body).encode())
        return self.send(Request(method, path, query, headers, content, is_repeatable=is_repeatable), read_json)

    def send_once(self, request: Request) -> Answer:
        """Sends a request. Raises TransportError, ProblemError; and whatever reading the body raises."""
        with transport_errors(self.address):
            connection = open_connection(self.address, self._context)
        try:
            with transport_errors(self.address):
                self._write_head(connection, request)
            for block in request.body.blocks() if request.body else ():
                if not self._write_block(connection, block):
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

    def _write_head(self, connection: HTTPConnection, request: Request) -> None:
        connection.putrequest(request.method, f"{self.address.prefix}{API_PATH}{request.target}")
        headers: Mapping[str, str] = {"User-Agent": f"inference-client/{VERSION} (Python)", "Connection": "close", **request.headers}
        for name, value in headers.items():
            connection.putheader(name, value)
        if self._token is not None:
            connection.putheader("Authorization", f"Bearer {self._token}")
        if request.body is not None or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(request.body.size if request.body else 0))
        connection.endheaders()

    def _write_block(self, connection: HTTPConnection, block: bytes) -> bool:
        """Sends a part of the body; false where the server takes no more: it has refused it, or may have, and its answer says why."""
        try:
            with transport_errors(self.address):
                return send_unless_answered(connection.sock, block)
        except TransportError as error:
            if isinstance(error.__cause__, (BrokenPipeError, ConnectionResetError)):
                return False
            raise


def read_json(answer: Answer) -> Any:
    """What an answer says; None where it says nothing."""
    return None if answer.status == 204 else answer.json()


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


def _checked_token(token: Optional[str]) -> Optional[str]:
    """A key that fits into a header; http.client would print one that does not."""
    if not token:
        return None
    if not all(33 <= ord(char) <= 126 for char in token):
        raise InputError("The key has a space, a line end or another character that no key has.")
    return token
