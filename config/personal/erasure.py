"""Takes a person out of the data. Answers stay, without a name, where a team's result was made from them.

What a person said on a sheet of their own keeps its level, and loses its note; what they typed for the team stays the
team's. The hash of a result covers what was answered, not who answered, so every result can still be checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext, gettext_noop, override

from assessment.models import Answer, Assessment, Respondent, Result, Revision
from config.personal.traces import Person, links, organizations_of
from organizations import audit
from organizations.actions import LastOwner
from organizations.models import AuditEvent, Organization, User
from reports.files import path_of
from reports.models import PlanItem, Report

PSEUDONYM = gettext_noop("Former member")
KEYS_OF_NAMES = {"by", "checked_by"}
"""Under these keys frozen answers name people, beside the name of each sheet."""


@dataclass(frozen=True)
class Consequences:
    """What erasing would do, in numbers. `account`: whether the account goes, too. `alone`: organizations that the
    person is the only owner of; while there are any, nobody can erase them."""

    organizations: list[Organization]
    alone: list[Organization]
    sheets: int
    answers: int
    results: int
    documents: int
    account: bool


def consequences(user: User, organization: Organization | None = None) -> Consequences:
    """What `erase` would do. Nothing is changed. Whether somebody has an anonymous sheet is told to nobody else."""
    sheets = Respondent.objects.filter(user=user)
    sheets = sheets.exclude(assessment__mode=Assessment.Mode.ANONYMOUS) if organization else sheets
    person, places = Person(user), [organization] if organization else list(organizations_of(user))
    results = [result for place in places for result in person.results(place).values_list("pk", flat=True)]
    reports = [report for place in places for report in person.reports(place).values_list("pk", flat=True)]
    return Consequences(
        organizations=places,
        alone=[place for place in places if _is_only_owner(user, place)],
        sheets=sheets.filter(assessment__organization__in=places).count(),
        answers=Answer.objects.filter(updated_by=user, respondent__assessment__organization__in=places).count(),
        results=len(results),
        documents=sum(path.is_file() for path in _documents(results, reports)),
        account=organization is None or _is_known_only_in(user, organization),
    )


@transaction.atomic
def erase(*, user: User, actor: User | None, now: datetime, organization: Organization | None = None) -> Consequences:
    """Take the person out of all data, or out of one organization's; the account goes when nothing else needs it.

    `actor` None: from the command line. Returns what was done. Raises LastOwner.
    """
    places = [organization] if organization else list(organizations_of(user))
    locked = Organization.objects.select_for_update(no_key=True).filter(pk__in=[place.pk for place in places])
    list(locked.order_by("pk"))
    done = consequences(user, organization)
    if done.alone:
        raise LastOwner
    person = Person(user)
    for place in places:
        with override(place.language):
            _erase_in(place, person, actor, gettext(PSEUDONYM), now)
    if done.account:
        user.delete()
    return done


def _erase_in(place: Organization, person: Person, actor: User | None, pseudonym: str, now: datetime) -> None:
    action, user = gettext_noop("person erased"), person.user
    audit.record(organization=place, actor=actor, action=action, subject=pseudonym, now=now)
    _forget_documents(_erase_in_results(place, person, pseudonym), _erase_in_reports(place, person, pseudonym))
    _erase_in_audit(place, person, pseudonym)
    person.invitations(place).delete()
    own = {"user": user, "assessment__organization": place}
    answers = Answer.objects.filter(respondent__in=Respondent.objects.filter(**own))
    Revision.objects.filter(answer__in=answers).update(note="")  # not joined: that reads all revisions twice
    answers.update(note="")
    PlanItem.objects.of_organization(place).filter(owner__in=person.names).update(owner=pseudonym)
    for link in links():
        if link.path and link.nullable:
            names = {link.name_field: pseudonym} if link.name_field else {}
            link.rows(user, place).update(**{link.field: None}, **names)
        elif link.path:
            link.rows(user, place).delete()


def _is_only_owner(user: User, organization: Organization) -> bool:
    owners = organization.memberships.owners()
    return owners.filter(user=user).exists() and not owners.exclude(user=user).exists()


def _is_known_only_in(user: User, organization: Organization) -> bool:
    return not user.is_staff and not organizations_of(user).exclude(pk=organization.pk).exists()


# --- results and documents --------------------------------------------------------------------------------------------


def _erase_in_results(place: Organization, person: Person, pseudonym: str) -> list[int]:
    """Change the names in frozen answers; the results that were changed."""
    changed, names = [], person.names
    for result in person.results(place).only("answers", "closed_by_name").iterator(chunk_size=20):
        for sheet in result.answers.get("respondents", []):
            if _is_own(sheet, person):
                sheet |= {"user": None, "name": pseudonym}
                for said in (*sheet["answers"].values(), *sheet.get("set_aside", {}).values()):
                    said["note"] = ""
        answers = _renamed(result.answers, names, pseudonym)
        closed_by = pseudonym if result.closed_by_name in names else result.closed_by_name
        Result.objects.filter(pk=result.pk).update(answers=answers, closed_by_name=closed_by)
        changed.append(result.pk)
    return changed


def _is_own(sheet: dict[str, Any], person: Person) -> bool:
    """Whether a frozen sheet is the person's: by its reference, where it has none by its name."""
    if sheet["user"] is None:
        return not sheet["shared"] and sheet["name"] in person.names
    return sheet["user"] == person.user.pk


def _renamed(value: Any, names: set[str], pseudonym: str, key: str = "") -> Any:
    """The same data with the pseudonym in the place of each name that stands under a key of names."""
    if isinstance(value, dict):
        return {name: _renamed(item, names, pseudonym, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names, pseudonym, key) for item in value]
    return pseudonym if key in KEYS_OF_NAMES and value in names else value


def _erase_in_reports(place: Organization, person: Person, pseudonym: str) -> list[int]:
    """Change the names in what reports were made from; the reports that were changed."""
    changed = []
    for report in person.reports(place).only("additions", "data").iterator(chunk_size=20):
        said = {name: _without_words(getattr(report, name), person, pseudonym) for name in ("additions", "data")}
        Report.objects.filter(pk=report.pk).update(**said)
        changed.append(report.pk)
    return changed


def _documents(results: Iterable[int], reports: Iterable[int] = ()) -> list[Path]:
    chosen = Report.objects.filter(Q(result__in=list(results)) | Q(pk__in=list(reports))).exclude(file="")
    return [path_of(report) for report in chosen]


def _forget_documents(results: list[int], reports: list[int]) -> None:
    """Delete the documents that may print the name, once the change holds. Asked for again they are built anew."""
    paths = _documents(results, reports)
    transaction.on_commit(lambda: [path.unlink(missing_ok=True) for path in paths])


# --- the audit trail --------------------------------------------------------------------------------------------------


def _erase_in_audit(place: Organization, person: Person, pseudonym: str) -> None:
    person.events_about(place).update(subject=pseudonym)
    for event in person.events_naming(place).iterator(chunk_size=200):
        detail = _without_words(event.detail, person, pseudonym)
        AuditEvent.objects.filter(pk=event.pk).update(detail=detail)


def _without_words(value: Any, person: Person, pseudonym: str) -> Any:
    """The same details without the names and addresses; "before → after" is looked at in its parts."""
    if isinstance(value, dict):
        return {name: _without_words(item, person, pseudonym) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_words(item, person, pseudonym) for item in value]
    if not isinstance(value, str):
        return value
    parts = value.split(" → ")
    return " → ".join(pseudonym if part in person.names or part.lower() in person.emails else part for part in parts)


def rows_naming(user: User) -> list[Model]:
    """Rows that still refer to the person: none after erasing."""
    return [row for link in links() for row in link.rows(user)]
