"""Following a task."""

from __future__ import annotations

import unittest

from inference_client import Client, ProblemError, TransportError
from inference_client.events import parse_events

from .faulty_proxy import FaultyProxy
from .support import ServerTest

SCRIPT = "for n in 1 2 3 4; do echo line $n; echo ::progress 0.$n part $n; sleep 0.3; done; echo x > $OUTPUT_DIR/x"


class FollowTest(ServerTest):
    def test_events_tell_what_happens_until_the_end(self) -> None:
        events = list(self.script(SCRIPT).events())
        self.assertEqual((events[-1].name, events[-1].data["state"]), ("done", "succeeded"))
        text = "".join(event.data["text"] for event in events if event.name == "log" and event.data["stream"] == "stdout")
        self.assertEqual(text, "line 1\nline 2\nline 3\nline 4\n")
        self.assertIn("progress", {event.name for event in events})

    def test_who_comes_again_after_an_event_hears_only_what_is_newer(self) -> None:
        task = self.script(SCRIPT)
        events = list(task.events())
        first_log = next(event for event in events if event.name == "log")
        later = [event.id for event in task.events(after=first_log.id) if event.name in ("log", "done")]
        self.assertEqual(later, [event.id for event in events if event.name in ("log", "done")][1:])
        self.assertEqual(list(task.events(after=events[-1].id)), [])

    def test_a_connection_that_breaks_again_and_again_loses_and_doubles_nothing(self) -> None:
        with FaultyProxy(self.url) as proxy:
            client = Client(proxy.url, progress=False)
            task = client.task(self.script(SCRIPT).id)
            proxy.cut_down = 1200
            events = list(task.events())
            self.assertGreater(proxy.connections, 2)
        text = "".join(event.data["text"] for event in events if event.name == "log" and event.data["stream"] == "stdout")
        self.assertEqual(text, "line 1\nline 2\nline 3\nline 4\n")
        self.assertEqual(events[-1].name, "done")

    def test_an_unknown_task_cannot_be_followed(self) -> None:
        task = self.script("exit 0")
        task.delete()
        with self.assertRaises(ProblemError):
            next(task.events())


class ParseTest(unittest.TestCase):
    def test_comments_retries_and_what_is_cut_off_are_no_events(self) -> None:
        lines = [b": hello", b"", b"retry: 2000", b"", b"id: 1-2", b"event: log", b'data: {"text":', b"data: 1}", b"", b"id: 9", b"data: {}"]
        self.assertEqual([(each.id, each.name, each.data) for each in parse_events(lines)], [("1-2", "log", {"text": 1})])

    def test_what_is_no_json_is_an_error(self) -> None:
        with self.assertRaisesRegex(TransportError, "no JSON"):
            list(parse_events([b"data: {", b""]))
