"""Pages of outcomes: entered each quarter, beside the score, over time, and as files."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment.actions import OutcomeEntry, save_outcome
from assessment.models import Outcome
from assessment.periods import period_of, shifted
from organizations.models import Team
from tests.assessment.rooms import opened
from tests.cast import NOW
from tests.reports.rooms import planned_result
from tests.reports.test_results_page import text_of

NUMBERS = {"lead_time": "4,5", "failed_share": "12", "customer_errors": "3", "rescue_hours": "20.5", "version": "0"}


@pytest.fixture
def address(atlas):
    return reverse("outcome", args=[atlas.pk, "2026-Q3"])


def entered(cast, team=None, period="2026-Q3", **changes) -> Outcome:
    numbers = {"lead_time": Decimal("4.5"), "failed_share": Decimal(12), "customer_errors": 3, "rescue_hours": None}
    entry = OutcomeEntry(**numbers | changes)
    return save_outcome(user=cast.alice, team=team or cast.atlas, period=period, entry=entry, version=0, now=NOW)


def test_a_member_enters_them_with_comma_or_point(sign_in, bob, atlas, address):
    response = sign_in(bob).post(address, NUMBERS)
    assert response.url == reverse("team-outcomes", args=[atlas.pk])
    outcome = Outcome.objects.get()
    assert (outcome.lead_time, outcome.failed_share, outcome.customer_errors, outcome.rescue_hours) == (
        Decimal("4.5"), 12, 3, Decimal("20.5"),
    )  # fmt: skip


def test_the_form_shows_what_stands_in_the_readers_language(cast, sign_in, address):
    entered(cast)
    client = sign_in(cast.bob)
    assert 'value="4.5"' in client.get(address).content.decode()
    client.cookies["django_language"] = "pt-br"
    assert 'value="4,5"' in client.get(address, headers={"accept-language": "pt-br"}).content.decode()


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("lead_time", "soon", "Write a number, such as 4.5."),
        ("lead_time", "-1", "Write a number from 0 to 9999."),
        ("failed_share", "101", "Write a number from 0 to 100."),
        ("failed_share", "NaN", "Write a number, such as 4.5."),
        ("customer_errors", "2.5", "Write a whole number, without decimals."),
        ("customer_errors", "many", "Write a number, such as 4."),
        ("rescue_hours", "1,234", "Write at most 1 decimal, and no mark between thousands."),
    ],
)
def test_a_wrong_number_is_named_and_nothing_is_saved(sign_in, bob, address, field, typed, words):
    response = sign_in(bob).post(address, NUMBERS | {field: typed})
    assert response.status_code == 422
    assert words in text_of(response)
    assert f'value="{typed}"' in response.content.decode(), "what was typed stays"
    assert not Outcome.objects.exists()


def test_nothing_at_all_is_no_entry(sign_in, bob, address):
    response = sign_in(bob).post(address, {"version": "0"})
    assert response.status_code == 422
    assert "Enter at least one of the four numbers." in text_of(response)


def test_numbers_can_be_emptied_again(cast, sign_in, address):
    entered(cast)
    assert sign_in(cast.bob).post(address, {"version": "1"}).status_code == 302
    assert Outcome.objects.get().lead_time is None


def test_where_two_people_meet_both_values_are_shown_and_the_typed_ones_can_be_saved(cast, sign_in, address):
    entered(cast)
    client = sign_in(cast.bob)
    response = client.post(address, NUMBERS | {"customer_errors": "9"})
    assert response.status_code == 409
    text = text_of(response)
    assert "Alice saved other values" in text and "Errors found by customers 3 9" in text
    assert 'name="version" value="1"' in response.content.decode()
    assert client.post(address, NUMBERS | {"customer_errors": "9", "version": "1"}).status_code == 302
    assert Outcome.objects.get().customer_errors == 9


@pytest.mark.parametrize("period", ["2026-Q5", "2026", "1999-Q4", "2099-Q1", "２０２６-Q1"])
def test_what_is_no_quarter_up_to_the_next_one_is_not_found(sign_in, bob, atlas, period):
    assert sign_in(bob).get(reverse("outcome", args=[atlas.pk, period])).status_code == 404


def test_a_viewer_reads_and_enters_nothing(cast, sign_in, address):
    entered(cast)
    client = sign_in(cast.erin)
    response = client.get(reverse("team-outcomes", args=[cast.atlas.pk]))
    assert "4.5" in text_of(response) and address not in response.content.decode()
    assert client.post(address, NUMBERS).status_code == 403


def test_the_page_has_every_quarter_and_a_chart_that_leaves_gaps(cast, sign_in):
    now = period_of(NOW.date())
    entered(cast, period=now)
    entered(cast, period=shifted(now, -2), lead_time=Decimal(8))
    html = sign_in(cast.bob).get(reverse("team-outcomes", args=[cast.atlas.pk])).content.decode()
    assert "Q3 2026: median lead time 4.5 days, 12\u202f% of deliveries failed and 3 errors found by customers." in html
    assert re.search(r"8\.0, null, 4\.5", html), "a quarter without numbers is a gap"


def test_before_the_first_numbers_the_page_says_so(sign_in, bob, atlas):
    assert "No numbers have been entered yet." in text_of(sign_in(bob).get(reverse("team-outcomes", args=[atlas.pk])))


def test_the_file_has_all_quarters_and_no_formula(cast, sign_in):
    cast.alice.name = "=1+1"
    cast.alice.save()
    entered(cast)
    entered(cast, period="2019-Q1", lead_time=None)
    file = sign_in(cast.bob).get(reverse("outcomes.csv", args=[cast.atlas.pk])).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert [row[:6] for row in rows[-2:]] == [
        ["2019-Q1", "", "12.0", "3.0", "", "'=1+1"],
        ["2026-Q3", "4.5", "12.0", "3.0", "", "'=1+1"],
    ]


def test_results_show_them_beside_the_score_with_the_last_ones_before(cast, sign_in):
    result = planned_result(cast)
    entered(cast)
    entered(cast, period="2026-Q2", lead_time=Decimal(6))
    text = text_of(sign_in(cast.bob).get(reverse("results", args=[result.assessment_id])))
    assert "What came of it" in text
    assert "Median lead time, days 4.5 6" in text


def test_results_without_numbers_lead_to_the_form(cast, sign_in, address):
    result = planned_result(cast)
    html = sign_in(cast.bob).get(reverse("results", args=[result.assessment_id])).content.decode()
    assert "are not entered yet" in html and f'href="{address}"' in html


def test_closing_reminds_of_them_until_they_are_entered(cast, sign_in, address):
    open_one = opened(cast)
    client = sign_in(cast.alice)
    check = reverse("check-answers", args=[open_one.pk])
    assert f'href="{address}"' in client.get(check).content.decode()
    entered(cast)
    assert f'href="{address}"' not in client.get(check).content.decode()


def test_the_dashboard_has_each_team_by_name_and_its_file(cast, sign_in):
    planned_result(cast)
    entered(cast)
    client = sign_in(cast.carla)
    text = text_of(client.get(reverse("dashboard", args=[cast.house.pk])))
    assert "Atlas 4.5 12 3 –" in text and "No numbers entered: Boreal" in text
    file = client.get(reverse("dashboard.csv", args=[cast.house.pk]), {"panel": "outcomes"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert [row[:6] for row in rows[-2:]] == [
        ["Atlas", "2026-Q3", "4.5", "12.0", "3.0", ""],
        ["Boreal", "2026-Q3", "", "", "", ""],
    ]


def test_a_member_reads_no_other_teams_numbers_on_the_dashboard(cast, sign_in):
    planned_result(cast)
    entered(cast, team=cast.boreal, customer_errors=77)
    assert "77" not in text_of(sign_in(cast.bob).get(reverse("dashboard", args=[cast.house.pk])))


def test_many_teams_and_quarters_cost_no_more_queries(cast, sign_in):
    planned_result(cast)
    client, page = sign_in(cast.carla), reverse("team-outcomes", args=[cast.atlas.pk])
    board = reverse("dashboard", args=[cast.house.pk])
    entered(cast)
    before = [queries(client, address) for address in (page, board)]
    teams = [Team.objects.create(organization=cast.house, name=f"Team {number}") for number in range(20)]
    Outcome.objects.bulk_create(
        Outcome(team=team, period=f"20{year}-Q2", customer_errors=1, updated_at=NOW)
        for team in [cast.atlas, *teams]
        for year in range(20, 26)
    )
    assert [queries(client, address) for address in (page, board)] == before


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
