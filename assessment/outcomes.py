"""The four numbers of a team's quarter beside its score: what they are called, in which unit, and how they are said.

A score tells how a team works; these tell what came of it (domain guide 4.1 and 5.1). They are the team's, never a
person's, and nobody is ranked by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.models import Outcome
from assessment.periods import period_label
from assessment.sentences import NO_VALUE, format_percent, format_score, join_words

MEASURES = ("lead_time", "failed_share", "customer_errors", "rescue_hours")
"""The fields of an Outcome that hold its numbers, in the order of pages and files."""

Amount = Decimal | int | None


def measure_names() -> dict[str, str]:
    """What each number is called, with its unit, in the active language."""
    return {
        "lead_time": _("Median lead time, days"),
        "failed_share": _("Failed deliveries, %"),
        "customer_errors": _("Errors found by customers"),
        "rescue_hours": _("Out-of-hours hours of the team"),
    }


def measure_helps() -> dict[str, str]:
    """How each number is found, in the active language."""
    return {
        "lead_time": _("From the accepted demand to its use by the customer; the middle of the quarter's deliveries."),
        "failed_share": _("Of all deliveries of the quarter, how many needed a fix, a rollback or a second run."),
        "customer_errors": _("Errors in data or reports that a customer saw before the team did."),
        "rescue_hours": _("Emergency work at night, on weekends and on holidays; the whole team, never one person."),
    }


def numbers_of(outcome: Outcome | None) -> tuple[Amount, ...]:
    """The four numbers in the order of MEASURES; all None where nothing was entered."""
    return tuple(getattr(outcome, measure) if outcome else None for measure in MEASURES)


def is_empty(outcome: Outcome | None) -> bool:
    return all(number is None for number in numbers_of(outcome))


def said(number: Amount, language: str) -> str:
    """A number as short as it is exact: 4.5, 12; a decimal comma in Portuguese, a dash for none."""
    if number is None:
        return NO_VALUE
    return format_score(Fraction(number), 0 if number == int(number) else 1, language)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One number in a quarter and in the last quarter before that has numbers, in words."""

    name: str
    now: str
    before: str


@dataclass(frozen=True, slots=True)
class Beside:
    """The numbers of the assessed quarter, to stand beside its score. `earlier` names the quarter of `before`."""

    period: str
    earlier: str
    rows: tuple[MeasureRow, ...]
    is_empty: bool


def beside_score(known: dict[str, Outcome], period: str, language: str) -> Beside:
    """What `OutcomeQuerySet.around` found, in words."""
    now = known.get(period)
    before = next((known[quarter] for quarter in sorted(known, reverse=True) if quarter < period), None)
    names = measure_names()
    rows = zip(MEASURES, numbers_of(now), numbers_of(before), strict=True)
    return Beside(
        period=period,
        earlier=period_label(before.period, language) if before and not is_empty(before) else "",
        rows=tuple(MeasureRow(names[key], said(new, language), said(old, language)) for key, new, old in rows),
        is_empty=is_empty(now),
    )


@dataclass(frozen=True, slots=True)
class QuarterRow:
    """One quarter of a team: its four numbers in words, and who entered them."""

    period: str
    cells: tuple[str, ...]
    by: str
    is_empty: bool

    @property
    def named_cells(self) -> list[tuple[str, str]]:
        """Each number with the name of what it measures."""
        return list(zip(measure_names().values(), self.cells, strict=True))


def quarter_rows(outcomes: Iterable[Outcome], quarters: Sequence[str], language: str) -> list[QuarterRow]:
    """Each of the quarters, newest first, with or without numbers."""
    known = {outcome.period: outcome for outcome in outcomes}
    return [
        QuarterRow(
            quarter,
            tuple(said(number, language) for number in numbers_of(known.get(quarter))),
            known[quarter].updated_by_name if quarter in known else "",
            is_empty(known.get(quarter)),
        )
        for quarter in sorted(quarters, reverse=True)
    ]


def outcome_finding(outcomes: Iterable[Outcome], language: str) -> str:
    """The last quarter that has numbers, in one sentence: "Q3 2026: median lead time 4.5 days, 12 % ..."."""
    latest = max((one for one in outcomes if not is_empty(one)), key=lambda one: one.period, default=None)
    if latest is None:
        return _("No numbers have been entered yet.")
    return _("%(quarter)s: %(numbers)s.") % {
        "quarter": period_label(latest.period, language),
        "numbers": join_words(phrases(latest, language), language),
    }


def phrases(outcome: Outcome, language: str, measures: Sequence[str] = MEASURES) -> list[str]:
    """Those of the numbers that are known, each in words."""
    known = {
        measure: number for measure, number in zip(MEASURES, numbers_of(outcome), strict=True) if number is not None
    }
    return [_phrase(measure, known[measure], language) for measure in measures if measure in known]


def _phrase(measure: str, number: Decimal | int, language: str) -> str:
    if measure == "lead_time":
        return _("median lead time %(days)s days") % {"days": said(number, language)}
    if measure == "failed_share":
        share = format_percent(Fraction(number) / 100, language, 0 if number == int(number) else 1)
        return _("%(share)s of deliveries failed") % {"share": share}
    if measure == "customer_errors":
        count = int(number)
        words = ngettext("%(count)d error found by customers", "%(count)d errors found by customers", count)
        return words % {"count": count}
    return _("%(hours)s out-of-hours hours") % {"hours": said(number, language)}
