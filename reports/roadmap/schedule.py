"""What a plan is, when it is feasible, what it is worth, and a good one found in well under a second.

A plan names the quarter in which each chosen initiative is completed. It is feasible when

- the work fits: without carry-over the efforts completed in a quarter, and the run costs of what was completed in
  earlier ones, fit into that quarter's capacity; with carry-over work may lie in any quarter from an initiative's start
  to its completion (`work` says when);
- prerequisites are completed no later (or, without `same_quarter_prerequisites`, at least a quarter earlier);
- nothing is completed before its `release`;
- at most `max_per_quarter` initiatives are completed, and at most as many start, in each quarter;
- while an urgent question (a critical one, and likewise a guard) is open at the beginning of a quarter, the quarter
  completes an initiative that lifts an open one by a level (or all of a smaller gap), unless none of them, with what it
  still needs, could be both begun and completed in that quarter though nothing else were done in it.

The last rule yields to must-dos and mandatory targets: where no plan keeps both, it is dropped.

A search that is limited in time keeps what it has found until then; without a limit it depends on nothing else.

Its objective is the area under the curve of closed gaps: what is closed earlier counts in more quarters. Overlapping
lifts count once, up to the gap. Source: domain guide 4.4. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, combinations

from reports.roadmap.instance import Instance, Number, OutOfTime, TimeLeft, check, for_ever, share
from reports.roadmap.obstacles import Obstacle, counted_obstacles
from reports.roadmap.work import Quarters, are_starts_possible, net_capacity, order_of_work, start_quarters

TOLERANCE = Fraction(1, 10**6)
SHAKES = 100
"""Initiatives of the instance times plans from which the search begins anew."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`quarters`: completion of each chosen initiative, `starts`: when work on it begins; both count from 1."""

    quarters: Quarters
    starts: Quarters
    objective: Fraction


@dataclass(frozen=True, slots=True)
class Missing:
    """Levels by which a gap stays open, and why: `cap`, `prerequisite` or `capacity`, the first that holds."""

    missing: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan with what is known about its quality; `plan` is None when nothing feasible is known.

    `status` is optimal, feasible or infeasible; `bound` is proven: no feasible plan has a higher objective.
    `greedy` and `local_search` are the heuristic's objectives, None where must-dos or mandatory targets stay unmet.
    Where they can't be met, `obstacles` say why, and `shortest_horizon` is the fewest quarters that are enough, None
    when it isn't known or none is. `is_exact` says that the exact solver had its say, `is_frozen` that the plan stays
    whatever the solver says.
    """

    status: str
    plan: Plan | None
    bound: Fraction
    greedy: Fraction | None
    local_search: Fraction | None
    shortest_horizon: int | None = None
    obstacles: tuple[Obstacle, ...] = ()
    is_exact: bool = False
    is_frozen: bool = False

    def judged_by(self, bound: Fraction) -> Solution:
        """The same plan, after the exact solver found that none is worth more than `bound`."""
        assert self.plan is not None
        bound = max(self.plan.objective, min(self.bound, bound))
        status = "optimal" if relative_gap(self.plan.objective, bound) <= TOLERANCE else "feasible"
        return replace(self, status=status, bound=bound, is_exact=True)

    @property
    def because(self) -> str:
        """What stands in the way, in English; empty where there is a plan."""
        return "; ".join(obstacle.in_english() for obstacle in self.obstacles)

    @property
    def gap(self) -> Fraction | None:
        """Distance to the bound as a share of it (of 1 where the bound is smaller)."""
        return None if self.plan is None else relative_gap(self.plan.objective, self.bound)


def relative_gap(objective: Fraction, bound: Fraction) -> Fraction:
    """(bound - objective) / max(1, bound)."""
    return (bound - objective) / max(Fraction(1), bound)


# What a plan is worth


def closed_gaps(instance: Instance, quarters: Quarters) -> dict[str, tuple[Number, ...]]:
    """Levels of each question's gap that are closed by the end of each quarter."""
    return {question: _closed(instance, question, quarters) for question in instance.questions}


def _closed(instance: Instance, question: str, quarters: Quarters) -> tuple[Number, ...]:
    lifted = [instance.questions[question].gap * 0] * instance.horizon
    for key, lift in instance.lifters[question]:
        if key in quarters:
            lifted[quarters[key] - 1] += lift
    gap = instance.questions[question].gap
    return tuple(min(gap, total) for total in accumulate(lifted))


def objective(instance: Instance, quarters: Quarters) -> Number:
    """Sum over quarters and questions of weight times closed levels."""
    return sum((_worth(instance, question, quarters) for question in instance.questions), 0)


def _worth(instance: Instance, question: str, quarters: Quarters) -> Number:
    return instance.questions[question].weight * sum(_closed(instance, question, quarters))


def unreached(instance: Instance, quarters: Quarters) -> dict[str, Missing]:
    """Every question whose gap isn't closed at the end of the plan, with what is missing and why."""
    possible = _completable(instance)
    found = {}
    for question, need in instance.questions.items():
        missing = need.gap - _closed(instance, question, quarters)[-1]
        if missing > 0:
            found[question] = Missing(Fraction(missing), _why(instance, question, possible))
    return found


def _why(instance: Instance, question: str, possible: frozenset[str]) -> str:
    gap, lifters = instance.questions[question].gap, instance.lifters[question]
    if sum(lift for _, lift in lifters) < gap:
        return "cap"
    if sum(lift for key, lift in lifters if key in possible) < gap:
        return "prerequisite"
    return "capacity"


def earliest_quarters(instance: Instance) -> dict[str, int]:
    """First quarter in which each initiative could be completed if capacity were unlimited."""
    earliest: dict[str, int] = {}
    wait = 0 if instance.same_quarter_prerequisites else 1
    for key in instance.order:
        work = instance.initiatives[key]
        earliest[key] = max([work.release, *(earliest[before] + wait for before in work.prerequisites)])
    return earliest


def _completable(instance: Instance) -> frozenset[str]:
    return frozenset(key for key, quarter in earliest_quarters(instance).items() if quarter <= instance.horizon)


# When a plan is feasible


def fits(instance: Instance, quarters: Quarters) -> bool:
    """Whether capacity, releases, prerequisites and `max_per_quarter` allow the plan."""
    return _in_order(instance, quarters) and start_quarters(instance, quarters) is not None


def _in_order(instance: Instance, quarters: Quarters) -> bool:
    wait = 0 if instance.same_quarter_prerequisites else 1
    for key, quarter in quarters.items():
        work = instance.initiatives[key]
        if not work.release <= quarter <= instance.horizon:
            return False
        for before in work.prerequisites:
            if quarters.get(before, instance.horizon + 1) + wait > quarter:
                return False
    return True


def neglected_quarter(instance: Instance, quarters: Quarters) -> int | None:
    """The first quarter that could lift an open urgent question and doesn't, or None."""
    for quarter in range(1, instance.horizon + 1):
        if any(_neglects(instance, quarters, quarter, group) for group in instance.urgent):
            return quarter
    return None


def _neglects(instance: Instance, quarters: Quarters, quarter: int, group: frozenset[str]) -> bool:
    before = {key: done for key, done in quarters.items() if done < quarter}
    lifting = _urgent_lifters(instance, before, group)
    if not lifting or any(quarters.get(key) == quarter for key in lifting):
        return False
    capacity = net_capacity(instance, before)[quarter - 1]
    return any(_fits_alone(instance, _bundle(instance, before, key, quarter), quarter, capacity) for key in lifting)


def _fits_alone(instance: Instance, bundle: Quarters, quarter: int, capacity: Number) -> bool:
    """Whether the whole bundle can be begun and completed in the quarter if nothing else is done in it."""
    most = instance.max_per_quarter
    return (
        set(bundle.values()) == {quarter}
        and effort_of(instance, bundle) <= capacity
        and (most is None or len(bundle) <= most)
    )


def _urgent_lifters(instance: Instance, done: Quarters, group: frozenset[str]) -> list[str]:
    """Initiatives not done that lift a question of the group whose gap is still open by a level."""
    lifting: set[str] = set()
    for question in group:
        if _closed(instance, question, done)[-1] < instance.questions[question].gap:
            lifting.update(key for key in instance.urgent_lifters[question] if key not in done)
    return sorted(lifting)


def demands_met(instance: Instance, quarters: Quarters) -> bool:
    """Whether every must-do is in the plan and every mandatory gap is closed by its end."""
    if not instance.must_do <= quarters.keys():
        return False
    return all(
        _closed(instance, question, quarters)[-1] >= instance.questions[question].gap for question in instance.mandatory
    )


def is_feasible(instance: Instance, quarters: Quarters) -> bool:
    """Whether the plan keeps every rule of this module, must-dos and mandatory targets included."""
    return (
        fits(instance, quarters)
        and demands_met(instance, quarters)
        and neglected_quarter(instance, quarters) is None
    )  # fmt: skip


# Greedy with bundles


Cost = Callable[[Instance, Quarters], Number]


def effort_of(instance: Instance, bundle: Quarters) -> Number:
    """Person-weeks of the whole bundle."""
    return sum(instance.initiatives[key].effort for key in bundle)


def scarcity_of(instance: Instance, bundle: Quarters) -> Number:
    """The bundle's share of the scarcer of capacity and places in an average quarter.

    Where few initiatives may be done in a quarter, a small one takes as much room as a large one.
    """
    capacity = sum(instance.capacity)
    spent = Fraction(effort_of(instance, bundle) * instance.horizon, capacity) if capacity else Fraction(0)
    return max(spent, Fraction(len(bundle), instance.max_per_quarter)) if instance.max_per_quarter else spent


def greedy(
    instance: Instance, cost: Cost = effort_of, begun: Quarters | None = None, time_left: TimeLeft = for_ever
) -> dict[str, int]:
    """Quarter by quarter, take the initiative with its open prerequisites that gains most for its cost.

    Must-dos come first wherever they fit. Ties: higher gain, lower effort, smaller id. What is in `begun` stays. When
    the time is over, later quarters stay empty.
    """
    plan: dict[str, int] = dict(begun or {})
    for quarter in range(1, instance.horizon + 1):
        groups = instance.urgent[::-1]
        for count in range(len(groups) + 1):
            if time_left() <= 0:
                return plan
            chosen = _fill(instance, plan, quarter, cost, groups[:count], time_left)
            if not any(_neglects(instance, chosen, quarter, group) for group in groups):
                break
        plan = chosen
    return plan


def _fill(
    instance: Instance,
    plan: dict[str, int],
    quarter: int,
    cost: Cost,
    urgent: Iterable[frozenset[str]],
    time_left: TimeLeft,
) -> dict[str, int]:
    """One initiative for each urgent group first, then must-dos, then whatever gains most."""
    before, plan = plan, dict(plan)
    for group in urgent:
        if _neglects(instance, plan, quarter, group):
            plan.update(_best(instance, plan, quarter, cost, _urgent_lifters(instance, before, group)) or {})
    while time_left() > 0 and (must := _best(instance, plan, quarter, cost, instance.must_do, needed=True)):
        plan.update(must)
    while time_left() > 0 and (bundle := _best(instance, plan, quarter, cost, instance.order)):
        plan.update(bundle)
    return plan


def _best(
    instance: Instance, plan: dict[str, int], quarter: int, cost: Cost, keys: Iterable[str], *, needed: bool = False
) -> dict[str, int] | None:
    """The best bundle that begins in `quarter` and fits; `needed` ones may gain nothing."""
    ranked = []
    open_gaps = _open_gaps(instance, plan)
    for key in keys:
        if key in plan:
            continue
        bundle = _bundle(instance, plan, key, quarter)
        gain = _gain(instance, open_gaps, bundle)
        if (gain > 0 or needed) and min(bundle.values()) == quarter:
            ranked.append((*_merit(gain, cost(instance, bundle)), effort_of(instance, bundle), key, bundle))
    ranked.sort(key=lambda entry: entry[:-1])
    return next((entry[-1] for entry in ranked if fits(instance, {**plan, **entry[-1]})), None)


def _merit(gain: Number, cost: Number) -> tuple[Number, Number, Number]:
    """Sorts what is free before all else, then by gain for cost, then by gain."""
    return (0, 0, -gain) if cost == 0 else (1, -Fraction(gain) / cost, -gain)


def _bundle(instance: Instance, plan: Quarters, key: str, quarter: int) -> dict[str, int]:
    """The open part of the initiative's closure, each member as early from `quarter` on as may be."""
    wait = 0 if instance.same_quarter_prerequisites else 1
    placed: dict[str, int] = {}
    for member in instance.closures[key]:
        if member not in plan:
            work = instance.initiatives[member]
            after = (placed.get(before, plan.get(before, 0)) + wait for before in work.prerequisites)
            placed[member] = max([quarter, work.release, *after])
    return placed


def _open_gaps(instance: Instance, plan: Quarters) -> dict[str, Number]:
    return {
        question: need.gap - min(need.gap, sum(lift for key, lift in instance.lifters[question] if key in plan))
        for question, need in instance.questions.items()
    }


def _gain(instance: Instance, open_gaps: Mapping[str, Number], bundle: Iterable[str]) -> Number:
    lifted: dict[str, Number] = {}
    for key in bundle:
        for question, lift in instance.initiatives[key].lifts.items():
            lifted[question] = lifted.get(question, 0) + lift
    return sum(instance.questions[q].weight * min(open_gaps[q], lift) for q, lift in lifted.items())


# Local search

Change = Mapping[str, int | None]
"""New quarters of some initiatives, None for one that is dropped."""


def local_search(instance: Instance, start: Quarters, time_left: TimeLeft = for_ever) -> dict[str, int]:
    """Make the best improving change until there is none, or no time, and drop what turns out to close nothing.

    A change adds an initiative, moves one to another quarter or puts an open one in the place of another; what is
    added brings its open prerequisites along. Rules that `start` keeps are kept. Ties: less added effort, then ids.
    """
    plan = dict(start)
    rules, worths = _Rules(instance, plan, time_left), _Worths(instance)
    with suppress(OutOfTime):
        while (better := _best_change(instance, plan, rules, worths)) or (better := _idle(instance, plan, rules)):
            plan = better
    return plan


class _Rules:
    """Which plans the search may pass through, and how long it may search."""

    def __init__(self, instance: Instance, start: Quarters, time_left: TimeLeft) -> None:
        self.instance, self.time_left = instance, time_left
        self.demands = demands_met(instance, start)
        self.critical = neglected_quarter(instance, start) is None

    def allow(self, quarters: Quarters) -> bool:
        """Raises OutOfTime."""
        check(self.time_left)
        return (
            fits(self.instance, quarters)
            and (not self.demands or demands_met(self.instance, quarters))
            and (not self.critical or neglected_quarter(self.instance, quarters) is None)
        )


class _Worths:
    """What a plan closes of a question, reckoned once for each arrangement of the initiatives that lift it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.lifting = {question: [key for key, _ in pairs] for question, pairs in instance.lifters.items()}
        self.known: dict[tuple[str | int | None, ...], Number] = {}

    def of(self, question: str, plan: Quarters) -> Number:
        arrangement = (question, *map(plan.get, self.lifting[question]))
        if arrangement not in self.known:
            self.known[arrangement] = _worth(self.instance, question, plan)
        return self.known[arrangement]

    def gain(self, plan: dict[str, int], change: Change) -> Number:
        """By how much the change raises the objective."""
        changed = _changed(plan, change)
        touched = {question for key in change for question in self.instance.initiatives[key].lifts}
        return sum(self.of(question, changed) - self.of(question, plan) for question in touched)


def _best_change(instance: Instance, plan: dict[str, int], rules: _Rules, worths: _Worths) -> dict[str, int] | None:
    ranked = []
    for change in _changes(instance, plan, rules.time_left):
        check(rules.time_left)
        gain = worths.gain(plan, change)
        if gain > 0:
            added = sum(instance.initiatives[key].effort for key in change if key not in plan)
            ranked.append((-gain, added, sorted((key, quarter or 0) for key, quarter in change.items()), change))
    ranked.sort(key=lambda entry: entry[:-1])
    candidates = (_changed(plan, entry[-1]) for entry in ranked)
    return next((candidate for candidate in candidates if rules.allow(candidate)), None)


def _changes(instance: Instance, plan: dict[str, int], time_left: TimeLeft) -> Iterator[Change]:
    """Every change that the horizon allows; what others in the plan need stays in it. Raises OutOfTime."""
    quarters = range(1, instance.horizon + 1)
    added = {}
    for quarter in quarters:
        check(time_left)
        added[quarter] = _additions(instance, plan, quarter)
    for bundles in added.values():
        yield from bundles.values()
    needed = {before for key in plan for before in instance.initiatives[key].prerequisites}
    for key, quarter in plan.items():
        yield from ({key: other} for other in quarters if other != quarter)
        if key not in needed:
            for other, bundle in added[quarter].items():
                if key not in instance.closures[other]:
                    yield {key: None, **bundle}
    for key, other in combinations(sorted(plan), 2):
        if plan[key] != plan[other]:
            yield {key: plan[other], other: plan[key]}


def _additions(instance: Instance, plan: Quarters, quarter: int) -> dict[str, dict[str, int]]:
    """Each open initiative with its open prerequisites, from `quarter` on, where the horizon is long enough."""
    bundles = {key: _bundle(instance, plan, key, quarter) for key in instance.order if key not in plan}
    return {key: bundle for key, bundle in bundles.items() if max(bundle.values()) <= instance.horizon}


def _changed(plan: dict[str, int], change: Change) -> dict[str, int]:
    merged = {**plan, **change}
    return {key: quarter for key, quarter in merged.items() if quarter is not None}


def _idle(instance: Instance, plan: dict[str, int], rules: _Rules) -> dict[str, int] | None:
    """The plan without one initiative that closes nothing, as B in `T41` after C came in; None if each is of use."""
    value = objective(instance, plan)
    for key in sorted(plan, key=lambda key: (-instance.initiatives[key].effort, key)):
        without = {other: quarter for other, quarter in plan.items() if other != key}
        if key not in instance.must_do and objective(instance, without) == value and rules.allow(without):
            return without
    return None


# Solving without the exact solver


def upper_bound(instance: Instance, time_left: TimeLeft = for_ever) -> Fraction:
    """An objective that no feasible plan exceeds.

    By the end of a quarter, closed levels are worth at most what every initiative that could be complete by then would
    close together, at most the fractional knapsack of their single values in the capacity up to then, and at most the
    highest single values in as many places as there are up to then. When the time is over, at most all gaps.
    """
    total = list(accumulate(instance.capacity))
    everything = Fraction(sum(need.weight * need.gap for need in instance.questions.values()))
    bound = Fraction(0)
    earliest = _earliest_affordable(instance) if time_left() > 0 else {}
    for quarter in range(1, instance.horizon + 1):
        if time_left() <= 0:
            return bound + everything * (instance.horizon - quarter + 1)
        bound += _bound_by(instance, earliest, quarter, total[quarter - 1])
    return bound


def _bound_by(instance: Instance, earliest: Quarters, quarter: int, capacity: Number) -> Fraction:
    ready = [key for key, first in earliest.items() if first <= quarter]
    gaps = {question: need.gap for question, need in instance.questions.items()}
    together = _gain(instance, gaps, ready)
    singles = [(_gain(instance, gaps, [key]), instance.initiatives[key].effort) for key in ready]
    places = len(ready) if instance.max_per_quarter is None else instance.max_per_quarter * quarter
    placed = sum(sorted((gain for gain, _ in singles), reverse=True)[:places])
    return min(Fraction(together), Fraction(placed), _fractional_knapsack(singles, capacity))


def _fractional_knapsack(items: list[tuple[Number, Number]], capacity: Number) -> Fraction:
    value = Fraction(0)
    for gain, effort in sorted(items, key=lambda item: _merit(*item)):
        if effort <= capacity:
            value, capacity = value + gain, capacity - effort
        else:
            return value + Fraction(gain * capacity, effort)
    return value


def _earliest_affordable(instance: Instance) -> dict[str, int]:
    """First quarter by whose end each initiative and all that it needs could be paid for, if nothing else were done."""
    total = list(accumulate(instance.capacity))
    quarters = {}
    for key, first in earliest_quarters(instance).items():
        effort = sum(instance.initiatives[member].effort for member in instance.closures[key])
        affordable = (t for t in range(first, instance.horizon + 1) if effort <= total[t - 1])
        quarters[key] = next(affordable, instance.horizon + 1)
    return quarters


def solve(instance: Instance, time_left: TimeLeft = for_ever) -> Solution:
    """Greedy, then local search. The status is `optimal` only where the bound happens to prove it.

    Where must-dos or mandatory targets stay unmet the plan is None and the status `infeasible`: this search's verdict,
    a proof only where it finds obstacles. With little time the plan is less good; a quarter of the time is the bound's.
    """
    whole, searching = instance.in_whole_numbers(), share(time_left, 3 / 4)
    starts = _starting_plans(whole, searching)
    best = _best_plan(whole, [local_search(whole, start, searching) for start in starts])
    best = _shaken(whole, best, searching)
    if not demands_met(instance, best):
        found = counted_obstacles(instance, earliest_quarters(instance))
        return Solution("infeasible", None, upper_bound(instance, time_left), None, None, obstacles=found)
    plan = as_plan(instance, best)
    bound = max(plan.objective, upper_bound(instance, time_left))
    status = "optimal" if relative_gap(plan.objective, bound) <= TOLERANCE else "feasible"
    first = starts[0]
    began = Fraction(objective(instance, first)) if demands_met(instance, first) else None
    return Solution(status, plan, bound, began, plan.objective)


def _shaken(instance: Instance, plan: dict[str, int], time_left: TimeLeft) -> dict[str, int]:
    """A better plan, found by searching again without one of the initiatives, each in turn; else the same plan.

    Large instances get fewer tries: there, one more or less matters little.
    """
    tries = SHAKES // max(1, len(instance.initiatives))
    for key in list(plan):
        if key in instance.must_do or tries == 0 or time_left() <= 0:
            continue
        tries -= 1
        without = {k: work for k, work in instance.initiatives.items() if key not in instance.closures[k]}
        rest = replace(instance, initiatives=without)
        found = local_search(rest, {k: quarter for k, quarter in plan.items() if k in without}, time_left)
        if _rank(instance, found) > _rank(instance, plan):
            plan = local_search(instance, found, time_left)
    return plan


def _starting_plans(instance: Instance, time_left: TimeLeft) -> list[dict[str, int]]:
    """Greedy by effort first; by scarcity where the number of initiatives is limited; urgent ones where demanded."""
    starts = [greedy(instance, time_left=time_left)]
    if instance.max_per_quarter:
        starts.append(greedy(instance, scarcity_of, time_left=time_left))
    if not any(demands_met(instance, start) for start in starts):
        starts.append(greedy(_urgent(instance), time_left=time_left))
    if not any(demands_met(instance, start) for start in starts):
        with suppress(OutOfTime):
            for begun in _demanded_first(instance, time_left):
                starts.append(greedy(instance, begun=begun, time_left=time_left))
                if demands_met(instance, starts[-1]):
                    break
    return starts


def _demanded_first(instance: Instance, time_left: TimeLeft) -> list[dict[str, int]]:
    """What is demanded, with all that it needs, as late as it fits and as early; none where it doesn't fit so.

    A bundle that is too large for one quarter finds its place only so, spread over several. Raises OutOfTime.
    """
    wanted = _demanded(instance)
    ordered = [key for key in instance.order if key in wanted]
    early: dict[str, int] = {}
    for key in ordered:
        placed = next((t for t in range(1, instance.horizon + 1) if fits(instance, {**early, key: t})), None)
        if placed is None:
            return []
        check(time_left)
        early[key] = placed
    late = dict(early)
    for key in reversed(ordered):
        check(time_left)
        late[key] = next(t for t in range(instance.horizon, 0, -1) if fits(instance, {**late, key: t}))
    return [late, early]


def _demanded(instance: Instance) -> set[str]:
    """Must-dos and, for mandatory gaps, what closes most for its effort, all with what they need."""
    wanted = {member for key in instance.must_do for member in instance.closures[key]}
    for question in sorted(instance.mandatory):
        lifters = dict(instance.lifters[question])
        while (left := instance.questions[question].gap - sum(lifters[key] for key in lifters if key in wanted)) > 0:
            ranked = []
            for key in lifters.keys() - wanted:
                effort = effort_of(instance, dict.fromkeys(set(instance.closures[key]) - wanted, 0))
                ranked.append((*_merit(min(left, lifters[key]), effort), key))
            if not ranked:
                break
            wanted.update(instance.closures[min(ranked)[-1]])
    return wanted


def _best_plan(instance: Instance, plans: list[dict[str, int]]) -> dict[str, int]:
    """The first of those that rank highest."""
    return max(plans, key=lambda plan: _rank(instance, plan))


def _rank(instance: Instance, plan: Quarters) -> tuple[bool, bool, Number]:
    """Plans that meet the demands rank before others, then those that neglect no urgent question, then by worth."""
    return demands_met(instance, plan), neglected_quarter(instance, plan) is None, objective(instance, plan)


def _urgent(instance: Instance) -> Instance:
    """The instance with mandatory questions worth more than everything else together."""
    total = 1 + sum(need.weight * need.gap for need in instance.questions.values())
    needs = {
        question: replace(need, weight=need.weight + total) if need.mandatory else need
        for question, need in instance.questions.items()
    }
    return replace(instance, questions=needs)


def as_plan(instance: Instance, quarters: Quarters, starts: Quarters | None = None) -> Plan:
    """The plan with its starts and objective, in order of completion. Raises ValueError when the work doesn't fit.

    `starts` are those that were found with the plan; they are used where none follow from the completions alone.
    """
    found = start_quarters(instance, quarters)
    if found is None and starts is not None and are_starts_possible(instance, quarters, starts):
        found = {key: starts.get(key, quarter) for key, quarter in quarters.items()}
    if found is None:
        raise ValueError("the plan doesn't fit into the capacity")
    ordered = order_of_work(instance, quarters)
    return Plan(
        {key: quarters[key] for key in ordered},
        {key: found[key] for key in ordered},
        Fraction(objective(instance, quarters)),
    )


def checked_plan(instance: Instance, quarters: Quarters, starts: Quarters | None = None) -> Plan | None:
    """The plan if it keeps every rule of this module, else None."""
    keeps_rules = (
        _in_order(instance, quarters)
        and demands_met(instance, quarters)
        and neglected_quarter(instance, quarters) is None
    )
    try:
        return as_plan(instance, quarters, starts) if keeps_rules else None
    except ValueError:
        return None
