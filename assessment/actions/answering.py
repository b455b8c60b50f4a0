"""Saving one answer, and checking its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assessment.actions.refusals import AnswerConflict, AssessmentClosed, EvidenceNotCheckable, InvalidAnswer
from assessment.actions.sheets import sheet_of
from assessment.asked import questions_of
from assessment.metrics import counted
from assessment.models import CONTENT_FIELDS, Answer, Assessment, Revision
from manifesto import catalog
from organizations.permissions import REASONS, Act, NotAllowed


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


@counted
@transaction.atomic
def save_answer(
    *,
    user,
    assessment_id: int,
    question_key: str,
    entry: Entry,
    version: int,
    now: datetime,
    save_id: str = "",
    revision: int | None = None,
) -> Answer:
    """Save what the person says in place of `version` (0: never saved before).

    `revision` is that of the question which the person read: the organization's sheet can have moved on meanwhile.

    A replay of a save that was already accepted, known by its `save_id`, changes nothing and returns the answer as
    that save left it: who goes on from there can't overwrite what somebody else saved since.
    Raises Assessment.DoesNotExist (not theirs), NotAllowed, AssessmentClosed, InvalidAnswer, AnswerConflict.
    """
    assessment = Assessment.objects.for_saving(user, assessment_id)
    if not assessment.may_answer:
        raise NotAllowed(why_not(assessment))
    if not assessment.is_open:
        raise AssessmentClosed
    question = _question(assessment, question_key)
    if revision not in (None, question.revision):
        raise InvalidAnswer(_("This question has changed meanwhile. Open the page again and read it anew."))
    _check_entry(entry, question, assessment)
    sheet_id = assessment.sheet_id or sheet_of(assessment, user, now).pk
    current = Answer.objects.on_sheet(sheet_id, question_key)
    if current is None:
        current = Answer(respondent_id=sheet_id, question_key=question_key, version=0)
    if current.version != version:
        return _already_saved(current, save_id)
    author = None if assessment.is_anonymous else user
    return _store(current, entry, question.revision, author, now, save_id)


def why_not(assessment: Assessment) -> str:
    """The reason for who may read a sheet but not answer there."""
    return str(REASONS[Act.ANSWER_FOR_ORGANIZATION if assessment.is_of_organization else Act.ANSWER])


def _question(assessment: Assessment, key: str):
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    question = framework.question_by_key.get(key)
    if question is None or question not in questions_of(assessment, framework):
        raise InvalidAnswer(_("This assessment has no question %(key)s.") % {"key": key})
    return question


def _check_entry(entry: Entry, question, assessment: Assessment) -> None:
    if entry.state == "not_applicable" and not question.na_allowed:
        raise InvalidAnswer(_("This question applies to every team."))
    if entry.holders and not question.asks_holders:
        raise InvalidAnswer(_("This question doesn't ask who does the work."))
    if entry.holders and assessment.is_anonymous:
        raise InvalidAnswer(_("Where answers are anonymous, nobody is named."))


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
    """Write the answer and its revision as the person's, or as nobody's (`user` None)."""
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
    append_revision(answer, user, now, save_id)
    return answer


def _name_of(user) -> str:
    """The name that stands beside an answer; nobody's beside an anonymous one."""
    return str(user)[:120] if user else ""


def _write(answer: Answer, replaced: int, user, now: datetime) -> None:
    """Insert, or replace exactly the version `replaced`. Raises AnswerConflict when another save came first."""
    answer.version = replaced + 1
    answer.updated_by, answer.updated_by_name, answer.updated_at = user, _name_of(user), now
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


def content_of(answer: Answer) -> dict:
    """What an answer says, field by field."""
    return {name: getattr(answer, name) for name in CONTENT_FIELDS}


def append_revision(answer: Answer, user, now: datetime, save_id: str = "") -> None:
    """Keep what the answer says from now on, and who said it."""
    Revision.objects.create(
        answer=answer,
        version=answer.version,
        save_id=save_id,
        saved_by=user,
        saved_by_name=_name_of(user),
        saved_at=now,
        **content_of(answer),
    )


@transaction.atomic
def check_evidence(*, user, assessment_id: int, question_key: str, version: int, now: datetime) -> Answer:
    """Record that a second person looked at the evidence that `version` of the team's shared answer has (strength 2).

    Raises like `save_answer`, and EvidenceNotCheckable.
    """
    assessment = Assessment.objects.for_saving(user, assessment_id)
    if not assessment.may_answer:
        raise NotAllowed(why_not(assessment))
    if not assessment.is_open:
        raise AssessmentClosed
    if assessment.is_anonymous:
        raise EvidenceNotCheckable(_("Nobody sees the answers of others."))
    if assessment.has_own_sheets:
        raise EvidenceNotCheckable(_("Nobody sees the answers of others before closing."))
    answer = Answer.objects.on_sheet(assessment.sheet_id, question_key)
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
    append_revision(answer, user, now)
    return answer


def _giver_of_evidence(answer: Answer) -> int | None:
    """Who first made the claim that stands: a note that a colleague adds later doesn't make it the colleague's."""
    giver = None
    for revision in answer.revisions.newest_first():
        if (revision.level, revision.evidence_url) != (answer.level, answer.evidence_url):
            break
        giver = revision.saved_by_id
    return giver
