"""What the profile and the level would be after each quarter of a plan (domain guide 4.4, honesty about projections).

Two curves: the full one takes each lift as promised, the cautious one multiplies what is promised by the realisation
factor. Open answers stay open, so that a projected level is as assured as the present one. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from assessment.scorecard import Blocker, Scorecard
from assessment.scoring import Outcome, not_applicable_of, question_values, score_values
from manifesto.definitions import Framework, Initiative
from reports.roadmap.distance import Distance, reached
from reports.roadmap.priority import effective_lift

REALISATION = Fraction(7, 10)
"""Share of a promised lift that the cautious curve counts on, until a team's own ratio is known."""

Values = Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Projected:
    """The profile at the end of a quarter, 0 being the present."""

    quarter: int
    values: Values
    outcome: Outcome

    @property
    def level(self) -> int:
        return self.outcome.level


@dataclass(frozen=True, slots=True)
class Projection:
    """Both curves, the present first; `blockers` is what the full curve leaves of the next level's conditions."""

    full: tuple[Projected, ...]
    cautious: tuple[Projected, ...]
    realisation: Fraction

    @property
    def raises_level(self) -> bool:
        return self.full[-1].level > self.full[0].level

    @property
    def raises_level_cautiously(self) -> bool:
        return self.cautious[-1].level > self.cautious[0].level

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        return self.full[-1].outcome.blockers


@dataclass(frozen=True, slots=True)
class WayUp:
    """A cheap set of initiatives that would reach the next level, in a workable order; `effort` in person-weeks.

    `level` is what it reaches once the open answers turn out like the others.
    """

    level: int
    initiatives: tuple[str, ...]
    effort: Fraction


def project(
    framework: Framework,
    card: Scorecard,
    initiatives: Mapping[str, Initiative],
    quarters: Mapping[str, int],
    horizon: int,
    realisation: Fraction = REALISATION,
) -> Projection:
    """Both curves for a plan that completes `initiatives` in `quarters`."""

    def curve(share: Fraction) -> tuple[Projected, ...]:
        return tuple(
            _projected(framework, card, [initiatives[k] for k, done in quarters.items() if done <= t], t, share)
            for t in range(horizon + 1)
        )

    return Projection(curve(Fraction(1)), curve(realisation), realisation)


def _projected(
    framework: Framework, card: Scorecard, completed: Collection[Initiative], quarter: int, share: Fraction
) -> Projected:
    values = lifted_values(question_values(card), completed, share)
    return Projected(quarter, values, score_values(framework, values, not_applicable_of(card), card.form))


def lifted_values(values: Values, completed: Iterable[Initiative], share: Fraction = Fraction(1)) -> Values:
    """Question values after the initiatives, of whose promise only `share` comes true.

    Lifts of one question add up, though never above the highest cap among those that lift it, and never downward.
    """
    lifting: dict[str, list[Initiative]] = {}
    for item in completed:
        for question in item.lifts:
            lifting.setdefault(question, []).append(item)
    lifted = dict(values)
    for question, items in lifting.items():
        value = values.get(question)
        if value is not None:
            promised = sum((effective_lift(item, question, value) for item in items), Fraction(0))
            top = max(value, *(item.cap for item in items))
            lifted[question] = value + share * min(promised, top - value)
    return lifted


def cheapest_way_up(
    distance: Distance,
    initiatives: Mapping[str, Initiative],
    effort: Mapping[str, Fraction],
) -> WayUp | None:
    """A cheap way to the next level with the given (open) initiatives; None at level 5 or when they aren't enough.

    Takes the bundle that closes most of the shortfall for its effort until nothing is missing, then leaves out what
    proves unnecessary, costliest first. It is a good answer, not proven to be the cheapest.
    """
    if distance.level == 5 or distance.unattainable or not distance.values:
        return None
    chosen: list[str] = []
    while not _enough(distance, initiatives, chosen):
        bundle = _best_bundle(distance, initiatives, effort, chosen)
        if bundle is None:
            return None
        chosen += bundle
    chosen = _without_needless(distance, initiatives, effort, chosen)
    return WayUp(distance.level + 1, tuple(chosen), sum((effort[key] for key in chosen), Fraction(0)))


def _enough(distance: Distance, initiatives: Mapping[str, Initiative], chosen: Collection[str]) -> bool:
    lifted = lifted_values(distance.values, [initiatives[key] for key in chosen])
    return reached(distance.left(_rises(distance.values, lifted)))


def _rises(before: Values, after: Values) -> dict[str, Fraction]:
    """By how much each question with a value goes up."""
    pairs = ((question, before[question], value) for question, value in after.items())
    return {question: new - old for question, old, new in pairs if new is not None and old is not None and new != old}


def _best_bundle(
    distance: Distance, initiatives: Mapping[str, Initiative], effort: Mapping[str, Fraction], chosen: list[str]
) -> list[str] | None:
    now = lifted_values(distance.values, [initiatives[key] for key in chosen])
    left = distance.left(_rises(distance.values, now))
    ranked = []
    for key in sorted(initiatives):
        bundle = [member for member in _with_prerequisites(initiatives, key) if member not in chosen]
        touched = {question for member in bundle for question in initiatives[member].lifts} & distance.values.keys()
        lifting = [item for member in [*chosen, *bundle] if touched & (item := initiatives[member]).lifts.keys()]
        lifted = lifted_values({question: distance.values[question] for question in touched}, lifting)
        nearer = distance.nearer(left, _rises(now, lifted))
        if nearer > 0:
            ranked.append((-nearer / sum(effort[member] for member in bundle), key, bundle))
    return min(ranked)[2] if ranked else None


def _with_prerequisites(initiatives: Mapping[str, Initiative], key: str) -> list[str]:
    """The initiative after everything that it needs and that isn't done yet."""
    needed: list[str] = []
    for before in initiatives[key].prerequisites:
        if before in initiatives:
            needed += [member for member in _with_prerequisites(initiatives, before) if member not in needed]
    return [*needed, key]


def _without_needless(
    distance: Distance, initiatives: Mapping[str, Initiative], effort: Mapping[str, Fraction], chosen: list[str]
) -> list[str]:
    for key in sorted(chosen, key=lambda key: (-effort[key], key)):
        rest = [other for other in chosen if other != key]
        needed = any(key in initiatives[other].prerequisites for other in rest)
        if not needed and _enough(distance, initiatives, rest):
            chosen = rest
    return chosen
