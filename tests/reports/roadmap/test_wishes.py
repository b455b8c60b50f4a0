from __future__ import annotations

from fractions import Fraction

import pytest

from reports.roadmap.exact import solve
from reports.roadmap.plan import make_plan
from reports.roadmap.targets import target_levels
from reports.roadmap.wishes import ImpossibleWishes, Settings, available, wish_faults
from tests.builders import initiative
from tests.reports.roadmap.teams import card_of, whole_framework

WORKS = (
    initiative("I01", {"P15.1": 1}, cap=4, effort=2),
    initiative("I02", {"P15.2": 1, "P15.3": 1}, cap=4, effort=4, prerequisites=("I01",)),
    initiative("I03", {"ORG.1": 2}, cap=4, effort=1),
)


def planned(preset="next_level", **settings):
    """A team of seven at 3 everywhere but in P15, which is at 1."""
    whole = whole_framework(WORKS)
    card = card_of(whole, 3, P15_1=1, P15_2=1, P15_3=1)
    return make_plan(whole, card, target_levels(whole, card, preset), Settings(people=7, **settings), solve)


def test_what_may_not_be_complete_before_a_quarter_is_complete_in_it():
    plan = planned(release={"I01": 3})
    assert {item.initiative: item.completion for item in plan.items} == {"I01": 3, "I02": 3}


def test_the_teams_own_factor_beats_that_of_its_size():
    assert planned(factor=Fraction("1.5")).items[0].effort == 3


def test_the_most_that_may_be_done_in_a_quarter_is_the_teams_to_say():
    plan = planned(max_per_quarter=1)
    assert [item.completion for item in plan.items] == [1, 2]


def test_a_mandatory_target_goes_before_what_is_worth_more():
    """One person-week a year pays for I03 only, and P15 can't be reached: then ORG alone is asked for."""
    free = planned("balanced", capacity=(Fraction(2), Fraction(0)))
    assert [item.initiative for item in free.items] == ["I01"]
    bound = planned("balanced", capacity=(Fraction(2), Fraction(0)), mandatory=frozenset({"P15"}))
    assert (bound.solution.status, bound.items) == ("infeasible", ())
    assert {obstacle.kind for obstacle in bound.solution.obstacles} == {"lift"}


def test_a_subject_without_target_demands_nothing():
    plan = planned(mandatory=frozenset({"ORG"}))
    assert plan.targets["ORG"] is None and plan.solution.status == "optimal"


def test_every_impossible_wish_is_named():
    faults = wish_faults(
        whole_framework(WORKS),
        Settings(people=7, capacity=(Fraction(-1),), factor=Fraction(0), max_per_quarter=0, must_do=frozenset({"I02"}),
                 excluded=frozenset({"I01"}), release={"I03": 0}, mandatory=frozenset({"P99"})),
    )  # fmt: skip
    assert [fault.in_english() for fault in faults] == [
        "no principle or pillar P99",
        "I02 can't be must-do: it needs I01, which is excluded",
        "I03: quarters count from 1",
        "a plan has at least one quarter, and no capacity is negative",
        "the effort factor must be positive",
        "at least one initiative has to be allowed in a quarter",
    ]


def test_a_must_do_that_is_excluded_is_refused_unless_it_is_done():
    with pytest.raises(ImpossibleWishes, match="I01 can't be must-do: it is excluded"):
        planned(must_do=frozenset({"I01"}), excluded=frozenset({"I01"}))
    assert planned(must_do=frozenset({"I01"}), excluded=frozenset({"I01"}), done=frozenset({"I01"})).items


def test_what_needs_something_excluded_is_not_available_unless_that_is_done():
    whole = whole_framework(WORKS)
    assert set(available(whole, Settings(people=7, excluded=frozenset({"I01"})))) == {"I03"}
    done = Settings(people=7, excluded=frozenset({"I01"}), done=frozenset({"I01"}))
    assert set(available(whole, done)) == {"I02", "I03"}
