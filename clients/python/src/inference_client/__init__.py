"""Sends tasks to an InferenceServer and gets their outputs."""

from .admin_answers import AuditEntry, Consumer, Key, Me, Model, QueuedPool, RegisteredModel, ShownKey
from .answers import Attempt, CancelAnswer, Failure, LogLine, OutputFile, TaskData, TaskItem
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
    "Failure",
    "InferenceError",
    "InputError",
    "IntegrityError",
    "Key",
    "LogLine",
    "Me",
    "Model",
    "Outcome",
    "OutputFile",
    "ProblemError",
    "Progress",
    "QueuedPool",
    "RegisteredModel",
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
