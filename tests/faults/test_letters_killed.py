"""Reports after a closing whose worker is killed and whose messages come three times: one report, one letter."""

from __future__ import annotations

import pytest

from tests.faults.installation import LEASE_SECONDS, OWNER, Installation, installed, kill_group, wait_until

pytestmark = pytest.mark.services

# The demo's last closing again, for a team with a schedule; the message comes three times.
CLOSE = f"""
from django.db import transaction
from django.utils import timezone
from assessment.models import Result
from jobs import broker
from jobs.actions import enqueue
from organizations.models import User
from reports.delivery.actions import save_schedule
result = Result.objects.standing().latest_closed()
owner = User.objects.get(email="{OWNER}")
save_schedule(user=owner, team=result.team, audiences=["lead"], languages=["en"], recipients=[owner], version=0,
              now=timezone.now())
with transaction.atomic():
    job = enqueue(kind=Result.KIND, key=f"{{Result.KIND}}-{{result.pk}}", payload={{"result": result.pk}},
                  now=timezone.now())
for _ in range(2):
    broker.publish(job.pk, "default")
"""


def states(installation: Installation) -> list[tuple]:
    kinds = "'assessment-closed', 'report', 'report-ready'"
    return installation.rows(f"SELECT kind, state FROM jobs_job WHERE kind IN ({kinds}) ORDER BY kind")


def letters(installation: Installation) -> int:
    """How many letters stand in the worker's output: without a mail server they are printed there."""
    return (installation.folder / "log").read_text().count("Subject: ")


def test_a_killed_worker_and_repeated_messages_make_one_report_and_one_letter(tmp_path):
    with installed(tmp_path) as installation:
        installation.start_reaper()
        installation.manage("shell", "-c", CLOSE)
        worker = installation.start_worker()
        wait_until(lambda: ("report", "running") in states(installation), lambda: states(installation), pause=0.02)
        kill_group(worker)
        assert letters(installation) == 0

        installation.start_worker()
        done = [("assessment-closed", "done"), ("report", "done"), ("report-ready", "done")]
        wait_until(lambda: states(installation) == done, lambda: f"{states(installation)} {installation.log()}",
                   seconds=60 + LEASE_SECONDS)  # fmt: skip
        assert installation.rows("SELECT count(*) FROM reports_report") == [(1,)]
        assert letters(installation) == 1
        text = (installation.folder / "log").read_text()
        assert f"To: {OWNER}" in text and "Auto-Submitted: auto-generated" in text
