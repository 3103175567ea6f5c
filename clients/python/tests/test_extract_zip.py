"""An output writes nothing outside of its folder."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
import unittest
from pathlib import Path
from typing import List, Tuple
from zipfile import ZipFile, ZipInfo

from inference_client import UnsafeOutput
from inference_client.extract_zip import extract_zip


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> ZipInfo:
    info = ZipInfo("placeholder")
    info.filename = name
    info.external_attr = mode << 16
    return info


def zip_with(*entries: Tuple[ZipInfo, bytes]) -> io.BytesIO:
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    return target


class ExtractTest(unittest.TestCase):
    def setUp(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="inference-client-"))
        self.addCleanup(shutil.rmtree, self.base)
        self.out = self.base / "out"

    def everything(self) -> List[str]:
        return sorted(str(path.relative_to(self.base)) for path in self.base.rglob("*"))

    def test_files_and_folders_come_out(self) -> None:
        files = zip_with((entry("empty/", stat.S_IFDIR | 0o755), b""), (entry("sub/größe.txt"), b"x"), (entry("plain", 0), b"y"))
        self.assertEqual(extract_zip(files, str(self.out)), [str(self.out / "sub/größe.txt"), str(self.out / "plain")])
        self.assertEqual(self.everything(), ["out", "out/empty", "out/plain", "out/sub", "out/sub/größe.txt"])

    def test_what_is_there_already_is_replaced(self) -> None:
        for content in (b"one", b"two"):
            extract_zip(zip_with((entry("a"), content)), str(self.out))
        self.assertEqual((self.out / "a").read_bytes(), b"two")

    def test_names_that_lead_out_are_refused_and_nothing_is_written(self) -> None:
        names = ["../evil", "a/../../evil", "a/..", "..", "/etc/evil", "C:/evil", "c:evil", "a\\evil", "..\\evil", "a//evil", "./evil", "a\x00b", "a\nb", ""]
        for name in names:
            with self.subTest(name), self.assertRaisesRegex(UnsafeOutput, "nothing was written"):
                extract_zip(zip_with((entry("good.txt"), b"x"), (entry(name), b"x")), str(self.out))
            self.assertEqual(self.everything(), [])

    def test_links_and_special_files_are_refused(self) -> None:
        for kind, why in ((stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "no plain file"), (stat.S_IFCHR, "no plain file")):
            with self.subTest(why), self.assertRaisesRegex(UnsafeOutput, why):
                extract_zip(zip_with((entry("a", kind | 0o777), b"/etc")), str(self.out))
        self.assertEqual(self.everything(), [])

    def test_a_name_that_comes_twice_is_refused(self) -> None:
        with self.assertRaisesRegex(UnsafeOutput, "comes twice"), self.assertWarns(UserWarning):
            extract_zip(zip_with((entry("a"), b"1"), (entry("a"), b"2")), str(self.out))

    def test_links_that_lie_in_the_folder_are_not_written_through(self) -> None:
        elsewhere = self.base / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "kept").write_text("kept")
        self.out.mkdir()
        os.symlink(elsewhere / "kept", self.out / "file")
        os.symlink(elsewhere, self.out / "folder")
        extract_zip(zip_with((entry("file"), b"new")), str(self.out))
        self.assertEqual((self.out / "file").read_text(), "new")
        with self.assertRaisesRegex(UnsafeOutput, "is a link or a file"):
            extract_zip(zip_with((entry("folder/evil"), b"x")), str(self.out))
        self.assertEqual([path.name for path in elsewhere.iterdir()], ["kept"])
        self.assertEqual((elsewhere / "kept").read_text(), "kept")

    def test_what_is_damaged_is_refused_and_leaves_no_half_file(self) -> None:
        whole = zip_with((entry("a"), b"content " * 100)).getvalue()
        with self.assertRaises(UnsafeOutput):
            extract_zip(io.BytesIO(whole.replace(b"content content", b"contenT content", 1)), str(self.out))
        with self.assertRaises(UnsafeOutput):
            extract_zip(io.BytesIO(whole[:50]), str(self.out))
        self.assertEqual(self.everything(), ["out"])
