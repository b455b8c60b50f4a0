"""From a frozen result and the roadmap's choices to everything that a document or the roadmap page says."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import override

from assessment.answers import ORGANIZATION
from assessment.change import Comparison, compare, why_not_comparable
from assessment.frozen import speakers_of
from assessment.models import Assessment, Outcome, Result
from assessment.outcomes import MEASURES, is_empty, measure_names, numbers_of
from assessment.periods import period_label, periods_between, shifted
from assessment.querysets import OWN_SHEETS
from assessment.results import link_between
from assessment.scorecard import Scorecard
from assessment.scoring import Respondent, alpha_of, own_scores
from assessment.versions import LikeForLike
from manifesto.definitions import Framework
from organizations.models import Organization
from reports.additions import NO_ADDITIONS, AddedLogo, AddedWords, Additions, rate_from, words_from
from reports.briefing import GivenAnswer, ReportData
from reports.briefing.data import OutcomeTrend, Past, Rate, Spoken
from reports.models import Finding, Logo, PlanItem, Report
from reports.money import rate_of
from reports.plans import Choices, framework_for, plan_for, quarter_labels
from reports.roadmap.plan import RoadmapPlan

LONGEST_HISTORY = 8
"""Quarters that a report looks back on."""


def report_data(
    result: Result,
    choices: Choices,
    language: str,
    additions: Additions = NO_ADDITIONS,
    plan: RoadmapPlan | None = None,
) -> ReportData:
    """What is known at closing, the plan under `choices`, what changed since the result before, and `additions`.

    `plan` is that plan, where the caller has it already.
    """
    framework, plan = framework_for(result, choices), plan or plan_for(result, choices)
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
        history=history_of(result, language),
        spoken=spoken_answers(result),
        comments=result.answers.get("anonymous", {}).get("comments", {}),
        outcome_quarters=tuple(period_label(period, language) for period in additions.outcomes),
        outcomes=outcome_trends(additions, language),
        owners=additions.owners,
        rate=additions.rate,
        refused=choices.excluded,
        own_words=additions.own_words(language),
        logos=additions.pictures(),
        choices=choices.as_dict(),
        inputs_hash=result.input_hash,
        product_version=settings.VERSION,
    )


def additions_for(result: Result) -> Additions:
    """What stands now beside the result."""
    findings = Finding.objects.of_assessment(result.assessment_id).told()
    return Additions(
        words=tuple(AddedWords(finding.subject, finding.texts, finding.author_name) for finding in findings),
        logos=logos_of(result.organization_id).logos,
        owners=PlanItem.objects.owners_of(result),
        outcomes=_outcomes(result),
        rate=rate_in(result.organization),
    )


def rate_in(organization: Organization) -> Rate | None:
    """What a person-week costs there, None while that isn't known."""
    rate = rate_of(organization)
    return None if rate is None else Rate(organization.currency, rate)


def _outcomes(result: Result) -> dict[str, dict[str, float | None]]:
    """The numbers of the quarters up to the assessed one that have any, with empty quarters between them."""
    since = shifted(result.period, 1 - LONGEST_HISTORY)
    known = {
        outcome.period: dict(zip(MEASURES, map(_double, numbers_of(outcome)), strict=True))
        for outcome in Outcome.objects.of_team(result.team_id).filter(period__gte=since, period__lte=result.period)
        if not is_empty(outcome)
    }
    quarters = periods_between(min(known), max(known)) if known else []
    return {quarter: known.get(quarter, dict.fromkeys(MEASURES)) for quarter in quarters}


def _double(value: Decimal | int | None) -> float | None:
    return None if value is None else float(value)


def outcome_trends(additions: Additions, language: str) -> tuple[OutcomeTrend, ...]:
    """Each of the four numbers over the quarters, named in `language`."""
    with override(language):
        names = measure_names()
    quarters = additions.outcomes.values()
    return tuple(OutcomeTrend(names[key], tuple(numbers.get(key) for numbers in quarters)) for key in MEASURES)


def additions_of(report: Report) -> Additions:
    """What stood when the report was asked for."""
    return additions_named(report.result, report.additions)


def additions_named(result: Result, data: Mapping[str, Any]) -> Additions:
    """Read back what `Additions.as_dict` wrote; logos are looked up by their hash."""
    return replace(
        logos_named(result.organization_id, data.get("logos", ())),
        words=words_from(data.get("words", ())),
        owners=data.get("owners", {}),
        outcomes=data.get("outcomes", {}),
        rate=rate_from(data.get("rate")),
    )


def logos_of(organization_id: int) -> Additions:
    """The logos of an organization as they stand now."""
    logos = Logo.objects.of_organization(organization_id).standing()
    return Additions(logos=tuple(_added(logo, logo.alt) for logo in logos))


def logos_named(organization_id: int, named: Sequence[Mapping[str, Any]]) -> Additions:
    """Logos by the hash of their content; what isn't kept any more is left out."""
    hashes = [entry["sha256"] for entry in named]
    kept = Logo.objects.of_organization(organization_id).by_hash(hashes) if hashes else {}
    found = (entry for entry in named if entry["sha256"] in kept)
    return Additions(logos=tuple(_added(kept[entry["sha256"]], entry["alt"]) for entry in found))


def _added(logo: Logo, alt: str) -> AddedLogo:
    return AddedLogo(bytes(logo.content), logo.media_type, alt, logo.width, logo.height)


def closing_date(result: Result) -> datetime.date:
    """The day of closing where the organization is: the document's date."""
    return result.closed_at.astimezone(ZoneInfo(result.organization.time_zone)).date()


def respondents_of(result: Result) -> list[Respondent]:
    """Those who said something, with their frozen answers as scoring reads them."""
    return speakers_of(result.answers)


def history_of(result: Result, language: str) -> tuple[Past, ...]:
    """Where the team stood in the quarters up to this one; quarters that it skipped stand between them."""
    rows = {row[0]: row[1:] for row in Result.objects.history_up_to(result)}
    quarters = [shifted(result.period, -back) for back in reversed(range(LONGEST_HISTORY))]
    first = next((index for index, quarter in enumerate(quarters) if quarter in rows), len(quarters))
    return tuple(_past(quarter, rows.get(quarter), language) for quarter in quarters[first:])


def _past(quarter: str, row: tuple | None, language: str) -> Past:
    if row is None:
        return Past(period_label(quarter, language), None, 0, "")
    key, version, score, level = row
    return Past(period_label(quarter, language), score, level, f"{key}@{version}")


def spoken_answers(result: Result) -> dict[str, tuple[Spoken, ...]]:
    """Everything that was said, by question. Where each person answered alone the order tells nothing, nor do names."""
    alone = result.mode not in (Assessment.Mode.SINGLE, Assessment.Mode.CONSENSUS)
    said: dict[str, list[Spoken]] = {}
    for sheet in result.answers["respondents"]:
        for key, answer in sheet["answers"].items():
            said.setdefault(key, []).append(_as_spoken(sheet, answer, named=not alone))
    return {key: tuple(sorted(items, key=_without_order)) for key, items in said.items()}


def _as_spoken(sheet: Mapping[str, Any], answer: Mapping[str, Any], *, named: bool) -> Spoken:
    level = answer["level"]
    return Spoken(
        state=answer["state"],
        value=None if level is None else Fraction(2 * level + answer["partly"], 2),
        evidence_strength=answer["evidence_strength"],
        evidence_url=answer.get("evidence_url", ""),
        reason="" if sheet.get("anonymous") or answer["state"] != "not_applicable" else answer["reason"],
        note=answer.get("note", ""),
        confidence=answer.get("confidence", ""),
        checked_by=answer.get("checked_by", "") if named else "",
        for_organization=sheet["id"] == ORGANIZATION,
    )


def _without_order(said: Spoken) -> tuple:
    return said.for_organization, said.value or 0, said.state, said.note, said.reason, said.evidence_url


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
