"""Makes a backup: every row from one snapshot of the database, then every document."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder

from config.backup.archive import CHUNK, FILES, KIND, Manifest, Part, TablePart, Writer, is_plain_path, name_of_table
from config.backup.places import snapshot
from config.backup.tables import applied_migrations, columns_of, label, lines_of, models_at


class NothingToBackUp(Exception):
    """The database has no tables yet."""


def make(path: Path, *, now: datetime) -> Manifest:
    """Write a backup to `path`, which is there only once it is complete; an earlier file of this name is replaced.

    The rows are those of one moment, whoever goes on writing. Documents are read after it: one that the rows name is
    there, unless it was removed meanwhile, and then it can be built anew. Raises NothingToBackUp, NewerVersion,
    OSError.
    """
    if not MigrationRecorder(connection).has_table():
        raise NothingToBackUp
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    writer = Writer(draft)
    try:
        with snapshot():
            applied = applied_migrations()
            tables = [_write_table(writer, model) for model in models_at(applied)]
        files = [part for name in _documents() if (part := _write_file(writer, name))]
        manifest = Manifest(
            kind=KIND,
            format=1,
            product=settings.VERSION,
            database=connection.vendor,
            made_at=now.isoformat(),
            migrations=applied,
            tables=tables,
            files=files,
        )
        writer.finish(manifest)
        os.replace(draft, path)
    finally:
        writer.abandon()
        draft.unlink(missing_ok=True)
    return manifest


def _write_table(writer: Writer, model: type[models.Model]) -> TablePart:
    table, rows = model._meta.db_table, 0
    with writer.part(name_of_table(table)) as part:
        for line in lines_of(model):
            part.write(line)
            rows += 1
    return TablePart(
        name=name_of_table(table),
        size=part.size,
        sha256=part.sha256,
        table=table,
        model=label(model),
        columns=columns_of(model),
        rows=rows,
    )


def _documents() -> Iterator[str]:
    """The names of all finished files below the media directory, relative to it."""
    root = Path(settings.MEDIA_ROOT)
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and not name.endswith(".part"):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _write_file(writer: Writer, name: str) -> Part | None:
    """The part of a file, or None when it was removed meanwhile."""
    if not is_plain_path(name):
        raise ValueError(f"the file {name!r} has a name that couldn't be restored everywhere")
    try:
        source = (Path(settings.MEDIA_ROOT) / name).open("rb")
    except FileNotFoundError:
        return None
    with source, writer.part(FILES + name) as part:
        while chunk := source.read(CHUNK):
            part.write(chunk)
    return Part(name=FILES + name, size=part.size, sha256=part.sha256)
