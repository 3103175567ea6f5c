"""What can be done with a task."""

from __future__ import annotations

import hashlib

from inference_client import InputError, ProblemError, Resources, TaskCancelled, TaskFailed, WaitTimeout

from .support import DEADLINE_SECONDS, ServerTest, zip_of

INPUT = zip_of({"a.txt": "one two\n"})


class TaskTest(ServerTest):
    def test_a_task_keeps_its_labels_and_limits_and_is_found_by_them(self) -> None:
        labels = {"study": "A:12 ü", "test": self.folder.name}
        task = self.client.submit("word-count", INPUT, labels=labels, time_limit_seconds=30, deadline_seconds=3600)
        self.assertEqual((task.labels, task.data["time_limit_seconds"], task.model), (labels, 30, "word-count"))
        self.assertGreater(task.data["deadline_at"] or "", task.data["created_at"])
        found = list(self.client.tasks(labels={"test": self.folder.name}, model="word-count"))
        self.assertEqual([item["id"] for item in found], [task.id])
        self.assertEqual(list(self.client.tasks(labels={"test": self.folder.name}, model="slow-echo")), [])
        task.wait(DEADLINE_SECONDS)
        self.assertEqual(list(self.client.tasks(labels={"test": self.folder.name}, state="failed")), [])

    def test_a_task_keeps_its_priority_and_what_it_asks_for(self) -> None:
        asked: Resources = {"cpus": 0.5, "memory_bytes": 1_048_576}
        key = f"asked-{self.folder.name}"
        task = self.client.submit("word-count", INPUT, priority="high", resources=asked, idempotency_key=key)
        self.assertEqual((task.data["priority"], task.data["resources"]), ("high", asked))
        self.assertEqual(self.client.submit("word-count", INPUT, priority="high", resources=asked, idempotency_key=key).id, task.id)
        result = self.client.run("word-count", INPUT, priority="low", resources=asked, timeout=DEADLINE_SECONDS)
        self.assertEqual((result.task["priority"], result.task["resources"]), ("low", asked))
        (outcome,) = self.client.map("word-count", [INPUT], priority="low", timeout=DEADLINE_SECONDS)
        self.assertEqual(outcome.get().task["priority"], "low")

    def test_gpus_are_for_models_with_a_gpu(self) -> None:
        for wish in ({"gpus": 2}, {"gpus": "all", "resources": {"cpus": 1}}):
            with self.assertRaises(ProblemError) as raised:
                self.client.submit("word-count", INPUT, **wish)
            self.assertEqual((raised.exception.status, raised.exception.code), (422, "invalid_request"))
            self.assertIn("gpus", raised.exception.pointer or "")

    def test_what_no_machine_has_is_refused_and_what_waits_is_explained(self) -> None:
        with self.assertRaises(ProblemError) as raised:
            self.client.submit("word-count", INPUT, resources={"node_labels": {"disk": "fast"}})
        self.assertEqual((raised.exception.status, raised.exception.code), (422, "impossible_resources"))
        ended = self.client.submit("word-count", INPUT).wait(DEADLINE_SECONDS)
        told = ended.explain()
        self.assertEqual((told["task"], told["state"], told["blocker"], told["sooner"]), (ended.id, "succeeded", None, []))

    def test_a_task_that_was_sent_before_is_found_by_its_id(self) -> None:
        task = self.client.submit("word-count", INPUT)
        found = self.client.task(task.id).wait(DEADLINE_SECONDS)
        self.assertEqual((found.id, found.state, found.has_ended, found.failure), (task.id, "succeeded", True, None))
        self.assertIn(task.id, repr(task))

    def test_the_same_input_under_the_same_key_is_the_same_task(self) -> None:
        key = f"key-{self.folder.name}"
        first = self.client.submit("word-count", INPUT, idempotency_key=key)
        self.assertEqual(self.client.submit("word-count", INPUT, idempotency_key=key).id, first.id)
        self.assertNotEqual(self.client.submit("word-count", INPUT).id, first.id)
        with self.assertRaisesRegex(InputError, "visible characters"):
            self.client.submit("word-count", INPUT, idempotency_key="a\nb")
        with self.assertRaises(ProblemError) as raised:
            self.client.submit("word-count", zip_of({"b.txt": "other"}), idempotency_key=key)
        self.assertEqual(raised.exception.code, "idempotency_conflict")

    def test_a_wait_that_takes_too_long_ends_and_leaves_the_task(self) -> None:
        task = self.script("sleep 60")
        with self.assertRaises(WaitTimeout) as raised:
            task.wait(0.2)
        self.assertEqual(raised.exception.task_id, task.id)
        self.assertFalse(self.client.task(task.id).has_ended)
        task.cancel()

    def test_a_cancelled_task_has_no_result(self) -> None:
        task = self.running(self.script("sleep 60"))
        self.assertEqual(task.cancel()["result"], "cancelling")
        with self.assertRaises(TaskCancelled) as raised:
            task.result(DEADLINE_SECONDS)
        self.assertIn(task.id, str(raised.exception))
        self.assertEqual(task.cancel()["result"], "already_ended")

    def test_a_failed_task_says_how_and_what_the_model_printed_last(self) -> None:
        task = self.script("echo fine; echo 'no \033[31mweights' >&2; exit 7")
        with self.assertRaises(TaskFailed) as raised:
            task.result(DEADLINE_SECONDS)
        error = raised.exception
        self.assertEqual((error.failure_class, error.exit_code), ("model_error", 7))
        self.assertEqual(error.last_lines, ["no \033[31mweights"])
        self.assertIn("no ?[31mweights", str(error))
        self.assertEqual(task.failure and task.failure["class"], "model_error")

    def test_a_task_is_run_once_more(self) -> None:
        task = self.client.submit("word-count", INPUT).wait(DEADLINE_SECONDS)
        again = task.retry()
        self.assertEqual(again.data["retry_of"], task.id)
        self.assertEqual(again.wait(DEADLINE_SECONDS).state, "succeeded")
        key = f"again-{self.folder.name}"
        self.assertEqual(task.retry(key).id, task.retry(key).id)

    def test_an_operator_puts_a_failed_task_back(self) -> None:
        task = self.script("exit 1").wait(DEADLINE_SECONDS)
        self.assertIn(task.requeue().state, ("queued", "running"))
        self.assertEqual(task.wait(DEADLINE_SECONDS).state, "failed")
        self.assertEqual(len(task.data["attempts"]), 2)

    def test_a_deleted_task_is_unknown(self) -> None:
        task = self.client.submit("word-count", INPUT)
        task.delete()
        for look in (task.refresh, task.delete):
            with self.assertRaises(ProblemError) as raised:
                look()
            self.assertEqual((raised.exception.status, raised.exception.code), (404, "task_not_found"))

    def test_input_and_output_are_saved(self) -> None:
        task = self.client.submit("word-count", INPUT)
        with open(task.save_input(self.folder / "in.zip"), "rb") as file:
            self.assertEqual(file.read(), INPUT)
        with open(task.output(self.folder / "out.zip"), "rb") as file:
            stored = task.data["output"]
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), stored and stored["sha256"])


class LogsTest(ServerTest):
    def test_what_a_model_printed_is_read_by_stream_tail_and_attempt(self) -> None:
        task = self.script("echo one; echo two; echo 'größe' >&2; echo x > \"$OUTPUT_DIR/x\"").wait(DEADLINE_SECONDS)
        self.assertEqual(sorted(line["text"] for line in task.logs()), ["größe", "one", "two"])
        self.assertEqual([line["text"] for line in task.logs(stream="stdout")], ["one", "two"])
        self.assertEqual([(line["stream"], line["text"]) for line in task.logs(stream="stdout", tail=1)], [("stdout", "two")])
        self.assertEqual([line["text"] for line in task.logs(stream="stderr", attempt=1)], ["größe"])

    def test_a_wrong_wish_is_a_problem_that_points_at_it(self) -> None:
        task = self.client.submit("word-count", INPUT)
        with self.assertRaises(ProblemError) as raised:
            task.logs(tail=0)
        error = raised.exception
        self.assertEqual((error.status, error.code, error.pointer), (422, "invalid_request", "/query/tail"))
        self.assertTrue(error.request_id)
        self.assertIn(error.request_id, str(error))
        self.assertIn("/query/tail", str(error))
