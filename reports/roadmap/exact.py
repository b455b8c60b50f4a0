"""The best plan there is, by mixed-integer programming, and the proof of how good it is.

What the solver returns in doubles is checked in exact fractions, by the rules of `schedule`, before it counts. Pure,
though a time limit makes the result depend on the machine.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from reports.roadmap import schedule
from reports.roadmap.instance import Instance
from reports.roadmap.model import INFEASIBLE, SOLVED, Model
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

ALGORITHM = "2"
"""Grows with each change after which the same instance may get another plan."""
TIME_LIMIT = 20.0
"""Seconds."""
LONGEST_HORIZON = 40
"""Quarters; ten years, after which a plan is called impossible."""
NOISE = Fraction(1, 10**9)
"""Relative difference that comes from doubles."""
RELAXED_NOISE = Fraction(1, 10**7)
"""By how much the solver may miss the best value of the relaxed model: its tolerance, relative."""


def solve(instance: Instance, time_limit: float = TIME_LIMIT) -> Solution:
    """The best of the exact and the heuristic plan, `optimal` when the bound proves it.

    Infeasible instances come with what stands in the way and the shortest horizon that is enough.
    """
    quick = replace(schedule.solve(instance), is_exact=True)
    if not instance.initiatives:
        return quick
    model = Model(instance)
    result = model.run(time_limit)
    if result.status == INFEASIBLE and instance.urgent:
        return solve(instance.without_urgent(), time_limit)
    if result.status == INFEASIBLE:
        return _infeasible(instance, quick, time_limit)
    bound = quick.bound if result.mip_dual_bound is None else min(quick.bound, -Fraction(result.mip_dual_bound))
    plans = [] if quick.plan is None else [checked_plan(instance, quick.plan.quarters)]
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
    result = Model(instance).run(TIME_LIMIT, whole=False)
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


def _infeasible(instance: Instance, quick: Solution, time_limit: float) -> Solution:
    return replace(
        quick,
        status="infeasible",
        plan=None,
        shortest_horizon=shortest_horizon(instance, time_limit),
        obstacles=obstacles(instance, time_limit),
    )


def obstacles(instance: Instance, time_limit: float = TIME_LIMIT) -> tuple[Obstacle, ...]:
    """What stands in the way of demands that can't be met: what counting shows, else a smallest set that clashes."""
    counted = counted_obstacles(instance, earliest_quarters(instance))
    if counted:
        return counted
    clash = instance
    for key in demands_of(instance):
        fewer = without_demand(clash, key)
        if not _can_meet_demands(fewer, time_limit):
            clash = fewer
    clashing = demands_of(clash)
    if len(clashing) == 1:
        return (Obstacle("room", clashing, None, Fraction(instance.horizon)),)
    return (Obstacle("together", clashing),)


def shortest_horizon(instance: Instance, time_limit: float = TIME_LIMIT) -> int | None:
    """The fewest quarters, later ones with the last one's capacity, in which all demands can be met."""
    for quarters in range(instance.horizon + 1, LONGEST_HORIZON + 1):
        longer = instance.with_horizon(quarters)
        if not counted_obstacles(longer, earliest_quarters(longer)) and _can_meet_demands(longer, time_limit):
            return quarters
    return None


def _can_meet_demands(instance: Instance, time_limit: float) -> bool:
    needed = instance.for_demands()
    if not needed.initiatives:
        return all(instance.questions[key].gap == 0 for key in instance.mandatory)
    model = Model(needed, worth=False)
    result = model.run(time_limit)
    if result.x is None:
        return False
    return checked_plan(needed, model.completions(result.x), model.starts(result.x)) is not None
