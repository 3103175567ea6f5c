"""What people and programs see of the progress."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import unittest
from types import ModuleType, SimpleNamespace
from typing import Any, Dict, List
from unittest.mock import patch

from inference_client import Client, Progress
from inference_client.describe_progress import describe_progress
from inference_client.progress import watching
from inference_client.terminal_bar import TerminalBar

from .support import ServerTest

SCRIPT = "echo ::progress 0.25 segmenting; sleep 2; echo x > $OUTPUT_DIR/x"
CODE = """
import sys
from inference_client import Client
Client(retry_seconds=5).run("script", sys.argv[1]).extract(sys.argv[2])
"""


class ProgressTest(ServerTest):
    def test_a_function_is_told_of_each_phase(self) -> None:
        told: List[Progress] = []
        result = self.client.run("script", self.make({"run.sh": SCRIPT}), progress=told.append)
        result.save(self.folder / "out.zip", progress=told.append)
        phases = list(dict.fromkeys(each.phase for each in told if each.phase != "queued"))
        self.assertEqual(phases, ["packing", "uploading", "running", "succeeded", "downloading"])
        self.assertIn(("running", 0.25, "segmenting"), [(each.phase, each.fraction, each.text) for each in told])
        self.assertEqual(told[-1].fraction, 1.0)

    def run_in_terminal(self, **options: Any) -> str:
        """What a program writes to the terminal that is its stderr."""
        ours, theirs = pty.openpty()
        command = [sys.executable, "-c", CODE, str(self.make({"run.sh": SCRIPT})), str(self.folder / "out")]
        environment = {**os.environ, "INFERENCE_URL": self.url, "COLUMNS": "60"}
        with subprocess.Popen(command, env=environment, stderr=theirs, stdout=subprocess.DEVNULL, **options) as program:
            os.close(theirs)
            written = b""
            try:
                while block := os.read(ours, 4096):
                    written += block
            except OSError:
                # So ends a terminal whose last writer is gone.
                pass
        os.close(ours)
        self.assertEqual(program.returncode, 0)
        return written.decode()

    def test_a_terminal_gets_a_line_for_each_phase(self) -> None:
        shown = self.run_in_terminal().replace("\r\n", "\n")
        lines = [line.split("\r")[-1].strip() for line in shown.strip().split("\n")]
        self.assertEqual([line.split()[0] for line in lines if not line.startswith("queued")], ["packing", "uploading", "running", "succeeded", "downloading"])
        self.assertIn("running     [######..................] 25 % segmenting", shown)
        self.assertRegex(shown, r"\[#{24}\] (\d+) of \1 bytes")
        self.assertRegex(shown, r"succeeded   \d+\.\d s\n")

    def test_without_a_terminal_nothing_is_written(self) -> None:
        command = [sys.executable, "-c", CODE, str(self.make({"run.sh": SCRIPT})), str(self.folder / "out")]
        environment = {**os.environ, "INFERENCE_URL": self.url}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def test_a_program_without_stderr_runs(self) -> None:
        with patch.object(sys, "stderr", None), watching(None) as tell:
            self.assertIsNone(tell)

    def test_a_notebook_gets_one_line_that_is_replaced(self) -> None:
        shown: List[Dict[str, str]] = []
        handle = SimpleNamespace(update=lambda bundle, raw: shown.append(bundle))

        def display(bundle: Dict[str, str], raw: bool, display_id: bool) -> object:
            shown.append(bundle)
            return handle

        ipython = ModuleType("IPython")
        ipython.get_ipython = lambda: SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
        module = ModuleType("IPython.display")
        module.display = display  # type: ignore[attr-defined]
        ipython.display = module  # type: ignore[attr-defined]
        modules = {"IPython": ipython, "IPython.display": module, "ipykernel": ModuleType("ipykernel")}
        with patch.dict(sys.modules, modules):
            Client(self.url).run("script", self.make({"run.sh": "echo '::progress 0.5 <b>'; sleep 2; echo x > $OUTPUT_DIR/x"}))
        self.assertIn({"text/plain": "running 50 % <b>", "text/html": '<progress max="1" value="0.500"></progress> running 50 % &lt;b&gt;'}, shown)


class TerminalBarTest(unittest.TestCase):
    def test_what_a_model_says_cannot_steer_the_terminal(self) -> None:
        stream = io.StringIO()
        with TerminalBar(stream) as bar:
            bar.show(Progress("running", 0.5, 1, "a\x1b[2Jb\rc"))
        self.assertEqual(stream.getvalue(), "\r  running     [############............] 50 % a?[2Jb?c\n")

    def test_a_shorter_line_covers_the_longer_one_before(self) -> None:
        stream = io.StringIO()
        with TerminalBar(stream) as bar:
            bar.show(Progress("queued", text="Waiting for a free slot."))
            bar._next_draw = 0.0
            bar.show(Progress("queued", text="Next."))
        self.assertTrue(stream.getvalue().endswith("\r  queued      Next." + " " * 19 + "\n"))

    def test_a_line_is_not_redrawn_more_often_than_eyes_can_follow(self) -> None:
        stream = io.StringIO()
        with TerminalBar(stream) as bar:
            for done in range(10_000):
                bar.show(Progress("uploading", done + 1, 10_000))
        self.assertLess(stream.getvalue().count("\r"), 500)
        self.assertIn("10.0 of 10.0 kB", stream.getvalue())

    def test_amounts_are_told_in_units_for_people(self) -> None:
        for progress, words in [
            (Progress("uploading", 12_340_000, 80_000_000), "12.3 of 80.0 MB"),
            (Progress("downloading", 512), "512 bytes"),
            (Progress("packing", 8, 8), "8 of 8 bytes"),
            (Progress("packing", 5_000, 20_000), "5.0 of 20.0 kB"),
            (Progress("tasks", 3, None), "3 tasks"),
            (Progress("tasks", 3, 20, "1 failed"), "3 of 20 tasks, 1 failed"),
            (Progress("running", 0.42, 1.0, "segmenting"), "42 % segmenting"),
            (Progress("running", 0.42, 1.0), "42 %"),
            (Progress("cancelling"), ""),
        ]:
            self.assertEqual(describe_progress(progress), words)
