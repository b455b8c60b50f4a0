"""The sheets on which people write: a person's, a team's, and the organization's own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from assessment.actions.refusals import AssessmentClosed
from assessment.models import Assessment, Respondent
from assessment.periods import period_of
from manifesto.definitions import Framework
from organizations.audit import record
from organizations.models import Organization


def sheet_of(assessment: Assessment, user, now: datetime) -> Respondent:
    """The sheet on which the person writes, made in the caller's transaction when there is none yet."""
    place = assessment.team or assessment.organization
    if assessment.has_own_sheets:
        name = "" if assessment.is_anonymous else str(user)[:120]
        sheet, _created = Respondent.objects.get_or_create(
            assessment=assessment, user=user, defaults={"name": name, "created_at": now}
        )
    else:
        sheet, _created = Respondent.objects.get_or_create(
            assessment=assessment, shared=True, defaults={"name": str(place)[:120], "created_at": now}
        )
    return sheet


@transaction.atomic
def begin_answering(*, user, assessment: Assessment, now: datetime) -> Respondent:
    """The sheet on which the person writes, made when there is none yet. Raises AssessmentClosed."""
    locked = Assessment.objects.with_team().select_for_update(of=("self",), no_key=True).get(pk=assessment.pk)
    if not locked.is_open:
        raise AssessmentClosed
    return sheet_of(locked, user, now)


@transaction.atomic
def prepare_organization_sheet(
    *, user, organization: Organization, framework: Framework, framework_hash: str, now: datetime
) -> Assessment:
    """The organization's own sheet, made when there is none, and moved on to `framework` when that is newer.

    Answers to questions that were not re-anchored go on counting; the others stay on the sheet as hints.
    """
    place = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    sheet = Assessment.objects.of_organization(place).first()
    if sheet is None:
        sheet = Assessment.objects.create(
            organization=place,
            framework_key=framework.key,
            framework_version=framework.version,
            framework_hash=framework_hash,
            period=period_of(now.date()),
            mode=Assessment.Mode.CONSENSUS,
            opened_by=user,
            opened_at=now,
        )
        Respondent.objects.create(assessment=sheet, shared=True, name=place.name, created_at=now)
        _record_sheet(sheet, user, gettext_noop("organization's answers begun"), now, framework=framework.identifier)
    elif is_behind(sheet, framework):
        before = sheet.framework_identifier
        sheet.framework_version, sheet.framework_hash = framework.version, framework_hash
        sheet.save(update_fields=["framework_version", "framework_hash"])
        _record_sheet(
            sheet, user, "organization's answers moved on", now, framework=framework.identifier, before=before
        )
    return sheet


def is_behind(sheet: Assessment, framework: Framework) -> bool:
    """Whether `framework` is a later release than that of the sheet."""
    return _ordinal(sheet.framework_version) < _ordinal(framework.version)


def _ordinal(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _record_sheet(sheet: Assessment, user, action: str, now: datetime, **detail) -> None:
    organization = sheet.organization
    record(organization=organization, actor=user, action=action, subject=organization.name, now=now, **detail)
