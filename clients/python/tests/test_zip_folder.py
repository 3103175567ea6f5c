"""Packing folders."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Dict, List
from zipfile import ZipFile

from inference_client import InputError, Progress
from inference_client.zip_folder import zip_folder

from .support import ServerTest


class ZipFolderTest(ServerTest):
    def packed(self, folder: Path) -> bytes:
        target = io.BytesIO()
        zip_folder(str(folder), target)
        return target.getvalue()

    def content(self, folder: Path) -> Dict[str, bytes]:
        with ZipFile(io.BytesIO(self.packed(folder))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def test_files_lie_in_it_as_in_the_folder_without_what_desktops_leave_behind(self) -> None:
        folder = self.make({"b.txt": "b", "sub/ä.txt": "a", ".DS_Store": "x", "__MACOSX/x": "x", "sub/Thumbs.db": "x", ".keep": "k"})
        (folder / "empty" / "deep").mkdir(parents=True)
        self.assertEqual(self.content(folder), {"empty/deep/": b"", ".keep": b"k", "b.txt": b"b", "sub/ä.txt": b"a"})

    def test_the_same_files_make_the_same_zip(self) -> None:
        one = self.make({"a": "1", "b": "2"}, "one")
        other = self.make({"b": "2"}, "other")
        self.make({"a": "1"}, "other")
        os.utime(other / "a", (time.time() - 1e6, time.time() - 1e6))
        os.chmod(other / "b", 0o600)
        self.assertEqual(self.packed(one), self.packed(other))

    def test_what_gets_smaller_is_compressed_and_what_does_not_is_stored(self) -> None:
        folder = self.make({"text": "again and " * 10_000, "noise": os.urandom(100_000), "nothing": ""})
        with ZipFile(io.BytesIO(self.packed(folder))) as archive:
            self.assertLess(archive.getinfo("text").compress_size, 10_000)
            self.assertEqual(archive.getinfo("noise").compress_size, 100_000)
            self.assertIsNone(archive.testzip())
            self.assertEqual({entry.date_time[0] for entry in archive.infolist()}, {1980})

    def test_links_are_followed_within_the_folder_only(self) -> None:
        folder = self.make({"a.txt": "a"})
        os.symlink("a.txt", folder / "same.txt")
        self.assertEqual(self.content(folder)["same.txt"], b"a")
        outside = self.make({"secret": "s"}, "outside")
        for name, target, why in [
            ("out", outside / "secret", "leads out of the folder"),
            ("folder", outside, "link to a folder"),
            ("nowhere", folder / "gone", "link to nothing"),
        ]:
            os.symlink(target, folder / name)
            with self.subTest(name), self.assertRaisesRegex(InputError, why):
                self.packed(folder)
            os.remove(folder / name)

    def test_pipes_and_names_that_are_no_text_are_refused(self) -> None:
        folder = self.make({"a.txt": "a"})
        os.mkfifo(folder / "pipe")
        with self.assertRaisesRegex(InputError, "no plain file"):
            self.packed(folder)
        os.remove(folder / "pipe")
        with open(os.fsencode(folder) + b"/\xff", "w", encoding="utf-8"):
            pass
        with self.assertRaisesRegex(InputError, "UTF-8"):
            self.packed(folder)

    def test_packing_tells_how_far_it_is(self) -> None:
        told: List[Progress] = []
        zip_folder(str(self.make({"a": "12", "b": "345"})), io.BytesIO(), told.append)
        self.assertEqual([(each.done, each.total, each.fraction) for each in told], [(2, 5, 0.4), (5, 5, 1.0)])

    def test_a_server_takes_what_is_packed(self) -> None:
        folder = self.make({"a b/ü.txt": "x", ".hidden": "y", "slow-echo.json": '{"seconds": 0}'})
        (folder / "empty").mkdir()
        result = self.client.run("slow-echo", folder)
        self.assertEqual(sorted(result.files()), [".hidden", "a b/ü.txt", "slow-echo.json"])
