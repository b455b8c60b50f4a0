"""What is around every request: here, logs that name the request and keep nothing that lets somebody in."""

from __future__ import annotations

import io
import logging
import sys

import pytest
from django.urls import reverse

from config.middleware import SecretlessFormatter

TOKEN = "pX3-tokenOfALink_9aQz0"


def console() -> logging.StreamHandler:
    """The handler through which every line goes."""
    return next(one for one in logging.getLogger().handlers if isinstance(one.formatter, SecretlessFormatter))


@pytest.fixture
def written():
    """What is logged during the test, as it would stand on the console."""
    handler, stream = console(), io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def line(message: str, *args, **fields) -> str:
    record = logging.LogRecord("some.logger", logging.WARNING, __file__, 1, message, args, fields.get("exc_info"))
    return SecretlessFormatter("{message}", style="{").format(record)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"/invitations/{TOKEN}/", "/invitations/***/"),
        (f"/login-link/{TOKEN}", "/login-link/***"),
        (f"/accounts/password/reset/key/1-{TOKEN}/", "/accounts/password/reset/key/***/"),
        (f"http://127.0.0.1:8000/invitations/{TOKEN}/", "http://127.0.0.1:8000/invitations/***/"),
        (f"/accounts/login/?next=%2Finvitations%2F{TOKEN}%2F&x=1", "/accounts/login/?next=%2Finvitations%2F***%2F&x=1"),
        (f"/accounts/login/?next=/invitations/{TOKEN}/", "/accounts/login/?next=/invitations/***/"),
        ("/organizations/3/invitations/12/revoke/", "/organizations/3/invitations/12/revoke/"),
        ("/teams/3/people/", "/teams/3/people/"),
    ],
)
def test_a_token_in_an_address_is_masked_and_nothing_else(address, kept):
    assert line("%s: %s", "Not Found", address) == f"Not Found: {kept}"
    assert (
        line('"%(method)s %(path)s HTTP/1.1" 200', {"method": "GET", "path": address}) == f'"GET {kept} HTTP/1.1" 200'
    )


def test_a_token_in_a_traceback_is_masked():
    try:
        raise ValueError(f"cannot open /login-link/{TOKEN}/")
    except ValueError:
        text = line("failed", exc_info=sys.exc_info())
    assert "ValueError: cannot open /login-link/***/" in text
    assert TOKEN not in text


@pytest.mark.parametrize("name", ["invitation", "login-link"])
def test_the_log_of_a_link_that_opens_nothing_has_the_address_without_the_token(db, client, written, name):
    response = client.get(reverse(name, args=[TOKEN]))
    assert f"[{response['X-Request-Id']}] Not Found: {reverse(name, args=['***'])}" in written.getvalue()
    assert TOKEN not in written.getvalue()


@pytest.mark.parametrize("name", ["django.server", "granian.access"])
def test_lines_of_the_access_log_go_the_same_way(written, name):
    logging.getLogger(name).info('"GET /invitations/%s/ HTTP/1.1" 200', TOKEN)
    assert '"GET /invitations/***/ HTTP/1.1" 200' in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_no_logger_of_the_web_writes_by_a_handler_of_its_own():
    for name in ("django", "django.request", "django.server", "django.security", "granian.access"):
        handlers = logging.getLogger(name).handlers
        assert {one for one in handlers if not type(one).__module__.startswith("_pytest")} <= {console()}, name
