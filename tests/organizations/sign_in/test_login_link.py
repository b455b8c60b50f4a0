"""One-time links: a button for people, nothing for scanners of mail, at once on one's own machine."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organizations import actions
from organizations.models import LoginToken
from tests.organizations.sign_in.conftest import code, give_app, is_in

PUBLIC = "https://ladder.example.org"


@pytest.fixture
def link(cast) -> str:
    return reverse("login-link", args=[actions.create_login_link(user=cast.alice, now=timezone.now())])


@pytest.fixture
def public(settings):
    settings.BASE_URL = PUBLIC


def unused() -> bool:
    return LoginToken.objects.filter(used_at=None).exists()


def test_opening_the_link_shows_a_button_and_uses_nothing_up(client, link, public):
    page = client.get(link)
    assert page.status_code == 200
    assert "This link signs you in as Alice (alice@example.org), once." in page.content.decode()
    assert unused()
    assert not is_in(client)


def test_the_button_signs_in_and_the_link_is_spent(client, link, public):
    response = client.post(link)
    assert (response.status_code, response.url) == (302, reverse("home"))
    assert response["Referrer-Policy"] == "no-referrer"
    assert is_in(client)
    assert client.get(link).status_code == client.post(link).status_code == 404


def test_a_scanner_that_opens_and_previews_the_link_leaves_it_to_the_person(client, link, public):
    scanner = Client()
    for _ in range(3):
        scanner.get(link)
        assert scanner.head(link).status_code == 405
    client.post(link)
    assert is_in(client)


def test_the_button_needs_its_token_against_forgery(link, public):
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403
    assert unused()


def test_on_ones_own_machine_opening_is_enough(client, link):
    assert client.get(link).status_code == 302
    assert is_in(client)


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_from_elsewhere_even_a_local_link_shows_the_button(client, link, address):
    assert client.get(link, REMOTE_ADDR=address).status_code == 200
    assert unused()


def test_a_forged_forwarding_header_makes_nobody_local(client, link):
    assert client.get(link, REMOTE_ADDR="192.0.2.7", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 200
    assert unused()


def test_the_link_replaces_the_password_but_not_the_second_factor(cast, client, link):
    give_app(cast.alice)
    assert client.get(link).url == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert is_in(client)


def test_the_link_of_another_person_ends_ones_own_session(cast, client, link):
    client.force_login(cast.bob)
    client.get(link)
    assert client.get(reverse("account")).context["user"] == cast.alice
