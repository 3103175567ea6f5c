"""Keys, and what they let their holder do."""

from __future__ import annotations

from inference_client import Client, ProblemError

from .support import DEADLINE_SECONDS, ServerTest, zip_of


class KeysTest(ServerTest):
    def test_a_key_is_made_used_changed_rotated_and_revoked(self) -> None:
        made = self.client.keys.create("ada", self.folder.name, ["submit", "read"], expires_at="2100-01-01T00:00:00Z", limits={"queued_tasks": 5})
        self.assertEqual((made["owner"], made["scopes"], made["limits"]["queued_tasks"]), ("ada", ["submit", "read"], 5))
        me = Client(self.url, made["secret"], progress=False).me()
        self.assertEqual((me["owner"], me["key"], me["name"]), ("ada", made["prefix"], self.folder.name))
        changed = self.client.keys.change(made["prefix"], scopes=["read"], expires_at="never", limits={"queued_tasks": None})
        self.assertEqual((changed["name"], changed["scopes"], changed["expires_at"]), (self.folder.name, ["read"], None))
        self.assertIsNone(changed["limits"]["queued_tasks"])
        changed = self.client.keys.change(made["prefix"], name="other", expires_at="2101-01-01T00:00:00Z")
        self.assertEqual((changed["name"], changed["scopes"], (changed["expires_at"] or "")[:4]), ("other", ["read"], "2101"))
        rotated = self.client.keys.rotate(made["prefix"], grace_seconds=0)
        self.assertNotEqual(rotated["secret"], made["secret"])
        self.assertEqual(Client(self.url, rotated["secret"]).me()["owner"], "ada")
        self.client.keys.revoke(made["prefix"])
        self.client.keys.revoke(made["prefix"])
        with self.assertRaises(ProblemError) as raised:
            Client(self.url, rotated["secret"]).me()
        self.assertEqual(raised.exception.status, 401)
        (listed,) = [key for key in self.client.keys.list() if key["prefix"] == made["prefix"]]
        self.assertIsNotNone(listed["revoked_at"])

    def test_a_holder_sees_the_own_tasks_and_what_the_scopes_allow(self) -> None:
        secret = self.client.keys.create(f"grace.{self.folder.name[-4:]}", "notebook")["secret"]
        grace = Client(self.url, secret, progress=False)
        others = self.client.submit("word-count", zip_of({"a.txt": "one"}))
        result = grace.run("word-count", zip_of({"a.txt": "one"}), timeout=DEADLINE_SECONDS)
        self.assertEqual([item["id"] for item in grace.tasks()], [result.id])
        with self.assertRaises(ProblemError) as raised:
            grace.task(others.id)
        self.assertEqual(raised.exception.status, 404)
        with self.assertRaises(ProblemError) as raised:
            grace.keys.create("eve", "x")
        self.assertEqual((raised.exception.status, raised.exception.code), (403, "forbidden"))

    def test_a_rate_limit_is_waited_out(self) -> None:
        key = self.client.keys.create("busy", self.folder.name, ["read"], limits={"requests_per_minute": 60})
        busy = Client(self.url, key["secret"])
        for _ in range(62):
            self.assertEqual(busy.me()["owner"], "busy")
        with self.assertRaises(ProblemError) as raised:
            hasty = Client(self.url, key["secret"], retry_seconds=0.0)
            for _ in range(10):
                hasty.me()
        self.assertEqual((raised.exception.status, raised.exception.code), (429, "too_many_requests"))
        self.assertGreaterEqual(raised.exception.retry_after or 0, 1)


class OperationsTest(ServerTest):
    def test_operators_see_consumers_and_queues_and_admins_the_audit(self) -> None:
        self.assertIn("process", self.client.consumers()[0]["pools"])
        with self.assertRaises(ProblemError):
            self.client.forget_consumer("nobody")
        self.assertIsInstance(self.client.gpus(), list)
        self.assertIn("process", {pool["pool"] for pool in self.client.queue()})
        made = self.client.keys.create("audited", self.folder.name)
        entry = next(self.client.audit())
        self.assertEqual((entry["action"], entry["subject"]), ("key.made", made["prefix"]))
