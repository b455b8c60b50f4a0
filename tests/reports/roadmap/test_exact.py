from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings

from reports.roadmap import exact
from reports.roadmap.instance import parse_instance
from reports.roadmap.schedule import is_feasible
from tests.reports.roadmap.examples import SMALL, instance
from tests.reports.roadmap.test_schedule import best_objective, small_instances


def test_the_small_example_is_solved_to_proven_optimality():
    solution = exact.solve(parse_instance(SMALL))
    assert (solution.status, solution.gap) == ("optimal", 0)
    assert solution.plan.quarters == {"A": 1, "D": 1, "C": 2, "E": 2}
    assert (solution.plan.objective, solution.bound) == (Fraction("10.8"), Fraction("10.8"))
    assert (solution.greedy, solution.local_search) == (Fraction("10.3"), Fraction("10.8"))


def test_a_must_do_too_large_for_the_horizon_comes_with_the_horizon_that_is_enough():
    works = {"A": (5, {"q": 1}, {"must_do": True})}
    solution = exact.solve(instance([2], works, carry_over=True))
    assert (solution.status, solution.plan, solution.shortest_horizon) == ("infeasible", None, 3)
    assert "A" in solution.because


def test_without_carry_over_no_horizon_is_enough_for_what_no_quarter_can_hold():
    solution = exact.solve(instance([2], {"A": (5, {"q": 1}, {"must_do": True})}))
    assert (solution.status, solution.shortest_horizon) == ("infeasible", None)


def test_a_mandatory_gap_that_nothing_can_close_is_infeasible_for_ever():
    solution = exact.solve(instance([9], {"A": (1, {"q": 1})}, {"q": {"gap": 2, "mandatory": True}}))
    assert (solution.status, solution.shortest_horizon) == ("infeasible", None)
    assert "q" in solution.because


def test_demands_that_only_fit_together_in_one_way_are_met():
    works = {"A": (3, {"p": 2}, {"must_do": True, "release": 2}), "B": (3, {"q": 2}), "C": (3, {"r": 2})}
    gaps = {"q": {"gap": 2, "weight": 9}, "r": {"gap": 2, "mandatory": True}}
    assert exact.solve(instance([3, 3], works, gaps)).plan.quarters == {"C": 1, "A": 2}


@settings(max_examples=60, deadline=None)
@given(small_instances())
def test_what_is_called_optimal_is_what_full_enumeration_finds(of):
    solution = exact.solve(of)
    best = best_objective(of)
    if best is not None:
        assert best <= solution.bound + Fraction(1, 10**6)
        if is_feasible(of, solution.plan.quarters):
            assert solution.plan.objective <= best
        if solution.status == "optimal" and not of.critical_questions:
            assert best - solution.plan.objective <= Fraction(1, 10**5)
        if not of.critical_questions and not (of.carry_over and of.max_per_quarter):
            assert solution.status == "optimal"


def test_the_relaxed_model_bounds_the_heuristics_plan_without_the_exact_search():
    """One initiative of effort 3 for capacity 2: in part it would close 2/3 of two levels, whole it closes none."""
    solution = exact.solve_at_once(instance([2, 2], {"A": (3, {"q": 2}), "B": (1, {"q": 1})}))
    assert solution.plan.quarters == {"B": 1}
    assert solution.status == "feasible"
    assert solution.plan.objective == 2 < solution.bound < Fraction(4)


@given(small_instances())
@settings(max_examples=30, deadline=None)
def test_no_plan_beats_the_bound_that_is_known_at_once(small):
    solution = exact.solve_at_once(small)
    best = best_objective(small)
    if solution.plan is not None and best is not None:
        assert solution.plan.objective <= best <= solution.bound
        assert solution.status != "optimal" or best - solution.plan.objective <= Fraction(1, 10**5)
