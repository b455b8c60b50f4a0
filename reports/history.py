"""What became of the plans that a team adopted: forecast against measured, and what the next plan learns from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from assessment.models import Result
from assessment.periods import periods_between, shifted
from assessment.scorecard import Scorecard
from assessment.scoring import question_values
from manifesto import catalog
from manifesto.definitions import Framework
from reports.models import AdoptedPlan, PlanItem
from reports.roadmap.hindsight import Forecast, Hindsight, forecasts_of, look_back, realisation_of
from reports.roadmap.own import OwnInitiative, with_own
from reports.roadmap.plan import RoadmapPlan
from reports.roadmap.projection import Values


@dataclass(frozen=True, slots=True)
class Look:
    """An adopted plan as the closing `result` found it, `quarters` quarters after it was planned.

    `done` are the items marked done by then, `items` all of them.
    """

    plan: AdoptedPlan
    result: Result
    framework: Framework
    quarters: int
    items: tuple[PlanItem, ...]
    done: tuple[PlanItem, ...]
    hindsight: Hindsight


def forecast_data(plan: RoadmapPlan, result: Result) -> dict[str, Any]:
    """What a plan expects, as JSON-ready data: the level and each lifted question per quarter, on both curves.

    Values are fractions ("5/2"), quarters as in "2026-Q4"; of levels the first is the one at planning.
    """
    projection = plan.projection
    return {
        "quarters": [shifted(result.period, load.quarter) for load in plan.loads],
        "realisation": str(projection.realisation),
        "levels": {
            "full": [point.level for point in projection.full],
            "cautious": [point.level for point in projection.cautious],
        },
        "questions": {
            key: {
                "before": str(forecast.before),
                "full": [str(value) for value in forecast.full],
                "cautious": [str(value) for value in forecast.cautious],
            }
            for key, forecast in forecasts_of(projection).items()
        },
    }


def forecasts_from(data: Mapping[str, Any]) -> dict[str, Forecast]:
    """The forecast of each question, read back from `forecast_data`."""
    return {
        key: Forecast(
            Fraction(said["before"]),
            tuple(Fraction(value) for value in said["full"]),
            tuple(Fraction(value) for value in said["cautious"]),
        )
        for key, said in data["questions"].items()
    }


def framework_of_plan(plan: AdoptedPlan) -> Framework:
    """The release of a plan with the own initiatives that the team had then. Raises catalog.UnknownFramework."""
    release = catalog.get(plan.result.framework_key, plan.result.framework_version)
    return with_own(release, [OwnInitiative.from_dict(item) for item in plan.choices.get("own", ())])


def look_at_last_plan(result: Result) -> Look | None:
    """What this closing found of the team's plan before it; None where there is no such plan."""
    plans = list(AdoptedPlan.objects.before(result))
    return _look(plans[-1], result) if plans else None


def observed_realisation(result: Result) -> Fraction | None:
    """The share of promised lifts that came true in the team's plans up to this closing; None without any.

    Each plan is measured once, by the last closing before the team adopted the next one.
    """
    plans = list(AdoptedPlan.objects.before(result))
    if not plans:
        return None
    looks = [_look(plan, measured).hindsight for plan, measured in _measured(plans, result)]
    return realisation_of(looks) if any(look.promised for look in looks) else None


def _measured(plans: Sequence[AdoptedPlan], result: Result) -> list[tuple[AdoptedPlan, Result]]:
    """Each plan with the closing that measures it: the one for which the next plan was adopted, or this one."""
    return [(plan, following.result) for plan, following in pairwise(plans)] + [(plans[-1], result)]


def _look(plan: AdoptedPlan, result: Result) -> Look:
    framework = framework_of_plan(plan)
    items = tuple(plan.items.in_order())
    done = tuple(item for item in items if item.done_at and item.done_at <= result.closed_at)
    quarters = len(periods_between(plan.result.period, result.period)) - 1
    known = [item.initiative for item in done if item.initiative in framework.initiative_by_id]
    hindsight = look_back(
        framework,
        forecasts_from(plan.forecast),
        question_values(Scorecard.from_dict(plan.result.scorecard)),
        known,
        quarters,
        _comparable(framework, result),
    )
    return Look(plan, result, framework, quarters, items, done, hindsight)


def _comparable(then: Framework, result: Result) -> Values:
    """Today's values of the questions that still ask what they asked then."""
    now = catalog.get(result.framework_key, result.framework_version)
    values = question_values(Scorecard.from_dict(result.scorecard))
    return {
        key: value
        for key, value in values.items()
        if (before := then.question_by_key.get(key)) and before.revision == now.question_by_key[key].revision
    }
