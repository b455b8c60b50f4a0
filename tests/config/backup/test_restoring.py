"""Restoring changes everything or nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.utils import timezone

from assessment.models import Answer, Assessment, Result, Revision
from config.backup import places, restoring
from config.backup.archive import Damaged, Reader
from config.backup.making import make
from config.backup.tables import NewerVersion
from jobs.heartbeat import beat
from jobs.models import Heartbeat
from organizations.models import Membership, Organization, Team, User
from tests.assessment.rooms import opened, save
from tests.cast import NOW
from tests.config.backup.samples import RELEASES, changed, edit_rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("migrations_repeated")]

RELEASE = RELEASES[-1]


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """A media directory for each test."""
    settings.MEDIA_ROOT = tmp_path / "files"


def data() -> dict[str, list]:
    """Every row of every table, but for what a backup leaves out."""
    models = [model for model in apps.get_models(include_auto_created=True) if model not in (Session, Heartbeat)]
    return {model._meta.label: list(model.objects.order_by("pk").values_list()) for model in models}


def files() -> dict[str, bytes]:
    root = Path(settings.MEDIA_ROOT)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def put(name: str, content: bytes) -> None:
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def traces() -> list[str]:
    """What an unfinished restore would leave behind."""
    found = [str(path) for path in Path(settings.MEDIA_ROOT).glob(".*")]
    if connection.vendor == "sqlite":
        folder = Path(connection.settings_dict["NAME"]).parent
        return found + [str(path) for path in folder.glob("ladder_restoring_*")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'ladder_restoring')")
        return found + [name for (name,) in cursor.fetchall()]


def structure() -> list[tuple]:
    """Every table with its constraints and indexes, in the database's own words."""
    if connection.vendor == "sqlite":
        asked = ["SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"]
    else:
        asked = [
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = current_schema()::regnamespace",
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
            "SELECT table_name, column_name, data_type, is_nullable, is_identity FROM information_schema.columns "
            "WHERE table_schema = current_schema()",
        ]
    with connection.cursor() as cursor:
        return sorted(row for query in asked for row in (cursor.execute(query), cursor.fetchall())[1])


def restore(path, *, replace=False, verify=True):
    return restoring.restore(path, replace=replace, verify=verify)


def test_backup_wipe_and_restore_give_the_same_rows_and_files(cast, tmp_path):
    save(cast.alice, opened(cast))
    put("reports/7.pdf", b"%PDF-1.7")
    put("reports/7-3.part", b"half")
    before = data()
    manifest = make(tmp_path / "x.zip", now=NOW)
    assert manifest.rows == sum(map(len, before.values()))
    Organization.objects.all().delete()
    User.objects.all().delete()
    put("reports/7.pdf", b"gone wrong")
    restored = restore(tmp_path / "x.zip")
    assert data() == before
    assert (Path(settings.MEDIA_ROOT) / "reports/7.pdf").read_bytes() == b"%PDF-1.7"
    assert not restored.upgraded
    assert traces() == [str(restored.set_aside)]


def test_a_file_that_was_in_the_way_is_set_aside_where_there_are_no_data(cast, tmp_path):
    make(tmp_path / "x.zip", now=NOW)
    Organization.objects.all().delete()
    User.objects.all().delete()
    put("reports/8.pdf", b"nobody's")
    restored = restore(tmp_path / "x.zip")
    assert (restored.set_aside / "reports/8.pdf").read_bytes() == b"nobody's"


def test_data_are_replaced_only_when_asked_for(cast, tmp_path):
    make(tmp_path / "x.zip", now=NOW)
    Team.objects.filter(pk=cast.atlas.pk).update(name="Later")
    put("reports/9.pdf", b"later")
    before = data()
    with pytest.raises(restoring.NotEmpty):
        restore(tmp_path / "x.zip")
    assert (data(), list(files())) == (before, ["reports/9.pdf"])
    restored = restore(tmp_path / "x.zip", replace=True)
    assert Team.objects.get(pk=cast.atlas.pk).name == "Atlas"
    assert (files(), restored.set_aside, traces()) == ({}, None, [])


def test_new_rows_come_after_the_restored_ones_in_tables_like_those_before(cast, tmp_path):
    before = structure()
    make(tmp_path / "x.zip", now=NOW)
    restore(tmp_path / "x.zip", replace=True)
    assert structure() == before
    last = Organization.objects.order_by("pk").last().pk
    assert Organization.objects.create(name="New").pk == last + 1


def test_sessions_end_with_a_restore(cast, client, tmp_path):
    client.force_login(cast.olivia)
    make(tmp_path / "x.zip", now=NOW)
    assert "session" not in "".join(zipfile.ZipFile(tmp_path / "x.zip").namelist())
    restore(tmp_path / "x.zip", replace=True)
    assert client.get("/account/").status_code == 302


def test_a_worker_that_lives_keeps_its_data(cast, tmp_path):
    if connection.vendor == "sqlite":
        pytest.skip("the lock of the data directory says whether anybody is at work")
    make(tmp_path / "x.zip", now=NOW)
    beat(worker="reports@here", now=timezone.now())
    with pytest.raises(restoring.WorkersAlive):
        restore(tmp_path / "x.zip", replace=True)
    assert User.objects.exists()


def first(table, column, value):
    """Give the first row of a table another value."""

    def change(contents, manifest):
        edit_rows(contents, manifest, table, lambda rows, columns: rows[0].__setitem__(columns.index(column), value))

    return change


def without(table):
    def change(contents, manifest):
        del contents[f"tables/{table}.jsonl"]
        manifest["tables"] = [part for part in manifest["tables"] if part["table"] != table]

    return change


def say_migrations(app, names):
    return lambda contents, manifest: manifest["migrations"].__setitem__(app, names)


# Backups whose seals, hashes and counts fit, and that must not get in all the same.
ATTACKS = {
    "a row that belongs to nobody": (first("assessment_answer", "respondent_id", 999_999), "contradict"),
    "a level that doesn't exist": (first("assessment_answer", "level", 9), "contradict"),
    "two people with one address": (
        lambda contents, manifest: edit_rows(
            contents, manifest, "organizations_user",
            lambda rows, columns: rows[1].__setitem__(columns.index("email"), rows[0][columns.index("email")]),
        ),
        "contradict",
    ),
    "a number that is a word": (first("organizations_team", "people", "seven"), "organizations_team"),
    "nothing where something must be": (first("organizations_team", "name", None), "contradict"),
    "a table missing": (without("jobs_job"), "jobs_job"),
    "migrations that don't build on each other": (
        say_migrations("organizations", ["0001_start", "0001_start"]), "migrations"),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_backup_that_contradicts_itself_changes_nothing(cast, tmp_path, attack):
    change, named = ATTACKS[attack]
    bad = changed(RELEASE, tmp_path / "bad.zip", change)
    put("reports/1.pdf", b"ours")
    before = data()
    with pytest.raises(Damaged) as refusal:
        restore(bad, replace=True)
    assert named in str(refusal.value)
    assert (data(), files(), traces()) == (before, {"reports/1.pdf": b"ours"}, [])


def test_a_backup_of_a_newer_version_changes_nothing(cast, tmp_path):
    newer = changed(RELEASE, tmp_path / "newer.zip", say_migrations("assessment", ["0001_start", "0099_flying"]))
    before = data()
    with pytest.raises(NewerVersion, match=r"assessment\.0099_flying"):
        restore(newer, replace=True)
    with pytest.raises(NewerVersion):
        restoring.check(newer)
    assert data() == before


@pytest.mark.parametrize("step", ["take_place", "comparing", "a full disk"])
def test_a_failure_at_the_last_moment_changes_nothing(cast, tmp_path, monkeypatch, step):
    def fail(*_arguments, **_more):
        raise OSError("no space left on device")

    kind = places.FileBeside if connection.vendor == "sqlite" else places.SchemaBeside
    where = {"take_place": (kind, "take_place"), "comparing": (restoring, "_compare"), "a full disk": (Reader, "copy")}
    earlier = changed_since(tmp_path)
    before = data()
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space"):
        patch.setattr(*where[step], fail)
        restore(earlier, replace=True)
    assert (data(), files(), traces()) == (before, {"reports/1.pdf": b"ours"}, [])


def changed_since(folder: Path) -> Path:
    """A backup of this version's, after which rows and a file were changed: restoring it would show, and is quick."""
    put("reports/1.pdf", b"theirs")
    make(folder / "earlier.zip", now=NOW)
    Team.objects.update(people=99)
    put("reports/1.pdf", b"ours")
    return folder / "earlier.zip"


def test_what_was_written_is_compared_when_asked_for(cast, tmp_path, monkeypatch):
    insert = restoring.insert

    def forgetful(model, columns, lines):
        written = insert(model, columns, lines)
        if model._meta.db_table == "organizations_team":
            model.objects.update(people=99)
        return written

    monkeypatch.setattr(restoring, "insert", forgetful)
    before = data()
    with pytest.raises(restoring.NotTheSame, match="organizations_team"):
        restore(RELEASE, replace=True)
    assert data() == before


def test_one_restore_at_a_time_on_a_database_server(cast):
    if connection.vendor == "sqlite":
        pytest.skip("the lock of the data directory keeps a second one off")
    with (
        places.standing_in(connection.settings_dict),
        places.beside(),
        places.standing_in(connection.settings_dict),
        pytest.raises(places.Busy),
        places.beside(),
    ):
        pytest.fail("a second restore began")


def test_a_database_that_somebody_keeps_locked_is_left_alone(cast, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "LOCK_WAIT_SECONDS", 1)
    earlier = changed_since(tmp_path)
    before = data()
    with places.standing_in(places.copy.deepcopy(connection.settings_dict)) as holder:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN" if holder.vendor == "postgresql" else "BEGIN IMMEDIATE")
            cursor.execute("UPDATE organizations_team SET people = people")
        with (
            places.standing_in(places.copy.deepcopy(connection.settings_dict)),
            pytest.raises(OperationalError, match="lock"),
        ):
            restore(earlier, replace=True)
        with holder.cursor() as cursor:
            cursor.execute("ROLLBACK")
    assert (data(), traces()) == (before, [])


def test_a_snapshot_stays_as_it_was_while_others_write(cast):
    with places.snapshot():
        first = Membership.objects.count()
        with places.standing_in(places.copy.deepcopy(connection.settings_dict) | {"OPTIONS": _writing()}):
            Membership.objects.filter(user__name="Dave").delete()
        assert Membership.objects.count() == first
    assert Membership.objects.count() == first - 1


def _writing() -> dict:
    return {"timeout": 5} if connection.vendor == "sqlite" else {}


def test_the_rows_of_a_restored_release_hang_together(db):
    restore(RELEASE, verify=True)
    assert (Assessment.objects.count(), Result.objects.count()) == (7, 6)
    for answer in Answer.objects.all():
        assert Revision.objects.filter(answer=answer).count() == answer.version
