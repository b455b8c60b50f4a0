"""Rows as lines of JSON, and back. Every model of the product is walked as the migrations describe it.

So a database is read and written in whatever state of migration it is, and a new model is covered without a word here.
A line is a list of the row's values in the order of its columns' names: ASCII, keys sorted, times in UTC to the
microsecond, hence the same bytes for the same row in SQLite and in PostgreSQL.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Collate
from django.utils.duration import duration_iso_string

from config.backup.archive import Damaged

ROWS_AT_ONCE = 100
MOST_PARAMETERS = 900

LEFT_OUT = {
    "sessions.Session": "whoever has a session's key is signed in with it; people sign in again",
    "usersessions.UserSession": "holds the keys of sessions",
    "jobs.Heartbeat": "says which workers live on this machine now",
}
"""What no backup holds, and why."""

MADE_BY_MIGRATING = {"contenttypes.ContentType", "auth.Permission"}
"""What a database holds before anybody has used it."""

Applied = dict[str, list[str]]
"""The names of the applied migrations by app, in order."""


class NewerVersion(Exception):
    """The data were written by a newer version of the product. The text names what this one doesn't know."""


# --- which tables -----------------------------------------------------------------------------------------------------


def applied_migrations() -> Applied:
    """What is applied in the default database, of what this version knows.

    Raises NewerVersion when a migration of the product's apps is applied that isn't known.
    """
    loader = MigrationLoader(connection)
    found: Applied = {}
    for app, name in sorted(loader.applied_migrations):
        if app in loader.migrated_apps:
            found.setdefault(app, []).append(name)
    check_known(found, loader)
    return found


def check_known(applied: Applied, loader: MigrationLoader | None = None) -> None:
    """Raise NewerVersion for a migration that this version doesn't have."""
    loader = loader or MigrationLoader(connection)
    unknown = sorted(
        f"{app}.{name}" for app, names in applied.items() for name in names if (app, name) not in loader.graph.nodes
    )
    if unknown:
        raise NewerVersion(
            f"It was made by a newer version of the product; this one doesn't know {', '.join(unknown)}."
        )


def models_at(applied: Applied) -> list[type[models.Model]]:
    """The models whose rows a backup holds, as they are once these migrations are applied, in the order of labels."""
    loader = MigrationLoader(None)
    nodes = [(app, name) for app, names in applied.items() for name in names]
    known = loader.project_state(nodes).apps.get_models(include_auto_created=True)
    return sorted(
        (model for model in known if model._meta.managed and not model._meta.proxy and label(model) not in LEFT_OUT),
        key=label,
    )


def label(model: type[models.Model]) -> str:
    return model._meta.label


def fields_of(model: type[models.Model]) -> list[models.Field]:
    """The fields that have a column of their own which can be written, in the order of the columns' names."""
    own = [field for field in model._meta.local_concrete_fields if not getattr(field, "generated", False)]
    return sorted(own, key=lambda field: field.column)


def columns_of(model: type[models.Model]) -> list[str]:
    return [field.column for field in fields_of(model)]


def has_rows(model: type[models.Model]) -> bool:
    return model._base_manager.exists()


# --- rows to lines ----------------------------------------------------------------------------------------------------


def lines_of(model: type[models.Model]) -> Iterator[bytes]:
    """Every row of the default database as a line, in the order of the primary key."""
    names = [field.attname for field in fields_of(model)]
    rows = model._base_manager.order_by(_order(model)).values_list(*names).iterator(chunk_size=ROWS_AT_ONCE)
    for row in rows:
        values = [_plain(value) for value in row]
        line = json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)
        yield line.encode("ascii") + b"\n"


def _order(model: type[models.Model]) -> Any:
    """Text is put in the order of its bytes, which no collation changes."""
    key = model._meta.pk
    if connection.vendor == "postgresql" and isinstance(key, models.CharField | models.TextField):
        return Collate(key.name, "C")
    return key.name


def _plain(value: Any) -> Any:
    """A column's value as JSON has it. Raises TypeError for a type that nobody thought of: better no backup."""
    match value:
        case None | bool() | int() | float() | str() | dict() | list():
            return value
        case datetime():
            return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return duration_iso_string(value)
        case Decimal() | uuid.UUID():
            return str(value)
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
    raise TypeError(f"a value of type {type(value).__name__} can't be kept in a backup")


# --- lines to rows ----------------------------------------------------------------------------------------------------


def insert(model: type[models.Model], columns: list[str], lines: Iterable[bytes]) -> int:
    """Write the rows of the lines into the default database; their number. Raises Damaged for what fits no row."""
    if columns != columns_of(model):
        raise Damaged(f"The columns of {model._meta.db_table} aren't those of its migrations.")
    fields, written = fields_of(model), 0
    lines, at_once = iter(lines), max(1, min(ROWS_AT_ONCE, MOST_PARAMETERS // len(fields)))
    while some := [_row(model, fields, line) for line in islice(lines, at_once)]:
        _insert_rows(model, columns, some)
        written += len(some)
    return written


def _row(model: type[models.Model], fields: list[models.Field], line: bytes) -> list[Any]:
    try:
        values = json.loads(line)
        if not isinstance(values, list) or len(values) != len(fields):
            raise ValueError("it has another number of values than columns")
        return [_adapted(field, value) for field, value in zip(fields, values, strict=True)]
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError) as error:
        raise Damaged(f"A row of {model._meta.db_table} can't be read: {error}") from error


def _adapted(field: models.Field, value: Any) -> Any:
    """A value as the database's driver takes it."""
    if value is not None and not isinstance(field, models.JSONField):
        if isinstance(value, dict | list):
            raise ValueError(f"{field.column} has a list or an object in the place of a plain value")
        value = field.to_python(value)
    return field.get_db_prep_save(value, connection)


def _insert_rows(model: type[models.Model], columns: list[str], rows: list[list[Any]]) -> None:
    quote = connection.ops.quote_name
    values = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(rows))
    into = f"{quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {into} VALUES {values}", [value for row in rows for value in row])


def reset_sequences(known: list[type[models.Model]]) -> None:
    """Let new rows be numbered after those that were written with their numbers."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), known):
            cursor.execute(statement)


def empty(model: type[models.Model]) -> None:
    """Delete all rows, also those that migrating made."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
