"""One fix, many teams: what several teams decided on, joined; platform work counts once, teams aren't ranked."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from manifesto import catalog
from organizations.models import Organization, Team
from reports.joint import joint_page
from reports.models import AdoptedPlan, PlanItem
from reports.roadmap.joint import Part, join, lift_of
from tests.builders import initiative
from tests.cast import NOW
from tests.reports.rooms import planned_result
from tests.reports.test_dashboard_page import copied
from tests.reports.test_results_page import text_of

# --- the sums ---------------------------------------------------------------------------------------------------------


def test_efforts_and_lifts_are_summed():
    """3 and 5 weeks for 2 and 4 levels: 6 levels in 8 weeks."""
    joint = join([Part(Fraction(3), Fraction(2)), Part(Fraction(5), Fraction(4))], shared=False)
    assert (joint.lift, joint.effort, joint.saved, joint.lift_per_week) == (6, 8, 0, Fraction(3, 4))


def test_platform_work_takes_its_largest_effort_once():
    joint = join([Part(Fraction(3), Fraction(2)), Part(Fraction(5), Fraction(4))], shared=True)
    assert (joint.lift, joint.effort, joint.saved) == (6, 5, 3)


def test_a_lift_ends_at_the_cap_and_leaves_out_what_nobody_answered():
    """From 3 to the cap of 4 instead of up by 2; P10.1 has no value; P11.1 is above the cap."""
    one = initiative("I01", {"P09.1": 2, "P10.1": 2, "P11.1": 1}, cap=4)
    assert lift_of(one, {"P09.1": Fraction(3), "P10.1": None, "P11.1": Fraction(5)}) == 1


def test_what_one_team_can_do_for_all_is_platform_work():
    shared = {item.id for item in catalog.current().initiatives if item.shared}
    assert {"I04", "I16", "I32", "I33", "I36"} <= shared and "I21" not in shared


# --- the page ---------------------------------------------------------------------------------------------------------


def decided(cast, team, items: dict[str, str], result=None, **fields) -> AdoptedPlan:
    """An adopted plan of these initiatives by their status, two person-weeks each."""
    result = result or (planned_result(cast) if team == cast.atlas else copied(cast.first, team))
    cast.first = getattr(cast, "first", result)
    plan = AdoptedPlan.objects.create(
        result=result, team=team, framework=result.framework_identifier, choices={}, digest="x", solution={},
        forecast={}, adopted_at=NOW, **fields,
    )  # fmt: skip
    for key, status in items.items():
        proof = {"evidence": "seen", "done_at": NOW} if status == "done" else {}
        PlanItem.objects.create(
            plan=plan, initiative=key, planned_quarter="2026-Q4", quarter="2026-Q4", effort=2, status=status,
            name="Own" if key.startswith("T") else "", reason="no" if status == "wont-do" else "", updated_at=NOW,
            **proof,
        )  # fmt: skip
    return plan


def page_of(cast, teams=None, language="en"):
    return joint_page(cast.house, teams or [cast.atlas, cast.boreal], language)


@pytest.fixture
def two(cast):
    decided(cast, cast.atlas, {"I08": "planned", "I16": "planned", "I21": "done", "T1": "planned"})
    decided(cast, cast.boreal, {"I08": "doing", "I16": "planned", "I21": "planned", "I26": "planned", "T1": "planned"})
    return cast


def test_only_what_several_teams_have_before_them_is_joined(two):
    assert {fix.id for fix in page_of(two).fixes} == {"I08", "I16"}


def test_own_initiatives_with_the_same_number_are_not_the_same(two):
    assert "T1" not in {fix.id for fix in page_of(two).fixes}


def test_the_most_levels_for_a_person_week_come_first(two):
    """I08 lifts P15.1 from 1 for both teams; everything else stands at 3."""
    fixes = page_of(two).fixes
    rates = [float(fix.per_week) for fix in fixes]
    assert rates == sorted(rates, reverse=True)
    assert [place.team for place in fixes[0].places] == ["Atlas", "Boreal"]


def test_platform_work_is_counted_once_and_says_what_that_saves(two):
    fixes = {fix.id: fix for fix in page_of(two).fixes}
    assert (fixes["I16"].effort, fixes["I16"].saved, fixes["I16"].is_shared) == ("2.0", "2.0", True)
    assert (fixes["I08"].effort, fixes["I08"].saved) == ("4.0", "")


def test_teams_that_have_done_it_are_named_as_whom_to_ask(cast):
    decided(cast, cast.atlas, {"I08": "planned"})
    decided(cast, cast.boreal, {"I08": "planned"})
    cirrus = Team.objects.create(organization=cast.house, name="Cirrus")
    decided(cast, cirrus, {"I08": "done"})
    (fix,) = page_of(cast, [cast.atlas, cast.boreal, cirrus]).fixes
    assert fix.done == ("Cirrus",) and len(fix.places) == 2


def test_what_a_team_wont_do_or_decided_on_earlier_counts_no_more(cast):
    decided(cast, cast.atlas, {"I08": "planned", "I26": "planned"})
    decided(cast, cast.boreal, {"I08": "wont-do", "I26": "planned"}, result=copied(cast.first, cast.boreal, "2026-Q2"))
    decided(cast, cast.boreal, {"I08": "planned"}, result=copied(cast.first, cast.boreal, "2026-Q3"))
    assert {fix.id for fix in page_of(cast).fixes} == {"I08"}


def test_the_page_names_teams_without_a_plan_and_money_where_there_is_a_rate(two, sign_in):
    Team.objects.create(organization=two.house, name="Cirrus")
    Organization.objects.filter(pk=two.house.pk).update(currency="EUR", person_week_rate=1000)
    text = text_of(sign_in(two.carla).get(reverse("joint-initiatives", args=[two.house.pk]))).replace("\u00a0", " ")
    assert "2 initiatives stand in the plans of several teams. 2 teams have adopted a plan." in text
    assert "Not counted, since they haven't adopted a plan yet : Cirrus" in text.replace("yet:", "yet :")
    assert "4.0 person-weeks, €4,000" in text


def test_a_member_sees_only_the_own_team_and_so_nothing_to_join(two, sign_in):
    text = text_of(sign_in(two.bob).get(reverse("joint-initiatives", args=[two.house.pk])))
    assert (
        "0 initiatives stand in the plans of several teams. 1 team has adopted a plan." in text and "Boreal" not in text
    )


def test_an_undone_closing_takes_its_plan_along(two):
    two.first.withdrawn_at = NOW
    two.first.save()
    assert page_of(two).fixes == ()


def test_two_hundred_teams_cost_as_many_queries_as_two(two, sign_in):
    client, address = sign_in(two.carla), reverse("joint-initiatives", args=[two.house.pk])
    before = queries(client, address)
    for number in range(20):
        team = Team.objects.create(organization=two.house, name=f"Team {number}")
        decided(two, team, {"I08": "planned", "I16": "planned", "I26": "planned"})
    assert queries(client, address) == before


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
