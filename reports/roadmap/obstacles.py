"""What stands in the way when must-dos and mandatory targets can't be met, as facts that a page or a command can say.

Most of it is found by counting, without a solver, and is a proof. Levels, person-weeks and numbers of initiatives or
quarters, as `kind` says. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reports.roadmap.instance import Instance, Number

KINDS = ("lift", "late", "too_large", "effort", "places", "room", "together")
NAMED = 6
"""So many of the demands are named in a sentence."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One fact. `ids` are initiatives or questions that were demanded, `need` what they ask for, `have` what there is.

    lift: all initiatives lift the question by `have` levels of `need`. late: the initiative, or enough for the
    question, can't be complete before quarter `need` of `have`, however much capacity there is (`need` is None for a
    question). too_large: one initiative takes `need` person-weeks, no quarter has more than `have`. effort and places:
    what was demanded takes so many person-weeks or places of so many, with all that is needed for it. room: the one
    demand doesn't fit into `have` quarters. together: each of the demands could be met without the others. What isn't
    said is None.
    """

    kind: str
    ids: tuple[str, ...]
    need: Fraction | None = None
    have: Fraction | None = None

    def in_english(self) -> str:
        """For the command; pages say it in the reader's language."""
        names = ", ".join(self.ids[:NAMED]) + (f" and {len(self.ids) - NAMED} more" if len(self.ids) > NAMED else "")
        need, have = _plain(self.need), _plain(self.have)
        return {
            "lift": f"mandatory {names} can't be closed: all initiatives lift it by {have} of {need} levels",
            "late": f"{names} can't be done in {have} quarters, however much capacity there is"
            + (f": not before quarter {need}" if need else ""),
            "too_large": f"must-do {names} doesn't fit: it takes {need} person-weeks, no quarter has more than {have}",
            "effort": f"{names} can't be met: with what is needed it takes {need} person-weeks of {have}",
            "places": f"{names} can't be met: with what is needed there are {need} initiatives for {have} places",
            "room": f"{names} can't be met with the capacity of {have} quarters",
            "together": f"{names} don't fit together",
        }[self.kind]


def _plain(number: Fraction | None) -> str:
    return "" if number is None else f"{float(number):g}"


def counted_obstacles(instance: Instance, earliest: Mapping[str, int]) -> tuple[Obstacle, ...]:
    """What can be seen by counting; empty doesn't prove that the demands can be met.

    `earliest` is the first quarter in which each initiative could be complete with unlimited capacity.
    """
    found = [obstacle for key in sorted(instance.mandatory) if (obstacle := _of_gap(instance, earliest, key))]
    for key in sorted(instance.must_do):
        if earliest[key] > instance.horizon:
            found.append(Obstacle("late", (key,), Fraction(earliest[key]), Fraction(instance.horizon)))
    return tuple(found + _of_room(instance))


def _of_gap(instance: Instance, earliest: Mapping[str, int], question: str) -> Obstacle | None:
    gap, lifters = instance.questions[question].gap, instance.lifters[question]
    if (lifted := _sum(lift for _, lift in lifters)) < gap:
        return Obstacle("lift", (question,), Fraction(gap), lifted)
    if _sum(lift for key, lift in lifters if earliest[key] <= instance.horizon) < gap:
        return Obstacle("late", (question,), None, Fraction(instance.horizon))
    return None


def _of_room(instance: Instance) -> list[Obstacle]:
    """Must-dos with all that they need against capacity and places."""
    works, must = instance.initiatives, tuple(sorted(instance.must_do))
    needed = sorted({member for key in must for member in instance.closures[key]})
    most, capacity = Fraction(max(instance.capacity)), _sum(instance.capacity)
    found = []
    if not instance.carry_over:
        large = [key for key in needed if works[key].effort > most]
        found += [Obstacle("too_large", (key,), Fraction(works[key].effort), most) for key in large]
    if (effort := _sum(works[key].effort for key in needed)) > capacity and not found:
        found.append(Obstacle("effort", must, effort, capacity))
    if instance.max_per_quarter is not None and len(needed) > instance.max_per_quarter * instance.horizon:
        places = Fraction(instance.max_per_quarter * instance.horizon)
        found.append(Obstacle("places", must, Fraction(len(needed)), places))
    return found


def _sum(numbers: Iterable[Number]) -> Fraction:
    return Fraction(sum(numbers))


def demands_of(instance: Instance) -> tuple[str, ...]:
    """Must-dos, then mandatory questions."""
    return (*sorted(instance.must_do), *sorted(instance.mandatory))


def without_demand(instance: Instance, key: str) -> Instance:
    """The instance in which the must-do, or else the mandatory question, is only a wish."""
    return instance.with_demands(frozenset(demands_of(instance)) - {key})
