"""A module of ordinary questions, such as MLOps: its mean, and the level of another model that it amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from assessment.scorecard import Number, QuestionScore, Scorecard
from assessment.sentences import join_words
from manifesto.definitions import Framework, Module, Question, ReadOut
from reports.modules.presenter import Presenter, Table, double, lower, score_of


@dataclass(frozen=True, slots=True)
class Reached:
    """The level of another model. `missing` says what the next level needs, a sentence per question."""

    level: int
    highest: int
    name: str
    next_name: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionLine:
    question: Question
    score: QuestionScore


@dataclass(frozen=True, slots=True)
class QuestionsModule:
    """A module of ordinary questions, such as MLOps. `line` is the mean as arithmetic; `reached` None without a rule.

    `levels` names the levels of the other model, lowest first, with what each requires.
    """

    module: Module
    sentence: str
    reached: Reached | None
    levels: tuple[tuple[int, str, str], ...]
    score: Number | None
    low: Number | None
    high: Number | None
    coverage: Number | None
    verified: Number | None
    line: str
    questions: tuple[QuestionLine, ...]

    kind = "questions"

    @property
    def has_bounds(self) -> bool:
        return self.low is not None and self.low != self.high


class Questions(Presenter):
    """MLOps, and any other module of ordinary questions."""

    def __init__(self, framework: Framework, card: Scorecard, module: Module, language: str, found: Any) -> None:
        super().__init__(framework, module, language, found)
        self.card = card

    def module(self) -> QuestionsModule:
        reached = self._reached()
        lines = tuple(QuestionLine(question, score_of(self.card, question)) for question in self._asked())
        values = [line.score.value for line in lines if line.score.value is not None]
        return QuestionsModule(
            module=self.about,
            sentence=self._sentence(reached),
            reached=reached,
            levels=tuple(self._rule(step) for step in sorted(self.about.read_out, key=lambda step: step.level)),
            score=self.found["score"],
            low=self.found["low"],
            high=self.found["high"],
            coverage=self.found["coverage"],
            verified=self.found["verified_score"],
            line=self._mean_line(values, self.found["score"]),
            questions=lines,
        )

    def _asked(self) -> list[Question]:
        subjects = self.framework.questions_by_subject
        return [question for prefix in self.about.prefixes for question in subjects.get(prefix, ())]

    def _rule(self, step: ReadOut) -> tuple[int, str, str]:
        needs = [f"{key} ≥ {level}" for key, level in step.requires.items()]
        return step.level, self._say(step.name), join_words(needs, self.language) or _("nothing")

    def _reached(self) -> Reached | None:
        if "google_level" not in self.found:
            return None
        names = {step.level: self._say(step.name) for step in self.about.read_out}
        return Reached(
            level=self.found["google_level"],
            highest=max(names),
            name=names[self.found["google_level"]],
            next_name=names.get(self.found["next_level"], ""),
            missing=tuple(self._missing(item) for item in self.found["missing"]),
        )

    def _missing(self, item: Mapping[str, Any]) -> str:
        """What one question has to reach, with the anchor that says so."""
        question = self.framework.question_by_key[item["question"]]
        words = {
            "key": question.key,
            "value": self._level(item["value"]),
            "required": item["required"],
            "anchor": self._say(question.anchor(item["required"])),
        }
        if item["value"] is None:
            return _("%(key)s isn't answered and must reach %(required)d: %(anchor)s") % words
        return _("%(key)s is at %(value)s and must reach %(required)d: %(anchor)s") % words

    def _sentence(self, reached: Reached | None) -> str:
        if reached is None:
            return _("%(answered)d of %(applicable)d questions are answered.") % self.found
        if not reached.next_name:
            return _("Automation of models is at level %(level)d, the highest: %(name)s.") % {
                "level": reached.level,
                "name": lower(reached.name),
            }
        return _("Automation of models is at level %(level)d of %(highest)d; level %(next)d still needs %(keys)s.") % {
            "level": reached.level,
            "highest": reached.highest,
            "next": self.found["next_level"],
            "keys": join_words([item["question"] for item in self.found["missing"]], self.language),
        }


def tables(module: QuestionsModule, language: str) -> dict[str, tuple[str, Table]]:
    """The module's tables for files by name: title, head and rows, numbers unrounded."""
    return {"questions": (module.module.name.in_language(language), _table(module, language))}


def _table(module: QuestionsModule, language: str) -> Table:
    head = [_("Key"), _("Question"), _("Value"), _("Verified"), _("Today"), _("Next step"), _("State")]
    rows: list[list[object]] = []
    for line in module.questions:
        question, score = line.question, line.score
        today = "" if score.value is None else question.anchor(int(score.value)).in_language(language)
        above = "" if score.value is None or score.value >= 5 else question.anchor(int(score.value) + 1)
        rows.append(
            [
                question.key, question.stem.in_language(language), double(score.value), double(score.verified_value),
                today, above and above.in_language(language), score.state,
            ]
        )  # fmt: skip
    return head, rows
