"""What is said about a plan as a whole."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from django.utils.translation import override

from reports.plan_sentences import (
    level_sentences,
    obstacle_sentences,
    quality_sentence,
    refusal_sentence,
    wish_sentence,
)
from reports.roadmap.exact import solve
from reports.roadmap.obstacles import KINDS, Obstacle
from reports.roadmap.plan import make_plan
from reports.roadmap.targets import target_levels
from reports.roadmap.wishes import Settings, WishFault
from tests.builders import initiative
from tests.reports.roadmap.teams import card_of, whole_framework

QUARTERS = ("Q4 2026", "Q1 2027", "Q2 2027", "Q3 2027")


def plan(capacity, lift=2):
    """A team at 3 with P15 at 1, held at level 2 until one initiative of ten person-weeks lifts all of P15."""
    works = (initiative("I01", {f"P15.{n}": lift for n in (1, 2, 3)}, effort=10),)
    framework = whole_framework(works)
    critical = tuple(p.model_copy(update={"critical": True}) if p.key == "P15" else p for p in framework.principles)
    framework = framework.model_copy(update={"principles": critical})
    card = card_of(framework, 3, P15_1=1, P15_2=1, P15_3=1)
    settings = Settings(people=7, capacity=tuple(map(Fraction, capacity)))
    return make_plan(framework, card, target_levels(framework, card), settings)


def test_a_plan_says_when_the_level_rises_in_full_and_cautiously():
    """P15 has to reach 2: one level in full of two, and 0.7 x 2 = 1.4 levels cautiously, both when I01 is done."""
    assert level_sentences(plan([4, 6, 0, 0]), QUARTERS, "en") == (
        "With every lift in full the team reaches level 3 by the end of Q1 2027.",
        "If only 70\u202f% of each lift comes true, it reaches level 3 by the end of Q1 2027.",
    )


def test_a_cautious_curve_that_stays_is_said():
    """0.7 x 1 leaves P15 at 1.7, below the 2 that level 3 asks for."""
    assert level_sentences(plan([10, 0, 0, 0], lift=1), QUARTERS, "en")[1] == (
        "If only 70\u202f% of each lift comes true, it stays at level 2."
    )


def test_a_plan_that_doesnt_raise_the_level_names_the_cost_of_a_way_that_does():
    assert level_sentences(plan([3, 3, 3, 0.5]), QUARTERS, "en") == (
        "This plan doesn't raise the level: the team stays at level 2.",
        "The cheapest way found to level 3 costs 10.0 person-weeks: I01. At this capacity it takes 5 quarters.",
    )


def test_with_no_capacity_at_all_no_time_is_promised():
    assert level_sentences(plan([0, 0, 0, 0]), QUARTERS, "en")[1] == (
        "The cheapest way found to level 3 costs 10.0 person-weeks: I01."
    )


def test_where_open_answers_hold_the_level_they_come_before_the_way_up():
    held = replace(plan([3, 3, 3, 0.5]), level_as_if_answered=3)
    assert level_sentences(held, QUARTERS, "en")[1] == "Answering the open questions may be enough for level 3."


def test_a_way_that_is_never_done_is_called_so():
    stuck = replace(plan([3, 3, 3, 0.5]), way_up_quarters=None)
    assert level_sentences(stuck, QUARTERS, "en")[1].endswith(
        "I01. This capacity is never enough for it: what is done has to be kept running, too."
    )


@pytest.mark.parametrize(
    ("objective", "bound", "sentence"),
    [
        (Fraction(10), Fraction(10), "This plan is the best possible for these targets and this capacity."),
        (Fraction(9), Fraction(10), "This plan is within 10.0\u202f% of the best possible."),
        (Fraction(99999, 1000), Fraction(100), "This plan is within 0.1\u202f% of the best possible."),
    ],
)
def test_the_distance_to_the_best_plan_is_rounded_up_so_that_it_holds(objective, bound, sentence):
    made = plan([10, 0, 0, 0])
    status = "optimal" if objective == bound else "feasible"
    solved = replace(made.solution.plan, objective=objective)
    solution = replace(made.solution, plan=solved, bound=bound, status=status)
    assert quality_sentence(replace(made, solution=solution), "en") == sentence


# --- wishes that can't be granted -------------------------------------------------------------------------------------


def impossible(**settings):
    """A team at 3 with P15 at 1 and one initiative of ten person-weeks, one week in each of four quarters."""
    framework = whole_framework((initiative("I01", {f"P15.{n}": 1 for n in (1, 2, 3)}, effort=10),))
    card = card_of(framework, 3, P15_1=1, P15_2=1, P15_3=1)
    wanted = Settings(people=7, capacity=(Fraction(1),) * 4, **settings)
    return framework, make_plan(framework, card, target_levels(framework, card, "balanced"), wanted, solve)


def test_a_must_do_that_takes_too_much_is_told_with_the_quarters_that_are_enough():
    framework, plan = impossible(must_do=frozenset({"I01"}))
    assert obstacle_sentences(plan, framework, "en") == (
        "What has to be done (I01 Initiative I01) takes 10.0 person-weeks with all that it needs; the plan has 4.0.",
        "10 quarters would be enough for it.",
    )


def test_a_target_that_nothing_reaches_is_told_in_both_languages():
    framework, plan = impossible(mandatory=frozenset({"P15"}))
    assert obstacle_sentences(plan, framework, "en")[0] == (
        "P15.1 label P15 has to reach its target, 2.0 levels above today; all initiatives together lift it by 1.0."
    )
    with override("pt-br"):
        assert obstacle_sentences(plan, framework, "pt-br")[0].startswith(
            "P15.1 label P15 (pt) precisa alcançar a meta"
        )
        assert obstacle_sentences(plan, framework, "pt-br")[-1] == (
            "Não foi encontrado um número de trimestres que baste com esta capacidade."
        )


def test_that_no_plan_is_possible_is_said_only_where_it_is_known():
    made = plan([10, 0, 0, 0])
    unknown = replace(made.solution, status="infeasible", plan=None)
    assert refusal_sentence(replace(made, solution=unknown)) == "No plan with these choices was found yet."
    for known in (replace(unknown, is_exact=True), replace(unknown, obstacles=(Obstacle("together", ("I01",)),))):
        assert refusal_sentence(replace(made, solution=known)) == "No plan is possible with these choices."


def test_a_plan_that_stands_has_no_obstacles():
    assert obstacle_sentences(plan([10, 0, 0, 0]), whole_framework(), "en") == ()


@pytest.mark.parametrize("kind", ["unknown", "no_subject", "barred", "release", "capacity", "factor", "realisation",
                                  "max_per_quarter"])  # fmt: skip
def test_every_impossible_wish_has_words(kind):
    framework, _plan = impossible()
    assert wish_sentence(WishFault(kind, "I01", "I02"), framework, "en").endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_every_obstacle_has_words(kind):
    framework, plan = impossible()
    obstacle = Obstacle(kind, ("I01", "P15.1"), Fraction(3), Fraction(2))
    told = replace(plan, solution=replace(plan.solution, plan=None, obstacles=(obstacle,)))
    assert "I01 Initiative I01 and P15.1 label P15" in obstacle_sentences(told, framework, "en")[0]
