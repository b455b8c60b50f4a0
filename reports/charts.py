"""Charts of pages: a finding, a figure, and what the browser needs to draw it. The table stands in the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.dashboard import Dashboard, Line, Trend, subject_name
from assessment.models import Outcome, Result
from assessment.outcomes import MEASURES, measure_names, numbers_of, outcome_finding
from assessment.periods import period_label
from assessment.results import PrincipleRow, ResultsPage
from assessment.sentences import format_change, join_words
from manifesto import catalog
from manifesto.definitions import Framework
from reports import figures
from reports.challenges import ChallengeRow, spread_finding
from reports.modules.projects import ProjectsModule, project_points
from reports.wording import chart_words, project_words

MOST_COLUMNS = 8
"""From this many columns on a heatmap is scrolled sideways on a small screen."""
NAMED = 3


@dataclass(frozen=True, slots=True)
class PageChart:
    """`name` names element and file, `finding` is the caption, `source` is printed under a downloaded picture."""

    name: str
    finding: str
    figure: dict[str, Any]
    source: str
    wide: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """What the script reads."""
        return {"figure": self.figure, "finding": self.finding, "source": self.source, "name": self.name}


def settings_for(language: str) -> dict[str, Any]:
    """What all charts of a page share: where Plotly lies, its options, and the colours of the dark theme."""
    return {
        "plotly": static("vendor/plotly.min.js"),
        "config": figures.config(language) | {"displayModeBar": False},
        "dark": figures.DARK,
        "ink": figures.INK,
        "muted": figures.MUTED,
    }


# Results


def profile_chart(page: ResultsPage, language: str) -> PageChart:
    """The 18 principles: now, last time, target and bounds, by their gap to the target."""
    words = chart_words(page.framework, language)
    rows = [_profile_row(row, language) for row in page.principles]
    source = _source(page.result.team_name, period_label(page.result.period, language), [page.framework.identifier])
    return PageChart(
        "profile", profile_finding(page, language), figures.profile(rows, words).fluid(), source
    )  # fmt: skip


def _profile_row(row: PrincipleRow, language: str) -> figures.ProfileRow:
    return figures.ProfileRow(
        label=f"{row.principle.key} {row.principle.label.in_language(language)}",
        score=_double(row.score.score),
        previous=_double(row.alike),
        target=_double(row.target),
        low=_double(row.score.low),
        high=_double(row.score.high),
        critical=row.principle.critical,
    )


def challenges_chart(result: Result, framework: Framework, rows: Sequence[ChallengeRow], language: str) -> PageChart:
    """The challenges with their bounds, the one that hurts most on top."""
    dots = [
        figures.ProfileRow(
            label=row.challenge.name.in_language(language),
            score=_double(row.score.score),
            low=_double(row.score.low),
            high=_double(row.score.high),
        )
        for row in rows
    ]
    source = _source(result.team_name, period_label(result.period, language), [framework.identifier])
    figure = figures.profile(dots, chart_words(framework, language))
    return PageChart("challenges", spread_finding(rows, framework, language), figure.fluid(), source, wide=True)


def projects_chart(page: ResultsPage, module: ProjectsModule, language: str) -> PageChart:
    """The candidate projects: availability of the data by value of the problem."""
    figure = figures.projects(project_points(module), project_words(language))
    source = _source(page.result.team_name, period_label(page.result.period, language), [page.framework.identifier])
    return PageChart("projects", module.sentence, figure.fluid(), source)


def profile_finding(page: ResultsPage, language: str) -> str:
    """Which principles are below what the roadmap aims at, the largest gap first."""
    gaps = [row for row in page.principles if row.gap > 0]
    if not gaps:
        return _("Every principle is at its target.")
    named = [f"{row.principle.label.in_language(language)} ({format_change(-row.gap, 1, language)})" for row in gaps]
    return ngettext(
        "%(count)d principle is below its target: %(names)s.",
        "%(count)d principles are below their targets; furthest %(names)s.",
        len(gaps),
    ) % {"count": len(gaps), "names": join_words(named[:NAMED], language)}


def _source(*parts: str | Sequence[str]) -> str:
    """What a picture must say once it has left the page."""
    words = [part if isinstance(part, str) else ", ".join(part) for part in parts]
    return " · ".join(word for word in words if word)


def _double(value) -> float | None:
    return None if value is None else float(value)


# Dashboard


def heat_chart(board: Dashboard, source: str) -> PageChart:
    """Principles by teams; beside more teams than fit on a page stands the median of all."""
    words = chart_words(board.framework, board.language)
    teams = [row.team.name for row in board.page]
    scores: list[list[float | None]] = [[score for _row, score in heat.cells] for heat in board.heat]
    if board.is_paged:
        teams = [_("Median of all"), *teams]
        scores = [[heat.spread.median, *cells] for heat, cells in zip(board.heat, scores, strict=True)]
    rows = [f"{heat.principle.key} {heat.principle.label.in_language(board.language)}" for heat in board.heat]
    figure = figures.heatmap(teams, rows, scores, words)
    return PageChart("heatmap", board.heat_finding, figure.fluid(), source, wide=len(teams) > MOST_COLUMNS)


def trend_chart(framework: Framework, trend: Trend, finding: str, language: str, source: str) -> PageChart:
    """Small multiples per subject, a line per team, or median and quartiles; versions are marked."""
    words = chart_words(framework, language)
    quarters = [period_label(quarter, language) for quarter in trend.quarters]
    panels = [
        figures.TrendPanel(subject_name(framework, key, language), tuple(_trend_line(line) for line in lines))
        for key, lines in trend.lines.items()
    ]
    marks = {period_label(period, language): version for period, version in trend.marks.items()}
    figure = figures.trend(panels, quarters, words, marks=marks)
    return PageChart("trend", finding, figure.fluid(), source, wide=len(panels) > 1)


def _trend_line(line: Line) -> figures.TrendLine:
    return figures.TrendLine(line.name, line.values, line.natives, line.linked, line.broken)


def two_dates_chart(board: Dashboard, source: str) -> PageChart:
    """Each team at both dates, by name."""
    words = chart_words(board.framework, board.language)
    rows = [figures.ChangeRow(pair.row.team.name, pair.then, pair.now, pair.verdict) for pair in board.two_dates]
    labels = board.label(board.filters.compare), board.label(board.filters.period)
    figure = figures.dumbbell(rows, *labels, words)
    return PageChart("two-dates", board.two_dates_finding, figure.fluid(), source)


def dashboard_source(board: Dashboard, organization: str) -> str:
    """Organization, period, filters and framework version, for pictures."""
    chosen = subject_name(board.framework, board.filters.pillar, board.language) if board.filters.pillar else ""
    teams = ", ".join(row.team.name for row in board.rows) if board.filters.teams else ""
    return _source(organization, board.label(board.filters.period), chosen, teams[:120], board.versions)


# Outcomes


def outcomes_chart(team: str, outcomes: Sequence[Outcome], quarters: Sequence[str], language: str) -> PageChart:
    """The four numbers of a team over these quarters, small multiples."""
    known = {outcome.period: numbers_of(outcome) for outcome in outcomes}
    names, nothing = measure_names(), (None,) * len(MEASURES)
    panels = [
        figures.OutcomePanel(
            names[measure],
            tuple(_double(known.get(quarter, nothing)[place]) for quarter in quarters),
            digits=0 if measure == "customer_errors" else 1,
        )
        for place, measure in enumerate(MEASURES)
    ]
    labels = [period_label(quarter, language) for quarter in quarters]
    figure = figures.outcomes(panels, labels, chart_words(catalog.current(), language))
    return PageChart("outcomes", outcome_finding(outcomes, language), figure.fluid(), team, wide=True)
