"""The two kinds of database: a snapshot to read, an empty place beside the live one, and the step that swaps them."""

from __future__ import annotations

import contextlib
import copy
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.db.utils import load_backend

BESIDE = "ladder_restoring_"
LOCK_WAIT_SECONDS = 10


@contextlib.contextmanager
def standing_in(settings: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """Let another connection be this thread's default one, for models, migrations and whatever else names none."""
    live = connections[DEFAULT_DB_ALIAS]
    other = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield other
    finally:
        connections[DEFAULT_DB_ALIAS] = live
        other.close()


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """The default connection reads the database as it is at one moment, while others go on writing."""
    settings = copy.deepcopy(connection.settings_dict)
    if connection.vendor == "sqlite":
        settings["OPTIONS"]["transaction_mode"] = "DEFERRED"  # IMMEDIATE would keep the writers waiting
    else:
        settings["OPTIONS"]["isolation_level"] = IsolationLevel.REPEATABLE_READ
    with standing_in(settings), transaction.atomic():
        with connection.cursor() as cursor:
            if connection.vendor != "sqlite":
                cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute("SELECT 1 FROM django_migrations")  # the first read is the moment
            cursor.fetchone()
        yield


class Busy(Exception):
    """Another restore is at work on this database."""


class Beside:
    """An empty database beside the live one, a file or a schema; gone in the end unless it took that one's place."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def settings(self) -> dict[str, Any]:
        """Those of a connection that leads here."""
        raise NotImplementedError

    def take_place(self) -> None:
        """Put what was built here in the place of the live database, in one step: all of it or nothing."""
        raise NotImplementedError


@contextlib.contextmanager
def beside() -> Iterator[Beside]:
    """A place to build a database in; inside `standing_in(place.settings)` everything goes there."""
    kind = FileBeside if connection.vendor == "sqlite" else SchemaBeside
    with kind.alone():
        kind.remove_leftovers()
        try:
            yield kind(BESIDE + secrets.token_hex(4))
        finally:
            kind.remove_leftovers()


class FileBeside(Beside):
    """SQLite: a file in the folder of the live one. Its pages are copied into the live file in one transaction."""

    @staticmethod
    def alone() -> contextlib.AbstractContextManager:
        """Nothing to wait for: the lock of the data directory lets one restore in."""
        return contextlib.nullcontext()

    @staticmethod
    def live() -> Path:
        return Path(connection.settings_dict["NAME"])

    @property
    def path(self) -> Path:
        return self.live().with_name(f"{self.name}.sqlite3")

    @property
    def settings(self) -> dict[str, Any]:
        settings = copy.deepcopy(connection.settings_dict)
        settings["NAME"] = str(self.path)
        settings["OPTIONS"] |= {"init_command": "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;"}
        return settings

    def take_place(self) -> None:
        connection.close()
        with (
            contextlib.closing(sqlite3.connect(self.path)) as source,
            contextlib.closing(sqlite3.connect(self.live(), timeout=1)) as target,
        ):
            source.backup(target, progress=_for_seconds(LOCK_WAIT_SECONDS))
        self.live().chmod(0o600)

    @classmethod
    def remove_leftovers(cls) -> None:
        for path in cls.live().parent.glob(f"{BESIDE}*.sqlite3*"):
            path.unlink(missing_ok=True)


def _for_seconds(limit: float) -> Callable[[int, int, int], None]:
    """A callback that ends the copying, which would try for ever, when somebody keeps the live file locked."""
    end = time.monotonic() + limit

    def give_up(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > end:
            raise OperationalError("database is locked")

    return give_up


class SchemaBeside(Beside):
    """PostgreSQL: a schema of the live database. Its tables take the place of the live ones in one transaction."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {name}")

    @staticmethod
    @contextlib.contextmanager
    def alone() -> Iterator[None]:
        """Hold a lock of the database server while at work. Raises Busy when another restore holds it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [BESIDE])
            if not cursor.fetchone()[0]:
                raise Busy
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [BESIDE])

    @property
    def settings(self) -> dict[str, Any]:
        settings = copy.deepcopy(connection.settings_dict)
        options = settings["OPTIONS"]
        options["options"] = f"{options.get('options', '')} -c search_path={self.name}".strip()
        return settings

    def take_place(self) -> None:
        quote = connection.ops.quote_name
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'")
            cursor.execute("SELECT current_schema()")
            live = quote(cursor.fetchone()[0])
            tables = [quote(name) for name in self._tables(cursor)]
            for table in tables:
                cursor.execute(f"DROP TABLE IF EXISTS {live}.{table} CASCADE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {self.name}.{table} SET SCHEMA {live}")

    def _tables(self, cursor: Any) -> list[str]:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename", [self.name])
        return [name for (name,) in cursor.fetchall()]

    @staticmethod
    def remove_leftovers() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [BESIDE])
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP SCHEMA {connection.ops.quote_name(name)} CASCADE")
