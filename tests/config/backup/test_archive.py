"""The file of a backup: what was written is read, and whatever isn't as it was written is refused."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from config.backup.archive import MANIFEST, Damaged, Reader, is_plain_path
from tests.config.backup.samples import changed, rewrite, seal, small

FILE, TABLE = "files/reports/1.pdf", "tables/fruit.jsonl"


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.zip"
    small(path)
    return path


def read(path) -> None:
    with Reader(path) as backup:
        backup.check()


def test_what_was_written_is_read(tmp_path):
    manifest = small(tmp_path / "good.zip")
    with Reader(tmp_path / "good.zip") as backup:
        backup.check()
        assert backup.manifest == manifest
        assert backup.manifest.rows == 2
        assert list(backup.lines(manifest.tables[0])) == [b'[1,"apple"]\n', b'[2,"pear"]\n']
        target = io.BytesIO()
        backup.copy(manifest.files[0], target)
        assert target.getvalue() == b"%PDF-1.7 of fruit"


def test_any_tool_opens_it_and_only_its_owner_reads_it(good):
    with zipfile.ZipFile(good) as archive:
        assert archive.namelist() == [TABLE, FILE, MANIFEST]
        assert archive.testzip() is None
    assert stat.S_IMODE(good.stat().st_mode) == 0o600


def test_each_flipped_byte_is_found(good):
    data = good.read_bytes()
    for place in range(len(data)):
        good.write_bytes(data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :])
        with pytest.raises(Damaged):
            Reader(good)


def test_each_cut_is_found(good):
    data = good.read_bytes()
    for length in range(len(data)):
        good.write_bytes(data[:length])
        with pytest.raises(Damaged):
            Reader(good)


def test_bytes_too_many_are_found(good):
    data = good.read_bytes()
    for more in (data + b"\n", b"\n" + data, data + data):
        good.write_bytes(more)
        with pytest.raises(Damaged):
            Reader(good)


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18, b"\0" * 500, b"[]", b"sha256:" + b"0" * 64])
def test_what_is_no_backup_is_refused(tmp_path, data):
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(Damaged, match=r"seal"):
        Reader(tmp_path / "x.zip")


def test_a_zip_without_a_seal_or_a_manifest_is_refused(tmp_path):
    seal(tmp_path / "a.zip", {MANIFEST: b"{}"}, comment=False)
    seal(tmp_path / "b.zip", {TABLE: b"[1]\n"})
    with pytest.raises(Damaged, match="seal"):
        Reader(tmp_path / "a.zip")
    with pytest.raises(Damaged, match="no manifest"):
        Reader(tmp_path / "b.zip")


def rename(part, name):
    def change(contents, manifest):
        contents[name] = contents.pop(part)
        for known in (*manifest["tables"], *manifest["files"]):
            if known["name"] == part:
                known["name"] = name

    return change


def say(where, value):
    """A manifest that says something else at a path of keys."""

    def change(_contents, manifest):
        *path, last = where
        for key in path:
            manifest = manifest[key]
        manifest[last] = value

    return change


# What somebody may have changed who knows how to seal a backup, and what the refusal names.
ATTACKS = {
    "a file outside": (rename(FILE, "files/../../etc/passwd"), "files/../../etc/passwd"),
    "an absolute path": (rename(FILE, "files//etc/passwd"), "files//etc/passwd"),
    "a path of Windows": (rename(FILE, "files/..\\..\\x"), "name of a file"),
    "a drive": (rename(FILE, "files/C:/x"), "name of a file"),
    "a hidden file": (rename(FILE, "files/.ssh/authorized_keys"), "name of a file"),
    "a NUL": (rename(FILE, "files/a\x01.pdf"), "name of a file"),
    "a line break": (rename(FILE, "files/a\nb.pdf"), "name of a file"),
    "a file beside the folders": (rename(FILE, "secret_key"), "name of a file"),
    "a folder as a file": (rename(FILE, "files/reports/"), "name of a file"),
    "a table of another name": (rename(TABLE, "tables/../fruit.jsonl"), "name of a table"),
    "a part too many": (lambda contents, manifest: contents.update({"files/x": b""}), "files/x"),
    "a part missing": (lambda contents, manifest: contents.pop(FILE), FILE),
    "other bytes": (lambda contents, manifest: contents.update({FILE: b"%PDF-1.7 of thorn"}), "hash"),
    "more bytes": (lambda contents, manifest: contents.update({FILE: b"%PDF-1.7 of fruits"}), "size"),
    "other rows": (lambda contents, manifest: contents.update({TABLE: b'[1,"grape"]\n[2,"pear"]\n'}), "hash"),
    "a wrong number of rows": (say(["tables", 0, "rows"], 3), "rows"),
    "a wrong hash": (say(["files", 0, "sha256"], "0" * 64), "hash"),
    "no hash": (say(["files", 0, "sha256"], ""), "files.0.sha256"),
    "a negative size": (say(["files", 0, "size"], -1), "files.0.size"),
    "a number as text": (say(["tables", 0, "rows"], "2"), "tables.0.rows"),
    "another kind of file": (say(["kind"], "holiday pictures"), "kind"),
    "a later format": (say(["format"], 2), "format"),
    "more than is known": (say(["shell"], "rm"), "shell"),
    "no tables": (say(["tables"], None), "tables"),
    "a manifest that isn't JSON": (lambda contents, manifest: contents.update({MANIFEST: b"\xff"}), MANIFEST),
    "a manifest of lists": (lambda contents, manifest: contents.update({MANIFEST: b"[" * 100_000}), MANIFEST),
    "the last row cut off": (
        lambda contents, manifest: rewrite(contents, manifest, TABLE, b'[1,"apple"]\n[2,"pe'),
        "cut off",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_changed_and_sealed_backup_is_refused_by_name(good, tmp_path, attack):
    change, named = ATTACKS[attack]
    changed(good, tmp_path / "bad.zip", change)
    with pytest.raises(Damaged) as refusal, Reader(tmp_path / "bad.zip") as backup:
        backup.check()
        list(backup.lines(backup.manifest.tables[0]))
    assert named in str(refusal.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(good, tmp_path):
    changed(good, tmp_path / "bad.zip", lambda contents, manifest: None, twice=FILE)
    with pytest.raises(Damaged, match="twice"):
        Reader(tmp_path / "bad.zip")


def test_names_that_differ_in_capital_letters_only_are_refused(good, tmp_path):
    def change(contents, manifest):
        contents[FILE.upper().replace("FILES", "files")] = contents[FILE]
        manifest["files"].append(manifest["files"][0] | {"name": FILE.upper().replace("FILES", "files")})

    changed(good, tmp_path / "bad.zip", change)
    with pytest.raises(Damaged, match="capital"):
        Reader(tmp_path / "bad.zip")


def test_a_bomb_ends_where_the_manifest_said(good, tmp_path):
    """A part of 50 MB of zeros that claims to be small is refused by the sizes in the zip, before it is unpacked."""
    changed(good, tmp_path / "bad.zip", lambda contents, manifest: contents.update({FILE: b"\0" * 50_000_000}))
    with pytest.raises(Damaged, match="size"):
        Reader(tmp_path / "bad.zip")


def test_a_bomb_that_is_honest_about_its_size_is_refused_before_it_is_unpacked(good, tmp_path):
    def change(contents, manifest):
        rewrite(contents, manifest, FILE, b"\0" * 20_000_000)

    changed(good, tmp_path / "bad.zip", change)
    assert (tmp_path / "bad.zip").stat().st_size < 30_000
    with pytest.raises(Damaged, match=f"{FILE} would grow to 20 MB"):
        Reader(tmp_path / "bad.zip")


def test_a_link_is_no_file(good, tmp_path):
    with zipfile.ZipFile(good) as archive:
        contents = {entry: archive.read(entry) for entry in archive.infolist()}
    for entry in contents:
        if entry.filename == FILE:
            entry.external_attr = 0o120777 << 16
    seal(tmp_path / "bad.zip", contents)
    with pytest.raises(Damaged, match="kind"):
        Reader(tmp_path / "bad.zip")


@pytest.mark.parametrize(
    ("name", "plain"),
    [("reports/1.pdf", True), ("a/b/c", True), ("relatório.pdf", True), ("", False), (".", False), ("..", False),
     ("a/../b", False), ("/a", False), ("a//b", False), ("a/", False), ("./a", False), (".a", False), ("a./b", False),
     ("a /b", False), ("a:b", False), ("a\\b", False), ("a\u202eb", False), ("a\x00", False)],
)  # fmt: skip
def test_a_plain_path_stays_below_its_folder_on_every_system(name, plain):
    assert is_plain_path(name) is plain
