"""Servers behind TLS."""

from __future__ import annotations

import select
import shutil
import socket
import ssl
import subprocess
import threading
import unittest
from pathlib import Path
from urllib.parse import urlsplit

from inference_client import Client, InputError, TransportError

from .support import ServerTest, zip_of

BLOCK_BYTES = 65_536


class TlsProxy:
    """Ends TLS before a server, one connection at a time."""

    def __init__(self, url: str, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        parts = urlsplit(url)
        self._server = (parts.hostname or "", parts.port or 80)
        self._listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True, do_handshake_on_connect=False)
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(self._server) as server:
                try:
                    client.do_handshake()
                    _pass_on(client, server)
                    client.unwrap()
                except OSError:
                    # A client that does not trust us has gone.
                    continue


def _pass_on(client: ssl.SSLSocket, server: socket.socket) -> None:
    """
    Passes on what both say, until one has said all. In one thread: OpenSSL lets no thread write to a connection that another reads from, and
    nothing in older Pythons keeps them apart: the interpreter itself crashes now and then ("double free or corruption").
    """
    while True:
        # Nothing waits inside of OpenSSL: a block takes a whole record (16 KiB at most).
        readable, _, _ = select.select([client, server], [], [])
        for source in readable:
            block = source.recv(BLOCK_BYTES)
            if not block:
                return
            (server if source is client else client).sendall(block)


@unittest.skipIf(shutil.which("openssl") is None, "openssl is not installed")
class TlsTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.certificate = self.folder / "certificate.pem"
        key = self.folder / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=lab"]
        command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)
        self.proxy = TlsProxy(self.url, self.certificate, key)
        self.addCleanup(self.proxy.close)

    def test_a_server_with_an_own_authority_is_trusted_by_its_file(self) -> None:
        client = Client(self.proxy.url, cafile=self.certificate, progress=False)
        result = client.run("word-count", zip_of({"a.txt": "one two", "noise": b"\xff" * 2_000_000}))
        self.assertIn("word-count.csv", result.files())

    def test_a_certificate_of_nobody_known_is_refused_at_once(self) -> None:
        with self.assertRaisesRegex(TransportError, "not trusted.*cafile="):
            Client(self.proxy.url, progress=False).me()

    def test_a_file_without_certificates_is_refused(self) -> None:
        for path in (self.folder / "missing.pem", self.make({"x.pem": "no pem"}) / "x.pem"):
            with self.assertRaisesRegex(InputError, "no file of PEM certificates"):
                Client(self.proxy.url, cafile=path)
