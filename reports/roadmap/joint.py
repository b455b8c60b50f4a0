"""One fix, many teams: what the same initiative takes and brings where several teams have it before them.

Levels lifted are summed over questions and teams, each initiative counted alone from the answers at planning. Efforts
are person-weeks: summed, but for platform work that is done once for all, which takes its largest effort. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from manifesto.definitions import Initiative
from reports.roadmap.priority import effective_lift


@dataclass(frozen=True, slots=True)
class Part:
    """What an initiative takes of one team and brings it; `lift` in levels over all its questions."""

    effort: Fraction
    lift: Fraction


@dataclass(frozen=True, slots=True)
class Joint:
    """The same for all of them together; `alone` is the effort if every team did it on its own."""

    lift: Fraction
    effort: Fraction
    alone: Fraction

    @property
    def lift_per_week(self) -> Fraction:
        """Levels per person-week, by which what several teams could do together is ordered."""
        return self.lift / self.effort if self.effort else Fraction(0)

    @property
    def saved(self) -> Fraction:
        """Person-weeks that are spent once in the place of several times."""
        return self.alone - self.effort


def lift_of(initiative: Initiative, values: Mapping[str, Fraction | None]) -> Fraction:
    """Levels that the initiative alone lifts from these answers; questions without a value are left out."""
    known = ((key, values.get(key)) for key in initiative.lifts)
    return sum((effective_lift(initiative, key, value) for key, value in known if value is not None), Fraction(0))


def join(parts: Sequence[Part], *, shared: bool) -> Joint:
    """One initiative of several teams; `shared` is platform work that is done once."""
    alone = sum((part.effort for part in parts), Fraction(0))
    effort = max((part.effort for part in parts), default=Fraction(0)) if shared else alone
    return Joint(sum((part.lift for part in parts), Fraction(0)), effort, alone)
