"""How far level and overall score hang on the way of adding up (domain guide 3.2, Why an arithmetic mean).

Two other ways are tried on the same answers: equal weights of all questions, and the geometric mean of the pillars.
Scores are on 1-5. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from assessment.scorecard import Number, Scorecard
from assessment.scoring import Outcome, Standing, gate, not_applicable_of, question_values, score_values
from manifesto.definitions import Framework

EQUAL_WEIGHTS, GEOMETRIC = "equal_weights", "geometric"
DIGITS = 30
"""Decimals of a geometric mean: far more than could be confused with a limit of the gate."""


@dataclass(frozen=True, slots=True)
class Variant:
    """`method` is equal_weights or geometric; `differs` when its level isn't that of the card."""

    method: str
    score: Number | None
    level: int
    differs: bool


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Score and level of the card, and what they would be by each other method."""

    score: Number | None
    level: int
    variants: tuple[Variant, ...]

    @property
    def level_differs(self) -> bool:
        return any(variant.differs for variant in self.variants)


def sensitivity_of(framework: Framework, card: Scorecard) -> Sensitivity:
    """What other ways of adding up would make of a card, fresh or stored; `framework` is the card's own release.

    The level comes from the gate as always, on the lower bounds, with the other overall score in G1.
    """
    values, waived = question_values(card), not_applicable_of(card)
    outcome = score_values(framework, values, waived, card.form)
    applicable = [q.key for q in framework.form_questions(card.form) if q.key in values and q.key not in waived]
    answered = {key: value for key in applicable if (value := values[key]) is not None}
    cautious = {key: answered.get(key, Fraction(1)) for key in applicable}
    variants = (
        _variant(framework, outcome, EQUAL_WEIGHTS, _mean(answered), _mean(cautious)),
        _variant(framework, outcome, GEOMETRIC, *(_of_pillars(framework, s) for s in (outcome.score, outcome.low))),
    )
    return Sensitivity(outcome.score.overall, outcome.level, variants)


def geometric_mean(terms: Iterable[tuple[Fraction, Fraction]]) -> Fraction | None:
    """The weighted geometric mean of pairs of weight and positive value, to 30 decimals; None without a term."""
    counted = [(weight, value) for weight, value in terms if weight]
    if not counted:
        return None
    with localcontext() as context:
        context.prec = 2 * DIGITS
        total = sum((_decimal(weight) for weight, _ in counted), Decimal(0))
        logarithm = sum((_decimal(weight) * _decimal(value).ln() for weight, value in counted), Decimal(0)) / total
        return Fraction(round(logarithm.exp(), DIGITS))


def _variant(
    framework: Framework, outcome: Outcome, method: str, score: Fraction | None, low: Fraction | None
) -> Variant:
    level = gate(
        framework,
        overall=low,
        pillars=outcome.low.pillars,
        principles=outcome.low.principles,
        completeness=outcome.score.completeness,
    ).level
    return Variant(method, None if outcome.score.overall is None else score, level, level != outcome.level)


def _mean(values: Mapping[str, Fraction]) -> Fraction | None:
    return sum(values.values(), Fraction(0)) / len(values) if values else None


def _of_pillars(framework: Framework, numbers: Standing) -> Fraction | None:
    scores = ((pillar.weight, numbers.pillars[pillar.key]) for pillar in framework.pillars)
    return geometric_mean((weight, score) for weight, score in scores if score is not None)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
