"""The only place that sends messages to workers. A message is a job's id and nothing else: losing it loses no work."""

from __future__ import annotations

from celery import current_app
from kombu.pools import connections

from jobs import pause

TASK = "jobs.run"

# A person waits for the page that publishes: ask once and give up soon, the reaper sends the message later.
QUICKLY = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "retry_on_timeout": False,
    "max_retries": 0,
    "connect_retries_timeout": 1,
}


class BrokerAway(Exception):
    """Redis failed a moment ago, and isn't asked again yet."""


def publish(job_id: int, queue: str) -> None:
    """Wake a worker of `queue` for this job. Takes a second at most.

    Connections stay open for the next one, as many as there are threads that publish at once. The queue isn't declared:
    a message goes to it by name, and its workers declare it. Raises what the broker's client raises, and BrokerAway.
    """
    if pause.lasts():
        raise BrokerAway("it failed a moment ago")
    try:
        open_ones = connections[current_app.connection_for_write(transport_options=QUICKLY)]
        with open_ones.acquire(block=True, timeout=1) as connection:
            options = {"connection": connection, "retry": False, "declare": []}
            current_app.send_task(TASK, args=[job_id], queue=queue, **options)
    except Exception:
        pause.begin()
        raise


def is_reachable() -> bool:
    """Whether the broker answers within a second or two."""
    try:
        with current_app.connection_for_write(transport_options=QUICKLY) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except Exception:  # whatever a transport raises, it isn't reachable
        return False
    return True
