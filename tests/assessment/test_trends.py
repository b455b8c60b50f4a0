"""Histories across releases: linked, begun anew, and never a naive jump."""

from __future__ import annotations

import pytest

from assessment.dashboard import Filters, Point, TeamRow, build_trend
from assessment.trends import crossings, linked_points, linked_rows, links_of
from tests.assessment.test_dashboard import board, result, team
from tests.assessment.test_versions import NEW_ANSWERS, OLD_ANSWERS, card
from tests.releases import NEW, OLD

SUBJECTS = ("P09", "P15", "process")


def stored(release, answers) -> dict:
    """A scorecard as a result keeps it."""
    return card(release, answers).as_dict()


def point(number: int, data: dict, team_id: int = 1, form: str = "full") -> Point:
    """The point of a quarter, 1 is the first of 2026; its assessment has the team's and the quarter's number."""
    version = data["framework"].partition("@")[2]
    scores = {key: (data["principles"].get(key) or data["pillars"].get(key))["score"] for key in SUBJECTS}
    return Point(team_id, f"2026-Q{number}", version, 10 * team_id + number, scores, "mini", form)


def linked(*cards: dict, **changes) -> list[Point]:
    points = [point(number, data, **changes) for number, data in enumerate(cards, start=1)]
    questions = {own.assessment_id: data["questions"] for own, data in zip(points, cards, strict=True)}
    return linked_points(points, links_of(crossings(points, []), questions))


@pytest.fixture
def guide(two_releases):
    """The two results of the guide's T35."""
    return stored(OLD, OLD_ANSWERS), stored(NEW, NEW_ANSWERS)


def test_the_trend_of_the_worked_example_goes_on_at_two_and_a_half(guide):  # T35
    first, second = linked(*guide)
    assert (first.scores["P09"], second.scores["P09"]) == (2.0, 2.5)
    assert second.natives["P09"] == pytest.approx(3.67, abs=5e-3)
    assert "P09" in second.linked
    assert second.broken == frozenset()


def test_after_the_step_a_line_moves_as_the_new_release_scores(guide):
    """A third result under 1.1.0 with P09 at 3, 4 and 5, given 4.00: a third above the one before."""
    third = linked(*guide, stored(NEW, NEW_ANSWERS | {"P09.2": 4}))[2]
    assert third.natives["P09"] == 4.0
    assert third.scores["P09"] == pytest.approx(2.5 + 1 / 3)
    assert third.linked == frozenset()


def test_within_one_release_nothing_is_shifted(guide):
    points = linked(guide[0], guide[0])
    assert [own.scores for own in points] == [own.natives for own in points]
    assert crossings(points, []) == []


def test_where_too_little_is_common_a_line_begins_anew_with_the_score_as_given(two_releases):
    first, second = linked(stored(OLD, OLD_ANSWERS | {"P15.1": 4}), stored(NEW, NEW_ANSWERS))
    assert (first.scores["P15"], second.scores["P15"]) == (3.0, 2.5)
    assert "P15" in second.broken
    assert "P09" in second.linked


def test_where_there_was_no_score_before_nothing_breaks(two_releases):
    before = {key: value for key, value in OLD_ANSWERS.items() if not key.startswith("P15")}
    second = linked(stored(OLD, before), stored(NEW, NEW_ANSWERS))[1]
    assert "P15" not in second.broken | second.linked
    assert second.scores["P15"] == 2.5


def test_a_team_that_skipped_a_quarter_is_linked_over_the_gap(guide):
    points = [point(1, guide[0]), point(3, guide[1])]
    questions = {11: guide[0]["questions"], 13: guide[1]["questions"]}
    shown = linked_points(points, links_of(crossings(points, []), questions))
    assert shown[1].scores["P09"] == 2.5


def test_each_team_is_linked_by_its_own_answers(guide):
    other = stored(NEW, NEW_ANSWERS | {"P09.1": 5, "P09.2": 5})
    points = [point(1, guide[0]), point(2, guide[1]), point(1, guide[0], 2), point(2, other, 2)]
    cards = dict(zip((11, 12, 21, 22), (guide[0], guide[1], guide[0], other), strict=True))
    links = links_of(crossings(points, []), {number: data["questions"] for number, data in cards.items()})
    shown = {(own.team_id, own.period): own.scores["P09"] for own in linked_points(points, links)}
    assert (shown[1, "2026-Q2"], shown[2, "2026-Q2"]) == (2.5, 4.5)


def test_another_form_is_not_linked(guide):
    points = [point(1, guide[0]), point(2, guide[1], form="short")]
    assert crossings(points, []) == []


def test_the_lines_of_a_trend_say_where_they_cross_and_what_was_given(guide):
    trend = build_trend(linked(*guide), [TeamRow(team(1), None, None)], ["P09"], Filters())
    (line,) = trend.lines["P09"]
    assert line.linked == {1}
    assert [(cell.value, cell.native and round(cell.native, 2)) for cell in line.cells] == [(2.0, None), (2.5, 3.67)]
    assert (trend.has_links, trend.has_breaks) == (True, False)
    assert trend.marks == {"2026-Q2": "1.1.0"}


def test_rows_of_two_releases_are_compared_like_for_like(guide):
    """P15 rose from 2 (read by the crosswalk) to 5: +3, though the scores as given are 2.5 and 5."""
    then, now = result(2.0), result(5.0)
    later = stored(NEW, NEW_ANSWERS | {"P15.1": 5, "P15.2": 5})
    for row, number, version in ((then, 1, "1.0.0"), (now, 2, "1.1.0")):
        row.framework_key, row.framework_version, row.assessment_id = "mini", version, number
    rows = [TeamRow(team(1), now, then)]
    crossed = crossings([], rows)
    assert crossed == [((1, 2), ("mini@1.0.0", "mini@1.1.0"), "full")]
    links = links_of(crossed, {1: guide[0]["questions"], 2: later["questions"]})
    shown = board(*linked_rows(rows, links))
    assert [row.team.pk for row in shown.linked] == [1]
    assert shown.incomparable == []
    moved = {change.principle.key: (change.then, change.now, change.verdict) for change in shown.moved}
    assert moved == {"P15": (2.0, 5.0, "clear")}
