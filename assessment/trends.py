"""Histories that go on across releases of the framework, like for like (domain guide 3.7).

Results are frozen: nothing is recomputed in place. Where a team's result is of another release than the one before,
the questions of both are read, and the later scores are shifted so that the step between them is the change on the
questions that both ask. Scores are levels 1-5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from assessment.dashboard import Point, TeamRow, edition
from assessment.versions import Bridge, LikeForLike, Side, bridge_between, like_for_like

Pair = tuple[int, int]
"""The ids of two assessments, the earlier one first."""
Links = Mapping[Pair, LikeForLike]


def crossings(points: Iterable[Point], rows: Iterable[TeamRow]) -> list[tuple[Pair, tuple[str, str], str]]:
    """Where releases change between two results of one form that stand beside each other, in a history or in a row.

    Each with the ids of its assessments, the identifiers of the two releases, and the form.
    """
    found = {}
    for own in _histories(points):
        for before, after in pairwise(own):
            if before.form == after.form and before.edition != after.edition:
                found[before.assessment_id, after.assessment_id] = (before.framework, after.framework), after.form
    for row in rows:
        if row.now and row.then and row.now.form == row.then.form and edition(row.now) != edition(row.then):
            pair = row.then.assessment_id, row.now.assessment_id
            found[pair] = (row.then.framework_identifier, row.now.framework_identifier), row.now.form
    return [(pair, releases, form) for pair, (releases, form) in found.items()]


def links_of(
    crossed: Iterable[tuple[Pair, tuple[str, str], str]], questions: Mapping[int, Mapping[str, Mapping]]
) -> dict[Pair, LikeForLike]:
    """How the results of each crossing can be compared. `questions` holds the stored card's questions by assessment.

    A crossing without a way from one release to the other is left out.
    """
    bridges: dict[tuple[str, str, str], Bridge | None] = {}
    links = {}
    for (first, second), (then, now), form in crossed:
        if (then, now, form) not in bridges:
            bridges[then, now, form] = bridge_between(then, now, form)
        bridge = bridges[then, now, form]
        if bridge and first in questions and second in questions:
            sides = (
                Side.of_questions(release, questions[number]) for release, number in ((then, first), (now, second))
            )
            link = like_for_like(bridge, *sides)
            if not link.is_empty:
                links[first, second] = link
    return links


def linked_rows(rows: Iterable[TeamRow], links: Links) -> list[TeamRow]:
    """Rows whose two results are of different releases, with what makes them comparable."""
    return [
        replace(row, link=links.get((row.then.assessment_id, row.now.assessment_id))) if row.now and row.then else row
        for row in rows
    ]


def linked_points(points: Sequence[Point], links: Links) -> list[Point]:
    """Points whose scores go on from the release before: linked_new = linked_old + (lfl_new - lfl_old).

    What each result was given stays in `natives`. Where there is no like-for-like score, the history begins anew
    with the score as it was given.
    """
    return [point for own in _histories(points) for point in _linked(own, links)]


def _linked(own: Sequence[Point], links: Links) -> Iterator[Point]:
    shifts: dict[str, float] = {}
    before: Point | None = None
    for point in own:
        linked = broken = frozenset()
        if before and before.edition != point.edition and before.form == point.form:
            link = links.get((before.assessment_id, point.assessment_id))
            found = {key: _shift(link, key, before, point, shifts.get(key, 0.0)) for key in point.scores}
            linked = frozenset(key for key, shift in found.items() if shift is not None)
            broken = frozenset(key for key in found.keys() - linked if before.scores.get(key) is not None)
            shifts = {key: shift or 0.0 for key, shift in found.items()}
        yield replace(point, scores=_shifted(point, shifts), natives=point.scores, linked=linked, broken=broken)
        before = point


def _shifted(point: Point, shifts: Mapping[str, float]) -> dict[str, float | None]:
    return {key: None if score is None else score + shifts.get(key, 0.0) for key, score in point.scores.items()}


def _shift(link: LikeForLike | None, key: str, before: Point, after: Point, shift: float) -> float | None:
    """By how much the scores of the new release are shifted; None where the two can't be linked."""
    then, now = before.scores.get(key), after.scores.get(key)
    if link is None or then is None or now is None:
        return None
    linked = link.linked(key, then + shift)
    return None if linked is None else float(linked) - now


def _histories(points: Iterable[Point]) -> list[list[Point]]:
    """The points of each team in time order."""
    teams: dict[int, list[Point]] = {}
    for point in points:
        teams.setdefault(point.team_id, []).append(point)
    return [sorted(own, key=lambda point: point.period) for own in teams.values()]
