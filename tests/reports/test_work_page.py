"""The work on an adopted plan: what the page says, who may change what, and what happens when two people do."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from django.urls import reverse

from assessment.models import Reconfirmation
from reports.models import PlanItem
from tests.reports.test_adoption import SOON, adopted, done, item_that_lifts, next_result


@pytest.fixture
def plan(cast):
    return adopted(cast)


@pytest.fixture
def item(plan):
    return item_that_lifts(plan)


@pytest.fixture
def address(plan):
    return reverse("adopted-plan", args=[plan.pk])


@pytest.fixture
def here(plan, item):
    return reverse("plan-item", args=[plan.pk, item.pk])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def stored(item) -> PlanItem:
    item.refresh_from_db()
    return item


def test_the_page_lists_items_by_quarter_with_first_step_and_done_when(sign_in, bob, plan, address):
    response = sign_in(bob).get(address)
    page = response.context["page"]
    assert [quarter.label for quarter in page.quarters] == ["Q4 2026", "Q1 2027", "Q2 2027", "Q3 2027"]
    listed = [item.initiative for quarter in page.quarters for item in quarter.items]
    assert sorted(listed) == sorted(plan.items.values_list("initiative", flat=True))
    assert [quarter.full for quarter in page.quarters] == plan.forecast["levels"]["full"][1:]
    assert all(item.done_when for quarter in page.quarters for item in quarter.items)
    assert f"0 of {page.total} done" in text_of(response)


def test_a_member_sets_owner_notes_quarter_and_status(sign_in, bob, item, here):
    sent = {"version": "1", "owner": "Bob", "status": "doing", "quarter": "2027-Q1", "notes": "first half",
            "evidence": "", "reason": ""}  # fmt: skip
    assert sign_in(bob).post(here, sent).status_code == 302
    now = stored(item)
    assert (now.owner, now.status, now.quarter, now.notes) == ("Bob", "doing", "2027-Q1", "first half")
    assert now.planned_quarter == "2026-Q4"


def test_one_press_begins_an_item_and_leaves_the_rest(sign_in, bob, item, here):
    PlanItem.objects.filter(pk=item.pk).update(owner="Carla", notes="with care")
    sign_in(bob).post(here, {"version": "1", "status": "doing"})
    now = stored(item)
    assert (now.status, now.owner, now.notes) == ("doing", "Carla", "with care")


def test_done_asks_for_evidence_on_the_page(sign_in, bob, item, here):
    client = sign_in(bob)
    page = client.get(here, {"status": "done"})
    assert page.context["form"]["status"].value() == "done"
    assert "P15.1" in text_of(page)
    response = client.post(here, {"version": "1", "status": "done"})
    assert response.status_code == 422
    assert "Say what shows that it is done." in text_of(response)
    assert stored(item).status == "planned"
    client.post(here, {"version": "1", "status": "done", "evidence": "run 12"})
    assert stored(item).status == "done"
    assert Reconfirmation.objects.filter(question_key="P15.1").exists()


def test_wont_do_asks_for_a_reason(sign_in, bob, item, here):
    response = sign_in(bob).post(here, {"version": "1", "status": "wont-do"})
    assert response.status_code == 422
    assert "Say why the team won" in text_of(response)


def test_a_stale_change_shows_both_values_and_stores_neither(sign_in, bob, carla, item, here):
    sign_in(carla).post(here, {"version": "1", "owner": "Carla", "notes": "mine"})
    response = sign_in(bob).post(here, {"version": "1", "owner": "Bob", "status": "doing"})
    assert response.status_code == 409
    both = {row.name: (row.theirs, row.yours) for row in response.context["differences"]}
    assert both["Owner"] == ("Carla", "Bob")
    assert both["Status"] == ("Planned", "Doing")
    assert "Carla saved other values" in text_of(response)
    assert stored(item).owner == "Carla"
    form = response.context["form"]
    assert (form["version"].value(), form["owner"].value()) == (2, "Bob")
    sign_in(bob).post(here, {"version": "2", "owner": "Bob", "status": "doing"})
    assert (stored(item).owner, stored(item).notes) == ("Bob", "mine")


@pytest.mark.parametrize(
    "sent", [{"status": "finished"}, {"quarter": "2026-Q9"}, {"quarter": "2030-Q1"}, {"owner": "x" * 121},
             {"version": "many"}]
)  # fmt: skip
def test_a_faulty_change_is_refused_and_kept_as_typed(sign_in, bob, item, here, sent):
    response = sign_in(bob).post(here, {"version": "1"} | sent)
    assert response.status_code == 422
    name, value = next(iter(sent.items()))
    assert response.context["form"][name].value() == value
    assert stored(item).version == 1


def test_viewers_read_and_change_nothing(sign_in, erin, item, address, here):
    client = sign_in(erin)
    assert "Owner, status, notes" not in text_of(client.get(address))
    assert client.get(here).status_code == 200
    assert client.post(here, {"version": "1", "status": "doing"}).status_code == 403


def test_a_stranger_finds_nothing(sign_in, dave, address, here):
    client = sign_in(dave)
    assert {client.get(url).status_code for url in (address, here)} == {404}
    assert client.post(here, {"version": "1", "status": "doing"}).status_code == 404


def test_an_item_is_found_only_under_its_own_plan(sign_in, bob, plan, item):
    assert sign_in(bob).get(reverse("plan-item", args=[plan.pk + 1, item.pk])).status_code == 404


def test_what_people_typed_is_shown_literally_and_only_web_addresses_are_links(sign_in, bob, item, here, address):
    typed = {"version": "1", "owner": "<script>alert(1)</script>", "status": "done", "notes": "{{ 7|add:7 }}",
             "evidence": "javascript:alert(1)"}  # fmt: skip
    client = sign_in(bob)
    client.post(here, typed)
    page = text_of(client.get(address))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "{{ 7|add:7 }}" in page
    assert 'href="javascript:' not in page


def test_an_ended_plan_is_kept_and_says_so(cast, sign_in, plan, item, address, here):
    plan.ended_at = SOON
    plan.save()
    client = sign_in(cast.bob)
    assert "It is kept as it was." in text_of(client.get(address))
    assert client.post(here, {"version": "1", "status": "doing"}).status_code == 409


def test_the_page_takes_few_queries_however_many_items(sign_in, bob, address, django_assert_max_num_queries):
    client = sign_in(bob)
    client.get(address)
    with django_assert_max_num_queries(9):
        client.get(address)


# --- what came of it --------------------------------------------------------------------------------------------------


def test_results_and_roadmap_of_the_next_closing_show_forecast_against_measured(cast, sign_in, plan, item):
    done(cast.bob, item)
    result = next_result(cast, {"P15.1": 2})
    client = sign_in(cast.alice)
    for name in ("results", "roadmap"):
        response = client.get(reverse(name, args=[result.assessment_id]))
        page = text_of(response)
        assert "Forecast against measured" in page and "Hit rate" in page and "Optimism" in page
        assert "The next plan counts on" in page
        rows = {row.key: row for row in response.context["retrospect"].rows}
        assert (rows["P15.1"].before, rows["P15.1"].measured, rows["P15.1"].is_done) == ("1", "2", True)


def test_a_result_without_an_earlier_plan_says_nothing_about_one(cast, sign_in, plan):
    page = text_of(sign_in(cast.alice).get(reverse("results", args=[plan.result.assessment_id])))
    assert "Forecast against measured" not in page


def test_the_sentences_are_in_the_readers_language(cast, sign_in, plan, item):
    done(cast.bob, item)
    result = next_result(cast, {"P15.1": 2}, now=SOON + timedelta(days=95))
    cast.alice.language = "pt-br"
    cast.alice.save()
    page = text_of(sign_in(cast.alice).get(reverse("results", args=[result.assessment_id])))
    assert "Previsto e medido" in page and "Taxa de acerto" in page


def test_the_next_roadmap_counts_on_what_was_observed(cast, sign_in, plan, item):
    done(cast.bob, item)
    result = next_result(cast, {})
    response = sign_in(cast.alice).get(reverse("roadmap", args=[result.assessment_id]))
    share = response.context["retrospect"].realisation
    assert response.context["page"].outlook.share == share != "70\u202f%"
    assert 0 < response.context["choices"].realisation < Fraction("0.7")
