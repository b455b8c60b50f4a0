"""E-mail when a report is ready: to whom asked, once, in their language, and only while they may read it."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import reverse

from assessment.actions import undo_closing
from jobs.actions import claim
from jobs.models import Job
from jobs.work import work
from organizations.models import Team, User
from reports import browser
from reports.delivery.actions import tell_when_ready
from reports.models import Notice, Report
from tests.assessment.rooms import LATER
from tests.reports.rooms import asked, do_job, planned_result


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings, tmp_path):
    """No charts, so that a report takes a fraction of a second."""
    settings.MEDIA_ROOT = tmp_path

    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def result(cast):
    return planned_result(cast)


def letters() -> list[Job]:
    return list(Job.objects.filter(kind=Notice.KIND).order_by("pk"))


def test_whoever_asks_while_it_is_built_gets_one_letter_when_it_is_ready(sign_in, bob, alice, result):
    report = asked(alice, result)
    page = sign_in(bob).get(reverse("report", args=[report.pk])).content.decode()
    assert "Send me an e-mail when it is ready" in page
    for _ in range(2):
        assert sign_in(bob).post(reverse("tell-when-ready", args=[report.pk])).status_code == 302
    assert "You will get a letter" in sign_in(bob).get(reverse("report", args=[report.pk])).content.decode()
    assert letters() == []
    do_job(report.job)
    (job,) = letters()
    do_job(job)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["bob@example.org"], "Report ready: Atlas, Q3 2026")
    assert "Hello Bob," in letter.body
    assert f"http://127.0.0.1:8000/reports/{report.pk}/" in letter.body
    assert "because you asked for it" in letter.body


def test_a_report_that_is_ready_is_told_at_once(alice, result):
    report = asked(alice, result)
    do_job(report.job)
    tell_when_ready(report=report, user=alice, now=LATER)
    assert [job.payload for job in letters()] == [{"report": report.pk, "user": alice.pk}]


def test_a_message_that_comes_three_times_is_one_letter(alice, result):
    report = asked(alice, result)
    tell_when_ready(report=report, user=alice, now=LATER)
    for job_id in [report.job_id] * 3 + [None]:
        if job_id and (job := claim(job_id=job_id, now=report.job.waits_until)):
            work(job)
    (job,) = letters()
    for _ in range(3):
        if held := claim(job_id=job.pk, now=LATER):
            work(held)
    assert len(mail.outbox) == 1


def test_the_letter_speaks_the_readers_language_else_the_organizations(alice, bob, house, result):
    house.language = "pt-br"
    house.save()
    User.objects.filter(pk=bob.pk).update(language="en")
    report = asked(alice, result)
    for user in (alice, bob):
        tell_when_ready(report=report, user=user, now=LATER)
    do_job(report.job)
    for job in letters():
        do_job(job)
    subjects = {letter.to[0]: letter.subject for letter in mail.outbox}
    assert subjects == {
        "alice@example.org": "Relatório pronto: Atlas, T3 2026",
        "bob@example.org": "Report ready: Atlas, Q3 2026",
    }


@pytest.mark.parametrize("why", ["role", "disabled", "withdrawn", "deleted"])
def test_whoever_may_not_read_it_any_more_gets_no_letter(alice, bob, result, why):
    report = asked(alice, result)
    tell_when_ready(report=report, user=bob, now=LATER)
    do_job(report.job)
    if why == "role":
        bob.memberships.all().delete()
    elif why == "disabled":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    elif why == "withdrawn":
        undo_closing(user=alice, assessment_id=result.assessment_id, now=LATER)
    else:
        Report.objects.filter(pk=report.pk).delete()
    (job,) = letters()
    assert do_job(job).state == "done"
    assert mail.outbox == []


def test_hostile_names_are_data_in_the_letter(alice, cast, result):
    name = "{{ 7|add:7 }} <b>&\r\nBcc: eve@example.org\u202e 🚀"
    Team.objects.filter(pk=cast.atlas.pk).update(name=name)
    type(result).objects.filter(pk=result.pk).update(team_name=name)
    report = asked(alice, result)
    tell_when_ready(report=report, user=alice, now=LATER)
    do_job(report.job)
    (job,) = letters()
    do_job(job)
    (letter,) = mail.outbox
    assert letter.subject == "Report ready: {{ 7|add:7 }} <b>& Bcc: eve@example.org 🚀, Q3 2026"
    assert "{{ 7|add:7 }} <b>& Bcc: eve@example.org 🚀" in letter.body
    assert letter.recipients() == ["alice@example.org"]


def test_a_stranger_cant_ask_for_a_letter(sign_in, dave, alice, result):
    report = asked(alice, result)
    assert sign_in(dave).post(reverse("tell-when-ready", args=[report.pk])).status_code == 404
    assert not Notice.objects.exists()
