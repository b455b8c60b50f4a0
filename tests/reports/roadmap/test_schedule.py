from __future__ import annotations

from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.roadmap.instance import Instance, Need, Work, parse_instance
from reports.roadmap.schedule import (
    closed_gaps,
    fits,
    greedy,
    is_feasible,
    local_search,
    neglected_quarter,
    objective,
    solve,
    unreached,
    upper_bound,
)
from reports.roadmap.work import start_quarters, work_by_quarter
from tests.reports.roadmap.examples import SMALL, instance


def every_feasible_plan(of: Instance) -> list[dict[str, int]]:
    """All assignments of a quarter or none to each initiative that keep every rule."""
    choices = product(range(of.horizon + 1), repeat=len(of.initiatives))
    plans = ({key: q for key, q in zip(of.initiatives, choice, strict=True) if q} for choice in choices)
    return [plan for plan in plans if is_feasible(of, plan)]


def best_objective(of: Instance) -> Fraction | None:
    return max((objective(of, plan) for plan in every_feasible_plan(of)), default=None)


# The worked example of the domain guide (T41)


def test_of_the_729_assignments_of_the_small_example_64_are_feasible():
    assert len(every_feasible_plan(parse_instance(SMALL))) == 64


def test_greedy_takes_a_wasteful_bundle_in_the_small_example():
    small = parse_instance(SMALL)
    plan = greedy(small)
    assert plan == {"A": 1, "B": 1, "C": 2, "E": 2}
    assert objective(small, plan) == Fraction("10.3")


def test_local_search_finds_the_unique_optimum_of_the_small_example():
    small = parse_instance(SMALL)
    plan = local_search(small, greedy(small))
    assert plan == {"A": 1, "D": 1, "C": 2, "E": 2}
    assert objective(small, plan) == Fraction("10.8")
    assert sorted(objective(small, p) for p in every_feasible_plan(small))[-2:] == [Fraction("10.3"), Fraction("10.8")]


def test_solving_the_small_example_reports_both_heuristics_and_an_honest_bound():
    solution = solve(parse_instance(SMALL))
    assert (solution.greedy, solution.local_search) == (Fraction("10.3"), Fraction("10.8"))
    assert solution.status == "feasible"
    assert solution.bound >= Fraction("10.8")
    assert solution.gap == (solution.bound - Fraction("10.8")) / solution.bound


def test_closed_gaps_grow_quarter_by_quarter_and_stop_at_the_gap():
    small = parse_instance(SMALL)
    closed = closed_gaps(small, {"A": 1, "B": 1, "C": 2, "E": 2})
    assert closed == {"q1": (2, 2), "q2": (1, 2), "q3": (0, 1), "q4": (0, 1)}


# Rules


def test_an_initiative_needs_its_prerequisites_in_the_plan_and_no_later():
    chain = instance([9, 9], {"A": (1, {"p": 1}), "B": (1, {"q": 1}, {"prerequisites": ["A"]})})
    assert fits(chain, {"A": 1, "B": 1})
    assert not fits(chain, {"B": 1})
    assert not fits(chain, {"A": 2, "B": 1})


def test_prerequisites_take_a_quarter_of_their_own_where_the_instance_says_so():
    works = {"A": (1, {"p": 1}), "B": (1, {"q": 1}, {"prerequisites": ["A"]})}
    chain = instance([9, 9], works, same_quarter_prerequisites=False)
    assert not fits(chain, {"A": 1, "B": 1})
    assert solve(chain).plan.quarters == {"A": 1, "B": 2}


def test_run_cost_is_paid_from_the_quarter_after_completion():
    running = instance([3, 3], {"A": (3, {"p": 1}, {"run_cost": 1}), "B": (3, {"q": 1}), "C": (2, {"r": 1})})
    assert not fits(running, {"A": 1, "B": 2})
    assert fits(running, {"A": 1, "C": 2})
    assert fits(running, {"B": 1, "A": 2})


def test_nothing_is_completed_before_its_release():
    late = instance([9, 9], {"A": (1, {"q": 2}, {"release": 2})})
    assert solve(late).plan.quarters == {"A": 2}


def test_no_more_initiatives_than_allowed_are_done_in_a_quarter():
    many = {key: (1, {f"q{key}": 1}) for key in "ABCDE"}
    quarters = solve(instance([99, 99], many, max_per_quarter=2)).plan.quarters
    assert sorted(quarters.values()) == [1, 1, 2, 2]


def test_a_large_initiative_is_possible_only_with_carry_over():
    large = {"A": (5, {"q": 2})}
    assert solve(instance([3, 3], large)).plan.quarters == {}
    carried = solve(instance([3, 3], large, carry_over=True)).plan
    assert (carried.quarters, carried.starts) == ({"A": 2}, {"A": 1})


def test_work_that_is_carried_over_fills_the_quarters_in_order_of_completion():
    carried = instance([4, 4, 4], {"A": (6, {"p": 1}), "B": (5, {"q": 1})}, carry_over=True)
    quarters = {"A": 2, "B": 3}
    starts = start_quarters(carried, quarters)
    assert starts == {"A": 1, "B": 2}
    assert work_by_quarter(carried, quarters, starts) == (4, 4, 3)


def test_an_initiative_waits_when_its_quarter_has_no_start_left():
    works = {"A": (2, {"p": 1}), "B": (3, {"q": 1})}
    waiting = instance([4, 4], works, carry_over=True, max_per_quarter=1)
    assert start_quarters(waiting, {"A": 1, "B": 2}) == {"A": 1, "B": 2}
    tight = instance([4, 4], works | {"B": (6, {"q": 1})}, carry_over=True, max_per_quarter=1)
    assert start_quarters(tight, {"A": 1, "B": 2}) is None


def test_carried_run_costs_must_be_covered_too():
    running = instance([3, 3], {"A": (2, {"p": 1}, {"run_cost": 2}), "B": (3, {"q": 1})}, carry_over=True)
    assert start_quarters(running, {"A": 1, "B": 2}) is None
    assert start_quarters(running, {"A": 2, "B": 2}) == {"B": 1, "A": 2}


def test_each_quarter_lifts_a_critical_question_while_one_is_open():
    works = {"A": (3, {"top": 2}), "B": (3, {"vital": 1}), "C": (3, {"vital": 1})}
    gaps = {"top": {"gap": 2, "weight": 9}, "vital": {"gap": 2, "weight": 1}}
    free = solve(instance([3, 3, 3], works, gaps)).plan.quarters
    bound = instance([3, 3, 3], works, gaps, critical_questions=["vital"])
    assert free == {"A": 1, "B": 2, "C": 3}
    assert solve(bound).plan.quarters == {"B": 1, "C": 2, "A": 3}
    assert neglected_quarter(bound, {"B": 1, "A": 2, "C": 3}) == 2


def test_with_carry_over_a_quarter_only_owes_what_it_could_begin_and_complete_alone():
    """B takes five of the two and five person-weeks: the first quarter owes nothing, the second owes B."""
    works = {"A": (2, {"top": 1}), "B": (5, {"vital": 1})}
    gaps = {"top": {"gap": 1, "weight": 9}, "vital": {"gap": 1, "weight": 1}}
    carried = instance([2, 5], works, gaps, carry_over=True, critical_questions=["vital"])
    assert neglected_quarter(carried, {"A": 1}) == 2
    assert neglected_quarter(carried, {"A": 1, "B": 2}) is None
    assert neglected_quarter(carried, {"B": 2}) is None


def test_a_quarter_that_cannot_lift_a_critical_question_is_free():
    works = {"A": (2, {"top": 1}), "B": (5, {"vital": 1})}
    bound = instance([2, 5], works, critical_questions=["vital"])
    assert solve(bound).plan.quarters == {"A": 1, "B": 2}


# Demands


def test_must_dos_are_done_even_where_they_close_nothing_and_come_after_what_closes_something():
    works = {"A": (2, {"q": 2}), "B": (2, {}, {"must_do": True})}
    assert greedy(instance([2, 2], works)) == {"B": 1, "A": 2}
    assert solve(instance([2, 2], works)).plan.quarters == {"A": 1, "B": 2}


def test_a_demand_too_large_for_one_quarter_with_what_it_needs_is_spread_over_several():
    """B and A take 3 + 4 of 5 and 5 person-weeks; C, which gains more, gets what is left."""
    works = {"A": (4, {"bound": 2}, {"prerequisites": ["B"]}), "B": (3, {}), "C": (2, {"worthy": 2})}
    must = works | {"A": (4, {"bound": 2}, {"prerequisites": ["B"], "must_do": True})}
    mandatory = {"bound": {"gap": 2, "mandatory": True}}
    for of in (instance([5, 5], must), instance([5, 5], works, mandatory)):
        assert solve(of).plan.quarters == {"B": 1, "C": 1, "A": 2}


def test_a_must_do_that_does_not_fit_is_infeasible_and_named():
    solution = solve(instance([2], {"A": (3, {"q": 1}, {"must_do": True})}))
    assert (solution.status, solution.plan, solution.gap) == ("infeasible", None, None)
    assert "A" in solution.because


def test_a_mandatory_gap_is_closed_before_a_worthier_one():
    works = {"A": (2, {"worthy": 2}), "B": (2, {"bound": 2})}
    gaps = {"worthy": {"gap": 2, "weight": 5}, "bound": {"gap": 2, "weight": 1, "mandatory": True}}
    assert solve(instance([2], works, gaps)).plan.quarters == {"B": 1}


# Edges


def test_without_capacity_the_plan_is_empty_and_says_why():
    empty = instance([0, 0], {"A": (1, {"q": 2})})
    solution = solve(empty)
    assert (solution.status, solution.plan.quarters, solution.plan.objective) == ("optimal", {}, 0)
    assert unreached(empty, {})["q"].reason == "capacity"


def test_without_gaps_nothing_is_planned():
    solution = solve(instance([9], {"A": (1, {"q": 2})}, {"q": 0}))
    assert (solution.status, solution.plan.quarters) == ("optimal", {})


def test_an_initiative_that_closes_nothing_is_not_in_the_plan():
    works = {"A": (3, {"q": 1}), "B": (1, {"q": 2})}
    assert solve(instance([9], works)).plan.quarters == {"B": 1}


def test_ties_go_to_the_smaller_effort_and_then_to_the_smaller_id():
    works = {"B": (2, {"q": 1}), "A": (2, {"p": 1}), "C": (4, {"r": 2})}
    assert greedy(instance([4], works)) == {"C": 1}
    assert list(greedy(instance([2], works))) == ["A"]


def test_reasons_for_unreached_gaps_come_in_order():
    works = {
        "A": (1, {"low": 1}),
        "B": (1, {"late": 2}, {"release": 3}),
        "C": (9, {"dear": 2}),
        "D": (1, {"waiting": 2}, {"prerequisites": ["B"]}),
    }
    missing = unreached(instance([2, 2], works), {"A": 1})
    assert {key: item.reason for key, item in missing.items()} == {
        "low": "cap", "late": "prerequisite", "dear": "capacity", "waiting": "prerequisite"
    }  # fmt: skip
    assert missing["low"].missing == 1


# Against full enumeration

amounts = st.integers(0, 8).map(lambda n: Fraction(n, 2))


@st.composite
def small_instances(draw) -> Instance:
    questions = {
        f"q{n}": Need(draw(amounts), draw(st.integers(1, 5).map(Fraction)), draw(st.integers(0, 7)) == 0)
        for n in range(draw(st.integers(1, 3)))
    }
    works: dict[str, Work] = {}
    for n in range(draw(st.integers(1, 4))):
        works[f"I{n}"] = Work(
            effort=draw(st.integers(1, 8).map(lambda n: Fraction(n, 2))),
            lifts={key: lift for key in questions if (lift := draw(amounts)) > 0},
            run_cost=draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 2)])),
            prerequisites=tuple(key for key in works if draw(st.integers(0, 3)) == 0),
            release=draw(st.sampled_from([1, 1, 1, 2])),
            must_do=draw(st.integers(0, 7)) == 0,
        )
    return Instance(
        capacity=tuple(draw(st.lists(amounts, min_size=1, max_size=3))),
        questions=questions,
        initiatives=works,
        max_per_quarter=draw(st.sampled_from([None, 1, 2])),
        carry_over=draw(st.booleans()),
        same_quarter_prerequisites=draw(st.booleans()),
        critical_questions=frozenset(draw(st.sampled_from([[], ["q0"]]))),
    )


@settings(max_examples=150, deadline=None)
@given(small_instances())
def test_heuristics_keep_the_rules_and_lie_between_nothing_and_the_optimum(of):
    solution = solve(of)
    best = best_objective(of)
    if solution.plan is None:
        return
    assert fits(of, solution.plan.quarters)
    assert solution.plan.objective <= solution.bound
    if best is not None and neglected_quarter(of, solution.plan.quarters) is None:
        assert (solution.greedy or 0) <= solution.plan.objective <= best <= upper_bound(of)
        if solution.status == "optimal":
            assert solution.plan.objective == best


@settings(max_examples=100, deadline=None)
@given(small_instances())
def test_work_lies_between_start_and_completion_and_inside_the_capacity(of):
    quarters = greedy(of)
    starts = start_quarters(of, quarters)
    assert all(1 <= starts[key] <= quarters[key] for key in quarters)
    assert sum(work_by_quarter(of, quarters, starts)) == sum(of.initiatives[key].effort for key in quarters)


@settings(max_examples=50, deadline=None)
@given(small_instances())
def test_the_same_instance_always_gives_the_same_plan(of):
    again = Instance(**{name: getattr(of, name) for name in of.__dataclass_fields__})
    assert solve(of).plan == solve(again).plan
