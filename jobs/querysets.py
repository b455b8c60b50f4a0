"""Every read of jobs."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models


class JobQuerySet(models.QuerySet):
    def lost(self, now: datetime):
        """Running jobs whose worker let the lease end."""
        return self.filter(state="running", lease_until__lt=now).order_by("pk")

    def unheard(self, now: datetime, patience: timedelta):
        """Queued jobs whose message is older than `patience`, or was never sent."""
        old = models.Q(published_at=None) | models.Q(published_at__lt=now - patience)
        return self.filter(old, state="queued").order_by("pk")
