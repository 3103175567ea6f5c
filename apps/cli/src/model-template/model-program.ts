/** The program of a new model: it does something small and whole, so that it can be run before it is changed. */
export const MODEL_PROGRAM = `"""Lists the files of its input. Put your own work in the function work()."""

import csv
import hashlib
import os
import sys
from pathlib import Path

# The server gives these folders; in a container they are /input, /output and /model.
INPUT = Path(os.environ.get("INPUT_DIR", "/input"))
OUTPUT = Path(os.environ.get("OUTPUT_DIR", "/output"))
# Static files, such as weights, that were registered with the model.
MODEL = Path(os.environ.get("MODEL_DIR", "/model"))


def work(file: Path) -> list:
    """What is to be known of one file. This is the place for your model."""
    content = file.read_bytes()
    return [len(content), hashlib.sha256(content).hexdigest()]


def main() -> int:
    files = sorted(path for path in INPUT.rglob("*") if path.is_file() and not path.is_symlink())
    if not files:
        # What is printed last is what the user reads when the task fails.
        print("There is no file in the input: send a folder with at least one.", file=sys.stderr)
        return 2
    with (OUTPUT / "files.csv").open("w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(["file", "bytes", "sha256"])
        for number, file in enumerate(files):
            name = file.relative_to(INPUT).as_posix()
            # Shown as the progress of the task.
            print(f"::progress {number / len(files):.2f} {name}", flush=True)
            rows.writerow([name, *work(file)])
    print(f"listed {len(files)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
`;
