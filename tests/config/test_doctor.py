"""What the doctor finds, part by part, and that nothing keeps it waiting."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from config import doctor
from config.env import ROOT
from jobs import heartbeat
from jobs.models import Heartbeat, Job
from reports import browser as charts
from tests import services

GB = 1024**3


def states(part) -> list[str]:
    return [finding.state for finding in part()]


def only(part) -> doctor.Finding:
    [finding] = part()
    return finding


# --- database and background work -------------------------------------------------------------------------------------


def test_a_database_that_can_be_written_is_left_as_it_was(transactional_db):
    found = [finding for finding in doctor.database() if finding.state == "ok"]
    assert "answers and can be written" in found[0].says
    assert not Heartbeat.objects.exists()


def test_a_database_that_refuses_writing_has_failed(transactional_db, monkeypatch):
    def refused(**_given):
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Heartbeat.objects, "create", refused)
    assert only(doctor.database).state == "failed"


def test_made_migrations_are_well_and_those_to_come_have_failed(db, monkeypatch):
    assert only(doctor.migrations).says == "all made"
    monkeypatch.setattr(doctor.MigrationExecutor, "migration_plan", lambda self, targets: [("jobs.0009_x", False)])
    assert only(doctor.migrations).fix == "Run manage.py migrate."


def test_a_database_of_a_newer_version_has_failed(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('jobs', '0999_of_tomorrow', %s)",
            [timezone.now()],
        )
    found = only(doctor.migrations)
    assert (found.state, "newer" in found.says, "0999_of_tomorrow" in found.says) == ("failed", True, True)


@pytest.mark.parametrize(("off", "state"), [(0.5, "ok"), (5, "warning"), (-5, "warning"), (60, "failed")])
def test_clocks_that_differ_are_told_before_leases_fail(db, monkeypatch, off, state):
    class Cursor:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def execute(self, query):
            assert "clock" in query

        def fetchone(self):
            return (datetime.now(UTC) + timedelta(seconds=off),)

    class Elsewhere:
        vendor = "postgresql"
        cursor = Cursor

    monkeypatch.setattr(doctor, "connection", Elsewhere)
    assert only(doctor.clock).state == state


def test_a_worker_is_missed_and_work_that_waits_long_is_told_with_its_queue(db):
    assert states(doctor.worker) == ["warning"]
    heartbeat.beat(worker="celery@one", now=timezone.now())
    assert states(doctor.worker) == ["ok"]
    asked = timezone.now() - timedelta(minutes=7)
    Job.objects.create(kind="report", key="r", queue="reports", created_at=asked)
    found = list(doctor.worker())
    assert [finding.state for finding in found] == ["ok", "warning"]
    assert "reports waits since 7 min" in found[1].says


def test_a_broker_in_files_is_well_and_one_that_is_away_has_failed(settings, monkeypatch):
    settings.REDIS_URL = ""
    monkeypatch.setattr(doctor.messages, "is_reachable", lambda: True)
    assert only(doctor.broker).state == "ok"
    monkeypatch.setattr(doctor.messages, "is_reachable", lambda: False)
    assert only(doctor.broker).state == "failed"


def test_a_redis_that_may_forget_is_told(settings, monkeypatch):
    with services.redis() as url:
        settings.REDIS_URL = url
        monkeypatch.setattr(doctor.messages, "is_reachable", lambda: True)
        assert states(doctor.broker) == ["ok"]
        server = doctor.redis.Redis.from_url(url)
        server.config_set("maxmemory-policy", "allkeys-lru")
        server.close()
        assert states(doctor.broker) == ["ok", "warning"]


# --- reports and the machine ------------------------------------------------------------------------------------------


def test_a_missing_browser_is_a_warning_with_what_to_install(monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    found = only(doctor.browser)
    assert found.state == "warning"
    assert "/nowhere/chromium" in found.says and "chromium-headless-shell" in found.fix


def test_a_program_that_is_no_browser_is_given_up_soon_and_leaves_nothing(tmp_path, monkeypatch):
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\nexec sleep 61\n")
    program.chmod(0o755)
    started = time.monotonic()
    with pytest.raises(charts.BrowserUnavailable, match="can't draw"):
        charts.Renderer(str(program)).try_out(1.0)
    assert time.monotonic() - started < 30


def test_fonts_and_what_is_built_are_there():
    assert (only(doctor.fonts).state, only(doctor.assets).state) == ("ok", "ok")


def test_what_was_not_built_is_named(settings, tmp_path):
    settings.WHITENOISE_USE_FINDERS, settings.STATIC_ROOT = False, str(tmp_path)
    found = only(doctor.assets)
    assert found.state == "failed" and "plotly.min.js" in found.says


@pytest.mark.parametrize(("free", "state"), [(50 * GB, "ok"), (GB, "warning"), (GB // 10, "failed")])
def test_a_disk_that_fills_up_is_told(monkeypatch, free, state):
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    assert only(doctor.disk).state == state


@pytest.mark.parametrize(("mode", "state"), [(0o700, "ok"), (0o770, "ok"), (0o755, "warning"), (0o707, "warning")])
def test_a_data_directory_that_strangers_may_enter_is_told(settings, tmp_path, mode, state):
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    settings.DATA.chmod(mode)
    assert only(doctor.data_directory).state == state


@pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o644, "failed")])
def test_a_secret_key_that_others_may_read_has_failed(settings, tmp_path, mode, state):
    settings.SECRET_KEY_GIVEN, settings.DATA = False, tmp_path
    (tmp_path / "secret_key").write_text("x" * 64)
    (tmp_path / "secret_key").chmod(mode)
    assert only(doctor.secret_key).state == state


@pytest.mark.parametrize(
    ("backend", "embedded", "state"),
    [("console", True, "ok"), ("console", False, "warning"), ("filebased", False, "warning")],
)
def test_messages_that_reach_nobody_are_told_in_production(settings, backend, embedded, state):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMBEDDED = embedded
    assert only(doctor.mail_server).state == state


def test_a_mail_server_that_does_not_answer_has_failed(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", services.free_port()
    found = only(doctor.mail_server)
    assert found.state == "failed" and str(settings.EMAIL_PORT) in found.says


def test_settings_that_are_refused_at_the_start_are_findings_with_their_remedy(settings):
    settings.METRICS_TOKEN = "short"
    found = [finding for finding in doctor.settings_in_force() if "ladder.E006" in finding.says]
    assert [finding.state for finding in found] == ["failed"]
    assert "openssl" in found[0].fix


# --- examining --------------------------------------------------------------------------------------------------------


def test_a_part_that_hangs_is_given_up_and_one_that_breaks_is_a_finding(monkeypatch):
    stop = threading.Event()

    def hanging():
        stop.wait(30)
        return []

    def broken():
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(doctor, "PARTS", {"disk": hanging, "mail": broken})
    monkeypatch.setattr(doctor, "PATIENCE_SECONDS", 0.2)
    hung, broke = (doctor.Examination(part).wait() for part in ("disk", "mail"))
    stop.set()
    assert (hung[0].state, hung[0].says) == ("failed", "No answer within 0 s.")
    assert (broke[0].state, broke[0].part, "ZeroDivisionError" in broke[0].says) == ("failed", "mail", True)


@pytest.mark.parametrize(
    ("found", "worst"), [([], "ok"), (["ok", "warning", "ok"], "warning"), (["failed", "warning"], "failed")]
)
def test_the_worst_finding_is_the_verdict(found, worst):
    assert doctor.verdict(doctor.Finding(state, "") for state in found) == worst


def run(folder, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    ours = ("LADDER_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "BROWSER_PATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment = kept | {"LADDER_DATA_DIR": str(folder), "BROWSER_PATH": "/nowhere", **variables}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110)


def test_the_command_prints_each_part_and_ends_with_the_worst_code(tmp_path):
    tmp_path.chmod(0o700)
    assert run(tmp_path, "migrate", "--skip-checks", "--verbosity", "0").returncode == 0
    done = run(tmp_path, "doctor", "--json")
    told = json.loads(done.stdout)
    found = {one["name"]: one["state"] for one in told["checks"]}
    assert set(found) == set(doctor.PARTS)
    assert {part for part, state in found.items() if state != "ok"} == {"worker", "browser"}
    assert (told["status"], done.returncode) == ("warning", 1)
    assert all(one["fix"] for one in told["checks"] if one["state"] != "ok")


def test_servers_that_accept_and_never_answer_do_not_keep_it_waiting(tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        port = silent.getsockname()[1]
        started = time.monotonic()
        done = run(
            tmp_path, "doctor",
            DATABASE_URL=f"postgres://u:p@127.0.0.1:{port}/n", REDIS_URL=f"redis://127.0.0.1:{port}/0",
            LADDER_EMAIL_URL=f"smtp://127.0.0.1:{port}",
        )  # fmt: skip
    assert done.returncode == 2
    assert time.monotonic() - started < 60
    lines = {line[9:24].strip(): line[:8].strip() for line in done.stdout.splitlines() if line[:1] != " "}
    assert (lines["database"], lines["broker"], lines["mail"]) == ("failed", "failed", "failed")
    assert lines["worker"] == "warning"
