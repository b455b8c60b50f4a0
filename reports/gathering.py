"""From a frozen result and the roadmap's choices to everything that a document or the roadmap page says."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from assessment.answers import ORGANIZATION, Answer
from assessment.change import Comparison, compare, why_not_comparable
from assessment.models import Result
from assessment.periods import period_label
from assessment.querysets import OWN_SHEETS
from assessment.results import link_between
from assessment.scorecard import Scorecard
from assessment.scoring import Respondent, alpha_of, own_scores
from assessment.versions import LikeForLike
from manifesto.definitions import Framework
from reports.briefing import GivenAnswer, ReportData
from reports.plans import Choices, framework_for, plan_for, quarter_labels
from reports.roadmap.plan import RoadmapPlan


def report_data(result: Result, choices: Choices, language: str) -> ReportData:
    """What is known at closing, the plan under `choices`, and what changed since the result before."""
    framework, plan = framework_for(result, choices), plan_for(result, choices)
    card = Scorecard.from_dict(result.scorecard)
    before = Result.objects.last_before(result)
    previous = Scorecard.from_dict(before.scorecard) if before else None
    link = link_between(previous, card) if previous else None
    comparable = previous is not None and (link is not None or not why_not_comparable(previous, card))
    return ReportData(
        framework=framework,
        scorecard=card,
        plan=plan,
        team=result.team_name,
        scope=result.scope,
        period=period_label(result.period, language),
        date=closing_date(result),
        answers=given_answers(result),
        quarters=quarter_labels(result, language),
        respondents=result.respondents,
        mode=result.mode,
        hidden=result.answers.get("anonymous", {}).get("hidden", {}),
        threshold=result.answers.get("anonymous", {}).get("threshold"),
        previous=previous if comparable else None,
        previous_period=period_label(before.period, language) if before and comparable else "",
        comparison=_comparison(framework, before, result, plan, link) if comparable else None,
        alpha=alpha_of(framework, respondents_of(result), result.form),
        inputs_hash=result.input_hash,
        product_version=settings.VERSION,
    )


def closing_date(result: Result) -> datetime.date:
    """The day of closing where the organization is: the document's date."""
    return result.closed_at.astimezone(ZoneInfo(result.organization.time_zone)).date()


def respondents_of(result: Result) -> list[Respondent]:
    """Those who said something, with their frozen answers as scoring reads them."""
    sheets = ((sheet["id"], _spoken(sheet["answers"])) for sheet in result.answers["respondents"])
    return [Respondent(name, answers) for name, answers in sheets if answers]


def _spoken(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Answer]:
    return {
        key: Answer(
            state=said["state"],
            level=said["level"],
            partly=said["partly"],
            reason=said["reason"] if said["state"] == "not_applicable" else "",
            evidence_strength=said["evidence_strength"],
        )
        for key, said in answers.items()
        if said["state"] != "open"
    }


def typed_projects(result: Result) -> dict[str, Mapping[str, Any]]:
    """What was typed about each candidate project that counts, by its name."""
    return {project["name"]: project for project in result.answers.get("projects", ())}


def given_answers(result: Result) -> dict[str, GivenAnswer]:
    """By question: the team's shared answer; where each person answered alone, only evidence and reasons.

    A report is read by people who may not see who answered what, so that personal notes stay out of it.
    """
    frozen = result.answers["respondents"]
    sheets = [sheet["answers"] for sheet in frozen if sheet["id"] != ORGANIZATION]
    if result.mode in OWN_SHEETS:
        keys = dict.fromkeys(key for sheet in sheets for key in sheet)
        own = {key: _together([sheet[key] for sheet in sheets if key in sheet], result) for key in keys}
    else:
        own = {key: _given(said) for sheet in sheets for key, said in sheet.items()}
    shared = next((sheet["answers"] for sheet in frozen if sheet["id"] == ORGANIZATION), {})
    return own | {key: _for_organization(said, result) for key, said in shared.items()}


def _for_organization(said: Mapping[str, Any], result: Result) -> GivenAnswer:
    """What was answered once for all teams, with who did and on which day of the organization."""
    at = datetime.datetime.fromisoformat(said["at"]).astimezone(ZoneInfo(result.organization.time_zone))
    return replace(_given(said), by=said["by"], on=at.date())


def _given(said: Mapping[str, Any]) -> GivenAnswer:
    return GivenAnswer(
        level=said["level"],
        partly=said["partly"],
        state=said["state"],
        note=said["note"],
        reason=said["reason"] if said["state"] == "not_applicable" else "",
        evidence_url=said["evidence_url"],
        evidence_strength=said["evidence_strength"],
    )


def _together(said: list[Mapping[str, Any]], result: Result) -> GivenAnswer:
    """Several persons' answers; reasons that were given anonymously are comments, which no report has."""
    strongest = max(said, key=lambda answer: answer["evidence_strength"])
    told = [] if result.is_anonymous else [answer for answer in said if answer["state"] == "not_applicable"]
    reasons = dict.fromkeys(answer["reason"] for answer in told)
    return GivenAnswer(
        reason="; ".join(reasons),
        evidence_url=strongest["evidence_url"] if strongest["evidence_strength"] else "",
        evidence_strength=strongest["evidence_strength"],
    )


def _comparison(
    framework: Framework, before: Result, after: Result, plan: RoadmapPlan, link: LikeForLike | None
) -> Comparison:
    return compare(
        framework,
        Scorecard.from_dict(before.scorecard),
        Scorecard.from_dict(after.scorecard),
        link=link,
        own_before=_own_scores(framework, before, link),
        own_after=_own_scores(framework, after, link),
        targets={subject: level for subject, level in plan.targets.items() if level is not None},
    )


def _own_scores(framework: Framework, result: Result, link: LikeForLike | None) -> dict:
    """Each person's own scores, where several persons answered alone; empty otherwise."""
    respondents = respondents_of(result)
    if len(respondents) < 2:
        return {}
    if link:
        return link.own_scores(result.framework_identifier, respondents)
    return own_scores(framework, respondents, result.form)
