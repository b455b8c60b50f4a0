"""Reports on the page: asking returns at once, the page says how far the work is, the file is the reader's only."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs import heartbeat
from jobs.actions import claim
from jobs.models import Job
from organizations.models import AuditEvent
from reports import browser, build, document, files
from reports.actions import save_scenario
from reports.models import Report
from reports.plans import Choices
from reports.presenters import share_done, stage_words
from tests.assessment.rooms import LATER
from tests.reports.rooms import asked, do_job, planned_result


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def no_browser(monkeypatch):
    """A machine on which no chart can be drawn, so that a report takes a fraction of a second."""

    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def result(cast):
    return planned_result(cast)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def page_of(client, report: Report, **headers):
    return client.get(reverse("report", args=[report.pk]), **headers)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_asking_returns_at_once_with_report_job_and_audit_row(sign_in, bob, result, house):
    response = sign_in(bob).post(reverse("reports", args=[result.assessment_id]), {"language": "pt-br"})
    report = Report.objects.get()
    assert (response.status_code, response.url) == (303, reverse("report", args=[report.pk]))
    assert (report.language, report.requested_by, report.job.state, report.job.kind) == (
        "pt-br",
        bob,
        "queued",
        "report",
    )
    event = AuditEvent.objects.get(organization=house, action="report requested")
    assert (event.actor, event.detail["report"], event.detail["language"]) == (bob, report.pk, "pt-br")


def test_asking_twice_gives_one_document(sign_in, alice, result):
    client, address = sign_in(alice), reverse("reports", args=[result.assessment_id])
    first, second = (client.post(address, {"language": "en"}).url for _ in range(2))
    assert first == second
    assert (Report.objects.count(), Job.objects.filter(kind=Report.KIND).count()) == (1, 1)


def test_another_language_or_other_choices_give_another_document(alice, result):
    first = asked(alice, result)
    assert asked(alice, result, "pt-br").pk != first.pk
    save_scenario(user=alice, result=result, choices=Choices(people=5), now=LATER)
    changed = asked(alice, result)
    assert changed.pk != first.pk
    assert (first.choices["people"], changed.choices["people"]) == (7, 5)


def test_an_unknown_language_is_refused(sign_in, alice, result):
    response = sign_in(alice).post(reverse("reports", args=[result.assessment_id]), {"language": "de"})
    assert response.status_code == 422
    assert not Report.objects.exists()


def test_a_viewer_sees_the_list_but_may_not_ask(sign_in, erin, alice, result):
    asked(alice, result)
    client, address = sign_in(erin), reverse("reports", args=[result.assessment_id])
    page = text_of(client.get(address))
    assert "asked for by Alice" in page and "Build the PDF report" not in page
    assert client.post(address, {"language": "en"}).status_code == 403
    assert Report.objects.count() == 1


def test_a_stranger_finds_neither_list_nor_report_nor_file(sign_in, dave, alice, result):
    report = asked(alice, result)
    client = sign_in(dave)
    addresses = [reverse("reports", args=[result.assessment_id])]
    addresses += [reverse(name, args=[report.pk]) for name in ("report", "report-file", "retry-report")]
    assert [client.get(address).status_code for address in addresses[:3]] == [404, 404, 404]
    assert client.post(addresses[3]).status_code == 404


def test_the_interactive_page_is_a_download_that_cant_run_here(sign_in, bob, dave, alice, result, no_browser):
    report = asked(alice, result)
    address = reverse("report-interactive", args=[report.pk])
    assert sign_in(bob).get(address).status_code == 404
    do_job(report.job)
    report.refresh_from_db()
    response = sign_in(bob).get(address)
    content = b"".join(response.streaming_content)
    assert response["Content-Disposition"] == 'attachment; filename="dataops-ladder-atlas-2026-Q3.html"'
    assert (response["Content-Security-Policy"], response["X-Content-Type-Options"]) == (
        "default-src 'none'; sandbox",
        "nosniff",
    )
    assert content.startswith(b"<!doctype html>") and len(content) == report.interactive_size
    assert "Download as a page with interactive charts" in text_of(page_of(sign_in(bob), report))
    assert sign_in(dave).get(address).status_code == 404


def test_the_list_takes_the_same_number_of_queries_for_one_and_for_many(
    sign_in, alice, result, django_assert_num_queries
):
    client, address = sign_in(alice), reverse("reports", args=[result.assessment_id])
    asked(alice, result)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for people in range(1, 12):
        save_scenario(user=alice, result=result, choices=Choices(people=people, version=people - 1), now=LATER)
        asked(alice, result)
    with django_assert_num_queries(len(few)):
        client.get(address)


# --- watching ---------------------------------------------------------------------------------------------------------


def test_while_it_waits_the_page_asks_again_and_says_that_no_worker_lives(sign_in, alice, result):
    page = text_of(page_of(sign_in(alice), asked(alice, result)))
    assert "Waiting for a worker" in page and "No worker is running" in page
    assert 'hx-trigger="every 1s"' in page and 'http-equiv="refresh"' in page


def test_a_report_that_waits_for_the_best_plan_says_so_in_both_languages(sign_in, alice, result):
    report = asked(alice, result, now=timezone.now())
    client = sign_in(alice)
    assert "Waiting for the best plan" in text_of(page_of(client, report))
    alice.language = "pt-br"
    alice.save()
    assert "Aguardando o melhor plano" in text_of(page_of(client, report))
    do_job(report.job.after)
    page = text_of(page_of(client, report))
    assert "Aguardando um processo de trabalho" in page and "o melhor plano" not in page


def test_with_a_living_worker_nothing_is_said_about_workers(sign_in, alice, result):
    heartbeat.beat(worker="reports@house", now=timezone.now())
    assert "No worker is running" not in text_of(page_of(sign_in(alice), asked(alice, result)))
    heartbeat.beat(worker="reports@house", now=timezone.now() - timedelta(minutes=5))
    assert "No worker is running" in text_of(page_of(sign_in(alice), asked(alice, result)))


def test_the_moving_part_alone_names_the_stage(sign_in, alice, result):
    report = asked(alice, result)
    Job.objects.update(state="running", progress={"stage": "charts", "step": 3, "of": 5})
    response = page_of(sign_in(alice), report, HTTP_HX_REQUEST="true")
    page = text_of(response)
    assert "Drawing charts, 3 of 5" in page and "<html" not in page
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("progress", "words", "done"),
    [({}, "", 0), ({"stage": "gathering", "step": 1, "of": 1}, "Planning the roadmap", 0),
     ({"stage": "charts", "step": 3, "of": 5}, "Drawing charts, 3 of 5", 41),
     ({"stage": "pages", "step": 1, "of": 1}, "Setting pages", 80)],
)  # fmt: skip
def test_each_stage_has_words_and_a_share_of_the_bar(progress, words, done):
    assert (stage_words(progress), share_done(progress)) == (words, done)


# --- building and reading ---------------------------------------------------------------------------------------------


def test_a_report_is_built_and_downloaded_as_a_named_attachment(sign_in, alice, erin, result, media, no_browser):
    report = asked(alice, result)
    assert do_job(report.job).state == "done"
    report.refresh_from_db()
    response = sign_in(erin).get(reverse("report-file", args=[report.pk]))
    content = b"".join(response.streaming_content)
    assert content.startswith(b"%PDF-")
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (report.sha256, report.size)
    assert response["Content-Disposition"] == 'attachment; filename="dataops-ladder-atlas-2026-Q3.pdf"'
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert response["Cache-Control"] == "private, no-store"
    assert sorted(path.name for path in (media / "reports").iterdir()) == [f"{report.pk}.html", f"{report.pk}.pdf"]


def test_a_report_asked_for_right_after_closing_prints_the_best_plan(alice, result, no_browser):
    cache.clear()
    report = asked(alice, result)
    assert claim(job_id=report.job_id, now=LATER + timedelta(seconds=59)) is None
    do_job(report.job.after)
    do_job(report.job, LATER)
    report.refresh_from_db()
    assert report.data["plan"]["is_exact"] is True
    assert asked(alice, result).pk != report.pk, "it has no charts"
    Report.objects.filter(pk=report.pk).update(with_charts=True)
    assert asked(alice, result).pk == report.pk


def test_a_report_whose_search_failed_is_built_at_once_with_the_plan_that_there_is(alice, result, no_browser):
    cache.clear()
    report = asked(alice, result)
    Job.objects.filter(pk=report.job.after_id).update(state="failed")
    assert do_job(report.job, LATER).state == "done"
    report.refresh_from_db()
    assert report.data["plan"]["is_exact"] is False


def test_a_search_that_is_late_is_waited_for_a_minute_and_then_the_report_is_built_anew(alice, result, no_browser):
    cache.clear()
    save_scenario(user=alice, result=result, choices=Choices(people=7, preset="ambitious"), now=LATER)
    first = asked(alice, result)
    assert do_job(first.job, LATER + timedelta(minutes=1)).state == "done"
    Report.objects.update(with_charts=True)
    assert asked(alice, result).pk == first.pk, "no better plan is known yet"
    do_job(first.job.after)
    again = asked(alice, result)
    assert again.pk != first.pk
    do_job(again.job, LATER)
    again.refresh_from_db()
    assert again.data["plan"]["is_exact"] is True


def test_who_asks_for_what_a_schedule_asked_for_waits_a_minute_and_no_schedule_makes_a_person_wait(alice, result):
    cache.clear()
    scheduled, soon = asked(None, result), LATER + timedelta(minutes=5)
    assert scheduled.job.waits_until == LATER + timedelta(hours=1)
    assert asked(alice, result, now=soon) == scheduled
    scheduled.job.refresh_from_db()
    assert scheduled.job.waits_until == soon + timedelta(minutes=1)
    assert asked(None, result, now=soon) == scheduled
    scheduled.job.refresh_from_db()
    assert scheduled.job.waits_until == soon + timedelta(minutes=1)


def test_without_a_browser_the_report_is_built_with_tables_and_the_page_says_so(sign_in, alice, result, no_browser):
    report = asked(alice, result)
    do_job(report.job)
    report.refresh_from_db()
    assert not report.with_charts
    assert report.data["why_no_charts"] == "No Chromium is installed."
    page = text_of(page_of(sign_in(alice), report))
    assert "The charts could not be drawn" in page and "Download the PDF" in page


def test_asking_again_after_a_report_without_charts_builds_a_new_one(alice, result, no_browser):
    first = asked(alice, result)
    do_job(first.job)
    assert asked(alice, result).pk != first.pk


def test_the_report_doesnt_change_under_the_reader(alice, result, no_browser):
    report = asked(alice, result)
    save_scenario(user=alice, result=result, choices=Choices(people=14, preset="ambitious"), now=LATER)
    do_job(report.job)
    report.refresh_from_db()
    made = build.build_document(result, Choices(people=7), "en", lambda *_: None)
    assert report.data["quarters"] == made.numbers["quarters"]


def test_the_file_keeps_the_name_that_the_team_had(alice, result, no_browser):
    report = asked(alice, result, "pt-br")
    type(result.team).objects.filter(pk=result.team_id).update(name="Renamed")
    assert files.download_name(report) == "dataops-ladder-atlas-2026-Q3-pt-br.pdf"


def test_a_team_name_without_latin_letters_still_makes_a_safe_file_name(cast, alice):
    result = planned_result(cast)
    result.team_name = '"Алмаз"/../\r\n'
    assert files.download_name(Report(result=result, language="en")) == "dataops-ladder-team-2026-Q3.pdf"


def test_a_file_that_is_gone_is_a_404_in_words_and_can_be_asked_for_again(sign_in, alice, result, no_browser):
    report = asked(alice, result)
    do_job(report.job)
    Report.objects.update(with_charts=True)
    files.path_of(report).unlink()
    client = sign_in(alice)
    response = client.get(reverse("report-file", args=[report.pk]))
    assert response.status_code == 404
    assert "its file is no longer on the server" in text_of(response)
    assert "its file is no longer there" in text_of(page_of(client, report))
    assert asked(alice, result).pk != report.pk


def test_before_it_is_built_there_is_no_file(sign_in, alice, result):
    response = sign_in(alice).get(reverse("report-file", args=[asked(alice, result).pk]))
    assert response.status_code == 404
    assert "isn't built yet" in text_of(response)


# --- failing ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def failed(alice, result, monkeypatch, no_browser):
    """A report whose pages couldn't be set."""

    def render(*_):
        raise document.DocumentError("a fault")

    report = asked(alice, result)
    with monkeypatch.context() as patch:
        patch.setattr(document, "render", render)
        do_job(report.job)
    return report


def test_a_failed_report_says_why_and_offers_to_try_again(sign_in, alice, failed):
    page = text_of(page_of(sign_in(alice), failed))
    assert "The report could not be built." in page and "The pages couldn&#x27;t be set." in page
    assert "Try again" in page and "every 1s" not in page


def test_trying_again_builds_it(sign_in, alice, failed):
    response = sign_in(alice).post(reverse("retry-report", args=[failed.pk]))
    assert response.status_code == 303
    failed.job.refresh_from_db()
    assert failed.job.state == "queued"
    assert AuditEvent.objects.filter(action="report retried", actor=alice).count() == 1
    assert do_job(failed.job).state == "done"


def test_asking_for_a_failed_report_tries_it_again(alice, result, failed):
    assert asked(alice, result).pk == failed.pk
    failed.job.refresh_from_db()
    assert failed.job.state == "queued"


def test_trying_again_what_hasnt_failed_changes_nothing(sign_in, alice, result):
    report = asked(alice, result)
    assert sign_in(alice).post(reverse("retry-report", args=[report.pk])).status_code == 303
    assert not AuditEvent.objects.filter(action="report retried").exists()


def test_a_viewer_may_not_try_again(sign_in, erin, failed):
    assert sign_in(erin).post(reverse("retry-report", args=[failed.pk])).status_code == 403


def test_a_result_that_was_withdrawn_is_not_built(alice, result):
    report = asked(alice, result)
    type(result).objects.update(withdrawn_at=LATER)
    job = do_job(report.job)
    assert (job.state, job.error) == ("failed", build.REOPENED)


def test_what_an_undone_closing_said_is_nobodys_to_read_any_more(sign_in, bob, result, no_browser):
    report = asked(bob, result)
    do_job(report.job)
    client, file = sign_in(bob), reverse("report-file", args=[report.pk])
    assert client.get(file).status_code == 200
    type(result).objects.update(withdrawn_at=LATER)
    assert client.get(file).status_code == 404
    page = text_of(page_of(client, report))
    assert "The assessment was opened again" in page
    assert "Download" not in page and "Try again" not in page
    assert not Report.objects.of_assessment(result.assessment_id).exists()


def test_a_worker_that_lost_the_job_leaves_no_file(alice, result, media, no_browser, monkeypatch):
    report = asked(alice, result)
    real = files.write

    def write_slowly(path, content):
        real(path, content)
        Job.objects.update(token=99)  # another worker has claimed it meanwhile

    monkeypatch.setattr(files, "write", write_slowly)
    do_job(report.job)
    report.refresh_from_db()
    assert (report.file, list((media / "reports").iterdir())) == ("", [])


def test_leftovers_of_an_earlier_attempt_are_removed(alice, result, media, no_browser):
    report = asked(alice, result)
    (media / "reports").mkdir()
    (media / "reports" / f"{report.pk}-0.part").write_bytes(b"half")
    do_job(report.job)
    assert sorted(path.name for path in (media / "reports").iterdir()) == [f"{report.pk}.html", f"{report.pk}.pdf"]
