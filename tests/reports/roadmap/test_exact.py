from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.roadmap import exact, model, schedule
from reports.roadmap.instance import Instance, Need, TimeLeft, Work, parse_instance
from reports.roadmap.schedule import checked_plan
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


def test_where_must_dos_leave_no_room_for_a_critical_lift_the_rule_yields():
    """A takes the only quarter's capacity; without it B would have to be done."""
    works = {"A": (3, {"p": 1}, {"must_do": True}), "B": (1, {"vital": 1})}
    solution = exact.solve(instance([3], works, critical_questions=["vital"]))
    assert (solution.status, solution.plan.quarters) == ("optimal", {"A": 1})


def test_a_clash_of_demands_names_those_that_clash_and_no_other():
    """C can wait. A and B each fit into the second quarter, where alone they may be complete, but not together."""
    works = {key: (3, {key.lower(): 1}, {"must_do": True, "release": 2}) for key in "AB"}
    works["C"] = (1, {"c": 1}, {"must_do": True})
    solution = exact.solve(instance([4, 3], works))
    assert [(it.kind, it.ids) for it in solution.obstacles] == [("together", ("A", "B"))]
    assert solution.shortest_horizon == 3
    assert solution.because == "A, B don't fit together"


@pytest.mark.parametrize(
    ("works", "gaps", "options", "because"),
    [
        ({"A": (5, {"q": 1}, {"must_do": True})}, {}, {"carry_over": True},
         "A can't be met: with what is needed it takes 5 person-weeks of 4"),
        ({"A": (3, {"q": 1}, {"must_do": True})}, {},  {},
         "must-do A doesn't fit: it takes 3 person-weeks, no quarter has more than 2"),
        ({"A": (1, {"q": 1}, {"must_do": True, "release": 4})}, {}, {},
         "A can't be done in 2 quarters, however much capacity there is: not before quarter 4"),
        ({"A": (1, {"q": 1}, {"must_do": True, "prerequisites": ["B"]}), "B": (1, {"p": 1})}, {},
         {"max_per_quarter": 0}, "A can't be met: with what is needed there are 2 initiatives for 0 places"),
        ({"A": (1, {"q": 1})}, {"q": {"gap": 2, "mandatory": True}}, {},
         "mandatory q can't be closed: all initiatives lift it by 1 of 2 levels"),
        ({"A": (5, {"q": 2})}, {"q": {"gap": 2, "mandatory": True}}, {"carry_over": True},
         "q can't be met: with what is needed it takes 5 person-weeks of 4"),
        ({"A": (1, {"q": 2}, {"release": 3})}, {"q": {"gap": 2, "mandatory": True}}, {},
         "q can't be done in 2 quarters, however much capacity there is"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said_with_its_numbers(works, gaps, options, because):
    solution = exact.solve(instance([2, 2], works, gaps, **options))
    assert (solution.status, solution.because) == ("infeasible", because)


@pytest.mark.parametrize(
    ("change", "objective"),
    [
        ({"effort": 10**15, "lifts": {"q1": 2}}, "6.2"),
        ({"effort": 1e308, "lifts": {"q1": 2}}, "6.2"),
        ({"effort": 3, "lifts": {"q1": 1e200}}, "10.8"),
        ({"effort": 3, "lifts": {"q1": 2}, "run_cost": 1e200}, "7.7"),
    ],
)
def test_an_amount_beyond_all_measure_leaves_the_rest_of_the_plan_to_be_solved(change, objective):
    """Without A there are D, E and G; a run cost that nothing can pay lets A be done in the last quarter."""
    data = SMALL | {"initiatives": SMALL["initiatives"] | {"A": change}}
    solution = exact.solve(parse_instance(data))
    assert (solution.status, solution.plan.objective) == ("optimal", Fraction(objective))


@settings(max_examples=150, deadline=None)
@given(small_instances())
def test_the_exact_plan_is_what_full_enumeration_finds_by_every_rule(of):
    """Where demands leave no room for urgent lifts, what enumeration finds without them; else the shortest horizon."""
    solution = exact.solve(of)
    best = best_objective(of)
    if best is None:
        best = best_objective(of.without_urgent())
    if best is None:
        assert (solution.status, solution.plan) == ("infeasible", None)
        assert solution.obstacles
        longer = [of.without_urgent().with_horizon(n) for n in range(of.horizon + 1, of.horizon + 4)]
        enough = next((one.horizon for one in longer if best_objective(one) is not None), None)
        shortest = solution.shortest_horizon
        assert enough == (shortest if shortest and shortest <= of.horizon + 3 else None)
    else:
        assert solution.status == "optimal"
        assert abs(solution.plan.objective - best) <= Fraction(1, 10**5)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_sixteen_initiatives_in_four_quarters_are_solved_to_proven_optimality(seed):
    of = sixteen_initiatives(random.Random(seed))
    solution = exact.solve(of)
    assert solution.status == "optimal"
    assert checked_plan(of, solution.plan.quarters, solution.plan.starts) == solution.plan


def sixteen_initiatives(dice: random.Random) -> Instance:
    questions = [f"q{n}" for n in range(dice.randint(4, 12))]
    works: dict[str, Work] = {}
    for n in range(16):
        lifted = dice.sample(questions, dice.randint(1, 4))
        works[f"I{n:02}"] = Work(
            effort=Fraction(dice.randint(1, 14), 2),
            lifts={key: Fraction(dice.randint(1, 6), 2) for key in lifted},
            run_cost=dice.choice([Fraction(0), Fraction(0), Fraction(1, 4)]),
            prerequisites=tuple(key for key in works if dice.random() < 0.12),
        )
    return Instance(
        capacity=tuple(Fraction(dice.randint(8, 28), 2) for _ in range(4)),
        questions={key: Need(Fraction(dice.randint(0, 8), 2), Fraction(dice.randint(1, 50), 10)) for key in questions},
        initiatives=works,
        max_per_quarter=dice.choice([None, 2, 4]),
        carry_over=dice.random() < 0.6,
        same_quarter_prerequisites=dice.random() < 0.7,
        critical_questions=frozenset(key for key in questions if dice.random() < 0.3),
    )


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


# --- a search that is limited in time ---------------------------------------------------------------------------------


def looks(number: int) -> TimeLeft:
    """A clock by which the time is over after so many looks at it, a tenth of a second each."""
    left = iter(range(number - 1, 0, -1))
    return lambda: next(left, 0) / 10


def test_however_early_it_ends_the_plan_keeps_the_rules_and_the_bound_holds():
    """The best plan of the small example is worth 10.8, all of its gaps in both quarters (2 + 3 + 2 + 1.6) x 2."""
    small, worths = parse_instance(SMALL), []
    for number in range(0, 400, 7):
        solution = exact.solve(small, looks(number))
        assert checked_plan(small, solution.plan.quarters) is not None
        assert solution.plan.objective <= Fraction("10.8") <= solution.bound <= Fraction("17.2")
        worths.append((solution.plan.objective, solution.bound, solution.status))
    assert worths[0] == (0, Fraction("17.2"), "feasible")
    assert worths[-1][0] == Fraction("10.8")


def test_what_isnt_found_in_time_isnt_called_impossible_for_a_reason():
    must = instance([6, 6], {"A": (3, {"q": 1}, {"must_do": True})})
    solution = exact.solve(must, looks(0))
    assert (solution.plan, solution.obstacles, solution.shortest_horizon) == (None, (), None)


def test_a_model_that_would_be_too_large_leaves_the_heuristics_plan(monkeypatch):
    monkeypatch.setattr(model, "MOST_NUMBERS", 20)
    small = parse_instance(SMALL)
    for solution in (exact.solve(small), exact.solve_at_once(small)):
        assert (solution.plan, solution.bound) == (schedule.solve(small).plan, schedule.upper_bound(small))
