"""Teams side by side and over time: filters, rows, findings. Results only; never a ranking, never a single answer.

Everything here is computed from rows that the caller read in a fixed number of queries. Scores are levels 1-5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median, quantiles
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.change import CLEAR, PROBABLE, SAME, benjamini_hochberg, single_limits, single_p, verdict_of
from assessment.models import Result
from assessment.periods import period_label, periods_between
from assessment.sentences import format_score, join_words
from assessment.versions import LikeForLike
from assessment.versions import edition as release_edition
from manifesto import catalog
from manifesto.definitions import Framework, Principle
from organizations.models import Team

SYSTEMIC_BELOW = 2
"""A principle below this level in most teams is a matter for the whole organization."""
PAGE = 25
"""Teams that are shown side by side; more are read page by page, beside the organization's median and quartiles."""
LINES = 12
"""Teams that a trend can show as lines of their own."""
MANY = 12
"""From this many changes on they are counted by principle first."""
MOST_RELEASES = 64
FEW = 2
"""From this many teams on there is something to compare."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. `teams` are ids, none for all; `start` is the name at which a page of teams begins."""

    teams: tuple[int, ...] = ()
    period: str = ""
    compare: str = ""
    pillar: str = ""
    start: str = ""

    @property
    def query(self) -> str:
        """The filters as they stand in an address, without a question mark."""
        pairs = [("team", team) for team in self.teams]
        for name in ("period", "compare", "pillar", "start"):
            if value := getattr(self, name):
                pairs.append((name, value))
        return urlencode(pairs)

    def but(self, **changes) -> str:
        """The address's query with some filters replaced."""
        return replace(self, **changes).query


def read_filters(query, teams: Iterable[Team], periods: Sequence[str], framework: Framework) -> Filters:
    """Filters from an address (a QueryDict); what doesn't exist here is passed over.

    The period is the latest one and the one to compare with the one before it, unless the address says otherwise.
    """
    known = {team.pk for team in teams}
    wanted = team_numbers(query)
    period = query.get("period", "")
    period = period if period in periods else (periods[0] if periods else "")
    earlier = [item for item in periods if item < period]
    compare = query.get("compare", "")
    pillar = query.get("pillar", "")
    return Filters(
        teams=tuple(dict.fromkeys(team for team in wanted if team in known)),
        period=period,
        compare=compare if compare in earlier else (earlier[0] if earlier else ""),
        pillar=pillar if pillar in framework.pillar_by_key else "",
        start=query.get("start", "")[:80],
    )


def team_numbers(query) -> list[int]:
    """The ids of teams that an address (a QueryDict) names, whether they exist or not."""
    return [int(value) for value in query.getlist("team") if value.isdecimal() and len(value) < 19]


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team: its result in the period, and in the period to compare with.

    `link` compares the two across releases of the framework, like for like.
    """

    team: Team
    now: Result | None
    then: Result | None
    link: LikeForLike | None = None

    def compared(self, key: str) -> tuple[float | None, float | None]:
        """The scores then and now that may be held against each other."""
        if self.link is None:
            return self.score_then(key), self.score_now(key)
        then, now = self.link.scores(key)
        return (None, None) if then is None or now is None else (float(then), float(now))

    def score_now(self, key: str) -> float | None:
        return score_of(self.now, key)

    def score_then(self, key: str) -> float | None:
        return score_of(self.then, key)

    @property
    def overall(self) -> dict:
        return self.now.scores["overall"] if self.now else {}

    @property
    def comparable(self) -> bool:
        """Whether both results are there and of one form, and of one release but for its patch number or linked."""
        return bool(self.now and self.then) and (self.link is not None or edition(self.now) == edition(self.then))


def edition(result: Result) -> tuple[str, str]:
    """Release, without its patch number, and form: results that agree in both compare as they are."""
    return release_edition(result.framework_identifier), result.form


def score_of(result: Result | None, key: str) -> float | None:
    """The score of a principle, a pillar or "overall"."""
    if result is None:
        return None
    if key == "overall":
        return result.scores["overall"]["score"]
    return result.scores["principles"].get(key, result.scores["pillars"].get(key))


@dataclass(frozen=True, slots=True)
class Spread:
    """How a score is distributed over `count` teams; quartiles are None for fewer than four."""

    count: int
    median: float | None
    low: float | None
    high: float | None
    below: int = 0


def spread(scores: Iterable[float | None]) -> Spread:
    """Median and quartiles (inclusive method) of what is there, and how many are below level 2."""
    values = sorted(value for value in scores if value is not None)
    if not values:
        return Spread(0, None, None, None)
    quarters = quantiles(values, n=4, method="inclusive") if len(values) >= 4 else [None, None, None]
    below = sum(value < SYSTEMIC_BELOW for value in values)
    return Spread(len(values), median(values), quarters[0], quarters[2], below)


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A principle over the teams on the page, and its spread over all chosen teams."""

    principle: Principle
    cells: tuple[tuple[TeamRow, float | None], ...]
    spread: Spread


@dataclass(frozen=True, slots=True)
class Moved:
    """One principle of one team that changed more than a second answer would."""

    row: TeamRow
    principle: Principle
    then: float
    now: float
    verdict: str

    @property
    def delta(self) -> float:
        return self.now - self.then


@dataclass(frozen=True, slots=True)
class TwoDates:
    """A team's score at both dates."""

    row: TeamRow
    then: float
    now: float
    verdict: str

    @property
    def delta(self) -> float:
        return self.now - self.then


@dataclass(frozen=True, slots=True)
class Point:
    """A team's place in a history: scores by subject key.

    Across releases `scores` go on like for like from the release before, and `natives` are as they were given.
    `linked` names the subjects whose step from the point before crosses releases, `broken` those that begin anew.
    """

    team_id: int
    period: str
    version: str
    assessment_id: int
    scores: Mapping[str, float | None]
    framework_key: str = ""
    form: str = "full"
    natives: Mapping[str, float | None] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()

    @property
    def framework(self) -> str:
        return f"{self.framework_key}@{self.version}"

    @property
    def edition(self) -> str:
        return release_edition(self.framework)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a line; `native` is the score as it was given, where the line shows another one."""

    value: float | None
    assessment: int | None
    native: float | None = None

    @property
    def shows_native(self) -> bool:
        """Whether the two differ in the one decimal that a table has."""
        return self.native is not None and format_score(self.native, 1, "en") != format_score(self.value, 1, "en")


@dataclass(frozen=True, slots=True)
class Line:
    """A team's (or a quantile's) scores over the quarters; None where there is none.

    `natives` are the scores as given where they differ. `linked` and `broken` are the places of quarters in which
    another release begins: with a like-for-like step from the quarter before, or without any way from it.
    """

    name: str
    values: tuple[float | None, ...]
    team: Team | None = None
    assessments: tuple[int | None, ...] = ()
    natives: tuple[float | None, ...] = ()
    linked: frozenset[int] = frozenset()
    broken: frozenset[int] = frozenset()

    @property
    def cells(self) -> list[Cell]:
        nothing = (None,) * len(self.values)
        return list(map(Cell, self.values, self.assessments or nothing, self.natives or nothing))


@dataclass(frozen=True, slots=True)
class Trend:
    """`lines` by subject key; `marks` name the quarters from which another framework version holds."""

    quarters: tuple[str, ...]
    lines: Mapping[str, tuple[Line, ...]]
    marks: Mapping[str, str]
    banded: bool

    @property
    def has_links(self) -> bool:
        return any(line.linked for lines in self.lines.values() for line in lines)

    @property
    def has_breaks(self) -> bool:
        return any(line.broken for lines in self.lines.values() for line in lines)


class Judge:
    """Says of a team's change whether it is more than a second answer would make, by the limits of one respondent.

    The limits are those of the release that the newer result answered; of `framework` where that isn't installed.
    """

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self._releases: dict[str, Framework] = {}

    def moved(self, row: TeamRow) -> list[Moved]:
        """The row's clear and probable changes by principle, corrected for many looks."""
        pairs = [(p, *row.compared(p.key)) for p in self.release_of(row).principles]
        known = [(p, then, now) for p, then, now in pairs if then is not None and now is not None]
        kept = benjamini_hochberg([single_p(now - then) for _p, then, now in known])
        found = [
            Moved(row, p, then, now, self.verdict(row, p.key, now - then, keep))
            for (p, then, now), keep in zip(known, kept, strict=True)
        ]
        return [change for change in found if change.verdict in (CLEAR, PROBABLE)]

    def verdict(self, row: TeamRow, subject: str, delta: float, keep: bool = True) -> str:
        """What is clear by itself but not among so many (`keep`) is only probable."""
        only = row.link.comparable if row.link else None
        framework = row.link.bridge.newer if row.link else self.release_of(row)
        verdict = verdict_of(delta, *_limits(framework, row.now.form, subject, only))
        return PROBABLE if verdict == CLEAR and not keep else verdict

    def release_of(self, row: TeamRow) -> Framework:
        identifier = row.now.framework_identifier
        if identifier not in self._releases:
            try:
                self._releases[identifier] = catalog.find(identifier)
            except catalog.UnknownFramework:
                self._releases[identifier] = self.framework
        return self._releases[identifier]


_reckoned: dict[int, tuple[Framework, dict[tuple, tuple[float, float]]]] = {}


def _limits(framework: Framework, form: str, subject: str, only: frozenset[str] | None) -> tuple[float, float]:
    """`single_limits`, reckoned once for each release in memory: they take longer than everything else of a change."""
    if len(_reckoned) >= MOST_RELEASES:
        _reckoned.clear()
    _kept, known = _reckoned.setdefault(id(framework), (framework, {}))
    if (form, subject, only) not in known:
        known[form, subject, only] = single_limits(framework, form, subject, only)
    return known[form, subject, only]


@dataclass
class Dashboard:
    """Everything that the page shows of `rows`: the chosen teams by name, of which `page` stand side by side."""

    framework: Framework
    language: str
    filters: Filters
    teams: list[Team]
    periods: list[str]
    rows: list[TeamRow]
    points: list[Point]
    page: list[TeamRow] = field(init=False)
    first: int = field(init=False)
    _judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self._judge = Judge(self.framework)
        self.first = _first(self.rows, self.filters.start)
        self.page = self.rows[self.first : self.first + PAGE]

    # Pages of teams

    @property
    def is_whole(self) -> bool:
        """Whether it says of teams beyond the page only what was counted."""
        return False

    @property
    def is_paged(self) -> bool:
        return len(self.rows) > PAGE

    @property
    def previous_page(self) -> str:
        """The address's query of the teams before, empty on the first page."""
        if not self.first:
            return ""
        start = max(0, self.first - PAGE)
        return self.filters.but(start=self.rows[start].team.name)

    @property
    def next_page(self) -> str:
        last = self.first + PAGE
        return self.filters.but(start=self.rows[last].team.name) if last < len(self.rows) else ""

    @property
    def total(self) -> int | None:
        """How many teams the pages hold; None where nobody counted them."""
        return len(self.rows)

    @property
    def comparable_periods(self) -> list[str]:
        """The quarters with which the period can be compared, newest first."""
        return [period for period in self.periods if period < self.filters.period]

    @property
    def last_name(self) -> str:
        return self.page[-1].team.name if self.page else ""

    # What is shown

    @cached_property
    def assessed(self) -> list[TeamRow]:
        return [row for row in self.rows if row.now]

    @property
    def is_early(self) -> bool:
        """Whether most teams have no result in the period yet, but more of them in the one to compare with."""
        before = sum(row.then is not None for row in self.rows)
        return 2 * len(self.assessed) < len(self.rows) and before > len(self.assessed)

    @property
    def period_before(self) -> str:
        """The address's query for the period to compare with, held against the one before it."""
        return self.filters.but(period=self.filters.compare, compare="")

    @cached_property
    def principles(self) -> list[Principle]:
        """All, or those that lie mostly in the chosen pillar."""
        pillar = self.filters.pillar
        return [
            principle
            for principle in self.framework.principles
            if not pillar or principle.pillar_weights.get(pillar, 0) == max(principle.pillar_weights.values())
        ]

    @property
    def pillars(self) -> list:
        chosen = self.filters.pillar
        return [pillar for pillar in self.framework.pillars if not chosen or pillar.key == chosen]

    @property
    def subject(self) -> str:
        """What the two dates are compared in: the chosen pillar, else the overall score."""
        return self.filters.pillar or "overall"

    @property
    def subject_name(self) -> str:
        return subject_name(self.framework, self.subject, self.language)

    @property
    def versions(self) -> list[str]:
        return sorted({row.now.framework_identifier for row in self.assessed})

    @property
    def forms_differ(self) -> bool:
        return any(row.now.form == "short" for row in self.assessed)

    @cached_property
    def heat(self) -> list[HeatRow]:
        return [
            HeatRow(
                principle,
                tuple((row, row.score_now(principle.key)) for row in self.page),
                self.spread_of(principle.key),
            )
            for principle in self.principles
        ]

    def spread_of(self, key: str) -> Spread:
        """How the score of a principle, a pillar or "overall" is distributed in the period."""
        return spread(row.score_now(key) for row in self.rows)

    @cached_property
    def systemic(self) -> list[HeatRow]:
        """Principles below level 2 in more than half of the teams that have a score, the most frequent first."""
        weak = [row for row in self.heat if row.spread.count >= FEW and 2 * row.spread.below > row.spread.count]
        return sorted(weak, key=lambda row: (-row.spread.below / row.spread.count, row.principle.key))

    @cached_property
    def moved(self) -> list[Moved]:
        """Clear and probable changes by team and principle, after correcting for many looks at each team."""
        shown = {principle.key for principle in self.principles}
        moved = (change for row in self.rows if row.comparable for change in self._judge.moved(row))
        return [change for change in moved if change.principle.key in shown]

    @property
    def moved_count(self) -> tuple[int, int, int]:
        """How many clear changes up, clear ones down, and probable ones."""
        clear = [change.delta > 0 for change in self.moved if change.verdict == CLEAR]
        return sum(clear), len(clear) - sum(clear), len(self.moved) - len(clear)

    @property
    def moved_by_principle(self) -> list[tuple[Principle, int, int]]:
        """Each principle that moved, with the number of teams in which it went up and down; in framework order."""
        ups = Counter(change.principle.key for change in self.moved if change.delta > 0)
        downs = Counter(change.principle.key for change in self.moved if change.delta < 0)
        return [(p, ups[p.key], downs[p.key]) for p in self.principles if ups[p.key] or downs[p.key]]

    @property
    def many_moved(self) -> bool:
        return sum(self.moved_count) > MANY

    @cached_property
    def all_two_dates(self) -> list[TwoDates]:
        """The teams that can be compared between the two periods."""
        pairs = [(row, *row.compared(self.subject)) for row in self.rows if row.comparable]
        return [
            TwoDates(row, then, now, self._judge.verdict(row, self.subject, now - then))
            for row, then, now in pairs
            if then is not None and now is not None
        ]

    @property
    def two_dates_count(self) -> tuple[int, int, int]:
        """How many of them are clearly up and clearly down, and how many there are."""
        clear = [pair.delta > 0 for pair in self.all_two_dates if pair.verdict == CLEAR]
        return sum(clear), len(clear) - sum(clear), len(self.all_two_dates)

    @property
    def two_dates(self) -> list[TwoDates]:
        """Those of them on the page."""
        shown = {row.team.pk for row in self.page}
        return [pair for pair in self.all_two_dates if pair.row.team.pk in shown]

    @property
    def incomparable(self) -> list[TeamRow]:
        return [row for row in self.rows if row.now and row.then and not row.comparable]

    @property
    def linked(self) -> list[TeamRow]:
        """The teams that are compared across releases."""
        return [row for row in self.rows if row.link]

    @cached_property
    def trend(self) -> Trend:
        return self.trend_of([pillar.key for pillar in self.pillars])

    def trend_of(self, subjects: Sequence[str]) -> Trend:
        return build_trend(self.points, self.rows, subjects, self.filters)

    @property
    def trend_tables(self) -> list[tuple]:
        """Each pillar with its lines."""
        return [(pillar, self.trend.lines[pillar.key]) for pillar in self.pillars]

    @property
    def weak(self) -> list[HeatRow]:
        """Principles below level 2 in any team, the most frequent first."""
        rows = [row for row in self.heat if row.spread.below]
        return sorted(rows, key=lambda row: (-row.spread.below / row.spread.count, row.principle.key))

    # Findings, by rule

    @property
    def finding(self) -> str:
        """The one sentence above everything."""
        parts = [self._assessed_sentence(), self._systemic_part(), self._moved_part()]
        return " ".join(part for part in parts if part)

    def _assessed_sentence(self) -> str:
        return ngettext(
            "%(period)s: %(count)d of %(total)d team assessed.",
            "%(period)s: %(count)d of %(total)d teams assessed.",
            len(self.rows),
        ) % {"period": self.label(self.filters.period), "count": len(self.assessed), "total": len(self.rows)}

    def _systemic_part(self) -> str:
        weak = self.systemic
        if not weak:
            return ""
        names = join_words([self._named(row.principle) for row in weak[:3]], self.language)
        return ngettext(
            "In most teams %(names)s is below level %(level)d.",
            "In most teams %(names)s are below level %(level)d.",
            len(weak[:3]),
        ) % {"names": names, "level": SYSTEMIC_BELOW}

    def _moved_part(self) -> str:
        if not self.filters.compare:
            return ""
        up, down, _probable = self.moved_count
        since = self.label(self.filters.compare)
        if not up + down:
            return _("No principle changed clearly since %(since)s.") % {"since": since}
        return _("Clear changes of principles since %(since)s: %(up)d up, %(down)d down.") % {
            "since": since,
            "up": up,
            "down": down,
        }

    @property
    def heat_finding(self) -> str:
        """What the heatmap shows: the weakest and the strongest principle by their median."""
        rows = [row for row in self.heat if row.spread.median is not None]
        if not rows:
            return _("There are no scores in this period.")
        low, high = min(rows, key=lambda row: row.spread.median), max(rows, key=lambda row: row.spread.median)
        return _("By their median over the teams, %(low)s is lowest (%(least)s) and %(high)s highest (%(most)s).") % {
            "low": self._named(low.principle),
            "least": format_score(low.spread.median, 1, self.language),
            "high": self._named(high.principle),
            "most": format_score(high.spread.median, 1, self.language),
        }

    @property
    def systemic_finding(self) -> str:
        if weak := self.systemic:
            return ngettext(
                "%(count)d principle is below level %(level)d in most teams.",
                "%(count)d principles are below level %(level)d in most teams.",
                len(weak),
            ) % {"count": len(weak), "level": SYSTEMIC_BELOW}
        return _("No principle is below level %(level)d in most teams.") % {"level": SYSTEMIC_BELOW}

    @property
    def moved_finding(self) -> str:
        up, down, probable = self.moved_count
        if not up + down + probable:
            return _("Nothing moved by more than a second answer would since %(since)s.") % {
                "since": self.label(self.filters.compare)
            }
        return _("Since %(since)s: %(clear)d clear and %(probable)d probable changes.") % {
            "since": self.label(self.filters.compare),
            "clear": up + down,
            "probable": probable,
        }

    @property
    def trend_finding(self) -> str:
        """How the median of the first pillar shown moved over the quarters."""
        trend = self.trend
        if len(trend.quarters) < FEW:
            return _("There is one quarter so far; a trend needs two.")
        medians = self._medians(trend)
        phrases = [
            _("%(name)s %(then)s to %(now)s")
            % {
                "name": subject_name(self.framework, key, self.language),
                "then": format_score(known[0], 1, self.language),
                "now": format_score(known[-1], 1, self.language),
            }
            for key, values in medians.items()
            if (known := [value for value in values if value is not None])
        ]
        return _("From %(first)s to %(last)s the teams' median went: %(moves)s.") % {
            "first": self.label(trend.quarters[0]),
            "last": self.label(trend.quarters[-1]),
            "moves": join_words(phrases, self.language),
        }

    def _medians(self, trend: Trend) -> dict[str, list[float | None]]:
        teams = {row.team.pk for row in self.rows}
        shown = [point for point in self.points if point.team_id in teams]
        return {key: [item.median for item in spreads(shown, key, trend.quarters)] for key in trend.lines}

    @property
    def two_dates_finding(self) -> str:
        up, down, total = self.two_dates_count
        return _("%(subject)s since %(since)s: clearly up in %(up)d, clearly down in %(down)d of %(total)d teams.") % {
            "subject": self.subject_name,
            "since": self.label(self.filters.compare),
            "up": up,
            "down": down,
            "total": total,
        }

    def label(self, period: str) -> str:
        return period_label(period, self.language) if period else ""

    def _named(self, principle: Principle) -> str:
        return f"{principle.label.in_language(self.language)} ({principle.key})"


def subject_name(framework: Framework, subject: str, language: str) -> str:
    """The name of a principle, a pillar or the overall score."""
    if subject in framework.principle_by_key:
        principle = framework.principle_by_key[subject]
        return f"{subject} {principle.name.in_language(language)}"
    if subject in framework.pillar_by_key:
        return framework.pillar_by_key[subject].name.in_language(language)
    return _("Overall score")


def path_of(framework: Framework, subject: str) -> str:
    """Where the score of a subject lies in `Result.scores`, as a path of keys. Raises KeyError for an unknown one."""
    if subject == "overall":
        return "overall__score"
    if subject in framework.pillar_by_key:
        return f"pillars__{subject}"
    return f"principles__{framework.principle_by_key[subject].key}"


def team_rows(
    teams: Iterable[Team], chosen: Sequence[int], now: Mapping[int, Result], then: Mapping[int, Result]
) -> list[TeamRow]:
    """The chosen teams by name; without a choice all that work, and archived ones with a result in the period."""
    shown = [team for team in teams if (team.pk in chosen if chosen else not team.archived_at or team.pk in now)]
    return [TeamRow(team, now.get(team.pk), then.get(team.pk)) for team in by_name(shown)]


def by_name(teams: Iterable[Team]) -> list[Team]:
    return sorted(teams, key=lambda team: (team.name.casefold(), team.pk))


def _first(rows: Sequence[TeamRow], start: str) -> int:
    """The place of the first team whose name isn't before `start`."""
    names = [row.team.name.casefold() for row in rows]
    return next((place for place, name in enumerate(names) if name >= start.casefold()), 0) if start else 0


def build_trend(points: Sequence[Point], rows: Sequence[TeamRow], subjects: Sequence[str], filters: Filters) -> Trend:
    """A line per team where there are few, or where teams were chosen; else median and quartiles."""
    by_team = {row.team.pk: row.team for row in rows}
    shown = [point for point in points if point.team_id in by_team]
    quarters = _quarters(shown)
    banded = len(rows) > LINES
    own = [] if banded and not filters.teams else [row.team for row in rows][:LINES]
    lines = {
        key: (*(_bands(shown, key, quarters) if banded else ()), *(_line(shown, team, key, quarters) for team in own))
        for key in subjects
    }
    return Trend(quarters, lines, version_marks(shown), banded)


def all_lines(
    points: Sequence[Point], rows: Sequence[TeamRow], subject: str, quarters: Sequence[str] | None = None
) -> Trend:
    """A line per team whatever their number, for a table."""
    by_team: dict[int, list[Point]] = {row.team.pk: [] for row in rows}
    for point in points:
        if point.team_id in by_team:
            by_team[point.team_id].append(point)
    shown = [point for own in by_team.values() for point in own]
    if quarters is None:
        quarters = _quarters(shown)
    lines = tuple(_line(by_team[row.team.pk], row.team, subject, quarters) for row in rows)
    return Trend(tuple(quarters), {subject: lines}, version_marks(shown), False)


def _quarters(points: Sequence[Point]) -> tuple[str, ...]:
    """All quarters from the first to the last with a point."""
    periods = [point.period for point in points]
    return tuple(periods_between(min(periods), max(periods))) if periods else ()


def _line(points: Sequence[Point], team: Team, key: str, quarters: Sequence[str]) -> Line:
    own = {point.period: point for point in points if point.team_id == team.pk}
    found = [own.get(quarter) for quarter in quarters]
    return Line(
        team.name,
        tuple(point.scores.get(key) if point else None for point in found),
        team,
        tuple(point.assessment_id if point else None for point in found),
        tuple(_native(point, key) if point else None for point in found),
        frozenset(place for place, point in enumerate(found) if point and key in point.linked),
        frozenset(place for place, point in enumerate(found) if point and key in point.broken),
    )


def _native(point: Point, key: str) -> float | None:
    """The score as it was given, where the point shows another one."""
    native, shown = point.natives.get(key), point.scores.get(key)
    return None if native is None or shown is None or abs(native - shown) < SAME else native


def _bands(points: Sequence[Point], key: str, quarters: Sequence[str]) -> list[Line]:
    found = spreads(points, key, quarters)
    crossed = {point.period for point in points if key in point.linked}
    return bands_of(found, frozenset(place for place, quarter in enumerate(quarters) if quarter in crossed))


def bands_of(found: Sequence[Spread], linked: frozenset[int]) -> list[Line]:
    """Quartiles and median over the quarters; `linked` are the places of quarters that cross releases."""
    return [
        Line(_("Upper quartile"), tuple(item.high for item in found), linked=linked),
        Line(_("Median"), tuple(item.median for item in found), linked=linked),
        Line(_("Lower quartile"), tuple(item.low for item in found), linked=linked),
    ]


def spreads(points: Iterable[Point], key: str, quarters: Sequence[str]) -> list[Spread]:
    """The spread of a subject in each quarter."""
    scores: dict[str, list[float | None]] = {quarter: [] for quarter in quarters}
    for point in points:
        scores[point.period].append(point.scores.get(key))
    return [spread(scores[quarter]) for quarter in quarters]


def version_marks(points: Iterable[Point]) -> dict[str, str]:
    """The quarter in which each framework version first appears, from the second version on."""
    first: dict[str, str] = {}
    for point in sorted(points, key=lambda point: point.period):
        first.setdefault(point.version, point.period)
    return {period: version for version, period in list(first.items())[1:]}


def last_points(rows: Iterable[Sequence], subjects: Sequence[str]) -> list[Point]:
    """History rows in time order as points, one per team and quarter: the last closed."""
    points: dict[tuple[int, str], Point] = {}
    for team_id, period, framework_key, version, form, assessment_id, *scores in rows:
        values = dict(zip(subjects, scores, strict=True))
        points[team_id, period] = Point(team_id, period, version, assessment_id, values, framework_key, form)
    return list(points.values())
