"""Numbers for a Prometheus server: each request as the web processes saw it, background work as the database knows it.

The web server may run several processes, of which each answers some requests. They count into files of one directory
(PROMETHEUS_MULTIPROC_DIR, set by `serve`), and whichever process is asked adds them up. Of background work nothing is
counted in processes: workers come and go on any machine, while their rows are in the database.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from assessment import metrics as answering
from jobs.models import Heartbeat, Job, StageTime
from jobs.querysets import BEAT

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST
QUEUES = ("default", "reports")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds. The goals lie on bounds: 0.15 for a save, 0.25 for a dashboard."""

if _folder := os.environ.get(DIRECTORY_VARIABLE):  # tidied away while the server ran: a process that joins needs it
    os.makedirs(_folder, mode=0o700, exist_ok=True)
disable_created_metrics()  # a second series for each counter, which several processes couldn't agree on
REGISTRY = CollectorRegistry()
REQUESTS = Counter("ladder_requests", "Requests that were answered.", ["route", "method", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "ladder_request_seconds", "How long requests took.", ["route", "method"], buckets=BUCKETS, registry=REGISTRY
)


def count_request(route: str, method: str | None, status: int, seconds: float) -> None:
    """Count one request. Words that a visitor invents (a method, an address) make no series of their own."""
    method = method if method in METHODS else "other"
    REQUESTS.labels(route, method, str(status)).inc()
    SECONDS.labels(route, method).observe(seconds)


class BackgroundWork(Collector):
    """What the database knows of jobs and workers at `now`; of an unreachable one only that it is."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        try:
            found = list(self._found())
        except Error:
            found = []
        yield GaugeMetricFamily("ladder_database_up", "Whether the database answers.", value=float(bool(found)))
        yield from found

    def _found(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("ladder_jobs", "Jobs that are stored.", labels=["kind", "state"])
        for kind, state, number in Job.objects.counts():
            jobs.add_metric([kind, state], number)
        yield jobs
        age = GaugeMetricFamily("ladder_queue_age_seconds", "How long the oldest queued job waits.", labels=["queue"])
        waiting = dict.fromkeys(QUEUES, self.now) | dict(Job.objects.waiting_since(self.now))
        for queue, since in waiting.items():
            age.add_metric([queue], self._age(since))
        yield age
        yield from self._workers()
        yield from self._stages()

    def _workers(self) -> Iterable[Metric]:
        seen = GaugeMetricFamily("ladder_worker_seen_seconds", "Since when a worker shows no life.", labels=["worker"])
        ages = {worker: self._age(at) for worker, at in Heartbeat.objects.last_seen()}
        for worker, seconds in ages.items():
            seen.add_metric([worker], seconds)
        alive = sum(seconds <= 3 * BEAT.total_seconds() for seconds in ages.values())
        return [seen, GaugeMetricFamily("ladder_workers_alive", "Workers that were seen lately.", value=alive)]

    def _stages(self) -> Iterable[Metric]:
        runs = CounterMetricFamily("ladder_stage_runs", "Jobs that went through the stage.", labels=["kind", "stage"])
        took = CounterMetricFamily("ladder_stage_seconds", "What the stage took in all.", labels=["kind", "stage"])
        for kind, stage, number, seconds in StageTime.objects.sums():
            runs.add_metric([kind, stage], number)
            took.add_metric([kind, stage], seconds)
        return [runs, took]

    def _age(self, since: datetime) -> float:
        return max(0.0, (self.now - since).total_seconds())


def exposition() -> bytes:
    """Everything in Prometheus's text format."""
    work = CollectorRegistry()
    work.register(BackgroundWork(timezone.now()))
    about = GaugeMetricFamily("ladder_info", "The running version.", labels=["version"])
    about.add_metric([settings.VERSION], 1)
    work.register(Given(about))
    return b"".join(generate_latest(registry) for registry in (*of_processes(), work))


class Given(Collector):
    """A metric that is there already."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric

    def collect(self) -> Iterator[Metric]:
        yield self.metric


def of_processes() -> Iterable[CollectorRegistry]:
    """What all web processes counted; without a common directory this process alone."""
    if not os.environ.get(DIRECTORY_VARIABLE):
        return [REGISTRY, answering.REGISTRY]
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return [registry]


def may_read(request) -> bool:
    """Whether the request has the token, or comes from this machine where that is enough."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    passed_on = {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP"} & set(request.META)
    return settings.METRICS_ON_LOOPBACK and local and not passed_on  # a proxy on this machine is not its visitors


def fresh_directory(port: int) -> str:
    """An empty directory for the counts of the web processes at this port; what an earlier start left is removed.

    In the temporary directory and for this user only: a name that somebody else took is not used.
    """
    folder = Path(tempfile.gettempdir(), f"ladder-metrics-{os.getuid() if hasattr(os, 'getuid') else 0}-{port}")
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not is_ours(folder):
            return tempfile.mkdtemp(prefix="ladder-metrics-")
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)
    return str(folder)


def is_ours(folder: Path) -> bool:
    """Whether it is a directory, no link, of this user, that nobody else may write."""
    found = folder.lstat()
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and mine and not found.st_mode & 0o022
