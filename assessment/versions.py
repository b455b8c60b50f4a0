"""Results of two releases of a framework, held against each other on what both ask (domain guide 3.7).

A question with the same key and revision is common to two releases. The answer to a re-anchored one is read through
the crosswalk that the newer release ships; such an answer is converted, and never counts as verified. Both sides are
then scored on these questions alone, by the formulas and weights of the newer release. Scores are levels 1-5.
Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from assessment.answers import Respondent, as_people
from assessment.scorecard import Number, Scorecard
from assessment.scoring import (
    Standing,
    Values,
    not_applicable_of,
    pillar_shares,
    question_values,
    standing,
)
from manifesto import catalog
from manifesto.crosswalks import Levels, conversions, read_level
from manifesto.definitions import Framework, Question

LEAST_SHARE = Fraction(3, 5)
"""How much of a subject's weight the questions of both sides must hold, in either release (domain guide 3.7)."""
OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Side:
    """What was answered under one release ("key@version"): team values, or one person's, by question key."""

    framework: str
    values: Values
    not_applicable: Collection[str] = ()

    @classmethod
    def of_card(cls, card: Scorecard) -> Side:
        return cls(card.framework, question_values(card), not_applicable_of(card))

    @classmethod
    def of_questions(cls, framework: str, questions: Mapping[str, Mapping[str, Any]]) -> Side:
        """From the part `questions` of a stored scorecard."""
        values = {key: Fraction(said["value"]) for key, said in questions.items() if said["value"] is not None}
        waived = frozenset(key for key, said in questions.items() if said.get("state") == "not_applicable")
        return cls(framework, values, waived)

    @classmethod
    def of_person(cls, framework: str, respondent: Respondent) -> Side:
        values = {key: answer.value for key, answer in respondent.answers.items()}
        waived = frozenset(key for key, answer in respondent.answers.items() if answer.state == "not_applicable")
        return cls(framework, values, waived)


@dataclass(frozen=True)
class Bridge:
    """What two releases ask alike in one form: `common` keys, and the crosswalks of re-anchored ones."""

    older: Framework
    newer: Framework
    form: str
    common: frozenset[str]
    conversions: Mapping[str, Levels]

    @cached_property
    def asked(self) -> dict[str, Question]:
        """What the newer release asks in this form."""
        return {question.key: question for question in self.newer.form_questions(self.form)}

    @property
    def comparability(self) -> Fraction:
        """The share 0-1 of the newer release's question weight that is common or can be converted."""
        return self.share({*self.common, *self.conversions})

    def share(self, keys: Collection[str]) -> Fraction:
        return _share(self.asked.values(), keys)

    @cached_property
    def _comparable(self) -> dict[frozenset[str], frozenset[str]]:
        return {}

    def comparable(self, items: frozenset[str]) -> frozenset[str]:
        """Principles, pillars' own questions, pillars and "overall" for which these questions are enough.

        Reckoned once for each set of questions: most teams of an organization share one.
        """
        if items not in self._comparable:
            self._comparable[items] = _comparable(self, items)
        return self._comparable[items]


@dataclass(frozen=True)
class LikeForLike:
    """Two sides scored on the same questions. `before` and `after` have no score where that would mislead.

    `items` are the questions that count; `converted` holds the values that were read through a crosswalk, `unknown`
    the questions whose old answer doesn't tell. `comparable` names principles, pillars, "overall" and pillars' own
    questions (by prefix) for which the items are enough.
    """

    bridge: Bridge
    items: frozenset[str]
    converted: Mapping[str, Fraction]
    unknown: tuple[str, ...]
    comparable: frozenset[str]
    before: Standing
    after: Standing

    @property
    def comparability(self) -> Fraction:
        """The share 0-1 of the newer release's question weight on which the two sides are compared."""
        return self.bridge.share(self.items)

    @property
    def not_comparable(self) -> tuple[str, ...]:
        """Principles of the newer release that can't be compared, in its order."""
        return tuple(p.key for p in self.bridge.newer.principles if p.key not in self.comparable)

    @property
    def is_empty(self) -> bool:
        """Whether no score at all can be compared."""
        return not self.comparable

    def scores(self, subject: str) -> tuple[Fraction | None, Fraction | None]:
        """The like-for-like scores of a principle, a pillar or "overall", before and after; None too for others."""
        before, after = (_score_of(side, subject) for side in (self.before, self.after))
        return before, after

    def delta(self, subject: str) -> Fraction | None:
        """The like-for-like change in levels; None without a score on either side."""
        before, after = self.scores(subject)
        return None if before is None or after is None else after - before

    def linked(self, subject: str, native_before: Number | None) -> Number | None:
        """Where a trend goes on after the change of release: linked = native before + like-for-like change."""
        delta = self.delta(subject)
        return None if delta is None or native_before is None else native_before + _like(native_before, delta)

    def questions(self, subject: str) -> int:
        """How many questions of a principle or a pillar's own are compared."""
        return sum(self.bridge.asked[key].subject == subject for key in self.items)

    def own_scores(self, framework: str, respondents: Iterable[Respondent]) -> dict[str, tuple[Fraction, ...]]:
        """Each principle's like-for-like score by each person's own answers (domain guide 3.6 a and c)."""
        found = [self._standing_of(Side.of_person(framework, person)).principles for person in as_people(respondents)]
        return {
            principle.key: tuple(score for scores in found if (score := scores[principle.key]) is not None)
            for principle in self.bridge.newer.principles
        }

    def _standing_of(self, side: Side) -> Standing:
        return _standing(self.bridge, _read(self.bridge, side), self.items, self.comparable)


def bridge(older: Framework, newer: Framework, between: Sequence[Framework] = (), form: str = "full") -> Bridge:
    """What `older` and `newer` ask alike; `between` are the releases in the middle, whose crosswalks lead on.

    Raises ValueError for two frameworks of different keys.
    """
    if older.key != newer.key:
        raise ValueError(f"{older.identifier} and {newer.identifier} are different frameworks")
    before = {question.key: question for question in older.form_questions(form)}
    asked = [question for question in newer.form_questions(form) if question.key in before]
    common = frozenset(q.key for q in asked if q.revision == before[q.key].revision)
    found = conversions(older, newer, between)
    return Bridge(older, newer, form, common, {q.key: found[q.key] for q in asked if q.key in found})


def bridge_between(first: str, second: str, form: str = "full") -> Bridge | None:
    """The bridge between two installed releases, named key@version in any order.

    None where there is none: other frameworks, or a release that this installation doesn't have.
    """
    try:
        older, newer = catalog.find(first), catalog.find(second)
    except catalog.UnknownFramework:
        return None
    if older.key != newer.key:
        return None
    if catalog.ordinal(newer.version) < catalog.ordinal(older.version):
        older, newer = newer, older
    return bridge(older, newer, catalog.between(older.key, older.version, newer.version), form)


def edition(identifier: str) -> str:
    """A release without its patch number: "dataops@1.0" for "dataops@1.0.3".

    Results of one edition compare as they are: a patch corrects words, and its scores are the same (guide.md 3.7).
    """
    return identifier.rpartition(".")[0]


def like_for_like(bridge: Bridge, before: Side, after: Side) -> LikeForLike:
    """Score both sides on what they have in common.

    A re-anchored question counts where its old answer can be read now; where the old answer doesn't tell, it is left
    out on both sides. Raises ValueError for a side of a third release.
    """
    first, second = _read(bridge, before), _read(bridge, after)
    older = before if before.framework == bridge.older.identifier else after
    converted = _converted(bridge, older)
    unknown = frozenset(key for key in bridge.conversions if older.values.get(key) is not None and key not in converted)
    items = frozenset({*bridge.common, *bridge.conversions} - unknown)
    comparable = bridge.comparable(items)
    return LikeForLike(
        bridge=bridge,
        items=items,
        converted=converted,
        unknown=tuple(key for key in bridge.asked if key in unknown),
        comparable=comparable,
        before=_standing(bridge, first, items, comparable),
        after=_standing(bridge, second, items, comparable),
    )


def _read(bridge: Bridge, side: Side) -> Side:
    """A side by the newer release's questions. Raises ValueError for a side of a third release."""
    if side.framework == bridge.newer.identifier:
        return side
    if side.framework != bridge.older.identifier:
        raise ValueError(f"{side.framework} is on neither end of the bridge")
    return as_read_now(bridge, side)


def as_read_now(bridge: Bridge, side: Side) -> Side:
    """Answers of the older release as the newer one reads them: crosswalked, and missing where they don't tell."""
    values = {key: side.values.get(key) for key in bridge.common} | _converted(bridge, side)
    waived = frozenset(side.not_applicable) & {*bridge.common, *bridge.conversions}
    return Side(bridge.newer.identifier, {key: value for key, value in values.items() if value is not None}, waived)


def _converted(bridge: Bridge, older: Side) -> dict[str, Fraction]:
    given = {key: value for key in bridge.conversions if (value := older.values.get(key)) is not None}
    read = {key: read_level(bridge.conversions[key], value) for key, value in given.items()}
    return {key: value for key, value in read.items() if value is not None}


def _comparable(bridge: Bridge, items: Collection[str]) -> frozenset[str]:
    """Principles, pillars' own questions, pillars and overall for which the items are a small copy of the whole."""
    subjects = [principle.key for principle in bridge.newer.principles]
    subjects += [pillar.prefix for pillar in bridge.newer.pillars]
    found = {subject for subject in subjects if _represents(bridge, items, subject)}
    shares = {pillar.key: _least_pillar_share(bridge, pillar.key, found) for pillar in bridge.newer.pillars}
    pillars = {key for key, share in shares.items() if share >= LEAST_SHARE}
    total = sum(pillar.weight for pillar in bridge.newer.pillars)
    held = sum(pillar.weight * shares[pillar.key] for pillar in bridge.newer.pillars if pillar.key in pillars)
    return frozenset(found | pillars | ({OVERALL} if held >= LEAST_SHARE * total else set()))


def _represents(bridge: Bridge, items: Collection[str], subject: str) -> bool:
    """Whether the items hold enough of the subject's weight and all its dimensions, in either release."""
    for release in (bridge.older, bridge.newer):
        questions = release.subjects_by_form[bridge.form].get(subject, ())
        kept = {question.dimension for question in questions if question.key in items}
        if _share(questions, items) < LEAST_SHARE or kept != {question.dimension for question in questions}:
            return False
    return True


def _share(questions: Iterable[Question], keys: Collection[str]) -> Fraction:
    weights = [(question.weight, question.key in keys) for question in questions]
    total = sum(weight for weight, _ in weights)
    return Fraction(sum(weight for weight, kept in weights if kept), total) if total else Fraction(0)


def _least_pillar_share(bridge: Bridge, pillar: str, subjects: Collection[str]) -> Fraction:
    """The smaller share of the pillar's score, in either release, that comes from these subjects."""
    found = []
    for release in (bridge.older, bridge.newer):
        shares = pillar_shares(release, release.pillar_by_key[pillar], bridge.form)
        found.append(sum((share for key, share in shares.items() if key in subjects), Fraction(0)))
    return min(found)


def _standing(bridge: Bridge, side: Side, items: Collection[str], comparable: Collection[str]) -> Standing:
    """The scores of a side on the items of comparable subjects; no score for what isn't comparable."""
    counted = {key for key in items if bridge.asked[key].subject in comparable}
    values = {key: value for key, value in side.values.items() if key in counted}
    waived = set(side.not_applicable) | (bridge.asked.keys() - counted)
    found = standing(bridge.newer, values, waived, bridge.form)
    pillars = {key: score if key in comparable else None for key, score in found.pillars.items()}
    return replace(found, pillars=pillars, overall=_overall(bridge, pillars) if OVERALL in comparable else None)


def _overall(bridge: Bridge, pillars: Mapping[str, Fraction | None]) -> Fraction | None:
    scored = [(pillar.weight, score) for pillar in bridge.newer.pillars if (score := pillars[pillar.key]) is not None]
    total = sum((weight for weight, _ in scored), Fraction(0))
    return sum((weight * score for weight, score in scored), Fraction(0)) / total if total else None


def _score_of(side: Standing, subject: str) -> Fraction | None:
    if subject == OVERALL:
        return side.overall
    return side.principles.get(subject, side.pillars.get(subject))


def _like(number: Number, delta: Fraction) -> Number:
    """The delta as a double beside a double, so that a stored score stays what it was."""
    return float(delta) if isinstance(number, float) else delta
