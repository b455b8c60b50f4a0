"""What to do next, and the documents made of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from assessment.models import Result
from jobs.models import Job
from reports.querysets import ReportQuerySet, RoadmapQuerySet, SolvedPlanQuerySet


class Roadmap(models.Model):
    """The choices from which the plan of one result is computed; the plan itself is never stored.

    `capacity` holds person-weeks per quarter, `targets` levels by principle key or pillar prefix that differ from
    the preset, `wishes` what else was decided (`plans.Choices.wishes`).
    """

    class Preset(models.TextChoices):
        NEXT_LEVEL = "next-level", _("Next level: what the gate needs")
        PROTECT = "protect", _("Protect: critical principles at 3")
        BALANCED = "balanced", _("Balanced: everything at 3")
        AMBITIOUS = "ambitious", _("Ambitious: everything at 4")

    result = models.OneToOneField(Result, on_delete=models.CASCADE, related_name="roadmap")
    preset = models.CharField(_("targets"), max_length=20, choices=Preset, default=Preset.NEXT_LEVEL)
    targets = models.JSONField(default=dict)
    capacity = models.JSONField(default=list)
    people = models.PositiveSmallIntegerField(_("people"), default=7)
    wishes = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField()

    objects = RoadmapQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.result}, {self.preset}"


class SolvedPlan(models.Model):
    """The best solution of one scheduling instance that the exact solver found; never changed.

    `instance` is the digest of the instance and of the algorithm (`storage.instance_digest`), `solution` what
    `storage.solution_data` wrote. Teams that ask the same question share the answer.
    """

    KIND = "plan"

    instance = models.CharField(max_length=64, unique=True)
    algorithm = models.CharField(max_length=10)
    status = models.CharField(max_length=10)
    solution = models.JSONField()
    seconds = models.FloatField()
    solved_at = models.DateTimeField()

    objects = SolvedPlanQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.instance[:12]}, {self.status}"


class Report(models.Model):
    """A document asked for: its job, and once that is done the file and what it was made from.

    `choices` are the roadmap's as they were when it was asked for, so that it doesn't change under the reader.
    """

    KIND = "report"
    QUEUE = "reports"

    class Audience(models.TextChoices):
        LEAD = "lead", _("Team lead")

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="reports")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="report")
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.LEAD)
    language = models.CharField(max_length=10)
    choices = models.JSONField(default=dict)
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    with_charts = models.BooleanField(default=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    objects = ReportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.result}, {self.audience}, {self.language}"
