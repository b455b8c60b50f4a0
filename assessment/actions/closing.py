"""Closing an assessment freezes and scores what was said; within an hour it can be undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from assessment.actions.anonymous import Kept, SpokenSheet, delete_sheets, keep_what_may_be_shown
from assessment.actions.answering import content_of
from assessment.actions.opening import lock_team
from assessment.actions.projects import rates_projects
from assessment.actions.quarters import count_result, discount_result
from assessment.actions.refusals import (
    AssessmentClosed,
    NothingAnswered,
    NothingToShow,
    SomethingToShow,
    TooLateToUndo,
)
from assessment.answers import ORGANIZATION
from assessment.asked import answered_for_teams, questions_of
from assessment.models import PROJECT_FIELDS, Answer, Assessment, Project, Respondent, Result
from assessment.scoring import Answer as SpokenAnswer
from assessment.scoring import Project as SpokenProject
from assessment.scoring import Respondent as Speaker
from assessment.scoring import score
from jobs.actions import enqueue
from manifesto import catalog
from manifesto.definitions import Framework
from organizations.audit import record
from organizations.models import Organization
from organizations.permissions import REASONS, Act, NotAllowed

TIME_TO_UNDO = timedelta(hours=1)
Sheet = tuple[Respondent, Sequence[Answer]]
"""One respondent and all their answers."""


@transaction.atomic
def close_assessment(*, user, assessment_id: int, now: datetime) -> Result:
    """Freeze the answers and score them, the organization's in the place of the team's own; leave a job of Result.KIND.

    Raises Assessment.DoesNotExist (not theirs), NotAllowed, AssessmentClosed, NothingAnswered.
    """
    assessment = _open_one(user, assessment_id)
    sheets, organization = _heard(assessment)
    result = close_with(
        user=user,
        assessment=assessment,
        sheets=sheets,
        organization=organization,
        projects=assessment.projects.standing(),
        now=now,
    )
    # With the moment: where rows were removed, a restored database gives their numbers to others, but keeps the jobs.
    key = f"{Result.KIND}-{result.pk}-{now:%Y%m%dT%H%M%S%f}"
    enqueue(kind=Result.KIND, key=key, payload={"result": result.pk}, now=now, first=True)
    return result


def _open_one(user, assessment_id: int) -> Assessment:
    """The open assessment, locked, for who may close it.

    Raises Assessment.DoesNotExist (not theirs), NotAllowed, AssessmentClosed.
    """
    assessment = Assessment.objects.for_closing(user).get(pk=assessment_id)
    if not assessment.may_run:
        raise NotAllowed(str(REASONS[Act.RUN_ASSESSMENT]))
    if not assessment.is_open:
        raise AssessmentClosed
    return assessment


@transaction.atomic(savepoint=False)
def close_with(
    *,
    user,
    assessment: Assessment,
    sheets: Sequence[Sheet],
    now: datetime,
    organization: Iterable[Answer] = (),
    projects: Iterable[Project] = (),
) -> Result:
    """Close a locked or new assessment with these answers: its rows, or a history that has no rows of its own.

    `organization` are the answers on the organization's own sheet. Anonymous sheets are deleted, and only what enough
    people stand behind is scored and kept. Raises NothingAnswered, of which NothingToShow is one.
    """
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    asked = {question.key for question in questions_of(assessment, framework)}
    shared = {key: a for key, a in answered_for_teams(framework, organization).items() if key in asked}
    own = asked - shared.keys()
    spoken = [(respondent, _speaker(respondent, answers, own), answers) for respondent, answers in sheets]
    if not any(speaker.answers for _respondent, speaker, _answers in spoken):
        raise NothingAnswered
    kept = keep_what_may_be_shown(assessment, spoken) if assessment.is_anonymous else _kept(spoken, own)
    speakers, frozen = kept.speakers, kept.frozen
    if shared:
        speakers.append(Speaker(ORGANIZATION, {key: _spoken(answer) for key, answer in sorted(shared.items())}))
        frozen.append(_frozen_organization(assessment.organization, shared))
    candidates = list(projects)
    rated = [_candidate(project) for project in candidates] if rates_projects(assessment, framework) else []
    card = score(framework, speakers, assessment.form, assessment.framework_hash, rated)
    scorecard = card.as_dict()
    result = Result.objects.create(
        assessment=assessment,
        organization=assessment.organization,
        team=assessment.team,
        team_name=assessment.team.name,
        people=assessment.team.people,
        scope=assessment.scope,
        period=assessment.period,
        mode=assessment.mode,
        form=assessment.form,
        modules=assessment.modules,
        respondents=kept.people,
        framework_key=assessment.framework_key,
        framework_version=assessment.framework_version,
        framework_hash=assessment.framework_hash,
        algorithm=card.algorithm,
        input_hash=input_hash(framework, assessment.form, speakers, rated),
        scores=summary(scorecard),
        scorecard=scorecard,
        answers={"respondents": frozen, **kept.beside, **_frozen_projects(candidates, counted=bool(rated))},
        closed_by_name=str(user)[:120],
        closed_at=now,
    )
    assessment.closed_at, assessment.closed_by = now, user
    assessment.save(update_fields=["closed_at", "closed_by"])
    if assessment.is_anonymous:
        delete_sheets(assessment)
    record(
        organization=assessment.organization,
        actor=user,
        action=gettext_noop("assessment closed"),
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
        result=result.pk,
    )
    count_result(result=result)
    return result


def _heard(assessment: Assessment) -> tuple[list[Sheet], list[Answer]]:
    """The team's sheets, and the answers on the organization's own one."""
    sheets: list[Sheet] = []
    organization: list[Answer] = []
    for respondent in Respondent.objects.heard_by(assessment):
        answers = list(respondent.answers.all())
        if respondent.assessment_id == assessment.pk:
            sheets.append((respondent, answers))
        else:
            organization += answers
    return sheets, organization


def _kept(spoken: Sequence[SpokenSheet], own: Collection[str]) -> Kept:
    """Everything that was typed, with the names under which it was."""
    speakers = [speaker for _respondent, speaker, _answers in spoken if speaker.answers]
    return Kept(len(speakers), speakers, [_frozen(*sheet, own) for sheet in spoken], {})


def _speaker(respondent: Respondent, answers: Sequence[Answer], counted: Collection[str]) -> Speaker:
    spoken = {
        answer.question_key: _spoken(answer)
        for answer in sorted(answers, key=lambda answer: answer.question_key)
        if answer.state != Answer.State.OPEN and answer.question_key in counted
    }
    return Speaker(id=f"r{respondent.pk}", answers=spoken)


def _spoken(answer: Answer) -> SpokenAnswer:
    return SpokenAnswer(
        state=answer.state,
        level=answer.level,
        partly=answer.partly,
        reason=answer.reason if answer.state == "not_applicable" else "",
        evidence_strength=answer.evidence_strength,
        holders=tuple(answer.holders.split(", ")) if answer.holders and answer.level else (),
    )


def _frozen(respondent: Respondent, speaker: Speaker, answers: Sequence[Answer], counted: Collection[str]) -> dict:
    person = {"user": respondent.user_id, "name": respondent.name, "shared": respondent.shared}
    typed = {answer.question_key: _frozen_answer(answer) for answer in answers}
    sheet = {"id": speaker.id, **person, "answers": {key: typed[key] for key in typed if key in counted}}
    aside = {key: said for key, said in typed.items() if key not in counted}
    return sheet | {"set_aside": aside} if aside else sheet


def _frozen_organization(organization: Organization, answers: Mapping[str, Answer]) -> dict:
    typed = {key: _frozen_answer(answer) for key, answer in answers.items()}
    return {"id": ORGANIZATION, "user": None, "name": organization.name, "shared": True, "answers": typed}


def _frozen_answer(answer: Answer) -> dict:
    return {
        **content_of(answer),
        "version": answer.version,
        "by": answer.updated_by_name,
        "at": answer.updated_at.isoformat(),
        "checked_by": str(answer.checked_by) if answer.checked_by else "",
    }


def _candidate(project: Project) -> SpokenProject:
    return SpokenProject(project.name, dict(project.ratings), project.complexity)


def _frozen_projects(projects: Sequence[Project], counted: bool) -> dict:
    typed = [
        {
            **{name: getattr(project, name) for name in PROJECT_FIELDS},
            "carried": project.carried,
            "version": project.version,
            "by": project.updated_by_name,
            "at": project.updated_at.isoformat(),
        }
        for project in projects
    ]
    return {"projects" if counted else "set_aside_projects": typed} if typed else {}


def input_hash(
    framework: Framework, form: str, speakers: Sequence[Speaker], projects: Sequence[SpokenProject] = ()
) -> str:
    """The sha256 of all that scoring reads, so that a stored result can be checked against its answers.

    Holders and projects enter it where there are any: without them it is what it was before there were modules.
    """
    data: dict = {
        "framework": framework.identifier,
        "form": form,
        "respondents": [
            {"id": speaker.id, "answers": {key: _hashed(a) for key, a in sorted(speaker.answers.items())}}
            for speaker in speakers
        ],
    }
    if projects:
        data["projects"] = sorted([project.name, project.ratings, project.complexity] for project in projects)
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _hashed(answer: SpokenAnswer) -> list:
    said = [answer.state, answer.level, answer.partly, answer.reason, answer.evidence_strength]
    return [*said, list(answer.holders)] if answer.holders else said


def summary(data: Mapping) -> dict:
    """The little of a scorecard's data that dashboards read: one small object per result."""
    overall = {name: value for name, value in data["overall"].items() if name != "blockers"}
    return {
        "overall": overall,
        "pillars": {key: pillar["score"] for key, pillar in data["pillars"].items()},
        "principles": {key: principle["score"] for key, principle in data["principles"].items()},
        "bounds": {key: [principle["low"], principle["high"]] for key, principle in data["principles"].items()},
    }


@transaction.atomic
def undo_closing(*, user, assessment_id: int, now: datetime) -> Assessment:
    """Open a mistakenly closed assessment again; its result is withdrawn, not deleted.

    Raises TooLateToUndo, always where answers were anonymous: their sheets are gone.
    """
    lock_team(Assessment.objects.get(pk=assessment_id).team_id)
    teams = Assessment.objects.of_teams().select_for_update(of=("self",), no_key=True).with_team()
    assessment = teams.get(pk=assessment_id)
    if not can_undo(assessment, now) or Assessment.objects.open().filter(team=assessment.team_id).exists():
        raise TooLateToUndo
    result = assessment.results.standing().for_dashboard().get()
    Result.objects.filter(pk=result.pk).update(withdrawn_at=now)
    assessment.closed_at = assessment.closed_by = None
    assessment.save(update_fields=["closed_at", "closed_by"])
    record(
        organization=assessment.organization,
        actor=user,
        action=gettext_noop("closing undone"),
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
    )
    discount_result(result=result)
    return assessment


def can_undo(assessment: Assessment, now: datetime) -> bool:
    """Whether the assessment was closed within the last hour, and its sheets are still there."""
    if assessment.closed_at is None or assessment.is_anonymous:
        return False
    return now - assessment.closed_at <= TIME_TO_UNDO


@transaction.atomic
def end_without_result(*, user, assessment_id: int, now: datetime) -> Assessment:
    """Close an anonymous assessment that too few people answered: its sheets are deleted, nothing is scored.

    Candidate projects stay, as the start of the next list. Raises Assessment.DoesNotExist (not theirs), NotAllowed,
    AssessmentClosed, SomethingToShow (also for other modes, which have a result as soon as anything is answered).
    """
    assessment = _open_one(user, assessment_id)
    if not assessment.is_anonymous or _has_something_to_show(assessment):
        raise SomethingToShow
    delete_sheets(assessment)
    assessment.closed_at, assessment.closed_by = now, user
    assessment.save(update_fields=["closed_at", "closed_by"])
    record(
        organization=assessment.organization,
        actor=user,
        action=gettext_noop("assessment ended without a result"),
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
    )
    return assessment


def _has_something_to_show(assessment: Assessment) -> bool:
    """Whether closing would give a result: some question that the team itself answers has enough answers."""
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    sheets, organization = _heard(assessment)
    own = {question.key for question in questions_of(assessment, framework)}
    own -= answered_for_teams(framework, organization).keys()
    spoken = [(respondent, _speaker(respondent, answers, own), answers) for respondent, answers in sheets]
    try:
        keep_what_may_be_shown(assessment, spoken)
    except NothingToShow:
        return False
    return True
