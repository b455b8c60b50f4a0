"""The roadmap of a team: what to do when, why, what it brings, and what stays out of reach.

Ties targets, priorities, schedule and projection together into one record that page, PDF and export print. Levels are
1-5 in exact fractions, efforts and capacities person-weeks, quarters count from 1. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from assessment.scorecard import Scorecard
from assessment.scoring import question_values
from manifesto.definitions import Framework, Initiative
from reports.roadmap.distance import Distance, distance_to_next_level
from reports.roadmap.instance import Instance, Need, Work
from reports.roadmap.priority import Priority, effective_lift, priorities, question_weights
from reports.roadmap.projection import Projection, WayUp, cheapest_way_up, lifted_values, project
from reports.roadmap.schedule import Missing, Plan, Solution, solve, unreached
from reports.roadmap.storage import instance_digest
from reports.roadmap.targets import answer_first, question_gaps
from reports.roadmap.wishes import Settings, available, check_wishes
from reports.roadmap.work import net_capacity, work_by_quarter

QUICK_WIN_EFFORT = 3

REASONS = ("must_do", "critical", "gate", "enables", "quick_win", "value")


@dataclass(frozen=True, slots=True)
class Lift:
    """What one initiative is expected to bring a question from and to, after everything completed before it."""

    question: str
    before: Fraction
    after: Fraction


@dataclass(frozen=True, slots=True)
class Item:
    """One initiative of the plan, in order of completion; `effort` for this team, `run_cost` per later quarter.

    `reasons` are of REASONS, strongest first.
    """

    initiative: str
    start: int
    completion: int
    effort: Fraction
    run_cost: Fraction
    lifts: tuple[Lift, ...]
    reasons: tuple[str, ...]
    enables: tuple[str, ...]
    priority: Priority


@dataclass(frozen=True, slots=True)
class Load:
    """A quarter's capacity and what goes into it; `running` is for what earlier quarters completed."""

    quarter: int
    capacity: Fraction
    running: Fraction
    work: Fraction

    @property
    def left(self) -> Fraction:
        return self.capacity - self.running - self.work


@dataclass(frozen=True, slots=True)
class Unreached:
    """A question that stays below its target; `reason` is cap, prerequisite or capacity."""

    question: str
    target: Fraction
    missing: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class RoadmapPlan:
    """Everything a page prints. `solution.plan` is None only where must-dos can't be met; then there are no items.

    `targets` are by principle key and pillar prefix, `gaps` by question. `level_as_if_answered` is the present level
    if open answers turn out like the others; `way_up` is filled when the full curve doesn't raise the level.
    `instance` is the digest of what was solved, under which a better solution can be kept.
    """

    targets: Mapping[str, Fraction | None]
    gaps: Mapping[str, Fraction]
    factor: Fraction
    items: tuple[Item, ...]
    loads: tuple[Load, ...]
    projection: Projection
    unreached: tuple[Unreached, ...]
    answer_first: tuple[str, ...]
    solution: Solution
    priorities: tuple[Priority, ...]
    level_as_if_answered: int
    way_up: WayUp | None
    way_up_quarters: int | None
    done: tuple[str, ...] = ()
    instance: str = ""

    @property
    def objective(self) -> Fraction:
        return self.solution.plan.objective if self.solution.plan else Fraction(0)

    @property
    def raises_level(self) -> bool:
        return self.projection.raises_level

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON-ready data, each number the nearest double."""
        return _plain(asdict(self)) | {"objective": float(self.objective), "raises_level": self.raises_level}


Solver = Callable[[Instance], Solution]
MOST_QUARTERS = 40
"""Ten years, after which a way up counts as out of reach."""


def make_plan(
    framework: Framework,
    card: Scorecard,
    targets: Mapping[str, Fraction | None],
    settings: Settings,
    solver: Solver = solve,
) -> RoadmapPlan:
    """Plan the way to `targets` (from `targets.target_levels`) with what the team has to spend.

    `solver` turns the instance into a solution; the default is the heuristic that answers at once. Raises
    ImpossibleWishes for settings that no plan can grant.
    """
    check_wishes(framework, settings)
    gaps = question_gaps(framework, card, targets)
    instance = product_instance(framework, card, gaps, settings)
    solution = solver(instance)
    plan = solution.plan or Plan({}, {}, Fraction(0))
    ranking = _ranking(framework, card, gaps, settings)
    catalogue = framework.initiative_by_id
    distance = distance_to_next_level(framework, card)
    projection = project(framework, card, catalogue, plan.quarters, instance.horizon, settings.realisation)
    way_up = None if projection.raises_level else _way_up(framework, distance, settings)
    return RoadmapPlan(
        targets=dict(targets),
        gaps=gaps,
        factor=settings.planned_factor,
        items=_items(framework, card, distance, instance, plan, settings, ranking),
        loads=_loads(instance, plan),
        projection=projection,
        unreached=_unreached(framework, card, targets, unreached(instance, plan.quarters)),
        answer_first=answer_first(framework, card),
        solution=solution,
        priorities=ranking,
        level_as_if_answered=distance.level,
        way_up=way_up,
        way_up_quarters=_quarters_for(way_up, catalogue, settings),
        done=tuple(key for key in framework.initiative_by_id if key in settings.done),
        instance=instance_digest(instance),
    )


def shown_done(framework: Framework, card: Scorecard) -> frozenset[str]:
    """Initiatives that the answers show to be done: what they lift most stands at their cap or above already.

    "Done when" describes the cap, so planning them again, for their own sake or for what needs them, would ask a team
    to do what it says it has.
    """
    values = {key: value for key, value in question_values(card).items() if value is not None}
    return frozenset(item.id for item in framework.initiatives if item.lifts and _stands(item, values))


def _stands(item: Initiative, values: Mapping[str, Fraction]) -> bool:
    most = max(item.lifts.values())
    return all(values.get(key, Fraction(0)) >= item.cap for key, lift in item.lifts.items() if lift == most)


def product_instance(
    framework: Framework, card: Scorecard, gaps: Mapping[str, Fraction], settings: Settings
) -> Instance:
    """The scheduling instance of a team: carry-over, and no quarter that neglects critical principles or guards.

    Initiatives that lift nothing that is open take part where they have to be done or others need them.
    """
    weights = question_weights(framework, card, settings.business)
    values = {key: value for key, value in question_values(card).items() if value is not None}
    open_gaps = {key: gap for key, gap in gaps.items() if gap > 0}
    return Instance(
        capacity=settings.planned_capacity,
        questions={
            key: Need(gap, weights[key], key.split(".")[0] in settings.mandatory) for key, gap in open_gaps.items()
        },
        initiatives={
            key: _work(item, values, open_gaps, settings) for key, item in available(framework, settings).items()
        },
        max_per_quarter=settings.max_per_quarter,
        carry_over=True,
        critical_questions=frozenset(key for key in open_gaps if _is_critical(framework, key)),
        guard_questions=frozenset(key for key in open_gaps if _is_guard(framework, key)),
    )


def _work(item: Initiative, values: Mapping[str, Fraction], gaps: Mapping[str, Fraction], settings: Settings) -> Work:
    return Work(
        effort=item.effort * settings.planned_factor,
        run_cost=item.run_cost * settings.planned_factor,
        lifts={q: lift for q in item.lifts if q in gaps and (lift := effective_lift(item, q, values[q])) > 0},
        prerequisites=tuple(before for before in item.prerequisites if before not in settings.done),
        release=settings.release.get(item.id, 1),
        must_do=item.id in settings.must_do,
    )


def _is_guard(framework: Framework, question: str) -> bool:
    principle = framework.principle_by_key.get(question.split(".")[0])
    return principle is not None and principle.guard


def _is_critical(framework: Framework, question: str) -> bool:
    principle = framework.principle_by_key.get(question.split(".")[0])
    return principle is not None and principle.critical


def _ranking(
    framework: Framework, card: Scorecard, gaps: Mapping[str, Fraction], settings: Settings
) -> tuple[Priority, ...]:
    return priorities(
        available(framework, settings).values(),
        question_weights(framework, card, settings.business),
        question_values(card),
        gaps,
        settings.done,
        settings.planned_factor,
    )


def _items(
    framework: Framework,
    card: Scorecard,
    distance: Distance,
    instance: Instance,
    plan: Plan,
    settings: Settings,
    ranking: Sequence[Priority],
) -> tuple[Item, ...]:
    by_id = {priority.initiative: priority for priority in ranking}
    binding = _binding_subjects(distance)
    completed: list[Initiative] = []
    items = []
    for key in plan.quarters:
        initiative, work = framework.initiative_by_id[key], instance.initiatives[key]
        enables = tuple(other for other in plan.quarters if key in instance.initiatives[other].prerequisites)
        items.append(
            Item(
                initiative=key,
                start=plan.starts[key],
                completion=plan.quarters[key],
                effort=Fraction(work.effort),
                run_cost=Fraction(work.run_cost),
                lifts=_lifts(card, completed, initiative),
                reasons=_reasons(instance, initiative, settings, binding, enables),
                enables=enables,
                priority=by_id[key],
            )
        )
        completed.append(initiative)
    return tuple(items)


def _lifts(card: Scorecard, completed: Sequence[Initiative], initiative: Initiative) -> tuple[Lift, ...]:
    values = question_values(card)
    before = lifted_values(values, completed)
    after = lifted_values(values, [*completed, initiative])
    pairs = ((question, before.get(question), after.get(question)) for question in initiative.lifts)
    return tuple(Lift(q, low, high) for q, low, high in pairs if low is not None and high is not None and high > low)


def _binding_subjects(distance: Distance) -> frozenset[str]:
    """Principles that hold the team at its level by a condition of their own."""
    return frozenset(blocker.subject for blocker in distance.blockers if blocker.gate in ("G3", "G4"))


def _reasons(
    instance: Instance,
    initiative: Initiative,
    settings: Settings,
    binding: Collection[str],
    enables: Collection[str],
) -> tuple[str, ...]:
    lifted = instance.initiatives[initiative.id].lifts
    holds = {
        "must_do": initiative.id in settings.must_do,
        "critical": bool(instance.critical_questions & lifted.keys()),
        "gate": any(question.split(".")[0] in binding for question in lifted),
        "enables": bool(enables),
        "quick_win": is_quick_win(initiative, settings),
    }
    return tuple(reason for reason, true in holds.items() if true) or ("value",)


def is_quick_win(initiative: Initiative, settings: Settings) -> bool:
    """Whether the candidate can be begun today and costs the team no more than three person-weeks."""
    ready = set(initiative.prerequisites) <= settings.done
    return initiative.quick_win and ready and initiative.effort * settings.planned_factor <= QUICK_WIN_EFFORT


def _loads(instance: Instance, plan: Plan) -> tuple[Load, ...]:
    net = net_capacity(instance, plan.quarters)
    work = work_by_quarter(instance, plan.quarters, plan.starts)
    return tuple(
        Load(index + 1, Fraction(capacity), Fraction(capacity - net[index]), Fraction(work[index]))
        for index, capacity in enumerate(instance.capacity)
    )


def _unreached(
    framework: Framework,
    card: Scorecard,
    targets: Mapping[str, Fraction | None],
    missing: Mapping[str, Missing],
) -> tuple[Unreached, ...]:
    asked = framework.form_questions(card.form)
    return tuple(
        Unreached(question.key, target, missing[question.key].missing, missing[question.key].reason)
        for question in asked
        if question.key in missing and (target := targets[question.subject]) is not None
    )


def _way_up(framework: Framework, distance: Distance, settings: Settings) -> WayUp | None:
    initiatives = available(framework, settings)
    effort = {key: item.effort * settings.planned_factor for key, item in initiatives.items()}
    return cheapest_way_up(distance, initiatives, effort)


def _quarters_for(way_up: WayUp | None, catalogue: Mapping[str, Initiative], settings: Settings) -> int | None:
    """Quarters in which the way up is done, one initiative after the other; later ones have the last one's capacity.

    None where there is no way, or what has to be kept running leaves no time to finish it in MOST_QUARTERS.
    """
    if way_up is None:
        return None
    factor, capacity = settings.planned_factor, settings.planned_capacity
    waiting = _in_turn(way_up, catalogue)
    left = [item.effort * factor for item in waiting]
    running = Fraction(0)
    for quarter in range(MOST_QUARTERS):
        budget, completed = capacity[min(quarter, len(capacity) - 1)] - running, 0
        most = min(len(waiting), settings.max_per_quarter or len(waiting))
        while completed < most and left[completed] <= budget:
            budget, completed = budget - left[completed], completed + 1
        if completed < most and budget > 0:
            left[completed] -= budget
        running += sum((item.run_cost * factor for item in waiting[:completed]), Fraction(0))
        del waiting[:completed], left[:completed]
        if not waiting:
            return quarter + 1
    return None


def _in_turn(way_up: WayUp, catalogue: Mapping[str, Initiative]) -> list[Initiative]:
    """Prerequisites first; among those that can be begun, what costs least to keep running for its effort."""
    turn: list[Initiative] = []
    waiting = set(way_up.initiatives)
    while waiting:
        ready = (catalogue[key] for key in waiting if not waiting.intersection(catalogue[key].prerequisites))
        turn.append(min(ready, key=lambda item: (item.run_cost / item.effort, item.id)))
        waiting.remove(turn[-1].id)
    return turn


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    return value
