"""The types say what the server's document says."""

from __future__ import annotations

import json
from typing import Any, Dict, get_type_hints
from urllib.request import urlopen

from inference_client import admin_answers, answers

from .support import ServerTest

SAME = {
    "getTask": "TaskData",
    "cancelTask": "CancelAnswer",
    "explainTask": "Explanation",
    "getModel": "Model",
    "getModelUsage": "ModelUsage",
    "registerModel": "RegisteredModel",
    "createKey": "ShownKey",
    "changeKey": "Key",
    "rotateKey": "ShownKey",
    "getMe": "Me",
    "listTaskFiles": "OutputFiles",
}
TYPES = {**vars(answers), **vars(admin_answers)}
SAME_ITEMS = {
    "listTasks": "TaskItem",
    "listModels": "Model",
    "listKeys": "Key",
    "listAudit": "AuditEntry",
    "listConsumers": "Consumer",
    "listGpus": "Gpu",
}


class AnswersTest(ServerTest):
    document: Dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        with urlopen(f"{cls.url}/openapi/v1.json") as answer:
            cls.document = json.load(answer)

    def resolved(self, schema: Dict[str, Any]) -> Dict[str, Any]:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def answer(self, operation: str) -> Dict[str, Any]:
        for path in self.document["paths"].values():
            for each in path.values():
                if isinstance(each, dict) and each.get("operationId") == operation:
                    good = next(each["responses"][status] for status in ("200", "201") if status in each["responses"])
                    return self.resolved(good["content"]["application/json"]["schema"])
        raise AssertionError(f"no operation {operation}")

    def assert_same(self, schema: Dict[str, Any], declared: Any, where: str) -> None:
        """The fields of an object are those of its type, and so on below."""
        hints = get_type_hints(declared)
        properties = schema.get("properties", {})
        self.assertEqual(sorted(properties), sorted(hints), where)
        for name, hint in hints.items():
            below = self.resolved(properties[name])
            options = [self.resolved(each) for each in below.get("anyOf", below.get("oneOf", [below]))]
            with_fields = [each for each in options if "properties" in each]
            inner = [each for each in (hint, *getattr(hint, "__args__", ())) if hasattr(each, "__total__")]
            if with_fields and inner:
                self.assert_same(with_fields[0], inner[0], f"{where}.{name}")
            is_nullable = any(each.get("type") == "null" for each in options) or "null" in below.get("type", [])
            self.assertEqual(type(None) in getattr(hint, "__args__", ()), is_nullable, f"{where}.{name} may be null")

    def test_every_answer_has_the_fields_of_its_type(self) -> None:
        for operation, name in SAME.items():
            with self.subTest(operation):
                self.assert_same(self.answer(operation), TYPES[name], name)
        for operation, name in SAME_ITEMS.items():
            with self.subTest(operation):
                items = self.answer(operation)["properties"]["items"]
                self.assert_same(self.resolved(self.resolved(items)["items"]), TYPES[name], name)
        pools = self.answer("getQueue")["properties"]["pools"]
        self.assert_same(self.resolved(pools["items"]), admin_answers.QueuedPool, "QueuedPool")

    def test_the_states_are_those_of_the_server(self) -> None:
        states = self.resolved(self.answer("getTask")["properties"]["state"])["enum"]
        self.assertEqual(sorted(answers.TaskState.__args__), sorted(states))  # type: ignore[attr-defined]

    def test_the_priorities_and_blockers_are_those_of_the_server(self) -> None:
        priorities = self.resolved(self.answer("getTask")["properties"]["priority"])["enum"]
        self.assertEqual(sorted(answers.Priority.__args__), sorted(priorities))  # type: ignore[attr-defined]
        options = self.answer("explainTask")["properties"]["blocker"]["anyOf"]
        (blockers,) = [each["enum"] for each in options if "enum" in each]
        self.assertEqual(sorted(answers.Blocker.__args__), sorted(blockers))  # type: ignore[attr-defined]


