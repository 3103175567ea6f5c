"""Inputs over bad networks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

from inference_client import Client, ProblemError, TransportError

from .faulty_proxy import FaultyProxy
from .support import DEADLINE_SECONDS, ServerTest, until, zip_of

MIB = 1024 * 1024
# What a client may need beside what it needs anyway, for inputs and outputs of any size.
MEMORY_BYTES_MAX = 32 * MIB
BIG_BYTES = 80 * MIB
MEASURE = """
import os, resource, sys
from inference_client import Client
client = Client(progress=False)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
client.run("slow-echo", sys.argv[1]).extract(sys.argv[2])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


class UploadTest(ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.proxy = FaultyProxy(self.url)
        self.addCleanup(self.proxy.close)
        self.through_proxy = Client(self.proxy.url, progress=False)
        self.through_proxy.me()
        self.labels = {"test": self.folder.name}

    def heal_after(self, connections: int) -> threading.Thread:
        count = self.proxy.connections

        def heal() -> None:
            until("the tries", lambda: self.proxy.connections >= count + connections)
            self.proxy.heal()

        thread = threading.Thread(target=heal)
        thread.start()
        return thread

    def assert_one_task(self, task_id: str) -> None:
        self.assertEqual([item["id"] for item in self.client.tasks(labels=self.labels)], [task_id])

    def test_an_upload_that_breaks_in_the_middle_is_sent_again(self) -> None:
        self.proxy.cut_up = MIB
        healing = self.heal_after(connections=2)
        task = self.through_proxy.submit("word-count", zip_of({"noise": os.urandom(3 * MIB)}), labels=self.labels)
        healing.join()
        self.assertGreaterEqual(self.proxy.connections, 3)
        self.assert_one_task(task.id)

    def test_a_task_whose_answer_was_lost_is_not_sent_twice(self) -> None:
        for cut in (10, 600):
            self.proxy.cut_down = cut
            healing = self.heal_after(connections=3)
            labels = {**self.labels, "cut": str(cut)}
            task = self.through_proxy.submit("word-count", zip_of({"a.txt": "one"}), labels=labels)
            healing.join()
            self.assertEqual([item["id"] for item in self.client.tasks(labels=labels)], [task.id])

    def test_a_wait_outlives_a_restart_of_the_server(self) -> None:
        task = self.through_proxy.submit("word-count", zip_of({"a.txt": "one"}))
        self.proxy.is_away = True
        healing = self.heal_after(connections=3)
        self.assertEqual(task.wait(DEADLINE_SECONDS).state, "succeeded")
        healing.join()

    def test_trying_again_has_an_end(self) -> None:
        client = Client(self.proxy.url, progress=False, retry_seconds=1.0)
        client.me()
        self.proxy.is_away = True
        start = time.monotonic()
        with self.assertRaises(TransportError):
            client.submit("word-count", zip_of({"a.txt": "one"}))
        self.assertLess(time.monotonic() - start, 30)
        self.assertGreater(self.proxy.connections, 2)

    def test_a_large_upload_that_is_refused_ends_with_the_refusal(self) -> None:
        path = self.make({"big.zip": zip_of({"noise": os.urandom(24 * MIB)})}) / "big.zip"
        with self.assertRaises(ProblemError) as raised:
            self.client.submit("no-such-model", path)
        self.assertEqual((raised.exception.status, raised.exception.code), (404, "model_not_found"))

    def test_neither_inputs_nor_outputs_are_held_in_memory(self) -> None:
        folder = self.make({"slow-echo.json": '{"seconds": 0}'})
        block = os.urandom(MIB)
        with open(folder / "big", "wb") as file:
            for _ in range(BIG_BYTES // MIB):
                file.write(block)
        environment = {**os.environ, "INFERENCE_URL": self.url}
        command = [sys.executable, "-c", MEASURE, str(folder), str(self.folder / "out")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        self.assertEqual(os.path.getsize(self.folder / "out" / "big"), BIG_BYTES)
        self.assertLess(int(done.stdout), MEMORY_BYTES_MAX)
