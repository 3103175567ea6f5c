"""The models of a server."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, cast

from .admin_answers import Model, ModelUsage, RegisteredModel
from .answers import Resources
from .context import Context
from .multipart_body import MultipartBody
from .packed_input import Input, packed_input
from .request import ANSWER_SECONDS, Body, BytesBody, Request, path_of
from .submit_task import CHECK_SECONDS_MAX
from .transport import read_json

# The longest that the server lets one request wait.
TRIAL_WAIT_SECONDS = 60


class Models:
    """`client.models`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<Models>"

    def list(self) -> Iterator[Model]:
        """All models."""
        return cast("Iterator[Model]", self._context.pages(path_of("models"), {}))

    def get(self, model: str) -> Model:
        """One model."""
        return cast(Model, self._context.transport.ask("GET", path_of("models", model)))

    def usage(self, model: str) -> ModelUsage:
        """For operators: what its newest attempts used that did well, beside its limits."""
        return cast(ModelUsage, self._context.transport.ask("GET", path_of("models", model, "usage")))

    def register(
        self,
        model: str,
        image: str,
        *,
        description: str = "",
        gpu: bool = False,
        limits: Optional[Mapping[str, int]] = None,
        retries: int = 0,
        loosened: Sequence[str] = (),
        resources: Optional[Resources] = None,
        quotas: Optional[Mapping[str, Optional[int]]] = None,
        files: Optional[Input] = None,
        sample: Optional[Input] = None,
        wait_seconds: int = TRIAL_WAIT_SECONDS,
    ) -> RegisteredModel:
        """
        For admins: registers a container image. `files` are mounted at /model; on `sample` the model is tried, for which this waits up to
        `wait_seconds`: `test` says how it went, or in which task it goes on. So many `retries` has a task where the model itself failed. Its
        tasks ask for `resources` unless they say so themselves; `quotas` bound how many of them run and wait.
        """
        words: Dict[str, Any] = {"id": model, "image": image, "description": description, "gpu": gpu, "retries": retries}
        words.update(limits=dict(limits or {}), loosened=[*loosened], resources=resources or {}, quotas=dict(quotas or {}))
        with ExitStack() as stack:
            parts: List[Tuple[str, Body]] = [("model", BytesBody(json.dumps(words).encode()))]
            for name, source in (("files", files), ("sample", sample)):
                if source is not None:
                    parts.append((name, stack.enter_context(packed_input(source))))
            body = MultipartBody(parts, self._context.new_key())
            headers = {"Content-Type": body.content_type}
            if sample is not None:
                headers["Prefer"] = f"wait={wait_seconds}"
            seconds = wait_seconds + CHECK_SECONDS_MAX if len(parts) > 1 else ANSWER_SECONDS
            # Sent twice, the second would be told that the model exists.
            request = Request("POST", path_of("models"), (), headers, body, seconds, is_repeatable=False)
            return cast(RegisteredModel, self._context.transport.send(request, read_json))

    def change(
        self,
        model: str,
        *,
        description: Optional[str] = None,
        limits: Optional[Mapping[str, Optional[int]]] = None,
        retries: Optional[int] = None,
        resources: Optional[Resources] = None,
        quotas: Optional[Mapping[str, Optional[int]]] = None,
        disabled: Optional[bool] = None,
    ) -> Model:
        """For admins: changes what is given; `{"hang_seconds": None}` lets it hang. `resources` take the place of all of before. A disabled model takes no new tasks."""
        change: Dict[str, Any] = {"description": description, "retries": retries, "resources": resources, "disabled": disabled}
        change.update(limits=None if limits is None else dict(limits), quotas=None if quotas is None else dict(quotas))
        given = {name: value for name, value in change.items() if value is not None}
        return cast(Model, self._context.transport.ask("PATCH", path_of("models", model), body=given))
