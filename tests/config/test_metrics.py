"""The numbers for a Prometheus server: who may read them, what they count, and that several processes add up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from config import metrics
from config.env import ROOT
from config.management.commands.serve import web_command, web_environment
from config.supervisor import die_with_parent
from jobs import actions as jobs
from jobs import heartbeat
from jobs.models import Job
from tests.assessment.rooms import opened
from tests.services import free_port

TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = {"authorization": f"Bearer {TOKEN}"}


def samples(text: str) -> dict[tuple, float]:
    """(name, values of the labels in the order of their names) with the number."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def read(settings, db):
    """What a scrape reads now."""
    settings.METRICS_TOKEN = TOKEN

    def scrape() -> dict[tuple, float]:
        response = Client().get("/metrics", headers=BEARER)
        assert response.status_code == 200
        return samples(response.content.decode())

    return scrape


# --- who may read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}])
def test_without_the_token_there_is_nothing_here(db, client, settings, headers):
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers=headers).status_code == 404


def test_while_no_token_is_set_nobody_reads_not_even_with_an_empty_one(db, client):
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_where_this_machine_is_enough_a_proxy_on_it_is_not(db, client, settings):
    settings.METRICS_ON_LOOPBACK = True
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.7"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 404


# --- what they count --------------------------------------------------------------------------------------------------


def test_requests_are_counted_by_route_method_and_status(read, client):
    before = read()
    for _ in range(3):
        client.get("/healthz")
    client.get("/nowhere/17/")
    client.generic("BREW", "/healthz")
    after = read()
    gained = {key: after[key] - before.get(key, 0) for key in after if key[0] == "ladder_requests_total"}
    assert gained[("ladder_requests_total", "GET", "healthz", "200")] == 3
    assert gained[("ladder_requests_total", "GET", "none", "404")] == 1
    assert gained[("ladder_requests_total", "other", "none", "405")] == 1
    key = ("ladder_request_seconds_count", "GET", "healthz")
    assert after[key] - before.get(key, 0) == 3


def test_saves_and_conflicts_are_counted(read, cast, sign_in):
    client, assessment = sign_in(cast.alice), opened(cast)
    address = reverse("save-answer", args=[assessment.pk, "P09.1"])
    before = read()
    for version, choice in (("0", "2"), ("0", "3"), ("1", "4")):
        client.post(address, {"P09_1-choice": choice, "P09_1-version": version})
    after = read()
    keys = {outcome: ("ladder_saves_total", outcome) for outcome in ("saved", "conflict")}
    gained = {outcome: after[key] - before.get(key, 0) for outcome, key in keys.items()}
    assert gained == {"saved": 2, "conflict": 1}


def test_jobs_queues_and_workers_are_read_from_the_database(read):
    now = timezone.now()
    ages = {"a": 90, "b": 30}
    for key, seconds in ages.items():
        Job.objects.create(kind="report", key=key, queue="reports", created_at=now - timedelta(seconds=seconds))
    Job.objects.create(kind="mail", key="c", state="failed", created_at=now)
    heartbeat.beat(worker="celery@one", now=now - timedelta(seconds=5))
    heartbeat.beat(worker="celery@two", now=now - timedelta(seconds=300))
    found = read()
    assert found[("ladder_jobs", "report", "queued")] == 2
    assert found[("ladder_jobs", "mail", "failed")] == 1
    assert 90 <= found[("ladder_queue_age_seconds", "reports")] < 100
    assert found[("ladder_queue_age_seconds", "default")] == 0
    assert 5 <= found[("ladder_worker_seen_seconds", "celery@one")] < 15
    assert found[("ladder_workers_alive",)] == 1
    assert found[("ladder_database_up",)] == 1


def test_the_times_of_stages_add_up(read):
    jobs.add_stage_times(kind="report", seconds={"charts": 0.25, "pages": 1.5})
    jobs.add_stage_times(kind="report", seconds={"charts": 0.5})
    found = read()
    assert found[("ladder_stage_runs_total", "report", "charts")] == 2
    assert found[("ladder_stage_seconds_total", "report", "charts")] == 0.75
    assert found[("ladder_stage_seconds_total", "report", "pages")] == 1.5


def test_a_scrape_asks_four_queries_however_many_jobs_there_are(read):
    for number in range(30):
        Job.objects.create(kind=f"kind {number % 3}", key=str(number), created_at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        read()
    assert len(captured) == 4


def test_while_the_database_is_away_the_rest_can_be_read(read, client, monkeypatch):
    client.get("/healthz")

    def gone():
        raise OperationalError("connection refused")

    monkeypatch.setattr(Job.objects, "counts", gone)
    found = read()
    assert found[("ladder_database_up",)] == 0
    assert ("ladder_workers_alive",) not in found
    assert found[("ladder_requests_total", "GET", "healthz", "200")] >= 1


# --- several processes ------------------------------------------------------------------------------------------------


def test_the_directory_of_the_counts_is_emptied_and_never_somebody_elses(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = metrics.fresh_directory(8000)
    assert os.stat(folder).st_mode & 0o777 == 0o700
    (tmp_path / folder / "counter_1.db").write_bytes(b"old")
    assert metrics.fresh_directory(8000) == folder
    assert os.listdir(folder) == []
    os.rmdir(folder)
    os.symlink("/etc", folder)
    assert metrics.fresh_directory(8000) != folder


def answer(url: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as response:
        return response.read().decode()


def wait_until_serving(url: str, process: subprocess.Popen) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            answer(f"{url}/healthz")
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the web process doesn't serve")


@pytest.mark.skipif(sys.platform != "linux", reason="granian runs several processes there")
def test_whichever_of_several_processes_is_asked_tells_of_all(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LADDER_", "DATABASE", "REDIS"))}
    environment = kept | web_environment(port) | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LADDER_DATA_DIR": str(tmp_path / "data"),
        "LADDER_METRICS_TOKEN": TOKEN,
        "GRANIAN_WORKERS": "2",
    }  # fmt: skip
    process = subprocess.Popen(
        web_command("127.0.0.1", port), cwd=ROOT, env=environment, preexec_fn=die_with_parent, start_new_session=True
    )
    os.rmdir(environment[metrics.DIRECTORY_VARIABLE])  # as something that tidies the temporary directory does
    try:
        wait_until_serving(url, process)
        asked, end = 1, time.monotonic() + 60
        while asked < 41 or (len(counters(tmp_path)) < 2 and time.monotonic() < end):  # the second may come later
            answer(f"{url}/healthz")
            asked += 1
        seen = [samples(answer(f"{url}/metrics", Authorization=f"Bearer {TOKEN}")) for _ in range(4)]
    finally:
        process.terminate()
        process.wait(20)
    key = ("ladder_requests_total", "GET", "healthz", "200")
    assert all(one[key] >= asked for one in seen)
    assert len({one[key] for one in seen}) == 1
    assert len(counters(tmp_path)) == 2, "both processes answered"


def counters(folder: Path) -> list[Path]:
    """The file of each process that has answered."""
    return list(folder.glob("ladder-metrics-*/counter_*.db"))
