"""A team's own initiatives: the rules of the catalogue, with the fault named."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from reports.roadmap.own import OwnInitiative, own_faults, with_own
from reports.roadmap.plan import make_plan
from reports.roadmap.targets import target_levels
from reports.roadmap.wishes import Settings
from tests.builders import initiative
from tests.reports.roadmap.teams import card_of, whole_framework

FRAMEWORK = whole_framework((initiative("I01", {"P15.1": 1}, effort=3, cap=4),))
DATA = {
    "id": "T1",
    "name": "Name an owner per table",
    "first_step": "",
    "done_when": "Each table of the critical product shows one name",
    "lifts": {"P15.1": "3/2"},
    "cap": "4",
    "effort": "5/2",
    "prerequisites": ["I01"],
}


def own(**changes) -> OwnInitiative:
    return OwnInitiative.from_dict(DATA | changes)


def faults(item, *others):
    return [(fault.kind, fault.field, fault.subject) for fault in own_faults(FRAMEWORK, item, others)]


def test_it_comes_back_from_its_data_exactly():
    item = own()
    assert item.as_dict() == DATA
    assert (item.effort, item.lifts["P15.1"], item.name.pt_br) == (Fraction(5, 2), Fraction(3, 2), DATA["name"])


def test_a_sound_one_has_no_faults():
    assert faults(own()) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"effort": "0"}, ("effort", "effort", "")),
        ({"effort": "100"}, ("effort", "effort", "")),
        ({"cap": "1"}, ("cap", "cap", "")),
        ({"lifts": {}}, ("none", "lifts", "")),
        ({"lifts": {"P18.9": "1"}}, ("question", "lifts", "P18.9")),
        ({"lifts": {"P15.1": "9/2"}}, ("lift", "lifts", "P15.1")),
        ({"lifts": {"P15.1": "0"}}, ("lift", "lifts", "P15.1")),
        ({"lifts": {"P15.1": "1/3"}}, ("lift", "lifts", "P15.1")),
        ({"prerequisites": ["I99"]}, ("initiative", "prerequisites", "I99")),
        ({"prerequisites": ["T1"]}, ("cycle", "prerequisites", "T1 > T1")),
    ],
)
def test_what_breaks_the_rules_is_named(changes, fault):
    assert faults(own(**changes)) == [fault]


def test_every_fault_is_named_at_once():
    assert len(faults(own(effort="0", cap="0", lifts={}, prerequisites=["I77", "I78"]))) == 5


def test_a_cycle_through_others_is_named_with_its_members():
    second = own(id="T2", prerequisites=["T3"])
    third = own(id="T3", prerequisites=["T1"])
    assert faults(own(prerequisites=["T2"]), second, third) == [("cycle", "prerequisites", "T1 > T2 > T3 > T1")]


def test_an_id_of_the_catalogue_is_not_for_teams():
    with pytest.raises(ValidationError):
        own(id="I01")


def test_the_framework_has_them_after_its_own_and_stays_as_it_was():
    wider = with_own(FRAMEWORK, [own()])
    assert list(wider.initiative_by_id) == ["I01", "T1"]
    assert list(FRAMEWORK.initiative_by_id) == ["I01"]
    assert with_own(FRAMEWORK, []) is FRAMEWORK


def test_what_a_later_release_doesnt_have_is_left_out():
    wider = with_own(FRAMEWORK, [own(lifts={"P15.1": "1", "P18.7": "1"}, prerequisites=["I01", "I55", "T9"])])
    assert wider.initiative_by_id["T1"].lifts == {"P15.1": 1}
    assert wider.initiative_by_id["T1"].prerequisites == ("I01",)


def test_the_planner_takes_them_like_the_catalogues():
    wider = with_own(FRAMEWORK, [own()])
    card = card_of(wider, 3, P15_1=1)
    plan = make_plan(wider, card, target_levels(wider, card, "protect"), Settings(people=7))
    assert [item.initiative for item in plan.items] == ["I01", "T1"]
    assert [(lift.question, lift.before, lift.after) for lift in plan.items[1].lifts] == [("P15.1", 2, Fraction(7, 2))]
