"""How long a person took for each question, from the moments of their saves. Pure: no Django, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

TOGETHER = 1.0
"""Seconds: saves that lie no further apart came from one page and share its time."""


def seconds_per_question(moments: Sequence[datetime]) -> list[float]:
    """Seconds for each question but those of the first save, whose beginning nobody knows.

    `moments` are when each question was first answered. A page that was sent as a whole saves its questions at once:
    the time since the save before is then shared among them.
    """
    ordered = sorted(moments)
    pages: list[list[datetime]] = []
    for moment in ordered:
        if pages and (moment - pages[-1][-1]).total_seconds() <= TOGETHER:
            pages[-1].append(moment)
        else:
            pages.append([moment])
    return [(page[0] - before[-1]).total_seconds() / len(page) for before, page in pairwise(pages) for _moment in page]
