"""Signing in at a provider of identities: a small one on loopback, which says what the test wants it to say."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.env import identity_provider
from organizations import actions as people
from organizations.models import Role, User
from organizations.sign_in import actions
from tests.organizations.sign_in.conftest import audited, code, give_app, is_in

CLIENT_ID = "ladder"


class Provider:
    """What the provider says about whoever signs in there: `claims`."""

    def __init__(self) -> None:
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self):
                self.say(provider.claims if self.path == "/userinfo" else provider.configuration())

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                claims = {"iss": provider.url, "aud": CLIENT_ID, "exp": 4_000_000_000, "iat": 1, **provider.claims}
                token = jwt.encode(claims, "k" * 32, algorithm="HS256")
                self.say({"access_token": "a", "token_type": "Bearer", "id_token": token})

            def say(self, what: dict):
                body = json.dumps(what).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.claims: dict = {}
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def configuration(self) -> dict:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | {
            name: f"{self.url}/{place}" for name, place in places.items()
        }


@pytest.fixture
def provider(settings, monkeypatch):
    found = Provider()
    monkeypatch.setenv("LADDER_OIDC_URL", found.url)
    monkeypatch.setenv("LADDER_OIDC_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("LADDER_OIDC_NAME", "House ID")
    settings.SOCIALACCOUNT_PROVIDERS, settings.PROVIDER_NAME = identity_provider(), "House ID"
    yield found
    found.server.shutdown()


def sign_in(client: Client, provider: Provider, then: str = "", **claims):
    """From our button to the provider and back, the provider saying these claims; returns our answer."""
    provider.claims = {"sub": "1", "email": "bob@example.org", "email_verified": True, "name": "Bob"} | claims
    page = client.post(reverse("provider"), {"next": then})
    query = parse_qs(urlsplit(page.context["address"]).query)
    assert page["Refresh"] == f"0; url={page.context['address']}"
    assert query["code_challenge_method"] == ["S256"]
    return client.get(urlsplit(query["redirect_uri"][0]).path, {"state": query["state"][0], "code": "c"})


def test_without_a_provider_there_is_no_button_and_no_way(db, client):
    assert "Sign in with" not in client.get(reverse("account_login")).content.decode().replace(
        "Sign in with a passkey", ""
    )
    assert client.post(reverse("provider")).status_code == 404
    assert client.get(reverse("openid_connect_callback", args=["oidc"]), {"state": "x", "code": "y"}).status_code == 404


def test_the_sign_in_page_offers_it_by_name(provider, db, client):
    assert "Sign in with House ID" in client.get(reverse("account_login")).content.decode()
    assert client.get(reverse("provider")).status_code == 405


def test_a_person_whom_we_know_comes_in_and_goes_where_they_wanted(cast, provider, client):
    team = reverse("team", args=[cast.atlas.pk])
    assert sign_in(client, provider, then=team, email="BOB@example.org").url == team
    assert client.get(reverse("account")).context["user"] == cast.bob


def test_nobody_is_led_away_from_here(cast, provider, client):
    assert sign_in(client, provider, then="https://evil.example/").url == reverse("home")


@pytest.mark.parametrize("verified", [False, "false", None, 0, "yes"])
def test_an_address_that_the_provider_does_not_vouch_for_is_nobodys(cast, provider, client, verified):
    page = sign_in(client, provider, email_verified=verified)
    assert "Accounts are made by invitation" in page.content.decode()
    assert not is_in(client)


def test_addresses_of_named_domains_count_as_verified(cast, provider, client, settings, monkeypatch):
    monkeypatch.setenv("LADDER_OIDC_DOMAINS", "example.org")
    settings.SOCIALACCOUNT_PROVIDERS = identity_provider()
    sign_in(client, provider, email_verified=False)
    assert is_in(client)


def test_a_stranger_gets_no_account(cast, provider, client):
    page = sign_in(client, provider, email="mallory@example.org")
    assert "Accounts are made by invitation" in page.content.decode()
    assert not User.objects.filter(email="mallory@example.org").exists()


def test_whoever_is_invited_gets_an_account_with_every_role_that_waits(cast, provider, client):
    for team in (cast.atlas, cast.boreal):
        people.invite(
            organization=cast.house,
            actor=cast.olivia,
            email="Nina@example.org",
            role=Role.MEMBER,
            team=team,
            now=timezone.now(),
        )
    assert sign_in(client, provider, email="nina@example.org", name="  Nina N  ").url == reverse("home")
    nina = User.objects.get(email="nina@example.org")
    assert (nina.name, nina.has_usable_password(), nina.time_zone) == ("Nina N", False, "America/Sao_Paulo")
    assert set(nina.memberships.values_list("team__name", flat=True)) == {"Atlas", "Boreal"}
    assert audited(cast.house)[-2:] == ["invitation accepted"] * 2
    again = Client()
    sign_in(again, provider, email="nina@example.org")
    assert is_in(again)


def test_a_password_that_somebody_else_may_have_set_ends_with_the_first_sign_in_there(cast, provider, client):
    """Whoever took an invitation that was meant for Bob would else keep a way into Bob's account."""
    sign_in(client, provider)
    cast.bob.refresh_from_db()
    assert not cast.bob.has_usable_password()
    cast.bob.set_password("a password of his own")
    cast.bob.save()
    sign_in(Client(), provider)
    cast.bob.refresh_from_db()
    assert cast.bob.has_usable_password()


def test_ones_own_second_factor_is_asked_for_there_too(cast, provider, client):
    give_app(cast.bob)
    assert sign_in(client, provider).url == reverse("mfa_authenticate")
    client.post(reverse("mfa_authenticate"), {"code": code()})
    assert is_in(client)


@pytest.mark.parametrize("asks", [True, False])
def test_whether_the_provider_satisfies_an_organization_that_asks_is_decided_by_the_environment(
    cast, provider, client, settings, asks
):
    settings.PROVIDER_ASKS_SECOND_FACTOR = asks
    give_app(cast.olivia)
    actions.require_second_factor(organization=cast.house, actor=cast.olivia, required=True, now=timezone.now())
    sign_in(client, provider)
    assert client.get(reverse("home")).status_code == (200 if asks else 302)


def test_an_answer_that_nobody_asked_for_lets_nobody_in(cast, provider, client):
    provider.claims = {"sub": "1", "email": "bob@example.org", "email_verified": True}
    callback = reverse("openid_connect_callback", args=["oidc"])
    other = Client().post(reverse("provider"))
    foreign = parse_qs(urlsplit(other.context["address"]).query)["state"][0]
    for state in ("", "guessed", foreign):
        assert client.get(callback, {"state": state, "code": "c"}).status_code == 401
    assert not is_in(client)


def test_who_changes_their_mind_there_reads_so_here(cast, provider, client):
    page = client.post(reverse("provider"))
    state = parse_qs(urlsplit(page.context["address"]).query)["state"][0]
    callback = reverse("openid_connect_callback", args=["oidc"])
    answer = client.get(callback, {"state": state, "error": "access_denied"}, follow=True)
    assert "Signing in was cancelled at the other service." in answer.content.decode()


def test_a_provider_that_is_away_is_a_page_that_says_so(cast, provider, client):
    provider.server.shutdown()
    provider.server.server_close()
    page = client.post(reverse("provider"))
    assert page.status_code == 401
    assert "didn’t confirm who you are" in page.content.decode()


def test_accounts_of_the_provider_are_not_attached_to_people(cast, provider, client):
    client.force_login(cast.bob)
    page = client.post(reverse("provider"), {"process": "connect"})
    if page.status_code == 200:
        query = parse_qs(urlsplit(page.context["address"]).query)
        provider.claims = {"sub": "9", "email": "dave@example.org", "email_verified": True}
        client.get(urlsplit(query["redirect_uri"][0]).path, {"state": query["state"][0], "code": "c"})
    assert not cast.bob.socialaccount_set.exists()
