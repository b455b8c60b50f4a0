"""The best plan on the roadmap page: asked for, waited for, shown; and wishes that can't be granted, explained."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from django.core.cache import cache
from django.urls import reverse

from jobs.models import Job
from reports.forms import MUST, WONT
from reports.models import Scenario, SolvedPlan
from reports.plans import Choices, choices_for, plan_for
from reports.presenters import solving_state
from tests.assessment.rooms import LATER
from tests.reports.rooms import do_job, planned_result
from tests.reports.test_roadmap_page import CHOICES, text_of

pytestmark = [
    pytest.mark.one_database("what the page says while a plan is searched; searches are stored in test_solving.py"),
    pytest.mark.usefixtures("patient_solver"),
]


@pytest.fixture
def result(cast):
    return planned_result(cast)


@pytest.fixture
def address(result):
    return reverse("roadmap", args=[result.assessment_id])


@pytest.fixture(autouse=True)
def nothing_is_planned_yet():
    """Plans outlive a test in the cache, the solutions in the database don't."""
    cache.clear()


def plan_jobs():
    return Job.objects.filter(kind=SolvedPlan.KIND)


def solve_all() -> None:
    for job in plan_jobs().filter(state=Job.State.QUEUED):
        do_job(job)


def test_reading_the_page_writes_nothing_and_the_page_asks_by_itself(sign_in, alice, address):
    page = text_of(sign_in(alice).get(address, {"preset": "ambitious"}))
    assert f'hx-post="{address}best-plan/?preset=ambitious"' in page
    assert "The best possible plan is being computed." in page and "Compute the best plan" in page
    assert not plan_jobs().exists()


@pytest.mark.parametrize(("gap", "is_said"), [(Fraction(3, 100), True), (Fraction(13, 100), False)])
def test_a_loose_first_bound_isnt_said_while_the_best_plan_is_coming(result, gap, is_said):
    plan = plan_for(result, choices_for(result))
    loose = replace(plan.solution, status="feasible", bound=plan.solution.plan.objective / (1 - gap))
    assert loose.gap == gap
    said = solving_state(replace(plan, solution=loose), None, "en", "", may_ask=True, is_anybody_alive=True)
    assert said.news == "The best possible plan is being computed."
    assert bool(said.quality) == is_said


def test_the_better_plan_takes_the_place_of_the_first_one(sign_in, alice, address):
    client, choices = sign_in(alice), {"preset": "ambitious"}
    here = f"{address}best-plan/?preset=ambitious"
    first = client.get(address, choices)
    asked = client.post(here, headers={"HX-Request": "true"})
    assert f'hx-get="{here}" hx-trigger="every 2s"' in text_of(asked)
    assert "No worker is running at the moment" in text_of(asked)
    solve_all()
    news = text_of(client.get(here, headers={"HX-Request": "true"}))
    assert 'hx-select="#plan-says" hx-select-oob="#plan-body"' in news and "The best possible plan is there." in news
    best = client.get(address, choices)
    assert "This plan is the best possible for these targets and this capacity." in text_of(best)
    assert "best-plan" in text_of(first) and "hx-post" not in text_of(best)


def test_without_a_script_a_button_asks_and_leads_back_to_the_same_choices(sign_in, alice, address):
    client = sign_in(alice)
    response = client.post(f"{address}best-plan/?preset=ambitious")
    assert (response.status_code, response.url) == (302, f"{address}?preset=ambitious")
    assert "See whether it is there" in text_of(client.get(response.url))
    solve_all()
    assert "This plan is the best possible" in text_of(client.get(response.url))


def test_saving_choices_asks_for_their_best_plan(sign_in, alice, address):
    sign_in(alice).post(address, CHOICES)
    assert plan_jobs().count() == 1


@pytest.mark.database
def test_a_search_that_failed_is_said_and_can_be_repeated(sign_in, alice, address):
    client = sign_in(alice)
    client.post(f"{address}best-plan/?preset=ambitious")
    plan_jobs().update(state=Job.State.FAILED, error="There was not enough memory for the work.")
    page = text_of(client.get(address, {"preset": "ambitious"}))
    assert "could not be computed. There was not enough memory for the work." in page and "Try again" in page
    client.post(f"{address}best-plan/?preset=ambitious")
    assert plan_jobs().get().state == Job.State.QUEUED


@pytest.mark.parametrize("name", ["bob", "erin"])
def test_members_and_viewers_read_the_first_plan_and_ask_for_nothing(cast, sign_in, address, name):
    client = sign_in(getattr(cast, name))
    page = text_of(client.get(address, {"preset": "ambitious"}))
    assert "hx-post" not in page and "of the best possible" in page
    assert client.post(f"{address}best-plan/").status_code == 403
    assert not plan_jobs().exists()


# --- wishes -----------------------------------------------------------------------------------------------------------


def wish(result, **wishes) -> None:
    data = Choices(people=7, **wishes).as_dict()
    Scenario.objects.create(result=result, updated_at=LATER, **(data | {"version": 1}))


def test_a_must_do_that_does_not_fit_is_explained_with_what_it_would_take(sign_in, alice, address, result):
    """I16 takes 8 person-weeks and waits for I01 with 3; one a quarter makes 4, so that 11 quarters are enough."""
    wish(result, must_do=frozenset({"I16"}), capacity=(Fraction(1),) * 4)
    client = sign_in(alice)
    page = text_of(client.get(address))
    assert "No plan is possible with these choices." in page
    assert "What has to be done (I16 Move scheduled jobs to one orchestrator) takes" in page
    assert "person-weeks with all that it needs; the plan has 4.0." in page
    client.post(f"{address}best-plan/")
    solve_all()
    assert "quarters would be enough for it." in text_of(client.get(address))


def test_the_explanation_is_in_the_readers_language(sign_in, alice, address, result):
    wish(result, must_do=frozenset({"I16"}), capacity=(Fraction(1),) * 4)
    alice.language = "pt-br"
    alice.save()
    page = text_of(sign_in(alice).get(address))
    assert "Nenhum plano é possível com estas escolhas." in page
    assert "O que precisa ser feito (I16 " in page


def test_wishes_that_contradict_each_other_are_refused_by_name(sign_in, alice, address):
    said = {"wish_I16": MUST, "wish_I01": WONT, "reason_I01": "no time"}
    response = sign_in(alice).post(address, CHOICES | said)
    assert response.status_code == 422
    assert "I16 Move scheduled jobs to one orchestrator can&#x27;t be “must do”: it needs I01 " in text_of(response)
    assert not Scenario.objects.exists()
