"""Real worker processes, killed and stopped in the middle of their work: on the filesystem broker and on Redis."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.env import ROOT

pytestmark = pytest.mark.services

LEASE_SECONDS = 2
PATIENCE_SECONDS = 60
ENQUEUE = """
import json, sys
from django.db import transaction
from django.utils import timezone
from jobs import actions
with transaction.atomic():
    for wanted in json.loads(sys.argv[1]):
        actions.enqueue(**wanted, now=timezone.now())
"""
REAP = """
import time
from django.utils import timezone
from jobs import actions
while True:
    actions.reap(now=timezone.now())
    time.sleep(0.5)
"""


@dataclass
class Installation:
    """A data directory of its own, with the processes that were started on it."""

    folder: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen] = field(default_factory=list)

    def program(self, code: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", f"import django; django.setup()\n{code}", *arguments]

    def run(self, command: list[str]) -> str:
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, command: list[str]) -> subprocess.Popen:
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def start_worker(self) -> subprocess.Popen:
        options = ["--queues", "default", "--concurrency", "2", "--without-gossip", "--without-mingle"]
        return self.start([sys.executable, "-m", "celery", "--app", "config.celery", "worker", *options])

    def enqueue(self, **kinds: str) -> None:
        """Ask for a job per keyword: its key, and its kind of sample work."""
        payload = {"folder": str(self.folder), "seconds": 4}
        wanted = [{"kind": f"sample.{kind}", "key": key, "payload": payload} for key, kind in kinds.items()]
        self.run(self.program(ENQUEUE, json.dumps(wanted)))

    def jobs(self) -> dict[str, list]:
        """Key -> state, attempts, token, error."""
        with contextlib.closing(sqlite3.connect(self.folder / "ladder.sqlite3", timeout=20)) as database:
            rows = database.execute("SELECT key, state, attempts, token, error FROM jobs_job").fetchall()
        return {key: job for key, *job in rows}

    def traces(self, pattern: str) -> list[str]:
        return sorted(path.name for path in self.folder.glob(pattern))

    def wait_for(self, pattern: str) -> None:
        wait_until(lambda: self.traces(pattern), lambda: f"{pattern}\n{self.log()}")

    def wait_for_states(self, **states: str) -> None:
        def reached():
            return {key: job[0] for key, job in self.jobs().items()} == states

        wait_until(reached, lambda: f"{states}, not {self.jobs()}\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "log").read_text()[-3000:]

    def kill_all(self) -> None:
        for process in self.processes:
            kill_group(process)


def kill_group(process: subprocess.Popen) -> None:
    """End a worker and its children without a chance to tidy up."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(condition, otherwise) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {otherwise()}"
        time.sleep(0.1)


def environment(folder: Path, redis_url: str) -> dict[str, str]:
    """Embedded settings on this folder with sample work and short leases; Redis instead of files if there is a URL."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LADDER_")}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "tests.settings_jobs",
        "PYTHONPATH": str(ROOT),
        "LADDER_DATA_DIR": str(folder),
        "LADDER_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "CELERY_SKIP_CHECKS": "1",  # of pages, which take long and are not what is tested
        "DATABASE_URL": "",
        "REDIS_URL": redis_url,
    }


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """The folder of an installation whose database is migrated and empty."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate = [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"]
    Installation(folder, environment(folder, "")).run(migrate)
    return folder


@pytest.fixture(params=["filesystem", "redis"])
def installation(request, tmp_path, migrated):
    """An empty installation with a reaper, and no worker yet."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    installation = Installation(tmp_path, environment(tmp_path, redis_url))
    try:
        installation.start(installation.program(REAP))
        yield installation
    finally:
        installation.kill_all()


def test_the_job_of_a_killed_worker_is_done_by_the_next_with_one_artefact(installation):
    first = installation.start_worker()
    installation.enqueue(report="artefact")
    installation.wait_for("started-1")
    kill_group(first)
    installation.start_worker()
    installation.wait_for_states(report="done")
    assert installation.traces("started-*") == ["started-1", "started-2"]
    assert installation.traces("artefact-*") == ["artefact-2"]


def test_a_job_that_outlives_its_lease_many_times_is_started_once(installation):
    installation.start_worker()
    installation.enqueue(report="artefact")  # works for two leases in one stage
    installation.wait_for_states(report="done")
    assert installation.jobs()["report"] == ["done", 1, 1, ""]


def test_a_job_that_kills_its_process_fails_after_three_attempts_and_others_go_on(installation):
    installation.start_worker()
    installation.enqueue(poison="suicide", report="artefact")
    installation.wait_for_states(poison="failed", report="done")
    jobs = installation.jobs()
    assert jobs["poison"][1] == 3
    assert jobs["poison"][3] == "The worker stopped in the middle of the work, at every attempt."
    assert len(installation.traces("artefact-*")) == 1


def test_a_worker_told_to_stop_at_once_gives_its_job_back(installation):
    worker = installation.start_worker()
    installation.enqueue(endless="hang")
    installation.wait_for("started-1")
    worker.send_signal(signal.SIGTERM)
    time.sleep(1)
    worker.send_signal(signal.SIGQUIT)
    worker.wait(10)
    assert installation.jobs()["endless"][:3] == ["queued", 0, 1]
