"""Models, seen by users and made by admins."""

from __future__ import annotations

from inference_client import ProblemError

from .support import DEADLINE_SECONDS, ServerTest, zip_of

# Nothing listens there: the image cannot be had, and nobody is asked for it.
IMAGE = "127.0.0.1:9/nobody/nothing:1"


class ModelsTest(ServerTest):
    def new_id(self) -> str:
        return self.folder.name.replace("_", "-")

    def test_models_are_listed_and_shown(self) -> None:
        self.assertLessEqual({"word-count", "slow-echo", "script"}, {model["id"] for model in self.client.models.list()})
        model = self.client.models.get("word-count")
        self.assertEqual((model["id"], model["gpu"], model["disabled"], model["image"]), ("word-count", False, False, None))
        with self.assertRaises(ProblemError) as raised:
            self.client.models.get("nothing")
        self.assertEqual(raised.exception.code, "model_not_found")

    def test_a_model_is_registered_changed_and_disabled(self) -> None:
        made = self.client.models.register(self.new_id(), IMAGE, description="Does nothing.", limits={"pids_max": 99}, loosened=["network"])
        self.assertEqual((made["id"], made["image"], made["limits"]["pids_max"], made["loosened"]), (self.new_id(), IMAGE, 99, ["network"]))
        self.assertIsNone(made["test"])
        changed = self.client.models.change(self.new_id(), description="Still nothing.", limits={"pids_max": 50}, disabled=True)
        self.assertEqual((changed["description"], changed["limits"]["pids_max"], changed["disabled"]), ("Still nothing.", 50, True))
        with self.assertRaises(ProblemError) as raised:
            self.client.submit(self.new_id(), zip_of({"a": "b"}))
        self.assertEqual(raised.exception.code, "model_disabled")
        self.assertFalse(self.client.models.change(self.new_id(), disabled=False)["disabled"])

    def test_what_tasks_of_a_model_ask_for_and_how_many_run_is_kept_and_changed(self) -> None:
        made = self.client.models.register(self.new_id(), IMAGE, resources={"cpus": 2, "memory_bytes": 4096}, quotas={"running_tasks": 3})
        self.assertEqual((made["resources"], made["quotas"]), ({"cpus": 2, "memory_bytes": 4096}, {"running_tasks": 3, "queued_tasks": None}))
        changed = self.client.models.change(self.new_id(), resources={"cpus": 1}, quotas={"running_tasks": None, "queued_tasks": 9})
        self.assertEqual((changed["resources"], changed["quotas"]), ({"cpus": 1}, {"running_tasks": None, "queued_tasks": 9}))

    def test_an_id_that_is_taken_is_refused(self) -> None:
        with self.assertRaises(ProblemError) as raised:
            self.client.models.register("word-count", IMAGE)
        self.assertEqual(raised.exception.code, "model_exists")

    def test_static_files_and_a_trial_come_with_a_registration(self) -> None:
        files = self.make({"weights.bin": "w" * 1000}, "files")
        made = self.client.models.register(self.new_id(), IMAGE, files=files, sample=zip_of({"a.txt": "one"}), wait_seconds=1)
        self.assertGreater((made["files"] or {"bytes": 0})["bytes"], 0)
        trial = made["test"]
        assert trial is not None
        task = self.client.task(trial["task"])
        self.assertEqual(task.model, self.new_id())
        self.assertNotEqual(trial["passed"], True)
        task.cancel()
        self.assertTrue(task.wait(DEADLINE_SECONDS).has_ended)


class PagesTest(ServerTest):
    def test_lists_go_on_over_their_pages(self) -> None:
        from inference_client import context

        for number in range(3):
            self.client.keys.create("pages", f"{self.folder.name} {number}")
        items, context.PAGE_ITEMS = context.PAGE_ITEMS, 1
        self.addCleanup(setattr, context, "PAGE_ITEMS", items)
        names = [key["name"] for key in self.client.keys.list() if key["name"].startswith(self.folder.name)]
        self.assertEqual(names, [f"{self.folder.name} {number}" for number in (2, 1, 0)])
