"""Which questions a sheet asks, and which of the organization's answers stand for its teams. No queries here."""

from __future__ import annotations

from collections.abc import Iterable

from assessment.models import Answer, Assessment
from manifesto.definitions import Framework, Question

STANDING = (Answer.State.ANSWERED, Answer.State.NOT_APPLICABLE)
"""What the organization says for its teams; what it can't tell, each team answers for itself."""


def questions_of(assessment: Assessment, framework: Framework) -> tuple[Question, ...]:
    """The questions of a team's form and modules; on the organization's own sheet those that it answers once."""
    if assessment.is_of_organization:
        return framework.organization_questions
    return framework.sheet_questions(assessment.form, assessment.modules)


def answered_for_teams(framework: Framework, answers: Iterable[Answer]) -> dict[str, Answer]:
    """The organization's answers that take the place of a team's: same question, same revision, by question key."""
    revisions = {question.key: question.revision for question in framework.organization_questions}
    return {
        answer.question_key: answer
        for answer in answers
        if answer.state in STANDING and revisions.get(answer.question_key) == answer.question_revision
    }
