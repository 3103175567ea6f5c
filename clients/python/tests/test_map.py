"""Many inputs."""

from __future__ import annotations

import threading
import time
from typing import Iterator, List

from inference_client import Client, InputError, Progress, TaskFailed
from inference_client.map_inputs import AHEAD, map_inputs

from .support import ServerTest, zip_of


class MapTest(ServerTest):
    def test_outcomes_come_in_order_and_failures_do_not_lose_the_others(self) -> None:
        first = self.make({"run.sh": "sleep 1; echo 1 > $OUTPUT_DIR/x"}, "first")
        bad = self.make({"run.sh": "exit 3"}, "bad")
        last = self.make({"run.sh": "echo 3 > $OUTPUT_DIR/x"}, "last")
        told: List[Progress] = []
        inputs = [first, bad, self.folder / "missing", last]
        client = Client(self.url, progress=told.append)
        outcomes = list(client.map("script", inputs, parallel=2, labels={"map": self.folder.name}))
        self.assertEqual([outcome.input for outcome in outcomes], inputs)
        self.assertEqual([outcome.error is None for outcome in outcomes], [True, False, False, True])
        self.assertEqual([outcomes[at].get().read("x") for at in (0, 3)], [b"1\n", b"3\n"])
        self.assertIsInstance(outcomes[2].error, InputError)
        with self.assertRaises(TaskFailed):
            outcomes[1].get()
        self.assertEqual({each.phase for each in told}, {"tasks"})
        self.assertEqual((told[-1].phase, told[-1].done, told[-1].total, told[-1].text), ("tasks", 4, 4, "2 failed"))
        self.assertEqual(len(list(self.client.tasks(labels={"map": self.folder.name}))), 3)

    def test_a_time_limit_holds_for_each(self) -> None:
        (outcome,) = self.client.map("script", [zip_of({"run.sh": "sleep 60"})], timeout=0.1)
        self.assertEqual(type(outcome.error).__name__, "WaitTimeout")
        self.client.task(outcome.error.task_id).cancel()  # type: ignore[union-attr]

    def test_no_more_inputs_are_taken_than_needed_and_no_more_run_at_a_time(self) -> None:
        taken: List[int] = []
        running: List[int] = []
        lock = threading.Lock()
        most = 0

        def source() -> Iterator[bytes]:
            for number in range(100):
                taken.append(number)
                yield b"%d" % number

        def run(given: bytes, _stop: threading.Event) -> object:
            nonlocal most
            with lock:
                running.append(1)
                most = max(most, len(running))
            time.sleep(0.01)
            with lock:
                running.pop()
            return given

        outcomes = map_inputs(run, source(), 3)  # type: ignore[arg-type]
        self.assertEqual(next(outcomes).result, b"0")
        self.assertLessEqual(len(taken), 3 * AHEAD)
        self.assertEqual([outcome.result for outcome in outcomes], [b"%d" % number for number in range(1, 100)])
        self.assertEqual(most, 3)

    def test_who_stops_taking_gets_no_further_input_sent(self) -> None:
        ran: List[bytes] = []
        stopped = threading.Event()

        def run(given: bytes, stop: threading.Event) -> object:
            ran.append(given)
            if given != b"0":
                stop.wait(60)
                stopped.set()
            return given

        outcomes = map_inputs(run, [b"%d" % number for number in range(50)], 2)  # type: ignore[arg-type]
        next(outcomes)
        outcomes.close()  # type: ignore[attr-defined]
        self.assertTrue(stopped.wait(30))
        self.assertLessEqual(len(ran), 4)

    def test_a_number_at_a_time_that_makes_no_sense_is_refused_at_once(self) -> None:
        for parallel in (0, 65):
            with self.assertRaises(InputError):
                self.client.map("script", [], parallel=parallel)
