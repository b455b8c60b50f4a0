"""Money on roadmaps: from one rate, honest about what has no price, and absent without a rate."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessment.actions import OutcomeEntry, save_outcome
from organizations.models import AuditEvent, Organization
from reports.money import amount
from reports.plans import choices_for, plan_for
from reports.roadmap.money import plan_cost, price_of_hours
from tests.cast import NOW
from tests.reports.rooms import planned_result
from tests.reports.test_adoption import adopted
from tests.reports.test_results_page import text_of

SETTINGS = {"name": "Data House", "language": "en", "time_zone": "UTC"}


def plan(*items: tuple[str, int, int], running=(0, 0), scores=(2, 2), cautious=(2, 2)) -> SimpleNamespace:
    """A plan of items (id, effort, run cost), with the score now and at the end on both curves."""

    def curve(scores):
        return [SimpleNamespace(outcome=SimpleNamespace(score=SimpleNamespace(overall=score))) for score in scores]

    return SimpleNamespace(
        items=[SimpleNamespace(initiative=i, effort=Fraction(e), run_cost=Fraction(r)) for i, e, r in items],
        loads=[SimpleNamespace(running=Fraction(amount)) for amount in running],
        projection=SimpleNamespace(full=curve(scores), cautious=curve(cautious)),
    )


def rated(house, rate="5000", currency="BRL"):
    Organization.objects.filter(pk=house.pk).update(currency=currency, person_week_rate=rate)
    house.refresh_from_db()


# --- the formulas -----------------------------------------------------------------------------------------------------


def test_a_plan_costs_its_work_and_what_keeps_early_initiatives_running():
    """3 + 5 weeks of work and 1 week of running at 1000: 9000; later half a week a quarter."""
    cost = plan_cost(plan(("A", 3, 0), ("B", 5, Fraction(1, 2)), running=(0, 1)), Fraction(1000))
    assert (cost.items, cost.work, cost.running) == ({"A": 3000, "B": 5000}, 8000, 1000)
    assert (cost.total, cost.per_quarter) == (9000, 500)


def test_a_point_costs_the_plan_divided_by_what_it_raises_the_score():
    """8000 for 0.5 points: 16,000 a point; 32,000 when only 0.25 come true."""
    scores = {"scores": (2, Fraction(5, 2)), "cautious": (2, Fraction(9, 4))}
    cost = plan_cost(plan(("A", 8, 0), **scores), Fraction(1000))
    assert (cost.per_point, cost.per_point_cautious) == (16000, 32000)


@pytest.mark.parametrize("scores", [(2, 2), (None, 2), (2, None), (3, 2)])
def test_where_the_score_doesnt_rise_a_point_has_no_cost(scores):
    assert plan_cost(plan(("A", 8, 0), scores=scores), Fraction(1000)).per_point is None


def test_an_hour_costs_a_fortieth_of_a_week():
    assert price_of_hours(Fraction(20), Fraction(5000)) == 2500


@pytest.mark.parametrize(
    ("value", "english", "portuguese"),
    [
        (12600, "R$12,600", "R$\u00a012.600"),
        (Fraction(5, 2), "R$3", "R$\u00a03"),
        (0, "R$0", "R$\u00a00"),
    ],
)
def test_amounts_are_whole_with_the_readers_mark_between_thousands(value, english, portuguese):
    assert amount(Fraction(value), "BRL", "en") == english
    assert amount(Fraction(value), "BRL", "pt-br") == portuguese


@pytest.mark.parametrize(
    ("currency", "english", "portuguese"),
    [("USD", "$12,600", "US$\u00a012.600"), ("EUR", "€12,600", "€\u00a012.600"), ("JPY", "¥12,600", "JP¥\u00a012.600"),
     ("CHF", "CHF\u00a012,600", "CHF\u00a012.600"), ("INR", "INR\u00a012,600", "INR\u00a012.600")],
)  # fmt: skip
def test_a_currency_has_its_sign_where_the_documents_font_has_it_else_its_code(currency, english, portuguese):
    assert amount(Fraction(12600), currency, "en") == english
    assert amount(Fraction(12600), currency, "pt-br") == portuguese


# --- settings ---------------------------------------------------------------------------------------------------------


def change(client, house, **fields):
    return client.post(reverse("organization-settings", args=[house.pk]), SETTINGS | fields)


def test_an_administrator_says_what_a_week_costs_and_the_audit_trail_knows(cast, sign_in):
    assert change(sign_in(cast.carla), cast.house, currency="BRL", person_week_rate="9000,50").status_code == 302
    cast.house.refresh_from_db()
    assert (cast.house.currency, cast.house.person_week_rate) == ("BRL", Decimal("9000.50"))
    assert AuditEvent.objects.newest_first().first().detail["currency"] == " → BRL"


def test_both_can_be_taken_back(cast, sign_in):
    rated(cast.house)
    assert change(sign_in(cast.carla), cast.house, currency="", person_week_rate="").status_code == 302
    cast.house.refresh_from_db()
    assert (cast.house.currency, cast.house.person_week_rate) == ("", None)


@pytest.mark.parametrize(
    ("currency", "rate", "words"),
    [
        ("BRL", "", "Say what a week costs, or choose no currency."),
        ("", "5000", "Choose the currency of the rate."),
        ("BRL", "0", "A week costs more than 0."),
        ("BRL", "-5", "A week costs more than 0."),
        ("XXX", "5000", "Select a valid choice"),
        ("BRL", "5.000,00", "Enter a number"),
        ("BRL", "5,000", "no more than 2 decimal places"),
    ],
)
def test_a_rate_without_a_currency_or_one_that_is_no_amount_is_named(cast, sign_in, currency, rate, words):
    response = change(sign_in(cast.carla), cast.house, currency=currency, person_week_rate=rate)
    assert words in text_of(response)
    cast.house.refresh_from_db()
    assert cast.house.person_week_rate is None


def test_the_database_takes_no_rate_without_a_currency(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.filter(pk=cast.house.pk).update(person_week_rate=5)


# --- pages ------------------------------------------------------------------------------------------------------------


def page_of(client, result) -> str:
    return text_of(client.get(reverse("roadmap", args=[result.assessment_id]))).replace("\u00a0", " ")


def test_without_a_rate_no_money_is_shown(cast, sign_in):
    assert "In money" not in page_of(sign_in(cast.bob), planned_result(cast))


def test_the_roadmap_shows_each_initiative_and_the_plan_in_money(cast, sign_in):
    rated(cast.house)
    result = planned_result(cast)
    plan = plan_for(result, choices_for(result))
    weeks = sum(item.effort for item in plan.items) + sum(load.running for load in plan.loads)
    text = page_of(sign_in(cast.bob), result)
    assert f"The plan costs R${float(weeks * 5000):,.0f}, at R$5,000 for a person-week." in text
    first = plan.items[0]
    assert f"person-weeks, R${float(first.effort * 5000):,.0f}" in text
    assert "Not doing it" not in text, "nobody has entered hours"


def test_not_doing_it_costs_the_hours_of_the_last_quarter_and_the_rest_has_no_price(cast, sign_in):
    rated(cast.house)
    result = planned_result(cast)
    entry = OutcomeEntry(failed_share=Decimal(12), customer_errors=1, rescue_hours=Decimal(20))
    save_outcome(user=cast.bob, team=cast.atlas, period="2026-Q3", entry=entry, version=0, now=NOW)
    text = page_of(sign_in(cast.bob), result)
    assert "Not doing it has a price: 20 out-of-hours hours as in Q3 2026 cost at least R$2,500 each quarter." in text
    assert "Without a price remain: 12 % of deliveries failed, 1 error found by customers." in text


def test_hours_of_a_later_quarter_dont_enter_an_earlier_roadmap(cast, sign_in):
    rated(cast.house)
    result = planned_result(cast)
    entry = OutcomeEntry(rescue_hours=Decimal(20))
    save_outcome(user=cast.bob, team=cast.atlas, period="2026-Q4", entry=entry, version=0, now=NOW)
    assert "Not doing it" not in page_of(sign_in(cast.bob), result)


def test_the_work_on_a_plan_shows_what_each_item_costs(cast, sign_in):
    rated(cast.house, rate="1000")
    plan = adopted(cast)
    item = plan.items.in_order().first()
    text = text_of(sign_in(cast.bob).get(reverse("adopted-plan", args=[plan.pk]))).replace("\u00a0", " ")
    assert f"person-weeks, R${item.effort * 1000:,.0f}" in text
