"""Restores a backup: everything is built and checked beside what is there, then takes its place in one step."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.backup.archive import FILES, Damaged, Manifest, Reader, TablePart
from config.backup.places import beside, standing_in
from config.backup.tables import (
    MADE_BY_MIGRATING,
    Applied,
    applied_migrations,
    check_known,
    empty,
    has_rows,
    insert,
    label,
    lines_of,
    models_at,
    reset_sequences,
)
from jobs import heartbeat


class NotEmpty(Exception):
    """There are data here which restoring would replace."""


class WorkersAlive(Exception):
    """A worker is at work on the data that are to be replaced."""


class NotTheSame(Exception):
    """What was written isn't what the backup holds. Nothing was changed; the text says where."""


@dataclass(frozen=True)
class Restored:
    """What was restored. `set_aside`: where files went that were in the way of a database without data, if any."""

    manifest: Manifest
    upgraded: bool
    set_aside: Path | None


def check(path: Path) -> Manifest:
    """Read a backup from beginning to end, and change nothing. Raises Damaged, NewerVersion."""
    with Reader(path) as backup:
        backup.check()
        check_known(backup.manifest.migrations)
        return backup.manifest


def restore(path: Path, *, replace: bool, verify: bool) -> Restored:
    """Restore a backup into a database without data, or with `replace` in the place of what is there.

    The database is built beside the live one, by the migrations of the backup's version and then by those that came
    since. With `verify` every row and every file that was written is read again and compared with the backup. Until the
    last step, and if anything fails, the live data stay as they are. Raises Damaged, NewerVersion, NotEmpty,
    WorkersAlive, places.Busy, NotTheSame.
    """
    with Reader(path) as backup:
        backup.check()
        check_known(backup.manifest.migrations)
        _check_free(replace)
        with beside() as place, _staged_files(backup, verify) as files:
            with standing_in(place.settings):
                _build(backup, verify)
                upgraded = applied_migrations() != backup.manifest.migrations
            with files.in_place():
                place.take_place()
        set_aside = files.settle(keep=not replace)
    ContentType.objects.clear_cache()
    cache.clear()  # it may hold the sessions of people who are others now
    return Restored(backup.manifest, upgraded, set_aside)


def _check_free(replace: bool) -> None:
    if not MigrationRecorder(connection).has_table():
        return
    known = models_at(applied_migrations())
    if not any(has_rows(model) for model in known if label(model) not in MADE_BY_MIGRATING):
        return
    if not replace:
        raise NotEmpty
    # On SQLite the lock of the data directory says more: a worker's last sign of life outlives it by half a minute.
    if connection.vendor != "sqlite" and heartbeat.is_anybody_alive(timezone.now()):
        raise WorkersAlive


# --- the database -----------------------------------------------------------------------------------------------------


def _build(backup: Reader, verify: bool) -> None:
    """Fill the empty default database as the backup says, and bring it to this version."""
    applied = backup.manifest.migrations
    executor = MigrationExecutor(connection)
    executor.migrate(_last_of_each(applied, executor))
    if applied_migrations() != applied:
        raise Damaged("The migrations that the manifest names don't build on each other.")
    parts = {part.table: part for part in backup.manifest.tables}
    known = {model._meta.db_table: model for model in models_at(applied)}
    if parts.keys() != known.keys():
        raise Damaged(f"The tables {sorted(parts.keys() ^ known.keys())} aren't those of the manifest's migrations.")
    try:
        with transaction.atomic():
            for model in known.values():
                empty(model)
            for table, model in known.items():
                _fill(backup, parts[table], model)
            reset_sequences(list(known.values()))
            connection.check_constraints()
    except (IntegrityError, DataError) as error:
        raise Damaged(f"The rows contradict each other or their tables: {error}") from error
    if verify:
        for table, model in known.items():
            _compare(parts[table], model)
    call_command("migrate", interactive=False, verbosity=0)


def _last_of_each(applied: Applied, executor: MigrationExecutor) -> list[tuple[str, str]]:
    """The applied migrations on which no other applied one of their app builds."""
    graph, found = executor.loader.graph, []
    for app, names in applied.items():
        for name in names:
            children = {child.key for child in graph.node_map[app, name].children}
            if not any((app, other) in children for other in names):
                found.append((app, name))
    return found


def _fill(backup: Reader, part: TablePart, model) -> None:
    written = insert(model, part.columns, backup.lines(part))
    if written != part.rows:
        raise Damaged(f"{part.name} has {written} rows; the manifest says {part.rows}.")


def _compare(part: TablePart, model) -> None:
    """Read the rows back from the database: the same number, and to the last byte the same lines."""
    digest, rows = hashlib.sha256(), 0
    for line in lines_of(model):
        digest.update(line)
        rows += 1
    if (rows, digest.hexdigest()) != (part.rows, part.sha256):
        raise NotTheSame(f"{part.table}: {rows} rows were read back, or other ones, in place of {part.rows}")


# --- the files --------------------------------------------------------------------------------------------------------


class _StagedFiles:
    """The backup's files in a hidden folder of the media directory, from which they move to their places together."""

    def __init__(self, root: Path) -> None:
        mark = secrets.token_hex(4)
        self.root, self.new, self.old = root, root / f".restoring-{mark}", root / f".before-restore-{mark}"

    def write(self, backup: Reader, verify: bool) -> None:
        self.new.mkdir(parents=True, mode=0o700)
        for part in backup.manifest.files:
            path = self.new / part.name.removeprefix(FILES)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                backup.copy(part, target)
                target.flush()
                os.fsync(target.fileno())
            if verify:
                with path.open("rb") as written:
                    if hashlib.file_digest(written, "sha256").hexdigest() != part.sha256:
                        raise NotTheSame(f"the file {part.name.removeprefix(FILES)}")

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Move the files to their places and what was there aside; back again when what is done inside fails."""
        self.old.mkdir(mode=0o700)
        moved = []
        try:
            for source, target in ((self.root, self.old), (self.new, self.root)):
                for entry in [entry for entry in source.iterdir() if not entry.name.startswith(".")]:
                    entry.rename(target / entry.name)
                    moved.append((entry, target / entry.name))
            yield
        except BaseException:
            for entry, place in reversed(moved):
                place.rename(entry)
            self.old.rmdir()
            raise

    def settle(self, keep: bool) -> Path | None:
        """Delete what was moved aside, or keep it when there is something and `keep` says so."""
        if keep and any(self.old.iterdir()):
            return self.old
        shutil.rmtree(self.old)
        return None


@contextlib.contextmanager
def _staged_files(backup: Reader, verify: bool) -> Iterator[_StagedFiles]:
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for leftover in root.glob(".restoring-*"):
        shutil.rmtree(leftover)
    files = _StagedFiles(root)
    try:
        files.write(backup, verify)
        yield files
    finally:
        shutil.rmtree(files.new, ignore_errors=True)
