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

    `shortfalls` are what each blocked number lacks, in the order of `blockers`; `effects[question]` are the rises of
    the numbers that the question moves, by their place in that order and per level of the question. Blockers without
    a number, such as a critical principle that doesn't apply, are `unattainable`.
    """

    level: int
    values: Mapping[str, Fraction]
    blockers: tuple[Blocker, ...]
    unattainable: tuple[Blocker, ...]
    shortfalls: tuple[Fraction, ...]
    effects: Mapping[str, Mapping[int, Fraction]]

    def left(self, rises: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
        """What each blocked number still lacks when questions rise by so many levels; negative where there is more."""
        risen = self._risen(rises)
        return tuple(lack - risen[index] if index in risen else lack for index, lack in enumerate(self.shortfalls))

    def nearer(self, left: tuple[Fraction, ...], rises: Mapping[str, Fraction]) -> Fraction:
        """How much less is lacking in all once questions rise by so many levels more, from where so much is `left`."""
        risen = self._risen(rises).items()
        return sum((_lack(left[index]) - _lack(left[index] - rise) for index, rise in risen), Fraction(0))

    def _risen(self, rises: Mapping[str, Fraction]) -> dict[int, Fraction]:
        """By how much each blocked number that moves at all goes up."""
        risen: dict[int, Fraction] = {}
        for question, rise in rises.items():
            if rise:
                for index, effect in self.effects[question].items():
                    risen[index] = risen.get(index, Fraction(0)) + effect * rise
        return risen


def reached(left: tuple[Fraction, ...]) -> bool:
    """Whether nothing is lacking any more."""
    return not any(lack > 0 for lack in left)


def _lack(left: Fraction) -> Fraction:
    return max(Fraction(0), left)


def distance_to_next_level(framework: Framework, card: Scorecard) -> Distance:
    """What separates the card from the next level, once every open question is answered like the rest."""
    values = as_if_answered(framework, card)
    waived = not_applicable_of(card)
    outcome = score_values(framework, values, waived, card.form)
    blockers = tuple(blocker for blocker in outcome.blockers if blocker.value is not None)
    unattainable = tuple(blocker for blocker in outcome.blockers if blocker.value is None)
    now = [Fraction(blocker.value) for blocker in outcome.blockers if blocker.value is not None]
    shortfalls = tuple(Fraction(blocker.required) - number for blocker, number in zip(blockers, now, strict=True))
    effects: dict[str, dict[int, Fraction]] = {question: {} for question in values}
    for question, value in values.items():
        raised = standing(framework, {**values, question: value + 1}, waived, card.form)
        for index, (blocker, before) in enumerate(zip(blockers, now, strict=True)):
            after = _number(raised, blocker)
            if after is not None and after != before:
                effects[question][index] = after - before
    return Distance(outcome.level, values, blockers, unattainable, shortfalls, effects)


def as_if_answered(framework: Framework, card: Scorecard) -> dict[str, Fraction]:
    """The value of each applicable question; an open one gets its principle's or pillar's mean, else the overall score.

    Empty when there is no score at all.
    """
    known, waived = question_values(card), not_applicable_of(card)
    numbers = standing(framework, known, waived, card.form)
    if numbers.overall is None:
        return {}
    means: dict[str, Fraction | None] = {pillar.prefix: numbers.direct[pillar.key] for pillar in framework.pillars}
    means |= numbers.principles
    values = {}
    for question in framework.form_questions(card.form):
        if question.key not in waived:
            likely = (known.get(question.key), means.get(question.subject), numbers.overall)
            values[question.key] = next(value for value in likely if value is not None)
    return values


def _number(numbers: Standing, blocker: Blocker) -> Fraction | None:
    """The number that the blocker is about."""
    if blocker.gate == "G1":
        return numbers.overall
    return numbers.pillars[blocker.subject] if blocker.gate == "G2" else numbers.principles[blocker.subject]
