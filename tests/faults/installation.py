"""A real installation for tests of faults: its own data, web, worker and reaper as processes that can be killed."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import http.cookiejar
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from email.message import Message
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2

from assessment.periods import period_of
from config.env import ROOT
from config.management.commands.serve import worker_command
from config.supervisor import die_with_parent
from tests.services import free_port

OWNER = "olivia@demo.example"
LEASE_SECONDS = 3
PATIENCE_SECONDS = 60
OURS = ("LADDER_", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE")


@dataclass
class Installation:
    """A data directory with a small demo, and the processes that were started on it."""

    folder: Path
    database_url: str = ""
    redis_url: str = ""
    more: dict[str, str] = field(default_factory=dict)
    """What the environment of its processes has beside that."""
    processes: list[subprocess.Popen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | {
            "LADDER_DATA_DIR": str(self.folder),
            "TMPDIR": str(self.folder),  # where the web processes count
            "LADDER_BASE_URL": self.url,
            "LADDER_JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "LADDER_RATE_LIMITS": "off",  # these tests save more often than anybody
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            **self.more,
        }

    # Processes

    def manage(self, *arguments: str) -> str:
        """What a management command printed; its failure fails the test with what it said."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def start(self, command: list[str]) -> subprocess.Popen:
        """A process in a group of its own, so that it can be killed with its children."""
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with_parent,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def start_worker(self) -> subprocess.Popen:
        return self.start(worker_command())

    def start_reaper(self) -> subprocess.Popen:
        return self.start([sys.executable, "manage.py", "serve", "--reaper-only"])

    def start_web(self) -> Visitor:
        """Serve the pages; a visitor who is signed in as the demo's owner."""
        self.start([sys.executable, "manage.py", "serve", "--web-only", "--port", str(self.port)])
        visitor = Visitor(self.url)
        wait_until(lambda: visitor.finds("/healthz"), lambda: f"the web process\n{self.log()}")
        visitor.get(self.manage("login_link", OWNER).split()[-1])
        return visitor

    def log(self) -> str:
        return (self.folder / "log").read_text()[-3000:]

    def remaining(self) -> list[int]:
        """Processes of this installation that still run, whoever started them."""
        mark = f"LADDER_DATA_DIR={self.folder}\0".encode()
        return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if mark in _environ(entry)]

    def kill_all(self) -> None:
        for process in self.processes:
            kill_group(process)
        for pid in self.remaining():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # What is stored

    def rows(self, query: str) -> list[tuple]:
        """Rows of the database, read past the product."""
        with contextlib.closing(self._connection()) as connection, contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def write(self, statement: str) -> None:
        """Change the database past the product."""
        with contextlib.closing(self._connection()) as connection, contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            connection.commit()

    def _connection(self) -> Any:
        if self.database_url:
            return psycopg2.connect(self.database_url)
        return sqlite3.connect(self.folder / "ladder.sqlite3", timeout=20)

    def job_of(self, report: int) -> Job:
        columns = "job.state, job.attempts, job.token, job.progress"
        query = f"SELECT {columns} FROM jobs_job job JOIN reports_report report ON report.job_id = job.id"
        state, attempts, token, progress = self.rows(f"{query} WHERE report.id = {report}")[0]
        return Job(state, attempts, token, progress if isinstance(progress, dict) else json.loads(progress))

    def wait_for_job(self, report: int, condition: Callable[[Job], bool], seconds: float = PATIENCE_SECONDS) -> Job:
        """The job of a report, as soon as the condition holds for it."""
        seen: list[Job] = []

        def reached() -> bool:
            seen.append(self.job_of(report))
            return condition(seen[-1])

        wait_until(reached, lambda: f"the job, which is {seen[-1]}\n{self.log()}", seconds, pause=0.02)
        return seen[-1]

    def files(self) -> list[str]:
        """Everything below the directory of files."""
        return sorted(str(path.relative_to(self.folder / "files")) for path in self.folder.glob("files/**/*.*"))


@dataclass(frozen=True)
class Job:
    state: str
    attempts: int
    token: int
    progress: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What a visitor was answered; `address` is where redirects ended, names of headers are in small letters."""

    status: int
    address: str
    headers: dict[str, str]
    body: bytes


class Visitor:
    """Somebody with cookies who reads pages and sends their forms, without a browser. Safe to use from threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)

    def get(self, path: str, data: bytes | None = None) -> tuple[str, bytes]:
        """The address where it ended, and the content. Raises HTTPError from 400 on."""
        with self.opener.open(urllib.parse.urljoin(self.url, path), data, timeout=30) as response:
            return response.url, response.read()

    def ask(self, path: str, data: bytes | None = None, seconds: float = 30) -> Reply:
        """What came back, whatever its status; status 0 when nothing did."""
        try:
            with self.opener.open(urllib.parse.urljoin(self.url, path), data, timeout=seconds) as response:
                return Reply(response.status, response.url, lowered(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with contextlib.suppress(OSError, http.client.HTTPException), error:
                return Reply(error.code, error.url, lowered(error.headers), error.read())
        except (OSError, http.client.HTTPException):
            pass
        return Reply(0, "", {}, b"")

    def finds(self, path: str) -> bool:
        with contextlib.suppress(OSError):
            return bool(self.get(path))
        return False

    def form(self, path: str, **fields: str) -> bytes:
        """What the page's form sends, with these fields."""
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path)[1])
        assert token, f"{path} has no form"
        return urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token[1].decode()}).encode()

    def ask_for_report(self, assessment: int, language: str, audience: str = "lead") -> int:
        """Ask as the page does; the report's number."""
        path = f"/assessments/{assessment}/reports/"
        return report_number(self.get(path, self.form(path, language=language, audience=audience))[0])


def lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def report_number(address: str) -> int:
    found = re.search(r"/reports/(\d+)/$", address)
    assert found, f"no report at {address}"
    return int(found[1])


def _environ(entry: Path) -> bytes:
    with contextlib.suppress(OSError):
        return (entry / "environ").read_bytes()
    return b""


def kill_group(process: subprocess.Popen) -> None:
    """End a process and its children without a chance to tidy up."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(condition: Callable[[], Any], otherwise, seconds: float = PATIENCE_SECONDS, pause: float = 0.1) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {otherwise()}"
        time.sleep(pause)


@contextlib.contextmanager
def installed(
    folder: Path, database_url: str = "", redis_url: str = "", more: dict[str, str] | None = None
) -> Iterator[Installation]:
    """An installation with one team of two quarters; at the end everything that runs on it is killed."""
    installation = Installation(folder, database_url, redis_url, more or {})
    try:
        if database_url or more:
            load(installation)
        else:
            shutil.copytree(loaded_once(), folder, dirs_exist_ok=True)
        yield installation
    finally:
        installation.kill_all()


def load(installation: Installation) -> None:
    installation.manage("migrate", "--skip-checks", "--verbosity", "0")
    installation.manage("load_demo", "--teams", "1", "--quarters", "2")


@cache
def loaded_once() -> Path:
    """The data directory of an installation with files for database and broker, to be copied; made once a process."""
    folder = Path(tempfile.mkdtemp(prefix="ladder-loaded-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    load(Installation(folder))
    return folder


@contextlib.contextmanager
def own_database(server_url: str) -> Iterator[str]:
    """A fresh database on the server, dropped at the end."""
    name = f"ladder_faults_{os.getpid()}_{time.monotonic_ns()}"
    with contextlib.closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            try:
                yield urllib.parse.urlsplit(server_url)._replace(path=f"/{name}").geturl()
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def start_assessment(installation: Installation, visitor: Visitor) -> int:
    """An assessment of a team that has none open, answered by one person."""
    query = (
        "SELECT t.id FROM organizations_team t WHERE NOT EXISTS "
        "(SELECT 1 FROM assessment_assessment a WHERE a.team_id = t.id AND a.closed_at IS NULL) ORDER BY t.id"
    )
    found = installation.rows(query)
    if not found:
        organization = installation.rows("SELECT id FROM organizations_organization")[0][0]
        path = f"/organizations/{organization}/teams/new/"
        visitor.get(path, visitor.form(path, name=f"Team {time.monotonic_ns()}", people="4"))
        found = installation.rows(query)
    path = f"/teams/{found[0][0]}/start/"
    visitor.get(path, visitor.form(path, scope="Orders", form="full", mode="single", period=period_of(date.today())))
    query = f"SELECT id FROM assessment_assessment WHERE team_id = {found[0][0]} AND closed_at IS NULL"
    return installation.rows(query)[0][0]
