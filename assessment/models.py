"""Who answered what, in which assessment, and the frozen result of closing it."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from assessment.anonymity import LEAST_K_MIN
from assessment.querysets import (
    OWN_SHEETS,
    AnswerQuerySet,
    AssessmentQuerySet,
    OutcomeQuerySet,
    ProjectQuerySet,
    QuarterQuerySet,
    ReconfirmationQuerySet,
    RespondentQuerySet,
    ResultQuerySet,
    RevisionQuerySet,
)
from organizations.models import Organization, Team

MOST_HOLDERS, LONGEST_HOLDER = 12, 40
"""So many people are named for one role, each in so many characters."""
PERIOD = RegexValidator(r"^\d{4}-Q[1-4]$", _("Write a quarter like 2026-Q3."))


class Assessment(models.Model):
    """One team's answers to one release of a framework, for one quarter.

    `period` is written "2026-Q3", so that text order is time order. `previous` is the closed assessment whose
    answers are shown as hints. `modules` are the keys of the framework's optional modules that are on. In the modes
    single and consensus all write on one shared sheet; in the mode named each person has an own sheet that nobody
    else sees before closing. In the mode anonymous nobody else ever sees it: closing deletes the sheets and keeps what
    at least `threshold` people stand behind.

    Without a team it is the organization's own sheet for the questions that are answered once for all teams. There is
    one, and it is never closed: closing a team's assessment freezes what stands on it.
    """

    class Mode(models.TextChoices):
        SINGLE = "single", _("One person answers for the team")
        CONSENSUS = "consensus", _("The team agrees on each answer, one person records it")
        NAMED = "named", _("Each member answers alone, under their name")
        ANONYMOUS = "anonymous", _("Each member answers alone, and nobody learns who answered what")

    class Form(models.TextChoices):
        FULL = "full", _("Full form")
        SHORT = "short", _("Short form, about 10 minutes, indicative")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="assessments")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="assessments")
    framework_key = models.CharField(max_length=60)
    framework_version = models.CharField(max_length=20)
    framework_hash = models.CharField(max_length=80)
    period = models.CharField(_("period"), max_length=7, validators=[PERIOD])
    mode = models.CharField(_("mode"), max_length=10, choices=Mode, default=Mode.SINGLE)
    threshold = models.PositiveSmallIntegerField(null=True, blank=True)
    form = models.CharField(_("form"), max_length=10, choices=Form, default=Form.FULL)
    modules = models.JSONField(_("modules"), default=list, blank=True)
    scope = models.TextField(_("scope"), max_length=4000, blank=True)
    previous = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="following")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField()
    closes_on = models.DateField(_("answers wanted by"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "team", name="one_open_assessment_per_team", condition=models.Q(closed_at=None, team__isnull=False)
            ),
            models.UniqueConstraint("organization", name="one_sheet_per_organization", condition=models.Q(team=None)),
            models.CheckConstraint(
                name="organization_sheet_stays_open",
                condition=models.Q(team__isnull=False) | models.Q(closed_at=None),
            ),
            models.CheckConstraint(
                name="threshold_if_and_only_if_anonymous",
                condition=models.Q(mode="anonymous", threshold__isnull=False, threshold__gte=LEAST_K_MIN)
                | (~models.Q(mode="anonymous") & models.Q(threshold=None)),
            ),
        ]
        indexes = [models.Index(fields=["team", "-period", "-closed_at"], name="assessments_by_period")]

    def __str__(self) -> str:
        return f"{self.team} {self.period}" if self.team_id else str(self.organization)

    @property
    def is_of_organization(self) -> bool:
        """Whether this is the organization's own sheet."""
        return self.team_id is None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def has_own_sheets(self) -> bool:
        """Whether each person writes on a sheet of their own."""
        return self.mode in OWN_SHEETS

    @property
    def is_anonymous(self) -> bool:
        return self.mode == Assessment.Mode.ANONYMOUS

    @property
    def framework_identifier(self) -> str:
        """Key and version, as in "dataops@0.9.0"."""
        return f"{self.framework_key}@{self.framework_version}"


class Respondent(models.Model):
    """A sheet of answers: of one person (modes named and anonymous), or the team's shared one (`user` is null).

    An anonymous sheet has no name, and its answers don't say who wrote them: `user` alone lets its person go on. It is
    deleted when the assessment is closed.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="respondents")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="respondents"
    )
    name = models.CharField(max_length=120, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = RespondentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("assessment", "user", name="one_sheet_per_person"),
            models.UniqueConstraint("assessment", name="one_shared_sheet", condition=models.Q(shared=True)),
        ]

    def __str__(self) -> str:
        return self.name


class AnswerContent(models.Model):
    """What an answer says; an answer and each of its revisions have the same fields.

    `evidence_strength`: 0 none, 1 pointer given, 2 checked by a second person (domain guide 3.5). `holders` says who
    does the work of a role: initials or names, separated by comma and blank.
    """

    class State(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        NOT_APPLICABLE = "not_applicable", _("Not applicable")
        DONT_KNOW = "dont_know", _("Don't know")
        OPEN = "open", _("Open")

    class Confidence(models.TextChoices):
        LOW = "low", pgettext_lazy("confidence", "Low")
        MEDIUM = "medium", pgettext_lazy("confidence", "Medium")
        HIGH = "high", pgettext_lazy("confidence", "High")

    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    partly = models.BooleanField(default=False)
    reason = models.TextField(blank=True, max_length=2000)
    note = models.TextField(blank=True, max_length=4000)
    holders = models.TextField(blank=True, default="", max_length=MOST_HOLDERS * (LONGEST_HOLDER + 2))
    evidence_url = models.CharField(blank=True, max_length=1000)
    evidence_strength = models.PositiveSmallIntegerField(default=0)
    confidence = models.CharField(max_length=10, choices=Confidence, blank=True, default="")
    flagged = models.BooleanField(default=False)
    confirmed = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


CONTENT_FIELDS = (
    "state",
    "level",
    "partly",
    "reason",
    "note",
    "holders",
    "evidence_url",
    "evidence_strength",
    "confidence",
    "flagged",
    "confirmed",
)


class Answer(AnswerContent):
    """One row per respondent and question. `version` counts the saves; a save names the version that it replaces."""

    respondent = models.ForeignKey(Respondent, on_delete=models.CASCADE, related_name="answers")
    question_key = models.CharField(max_length=20)
    question_revision = models.PositiveSmallIntegerField(default=1)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_by_name = models.CharField(max_length=120, blank=True)
    updated_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("respondent", "question_key", name="one_answer_per_question"),
            models.CheckConstraint(
                name="level_if_and_only_if_answered",
                condition=models.Q(state="answered", level__isnull=False, level__gte=1, level__lte=5)
                | (~models.Q(state="answered") & models.Q(level=None, partly=False)),
            ),
            models.CheckConstraint(name="no_half_above_five", condition=~models.Q(level=5, partly=True)),
            models.CheckConstraint(name="evidence_strength_0_to_2", condition=models.Q(evidence_strength__lte=2)),
            models.CheckConstraint(
                name="not_applicable_has_a_reason", condition=~models.Q(state="not_applicable", reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_key} version {self.version}"

    def last_save_id(self) -> str:
        """The id that the browser gave to the save that stands."""
        return self.revisions.get(version=self.version).save_id


class Revision(AnswerContent):
    """What an answer said after one save. Appended, never changed; it is the audit row of the save.

    `save_id` is chosen by the browser for each save, so that a replayed request is known for what it is.
    """

    SUBJECT, ASSESSMENT = "answer", "answer__respondent__assessment"

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="revisions")
    save_id = models.CharField(max_length=40, blank=True, default="")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_by_name = models.CharField(max_length=120, blank=True)
    saved_at = models.DateTimeField()

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("answer", "version", name="one_revision_per_version")]

    def __str__(self) -> str:
        return f"{self.answer_id} version {self.version}"


class ProjectContent(models.Model):
    """What is said about a candidate project; a project and each of its revisions have the same fields.

    `ratings` are levels 1-5 by question key, as in {"DAV.1": 4}; what isn't rated yet is left out. `complexity` is 1-5.
    """

    name = models.CharField(_("name"), max_length=120)
    ratings = models.JSONField(default=dict, blank=True)
    complexity = models.PositiveSmallIntegerField(_("complexity"), null=True, blank=True)
    note = models.TextField(_("note"), max_length=4000, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


PROJECT_FIELDS = ("name", "ratings", "complexity", "note")


class Project(ProjectContent):
    """A candidate data project of an assessment. `carried`: as it was last time, nobody has looked at it since.

    `name_key` is the name without case and spacing; no two projects share it. Removed ones are kept.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="projects")
    name_key = models.CharField(max_length=250)
    carried = models.BooleanField(default=False)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_by_name = models.CharField(max_length=120, blank=True)
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "assessment", "name_key", name="one_project_per_name", condition=models.Q(removed_at=None)
            ),
            models.CheckConstraint(name="project_has_a_name", condition=~models.Q(name_key="")),
            models.CheckConstraint(
                name="complexity_1_to_5",
                condition=models.Q(complexity=None) | models.Q(complexity__gte=1, complexity__lte=5),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectRevision(ProjectContent):
    """What was said about a project after one save. Appended, never changed."""

    SUBJECT, ASSESSMENT = "project", "project__assessment"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="revisions")
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_by_name = models.CharField(max_length=120, blank=True)
    saved_at = models.DateTimeField()

    objects = RevisionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("project", "version", name="one_project_revision_per_version")]

    def __str__(self) -> str:
        return f"{self.project_id} version {self.version}"


class Result(models.Model):
    """The frozen outcome of closing an assessment. Never changed; an undone closing marks it withdrawn.

    One wide row per assessment: `scores` is the little that dashboards read (overall, level, pillars, principles),
    `scorecard` the whole card, `answers` everything that was typed, with the names under which it was typed:
    `respondents`, the organization's answers as the last of them, and `projects`. What a sheet holds but doesn't
    count (a module that is off, a question that the organization answers) stands apart in its `set_aside`. Of an
    anonymous assessment it holds only what may be shown (`anonymity.publish`): sheets dealt anew question by question,
    and under `anonymous` the threshold, how many answered each `hidden` question, and the `comments`.

    Each closing leaves a job of `KIND` with the number of its `result`: what follows from it is done there.
    """

    KIND = "assessment-closed"

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="results")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="results")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="results")
    team_name = models.CharField(max_length=80)
    people = models.PositiveSmallIntegerField(default=7)
    scope = models.TextField(blank=True)
    period = models.CharField(max_length=7)
    mode = models.CharField(max_length=10)
    form = models.CharField(max_length=10)
    modules = models.JSONField(default=list)
    respondents = models.PositiveSmallIntegerField(default=1)
    framework_key = models.CharField(max_length=60)
    framework_version = models.CharField(max_length=20)
    framework_hash = models.CharField(max_length=80)
    algorithm = models.CharField(max_length=10)
    input_hash = models.CharField(max_length=80)
    scores = models.JSONField()
    scorecard = models.JSONField()
    answers = models.JSONField()
    closed_by_name = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("assessment", name="one_standing_result", condition=models.Q(withdrawn_at=None))
        ]
        indexes = [
            models.Index(
                fields=["organization", "period", "team"],
                name="results_of_organization",
                condition=models.Q(withdrawn_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_name} {self.period}"

    @property
    def is_anonymous(self) -> bool:
        return self.mode == Assessment.Mode.ANONYMOUS

    @property
    def framework_identifier(self) -> str:
        """Key and version, as in "dataops@0.9.0"."""
        return f"{self.framework_key}@{self.framework_version}"


class Quarter(models.Model):
    """What all teams of an organization scored in one quarter, kept when a result is stored or withdrawn.

    `counts` are what each team adds and takes away again, `figures` what pages read of them (assessment/quarters.py).
    Both follow from the standing results alone: `manage.py recount_quarters` makes them anew.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="quarters")
    period = models.CharField(max_length=7)
    counts = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)

    objects = QuarterQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("organization", "period", name="one_row_per_quarter")]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.period}"


class Reconfirmation(models.Model):
    """A question that the team's next closing should find answered anew: an initiative that lifts it was marked done.

    It asks; it never changes an answer. `initiative` is its id, `name` what the team calls it where it is its own.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="reconfirmations")
    question_key = models.CharField(max_length=20)
    initiative = models.CharField(max_length=10)
    name = models.CharField(max_length=160, blank=True)
    evidence = models.CharField(max_length=1000, blank=True)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    marked_by_name = models.CharField(max_length=120, blank=True)
    marked_at = models.DateTimeField()

    objects = ReconfirmationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("team", "question_key", "initiative", name="one_reconfirmation_per_initiative")
        ]

    def __str__(self) -> str:
        return f"{self.question_key} after {self.initiative}"


class Outcome(models.Model):
    """What came of a team's work in one quarter: four numbers, each blank where nobody knows it (domain guide 4.1).

    `lead_time` is the median in days, `failed_share` in per cent of the deliveries, `customer_errors` a count,
    `rescue_hours` the hours of emergency work of the whole team, never of a person. `version` counts the saves.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="outcomes")
    period = models.CharField(_("period"), max_length=7, validators=[PERIOD])
    lead_time = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    failed_share = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    customer_errors = models.PositiveIntegerField(null=True, blank=True)
    rescue_hours = models.DecimalField(max_digits=7, decimal_places=1, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_by_name = models.CharField(max_length=120, blank=True)
    updated_at = models.DateTimeField()

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("team", "period", name="one_outcome_per_quarter"),
            models.CheckConstraint(
                name="outcome_numbers_in_range",
                condition=(models.Q(lead_time=None) | models.Q(lead_time__gte=0))
                & (models.Q(failed_share=None) | models.Q(failed_share__gte=0, failed_share__lte=100))
                & (models.Q(rescue_hours=None) | models.Q(rescue_hours__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} {self.period}"
