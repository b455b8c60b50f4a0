"""Links, documents and recipients as what a template prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from assessment.periods import period_label
from organizations.models import User
from organizations.permissions import REASONS
from reports.models import AnyReport, AnyShareLink, OrganizationReport, Report
from reports.readers import NEEDED_FOR


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link and what became of it, in one word. Only an open one can be revoked, by a post to `revoke`."""

    link: AnyShareLink
    status: str
    is_open: bool
    revoke: str


def link_rows(report: AnyReport, links: Iterable[AnyShareLink], now: datetime) -> list[LinkRow]:
    return [LinkRow(link, *_status(link, now), _revoking(report, link)) for link in links]


def _status(link: AnyShareLink, now: datetime) -> tuple[str, bool]:
    if link.revoked_at:
        return _("revoked"), False
    if link.expires_at <= now:
        return _("expired"), False
    return _("open"), True


def _revoking(report: AnyReport, link: AnyShareLink) -> str:
    if isinstance(report, OrganizationReport):
        return reverse("organization-share-link-revoke", args=[report.organization_id, report.pk, link.pk])
    return reverse("share-link-revoke", args=[report.pk, link.pk])


@dataclass(frozen=True, slots=True)
class AboutReport:
    """A document in words: `title` for strangers, `of` for its people, where they find it, and for whom it is.

    `closed_at` is when the team's assessment was closed; None for the report about all teams.
    """

    title: str
    of: str
    address: str
    audience: str
    closed_at: datetime | None


def about_report(report: AnyReport, language: str) -> AboutReport:
    if isinstance(report, OrganizationReport):
        words = {"organization": report.organization.name, "period": period_label(report.period, language)}
        return AboutReport(
            _("%(organization)s, DataOps self-assessments of all teams, %(period)s") % words,
            f"{report.organization.name}, {words['period']}",
            reverse("organization-reports", args=[report.organization_id]),
            _("Those who decide for all teams"),
            None,
        )
    result = report.result
    words = {"team": result.team_name, "period": period_label(result.period, language)}
    return AboutReport(
        _("%(team)s, DataOps self-assessment %(period)s") % words,
        f"{result.team_name}, {words['period']}",
        reverse("report", args=[report.pk]),
        report.get_audience_display(),
        result.closed_at,
    )


def barred_words(who: Mapping[str, Sequence[User]]) -> list[str]:
    """To whom no letter can go about which report, and why, in words for each report."""
    return [_barred(audience, people) for audience, people in who.items()]


def _barred(audience: str, people: Sequence[User]) -> str:
    words = {"names": ", ".join(str(person) for person in people), "audience": Report.Audience(audience).label}
    said = _("No letter about the report “%(audience)s” can go to %(names)s.") % words
    return f"{said} {REASONS[NEEDED_FOR[audience]]}" if audience in NEEDED_FOR else said
