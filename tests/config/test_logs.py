"""What is written to the log names the request, and keeps nothing that lets somebody in or that somebody typed."""

from __future__ import annotations

import io
import json
import logging
import sys
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver, reverse

from assessment import actions
from config import logs
from organizations import actions as people
from organizations.models import Role
from tests.assessment.rooms import opened
from tests.cast import NOW, PASSWORD

TOKEN = "pX3-tokenOfALink_9aQz0"
NOTE = "the nightly load of orders breaks\nevery Monday, ask Zed"


def console() -> logging.StreamHandler:
    """The handler through which every line goes."""
    return next(one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler)


@pytest.fixture
def written(caplog):
    """What is logged during the test, as it would stand on the console of any profile in plain lines; requests, too."""
    handler, stream = console(), io.StringIO()
    before, form = handler.setStream(stream), handler.formatter
    handler.setFormatter(logs.formatter("plain"))
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "config.requests")
    yield stream
    handler.setStream(before)
    handler.setFormatter(form)


def line(message: str, *args, form: str = "plain", exc_info=None, **fields) -> str:
    record = logging.LogRecord("some.logger", logging.WARNING, __file__, 1, message, args, exc_info)
    record.__dict__.update(fields)
    return logs.formatter(form).format(record)


def raised(error: Exception):
    try:
        raise error
    except Exception:
        return sys.exc_info()


def posted(**fields) -> SimpleNamespace:
    """A request whose form was read."""
    form = QueryDict(mutable=True)
    form.update(fields)
    return SimpleNamespace(id="0123456789abcdef", _post=form)


# --- tokens and addresses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"/invitations/{TOKEN}/", "/invitations/***/"),
        (f"/login-link/{TOKEN}", "/login-link/***"),
        (f"/shared/{TOKEN}/", "/shared/***/"),
        (f"/accounts/password/reset/key/1-{TOKEN}/", "/accounts/password/reset/key/***/"),
        (f"http://127.0.0.1:8000/invitations/{TOKEN}/", "http://127.0.0.1:8000/invitations/***/"),
        (f"/accounts/login/?next=%2Finvitations%2F{TOKEN}%2F&x=1", "/accounts/login/?next=%2Finvitations%2F***%2F&x=1"),
        (f"/accounts/login/?next=/invitations/{TOKEN}/", "/accounts/login/?next=/invitations/***/"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer ***"),
        ("no account ana.maria+x@data-house.example.org here", "no account *** here"),
        ("/sign-in/?email=ana%40data.example.org", "/sign-in/?email=***"),
        ("/organizations/3/invitations/12/revoke/", "/organizations/3/invitations/12/revoke/"),
        ("/teams/3/people/", "/teams/3/people/"),
    ],
)
def test_tokens_and_addresses_of_people_are_hidden_and_nothing_else(address, kept):
    assert line("%s: %s", "Not Found", address).endswith(f"Not Found: {kept}")
    assert json.loads(line("%(path)s", {"path": address}, form="json"))["event"] == kept


def test_every_route_that_a_secret_opens_is_hidden():
    """Who adds one is told here that its address must not get into a log."""
    with_secret = {
        name: places
        for name, places in routes_with_places()
        if "token" in places or ("key" in places and name.startswith("account_"))
    }
    assert {"invitation", "login-link", "shared", "account_reset_password_from_key"} <= set(with_secret)
    for name, places in with_secret.items():
        address = reverse(name, kwargs=dict.fromkeys(places, TOKEN) | ({"uidb36": "1"} if "uidb36" in places else {}))
        assert TOKEN not in line(address), name


def routes_with_places(patterns=None) -> list[tuple[str, list[str]]]:
    """The name of each route and the names of its places."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            found += routes_with_places(pattern.url_patterns)
        elif pattern.name:
            found.append((pattern.name, list(pattern.pattern.regex.groupindex)))
    return found


def test_a_token_in_a_traceback_is_hidden():
    text = line("failed", exc_info=raised(ValueError(f"cannot open /login-link/{TOKEN}/")))
    assert "ValueError: cannot open /login-link/***/" in text
    assert "test_logs.py" in text, "the frames stay"
    assert TOKEN not in text


def test_a_row_that_postgresql_repeats_is_hidden():
    error = ValueError(f"violates rule\nDETAIL:  Failing row contains (7, 3, {NOTE}).\n")
    text = line("failed", exc_info=raised(error))
    assert "ValueError: violates rule\nDETAIL: ***" in text
    assert "nightly" not in text and "Zed" not in text


def test_what_was_typed_in_the_request_is_hidden_however_the_error_quotes_it():
    request = posted(note=NOTE, level="3")
    cases = (str(NOTE), repr(NOTE), "cut: every Monday, ask Zed", f"{{'note': {NOTE!r}}}")
    for quoted in cases:
        text = line("failed: %s", quoted, exc_info=raised(ValueError(quoted)), request=request)
        assert "nightly" not in text and "Zed" not in text, quoted
    assert "level 3" in line("level 3 is kept: who reads it learns nothing", request=request)


def test_causes_are_told_in_their_order_and_cleaned_too():
    def broken():
        try:
            raise KeyError(NOTE)
        except KeyError as cause:
            raise RuntimeError("the form") from cause

    try:
        broken()
    except RuntimeError:
        text = line("failed", exc_info=sys.exc_info(), request=posted(note=NOTE))
    assert text.index("KeyError: ") < text.index("RuntimeError: the form")
    assert "nightly" not in text


def test_extra_fields_come_in_by_name_only():
    fields = json.loads(line("request", form="json", status=200, email="x", request=posted()))
    assert fields["status"] == 200
    assert set(fields) == {"event", "level", "logger", "request_id", "status", "timestamp"}


# --- form -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "form"),
    [
        ({}, "plain"),
        ({"DATABASE_URL": "postgres://"}, "json"),
        ({"DATABASE_URL": "postgres://", "LADDER_LOG_FORMAT": "plain"}, "plain"),
        ({"LADDER_LOG_FORMAT": "json"}, "json"),
        ({"LADDER_LOG_FORMAT": "nonsense"}, "plain"),
    ],
)
def test_production_writes_json_unless_told_otherwise(environment, form):
    assert logs.form_of(environment) == form


def test_each_line_of_json_is_one_object_even_with_a_traceback():
    text = line("it\nbroke", form="json", exc_info=raised(ValueError("two\nlines")))
    assert "\n" not in text
    told = json.loads(text)
    assert (told["event"], told["level"], told["logger"]) == ("it\nbroke", "warning", "some.logger")
    assert told["exception"].endswith("ValueError: two\nlines")


def test_what_scanners_send_is_a_line_without_a_traceback(db, written):
    Client().get("/", headers={"host": "evil.example.org"})
    assert "Invalid HTTP_HOST header: 'evil.example.org'" in written.getvalue()
    assert "Traceback" not in written.getvalue()


# --- requests ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["invitation", "login-link", "shared"])
def test_the_log_of_a_link_that_opens_nothing_has_the_address_without_the_token(db, client, written, name):
    response = client.get(reverse(name, args=[TOKEN]))
    assert f"[{response['X-Request-ID']}] Not Found: {reverse(name, args=['***'])}" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_each_request_has_a_line_with_its_route_but_probes_have_none(cast, sign_in, written):
    client = sign_in(cast.alice)
    response = client.get(reverse("team", args=[cast.atlas.pk]))
    client.get("/healthz")
    lines = [text for text in written.getvalue().splitlines() if "config.requests" in text]
    assert len(lines) == 1
    assert f'[{response["X-Request-ID"]}] request method="GET" route="team" status=200 milliseconds=' in lines[0]


@pytest.mark.parametrize("name", ["django.server", "granian.access"])
def test_lines_of_the_access_log_go_the_same_way(written, name):
    logging.getLogger(name).info('"GET /invitations/%s/ HTTP/1.1" 200', TOKEN)
    assert '"GET /invitations/***/ HTTP/1.1" 200' in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_no_logger_of_the_web_writes_by_a_handler_of_its_own():
    for name in ("django", "django.request", "django.server", "django.security", "granian.access", "_granian"):
        handlers = logging.getLogger(name).handlers
        assert {one for one in handlers if not type(one).__module__.startswith("_pytest")} <= {console()}, name


def test_a_day_of_work_leaves_nothing_typed_in_the_log(cast, written, monkeypatch):
    """Sign-in wrong and right, an invitation, a reset, answers saved, refused and lost in a fault of ours."""
    client = Client(raise_request_exception=False)
    assessment = opened(cast)
    client.post(reverse("account_login"), {"login": "marked@secret.example", "password": "marked-password-1"})
    client.post(reverse("account_reset_password"), {"email": cast.alice.email})
    client.post(reverse("account_login"), {"login": cast.alice.email, "password": PASSWORD})
    invited = {"email": "marked@secret.example", "role": "member"}
    client.post(reverse("team-people", args=[cast.atlas.pk]), invited)
    _, token = people.invite(
        actor=cast.olivia, organization=cast.house, email="new@secret.example", role=Role.VIEWER, now=NOW
    )
    client.get(reverse("invitation", args=[token]))
    address = reverse("save-answer", args=[assessment.pk, "P09.1"])
    answer = {"P09_1-choice": "3", "P09_1-version": "0", "P09_1-note": NOTE, "P09_1-evidence": "https://marked.example"}
    assert client.post(address, answer).status_code == 200
    assert client.post(address, answer | {"P09_1-choice": "4"}).status_code == 409

    def broken(**given):
        raise ValueError(f"cannot store {given!r} of {cast.alice.email}")

    monkeypatch.setattr(actions, "save_answer", broken)
    assert client.post(address, answer).status_code == 500
    text = written.getvalue()
    assert "ValueError: cannot store" in text, "the fault is told"
    assert "save-answer" in text
    for secret in ("marked", "nightly", "Monday", "Zed", "@secret", cast.alice.email, PASSWORD, token):
        assert secret not in text, secret
