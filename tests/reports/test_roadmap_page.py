"""The roadmap page: what it says, who may change it, and what happens when two people change it at once."""

from __future__ import annotations

import pytest
from django.urls import reverse

from organizations.models import AuditEvent
from reports import plans
from reports.models import Scenario
from tests.assessment.rooms import LATER
from tests.reports.rooms import planned_result

pytestmark = pytest.mark.one_database("what the page says of a plan, which is computed")

CHOICES = {"preset": "balanced", "people": "7", "version": "0", "capacity_1": "12,5", "capacity_2": "8.25",
           "capacity_3": "", "capacity_4": "0", "target_P15": "3.5", "target_ORG": "hold"}  # fmt: skip


@pytest.fixture
def result(cast):
    return planned_result(cast)


@pytest.fixture
def address(result):
    return reverse("roadmap", args=[result.assessment_id])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


# --- what it says -----------------------------------------------------------------------------------------------------


def test_the_page_says_where_the_team_stands_what_comes_first_and_why(sign_in, alice, address):
    page = text_of(sign_in(alice).get(address))
    assert "quality checks (P15 = 1.0)" in page
    assert "Q4 2026" in page and "of 12.6 person-weeks" in page
    for words in ("First step", "Done when", "Why: the answers that it lifts", "why this order", "Not saved yet"):
        assert words in page


def test_every_planned_initiative_names_anchor_of_today_and_anchor_to_come(sign_in, alice, address):
    page = sign_in(alice).get(address).context["page"]
    steps = [step for quarter in page.quarters for step in quarter.steps]
    assert steps
    assert all(why.today and why.then and why.before != why.after for step in steps for why in step.whys)
    assert any(why.question.startswith("P15.") and why.before == "1" for step in steps for why in step.whys)


def test_no_quarter_begins_more_than_four_initiatives(sign_in, alice, address):
    page = sign_in(alice).get(address, {"preset": "ambitious", "capacity_1": "500"}).context["page"]
    assert max(len(quarter.steps) for quarter in page.quarters) == 4


def test_the_priority_is_explained_with_its_numbers(sign_in, alice, address):
    page = sign_in(alice).get(address).context["page"]
    step = next(step for quarter in page.quarters for step in quarter.steps if step.terms)
    confidence, rest = step.formula.split(" × (")
    value, rest = rest.split(" + ")
    enabling, rest = rest.split(") ÷ ")
    effort, priority = rest.split(" = ")
    numbers = [float(number) for number in (confidence, value, enabling, effort, priority)]
    assert numbers[4] == pytest.approx(numbers[0] * (numbers[1] + numbers[2]) / numbers[3], abs=0.02)


def test_unanswered_questions_are_listed_first_to_answer(sign_in, alice, address):
    page = sign_in(alice).get(address).context["page"]
    assert [line.id for line in page.answer_first] == ["P08.1"]


def test_initiatives_outside_the_plan_are_listed_with_their_priority(sign_in, alice, address):
    page = sign_in(alice).get(address).context["page"]
    planned = {step.id for quarter in page.quarters for step in quarter.steps}
    others = [other.id for other in page.others]
    assert planned and not planned & set(others)
    assert text_of(sign_in(alice).get(address)).count("initiatives that aren't in the plan") == 1


def test_gantt_and_projection_come_with_finding_figure_and_table(sign_in, alice, address):
    page = sign_in(alice).get(address).context["page"]
    gantt, projection = page.drawings
    assert (gantt.chart.name, projection.chart.name) == ("gantt", "projection")
    assert "width" not in gantt.chart.figure["layout"]
    assert len(gantt.table.rows) == sum(len(quarter.steps) for quarter in page.quarters)
    assert [row[0] for row in projection.table.rows] == ["now", "Q4 2026", "Q1 2027", "Q2 2027", "Q3 2027"]


def test_without_capacity_nothing_is_planned_and_the_page_says_what_the_way_up_costs(sign_in, alice, address):
    nothing = {f"capacity_{number}": "0" for number in range(1, 5)}
    page = text_of(sign_in(alice).get(address, nothing))
    assert "There is nothing to plan" in page
    assert "This plan doesn&#x27;t raise the level: the team stays at level 2." in page
    assert "The cheapest way found to level 3 costs" in page


def test_targets_out_of_reach_come_with_their_reason(sign_in, alice, address):
    little = {"preset": "ambitious"} | {f"capacity_{number}": "1" for number in range(1, 5)}
    response = sign_in(alice).get(address, little)
    reasons = {row.reason for row in response.context["page"].unreached}
    assert "the capacity or the starts of a quarter aren't enough" in reasons
    assert "targets stay out of reach" in text_of(response)


def test_the_page_speaks_the_readers_language(sign_in, alice, address):
    alice.language = "pt-br"
    alice.save()
    page = sign_in(alice).get(address).context["page"]
    assert page.proposal == "12,6"
    assert page.quarters[0].label == "T4 2026"


# --- trying and saving ------------------------------------------------------------------------------------------------


def test_a_preset_in_the_address_is_tried_and_not_stored(sign_in, erin, address):
    response = sign_in(erin).get(address, {"preset": "ambitious"})
    assert "This plan is a trial" in text_of(response)
    assert response.context["page"].targets[0].target == "4.0"
    assert not Scenario.objects.exists()


def test_trying_leads_to_an_address_that_shows_what_was_typed(sign_in, alice, address):
    client = sign_in(alice)
    response = client.post(address, CHOICES | {"go": "try"})
    assert response.status_code == 302 and response.url.startswith(address + "?")
    page = client.get(response.url)
    assert [field.value() for field in page.context["form"].capacity_fields][:2] == ["12.5", "8.25"]
    assert page.context["page"].quarters[0].capacity == "12.5"
    assert not Scenario.objects.exists()


@pytest.mark.database
def test_the_lead_saves_choices_with_decimal_comma_or_point(sign_in, alice, address, result):
    response = sign_in(alice).post(address, CHOICES)
    assert (response.status_code, response.url) == (302, address)
    stored = Scenario.objects.get(result=result)
    assert (stored.preset, stored.people, stored.version, stored.updated_by) == ("balanced", 7, 1, alice)
    assert stored.capacity == [12.5, 8.25, None, 0]
    assert stored.targets == {"ORG": None, "P15": 3.5}


def test_saving_leaves_an_audit_row_with_before_and_after(sign_in, alice, address, house):
    sign_in(alice).post(address, CHOICES)
    event = AuditEvent.objects.get(organization=house, action="roadmap changed")
    assert (event.actor, event.subject) == (alice, "Atlas 2026-Q3")
    assert (event.detail["before"]["preset"], event.detail["after"]["preset"]) == ("next-level", "balanced")


def test_sending_the_same_choices_twice_is_like_sending_them_once(sign_in, alice, address):
    client = sign_in(alice)
    assert [client.post(address, CHOICES).status_code for _ in range(2)] == [302, 302]
    assert Scenario.objects.get().version == 1
    assert AuditEvent.objects.filter(action="roadmap changed").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("capacity_1", "1.234,5"), ("capacity_1", "-1"), ("capacity_1", "NaN"), ("capacity_1", "1.234"),
     ("people", "0"), ("people", "501"), ("preset", "everything"), ("target_P15", "6")],
)  # fmt: skip
def test_a_faulty_choice_is_refused_and_kept_as_typed(sign_in, alice, address, field, value):
    response = sign_in(alice).post(address, CHOICES | {field: value})
    assert response.status_code == 422
    assert response.context["form"][field].value() == value
    assert not Scenario.objects.exists()


def test_a_faulty_address_is_answered_with_the_saved_plan(sign_in, alice, address):
    response = sign_in(alice).get(address, {"people": "many"})
    assert response.status_code == 422
    assert response.context["page"].quarters[0].capacity == "12.6"


def test_a_stale_save_shows_both_choices_and_stores_neither(sign_in, alice, carla, address):
    sign_in(carla).post(address, CHOICES)
    response = sign_in(alice).post(address, CHOICES | {"preset": "protect", "capacity_1": "5"})
    assert response.status_code == 409
    both = [(row.theirs, row.yours) for row in response.context["differences"]]
    assert both == [("Balanced: everything at 3", "Protect: critical principles at 3"), ("12.50", "5.00")]
    assert "Carla saved other choices" in text_of(response)
    assert Scenario.objects.get().preset == "balanced"


def test_after_a_conflict_what_was_typed_can_be_saved_knowingly(sign_in, alice, carla, address):
    sign_in(carla).post(address, CHOICES)
    typed = CHOICES | {"preset": "protect"}
    form = sign_in(alice).post(address, typed).context["form"]
    assert (form["version"].value(), form["preset"].value()) == (1, "protect")
    assert sign_in(alice).post(address, typed | {"version": "1"}).status_code == 302
    assert (Scenario.objects.get().preset, Scenario.objects.get().version) == ("protect", 2)


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bob", "erin"])
def test_members_and_viewers_read_and_try_but_may_not_save(cast, sign_in, address, name):
    client = sign_in(getattr(cast, name))
    page = client.get(address)
    assert page.status_code == 200 and "Save these choices" not in text_of(page)
    assert client.post(address, CHOICES).status_code == 403
    assert not Scenario.objects.exists()


def test_a_stranger_finds_nothing(sign_in, dave, address, atlas):
    client = sign_in(dave)
    assert client.get(address).status_code == client.post(address, CHOICES).status_code == 404
    assert client.get(reverse("team-roadmap", args=[atlas.pk])).status_code == 404


def test_whoever_is_not_signed_in_is_asked_to(client, address):
    assert client.get(address).url.startswith(reverse("account_login"))


# --- the team's entry -------------------------------------------------------------------------------------------------


def test_the_teams_entry_leads_to_the_latest_result(sign_in, alice, address, atlas):
    assert sign_in(alice).get(reverse("team-roadmap", args=[atlas.pk])).url == address


def test_a_team_without_a_result_reads_what_to_do_first(sign_in, alice, atlas):
    page = text_of(sign_in(alice).get(reverse("team-roadmap", args=[atlas.pk])))
    assert "There is no roadmap yet" in page


def test_choices_are_read_with_the_same_number_of_queries_however_many_results_there_are(
    cast, sign_in, address, django_assert_max_num_queries
):
    client = sign_in(cast.alice)
    client.get(address)
    with django_assert_max_num_queries(12):
        client.get(address)


def test_while_the_cache_is_away_the_page_makes_its_plan_once(cast, sign_in, address, settings, monkeypatch):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    made, make = [], plans._make
    monkeypatch.setattr(plans, "_make", lambda *arguments: made.append(arguments) or make(*arguments))
    assert sign_in(cast.alice).get(address).status_code == 200
    assert len(made) == 1


# --- what there isn't -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "words"),
    [({"wish_I999": "must"}, "There is no initiative I999."),
     ({"first_<b>": "2"}, "There is no initiative &lt;b&gt;."),
     ({"target_P99": "3"}, "There is no principle or pillar P99."),
     ({"mandatory_QQ": "on"}, "There is no principle or pillar QQ.")],
)  # fmt: skip
def test_an_address_that_names_what_there_isnt_is_told_so_and_nothing_is_passed_over(
    sign_in, alice, address, sent, words
):
    client = sign_in(alice)
    response = client.get(address, sent)
    assert response.status_code == 422 and words in text_of(response)
    assert client.get(f"{address}file.csv", sent).status_code == 302
    assert client.post(address, CHOICES | sent).status_code == 422
    assert not Scenario.objects.exists()


def test_what_is_empty_or_stands_already_isnt_complained_about(sign_in, alice, address, result):
    """The page of somebody who has it open while an own initiative is removed sends its empty fields."""
    wishes = {"excluded": {"T1": "removed since"}}
    Scenario.objects.create(result=result, capacity=[], wishes=wishes, updated_by=alice, updated_at=LATER)
    page = text_of(sign_in(alice).get(address, {"wish_I999": "", "target_P99": "", "wish_T1": "wont"}))
    assert "no initiative I999" not in page and "pillar P99" not in page


@pytest.mark.parametrize("named", ["999999", "0", "x", "9" * 30])
def test_an_unknown_scenario_is_not_found(sign_in, alice, address, named):
    client = sign_in(alice)
    assert client.get(address, {"scenario": named}).status_code == 404
    assert client.get(f"{address}file.csv", {"scenario": named}).status_code == 404
    if named != "0":  # the proposal
        assert client.get(f"{address}scenarios/", {"compare": ["0", named]}).status_code == 404
