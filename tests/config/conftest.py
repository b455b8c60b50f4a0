"""What tests of backups and of the commands for them share."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.db.migrations.executor import MigrationExecutor

from config.backup import restoring

Statement = tuple[str, Any, bool]
"""A statement, its parameters, and whether they are those of many."""


class Repeating(MigrationExecutor):
    """Migrates an empty database once in a process, and from then on says again what the migrations then said to it.

    Most of the time that migrating takes, Django describes models to itself. A database with rows is migrated as ever.
    """

    said: ClassVar[dict[tuple, list[Statement]]] = {}

    def migrate(self, targets, *arguments, **more):
        steps = (self.connection.vendor, *sorted(targets))
        if self.recorder.applied_migrations():
            return super().migrate(targets, *arguments, **more)
        if steps in self.said:
            return self.repeat(self.said[steps])
        heard: list[Statement] = []

        def listen(execute, sql, params, many, context):
            if str(sql).split()[0] not in ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE"):
                heard.append((str(sql), params, many))
            return execute(sql, params, many, context)

        with self.connection.execute_wrapper(listen):
            state = super().migrate(targets, *arguments, **more)
        self.said[steps] = heard
        return state

    def repeat(self, statements: list[Statement]) -> None:
        """Without looking at references meanwhile: tables are made before those to which they refer."""
        with (
            self.connection.constraint_checks_disabled(),
            transaction.atomic(),
            self.connection.cursor() as cursor,
        ):
            for sql, params, many in statements:
                (cursor.executemany if many else cursor.execute)(sql, params)


@pytest.fixture
def migrations_repeated(monkeypatch):
    """Databases that are restored from the same version are built by its migrations once: see Repeating."""
    monkeypatch.setattr(restoring, "MigrationExecutor", Repeating)
