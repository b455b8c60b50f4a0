"""One team's report as data: answers of two quarters to the shipped framework, made by a fixed rule."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import cache

from assessment.change import compare
from assessment.scorecard import Scorecard
from assessment.scoring import Answer, Project, Respondent, score
from manifesto import catalog
from manifesto.definitions import Framework
from reports.briefing import Briefing, GivenAnswer, ReportData
from reports.briefing.data import Past, Spoken
from reports.briefing.records import Step
from reports.roadmap.plan import RoadmapPlan, make_plan
from reports.roadmap.targets import target_levels
from reports.roadmap.wishes import Settings

MLOPS = (4, 3, 3, 3, 4, 2, 3, 2, 2, 1)
ROLES = {"citizen": 3, "analyst": 4, "scientist": None, "developer": 2, "engineer": 4, "curator": 2, "steward": 3,
         "source-owner": 1}  # fmt: skip
HANDS = {"engineer": ("AB",), "curator": ("AB",), "steward": ("AB",), "analyst": ("CD", "EF")}
CANDIDATES = {  # ratings of DAV.1-5, of VAL.1-5, complexity
    "Churn alert": ((4, 5, 4, 3, 4), (4, 4, 5, 4, 3), 4),
    "Price model": ((2, 3, 2, 2, 3), (5, 5, 4, 5, 5), 3),
    "Canteen menu report": ((5, 5, 5, 4, 5), (2, 2, 3, 1, 1), 1),
    "Partner scoring": ((4, 1, 4, 4, 3), (5, 4, 5, 4, 4), 3),
}
HOSTILE = '#panic("x") $x$ *b* <script>alert(1)</script> {{ 7*7 }} \\u{41}'


def answers(framework: Framework, shift: int) -> dict[str, Answer]:
    """Levels 1-4 in a fixed pattern, one answer not applicable and one unknown; `shift` lowers some by a level."""
    given: dict[str, Answer] = {}
    for index, question in enumerate(framework.core_questions):
        level = 2 + index * 7 % 3 + (1 if index % 5 == 0 else 0)
        if question.subject == "P15":
            level = 1 + index % 2
        if shift and index % 4 == 0:
            level = max(1, level - 1 - index % 3 // 2)
        strength = 2 if index % 6 == 0 else 1 if index % 3 == 0 else 0
        given[question.key] = Answer(
            level=min(level, 5), partly=level < 4 and index % 7 == 3, evidence_strength=strength
        )
    keys = list(given)
    given[keys[11]] = Answer(state="not_applicable", reason="No personal data in any product")
    given[keys[20]] = Answer(state="dont_know")
    return given


def card(framework: Framework, shift: int = 0, form: str = "full") -> Scorecard:
    return score(framework, [Respondent("ana", answers(framework, shift))], form)


def module_answers(hands: dict[str, tuple[str, ...]] | None = None) -> dict[str, Answer]:
    """The answers to the modules of the domain guide's examples (2.6)."""
    people = HANDS if hands is None else hands
    given = {f"MLO.{number}": Answer(level=level) for number, level in enumerate(MLOPS, 1)}
    for slug, level in ROLES.items():
        answer = Answer(level=level, holders=people.get(slug, ())) if level else None
        given[f"ROL.{slug}"] = answer or Answer("not_applicable", reason="No models in scope")
    return given


def projects(candidates: dict[str, tuple] | None = None) -> list[Project]:
    """The candidate projects of the domain guide's example (2.6), or others like them."""
    return [
        Project(name, {f"{prefix}.{n}": level for prefix, levels in (("DAV", availability), ("VAL", value))
                       for n, level in enumerate(levels, 1)}, complexity)
        for name, (availability, value, complexity) in (candidates or CANDIDATES).items()
    ]  # fmt: skip


def card_with_modules(
    hands: dict[str, tuple[str, ...]] | None = None, candidates: dict[str, tuple] | None = None
) -> Scorecard:
    """The sample's card with all three modules, as it is stored."""
    framework = catalog.current()
    people = [Respondent("ana", answers(framework, 0) | module_answers(hands))]
    return Scorecard.from_dict(score(framework, people, projects=projects(candidates)).as_dict())


@cache
def sample_plan(form: str) -> RoadmapPlan:
    """The way to level 3 everywhere for seven people; made once, for it takes a moment."""
    framework, now = catalog.current(), card(catalog.current(), form=form)
    return make_plan(framework, now, target_levels(framework, now, "balanced"), Settings(people=7))


def report_data(*, first: bool = False, form: str = "full", **changes: object) -> ReportData:
    """A report with or without a last time; fields can be replaced by name."""
    return replace(_report_data(first, form), **changes)


@cache
def _report_data(first: bool, form: str) -> ReportData:
    framework = catalog.current()
    now, before = card(framework, form=form), None if first else card(framework, 1, form)
    plan = sample_plan(form)
    given = {
        key: GivenAnswer(
            level=answer.level,
            state=answer.state,
            reason=answer.reason,
            note="Agreed in the team meeting; the list is in the wiki." if index % 9 == 0 else "",
            evidence_url="https://wiki.example.org/dataops/inventory" if answer.evidence_strength else "",
            evidence_strength=answer.evidence_strength,
        )
        for index, (key, answer) in enumerate(answers(framework, 0).items())
    }
    return ReportData(
        framework=framework,
        scorecard=now,
        plan=plan,
        team="Atlas",
        scope="Sales and stock pipelines of the web shop with their daily reports; critical: stock level, revenue.",
        period="2026 Q3",
        date=datetime.date(2026, 9, 28),
        answers=given,
        quarters=("2026 Q4", "2027 Q1", "2027 Q2", "2027 Q3"),
        previous=before,
        previous_period="2026 Q2",
        comparison=None if before is None else compare(framework, before, now),
        inputs_hash="sha256:" + "0123456789abcdef" * 4,
        product_version="0.1.0",
        spoken={
            key: (
                Spoken(
                    answer.state,
                    answer.value,
                    answer.evidence_strength,
                    given[key].evidence_url,
                    answer.reason,
                    given[key].note,
                ),
            )
            for key, answer in answers(framework, 0).items()
        },
        history=() if before is None else (_past("2026 Q2", before), _past("2026 Q3", now)),
    )


def _past(period: str, card: Scorecard) -> Past:
    return Past(period, card.overall.score, card.overall.level, card.framework)


def steps(briefing: Briefing) -> dict[str, Step]:
    """What is said about each question."""
    return {step.key: step for block in (*briefing.blocks, *briefing.pillar_blocks) for step in block.steps}
