"""The dashboard's rows and findings from hand-made results, without a database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import QueryDict

from assessment.dashboard import (
    PAGE,
    Cell,
    Dashboard,
    Filters,
    Point,
    TeamRow,
    build_trend,
    last_points,
    read_filters,
    spread,
    team_rows,
)
from assessment.models import Result
from organizations.models import Team
from tests.builders import PILLAR_WEIGHTS, full_framework

FRAMEWORK = full_framework()
PERIODS = ["2026-Q3", "2026-Q2", "2026-Q1"]


def team(number: int, name: str = "", archived: bool = False) -> Team:
    return Team(pk=number, name=name or f"Team {number:03d}", archived_at=datetime(2026, 1, 1) if archived else None)


def result(overall: float = 3.0, *, form: str = "full", version: str = "1.0.0", **principles) -> Result:
    """A result with every principle and pillar at `overall`, but for those named."""
    scores = {
        "overall": {"score": overall, "level": 2, "completeness": 1.0},
        "pillars": dict.fromkeys(("process", "technology", "organization"), overall),
        "principles": dict.fromkeys(PILLAR_WEIGHTS, overall) | principles,
    }
    return Result(
        framework_key="small", framework_version=version, form=form, scores=scores, closed_at=datetime.now(UTC)
    )


def board(*rows: TeamRow, points=(), **filters) -> Dashboard:
    chosen = Filters(**({"period": "2026-Q3", "compare": "2026-Q2"} | filters))
    return Dashboard(FRAMEWORK, "en", chosen, [row.team for row in rows], PERIODS, list(rows), list(points))


def filters_from(address: str, teams=()) -> Filters:
    return read_filters(QueryDict(address), teams, PERIODS, FRAMEWORK)


def test_without_filters_the_latest_period_is_compared_with_the_one_before():
    assert filters_from("") == Filters(period="2026-Q3", compare="2026-Q2")


def test_filters_come_from_the_address_and_go_back_into_it():
    chosen = filters_from("team=2&team=1&period=2026-Q2&compare=2026-Q1&pillar=process", [team(1), team(2)])
    assert chosen == Filters((2, 1), "2026-Q2", "2026-Q1", "process")
    assert chosen.query == "team=2&team=1&period=2026-Q2&compare=2026-Q1&pillar=process"
    assert chosen.but(pillar="", teams=()) == "period=2026-Q2&compare=2026-Q1"


@pytest.mark.parametrize(
    "address", ["team=99", "team=x", "period=2020-Q1", "compare=2026-Q3", "pillar=magic", "team=" + "9" * 40]
)
def test_what_does_not_exist_here_is_passed_over(address):
    assert filters_from(address, [team(1)]) == Filters(period="2026-Q3", compare="2026-Q2")


def test_median_and_quartiles_of_four_teams():
    measured = spread([1.0, 2.0, 3.0, 4.0, None])
    assert (measured.count, measured.low, measured.median, measured.high, measured.below) == (4, 1.75, 2.5, 3.25, 1)


def test_three_teams_have_a_median_but_no_quartiles():
    assert spread([1.0, 2.0, 5.0]) == spread([5.0, 1.0, 2.0])
    assert (spread([1.0, 2.0, 5.0]).median, spread([1.0, 2.0, 5.0]).low) == (2.0, None)
    assert spread([None]).median is None


def test_teams_stand_by_name_whatever_their_score():
    teams = [team(1, "Zulu"), team(2, "alpha"), team(3, "Mike")]
    now = {1: result(5.0), 2: result(1.0), 3: result(3.0)}
    assert [row.team.name for row in team_rows(teams, (), now, {})] == ["alpha", "Mike", "Zulu"]


def test_an_archived_team_is_shown_where_it_has_a_result_or_was_chosen():
    teams = [team(1, archived=True), team(2, archived=True), team(3)]
    assert [row.team.pk for row in team_rows(teams, (), {1: result()}, {})] == [1, 3]
    assert [row.team.pk for row in team_rows(teams, (2,), {1: result()}, {})] == [2]


def test_a_principle_below_two_in_more_than_half_of_the_teams_is_systemic():
    rows = [
        TeamRow(team(1), result(P16=1.9, P02=1.0), None),
        TeamRow(team(2), result(P16=1.5), None),
        TeamRow(team(3), result(P16=2.0), None),
        TeamRow(team(4), None, None),
    ]
    shown = board(*rows)
    assert [(row.principle.key, row.spread.below, row.spread.count) for row in shown.systemic] == [("P16", 2, 3)]
    assert [row.principle.key for row in shown.weak] == ["P16", "P02"]
    assert "3 of 4 teams assessed. In most teams label P16 (P16) is below level 2." in shown.finding


def test_exactly_half_of_the_teams_is_not_most():
    rows = [TeamRow(team(1), result(P16=1.0), None), TeamRow(team(2), result(P16=3.0), None)]
    assert board(*rows).systemic == []


def test_a_change_of_a_whole_level_among_eighteen_is_probable_and_of_two_clear():
    """One level is p 0.048, above 0.10 / 18 by Benjamini-Hochberg; two levels are p 0.00008."""
    one = board(TeamRow(team(1), result(P01=3.0, P15=3.0), result(P01=3.0, P15=2.0)))
    two = board(TeamRow(team(1), result(P15=4.0), result(P15=2.0)))
    assert [(c.principle.key, c.delta, c.verdict) for c in one.moved] == [("P15", 1.0, "probable")]
    assert [(c.principle.key, c.verdict) for c in two.moved] == [("P15", "clear")]
    assert two.moved_by_principle == [(FRAMEWORK.principle_by_key["P15"], 1, 0)]


def test_half_a_level_of_one_respondent_has_not_moved():
    shown = board(TeamRow(team(1), result(P15=2.5), result(P15=2.0)))
    assert shown.moved == []
    assert shown.finding.endswith("No principle changed clearly since Q2 2026.")


@pytest.mark.parametrize("changes", [{"form": "short"}, {"version": "1.1.0"}])
def test_another_form_or_version_is_not_compared(changes):
    shown = board(TeamRow(team(1), result(5.0), result(1.0, **changes)))
    assert shown.moved == []
    assert shown.two_dates == []
    assert [row.team.pk for row in shown.incomparable] == [1]


def test_a_patch_of_the_framework_is_compared():
    shown = board(TeamRow(team(1), result(3.0, version="1.0.1"), result(2.0)))
    assert [(pair.then, pair.now, pair.verdict) for pair in shown.two_dates] == [(2.0, 3.0, "clear")]


def test_the_pillar_filter_keeps_principles_that_lie_mostly_there():
    shown = board(TeamRow(team(1), result(), None), pillar="organization")
    assert [p.key for p in shown.principles] == ["P04", "P05", "P06"]
    assert shown.subject_name == "Organization"


def test_many_teams_are_read_page_by_page_from_a_name():
    rows = [TeamRow(team(number), result(), None) for number in range(1, 61)]
    first = board(*rows)
    assert [row.team.name for row in (first.page[0], first.page[-1])] == ["Team 001", "Team 025"]
    assert first.previous_page == ""
    assert first.next_page == "period=2026-Q3&compare=2026-Q2&start=Team+026"
    second = board(*rows, start="Team 026")
    assert second.page[0].team.name == "Team 026"
    assert second.previous_page.endswith("start=Team+001")
    assert board(*rows, start="Team 051").next_page == ""
    assert {row.spread.count for row in second.heat} == {60}
    assert PAGE == 25


def test_a_skipped_quarter_is_a_gap_and_a_new_version_is_marked():
    rows = [TeamRow(team(1), None, None)]
    points = [
        Point(1, "2026-Q1", "1.0.0", 7, {"process": 2.0}),
        Point(1, "2026-Q3", "1.1.0", 8, {"process": 3.0}),
    ]
    trend = build_trend(points, rows, ["process"], Filters())
    assert trend.quarters == ("2026-Q1", "2026-Q2", "2026-Q3")
    assert trend.lines["process"][0].cells == [Cell(2.0, 7), Cell(None, None), Cell(3.0, 8)]
    assert trend.marks == {"2026-Q3": "1.1.0"}


def test_the_last_closed_of_a_quarter_counts():
    rows = [(1, "2026-Q1", "small", "1.0.0", "full", 7, 2.0), (1, "2026-Q1", "small", "1.0.0", "full", 9, 4.0)]
    assert [(point.assessment_id, point.scores) for point in last_points(rows, ["P01"])] == [(9, {"P01": 4.0})]


def test_many_teams_are_median_and_quartiles_and_chosen_ones_keep_their_line():
    rows = [TeamRow(team(number), result(), None) for number in range(1, 14)]
    points = [Point(number, "2026-Q1", "1.0.0", number, {"process": float(number % 5 + 1)}) for number in range(1, 14)]
    banded = build_trend(points, rows, ["process"], Filters())
    assert [line.name for line in banded.lines["process"]] == ["Upper quartile", "Median", "Lower quartile"]
    assert [line.values for line in banded.lines["process"]] == [(4.0,), (3.0,), (2.0,)]
    few = build_trend(points, rows[:2], ["process"], Filters(teams=(1, 2)))
    assert [line.name for line in few.lines["process"]] == ["Team 001", "Team 002"]
