"""What goes wrong, each kind apart."""

from __future__ import annotations

import pickle
import socket
import threading
import time
import traceback
import unittest
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Iterator

from inference_client import Client, InferenceError, InputError, ProblemError, TaskCancelled, TaskFailed, TransportError, WaitTimeout
from inference_client.printable import printable

from .support import DEADLINE_SECONDS, ServerTest, zip_of

SECRET = "isk_Qm3vT8xY_this-is-secret"


@contextmanager
def foreign_server(status: int, body: bytes, kind: str = "text/html") -> Iterator[str]:
    """A web server that is no InferenceServer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class KindsTest(unittest.TestCase):
    def test_no_kind_is_caught_as_another(self) -> None:
        kinds = [InputError, ProblemError, TaskCancelled, TaskFailed, TransportError, WaitTimeout]
        for kind in kinds:
            self.assertTrue(issubclass(kind, InferenceError))
            self.assertEqual([other for other in kinds if issubclass(kind, other)], [kind])

    def test_what_could_steer_a_terminal_is_hidden(self) -> None:
        self.assertEqual(printable("a\x1b[2J\nb\u202ec\udc80ü", 20), "a?[2J b?c?ü")
        self.assertEqual(printable("x" * 30, 20), "x" * 17 + "...")


class TransportErrorTest(unittest.TestCase):
    def test_a_server_that_was_never_there_is_told_at_once(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        start = time.monotonic()
        with self.assertRaisesRegex(TransportError, f"http://127.0.0.1:{port} cannot be reached.*refused"):
            Client(f"http://127.0.0.1:{port}", "", progress=False).me()
        self.assertLess(time.monotonic() - start, 5)

    def test_a_web_server_of_another_kind_is_found_out(self) -> None:
        with foreign_server(200, b"<html>") as url, self.assertRaisesRegex(TransportError, "is it an InferenceServer"):
            Client(url, "").me()
        with foreign_server(302, b"") as url, self.assertRaises(ProblemError) as raised:
            Client(url, "").me()
        self.assertEqual((raised.exception.status, raised.exception.code), (302, "foreign_answer"))

    def test_a_proxy_whose_server_is_away_is_asked_again(self) -> None:
        start = time.monotonic()
        with foreign_server(502, b"<html>Bad Gateway") as url, self.assertRaises(ProblemError) as raised:
            Client(url, "", retry_seconds=1.0).me()
        self.assertEqual(raised.exception.status, 502)
        self.assertGreater(time.monotonic() - start, 0.2)

    def test_an_endless_refusal_is_not_read_to_its_end(self) -> None:
        with foreign_server(400, b" " * 2_000_000, "application/problem+json") as url, self.assertRaisesRegex(TransportError, "more than"):
            Client(url, "").me()


class EarlyAnswerTest(unittest.TestCase):
    def test_a_refusal_ends_an_upload_that_nobody_takes(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def refuse() -> None:
                server, _ = listener.accept()
                with server:
                    server.recv(1024)
                    server.sendall(b"HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n")
                    # What comes is left lying, until the client goes.
                    gone.wait(DEADLINE_SECONDS)

            gone = threading.Event()
            thread = threading.Thread(target=refuse)
            thread.start()
            start = time.monotonic()
            with self.assertRaises(ProblemError) as raised:
                Client(f"http://127.0.0.1:{listener.getsockname()[1]}", "").submit("x", bytes(24_000_000))
            gone.set()
            thread.join()
        self.assertEqual(raised.exception.status, 413)
        self.assertLess(time.monotonic() - start, 30)


class SecretsTest(ServerTest):
    def test_a_key_is_in_no_text_of_the_client_and_its_errors(self) -> None:
        client = Client(self.url, SECRET, retry_seconds=0.0)
        shown = [repr(client), repr(client.models), repr(client.keys), repr(client._context)]
        with self.assertRaises(ProblemError) as raised:
            client.me()
        self.assertEqual((raised.exception.status, raised.exception.code), (401, "unauthorized"))
        shown += [repr(raised.exception), "".join(traceback.format_exception(None, raised.exception, raised.exception.__traceback__))]
        with self.assertRaises(InputError) as wrong:
            Client(self.url, f"{SECRET}\r\nX-Other: 1")
        shown.append("".join(traceback.format_exception(None, wrong.exception, wrong.exception.__traceback__)))
        for text in shown:
            self.assertNotIn("secret", text.replace('SECRET', ""))


class PickleTest(ServerTest):
    def test_errors_go_from_process_to_process_whole(self) -> None:
        task = self.script("echo why >&2; exit 4").wait(DEADLINE_SECONDS)
        failed = TaskFailed(task.data)
        back = pickle.loads(pickle.dumps(failed))
        self.assertEqual((str(back), back.exit_code, back.last_lines), (str(failed), 4, ["why"]))
        problem = pickle.loads(pickle.dumps(ProblemError(429, {"code": "too_many_requests", "detail": "Wait."}, 3.0)))
        self.assertEqual((problem.code, problem.retry_after, problem.pointer), ("too_many_requests", 3.0, None))
        self.assertEqual(str(pickle.loads(pickle.dumps(TransportError("gone")))), "gone")

    def test_an_unknown_model_is_a_problem(self) -> None:
        with self.assertRaises(ProblemError) as raised:
            self.client.run("no-such-model", zip_of({"a.txt": "x"}))
        self.assertEqual((raised.exception.status, raised.exception.code), (404, "model_not_found"))
        self.assertTrue(raised.exception.title)
