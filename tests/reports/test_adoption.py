"""Adopting a plan, working on its items, and what the next closing says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.core.cache import cache

from assessment import actions as assessments
from assessment.models import Answer, Reconfirmation
from organizations.models import AuditEvent
from reports.actions import RoadmapConflict, ScenarioAdopted, add_scenario, remove_scenario, save_scenario
from reports.adoption import (
    EvidenceMissing,
    ItemConflict,
    ItemEntry,
    NothingToAdopt,
    PlanEnded,
    ReasonMissing,
    adopt,
    change_item,
)
from reports.history import forecasts_from, look_at_last_plan, observed_realisation
from reports.models import AdoptedPlan, PlanItem, SolvedPlan
from reports.plans import Choices, choices_for, choices_of, is_settled, plan_for
from reports.roadmap.storage import solution_data, solution_from
from tests.assessment.rooms import LATER, opened
from tests.reports.rooms import planned_result

SOON = LATER + timedelta(hours=2)
PROTECT = Choices(people=7, preset="protect")


def adopted(cast, result=None, choices=PROTECT, **changes) -> AdoptedPlan:
    """The plan of a result (P15 at 1, the rest at 3) that brings the critical principles to 3."""
    result = result or planned_result(cast)
    scenario = save_scenario(user=cast.alice, result=result, choices=choices, now=LATER)
    wanted = {"user": cast.alice, "result": result, "scenario": scenario, "version": scenario.version, "now": SOON}
    return adopt(**wanted | changes)


def item_that_lifts(plan, question="P15.1") -> PlanItem:
    framework = plan_for(plan.result, PROTECT)
    key = next(i.initiative for i in framework.items if any(lift.question == question for lift in i.lifts))
    return plan.items.get(initiative=key)


def say(user, item, version=None, now=SOON, **changes) -> PlanItem:
    item.refresh_from_db()
    entry = {name: getattr(item, name) for name in ItemEntry.__slots__} | changes
    version = item.version if version is None else version
    return change_item(user=user, item_id=item.pk, version=version, entry=ItemEntry(**entry), now=now)


def done(user, item, **changes) -> PlanItem:
    return say(user, item, status="done", evidence="https://example.org/run/1", **changes)


# --- adopting ---------------------------------------------------------------------------------------------------------


def test_a_plan_is_frozen_with_choices_solution_and_forecast(cast):
    plan = adopted(cast)
    expected = plan_for(plan.result, choices_for(plan.result))
    assert plan.framework == "dataops@0.9.0"
    assert Choices.from_dict(plan.choices).says_same_as(PROTECT)
    assert plan.solution["plan"]["quarters"] == dict(expected.solution.plan.quarters)
    assert plan.forecast["quarters"] == ["2026-Q4", "2027-Q1", "2027-Q2", "2027-Q3"]
    assert plan.forecast["levels"]["full"] == [point.level for point in expected.projection.full]
    last = forecasts_from(plan.forecast)["P15.1"]
    assert (last.before, last.full[-1]) == (1, expected.projection.full[-1].values["P15.1"])


def test_each_initiative_becomes_an_item_in_its_quarter(cast):
    plan = adopted(cast)
    expected = plan_for(plan.result, PROTECT).items
    items = list(plan.items.order_by("pk"))
    assert [item.initiative for item in items] == [item.initiative for item in expected]
    quarters = plan.forecast["quarters"]
    assert [item.quarter for item in items] == [quarters[item.completion - 1] for item in expected]
    assert {item.status for item in items} == {"planned"}
    assert all(item.quarter == item.planned_quarter for item in items)


def test_adopting_twice_is_like_adopting_once(cast):
    first = adopted(cast)
    assert adopted(cast, first.result).pk == first.pk
    assert AuditEvent.objects.filter(action="plan adopted").count() == 1


def test_a_scenario_that_somebody_changed_meanwhile_isnt_adopted(cast):
    result = planned_result(cast)
    scenario = save_scenario(user=cast.alice, result=result, choices=PROTECT, now=LATER)
    with pytest.raises(RoadmapConflict):
        adopt(user=cast.alice, result=result, scenario=scenario, version=scenario.version - 1, now=SOON)
    assert not AdoptedPlan.objects.exists()


def test_an_empty_plan_cant_be_adopted(cast):
    with pytest.raises(NothingToAdopt):
        adopted(cast, choices=Choices(people=7, capacity=(Fraction(0),) * 4))


def test_another_plan_takes_its_place_and_what_was_said_comes_along(cast):
    first = adopted(cast)
    kept = item_that_lifts(first)
    say(cast.bob, kept, owner="Bob", notes="half way", status="doing")
    other = add_scenario(
        user=cast.alice, result=first.result, name="More", choices=Choices(people=7, preset="ambitious"), now=SOON
    )
    second = adopt(user=cast.alice, result=first.result, scenario=other, version=1, now=SOON)
    first.refresh_from_db()
    assert first.ended_at == SOON
    assert AdoptedPlan.objects.of_result(first.result) == second
    item = second.items.get(initiative=kept.initiative)
    assert (item.owner, item.notes, item.status) == ("Bob", "half way", "doing")
    with pytest.raises(PlanEnded):
        say(cast.bob, kept, owner="Carla")


def test_work_in_hand_that_the_new_plan_leaves_out_comes_along(cast):
    first = adopted(cast)
    kept = item_that_lifts(first)
    say(cast.bob, kept, status="doing", owner="Bob")
    without = Choices(people=7, preset="protect", excluded={kept.initiative: "bought instead"})
    other = add_scenario(user=cast.alice, result=first.result, name="Without", choices=without, now=SOON)
    second = adopt(user=cast.alice, result=first.result, scenario=other, version=1, now=SOON)
    item = second.items.get(initiative=kept.initiative)
    assert (item.owner, item.status, item.planned_quarter, item.quarter) == ("Bob", "doing", "", kept.quarter)


def test_the_report_follows_the_adopted_plan_though_the_scenario_changes(cast):
    plan = adopted(cast)
    changed = Choices(people=7, preset="ambitious", version=1)
    save_scenario(user=cast.alice, result=plan.result, choices=changed, now=SOON)
    assert choices_for(plan.result).preset == "protect"


def test_an_adopted_plan_stays_but_what_the_solver_found_since_tells_how_good_it_is(cast):
    """A plan frozen with the loose first bound: half of what the bound would allow, "within 50 %"."""
    cache.clear()
    plan = adopted(cast)
    choices, worth = choices_for(plan.result), Fraction(plan.solution["plan"]["objective"])
    plan.solution |= {"bound": str(2 * worth), "status": "feasible", "is_exact": False}
    plan.save()
    cache.clear()
    before = plan_for(plan.result, choices)
    assert (before.solution.gap, is_settled(before)) == (Fraction(1, 2), True)
    best = replace(solution_from(plan.solution), bound=worth * Fraction(101, 100), is_exact=True)
    SolvedPlan.objects.create(
        instance=before.instance,
        algorithm="3",
        status="feasible",
        seconds=1,
        solved_at=SOON,
        solution=solution_data(best),
    )
    after = plan_for(plan.result, choices)
    assert after.solution.plan == before.solution.plan
    assert (after.solution.gap, after.solution.is_exact) == (Fraction(1, 101), True)


def test_the_frozen_solution_is_shown_though_a_better_one_would_be_known(cast, monkeypatch):
    plan = adopted(cast)
    before = plan_for(plan.result, choices_for(plan.result))
    monkeypatch.setattr("reports.plans.cache.get", lambda key: None)
    monkeypatch.setattr("reports.plans._best_known", lambda instance: pytest.fail("solved anew"))
    assert plan_for(plan.result, choices_for(plan.result)).items == before.items


def test_the_adopted_scenario_stays(cast):
    plan = adopted(cast)
    with pytest.raises(ScenarioAdopted):
        remove_scenario(user=cast.alice, scenario=plan.scenario, now=SOON)


# --- working on it ----------------------------------------------------------------------------------------------------


def test_who_changes_an_item_and_when_is_kept_with_an_audit_row(cast):
    item = item_that_lifts(adopted(cast))
    say(cast.bob, item, owner="Bob", status="doing", notes="a secret of ours")
    item.refresh_from_db()
    assert (item.owner, item.status, item.version, item.updated_by_name) == ("Bob", "doing", 2, "Bob")
    event = AuditEvent.objects.get(action="plan item changed")
    assert event.detail["before"] == {"owner": "", "status": "planned"}
    assert event.detail["after"] == {"owner": "Bob", "status": "doing"}
    assert event.detail["changed"] == ["owner", "status", "notes"]
    assert "secret" not in str(event.detail)


def test_a_stale_change_is_refused_with_what_stands(cast):
    item = item_that_lifts(adopted(cast))
    say(cast.carla, item, owner="Carla")
    with pytest.raises(ItemConflict) as refused:
        say(cast.bob, item, version=1, owner="Bob")
    assert refused.value.current.owner == "Carla"


def test_saying_what_stands_already_changes_nothing_even_from_an_old_page(cast):
    item = item_that_lifts(adopted(cast))
    say(cast.carla, item, owner="Carla")
    assert say(cast.bob, item, version=1).version == 2
    assert AuditEvent.objects.filter(action="plan item changed").count() == 1


def test_done_needs_evidence_and_wont_do_a_reason(cast):
    item = item_that_lifts(adopted(cast))
    with pytest.raises(EvidenceMissing):
        say(cast.bob, item, status="done")
    with pytest.raises(ReasonMissing):
        say(cast.bob, item, status="wont-do")
    assert say(cast.bob, item, status="wont-do", reason="bought instead").status == "wont-do"


def test_done_asks_for_new_answers_and_changes_none(cast):
    plan = adopted(cast)
    item = item_that_lifts(plan)
    answers = list(Answer.objects.order_by("pk").values())
    done(cast.bob, item)
    asked = Reconfirmation.objects.filter(team=cast.atlas)
    assert "P15.1" in {row.question_key for row in asked}
    assert {(row.initiative, row.marked_by_name, row.marked_at) for row in asked} == {(item.initiative, "Bob", SOON)}
    assert list(Answer.objects.order_by("pk").values()) == answers
    item.refresh_from_db()
    assert item.done_at == SOON


def test_not_done_after_all_asks_no_more(cast):
    item = item_that_lifts(adopted(cast))
    done(cast.bob, item)
    say(cast.bob, item, status="doing")
    item.refresh_from_db()
    assert item.done_at is None
    assert not Reconfirmation.objects.exists()


# --- the next closing -------------------------------------------------------------------------------------------------


def next_result(cast, levels: dict[str, int], period="2026-Q4", now=SOON + timedelta(days=90)):
    """The next closing: P15 as given, the rest as before."""
    assessment = opened(cast, period=period, now=now)
    sheet = assessment.respondents.get()
    before = Answer.objects.filter(respondent__assessment=assessment.previous)
    Answer.objects.bulk_create(
        Answer(
            respondent=sheet,
            question_key=answer.question_key,
            version=1,
            updated_at=now,
            state=answer.state,
            level=levels.get(answer.question_key, answer.level),
        )
        for answer in before
    )
    return assessments.close_assessment(user=cast.alice, assessment_id=assessment.pk, now=now)


def test_the_first_assessment_of_a_team_has_no_plan_to_look_back_at(cast):
    result = planned_result(cast)
    assert look_at_last_plan(result) is None
    assert observed_realisation(result) is None
    assert choices_of(None, result).realisation is None


def test_the_next_closing_compares_forecast_and_measured(cast):
    plan = adopted(cast)
    item = item_that_lifts(plan)
    done(cast.bob, item)
    result = next_result(cast, {"P15.1": 2})
    look = look_at_last_plan(result)
    assert (look.quarters, [one.initiative for one in look.done]) == (1, [item.initiative])
    row = next(row for row in look.hindsight.rows if row.question == "P15.1")
    forecast = forecasts_from(plan.forecast)["P15.1"].after(1)
    assert (row.before, row.forecast, row.measured, row.is_done) == (1, forecast, 2, True)
    assert row.came_true == (forecast <= 2)


def test_the_observed_share_becomes_the_next_plans_factor(cast):
    plan = adopted(cast)
    done(cast.bob, item_that_lifts(plan))
    result = next_result(cast, {"P15.1": 2})
    seen = look_at_last_plan(result).hindsight
    factor = observed_realisation(result)
    exact = (Fraction("5.6") + seen.realised) / (8 + seen.promised)
    assert abs(factor - exact) <= Fraction(1, 200)
    assert choices_of(None, result).realisation == factor
    assert plan_for(result, choices_of(None, result)).projection.realisation == factor


def test_a_closing_of_the_same_quarter_doesnt_look_back(cast):
    plan = adopted(cast)
    assert look_at_last_plan(plan.result) is None


def test_what_is_marked_done_after_the_closing_doesnt_count_for_it(cast):
    plan = adopted(cast)
    result = next_result(cast, {})
    done(cast.bob, item_that_lifts(plan), now=result.closed_at + timedelta(days=1))
    assert look_at_last_plan(result).done == ()
    assert observed_realisation(result) is None


def test_each_plan_is_measured_once_by_the_closing_before_the_next_plan(cast):
    first = adopted(cast)
    done(cast.bob, item_that_lifts(first))
    second_result = next_result(cast, {"P15.1": 2})
    adopted(cast, second_result, Choices(people=7, preset="balanced"))
    factor = observed_realisation(second_result)
    third = next_result(cast, {"P15.1": 5}, "2027-Q1", SOON + timedelta(days=180))
    assert observed_realisation(third) == factor
