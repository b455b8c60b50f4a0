"""Teams as they come, planned with the shipped catalogue (domain review, walks to try)."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

from assessment.scoring import score
from manifesto import catalog
from reports.roadmap.exact import solve, solve_at_once
from reports.roadmap.plan import make_plan, product_instance, shown_done
from reports.roadmap.targets import question_gaps, target_levels
from reports.roadmap.wishes import Settings
from tests.builders import respondent

QUALITY = {"P15", "P16"}


def planned(level: int, people: int, *, own=None, preset="next_level", solver=solve, **settings):
    """A plan for a team at one level on every question, but for its `own` answers."""
    framework = catalog.current()
    card = score(framework, [respondent({q.key: level for q in framework.core_questions} | (own or {}))])
    wanted = Settings(people=people, done=shown_done(framework, card), **settings)
    return make_plan(framework, card, target_levels(framework, card, preset), wanted, solver)


def lifted(items) -> set[str]:
    return {lift.question.split(".")[0] for item in items for lift in item.lifts}


def test_seven_people_at_level_two_begin_at_most_four_things_and_one_of_them_is_tests_or_monitoring():
    for preset in ("next_level", "balanced", "ambitious"):
        for solver in (solve_at_once, solve):
            plan = planned(2, 7, preset=preset, solver=solver)
            assert [load.capacity for load in plan.loads] == [Fraction("12.6")] * 4
            first = [item for item in plan.items if item.start == 1]
            assert 1 <= len(first) <= 4
            assert lifted(first) & QUALITY, f"{preset}: {[item.initiative for item in first]}"


def test_three_people_at_level_one_get_checks_by_the_second_quarter():
    plan = planned(1, 3)
    assert [load.capacity for load in plan.loads] == [Fraction("5.4")] * 4
    assert "P15" in lifted(item for item in plan.items if item.start <= 2)
    assert max(sum(item.start == quarter for item in plan.items) for quarter in range(1, 5)) <= 4


def test_a_plan_that_does_not_raise_the_level_comes_with_what_would():
    """One person-week a quarter is too little for anything but the smallest steps."""
    plan = planned(2, 7, capacity=(Fraction(1),) * 4)
    assert not plan.raises_level
    assert plan.way_up.level == 3
    assert plan.way_up.effort > 4
    assert plan.way_up_quarters is None, "keeping all that running takes more than the one person-week"
    assert planned(2, 7, capacity=(Fraction(5),) * 4).way_up_quarters > -(-plan.way_up.effort // 5)


def test_the_whole_catalogue_is_solved_to_optimality_and_the_heuristic_is_within_two_per_cent():
    """All core questions at 2, targets 4 for critical principles and 3 else, four quarters of 20 person-weeks."""
    framework = catalog.current()
    card = score(framework, [respondent({q.key: 2 for q in framework.core_questions})])
    levels = {p.key: Fraction(4 if p.critical else 3) for p in framework.principles}
    levels |= {pillar.prefix: Fraction(3) for pillar in framework.pillars}
    wanted = Settings(people=7, capacity=(Fraction(20),) * 4)
    product = product_instance(framework, card, question_gaps(framework, card, levels), wanted)
    bare = replace(product, carry_over=False, max_per_quarter=None, critical_questions=frozenset())
    for instance in (product, bare):
        began = time.process_time()
        quick = solve_at_once(instance)
        between = time.process_time()
        best = solve(instance, time_left=lambda: 300.0)  # by the clock, which goes on while others compute
        assert best.status == "optimal"
        assert quick.plan.objective >= Fraction(98, 100) * best.plan.objective
        # Processor time, with room for a busy machine; the benchmark prints the real figures.
        assert between - began < 5 and time.process_time() - between < 30
