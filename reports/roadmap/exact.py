"""The best plan there is, by mixed-integer programming, and the proof of how good it is.

What the solver returns in doubles is checked in exact fractions, by the rules of `schedule`, before it counts. Pure,
though a time limit makes the result depend on the machine.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor, inf

from reports.roadmap import schedule
from reports.roadmap.instance import Instance, OutOfTime, TimeLeft, share
from reports.roadmap.model import INFEASIBLE, SOLVED, Model, least
from reports.roadmap.obstacles import Obstacle, counted_obstacles, demands_of, without_demand
from reports.roadmap.schedule import (
    TOLERANCE,
    Plan,
    Solution,
    checked_plan,
    earliest_quarters,
    neglected_quarter,
    relative_gap,
)

ALGORITHM = "3"
"""Grows with each change after which the same instance may get another plan."""
TIME_LIMIT = 20.0
"""Seconds for each question to the solver."""
MOST_CLASHING = 12
"""Demands among which a smallest set that clashes is looked for."""
MOST_CHECKED = 15_000
"""Initiatives times quarters squared up to which the solver is asked whether a horizon is enough."""
MOST_EFFORT = 10**6
"""Stands for infinite: more than any capacity."""
LONGEST_HORIZON = 40
"""Quarters; ten years, after which a plan is called impossible."""
NOISE = Fraction(1, 10**9)
"""Relative difference that comes from doubles."""
RELAXED_NOISE = Fraction(1, 10**7)
"""By how much the solver may miss the best value of the relaxed model: its tolerance, relative."""


def for_each_question() -> float:
    """The time that is left where only the solver is limited, each time it is asked."""
    return TIME_LIMIT


def solve(instance: Instance, time_left: TimeLeft = for_each_question) -> Solution:
    """The best of the exact and the heuristic plan, `optimal` when the bound proves it.

    The heuristic may take two thirds of the time that is left. What the solver can't be asked in time, or what is too
    large for it, has the heuristic's plan and bound. Infeasible instances come with what stands in the way and the
    shortest horizon that is enough.
    """
    quick = replace(schedule.solve(instance, share(time_left, 2 / 3)), is_exact=True)
    if not instance.initiatives:
        return quick
    try:
        model = Model(instance.without_excess(), time_left=time_left)
    except OutOfTime:
        return quick
    result = model.run(time_left())
    plans = [] if quick.plan is None else [checked_plan(instance, quick.plan.quarters)]
    if result.status == INFEASIBLE and _best(plans) is None:
        if instance.urgent:
            return solve(instance.without_urgent(), time_left)
        return _infeasible(instance, quick, time_left)
    bound = quick.bound if result.mip_dual_bound is None else min(quick.bound, -Fraction(result.mip_dual_bound))
    if result.x is not None:
        plans.append(checked_plan(instance, model.completions(result.x), model.starts(result.x)))
    plan = _best(plans)
    if plan is None:
        return replace(quick, bound=bound)
    bound = _without_noise(bound, plan.objective)
    status = "optimal" if relative_gap(plan.objective, bound) <= TOLERANCE else "feasible"
    return replace(quick, status=status, plan=plan, bound=bound, obstacles=())


def solve_at_once(instance: Instance) -> Solution:
    """The heuristic's plan with the better of two bounds: its own, and that of the model without whole numbers.

    Takes well under a second for a team's plan, and has no time limit that would make the result depend on the machine.
    """
    quick = schedule.solve(instance)
    if quick.plan is None or quick.status == "optimal" or not instance.initiatives or not instance.questions:
        return quick
    if neglected_quarter(instance, quick.plan.quarters) is not None:
        instance = instance.without_urgent()
    try:
        result = Model(instance.without_excess()).run(TIME_LIMIT, whole=False)
    except OutOfTime:
        return quick
    if result.status != SOLVED:
        return quick
    relaxed = -Fraction(result.fun) * (1 + RELAXED_NOISE)
    bound = max(quick.plan.objective, min(quick.bound, relaxed))
    status = "optimal" if relative_gap(quick.plan.objective, bound) <= TOLERANCE else "feasible"
    return replace(quick, status=status, bound=bound)


def _best(plans: list[Plan | None]) -> Plan | None:
    """The first with the highest objective."""
    return max((plan for plan in plans if plan is not None), key=lambda plan: plan.objective, default=None)


def _without_noise(bound: Fraction, reached: Fraction) -> Fraction:
    """The bound, or what was reached where the two differ by rounding only."""
    return reached if bound - reached <= NOISE * max(Fraction(1), reached) else bound


# Demands that can't be met


def _infeasible(instance: Instance, quick: Solution, time_left: TimeLeft) -> Solution:
    return replace(
        quick,
        status="infeasible",
        plan=None,
        shortest_horizon=shortest_horizon(instance, time_left),
        obstacles=obstacles(instance, time_left),
    )


def obstacles(instance: Instance, time_left: TimeLeft = for_each_question) -> tuple[Obstacle, ...]:
    """What stands in the way of demands that can't be met: what counting shows, else a smallest set that clashes.

    Of more than MOST_CLASHING demands no smallest set is looked for, nor when the time is over.
    """
    counted = counted_obstacles(instance, earliest_quarters(instance)) or _too_little_room(instance, time_left)
    if counted:
        return counted
    clash = instance
    for key in demands_of(instance) if len(demands_of(instance)) <= MOST_CLASHING else ():
        fewer = without_demand(clash, key)
        if not _can_meet_demands(fewer, time_left, if_unknown=True):
            clash = fewer
    clashing = demands_of(clash)
    if len(clashing) == 1:
        return (Obstacle("room", clashing, None, Fraction(instance.horizon)),)
    return (Obstacle("together", clashing),)


def _too_little_room(instance: Instance, time_left: TimeLeft) -> tuple[Obstacle, ...]:
    """Where even the cheapest, or the fewest, initiatives that meet all demands are too many."""
    room = _Room(instance, time_left)
    if room.effort > sum(instance.capacity):
        return (Obstacle("effort", demands_of(instance), room.effort, Fraction(sum(instance.capacity))),)
    if room.number > room.places(instance):
        places = Fraction(int(room.places(instance)))
        return (Obstacle("places", demands_of(instance), Fraction(room.number), places),)
    return ()


class _Room:
    """Person-weeks, and initiatives, that meeting all demands takes at the least, whenever they are done.

    To thousandths of a person-week, downward, so that doubles never make it more than it is.
    """

    def __init__(self, instance: Instance, time_left: TimeLeft) -> None:
        needed = instance.for_demands()
        efforts = {key: work.effort for key, work in needed.initiatives.items()}
        effort, cheapest = least(needed, efforts, time_left())
        number, fewest = least(needed, dict.fromkeys(efforts, 1), time_left())
        self.effort = Fraction(floor(min(effort, MOST_EFFORT) * 1000 + 0.001), 1000)
        self.number = ceil(min(number, MOST_EFFORT) - 0.001)
        self.choices = [cheapest, fewest]

    def places(self, instance: Instance) -> float:
        return inf if instance.max_per_quarter is None else instance.max_per_quarter * instance.horizon

    def may_fit(self, instance: Instance) -> bool:
        return (
            self.effort <= sum(instance.capacity)
            and self.number <= self.places(instance)
            and not counted_obstacles(instance, earliest_quarters(instance))
        )


def shortest_horizon(instance: Instance, time_left: TimeLeft = for_each_question) -> int | None:
    """The fewest quarters, later ones with the last one's capacity, in which all demands can be met.

    None when no number up to LONGEST_HORIZON is enough. For large instances it is the fewest that was found, which may
    be a quarter more than there need be.
    """
    if any(obstacle.kind == "lift" for obstacle in counted_obstacles(instance, earliest_quarters(instance))):
        return None
    room = _Room(instance, time_left)
    longest = instance.with_horizon(LONGEST_HORIZON).for_demands()
    known = min((_quarters_in_turn(longest, chosen) for chosen in room.choices), default=LONGEST_HORIZON + 1)
    for quarters in range(instance.horizon + 1, min(known, LONGEST_HORIZON + 1)):
        longer = instance.with_horizon(quarters)
        is_small = len(longest.initiatives) * quarters**2 <= MOST_CHECKED
        if is_small and room.may_fit(longer) and _can_meet_demands(longer, time_left):
            return quarters
    return known if known <= LONGEST_HORIZON else None


def _quarters_in_turn(instance: Instance, chosen: Collection[str]) -> int:
    """After how many quarters these are complete, if each in turn is completed as early as it fits."""
    plan: dict[str, int] = {}
    for key in instance.order:
        if key in chosen:
            quarters = range(1, instance.horizon + 1)
            placed = next((t for t in quarters if schedule.fits(instance, {**plan, key: t})), None)
            if placed is None:
                return LONGEST_HORIZON + 1
            plan[key] = placed
    if not chosen or not schedule.demands_met(instance, plan):
        return LONGEST_HORIZON + 1
    return max(plan.values())


def _can_meet_demands(instance: Instance, time_left: TimeLeft, *, if_unknown: bool = False) -> bool:
    """Whether some plan meets all demands; `if_unknown` where the solver can't tell in time."""
    needed = instance.for_demands()
    if not needed.initiatives:
        return all(instance.questions[key].gap == 0 for key in instance.mandatory)
    try:
        model = Model(needed, worth=False, time_left=time_left)
    except OutOfTime:
        return if_unknown
    result = model.run(time_left())
    if result.x is None:
        return if_unknown and result.status != INFEASIBLE
    return checked_plan(needed, model.completions(result.x), model.starts(result.x)) is not None
