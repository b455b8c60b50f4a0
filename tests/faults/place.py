"""Where a round takes place: servers that can be killed, web, worker and reaper on them, an owner and a stranger."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis
from celery import Celery

from config.env import ROOT
from config.management.commands.serve import web_command, web_environment, worker_command
from tests.faults import servers
from tests.faults.installation import Installation, Visitor, installed, kill_group, wait_until
from tests.faults.servers import Server

WITH_SAMPLE_WORK = {"DJANGO_SETTINGS_MODULE": "tests.settings_jobs", "CELERY_SKIP_CHECKS": "1"}
OPEN_JOBS = "SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running')"
ELSEWHERE = "stranger@elsewhere.example"
SETTLE_SECONDS = 150

ENQUEUE = """
import json, sys
from django.db import transaction
from django.utils import timezone
from jobs import actions
wanted = json.loads(sys.stdin.read())
for one in wanted:
    with transaction.atomic():
        actions.enqueue(**one, now=timezone.now())
"""
# The product's reaper, which looks twice a second in place of every five seconds.
REAP = """
import logging, time
from django.db import close_old_connections
from django.utils import timezone
from jobs import actions
while True:
    close_old_connections()
    try:
        actions.reap(now=timezone.now())
    except Exception:
        logging.getLogger("reaper").exception("it tries again")
        time.sleep(1)
    time.sleep(0.5)
"""


@dataclass
class Stranger:
    """The owner of another organization, who asks for our objects all the time.

    Each asking is served, refused (404), or neither: nobody was there, or they were asked to sign in.
    """

    visitor: Visitor
    addresses: list[str]
    asked: int = 0
    refused: int = 0
    served: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def forget(self) -> None:
        """Count from nothing."""
        self.asked = self.refused = self.served = 0

    def look(self) -> None:
        """Ask once for each object."""
        for address in self.addresses:
            reply = self.visitor.ask(address)
            self.asked += 1
            self.refused += reply.status == 404
            self.served += reply.status == 200 and "/accounts/login/" not in reply.address

    def look_until_stopped(self) -> None:
        self.look()
        while not self.stop.wait(0.5):
            self.look()

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Looks at once, and again and again meanwhile."""
        self.stop.clear()
        thread = threading.Thread(target=self.look_until_stopped)
        thread.start()
        try:
            yield
        finally:
            self.stop.set()
            thread.join(60)


@dataclass
class Place:
    """`hurried` shortens what the product waits for by design, so that a short round is short."""

    installation: Installation
    database: Server | None = None
    broker: Server | None = None
    hurried: bool = False
    worker: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        here = self.installation
        self.owner = here.start_web()
        self.web = here.processes[-1]
        self.reaper = here.start(self.program(REAP)) if self.hurried else here.start_reaper()
        visitor = Visitor(here.url)
        visitor.get(here.manage("login_link", ELSEWHERE, "--create-owner").split()[-1])
        self.stranger = Stranger(visitor, self._ours())

    def _ours(self) -> list[str]:
        assessment, team, house = self.installation.rows(
            "SELECT a.id, a.team_id, t.organization_id FROM assessment_assessment a JOIN organizations_team t "
            "ON t.id = a.team_id JOIN assessment_result r ON r.assessment_id = a.id ORDER BY a.id"
        )[0]
        return [
            f"/assessments/{assessment}/results/",
            f"/assessments/{assessment}/answers.csv",
            f"/teams/{team}/",
            f"/organizations/{house}/dashboard/",
        ]

    @property
    def folder(self) -> Path:
        return self.installation.folder

    def program(self, code: str) -> list[str]:
        return [sys.executable, "-c", f"import django; django.setup()\n{code}"]

    def run(self, code: str, told: str = "") -> str:
        """What a piece of Python printed that runs inside the product."""
        done = subprocess.run(
            self.program(code), env=self.installation.environment, cwd=ROOT, input=told, capture_output=True, text=True,
            timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    # Processes

    def start_web(self) -> None:
        """Serve again at the same address, without a supervisor: as soon as it answers."""
        environment = self.installation.more
        self.installation.more = environment | web_environment(self.installation.port)
        self.web = self.installation.start(web_command("127.0.0.1", self.installation.port))
        self.installation.more = environment

    def wait_for_web(self) -> None:
        wait_until(lambda: self.owner.ask("/readyz").status == 200, self.installation.log)

    def start_worker(self, prelude: str = "") -> subprocess.Popen:
        """The product's worker; `prelude` is Python that its process runs first."""
        command = worker_command()
        if prelude:
            command = [sys.executable, "-c", f"{prelude}\nfrom celery.__main__ import main\nmain()", *command[3:]]
        self.worker = self.installation.start(command)
        return self.worker

    def kill_worker(self) -> None:
        if self.worker:
            kill_group(self.worker)
        self.worker = None

    def left_open(self) -> int:
        """How many jobs are neither done nor failed after workers had their time; no worker stays."""
        if self.installation.rows(OPEN_JOBS)[0][0]:
            if self.worker is None:
                self.start_worker()
            with contextlib.suppress(AssertionError):
                wait_until(lambda: self.installation.rows(OPEN_JOBS) == [(0,)], lambda: "", SETTLE_SECONDS)
        self.kill_worker()
        return self.installation.rows(OPEN_JOBS)[0][0]

    # Jobs

    def enqueue(self, name: str, kind: str, number: int, seconds: float = 0.2) -> list[Path]:
        """Ask for so many jobs of a kind of sample work; the folder in which each leaves its traces."""
        folders = [self.folder / "traces" / f"{name}-{index}" for index in range(number)]
        for folder in folders:
            folder.mkdir(parents=True)
        jobs = [{"kind": f"sample.{kind}", "key": folder.name, "payload": {"folder": str(folder), "seconds": seconds}}
                for folder in folders]  # fmt: skip
        self.run(ENQUEUE, json.dumps(jobs))
        return folders

    def jobs(self, name: str) -> dict[str, tuple[str, int, str]]:
        """State, attempts and reason of the jobs of that name, by key."""
        rows = self.installation.rows(
            f"SELECT key, state, attempts, error FROM jobs_job WHERE key LIKE '{name}-%' ORDER BY id"
        )
        return {key: rest for key, *rest in rows}

    def hurry(self) -> None:
        """Make every message old enough for the reaper to send it again now, where rounds are short."""
        if self.hurried:
            self.installation.write("UPDATE jobs_job SET published_at = NULL WHERE state = 'queued'")

    def publish(self, jobs: Iterable[int], queue: str = "default") -> None:
        """Send messages to workers past the product. Safe to use from threads."""
        with Celery(broker=self.broker.url, set_as_current=False) as app:
            for job in jobs:
                app.send_task("jobs.run", args=[job], queue=queue, ignore_result=True)

    def waiting(self, queue: str = "default") -> int:
        """How many messages nobody has taken yet."""
        with contextlib.closing(redis.Redis.from_url(self.broker.url)) as client:
            return client.llen(queue)

    def told(self, queue: str = "default") -> list[int]:
        """The job of each message that nobody has taken yet."""
        with contextlib.closing(redis.Redis.from_url(self.broker.url)) as client:
            return [job_of(message) for message in client.lrange(queue, 0, -1)]

    def ask_for_plan(self, assessment: int, people: int) -> int:
        """Ask for the best plan with so many people, as the page does; the job."""
        self.owner.get(f"/assessments/{assessment}/roadmap/best-plan/?people={people}", self.owner.form("/account/"))
        return self.installation.rows("SELECT max(id) FROM jobs_job WHERE kind = 'plan'")[0][0]

    def closed_assessments(self) -> list[int]:
        """The demo's, the latest first."""
        query = "SELECT assessment_id FROM assessment_result WHERE withdrawn_at IS NULL ORDER BY id DESC"
        return [row[0] for row in self.installation.rows(query)]

    def wait_for_ends(self, name: str, seconds: float = 120) -> float:
        """Seconds until every job of that name is done or failed."""
        began = time.monotonic()

        def ended() -> bool:
            self.hurry()
            return all(state in ("done", "failed") for state, *_rest in self.jobs(name).values())

        wait_until(ended, lambda: f"{self.jobs(name)}\n{self.installation.log()}", seconds, pause=0.3)
        return time.monotonic() - began


def job_of(message: bytes) -> int:
    """The job that a message in Celery's wrapping names: the body is its arguments as JSON, in base 64."""
    (job, *_rest), *_more = json.loads(base64.b64decode(json.loads(message)["body"]))
    return job


def artefacts_wrong(place: Place, name: str, folders: list[Path]) -> list[str]:
    """Jobs that are done without exactly one artefact, or failed with one."""
    jobs, found = place.jobs(name), []
    for folder in folders:
        state, attempts, reason = jobs[folder.name]
        left = sorted(path.name for path in folder.glob("artefact-*"))
        if len(left) != (state == "done"):
            found.append(f"{folder.name} is {state} after {attempts} attempts ({reason}) with {left}")
    return found


@contextlib.contextmanager
def on_servers(folder: Path, hurried: bool = False) -> Iterator[Place]:
    """PostgreSQL and Redis of its own."""
    with (
        servers.postgresql() as database,
        servers.redis() as broker,
        installed(folder, database.url, broker.url, WITH_SAMPLE_WORK) as installation,
    ):
        yield Place(installation, database, broker, hurried)


@contextlib.contextmanager
def embedded(folder: Path, hurried: bool = False) -> Iterator[Place]:
    """SQLite and the broker of files."""
    with installed(folder, more=WITH_SAMPLE_WORK) as installation:
        yield Place(installation, hurried=hurried)


PLACES = {"servers": on_servers, "embedded": embedded}
