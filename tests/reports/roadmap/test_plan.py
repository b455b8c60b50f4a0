from __future__ import annotations

import json
import time
from fractions import Fraction

import pytest

from assessment.scoring import score
from reports.roadmap.plan import make_plan, product_instance, shown_done
from reports.roadmap.projection import lifted_values
from reports.roadmap.schedule import is_feasible
from reports.roadmap.targets import target_levels
from reports.roadmap.wishes import Settings, available
from tests.builders import framework, initiative, respondent
from tests.reports.roadmap.teams import card_of, catalogue, whole_framework

QUALITY = (
    initiative("I01", {"P15.1": 1}, cap=4, effort=2, quick_win=True),
    initiative("I02", {"P15.2": 1, "P15.3": 1}, cap=4, effort=4, prerequisites=("I01",)),
    initiative("I03", {"ORG.1": 2}, cap=4, effort=1),
)


def team_held_by_quality():
    """A team at 3 everywhere but in quality checks: level 2, and 3 as soon as P15 reaches 2."""
    whole = whole_framework(QUALITY)
    return whole, card_of(whole, 3, P15_1=1, P15_2=1, P15_3=1)


def roadmap(whole, card, preset="next_level", **settings):
    return make_plan(whole, card, target_levels(whole, card, preset), Settings(people=7, **settings))


def test_the_plan_raises_the_level_when_the_last_binding_initiative_is_done():
    plan = roadmap(*team_held_by_quality(), capacity=(Fraction(2), Fraction(2), Fraction(2), Fraction(2)))
    assert [(item.initiative, item.start, item.completion) for item in plan.items] == [("I01", 1, 1), ("I02", 2, 3)]
    assert [projected.level for projected in plan.projection.full] == [2, 2, 2, 3, 3]
    assert plan.raises_level and plan.way_up is None and plan.unreached == ()


def test_the_cautious_curve_counts_on_seven_tenths_and_may_stay_below():
    plan = roadmap(*team_held_by_quality())
    last = plan.projection.cautious[-1]
    assert {last.values[f"P15.{n}"] for n in (1, 2, 3)} == {Fraction("1.7")}
    assert last.outcome.score.principles["P15"] == Fraction("1.7")
    assert (last.level, plan.projection.raises_level_cautiously) == (2, False)


def test_items_say_what_they_lift_and_why():
    first, second = roadmap(*team_held_by_quality()).items
    assert first.reasons == ("critical", "gate", "enables", "quick_win")
    assert [(lift.question, lift.before, lift.after) for lift in first.lifts] == [("P15.1", 1, 2)]
    assert (first.enables, second.reasons) == (("I02",), ("critical", "gate"))


def test_a_plan_that_cannot_raise_the_level_names_a_way_that_can():
    plan = roadmap(*team_held_by_quality(), capacity=(Fraction(2), Fraction(1)))
    assert not plan.raises_level
    assert (plan.way_up.level, plan.way_up.initiatives, plan.way_up.effort) == (3, ("I01", "I02"), 6)
    assert plan.way_up_quarters == 5
    assert [(item.question, item.reason) for item in plan.unreached] == [("P15.2", "capacity"), ("P15.3", "capacity")]
    assert [(blocker.gate, blocker.subject) for blocker in plan.projection.blockers] == [("G3", "P15"), ("G4", "P15")]


def test_what_the_way_up_needs_to_be_kept_running_takes_time_too():
    """After I01 (2 of 2) half a week of each quarter is left: 4 take 8 more, and for ever where none is left."""
    first, *others = QUALITY
    works = (first.model_copy(update={"run_cost": Fraction("0.5")}), *others)
    card = card_of(whole_framework(works), 3, P15_1=1, P15_2=1, P15_3=1)
    never = roadmap(whole_framework(works), card, capacity=(Fraction(2), Fraction("0.5")))
    assert never.way_up_quarters is None
    slow = roadmap(whole_framework(works), card, capacity=(Fraction(2), Fraction(1)))
    assert (slow.way_up.effort, slow.way_up_quarters) == (6, 9)


def test_where_the_catalogue_is_not_enough_there_is_no_way_up_and_the_cap_is_the_reason():
    whole = whole_framework(QUALITY[:1])
    plan = roadmap(whole, card_of(whole, 3, P15_1=1, P15_2=1, P15_3=1))
    assert plan.way_up is None
    assert {item.reason for item in plan.unreached} == {"cap"}


def test_efforts_and_run_costs_grow_with_the_team():
    whole = whole_framework((initiative("I01", {"P15.1": 1}, effort=2, run_cost="0.5"),))
    card = card_of(whole, 3, P15_1=1, P15_2=1, P15_3=1)
    plan = make_plan(whole, card, target_levels(whole, card), Settings(people=14))
    assert (plan.factor, plan.items[0].effort, plan.items[0].run_cost) == (2, 4, 1)
    assert [(load.capacity, load.running, load.work) for load in plan.loads[:2]] == [
        (Fraction("25.2"), 0, 4), (Fraction("25.2"), 1, 0)
    ]  # fmt: skip


def test_done_initiatives_open_their_successors_and_excluded_ones_close_theirs():
    whole, card = team_held_by_quality()
    assert [item.initiative for item in roadmap(whole, card, done=frozenset({"I01"})).items] == ["I02"]
    assert roadmap(whole, card, excluded=frozenset({"I01"})).items == ()
    assert set(available(whole, Settings(people=7, excluded=frozenset({"I01"})))) == {"I03"}


def test_a_must_do_is_planned_though_no_target_asks_for_it():
    plan = roadmap(*team_held_by_quality(), must_do=frozenset({"I03"}))
    assert {item.initiative: item.reasons for item in plan.items}["I03"] == ("must_do",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"done": frozenset({"I77"})},
        {"must_do": frozenset({"I02"}), "excluded": frozenset({"I01"})},
        {"capacity": ()},
        {"capacity": (Fraction(-1),)},
        {"factor": Fraction(0)},
    ],
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError):
        roadmap(*team_held_by_quality(), **wrong)


def test_a_team_at_its_targets_gets_an_empty_plan():
    whole = whole_framework(QUALITY)
    plan = roadmap(whole, card_of(whole, 5))
    assert (plan.items, plan.objective, plan.unreached, plan.way_up) == ((), 0, (), None)


def test_without_answers_there_is_only_something_to_answer():
    whole = whole_framework(QUALITY)
    plan = make_plan(whole, score(whole, []), {}, Settings(people=7))
    assert (plan.items, len(plan.answer_first), plan.way_up) == ((), 59, None)


def test_projected_scores_are_those_of_a_team_that_answers_so():
    whole, card = team_held_by_quality()
    last = roadmap(whole, card, realisation=Fraction(1, 2)).projection.cautious[-1]
    answered = score(whole, [respondent(last.values)])
    assert last.outcome.score.overall == answered.overall.score
    assert (last.level, last.outcome.blockers) == (answered.overall.level, answered.overall.blockers)


def test_lifts_add_up_to_the_highest_cap_of_those_that_still_lift():
    low, high = initiative("I01", {"P01.1": 2}, cap=3), initiative("I02", {"P01.1": 1}, cap=5)
    assert lifted_values({"P01.1": Fraction(2)}, [low, high]) == {"P01.1": 4}
    assert lifted_values({"P01.1": Fraction(3)}, [low, high]) == {"P01.1": 4}
    assert lifted_values({"P01.1": Fraction(4), "P02.1": None}, [low]) == {"P01.1": 4, "P02.1": None}


def test_a_short_form_is_planned_on_its_own_questions():
    short = framework({"P09": 2, "P15": 2}, initiatives=(initiative("I01", {"P09.1": 1, "P09.2": 1}),))
    card = score(short, [respondent({"P09.1": 2, "P15.1": 3})], form="short")
    plan = make_plan(short, card, {"P09": Fraction(3)}, Settings(people=7))
    assert plan.gaps == {"P09.1": 1, "P15.1": 0}
    assert [lift.question for lift in plan.items[0].lifts] == ["P09.1"]


def test_the_whole_catalogue_is_planned_at_once_and_by_every_rule():
    whole = whole_framework(catalogue())
    card = card_of(whole, 2)
    began = time.process_time()
    plan = roadmap(whole, card, "balanced")
    assert time.process_time() - began < 5
    instance = product_instance(whole, card, plan.gaps, Settings(people=7))
    assert is_feasible(instance, plan.solution.plan.quarters)
    starts = [item.start for item in plan.items]
    assert max(starts.count(quarter) for quarter in range(1, 5)) <= 4
    assert all(load.left >= 0 for load in plan.loads)
    assert len(plan.items) >= 12


def test_the_plan_is_json_ready():
    plan = roadmap(*team_held_by_quality())
    data = json.loads(json.dumps(plan.as_dict()))
    assert data["items"][0]["initiative"] == "I01"
    assert data["raises_level"] is True


def test_what_the_answers_show_to_be_done_is_not_planned_again():
    """I01 lifts P15.1 to 4: a team that stands there has done it, and I02 needs nothing more."""
    whole = whole_framework(QUALITY)
    card = card_of(whole, 3, P15_1=4, P15_2=1, P15_3=1)
    assert shown_done(whole, card) == {"I01"}
    plan = roadmap(whole, card, preset="balanced", done=shown_done(whole, card))
    assert [item.initiative for item in plan.items] == ["I02"]
    assert plan.done == ("I01",)


def test_an_initiative_counts_as_done_only_when_all_that_it_lifts_most_stands_at_its_cap():
    whole = whole_framework(QUALITY)
    assert shown_done(whole, card_of(whole, 3, P15_2=4, P15_3=3)) == frozenset()
    assert shown_done(whole, card_of(whole, 3, P15_2=4, P15_3=4)) == {"I02"}
