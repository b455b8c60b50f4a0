"""One team's roadmap: what was chosen, and the plan computed from it. Page, document and command ask here.

The plan is never stored: it follows from the result and the choices. Capacities are person-weeks a quarter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.core.cache import cache

from assessment.models import Result
from assessment.periods import period_label, shifted
from assessment.scorecard import Scorecard
from manifesto import catalog
from manifesto.definitions import Framework
from reports.models import Roadmap
from reports.roadmap.capacity import propose_capacity
from reports.roadmap.exact import solve_at_once
from reports.roadmap.plan import QUARTERS, RoadmapPlan, Settings, make_plan, shown_done
from reports.roadmap.targets import target_levels

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Choices:
    """What a team decides about its plan. A capacity of None is the proposal from the number of people.

    `targets` are by principle key or pillar prefix and beat the preset's; None means hold what there is. `version` is
    that of the stored row, 0 while there is none.
    """

    people: int
    preset: str = Roadmap.Preset.NEXT_LEVEL.value
    capacity: tuple[Fraction | None, ...] = (None,) * QUARTERS
    targets: Mapping[str, Fraction | None] = field(default_factory=dict)
    version: int = 0

    @property
    def planned_capacity(self) -> tuple[Fraction, ...]:
        """Person-weeks of each quarter, proposals filled in."""
        proposal = propose_capacity(self.people)
        return tuple(proposal if amount is None else amount for amount in self.capacity)

    def as_dict(self) -> dict[str, Any]:
        """The choices as JSON-ready data, subjects in alphabetical order."""
        return {
            "people": self.people,
            "preset": str(self.preset),
            "capacity": [_number(amount) for amount in self.capacity],
            "targets": {subject: _number(level) for subject, level in sorted(self.targets.items())},
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Choices:
        """Read back what `as_dict` wrote."""
        return cls(
            people=data["people"],
            preset=data["preset"],
            capacity=_quarters(data["capacity"]),
            targets={subject: _exact(level) for subject, level in data["targets"].items()},
            version=data["version"],
        )

    def says_same_as(self, other: Choices) -> bool:
        return replace(self, version=0) == replace(other, version=0)

    @property
    def digest(self) -> str:
        """The same for the same choices, whenever they were made."""
        return digest_of({**self.as_dict(), "version": 0})


def digest_of(data: Any) -> str:
    """A short name for JSON-ready data: the same data, the same name."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def choices_for(result: Result) -> Choices:
    """The stored choices of the result, else the proposal from the team's size."""
    return choices_of(Roadmap.objects.of_result(result), result)


def choices_of(roadmap: Roadmap | None, result: Result) -> Choices:
    """What the row says; without one the proposal."""
    if roadmap is None:
        return Choices(people=result.team.people if result.team else result.people)
    return Choices(
        people=roadmap.people,
        preset=roadmap.preset,
        capacity=_quarters(roadmap.capacity),
        targets={subject: _exact(level) for subject, level in roadmap.targets.items()},
        version=roadmap.version,
    )


def framework_of(result: Result) -> Framework:
    """The release that the result was made with. Raises catalog.UnknownFramework."""
    return catalog.get(result.framework_key, result.framework_version)


def targets_for(framework: Framework, card: Scorecard, choices: Choices) -> dict[str, Fraction | None]:
    """The level wanted of each principle and pillar."""
    return target_levels(framework, card, preset_key(choices.preset), choices.targets)


def preset_key(preset: str) -> str:
    """The planner's name of a stored preset."""
    return str(preset).replace("-", "_")


def plan_for(result: Result, choices: Choices) -> RoadmapPlan:
    """The plan of a result under the choices; kept for a day, since it takes about half a second to make."""
    key = f"plan-{digest_of([settings.VERSION, result.framework_identifier, result.input_hash, choices.digest])}"
    plan = cache.get(key)
    if plan is None:
        plan = _make(result, choices)
        cache.set(key, plan, KEPT_SECONDS)
    return plan


def _make(result: Result, choices: Choices) -> RoadmapPlan:
    framework, card = framework_of(result), Scorecard.from_dict(result.scorecard)
    done = shown_done(framework, card)
    wanted = Settings(people=choices.people, capacity=choices.planned_capacity, done=done)
    return make_plan(framework, card, targets_for(framework, card, choices), wanted, solve_at_once)


def quarter_labels(result: Result, language: str) -> tuple[str, ...]:
    """The quarters of the plan in words: the first is the one after the assessed period."""
    return tuple(period_label(shifted(result.period, number), language) for number in range(1, QUARTERS + 1))


def _quarters(amounts: list[float | None]) -> tuple[Fraction | None, ...]:
    return tuple(_exact(amount) for amount in [*amounts, *[None] * QUARTERS][:QUARTERS])


def _exact(number: float | None) -> Fraction | None:
    return None if number is None else Fraction(str(number))


def _number(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
