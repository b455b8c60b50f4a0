"""Backup, wipe and restore while people answer: real processes, SQLite and PostgreSQL, and from one to the other."""

from __future__ import annotations

import json
import shutil
import threading
import urllib.error
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.backup.archive import Reader
from tests.faults.installation import Installation, Visitor, installed, own_database, start_assessment, wait_until

pytestmark = pytest.mark.services

WRITERS = 4
KEYS = ["P01.1", "P02.1", "P08.1", "P09.1"]
BACKUPS = 3


@dataclass
class Writer:
    """Somebody who changes one answer again and again, and remembers what was acknowledged."""

    visitor: Visitor
    assessment: int
    key: str
    accepted: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path = f"/assessments/{self.assessment}/answers/{self.key}/"

    def write_until(self, stop: threading.Event) -> None:
        name, token = self.key.replace(".", "_"), self.visitor.form("/account/")
        while not stop.is_set():
            note = f"note {self.accepted}"
            fields = {f"{name}-choice": "3", f"{name}-note": note, f"{name}-version": str(self.accepted)}
            try:
                self.visitor.get(self.path, token + b"&" + urllib.parse.urlencode(fields).encode())
                self.accepted += 1
            except urllib.error.HTTPError as error:
                self.faults.append(f"{error.code} at {self.accepted}")
                return


def rows(backup: Reader, table: str) -> list[dict]:
    (part,) = [part for part in backup.manifest.tables if part.table == table]
    return [dict(zip(part.columns, json.loads(line), strict=True)) for line in backup.lines(part)]


def torn(path: Path) -> list[str]:
    """Answers of a backup that don't have one revision per version: a moment that never was."""
    with Reader(path) as backup:
        backup.check()
        saved: dict[int, list[int]] = {}
        for revision in rows(backup, "assessment_revision"):
            saved.setdefault(revision["answer_id"], []).append(revision["version"])
        return [
            f"{answer['question_key']}: version {answer['version']}, revisions {sorted(saved.get(answer['id'], []))}"
            for answer in rows(backup, "assessment_answer")
            if sorted(saved.get(answer["id"], [])) != list(range(1, answer["version"] + 1))
        ]


def versions(path: Path, assessment: int) -> dict[str, int]:
    """The version of each answer of an assessment with one sheet."""
    with Reader(path) as backup:
        (sheet,) = [row["id"] for row in rows(backup, "assessment_respondent") if row["assessment_id"] == assessment]
        return {
            row["question_key"]: row["version"]
            for row in rows(backup, "assessment_answer")
            if row["respondent_id"] == sheet
        }


@pytest.fixture(params=["embedded", "servers"])
def installation(request, tmp_path):
    if request.param == "embedded":
        with installed(tmp_path / "first") as installation:
            yield installation
        return
    redis_url = urllib.parse.urlsplit(request.getfixturevalue("redis_url"))._replace(path="/6").geturl()
    with (
        own_database(request.getfixturevalue("postgresql_url")) as database_url,
        installed(tmp_path / "first", database_url, redis_url) as installation,
    ):
        yield installation


@pytest.fixture
def elsewhere(request, tmp_path, installation):
    """An empty installation on the other kind of database: another machine."""
    if installation.database_url:
        installation = Installation(tmp_path / "second")
        yield installation
        installation.kill_all()
        return
    with own_database(request.getfixturevalue("postgresql_url")) as database_url:
        installation = Installation(tmp_path / "second", database_url)
        yield installation
        installation.kill_all()


def test_a_backup_under_load_is_one_moment_and_restores_to_the_last_byte(installation, elsewhere, tmp_path):
    visitor = installation.start_web()
    assessment = start_assessment(installation, visitor)
    writers, stop = [Writer(visitor, assessment, key) for key in KEYS], threading.Event()
    backups = []
    with ThreadPoolExecutor(WRITERS) as threads:
        running = [threads.submit(writer.write_until, stop) for writer in writers]
        try:
            wait_until(lambda: all(writer.accepted > 1 for writer in writers), lambda: writers)
            for number in range(BACKUPS):
                acknowledged = {writer.key: writer.accepted for writer in writers}
                installation.manage("backup", str(tmp_path / f"{number}.zip"))
                backups.append((tmp_path / f"{number}.zip", acknowledged, {w.key: w.accepted for w in writers}))
        finally:
            stop.set()
        for future in running:
            future.result()
    assert [writer.faults for writer in writers] == [[]] * len(KEYS)
    for path, before, after in backups:
        assert torn(path) == []
        kept = versions(path, assessment)
        assert all(before[key] <= kept[key] <= after[key] + 1 for key in KEYS), (before, kept, after)
    assert sum(backups[-1][2].values()) > sum(backups[0][1].values()), "nothing was written meanwhile"

    last = backups[-1][0]
    with pytest.raises(AssertionError, match=r"--replace|Already running"):
        installation.manage("restore", str(last))
    installation.kill_all()
    wipe(installation)
    for target in (installation, elsewhere):
        target.folder.mkdir(exist_ok=True)
        target.manage("restore", str(last), "--verify")
        target.manage("backup", str(tmp_path / "again.zip"))
        assert manifest_of(tmp_path / "again.zip") == manifest_of(last)
    reader = elsewhere.start_web()
    assert (
        f"note {versions(last, assessment)[KEYS[0]] - 1}"
        in reader.get(f"/assessments/{assessment}/questions/P01/")[1].decode()
    )


def wipe(installation: Installation) -> None:
    """Lose everything: the data directory, and the tables of the database server."""
    if installation.database_url:
        connection = installation._connection()
        with connection, connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.close()
    shutil.rmtree(installation.folder)


def manifest_of(path: Path) -> list:
    with Reader(path) as backup:
        return backup.manifest.parts
