"""Every read of roadmaps and reports."""

from __future__ import annotations

from django.db import models

from organizations.models import Team


class RoadmapQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(result__team__in=Team.objects.for_user(user))


class ReportQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(result__team__in=Team.objects.for_user(user))

    def newest_first(self):
        return self.select_related("job").order_by("-requested_at", "-pk")
