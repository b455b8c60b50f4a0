"""Why a write is refused: facts as exceptions, with what stands where two people met."""

from __future__ import annotations

from assessment.models import Answer, Assessment, Outcome, Project


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


class EvidenceNotCheckable(Exception):
    """Evidence is checked by a second person, and only where there is some; the message is for the person."""


class ProjectConflict(Exception):
    """Somebody saved or removed this project first; `current` is what stands."""

    def __init__(self, current: Project):
        self.current = current
        super().__init__("project changed meanwhile")


class ModuleOff(Exception):
    """The module that rates projects is switched off in this assessment."""


class ProjectRefused(Exception):
    """The project can't be kept like this; the message is for the person."""


class NothingAnswered(Exception):
    """There is nothing to score."""


class NothingToShow(NothingAnswered):
    """No question of the anonymous assessment has enough answers to be shown; so many are needed (`threshold`)."""

    def __init__(self, threshold: int):
        self.threshold = threshold
        super().__init__(f"no question has {threshold} answers")


class SomethingToShow(Exception):
    """Enough people have answered, so that the assessment has a result."""


class TooFewPeople(Exception):
    """The team has fewer `people` than have to stand behind whatever is shown of anonymous answers (`threshold`)."""

    def __init__(self, people: int, threshold: int):
        self.people, self.threshold = people, threshold
        super().__init__(f"{people} people, {threshold} are needed")


class NothingToCarry(Exception):
    """Anonymous sheets were deleted at closing: there is nothing to go on from."""


class TooLateToUndo(Exception):
    """A closing can be undone within an hour, as long as no newer assessment is open; an anonymous one never."""


class OutcomeConflict(Exception):
    """Somebody saved other numbers of this quarter first; `current` is what stands."""

    def __init__(self, current: Outcome | None):
        self.current = current
        super().__init__("outcome numbers changed meanwhile")
