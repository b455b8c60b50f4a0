"""Doing one claimed job: the handler's context, the beating heart of its lease, and what each kind of end means."""

from __future__ import annotations

import contextlib
import contextvars
import errno
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_noop

from jobs import actions, registry
from jobs.models import Job

TOO_LONG = gettext_noop("The work took too long and was stopped.")
NO_MEMORY = gettext_noop("There was not enough memory for the work.")
DISK_FULL = gettext_noop("The disk of the server is full.")
UNEXPECTED = gettext_noop("An unexpected error stopped the work. The server's log names it.")

log = logging.getLogger("jobs")


class Context:
    """What a handler gets beside its payload. `job` is the row as claimed; its `token` makes names of files unique."""

    def __init__(self, job: Job):
        self.job = job
        self.finished = False
        self.seconds: dict[str, float] = {}
        self.began = time.monotonic()
        self._stage, self._since = "", self.began

    def report(self, stage: str, step: int, of: int) -> None:
        """Say that `step` of `of` steps has begun and what it is; keeps the lease. Raises LeaseLost: then stop."""
        self._begin(stage)
        progress = {"stage": stage, "step": step, "of": of}
        actions.renew(job=self.job, progress=progress, now=timezone.now())

    def finish(self, action: Callable[[], Any] | None = None) -> Any:
        """End the job and run `action`, the last write of the handler, in one transaction. Raises LeaseLost."""
        result = actions.finish(job=self.job, action=action, now=timezone.now())
        self.finished = True
        self._begin("")
        return result

    def _begin(self, stage: str) -> None:
        """Count the time until now for the stage that ends here."""
        now = time.monotonic()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


def work(job: Job) -> None:
    """Run the handler of a claimed job, and end the job in one way or another. Each line of the log names it."""
    named = {"job": job.pk, "kind": job.kind, "attempt": job.attempts}
    if job.request_id:
        named["request_id"] = job.request_id
    with structlog.contextvars.bound_contextvars(**named):
        _work(job)


def _work(job: Job) -> None:
    context = Context(job)
    try:
        with kept_lease(job):
            registry.find(job.kind)(job.payload, context)
            if not context.finished:
                context.finish()
    except actions.LeaseLost as lost:
        log.warning("%s; its work is dropped", lost)
    except (SystemExit, KeyboardInterrupt):  # the worker is being stopped, or the pool ends what is over its time
        if time.monotonic() - context.began < current_app.conf.task_soft_time_limit:
            actions.release(job=job)
        else:  # given back, it would be started again for ever
            actions.fail(job=job, reason=TOO_LONG, now=timezone.now())
        raise
    except registry.WorkFailed as failure:
        log.warning("Job %s (%s), attempt %s: %s", job.pk, job.kind, job.attempts, failure)
        again = {"final": failure.final, "again_after": failure.again_after}
        actions.fail(job=job, reason=str(failure), now=timezone.now(), **again)
    except Exception as error:  # the job's edge: whatever a handler raises ends the attempt, not the worker
        log.exception("Job %s (%s), attempt %s failed", job.pk, job.kind, job.attempts)
        actions.fail(job=job, reason=reason_of(error), now=timezone.now())
    if context.finished:
        _count(context)


def _count(context: Context) -> None:
    """Add the stages' times to the metrics. The work is done: nothing that goes wrong here may fail it."""
    try:
        actions.add_stage_times(kind=context.job.kind, seconds=context.seconds)
    except DatabaseError as error:
        log.warning("The times of job %s couldn't be counted: %s", context.job.pk, error)
    log.info("job done", extra={"seconds": round(sum(context.seconds.values()), 3)})


def reason_of(error: Exception) -> str:
    """A sentence for people about an error that no handler foresaw; the error itself is in the log."""
    if isinstance(error, SoftTimeLimitExceeded):
        return TOO_LONG
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DISK_FULL
    return UNEXPECTED


@contextlib.contextmanager
def kept_lease(job: Job) -> Iterator[None]:
    """Renew the lease in a thread of its own, so that one long step doesn't lose the job."""
    stop = threading.Event()
    within = contextvars.copy_context().run  # so that the thread's lines name the job, too
    heart = threading.Thread(target=within, args=(_beat, job, stop), name=f"lease of job {job.pk}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()


def _beat(job: Job, stop: threading.Event) -> None:
    """Renew three times per lease until stopped or until the job is lost. No longer than the time limit: where the pool
    can't enforce that, a job that hangs is lost, too."""
    end = time.monotonic() + current_app.conf.task_time_limit
    while not stop.wait(settings.JOB_LEASE_SECONDS / 3) and time.monotonic() < end:
        try:
            actions.renew(job=job, now=timezone.now())
        except actions.LeaseLost:
            return
        except DatabaseError as error:
            log.warning("The lease of job %s couldn't be renewed: %s", job.pk, error)
        finally:
            connection.close()  # this thread's own
