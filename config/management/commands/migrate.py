"""`manage.py migrate`: Django's, which on PostgreSQL waits at most a few seconds for a table that is in use.

While a migration waits for a table, everybody who comes after it waits behind it: the whole product would stand still
for as long as one forgotten transaction stays open.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config.retention import mend_counts

PARTLY = ("app_label", "plan", "check_unapplied", "fake")
"""With one of these options the tables may not be those of this version."""
LONGEST_WAIT = "3s"
LOCK_NOT_AVAILABLE = "55P03"
TABLE_IN_USE = """A table is in use: the migration waited {wait} for it and gave up.
The migrations that are listed as OK stand, the one after them changed nothing. Stop web and workers, or end the
transaction that holds the table (the view pg_stat_activity names it), and run migrate again."""


class Command(migrate.Command):
    def handle(self, *args, **options):
        with impatient(connections[options["database"]]):
            done = super().handle(*args, **options)
        if options["database"] == DEFAULT_DB_ALIAS and not any(options[name] for name in PARTLY):
            mend_counts()  # an older version didn't keep them
        return done


@contextlib.contextmanager
def impatient(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let each statement wait no longer than LONGEST_WAIT for a lock. Raises CommandError when that wasn't enough."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LONGEST_WAIT}'")
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise CommandError(TABLE_IN_USE.format(wait=LONGEST_WAIT)) from error
        raise
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
