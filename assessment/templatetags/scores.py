"""Numbers on pages: one place that rounds half up and knows the reader's decimal mark."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from assessment.periods import period_label
from assessment.sentences import format_change, format_percent, format_score

register = template.Library()


@register.filter
def score(value, digits="") -> str:
    """A score 1-5 with one decimal (or `digits`); a dash for none."""
    return format_score(value, int(digits or 1), get_language() or "en")


@register.filter
def change(value, digits="") -> str:
    """A difference with its sign, one decimal (or `digits`)."""
    return "" if value is None else format_change(value, int(digits or 1), get_language() or "en")


@register.filter
def percent(share) -> str:
    """A share 0-1 as whole per cent."""
    return "" if share is None else format_percent(share, get_language() or "en")


@register.filter
def reaches(value, step) -> bool:
    """Whether a score fills the step of the five-step bar: from half a level below it on."""
    return value is not None and float(value) >= int(step) - 0.5


@register.filter
def level_reached(value) -> str:
    """The CSS class of the level that a score has reached, as charts colour it: 2.9 is level 2."""
    return "level-none" if value is None else f"level-{min(5, max(1, int(float(value))))}"


@register.filter
def quarter(period: str) -> str:
    """A period for people: Q3 2026, in Portuguese T3 2026."""
    return period_label(period, get_language() or "en") if period else ""


@register.filter
def beside(labels, values):
    """Pairs of a label and its value, e.g. of a table's head and a row's cells, for cells that name their column."""
    return zip(labels, values, strict=True)


@register.filter
def named(values, key):
    """What a mapping has under a key, nothing when it has none or there is no mapping."""
    return values.get(key, "") if values else ""
