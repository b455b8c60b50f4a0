from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings

from reports.roadmap import exact
from reports.roadmap.storage import instance_data, instance_digest, instance_from, solution_data, solution_from
from tests.reports.roadmap.examples import instance
from tests.reports.roadmap.test_schedule import small_instances


@settings(max_examples=50, deadline=None)
@given(small_instances())
def test_an_instance_and_its_solution_come_back_from_json_exactly(of):
    again = instance_from(json.loads(json.dumps(instance_data(of), sort_keys=True)))
    assert (again, instance_digest(again)) == (of, instance_digest(of))
    solution = exact.solve_at_once(of)
    read = solution_from(json.loads(json.dumps(solution_data(solution), sort_keys=True)))
    assert read == solution
    if solution.plan:
        assert list(read.plan.quarters) == list(solution.plan.quarters)


def test_obstacles_and_the_shortest_horizon_are_kept():
    solution = exact.solve(instance([2], {"A": (5, {"q": 1}, {"must_do": True})}, carry_over=True))
    assert solution_from(json.loads(json.dumps(solution_data(solution)))) == solution
    assert (solution.shortest_horizon, solution.is_exact) == (3, True)


def test_whatever_changes_the_plan_changes_the_digest():
    one = instance([2, 2], {"A": (1, {"q": 1}), "B": (1, {"p": 1}, {"prerequisites": ["A"]})})
    others = [
        replace(one, capacity=(2, 3)),
        replace(one, max_per_quarter=3),
        replace(one, carry_over=True),
        replace(one, critical_questions=frozenset({"q"})),
        one.with_demands(frozenset()).with_horizon(3),
        instance([2, 2], {"A": (1, {"q": 1}, {"must_do": True}), "B": (1, {"p": 1}, {"prerequisites": ["A"]})}),
        instance([2, 2], {"A": (1, {"q": 1}, {"release": 2}), "B": (1, {"p": 1}, {"prerequisites": ["A"]})}),
    ]
    assert len({instance_digest(each) for each in [one, *others]}) == 8
