"""What is removed when, and that nothing else is."""

from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections

from assessment.models import Revision
from config import env
from config.retention import KIND, maintain
from jobs.actions import start_daily_work
from jobs.models import Job
from organizations import actions as people
from organizations.models import AuditEvent, LoginToken
from organizations.sign_in import letters
from reports import files
from reports.actions import request_report
from reports.models import Report
from reports.plans import choices_for
from tests.assessment.rooms import LATER, close, level, opened, save
from tests.cast import NOW
from tests.reports.rooms import asked, do_job

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def history(cast):
    """A closed assessment whose one answer was saved three times, a sign-in link, a built report."""
    assessment = opened(cast)
    for version in range(3):
        save(cast.alice, assessment, entry=level(version + 2), version=version)
    result = close(cast.alice, assessment)
    people.create_login_link(user=cast.bob, now=NOW)
    report = asked(cast.alice, result)
    Job.objects.filter(pk=report.job_id).update(state=Job.State.DONE)
    Report.objects.filter(pk=report.pk).update(file=files.name_of(report))
    report.refresh_from_db()
    files.write(files.path_of(report), b"%PDF-1.7")
    return report


def rows() -> dict[str, int]:
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def test_by_default_every_row_stays_for_ever(history):
    before = rows()
    maintain(now=NOW + 4000 * DAY)
    assert rows() == before


def test_by_default_an_old_report_loses_its_file_and_can_be_asked_for_again(cast, history, sign_in):
    path = files.path_of(history)
    assert maintain(now=LATER + 400 * DAY)["report files"] == 0
    assert path.exists()
    assert maintain(now=LATER + 400 * DAY + timedelta(seconds=1))["report files"] == 1
    assert not path.exists()
    page = sign_in(cast.alice).get(f"/reports/{history.pk}/").content.decode()
    assert "it will be built anew" in page
    result = history.result
    again = request_report(user=cast.alice, result=result, choices=choices_for(result), language="en", now=LATER)
    assert again.pk != history.pk


def test_a_report_that_could_not_be_built_anew_keeps_its_file(history):
    Report.objects.get(pk=history.pk).result.__class__.objects.update(framework_version="0.0.1")
    assert maintain(now=NOW + 4000 * DAY)["report files"] == 0
    assert files.path_of(history).exists()


def test_revisions_go_after_closing_and_the_one_that_stands_stays(history, settings):
    settings.KEEP_REVISIONS_DAYS = 30
    assert maintain(now=LATER + 30 * DAY)["revisions"] == 0
    assert maintain(now=LATER + 31 * DAY)["revisions"] == 2
    assert [revision.level for revision in Revision.objects.all()] == [4]


def test_revisions_of_an_open_assessment_stay(cast, settings):
    settings.KEEP_REVISIONS_DAYS = 1
    assessment = opened(cast)
    for version in range(2):
        save(cast.alice, assessment, entry=level(version + 2), version=version)
    maintain(now=NOW + 4000 * DAY)
    assert Revision.objects.count() == 2


def test_audit_rows_and_sign_in_links_go_when_that_is_wanted(history, settings):
    settings.KEEP_AUDIT_DAYS, settings.KEEP_LOGIN_LINKS_DAYS = 365, 7
    events = AuditEvent.objects.count()
    removed = maintain(now=NOW + 8 * DAY)
    assert (removed["audit rows"], removed["sign-in links"]) == (0, 0)  # the link was valid for a day
    removed = maintain(now=NOW + 366 * DAY)
    assert (removed["audit rows"], removed["sign-in links"]) == (events, 1)
    assert not AuditEvent.objects.exists() and not LoginToken.objects.exists()


def test_many_rows_go_in_small_steps(cast, settings, monkeypatch):
    monkeypatch.setattr("config.retention.ROWS_AT_ONCE", 3)
    settings.KEEP_AUDIT_DAYS = 1
    AuditEvent.objects.bulk_create(
        AuditEvent(organization=cast.house, action="team created", subject=str(number), at=NOW) for number in range(10)
    )
    assert maintain(now=NOW + 2 * DAY)["audit rows"] == 10
    assert not AuditEvent.objects.exists()


def test_sessions_that_are_over_go_and_others_stay(db):
    for name, end in (("over", NOW - DAY), ("open", NOW + DAY)):
        Session.objects.create(session_key=name, session_data="", expire_date=end)
    maintain(now=NOW)
    assert [session.session_key for session in Session.objects.all()] == ["open"]


def test_half_written_files_go_after_a_day(db, tmp_path):
    for name, age in (("1-1.part", 2 * DAY), ("2-1.part", timedelta(hours=1)), ("3.pdf", 2 * DAY)):
        path = tmp_path / "reports" / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        moment = (datetime.now(UTC) - age).timestamp()
        os.utime(path, (moment, moment))
    assert maintain(now=datetime.now(UTC))["unfinished files"] == 1
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == ["2-1.part", "3.pdf"]


def test_a_dry_run_counts_and_removes_nothing(history, settings):
    settings.KEEP_REVISIONS_DAYS = settings.KEEP_AUDIT_DAYS = settings.KEEP_REPORT_FILES_DAYS = 1
    before, output = rows(), io.StringIO()
    call_command("maintain", "--dry-run", stdout=output)
    assert rows() == before and files.path_of(history).exists()
    assert "2 revisions would be removed" in output.getvalue()
    call_command("maintain", stdout=output)
    assert "2 revisions removed" in output.getvalue()
    assert not files.path_of(history).exists()


@pytest.mark.parametrize("given", ["-1", "soon", "1.5"])
def test_a_limit_that_is_no_number_of_days_stops_the_start(monkeypatch, given):
    monkeypatch.setenv("LADDER_KEEP_AUDIT_DAYS", given)
    with pytest.raises(ImproperlyConfigured, match="LADDER_KEEP_AUDIT_DAYS"):
        env.days("LADDER_KEEP_AUDIT_DAYS", default=0)


# --- once a day -------------------------------------------------------------------------------------------------------


@pytest.fixture
def no_broker(monkeypatch):
    monkeypatch.setattr("jobs.broker.publish", lambda job_id, queue: None)


@pytest.mark.django_db(transaction=True)
def test_under_two_beats_the_days_work_is_one_job(no_broker):
    barrier = Barrier(4)

    def beat(_number):
        try:
            barrier.wait(10)
            start_daily_work(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(beat, range(4)))
    assert [job.key for job in Job.objects.all()] == [f"{KIND}-2026-07-01"]


def test_each_day_has_its_job_and_a_worker_does_it(db, no_broker, settings, cast):
    settings.KEEP_AUDIT_DAYS = 1
    AuditEvent.objects.create(organization=cast.house, action="x", subject="y", at=NOW - 4000 * DAY)
    for now in (NOW, NOW + timedelta(hours=14), NOW + timedelta(hours=15)):  # the last is after midnight, UTC
        start_daily_work(now=now)
    assert [job.key for job in Job.objects.order_by("pk")] == [f"{KIND}-2026-07-01", f"{KIND}-2026-07-02"]
    assert do_job(Job.objects.first(), now=NOW).state == Job.State.DONE
    assert not AuditEvent.objects.exists()


def test_jobs_of_maintenance_are_forgotten_after_a_month(db, no_broker):
    start_daily_work(now=NOW)
    Job.objects.update(state=Job.State.DONE, finished_at=NOW)
    assert maintain(now=NOW + 30 * DAY)["maintenance jobs"] == 0
    assert maintain(now=NOW + 31 * DAY)["maintenance jobs"] == 1


def test_letters_about_passwords_that_were_sent_are_forgotten_after_a_day(db, no_broker):
    letters.ask_for_new_password(user=None, language="en", now=NOW)
    assert maintain(now=NOW + 9 * DAY)["letters about passwords"] == 0, "it still waits"
    Job.objects.update(state=Job.State.DONE, finished_at=NOW)
    assert maintain(now=NOW + DAY)["letters about passwords"] == 0
    assert maintain(now=NOW + 2 * DAY)["letters about passwords"] == 1


def test_letters_that_became_files_go_after_a_week(db, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    for name, days in (("old.log", 8), ("new.log", 6)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, times=((NOW - days * DAY).timestamp(),) * 2)
    assert maintain(now=NOW)["letters in files"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["new.log"]
