"""Every write of findings and logos: keyword-only, atomic, with the audit row in the same transaction."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from assessment.models import Assessment
from organizations.audit import record
from organizations.models import Organization, User
from reports.models import Finding, FindingRevision, Logo
from reports.pictures import Picture


class FindingConflict(Exception):
    """Somebody saved another text meanwhile; `current` is their row."""

    def __init__(self, current: Finding) -> None:
        self.current = current
        super().__init__("the finding was changed meanwhile")


@transaction.atomic
def save_finding(
    *, user: User, assessment: Assessment, subject: str, text_en: str, text_pt_br: str, version: int, now: datetime
) -> Finding | None:
    """Store the texts in place of version `version`; 0 stands for no row yet. Both empty takes the finding back.

    Texts that stand already change nothing. Raises FindingConflict.
    """
    Assessment.objects.select_for_update(of=("self",), no_key=True).get(pk=assessment.pk)
    current = Finding.objects.of_assessment(assessment.pk).filter(subject=subject).first()
    texts = {"text_en": text_en, "text_pt_br": text_pt_br}
    if all(text == (getattr(current, name) if current else "") for name, text in texts.items()):
        return current
    if version != (current.version if current else 0):
        raise FindingConflict(current or Finding(assessment=assessment, subject=subject))
    finding = current or Finding(assessment=assessment, subject=subject)
    said = {**texts, "version": version + 1, "author": user, "author_name": str(user)[:120]}
    for name, value in said.items():
        setattr(finding, name, value)
    finding.updated_at = now
    finding.save()
    FindingRevision.objects.create(finding=finding, saved_at=now, **said)
    record(
        organization=assessment.organization,
        actor=user,
        action=gettext_noop("finding changed"),
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
        about=subject,
        version=finding.version,
    )
    return finding


@transaction.atomic
def save_logo(
    *, user: User, organization: Organization, place: str, picture: Picture | None, alt: str, now: datetime
) -> None:
    """Put the picture in its place; without one its alternative text changes. Reports built so far keep the old one."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    standing = Logo.objects.of_organization(organization.pk).filter(place=place, replaced_at=None)
    before = standing.first()
    if picture is None and before is None:
        return
    if before is not None:
        standing.update(replaced_at=now)
    content = picture or Picture(bytes(before.content), before.media_type, before.width, before.height)
    Logo.objects.create(
        organization=organization,
        place=place,
        content=content.content,
        media_type=content.media_type,
        width=content.width,
        height=content.height,
        sha256=hashlib.sha256(content.content).hexdigest(),
        alt=alt,
        uploaded_by=user,
        uploaded_at=now,
    )
    _record_logo(organization, user, gettext_noop("logo changed"), place, now)


@transaction.atomic
def remove_logo(*, user: User, organization: Organization, place: str, now: datetime) -> None:
    """Take the picture out of reports to come."""
    standing = Logo.objects.of_organization(organization.pk).filter(place=place, replaced_at=None)
    if standing.update(replaced_at=now):
        _record_logo(organization, user, gettext_noop("logo removed"), place, now)


def _record_logo(organization: Organization, user: User, action: str, place: str, now: datetime) -> None:
    record(organization=organization, actor=user, action=action, subject=organization.name, now=now, place=place)
