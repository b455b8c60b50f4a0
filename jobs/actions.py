"""Every write of jobs. Each change of state is one conditional UPDATE, so that of two writers only one makes it.

Only the holder of a job's latest token may report, finish, fail or release it. The reaper may run anywhere, several
times at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop

from jobs import broker, registry
from jobs.models import Job, StageTime

PATIENCE = timedelta(seconds=15)
PATIENCE_WITH_NOBODY = timedelta(minutes=10)
"""While no worker lives: messages that nobody takes would pile up, and whoever comes back had to go through them."""
PUBLISHED_AT_ONCE = 500
WORKER_LOST = gettext_noop("The worker stopped in the middle of the work, at every attempt.")

log = logging.getLogger("jobs")


class LeaseLost(Exception):
    """Another worker has the job now, or the job has ended: what this worker made must not be used."""

    def __init__(self, job: Job):
        super().__init__(f"Job {job.pk} is no longer held with token {job.token}")


class Reaped(NamedTuple):
    """What one round of the reaper did: numbers of jobs."""

    failed: int
    requeued: int
    published: int


# --- by those who want work done --------------------------------------------------------------------------------------


def enqueue(
    *,
    kind: str,
    key: str,
    payload: dict[str, Any],
    now: datetime,
    queue: str = "default",
    max_attempts: int = 3,
    after: Job | None = None,
    waits_until: datetime | None = None,
    first: bool = False,
) -> Job:
    """The job of this key, created when there is none yet; a worker is woken once the transaction has committed.

    With `after` it begins when that job has ended, however it ended: the worker that ends it wakes the next, else the
    reaper. With `waits_until`, too, the reaper wakes a worker then even if that job hasn't ended. Asking again with the
    same key returns the job as it is, whatever its state and payload. `first` says that the key names what this
    transaction has just made, so that nobody can have asked before: then nothing is looked up. Call it inside the
    transaction of its cause, so that there is no job without the cause and none is forgotten; raises RuntimeError
    outside.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("enqueue() belongs inside the transaction of the job's cause")
    has_to_wait = after is not None and Job.objects.filter(pk=after.pk).unended().exists()
    published = None if has_to_wait else now
    wanted = {"kind": kind, "queue": queue, "payload": payload, "created_at": now, "published_at": published}
    wanted |= {"after": after, "waits_until": waits_until}
    wanted["request_id"] = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
    wanted["max_attempts"] = max_attempts
    if first:
        job, created = Job.objects.create(key=key, **wanted), True
    else:
        job, created = Job.objects.get_or_create(key=key, defaults=wanted)
    if created and not has_to_wait:
        _publish_on_commit(job.pk, job.queue)
    return job


def retry(*, job: Job, now: datetime) -> bool:
    """Queue a failed job again with all its attempts; False when it isn't failed any more. Callers write the audit."""
    with transaction.atomic():
        changes = {"attempts": 0, "error": "", "progress": {}, "finished_at": None, "published_at": now}
        queued = Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(state=Job.State.QUEUED, **changes)
        if queued:
            _publish_on_commit(job.pk, job.queue)
    return bool(queued)


def hasten(*, job: Job, waits_until: datetime) -> None:
    """Let a queued job that waits for another one wait no longer than until then."""
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, waits_until__gt=waits_until).update(waits_until=waits_until)


def _publish_on_commit(job_id: int, queue: str) -> None:
    transaction.on_commit(partial(_publish, job_id, queue))


def _publish(job_id: int, queue: str) -> bool:
    """Wake a worker; False when the broker can't be reached. The reaper tries again after PATIENCE."""
    try:
        broker.publish(job_id, queue)
    except Exception as error:  # each broker's client has errors of its own, and none may fail the request
        log.warning("Job %s is stored, but no worker could be told: %s: %s", job_id, type(error).__name__, error)
        return False
    return True


# --- by workers -------------------------------------------------------------------------------------------------------


def lease_length() -> timedelta:
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(*, job_id: int, now: datetime) -> Job | None:
    """Take the job: it is running and this worker's until the lease ends. None when there is nothing to take."""
    lease = {"state": Job.State.RUNNING, "lease_until": now + lease_length(), "started_at": now}
    counted = {"attempts": F("attempts") + 1, "token": F("token") + 1, "progress": {}}
    with transaction.atomic():
        taken = Job.objects.filter(pk=job_id).claimable(now).update(**lease, **counted)
        return Job.objects.get(pk=job_id) if taken else None


def renew(*, job: Job, now: datetime, progress: dict[str, Any] | None = None) -> None:
    """Hold the job for another lease, and say how far it is. Raises LeaseLost."""
    news = {} if progress is None else {"progress": progress}
    if not _held(job).update(lease_until=now + lease_length(), **news):
        raise LeaseLost(job)


def finish(*, job: Job, now: datetime, action: Callable[[], Any] | None = None) -> Any:
    """End the job and run `action`, the handler's own last write, in one transaction; returns what `action` returns.

    Jobs that waited for this one are woken. Raises LeaseLost, without running `action`, when this worker isn't the
    holder any more: so one result only.
    """
    with transaction.atomic():
        if not _held(job).update(state=Job.State.DONE, lease_until=None, finished_at=now, error=""):
            raise LeaseLost(job)
        for follower, queue in Job.objects.following(job):
            _publish_on_commit(follower, queue)
        return action() if action else None


def fail(*, job: Job, reason: str, now: datetime, final: bool = False, again_after: timedelta = PATIENCE) -> bool:
    """Give up this attempt for a reason that a person can read; False when the job isn't this worker's any more.

    The reaper starts the next attempt when `again_after` is over, at least PATIENCE; after the last one, or when
    `final`, the job has failed.
    """
    held = _held(job)
    if final or job.attempts >= job.max_attempts:
        return bool(held.update(state=Job.State.FAILED, lease_until=None, finished_at=now, error=reason))
    told = now + max(again_after - PATIENCE, timedelta(0))  # the reaper's patience begins then
    return bool(held.update(state=Job.State.QUEUED, lease_until=None, published_at=told, error=reason))


def release(*, job: Job) -> bool:
    """Give the job back because this worker has to stop. The attempt doesn't count; the reaper wakes another soon."""
    back = {"state": Job.State.QUEUED, "lease_until": None, "published_at": None, "attempts": F("attempts") - 1}
    return bool(_held(job).update(**back))


def add_stage_times(*, kind: str, seconds: Mapping[str, float]) -> None:
    """Add what the stages of one job took, in seconds, to the sums of its kind."""
    for stage, took in seconds.items():
        StageTime.objects.get_or_create(kind=kind, stage=stage[:40])
        sums = {"runs": F("runs") + 1, "seconds": F("seconds") + took}
        StageTime.objects.filter(kind=kind, stage=stage[:40]).update(**sums)


def _held(job: Job):
    return Job.objects.held(job.pk, job.token)


# --- by the beat ----------------------------------------------------------------------------------------------------


def start_daily_work(*, now: datetime) -> None:
    """Queue today's job (UTC) of each daily kind, unless it is there: several beats at once make one job."""
    for kind in registry.daily_kinds():
        key = f"{kind}-{now.astimezone(UTC).date().isoformat()}"
        if not Job.objects.filter(key=key).exists():
            with transaction.atomic():
                enqueue(kind=kind, key=key, payload={}, now=now)


# --- by the reaper ----------------------------------------------------------------------------------------------------


def reap(*, now: datetime, patience: timedelta = PATIENCE) -> Reaped:
    """Queue lost jobs again, or fail them after their last attempt; wake workers for jobs that nobody has heard of.

    A message that is older than `patience` counts as not heard.
    """
    ended = {"state": Job.State.FAILED, "lease_until": None, "finished_at": now, "error": WORKER_LOST}
    failed = Job.objects.lost(now).spent().update(**ended)
    again = {"state": Job.State.QUEUED, "lease_until": None, "published_at": None}
    requeued = Job.objects.lost(now).spent(False).update(**again)
    return Reaped(failed, requeued, _publish_unheard(now, patience))


def _publish_unheard(now: datetime, patience: timedelta) -> int:
    """Publish each unheard job, unless another reaper moved its `published_at` first. A dead broker ends the round."""
    published = 0
    unheard = Job.objects.unheard(now, patience).values_list("pk", "queue", "published_at")
    for pk, queue, before in list(unheard[:PUBLISHED_AT_ONCE]):
        mine = Job.objects.filter(pk=pk, state=Job.State.QUEUED, published_at=before).update(published_at=now)
        if mine and not _publish(pk, queue):
            break
        published += mine
    return published
