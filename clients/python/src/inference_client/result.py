"""What a model wrote."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory
from typing import List, cast

from .answer import Answer
from .answers import OutputFile, OutputFiles, StoredZip, TaskData
from .context import Context
from .download import download, file_path
from .errors import InferenceError
from .extract_zip import extract_zip
from .progress import ProgressChoice, watching
from .request import Request, path_of

#: `read` gets a file of at most so many bytes into memory.
READ_BYTES_MAX = 256 * 1024 * 1024


class Result:
    """The output of a task that has succeeded. It lies on the server; what you ask for is fetched when you ask."""

    def __init__(self, context: Context, task: TaskData, output: StoredZip) -> None:
        self._context = context
        self._output = output
        #: The task, as it ended.
        self.task = task

    def __repr__(self) -> str:
        return f"<Result of task {self.id}, model {self.task['model']}, {self._output['bytes']} bytes>"

    @property
    def id(self) -> str:
        """The id of the task."""
        return self.task["id"]

    @property
    def size(self) -> int:
        """The length of the output zip, in bytes."""
        return self._output["bytes"]

    @property
    def sha256(self) -> str:
        """The digest of the output zip, in hex."""
        return self._output["sha256"]

    @property
    def warnings(self) -> List[str]:
        """What you should know, such as a link that was left out."""
        return self.task["warnings"]

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self.task["timings"]["running_seconds"] or 0.0

    def entries(self) -> List[OutputFile]:
        """The files and folders of the output, with their sizes. Raises InferenceError where they are too many for a list."""
        found = cast(OutputFiles, self._context.transport.ask("GET", path_of("tasks", self.id, "files")))
        if found["truncated"]:
            raise InferenceError(f"The output has {found['entries']} entries, more than the server lists: extract it.")
        return found["items"]

    def files(self) -> List[str]:
        """The paths of the files in the output."""
        return [entry["path"] for entry in self.entries() if not entry["is_folder"]]

    def read(self, path: str) -> bytes:
        """One file of the output, without the others. Raises InferenceError for one of more than READ_BYTES_MAX bytes."""
        parts = [part for part in path.split("/") if part]

        def read(answer: Answer) -> bytes:
            if (answer.size or 0) > READ_BYTES_MAX:
                raise InferenceError(f"{path!r} has {answer.size} bytes, more than {READ_BYTES_MAX}: extract the output.")
            return answer.content(READ_BYTES_MAX)

        return self._context.transport.send(Request("GET", path_of("tasks", self.id, "files", *parts)), read)

    def save(self, path: "str | os.PathLike[str]", progress: ProgressChoice = None) -> str:
        """Writes the output zip to a file: whole, with the right digest, or not at all. Answers its path."""
        target = file_path(path)
        with watching(self._context.progress if progress is None else progress) as tell:
            download(self._context.transport, path_of("tasks", self.id, "output"), self._output, target, tell)
        return target

    def extract(self, folder: "str | os.PathLike[str]", progress: ProgressChoice = None) -> List[str]:
        """Unpacks the output below a folder and answers the paths of the files. Raises UnsafeOutput."""
        with TemporaryDirectory(prefix="inference-") as temporary:
            path = self.save(os.path.join(temporary, "output.zip"), progress)
            with open(path, "rb") as file:
                return extract_zip(file, os.fspath(folder))
