"""What a plan costs, and what goes on being spent without it (docs/decisions.md, Money). Pure.

Everything follows from one rate, what a week of one person costs. Efforts are person-weeks. Only hours can be priced:
failed deliveries and errors that customers find cost money, too, but nobody knows how much, so they get no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from reports.roadmap.plan import RoadmapPlan

HOURS_PER_WEEK = 40
"""Of one person; by it an hour of emergency work gets its price. Overtime costs more: the price is a lower bound."""


@dataclass(frozen=True, slots=True)
class PlanCost:
    """In the currency of the rate. `items` by initiative id; `running` is spent within the plan's quarters.

    `per_quarter` is what keeps everything running once the plan is done. `per_point` is what one point of the overall
    score costs on the full and on the cautious curve; None where that curve doesn't raise it.
    """

    items: Mapping[str, Fraction]
    work: Fraction
    running: Fraction
    per_quarter: Fraction
    per_point: Fraction | None
    per_point_cautious: Fraction | None

    @property
    def total(self) -> Fraction:
        return self.work + self.running


def plan_cost(plan: RoadmapPlan, rate: Fraction) -> PlanCost:
    """Work and running costs of a plan at `rate` for a person-week."""
    items = {item.initiative: item.effort * rate for item in plan.items}
    running = sum((load.running for load in plan.loads), Fraction(0)) * rate
    total = sum(items.values(), Fraction(0)) + running
    return PlanCost(
        items=items,
        work=sum(items.values(), Fraction(0)),
        running=running,
        per_quarter=sum((item.run_cost for item in plan.items), Fraction(0)) * rate,
        per_point=_per_point(total, [point.outcome.score.overall for point in plan.projection.full]),
        per_point_cautious=_per_point(total, [point.outcome.score.overall for point in plan.projection.cautious]),
    )


def _per_point(total: Fraction, scores: list[Fraction | None]) -> Fraction | None:
    first, last = scores[0], scores[-1]
    if first is None or last is None or last <= first:
        return None
    return total / (last - first)


def price_of_hours(hours: Fraction, rate: Fraction) -> Fraction:
    """What so many hours of work cost, at what an hour within the week costs."""
    return hours * rate / HOURS_PER_WEEK
