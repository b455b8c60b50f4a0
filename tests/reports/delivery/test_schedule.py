"""What follows from a closing: the best plan, then the reports of the schedule, once, for people who may read them."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from assessment.actions import undo_closing
from assessment.models import Result
from jobs.actions import LeaseLost, claim, finish, reap
from jobs.models import Job
from jobs.registry import WorkFailed
from organizations.models import AuditEvent, Role, User
from reports import browser
from reports.actions import retry_report
from reports.delivery.actions import ScheduleConflict, save_schedule
from reports.models import Notice, Report, Schedule, SolvedPlan
from reports.plans import choices_for, is_settled, plan_for
from tests.assessment.rooms import LATER, close, opened, save
from tests.reports.rooms import do_job, planned_result


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings, tmp_path):
    """No chart is drawn; plans outlive a test in the cache, the solutions in the database don't."""
    cache.clear()
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


def plan_job() -> Job:
    return Job.objects.get(kind=SolvedPlan.KIND)


def followed() -> None:
    """The worker does what follows from the closing, until the reports can be built."""
    do_job(closing_job())
    if plan_job().state == "queued":
        do_job(plan_job())


def test_closing_leaves_one_job_that_names_the_result(cast):
    result = closed(cast)
    assert (closing_job().payload, closing_job().state) == ({"result": result.pk}, "queued")


def test_without_a_schedule_nothing_is_built(cast):
    closed(cast)
    followed()
    assert not Report.objects.exists()


# --- the best plan ----------------------------------------------------------------------------------------------------


def test_closing_asks_for_the_best_plan_so_that_the_roadmap_opens_with_it(cast, sign_in, alice):
    result = planned_result(cast)
    do_job(closing_job())
    assert plan_job().state == "queued"
    assert do_job(plan_job()).state == "done"
    assert is_settled(plan_for(result, choices_for(result)))
    page = sign_in(alice).get(reverse("roadmap", args=[result.assessment_id])).content.decode()
    assert "hx-post" not in page and "being computed" not in page


def test_scheduled_reports_are_built_after_the_best_plan_is_known_and_print_it(cast):
    scheduled(cast, languages=["en"])
    closed(cast)
    do_job(closing_job())
    report = Report.objects.get()
    assert (report.job.after, claim(job_id=report.job_id, now=LATER)) == (plan_job(), None)
    do_job(plan_job())
    do_job(report.job, LATER)
    report.refresh_from_db()
    assert report.data["plan"]["is_exact"] is True


def test_reports_dont_wait_for_a_search_that_failed(cast):
    scheduled(cast, languages=["en"])
    closed(cast)
    do_job(closing_job())
    Job.objects.filter(pk=plan_job().pk).update(state="failed")
    assert do_job(Report.objects.get().job, LATER).state == "done"


def test_scheduled_reports_wait_longer_than_a_person_would(cast):
    scheduled(cast, languages=["en"])
    closed(cast)
    do_job(closing_job())
    report = Report.objects.get()
    assert report.job.waits_until == report.requested_at + timedelta(hours=1)
    assert do_job(report.job, report.job.waits_until).state == "done"


def test_a_worker_that_dies_after_the_closing_asks_for_everything_once_when_another_takes_over(cast):
    scheduled(cast)
    closed(cast)
    claim(job_id=closing_job().pk, now=LATER)  # and never heard of again
    assert not Job.objects.filter(kind=SolvedPlan.KIND).exists()
    later = LATER + timedelta(hours=1)
    assert reap(now=later).requeued == 1
    do_job(closing_job(), later)
    dead = claim(job_id=plan_job().pk, now=later)
    later += timedelta(hours=1)
    assert reap(now=later).requeued == 1
    do_job(plan_job(), later)
    with pytest.raises(LeaseLost):
        finish(job=dead, now=later)
    assert Report.objects.count() == 2
    assert AuditEvent.objects.filter(action="report requested").count() == 2


# --- reports and letters ----------------------------------------------------------------------------------------------


def test_each_report_of_the_schedule_is_built_and_told_to_each_recipient(cast):
    scheduled(cast)
    result = closed(cast)
    followed()
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
    followed()
    Job.objects.filter(kind=Result.KIND).update(state="queued")
    followed()
    assert (Report.objects.count(), Notice.objects.count()) == (2, 4)
    assert AuditEvent.objects.filter(action="report requested").count() == 2


def test_an_undone_closing_stops_it_before_and_after_the_reports_are_asked_for(cast):
    scheduled(cast)
    result = closed(cast)
    undo_closing(user=cast.alice, assessment_id=result.assessment_id, now=LATER)
    do_job(closing_job())
    assert not Report.objects.exists()

    second = close(cast.alice, result.assessment)
    for kind in (Result.KIND, SolvedPlan.KIND):
        for job in Job.objects.filter(kind=kind, state="queued"):
            do_job(job)
    assert {report.result for report in Report.objects.all()} == {second}
    undo_closing(user=cast.alice, assessment_id=result.assessment_id, now=LATER)
    assert {do_job(report.job).state for report in Report.objects.all()} == {"failed"}
    assert not Job.objects.filter(kind=Notice.KIND).exists()
    assert {do_job(job).state for job in Job.objects.filter(kind=Schedule.OUTCOME)} == {"done"}
    assert mail.outbox == []


def test_an_undone_closing_stops_reports_that_wait_for_the_plan(cast):
    scheduled(cast, languages=["en"])
    result = closed(cast)
    do_job(closing_job())
    undo_closing(user=cast.alice, assessment_id=result.assessment_id, now=LATER)
    do_job(plan_job())
    report = Report.objects.get()
    assert do_job(report.job, LATER).state == "failed"
    report.refresh_from_db()
    assert (report.file, report.stands) == ("", False)


def test_what_an_earlier_version_left_for_after_the_search_still_asks_for_the_reports_once(cast):
    scheduled(cast, languages=["en"])
    result = closed(cast)
    old = {"kind": "scheduled-reports", "payload": {"result": result.pk, "plan": "sha256:0"}, "created_at": LATER}
    job = Job.objects.create(key=f"scheduled-reports-{result.pk}-sha256:0", **old)
    assert do_job(job).state == "done"
    assert Report.objects.count() == 1
    followed()
    assert Report.objects.count() == 1


def test_recipients_who_may_not_see_the_team_any_more_are_left_out(cast):
    scheduled(cast)
    cast.erin.memberships.all().delete()
    closed(cast)
    followed()
    assert {notice.user for notice in Notice.objects.all()} == {cast.alice}


# --- whoever may not read a report gets no letter about it ------------------------------------------------------------


def test_a_consultants_report_cant_be_scheduled_for_a_viewer_and_the_page_says_why(sign_in, cast, alice):
    address = reverse("report-schedule", args=[cast.atlas.pk])
    sent = {"audiences": ["lead", "consultant"], "languages": ["en"], "version": "0"}
    response = sign_in(alice).post(address, sent | {"recipients": [alice.pk, cast.bob.pk, cast.erin.pk]})
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    assert "No letter about the report “Consultant” can go to Bob, Erin." in page
    assert "see who answered what" in page
    assert not Schedule.objects.exists()
    assert sign_in(alice).post(address, sent | {"recipients": [alice.pk, cast.carla.pk]}).status_code == 302


def test_a_role_that_changes_before_the_closing_takes_the_consultants_letter_but_not_the_leads(sign_in, cast):
    scheduled(cast, audiences=["lead", "consultant"], languages=["en"], recipients=[cast.alice, cast.carla])
    cast.carla.memberships.update(role=Role.VIEWER)
    closed(cast)
    followed()
    told = {(notice.report.audience, str(notice.user)) for notice in Notice.objects.all()}
    assert told == {("lead", "Alice"), ("lead", "Carla"), ("consultant", "Alice")}
    page = html.unescape(sign_in(cast.alice).get(reverse("report-schedule", args=[cast.atlas.pk])).content.decode())
    assert "No letter about the report “Consultant” can go to Carla." in page


def test_a_role_that_changes_between_asking_and_sending_stops_the_letter(cast):
    scheduled(cast, audiences=["consultant"], languages=["en"], recipients=[cast.carla])
    closed(cast)
    followed()
    do_job(Report.objects.get().job)
    cast.carla.memberships.update(role=Role.VIEWER)
    assert do_job(Job.objects.get(kind=Notice.KIND)).state == "done"
    assert mail.outbox == []


def test_each_letter_leads_to_a_report_that_its_reader_may_open(sign_in, cast):
    people = [cast.alice, cast.carla, cast.olivia]
    scheduled(cast, audiences=["lead", "executive", "consultant"], languages=["en"], recipients=people)
    closed(cast)
    followed()
    for report in Report.objects.all():
        do_job(report.job)
    for job in Job.objects.filter(kind=Notice.KIND):
        do_job(job)
    assert len(mail.outbox) == 9
    for letter in mail.outbox:
        (address,) = re.findall(r"http://127.0.0.1:8000(/reports/\d+/)", letter.body)
        user = User.objects.get(email=letter.to[0])
        assert sign_in(user).get(address).status_code == 200


# --- a report that fails ----------------------------------------------------------------------------------------------


def failing_report(cast, monkeypatch) -> Report:
    def refuse(*_args, **_options):
        raise WorkFailed("The pages <b> couldn't be set.", final=True)

    scheduled(cast, languages=["en"])
    closed(cast)
    followed()
    monkeypatch.setattr("reports.build.build_document", refuse)
    report = Report.objects.get()
    do_job(report.job)
    return report


def outcome() -> Job:
    return Job.objects.get(kind=Schedule.OUTCOME)


def test_whoever_set_the_schedule_up_gets_one_letter_with_the_reason(cast, monkeypatch):
    report = failing_report(cast, monkeypatch)
    do_job(outcome())
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["alice@example.org"], "Report failed: Atlas, Q3 2026")
    assert "The pages <b> couldn't be set." in letter.body and f"/reports/{report.pk}/" in letter.body


def test_the_letter_waits_until_the_report_has_failed_for_good(cast):
    scheduled(cast, languages=["en"])
    closed(cast)
    followed()
    report = Report.objects.get()
    assert claim(job_id=outcome().pk, now=LATER) is None
    do_job(report.job)
    do_job(outcome())
    assert mail.outbox == []  # it was built


def test_a_failure_is_told_once_however_often_it_is_tried_again(cast, monkeypatch):
    report = failing_report(cast, monkeypatch)
    do_job(outcome())
    for _ in range(2):
        retry_report(user=cast.alice, report=report, now=LATER)
        do_job(report.job)
    assert Job.objects.filter(kind=Schedule.OUTCOME).count() == len(mail.outbox) == 1


def test_nobody_is_told_who_may_not_see_the_team_any_more(cast, monkeypatch):
    failing_report(cast, monkeypatch)
    cast.alice.memberships.all().delete()
    assert do_job(outcome()).state == "done"
    assert mail.outbox == []


# --- the page ---------------------------------------------------------------------------------------------------------


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
