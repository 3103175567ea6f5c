"""The package as it is shipped."""

from __future__ import annotations

import ast
import sys
import unittest
from pathlib import Path

import inference_client

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "inference_client").glob("*.py"))
LINES_MAX = 200


class PackageTest(unittest.TestCase):
    def test_it_needs_nothing_but_the_standard_library(self) -> None:
        known = getattr(sys, "stdlib_module_names", None)
        if known is None:
            self.skipTest("this Python cannot tell what its standard library has")
        imported = set()
        for source in SOURCES:
            for node in ast.walk(ast.parse(source.read_text())):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    imported.add(str(node.module).split(".")[0])
        # A bar in a notebook is drawn by the IPython that is there already.
        self.assertEqual(imported - known, {"IPython"})

    def test_its_syntax_is_that_of_the_oldest_python_it_names(self) -> None:
        self.assertGreater(len(SOURCES), 20)
        for source in SOURCES:
            ast.parse(source.read_text(), feature_version=(3, 9))

    def test_its_files_are_small_and_say_what_they_are_for(self) -> None:
        for source in SOURCES:
            text = source.read_text()
            self.assertLess(text.count("\n"), LINES_MAX, source.name)
            self.assertTrue(ast.get_docstring(ast.parse(text)), source.name)

    def test_what_is_for_users_is_typed_and_explained(self) -> None:
        for name in inference_client.__all__:
            self.assertTrue(getattr(inference_client, name).__doc__ or name == "Failure", name)
        self.assertTrue((ROOT / "src" / "inference_client" / "py.typed").is_file())

    def test_its_metadata_say_the_same_as_the_code(self) -> None:
        if sys.version_info < (3, 11):
            self.skipTest("this Python reads no TOML")
        import tomllib  # type: ignore[import-not-found,unused-ignore]

        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        self.assertEqual((project["name"], project["version"]), ("inference-client", inference_client.__version__))
        self.assertEqual((project["dependencies"], project["requires-python"]), ([], ">=3.9"))
