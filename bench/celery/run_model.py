"""The Celery side of the bench: the worker's program, with the settings that the documentation recommends for tasks that must not get lost."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import zipfile

import psycopg2
from celery import Celery
from celery.signals import worker_process_init

with open(os.environ["BENCH_SETTINGS"], encoding="utf-8") as file:
    SETTINGS = json.load(file)

app = Celery("bench", broker=SETTINGS["rabbitUrl"])
app.conf.update(
    # The message is acknowledged after the task, so that a task whose worker dies is handed out again.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # A task that was sent has reached the broker.
    broker_transport_options={"confirm_publish": True},
    # The row in Postgres is the result.
    task_ignore_result=True,
    worker_send_task_events=False,
)
database = None


@worker_process_init.connect
def connect(**_ignored):
    """Opens one connection for each worker process."""
    global database
    database = psycopg2.connect(SETTINGS["database"])
    database.autocommit = True


@app.task(name="run_model")
def run_model(path):
    """Unzips the input, runs the model in its sandbox, zips the output, syncs it and notes it in the database."""
    root = tempfile.mkdtemp(dir=SETTINGS["work"])
    try:
        content, output = os.path.join(root, "input"), os.path.join(root, "output")
        with zipfile.ZipFile(path) as archive:
            archive.extractall(content)
        # The model's user must be able to pass through.
        os.chmod(root, 0o755)
        os.mkdir(output)
        run(content, output)
        name = os.path.basename(path)
        sha256, size = pack(output, os.path.join(SETTINGS["outputs"], name))
        with database.cursor() as cursor:
            cursor.execute("INSERT INTO done (name, sha256, bytes) VALUES (%s, %s, %s)", (name, sha256, size))
    finally:
        shutil.rmtree(root)


def run(content, output):
    """Runs the same command as the process runtime."""
    command = SETTINGS["command"]
    if command["uid"] is not None:
        os.chown(output, command["uid"], command["uid"])
    places = {SETTINGS["inputPlace"]: content, SETTINGS["outputPlace"]: output}
    arguments = [places.get(argument, argument) for argument in command["args"]]
    subprocess.run([command["file"], *arguments], env=command["environment"], check=True, capture_output=True)


def pack(folder, path):
    """Zips a folder and makes the zip durable."""
    with open(path, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(os.listdir(folder)):
                archive.write(os.path.join(folder, name), name)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest(), size
