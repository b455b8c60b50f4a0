"""Scenarios of one result side by side: what was chosen differently, and what each plan makes of it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from assessment.models import Result
from assessment.sentences import format_percent, format_score
from manifesto.definitions import Framework
from reports.models import Scenario
from reports.plan_sentences import quality_sentence, refusal_sentence, wish_sentence
from reports.plans import Choices, framework_for, plan_for, quarter_labels
from reports.presenters import choices_in_words
from reports.roadmap.plan import RoadmapPlan
from reports.roadmap.wishes import ImpossibleWishes

MOST_COMPARED = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scenario to compare, 0 being the proposal that nobody saved."""

    id: int
    name: str
    choices: Choices
    is_adopted: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One scenario of a comparison; `error` says why it has no plan.

    `levels` holds full and cautious level at the end of each quarter, `score` both overall scores at the end,
    `closed` the share of the gaps that the plan closes.
    """

    id: int
    name: str
    is_adopted: bool
    error: str
    preset: str
    capacity: tuple[str, ...]
    factor: str = ""
    effort: str = ""
    initiatives: int = 0
    levels: tuple[tuple[int, int], ...] = ()
    score: tuple[str, ...] = ()
    closed: str = ""
    unreached: int = 0
    quality: str = ""


@dataclass(frozen=True, slots=True)
class Differing:
    """One choice, or one initiative, about which the compared scenarios don't agree; a word for each of them."""

    name: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two or three scenarios side by side."""

    columns: tuple[Column, ...]
    quarters: tuple[str, ...]
    choices: tuple[Differing, ...]
    initiatives: tuple[Differing, ...]


def differing_choices(
    framework: Framework, quarters: Sequence[str], choices: Sequence[Choices], language: str
) -> tuple[Differing, ...]:
    """What was chosen differently, in words, in the order of the form."""
    said = [choices_in_words(framework, quarters, one, language) for one in choices]
    return tuple(
        Differing(name, tuple(one[name] for one in said)) for name in said[0] if len({one[name] for one in said}) > 1
    )


def differing_initiatives(
    framework: Framework, quarters: Sequence[str], plans: Sequence[RoadmapPlan | None], language: str
) -> tuple[Differing, ...]:
    """Initiatives that the plans complete in different quarters, or that only some of them have."""
    when = [{} if plan is None else {item.initiative: item.completion for item in plan.items} for plan in plans]
    rows = []
    for key, item in framework.initiative_by_id.items():
        ends = [one.get(key) for one in when]
        if len(set(ends)) > 1:
            words = tuple(quarters[end - 1] if end else _("not planned") for end in ends)
            rows.append(Differing(f"{key} {item.name.in_language(language)}", words))
    return tuple(rows)


def closed_share(plan: RoadmapPlan) -> Fraction:
    """The share of the gaps to the targets that the plan closes, in levels; 1 where there is no gap."""
    gap = sum((gap for gap in plan.gaps.values() if gap > 0), Fraction(0))
    missing = sum((row.missing for row in plan.unreached), Fraction(0))
    return 1 - missing / gap if gap else Fraction(1)


def compare(result: Result, candidates: Sequence[Candidate], language: str) -> Compared:
    """Two or three scenarios side by side, in the active language."""
    labels = quarter_labels(result, language)
    plans = [_plan(result, candidate, language) for candidate in candidates]
    columns = [
        _column(candidate, plan, error, language) for candidate, (plan, error) in zip(candidates, plans, strict=True)
    ]
    framework = framework_for(result, candidates[0].choices)
    return Compared(
        columns=tuple(columns),
        quarters=labels,
        choices=differing_choices(framework, labels, [candidate.choices for candidate in candidates], language),
        initiatives=differing_initiatives(framework, labels, [plan for plan, _error in plans], language),
    )


def _plan(result: Result, candidate: Candidate, language: str) -> tuple[RoadmapPlan | None, str]:
    """The plan, or why there is none."""
    try:
        plan = plan_for(result, candidate.choices)
    except ImpossibleWishes as error:
        framework = framework_for(result, candidate.choices)
        return None, " ".join(wish_sentence(fault, framework, language) for fault in error.faults)
    if plan.solution.plan is None:
        return None, refusal_sentence(plan)
    return plan, ""


def _column(candidate: Candidate, plan: RoadmapPlan | None, error: str, language: str) -> Column:
    amounts = tuple(format_score(amount, 1, language) for amount in candidate.choices.planned_capacity)
    preset = str(Scenario.Preset(candidate.choices.preset).label)
    if plan is None:
        return Column(candidate.id, candidate.name, candidate.is_adopted, error, preset, amounts)
    full, cautious = plan.projection.full, plan.projection.cautious
    return Column(
        id=candidate.id,
        name=candidate.name,
        is_adopted=candidate.is_adopted,
        error="",
        preset=preset,
        capacity=amounts,
        factor=format_score(plan.factor, 2, language),
        effort=format_score(sum((item.effort for item in plan.items), Fraction(0)), 1, language),
        initiatives=len(plan.items),
        levels=tuple((one.level, other.level) for one, other in zip(full[1:], cautious[1:], strict=True)),
        score=tuple(format_score(curve[-1].outcome.score.overall, 2, language) for curve in (full, cautious)),
        closed=format_percent(closed_share(plan), language),
        unreached=len(plan.unreached),
        quality=quality_sentence(plan, language),
    )
