"""A dashboard of more teams than one page holds: the page's teams one by one, all others by what was counted.

What is said of all teams comes from the counts of each quarter (quarters.py), so the work doesn't grow with the number
of teams. Changes are counted since the quarter before only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import ngettext

from assessment.dashboard import Dashboard, Spread, Trend, bands_of
from assessment.periods import periods_between
from assessment.quarters import Figures, Since

NOBODY = Figures(0, {}, {}, {}, {}, {}, {})
NO_CHANGE = Since({}, {})


@dataclass
class WholeBoard(Dashboard):
    """`rows` are the teams of the page; `quarters` the figures of each quarter with results.

    `before` and `after` are the names at which the pages before and after begin, None where there is none.
    """

    quarters: Mapping[str, Figures] = field(default_factory=dict)
    before: str | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.first, self.page = 0, self.rows

    @property
    def now(self) -> Figures:
        return self.quarters.get(self.filters.period, NOBODY)

    @property
    def then(self) -> Figures:
        return self.quarters.get(self.filters.compare, NOBODY)

    @property
    def since(self) -> Since:
        return self.now.since.get(self.filters.compare, NO_CHANGE)

    # Pages of teams

    @property
    def is_whole(self) -> bool:
        return True

    @property
    def is_paged(self) -> bool:
        return True

    @property
    def total(self) -> int | None:
        return None

    @property
    def previous_page(self) -> str:
        return "" if self.before is None else self.filters.but(start=self.before)

    @property
    def next_page(self) -> str:
        return "" if self.after is None else self.filters.but(start=self.after)

    @property
    def comparable_periods(self) -> list[str]:
        return [self.filters.compare] if self.filters.compare else []

    # What is shown

    @property
    def is_early(self) -> bool:
        return 2 * self.now.teams < self.then.teams

    @property
    def versions(self) -> list[str]:
        return sorted(self.now.releases)

    @property
    def forms_differ(self) -> bool:
        return bool(self.now.forms.get("short"))

    def spread_of(self, key: str) -> Spread:
        return self.now.spread(key)

    @cached_property
    def moved_count(self) -> tuple[int, int, int]:
        counts = [self.since.moved[p.key] for p in self.principles if p.key in self.since.moved]
        up, all_up, down, all_down = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0, 0, 0)
        return up, down, all_up - up + all_down - down

    @property
    def many_moved(self) -> bool:
        """By principle first, however few: the page's teams are only some of those that moved."""
        return any(self.moved_count)

    @property
    def moved_by_principle(self) -> list[tuple]:
        counts = [(p, self.since.moved.get(p.key, (0, 0, 0, 0))) for p in self.principles]
        return [(p, up, down) for p, (_clear, up, _clear_down, down) in counts if up or down]

    @property
    def two_dates_count(self) -> tuple[int, int, int]:
        up, down, total = self.since.pairs.get(self.subject, (0, 0, 0))
        return up, down, total

    def trend_of(self, subjects: Sequence[str]) -> Trend:
        known = [period for period, found in self.quarters.items() if found.teams]
        quarters = tuple(periods_between(min(known), max(known))) if known else ()
        found = [self.quarters.get(quarter, NOBODY) for quarter in quarters]
        lines = {
            subject: tuple(
                bands_of(
                    [one.line(subject) for one in found],
                    frozenset(place for place, one in enumerate(found) if one.crossed.get(subject)),
                )
            )
            for subject in subjects
        }
        return Trend(quarters, lines, self._marks(quarters), banded=True)

    def _marks(self, quarters: Sequence[str]) -> dict[str, str]:
        """The quarter in which each framework version first appears, from the second version on."""
        first: dict[str, str] = {}
        for quarter in quarters:
            for release in sorted(self.quarters.get(quarter, NOBODY).releases):
                first.setdefault(release.rpartition("@")[2], quarter)
        return {period: version for version, period in list(first.items())[1:]}

    def _medians(self, trend: Trend) -> dict[str, list[float | None]]:
        return {key: [self.quarters.get(q, NOBODY).line(key).median for q in trend.quarters] for key in trend.lines}

    def _assessed_sentence(self) -> str:
        return ngettext(
            "%(period)s: %(count)d team assessed.", "%(period)s: %(count)d teams assessed.", self.now.teams
        ) % {"period": self.label(self.filters.period), "count": self.now.teams}
