"""Whoever finds Redis away tells the rest of this process: a request must not wait for each of its questions.

The cache and the broker are one Redis. What isn't sent or looked up meanwhile is made good without it: the reaper sends
a message again, a miss reads the database.
"""

from __future__ import annotations

import time

SECONDS = 3.0
"""So long Redis isn't asked again after it failed."""

_until = 0.0


def begin() -> None:
    """Redis has just failed."""
    global _until
    _until = time.monotonic() + SECONDS


def end() -> None:
    """Ask again, as if it had never failed."""
    global _until
    _until = 0.0


def lasts() -> bool:
    """Whether Redis failed a moment ago."""
    return time.monotonic() < _until
