"""A report whose worker is killed, that is asked for several times at once, or while Redis is away: real processes."""

from __future__ import annotations

import hashlib
import os
import signal
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from tests import services
from tests.faults.installation import (
    LEASE_SECONDS,
    Installation,
    Visitor,
    installed,
    kill_group,
    own_database,
    report_number,
    wait_until,
)

pytestmark = pytest.mark.services

DONE_WITHIN_SECONDS = 60 + LEASE_SECONDS


@pytest.fixture(scope="module", params=["embedded", "servers"])
def installation(request, tmp_path_factory):
    """The demo with a web process and a reaper, without a worker: SQLite and files, or PostgreSQL and Redis."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with installed(folder) as installation:
            yield served(installation)
        return
    redis_url = urllib.parse.urlsplit(request.getfixturevalue("redis_url"))._replace(path="/5").geturl()
    server_url = request.getfixturevalue("postgresql_url")
    with own_database(server_url) as database_url, installed(folder, database_url, redis_url) as installation:
        yield served(installation)


def served(installation: Installation) -> Installation:
    installation.start_reaper()
    installation.visitor = installation.start_web()
    return installation


@pytest.fixture
def worker(installation):
    """A worker that ends with the test."""
    worker = installation.start_worker()
    yield worker
    kill_group(worker)


def latest_assessment(installation: Installation) -> int:
    return installation.rows("SELECT assessment_id FROM assessment_result ORDER BY closed_at DESC")[0][0]


def documents_of(report: int) -> list[str]:
    """The two files of a report: the page and the PDF."""
    return [f"reports/{report}.html", f"reports/{report}.pdf"]


def stored(installation: Installation, report: int) -> tuple[str, str, int]:
    """File, checksum and size of a report, as the database says."""
    return installation.rows(f"SELECT file, sha256, size FROM reports_report WHERE id = {report}")[0]


def the_best_plan_is_known(installation) -> None:
    """A report waits for the exact plan: let that happen before, not in between."""
    installation.visitor.ask_for_report(latest_assessment(installation), "pt-br")
    waiting = "SELECT kind, state FROM jobs_job WHERE state IN ('queued', 'running')"
    wait_until(lambda: not installation.rows(waiting), lambda: installation.rows(waiting), seconds=60)


def test_the_report_of_a_killed_worker_is_built_once_by_the_next(installation, worker, tmp_path):
    the_best_plan_is_known(installation)
    report = installation.visitor.ask_for_report(latest_assessment(installation), "en")
    installation.wait_for_job(report, lambda job: job.state == "running" and job.progress)
    kill_group(worker)
    killed = installation.job_of(report)
    assert (killed.state, killed.attempts) == ("running", 1)
    assert not [name for name in installation.files() if name.startswith(f"reports/{report}.")]

    second = installation.start_worker()
    job = installation.wait_for_job(report, lambda job: job.state == "done", DONE_WITHIN_SECONDS)
    kill_group(second)
    assert (job.attempts, job.token) == (2, 2)
    name, sha256, size = stored(installation, report)
    assert [file for file in installation.files() if file.startswith(f"reports/{report}")] == documents_of(report)
    pdf = (installation.folder / "files" / name).read_bytes()
    assert (hashlib.sha256(pdf).hexdigest(), len(pdf)) == (sha256, size)
    assert installation.visitor.get(f"/reports/{report}/file/")[1] == pdf
    printed = tmp_path / "printed.pdf"
    installation.manage("build_report", "--assessment", "latest", "--language", "en", "--output", str(printed))
    assert printed.read_bytes() == pdf


def test_nothing_of_a_killed_worker_stays_not_even_its_browser(installation):
    before = set(installation.remaining())
    worker = installation.start_worker()
    report = installation.visitor.ask_for_report(latest_assessment(installation), "pt-br", "consultant")
    installation.wait_for_job(report, lambda job: job.progress.get("step", 0) > 1)  # the first chart is drawn
    assert len(installation.remaining()) > len(before)
    kill_group(worker)
    wait_until(lambda: set(installation.remaining()) <= before, installation.remaining, seconds=10)


def test_a_report_asked_for_three_times_at_once_is_one_job_and_one_document(installation, worker):
    assessment = installation.rows("SELECT assessment_id FROM assessment_result ORDER BY closed_at")[0][0]
    path = f"/assessments/{assessment}/reports/"
    form = installation.visitor.form(path, language="en")
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: installation.visitor.get(path, form), range(3)))
    (report,) = {report_number(address) for address, _page in answers}
    job = installation.wait_for_job(report, lambda job: job.state == "done")
    assert (job.attempts, job.token) == (1, 1)
    of_result = "FROM reports_report r JOIN assessment_result e ON e.id = r.result_id"
    assert installation.rows(f"SELECT count(*) {of_result} WHERE e.assessment_id = {assessment}") == [(1,)]
    assert [file for file in installation.files() if file.startswith(f"reports/{report}")] == documents_of(report)


def test_a_report_can_be_asked_for_while_redis_hangs_or_is_gone_and_waits_for_a_worker(tmp_path):
    with services.redis() as redis_url, installed(tmp_path, redis_url=redis_url) as installation:
        visitor, server = installation.start_web(), redis.Redis.from_url(redis_url)
        path = f"/assessments/{latest_assessment(installation)}/reports/"
        forms = {language: visitor.form(path, language=language) for language in ("en", "pt-br")}
        process = server.info("server")["process_id"]
        os.kill(process, signal.SIGSTOP)  # it hangs: the system accepts connections, nobody answers
        waits_for_a_worker(installation, *answer_within_seconds(10, visitor, path, forms["en"]))
        os.kill(process, signal.SIGCONT)
        server.shutdown(nosave=True)
        waits_for_a_worker(installation, *answer_within_seconds(10, visitor, path, forms["pt-br"]))


def answer_within_seconds(seconds: float, visitor: Visitor, path: str, form: bytes) -> tuple[str, bytes]:
    begun = time.monotonic()
    answer = visitor.get(path, form)
    assert time.monotonic() - begun < seconds
    return answer


def waits_for_a_worker(installation: Installation, address: str, page: bytes) -> None:
    assert b"Waiting for the best plan" in page
    job = installation.job_of(report_number(address))
    assert (job.state, job.attempts) == ("queued", 0)
