"""Several sets of choices for one result: kept, named, compared, adopted; and what-if without a mouse or a script."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.urls import reverse

from organizations.models import AuditEvent
from reports.actions import MOST_SCENARIOS, add_scenario, save_scenario
from reports.adoption import adopt
from reports.models import AdoptedPlan, Scenario, TeamInitiative
from reports.plans import Choices, choices_of
from tests.assessment.rooms import LATER
from tests.reports.rooms import planned_result

pytestmark = pytest.mark.one_database("what the page says of plans, which are computed")

CHOICES = {"preset": "balanced", "people": "7", "version": "0"}


@pytest.fixture
def result(cast):
    return planned_result(cast)


@pytest.fixture
def address(result):
    return reverse("roadmap", args=[result.assessment_id])


@pytest.fixture
def scenarios(result):
    return reverse("scenarios", args=[result.assessment_id])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def planned(response) -> set[str]:
    return {step.id for quarter in response.context["page"].quarters for step in quarter.steps}


# --- what-if ----------------------------------------------------------------------------------------------------------


def test_a_link_on_a_step_tries_the_plan_without_it(sign_in, alice, address):
    client = sign_in(alice)
    first = client.get(address)
    step = first.context["page"].quarters[0].steps[0]
    assert f"?wish_{step.id}=wont" in text_of(first)
    tried = client.get(address, {f"wish_{step.id}": "wont"})
    assert step.id not in planned(tried)
    assert "This plan is a trial" in text_of(tried)
    assert not Scenario.objects.exists()


def test_an_initiative_outside_the_plan_can_be_made_a_must_do(sign_in, alice, address):
    client = sign_in(alice)
    other = client.get(address).context["page"].others[-1].id
    assert other in planned(client.get(address, {f"wish_{other}": "must"}))


def test_an_initiative_can_be_held_back_to_a_later_quarter(sign_in, alice, address):
    client = sign_in(alice)
    step = client.get(address).context["page"].quarters[0].steps[0]
    page = client.get(address, {f"first_{step.id}": "3"}).context["page"]
    completed = [number for number, quarter in enumerate(page.quarters, start=1)
                 for line in (*quarter.steps, *quarter.completes) if line.id == step.id
                 and not getattr(line, "until", "")]  # fmt: skip
    assert all(number >= 3 for number in completed)


def test_wishes_are_saved_with_their_reason_and_come_back(sign_in, alice, address, result):
    sent = CHOICES | {"wish_I01": "must", "wish_I23": "wont", "reason_I23": "no sponsor", "first_I08": "2",
                      "factor": "1,5", "max_per_quarter": "3", "mandatory_P15": "on"}  # fmt: skip
    client = sign_in(alice)
    assert client.post(address, sent).status_code == 302
    choices = choices_of(Scenario.objects.get(), result)
    assert (choices.must_do, choices.excluded, choices.release) == (
        frozenset({"I01"}), {"I23": "no sponsor"}, {"I08": 2}
    )  # fmt: skip
    assert (choices.factor, choices.max_per_quarter, choices.mandatory) == (Fraction(3, 2), 3, frozenset({"P15"}))
    form = client.get(address).context["form"]
    said = {wish.id: (wish.wish, wish.reason, wish.first) for wish in form.wishes if wish.is_said}
    assert said == {"I01": ("must", "", ""), "I08": ("", "", "2"), "I23": ("wont", "no sponsor", "")}


def test_what_the_team_wont_do_needs_a_reason_when_it_is_saved_but_not_when_it_is_tried(sign_in, alice, address):
    client = sign_in(alice)
    response = client.post(address, CHOICES | {"wish_I23": "wont"})
    assert response.status_code == 422
    assert "Say why the team won" in text_of(response)
    assert client.post(address, CHOICES | {"wish_I23": "wont", "go": "try"}).status_code == 302


def test_a_must_do_that_needs_what_is_excluded_is_named(sign_in, alice, address):
    sent = CHOICES | {"wish_I02": "must", "wish_I01": "wont", "reason_I01": "no"}
    response = sign_in(alice).post(address, sent)
    assert response.status_code == 422
    assert "it needs I01" in text_of(response)


def test_a_made_up_answer_about_an_initiative_is_refused(sign_in, alice, address):
    for sent in ({"wish_I01": "perhaps"}, {"first_I01": "9"}, {"reason_I01": "x" * 301}):
        assert sign_in(alice).post(address, CHOICES | sent).status_code == 422


def test_trying_drops_a_wish_that_is_saved(sign_in, alice, address):
    client = sign_in(alice)
    client.post(address, CHOICES | {"wish_I01": "must"})
    response = client.post(address, CHOICES | {"version": "1", "wish_I01": "", "go": "try"})
    assert "wish_I01=&" in response.url or response.url.endswith("wish_I01=")
    assert not [wish for wish in client.get(response.url).context["form"].wishes if wish.is_said]


def test_the_page_follows_level_gate_and_profile_per_quarter_on_both_curves(sign_in, alice, address):
    outlook = sign_in(alice).get(address).context["page"].outlook
    assert [quarter.label for quarter in outlook.quarters] == ["", "Q4 2026", "Q1 2027", "Q2 2027", "Q3 2027"]
    assert (outlook.share, outlook.quarters[0].full.level) == ("70\u202f%", 2)
    assert outlook.quarters[0].full == outlook.quarters[0].cautious
    assert any("P15" in blocker for blocker in outlook.quarters[0].full.blockers)
    quality = next(subject for subject in outlook.subjects if subject.key == "P15")
    assert quality.values[0] == ("1.0", "1.0")
    full, cautious = (float(value) for value in quality.values[-1])
    assert 1 < cautious < full


# --- several of them --------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_choices_can_be_kept_as_a_scenario_of_their_own(sign_in, alice, address):
    client = sign_in(alice)
    client.post(address, CHOICES)
    response = client.post(address, CHOICES | {"version": "1", "preset": "protect", "go": "add", "name": "Half"})
    half = Scenario.objects.get(name="Half")
    assert response.url == f"{address}?scenario={half.pk}"
    assert sorted(Scenario.objects.values_list("name", "preset")) == [("", "balanced"), ("Half", "protect")]


@pytest.mark.database
def test_the_address_names_the_scenario_on_screen_and_a_post_saves_in_it(sign_in, alice, address, result):
    save_scenario(user=alice, result=result, choices=Choices(people=7), now=LATER)
    other = add_scenario(user=alice, result=result, name="Other", choices=Choices(people=9), now=LATER)
    client = sign_in(alice)
    assert client.get(address).context["choices"].people == 7
    here = f"{address}?scenario={other.pk}"
    assert client.get(here).context["choices"].people == 9
    client.post(here, CHOICES | {"version": "1", "people": "11"})
    assert sorted(Scenario.objects.values_list("name", "people")) == [("", 7), ("Other", 11)]


@pytest.mark.parametrize("named", ["0", "x", "-1", "9" * 30])
def test_a_scenario_that_isnt_there_is_not_found(sign_in, alice, address, named):
    assert sign_in(alice).get(address, {"scenario": named}).status_code == 404


def test_a_scenario_of_another_result_is_not_found(cast, sign_in, address, result):
    foreign = planned_result(cast, team=cast.boreal, user=cast.carla)
    scenario = save_scenario(user=cast.carla, result=foreign, choices=Choices(people=5), now=LATER)
    client = sign_in(cast.carla)
    assert client.get(address, {"scenario": scenario.pk}).status_code == 404
    for name in ("scenario-rename", "scenario-remove", "adopt"):
        url = reverse(name, args=[result.assessment_id, scenario.pk])
        assert client.post(url, {"name": "Mine", "version": "1"}).status_code == 404


@pytest.mark.database
def test_scenarios_are_copied_renamed_and_deleted_with_audit_rows(sign_in, alice, result, scenarios):
    first = save_scenario(user=alice, result=result, choices=Choices(people=7, preset="protect"), now=LATER)
    client = sign_in(alice)
    client.post(scenarios, {"name": "Copy", "start_from": first.pk})
    copy = Scenario.objects.get(name="Copy")
    assert copy.preset == "protect"
    client.post(reverse("scenario-rename", args=[result.assessment_id, copy.pk]), {"name": "Kept"})
    client.post(reverse("scenario-remove", args=[result.assessment_id, first.pk]))
    assert list(Scenario.objects.values_list("name", flat=True)) == ["Kept"]
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"scenario added", "scenario renamed", "scenario removed"} <= actions


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "KEPT"])
def test_a_name_that_is_blank_too_long_or_taken_is_refused(sign_in, alice, result, scenarios, name):
    add_scenario(user=alice, result=result, name="Kept", choices=Choices(people=7), now=LATER)
    assert sign_in(alice).post(scenarios, {"name": name}).status_code == 422
    assert Scenario.objects.count() == 1


def test_there_is_an_end_to_scenarios(sign_in, alice, result, scenarios):
    for number in range(MOST_SCENARIOS):
        add_scenario(user=alice, result=result, name=f"S{number}", choices=Choices(people=7), now=LATER)
    response = sign_in(alice).post(scenarios, {"name": "One more"})
    assert response.status_code == 422
    assert "There are 12 scenarios already" in text_of(response)


def test_two_scenarios_and_the_proposal_stand_side_by_side_with_what_differs(sign_in, alice, result, scenarios):
    lots, little = (
        add_scenario(user=alice, result=result, name=name, choices=Choices(people=7, preset="balanced",
                     capacity=(Fraction(amount),) * 4), now=LATER)
        for name, amount in (("Lots", 30), ("Little", 2))
    )  # fmt: skip
    response = sign_in(alice).get(f"{scenarios}?compare=0&compare={lots.pk}&compare={little.pk}")
    compared = response.context["compared"]
    assert [column.name for column in compared.columns] == ["Proposal", "Lots", "Little"]
    proposal, many, few = compared.columns
    assert (proposal.capacity[0], many.capacity[0], few.capacity[0]) == ("12.6", "30.0", "2.0")
    assert float(few.effort) <= 8 < float(many.effort)
    assert many.unreached < few.unreached
    assert len(many.levels) == 4
    assert {row.name for row in compared.choices} >= {"Targets", "Q4 2026"}
    assert any(row.said[2] == "not planned" for row in compared.initiatives)
    assert "Side by side" in text_of(response)


def test_one_alone_cant_be_compared(sign_in, alice, result, scenarios):
    one = add_scenario(user=alice, result=result, name="One", choices=Choices(people=7), now=LATER)
    client = sign_in(alice)
    for sent in ({"compare": one.pk}, {"chosen": "yes"}):
        assert "Choose two or three to compare." in text_of(client.get(scenarios, sent))
    assert "Choose two or three" not in text_of(client.get(scenarios))


def test_the_page_of_scenarios_takes_as_many_queries_for_two_as_for_twelve(
    sign_in, alice, result, scenarios, django_assert_max_num_queries
):
    for number in range(12):
        add_scenario(user=alice, result=result, name=f"S{number}", choices=Choices(people=7), now=LATER)
    client = sign_in(alice)
    client.get(scenarios)
    with django_assert_max_num_queries(10):
        client.get(scenarios)


@pytest.mark.database
def test_adopting_leads_to_the_work(sign_in, alice, address, result):
    client = sign_in(alice)
    client.post(address, CHOICES)
    scenario = Scenario.objects.get()
    assert "Adopt this plan" in text_of(client.get(address))
    response = client.post(reverse("adopt", args=[result.assessment_id, scenario.pk]), {"version": "1"})
    plan = AdoptedPlan.objects.get()
    assert response.url == reverse("adopted-plan", args=[plan.pk])
    page = text_of(client.get(address))
    assert "Adopted on" in page and "Adopt this plan" not in page


def test_adopting_what_somebody_changed_meanwhile_is_refused(sign_in, alice, address, result):
    client = sign_in(alice)
    client.post(address, CHOICES)
    scenario = Scenario.objects.get()
    response = client.post(reverse("adopt", args=[result.assessment_id, scenario.pk]), {"version": "7"})
    assert response.status_code == 409
    assert "Somebody changed this scenario meanwhile" in text_of(response)
    assert not AdoptedPlan.objects.exists()


@pytest.mark.database
def test_whoever_adopts_after_somebody_else_did_is_shown_it_first(sign_in, cast, alice, result):
    first = add_scenario(user=cast.carla, result=result, name="First", choices=Choices(people=7), now=LATER)
    second = add_scenario(user=cast.carla, result=result, name="Second", choices=Choices(people=7), now=LATER)
    client = sign_in(alice)
    page = f"{reverse('roadmap', args=[result.assessment_id])}?scenario={second.pk}"
    assert 'name="adopted" value="0"' in client.get(page).content.decode()
    standing = adopt(user=cast.carla, result=result, scenario=first, version=1, now=LATER)
    address, sent = reverse("adopt", args=[result.assessment_id, second.pk]), {"version": "1", "adopted": "0"}
    response = client.post(address, sent)
    assert response.status_code == 409
    assert "Carla adopted a plan meanwhile." in response.content.decode()
    assert f'name="adopted" value="{standing.pk}"' in client.get(page).content.decode()
    assert client.post(address, sent | {"adopted": str(standing.pk)}).status_code == 302
    assert AdoptedPlan.objects.of_result(result).scenario == second


@pytest.mark.parametrize("name", ["bob", "erin"])
def test_members_and_viewers_read_scenarios_and_change_none(cast, sign_in, result, scenarios, name):
    scenario = save_scenario(user=cast.alice, result=result, choices=Choices(people=7), now=LATER)
    client = sign_in(getattr(cast, name))
    assert client.get(scenarios).status_code == 200
    assert client.post(scenarios, {"name": "Mine"}).status_code == 403
    for route in ("scenario-rename", "scenario-remove", "adopt"):
        url = reverse(route, args=[result.assessment_id, scenario.pk])
        assert client.post(url, {"name": "Mine", "version": "1"}).status_code == 403


# --- the team's own initiatives in the plan ---------------------------------------------------------------------------


def test_the_teams_own_initiative_is_planned_and_linked_to_its_page(sign_in, alice, address, atlas):
    TeamInitiative.objects.create(
        team=atlas, number=1, name="<b>Owner</b> per table", done_when="Each shows one name", effort=1,
        lifts={"P15.1": "4"}, cap=5, updated_at=LATER,
    )  # fmt: skip
    response = sign_in(alice).get(address)
    assert "T1" in planned(response)
    page = text_of(response)
    assert "&lt;b&gt;Owner&lt;/b&gt; per table" in page and "<b>Owner" not in page
    assert f"{reverse('team-initiatives', args=[atlas.pk])}#T1" in page


def test_the_teams_own_initiative_can_be_the_results_next_step(sign_in, alice, result, atlas):
    TeamInitiative.objects.create(
        team=atlas, number=1, name="Small and good", done_when="Seen", effort="0.25", lifts={"P15.1": "4"}, cap=5,
        updated_at=LATER,
    )  # fmt: skip
    page = text_of(sign_in(alice).get(reverse("results", args=[result.assessment_id])))
    assert "T1 Small and good" in page
