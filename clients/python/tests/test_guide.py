"""Every snippet of the guide is run, each in a program of its own that begins with a client."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Callable
from urllib.request import urlopen

from .support import ServerTest

ROOT = Path(__file__).parents[1]
GUIDE = ROOT.parents[1] / "docs" / "clients" / "python.md"
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
BEGIN = "from inference_client import Client\nclient = Client()\n"


class GuideTest(ServerTest):
    def run_snippet(self, snippet: str) -> None:
        for name in ("my-folder", "scans/a", "scans/b", "scans/c"):
            self.make({"a.txt": "one two\n"}, name)
        environment = {**os.environ, "INFERENCE_URL": self.url, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-W", "error", "-c", BEGIN + snippet.replace("http://127.0.0.1:7420", self.url)]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"{snippet}\n{done.stderr}")

    def test_the_guide_has_no_code_but_python(self) -> None:
        fences = re.findall(r"^```(\w*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(fences, ["python", ""] * len(SNIPPETS))
        self.assertGreater(len(SNIPPETS), 5)

    def test_the_readme_of_the_package_begins_as_the_guide_does(self) -> None:
        self.assertIn(SNIPPETS[0], (ROOT / "README.md").read_text(encoding="utf-8"))


    def test_the_reference_names_every_operation_but_one_that_submit_covers(self) -> None:
        with urlopen(f"{self.url}/openapi/v1.json") as answer:
            paths = json.load(answer)["paths"].values()
        operations = {each["operationId"] for path in paths for each in path.values() if isinstance(each, dict) and "operationId" in each}
        named = set(re.findall(r"`(\w+)`", GUIDE.read_text(encoding="utf-8").split("## Reference")[1]))
        self.assertGreater(len(operations), 20)
        self.assertEqual(operations - named, {"putTask"})


def _test_of(snippet: str) -> Callable[[GuideTest], None]:
    def test(self: GuideTest) -> None:
        self.run_snippet(snippet)

    return test


for number, text in enumerate(SNIPPETS, 1):
    setattr(GuideTest, f"test_snippet_{number:02}_runs", _test_of(text))
