"""Money on the pages of a roadmap, in words; nothing of it while the organization has given no rate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.numbers import get_currency_symbol

from assessment.models import Outcome
from assessment.outcomes import phrases, said
from assessment.periods import period_label
from organizations.models import Organization
from reports.models import PlanItem
from reports.roadmap.money import plan_cost, price_of_hours
from reports.roadmap.plan import RoadmapPlan

COMMON_SYMBOL = re.compile("[A-Z]{0,2}[$€£¥]")


@dataclass(frozen=True, slots=True)
class Price:
    """What goes on being spent in a quarter like the last one that has outcome numbers; `unpriced` has no price."""

    amount: str
    hours: str
    quarter: str
    unpriced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Money:
    """A plan in money. `items` by initiative id, `upkeep` by initiative id where there is any.

    `per_point` is the cost of a point of the score, in full and cautious, empty where the plan doesn't raise it.
    """

    rate: str
    items: Mapping[str, str]
    upkeep: Mapping[str, str]
    total: str
    running: str
    per_quarter: str
    per_point: str
    per_point_cautious: str
    price: Price | None


def rate_of(organization: Organization) -> Fraction | None:
    """What a person-week costs, None while that isn't known."""
    rate = organization.person_week_rate
    return None if rate is None or not organization.currency else Fraction(rate)


def amount(value: Fraction, currency: str, language: str) -> str:
    """ "R$12,600", in Portuguese "R$ 12.600": whole units, halves rounded up, the currency as people there write it.

    Signs that not every font has, of which the document's is one, are left for the code: "INR 12,600".
    """
    whole = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    is_portuguese = language.startswith("pt")
    symbol = get_currency_symbol(currency, "pt_BR" if is_portuguese else "en")
    if not COMMON_SYMBOL.fullmatch(symbol):
        symbol = currency
    text = f"{whole:,}"
    if is_portuguese:
        text = text.replace(",", ".")
    return f"{symbol}\u00a0{text}" if is_portuguese or symbol == currency else f"{symbol}{text}"


def money_of(
    plan: RoadmapPlan, organization: Organization, outcomes: Mapping[str, Outcome], language: str
) -> Money | None:
    """The plan in the organization's money; `outcomes` are the team's by quarter, the last with numbers counts."""
    rate, currency = rate_of(organization), organization.currency
    if rate is None or not plan.items:
        return None
    cost = plan_cost(plan, rate)

    def words(value: Fraction | None) -> str:
        return "" if value is None else amount(value, currency, language)

    return Money(
        rate=words(rate),
        items={key: words(value) for key, value in cost.items.items()},
        upkeep={item.initiative: words(item.run_cost * rate) for item in plan.items if item.run_cost},
        total=words(cost.total),
        running=words(cost.running) if cost.running else "",
        per_quarter=words(cost.per_quarter) if cost.per_quarter else "",
        per_point=words(cost.per_point),
        per_point_cautious=words(cost.per_point_cautious),
        price=_price(outcomes, rate, currency, language),
    )


def costs_of(items: Iterable[PlanItem], organization: Organization, language: str) -> dict[str, str]:
    """What the work on each item of an adopted plan costs, by initiative id; nothing without a rate."""
    rate = rate_of(organization)
    if rate is None:
        return {}
    return {item.initiative: amount(Fraction(item.effort) * rate, organization.currency, language) for item in items}


def _price(outcomes: Mapping[str, Outcome], rate: Fraction, currency: str, language: str) -> Price | None:
    """From the last quarter whose hours are known; without one there is no price."""
    known = [outcomes[quarter] for quarter in sorted(outcomes) if outcomes[quarter].rescue_hours is not None]
    if not known:
        return None
    latest = known[-1]
    return Price(
        amount=amount(price_of_hours(Fraction(latest.rescue_hours or 0), rate), currency, language),
        hours=said(latest.rescue_hours, language),
        quarter=period_label(latest.period, language),
        unpriced=tuple(phrases(latest, language, ("failed_share", "customer_errors"))),
    )
