"""Error pages that the visitor meets seldom: conflicts, sizes, limits, and a database that is away."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from assessment import actions
from config import errors, home
from config.database import is_away
from organizations.actions import TeamArchived
from tests.assessment.rooms import opened

TITLES = {
    400: ("This request could not be read", "Não foi possível ler esta solicitação"),
    403: ("You may not do this", "Você não pode fazer isto"),
    404: ("There is nothing here", "Não há nada aqui"),
    409: ("Somebody was faster", "Alguém foi mais rápido"),
    413: ("That is too large", "Isto é grande demais"),
    429: ("Too many tries", "Tentativas demais"),
    500: ("Something broke on our side", "Algo quebrou do nosso lado"),
    503: ("Back in a moment", "Voltamos em instantes"),
}
PAGES = {
    409: errors.conflict,
    413: errors.too_large,
    429: errors.too_many,
    500: errors.server_error,
    503: errors.unavailable,
}


class Disconnected(Exception):
    """As psycopg2 raises it: without a code when there is no server to give one."""

    def __init__(self, pgcode: str | None):
        super().__init__("from the driver")
        self.pgcode = pgcode


def from_driver(pgcode: str | None) -> OperationalError:
    error = OperationalError("from the driver")
    error.__cause__ = Disconnected(pgcode)
    return error


def visitor(language: str = "en") -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = language
    return client


def broken_home(monkeypatch, error: Exception) -> None:
    def build(user):
        raise error

    monkeypatch.setattr(home, "build", build)


# --- every page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(PAGES))
@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_each_page_says_in_both_languages_what_happened_and_has_a_number(db, status, language):
    request = RequestFactory().get("/", headers={"accept-language": language})
    request.id, request.LANGUAGE_CODE = "0123456789abcdef", language
    with translation.override(language):
        response = PAGES[status](request)
    page = response.content.decode()
    assert response.status_code == status
    assert f'<html lang="{language}">' in page
    assert f"<h1>{TITLES[status][language == 'pt-br']}</h1>" in page
    assert "<code>0123456789abcdef</code>" in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("status", [400, 413, 429, 500, 503])
def test_pages_for_when_nothing_else_works_ask_nothing_of_the_database(status):
    """No database mark on this test: a query would fail it."""
    request = RequestFactory().get("/")
    page = errors._bare(request, status)
    assert page.status_code == status
    assert page["Cache-Control"] == "no-store"


# --- conflicts, sizes, limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (actions.AssessmentClosed, "This assessment was closed meanwhile."),
        (TeamArchived, "This team is archived. Restore it first."),
        (actions.TooLateToUndo, "What you sent was not saved"),
    ],
)
def test_a_conflict_that_no_view_foresaw_is_told_as_one(cast, sign_in, monkeypatch, error, words):
    broken_home(monkeypatch, error())
    response = sign_in(cast.alice).get("/")
    assert response.status_code == 409
    assert words in response.content.decode()


def test_a_body_that_is_too_large_is_refused_with_what_to_do(cast):
    client = visitor("pt-br")
    client.force_login(cast.alice)
    big = SimpleUploadedFile("big.pdf", b"x" * (1024 * 1024 + 1))
    response = client.post(reverse("account_login"), {"login": "a", "file": big})
    assert response.status_code == 413
    assert TITLES[413][1] in response.content.decode()


def test_a_field_that_is_too_large_is_refused_the_same_way(cast, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    client = visitor()
    client.force_login(cast.alice)
    address = reverse("save-answer", args=[opened(cast).pk, "P09.1"])
    del client.cookies["django_language"]
    response = client.post(address, {"P09_1-note": "x" * 200})
    assert response.status_code == 413


def test_limits_of_the_sign_in_pages_end_on_our_page_and_say_when_to_come_back(db, settings):
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    client = visitor()
    responses = [client.post(reverse("account_reset_password"), {"email": "a@example.org"}) for _ in range(2)]
    assert [response.status_code for response in responses] == [302, 429]
    assert int(responses[1]["Retry-After"]) > 0
    assert "Too many tries" in responses[1].content.decode()


# --- a database that is away ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (InterfaceError("connection already closed"), True),
        (from_driver(None), True),
        (from_driver("57P01"), True),  # the server is being shut down
        (from_driver("53300"), True),  # too many connections
        (from_driver("55P03"), True),  # a lock was not available in time
        (from_driver("XX000"), False),
        (OperationalError("database is locked"), True),
        (OperationalError("disk I/O error"), True),
        (OperationalError("no such table: jobs_job"), False),
        (ProgrammingError("relation does not exist"), False),
        (ValueError("locked"), False),
        (None, False),
    ],
)
def test_what_will_pass_is_told_from_what_is_a_fault(error, away):
    assert is_away(error) is away


def test_while_the_database_is_away_pages_are_503_with_when_to_come_back(cast, monkeypatch):
    client = visitor()
    client.force_login(cast.alice)
    broken_home(monkeypatch, from_driver("57P01"))
    response = client.get("/")
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert TITLES[503][0] in response.content.decode()
    broken_home(monkeypatch, OperationalError("no such table: assessment_answer"))
    assert client.get("/").status_code == 500


@pytest.mark.parametrize("path", ["/", "/manifesto/", "/account/", "/nowhere/", "/static/css/ladder.css"])
def test_no_page_falls_with_the_session_that_can_not_be_read(client, cast, monkeypatch, path):
    """The session is read around the views, where no view's handler could help."""
    client = visitor()
    client.force_login(cast.alice)

    def gone(self):
        raise from_driver(None)

    monkeypatch.setattr("django.contrib.sessions.backends.cached_db.SessionStore.load", gone)
    response = client.get(path)
    expected = 200 if path.startswith("/static/") else 503
    assert response.status_code == expected
