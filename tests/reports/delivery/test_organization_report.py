"""A report about all teams reaches its readers like a team's: by letter, and by a link for who has no account."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.daily import do_daily_work
from jobs.models import Job
from organizations.models import AuditEvent, Organization, Role
from reports import browser, files
from reports.delivery.actions import NothingToShare, revoke_share_link, share_report, tell_when_ready
from reports.models import (
    OrganizationFollower,
    OrganizationNotice,
    OrganizationReport,
    OrganizationShareLink,
    ShareLink,
)
from reports.organization_report import request_organization_report
from tests.assessment.rooms import LATER, close, opened, save
from tests.reports.rooms import do_job, planned_result

PASSWORD = "blue ladder 7"


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings, tmp_path):
    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def report(cast) -> OrganizationReport:
    """Asked for by Carla, not built yet."""
    planned_result(cast)
    return request_organization_report(
        user=cast.carla, organization=cast.house, period="2026-Q3", language="en", now=LATER
    )


@pytest.fixture
def built(report) -> OrganizationReport:
    do_job(report.job)
    report.refresh_from_db()
    return report


def shared(cast, report, **changes) -> tuple[OrganizationShareLink, str]:
    return share_report(**{"user": cast.carla, "report": report, "days": 7, "now": timezone.now()} | changes)


def address(name: str, report, *more) -> str:
    return reverse(name, args=[report.organization_id, report.pk, *more])


def opened_by(token: str, client: Client | None = None, **sent):
    return (client or Client()).post(reverse("shared", args=[token]), {"document": "pdf", **sent})


def letters() -> list[Job]:
    return list(Job.objects.filter(kind=OrganizationNotice.KIND))


# --- letters ----------------------------------------------------------------------------------------------------------


def test_whoever_asks_on_the_page_gets_one_letter_when_it_is_ready(sign_in, cast, report):
    client, page = sign_in(cast.carla), reverse("organization-reports", args=[cast.house.pk])
    assert "Send me an e-mail when it is ready" in client.get(page).content.decode()
    for _ in range(2):
        assert client.post(address("organization-tell-when-ready", report)).status_code == 302
    assert "You will get a letter" in client.get(page).content.decode()
    do_job(report.job)
    (job,) = letters()
    do_job(job)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["carla@example.org"], "Report ready: all teams of Data House, Q3 2026")
    assert f"http://127.0.0.1:8000{page}" in letter.body


def test_whoever_doesnt_see_all_teams_any_more_gets_no_letter(cast, report):
    tell_when_ready(report=report, user=cast.carla, now=LATER)
    do_job(report.job)
    cast.carla.memberships.update(role=Role.LEAD, team=cast.atlas)
    (job,) = letters()
    assert do_job(job).state == "done"
    assert mail.outbox == []


def test_hostile_names_are_data_in_the_letter(cast, report):
    Organization.objects.filter(pk=cast.house.pk).update(name="{{ 7|add:7 }} <b>&\r\nBcc: eve@example.org\u202e 🚀")
    tell_when_ready(report=report, user=cast.carla, now=LATER)
    do_job(report.job)
    (job,) = letters()
    do_job(job)
    (letter,) = mail.outbox
    name = "{{ 7|add:7 }} <b>& Bcc: eve@example.org 🚀"
    assert letter.subject == f"Report ready: all teams of {name}, Q3 2026"
    assert name in letter.body and letter.recipients() == ["carla@example.org"]


# --- after closings ---------------------------------------------------------------------------------------------------


def follow(client, cast, answer: str = "yes"):
    return client.post(reverse("organization-reports-follow", args=[cast.house.pk]), {"follow": answer})


def a_day_passes() -> list[tuple[str, str]]:
    """The daily work; who gets a letter about the report of which quarter after it."""
    before = set(OrganizationNotice.objects.values_list("pk", flat=True))
    do_daily_work({}, None)
    told = OrganizationNotice.objects.exclude(pk__in=before).order_by("pk")
    return [(str(notice.user), notice.report.period) for notice in told]


def test_who_follows_gets_one_letter_for_all_closings_of_a_day_and_none_without(sign_in, cast):
    planned_result(cast)
    client = sign_in(cast.carla)
    assert follow(client, cast).status_code == 302
    OrganizationFollower.objects.update(told_until=LATER)  # she asked after that closing
    assert a_day_passes() == []
    for team, lead, hour in ((cast.atlas, cast.alice, 1), (cast.boreal, cast.carla, 2)):
        assessment = opened(cast, team=team, user=lead, period="2026-Q4")
        save(lead, assessment)
        close(lead, assessment, LATER + timedelta(hours=hour))
    assert a_day_passes() == [("Carla", "2026-Q4")]
    report = OrganizationReport.objects.get()
    assert (report.requested_by, report.language) == (None, cast.house.language)
    assert a_day_passes() == []
    do_job(report.job)
    do_job(Job.objects.get(kind=OrganizationNotice.KIND))
    assert [letter.to for letter in mail.outbox] == [["carla@example.org"]]
    page = client.get(reverse("organization-reports", args=[cast.house.pk])).content.decode()
    assert "You get a letter with a new report when assessments were closed" in page
    follow(client, cast, "no")
    assert not OrganizationFollower.objects.exists()


def test_who_may_not_ask_for_the_report_any_more_gets_no_letter(sign_in, cast):
    follow(sign_in(cast.carla), cast)
    OrganizationFollower.objects.update(told_until=LATER - timedelta(days=1))
    cast.carla.memberships.update(role=Role.VIEWER)
    planned_result(cast)
    assert a_day_passes() == []
    assert not OrganizationReport.objects.exists()


def followed(user, organization) -> OrganizationFollower:
    """The person follows, and knows of nothing that was closed yet."""
    earlier = LATER - timedelta(days=1)
    return OrganizationFollower.objects.create(user=user, organization=organization, told_until=earlier)


def test_an_organization_whose_report_cant_be_asked_for_keeps_no_other_from_its_letters(cast, monkeypatch):
    def asked(*, organization, **more):
        if organization == cast.house:
            raise KeyError("a broken row")
        return request_organization_report(organization=organization, **more)

    planned_result(cast)
    planned_result(cast, team=cast.comet, user=cast.dave)
    mine, theirs = followed(cast.carla, cast.house), followed(cast.dave, cast.elsewhere)
    with monkeypatch.context() as patch, pytest.raises(KeyError, match="a broken row"):
        patch.setattr("reports.organization_report.request_organization_report", asked)
        do_daily_work({}, None)
    assert [notice.user for notice in OrganizationNotice.objects.all()] == [cast.dave]
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.told_until < LATER, theirs.told_until) == (True, LATER)
    assert a_day_passes() == [("Carla", "2026-Q3")], "it is tried again"


def test_who_unfollows_while_letters_are_asked_for_keeps_nobody_else_from_theirs(cast, monkeypatch):
    def asked(**more):
        OrganizationFollower.objects.filter(pk=first.pk).delete()
        return request_organization_report(**more)

    planned_result(cast)
    first = followed(cast.carla, cast.house)
    followed(cast.olivia, cast.house)
    monkeypatch.setattr("reports.organization_report.request_organization_report", asked)
    assert "Olivia" in [name for name, _period in a_day_passes()]


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_link_is_made_listed_opened_counted_and_revoked_like_a_teams(sign_in, cast, built):
    client, page = sign_in(cast.carla), address("organization-share-links", built)
    made = client.post(page, {"days": "7", "note": "The board <b>"})
    (token,) = re.findall(r"http://127.0.0.1:8000/shared/([\w-]{22})/", made.content.decode())
    link = OrganizationShareLink.objects.get()
    assert token not in str(list(OrganizationShareLink.objects.values())) + str(list(AuditEvent.objects.values()))
    stranger = Client().get(reverse("shared", args=[token]))
    assert "Data House, DataOps self-assessments of all teams, Q3 2026" in stranger.content.decode()
    assert stranger["Referrer-Policy"] == "no-referrer"
    response = opened_by(token)
    assert b"".join(response.streaming_content) == files.path_of(built).read_bytes()
    assert "dataops-ladder-data-house-2026-Q3-all-teams.pdf" in response["Content-Disposition"]
    link.refresh_from_db()
    assert link.views == 1
    listed = client.get(page).content.decode()
    assert "The board &lt;b&gt;" in listed and token not in listed
    client.post(address("organization-share-link-revoke", built, link.pk))
    assert opened_by(token).status_code == 404
    actions = AuditEvent.objects.filter(action__startswith="report").values_list("action", "subject")
    assert set(actions) == {
        (f"report {act}", "Data House 2026-Q3") for act in ("requested", "shared by link", "link revoked")
    }  # fmt: skip


def test_a_password_is_asked_for_and_hides_even_the_name(cast, built):
    _link, token = shared(cast, built, password=PASSWORD)
    assert "Data House" not in Client().get(reverse("shared", args=[token])).content.decode()
    assert opened_by(token, password="blue ladder 8").status_code == 422
    assert opened_by(token, password=PASSWORD).status_code == 200
    for _ in range(11):
        status = opened_by(token, password="guess").status_code
    assert status == 429


def test_what_isnt_valid_gets_the_404_of_every_other_link(cast, built):
    revoked, gone = shared(cast, built), shared(cast, built)
    expired = shared(cast, built, now=timezone.now() - timedelta(days=8))
    revoke_share_link(user=cast.carla, link=revoked[0], now=timezone.now())
    files.path_of(built).unlink()
    answers = [opened_by(token) for token in (revoked[1], expired[1], gone[1], "x" * 22)]
    assert {response.status_code for response in answers} == {404}
    assert len({response.content for response in answers}) == 1
    assert OrganizationShareLink.objects.filter(views__gt=0).count() == 0


def test_links_are_for_those_who_may_share_and_of_this_report_only(sign_in, cast, built):
    link, _token = shared(cast, built)
    pages = [address("organization-share-links", built), address("organization-share-link-revoke", built, link.pk)]
    people = ((cast.erin, 403), (cast.alice, 403), (cast.bob, 403), (cast.dave, 404))
    for user, status in people:
        assert [sign_in(user).post(page, {"days": "7"}).status_code for page in pages] == [status, status]
    other = reverse("organization-share-link-revoke", args=[cast.elsewhere.pk, built.pk, link.pk])
    assert sign_in(cast.dave).post(other).status_code == 404
    assert OrganizationShareLink.objects.get().revoked_at is None
    assert not ShareLink.objects.exists()


def test_a_report_that_isnt_built_cant_be_shared(sign_in, cast, report):
    with pytest.raises(NothingToShare):
        shared(cast, report)
    page = sign_in(cast.carla).get(address("organization-share-links", report)).content.decode()
    assert "there is nothing to share" in page
