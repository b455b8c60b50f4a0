"""How far the respondents of one question, or of a whole round, agree (domain guide 3.4).

Answers are values on the 1-5 scale, halves included. Figures of one question are exact fractions, so that a limit is
met or missed for certain; alpha of a round is a fraction, too. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

LOWEST, HIGHEST = 1, 5
LEAST_RATERS = 4
"""a_wg needs one rater less than the scale has options."""
AGREED, FAIR = Fraction(7, 10), Fraction(6, 10)
ACCEPTABLE_DEVIATION = Fraction(5, 6)
INVISIBLE_SHARE = Fraction(1, 3)
RELIABLE, TENTATIVE = Fraction(4, 5), Fraction(2, 3)
"""Krippendorff's customary limits of alpha: reliable from the first on, tentative from the second."""
LEAST_ANSWERS = 12
"""So many equal answers are more likely a habit than a finding."""
LEAST_SECONDS = 4
"""A question with its five anchors can't be read in less."""

UNSETTLED = frozenset({"discuss", "split"})
"""Verdicts that a team talks about before it acts."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """`a_wg` None where it is undefined; all three None for fewer than two answers.

    `verdict` is agreed, fair, discuss or split.
    """

    a_wg: Fraction | None
    ad: Fraction | None
    verdict: str | None


def median(values: Iterable[Fraction]) -> Fraction:
    """The middle value, or the mean of the two middle ones. Raises ValueError when there is none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a median needs at least one value")
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle]) / 2


def mean(values: Sequence[Fraction]) -> Fraction:
    return Fraction(sum(values)) / len(values)


def variance(values: Sequence[Fraction]) -> Fraction:
    """The sample variance, divisor k - 1; needs two values."""
    centre = mean(values)
    return Fraction(sum((value - centre) ** 2 for value in values)) / (len(values) - 1)


def average_deviation(values: Sequence[Fraction]) -> Fraction:
    """Mean distance from the median, in levels."""
    centre = median(values)
    return Fraction(sum(abs(value - centre) for value in values)) / len(values)


def within_group_agreement(values: Sequence[Fraction]) -> Fraction | None:
    """a_wg (domain guide 3.4): 1 for equal answers, None where it is undefined, below 0 when the team is split."""
    count = len(values)
    if count < 2:
        return None
    if len(set(values)) == 1:
        return Fraction(1)
    centre = mean(values)
    least = Fraction(LOWEST * (count - 1) + HIGHEST, count)
    most = Fraction(HIGHEST * (count - 1) + LOWEST, count)
    if count < LEAST_RATERS or not least <= centre <= most:
        return None
    widest = ((HIGHEST + LOWEST) * centre - centre**2 - HIGHEST * LOWEST) * Fraction(count, count - 1)
    return 1 - 2 * variance(values) / widest


def verdict_of(a_wg: Fraction | None, ad: Fraction) -> str:
    """The band of `a_wg`; where that is None, the average deviation decides."""
    if a_wg is None:
        return "agreed" if ad <= ACCEPTABLE_DEVIATION else "discuss"
    if a_wg >= AGREED:
        return "agreed"
    if a_wg >= FAIR:
        return "fair"
    return "discuss" if a_wg >= 0 else "split"


def agreement(values: Sequence[Fraction]) -> Agreement:
    """Agreement of the answers to one question."""
    if len(values) < 2:
        return Agreement(None, None, None)
    a_wg, ad = within_group_agreement(values), average_deviation(values)
    return Agreement(a_wg, ad, verdict_of(a_wg, ad))


def invisible_to_team(dont_know: int, respondents: int) -> bool:
    """Whether a third of those who were asked, or more, could not tell."""
    return respondents > 0 and Fraction(dont_know, respondents) >= INVISIBLE_SHARE


def straight_lining(values: Sequence[Fraction], seconds: Sequence[float] = ()) -> tuple[str, ...]:
    """What makes one person's sheet look clicked through (domain guide 2.4): `no_variation`, `too_fast`, or nothing.

    `values` are the person's answers, `seconds` how long each question took, where that is known. A hint for this
    person alone before handing in; no answer is left out for it.
    """
    signs = []
    if len(values) >= LEAST_ANSWERS and len(set(values)) == 1:
        signs.append("no_variation")
    if seconds and median(map(Fraction, seconds)) < LEAST_SECONDS:
        signs.append("too_fast")
    return tuple(signs)


def krippendorff_alpha(units: Iterable[Sequence[Fraction]]) -> Fraction | None:
    """Ordinal alpha over `units`: per question the answers that were given, in any order (domain guide 3.4).

    A unit with one answer can't be paired and is left out. None when nothing can be paired or all values are equal.
    """
    coincidences, totals = _coincidences([unit for unit in units if len(unit) > 1])
    count = sum(totals.values())
    distances = {pair: _ordinal_distance(totals, *pair) for pair in combinations(sorted(totals), 2)}
    expected = sum((totals[low] * totals[high] * gap for (low, high), gap in distances.items()), Fraction(0))
    if not expected:
        return None
    observed = sum((coincidences[pair] * gap for pair, gap in distances.items()), Fraction(0))
    return 1 - (count - 1) * observed / expected


def alpha_band(alpha: Fraction) -> str:
    """reliable, tentative or unreliable: what may be concluded from answers with this alpha."""
    if alpha >= RELIABLE:
        return "reliable"
    return "tentative" if alpha >= TENTATIVE else "unreliable"


def _coincidences(
    units: Sequence[Sequence[Fraction]],
) -> tuple[Mapping[tuple[Fraction, Fraction], Fraction], Counter[Fraction]]:
    """How often each pair of different values, lower one first, stands in one unit, and each value's total."""
    pairs: defaultdict[tuple[Fraction, Fraction], Fraction] = defaultdict(Fraction)
    totals: Counter[Fraction] = Counter()
    for unit in units:
        counts = Counter(unit)
        totals.update(counts)
        for low, high in combinations(sorted(counts), 2):
            pairs[low, high] += Fraction(counts[low] * counts[high], len(unit) - 1)
    return pairs, totals


def _ordinal_distance(totals: Counter[Fraction], low: Fraction, high: Fraction) -> Fraction:
    between = sum(count for value, count in totals.items() if low <= value <= high)
    return (between - Fraction(totals[low] + totals[high], 2)) ** 2
