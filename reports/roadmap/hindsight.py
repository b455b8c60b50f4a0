"""What a plan promised against what came of it (domain guide 4.2 end, and 4.4, honesty about projections).

Two questions are kept apart. Did the plan come true: hit rate and optimism compare every question that the plan meant
to lift by now with what was measured. Do lifts come true: the realisation compares what the initiatives that were
marked done promised with what was measured, so that a late start isn't taken for a weak initiative. Levels are 1-5 in
exact fractions. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from manifesto.definitions import Framework
from reports.roadmap.projection import REALISATION, Projection, Values, lifted_values

PRIOR_LEVELS = 8
"""How many promised levels the start value counts as: the lifts of about two initiatives of the catalogue.

One initiative that brought nothing then lowers the factor from 0.7 to about 0.47, not to 0; after ten initiatives the
team's own ratio has five parts in six.
"""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a plan expects of one question: its value at planning, and at the end of each quarter on both curves."""

    before: Fraction
    full: tuple[Fraction, ...]
    cautious: tuple[Fraction, ...]

    def after(self, quarters: int) -> Fraction:
        """The full curve after so many quarters of the plan; the value at planning before the first is over."""
        return self.full[min(quarters, len(self.full)) - 1] if quarters > 0 and self.full else self.before


@dataclass(frozen=True, slots=True)
class Kept:
    """One question: at planning, what the plan forecast for now, and what was measured (None: no value now).

    `is_done` tells whether an initiative that lifts it was marked done.
    """

    question: str
    before: Fraction
    forecast: Fraction
    measured: Fraction | None
    is_done: bool

    @property
    def came_true(self) -> bool:
        return self.measured is not None and self.measured >= self.forecast

    @property
    def difference(self) -> Fraction | None:
        """Measured minus forecast."""
        return None if self.measured is None else self.measured - self.forecast


@dataclass(frozen=True, slots=True)
class Hindsight:
    """Forecast and measurement of one plan at one closing.

    `promised` and `realised` are levels summed over the questions that initiatives marked done lift.
    """

    rows: tuple[Kept, ...]
    promised: Fraction
    realised: Fraction

    @property
    def measured(self) -> tuple[Kept, ...]:
        return tuple(row for row in self.rows if row.measured is not None)

    @property
    def hits(self) -> int:
        return sum(row.came_true for row in self.rows)

    @property
    def hit_rate(self) -> Fraction | None:
        """The share of measured questions that came at least as far as forecast."""
        return Fraction(self.hits, len(self.measured)) if self.measured else None

    @property
    def optimism(self) -> Fraction | None:
        """The mean of forecast minus measured, in levels: above zero the plan promised too much."""
        differences = [-row.difference for row in self.rows if row.difference is not None]
        return sum(differences, Fraction(0)) / len(differences) if differences else None

    @property
    def ratio(self) -> Fraction | None:
        """Realised over promised; None while nothing that was done promised anything."""
        return self.realised / self.promised if self.promised else None


def forecasts_of(projection: Projection) -> dict[str, Forecast]:
    """The forecast of each question that the plan lifts, by key."""
    now, last = projection.full[0].values, projection.full[-1].values
    return {
        key: Forecast(
            before,
            tuple(point.values[key] or before for point in projection.full[1:]),
            tuple(point.values[key] or before for point in projection.cautious[1:]),
        )
        for key, before in now.items()
        if before is not None and last[key] != before
    }


def look_back(
    framework: Framework,
    forecasts: Mapping[str, Forecast],
    before: Values,
    done: Iterable[str],
    quarters: int,
    measured: Values,
) -> Hindsight:
    """What became of a plan after `quarters` of it.

    `framework` has the initiatives as they were planned; `before` holds the values at planning, `done` the ids marked
    done since. `measured` holds today's values of the questions that still ask the same; others don't count.
    """
    promised = _promised(framework, before, done)
    keys = [key for key in before if key in measured and (key in promised or _is_due(forecasts, key, quarters))]
    rows = tuple(
        Kept(key, Fraction(before[key] or 0), _forecast(forecasts, key, quarters, before), measured[key],
             key in promised)
        for key in keys
    )  # fmt: skip
    counted = [key for key in promised if measured.get(key) is not None]
    return Hindsight(
        rows,
        sum((promised[key] for key in counted), Fraction(0)),
        sum((Fraction(measured[key] or 0) - Fraction(before[key] or 0) for key in counted), Fraction(0)),
    )


def _is_due(forecasts: Mapping[str, Forecast], key: str, quarters: int) -> bool:
    return key in forecasts and forecasts[key].after(quarters) > forecasts[key].before


def _forecast(forecasts: Mapping[str, Forecast], key: str, quarters: int, before: Values) -> Fraction:
    return forecasts[key].after(quarters) if key in forecasts else Fraction(before[key] or 0)


def _promised(framework: Framework, before: Values, done: Iterable[str]) -> dict[str, Fraction]:
    """By question the levels that the initiatives together promised."""
    lifted = lifted_values(before, [framework.initiative_by_id[key] for key in done])
    pairs = ((key, now, lifted[key]) for key, now in before.items())
    return {key: after - now for key, now, after in pairs if now is not None and after is not None and after > now}


def realisation_of(looks: Iterable[Hindsight]) -> Fraction:
    """The share of a promised lift to count on next: the team's own ratio, drawn toward 0.7 while data are few.

    (0.7 × PRIOR_LEVELS + realised) / (PRIOR_LEVELS + promised), in hundredths, from 0 to 1.
    """
    promised, realised = Fraction(PRIOR_LEVELS), REALISATION * PRIOR_LEVELS
    for look in looks:
        promised, realised = promised + look.promised, realised + look.realised
    return Fraction(round(100 * max(Fraction(0), min(Fraction(1), realised / promised))), 100)
