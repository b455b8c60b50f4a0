"""The home page, the probes, the error pages, and what comes with every page: headers and a language."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles import finders
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessment.models import Assessment
from config import views
from jobs import heartbeat
from organizations.models import Team
from tests.assessment.rooms import answer_all, close, level, opened, save
from tests.cast import PASSWORD, person

IN_PORTUGUESE = {
    400: "Não foi possível ler esta solicitação",
    403: "Você não pode fazer isto",
    404: "Não há nada aqui",
    500: "Algo quebrou do nosso lado",
}
IN_ENGLISH = {
    400: "This request could not be read",
    403: "You may not do this",
    404: "There is nothing here",
    500: "Something broke on our side",
}


def page_of(response) -> str:
    return response.content.decode()


def words_of(response) -> str:
    """What a person reads, without the markup between the words."""
    return " ".join(re.sub(r"<[^>]+>", " ", page_of(response)).split())


# --- home -------------------------------------------------------------------------------------------------------------


def test_strangers_are_welcomed_and_may_sign_in(client, db):
    page = page_of(client.get("/"))
    assert reverse("account_login") in page
    assert "People join by invitation" in page


def test_a_lead_is_led_to_the_open_questionnaire(cast, sign_in):
    assessment = opened(cast)
    home = sign_in(cast.alice).get("/")
    assert "Atlas · Q3 2026" in words_of(home)
    assert "0 of 35 answered, about 20 min left" in words_of(home)
    assert reverse("about", args=[assessment.pk]) in page_of(home)
    save(cast.alice, assessment)
    assert reverse("continue", args=[assessment.pk]) in page_of(sign_in(cast.alice).get("/"))


def test_nothing_waits_for_a_viewer(cast, sign_in):
    opened(cast)
    home = sign_in(cast.erin).get("/")
    assert home.context["waiting"] == []
    assert "First assessment is open" in words_of(home)


def test_a_lead_sees_their_own_team_only(cast, sign_in):
    assert "Boreal" not in words_of(sign_in(cast.alice).get("/"))


def test_named_answers_of_others_are_not_counted_as_mine(cast, sign_in):
    save(cast.bob, opened(cast, mode="named"))
    assert "0 of 35 answered" in words_of(sign_in(cast.alice).get("/"))
    assert "1 of 35 answered" in words_of(sign_in(cast.bob).get("/"))


def scored(cast, team: Team, period: str, number: int) -> None:
    assessment = opened(cast, team=team, user=cast.carla, period=period)
    answer_all(cast.carla, assessment, number)
    close(cast.carla, assessment)


def test_the_head_of_data_sees_every_team_what_moved_and_what_is_systemic(cast, sign_in):
    scored(cast, cast.atlas, "2026-Q1", 3)
    scored(cast, cast.atlas, "2026-Q2", 1)
    scored(cast, cast.boreal, "2026-Q2", 1)
    home = sign_in(cast.carla).get("/")
    text = words_of(home)
    assert "2 teams, 2 assessed in Q2 2026." in text
    assert "is below 2 in 2 teams" in text
    summary = home.context["groups"][0]["summary"]
    assert (summary.up, summary.down, summary.systemic[0]) == (0, 1, ("P01", 2))
    atlas, boreal = home.context["groups"][0]["lines"]
    assert (atlas.overall["score"], atlas.moved) == (1.0, -2.0)
    assert (boreal.overall["score"], boreal.moved) == (1.0, None)


def test_an_undone_closing_is_no_result(cast, sign_in):
    scored(cast, cast.atlas, "2026-Q2", 3)
    cast.atlas.results.update(withdrawn_at=timezone.now())
    assert "Not assessed yet" in words_of(sign_in(cast.alice).get("/"))


def test_archived_teams_leave_the_home_page(cast, sign_in):
    Team.objects.filter(pk=cast.boreal.pk).update(archived_at=timezone.now())
    assert "Boreal" not in words_of(sign_in(cast.carla).get("/"))


def test_who_belongs_nowhere_may_create_an_organization(client, db):
    client.force_login(person("Zoe"))
    assert reverse("organization-new") in page_of(client.get("/"))


def test_who_manages_an_organization_without_teams_is_led_to_the_first_and_nobody_else_is(cast, sign_in):
    Team.objects.all().update(archived_at=timezone.now())
    first = reverse("team-new", args=[cast.house.pk])
    assert first in page_of(sign_in(cast.carla).get("/"))
    read_only = sign_in(cast.erin).get("/")
    assert first not in page_of(read_only) and "There is no team yet" in words_of(read_only)


def test_a_demo_is_marked(cast, sign_in):
    cast.house.is_demo = True
    cast.house.save()
    assert "remove_demo" in words_of(sign_in(cast.carla).get("/"))


def queries_of_home(client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
    return len(captured)


def with_something_of_each(cast, team: Team) -> None:
    """An earlier result, a later one, and something open."""
    for period, number in (("2026-Q1", 2), ("2026-Q2", 3)):
        assessment = opened(cast, team=team, user=cast.carla, period=period)
        save(cast.carla, assessment, entry=level(number))
        close(cast.carla, assessment)
    save(cast.carla, opened(cast, team=team, user=cast.carla))


def test_home_asks_the_same_number_of_queries_for_2_and_20_teams(cast, sign_in):
    client = sign_in(cast.carla)
    for team in (cast.atlas, cast.boreal):
        with_something_of_each(cast, team)
    for_two = queries_of_home(client)
    for number in range(18):
        with_something_of_each(cast, Team.objects.create(organization=cast.house, name=f"Team {number}"))
    assert Assessment.objects.open().count() == 20
    assert queries_of_home(client) == for_two


# --- probes -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def all_is_well(db, monkeypatch):
    monkeypatch.setattr(views.broker, "is_reachable", lambda: True)
    heartbeat.beat(worker="one", now=timezone.now())


def test_healthz_answers_without_a_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


def test_readyz_is_ok_when_all_is_well(client, all_is_well):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "parts": {"database": "ok", "migrations": "ok", "worker": "ok", "broker": "ok"},
    }
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("seen", [None, timedelta(minutes=10)])
def test_a_missing_worker_is_degraded_and_still_ready(client, all_is_well, seen):
    heartbeat.Heartbeat.objects.all().delete()
    if seen:
        heartbeat.Heartbeat.objects.create(worker="one", seen_at=timezone.now() - seen)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["parts"]["worker"] == "missing"


def test_a_missing_broker_is_degraded_and_still_ready(client, all_is_well, monkeypatch):
    monkeypatch.setattr(views.broker, "is_reachable", lambda: False)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["parts"]["broker"] == "unreachable"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_its_database_it_is_not_ready(client, monkeypatch, error):
    def cursor():
        raise error("connection refused")

    monkeypatch.setattr(views, "connection", SimpleNamespace(cursor=cursor))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "parts": {"database": "unreachable", "migrations": "unknown"}}


def test_with_migrations_to_come_it_is_not_ready(client, all_is_well, monkeypatch):
    monkeypatch.setattr(views.MigrationExecutor, "migration_plan", lambda self, targets: [("one", False)])
    response = client.get("/readyz")
    assert (response.status_code, response.json()["parts"]["migrations"]) == (503, "pending")


# --- error pages ------------------------------------------------------------------------------------------------------


def error_page(cast, status: int, monkeypatch, language: str = "en"):
    """A response of each kind of error, as a browser would meet it."""
    client = Client(raise_request_exception=False)
    client.cookies["django_language"] = language
    if status == 400:
        return client.get("/", headers={"host": "evil.example.org"})
    client.force_login(cast.erin)
    if status == 403:
        return client.get(reverse("team-settings", args=[cast.atlas.pk]))
    if status == 404:
        return client.get("/nowhere/")

    def broken(user):
        raise RuntimeError("broken for the test")

    monkeypatch.setattr(views.homes, "build", broken)
    return client.get("/")


@pytest.mark.parametrize("status", sorted(IN_ENGLISH))
@pytest.mark.parametrize(("language", "titles"), [("en", IN_ENGLISH), ("pt-br", IN_PORTUGUESE)])
def test_error_pages_say_in_both_languages_what_happened_with_a_number_to_quote(
    cast, monkeypatch, status, language, titles
):
    response = error_page(cast, status, monkeypatch, language)
    page = page_of(response)
    assert response.status_code == status
    assert f'<html lang="{language}">' in page
    assert f"<h1>{titles[status]}</h1>" in page
    assert re.fullmatch(r"[0-9a-f]{16}", response["X-Request-Id"])
    assert f"<code>{response['X-Request-Id']}</code>" in page
    assert 'href="/"' in page, "and a way on"


def test_a_refusal_says_who_may(cast, sign_in):
    response = sign_in(cast.erin).get(reverse("team-settings", args=[cast.atlas.pk]))
    assert "Only owners, administrators and the team" in words_of(response)


def test_a_form_without_its_token_is_explained_too(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    response = client.post(reverse("team-archive", args=[cast.atlas.pk]))
    assert response.status_code == 403
    assert f"<code>{response['X-Request-Id']}</code>" in page_of(response)
    assert "reload the page" in words_of(response)


def test_an_error_shows_nothing_of_the_inside(cast, monkeypatch):
    page = page_of(error_page(cast, 500, monkeypatch))
    assert "broken for the test" not in page
    assert "Traceback" not in page


# --- headers ----------------------------------------------------------------------------------------------------------


def policy_of(response) -> dict[str, str]:
    directives = [part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")]
    return {name: "".join(values) for name, *values in directives}


def assert_headers(response):
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def assert_page_headers(response):
    assert_headers(response)
    policy = policy_of(response)
    assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == ("'none'", "'self'", "'none'")
    assert (policy["form-action"], policy["base-uri"], policy["connect-src"]) == ("'self'", "'none'", "'self'")


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/account/", "/manifesto/", "/healthz", "/readyz"])
def test_pages_and_redirects_carry_the_security_headers(client, db, path):
    response = client.get(path)
    assert_page_headers(response)
    assert response["X-Frame-Options"] == "DENY", "for browsers that don't know frame-ancestors"


@pytest.mark.parametrize("status", sorted(IN_ENGLISH))
def test_error_pages_carry_them_too(cast, monkeypatch, status):
    assert_page_headers(error_page(cast, status, monkeypatch))


def test_answers_to_scripts_carry_them_too(cast, sign_in):
    url = reverse("save-answer", args=[opened(cast).pk, "P09.1"])
    assert_page_headers(sign_in(cast.bob).post(url, {"P09_1-choice": "3", "P09_1-version": "0"}))


@pytest.mark.parametrize("path", ["css/ladder.css", "js/autosave.js", "img/ladder.svg"])
def test_static_files_carry_them_too(client, path):
    assert finders.find(path)
    response = client.get(f"/static/{path}")
    assert response.status_code == 200
    assert_headers(response)


def test_pages_of_signed_in_people_hold_no_inline_script_or_style(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.alice)
    for url in ("/", reverse("section", args=[assessment.pk, "P09"]), reverse("team", args=[cast.atlas.pk])):
        page = page_of(client.get(url))
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", page), url
        assert not re.search(r"\sstyle=|\son\w+=|<style", page), url


def test_cookies_are_kept_from_scripts_and_other_sites(cast, client):
    client.post(reverse("account_login"), {"login": cast.alice.email, "password": PASSWORD})
    session = client.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")


# --- language ---------------------------------------------------------------------------------------------------------


def switch(client, language: str, page: str):
    return client.post(reverse("set_language"), {"language": language, "next": page})


def test_switching_the_language_keeps_the_page_and_its_filters(cast, sign_in):
    client = sign_in(cast.alice)
    url = f"{reverse('assessment', args=[opened(cast).pk])}?show=flagged"
    assert f'name="next" value="{url}"' in page_of(client.get(url))
    assert switch(client, "pt-br", url).url == url
    page = page_of(client.get(url))
    assert '<html lang="pt-br">' in page
    assert "T3 2026" in page, "quarters are trimestres"
    assert switch(client, "en", url).url == url
    assert '<html lang="en">' in page_of(client.get(url))


def test_switching_leads_to_no_other_site(client, db):
    assert switch(client, "pt-br", "https://evil.example.org/").url == "/"


def test_the_language_of_the_account_holds_until_another_is_chosen(cast, client):
    cast.bob.language = "pt-br"
    cast.bob.save()
    client.force_login(cast.bob)
    assert '<html lang="pt-br">' in page_of(client.get("/"))
    switch(client, "en", "/")
    assert '<html lang="en">' in page_of(client.get("/"))


def test_a_browser_that_asks_for_portuguese_is_answered_in_it(client, db):
    assert '<html lang="pt-br">' in page_of(client.get("/", headers={"accept-language": "pt-BR,pt;q=0.9"}))
