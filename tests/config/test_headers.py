"""Headers on every route, on errors, redirects, files and static files, graded by the rules of a public observatory."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from organizations.models import User
from tests.assessment.rooms import answer_all, close, opened
from tests.cast import PASSWORD

pytestmark = pytest.mark.one_database("headers of answers")

SIX_MONTHS = 15768000
A_PLUS = 100
GUESSES = {"int": 1, "str": "P09", "slug": "processo", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


def grade(response: HttpResponse) -> tuple[int, list[str]]:
    """Points (100 and more is A+) and what costs some. Extra points count only where little is lost, as there."""
    lost = {name: points for name, points in losses(response).items() if points}
    score = A_PLUS - sum(lost.values())
    return score + (extra(response) if score >= 90 else 0), sorted(lost)


def losses(response: HttpResponse) -> dict[str, int]:
    policy = policy_of(response)
    scripts = policy.get("script-src", policy.get("default-src", "'unsafe-inline'"))
    styles = policy.get("style-src", policy.get("default-src", "'unsafe-inline'"))
    age = re.search(r"max-age=(\d+)", response.get("Strict-Transport-Security", ""))
    cookies = response.cookies
    return {
        "no policy": 25 * (not policy),
        "inline or eval in scripts": 20 * bool(re.search(r"unsafe-|data:|\*|https?:", scripts)),
        "inline in styles": 20 * ("unsafe-inline" in styles),
        "framing": 20 * (policy.get("frame-ancestors") != "'none'" or response.get("X-Frame-Options") != "DENY"),
        "sniffing": 5 * (response.get("X-Content-Type-Options") != "nosniff"),
        "referrer": 5 * (response.get("Referrer-Policy") not in ("same-origin", "no-referrer")),
        "no strict transport": 20 * (not age or int(age[1]) < SIX_MONTHS),
        "other origins": 50 * ("Access-Control-Allow-Origin" in response),
        "cookies": 20 * (not all(one["secure"] and one["samesite"] for one in cookies.values())),
        "session cookie open to scripts": 30 * any(
            name == "sessionid" and not one["httponly"] for name, one in cookies.items()
        ),
        "other origins may embed": 5 * (response.get("Cross-Origin-Resource-Policy") != "same-origin"),
        "other windows may reach in": 5 * (response.get("Cross-Origin-Opener-Policy") != "same-origin"),
        "device": 5 * ("camera=()" not in response.get("Permissions-Policy", "")),
    }  # fmt: skip


def extra(response: HttpResponse) -> int:
    policy = policy_of(response)
    return 10 * (policy.get("default-src") == "'none'") + 5 + 5 + 10


def policy_of(response: HttpResponse) -> dict[str, str]:
    parts = [part.strip().split(" ", 1) for part in response.get("Content-Security-Policy", "").split(";") if part]
    return {name: "".join(values) for name, *values in parts}


@pytest.fixture
def https(settings):
    """As settings.py sets it where LADDER_BASE_URL is https, and clients that come that way."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.LANGUAGE_COOKIE_SECURE = True

    def client(user: User | None = None) -> Client:
        visitor = Client(raise_request_exception=False, headers={"x-forwarded-proto": "https"})
        if user:
            visitor.force_login(user)
        return visitor

    return client


def routes(patterns=None) -> list[tuple[str, dict]]:
    """The name of each route, and something to put in its places."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            places = {name: guess(kind) for name, kind in pattern.pattern.converters.items()}
            found += [(pattern.name, places)] if pattern.name else []
        else:
            found += routes(pattern.url_patterns)
    return found


def guess(converter) -> object:
    return GUESSES.get(type(converter).__name__.removesuffix("Converter").lower(), "x")


def assert_a_plus(response, where: str) -> None:
    score, faults = grade(response)
    assert faults == [], f"{where} ({response.status_code}): {faults}"
    assert score >= A_PLUS


@pytest.mark.parametrize("who", ["nobody", "alice"])
def test_every_route_gets_the_best_grade_whatever_it_answers(cast, https, who):
    client = https(getattr(cast, who, None))
    checked = 0
    for name, places in routes():
        try:
            address = reverse(name, kwargs=places)
        except Exception:  # its places want something that only allauth can guess
            continue
        assert_a_plus(client.get(address), name)
        checked += 1
    assert checked > 50


def test_pages_with_something_on_them_and_files_do_too(cast, https):
    assessment = opened(cast)
    answer_all(cast.bob, assessment, 3)
    client = https(cast.alice)
    section = reverse("section", args=[assessment.pk, "P09"])
    assert_a_plus(client.get(section), "section")
    saved = client.post(
        reverse("save-answer", args=[assessment.pk, "P09.1"]), {"P09_1-choice": "4", "P09_1-version": "1"},
        headers={"referer": "https://testserver/"},
    )  # fmt: skip
    assert saved.status_code == 200
    assert_a_plus(saved, "save-answer")
    close(cast.alice, assessment)
    for name in ("results", "results.csv", "roadmap"):
        response = client.get(reverse(name, args=[assessment.pk]))
        assert response.status_code == 200
        assert_a_plus(response, name)


def test_signing_in_sets_cookies_that_stay_here(cast, https):
    client = https()
    response = client.post(
        reverse("account_login"), {"login": cast.alice.email, "password": PASSWORD},
        headers={"referer": "https://testserver/"},
    )  # fmt: skip
    assert response.status_code == 302
    assert "sessionid" in response.cookies
    assert_a_plus(response, "sign-in")


@pytest.mark.parametrize(
    ("address", "status", "host"),
    [("/", 400, "evil.example.org"), ("/nowhere/", 404, "testserver"), ("/results/<b>/", 404, "testserver")],
)
def test_errors_do_too(db, https, address, status, host):
    response = https().get(address, headers={"host": host})
    assert response.status_code == status
    assert_a_plus(response, address)


def test_a_fault_of_ours_does_too(cast, https, monkeypatch):
    def broken(user):
        raise RuntimeError("broken for the test")

    monkeypatch.setattr("config.home.build", broken)
    response = https(cast.alice).get("/")
    assert response.status_code == 500
    assert_a_plus(response, "500")


def test_a_body_that_is_too_large_does_too(db, https):
    response = https().post("/accounts/login/", b"x" * 1_100_000, content_type="application/octet-stream")
    assert response.status_code == 413
    assert_a_plus(response, "413")


@pytest.mark.parametrize("path", ["css/ladder.css", "js/autosave.js", "img/ladder.svg"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_static_files_do_too(https, path, method):
    assert finders.find(path)
    response = getattr(https(), method)(f"/static/{path}")
    assert response.status_code == 200
    assert_a_plus(response, path)


def test_http_leads_to_https_but_for_what_is_asked_from_inside(db, https):
    client = Client()
    moved = client.get("/accounts/login/")
    assert (moved.status_code, moved["Location"]) == (301, "https://testserver/accounts/login/")
    assert client.get("/healthz").status_code == 200
