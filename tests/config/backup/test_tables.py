"""Every table of the product is in a backup, or it is said why not; rows come back as they were."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from django.apps import apps
from django.db import connection

from config.backup.archive import Damaged
from config.backup.tables import (
    LEFT_OUT,
    NewerVersion,
    _plain,
    applied_migrations,
    check_known,
    columns_of,
    insert,
    label,
    lines_of,
    models_at,
    reset_sequences,
)
from organizations.models import AuditEvent, Organization, User


def covered() -> dict[str, type]:
    return {label(model): model for model in models_at(applied_migrations())}


def test_every_table_of_the_database_is_covered_or_left_out_for_a_reason(db):
    left_out = {model._meta.db_table for model in apps.get_models() if label(model) in LEFT_OUT}
    tables = set(connection.introspection.table_names())
    in_backup = {model._meta.db_table for model in covered().values()}
    assert tables - in_backup - left_out == {"django_migrations"}, "no backup would hold this table"
    assert in_backup - tables == set()


def test_every_model_is_covered_with_all_its_columns(db):
    known = covered()
    for model in apps.get_models(include_auto_created=True):
        if label(model) not in LEFT_OUT:
            assert columns_of(known[label(model)]) == columns_of(model), label(model)


def test_no_reason_is_about_a_model_of_ours_that_is_gone():
    ours = {name for name in LEFT_OUT if apps.is_installed(name.split(".")[0])}
    assert ours == {"jobs.Heartbeat"}
    apps.get_model("jobs.Heartbeat")


HOSTILE = [
    "", " ", "\n", "null", "a,b\"c'd", "\u2028\u2029", "\U0001f9f9 \u202e", "=1+1", "\\u0000",
    "ação", "x" * 100_000, "\x1b[2J",
]  # fmt: skip


def test_rows_come_back_as_they_were(cast):
    """Text of all kinds, times to the microsecond, numbers that no float holds exactly, nothing where nothing was."""
    details = [None, 0.1, 1e-7, 12345678901234567890, True, {"b": [1, 2.5], "a": "→"}]
    for number, text in enumerate(HOSTILE):
        at = datetime(2026, 7, 1, 9, 0, 0, number, tzinfo=timezone(timedelta(hours=-3)))
        detail = {"text": text, "nested": details}
        AuditEvent.objects.create(organization=cast.house, action="x", subject=text[:200], detail=detail, at=at)
    before = list(AuditEvent.objects.order_by("pk").values_list())
    model = covered()["organizations.AuditEvent"]
    lines = list(lines_of(model))
    AuditEvent.objects.all().delete()
    assert insert(model, columns_of(model), lines) == len(HOSTILE)
    assert list(AuditEvent.objects.order_by("pk").values_list()) == before
    assert list(lines_of(model)) == lines
    assert all(line.isascii() and line.count(b"\n") == 1 for line in lines)


def test_a_row_keeps_its_time_of_creation(cast):
    created = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    Organization.objects.filter(pk=cast.elsewhere.pk).update(created_at=created)
    model = covered()["organizations.Organization"]
    lines = [line for line in lines_of(model) if b"Elsewhere" in line]
    Organization.objects.filter(pk=cast.elsewhere.pk).delete()
    insert(model, columns_of(model), lines)
    assert Organization.objects.get(pk=cast.elsewhere.pk).created_at == created


def test_new_rows_are_numbered_after_restored_ones(db):
    model = covered()["organizations.Organization"]
    line = b'["2026-07-01T09:00:00+00:00","BRL",4000,false,"en","Far","9000.50",false,"UTC"]\n'
    insert(model, columns_of(model), [line])
    reset_sequences([model])
    assert Organization.objects.create(name="Next").pk == 4001


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (datetime(2026, 7, 1, 9, 0, 0, 1, tzinfo=timezone(timedelta(hours=-3))), "2026-07-01T12:00:00.000001+00:00"),
        (date(2026, 7, 1), "2026-07-01"),
        (time(9, 30), "09:30:00"),
        (timedelta(days=1, microseconds=5), "P1DT00H00M00.000005S"),
        (Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\x00\xff", "AP8="),
    ],
)
def test_values_have_one_spelling(value, plain):
    assert _plain(value) == plain


def test_a_value_that_nobody_thought_of_stops_the_backup():
    with pytest.raises(TypeError, match="complex"):
        _plain(1j)


@pytest.mark.parametrize(
    "line",
    [b"{}\n", b"[]\n", b"[1,2]\n", b"not json\n", b"\xff\n",
     b'["2026-07-01T09:00:00+00:00",1,"maybe","en","n","UTC"]\n',
     b'["yesterday",1,false,"en","n","UTC"]\n', b'["2026-07-01T09:00:00+00:00",1,false,"en",{"a":1},"UTC"]\n',
     b'["2026-07-01T09:00:00+00:00",[1],false,"en","n","UTC"]\n', b"[" * 100_000 + b"\n"],
)  # fmt: skip
def test_a_line_that_fits_no_row_is_refused(db, line):
    model = covered()["organizations.Organization"]
    with pytest.raises(Damaged, match="organizations_organization"):
        insert(model, columns_of(model), [line])


def test_columns_of_another_release_are_refused(db):
    model = covered()["organizations.Organization"]
    for columns in (["id"], [*columns_of(model), "more"], [*columns_of(model), "id"]):
        with pytest.raises(Damaged, match="columns"):
            insert(model, columns, [])


def test_data_of_a_newer_version_are_named(db):
    with pytest.raises(NewerVersion, match=r"organizations\.9999_flying"):
        check_known(applied_migrations() | {"organizations": ["0001_start", "9999_flying"]})
    assert User.objects.count() == 0
