/** The test of a new model: it runs the program as the server does. */
export const MODEL_TEST = `"""Runs the model on its sample: python3 -m unittest"""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent


def run(folder: Path, output: str) -> subprocess.CompletedProcess:
    places = {"INPUT_DIR": str(folder), "OUTPUT_DIR": output}
    return subprocess.run([sys.executable, str(HERE / "model.py")], env={**os.environ, **places}, capture_output=True, text=True, timeout=60)


class TheModel(unittest.TestCase):
    def test_lists_its_sample(self) -> None:
        with tempfile.TemporaryDirectory() as output:
            ended = run(HERE / "sample", output)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
            with (Path(output) / "files.csv").open(encoding="utf-8") as table:
                rows = list(csv.DictReader(table))
        self.assertEqual([(row["file"], row["bytes"]) for row in rows], [("first.txt", "6"), ("folder/second.txt", "7")])

    def test_says_what_is_wrong_with_an_empty_input(self) -> None:
        with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as output:
            ended = run(Path(empty), output)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("no file", ended.stderr)


if __name__ == "__main__":
    unittest.main()
`;
