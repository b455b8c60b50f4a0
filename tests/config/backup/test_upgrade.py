"""Data of earlier releases come through the migrations whole."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from assessment.models import Answer, Result
from assessment.scorecard import Scorecard
from assessment.scoring import score
from config.backup import restoring
from config.backup.archive import Reader
from config.backup.making import make
from reports import files
from reports.models import Report
from tests.assessment.frozen import framework_of, hash_of, speakers_of
from tests.cast import NOW
from tests.config.backup.samples import RELEASES

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("migrations_repeated")]


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def release(request, settings, tmp_path):
    """A release's data, brought to the present version; its file."""
    settings.MEDIA_ROOT = tmp_path / "files"
    restoring.restore(request.param, replace=False, verify=True)
    return request.param


def rows_of(path: Path) -> Counter:
    with Reader(path) as backup:
        return Counter({part.table: part.rows for part in backup.manifest.tables})


def values_of(path: Path, table: str) -> list[dict]:
    with Reader(path) as backup:
        (part,) = [part for part in backup.manifest.tables if part.table == table]
        return [dict(zip(part.columns, json.loads(line), strict=True)) for line in backup.lines(part)]


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
        return cursor.fetchone()[0]


# What migrating adds by itself: one row for each new model and its permissions.
GROWS = {"django_content_type", "auth_permission"}
RENAMED = {"reports_roadmap": "reports_scenario"}
"""Tables whose rows stand elsewhere today."""


def test_nothing_is_lost_on_the_way_and_people_go_on_as_before(release, client, settings, tmp_path):
    """Every row, what each answer says, each result to the last bit, and the documents; on one upgraded database."""
    no_row_is_lost_or_added(release)
    each_answer_says_what_it_said(release)
    each_result_is_what_it_was_and_can_still_be_checked(release)
    the_documents_are_there()
    assert release.stat().st_size < 300_000
    migrating_twice_changes_nothing(tmp_path)
    people_sign_in_and_read_as_before(client, settings)


def no_row_is_lost_or_added(release: Path) -> None:
    for table, rows in rows_of(release).items():
        found = count(RENAMED.get(table, table))
        assert found == rows or (table in GROWS and found > rows), table


def each_answer_says_what_it_said(release: Path) -> None:
    said = (
        "question_key",
        "state",
        "level",
        "partly",
        "reason",
        "note",
        "evidence_url",
        "evidence_strength",
        "version",
    )
    before = [[row[name] for name in said] for row in values_of(release, "assessment_answer")]
    assert list(map(list, Answer.objects.order_by("pk").values_list(*said))) == before


def each_result_is_what_it_was_and_can_still_be_checked(release: Path) -> None:
    before = {row["id"]: row for row in values_of(release, "assessment_result")}
    assert len(before) == Result.objects.count() > 0
    for result in Result.objects.all():
        was = before[result.pk]
        for name in ("scores", "scorecard", "answers", "input_hash", "framework_hash", "algorithm", "team_name"):
            assert getattr(result, name) == was[name], name
        assert hash_of(result) == result.input_hash
        card = score(framework_of(result), speakers_of(result), result.form, result.framework_hash).as_dict()
        assert Scorecard.from_dict(card).overall == Scorecard.from_dict(result.scorecard).overall


def the_documents_are_there() -> None:
    built = Report.objects.exclude(file="")
    assert built
    for report in built:
        pdf = files.path_of(report).read_bytes()
        assert (hashlib.sha256(pdf).hexdigest(), len(pdf)) == (report.sha256, report.size)


def people_sign_in_and_read_as_before(client, settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    assert client.login(username="olivia@demo.example", password="correct horse battery")
    assert client.get("/").status_code == 200
    for result in Result.objects.all():
        for page in ("results", "roadmap", "reports"):
            assert client.get(reverse(page, args=[result.assessment_id])).status_code == 200, page


def migrating_twice_changes_nothing(tmp_path) -> None:
    first = make(tmp_path / "first.zip", now=NOW)
    call_command("migrate", interactive=False, verbosity=0)
    second = make(tmp_path / "second.zip", now=NOW)
    assert first == second
