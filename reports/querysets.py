"""Every read of roadmaps and reports."""

from __future__ import annotations

from django.db import models

from organizations.models import Team


class RoadmapQuerySet(models.QuerySet):
    def for_user(self, user):
        return self.filter(result__team__in=Team.objects.for_user(user))

    def of_result(self, result):
        """The stored choices of a result with the person who made them, or None."""
        return self.filter(result=result).select_related("updated_by").first()


class SolvedPlanQuerySet(models.QuerySet):
    def by_instance(self, digest: str):
        """What was found for the instance with this digest, or None."""
        return self.filter(instance=digest).first()


class ReportQuerySet(models.QuerySet):
    def for_user(self, user):
        """Reports of the teams that the person may see."""
        return self.filter(result__team__in=Team.objects.for_user(user))

    def with_result(self):
        return self.select_related("job", "requested_by", "result__team", "result__organization")

    def of_assessment(self, assessment_id: int):
        """Reports of the standing result: what an undone closing said is nobody's to read any more."""
        return self.filter(result__assessment=assessment_id, result__withdrawn_at=None)

    def by_key(self, key: str):
        """The report whose job has this key, with its job and result, or None."""
        return self.with_result().filter(job__key=key).first()

    def asked_for_before(self, moment):
        """Built reports of results that stand, asked for before `moment`."""
        return self.filter(requested_at__lt=moment, result__withdrawn_at=None, job__state="done").exclude(file="")

    def newest_first(self):
        return self.select_related("job", "requested_by").order_by("-requested_at", "-pk")
