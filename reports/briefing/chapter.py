"""What all chapters of one report share: its data, its language, and how numbers and texts are written in it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from assessment.change import Change, Comparison, settled
from assessment.scorecard import Number, QuestionScore
from assessment.sentences import format_score
from manifesto.definitions import Initiative, Principle, Question
from reports.briefing.data import ReportData
from reports.briefing.records import Score
from reports.roadmap.plan import Item

LISTED = 3


class Chapter:
    """One part of a report in one language; gettext is already set to it."""

    def __init__(self, data: ReportData, language: str) -> None:
        self.data = data
        self.language = language
        self.framework = data.framework
        self.card = data.scorecard
        self.plan = data.plan
        self.asked = self.framework.form_questions(self.card.form)
        self.link = data.comparison.link if data.comparison else None
        self.changes = tuple(
            change for change in settled_changes(data.comparison) if change.subject in self.framework.principle_by_key
        )

    def _items(self) -> Sequence[Item]:
        return self.plan.items if self.plan else ()

    def _initiative(self, item: Item) -> Initiative:
        return self.framework.initiative_by_id[item.initiative]

    def _principle(self, key: str) -> Any:
        return self.card.principles[key]

    def _question(self, key: str) -> QuestionScore:
        return self.card.questions.get(key) or QuestionScore(None, 0, None, None, None)

    def _previous(self, key: str) -> Number | None:
        """The score last time: of the compared pair where there is one, so that chart and list agree.

        Across releases it is the score as it was given then.
        """
        for change in self.changes:
            if change.subject == key and not change.native:
                return change.before
        before = self.data.previous.principles.get(key) if self.data.previous else None
        return before.score if before else None

    def _target(self, key: str) -> Fraction | None:
        return self.plan.targets.get(key) if self.plan else None

    def _is_critical(self, question: Question) -> bool:
        principle = self.framework.principle_by_key.get(question.subject)
        return principle is not None and principle.critical

    def _short(self, principle: Principle) -> str:
        return f"{principle.key} {self._say(principle.label)}"

    def _say(self, text: Any) -> str:
        return text.in_language(self.language)

    def _number(self, value: Number | int | None) -> str:
        return format_score(value, 1, self.language)

    def _value(self, value: Number | None) -> str:
        """A question's value: whole levels without decimals."""
        return format_score(value, 0 if value is not None and value == int(value) else 1, self.language)

    def _quarter(self, number: int) -> str:
        return self.data.quarters[number - 1] if number <= len(self.data.quarters) else str(number)

    def _score(self, score: Number | None, low: Number | None, high: Number | None, hollow: bool = False) -> Score:
        if score is None:
            bounds = (
                f"{self._number(low)}\u2013{self._number(high)}" if low is not None and high is not None else "\u2013"
            )
            return Score(bounds, float(low or 0), _("too few answers"), True)
        name = self._say(self.framework.level_name(min(5, max(1, int(score)))).name)
        return Score(self._number(score), float(score), name, hollow)


def settled_changes(comparison: Comparison | None) -> tuple[Change, ...]:
    """Changes between two scores; what is clear by itself but not among so many at once is only probable."""
    if comparison is None:
        return ()
    changes = (change for change in comparison.principles.values() if change.verdict is not None)
    return tuple(settled(change) for change in changes)


def as_float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def cut(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis for what is left out; between words where there are any."""
    if len(text) <= length:
        return text
    kept = text[:length]
    between_words = kept.rfind(" ")
    return kept[: between_words if between_words > length * 3 // 4 else length - 1].rstrip(" .,;:") + "…"
