"""PostgreSQL is restarted at once while people read: they see 503 with when to come back, and then all is well."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest

from config.supervisor import die_with_parent
from tests import services
from tests.faults.installation import Visitor, installed

VISITORS = 4
PAGES = ("/", "/account/", "/manifesto/", "/nowhere/")


@dataclass
class Seen:
    """What visitors were answered: (status, Retry-After)."""

    answers: list[tuple[int, str | None]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def visit(self, visitor: Visitor) -> None:
        while not self.stop.is_set():
            for page in PAGES:
                self.answers.append(answer(visitor, page))


def answer(visitor: Visitor, page: str) -> tuple[int, str | None]:
    try:
        with visitor.opener.open(visitor.url + page, timeout=30) as response:
            return response.status, None
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Retry-After")


def directory_of(url: str) -> Path:
    """Where the server keeps its data."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        return Path(cursor.fetchone()[0])


def stop_at_once(data: Path) -> list[str]:
    """End the server as a power cut of its process would; the command that starts it again."""
    command = shlex.split((data / "postmaster.opts").read_text())
    pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    return command


@contextlib.contextmanager
def started_again(command: list[str], data: Path, url: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, cwd=data, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent, **services.unprivileged()
    )
    try:
        services.wait_until_accepting(url)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


@pytest.mark.services
def test_while_the_database_restarts_people_are_told_when_to_come_back_and_then_all_is_well(tmp_path):
    seen = Seen()
    with services.postgresql() as url, installed(tmp_path, database_url=url) as installation:
        data = directory_of(url)
        visitor = installation.start_web()
        threads = [threading.Thread(target=seen.visit, args=(visitor,)) for _ in range(VISITORS)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        command = stop_at_once(data)
        time.sleep(2)
        with started_again(command, data, url):
            time.sleep(3)
            seen.stop.set()
            for thread in threads:
                thread.join(60)
            after = [answer(visitor, page)[0] for page in PAGES for _ in range(8)]
            ready = answer(visitor, "/readyz")[0]
            installation.kill_all()
        log = installation.log()
    statuses = {status for status, _ in seen.answers}
    assert statuses == {200, 404, 503}, log
    assert {wait for status, wait in seen.answers if status == 503} == {"10"}
    assert set(after) == {200, 404}
    assert ready == 200
