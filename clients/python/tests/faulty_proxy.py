"""A TCP proxy that does what networks and restarting servers do."""

from __future__ import annotations

import socket
import threading
from typing import List, Optional
from urllib.parse import urlsplit

BLOCK_BYTES = 16 * 1024


class FaultyProxy:
    """
    Passes connections on to a server. `cut_down` and `cut_up` are bytes after which each connection is cut, downwards and upwards;
    `is_away` drops every connection at once, as a server that restarts; `spoil` changes a byte at this place of what comes down.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_down: Optional[int] = None
        self.cut_up: Optional[int] = None
        self.spoil: Optional[int] = None
        self.is_away = False
        self.connections = 0
        self.bytes_down = 0
        self._open: List[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def heal(self) -> None:
        """Passes everything on from now."""
        self.cut_down = self.cut_up = self.spoil = None
        self.is_away = False

    def close(self) -> None:
        """Ends it with all its connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._open:
            _cut(each)
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> FaultyProxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.is_away:
                _cut(client)
                continue
            server = socket.create_connection(self._server)
            self._open += [client, server]
            for source, target, is_up in ((client, server, True), (server, client, False)):
                thread = threading.Thread(target=self._pass_on, args=(source, target, is_up), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_up: bool) -> None:
        limit = self.cut_up if is_up else self.cut_down
        spoil = None if is_up else self.spoil
        passed = 0
        try:
            while block := source.recv(BLOCK_BYTES if limit is None else min(BLOCK_BYTES, limit - passed)):
                if spoil is not None and passed <= spoil < passed + len(block):
                    at = spoil - passed
                    block = block[:at] + bytes([block[at] ^ 255]) + block[at + 1 :]
                target.sendall(block)
                passed += len(block)
                self.bytes_down += 0 if is_up else len(block)
                if passed == limit:
                    _cut(source)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        if passed == limit:
            _cut(source)
            _cut(target)


def _cut(each: socket.socket) -> None:
    try:
        each.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It is cut already.
        pass
    each.close()
