""" "Why this number": the formula of a principle, a pillar or the overall score with the team's own numbers in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from assessment.dashboard import subject_name
from assessment.results import QuestionRow, ResultsPage, claims_too_much
from assessment.scorecard import Blocker, Number
from assessment.scoring import Explanation, Term, explain
from assessment.sentences import NO_VALUE, format_score
from manifesto.definitions import Initiative


@dataclass(frozen=True, slots=True)
class TermRow:
    """One summand. `weighted` is share times value; `page` the subject whose page explains the value, if any."""

    name: str
    page: str
    weight: Fraction
    value: Number | None
    share: Fraction | None
    question: str = ""

    @property
    def weighted(self) -> float | None:
        return None if self.share is None or self.value is None else float(self.share) * float(self.value)


@dataclass(frozen=True, slots=True)
class Formula:
    """A weighted mean: its value, its terms, and the same as a line of arithmetic."""

    title: str
    value: Number | None
    terms: tuple[TermRow, ...]
    line: str
    note: str


@dataclass(frozen=True, slots=True)
class Why:
    """Everything behind one number. `blockers` are the failed conditions of the next level that name the subject."""

    subject: str
    name: str
    value: Number | None
    low: Number | None
    high: Number | None
    verified: Number | None
    coverage: Number | None
    formulas: tuple[Formula, ...]
    questions: tuple[QuestionRow, ...]
    initiatives: tuple[Initiative, ...]
    blockers: tuple[Blocker, ...]

    @property
    def has_bounds(self) -> bool:
        return self.low is not None and self.low != self.high

    @property
    def claims_too_much(self) -> bool:
        return claims_too_much(self.value, self.verified)


def explanation_of(page: ResultsPage, subject: str, language: str) -> Why | None:
    """What makes the number of a principle key, a pillar key or "overall"; None for any other subject."""
    if subject == "overall":
        return _overall(page, language)
    if page.pillar(subject):
        return _pillar(page, subject, language)
    return _principle(page, subject, language) if page.principle(subject) else None


def _overall(page: ResultsPage, language: str) -> Why:
    overall = page.card.overall
    formulas = (_formula(page, "overall", _("The mean of the pillars"), language),)
    return Why(
        subject="overall",
        name=_("Overall score"),
        value=overall.score,
        low=overall.low,
        high=overall.high,
        verified=overall.verified_score,
        coverage=overall.completeness,
        formulas=formulas,
        questions=(),
        initiatives=(),
        blockers=overall.blockers,
    )


def _pillar(page: ResultsPage, key: str, language: str) -> Why:
    row = page.pillar(key)
    questions = tuple(page.own_questions.get(key, ()))
    formulas = (
        _formula(page, key, _("Two parts make the pillar"), language),
        _formula(page, f"{key}.principles", _("Part 1: the principles, each by its share in this pillar"), language),
        _formula(page, f"{key}.direct", _("Part 2: the pillar's own questions"), language),
    )
    return Why(
        subject=key,
        name=subject_name(page.framework, key, language),
        value=row.score.score,
        low=row.score.low,
        high=row.score.high,
        verified=row.score.verified_score,
        coverage=_answered_share(questions),
        formulas=formulas,
        questions=questions,
        initiatives=_lifting(page, questions),
        blockers=_about(page, key),
    )


def _principle(page: ResultsPage, key: str, language: str) -> Why:
    row = page.principle(key)
    return Why(
        subject=key,
        name=subject_name(page.framework, key, language),
        value=row.score.score,
        low=row.score.low,
        high=row.score.high,
        verified=row.score.verified_score,
        coverage=row.score.coverage,
        formulas=(_formula(page, key, _("The mean of its questions by their weights"), language),),
        questions=row.questions,
        initiatives=_lifting(page, row.questions),
        blockers=_about(page, key),
    )


def _answered_share(questions: Sequence[QuestionRow]) -> Fraction | None:
    """The answered share of the applicable weight; None when nothing applies."""
    applicable = [row for row in questions if row.score.state != "not_applicable"]
    total = sum(row.question.weight for row in applicable)
    answered = sum(row.question.weight for row in applicable if row.score.state == "answered")
    return Fraction(answered, total) if total else None


def _lifting(page: ResultsPage, rows: Sequence[QuestionRow]) -> tuple[Initiative, ...]:
    wanted = {row.question.key for row in rows}
    return tuple(item for item in page.framework.initiatives if wanted & item.lifts.keys())


def _about(page: ResultsPage, subject: str) -> tuple[Blocker, ...]:
    return tuple(blocker for blocker in page.card.overall.blockers if blocker.subject == subject)


def _formula(page: ResultsPage, key: str, title: str, language: str) -> Formula:
    explained = explain(page.framework, page.card)[key]
    terms = tuple(_term(page, key, term, language) for term in explained.terms)
    return Formula(title, explained.value, terms, arithmetic(explained, language), _note(explained))


def _note(explained: Explanation) -> str:
    """Why there is no value, or what doesn't count."""
    counted = [term for term in explained.terms if term.share is not None]
    if explained.value is None:
        return _("There is too little to compute a number: less than half of what applies is answered.")
    if len(counted) < len(explained.terms):
        return _("A line without a value doesn't count; the shares are those of the others.")
    return ""


def _term(page: ResultsPage, key: str, term: Term, language: str) -> TermRow:
    question = page.question(term.subject)
    if question:
        name, subject = question.question.stem.in_language(language), ""
        return TermRow(name, subject, term.weight, term.value, term.share, question=term.subject)
    if term.subject in ("principles", "direct"):
        name = _("The principles") if term.subject == "principles" else _("The pillar's own questions")
        return TermRow(name, "", term.weight, term.value, term.share)
    name = subject_name(page.framework, term.subject, language)
    return TermRow(name, term.subject, term.weight, term.value, term.share)


def arithmetic(explained: Explanation, language: str) -> str:
    """The weighted mean in one line, as "(2 × 4 + 1 × 3.5) ÷ 3 = 3.83"; a dash without a value.

    Weights that sum to 1 need no division, and equal weights no multiplication.
    """
    counted = [term for term in explained.terms if term.share is not None]
    if explained.value is None or not counted:
        return NO_VALUE
    total = sum(term.weight for term in counted)
    equal = len({term.weight for term in counted}) == 1 and len(counted) > 1
    parts = [_summand(term, equal, language) for term in counted]
    divisor = Fraction(len(counted)) if equal else total
    body = " + ".join(parts)
    if divisor != 1:
        body = f"({body}) ÷ {_plain(divisor, language)}"
    return f"{body} = {format_score(explained.value, 2, language)}"


def _summand(term: Term, equal: bool, language: str) -> str:
    value = _plain(term.value, language)
    return value if equal else f"{_plain(term.weight, language)} × {value}"


def _plain(value: Number, language: str) -> str:
    """A number with as few decimals as it needs, three at most, so that the line can be recomputed to two."""
    digits = next((n for n in (0, 1, 2) if round(float(value), n) == round(float(value), 6)), 3)
    return format_score(value, digits, language)
