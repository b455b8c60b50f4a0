"""Where a person's traces are: every reference to them in every model, the names beside it, and whose data it is.

References are found by walking the models, so that a new one is covered without a word here. What can't be found that
way, names that stand without a reference and names inside JSON, is listed; tests fail for what is in no list.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from assessment.models import Assessment, Result
from organizations.models import AuditEvent, Invitation, Organization, User
from reports.models import Report

OTHER_NAMES = {("assessment.Respondent", "user"): "name"}
"""The name that stands beside a reference, where it isn't called as the reference with "_name"."""

NAMES_WITHOUT_REFERENCE = {"assessment.Result.closed_by_name", "reports.PlanItem.owner"}
"""Names of people that stand alone; they are found by the name."""

NOT_PEOPLE = {
    "assessment.Project.name",
    "assessment.ProjectRevision.name",
    "assessment.Reconfirmation.name",
    "assessment.Result.team_name",
    "auth.Group.name",
    "auth.Permission.codename",
    "auth.Permission.name",
    "organizations.Organization.name",
    "organizations.Team.name",
    "reports.AdoptedPlan.name",
    "reports.PlanItem.name",
    "reports.Scenario.name",
    "reports.TeamInitiative.name",
    "socialaccount.SocialApp.name",
}
"""Names of other things than people."""

NAMES_IN_JSON = {
    "assessment.Result.answers",
    "organizations.AuditEvent.detail",
    "reports.Report.additions",
    "reports.Report.data",
}
"""JSON in which names or addresses of people may stand; `erasure` goes through it."""

NO_NAMES_IN_JSON = {
    "assessment.Assessment.modules",
    "assessment.Project.ratings",
    "assessment.ProjectRevision.ratings",
    "assessment.Quarter.counts",
    "assessment.Quarter.figures",
    "assessment.Result.modules",
    "assessment.Result.scorecard",
    "assessment.Result.scores",
    "jobs.Job.payload",
    "jobs.Job.progress",
    "mfa.Authenticator.data",
    "reports.AdoptedPlan.choices",
    "reports.AdoptedPlan.forecast",
    "reports.AdoptedPlan.solution",
    "reports.OrganizationReport.data",
    "reports.OrganizationReport.logos",
    "reports.Report.choices",
    "reports.Scenario.capacity",
    "reports.Scenario.targets",
    "reports.Scenario.wishes",
    "reports.Schedule.audiences",
    "reports.Schedule.languages",
    "reports.SolvedPlan.solution",
    "reports.TeamInitiative.lifts",
    "reports.TeamInitiative.prerequisites",
    "socialaccount.SocialAccount.extra_data",  # stays empty: people are known by their address alone
    "socialaccount.SocialApp.settings",
    "usersessions.UserSession.data",
}
"""JSON of numbers and keys, and of words that are part of what was answered: names of projects, holders of roles."""

SECRETS = {"password", "token_hash", "session_key", "session_data", "key", "secret", "mfa.Authenticator.data"}
"""Fields that nobody is shown, not even the person: who has them could sign in."""


@dataclass(frozen=True)
class Link:
    """One way in which rows refer to people.

    `path` leads to the organization whose data they are, None for the account's own rows; `assessment` leads to the
    assessment that they belong to, None for others.
    """

    model: type[models.Model]
    field: str
    name_field: str | None
    nullable: bool
    path: str | None
    assessment: str | None

    @property
    def label(self) -> str:
        return f"{self.model._meta.label}.{self.field}"

    def rows(self, user: User, organization: Organization | None = None) -> QuerySet:
        """The rows that refer to the person, of one organization or of all."""
        rows = self.model._base_manager.filter(**{self.field: user}).order_by("pk")
        return rows.filter(**{self.path: organization}) if organization and self.path else rows


@cache
def links() -> tuple[Link, ...]:
    """Every reference to people, in the order of their labels."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        names = {field.name for field in model._meta.concrete_fields}
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model is User:
                beside = OTHER_NAMES.get((model._meta.label, field.name), f"{field.name}_name")
                found.append(
                    Link(
                        model,
                        field.name,
                        beside if beside in names else None,
                        field.null,
                        path_to(model, Organization),
                        None if model is Assessment else path_to(model, Assessment),
                    )
                )
    return tuple(sorted(found, key=lambda link: link.label))


def path_to(model: type[models.Model], target: type[models.Model]) -> str | None:
    """The shortest chain of references from a model to another one as a lookup, not through people; None for none."""
    waiting, seen = deque([(model, "")]), {model}
    while waiting:
        here, path = waiting.popleft()
        for field in here._meta.concrete_fields:
            there = field.related_model if field.is_relation else None
            if there is target:
                return f"{path}{field.name}"
            if there and there is not User and there not in seen:
                seen.add(there)
                waiting.append((there, f"{path}{field.name}__"))
    return None


def organizations_of(user: User) -> QuerySet:
    """Every organization in whose data the person left a trace, by id."""
    found = set()
    for link in links():
        if link.path:
            found |= set(link.rows(user).order_by().values_list(link.path, flat=True).distinct())
    return Organization.objects.filter(pk__in=found - {None}).order_by("pk")


# --- names and addresses ----------------------------------------------------------------------------------------------


class Person:
    """Somebody with all the names under which they wrote, and all their addresses in small letters."""

    def __init__(self, user: User) -> None:
        own = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
        self.user = user
        self.emails = {email.lower() for email in (user.email, *own)}
        self.names = {user.name, str(user)[:120], user.email} | _names_beside(user)
        self.names.discard("")

    def events_about(self, place: Organization) -> QuerySet:
        """Audit rows that name the person as their subject."""
        about = Q(subject__in=self.names)
        for email in self.emails:
            about |= Q(subject__iexact=email)
        return AuditEvent.objects.filter(about, organization=place).order_by("pk")

    def events_naming(self, place: Organization) -> QuerySet:
        """Audit rows in whose details a name or an address of the person stands."""
        events = AuditEvent.objects.filter(organization=place).alias(text=Cast("detail", models.TextField()))
        return events.filter(_anywhere(self.names | self.emails)).order_by("pk")

    def invitations(self, place: Organization) -> QuerySet:
        """Invitations to one of the person's addresses."""
        addresses = Q()
        for email in self.emails:
            addresses |= Q(email__iexact=email)
        return Invitation.objects.filter(addresses, organization=place).order_by("pk")

    def reports(self, place: Organization) -> QuerySet:
        """Reports that name the person as an author of findings or as an owner of work."""
        reports = Report.objects.filter(result__organization=place).alias(text=Cast("additions", models.TextField()))
        return reports.filter(_anywhere(self.names)).order_by("pk")

    def results(self, place: Organization) -> QuerySet:
        """Results whose frozen answers, or whose closing, name the person."""
        sheet = f'"user": {self.user.pk}'
        own = Q(text__contains=f"{sheet},") | Q(text__contains=f"{sheet}}}")
        results = Result.objects.filter(organization=place).alias(text=Cast("answers", models.TextField()))
        return results.filter(Q(closed_by_name__in=self.names) | own | _anywhere(self.names)).order_by("pk")


def _names_beside(user: User) -> set[str]:
    """What stands beside references to the person: in earlier days they may have had another name."""
    return {
        name
        for link in links()
        if link.name_field
        for name in link.rows(user).order_by().values_list(link.name_field, flat=True).distinct()
    }


def _anywhere(words: set[str]) -> Q:
    """JSON, as `text`, in which one of the words stands, as SQLite (ASCII) or PostgreSQL (any letter) writes it."""
    found = Q()
    for word in words:
        for spelling in {json.dumps(word), json.dumps(word, ensure_ascii=False)}:
            found |= Q(text__icontains=spelling[1:-1])
    return found


# --- what is to be listed ---------------------------------------------------------------------------------------------


def unlisted() -> Iterator[str]:
    """Fields that may hold a person's name and are neither found by a reference nor in one of the lists above."""
    beside = {f"{link.model._meta.label}.{link.name_field}" for link in links()}
    known = beside | NAMES_WITHOUT_REFERENCE | NOT_PEOPLE | NAMES_IN_JSON | NO_NAMES_IN_JSON
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            label = f"{model._meta.label}.{field.name}"
            if label not in known and model is not User and _may_hold_a_name(field):
                yield label


def _may_hold_a_name(field: Any) -> bool:
    return isinstance(field, models.JSONField) or (
        isinstance(field, models.CharField | models.TextField) and field.name.endswith("name")
    )
