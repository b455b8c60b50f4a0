"""The report of a whole organization: gathered, asked for, built by the worker, stored."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext_noop

from assessment.models import Result
from assessment.periods import period_label
from jobs.registry import WorkFailed
from organizations.models import Organization, Team, User
from organizations.permissions import Act, user_can
from reports import build, document
from reports.actions import ask
from reports.additions import Additions
from reports.boards import read_board
from reports.briefing.organization import (
    OrganizationData,
    build_organization_briefing,
    build_organization_figures,
)
from reports.delivery.actions import tell_when_ready
from reports.gathering import logos_named, logos_of, rate_in
from reports.joint import joint_page
from reports.models import OrganizationFollower, OrganizationReport
from reports.plans import digest_of

NOTHING = gettext_noop("No team of the organization has a result in this quarter any more.")

log = logging.getLogger("reports")


class NothingAssessed(Exception):
    """No team has a standing result in the quarter."""


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
) -> build.Document:
    """The report of a quarter. The same input, the same bytes. Raises NothingAssessed, DocumentError."""
    progress(build.GATHERING, 1, 1)
    data = organization_data(organization, period, language, additions)
    svgs, why_no_charts = build.draw(build_organization_figures(data, language), progress)
    progress(build.PAGES, 1, 1)
    briefing = build_organization_briefing(data, language)
    logos = {picture.name: logo.svg for picture, logo in zip(briefing.logos, data.logos, strict=True)}
    numbers = build.sealed(machine_readable(data, language, why_no_charts))
    pdf = document.render(briefing, {**svgs, **logos}, language, build.canonical(numbers))
    return build.Document(pdf, numbers, why_no_charts)


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
    *, user: User | None, organization: Organization, period: str, language: str, now: datetime
) -> OrganizationReport:
    """The report of the quarter as its results stand: asked for now, or the same one asked for before.

    `user` is None where it is made for followers. Raises NothingAssessed.
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
    return ask(
        kind=OrganizationReport,
        key=f"{OrganizationReport.KIND}-{organization.pk}-{period}-{language}-{digest_of(told)}",
        fields={"organization": organization, "period": period, "language": language, "logos": logos},
        user=user,
        now=now,
    )


# Following ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def follow_reports(*, user: User, organization: Organization, is_wanted: bool, now: datetime) -> None:
    """Let the person have a letter with a new report on each day after which assessments were closed, or no more."""
    if is_wanted:
        OrganizationFollower.objects.get_or_create(organization=organization, user=user, defaults={"told_until": now})
    else:
        OrganizationFollower.objects.filter(organization=organization, user=user).delete()


def tell_all_followers(*, now: datetime) -> None:
    """A part of the daily work: for each organization in a transaction of its own.

    One that fails keeps no other from its letters; what it raised is raised at the end, so that it is tried again.
    """
    failure = None
    for organization in Organization.objects.filter(report_followers__isnull=False).distinct().order_by("pk"):
        try:
            tell_followers(organization=organization, now=now)
        except Exception as error:  # whatever is wrong with its rows is not for others to wait for
            log.exception("Followers of organization %s couldn't be told", organization.pk)
            failure = error
    if failure:
        raise failure


@transaction.atomic
def tell_followers(*, organization: Organization, now: datetime) -> None:
    """Ask for the report of the quarter of the latest closing for whoever follows and doesn't know of it, in their
    language, if they may still ask for one themselves."""
    results = Result.objects.of_organization(organization).standing().filter(team__isnull=False)
    latest = results.order_by("closed_at", "pk").last()
    if latest is None:
        return
    for follower in organization.report_followers.not_told_of(latest.closed_at):
        user = follower.user
        if user.is_active and all(user_can(user, act, organization) for act in (Act.SEE_ALL_TEAMS, Act.BUILD_REPORT)):
            report = request_organization_report(
                user=None,
                organization=organization,
                period=latest.period,
                language=user.language or organization.language,
                now=now,
            )
            tell_when_ready(report=report, user=user, now=now)
        # By the number: who unfollows meanwhile has no row any more, and that is no reason to tell nobody.
        OrganizationFollower.objects.filter(pk=follower.pk).update(told_until=latest.closed_at)


# Building -------------------------------------------------------------------------------------------------------------


def build_organization_report(_payload: Mapping[str, Any], context: Any) -> None:
    """The worker's part. Raises WorkFailed for what a person has to know, LeaseLost when another worker took over."""
    report = OrganizationReport.objects.with_job().filter(job=context.job).first()
    if report is None:
        raise WorkFailed(build.GONE, final=True)
    build.store(report, _build(report, context.report), context)


def _build(report: OrganizationReport, progress: build.Progress) -> build.Document:
    additions = logos_named(report.organization_id, report.logos)
    try:
        return build_organization_document(report.organization, report.period, report.language, progress, additions)
    except NothingAssessed as error:
        raise WorkFailed(NOTHING, final=True) from error
    except document.DocumentError as error:
        build.log.exception("Organization report %s can't be set", report.pk)
        raise WorkFailed(build.NO_PAGES, final=True) from error


def title_of(report: OrganizationReport, language: str) -> str:
    return f"{report.organization.name}, {period_label(report.period, language)}"
