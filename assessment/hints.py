"""Last time's answers as hints: those to an earlier revision of a question are read by today's anchors."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from assessment.models import Answer
from manifesto import catalog
from manifesto.crosswalks import conversion, read_level
from manifesto.definitions import Framework, Question


def read_by_today(framework: Framework, last: Mapping[str, Answer]) -> dict[str, Answer]:
    """`last` by question key, with levels of re-anchored questions converted by the crosswalks up to `framework`.

    A converted hint is an unsaved answer with the level of today, marked `converted`; nothing else of the old answer
    goes with it. What the crosswalk doesn't tell is left out, and so is what had no level.
    """
    read = {key: answer for key, answer in last.items() if not _re_anchored(framework, answer)}
    outdated = [answer for key, answer in last.items() if key not in read]
    if not outdated:
        return read
    releases = [*catalog.between(framework.key, "0.0.0", framework.version), framework]
    for answer in outdated:
        question = framework.question_by_key[answer.question_key]
        levels = conversion(releases, question.key, answer.question_revision, question.revision)
        value = read_level(levels, Fraction(2 * answer.level + answer.partly, 2)) if levels and answer.level else None
        if value is not None:
            read[question.key] = _converted(question, value)
    return read


def _re_anchored(framework: Framework, answer: Answer) -> bool:
    question = framework.question_by_key.get(answer.question_key)
    return question is not None and question.revision != answer.question_revision


def _converted(question: Question, value: Fraction) -> Answer:
    hint = Answer(
        question_key=question.key,
        question_revision=question.revision,
        state=Answer.State.ANSWERED,
        level=int(value),
        partly=value.denominator == 2,
    )
    hint.converted = True
    return hint
