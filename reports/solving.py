"""The exact plan: asked for by a page or an action, found by a worker, stored for good."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessment.models import Result
from jobs.actions import enqueue, retry
from jobs.models import Job
from reports.models import SolvedPlan
from reports.plans import Choices, instance_for, instance_name
from reports.roadmap.exact import ALGORITHM, solve
from reports.roadmap.instance import Instance
from reports.roadmap.schedule import Solution
from reports.roadmap.storage import instance_data, instance_digest, instance_from, solution_data

SOLVING = "solving"


@transaction.atomic
def request_best_plan(*, result: Result, choices: Choices, now: datetime) -> Job | None:
    """The job that looks for the best plan of these choices; None when its solution is stored already.

    The same instance has one job, however often and by whomever it is asked for; one that failed is tried again.
    Raises ImpossibleWishes.
    """
    digest = instance_name(result, choices)
    if SolvedPlan.objects.by_instance(digest):
        return None
    job = job_of(digest)
    if job is None:
        payload = {"instance": instance_data(instance_for(result, choices))}
        job = enqueue(kind=SolvedPlan.KIND, key=job_key(digest), payload=payload, now=now)
    if job.state == Job.State.FAILED:
        retry(job=job, now=now)
        job.refresh_from_db()
    return job


def job_key(digest: str) -> str:
    return f"{SolvedPlan.KIND}-{digest}"


def job_of(digest: str) -> Job | None:
    """The job that solves, or solved, the instance with this digest."""
    return Job.objects.filter(key=job_key(digest)).first()


def solve_plan(payload: Mapping[str, Any], context: Any) -> None:
    """The worker's part. A worker that is killed leaves nothing behind; the next attempt solves anew."""
    instance = instance_from(payload["instance"])
    context.report(SOLVING, 1, 1)
    began = time.monotonic()
    solution = solve(instance)
    seconds = time.monotonic() - began
    context.finish(lambda: _store(instance, solution, seconds, timezone.now()))


def _store(instance: Instance, solution: Solution, seconds: float, now: datetime) -> SolvedPlan:
    """Keep the solution, in the transaction that ends the job; the first one stays."""
    found = {
        "algorithm": ALGORITHM,
        "status": solution.status,
        "solution": solution_data(solution),
        "seconds": seconds,
        "solved_at": now,
    }
    return SolvedPlan.objects.get_or_create(instance=instance_digest(instance), defaults=found)[0]
