"""What Celery calls: a message that says which job, and the reaper's beat."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from jobs import actions, broker
from jobs.work import work


@shared_task(name=broker.TASK, ignore_result=True)
def run(job_id: int) -> None:
    """Do the job, unless it is done, held by another worker, or gone: messages come late, twice, or for nothing."""
    job = actions.claim(job_id=job_id, now=timezone.now())
    if job is not None:
        work(job)


@shared_task(name="jobs.reap", ignore_result=True)
def reap() -> None:
    """One round of the reaper, and the day's work, for installations that run Celery's beat."""
    actions.reap(now=timezone.now())
    actions.start_daily_work(now=timezone.now())
