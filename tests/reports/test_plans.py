"""What a team chooses, and the plan that follows."""

from __future__ import annotations

from fractions import Fraction

from reports.models import Scenario
from reports.plans import Choices, choices_for, plan_for, quarter_labels
from tests.assessment.rooms import LATER
from tests.reports.rooms import planned_result


def test_without_stored_choices_the_team_size_proposes_the_next_level_and_fifteen_per_cent(cast):
    choices = choices_for(planned_result(cast))
    assert (choices.preset, choices.people, choices.version) == ("next-level", 7, 0)
    assert choices.planned_capacity == (Fraction("12.6"),) * 4  # 7 people x 12 weeks x 15 %


def test_an_empty_quarter_is_the_proposal_and_a_zero_is_nothing(cast):
    choices = Choices(people=10, capacity=(None, Fraction(0), Fraction("2.5"), None))
    assert choices.planned_capacity == (18, 0, Fraction("2.5"), 18)


def test_choices_come_back_from_the_database_exactly(cast):
    result = planned_result(cast)
    stored = Choices(people=5, preset="balanced", capacity=(Fraction("0.1"), None, Fraction(3), Fraction("7.25")),
                     targets={"P15": Fraction("3.5"), "ORG": None}, version=1)  # fmt: skip
    data = stored.as_dict()
    Scenario.objects.create(result=result, updated_at=LATER, **data)
    assert choices_for(result) == stored
    assert Choices.from_dict(data) == stored


def test_the_same_choices_have_the_same_digest_whatever_their_version():
    assert Choices(people=7, version=1).digest == Choices(people=7, version=4).digest
    assert Choices(people=7).digest != Choices(people=8).digest


def test_the_plan_follows_the_choices(cast):
    result = planned_result(cast)
    none = plan_for(result, Choices(people=7, capacity=(Fraction(0),) * 4))
    assert none.items == ()
    plan = plan_for(result, Choices(people=7, preset="protect"))
    assert (plan.targets["P15"], plan.targets["P05"]) == (3, None)
    assert [load.capacity for load in plan.loads] == [Fraction("12.6")] * 4


def test_the_plan_begins_in_the_quarter_after_the_assessed_one(cast):
    result = planned_result(cast, period="2026-Q3")
    assert quarter_labels(result, "en") == ("Q4 2026", "Q1 2027", "Q2 2027", "Q3 2027")
    assert quarter_labels(result, "pt-br")[0] == "T4 2026"
