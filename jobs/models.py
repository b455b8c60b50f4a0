"""Durable background work. A row here is the truth; Celery and the broker only wake a worker."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from jobs.querysets import HeartbeatQuerySet, JobQuerySet, StageTimeQuerySet


class Job(models.Model):
    """One piece of work of a named kind.

    `key` makes asking twice the same as asking once. `token` is the fencing token: it grows with each claim, and
    only its holder may report progress or finish. `progress` holds what the page shows: stage, step, of.
    `request_id` is the number of the request that asked for the work, so that the worker's log can name it. A job with
    an `after` begins only when that one has ended, well or not, or at `waits_until` if that is earlier.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True)
    queue = models.CharField(max_length=20, default="default")
    payload = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    token = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    after = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="followers")
    waits_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "lease_until"], name="jobs_to_reap")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"

    def waits(self, now: datetime) -> bool:
        """Whether it can't begin yet because another one hasn't ended."""
        return self.state == self.State.QUEUED and not Job.objects.filter(pk=self.pk).unblocked(now).exists()


class Heartbeat(models.Model):
    """When each worker was last seen: `/readyz` and the report page tell from it whether anybody works."""

    worker = models.CharField(max_length=200, unique=True)
    seen_at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.worker


class StageTime(models.Model):
    """How long the stages of a kind of work took in all, over all workers: for the metrics. `seconds` is a sum."""

    kind = models.CharField(max_length=40)
    stage = models.CharField(max_length=40)
    runs = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    objects = StageTimeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "stage"], name="one_row_per_stage")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.stage}"
