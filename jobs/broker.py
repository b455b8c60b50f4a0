"""The only place that sends messages to workers. A message is a job's id and nothing else: losing it loses no work."""

from __future__ import annotations

import time

from celery import current_app

TASK = "jobs.run"
PAUSE_SECONDS = 2.0
"""So long the broker isn't asked again after it failed: a request with two jobs must not wait for it twice."""

# A person waits for the page that publishes: give up soon, the reaper sends the message later.
QUICKLY = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "retry_on_timeout": False,
    "max_retries": 1,
    "interval_start": 0,
    "connect_retries_timeout": 1,
}


class BrokerAway(Exception):
    """The broker failed a moment ago, and isn't asked again yet."""


_away_until = 0.0


def publish(job_id: int, queue: str) -> None:
    """Wake a worker of `queue` for this job. Takes a second or two at most.

    Raises what the broker's client raises, and BrokerAway.
    """
    global _away_until
    if time.monotonic() < _away_until:
        raise BrokerAway("it failed a moment ago")
    try:
        with current_app.connection_for_write(transport_options=QUICKLY) as connection:
            current_app.send_task(TASK, args=[job_id], queue=queue, connection=connection, retry=False)
    except Exception:
        _away_until = time.monotonic() + PAUSE_SECONDS
        raise


def is_reachable() -> bool:
    """Whether the broker answers within a second or two."""
    try:
        with current_app.connection_for_write(transport_options=QUICKLY) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except Exception:  # whatever a transport raises, it isn't reachable
        return False
    return True
