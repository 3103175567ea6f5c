"""Sends tasks to an InferenceServer and gets their outputs."""

from .admin_answers import AuditEntry, Consumer, Gpu, Key, Me, Model, ModelUsage, QueuedPool, RegisteredModel, ShownKey
from .answers import Attempt, CancelAnswer, Explanation, Failure, LogLine, OutputFile, Resources, TaskData, TaskItem
from .client import Client
from .errors import (
    InferenceError,
    InputError,
    IntegrityError,
    ProblemError,
    TaskCancelled,
    TaskError,
    TaskFailed,
    TransportError,
    UnsafeOutput,
    WaitTimeout,
)
from .events import Event
from .map_inputs import Outcome
from .progress import Progress
from .result import Result
from .task import Task
from .version import VERSION

__version__ = VERSION

__all__ = [
    "Attempt",
    "AuditEntry",
    "CancelAnswer",
    "Client",
    "Consumer",
    "Event",
    "Explanation",
    "Failure",
    "Gpu",
    "InferenceError",
    "InputError",
    "IntegrityError",
    "Key",
    "LogLine",
    "Me",
    "Model",
    "ModelUsage",
    "Outcome",
    "OutputFile",
    "ProblemError",
    "Progress",
    "QueuedPool",
    "RegisteredModel",
    "Resources",
    "Result",
    "ShownKey",
    "Task",
    "TaskCancelled",
    "TaskData",
    "TaskError",
    "TaskFailed",
    "TaskItem",
    "TransportError",
    "UnsafeOutput",
    "WaitTimeout",
]
