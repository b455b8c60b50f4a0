"""A warm report of the demo workspace, for each reader, and the request that asks for one.

Built as the worker builds: the browser is running, one report was built before. The request is a post through all
middleware by the test client, the job's row and message included; each round asks for a report that nobody asked for.
"""

from __future__ import annotations

from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.runner import DiscoverRunner
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment.models import Result
from organizations.models import Membership, Role, User
from reports.briefing.audiences import AUDIENCES, LEAD
from reports.build import build_document
from reports.models import Report
from reports.plans import choices_for
from tests.benchmarks import figures
from tests.benchmarks.figures import Figure

BUILD_MS, REQUEST_MS = 600, 30
ROUNDS = 7


def run(_teams: int) -> list[Figure]:
    with demo():
        result = Result.objects.latest_closed()
        return [*(built(result, audience) for audience in AUDIENCES), asked_for(result)]


@contextmanager
def demo():
    """A database of its own with the demo workspace, removed at the end."""
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        call_command("load_demo", verbosity=0)
        yield
    finally:
        runner.teardown_databases(databases)


def built(result: Result, audience: str) -> Figure:
    def build():
        return build_document(result, choices_for(result), "pt-br", lambda *_: None, audience)

    build()
    times, made = figures.measured(build, ROUNDS)
    note = f"{len(made.pdf) // 1024} KB" + (", without charts" if made.why_no_charts else "")
    return Figure(f"report, warm: {audience}", figures.median(times), figures.p95(times), goal_ms=BUILD_MS, note=note)


def asked_for(result: Result) -> Figure:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(owner_of(result))
    address = reverse("reports", args=[result.assessment_id])

    def ask():
        Report.objects.filter(result=result).delete()
        return client.post(address, {"language": "en", "audience": LEAD})

    ask()
    with CaptureQueriesContext(connection) as captured:
        client.post(address, {"language": "pt-br", "audience": LEAD})
    times, response = figures.measured(ask, ROUNDS * 3)
    note = f"answers {response.status_code}"
    return Figure(
        "report, request",
        figures.median(times),
        figures.p95(times),
        queries=len(captured),
        goal_ms=REQUEST_MS,
        note=note,
    )


def owner_of(result: Result) -> User:
    return Membership.objects.filter(organization=result.organization, role=Role.OWNER).first().user
