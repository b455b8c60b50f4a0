"""Links to a report for people without an account: what opens, what doesn't, and that nobody can tell why."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessment.actions import undo_closing
from organizations.models import AuditEvent
from reports import files
from reports.delivery.actions import (
    MOST_TRIES,
    TRIES_WITHIN,
    LinkNotOpen,
    NothingToShare,
    TooManyTries,
    WrongPassword,
    hand_out,
    open_share_link,
    revoke_share_link,
    share_report,
)
from reports.models import Report, ShareLink
from tests.reports.rooms import asked, planned_result

PASSWORD = "blue ladder 7"
PDF, PAGE = b"%PDF-1.7 of Atlas", b"<!doctype html><title>Atlas</title>"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def report(cast) -> Report:
    """A built report of Atlas, with both documents."""
    report = asked(cast.alice, planned_result(cast))
    report.file, report.interactive = files.name_of(report), files.name_of(report, files.INTERACTIVE)
    report.size, report.interactive_size = len(PDF), len(PAGE)
    report.save()
    files.write(files.path_of(report), PDF)
    files.write(files.path_of(report, files.INTERACTIVE), PAGE)
    return report


def shared(cast, report, **changes) -> tuple[ShareLink, str]:
    return share_report(**{"user": cast.alice, "report": report, "days": 7, "now": timezone.now()} | changes)


def address(token: str) -> str:
    return reverse("shared", args=[token])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def content_of(response) -> bytes:
    return b"".join(response.streaming_content)


# --- making and revoking ----------------------------------------------------------------------------------------------


def test_a_token_has_128_bits_and_only_its_hash_is_kept(cast, report):
    link, token = shared(cast, report, password=PASSWORD)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()
    stored = str(list(ShareLink.objects.values())) + str(list(AuditEvent.objects.values()))
    assert token not in stored and PASSWORD not in stored


def test_the_page_shows_a_new_link_once_and_lists_it(sign_in, alice, report):
    client, page = sign_in(alice), reverse("share-links", args=[report.pk])
    made = client.post(page, {"days": "7", "password": PASSWORD, "note": "The board <b>"})
    (token,) = re.findall(r"http://127.0.0.1:8000/shared/([\w-]{22})/", made.content.decode())
    again = text_of(client.get(page))
    assert token not in again
    assert "The board &lt;b&gt;" in again and "with a password" in again
    event = AuditEvent.objects.get(action="report shared by link")
    assert (event.actor, event.detail["days"], event.detail["password"]) == (alice, 7, "yes")


@pytest.mark.parametrize("sent", [{"days": "365"}, {"days": ""}, {"days": "7", "password": "short"}])
def test_a_link_lives_90_days_at_most_and_a_password_has_8_characters(sign_in, alice, report, sent):
    assert sign_in(alice).post(reverse("share-links", args=[report.pk]), sent).status_code == 422
    assert not ShareLink.objects.exists()


def test_members_and_viewers_share_nothing_and_strangers_find_nothing(sign_in, cast, report):
    link, _token = shared(cast, report)
    pages = [
        reverse("share-links", args=[report.pk]),
        reverse("share-link-revoke", args=[report.pk, link.pk]),
    ]
    for user, status in ((cast.bob, 403), (cast.erin, 403), (cast.dave, 404)):
        assert [sign_in(user).post(page, {"days": "7"}).status_code for page in pages] == [status, status]
    assert ShareLink.objects.get().revoked_at is None


def test_a_report_that_isnt_built_or_was_withdrawn_cant_be_shared(cast, report):
    undo_closing(user=cast.alice, assessment_id=report.result.assessment_id, now=report.requested_at)
    report.result.refresh_from_db()
    with pytest.raises(NothingToShare):
        shared(cast, report)


def test_revoking_by_the_page_ends_the_link_at_once_and_is_recorded(sign_in, cast, alice, report):
    link, token = shared(cast, report)
    assert Client().get(address(token)).status_code == 200
    for _ in range(2):
        sign_in(alice).post(reverse("share-link-revoke", args=[report.pk, link.pk]))
    assert Client().get(address(token)).status_code == 404
    assert AuditEvent.objects.filter(action="report link revoked").count() == 1


def test_the_list_takes_the_same_number_of_queries_for_one_and_for_many(
    sign_in, cast, report, django_assert_num_queries
):
    client, page = sign_in(cast.alice), reverse("share-links", args=[report.pk])
    shared(cast, report)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    for number in range(8):
        shared(cast, report, user=cast.carla if number % 2 else cast.olivia)
    with django_assert_num_queries(len(few)):
        client.get(page)


# --- opening ----------------------------------------------------------------------------------------------------------


def test_the_page_names_the_document_and_hands_it_out_to_anybody(cast, report):
    link, token = shared(cast, report)
    page = Client().get(address(token))
    assert "Atlas, DataOps self-assessment Q3 2026" in text_of(page)
    assert page["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page["X-Robots-Tag"] and "no-store" in page["Cache-Control"]
    strict = Client(enforce_csrf_checks=True)
    pdf = strict.post(address(token), {"document": "pdf"}, headers={"origin": "null"})
    assert (content_of(pdf), pdf["Content-Type"]) == (PDF, "application/pdf")
    assert "attachment" in pdf["Content-Disposition"] and pdf["Referrer-Policy"] == "no-referrer"
    html = strict.post(address(token), {"document": "html"})
    assert content_of(html) == PAGE
    assert "attachment" in html["Content-Disposition"] and "sandbox" in html["Content-Security-Policy"]
    link.refresh_from_db()
    assert link.views == 2


def test_looking_at_the_page_hands_out_and_counts_nothing(cast, report):
    link, token = shared(cast, report)
    for _ in range(3):
        response = Client().get(address(token))
        assert PDF not in response.content
    link.refresh_from_db()
    assert (link.views, link.viewed_at) == (0, None)


def test_nothing_of_the_product_is_on_the_page_and_no_session_begins(cast, sign_in, report):
    _link, token = shared(cast, report)
    for client in (Client(), sign_in(cast.alice)):
        before = dict(client.cookies)
        page = client.get(address(token))
        found = re.findall(r'(?:href|action|src)="([^"]*)"', page.content.decode())
        assert all(found.startswith("/static/") for found in found)
        assert "<script" not in page.content.decode() and "Alice" not in page.content.decode()
        assert dict(client.cookies) == before


def test_the_page_speaks_portuguese(cast, report):
    _link, token = shared(cast, report)
    page = Client().get(address(token), headers={"accept-language": "pt-BR"})
    assert 'lang="pt-br"' in page.content.decode()
    assert "Atlas, autoavaliação de DataOps" in text_of(page)


def test_everything_that_isnt_valid_gets_the_same_404(cast, report):
    other, revoked = shared(cast, report), shared(cast, report)
    revoke_share_link(user=cast.alice, link=revoked[0], now=timezone.now())
    expired = shared(cast, report, now=timezone.now() - timedelta(days=8))
    withdrawn_token = other[1]
    guesses = [revoked[1], expired[1], other[1][:-1], other[1] + "A", "x" * 22, "../" * 3, "\x00", "é", "x" * 4000]
    undo_closing(user=cast.alice, assessment_id=report.result.assessment_id, now=report.requested_at)
    bodies = set()
    for guess in [*guesses, withdrawn_token]:
        for method in (Client().get, Client().post):
            response = method(f"/shared/{guess.replace('/', '%2F')}/")
            assert response.status_code == 404
            if "/" not in guess:
                assert response["Referrer-Policy"] == "no-referrer"
                bodies.add(response.content)
    assert len(bodies) == 1


def test_a_link_whose_file_is_gone_gets_the_same_404(cast, report):
    link, token = shared(cast, report)
    files.path_of(report).unlink()
    assert Client().post(address(token), {"document": "pdf"}).status_code == 404
    link.refresh_from_db()
    assert link.views == 0


def test_a_link_that_is_revoked_while_somebody_reads_gives_nothing(cast, report):
    link, token = shared(cast, report)
    opened = open_share_link(token=token, now=timezone.now())
    revoke_share_link(user=cast.alice, link=link, now=timezone.now())
    with pytest.raises(LinkNotOpen):
        hand_out(link=opened, password="", now=timezone.now())


# --- passwords --------------------------------------------------------------------------------------------------------


def test_with_a_password_the_page_doesnt_even_name_the_document(cast, report):
    _link, token = shared(cast, report, password=PASSWORD)
    page = text_of(Client().get(address(token)))
    assert "Atlas" not in page and "A protected document" in page
    wrong = Client().post(address(token), {"document": "pdf", "password": "blue ladder 8"})
    assert wrong.status_code == 422 and "the password of this link" in text_of(wrong)
    assert "blue ladder 8" not in wrong.content.decode()
    assert Client().post(address(token), {"document": "pdf"}).status_code == 422
    assert content_of(Client().post(address(token), {"document": "pdf", "password": PASSWORD})) == PDF


def test_ten_passwords_may_be_tried_in_a_quarter_of_an_hour(cast, report):
    link, token = shared(cast, report, password=PASSWORD)
    now = timezone.now()
    for _ in range(MOST_TRIES):
        with pytest.raises(WrongPassword):
            hand_out(link=link, password="guess", now=now)
    with pytest.raises(TooManyTries) as many:
        hand_out(link=link, password=PASSWORD, now=now + timedelta(minutes=5))
    assert many.value.wait == timedelta(minutes=10)
    response = Client().post(address(token), {"document": "pdf", "password": PASSWORD})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= TRIES_WITHIN.seconds
    hand_out(link=link, password=PASSWORD, now=now + TRIES_WITHIN)
    link.refresh_from_db()
    assert (link.views, link.tries) == (1, 0)
