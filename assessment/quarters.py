"""What all teams of an organization scored in a quarter, as counts that one team's results add to and are taken from.

A dashboard of many teams reads what follows from these counts in place of every team's results. Scores are counted in
thousandths of a level, so that median and quartiles follow exactly from as many numbers as there are teams.

A count is named by words: "teams"; "release KEY@VERSION"; "form FORM"; "score SUBJECT THOUSANDTHS" as given;
"line SUBJECT THOUSANDTHS", by how much the count of that score differs where histories go on across releases;
"crossed SUBJECT", the teams with such a step; "below SUBJECT" level 2; and against the team's quarter before, THEN:
"moved THEN PRINCIPLE up|down clear|probable", "pair THEN SUBJECT up|down|even".
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from assessment import trends
from assessment.change import CLEAR
from assessment.dashboard import SYSTEMIC_BELOW, Judge, Point, Spread, TeamRow
from assessment.models import Result
from manifesto.definitions import Framework

THOUSANDTHS = 1000
LEAST_FOR_QUARTILES = 4
Counts = Mapping[str, int]


def last_of_quarters(results: Iterable[Result]) -> list[Result]:
    """The last closed result of each quarter, in time order, from one team's standing results in time order."""
    return sorted({result.period: result for result in results}.values(), key=lambda result: result.period)


def crossings(results: Sequence[Result]) -> list:
    """Where releases change between the quarters of one team, as `trends.crossings` says."""
    return trends.crossings([_point(result) for result in results], [])


def counted(results: Sequence[Result], links: trends.Links, current: Framework) -> dict[str, Counter]:
    """What one team adds to each quarter, from its last result of each, in time order.

    `current` judges changes under a release that isn't installed.
    """
    points = {point.period: point for point in trends.linked_points([_point(result) for result in results], links)}
    added = {result.period: _standing(result, points[result.period]) for result in results}
    pairs = [TeamRow(None, now, then) for then, now in pairwise(results)]
    judge = Judge(current)
    for row in trends.linked_rows(pairs, links):
        added[row.now.period].update(_since(row, judge))
    return added


def _point(result: Result) -> Point:
    """The result with all its scores, as a place in the team's history."""
    scores = result.scores
    values = {"overall": scores["overall"]["score"], **scores["pillars"], **scores["principles"]}
    return Point(
        result.team_id, result.period, result.framework_version, result.assessment_id, values,
        result.framework_key, result.form,
    )  # fmt: skip


def _standing(result: Result, point: Point) -> Counter:
    found = Counter({"teams": 1, f"release {result.framework_identifier}": 1, f"form {result.form}": 1})
    for subject, native in point.natives.items():
        if native is None:
            continue
        found[f"score {subject} {_thousandths(native)}"] += 1
        if native < SYSTEMIC_BELOW:
            found[f"below {subject}"] += 1
        if (given := _thousandths(native)) != (shown := _thousandths(point.scores[subject])):
            found[f"line {subject} {given}"] -= 1
            found[f"line {subject} {shown}"] += 1
    found.update({f"crossed {subject}": 1 for subject in point.linked})
    return found


def _thousandths(score: float) -> int:
    return round(score * THOUSANDTHS)


def _since(row: TeamRow, judge: Judge) -> Counter:
    """What the team's change since its quarter before adds."""
    then, found = row.then.period, Counter()
    if not row.comparable:
        return found
    for change in judge.moved(row):
        way = "up" if change.delta > 0 else "down"
        found[f"moved {then} {change.principle.key} {way} {change.verdict}"] += 1
    for subject in ("overall", *row.now.scores["pillars"]):
        first, second = row.compared(subject)
        if first is not None and second is not None:
            clear = judge.verdict(row, subject, second - first) == CLEAR
            way = "even" if not clear else "up" if second > first else "down"
            found[f"pair {then} {subject} {way}"] += 1
    return found


def added_up(counts: Counts, more: Counts, fewer: Counts) -> dict[str, int]:
    """The counts with `more` added and `fewer` taken away; what comes to nothing is left out."""
    total = Counter(counts)
    total.update(more)
    total.subtract(fewer)
    return {name: number for name, number in sorted(total.items()) if number}


# What follows from the counts


@dataclass(frozen=True, slots=True)
class Since:
    """The teams whose quarter before was a certain one: how many changes up and down, clear and probable ones.

    `moved` holds by principle the clear and all changes up, then the clear and all changes down; `pairs` by pillar and
    "overall" the teams clearly up, clearly down, and all.
    """

    moved: Mapping[str, Sequence[int]]
    pairs: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Figures:
    """A quarter of an organization in numbers. `lines` are spreads like `spreads` of linked histories, where they
    differ; `crossed` counts the teams that step across releases, `since` is by the quarter before."""

    teams: int
    releases: Mapping[str, int]
    forms: Mapping[str, int]
    spreads: Mapping[str, Spread]
    lines: Mapping[str, Spread]
    crossed: Mapping[str, int]
    since: Mapping[str, Since]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Figures:
        return cls(
            data["teams"],
            data["releases"],
            data["forms"],
            {subject: Spread(*numbers) for subject, numbers in data["spreads"].items()},
            {subject: Spread(*numbers) for subject, numbers in data["lines"].items()},
            data["crossed"],
            {then: Since(parts["moved"], parts["pairs"]) for then, parts in data["since"].items()},
        )

    def line(self, subject: str) -> Spread:
        return self.lines.get(subject) or self.spread(subject)

    def spread(self, subject: str) -> Spread:
        return self.spreads.get(subject) or Spread(0, None, None, None)


def figures(counts: Counts) -> dict[str, Any]:
    """What pages read of the counts, as stored: see Figures. Spreads are count, median, quartiles, below level 2."""
    scores: dict[str, Counter] = {}
    lines: dict[str, Counter] = {}
    below, crossed, releases, forms = Counter(), Counter(), Counter(), Counter()
    since: dict[str, dict[str, dict]] = {}
    for name, number in counts.items():
        match name.split(" "):
            case ["score", subject, score]:
                scores.setdefault(subject, Counter())[int(score)] += number
            case ["line", subject, score]:
                lines.setdefault(subject, Counter())[int(score)] += number
            case ["below", subject]:
                below[subject] = number
            case ["crossed", subject]:
                crossed[subject] = number
            case ["release", release]:
                releases[release] = number
            case ["form", form]:
                forms[form] = number
            case ["moved", then, principle, way, verdict]:
                sums = _part(since, then, "moved").setdefault(principle, [0, 0, 0, 0])
                place = 0 if way == "up" else 2
                sums[place] += number if verdict == CLEAR else 0
                sums[place + 1] += number
            case ["pair", then, subject, way]:
                sums = _part(since, then, "pairs").setdefault(subject, [0, 0, 0])
                sums[2] += number
                if way != "even":
                    sums[("up", "down").index(way)] += number
    return {
        "teams": counts.get("teams", 0),
        "releases": dict(releases),
        "forms": dict(forms),
        "spreads": {subject: [*_quartiles(found), below[subject]] for subject, found in scores.items()},
        "lines": {
            subject: [*_quartiles(_moved(scores.get(subject, Counter()), found)), 0] for subject, found in lines.items()
        },
        "crossed": dict(crossed),
        "since": since,
    }


def _part(since: dict[str, dict[str, dict]], then: str, name: str) -> dict:
    return since.setdefault(then, {"moved": {}, "pairs": {}})[name]


def _moved(scores: Counter, differences: Counter) -> Counter:
    total = Counter(scores)
    total.update(differences)
    return total


def _quartiles(found: Mapping[int, int]) -> list[float | None]:
    """How many, median, lower and upper quartile (inclusive method) of scores in thousandths that occur so often."""
    scores = sorted(score for score, number in found.items() if number > 0)
    ends = list(accumulate(found[score] for score in scores))
    count = ends[-1] if ends else 0
    if not count:
        return [0, None, None, None]
    low, middle, high = (_quantile(scores, ends, quarter * (count - 1)) for quarter in (1, 2, 3))
    return [count, middle, *((low, high) if count >= LEAST_FOR_QUARTILES else (None, None))]


def _quantile(scores: Sequence[int], ends: Sequence[int], quarters: int) -> float:
    """The score at so many quarter places from the smallest, between two neighbours in proportion."""
    place, rest = divmod(quarters, 4)
    first = _at(scores, ends, place)
    second = _at(scores, ends, place + 1) if rest else first
    return (first * (4 - rest) + second * rest) / 4 / THOUSANDTHS


def _at(scores: Sequence[int], ends: Sequence[int], place: int) -> int:
    return scores[bisect_right(ends, place)]
