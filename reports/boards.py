"""A dashboard read from the database in a fixed number of queries, for pages, files and the organization's report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db.models import Exists, OuterRef, Q

from assessment import dashboard as boards
from assessment import trends
from assessment.models import Quarter, Result
from assessment.quarters import Figures
from assessment.whole import NOBODY, WholeBoard
from manifesto import catalog
from manifesto.definitions import Framework
from organizations.models import Organization, Team


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
        framework=_newest_release({result.framework_identifier for result in now.values()}, framework),
        language=language,
        filters=filters,
        teams=list(teams),
        periods=periods,
        rows=rows,
        points=points,
    )


def read_whole(organization: Organization, query, language: str, subject: str = "") -> WholeBoard | None:
    """The dashboard of all teams of an organization that has more of them than a page holds: one page of teams.

    None where a board of every team is to be read: there are few, some are chosen, or nothing was counted yet. With a
    `subject` the page's teams have their history in it. The number of queries is fixed, and so is the number of rows.
    Raises KeyError for an unknown subject.
    """
    if query.getlist("team") or not organization.teams.active().has_more_than(boards.PAGE):
        return None
    known = Quarter.objects.of_organization(organization).figures_by_period()
    if not known:
        return None
    quarters = {period: Figures.from_dict(found) for period, found in known.items()}
    framework, periods = catalog.current(), list(quarters)
    filters = boards.read_filters(query, (), periods, framework)
    filters = replace(filters, compare=next((period for period in periods if period < filters.period), ""))
    standing = Result.objects.of_organization(organization).standing()
    teams, before, after = _teams_in(organization, filters.period).page_from(filters.start, boards.PAGE)
    found = standing.of_teams_in(teams, {filters.period, filters.compare})
    rows = [boards.TeamRow(t, found[filters.period].get(t.pk), found[filters.compare].get(t.pk)) for t in teams]
    points = _points(standing.filter(team__in=teams), framework, [subject]) if subject else []
    rows, points = _linked(standing, rows, points)
    return WholeBoard(
        framework=_newest_release(quarters.get(filters.period, NOBODY).releases, framework),
        language=language,
        filters=filters,
        teams=teams,
        periods=periods,
        rows=rows,
        points=points,
        quarters=quarters,
        before=before,
        after=after,
    )


def _teams_in(organization: Organization, period: str):
    """The teams that work, and archived ones with a result in the period."""
    assessed = Result.objects.standing().filter(organization=organization, period=period, team=OuterRef("pk"))
    return organization.teams.filter(Q(archived_at=None) | Exists(assessed))


def _newest_release(releases: Iterable[str], current: Framework) -> Framework:
    """The newest of the releases that were answered, whose names and weights the page shows."""
    split = (release.rpartition("@") for release in releases)
    known = [(key == current.key, catalog.ordinal(version), key, version) for key, _at, version in split]
    if not known:
        return current
    try:
        return catalog.get(*max(known)[2:])
    except catalog.UnknownFramework:
        return current


def _results_of(results, period: str) -> dict[int, Result]:
    return results.filter(period=period).last_by_team() if period else {}


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
