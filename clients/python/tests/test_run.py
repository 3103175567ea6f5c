"""From an input to its result."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from inference_client import Client, InputError, ProblemError

from .support import ServerTest, zip_of

COUNTED = "a.txt,1,2,8,8"


class RunTest(ServerTest):
    def counted(self, given: object) -> str:
        return self.client.run("word-count", given).read("word-count.csv").decode()  # type: ignore[arg-type]

    def test_five_lines_bring_the_result_of_a_folder(self) -> None:
        folder = self.make({"a.txt": "one two\n"})
        result = self.client.run("word-count", folder)
        self.assertEqual(result.files(), ["word-count.csv"])
        out = self.folder / "out"
        self.assertEqual(result.extract(out), [str(out / "word-count.csv")])
        self.assertIn(COUNTED, (out / "word-count.csv").read_text())

    def test_a_file_is_packed_under_its_name(self) -> None:
        self.assertIn(COUNTED, self.counted(str(self.make({"a.txt": "one two\n"}) / "a.txt")))

    def test_a_zip_is_sent_as_it_is(self) -> None:
        path = self.make({"in.ZIP": zip_of({"a.txt": "one two\n"})}) / "in.ZIP"
        task = self.client.submit("word-count", path)
        self.assertEqual(task.data["input"]["bytes"], path.stat().st_size)
        self.assertIn(COUNTED, task.result().read("word-count.csv").decode())

    def test_bytes_are_the_zip(self) -> None:
        self.assertIn(COUNTED, self.counted(zip_of({"a.txt": "one two\n"})))

    def test_an_open_file_is_sent_from_where_it_stands(self) -> None:
        with io.BytesIO(b"before" + zip_of({"a.txt": "one two\n"})) as file:
            file.seek(len(b"before"))
            self.assertIn(COUNTED, self.counted(file))

    def test_a_pipe_is_an_input(self) -> None:
        path = self.make({"in.zip": zip_of({"a.txt": "one two\n"})}) / "in.zip"
        with subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE) as cat:
            self.assertIn(COUNTED, self.counted(cat.stdout))

    def test_what_is_no_input_is_refused_before_anything_is_sent(self) -> None:
        (self.folder / "empty").mkdir()
        (self.folder / "text").write_text("x")
        with open(self.folder / "text", encoding="utf-8") as text:
            for given, why in [
                (self.folder / "nothing", "no folder and no file"),
                (self.folder / "empty", "is empty"),
                (text, 'mode "rb"'),
                (7, "A int is no input"),
            ]:
                with self.subTest(why), self.assertRaisesRegex(InputError, why):
                    self.client.run("word-count", given)  # type: ignore[arg-type]

    def test_bytes_that_are_no_zip_are_refused_by_the_server(self) -> None:
        with self.assertRaises(ProblemError) as raised:
            self.client.run("word-count", b"no zip")
        self.assertEqual((raised.exception.status, raised.exception.code), (415, "zip_not_a_zip"))

    def test_the_package_runs_from_its_folder_with_a_server_from_the_environment(self) -> None:
        self.make({"a.txt": "one two\n"}, "my-folder")
        code = (
            "from inference_client import Client\n"
            "client = Client()\n"
            'result = client.run("word-count", "my-folder")\n'
            "print(result.files())\n"
            'result.extract("out")\n'
        )
        source = Path(__file__).parents[1] / "src"
        environment = {"INFERENCE_URL": self.url, "PYTHONPATH": str(source), "PATH": os.environ["PATH"]}
        done = subprocess.run([sys.executable, "-c", code], cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.stderr), ("['word-count.csv']\n", ""))
        self.assertTrue((self.folder / "out" / "word-count.csv").is_file())


class ResultTest(ServerTest):
    def test_a_result_tells_of_its_output_without_fetching_it(self) -> None:
        result = self.client.run("slow-echo", zip_of({"slow-echo.json": '{"seconds": 0}', "sub/größe.txt": "x" * 1000}))
        self.assertEqual(sorted(result.files()), ["slow-echo.json", "sub/größe.txt"])
        self.assertIn({"path": "sub/größe.txt", "bytes": 1000, "is_folder": False}, result.entries())
        self.assertEqual(result.read("sub/größe.txt"), b"x" * 1000)
        self.assertEqual(result.task["state"], "succeeded")
        self.assertEqual((result.warnings, len(result.sha256)), ([], 64))
        self.assertGreater(result.size, 22)
        self.assertGreaterEqual(result.seconds, 0)
        self.assertIn(result.id, repr(result))
        with self.assertRaises(ProblemError) as raised:
            result.read("other.txt")
        self.assertEqual(raised.exception.status, 404)

    def test_the_output_zip_is_saved_whole(self) -> None:
        result = self.client.run("word-count", zip_of({"a.txt": "one"}))
        path = result.save(self.folder / "out.zip")
        self.assertEqual(os.path.getsize(path), result.size)
        self.assertEqual(os.listdir(self.folder), ["out.zip"])
        with self.assertRaisesRegex(InputError, "is a folder"):
            result.save(self.folder)


class ClientTest(ServerTest):
    def test_a_client_says_which_server_it_means(self) -> None:
        self.assertEqual(repr(Client(f"{self.url}/api/v1/", "secret")), f"Client({self.url!r})")
