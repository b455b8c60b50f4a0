"""How a delivered message becomes a done, failed or returned job."""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from types import SimpleNamespace

import pytest
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from config.celery import app
from jobs import actions, broker, registry, tasks, work
from jobs.models import Job, StageTime
from jobs.registry import WorkFailed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_messages(monkeypatch):
    monkeypatch.setattr(broker, "publish", lambda job_id, queue: None)


@pytest.fixture
def handle(monkeypatch):
    """Let a function do the jobs of the kind `test`."""
    monkeypatch.setattr(registry, "_handlers", {})
    return lambda handler: registry.register("test", handler)


@pytest.fixture
def job():
    with transaction.atomic():
        return actions.enqueue(kind="test", key="test 1", payload={"report": 7}, now=timezone.now())


def raising(error):
    def handler(payload, context):
        raise error

    return handler


def test_a_handler_gets_its_payload_and_its_job(handle, job):
    seen = []
    handle(lambda payload, context: seen.append((payload, context.job.pk, context.job.token)))
    tasks.run(job.pk)
    assert seen == [({"report": 7}, job.pk, 1)]
    assert Job.objects.get().state == "done"


def test_progress_is_visible_while_the_handler_works(handle, job):
    seen = []

    def handler(payload, context):
        context.report("charts", 2, 4)
        seen.append(Job.objects.get().progress)

    handle(handler)
    tasks.run(job.pk)
    assert seen == [{"stage": "charts", "step": 2, "of": 4}]


def test_the_handlers_last_write_and_the_jobs_end_are_one_transaction(handle, job):
    def write_and_break():
        Job.objects.create(kind="artefact", key="artefact", created_at=timezone.now())
        raise ZeroDivisionError

    handle(lambda payload, context: context.finish(write_and_break))
    tasks.run(job.pk)
    assert not Job.objects.filter(key="artefact").exists()
    assert Job.objects.get().state == "queued"


def test_a_message_delivered_three_times_in_parallel_is_one_run(handle, job):
    runs, start = [], threading.Barrier(3)

    def handler(payload, context):
        runs.append(context.job.token)
        time.sleep(0.2)

    def deliver():
        start.wait()
        try:
            tasks.run(job.pk)
        finally:
            connection.close()

    handle(handler)
    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tasks.run(job.pk)  # and once more when it is done
    assert runs == [1]
    assert (Job.objects.get().state, Job.objects.get().attempts) == ("done", 1)


def test_one_long_stage_keeps_its_lease(handle, job, settings):
    settings.JOB_LEASE_SECONDS = 2
    taken = []

    def handler(payload, context):
        time.sleep(3)
        taken.append(actions.claim(job_id=context.job.pk, now=timezone.now()))

    handle(handler)
    tasks.run(job.pk)
    assert taken == [None]
    assert Job.objects.get().state == "done"


def test_the_lease_stops_beating_at_the_time_limit_where_the_pool_enforces_none(handle, job, settings, monkeypatch):
    settings.JOB_LEASE_SECONDS = 0.3
    monkeypatch.setitem(app.conf, "task_time_limit", 0.2)
    taken = []

    def handler(payload, context):
        time.sleep(1.5)
        taken.append(actions.claim(job_id=context.job.pk, now=timezone.now()).token)

    handle(handler)
    tasks.run(job.pk)
    assert taken == [2]
    assert (Job.objects.get().state, Job.objects.get().token) == ("running", 2)


def test_no_thread_stays_behind(handle, job):
    handle(lambda payload, context: None)
    before = threading.active_count()
    tasks.run(job.pk)
    assert threading.active_count() == before


def test_work_whose_lease_was_lost_is_dropped(handle, job, settings):
    written = []

    def handler(payload, context):
        Job.objects.update(token=9)  # another worker has claimed it
        context.finish(lambda: written.append("late"))

    handle(handler)
    tasks.run(job.pk)
    assert written == []
    assert (Job.objects.get().state, Job.objects.get().token) == ("running", 9)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (WorkFailed("The assessment has no answers."), "The assessment has no answers."),
        (SoftTimeLimitExceeded(), "The work took too long and was stopped."),
        (MemoryError(), "There was not enough memory for the work."),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk of the server is full."),
        (ValueError("secret"), "An unexpected error stopped the work. The server's log names it."),
    ],
)
def test_three_failed_attempts_fail_the_job_with_a_reason_for_people(handle, job, error, reason):
    handle(raising(error))
    for _ in range(4):
        tasks.run(job.pk)
    row = Job.objects.get()
    assert (row.state, row.attempts, row.error) == ("failed", 3, reason)


def test_a_final_failure_is_not_tried_again(handle, job):
    handle(raising(WorkFailed("The assessment was deleted.", final=True)))
    tasks.run(job.pk)
    assert (Job.objects.get().state, Job.objects.get().attempts) == ("failed", 1)


def test_a_job_of_an_unknown_kind_waits_for_a_worker_that_knows_it(handle, job):
    tasks.run(job.pk)
    assert Job.objects.get().state == "queued"
    handle(lambda payload, context: None)
    tasks.run(job.pk)
    assert (Job.objects.get().state, Job.objects.get().error) == ("done", "")


def test_a_worker_that_is_stopped_gives_its_job_back_without_counting_the_attempt(handle, job):
    handle(raising(SystemExit(0)))
    with pytest.raises(SystemExit):
        tasks.run(job.pk)
    row = Job.objects.get()
    assert (row.state, row.attempts, row.lease_until) == ("queued", 0, None)


def test_work_that_the_pool_ends_for_its_length_counts_each_attempt_and_fails(handle, job, monkeypatch):
    monkeypatch.setitem(app.conf, "task_soft_time_limit", 0)
    handle(raising(SystemExit(0)))
    for _ in range(3):
        with pytest.raises(SystemExit):
            tasks.run(job.pk)
    row = Job.objects.get()
    assert (row.state, row.attempts, row.error) == ("failed", 3, work.TOO_LONG)


def test_an_error_after_the_end_leaves_the_job_done(handle, job):
    def handler(payload, context):
        context.finish()
        raise ValueError("while tidying up")

    handle(handler)
    tasks.run(job.pk)
    assert (Job.objects.get().state, Job.objects.get().error) == ("done", "")


def test_the_beat_runs_the_reaper(job):
    Job.objects.update(published_at=None)
    tasks.reap()
    assert Job.objects.get(pk=job.pk).published_at is not None


# --- what whoever runs the installation can see -----------------------------------------------------------------------


def test_the_times_of_each_stage_are_added_up_over_jobs(handle, job, monkeypatch):
    clock = iter([0.0, 1.0, 3.0, 3.5, 7.5])  # waits 1 s, charts 2 s + 0.5 s, pages 4 s
    monkeypatch.setattr(work, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(work, "kept_lease", lambda job: contextlib.nullcontext())

    def handler(payload, context):
        for stage in ("charts", "charts", "pages"):
            context.report(stage, 1, 1)

    handle(handler)
    tasks.run(job.pk)
    assert list(StageTime.objects.sums()) == [("test", "charts", 1, 2.5), ("test", "pages", 1, 4.0)]


def test_a_job_that_failed_counts_no_times(handle, job):
    def handler(payload, context):
        context.report("charts", 1, 1)
        raise ZeroDivisionError

    handle(handler)
    tasks.run(job.pk)
    assert not StageTime.objects.exists()


def test_times_that_can_not_be_stored_fail_no_job(handle, job, monkeypatch):
    def gone(**_given):
        raise OperationalError("gone")

    monkeypatch.setattr(actions, "add_stage_times", gone)
    handle(lambda payload, context: None)
    tasks.run(job.pk)
    assert Job.objects.get().state == "done"


def test_a_job_keeps_the_number_of_the_request_that_asked_for_it_and_the_log_names_both(handle):
    with structlog.contextvars.bound_contextvars(request_id="0123456789abcdef"), transaction.atomic():
        asked = actions.enqueue(kind="test", key="asked", payload={}, now=timezone.now())
    seen = []
    handle(lambda payload, context: seen.append(structlog.contextvars.get_contextvars()))
    tasks.run(asked.pk)
    assert seen == [{"request_id": "0123456789abcdef", "job": asked.pk, "kind": "test", "attempt": 1}]
    assert structlog.contextvars.get_contextvars() == {}


def test_a_job_that_no_request_asked_for_has_no_number(job):
    assert job.request_id == ""
