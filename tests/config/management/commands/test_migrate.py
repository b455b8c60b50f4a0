"""Migrating gives up soon when a table is in use, and says so."""

from __future__ import annotations

import contextlib
import time

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.faults.installation import Installation, own_database


def test_a_migration_waits_three_seconds_for_a_table_and_says_so(postgresql_url, tmp_path):
    with own_database(postgresql_url) as url:
        installation = Installation(tmp_path, url)
        installation.manage("migrate", "--verbosity", "0")
        installation.manage("migrate", "assessment", "0001", "--verbosity", "0")
        with contextlib.closing(psycopg2.connect(url)) as reader:
            reader.cursor().execute("SELECT 1 FROM assessment_answer")  # and the transaction stays open
            begun = time.monotonic()
            with pytest.raises(AssertionError, match="A table is in use: the migration waited 3s"):
                installation.manage("migrate")
            assert 3 <= time.monotonic() - begun < 60
        installation.manage("migrate", "--verbosity", "0")
        assert installation.rows("SELECT count(*) FROM assessment_answer") == [(0,)]


def test_the_limit_ends_with_the_command(transactional_db):
    call_command("migrate", verbosity=0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)


def test_other_faults_stay_what_they_are(db):
    with pytest.raises(CommandError, match="nowhere"):
        call_command("migrate", "nowhere", verbosity=0)
