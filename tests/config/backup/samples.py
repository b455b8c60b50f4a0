"""Backups for tests: small ones of any content, and good ones taken apart, changed and sealed again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.backup.archive import KIND, MANIFEST, SEAL, SEAL_BYTES, Manifest, Part, TablePart, Writer
from config.env import ROOT

RELEASES = sorted((ROOT / "tests" / "fixtures" / "upgrade").glob("*.zip"))
Contents = dict[str, bytes]


def small(path: Path) -> Manifest:
    """A backup of one table with two rows and one file, of no installation that ever was."""
    writer = Writer(path)
    with writer.part("tables/fruit.jsonl") as table:
        table.write(b'[1,"apple"]\n')
        table.write(b'[2,"pear"]\n')
    with writer.part("files/reports/1.pdf") as file:
        file.write(b"%PDF-1.7 of fruit")
    rows = {"table": "fruit", "model": "market.Fruit", "columns": ["id", "name"], "rows": 2}
    manifest = Manifest(
        kind=KIND, format=1, product="0.1.0", database="sqlite", made_at="2026-07-01T09:00:00+00:00",
        migrations={"market": ["0001_start"]},
        tables=[TablePart(name="tables/fruit.jsonl", size=table.size, sha256=table.sha256, **rows)],
        files=[Part(name="files/reports/1.pdf", size=file.size, sha256=file.sha256)],
    )  # fmt: skip
    writer.finish(manifest)
    return manifest


def seal(path: Path, contents: Contents, *, comment: bool = True, twice: str = "") -> None:
    """Write a zip of these parts with a seal that fits, whatever is in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
        if twice:
            archive.writestr(twice, contents[twice])
        archive.comment = SEAL + b"0" * 64 if comment else b""
    if comment:
        data = path.read_bytes()[:-SEAL_BYTES]
        path.write_bytes(data + SEAL + hashlib.sha256(data).hexdigest().encode())


def changed(source: Path, target: Path, change: Callable[[Contents, dict[str, Any]], None], **how: Any) -> Path:
    """A copy of a backup after `change(contents, manifest)`, sealed again: an attack, no accident."""
    with zipfile.ZipFile(source) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(contents.pop(MANIFEST))
    change(contents, manifest)
    contents[MANIFEST] = contents.get(MANIFEST) or json.dumps(manifest).encode()
    seal(target, contents, **how)
    return target


def rewrite(contents: Contents, manifest: dict[str, Any], name: str, data: bytes) -> None:
    """Give a part other bytes, and let the manifest agree with them."""
    contents[name] = data
    for part in (*manifest["tables"], *manifest["files"]):
        if part["name"] == name:
            part |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            if "rows" in part:
                part["rows"] = data.count(b"\n")


def edit_rows(contents: Contents, manifest: dict[str, Any], table: str, edit: Callable[[list, list[str]], Any]) -> None:
    """Let `edit(rows, columns)` change a table's rows in place."""
    name = f"tables/{table}.jsonl"
    columns = next(part["columns"] for part in manifest["tables"] if part["name"] == name)
    rows = [json.loads(line) for line in contents[name].splitlines()]
    edit(rows, columns)
    rewrite(contents, manifest, name, b"".join(json.dumps(row).encode() + b"\n" for row in rows))
