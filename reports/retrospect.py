"""What came of the plan before: forecast against measured, in the words of pages."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.models import Result
from assessment.periods import period_label
from assessment.sentences import format_percent, format_score
from reports.history import Look, look_at_last_plan, observed_realisation
from reports.models import AdoptedPlan
from reports.roadmap.hindsight import Kept
from reports.roadmap.projection import REALISATION


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One question in words; `difference` is signed, `came_true` None where it can't be told."""

    key: str
    stem: str
    before: str
    forecast: str
    measured: str
    difference: str
    came_true: bool | None
    is_done: bool


@dataclass(frozen=True, slots=True)
class Retrospect:
    """`sentences` say it in short; `done` and `total` count the plan's initiatives but for those it won't do."""

    plan: AdoptedPlan
    period: str
    sentences: tuple[str, ...]
    rows: tuple[KeptRow, ...]
    hit_rate: str
    optimism: str
    ratio: str
    realisation: str


def retrospect_of(result: Result, language: str) -> Retrospect | None:
    """What this closing found of the team's plan before it, in the active language; None without such a plan."""
    look = look_at_last_plan(result)
    if look is None:
        return None
    seen, factor = look.hindsight, observed_realisation(result)
    return Retrospect(
        plan=look.plan,
        period=period_label(look.plan.result.period, language),
        sentences=_sentences(look, factor, language),
        rows=tuple(_row(look, row, language) for row in seen.rows),
        hit_rate="" if seen.hit_rate is None else format_percent(seen.hit_rate, language),
        optimism="" if seen.optimism is None else _signed(seen.optimism, language),
        ratio="" if seen.ratio is None else format_percent(seen.ratio, language),
        realisation=format_percent(REALISATION if factor is None else factor, language),
    )


def _sentences(look: Look, factor: Fraction | None, language: str) -> tuple[str, ...]:
    return tuple(
        sentence
        for sentence in (_work(look), _hits(look), _optimism(look, language), _lifts(look, factor, language))
        if sentence
    )


def _work(look: Look) -> str:
    wanted = [item for item in look.items if item.status != item.Status.WONT_DO]
    return ngettext(
        "%(done)d of %(count)d initiative was marked done.",
        "%(done)d of %(count)d initiatives were marked done.",
        len(wanted),
    ) % {"done": len(look.done), "count": len(wanted)}


def _hits(look: Look) -> str:
    seen = look.hindsight
    if not seen.measured:
        return _("Nothing that the plan lifts was due and measured yet.")
    return ngettext(
        "%(hits)d of %(count)d question came as far as forecast.",
        "%(hits)d of %(count)d questions came as far as forecast.",
        len(seen.measured),
    ) % {"hits": seen.hits, "count": len(seen.measured)}


def _optimism(look: Look, language: str) -> str:
    optimism = look.hindsight.optimism
    if optimism is None:
        return ""
    words = {"levels": format_score(abs(optimism), 2, language)}
    if optimism > 0:
        return _("The plan promised %(levels)s levels too much for a question, on average.") % words
    if optimism < 0:
        return _("The plan promised %(levels)s levels too little for a question, on average.") % words
    return _("On average the plan promised neither too much nor too little.")


def _lifts(look: Look, factor: Fraction | None, language: str) -> str:
    seen = look.hindsight
    if seen.ratio is None or factor is None:
        return ""
    return _(
        "What was done promised %(promised)s levels and brought %(realised)s: %(ratio)s. "
        "The next plan counts on %(factor)s of each lift in its cautious curve."
    ) % {
        "promised": format_score(seen.promised, 1, language),
        "realised": format_score(seen.realised, 1, language),
        "ratio": format_percent(seen.ratio, language),
        "factor": format_percent(factor, language),
    }


def _row(look: Look, row: Kept, language: str) -> KeptRow:
    return KeptRow(
        key=row.question,
        stem=look.framework.question_by_key[row.question].stem.in_language(language),
        before=_level(row.before, language),
        forecast=_level(row.forecast, language),
        measured="–" if row.measured is None else _level(row.measured, language),
        difference="" if row.difference is None else _signed(row.difference, language),
        came_true=None if row.measured is None else row.came_true,
        is_done=row.is_done,
    )


def _level(value: Fraction, language: str) -> str:
    return format_score(value, 0 if value == int(value) else 1, language)


def _signed(value: Fraction, language: str) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + format_score(abs(value), 2, language)
