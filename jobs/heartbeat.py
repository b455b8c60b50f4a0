"""A worker's sign of life: one row per worker, written every few seconds while the worker consumes messages."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from celery.signals import worker_ready, worker_shutting_down
from django.db import DatabaseError, connection
from django.utils import timezone

from jobs.models import Heartbeat
from jobs.querysets import BEAT

log = logging.getLogger(__name__)
FORGET_AFTER = timedelta(days=1)
_stop = threading.Event()


@worker_ready.connect
def start(sender, **_details) -> None:
    """Beat in a thread of the worker's main process, which forks the processes that do the work."""
    _stop.clear()
    threading.Thread(target=_beat_until_stopped, args=(str(sender.hostname),), daemon=True).start()


@worker_shutting_down.connect
def stop(**_details) -> None:
    _stop.set()


def _beat_until_stopped(worker: str) -> None:
    while True:
        try:
            beat(worker=worker, now=timezone.now())
        except DatabaseError:
            log.warning("The heartbeat could not be written; trying again.")
        finally:
            # A connection that is open while the worker forks would be shared with the child.
            connection.close()
        if _stop.wait(BEAT.total_seconds()):
            return


def beat(*, worker: str, now: datetime) -> None:
    """Say that the worker lives, and forget workers that have been silent for a day."""
    Heartbeat.objects.update_or_create(worker=worker[:200], defaults={"seen_at": now})
    Heartbeat.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


def is_anybody_alive(now: datetime) -> bool:
    """Whether some worker was seen lately."""
    return Heartbeat.objects.alive(now).exists()
