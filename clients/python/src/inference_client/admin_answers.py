"""What the server answers about itself: models, consumers, keys, the audit. A test compares the types with its OpenAPI document."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict

from .answers import Resources

Scope = Literal["submit", "read", "operate", "admin", "consumer"]

ModelLimits = TypedDict(
    "ModelLimits",
    {
        "memory_bytes": int,
        "shm_bytes": int,
        "pids_max": int,
        "time_limit_seconds": float,
        "hang_seconds": Optional[float],
        "cpus": Optional[float],
        "output_bytes": int,
    },
)
ModelQuotas = TypedDict("ModelQuotas", {"running_tasks": Optional[int], "queued_tasks": Optional[int]})
ModelFiles = TypedDict("ModelFiles", {"bytes": int, "sha256": str})
ModelTest = TypedDict("ModelTest", {"task": str, "passed": Optional[bool], "reason": str})


class Model(TypedDict):
    """A model."""

    id: str
    description: str
    image: Optional[str]
    gpu: bool
    disabled: bool
    loosened: List[str]
    limits: ModelLimits
    retries: int
    resources: Resources
    quotas: ModelQuotas
    files: Optional[ModelFiles]
    created_at: str


class RegisteredModel(Model):
    """A model that was just registered; `test` is its trial on the sample that came along."""

    test: Optional[ModelTest]


Spread = TypedDict("Spread", {"p50": float, "p95": float, "max": float})


class ModelUsage(TypedDict):
    """What a model uses: half and 95 % of its attempts no more than this, and the most. None: of no attempt it is known."""

    model: str
    attempts: int
    memory_peak_bytes: Optional[Spread]
    cpu_seconds: Optional[Spread]
    gpu_memory_peak_bytes: Optional[Spread]
    output_bytes: Optional[Spread]
    run_seconds: Optional[Spread]
    limits: ModelLimits


class Consumer(TypedDict):
    """One that runs models."""

    id: str
    owner: Optional[str]
    pools: List[str]
    gpus: int
    trouble: Dict[str, str]
    running: int
    seen_at: str


class Gpu(TypedDict):
    """A GPU of a consumer, and the task that holds it. `trouble` says why nobody is given it now."""

    uuid: str
    name: str
    consumer: str
    memory_bytes: int
    kind: Literal["gpu", "mig"]
    trouble: Optional[str]
    task: Optional[str]
    held_since: Optional[str]
    consumer_seen_at: str


class QueuedPool(TypedDict):
    """What waits and runs in one pool."""

    pool: str
    queued: int
    running: int
    oldest_queued_seconds: Optional[float]
    consumers: int


KeyLimits = TypedDict(
    "KeyLimits",
    {
        "requests_per_minute": Optional[int],
        "upload_bytes": Optional[int],
        "queued_tasks": Optional[int],
        "running_tasks": Optional[int],
    },
)


class Key(TypedDict):
    """A key, without its secret."""

    prefix: str
    owner: str
    name: str
    scopes: List[Scope]
    limits: KeyLimits
    created_at: str
    created_by: str
    expires_at: Optional[str]
    revoked_at: Optional[str]
    last_used_at: Optional[str]
    old_secret_until: Optional[str]


class ShownKey(Key):
    """A key with its secret, which is shown this once."""

    secret: str


class Me(TypedDict):
    """Who is asking."""

    owner: str
    key: Optional[str]
    name: Optional[str]
    scopes: List[Scope]
    limits: KeyLimits
    expires_at: Optional[str]


class AuditEntry(TypedDict):
    """One thing that somebody did."""

    at: str
    actor: str
    key: Optional[str]
    action: str
    subject: str
    detail: Dict[str, Any]
    request_id: Optional[str]
