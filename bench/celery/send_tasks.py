"""The Celery side's client: for each line with a number, it sends so many tasks over several connections, and says when it has."""

import os
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

from run_model import SETTINGS, app

with open(SETTINGS["zip"], "rb") as file:
    CONTENT = file.read()


def send(_number):
    """Makes the input durable, then sends the task with its path."""
    path = os.path.join(SETTINGS["inputs"], f"{uuid.uuid4()}.zip")
    with open(path, "wb") as file:
        file.write(CONTENT)
        file.flush()
        os.fsync(file.fileno())
    app.send_task("run_model", args=[path])


with ThreadPoolExecutor(SETTINGS["connections"]) as threads:
    print("ready", flush=True)
    for line in sys.stdin:
        list(threads.map(send, range(int(line))))
        print("sent", flush=True)
