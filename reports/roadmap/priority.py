"""Which initiative is worth most for its effort: a ranking aid beside the schedule (domain guide 4.3).

Weights are hundredths of the overall score per level of a question, values 1-5, efforts person-weeks. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from assessment.scorecard import Scorecard
from assessment.scoring import sensitivities
from manifesto.definitions import Framework, Initiative

URGENCY = Fraction(3, 2)
"""Of a critical principle below `URGENT_BELOW`; 1 otherwise."""
URGENT_BELOW = 3
ENABLING_SHARE = Fraction(1, 2)
BUSINESS_WEIGHTS = (Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(2))

Values = Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Term:
    """What an initiative's lift of one question is worth: `weight` times `lift`, the part that the target asks for."""

    question: str
    weight: Fraction
    lift: Fraction

    @property
    def value(self) -> Fraction:
        return self.weight * self.lift


@dataclass(frozen=True, slots=True)
class Priority:
    """Everything that the number was made from, so that a page can print how it came about."""

    initiative: str
    terms: tuple[Term, ...]
    enabling: Fraction
    confidence: Fraction
    effort: Fraction

    @property
    def value(self) -> Fraction:
        return _total(self.terms)

    @property
    def priority(self) -> Fraction:
        """Confidence x (value + enabling value) / effort."""
        return self.confidence * (self.value + self.enabling) / self.effort


def question_weights(
    framework: Framework, card: Scorecard, business: Mapping[str, Fraction] | None = None
) -> dict[str, Fraction]:
    """W of each core question: 100 x sensitivity x business weight x urgency.

    `business` holds the sponsor's weights by principle key or pillar prefix, 1 where absent. Raises ValueError for an
    unknown subject and for another weight than 0.5, 1, 1.5 or 2.
    """
    sponsor = business or {}
    _check_business(framework, sponsor)
    return {
        key: 100 * sensitivity * sponsor.get(_subject(key), 1) * urgency(framework, card, _subject(key))
        for key, sensitivity in sensitivities(framework, card.form).items()
    }


def urgency(framework: Framework, card: Scorecard, subject: str) -> Fraction:
    """1.5 for a critical principle with a score below 3, else 1."""
    principle = framework.principle_by_key.get(subject)
    if principle is None or not principle.critical:
        return Fraction(1)
    score = card.principles[subject].score
    return URGENCY if score is not None and score < URGENT_BELOW else Fraction(1)


def effective_lift(initiative: Initiative, question: str, value: Fraction) -> Fraction:
    """Levels by which the initiative alone lifts the question from `value`: up to its cap, never down."""
    return min(initiative.lifts.get(question, Fraction(0)), max(Fraction(0), initiative.cap - value))


def priorities(
    initiatives: Iterable[Initiative],
    weights: Mapping[str, Fraction],
    values: Values,
    gaps: Mapping[str, Fraction],
    done: Collection[str] = (),
    factor: Fraction = Fraction(1),
) -> tuple[Priority, ...]:
    """Initiatives that are not `done`, highest priority first, then by id.

    An initiative is also worth half of what it opens: the value of each direct successor, shared among the
    prerequisites that the successor still waits for. Efforts are multiplied by `factor`.
    """
    open_ones = {item.id: item for item in initiatives if item.id not in done}
    terms = {key: _terms(item, weights, values, gaps) for key, item in open_ones.items()}
    enabling = _enabling(open_ones, {key: _total(parts) for key, parts in terms.items()})
    ranked = (
        Priority(key, terms[key], enabling[key], item.confidence, item.effort * factor)
        for key, item in open_ones.items()
    )
    return tuple(sorted(ranked, key=lambda item: (-item.priority, item.initiative)))


def _terms(
    initiative: Initiative, weights: Mapping[str, Fraction], values: Values, gaps: Mapping[str, Fraction]
) -> tuple[Term, ...]:
    terms = []
    for question in initiative.lifts:
        value = values.get(question)
        if value is not None and question in weights:
            lift = min(effective_lift(initiative, question, value), gaps.get(question, Fraction(0)))
            terms.append(Term(question, weights[question], lift))
    return tuple(terms)


def _total(terms: Iterable[Term]) -> Fraction:
    return sum((term.value for term in terms), Fraction(0))


def _enabling(open_ones: Mapping[str, Initiative], value: Mapping[str, Fraction]) -> dict[str, Fraction]:
    enabling = dict.fromkeys(open_ones, Fraction(0))
    for key, item in open_ones.items():
        waiting_for = [before for before in item.prerequisites if before in open_ones]
        for before in waiting_for:
            enabling[before] += ENABLING_SHARE * value[key] / len(waiting_for)
    return enabling


def _subject(question: str) -> str:
    return question.split(".")[0]


def _check_business(framework: Framework, business: Mapping[str, Fraction]) -> None:
    known = framework.principle_by_key.keys() | {pillar.prefix for pillar in framework.pillars}
    for subject, weight in business.items():
        if subject not in known:
            raise ValueError(f"no principle or pillar {subject}")
        if weight not in BUSINESS_WEIGHTS:
            raise ValueError(f"{subject}: a business weight is 0.5, 1, 1.5 or 2")
