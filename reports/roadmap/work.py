"""When the work on a plan's initiatives is done: the quarter in which each begins, and the load of every quarter.

Without carry-over an initiative is begun and completed in one quarter, and efforts fit into it. With carry-over its
work lies anywhere from its start to its completion, and capacity holds cumulatively: run costs, too, may be paid from
what the quarters before have saved. Person-weeks; quarters count from 1. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from reports.roadmap.instance import Instance, Number

Quarters = Mapping[str, int]

TRIES = 2000
"""Arrangements of starts that the search looks at before it gives a plan up."""


def net_capacity(instance: Instance, quarters: Quarters) -> tuple[Number, ...]:
    """Capacity of each quarter less the run costs of what was completed before it."""
    running: list[Number] = [0] * instance.horizon
    for key, quarter in quarters.items():
        for later in range(quarter, instance.horizon):
            running[later] += instance.initiatives[key].run_cost
    return tuple(amount - cost for amount, cost in zip(instance.capacity, running, strict=True))


def start_quarters(instance: Instance, quarters: Quarters) -> dict[str, int] | None:
    """When work on each initiative begins; None if the work doesn't fit, or too much would begin or end at once.

    With carry-over and `max_per_quarter`, what is completed first begins first, as early as capacity and the number of
    starts allow; only where that doesn't fit other orders are tried. What takes no work isn't counted as a start.
    """
    most = instance.max_per_quarter
    if most is not None and any(number > most for number in Counter(quarters.values()).values()):
        return None
    net = net_capacity(instance, quarters)
    if not instance.carry_over:
        return dict(quarters) if _fits_each_quarter(instance, quarters, net) else None
    amounts = _spendable(net)
    if amounts is None or not _fits_together(instance, quarters, amounts):
        return None
    tasks = _tasks(instance, quarters)
    starts = _filled(tasks, amounts, most)
    if starts is None and most is not None:
        starts = _arranged(tasks, _upkeep(instance, quarters), instance.capacity, most)
    return None if starts is None else {key: starts.get(key, quarter) for key, quarter in quarters.items()}


def are_starts_possible(instance: Instance, quarters: Quarters, starts: Quarters) -> bool:
    """Whether the work can be done between these starts and completions, with no more starts at once than allowed."""
    tasks = _tasks(instance, quarters)
    if any(task.key not in starts for task in tasks):
        return False
    at_once = max([*Counter(starts[task.key] for task in tasks).values(), *Counter(quarters.values()).values(), 0])
    few_enough = instance.max_per_quarter is None or at_once <= instance.max_per_quarter
    return few_enough and _worked([*_upkeep(instance, quarters), *tasks], instance.capacity, starts) is not None


def work_by_quarter(instance: Instance, quarters: Quarters, starts: Quarters) -> tuple[Number, ...]:
    """Person-weeks of work in each quarter: as early as the starts allow, what is completed first before the rest.

    Raises ValueError when the work doesn't fit between these starts and completions.
    """
    tasks = _tasks(instance, quarters)
    worked = _worked(tasks, _spendable(net_capacity(instance, quarters)) or (), starts)
    if worked is None:
        worked = _worked([*_upkeep(instance, quarters), *tasks], instance.capacity, starts)
    if worked is None:
        raise ValueError("the work doesn't fit between these starts and completions")
    return tuple(sum(worked[task][index] for task in tasks) for index in range(instance.horizon))


def order_of_work(instance: Instance, quarters: Quarters) -> list[str]:
    """By completion, then prerequisites first, larger ones first, ids."""
    return sorted(
        quarters, key=lambda key: (quarters[key], instance.depth[key], -instance.initiatives[key].effort, key)
    )


@dataclass(frozen=True, slots=True)
class _Task:
    """Work to be done by the end of quarter `last`: on an initiative, or the run costs of that quarter."""

    key: str
    effort: Number
    last: int

    def goes_before(self, other: _Task) -> bool:
        """Whether it may begin before the other in any plan that works: it ends no later and takes no less."""
        return self.effort >= other.effort and _urgency(self) < _urgency(other)


def _urgency(task: _Task) -> tuple[int, Number, str]:
    return (task.last, -task.effort, task.key)


def _tasks(instance: Instance, quarters: Quarters) -> list[_Task]:
    works = ((key, instance.initiatives[key].effort) for key in order_of_work(instance, quarters))
    return [_Task(key, effort, quarters[key]) for key, effort in works if effort > 0]


def _upkeep(instance: Instance, quarters: Quarters) -> list[_Task]:
    """Run costs as tasks without a name, which begin at any time."""
    net = net_capacity(instance, quarters)
    costs = (amount - left for amount, left in zip(instance.capacity, net, strict=True))
    return [_Task("", cost, quarter) for quarter, cost in enumerate(costs, start=1) if cost > 0]


def _fits_each_quarter(instance: Instance, quarters: Quarters, net: Sequence[Number]) -> bool:
    left = list(net)
    for key, quarter in quarters.items():
        left[quarter - 1] -= instance.initiatives[key].effort
    return min(left) >= 0


def _spendable(net: Sequence[Number]) -> tuple[Number, ...] | None:
    """What each quarter has for work when run costs beyond their own quarter's capacity are saved up just before."""
    amounts = list(net)
    for index in range(len(amounts) - 1, 0, -1):
        if amounts[index] < 0:
            amounts[index - 1] += amounts[index]
            amounts[index] = amounts[index] * 0
    return None if amounts[0] < 0 else tuple(amounts)


def _fits_together(instance: Instance, quarters: Quarters, amounts: Sequence[Number]) -> bool:
    """Whether what is completed by each quarter fits into the capacity up to it."""
    spent: list[Number] = [0] * instance.horizon
    for key, quarter in quarters.items():
        spent[quarter - 1] += instance.initiatives[key].effort
    return all(done <= available for done, available in zip(accumulate(spent), accumulate(amounts), strict=True))


def _filled(tasks: Sequence[_Task], amounts: Sequence[Number], most: int | None) -> dict[str, int] | None:
    """Begin in the order of the tasks, as early as can be; None if one isn't complete in time."""
    starts: dict[str, int] = {}
    left = {task: task.effort for task in tasks}
    for quarter, amount in enumerate(amounts, start=1):
        begun = 0
        for task in tasks:
            if amount <= 0 or left[task] <= 0 or (task.key not in starts and begun == most):
                continue
            if task.key not in starts:
                starts[task.key], begun = quarter, begun + 1
            amount -= (done := min(left[task], amount))
            left[task] -= done
        if _is_late(left, quarter):
            return None
    return starts


def _worked(tasks: Sequence[_Task], amounts: Sequence[Number], starts: Quarters) -> dict[_Task, list[Number]] | None:
    """Work on each task in each quarter when what is due first goes first; None if something isn't done in time."""
    worked: dict[_Task, list[Number]] = {task: [] for task in tasks}
    left = {task: task.effort for task in tasks}
    for quarter, amount in enumerate(amounts, start=1):
        before, left = left, _after(left, starts, quarter, amount)
        if _is_late(left, quarter):
            return None
        for task in tasks:
            worked[task].append(before[task] - left[task])
    return worked if not any(left.values()) else None


def _after(left: Mapping[_Task, Number], starts: Quarters, quarter: int, amount: Number) -> dict[_Task, Number]:
    """What is left of each task after the quarter; work goes to what has begun and is due first."""
    remaining = dict(left)
    for task in sorted(left, key=lambda task: task.last):
        if not task.key or starts.get(task.key, quarter + 1) <= quarter:
            amount -= (done := min(remaining[task], amount))
            remaining[task] -= done
    return remaining


def _is_late(left: Mapping[_Task, Number], quarter: int) -> bool:
    return any(amount > 0 and task.last <= quarter for task, amount in left.items())


def _arranged(
    tasks: Sequence[_Task], upkeep: Sequence[_Task], amounts: Sequence[Number], most: int
) -> dict[str, int] | None:
    """Starts found by search; those where work begins, unless too many would, or else the quarters reserved for them.

    Going first with what is due first is the best use of capacity for given starts, so only they are searched.
    """
    reserved = _Search(tasks, upkeep, amounts, most).starts()
    if reserved is None:
        return None
    worked = _worked([*upkeep, *tasks], amounts, reserved) or {}
    begun = {task.key: next(n for n, done in enumerate(worked[task], start=1) if done > 0) for task in tasks}
    return begun if max(Counter(begun.values()).values()) <= most else reserved


class _Search:
    """For start quarters with which everything is done in time. More starts at once are never worse than fewer."""

    def __init__(self, tasks: Sequence[_Task], upkeep: Sequence[_Task], amounts: Sequence[Number], most: int) -> None:
        self.tasks = sorted(tasks, key=_urgency)
        self.upkeep, self.amounts, self.most = upkeep, amounts, most
        self.tries = 0

    def starts(self) -> dict[str, int] | None:
        return self._from(1, {}, {task: task.effort for task in [*self.upkeep, *self.tasks]})

    def _from(self, quarter: int, starts: dict[str, int], left: dict[_Task, Number]) -> dict[str, int] | None:
        waiting = [task for task in self.tasks if task.key not in starts]
        if not self._can_still_end(waiting, left, quarter):
            return None
        if quarter > len(self.amounts):
            return starts
        for chosen in self._choices(waiting):
            self.tries += 1
            if self.tries > TRIES:
                return None
            begun = starts | {task.key: quarter for task in chosen}
            found = self._from(quarter + 1, begun, _after(left, begun, quarter, self.amounts[quarter - 1]))
            if found is not None:
                return found
        return None

    def _choices(self, waiting: Sequence[_Task]) -> Iterator[tuple[_Task, ...]]:
        """Sets of tasks to begin, as many as may, none without those that go before it."""
        number = min(self.most, len(waiting))

        def choose(chosen: tuple[_Task, ...], first: int) -> Iterator[tuple[_Task, ...]]:
            if len(chosen) == number:
                yield chosen
                return
            for index in range(first, len(waiting)):
                passed = (task for task in waiting[:index] if task not in chosen)
                if not any(other.goes_before(waiting[index]) for other in passed):
                    yield from choose((*chosen, waiting[index]), index + 1)

        return choose((), 0)

    def _can_still_end(self, waiting: Sequence[_Task], left: Mapping[_Task, Number], quarter: int) -> bool:
        """Whether from `quarter` on there are capacity and starts enough, if everything could begin now."""
        if _is_late(left, quarter - 1):
            return False
        total: Number = 0
        for last in range(quarter, len(self.amounts) + 1):
            total += self.amounts[last - 1]
            due = sum(amount for task, amount in left.items() if task.last <= last)
            starts = sum(1 for task in waiting if task.last <= last)
            if due > total or starts > self.most * (last - quarter + 1):
                return False
        return not waiting or quarter <= len(self.amounts)
