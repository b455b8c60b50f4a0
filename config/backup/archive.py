"""The file of a backup: a zip that any tool opens, whose manifest counts and hashes each part.

The last bytes of the file, its zip comment, are "sha256:" and the hash of all bytes before them: a flipped or missing
byte anywhere is found before anything is read. A hash is no signature: who can write the file can write another one.
Standard library and pydantic only; nothing here knows Django.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

KIND = "dataops-ladder backup"
MANIFEST = "manifest.json"
TABLES, FILES = "tables/", "files/"
SEAL = b"sha256:"
SEAL_BYTES = len(SEAL) + 64
CHUNK = 1024 * 1024
LONGEST_MANIFEST = 64 * 1024 * 1024
LONGEST_ROW = 64 * 1024 * 1024
LONGEST_NAME = 400
MOST_GROWTH, GROWTH_FROM = 200, 16 * 1024 * 1024
"""A part of so many bytes may be so many times as long as it is in the file: rows reach 30, a bomb 1000."""
UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class Damaged(Exception):
    """The file isn't a backup that can be trusted. The text says what is wrong with it, and where."""


# --- what the manifest says -------------------------------------------------------------------------------------------

Count = Annotated[int, Field(ge=0)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Part(Record):
    """One part of the archive: its name in the zip, its size in bytes and the sha256 of its bytes."""

    name: Name
    size: Count
    sha256: Hash


class TablePart(Part):
    """The rows of one table, a line of JSON each: a list of values in the order of `columns`."""

    table: Name
    model: Name
    columns: list[Name]
    rows: Count


class Manifest(Record):
    """What is in a backup. `migrations` are the applied ones by app, in order; `made_at` is ISO 8601."""

    kind: Literal["dataops-ladder backup"]
    format: Literal[1]
    product: Name
    database: Name
    made_at: Name
    migrations: dict[str, list[str]]
    tables: list[TablePart]
    files: list[Part]

    @property
    def parts(self) -> list[Part]:
        return [*self.tables, *self.files]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


# --- writing ----------------------------------------------------------------------------------------------------------


class Writer:
    """Writes parts one after the other, then the manifest. Memory doesn't grow with the size of a part."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    @contextmanager
    def part(self, name: str) -> Iterator[Counted]:
        with self._zip.open(_entry(name), "w", force_zip64=True) as target:
            yield Counted(target)

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the seal, and see to it that all of it is on the disk."""
        with self._zip.open(_entry(MANIFEST), "w") as target:
            target.write(manifest.model_dump_json().encode())
        self._zip.comment = SEAL + b"0" * 64
        self._zip.close()
        end = self._file.seek(-SEAL_BYTES, os.SEEK_END)
        seal = SEAL + _digest_of(self._file, end).encode()
        self._file.seek(end)
        self._file.write(seal)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is: without its seal it is no backup. After `finish` nothing happens."""
        with suppress(OSError, ValueError):
            self._zip.close()
        with suppress(OSError):
            self._file.close()


class Counted:
    """What is written goes to `target`; its bytes and lines are counted and hashed."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._digest = target, hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._target.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100600 << 16
    return entry


def _digest_of(file: IO[bytes], size: int) -> str:
    """The sha256 of the first `size` bytes."""
    digest, left = hashlib.sha256(), size
    file.seek(0)
    while left and (chunk := file.read(min(CHUNK, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


# --- reading ----------------------------------------------------------------------------------------------------------


class Reader:
    """A backup whose seal, manifest and names are in order. Raises Damaged; OSError when the file can't be read.

    `check` reads every part; `lines` and `copy` check what they hand out, too.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._check_seal()
            with _understood("The file"):
                self._zip = zipfile.ZipFile(self._file)
                self.manifest = self._read_manifest()
            self._check_names()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def check(self) -> None:
        """Read every part and compare its size, its hash and its number of rows with the manifest."""
        for part in self.manifest.parts:
            rows = sum(chunk.count(b"\n") for chunk in self._chunks(part))
            if isinstance(part, TablePart) and rows != part.rows:
                raise Damaged(f"{part.name} has {rows} rows; the manifest says {part.rows}.")

    def lines(self, part: TablePart) -> Iterator[bytes]:
        """The rows of a table, each with its line's end."""
        with _understood(part.name), self._zip.open(part.name) as source:
            while line := source.readline(LONGEST_ROW + 1):
                if len(line) > LONGEST_ROW or not line.endswith(b"\n"):
                    raise Damaged(f"{part.name} has a row that is too long or cut off.")
                yield line

    def copy(self, part: Part, target: IO[bytes]) -> None:
        """Write a part's bytes, which are those of the manifest when this returns."""
        for chunk in self._chunks(part):
            target.write(chunk)

    def _chunks(self, part: Part) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        with _understood(part.name), self._zip.open(part.name) as source:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if size > part.size:
                    break
                yield chunk
        if (size, digest.hexdigest()) != (part.size, part.sha256):
            raise Damaged(f"{part.name} isn't what the manifest says: its size or its hash differs.")

    def _check_seal(self) -> None:
        size = self._file.seek(0, os.SEEK_END)
        begin = max(0, size - SEAL_BYTES)
        self._file.seek(begin)
        seal = self._file.read()
        if not re.fullmatch(SEAL + rb"[0-9a-f]{64}", seal):
            raise Damaged("The file isn't a complete backup: it doesn't end with a backup's seal.")
        if _digest_of(self._file, begin) != seal.removeprefix(SEAL).decode():
            raise Damaged("The file is damaged: its bytes don't fit the seal at its end.")

    def _read_manifest(self) -> Manifest:
        try:
            with self._zip.open(MANIFEST) as source:
                text = source.read(LONGEST_MANIFEST + 1)
        except KeyError:
            raise Damaged(f"There is no {MANIFEST} in the file.") from None
        if len(text) > LONGEST_MANIFEST:
            raise Damaged(f"{MANIFEST} is too long.")
        try:
            return Manifest.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "its text"
            raise Damaged(f"{MANIFEST} is wrong at {where}: {first['msg']}.") from None

    def _check_names(self) -> None:
        """Each part is in the zip once, at its size, under a name that stays in its place; nothing else is there."""
        entries = self._zip.infolist()
        present = {entry.filename: entry for entry in entries}
        wanted = {part.name: part for part in self.manifest.parts}
        if len(present) != len(entries) or len(wanted) != len(self.manifest.parts):
            raise Damaged("A name stands twice in the file.")
        if len({name.casefold() for name in wanted}) != len(wanted):
            raise Damaged("Two names differ only in capital letters.")
        for name in sorted(set(present) ^ (set(wanted) | {MANIFEST})):
            raise Damaged(f"{name!r} is not both in the file and in the manifest.")
        for table in self.manifest.tables:
            if table.name != name_of_table(table.table):
                raise Damaged(f"{table.name!r} is not the name of a table's part.")
        for file in self.manifest.files:
            if not file.name.startswith(FILES) or not is_plain_path(file.name.removeprefix(FILES)):
                raise Damaged(f"{file.name!r} is not the name of a file's part.")
        for name, part in wanted.items():
            if present[name].file_size != part.size or present[name].external_attr >> 28 not in (0, 0o10):
                raise Damaged(f"{name} isn't what the manifest says: its size or its kind differs.")
            if part.size > max(GROWTH_FROM, MOST_GROWTH * present[name].compress_size):
                raise Damaged(f"{name} would grow to {part.size / 1e6:.0f} MB from next to nothing.")


@contextmanager
def _understood(what: str) -> Iterator[None]:
    """What the zip reader stumbles over is a damaged file, whatever it calls it."""
    try:
        yield
    except UNREADABLE as error:
        raise Damaged(f"{what} can't be read: {error}") from error


def name_of_table(table: str) -> str:
    return f"{TABLES}{table}.jsonl"


def is_plain_path(name: str) -> bool:
    """Whether a relative path stays below its folder on every system, and names no hidden file."""
    path = PurePosixPath(name)
    return (
        bool(path.parts)
        and name == path.as_posix()
        and not path.is_absolute()
        and not any(part.startswith(".") or part.endswith((".", " ")) for part in path.parts)
        and not any(sign in '\\:*?"<>|' or unicodedata.category(sign).startswith("C") for sign in name)
    )
