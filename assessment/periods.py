"""Quarters, written "2026-Q3" so that text order is time order. Pure."""

from __future__ import annotations

from datetime import date


def period_of(day: date) -> str:
    """The quarter in which `day` lies."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def shifted(period: str, quarters: int) -> str:
    """The period so many quarters later (earlier when negative)."""
    year, quarter = int(period[:4]), int(period[-1])
    index = year * 4 + quarter - 1 + quarters
    return f"{index // 4:04d}-Q{index % 4 + 1}"


def first_day(period: str) -> date:
    """The day on which the quarter begins."""
    return date(int(period[:4]), 3 * int(period[-1]) - 2, 1)


def periods_between(first: str, last: str) -> list[str]:
    """All quarters from `first` to `last`, both included; empty when `last` is earlier."""
    periods = []
    while first <= last:
        periods.append(first)
        first = shifted(first, 1)
    return periods


def period_label(period: str, language: str) -> str:
    """For people: "Q3 2026", in Portuguese "T3 2026" (trimestre)."""
    letter = "T" if language.lower().startswith("pt") else "Q"
    return f"{letter}{period[-1]} {period[:4]}"
