"""How far a profile is from the next level of the gate, and which question brings it how much nearer.

Scoring is asked for every number; here is no formula of its own. With every question filled, scores are linear in the
question values, so that the effect of one level on each failed condition is measured once and then added up. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from assessment.scorecard import Blocker, Scorecard
from assessment.scoring import Standing, not_applicable_of, question_values, score_values, standing
from manifesto.definitions import Framework


@dataclass(frozen=True)
class Distance:
    """`level` is reached when open answers turn out like the others; `blockers` hold back the next one.

    `effects[question]` is the rise of each blocked number per level of the question, in the order of `blockers`.
    Blockers without a number, such as a critical principle that doesn't apply, are `unattainable`.
    """

    level: int
    values: Mapping[str, Fraction]
    blockers: tuple[Blocker, ...]
    unattainable: tuple[Blocker, ...]
    effects: Mapping[str, tuple[Fraction, ...]]

    @property
    def shortfalls(self) -> tuple[Fraction, ...]:
        return tuple(blocker.required - blocker.value for blocker in self.blockers)

    def left(self, rises: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
        """What each blocked number still lacks when questions rise by so many levels; never negative."""
        lacking = list(self.shortfalls)
        for question, rise in ((question, rise) for question, rise in rises.items() if rise):
            for index, effect in enumerate(self.effects.get(question, ())):
                if effect:
                    lacking[index] -= effect * rise
        return tuple(max(Fraction(0), lack) for lack in lacking)


def distance_to_next_level(framework: Framework, card: Scorecard) -> Distance:
    """What separates the card from the next level, once every open question is answered like the rest."""
    values = as_if_answered(framework, card)
    waived = not_applicable_of(card)
    outcome = score_values(framework, values, waived, card.form)
    blockers = tuple(blocker for blocker in outcome.blockers if blocker.value is not None)
    unattainable = tuple(blocker for blocker in outcome.blockers if blocker.value is None)
    effects = {}
    for question in values:
        raised = standing(framework, {**values, question: values[question] + 1}, waived, card.form)
        effects[question] = tuple(_number(raised, blocker) - blocker.value for blocker in blockers)
    return Distance(outcome.level, values, blockers, unattainable, effects)


def as_if_answered(framework: Framework, card: Scorecard) -> dict[str, Fraction]:
    """The value of each applicable question; an open one gets its principle's or pillar's mean, else the overall score.

    Empty when there is no score at all.
    """
    known, waived = question_values(card), not_applicable_of(card)
    numbers = standing(framework, known, waived, card.form)
    if numbers.overall is None:
        return {}
    values = {}
    for question in framework.form_questions(card.form):
        if question.key not in waived:
            value = known.get(question.key)
            values[question.key] = _like_the_rest(framework, numbers, question.subject) if value is None else value
    return values


def _like_the_rest(framework: Framework, numbers: Standing, subject: str) -> Fraction:
    direct = {pillar.prefix: numbers.direct[pillar.key] for pillar in framework.pillars}
    value = numbers.principles.get(subject, direct.get(subject))
    return numbers.overall if value is None else value


def _number(numbers: Standing, blocker: Blocker) -> Fraction:
    """The number that the blocker is about."""
    if blocker.gate == "G1":
        return numbers.overall
    return numbers.pillars[blocker.subject] if blocker.gate == "G2" else numbers.principles[blocker.subject]
