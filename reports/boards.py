"""A dashboard read from the database in a fixed number of queries, for pages, files and the organization's report."""

from __future__ import annotations

from collections.abc import Sequence

from assessment import dashboard as boards
from assessment import trends
from assessment.models import Result
from assessment.results import framework_of
from manifesto import catalog
from manifesto.definitions import Framework
from organizations.models import Team


def read_board(results, teams: Sequence[Team], query, language: str, subject: str = "") -> boards.Dashboard | None:
    """The dashboard of `results` (a QuerySet) that `query` asks for; None where nothing was assessed yet.

    With a `subject` its history is read in place of the pillars'. Raises KeyError for an unknown subject.
    """
    periods = results.periods()
    if not periods:
        return None
    framework = catalog.current()
    filters = boards.read_filters(query, teams, periods, framework)
    subjects = [subject] if subject else [pillar.key for pillar in framework.pillars]
    now, then = _results_of(results, filters.period), _results_of(results, filters.compare)
    rows, points = _linked(
        results, boards.team_rows(teams, filters.teams, now, then), _points(results, framework, subjects)
    )
    return boards.Dashboard(
        framework=_newest(now, framework),
        language=language,
        filters=filters,
        teams=list(teams),
        periods=periods,
        rows=rows,
        points=points,
    )


def _results_of(results, period: str) -> dict[int, Result]:
    return results.filter(period=period).last_by_team() if period else {}


def _newest(now: dict[int, Result], framework: Framework) -> Framework:
    """The release of the latest result, whose names and weights the page shows."""
    latest = max(now.values(), key=lambda result: (result.closed_at, result.pk), default=None)
    return framework_of(latest) if latest else framework


def _points(results, framework: Framework, subjects: Sequence[str]) -> list[boards.Point]:
    paths = [boards.path_of(framework, subject) for subject in subjects]
    return boards.last_points(results.history_of(*paths), subjects)


def _linked(
    results, rows: list[boards.TeamRow], points: list[boards.Point]
) -> tuple[list[boards.TeamRow], list[boards.Point]]:
    """Rows and points of the chosen teams; where releases change they are made comparable, in one query more."""
    chosen = {row.team.pk for row in rows}
    shown = [point for point in points if point.team_id in chosen]
    crossed = trends.crossings(shown, rows)
    questions = results.questions_of({number for pair, _releases, _form in crossed for number in pair})
    links = trends.links_of(crossed, questions)
    return trends.linked_rows(rows, links), trends.linked_points(shown, links)
