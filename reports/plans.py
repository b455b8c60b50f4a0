"""One team's roadmap: what was chosen, and the plan computed from it. Page, document and command ask here.

A plan follows from the result and the choices. The best solution of its scheduling instance is stored once a worker has
found it (`solving`); until then there is the heuristic's, made at once. Capacities are person-weeks a quarter.
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
from organizations.models import Team
from reports.history import observed_realisation
from reports.models import AdoptedPlan, Scenario, SolvedPlan, TeamInitiative
from reports.roadmap.capacity import propose_capacity
from reports.roadmap.exact import solve_at_once
from reports.roadmap.instance import Instance
from reports.roadmap.own import OwnInitiative, with_own
from reports.roadmap.plan import RoadmapPlan, Solver, make_plan, product_instance, shown_done
from reports.roadmap.projection import REALISATION
from reports.roadmap.schedule import Solution
from reports.roadmap.storage import instance_digest, solution_from
from reports.roadmap.targets import question_gaps, target_levels
from reports.roadmap.wishes import MAX_PER_QUARTER, QUARTERS, Settings, WishFault, check_wishes, wish_faults

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Choices:
    """What a team decides about its plan. None is the proposal from the number of people, or the usual value.

    `capacity` is per quarter. `targets` are by principle key or pillar prefix and beat the preset's; None means hold
    what there is. `mandatory` are subjects whose targets have to be reached. `must_do`, `excluded` (with the reason in
    the team's words) and `release` (the first quarter, from 1, in which it may be complete) are by initiative id.
    `factor` multiplies the catalogue's efforts; `realisation` is the share of each lift that the cautious curve counts
    on. `own` are the team's own initiatives beside the catalogue's. `version` is that of the stored row, 0 while there
    is none.
    """

    people: int
    preset: str = Scenario.Preset.NEXT_LEVEL.value
    capacity: tuple[Fraction | None, ...] = (None,) * QUARTERS
    targets: Mapping[str, Fraction | None] = field(default_factory=dict)
    version: int = 0
    factor: Fraction | None = None
    max_per_quarter: int = MAX_PER_QUARTER
    must_do: frozenset[str] = frozenset()
    excluded: Mapping[str, str] = field(default_factory=dict)
    release: Mapping[str, int] = field(default_factory=dict)
    mandatory: frozenset[str] = frozenset()
    realisation: Fraction | None = None
    own: tuple[OwnInitiative, ...] = ()

    @property
    def planned_capacity(self) -> tuple[Fraction, ...]:
        """Person-weeks of each quarter, proposals filled in."""
        proposal = propose_capacity(self.people)
        return tuple(proposal if amount is None else amount for amount in self.capacity)

    def as_dict(self) -> dict[str, Any]:
        """The choices as JSON-ready data, subjects and initiatives in alphabetical order."""
        own = {"own": [item.as_dict() for item in self.own]} if self.own else {}
        return own | {
            "people": self.people,
            "preset": str(self.preset),
            "capacity": [_number(amount) for amount in self.capacity],
            "targets": {subject: _number(level) for subject, level in sorted(self.targets.items())},
            "version": self.version,
            "wishes": self.wishes,
        }

    @property
    def wishes(self) -> dict[str, Any]:
        """What was decided beyond targets and capacity, as JSON-ready data; what is as usual is left out."""
        usual = Choices(people=self.people)
        said = {
            "factor": _number(self.factor),
            "max_per_quarter": self.max_per_quarter,
            "must_do": sorted(self.must_do),
            "excluded": dict(sorted(self.excluded.items())),
            "release": {key: quarter for key, quarter in sorted(self.release.items()) if quarter > 1},
            "mandatory": sorted(self.mandatory),
            "realisation": _number(self.realisation),
        }
        return {name: value for name, value in said.items() if value and value != getattr(usual, name)}

    @property
    def without_wishes(self) -> Choices:
        """Targets and capacity only, beside what is known of the team."""
        kept = Choices(self.people, self.preset, self.capacity, self.targets, self.version)
        return replace(kept, own=self.own, realisation=self.realisation)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Choices:
        """Read back what `as_dict` wrote, in this release or an earlier one."""
        wishes = data.get("wishes", {})
        return cls(
            people=data["people"],
            preset=data["preset"],
            capacity=_quarters(data["capacity"]),
            targets={subject: _exact(level) for subject, level in data["targets"].items()},
            version=data["version"],
            factor=_exact(wishes.get("factor")),
            max_per_quarter=wishes.get("max_per_quarter", MAX_PER_QUARTER),
            must_do=frozenset(wishes.get("must_do", ())),
            excluded=wishes.get("excluded", {}),
            release=wishes.get("release", {}),
            mandatory=frozenset(wishes.get("mandatory", ())),
            realisation=_exact(wishes.get("realisation")),
            own=tuple(OwnInitiative.from_dict(item) for item in data.get("own", ())),
        )

    def says_same_as(self, other: Choices) -> bool:
        return self.digest == other.digest

    @property
    def digest(self) -> str:
        """The same for the same choices, whenever they were made."""
        return digest_of({**self.as_dict(), "version": 0})

    def as_decided(self) -> Choices:
        """Without what isn't decided but known of the team: its own initiatives and how many of its lifts come true."""
        return replace(self, own=(), realisation=None)

    def faults(self, framework: Framework) -> tuple[WishFault, ...]:
        """Everything that no plan of this framework can grant."""
        return wish_faults(framework, self._settings(frozenset()))

    def settings(self, framework: Framework, card: Scorecard) -> Settings:
        """What the planner is told; initiatives that the answers show to be done are done."""
        return self._settings(shown_done(framework, card))

    def _settings(self, done: frozenset[str]) -> Settings:
        return Settings(
            people=self.people,
            capacity=self.planned_capacity,
            factor=self.factor,
            max_per_quarter=self.max_per_quarter,
            realisation=REALISATION if self.realisation is None else self.realisation,
            done=done,
            excluded=frozenset(self.excluded),
            must_do=self.must_do,
            release=self.release,
            mandatory=self.mandatory,
        )


def digest_of(data: Any) -> str:
    """A short name for JSON-ready data: the same data, the same name."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def choices_for(result: Result) -> Choices:
    """What the team decided on: the adopted plan's choices, else the oldest scenario's, else the proposal."""
    adopted = AdoptedPlan.objects.of_result(result)
    if adopted:
        return Choices.from_dict(adopted.choices)
    return choices_of(Scenario.objects.standing_of(result), result)


def choices_of(scenario: Scenario | None, result: Result) -> Choices:
    """What the row says, without one the proposal; with the team's own initiatives and how its lifts came true."""
    if scenario is None:
        chosen = Choices(people=result.team.people if result.team else result.people)
    else:
        fields = ("people", "preset", "capacity", "targets", "version", "wishes")
        chosen = Choices.from_dict({name: getattr(scenario, name) for name in fields})
    return replace(chosen, own=own_initiatives(result.team), realisation=observed_realisation(result))


def own_initiatives(team: Team | None) -> tuple[OwnInitiative, ...]:
    """The team's own initiatives as the planner takes them."""
    return tuple(map(as_planned, TeamInitiative.objects.of_team(team))) if team else ()


def as_planned(row: TeamInitiative) -> OwnInitiative:
    """A stored initiative in the catalogue's form. Raises ValueError where it breaks the catalogue's form."""
    return OwnInitiative.from_dict(
        {
            "id": row.key,
            "name": row.name,
            "first_step": row.first_step,
            "done_when": row.done_when,
            "lifts": row.lifts,
            "cap": f"{row.cap:f}",
            "effort": f"{row.effort:f}",
            "prerequisites": row.prerequisites,
        }
    )


def framework_of(result: Result) -> Framework:
    """The release that the result was made with. Raises catalog.UnknownFramework."""
    return catalog.get(result.framework_key, result.framework_version)


def framework_for(result: Result, choices: Choices) -> Framework:
    """The result's release with the team's own initiatives beside its own. Raises catalog.UnknownFramework."""
    return with_own(framework_of(result), choices.own)


def targets_for(framework: Framework, card: Scorecard, choices: Choices) -> dict[str, Fraction | None]:
    """The level wanted of each principle and pillar."""
    return target_levels(framework, card, preset_key(choices.preset), choices.targets)


def preset_key(preset: str) -> str:
    """The planner's name of a stored preset."""
    return str(preset).replace("-", "_")


def plan_for(result: Result, choices: Choices) -> RoadmapPlan:
    """The plan of a result under the choices: as adopted, else the best one that is stored, else the heuristic's.

    Kept for a day, since the heuristic takes about half a second; what isn't proven yet is replaced, or an adopted plan
    judged, as soon as the worker's solution is there. What is kept is known by the adopted plan it shows, so that no
    process shows another one for longer. Raises ImpossibleWishes.
    """
    adopted = AdoptedPlan.objects.of_choices(result, choices.digest).values_list("pk", flat=True).first()
    key = _cache_key(f"plan-{adopted or 0}", result, choices)
    plan = cache.get(key)
    if plan is None or (not _is_judged(plan) and SolvedPlan.objects.by_instance(plan.instance)):
        plan = _make(result, choices, adopted)
        cache.set(key, plan, KEPT_SECONDS)
    return plan


def _cache_key(what: str, result: Result, choices: Choices) -> str:
    made_from = [settings.VERSION, result.framework_identifier, result.input_hash, choices.digest]
    return f"{what}-{digest_of(made_from)}"


def is_settled(plan: RoadmapPlan) -> bool:
    """Whether no better plan will come: the exact solver had its say, or the plan is the team's decision."""
    return plan.solution.is_frozen or _is_judged(plan)


def _is_judged(plan: RoadmapPlan) -> bool:
    """Whether it is known how good the plan is: proven to be the best, or as close as the exact solver could tell."""
    return plan.solution.is_exact or plan.solution.status == "optimal"


def _make(result: Result, choices: Choices, adopted: int | None) -> RoadmapPlan:
    framework, card = framework_for(result, choices), Scorecard.from_dict(result.scorecard)
    wanted = choices.settings(framework, card)
    solver = _as_adopted(AdoptedPlan.objects.get(pk=adopted)) if adopted else _best_known
    return make_plan(framework, card, targets_for(framework, card, choices), wanted, solver)


def _as_adopted(adopted: AdoptedPlan) -> Solver:
    """The frozen solution. Nothing takes its place any more; what the exact solver found since tells how good it is."""

    def solver(instance: Instance) -> Solution:
        frozen = replace(solution_from(adopted.solution), is_frozen=True)
        solved = SolvedPlan.objects.by_instance(instance_digest(instance))
        return frozen.judged_by(solution_from(solved.solution).bound) if solved and frozen.plan else frozen

    return solver


def _best_known(instance: Instance) -> Solution:
    solved = SolvedPlan.objects.by_instance(instance_digest(instance))
    return solution_from(solved.solution) if solved else solve_at_once(instance)


def instance_name(result: Result, choices: Choices) -> str:
    """The digest of the scheduling instance; kept for a day. Raises ImpossibleWishes."""
    key = _cache_key("instance", result, choices)
    return cache.get_or_set(key, lambda: instance_digest(instance_for(result, choices)), KEPT_SECONDS)


def instance_for(result: Result, choices: Choices) -> Instance:
    """The scheduling instance of a result under the choices. Raises ImpossibleWishes."""
    framework, card = framework_for(result, choices), Scorecard.from_dict(result.scorecard)
    wanted = choices.settings(framework, card)
    check_wishes(framework, wanted)
    gaps = question_gaps(framework, card, targets_for(framework, card, choices))
    return product_instance(framework, card, gaps, wanted)


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
