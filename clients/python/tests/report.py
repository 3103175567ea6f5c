"""
Runs the tests and tells of each in a line of JSON, so that whoever starts this can count them: `python3 -m tests.report list` names them,
`python3 -m tests.report run` runs them.
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from typing import Any, Iterator


def tests_in(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """All tests, however deep they lie."""
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from tests_in(each)
        else:
            yield each


class JsonResult(unittest.TestResult):
    """Prints what became of each test: the last word counts, as a test may fail in several of its parts."""

    def tell(self, test: unittest.TestCase, outcome: str, text: str = "") -> None:
        print(json.dumps({"test": test.id(), "outcome": outcome, "text": text}), flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        self.tell(test, "passed")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        self.tell(test, "skipped", reason)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self.tell(test, "failed", self._exc_info_to_string(err, test))  # type: ignore[attr-defined]

    addError = addFailure  # noqa: N815

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        if err is not None:
            self.tell(test, "failed", f"{subtest}\n{self._exc_info_to_string(err, test)}")  # type: ignore[attr-defined]


def main(command: str) -> None:
    """Lists or runs."""
    root = Path(__file__).parents[1]
    sys.path.insert(0, str(root / "src"))
    suite = unittest.defaultTestLoader.discover(str(root / "tests"), top_level_dir=str(root))
    if command == "run":
        suite.run(JsonResult())
        return
    for test in tests_in(suite):
        print(json.dumps({"test": test.id()}))


if __name__ == "__main__":
    main(sys.argv[1])
