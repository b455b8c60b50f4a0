"""What a team decides about its plan apart from targets, and which of it can't be asked for.

Capacities are person-weeks a quarter, quarters count from 1. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from manifesto.definitions import Framework, Initiative
from reports.roadmap.capacity import effort_factor, propose_capacity
from reports.roadmap.projection import REALISATION
from reports.roadmap.targets import subjects

QUARTERS = 4
MAX_PER_QUARTER = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """None stands for the proposal from the team's size.

    `capacity` is per quarter and sets their number. `business` holds the sponsor's weights by subject. `done` are
    initiatives that are complete, `excluded` those that the team won't do, nor what depends on them. `release` is the
    first quarter in which an initiative may be complete. `mandatory` are subjects (principle keys and pillar prefixes)
    whose targets have to be reached by the end; a subject without a target demands nothing.
    """

    people: int
    capacity: tuple[Fraction, ...] | None = None
    factor: Fraction | None = None
    max_per_quarter: int | None = MAX_PER_QUARTER
    realisation: Fraction = REALISATION
    business: Mapping[str, Fraction] | None = None
    done: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    must_do: frozenset[str] = frozenset()
    release: Mapping[str, int] = field(default_factory=dict)
    mandatory: frozenset[str] = frozenset()

    @property
    def planned_capacity(self) -> tuple[Fraction, ...]:
        return (propose_capacity(self.people),) * QUARTERS if self.capacity is None else self.capacity

    @property
    def planned_factor(self) -> Fraction:
        return effort_factor(self.people) if self.factor is None else self.factor


@dataclass(frozen=True, slots=True)
class WishFault:
    """A wish that no plan can grant, however long it is. `subject` is the id or key it is about.

    unknown: no such initiative. no_subject: no such principle or pillar. barred: a must-do that is excluded itself or
    needs `other`, which is. release, capacity, factor, realisation, max_per_quarter: the number makes no sense.
    """

    kind: str
    subject: str = ""
    other: str = ""

    def in_english(self) -> str:
        return {
            "unknown": f"unknown initiative {self.subject}",
            "no_subject": f"no principle or pillar {self.subject}",
            "barred": f"{self.subject} can't be must-do: "
            + ("it is excluded" if self.subject == self.other else f"it needs {self.other}, which is excluded"),
            "release": f"{self.subject}: quarters count from 1",
            "capacity": "a plan has at least one quarter, and no capacity is negative",
            "factor": "the effort factor must be positive",
            "realisation": "the realisation factor must not be negative",
            "max_per_quarter": "at least one initiative has to be allowed in a quarter",
        }[self.kind]


class ImpossibleWishes(ValueError):
    """Wishes that no plan can grant; `faults` name every one."""

    def __init__(self, faults: tuple[WishFault, ...]) -> None:
        super().__init__("; ".join(fault.in_english() for fault in faults))
        self.faults = faults


def check_wishes(framework: Framework, settings: Settings) -> None:
    """Raise ImpossibleWishes where `wish_faults` finds any."""
    if faults := wish_faults(framework, settings):
        raise ImpossibleWishes(faults)


def wish_faults(framework: Framework, settings: Settings) -> tuple[WishFault, ...]:
    """Every wish that can't be asked for, in a fixed order; a cycle can't be, since the catalogue has none."""
    named = settings.done | settings.excluded | settings.must_do | settings.release.keys()
    unknown = sorted(named - framework.initiative_by_id.keys())
    found = [WishFault("unknown", key) for key in unknown]
    found += [WishFault("no_subject", key) for key in sorted(settings.mandatory - set(subjects(framework)))]
    if not unknown:
        found += _barred(framework, settings)
    found += [WishFault("release", key) for key, quarter in sorted(settings.release.items()) if quarter < 1]
    if not settings.planned_capacity or min(settings.planned_capacity) < 0:
        found.append(WishFault("capacity"))
    if settings.planned_factor <= 0:
        found.append(WishFault("factor"))
    if settings.realisation < 0:
        found.append(WishFault("realisation"))
    if settings.max_per_quarter is not None and settings.max_per_quarter < 1:
        found.append(WishFault("max_per_quarter"))
    return tuple(found)


def _barred(framework: Framework, settings: Settings) -> list[WishFault]:
    """Must-dos that are excluded, or need something excluded, with what that is."""
    found = []
    for key in sorted(settings.must_do - settings.done):
        excluded = sorted(_needed(framework, key, settings.done) & settings.excluded)
        if excluded:
            found.append(WishFault("barred", key, key if key in excluded else excluded[0]))
    return found


def _needed(framework: Framework, key: str, done: frozenset[str]) -> set[str]:
    """The initiative and what it waits for, directly or not."""
    needed, waiting = set(), [key]
    while waiting:
        needed.add(member := waiting.pop())
        waiting += set(framework.initiative_by_id[member].prerequisites) - done - needed
    return needed


def available(framework: Framework, settings: Settings) -> dict[str, Initiative]:
    """Initiatives that are neither done nor excluded nor depend on an excluded one, by id."""
    return {
        item.id: item
        for item in framework.initiatives
        if item.id not in settings.done and not _needed(framework, item.id, settings.done) & settings.excluded
    }
