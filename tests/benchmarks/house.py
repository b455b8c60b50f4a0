"""The installation that cases measure: PostgreSQL that keeps what it acknowledges, Redis, two web processes, teams.

Made once for all cases of a run, and ended with it. Everything runs on this machine, the measuring process included.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.env import ROOT
from config.management.commands.serve import web_command
from tests import services
from tests.benchmarks import quiet
from tests.faults.installation import Installation, wait_until

QUARTERS = 12
WEB_PROCESSES = 2
SEED_SECONDS = 1500
_open = contextlib.ExitStack()
_houses: dict[int, House] = {}


@dataclass
class Workplace(Installation):
    """An installation with two web processes."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "GRANIAN_WORKERS": str(WEB_PROCESSES),
            "PYTHONPATH": str(ROOT),
            "LADDER_JOB_LEASE_SECONDS": "60",
        }


@dataclass
class House:
    """A seeded installation that serves. `seeds` is what `seeding.py` printed."""

    workplace: Workplace
    seeds: dict[str, Any]
    web: subprocess.Popen
    limit_port: int
    connections: dict[int, http.client.HTTPConnection] = field(default_factory=dict)

    @property
    def teams(self) -> int:
        return self.seeds["teams"]

    @property
    def organization(self) -> int:
        return self.seeds["organization"]

    def count(self, asked: Sequence[dict]) -> dict[str, dict[str, Any]]:
        """Queries, rows and bytes of each of these requests, by name: see `counting.py`."""
        return json.loads(self.run("tests.benchmarks.counting", json.dumps(asked)))

    def run(self, module: str, *arguments: str) -> str:
        """What a module printed that runs with the installation's settings."""
        return run(self.workplace, module, *arguments)

    def prepare_limit(self) -> None:
        """Make the table of the view that writes one row."""
        from tests.benchmarks.limit import TABLE  # a Django project of its own when it is served

        with contextlib.closing(self.workplace._connection()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(TABLE)

    @property
    def peak_mb(self) -> int:
        return quiet.peak_mb(self.web.pid)


def run(workplace: Workplace, module: str, *arguments: str) -> str:
    environment = workplace.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True,
        timeout=SEED_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, f"{module}: {done.stderr[-3000:]}"
    if "BENCHMARK_PROFILE" in os.environ:
        print(done.stderr, file=sys.stderr)
    return done.stdout


@contextlib.contextmanager
def closing() -> Iterator[None]:
    """End at the end what `of` has started."""
    with _open:
        yield


def of(teams: int) -> House:
    """The house with so many teams, made if it isn't there yet."""
    if teams not in _houses:
        _houses[teams] = _open.enter_context(_made(teams))
    return _houses[teams]


@contextlib.contextmanager
def _made(teams: int) -> Iterator[House]:
    folder = Path(_open.enter_context(tempfile.TemporaryDirectory(prefix="ladder-benchmark-")))
    database, redis = (_open.enter_context(server) for server in (services.postgresql(durable=True), services.redis()))
    workplace = Workplace(folder, database, redis)
    try:
        began = time.monotonic()
        workplace.manage("migrate", "--skip-checks", "--verbosity", "0")
        seeds = json.loads(run(workplace, "tests.benchmarks.seeding", str(teams), str(QUARTERS)))
        print(f"{teams} teams x {QUARTERS} quarters: seeded in {time.monotonic() - began:.0f} s", file=sys.stderr)
        web = workplace.start([sys.executable, "manage.py", "serve", "--web-only", "--port", str(workplace.port)])
        limit_port = services.free_port()
        workplace.start(limit_command(limit_port))
        for port, path in ((workplace.port, "/healthz"), (limit_port, "/empty")):
            wait_until(lambda at=(port, path): _answers(*at), lambda: workplace.log())
        yield House(workplace, seeds, web, limit_port)
    finally:
        workplace.kill_all()


def limit_command(port: int) -> list[str]:
    command = web_command("127.0.0.1", port)
    return [*command[:-1], "tests.benchmarks.limit:application"]


def _answers(port: int, path: str) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    return False


class Browser:
    """One connection that stays open, as a browser's; signed in with a session's key."""

    def __init__(self, port: int, session: str = "", token: str = "t" * 32) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token = token
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={token}"} if session else {}

    def get(self, path: str) -> tuple[int, bytes]:
        return self._asked("GET", path, None, self.headers)

    def post(self, path: str, **fields: str) -> tuple[int, bytes]:
        body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": self.token})
        headers = self.headers | {"Content-Type": "application/x-www-form-urlencoded"}
        return self._asked("POST", path, body, headers)

    def _asked(self, method: str, path: str, body: str | None, headers: dict) -> tuple[int, bytes]:
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.read()


def timed(work, *arguments) -> tuple[float, Any]:
    """Milliseconds, and what the work returned."""
    began = time.perf_counter()
    result = work(*arguments)
    return (time.perf_counter() - began) * 1000, result
