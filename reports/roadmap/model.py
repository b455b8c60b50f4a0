"""The scheduling model as a mixed-integer program for HiGHS, in the terms of `schedule`. Source: domain guide 4.4.

Every rule of `schedule` is linear here. Two need more than the guide's variables:

- starts under carry-over: a yes or no for each pair of start and completion, and what is saved up for later run costs;
- the rule on urgent questions: a yes or no for "open at the beginning of the quarter", and for why an initiative that
  would lift it can't be done in the quarter alone (too much work, too many initiatives).

What the solver returns in doubles is the caller's to check. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from reports.roadmap.instance import Instance, Number, OutOfTime, TimeLeft, check, common_denominator, for_ever

SOLVED, INFEASIBLE = 0, 2

Terms = Mapping[int, Number]

MOST_NUMBERS = 3_000_000
"""Columns and entries of a model; a larger one takes gigabytes and is never solved in time."""


class Model:
    """Columns: `done[i][t]`, initiative i is completed in quarter t + 1; `closed[q][t]`, levels of q closed by its end.

    Where starts are limited `spans[i]` has a column for each pair of start and completion. Without `worth` nothing is
    maximised: it asks only whether there is a plan. Raises OutOfTime where it can't be written down in time, or would
    be larger than MOST_NUMBERS.
    """

    def __init__(self, instance: Instance, *, worth: bool = True, time_left: TimeLeft = for_ever) -> None:
        self.instance, self.time_left = instance, time_left
        self.quarters = range(instance.horizon)
        self.low: list[Number] = []
        self.high: list[Number] = []
        self.costs: list[Number] = []
        self.whole: list[bool] = []
        self.entries: list[tuple[int, int, float]] = []
        self.limits: list[tuple[float, float]] = []
        self.done = {key: self._completions(key) for key in instance.order}
        self.closed = {key: self._closings(key, worth) for key in instance.questions}
        self.spans: dict[str, dict[tuple[int, int], int]] = {}
        self._keep_order()
        self._close_gaps()
        self._stay_inside_capacity()
        if instance.max_per_quarter is not None:
            for t in self.quarters:
                self.row({column[t]: 1 for column in self.done.values()}, 0, instance.max_per_quarter)
            if instance.carry_over:
                self._limit_starts(instance.max_per_quarter)
        for group in instance.urgent:
            _UrgentRule(self, group).constrain()

    # Asking the solver ---------------------------------------------------------------------------------------

    def run(self, time_limit: float, *, whole: bool = True) -> OptimizeResult:
        """What HiGHS finds in so many seconds.

        Without `whole` initiatives may be done in part, which is quick and bounds every plan.
        """
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = csr_array((values, (rows, columns)), shape=(len(self.limits), len(self.costs)))
        low, high = zip(*self.limits, strict=True)
        return milp(
            np.array([float(cost) for cost in self.costs]),
            constraints=LinearConstraint(matrix, low, high),
            bounds=Bounds([float(value) for value in self.low], [float(value) for value in self.high]),
            integrality=np.array(self.whole) * whole,
            options={"time_limit": max(0.0, time_limit), "mip_rel_gap": 0},
        )

    def completions(self, x: np.ndarray) -> dict[str, int]:
        """The quarters of completion that a solution stands for."""
        chosen = {key: x[columns].round() for key, columns in self.done.items()}
        return {key: int(row.argmax()) + 1 for key, row in chosen.items() if row.any()}

    def starts(self, x: np.ndarray) -> dict[str, int]:
        """The quarters reserved for starts, where the model limits them."""
        return {key: s + 1 for key, spans in self.spans.items() for (s, _), col in spans.items() if x[col] > 1 / 2}

    # Parts of the model --------------------------------------------------------------------------------------

    def _completions(self, key: str) -> list[int]:
        release = self.instance.initiatives[key].release
        return [self.column(0, 1 if t + 1 >= release else 0) for t in self.quarters]

    def _closings(self, key: str, worth: bool) -> list[int]:
        need = self.instance.questions[key]
        cost = -need.weight if worth else 0
        last = self.instance.horizon - 1
        least = [need.gap if need.mandatory and t == last else 0 for t in self.quarters]
        return [self.column(least[t], need.gap, cost, whole=False) for t in self.quarters]

    def _keep_order(self) -> None:
        """Each initiative at most once, must-dos once, none before what it needs."""
        wait = 0 if self.instance.same_quarter_prerequisites else 1
        for key, work in self.instance.initiatives.items():
            self.row(dict.fromkeys(self.done[key], 1), 1 if work.must_do else 0, 1)
            for before in work.prerequisites:
                for t in self.quarters:
                    needed = dict.fromkeys(self.done[before][: t + 1 - wait], 1)
                    self.row(needed | dict.fromkeys(self.done[key][: t + 1], -1), 0, inf)

    def _close_gaps(self) -> None:
        for key, columns in self.closed.items():
            for t, column in enumerate(columns):
                self.row({column: -1} | self.lifted(key, t + 1), 0, inf)

    def lifted(self, question: str, quarters: int) -> dict[int, Number]:
        """Levels by which the question is lifted in the first so many quarters, beyond its gap, too."""
        lifters = self.instance.lifters[question]
        return {column: lift for key, lift in lifters for column in self.done[key][:quarters]}

    def _stay_inside_capacity(self) -> None:
        """Efforts and run costs up to a quarter (with carry-over) or of it alone fit into the capacity of that time."""
        for t in self.quarters:
            first = 0 if self.instance.carry_over else t
            terms = {}
            for key, work in self.instance.initiatives.items():
                for s in range(t + 1):
                    quarters_running = t - max(s, first - 1)
                    spent = (work.effort if s >= first else 0) + work.run_cost * quarters_running
                    terms[self.done[key][s]] = spent
            self.row(terms, 0, sum(self.instance.capacity[first : t + 1]))

    def running(self, quarters: int) -> dict[int, Number]:
        """Run costs of what is completed in the first so many quarters, for one quarter."""
        works = self.instance.initiatives.items()
        return {column: work.run_cost for key, work in works if work.run_cost for column in self.done[key][:quarters]}

    def _limit_starts(self, most: int) -> None:
        """So many starts in each quarter, and work between start and completion inside what each quarter has.

        A column for each pair of start and completion. The work fits if and only if, for each stretch of quarters,
        what starts and is completed inside it fits into its capacity.
        """
        works = self.instance.initiatives
        self.spans = {key: self._spans(key) for key, work in works.items() if work.effort > 0}
        for t in self.quarters:
            starting = (spans[t, last] for spans in self.spans.values() for last in self.quarters[t:])
            self.row(dict.fromkeys(starting, 1), 0, most)
        saved = [self.column(0, amount, whole=False) for amount in self.instance.capacity]
        for t in self.quarters:
            self.row(dict.fromkeys(saved[: t + 1], 1) | self._run_up_to(t), 0, inf)
            for first in self.quarters[: t + 1]:
                inside = {
                    column: works[key].effort
                    for key, spans in self.spans.items()
                    for (start, last), column in spans.items()
                    if first <= start and last <= t
                }
                stretch = slice(first, t + 1)
                self.row(inside | dict.fromkeys(saved[stretch], 1), 0, sum(self.instance.capacity[stretch]))

    def _spans(self, key: str) -> dict[tuple[int, int], int]:
        spans = {(start, last): self.column(0, 1) for last in self.quarters for start in self.quarters[: last + 1]}
        for last in self.quarters:
            chosen = dict.fromkeys((spans[start, last] for start in self.quarters[: last + 1]), 1)
            self.row(chosen | {self.done[key][last]: -1}, 0, 0)
        return spans

    def _run_up_to(self, t: int) -> dict[int, Number]:
        """All run costs to the end of a quarter, negative: so much has to be saved up to then."""
        works = self.instance.initiatives.items()
        return {self.done[key][s]: -work.run_cost * (t - s) for key, work in works if work.run_cost for s in range(t)}

    # Columns and rows ----------------------------------------------------------------------------------------

    def column(self, low: Number, high: Number, cost: Number = 0, *, whole: bool = True) -> int:
        self._grow(1)
        self.low.append(low)
        self.high.append(high)
        self.costs.append(cost)
        self.whole.append(whole)
        return len(self.costs) - 1

    def row(self, terms: Terms, low: float | Number, high: float | Number) -> None:
        """low <= sum of the terms (number by column) <= high."""
        self._grow(len(terms))
        row = len(self.limits)
        self.entries += [(row, column, float(value)) for column, value in terms.items()]
        self.limits.append((float(low), float(high)))

    def _grow(self, numbers: int) -> None:
        check(self.time_left)
        if len(self.costs) + len(self.entries) + numbers > MOST_NUMBERS:
            raise OutOfTime


def least(instance: Instance, amounts: Mapping[str, Number], time_limit: float) -> tuple[float, frozenset[str]]:
    """What the initiatives that meet every must-do and mandatory gap add up to at the least, and such initiatives.

    Quarters play no part. A bound is returned where the time isn't enough for the least, so that it is never more;
    infinite and none, if none do.
    """
    keys = instance.order
    column = {key: index for index, key in enumerate(keys)}
    rows: list[tuple[dict[int, Number], Number]] = [({column[key]: 1}, 1) for key in sorted(instance.must_do)]
    for key, work in instance.initiatives.items():
        rows += [({column[before]: 1, column[key]: -1}, 0) for before in work.prerequisites]
    for question in sorted(instance.mandatory):
        lifting = {column[key]: lift for key, lift in instance.lifters[question]}
        rows.append((lifting, instance.questions[question].gap))
    if not keys or not rows:
        return (0.0 if all(gap <= 0 for _, gap in rows) else inf), frozenset()
    matrix = np.zeros((len(rows), len(keys)))
    for row, (terms, _) in enumerate(rows):
        for index, value in terms.items():
            matrix[row, index] = float(value)
    result = milp(
        np.array([float(amounts[key]) for key in keys]),
        constraints=LinearConstraint(matrix, np.array([float(low) for _, low in rows]), np.inf),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(keys)),
        options={"time_limit": max(0.0, time_limit), "mip_rel_gap": 0},
    )
    if result.status == INFEASIBLE:
        return inf, frozenset()
    bound = 0.0 if result.mip_dual_bound is None else float(result.mip_dual_bound)
    found = () if result.x is None else (key for key in keys if result.x[column[key]] > 1 / 2)
    return bound, frozenset(found)


class _UrgentRule:
    """While a question of the group is open, a quarter completes something that lifts an open one, if it could be."""

    def __init__(self, model: Model, group: Iterable[str]) -> None:
        self.model, self.instance = model, model.instance
        gaps = {key: self.instance.questions[key].gap for key in sorted(group)}
        self.questions = [key for key, gap in gaps.items() if gap > 0 and self.instance.urgent_lifters[key]]
        self.lifting: dict[str, list[str]] = {}
        for question in self.questions:
            for key in self.instance.urgent_lifters[question]:
                self.lifting.setdefault(key, []).append(question)

    def constrain(self) -> None:
        for t in self.model.quarters:
            still_open = {question: self._open(question, t) for question in self.questions}
            lifting = [self._lifts_an_open_one(key, t, still_open) for key in self.lifting]
            for key, questions in self.lifting.items():
                excuses = self._excuses(key, t)
                if excuses is not None:
                    for question in questions:
                        duty = dict.fromkeys([*lifting, *self.model.done[key][:t], *excuses], 1)
                        self.model.row(duty | {still_open[question]: -1}, 0, inf)

    def _open(self, question: str, t: int) -> int:
        """A yes or no: the question's gap isn't closed at the beginning of the quarter."""
        gap, lifted = self.instance.questions[question].gap, self.model.lifted(question, t)
        column = self.model.column(0 if t else 1, 1)
        if t:
            unit = _unit([gap, *lifted.values()])
            most = sum(lift for _, lift in self.instance.lifters[question])
            self.model.row(lifted | {column: gap}, gap, inf)
            self.model.row(lifted | {column: most - gap + unit}, -inf, most)
        return column

    def _lifts_an_open_one(self, key: str, t: int, still_open: Mapping[str, int]) -> int:
        """A yes or no: the initiative is completed in the quarter and lifts a question that was open."""
        column = self.model.column(0, 1, whole=False)
        self.model.row({column: -1, self.model.done[key][t]: 1}, 0, inf)
        self.model.row({column: -1} | {still_open[question]: 1 for question in self.lifting[key]}, 0, inf)
        return column

    def _excuses(self, key: str, t: int) -> list[int] | None:
        """Why it can't be done in the quarter alone with what it still needs, each a yes or no; None: never, anyway."""
        needed = self.instance.closures[key]
        if any(self.instance.initiatives[member].release > t + 1 for member in needed):
            return None
        excuses = [self._too_much(needed, t), self._too_many(needed, t)]
        return [column for column in excuses if column is not None]

    def _too_much(self, needed: Iterable[str], t: int) -> int | None:
        """Their effort and the run costs of what is complete exceed the quarter's capacity."""
        works = self.instance.initiatives
        capacity, running = self.instance.capacity[t], self.model.running(t)
        effort = sum(works[member].effort for member in needed)
        if effort + sum(work.run_cost for work in works.values()) <= capacity:
            return None
        column = self.model.column(0, 1)
        terms = dict(running)
        for member in needed:
            for done in self.model.done[member][:t]:
                terms[done] = terms.get(done, 0) - works[member].effort
        unit = _unit([capacity, *(w.effort for w in works.values()), *(w.run_cost for w in works.values())])
        self.model.row(terms | {column: -(capacity + unit)}, -effort, inf)
        return column

    def _too_many(self, needed: Iterable[str], t: int) -> int | None:
        """More are still to be done than a quarter may complete; with a quarter's wait, more than the one itself."""
        most = self.instance.max_per_quarter if self.instance.same_quarter_prerequisites else 1
        needed = tuple(needed)
        if most is None or len(needed) <= most:
            return None
        if self.instance.max_per_quarter is not None:
            most = min(most, self.instance.max_per_quarter)
        column = self.model.column(0, 1)
        done = {column: -1 for member in needed for column in self.model.done[member][:t]}
        self.model.row(done | {column: -(most + 1)}, -len(needed), inf)
        return column


def _unit(numbers: Iterable[Number]) -> Fraction:
    """The largest fraction of which all numbers are multiples: two sums of them differ by so much or not at all."""
    return Fraction(1, common_denominator(numbers))
