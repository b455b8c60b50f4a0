"""What the presenters of all modules share: language, numbers and means as arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assessment.scorecard import Number, QuestionScore, Scorecard
from assessment.sentences import NO_VALUE, format_score
from manifesto.definitions import Framework, Module, Question

Table = tuple[list[str], list[list[object]]]


class Presenter:
    def __init__(self, framework: Framework, module: Module, language: str, found: Mapping[str, Any]) -> None:
        self.framework, self.about, self.language, self.found = framework, module, language, found

    def _say(self, text: Any) -> str:
        return text.in_language(self.language)

    def _score(self, value: Number | None, digits: int = 2) -> str:
        return format_score(value, digits, self.language)

    def _level(self, value: Number | None) -> str:
        """Whole levels without decimals."""
        return self._score(value, 0 if value is not None and value == int(value) else 1)

    def _mean_line(self, values: Sequence[Number], mean: Number | None) -> str:
        """ "(3 + 4 + 2) ÷ 3 = 3.00"; a dash without a mean."""
        if mean is None or not values:
            return NO_VALUE
        body = " + ".join(map(self._level, values))
        return f"({body}) ÷ {len(values)} = {self._score(mean)}" if len(values) > 1 else f"{body} = {self._score(mean)}"


def score_of(card: Scorecard, question: Question) -> QuestionScore:
    return card.questions.get(question.key) or QuestionScore(None, 0, None, None, None)


def double(value: Number | None) -> float | None:
    return None if value is None else float(value)


def lower(text: str) -> str:
    """As it stands inside a sentence."""
    return text[:1].lower() + text[1:]
