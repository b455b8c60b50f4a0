"""Every write of assessments and answers: keyword-only, atomic, and safe under two writers.

Closing and saving take the same row lock (SQLite: the one write lock), so a save is either in the result or refused.
"""

from assessment.actions.anew import ask_anew, stop_asking
from assessment.actions.answering import Entry, check_evidence, save_answer
from assessment.actions.closing import (
    TIME_TO_UNDO,
    Sheet,
    can_undo,
    close_assessment,
    close_with,
    end_without_result,
    input_hash,
    summary,
    undo_closing,
)
from assessment.actions.opening import change_assessment, open_assessment
from assessment.actions.outcomes import OutcomeEntry, save_outcome
from assessment.actions.projects import MOST_PROJECTS, ProjectEntry, rates_projects, remove_project, save_project
from assessment.actions.refusals import (
    AnswerConflict,
    AssessmentClosed,
    AssessmentOpen,
    EvidenceNotCheckable,
    InvalidAnswer,
    ModuleOff,
    NothingAnswered,
    NothingToCarry,
    NothingToShow,
    OutcomeConflict,
    ProjectConflict,
    ProjectRefused,
    SomethingToShow,
    TooFewPeople,
    TooLateToUndo,
)
from assessment.actions.sheets import begin_answering, is_behind, prepare_organization_sheet

__all__ = [
    "MOST_PROJECTS",
    "TIME_TO_UNDO",
    "AnswerConflict",
    "AssessmentClosed",
    "AssessmentOpen",
    "Entry",
    "EvidenceNotCheckable",
    "InvalidAnswer",
    "ModuleOff",
    "NothingAnswered",
    "NothingToCarry",
    "NothingToShow",
    "OutcomeConflict",
    "OutcomeEntry",
    "ProjectConflict",
    "ProjectEntry",
    "ProjectRefused",
    "Sheet",
    "SomethingToShow",
    "TooFewPeople",
    "TooLateToUndo",
    "ask_anew",
    "begin_answering",
    "can_undo",
    "change_assessment",
    "check_evidence",
    "close_assessment",
    "close_with",
    "end_without_result",
    "input_hash",
    "is_behind",
    "open_assessment",
    "prepare_organization_sheet",
    "rates_projects",
    "remove_project",
    "save_answer",
    "save_outcome",
    "save_project",
    "stop_asking",
    "summary",
    "undo_closing",
]
