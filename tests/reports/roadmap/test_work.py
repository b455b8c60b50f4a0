"""When work is done: starts, completions and the load of each quarter."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

from hypothesis import given, settings

from reports.roadmap.instance import Instance
from reports.roadmap.work import are_starts_possible, net_capacity, start_quarters, work_by_quarter
from tests.reports.roadmap.examples import instance
from tests.reports.roadmap.test_schedule import small_instances


def fits_somehow(of: Instance, quarters: dict[str, int]) -> bool:
    """By trying every set of starts against every stretch of quarters: what starts and ends inside it must fit."""
    most, net = of.max_per_quarter, net_capacity(of, quarters)
    run_costs = [amount - left for amount, left in zip(of.capacity, net, strict=True)]
    keys = [key for key in quarters if of.initiatives[key].effort]

    def stretch_holds(starts, first: int, last: int) -> bool:
        inside = [k for k, start in zip(keys, starts, strict=True) if start >= first and quarters[k] <= last]
        saved = sum(run_costs[:last]) if first == 1 else 0
        return sum(of.initiatives[k].effort for k in inside) + saved <= sum(of.capacity[first - 1 : last])

    def few(numbers) -> bool:
        return most is None or max(Counter(numbers).values(), default=0) <= most

    stretches = [(a, b) for b in range(1, of.horizon + 1) for a in range(1, b + 1)]
    return few(quarters.values()) and any(
        few(starts) and all(stretch_holds(starts, a, b) for a, b in stretches)
        for starts in product(*(range(1, quarters[key] + 1) for key in keys))
    )


def test_where_the_order_of_completion_does_not_fit_another_order_of_starts_is_found():
    """A ends first, but B needs 11 of the 12 person-weeks: it has to begin in the first quarter, A in the second."""
    works = {"A": (1, {"p": 1}), "B": (11, {"q": 1})}
    tight = instance([4, 4, 4], works, carry_over=True, max_per_quarter=1)
    quarters = {"A": 2, "B": 3}
    assert start_quarters(tight, quarters) == {"A": 2, "B": 1}
    assert work_by_quarter(tight, quarters, {"A": 2, "B": 1}) == (4, 4, 4)


def test_three_starts_in_two_quarters_are_one_too_many_when_one_may_start_at_a_time():
    """A fills the first quarter; B and C would both have to begin in the second."""
    works = {"A": (4, {"p": 1}), "B": (1, {"q": 1}), "C": (7, {"r": 1})}
    tight = instance([4, 4, 4], works, carry_over=True, max_per_quarter=1)
    assert start_quarters(tight, {"A": 1, "B": 2, "C": 3}) is None
    assert not are_starts_possible(tight, {"A": 1, "B": 2, "C": 3}, {"A": 1, "B": 2, "C": 3})


def test_run_costs_may_be_paid_from_what_an_earlier_quarter_saved():
    """A costs half a person-week in the third quarter, which C needs whole: B leaves one over in the second."""
    works = {"A": (1, {"p": 1}, {"run_cost": Fraction(1, 2)}), "B": (1, {"q": 1}), "C": (4, {"r": 1})}
    saving = instance([1, 2, 4], works, carry_over=True, max_per_quarter=1)
    quarters = {"A": 1, "B": 2, "C": 3}
    assert start_quarters(saving, quarters) == quarters
    assert work_by_quarter(saving, quarters, quarters) == (1, 1, 4)


def test_an_initiative_without_work_takes_no_start():
    free = instance([4], {"A": (0, {"p": 1}), "B": (4, {"q": 1})}, carry_over=True, max_per_quarter=2)
    assert start_quarters(free, {"A": 1, "B": 1}) == {"A": 1, "B": 1}


@settings(max_examples=150, deadline=None)
@given(small_instances())
def test_starts_are_found_whenever_there_are_any(of):
    if of.carry_over:
        for choice in product(range(of.horizon + 1), repeat=len(of.initiatives)):
            quarters = {key: quarter for key, quarter in zip(of.initiatives, choice, strict=True) if quarter}
            starts = start_quarters(of, quarters)
            assert (starts is not None) == fits_somehow(of, quarters)
            if starts:
                assert are_starts_possible(of, quarters, starts)
