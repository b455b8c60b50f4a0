"""What a team of a given size has to spend on improvement, and how much larger or smaller its initiatives are.

Both are proposals that the team may overwrite. Capacities are person-weeks a quarter. Source: domain guide 4.4 and
domain review, Score, gate and plan. Pure.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

WEEKS_PER_QUARTER = 12
"""Working weeks; the rest of the thirteen goes to holidays and closing."""
IMPROVEMENT_SHARE = Fraction(15, 100)
REFERENCE_POINTS = ((3, Fraction(1, 2)), (7, Fraction(1)), (14, Fraction(2)))
"""People and effort factor; the catalogue's efforts are those of a team of seven."""


def propose_capacity(people: int, share: Fraction = IMPROVEMENT_SHARE) -> Fraction:
    """Person-weeks a quarter: people x 12 weeks x 15 %. Raises ValueError for fewer than one person."""
    return _team(people) * WEEKS_PER_QUARTER * share


def effort_factor(people: int) -> Fraction:
    """What the catalogue's efforts are multiplied by: half for 3 people, once for 7, twice for 14.

    Linear in between, and like the nearest point outside. Raises ValueError for fewer than one person.
    """
    size = min(max(_team(people), REFERENCE_POINTS[0][0]), REFERENCE_POINTS[-1][0])
    for (small, low), (large, high) in pairwise(REFERENCE_POINTS):
        if size <= large:
            return low + (high - low) * Fraction(size - small, large - small)
    return REFERENCE_POINTS[-1][1]


def _team(people: int) -> int:
    if isinstance(people, bool) or not isinstance(people, int) or people < 1:
        raise ValueError("a team has at least one person")
    return people
