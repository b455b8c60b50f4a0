"""`manage.py backup` and `restore` as somebody types them: what they print, refuse, and change."""

from __future__ import annotations

import io
import os
from types import SimpleNamespace

import pytest
from django.conf import settings as live
from django.core.management import CommandError, call_command

from config.supervisor import claim_data
from organizations.models import Organization, Team, User
from tests.config.backup.samples import RELEASES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("migrations_repeated")]


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    settings.MEDIA_ROOT = settings.DATA / "files"


def say(command: str, *arguments, **options) -> str:
    output = io.StringIO()
    call_command(command, *map(str, arguments), stdout=output, **options)
    return output.getvalue()


def refusal(command: str, *arguments, **options) -> str:
    """What the command says when it refuses, with exit code 2."""
    with pytest.raises(CommandError) as error:
        say(command, *arguments, **options)
    assert error.value.returncode == 2
    return str(error.value)


def wipe() -> None:
    Organization.objects.all().delete()
    User.objects.all().delete()


def test_a_backup_says_what_it_holds_and_restores_to_the_same(cast, tmp_path):
    path = tmp_path / "x.zip"
    said = say("backup", path)
    assert "rows of" in said and "and 0 files" in said and str(path) in said
    wipe()
    assert "read back and compared" in say("restore", path, verify=True)
    assert set(Team.objects.values_list("name", flat=True)) == {"Atlas", "Boreal", "Comet"}
    assert (live.DATA / "started").exists()


def test_a_backup_goes_through_pipes(cast, tmp_path, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: False, buffer=written))
    call_command("backup", "-", stderr=io.StringIO())
    wipe()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(written.getvalue())))
    say("restore", "-")
    assert Team.objects.count() == 3
    assert [path.name for path in live.DATA.iterdir() if path.name.startswith(("backup", "restore"))] == []


def test_an_earlier_file_is_replaced_by_a_whole_one_only(cast, tmp_path, monkeypatch):
    path = tmp_path / "x.zip"
    path.write_bytes(b"the last good one")
    monkeypatch.setattr("config.backup.making._documents", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        say("backup", path)
    assert path.read_bytes() == b"the last good one"
    assert [entry.name for entry in tmp_path.iterdir() if "part" in entry.name] == []
    monkeypatch.undo()
    say("backup", path)
    assert "in order" in say("restore", path, check=True)


def test_places_where_no_file_can_be_are_named(cast, tmp_path):
    assert "is a directory" in refusal("backup", tmp_path)
    assert "no directory" in refusal("backup", tmp_path / "nowhere" / "x.zip")
    assert "no file" in refusal("restore", tmp_path / "x.zip")


def test_a_damaged_file_is_refused_in_one_line(cast, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(RELEASES[0].read_bytes()[:-1])
    said = refusal("restore", path, replace=True)
    assert "complete backup" in said and "Nothing was changed." in said and "\n" not in said
    assert Team.objects.count() == 3


def test_data_that_are_here_are_kept_unless_replaced(cast, tmp_path):
    assert "--replace" in refusal("restore", RELEASES[0])
    assert Team.objects.count() == 3
    said = say("restore", RELEASES[0], replace=True)
    assert "702 rows of 23 tables and 1 files" in said
    assert Organization.objects.get().is_demo


def test_checking_changes_nothing(cast):
    assert "in order" in say("restore", RELEASES[0], check=True)
    assert Team.objects.count() == 3


def test_while_the_product_serves_these_data_nothing_is_restored(cast):
    descriptor = claim_data(live.DATA, "http://127.0.0.1:8000")
    try:
        assert "Already running" in refusal("restore", RELEASES[0], replace=True)
    finally:
        os.close(descriptor)
    assert Team.objects.count() == 3
