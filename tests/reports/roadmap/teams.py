"""Whole frameworks with a small catalogue, and teams that stand somewhere in them."""

from __future__ import annotations

from typing import Any

from assessment.scorecard import Scorecard
from assessment.scoring import score
from manifesto.definitions import Framework, Initiative
from tests.builders import PILLAR_WEIGHTS, framework, initiative, respondent

COUNTS = {key: 3 if key in ("P09", "P10", "P15", "P16", "P17") else 2 for key in PILLAR_WEIGHTS} | {
    "PRO": 6,
    "TEC": 6,
    "ORG": 6,
}
"""The 59 core questions of the complete framework."""


def catalogue() -> tuple[Initiative, ...]:
    """57 initiatives: every question is lifted by two at most, and every third one needs the one before it."""
    questions = [f"{subject}.{n}" for subject, count in COUNTS.items() for n in range(1, count + 1)]
    made = []
    for n in range(57):
        lifts = {questions[n]: 2, questions[(n * 7 + 3) % 59]: "0.5"}
        before = (f"I{n:02}",) if n % 3 == 1 else ()
        made.append(initiative(f"I{n + 1:02}", lifts, effort=1 + n % 6, run_cost="0.1", cap=4, prerequisites=before))
    return tuple(made)


def whole_framework(initiatives: tuple[Initiative, ...] = ()) -> Framework:
    return framework(COUNTS, initiatives=initiatives)


def card_of(of: Framework, value: Any = 2, **changes: Any) -> Scorecard:
    """A team at `value` on every question, but for those given as `P09_1=3` ("?" and "na" as in builders)."""
    own = {key.replace("_", "."): other for key, other in changes.items()}
    return score(of, [respondent({question.key: value for question in of.core_questions} | own)])
