"""What an error of the database means for the person who waits: come back in a moment, or a fault of ours."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

# PostgreSQL: connection, resources, rolled back for others' sake, lock not available, cancelled or shutting down.
PASSING_STATES = ("08", "53", "40", "55P03", "57")
PASSING_WORDS = ("locked", "busy", "unable to open", "disk i/o", "is full")
"""SQLite has no codes that Django passes on; what else it calls operational (no such table) is a fault of ours."""


def is_away(error: BaseException | None) -> bool:
    """Whether the database can't be reached or asked now, so that the same request may succeed a little later."""
    if isinstance(error, InterfaceError):  # what is left of a connection that broke
        return True
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__
    if hasattr(cause, "pgcode"):
        return cause.pgcode is None or cause.pgcode.startswith(PASSING_STATES)
    return any(words in str(error).lower() for words in PASSING_WORDS)
