"""The best plan there is, by mixed-integer programming (HiGHS through scipy), and the proof of how good it is.

The model is that of domain guide 4.4 with run costs, `max_per_quarter` and carry-over. Two rules of `schedule` aren't
linear in it: the number of starts under carry-over and the rule on critical questions. They only forbid plans, so the
bound holds; a solution that breaks them isn't used, and then the heuristic's plan stands with this bound. What the
solver returns in doubles is checked in exact fractions before it counts. Pure, though a time limit makes the result
depend on the machine.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from reports.roadmap import schedule
from reports.roadmap.instance import Instance
from reports.roadmap.schedule import TOLERANCE, Solution, as_plan, is_feasible, objective, relative_gap

TIME_LIMIT = 20.0
"""Seconds."""
LONGEST_HORIZON = 40
"""Quarters; ten years, after which a plan is called impossible."""
SOLVED, INFEASIBLE = 0, 2
NOISE = Fraction(1, 10**9)
"""Relative difference that comes from doubles."""
RELAXED_NOISE = Fraction(1, 10**7)
"""By how much the solver may miss the best value of the relaxed model: its tolerance, relative."""


def solve(instance: Instance, time_limit: float = TIME_LIMIT) -> Solution:
    """The best of the exact and the heuristic plan, `optimal` when the bound proves it.

    Infeasible instances come with the shortest horizon that is enough, None when none up to LONGEST_HORIZON is.
    """
    quick = schedule.solve(instance)
    if not instance.initiatives or not instance.questions:
        return quick
    result = _Model(instance).run(time_limit)
    if result.status == INFEASIBLE:
        return _infeasible(instance, quick, time_limit)
    bound = quick.bound if result.mip_dual_bound is None else min(quick.bound, -Fraction(result.mip_dual_bound))
    plans = [] if quick.plan is None else [quick.plan.quarters]
    if result.x is not None and is_feasible(instance, found := _Model(instance).quarters(result.x)):
        plans.append(found)
    if not plans:
        return replace(quick, bound=bound)
    plan = as_plan(instance, max(plans, key=lambda quarters: objective(instance, quarters)))
    bound = _without_noise(bound, plan.objective)
    status = "optimal" if relative_gap(plan.objective, bound) <= TOLERANCE else "feasible"
    return Solution(status, plan, bound, quick.greedy, quick.local_search)


def solve_at_once(instance: Instance) -> Solution:
    """The heuristic's plan with the better of two bounds: its own, and that of the model without whole numbers.

    Takes well under a second for a team's plan, and has no time limit that would make the result depend on the machine.
    """
    quick = schedule.solve(instance)
    if quick.plan is None or quick.status == "optimal" or not instance.initiatives or not instance.questions:
        return quick
    result = _Model(instance).run(TIME_LIMIT, whole=False)
    if result.status != SOLVED:
        return quick
    relaxed = -Fraction(result.fun) * (1 + RELAXED_NOISE)
    bound = max(quick.plan.objective, min(quick.bound, relaxed))
    status = "optimal" if relative_gap(quick.plan.objective, bound) <= TOLERANCE else "feasible"
    return replace(quick, status=status, bound=bound)


def _without_noise(bound: Fraction, reached: Fraction) -> Fraction:
    """The bound, or what was reached where the two differ by rounding only."""
    return reached if bound - reached <= NOISE * max(Fraction(1), reached) else bound


def _infeasible(instance: Instance, quick: Solution, time_limit: float) -> Solution:
    return replace(quick, status="infeasible", plan=None, shortest_horizon=shortest_horizon(instance, time_limit))


def shortest_horizon(instance: Instance, time_limit: float = TIME_LIMIT) -> int | None:
    """The fewest quarters, later ones with the last one's capacity, in which all demands can be met."""
    for quarters in range(instance.horizon + 1, LONGEST_HORIZON + 1):
        longer = instance.with_horizon(quarters)
        model = _Model(longer, worth=False)
        result = model.run(time_limit)
        if result.x is not None and schedule.demands_met(longer, model.quarters(result.x)):
            return quarters
    return None


class _Model:
    """Columns: x[i, t], initiative i is completed in t; then z[q, t], levels of q closed by the end of t."""

    def __init__(self, instance: Instance, *, worth: bool = True) -> None:
        self.instance = instance
        self.worth = worth
        self.ids, self.keys, self.horizon = instance.order, tuple(instance.questions), instance.horizon
        self.column = {key: index * self.horizon for index, key in enumerate(self.ids)}
        offset = len(self.ids) * self.horizon
        self.gap_column = {key: offset + index * self.horizon for index, key in enumerate(self.keys)}
        self.columns = offset + len(self.keys) * self.horizon
        self.entries: list[tuple[int, int, float]] = []
        self.limits: list[tuple[float, float]] = []
        self._constrain()

    def run(self, time_limit: float, *, whole: bool = True) -> OptimizeResult:
        """What HiGHS finds; without `whole` initiatives may be done in part, which is quick and bounds every plan."""
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = csr_array((values, (rows, columns)), shape=(len(self.limits), self.columns))
        low, high = zip(*self.limits, strict=True)
        integral = np.zeros(self.columns)
        integral[: len(self.ids) * self.horizon] = whole
        return milp(
            self._costs(),
            constraints=LinearConstraint(matrix, low, high),
            bounds=self._bounds(),
            integrality=integral,
            options={"time_limit": time_limit, "mip_rel_gap": 0},
        )

    def quarters(self, x: np.ndarray) -> dict[str, int]:
        """The plan that a solution stands for."""
        done = {key: x[start : start + self.horizon].round() for key, start in self.column.items()}
        return {key: int(row.argmax()) + 1 for key, row in done.items() if row.any()}

    def _costs(self) -> np.ndarray:
        costs = np.zeros(self.columns)
        if self.worth:
            for key, start in self.gap_column.items():
                costs[start : start + self.horizon] = -float(self.instance.questions[key].weight)
        return costs

    def _bounds(self) -> Bounds:
        low, high = np.zeros(self.columns), np.ones(self.columns)
        for key, start in self.column.items():
            high[start : start + self.instance.initiatives[key].release - 1][: self.horizon] = 0
        for key, start in self.gap_column.items():
            gap = float(self.instance.questions[key].gap)
            high[start : start + self.horizon] = gap
            if self.instance.questions[key].mandatory:
                low[start + self.horizon - 1] = gap
        return Bounds(low, high)

    def _row(self, terms: dict[int, float], low: float, high: float) -> None:
        row = len(self.limits)
        self.entries += [(row, column, value) for column, value in terms.items()]
        self.limits.append((low, high))

    def _constrain(self) -> None:
        for key, start in self.column.items():
            once = {start + t: 1.0 for t in range(self.horizon)}
            self._row(once, 1.0 if self.instance.initiatives[key].must_do else 0.0, 1.0)
            for before in self.instance.initiatives[key].prerequisites:
                self._prerequisite(start, self.column[before])
        for t in range(self.horizon):
            self._capacity(t)
            if self.instance.max_per_quarter is not None:
                self._row({start + t: 1.0 for start in self.column.values()}, 0.0, float(self.instance.max_per_quarter))
            for key in self.keys:
                self._closing(key, t)

    def _prerequisite(self, start: int, before: int) -> None:
        wait = 0 if self.instance.same_quarter_prerequisites else 1
        for t in range(self.horizon):
            terms = {before + s: 1.0 for s in range(t + 1 - wait)}
            self._row(terms | {start + s: -1.0 for s in range(t + 1)}, 0.0, np.inf)

    def _capacity(self, t: int) -> None:
        """Efforts and run costs up to t (with carry-over) or of t alone fit into the capacity of the same time."""
        first = 0 if self.instance.carry_over else t
        terms = {}
        for key, start in self.column.items():
            work = self.instance.initiatives[key]
            for s in range(t + 1):
                quarters_running = t - max(s, first - 1)
                spent = (work.effort if s >= first else 0) + work.run_cost * quarters_running
                terms[start + s] = float(spent)
        self._row(terms, 0.0, float(sum(self.instance.capacity[first : t + 1])))

    def _closing(self, key: str, t: int) -> None:
        terms = {self.gap_column[key] + t: -1.0}
        for initiative, lift in self.instance.lifters[key]:
            terms |= {self.column[initiative] + s: float(lift) for s in range(t + 1)}
        self._row(terms, 0.0, np.inf)
