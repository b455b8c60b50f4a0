"""Closing anonymous sheets: what may be shown is kept in the result, the sheets themselves are deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assessment.actions.refusals import NothingToShow
from assessment.anonymity import Comment, Published, publish
from assessment.models import CONTENT_FIELDS, Answer, Assessment, Respondent
from assessment.scoring import Answer as SpokenAnswer
from assessment.scoring import Respondent as Speaker

SpokenSheet = tuple[Respondent, Speaker, Sequence[Answer]]
"""A sheet's row, what it says as scoring hears it, and all its answers."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a result keeps of anonymous sheets: `beside` stands in its answers beside the dealt sheets (`frozen`)."""

    people: int
    speakers: list[Speaker]
    frozen: list[dict]
    beside: dict


def keep_what_may_be_shown(assessment: Assessment, spoken: Iterable[SpokenSheet]) -> Kept:
    """The publishable part of the sheets. Raises NothingToShow when no question has enough answers."""
    published = _published(assessment, list(spoken))
    if not published.sheets:
        raise NothingToShow(assessment.threshold)
    beside = {
        "threshold": assessment.threshold,
        "hidden": dict(published.hidden),
        "comments": {key: list(texts) for key, texts in published.comments.items()},
    }
    speakers = list(published.sheets)
    return Kept(published.people, speakers, [_frozen(sheet) for sheet in speakers], {"anonymous": beside})


def _published(assessment: Assessment, spoken: Sequence[SpokenSheet]) -> Published:
    comments = [
        Comment(speaker.id, answer.question_key, text)
        for _respondent, speaker, answers in spoken
        for answer in answers
        for text in (answer.note, answer.reason, answer.evidence_url)
    ]
    return publish([speaker for _row, speaker, _answers in spoken], comments, assessment.threshold)


def _frozen(sheet: Speaker) -> dict:
    answers = {key: _frozen_answer(answer) for key, answer in sheet.answers.items()}
    return {"id": sheet.id, "user": None, "name": "", "shared": False, "anonymous": True, "answers": answers}


def _frozen_answer(answer: SpokenAnswer) -> dict:
    """The same fields as any frozen answer; what could tell something about its person is empty."""
    said = {
        "state": answer.state,
        "level": answer.level,
        "partly": answer.partly,
        "reason": answer.reason,
        "evidence_strength": answer.evidence_strength,
    }
    empty = Answer()
    rest = {name: getattr(empty, name) for name in CONTENT_FIELDS if name not in said}
    return {**said, **rest, "version": 0, "by": "", "at": "", "checked_by": ""}


def delete_sheets(assessment: Assessment) -> None:
    """Cut the link between people and what they said for good: sheets, answers and their revisions."""
    assessment.respondents.all().delete()
