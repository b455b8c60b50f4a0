"""What may happen to a job row, one conditional update at a time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from config.management.commands import serve
from jobs import actions, broker, heartbeat
from jobs.models import Job

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def lease_of_60_seconds(settings):
    settings.JOB_LEASE_SECONDS = 60


@pytest.fixture
def sent(monkeypatch):
    """The messages published, as (job id, queue)."""
    messages = []
    monkeypatch.setattr(broker, "publish", lambda job_id, queue: messages.append((job_id, queue)))
    return messages


@pytest.fixture
def dead_broker(monkeypatch):
    """A broker that can't be reached; how often it was tried."""
    tries = []

    def publish(job_id, queue):
        tries.append(job_id)
        raise ConnectionError("nobody listens")

    monkeypatch.setattr(broker, "publish", publish)
    return tries


def enqueue(key="report 7", now=NOON, **changes):
    wanted = {"kind": "report", "queue": "reports", "payload": {"report": 7}, **changes}
    with transaction.atomic():
        return actions.enqueue(key=key, now=now, **wanted)


def turn(job):
    """Whether a worker may take the job now."""
    return Job.objects.claimable(after(0)).filter(pk=job.pk).exists()


def in_threads(count, function):
    """Call `function` in so many threads at once; their results in no order."""
    results, start = [], threading.Barrier(count)

    def call():
        start.wait()
        try:
            results.append(function())
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == count, "a thread ended with an error"
    return results


# --- asking for work --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_job_is_stored_with_its_cause_and_only_its_id_is_sent(sent):
    with transaction.atomic():
        job = actions.enqueue(kind="report", key="report 7", payload={"report": 7}, queue="reports", now=NOON)
        assert sent == []
    assert sent == [(job.pk, "reports")]
    job = Job.objects.get()
    assert (job.state, job.kind, job.payload, job.attempts) == ("queued", "report", {"report": 7}, 0)


@pytest.mark.django_db(transaction=True)
def test_a_cause_that_rolls_back_leaves_no_job_and_no_message(sent):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue()
        raise ZeroDivisionError
    assert not Job.objects.exists()
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_work_can_only_be_asked_for_inside_the_transaction_of_its_cause():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        actions.enqueue(kind="report", key="report 7", payload={}, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_who_asks_first_looks_nothing_up_and_is_refused_where_somebody_was_before(sent, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(1):
        job = actions.enqueue(kind="report", key="report 7", payload={}, now=NOON, first=True)
    assert sent == [(job.pk, "default")]
    with pytest.raises(IntegrityError):
        enqueue(first=True)


@pytest.mark.django_db(transaction=True)
def test_asking_twice_is_asking_once(sent):
    first, second = enqueue(), enqueue()
    assert first.pk == second.pk
    assert len(sent) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_writers_asking_at_once_make_one_job(sent):
    assert len({job.pk for job in in_threads(8, enqueue)}) == 1
    assert Job.objects.count() == len(sent) == 1


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_does_not_fail_the_request_and_the_reaper_sends_the_message(dead_broker, monkeypatch):
    job = enqueue()
    assert dead_broker == [job.pk]
    messages = []
    monkeypatch.setattr(broker, "publish", lambda job_id, queue: messages.append((job_id, queue)))
    assert actions.reap(now=after(15)).published == 0  # patience isn't over yet
    assert actions.reap(now=after(16)).published == 1
    assert messages == [(job.pk, "reports")]


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_is_queued_again_with_all_its_attempts(sent):
    job = enqueue()
    Job.objects.update(state="failed", attempts=3, token=3, error="The disk is full.", finished_at=NOON)
    assert actions.retry(job=job, now=after(60)) is True
    assert sent == [(job.pk, "reports")] * 2
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error, job.finished_at) == ("queued", 0, "", None)
    assert job.token == 3  # it only ever grows, or an old worker could come back


@pytest.mark.django_db(transaction=True)
def test_only_the_first_of_two_people_who_retry_a_job_queues_it(sent):
    job = enqueue()
    Job.objects.update(state="failed")
    assert sorted(in_threads(2, lambda: actions.retry(job=job, now=NOON))) == [False, True]
    assert len(sent) == 2  # the first message, and the one of the retry


# --- doing work -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_claimed_job_runs_with_a_token_and_a_lease():
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    assert (job.state, job.attempts, job.token) == ("running", 1, 1)
    assert (job.started_at, job.lease_until) == (NOON, after(60))


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_claims_the_job(sent):
    job = enqueue()
    claimed = in_threads(8, lambda: actions.claim(job_id=job.pk, now=NOON))
    assert [winner.token for winner in claimed if winner] == [1]
    assert Job.objects.get().attempts == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["done", "failed"])
def test_an_ended_job_cannot_be_claimed(state):
    job = enqueue()
    Job.objects.update(state=state)
    assert actions.claim(job_id=job.pk, now=NOON) is None


@pytest.mark.django_db
def test_a_message_for_a_job_that_is_gone_claims_nothing():
    assert actions.claim(job_id=404, now=NOON) is None


@pytest.mark.django_db
def test_a_running_job_can_be_claimed_once_its_lease_has_ended():
    first = actions.claim(job_id=enqueue().pk, now=NOON)
    assert actions.claim(job_id=first.pk, now=after(60)) is None
    second = actions.claim(job_id=first.pk, now=after(61))
    assert (second.token, second.attempts, second.lease_until) == (2, 2, after(121))


@pytest.mark.django_db
def test_reporting_renews_the_lease_and_shows_progress():
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    actions.renew(job=job, now=after(50), progress={"stage": "charts", "step": 2, "of": 4})
    actions.renew(job=job, now=after(55))  # a beat of the lease alone keeps what the page shows
    job.refresh_from_db()
    assert job.lease_until == after(115)
    assert job.progress == {"stage": "charts", "step": 2, "of": 4}


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_can_do_nothing_to_the_job():
    old = actions.claim(job_id=enqueue().pk, now=NOON)
    new = actions.claim(job_id=old.pk, now=after(61))
    written = []
    with pytest.raises(actions.LeaseLost):
        actions.renew(job=old, now=after(62), progress={"stage": "old"})
    with pytest.raises(actions.LeaseLost):
        actions.finish(job=old, now=after(62), action=lambda: written.append("old"))
    assert actions.fail(job=old, reason="old", now=after(62)) is False
    assert actions.release(job=old) is False
    row = Job.objects.get()
    assert (row.state, row.token, row.progress, row.error, written) == ("running", 2, {}, "", [])
    assert actions.finish(job=new, now=after(63), action=lambda: written.append("new")) is None
    assert (Job.objects.get().state, written) == ("done", ["new"])


@pytest.mark.django_db
def test_a_late_worker_may_still_finish_when_nobody_took_over():
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    assert actions.finish(job=job, now=after(500), action=lambda: "result") == "result"
    row = Job.objects.get()
    assert (row.state, row.finished_at, row.lease_until) == ("done", after(500), None)


@pytest.mark.django_db
def test_a_last_write_that_fails_leaves_the_job_running():
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    with pytest.raises(ZeroDivisionError):
        actions.finish(job=job, now=NOON, action=lambda: 1 / 0)
    assert Job.objects.get().state == "running"


@pytest.mark.django_db
def test_a_job_has_failed_for_its_last_reason_after_three_attempts():
    pk, states = enqueue().pk, []
    for attempt in (1, 2, 3):
        job = actions.claim(job_id=pk, now=after(attempt))
        actions.fail(job=job, reason=f"Reason {attempt}", now=after(attempt))
        states.append(Job.objects.get().state)
    job = Job.objects.get()
    assert states == ["queued", "queued", "failed"]
    assert (job.error, job.finished_at) == ("Reason 3", after(3))
    assert actions.claim(job_id=pk, now=after(9)) is None


@pytest.mark.django_db
def test_a_final_reason_fails_the_job_at_the_first_attempt():
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    assert actions.fail(job=job, reason="The assessment was deleted.", now=NOON, final=True) is True
    assert Job.objects.get().state == "failed"


@pytest.mark.django_db
def test_the_next_attempt_after_a_failure_waits_for_the_reapers_patience(sent):
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    actions.fail(job=job, reason="No luck", now=after(30))
    assert actions.reap(now=after(45)).published == 0
    assert actions.reap(now=after(46)).published == 1


@pytest.mark.django_db
def test_a_released_job_is_queued_again_at_once_and_keeps_its_attempts(sent):
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    assert actions.release(job=job) is True
    job = Job.objects.get()
    assert (job.state, job.attempts, job.lease_until) == ("queued", 0, None)
    assert actions.reap(now=after(1)).published == 1


# --- the reaper -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_reaper_leaves_running_and_fresh_jobs_alone(sent):
    actions.claim(job_id=enqueue("running").pk, now=NOON)
    enqueue("fresh", now=after(50))
    assert actions.reap(now=after(60)) == (0, 0, 0)
    assert sent == []


@pytest.mark.django_db
def test_a_lost_job_is_queued_and_sent_in_the_same_round(sent):
    job = actions.claim(job_id=enqueue().pk, now=NOON)
    assert actions.reap(now=after(61)) == actions.Reaped(failed=0, requeued=1, published=1)
    assert sent == [(job.pk, "reports")]
    assert Job.objects.get().state == "queued"


@pytest.mark.django_db
def test_a_job_that_kills_its_worker_three_times_has_failed_with_a_reason(sent):
    pk = enqueue().pk
    for attempt in range(3):
        assert actions.claim(job_id=pk, now=after(100 * attempt)) is not None
        last = actions.reap(now=after(100 * attempt + 61))
    job = Job.objects.get()
    assert last == actions.Reaped(failed=1, requeued=0, published=0)
    assert (job.state, job.attempts, job.finished_at) == ("failed", 3, after(261))
    assert job.error == "The worker stopped in the middle of the work, at every attempt."
    assert len(sent) == 2


@pytest.mark.django_db
def test_while_nobody_works_messages_do_not_pile_up_before_whoever_comes_back(sent, monkeypatch):
    enqueue()
    reaped = []
    monkeypatch.setattr(actions, "reap", lambda *, now, patience: reaped.append(patience))
    monkeypatch.setattr(actions, "start_daily_work", lambda *, now: None)
    monkeypatch.setattr(serve, "close_old_connections", lambda: None)  # the test's own is to stay
    for alive in (False, True):
        monkeypatch.setattr(heartbeat, "is_anybody_alive", lambda now, alive=alive: alive)
        serve.reap_until(OneRound())
    monkeypatch.undo()
    monkeypatch.setattr(broker, "publish", lambda job_id, queue: sent.append((job_id, queue)))
    assert reaped == [timedelta(minutes=10), timedelta(seconds=15)]
    assert actions.reap(now=after(599), patience=reaped[0]).published == 0
    assert actions.reap(now=after(601), patience=reaped[0]).published == 1


class OneRound:
    """A stop that lets one round happen."""

    def __init__(self):
        self.waited = 0

    def wait(self, seconds):
        self.waited += 1
        return self.waited > 1


@pytest.mark.django_db
def test_a_broker_that_is_down_is_tried_once_per_round(dead_broker):
    for number in range(5):
        enqueue(f"report {number}")
    assert actions.reap(now=after(20)) == (0, 0, 0)
    assert len(dead_broker) == 1


@pytest.mark.django_db(transaction=True)
def test_two_reapers_at_once_send_each_message_once(sent):
    unheard = [enqueue(f"unheard {number}").pk for number in range(20)]
    lost = [actions.claim(job_id=enqueue(f"lost {number}").pk, now=after(-100)).pk for number in range(20)]
    sent.clear()
    rounds = in_threads(4, lambda: actions.reap(now=after(20)))
    assert sorted(pk for pk, _ in sent) == unheard + lost
    assert sum(one.requeued for one in rounds) == 20
    assert sum(one.published for one in rounds) == 40


# --- one after another ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_job_waits_for_the_one_before_and_is_woken_by_its_end(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = enqueue()
        second = enqueue(key="letter", queue="default", after=first)
    assert (sent, turn(second)) == ([(first.pk, "reports")], False)
    held = actions.claim(job_id=first.pk, now=NOON)
    assert actions.claim(job_id=second.pk, now=NOON) is None
    with django_capture_on_commit_callbacks(execute=True):
        actions.finish(job=held, now=NOON)
    assert sent[1:] == [(second.pk, "default")]
    assert actions.claim(job_id=second.pk, now=NOON) is not None


@pytest.mark.django_db
def test_the_reaper_leaves_a_job_that_waits_and_wakes_it_when_the_one_before_has_failed(sent):
    first = enqueue()
    second = enqueue(key="letter", after=first)
    held = actions.claim(job_id=first.pk, now=NOON)
    assert actions.reap(now=after(30)).published == 0
    assert not Job.objects.waiting_since(after(30)), "no worker is missing: what it waits for is being done"
    actions.fail(job=held, reason="No.", now=after(31), final=True)
    assert actions.reap(now=after(32)).published == 1
    assert turn(second)


@pytest.mark.django_db
def test_a_job_that_has_waited_long_enough_begins_though_the_one_before_is_still_at_work(sent):
    first = enqueue()
    second = enqueue(key="report", after=first, waits_until=after(60))
    actions.claim(job_id=first.pk, now=after(50))
    assert actions.reap(now=after(59)).published == 0
    assert not Job.objects.waiting_since(after(59))
    assert actions.claim(job_id=second.pk, now=after(59)) is None
    assert actions.reap(now=after(61)).published == 1
    assert actions.claim(job_id=second.pk, now=after(61)) is not None


@pytest.mark.django_db
def test_a_job_after_one_that_has_ended_waits_for_nothing(sent, django_capture_on_commit_callbacks):
    first = enqueue()
    actions.finish(job=actions.claim(job_id=first.pk, now=NOON), now=NOON)
    with django_capture_on_commit_callbacks(execute=True):
        second = enqueue(key="letter", after=first)
    assert sent == [(second.pk, "reports")] and turn(second)
    first.delete()
    assert turn(Job.objects.get(pk=second.pk))


@pytest.mark.django_db(transaction=True)
def test_a_job_that_waited_is_claimed_by_one_of_many_workers(sent):
    first = enqueue()
    second = enqueue(key="letter", after=first)
    actions.finish(job=actions.claim(job_id=first.pk, now=NOON), now=NOON)
    claims = in_threads(4, lambda: actions.claim(job_id=second.pk, now=NOON))
    assert sum(job is not None for job in claims) == 1
