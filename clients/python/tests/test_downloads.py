"""Outputs over bad networks."""

from __future__ import annotations

import os
import threading
from typing import Dict, Union

from inference_client import Client, IntegrityError, Result, TransportError

from .faulty_proxy import FaultyProxy
from .support import ServerTest, until, zip_of

SIZE = 3_000_000
CUT_BYTES = 700_000


class DownloadTest(ServerTest):
    result: Result

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        content: Dict[str, Union[str, bytes]] = {"slow-echo.json": '{"seconds": 0}', "noise": os.urandom(SIZE)}
        cls.result = cls.client.run("slow-echo", zip_of(content))

    def setUp(self) -> None:
        super().setUp()
        self.proxy = FaultyProxy(self.url)
        self.addCleanup(self.proxy.close)
        self.target = self.folder / "out.zip"

    def through_proxy(self, retry_seconds: float = 60.0) -> Result:
        client = Client(self.proxy.url, progress=False, retry_seconds=retry_seconds)
        return client.task(self.result.id).result()

    def assert_whole(self) -> None:
        self.client.task(self.result.id).output(self.folder / "right.zip")
        self.assertEqual(self.target.read_bytes(), (self.folder / "right.zip").read_bytes())
        self.assertEqual(sorted(os.listdir(self.folder)), ["out.zip", "right.zip"])

    def test_a_download_goes_on_where_its_connection_broke(self) -> None:
        result = self.through_proxy()
        self.proxy.cut_down = CUT_BYTES
        before = self.proxy.bytes_down
        result.save(self.target)
        self.assertGreaterEqual(self.proxy.connections, 5)
        # Nothing came twice, but for the headers.
        self.assertLess(self.proxy.bytes_down - before, result.size + 10_000)
        self.assert_whole()

    def test_a_network_that_breaks_all_the_time_but_moves_is_borne(self) -> None:
        # Pauses that went on doubling would use up this time after some breaks.
        result = self.through_proxy(retry_seconds=2.0)
        self.proxy.cut_down = SIZE // 12
        result.save(self.target)
        self.assertGreaterEqual(self.proxy.connections, 12)
        self.assert_whole()

    def test_a_download_outlives_a_restart_of_the_server(self) -> None:
        result = self.through_proxy()
        self.proxy.cut_down = CUT_BYTES
        self.proxy.is_away = False

        def restart() -> None:
            until("the first part", lambda: self.proxy.bytes_down > CUT_BYTES)
            self.proxy.is_away = True
            count = self.proxy.connections
            until("some tries", lambda: self.proxy.connections > count + 2)
            self.proxy.heal()

        restarting = threading.Thread(target=restart)
        restarting.start()
        result.save(self.target)
        restarting.join()
        self.assert_whole()

    def test_what_came_is_kept_and_another_program_goes_on_from_there(self) -> None:
        result = self.through_proxy(retry_seconds=0.0)
        self.proxy.cut_down = CUT_BYTES
        with self.assertRaises(TransportError):
            result.save(self.target)
        (part,) = os.listdir(self.folder)
        self.assertGreater(os.path.getsize(self.folder / part), CUT_BYTES - 10_000)
        self.proxy.heal()
        before = self.proxy.bytes_down
        self.through_proxy().save(self.target)
        self.assertLess(self.proxy.bytes_down - before, result.size - CUT_BYTES + 20_000)
        self.assert_whole()

    def test_a_part_that_is_not_of_this_output_is_found_out_and_fetched_anew(self) -> None:
        part = self.folder / f".out.zip.{self.result.sha256[:16]}.part"
        part.write_bytes(b"x" * 1000)
        self.result.save(self.target)
        self.assert_whole()
        part.write_bytes(b"x" * (self.result.size + 5))
        self.result.save(self.target)
        self.assert_whole()

    def test_what_is_spoilt_on_its_way_is_never_kept(self) -> None:
        result = self.through_proxy()
        self.proxy.spoil = SIZE // 2
        with self.assertRaisesRegex(IntegrityError, "digest"):
            result.save(self.target)
        self.assertEqual(os.listdir(self.folder), [])
        with self.assertRaises(IntegrityError):
            result.extract(self.folder / "out")
        self.assertEqual(os.listdir(self.folder), [])
