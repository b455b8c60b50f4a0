"""Teams side by side and over time; one subject over all teams; both as files."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment import dashboard as boards
from assessment.access import organization_for
from assessment.models import Outcome, Result
from assessment.outcomes import is_empty, measure_names, numbers_of, said
from assessment.sentences import format_score
from organizations.models import Organization, Team
from organizations.permissions import Act, user_can
from reports import charts
from reports.boards import read_board, read_whole
from reports.export import Sheet, csv_response, csv_text, xlsx_response
from reports.tables import PANELS, Table, about_dashboard, dashboard_table, outcomes_of_teams, trend_table

PICKER = 200
"""From more teams on the filter offers those of the page, or those that are chosen."""
COMPARING = {"changes", "two-dates"}
"""Panels that only two dates have."""


@login_required
def dashboard(request, organization_id: int):
    """The chosen teams by name: scores, principles, time, changes, gaps."""
    organization = organization_for(request.user, organization_id)
    sees_all = user_can(request.user, Act.SEE_ALL_TEAMS, organization)
    board = _page(request, organization, sees_all)
    if board is None:
        return render(request, "reports/dashboard_none.html", _frame(organization))
    source = charts.dashboard_source(board, organization.name)
    context = _frame(organization, board) | {
        "outcomes": _outcomes_in_words(board),
        "chart_settings": charts.settings_for(board.language),
        "heatmap": charts.heat_chart(board, source),
        "trend_chart": charts.trend_chart(board.framework, board.trend, board.trend_finding, board.language, source),
        "may_see_all": sees_all,
        "two_dates_chart": charts.two_dates_chart(board, source) if board.two_dates else None,
    }
    return render(request, "reports/dashboard.html", context)


@login_required
def dashboard_csv(request, organization_id: int):
    """One panel's table, `?panel=` of PANELS, with the filters of the page."""
    organization = organization_for(request.user, organization_id)
    board = _board(request, organization)
    panel = request.GET.get("panel", PANELS[0])
    if board is None or panel not in PANELS:
        raise Http404
    sheet = _sheet(request, organization, board, panel)
    text = csv_text(sheet.about, sheet.head, sheet.rows)
    return csv_response(f"{organization.name}-{board.filters.period}-{panel}", text)


@login_required
def dashboard_xlsx(request, organization_id: int):
    """Every panel's table in one workbook, with the filters of the page."""
    organization = organization_for(request.user, organization_id)
    board = _board(request, organization)
    if board is None:
        raise Http404
    panels = [panel for panel in PANELS if board.filters.compare or panel not in COMPARING]
    sheets = [_sheet(request, organization, board, panel) for panel in panels]
    return xlsx_response(f"{organization.name}-{board.filters.period}-dashboard", sheets)


def _sheet(request, organization: Organization, board: boards.Dashboard, panel: str) -> Sheet:
    """One panel's table with what it is."""
    title, finding, table = _outcomes(board) if panel == "outcomes" else dashboard_table(board, panel)
    address = request.build_absolute_uri(f"{reverse('dashboard', args=[organization.pk])}?{board.filters.query}")
    return Sheet(title, about_dashboard(board, organization, title, finding, address, timezone.now()), *table)


@login_required
def dashboard_subject(request, organization_id: int, subject: str):
    """One principle, pillar or the overall score: each team over time, with the way to its formula."""
    organization = organization_for(request.user, organization_id)
    board = _page(request, organization, user_can(request.user, Act.SEE_ALL_TEAMS, organization), subject)
    if board is None:
        raise Http404
    trend, finding = _subject_trend(board, subject), _subject_finding(board, subject)
    source = charts.dashboard_source(board, organization.name)
    context = _frame(organization, board) | {
        "subject": subject,
        "name": boards.subject_name(board.framework, subject, board.language),
        "principle": board.framework.principle_by_key.get(subject),
        "finding": finding,
        "trend": trend,
        "rows": [(row, row.score_now(subject), row.score_then(subject)) for row in board.page],
        "lines": _page_lines(board, subject, trend.quarters),
        "chart_settings": charts.settings_for(board.language),
        "trend_chart": charts.trend_chart(board.framework, trend, finding, board.language, source),
    }
    return render(request, "reports/dashboard_subject.html", context)


@login_required
def dashboard_subject_csv(request, organization_id: int, subject: str):
    """One subject: every chosen team over time."""
    organization = organization_for(request.user, organization_id)
    board = _board(request, organization, subject)
    if board is None:
        raise Http404
    name = boards.subject_name(board.framework, subject, board.language)
    trend = boards.all_lines(board.points, board.rows, subject)
    address = request.build_absolute_uri(
        f"{reverse('dashboard-subject', args=[organization.pk, subject])}?{board.filters.query}"
    )
    about = about_dashboard(board, organization, name, _subject_finding(board, subject), address, timezone.now())
    text = csv_text(about, *trend_table(board.framework, trend, board.language))
    return csv_response(f"{organization.name}-{subject}", text)


def _page(request, organization: Organization, sees_all: bool, subject: str = "") -> boards.Dashboard | None:
    """The dashboard for a page: of whoever sees all of many teams only the teams of the page are read."""
    try:
        board = read_whole(organization, request.GET, get_language(), subject) if sees_all else None
    except KeyError:
        raise Http404 from None
    return board or _board(request, organization, subject)


def _board(request, organization: Organization, subject: str = "") -> boards.Dashboard | None:
    """The dashboard that the address asks for; None where nothing was assessed yet. Raises Http404."""
    visible = Team.objects.for_user(request.user).filter(organization=organization)
    chosen = boards.team_numbers(request.GET)
    if chosen and visible.has_more_than(PICKER):
        visible = visible.filter(pk__in=chosen)
    teams = list(visible.by_name())
    results = Result.objects.for_user(request.user).of_organization(organization).standing()
    try:
        return read_board(results, teams, request.GET, get_language(), subject)
    except KeyError:
        raise Http404 from None


def _outcomes(board: boards.Dashboard) -> tuple[str, str, Table]:
    """Title, finding and table of what came of the quarter in each chosen team."""
    known = Outcome.objects.of_period([row.team for row in board.rows], board.filters.period)
    return _("What came of it"), "", outcomes_of_teams(board, known)


def _outcomes_in_words(board: boards.Dashboard) -> dict:
    """The same for the teams of the page; those without any number by name only."""
    known = Outcome.objects.of_period([row.team for row in board.page], board.filters.period)
    names = list(measure_names().values())
    rows = [
        {
            "team": row.team,
            "cells": [(name, said(number, board.language)) for name, number in zip(names, numbers, strict=True)],
        }
        for row in board.page
        for numbers in [numbers_of(known.get(row.team.pk))]
        if not is_empty(known.get(row.team.pk))
    ]
    return {
        "names": names,
        "rows": rows,
        "without": [row.team for row in board.page if is_empty(known.get(row.team.pk))],
    }


def _frame(organization: Organization, board: boards.Dashboard | None = None) -> dict:
    return {"organization": organization, "section": "dashboard", "board": board}


def _subject_trend(board: boards.Dashboard, subject: str) -> boards.Trend:
    return board.trend_of([subject])


def _page_lines(board: boards.Dashboard, subject: str, quarters: Sequence[str]) -> tuple[boards.Line, ...]:
    return boards.all_lines(board.points, board.page, subject, quarters).lines[subject]


def _subject_finding(board: boards.Dashboard, subject: str) -> str:
    """Where the teams stand on it: median, spread, and how many are below level 2."""
    spread = board.spread_of(subject)
    if spread.median is None:
        return _("No team has a score here in this period.")
    return _("%(period)s: median %(median)s over %(count)d teams; %(below)d below level 2.") % {
        "period": board.label(board.filters.period),
        "median": format_score(spread.median, 1, board.language),
        "count": spread.count,
        "below": spread.below,
    }
