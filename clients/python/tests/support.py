"""What the tests share."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, Optional, TypeVar, Union
from zipfile import ZipFile

from inference_client import Client, Task

Found = TypeVar("Found")

# A busy machine is slow: how long a condition may take to come true, and a task to end, in seconds.
DEADLINE_SECONDS = 90.0
LOOK_SECONDS = 0.05


def zip_of(files: Dict[str, Union[str, bytes]]) -> bytes:
    """A zip of these files."""
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def until(what: str, look: Callable[[], Optional[Found]]) -> Found:
    """What `look` finds, once it finds something."""
    end = time.monotonic() + DEADLINE_SECONDS
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(LOOK_SECONDS)


class ServerTest(unittest.TestCase):
    """A test with the server, a client that shows no bars, and a folder of its own."""

    url: str
    client: Client
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.url = os.environ["INFERENCE_URL"]
        cls.client = Client(cls.url, progress=False)

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="inference-client-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def make(self, files: Dict[str, Union[str, bytes]], name: str = "input") -> Path:
        """A folder with these files."""
        for path, content in files.items():
            target = self.folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.folder / name

    def script(self, text: str, **wishes: Any) -> Task:
        """A task that runs a shell script."""
        return self.client.submit("script", zip_of({"run.sh": text}), **wishes)

    def running(self, task: Task) -> Task:
        """A task once it runs."""
        return until("the task to run", lambda: task if task.refresh().state == "running" else None)
