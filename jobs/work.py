"""Doing one claimed job: the handler's context, the beating heart of its lease, and what each kind of end means."""

from __future__ import annotations

import contextlib
import errno
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

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

    def report(self, stage: str, step: int, of: int) -> None:
        """Say that `step` of `of` steps has begun and what it is; keeps the lease. Raises LeaseLost: then stop."""
        progress = {"stage": stage, "step": step, "of": of}
        actions.renew(job=self.job, progress=progress, now=timezone.now())

    def finish(self, action: Callable[[], Any] | None = None) -> Any:
        """End the job and run `action`, the last write of the handler, in one transaction. Raises LeaseLost."""
        result = actions.finish(job=self.job, action=action, now=timezone.now())
        self.finished = True
        return result


def work(job: Job) -> None:
    """Run the handler of a claimed job, and end the job in one way or another."""
    context = Context(job)
    try:
        with kept_lease(job):
            registry.find(job.kind)(job.payload, context)
            if not context.finished:
                context.finish()
    except actions.LeaseLost as lost:
        log.warning("%s; its work is dropped", lost)
    except (SystemExit, KeyboardInterrupt):  # the worker is being stopped
        actions.release(job=job)
        raise
    except registry.WorkFailed as failure:
        log.warning("Job %s (%s), attempt %s: %s", job.pk, job.kind, job.attempts, failure)
        actions.fail(job=job, reason=str(failure), final=failure.final, now=timezone.now())
    except Exception as error:  # the job's edge: whatever a handler raises ends the attempt, not the worker
        log.exception("Job %s (%s), attempt %s failed", job.pk, job.kind, job.attempts)
        actions.fail(job=job, reason=reason_of(error), now=timezone.now())


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
    heart = threading.Thread(target=_beat, args=(job, stop), name=f"lease of job {job.pk}", daemon=True)
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
