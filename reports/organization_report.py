"""The report of a whole organization: gathered, asked for, built by the worker, stored."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_noop

from assessment.models import Result
from assessment.periods import period_label
from jobs.actions import enqueue, retry
from jobs.models import Job
from jobs.registry import WorkFailed
from organizations.audit import record
from organizations.models import Organization, Team, User
from reports import build, document, files
from reports.additions import Additions
from reports.boards import read_board
from reports.briefing.organization import (
    OrganizationData,
    build_organization_briefing,
    build_organization_figures,
)
from reports.delivery.actions import announce
from reports.files import path_of
from reports.gathering import logos_named, logos_of, rate_in
from reports.joint import joint_page
from reports.models import OrganizationReport, Report
from reports.plans import digest_of

NOTHING = gettext_noop("No team of the organization has a result in this quarter any more.")


class NothingAssessed(Exception):
    """No team has a standing result in the quarter."""


@dataclass(frozen=True, slots=True)
class OrganizationDocument:
    pdf: bytes
    numbers: dict[str, Any]
    why_no_charts: str = ""


def organization_data(organization: Organization, period: str, language: str, additions: Additions) -> OrganizationData:
    """What is known of the organization's teams in a quarter. Raises NothingAssessed."""
    teams = list(Team.objects.filter(organization=organization).by_name())
    results = Result.objects.of_organization(organization).standing().filter(period__lte=period)
    query = QueryDict(mutable=True)
    query["period"] = period
    board = read_board(results, teams, query, language)
    if board is None or board.filters.period != period:
        raise NothingAssessed
    last = max(row.now.closed_at for row in board.assessed)
    return OrganizationData(
        name=organization.name,
        board=board,
        overall=read_board(results, teams, query, language, "overall"),
        date=last.astimezone(ZoneInfo(organization.time_zone)).date(),
        rate=rate_in(organization),
        fixes=joint_page(organization, teams, language).fixes,
        logos=additions.pictures(),
        product_version=settings.VERSION,
    )


def build_organization_document(
    organization: Organization, period: str, language: str, progress: build.Progress, additions: Additions
) -> OrganizationDocument:
    """The report of a quarter. The same input, the same bytes. Raises NothingAssessed, DocumentError."""
    progress(build.GATHERING, 1, 1)
    data = organization_data(organization, period, language, additions)
    svgs, why_no_charts = build.draw(build_organization_figures(data, language), progress)
    progress(build.PAGES, 1, 1)
    briefing = build_organization_briefing(data, language)
    logos = {picture.name: logo.svg for picture, logo in zip(briefing.logos, data.logos, strict=True)}
    numbers = build.sealed(machine_readable(data, language, why_no_charts))
    pdf = document.render(briefing, {**svgs, **logos}, language, build.canonical(numbers))
    return OrganizationDocument(pdf, numbers, why_no_charts)


def machine_readable(data: OrganizationData, language: str, why_no_charts: str) -> dict[str, Any]:
    """The numbers that the document says: each team's level and scores, by name."""
    return {
        "product": data.product_version,
        "audience": "organization",
        "language": language,
        "organization": data.name,
        "period": data.board.filters.period,
        "teams": [
            {
                "name": row.team.name,
                "assessment": row.now.assessment_id,
                "framework": row.now.framework_identifier,
                "scores": row.now.scores,
            }
            for row in data.board.assessed
        ],
        "why_no_charts": why_no_charts,
    }


# Asking ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_organization_report(
    *, user: User, organization: Organization, period: str, language: str, now: datetime
) -> OrganizationReport:
    """The report of the quarter as its results stand: asked for now, or the same one asked for before.

    One that failed is tried again; one whose file is gone, or without charts, is built anew. Raises NothingAssessed.
    """
    results = Result.objects.of_organization(organization).standing().filter(period__lte=period)
    made_from = [str(number) for number in results.order_by("pk").values_list("pk", flat=True)]
    if not results.filter(period=period).exists():
        raise NothingAssessed
    logos = logos_of(organization.pk).as_dict()["logos"]
    teams = list(Team.objects.filter(organization=organization).by_name())
    fixes = [repr((fix.id, fix.effort, fix.cost)) for fix in joint_page(organization, teams, language).fixes]
    rate = [organization.currency, str(organization.person_week_rate)]
    told = [organization.name, [team.name for team in teams], made_from, logos, fixes, rate, settings.VERSION]
    wanted = f"{OrganizationReport.KIND}-{organization.pk}-{period}-{language}-{digest_of(told)}"
    edition = 1
    while (report := OrganizationReport.objects.by_key(f"{wanted}-{edition}")) and _is_worn_out(report):
        edition += 1
    if report is None:
        job = enqueue(kind=OrganizationReport.KIND, key=f"{wanted}-{edition}", payload={}, queue=Report.QUEUE, now=now)
        report = OrganizationReport.objects.create(
            organization=organization,
            job=job,
            period=period,
            language=language,
            logos=logos,
            requested_by=user,
            requested_at=now,
        )
        _record(report, gettext_noop("organization report requested"), user, now)
    elif report.job.state == Job.State.FAILED and retry(job=report.job, now=now):
        _record(report, gettext_noop("organization report retried"), user, now)
    return report


def _is_worn_out(report: OrganizationReport) -> bool:
    return report.job.state == Job.State.DONE and not (report.with_charts and path_of(report).is_file())


def _record(report: OrganizationReport, action: str, user: User, now: datetime) -> None:
    record(
        organization=report.organization,
        actor=user,
        action=action,
        subject=f"{report.organization.name} {report.period}"[:200],
        now=now,
        report=report.pk,
        language=report.language,
    )


# Building -------------------------------------------------------------------------------------------------------------


def build_organization_report(_payload: Mapping[str, Any], context: Any) -> None:
    """The worker's part. Raises WorkFailed for what a person has to know, LeaseLost when another worker took over."""
    report = OrganizationReport.objects.with_job().filter(job=context.job).first()
    if report is None:
        raise WorkFailed(build.GONE, final=True)
    made = _build(report, context.report)
    context.report(build.STORING, 1, 1)
    temporary = path_of(report).with_name(f"organization-{report.pk}-{context.job.token}.part")
    files.write(temporary, made.pdf)
    try:
        context.finish(lambda: _publish(report, made, temporary))
    finally:
        temporary.unlink(missing_ok=True)


def _build(report: OrganizationReport, progress: Callable[[str, int, int], None]) -> OrganizationDocument:
    additions = logos_named(report.organization_id, report.logos)
    try:
        return build_organization_document(report.organization, report.period, report.language, progress, additions)
    except NothingAssessed as error:
        raise WorkFailed(NOTHING, final=True) from error
    except document.DocumentError as error:
        build.log.exception("Organization report %s can't be set", report.pk)
        raise WorkFailed(build.NO_PAGES, final=True) from error


def _publish(report: OrganizationReport, made: OrganizationDocument, temporary: Path) -> None:
    os.replace(temporary, path_of(report))
    report.file = files.name_of(report)
    report.sha256, report.size = hashlib.sha256(made.pdf).hexdigest(), len(made.pdf)
    report.with_charts, report.data = not made.why_no_charts, made.numbers
    report.save(update_fields=["file", "sha256", "size", "with_charts", "data"])
    announce(report=report, now=timezone.now())


def title_of(report: OrganizationReport, language: str) -> str:
    return f"{report.organization.name}, {period_label(report.period, language)}"
