"""Reports after each closing: asked for once, by a job that survives, for people who may see the team."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse

from assessment.actions import undo_closing
from assessment.models import Result
from jobs.models import Job
from organizations.models import AuditEvent
from reports import browser
from reports.delivery.actions import ScheduleConflict, save_schedule
from reports.models import Notice, Report, Schedule
from tests.assessment.rooms import LATER, close, opened, save
from tests.reports.rooms import do_job


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    monkeypatch.setattr(browser, "draw", draw)


def scheduled(cast, **changes) -> Schedule:
    """After each closing of Atlas the lead's report in both languages, with letters to Alice and Erin."""
    wanted = {
        "user": cast.alice,
        "team": cast.atlas,
        "audiences": ["lead"],
        "languages": ["en", "pt-br"],
        "recipients": [cast.alice, cast.erin],
        "version": 0,
        "now": LATER,
    }
    return save_schedule(**wanted | changes)


def closed(cast) -> Result:
    assessment = opened(cast)
    save(cast.bob, assessment)
    return close(cast.alice, assessment)


def closing_job() -> Job:
    return Job.objects.get(kind=Result.KIND)


def test_closing_leaves_one_job_that_names_the_result(cast):
    result = closed(cast)
    assert (closing_job().payload, closing_job().state) == ({"result": result.pk}, "queued")


def test_without_a_schedule_nothing_is_built(cast):
    closed(cast)
    assert do_job(closing_job()).state == "done"
    assert not Report.objects.exists()


def test_each_report_of_the_schedule_is_built_and_told_to_each_recipient(cast):
    scheduled(cast)
    result = closed(cast)
    do_job(closing_job())
    reports = Report.objects.order_by("language")
    assert [(report.result, report.audience, report.language, report.requested_by) for report in reports] == [
        (result, "lead", "en", None),
        (result, "lead", "pt-br", None),
    ]
    for report in reports:
        assert do_job(report.job).state == "done"
    for job in Job.objects.filter(kind=Notice.KIND):
        do_job(job)
    assert sorted(letter.to[0] for letter in mail.outbox) == ["alice@example.org"] * 2 + ["erin@example.org"] * 2
    assert all("after each closing" in letter.body for letter in mail.outbox)


def test_a_job_that_is_started_again_after_a_crash_asks_for_nothing_twice(cast):
    scheduled(cast)
    closed(cast)
    do_job(closing_job())
    Job.objects.filter(kind=Result.KIND).update(state="queued")
    do_job(closing_job())
    assert (Report.objects.count(), Notice.objects.count()) == (2, 4)
    assert AuditEvent.objects.filter(action="report requested").count() == 2


def test_an_undone_closing_stops_it_before_and_after_the_reports_are_asked_for(cast):
    scheduled(cast)
    result = closed(cast)
    undo_closing(user=cast.alice, assessment_id=result.assessment_id, now=LATER)
    do_job(closing_job())
    assert not Report.objects.exists()

    second = close(cast.alice, result.assessment)
    for job in Job.objects.filter(kind=Result.KIND, state="queued"):
        do_job(job)
    assert {report.result for report in Report.objects.all()} == {second}
    undo_closing(user=cast.alice, assessment_id=result.assessment_id, now=LATER)
    assert {do_job(report.job).state for report in Report.objects.all()} == {"failed"}
    assert not Job.objects.filter(kind=Notice.KIND).exists()


def test_recipients_who_may_not_see_the_team_any_more_are_left_out(cast):
    scheduled(cast)
    cast.erin.memberships.all().delete()
    closed(cast)
    do_job(closing_job())
    assert {notice.user for notice in Notice.objects.all()} == {cast.alice}


def test_the_lead_chooses_reports_languages_and_people_of_the_team_only(sign_in, cast, alice):
    address = reverse("report-schedule", args=[cast.atlas.pk])
    client = sign_in(alice)
    page = client.get(address).content.decode()
    assert "Erin (erin@example.org)" in page and "dave@example.org" not in page
    sent = {"audiences": ["lead"], "languages": ["pt-br"], "recipients": [cast.erin.pk], "version": "0"}
    assert client.post(address, sent | {"recipients": [cast.dave.pk]}).status_code == 422
    assert client.post(address, sent).status_code == 302
    schedule = Schedule.objects.get()
    assert (schedule.audiences, schedule.languages, schedule.version) == (["lead"], ["pt-br"], 1)
    assert list(schedule.recipients.people()) == [cast.erin]
    event = AuditEvent.objects.get(action="reports after closing changed")
    assert (event.actor, event.detail["recipients"]) == (alice, ["Erin"])


def test_a_language_without_a_report_and_a_report_without_a_language_are_refused(sign_in, cast, alice):
    address = reverse("report-schedule", args=[cast.atlas.pk])
    for sent in ({"languages": ["en"]}, {"audiences": ["lead"]}):
        assert sign_in(alice).post(address, sent | {"version": "0"}).status_code == 422
    assert sign_in(alice).post(address, {"version": "0"}).status_code == 302  # nothing at all is a schedule, too


def test_two_who_change_the_schedule_at_once_dont_overwrite_each_other(sign_in, cast, alice):
    scheduled(cast)
    with pytest.raises(ScheduleConflict):
        scheduled(cast, languages=["en"], version=0)
    sent = {"audiences": ["lead"], "languages": ["en"], "version": "0"}
    response = sign_in(alice).post(reverse("report-schedule", args=[cast.atlas.pk]), sent)
    assert response.status_code == 409
    assert "Alice changed this meanwhile" in response.content.decode()
    assert Schedule.objects.get().languages == ["en", "pt-br"]


def test_saying_what_stands_already_changes_nothing(cast):
    first = scheduled(cast)
    assert scheduled(cast).version == first.version == 1
    assert AuditEvent.objects.filter(action="reports after closing changed").count() == 1


def test_members_and_viewers_may_not_change_the_schedule(sign_in, cast):
    address = reverse("report-schedule", args=[cast.atlas.pk])
    assert [sign_in(user).get(address).status_code for user in (cast.bob, cast.erin)] == [403, 403]
    assert sign_in(cast.dave).get(address).status_code == 404
