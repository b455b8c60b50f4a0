"""How an answer to an earlier revision of a question is read now (domain guide 3.7). Pure: no Django, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from manifesto.definitions import Framework

Levels = tuple[int | None, ...]
"""For each old level 1-5 the new one, or None where the old answer doesn't tell."""


def conversions(older: Framework, newer: Framework, between: Sequence[Framework] = ()) -> dict[str, Levels]:
    """For each re-anchored question that answers can be carried to, how levels of `older` are read by `newer`.

    A release leads from the one that it supersedes; `between` are those in the middle, whose tables are chained.
    """
    before = {question.key: question.revision for question in older.questions}
    steps = _steps([*between, newer])
    found = {
        question.key: _chained(steps, question.key, before[question.key], question.revision)
        for question in newer.questions
        if before.get(question.key, question.revision) < question.revision
    }
    return {key: levels for key, levels in found.items() if levels is not None}


def conversion(releases: Iterable[Framework], question: str, from_revision: int, to_revision: int) -> Levels | None:
    """How levels of one revision of `question` are read by another, by the tables of `releases`; None without a way."""
    return _chained(_steps(releases), question, from_revision, to_revision)


def read_level(levels: Levels, value: Fraction) -> Fraction | None:
    """A value 1-5 by a crosswalk; between two levels in proportion. None where the old answer doesn't tell."""
    level = int(value)
    low, part = levels[level - 1], value - level
    if low is None or not part:
        return None if low is None else Fraction(low)
    high = levels[level]
    return None if high is None else low + part * (high - low)


def _steps(releases: Iterable[Framework]) -> dict[tuple[str, int], tuple[int, Levels]]:
    """From a question and its revision to the next revision that a table leads to."""
    tables = [table for release in releases for table in release.crosswalk]
    return {(table.question, table.from_revision): (table.to_revision, table.levels) for table in tables}


def _chained(
    steps: Mapping[tuple[str, int], tuple[int, Levels]], question: str, revision: int, wanted: int
) -> Levels | None:
    levels: Levels = (1, 2, 3, 4, 5)
    while revision < wanted:
        following, table = steps.get((question, revision), (revision, ()))
        if following <= revision:
            return None
        levels = tuple(None if level is None else table[level - 1] for level in levels)
        revision = following
    return levels if revision == wanted else None
