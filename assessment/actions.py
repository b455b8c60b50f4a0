"""Every write of assessments and answers: keyword-only, atomic, and safe under two writers.

Closing and saving take the same row lock (SQLite: the one write lock), so a save is either in the result or refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from assessment.answers import ORGANIZATION
from assessment.asked import answered_for_teams, questions_of
from assessment.models import (
    CONTENT_FIELDS,
    PROJECT_FIELDS,
    Answer,
    Assessment,
    Project,
    ProjectRevision,
    Respondent,
    Result,
    Revision,
)
from assessment.periods import period_of
from assessment.scoring import Answer as SpokenAnswer
from assessment.scoring import Project as SpokenProject
from assessment.scoring import Respondent as Speaker
from assessment.scoring import score
from manifesto import catalog
from manifesto.definitions import Framework
from organizations.actions import TeamArchived
from organizations.audit import record
from organizations.models import Organization, Team
from organizations.permissions import REASONS, Act, NotAllowed

MOST_PROJECTS = 50
TIME_TO_UNDO = timedelta(hours=1)
Sheet = tuple[Respondent, Sequence[Answer]]
"""One respondent and all their answers."""


class AssessmentClosed(Exception):
    """The assessment was closed in the meantime: its answers are frozen."""


class AssessmentOpen(Exception):
    """The team already has an open assessment; it comes with the exception."""

    def __init__(self, assessment: Assessment):
        self.assessment = assessment
        super().__init__(str(assessment))


class InvalidAnswer(Exception):
    """The answer doesn't fit the question; the message is for the person."""


class AnswerConflict(Exception):
    """Somebody saved this answer first; `current` is what stands, None when it was never saved."""

    def __init__(self, current: Answer | None):
        self.current = current
        super().__init__("answer changed meanwhile")


class NothingAnswered(Exception):
    """There is nothing to score."""


class TooLateToUndo(Exception):
    """A closing can be undone within an hour, as long as no newer assessment is open."""


class ProjectConflict(Exception):
    """Somebody saved or removed this project first; `current` is what stands."""

    def __init__(self, current: Project):
        self.current = current
        super().__init__("project changed meanwhile")


class ProjectRefused(Exception):
    """The project can't be kept like this; the message is for the person."""


class EvidenceNotCheckable(Exception):
    """Evidence is checked by a second person, and only where there is some; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one save says; the fields are those of `AnswerContent` that a respondent may set."""

    state: str = "open"
    level: int | None = None
    partly: bool = False
    reason: str = ""
    note: str = ""
    holders: str = ""
    evidence_url: str = ""
    confidence: str = ""
    flagged: bool = False
    confirmed: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Entry()

    def says_same_as(self, answer: Answer) -> bool:
        """Whether saving it would change nothing that a person typed; a tick of confirmation is a change."""
        return all(getattr(self, name) == getattr(answer, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class ProjectEntry:
    """What one save says about a candidate project; the fields are those of `ProjectContent`."""

    name: str
    ratings: Mapping[str, int]
    complexity: int | None = None
    note: str = ""

    @property
    def name_key(self) -> str:
        """The name without case and spacing."""
        return " ".join(self.name.split()).casefold()

    def says_same_as(self, project: Project) -> bool:
        return all(getattr(self, name) == getattr(project, name) for name in PROJECT_FIELDS)


# Opening and changing


@transaction.atomic
def open_assessment(
    *,
    user,
    team: Team,
    framework: Framework,
    framework_hash: str,
    period: str,
    mode: str,
    form: str,
    scope: str,
    now: datetime,
    modules: Sequence[str] = (),
    closes_on=None,
    carry_from: Assessment | None = None,
) -> Assessment:
    """Open an assessment, with the last closed one as the source of hints.

    `carry_from` copies that assessment's answers as real answers: a short form carried into the full one.
    Raises AssessmentOpen when the team has an open one, TeamArchived.
    """
    team = _lock(team.pk)
    if team.archived_at:
        raise TeamArchived
    if already := Assessment.objects.open().filter(team=team).first():
        raise AssessmentOpen(already)
    assessment = Assessment.objects.create(
        organization=team.organization,
        team=team,
        framework_key=framework.key,
        framework_version=framework.version,
        framework_hash=framework_hash,
        period=period,
        mode=mode,
        form=form,
        modules=list(modules),
        scope=scope,
        previous=carry_from.previous if carry_from else Assessment.objects.last_closed_before(team, period),
        opened_by=user,
        opened_at=now,
        closes_on=closes_on,
    )
    if mode != Assessment.Mode.NAMED:
        Respondent.objects.create(assessment=assessment, shared=True, name=team.name, created_at=now)
    if carry_from:
        _copy_answers(source=carry_from, target=assessment, framework=framework, user=user, now=now)
    _copy_projects(source=carry_from or assessment.previous, target=assessment, user=user, now=now)
    record(
        organization=team.organization,
        actor=user,
        action="assessment opened",
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
        mode=mode,
        form=form,
        modules=list(modules),
        framework=framework.identifier,
    )
    return assessment


def _lock(team_id: int) -> Team:
    """Whatever decides which assessment of a team is the open one takes this lock first."""
    return Team.objects.select_related("organization").select_for_update(of=("self",), no_key=True).get(pk=team_id)


def _copy_answers(*, source: Assessment, target: Assessment, framework: Framework, user, now: datetime) -> None:
    shared = target.respondents.filter(shared=True).first()
    sheets: dict[int, Respondent] = {}
    for answer in Answer.objects.of_assessment(source):
        question = framework.question_by_key.get(answer.question_key)
        if question is None or question.revision != answer.question_revision:
            continue
        owner = answer.respondent
        if owner.pk not in sheets:
            sheets[owner.pk] = (owner.shared and shared) or Respondent.objects.create(
                assessment=target, user_id=owner.user_id, name=owner.name, shared=owner.shared, created_at=now
            )
        copy = Answer.objects.create(
            respondent=sheets[owner.pk],
            question_key=answer.question_key,
            question_revision=answer.question_revision,
            version=1,
            checked_by_id=answer.checked_by_id,
            updated_by_id=answer.updated_by_id,
            updated_by_name=answer.updated_by_name,
            updated_at=answer.updated_at,
            **_content(answer),
        )
        _append_revision(copy, user, now)


def _copy_projects(*, source: Assessment | None, target: Assessment, user, now: datetime) -> None:
    """Begin with the candidate projects of `source`, once, when their module is on. Re-anchored ratings stay behind."""
    framework = catalog.get(target.framework_key, target.framework_version)
    if source is None or not rates_projects(target, framework) or target.projects.exists():
        return
    before = catalog.get(source.framework_key, source.framework_version).question_by_key
    alike = {q.key for q in framework.project_questions if q.key in before and before[q.key].revision == q.revision}
    for project in source.projects.standing():
        copy = Project.objects.create(
            assessment=target,
            name=project.name,
            name_key=project.name_key,
            ratings={key: rating for key, rating in project.ratings.items() if key in alike},
            complexity=project.complexity,
            note=project.note,
            version=1,
            carried=True,
            updated_by_id=project.updated_by_id,
            updated_by_name=project.updated_by_name,
            updated_at=project.updated_at,
        )
        _append_project_revision(copy, user, now)


@transaction.atomic
def change_assessment(*, user, assessment_id: int, now: datetime, **changes) -> Assessment:
    """Change period, scope, modules or the date by which answers are wanted. Raises AssessmentClosed.

    What was answered in a module that is switched off stays, and counts again when it is switched on.
    """
    assessment = Assessment.objects.select_for_update(of=("self",), no_key=True).with_team().get(pk=assessment_id)
    if not assessment.is_open:
        raise AssessmentClosed
    before = {name: str(getattr(assessment, name)) for name in changes if name != "scope"}
    for name, value in changes.items():
        setattr(assessment, name, value)
    assessment.save(update_fields=list(changes))
    _copy_projects(source=assessment.previous, target=assessment, user=user, now=now)
    record(
        organization=assessment.organization,
        actor=user,
        action="assessment changed",
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
        changed=sorted(changes),
        before=before,
    )
    return assessment


@transaction.atomic
def begin_answering(*, user, assessment: Assessment, now: datetime) -> Respondent:
    """The sheet on which the person writes, made when there is none yet."""
    return _sheet(assessment, user, now)


def _sheet(assessment: Assessment, user, now: datetime) -> Respondent:
    place = assessment.team or assessment.organization
    if assessment.mode == Assessment.Mode.NAMED:
        sheet, _created = Respondent.objects.get_or_create(
            assessment=assessment, user=user, defaults={"name": str(user)[:120], "created_at": now}
        )
    else:
        sheet, _created = Respondent.objects.get_or_create(
            assessment=assessment, shared=True, defaults={"name": str(place)[:120], "created_at": now}
        )
    return sheet


@transaction.atomic
def prepare_organization_sheet(
    *, user, organization: Organization, framework: Framework, framework_hash: str, now: datetime
) -> Assessment:
    """The organization's own sheet, made when there is none, and moved on to `framework` when that is newer.

    Answers to questions that were not re-anchored go on counting; the others stay on the sheet as hints.
    """
    place = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    sheet = Assessment.objects.of_organization(place).first()
    if sheet is None:
        sheet = Assessment.objects.create(
            organization=place,
            framework_key=framework.key,
            framework_version=framework.version,
            framework_hash=framework_hash,
            period=period_of(now.date()),
            mode=Assessment.Mode.CONSENSUS,
            opened_by=user,
            opened_at=now,
        )
        Respondent.objects.create(assessment=sheet, shared=True, name=place.name, created_at=now)
        _record_sheet(sheet, user, "organization's answers begun", now, framework=framework.identifier)
    elif is_behind(sheet, framework):
        before = sheet.framework_identifier
        sheet.framework_version, sheet.framework_hash = framework.version, framework_hash
        sheet.save(update_fields=["framework_version", "framework_hash"])
        _record_sheet(
            sheet, user, "organization's answers moved on", now, framework=framework.identifier, before=before
        )
    return sheet


def is_behind(sheet: Assessment, framework: Framework) -> bool:
    """Whether `framework` is a later release than that of the sheet."""
    return _ordinal(sheet.framework_version) < _ordinal(framework.version)


def _ordinal(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _record_sheet(sheet: Assessment, user, action: str, now: datetime, **detail) -> None:
    organization = sheet.organization
    record(organization=organization, actor=user, action=action, subject=organization.name, now=now, **detail)


# Answering


@transaction.atomic
def save_answer(
    *, user, assessment_id: int, question_key: str, entry: Entry, version: int, now: datetime, save_id: str = ""
) -> Answer:
    """Save what the person says in place of `version` (0: never saved before).

    A replay of a save that was already accepted, known by its `save_id`, changes nothing and returns the answer as
    that save left it: who goes on from there can't overwrite what somebody else saved since.
    Raises Assessment.DoesNotExist (not theirs), NotAllowed, AssessmentClosed, InvalidAnswer, AnswerConflict.
    """
    assessment = Assessment.objects.for_saving(user).get(pk=assessment_id)
    if not assessment.may_answer:
        raise NotAllowed(_why_not(assessment))
    if not assessment.is_open:
        raise AssessmentClosed
    question = _question(assessment, question_key)
    _check_entry(entry, question)
    sheet_id = assessment.sheet_id or _sheet(assessment, user, now).pk
    current = Answer.objects.filter(respondent=sheet_id, question_key=question_key).first()
    if current is None:
        current = Answer(respondent_id=sheet_id, question_key=question_key, version=0)
    if current.version != version:
        return _already_saved(current, save_id)
    return _store(current, entry, question.revision, user, now, save_id)


def _why_not(assessment: Assessment) -> str:
    return str(REASONS[Act.ANSWER_FOR_ORGANIZATION if assessment.is_of_organization else Act.ANSWER])


def _question(assessment: Assessment, key: str):
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    question = framework.question_by_key.get(key)
    if question is None or question not in questions_of(assessment, framework):
        raise InvalidAnswer(_("This assessment has no question %(key)s.") % {"key": key})
    return question


def _check_entry(entry: Entry, question) -> None:
    if entry.state == "not_applicable" and not question.na_allowed:
        raise InvalidAnswer(_("This question applies to every team."))
    if entry.holders and not question.asks_holders:
        raise InvalidAnswer(_("This question doesn't ask who does the work."))


def _already_saved(current: Answer, save_id: str) -> Answer:
    accepted = current.revisions.filter(save_id=save_id).first() if save_id and current.pk else None
    if accepted is None:
        raise AnswerConflict(current if current.pk else None)
    for name in (*CONTENT_FIELDS, "version"):
        setattr(current, name, getattr(accepted, name))
    current.updated_by_id, current.updated_by_name = accepted.saved_by_id, accepted.saved_by_name
    current.updated_at = accepted.saved_at
    return current


def _store(answer: Answer, entry: Entry, revision: int, user, now: datetime, save_id: str) -> Answer:
    replaced = answer.version
    same_claim = (answer.level, answer.evidence_url, answer.question_revision) == (
        entry.level,
        entry.evidence_url,
        revision,
    )
    if not (same_claim and answer.evidence_strength == 2 and entry.evidence_url):
        answer.evidence_strength = 1 if entry.evidence_url else 0
        answer.checked_by_id = None
    for name in Entry.__slots__:
        setattr(answer, name, getattr(entry, name))
    answer.question_revision = revision
    _write(answer, replaced, user, now)
    _append_revision(answer, user, now, save_id)
    return answer


def _write(answer: Answer, replaced: int, user, now: datetime) -> None:
    """Insert, or replace exactly the version `replaced`. Raises AnswerConflict when another save came first."""
    answer.version = replaced + 1
    answer.updated_by, answer.updated_by_name, answer.updated_at = user, str(user)[:120], now
    if answer.pk is None:
        answer.save(force_insert=True)
        return
    names = (
        *CONTENT_FIELDS,
        "version",
        "question_revision",
        "checked_by",
        "updated_by",
        "updated_by_name",
        "updated_at",
    )
    changed = Answer.objects.filter(pk=answer.pk, version=replaced).update(
        **{name: getattr(answer, name) for name in names}
    )
    if not changed:
        raise AnswerConflict(Answer.objects.get(pk=answer.pk))


def _content(answer: Answer) -> dict:
    return {name: getattr(answer, name) for name in CONTENT_FIELDS}


def _append_revision(answer: Answer, user, now: datetime, save_id: str = "") -> None:
    Revision.objects.create(
        answer=answer,
        version=answer.version,
        save_id=save_id,
        saved_by=user,
        saved_by_name=str(user)[:120],
        saved_at=now,
        **_content(answer),
    )


@transaction.atomic
def check_evidence(*, user, assessment_id: int, question_key: str, version: int, now: datetime) -> Answer:
    """Record that a second person looked at the evidence that `version` of the team's shared answer has (strength 2).

    Raises like `save_answer`, and EvidenceNotCheckable.
    """
    assessment = Assessment.objects.for_saving(user).get(pk=assessment_id)
    if not assessment.may_answer:
        raise NotAllowed(_why_not(assessment))
    if not assessment.is_open:
        raise AssessmentClosed
    if assessment.mode == Assessment.Mode.NAMED:
        raise EvidenceNotCheckable(_("Nobody sees the answers of others before closing."))
    answer = Answer.objects.filter(respondent=assessment.sheet_id, question_key=question_key).first()
    if answer and answer.version != version:
        raise AnswerConflict(answer)
    if answer is None or answer.evidence_strength != 1:
        raise EvidenceNotCheckable(_("There is no unchecked evidence here."))
    if user.pk in (answer.updated_by_id, _giver_of_evidence(answer)):
        raise EvidenceNotCheckable(_("Evidence is checked by somebody else than the person who gave it."))
    replaced = answer.version
    author, author_name = answer.updated_by, answer.updated_by_name
    answer.evidence_strength, answer.checked_by = 2, user
    _write(answer, replaced, user, now)
    Answer.objects.filter(pk=answer.pk).update(updated_by=author, updated_by_name=author_name)
    answer.updated_by, answer.updated_by_name = author, author_name
    _append_revision(answer, user, now)
    return answer


def _giver_of_evidence(answer: Answer) -> int | None:
    """Who first made the claim that stands: a note that a colleague adds later doesn't make it the colleague's."""
    giver = None
    for revision in answer.revisions.newest_first():
        if (revision.level, revision.evidence_url) != (answer.level, answer.evidence_url):
            break
        giver = revision.saved_by_id
    return giver


# Candidate data projects


@transaction.atomic
def save_project(
    *, user, assessment_id: int, entry: ProjectEntry, version: int, now: datetime, project_id: int | None = None
) -> Project:
    """Save a candidate project in place of `version`, or add one (no `project_id`).

    Saving what stands already changes nothing. Raises Assessment.DoesNotExist (not theirs), Project.DoesNotExist,
    NotAllowed, AssessmentClosed, ProjectRefused, ProjectConflict.
    """
    assessment, framework = _locked_for_projects(user, assessment_id)
    _check_project(entry, framework)
    project = assessment.projects.get(pk=project_id) if project_id else None
    if project and project.removed_at:
        raise ProjectConflict(project)
    standing = list(assessment.projects.standing())
    namesake = next((other for other in standing if other.name_key == entry.name_key and other != project), None)
    if namesake and not project and entry.says_same_as(namesake):
        return namesake
    if project and project.version != version:
        if entry.says_same_as(project):
            return project
        raise ProjectConflict(project)
    if namesake:
        raise ProjectRefused(_("There is another project of this name."))
    if not project and len(standing) >= MOST_PROJECTS:
        raise ProjectRefused(_("An assessment holds at most %(number)d projects.") % {"number": MOST_PROJECTS})
    project = project or Project(assessment=assessment, version=0)
    for name in PROJECT_FIELDS:
        setattr(project, name, getattr(entry, name))
    project.name_key, project.carried, project.version = entry.name_key, False, project.version + 1
    project.updated_by, project.updated_by_name, project.updated_at = user, str(user)[:120], now
    project.save()
    _append_project_revision(project, user, now)
    return project


@transaction.atomic
def remove_project(*, user, assessment_id: int, project_id: int, version: int, now: datetime) -> Project:
    """Take a project off the list; its row is kept. Raises like `save_project`."""
    assessment, _framework = _locked_for_projects(user, assessment_id)
    project = assessment.projects.get(pk=project_id)
    if project.removed_at:
        return project
    if project.version != version:
        raise ProjectConflict(project)
    project.removed_at = now
    project.save(update_fields=["removed_at"])
    record(
        organization=assessment.organization,
        actor=user,
        action="project removed",
        subject=f"{project.name}, {assessment}",
        now=now,
        assessment=assessment.pk,
        project=project.pk,
    )
    return project


def _locked_for_projects(user, assessment_id: int) -> tuple[Assessment, Framework]:
    assessment = Assessment.objects.for_saving(user).get(pk=assessment_id)
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    if not assessment.may_answer:
        raise NotAllowed(_why_not(assessment))
    if not assessment.is_open:
        raise AssessmentClosed
    if not rates_projects(assessment, framework):
        raise ProjectRefused(_("The module that rates projects is switched off in this assessment."))
    return assessment, framework


def _check_project(entry: ProjectEntry, framework: Framework) -> None:
    known = {question.key for question in framework.project_questions}
    if not entry.name_key or not known.issuperset(entry.ratings):
        raise ProjectRefused(_("A project needs a name, and ratings of this framework's criteria only."))


def _append_project_revision(project: Project, user, now: datetime) -> None:
    ProjectRevision.objects.create(
        project=project,
        version=project.version,
        saved_by=user,
        saved_by_name=str(user)[:120],
        saved_at=now,
        **{name: getattr(project, name) for name in PROJECT_FIELDS},
    )


# Closing


@transaction.atomic
def close_assessment(*, user, assessment_id: int, now: datetime) -> Result:
    """Freeze the answers and score them, the organization's in the place of the team's own.

    Raises AssessmentClosed, NothingAnswered.
    """
    teams = Assessment.objects.of_teams().select_for_update(of=("self",), no_key=True).with_team()
    assessment = teams.get(pk=assessment_id)
    if not assessment.is_open:
        raise AssessmentClosed
    return close_with(
        user=user,
        assessment=assessment,
        sheets=_sheets(assessment),
        organization=Answer.objects.of_organization(assessment.organization_id).select_related("checked_by"),
        projects=assessment.projects.standing(),
        now=now,
    )


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

    `organization` are the answers on the organization's own sheet. Raises NothingAnswered.
    """
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    asked = {question.key for question in questions_of(assessment, framework)}
    shared = {key: a for key, a in answered_for_teams(framework, organization).items() if key in asked}
    own = asked - shared.keys()
    spoken = [(respondent, _speaker(respondent, answers, own), answers) for respondent, answers in sheets]
    speakers = [speaker for _respondent, speaker, _answers in spoken if speaker.answers]
    if not speakers:
        raise NothingAnswered
    respondents = len(speakers)
    frozen = [_frozen(*sheet, own) for sheet in spoken]
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
        respondents=respondents,
        framework_key=assessment.framework_key,
        framework_version=assessment.framework_version,
        framework_hash=assessment.framework_hash,
        algorithm=card.algorithm,
        input_hash=input_hash(framework, assessment.form, speakers, rated),
        scores=summary(scorecard),
        scorecard=scorecard,
        answers={"respondents": frozen, **_frozen_projects(candidates, counted=bool(rated))},
        closed_by_name=str(user)[:120],
        closed_at=now,
    )
    assessment.closed_at, assessment.closed_by = now, user
    assessment.save(update_fields=["closed_at", "closed_by"])
    record(
        organization=assessment.organization,
        actor=user,
        action="assessment closed",
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
        result=result.pk,
    )
    return result


def _sheets(assessment: Assessment) -> list[Sheet]:
    respondents = assessment.respondents.order_by("name", "pk").prefetch_related("answers__checked_by")
    return [(respondent, list(respondent.answers.all())) for respondent in respondents]


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
        **_content(answer),
        "version": answer.version,
        "by": answer.updated_by_name,
        "at": answer.updated_at.isoformat(),
        "checked_by": str(answer.checked_by) if answer.checked_by else "",
    }


def rates_projects(assessment: Assessment, framework: Framework) -> bool:
    """Whether the module that rates candidate projects is on."""
    return any(module.rates_projects and module.key in assessment.modules for module in framework.modules)


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
    """Open a mistakenly closed assessment again; its result is withdrawn, not deleted. Raises TooLateToUndo."""
    _lock(Assessment.objects.get(pk=assessment_id).team_id)
    teams = Assessment.objects.of_teams().select_for_update(of=("self",), no_key=True).with_team()
    assessment = teams.get(pk=assessment_id)
    if not can_undo(assessment, now) or Assessment.objects.open().filter(team=assessment.team_id).exists():
        raise TooLateToUndo
    assessment.results.standing().update(withdrawn_at=now)
    assessment.closed_at = assessment.closed_by = None
    assessment.save(update_fields=["closed_at", "closed_by"])
    record(
        organization=assessment.organization,
        actor=user,
        action="closing undone",
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
    )
    return assessment


def can_undo(assessment: Assessment, now: datetime) -> bool:
    """Whether the assessment was closed within the last hour."""
    return assessment.closed_at is not None and now - assessment.closed_at <= TIME_TO_UNDO
