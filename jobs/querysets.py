"""Every read of jobs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Count, Exists, F, Min, OuterRef, Q

BEAT = timedelta(seconds=10)
"""How often a worker shows that it lives."""


class JobQuerySet(models.QuerySet):
    def lost(self, now: datetime):
        """Running jobs whose worker let the lease end."""
        return self.filter(state="running", lease_until__lt=now).order_by("pk")

    def unheard(self, now: datetime, patience: timedelta):
        """Queued jobs whose message is older than `patience`, or was never sent."""
        old = Q(published_at=None) | Q(published_at__lt=now - patience)
        return self.filter(old, state="queued").unblocked(now).order_by("pk")

    def claimable(self, now: datetime):
        """Jobs that a worker may take: queued ones whose turn it is, and lost ones with an attempt left."""
        return self.filter(Q(state="queued") | Q(state="running", lease_until__lt=now)).unblocked(now).spent(False)

    def unblocked(self, now: datetime):
        """Jobs that wait for no other one, or have waited as long as they should.

        The other job is asked for within a condition, not joined: a join would make of an UPDATE one by a list of
        numbers, whose rows PostgreSQL doesn't look at again after waiting for another writer.
        """
        waits = Exists(self.model.objects.filter(pk=OuterRef("after")).unended())
        return self.filter(~waits | Q(waits_until__lte=now))

    def unended(self):
        """Jobs that are still to be done, or being done."""
        return self.filter(state__in=["queued", "running"])

    def following(self, job):
        """Queued jobs that waited for this one, as (number, queue)."""
        return self.filter(after=job, state="queued").order_by("pk").values_list("pk", "queue")

    def spent(self, spent: bool = True):
        """Jobs that have used up their attempts, or (False) those that haven't."""
        used_up = Q(attempts__gte=F("max_attempts"))
        return self.filter(used_up if spent else ~used_up)

    def held(self, pk: int, token: int):
        """The job, while the worker that was given `token` still holds it: a later claim has a higher token."""
        return self.filter(pk=pk, token=token, state="running")

    def of_kind_ended_before(self, kind: str, moment: datetime):
        return self.filter(kind=kind, finished_at__lt=moment).order_by("pk")

    def counts(self):
        """(kind, state, number of jobs) for each pair that there is."""
        return self.values_list("kind", "state").annotate(Count("pk")).order_by("kind", "state")

    def waiting_since(self, now: datetime):
        """(queue, when the oldest queued job was asked for) for each queue with one whose turn it is."""
        due = self.filter(state="queued").unblocked(now)
        return due.values_list("queue").annotate(Min("created_at")).order_by("queue")


class HeartbeatQuerySet(models.QuerySet):
    def alive(self, now: datetime):
        """Workers that were seen within three beats."""
        return self.filter(seen_at__gte=now - 3 * BEAT)

    def last_seen(self):
        """(worker, when it was last seen), also of those that are gone but not yet forgotten."""
        return self.values_list("worker", "seen_at").order_by("worker")


class StageTimeQuerySet(models.QuerySet):
    def sums(self):
        """(kind, stage, runs, seconds in all)."""
        return self.values_list("kind", "stage", "runs", "seconds").order_by("kind", "stage")
