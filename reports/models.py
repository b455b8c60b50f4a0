"""What to do next, and the documents made of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from assessment.models import PERIOD, Assessment, Result
from jobs.models import Job
from organizations.models import Organization, Team
from reports.querysets import (
    AdoptedPlanQuerySet,
    FindingQuerySet,
    FindingRevisionQuerySet,
    LogoQuerySet,
    OrganizationFollowerQuerySet,
    OrganizationReportQuerySet,
    OrganizationShareLinkQuerySet,
    PlanItemQuerySet,
    RecipientQuerySet,
    ReportQuerySet,
    ScenarioQuerySet,
    ShareLinkQuerySet,
    SolvedPlanQuerySet,
    TeamInitiativeQuerySet,
)

LONGEST_FINDING, LONGEST_SENTENCE = 2000, 400
"""Characters of a finding, and of the sentence at the head of a report."""


class Scenario(models.Model):
    """One named set of choices for a result; the plan follows from it and isn't part of it.

    `capacity` holds person-weeks per quarter, `targets` levels by principle key or pillar prefix that differ from
    the preset, `wishes` what else was decided (`plans.Choices.wishes`). `name` blank: the first
    one, which nobody named.
    """

    class Preset(models.TextChoices):
        NEXT_LEVEL = "next-level", _("Next level: what the gate needs")
        PROTECT = "protect", _("Protect: critical principles at 3")
        BALANCED = "balanced", _("Balanced: everything at 3")
        AMBITIOUS = "ambitious", _("Ambitious: everything at 4")

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="scenarios")
    name = models.CharField(_("name"), max_length=60, blank=True)
    preset = models.CharField(_("targets"), max_length=20, choices=Preset, default=Preset.NEXT_LEVEL)
    targets = models.JSONField(default=dict)
    capacity = models.JSONField(default=list)
    people = models.PositiveSmallIntegerField(_("people"), default=7)
    wishes = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField()

    objects = ScenarioQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("result", Lower("name"), name="one_scenario_per_name")]

    def __str__(self) -> str:
        return f"{self.result}, {self.label}"

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or gettext("First scenario")


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


class TeamInitiative(models.Model):
    """A team's own initiative beside the catalogue's (`roadmap.own`). `number` is never used again within the team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="initiatives")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=160)
    first_step = models.CharField(_("first step"), max_length=500, blank=True)
    done_when = models.CharField(_("done when"), max_length=500)
    effort = models.DecimalField(_("effort in person-weeks"), max_digits=5, decimal_places=2)
    lifts = models.JSONField(default=dict)
    cap = models.DecimalField(_("highest level it can reach"), max_digits=2, decimal_places=1, default=4)
    prerequisites = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = TeamInitiativeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("team", "number", name="one_initiative_per_number")]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"

    @property
    def key(self) -> str:
        """Its id in plans: "T1"."""
        return f"T{self.number}"


class AdoptedPlan(models.Model):
    """A plan that a team decided on, frozen: what was chosen, what was solved, and what it forecasts.

    `choices` is `plans.Choices.as_dict`, the team's own initiatives included; `digest` names them. `solution` is
    `storage.solution_data`, `forecast` what `history.forecast_data` wrote. `ended_at` is set when the team adopts
    another plan for the same result in its place.
    """

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="adopted_plans")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="adopted_plans")
    scenario = models.ForeignKey(Scenario, on_delete=models.SET_NULL, null=True, related_name="adopted_plans")
    name = models.CharField(max_length=60, blank=True)
    framework = models.CharField(max_length=80)
    choices = models.JSONField()
    digest = models.CharField(max_length=32)
    solution = models.JSONField()
    forecast = models.JSONField()
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    adopted_by_name = models.CharField(max_length=120, blank=True)
    adopted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AdoptedPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("result", name="one_adopted_plan_per_result", condition=models.Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.result}, {self.name}"


class PlanItem(models.Model):
    """One initiative of an adopted plan and how the work on it goes.

    `initiative` is an id of the catalogue or of the team's own ("T1"), which comes with its `name`. `planned_quarter`
    is the one in which the plan completes it, blank for work that came along from the plan before; `quarter` is where
    it stands now. Quarters are written "2026-Q4".
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DOING = "doing", _("Doing")
        DONE = "done", _("Done")
        WONT_DO = "wont-do", _("Won't do")

    plan = models.ForeignKey(AdoptedPlan, on_delete=models.CASCADE, related_name="items")
    initiative = models.CharField(max_length=10)
    name = models.CharField(max_length=160, blank=True)
    planned_quarter = models.CharField(max_length=7, blank=True)
    quarter = models.CharField(_("quarter"), max_length=7, validators=[PERIOD])
    effort = models.DecimalField(max_digits=7, decimal_places=2)
    owner = models.CharField(pgettext_lazy("of an initiative", "owner"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    notes = models.TextField(_("notes"), max_length=4000, blank=True)
    evidence = models.CharField(_("evidence"), max_length=1000, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_by_name = models.CharField(max_length=120, blank=True)
    updated_at = models.DateTimeField()

    objects = PlanItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("plan", "initiative", name="one_item_per_initiative"),
            models.CheckConstraint(
                name="done_has_evidence_and_a_time",
                condition=models.Q(status="done", done_at__isnull=False) & ~models.Q(evidence="")
                | ~models.Q(status="done") & models.Q(done_at=None),
            ),
            models.CheckConstraint(
                name="what_is_not_done_has_a_reason", condition=~models.Q(status="wont-do", reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative}, {self.status}"


class AnyReport(models.Model):
    """A document asked for: its `job`, of `KIND`, and once that is done the `file`, a PDF, and the `data` attached to
    it. Nobody asked for a report that a schedule asked for. Each kind has an `organization` and an `audience`.
    """

    KIND: ClassVar[str]
    QUEUE = "reports"

    language = models.CharField(max_length=10)
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    with_charts = models.BooleanField(default=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def subject(self) -> str:
        """What the audit trail calls what it is about."""
        raise NotImplementedError

    @property
    def stands(self) -> bool:
        """Whether the document is built. It tells how things stood; later changes don't undo it."""
        return bool(self.file)

    @property
    def has_best_plan(self) -> bool:
        """Whether no better plan than the one that it prints can have come since it was built."""
        return True


class Report(AnyReport):
    """A document about one result for one reader.

    `choices` are the roadmap's and `additions` the findings and logos as they were when it was asked for, so that it
    doesn't change under the reader. `interactive` is the same as the PDF, as a page with charts that answer to the
    mouse.
    """

    KIND = "report"

    class Audience(models.TextChoices):
        LEAD = "lead", _("Team lead")
        EXECUTIVE = "executive", _("Executive")
        CONSULTANT = "consultant", _("Consultant")

    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="reports")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="report")
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.LEAD)
    choices = models.JSONField(default=dict)
    additions = models.JSONField(default=dict)
    interactive = models.CharField(max_length=200, blank=True)
    interactive_size = models.PositiveIntegerField(default=0)

    objects = ReportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.result}, {self.audience}, {self.language}"

    @property
    def organization(self) -> Organization:
        return self.result.organization

    @property
    def subject(self) -> str:
        return str(self.result)

    @property
    def stands(self) -> bool:
        """Whether the document is built and nobody undid what it tells of."""
        return bool(self.file) and not self.result.withdrawn_at

    @property
    def has_best_plan(self) -> bool:
        plan = self.data.get("plan", {})
        return plan.get("is_exact", False) or plan.get("status") == "optimal"


class AnyNotice(models.Model):
    """A person who is told by mail when a `report` is ready: by a job of `KIND` with both numbers, for one letter."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        abstract = True


class Notice(AnyNotice):
    """A letter about a team's report."""

    KIND = "report-ready"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="notices")

    class Meta:
        constraints = [models.UniqueConstraint("report", "user", name="one_notice_per_report")]

    def __str__(self) -> str:
        return f"{self.report} for {self.user}"


class AnyShareLink(models.Model):
    """A link that opens one `report` to whoever has it. Only the hash of its token is kept, and of its password.

    `views` counts how often the document was handed out. `tries` are the passwords tried since `tries_since`.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    password = models.CharField(max_length=128, blank=True)
    note = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    views = models.PositiveIntegerField(default=0)
    viewed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    tries_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class ShareLink(AnyShareLink):
    """A link to a team's report."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="share_links")

    objects = ShareLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.report}, until {self.expires_at:%Y-%m-%d}"


class Schedule(models.Model):
    """Which reports are built by themselves after each closing of a team's assessment, and for whom.

    `audiences` and `languages` are lists of keys, each pair of them one report; without either nothing is built. A job
    of `OUTCOME` writes to whoever set this up when one failed.
    """

    OUTCOME = "scheduled-report-outcome"

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="report_schedule")
    audiences = models.JSONField(default=list)
    languages = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.team}: {', '.join(self.audiences)} in {', '.join(self.languages)}"


class Recipient(models.Model):
    """A person who gets a letter for each report of a schedule, as long as they may see the team."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="recipients")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    objects = RecipientQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("schedule", "user", name="one_recipient_per_schedule")]

    def __str__(self) -> str:
        return f"{self.user} of {self.schedule_id}"


class FindingContent(models.Model):
    """A finding in both languages; a text may be missing in one of them. Findings and their revisions have these."""

    text_en = models.TextField(_("in English"), max_length=LONGEST_FINDING, blank=True)
    text_pt_br = models.TextField(_("in Portuguese"), max_length=LONGEST_FINDING, blank=True)
    version = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True

    @property
    def texts(self) -> dict[str, str]:
        """The texts that there are, by language."""
        return {code: text for code, text in (("en", self.text_en), ("pt-br", self.text_pt_br)) if text}


class Finding(FindingContent):
    """What a person adds to the reports of an assessment in their own words, under their name.

    `subject` is a principle's key or a pillar's prefix; empty for the sentence at the head of the report. It belongs to
    the assessment, not to its result, so that an undone closing loses nothing.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="findings")
    subject = models.CharField(max_length=10, blank=True)
    updated_at = models.DateTimeField()

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("assessment", "subject", name="one_finding_per_subject")]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.subject or 'sentence'}"


class FindingRevision(FindingContent):
    """What a finding said after one save. Appended, never changed."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="revisions")
    saved_at = models.DateTimeField()

    objects = FindingRevisionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("finding", "version", name="one_finding_revision_per_version")]

    def __str__(self) -> str:
        return f"{self.finding_id} version {self.version}"


class Logo(models.Model):
    """A picture at the head of an organization's reports; a new one replaces it and the old one is kept.

    What is stored is what `pictures.cleaned` leaves of the upload. Reports name a logo by its hash.
    """

    class Place(models.TextChoices):
        OWN = "own", _("Own logo")
        CLIENT = "client", _("The client's logo")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="logos")
    place = models.CharField(max_length=10, choices=Place)
    content = models.BinaryField()
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    alt = models.CharField(_("alternative text"), max_length=120)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = LogoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization", "place", name="one_logo_per_place", condition=models.Q(replaced_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.place}"


class OrganizationReport(AnyReport):
    """A document about all teams of an organization in one quarter ("2026-Q3").

    `logos` are the organization's as they were when it was asked for.
    """

    KIND = "organization-report"
    audience = "organization"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="reports")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="organization_report")
    period = models.CharField(max_length=7, validators=[PERIOD])
    logos = models.JSONField(default=list)

    objects = OrganizationReportQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.organization} {self.period}, {self.language}"

    @property
    def subject(self) -> str:
        return f"{self.organization.name} {self.period}"[:200]


class OrganizationNotice(AnyNotice):
    """A letter about an organization's report."""

    KIND = "organization-report-ready"

    report = models.ForeignKey(OrganizationReport, on_delete=models.CASCADE, related_name="notices")

    class Meta:
        constraints = [models.UniqueConstraint("report", "user", name="one_notice_per_organization_report")]

    def __str__(self) -> str:
        return f"{self.report} for {self.user}"


class OrganizationShareLink(AnyShareLink):
    """A link to an organization's report."""

    report = models.ForeignKey(OrganizationReport, on_delete=models.CASCADE, related_name="share_links")

    objects = OrganizationShareLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.report}, until {self.expires_at:%Y-%m-%d}"


class OrganizationFollower(models.Model):
    """A person who has a letter with a new report about all teams on days after which assessments were closed.

    `told_until` is when the last closing was that they have a report about, at first when they asked for this.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="report_followers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    told_until = models.DateTimeField()

    objects = OrganizationFollowerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("organization", "user", name="one_follower_per_organization")]

    def __str__(self) -> str:
        return f"{self.user} of {self.organization}"
