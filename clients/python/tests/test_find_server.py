"""Which server is meant."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from inference_client import Client, InputError
from inference_client.address import parse_address
from inference_client.find_server import DEFAULT_URL, STATE_BYTES_MAX, find_url

URL = "http://127.0.0.1:7521"


class FindServerTest(unittest.TestCase):
    def setUp(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="inference-client-"))
        self.addCleanup(shutil.rmtree, self.home)

    def state(self, text: str) -> str:
        folder = self.home / "inference-server"
        folder.mkdir(exist_ok=True)
        (folder / "server.json").write_text(text)
        return find_url({"XDG_STATE_HOME": str(self.home)})

    def test_the_environment_goes_before_the_server_on_this_machine(self) -> None:
        self.assertEqual(self.state(json.dumps({"url": URL})), URL)
        self.assertEqual(find_url({"INFERENCE_URL": "https://lab", "XDG_STATE_HOME": str(self.home)}), "https://lab")

    def test_the_server_on_this_machine_is_found_while_it_runs(self) -> None:
        self.assertEqual(self.state(json.dumps({"url": URL, "pid": os.getpid()})), URL)
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            ended.wait()
        self.assertEqual(self.state(json.dumps({"url": URL, "pid": ended.pid})), DEFAULT_URL)

    def test_without_a_state_file_or_with_a_broken_one_it_is_the_default_address(self) -> None:
        self.assertEqual(find_url({"XDG_STATE_HOME": str(self.home)}), DEFAULT_URL)
        for text in ("{", "[]", '{"url": 7}', " " * STATE_BYTES_MAX + json.dumps({"url": URL})):
            self.assertEqual(self.state(text), DEFAULT_URL)

    def test_the_state_folder_is_below_the_home_folder_where_none_is_named(self) -> None:
        (self.home / ".local/state/inference-server").mkdir(parents=True)
        (self.home / ".local/state/inference-server/server.json").write_text(json.dumps({"url": URL}))
        with patch.dict(os.environ, {"HOME": str(self.home)}):
            self.assertEqual(find_url({"XDG_STATE_HOME": "relative"}), URL)

    def test_a_client_takes_what_it_is_told_first(self) -> None:
        with patch.dict(os.environ, {"INFERENCE_URL": "http://lab:1"}):
            self.assertEqual(Client().url, "http://lab:1")
            self.assertEqual(Client("https://other").url, "https://other:443")


class AddressTest(unittest.TestCase):
    def test_addresses_are_read(self) -> None:
        for url, shown in [
            ("http://lab", "http://lab:80"),
            ("https://lab/", "https://lab:443"),
            ("http://[::1]:7420", "http://[::1]:7420"),
            ("https://lab/inference/api/v1/", "https://lab:443/inference"),
        ]:
            self.assertEqual(str(parse_address(url)), shown)

    def test_others_are_refused_without_repeating_them(self) -> None:
        for url in ("lab:7420", "ftp://lab", "http://", "http://a:secret@lab", "http://lab?token=secret", "http://lab#x", "http://lab:x", "http://lab/a b"):
            with self.subTest(url), self.assertRaises(InputError) as raised:
                parse_address(url)
            self.assertNotIn("secret", str(raised.exception))
