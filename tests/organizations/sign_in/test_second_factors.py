"""Second factors: setting up, signing in, losing them; and an organization that asks for one."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organizations import actions as people
from organizations.models import AuditEvent, Membership, Role, User
from organizations.sign_in import actions
from tests.cast import PASSWORD, person
from tests.organizations.sign_in.conftest import SECRET, audited, code, give_app, is_in, with_password

AUTHENTICATE = "mfa_authenticate"
RAW = '"id": "eA", "rawId": "eA", "type": "public-key"'
MADE_UP = [
    *("", "{}", "[]", "null", "7", '"x"', '{"id": "x"}', '{"response": {"userHandle": null}}', '{"response": 1}'),
    f"{{{RAW}}}",
    f'{{{RAW}, "response": {{}}}}',
    f'{{{RAW}, "response": {{"clientDataJSON": "e30", "authenticatorData": "eA", "signature": "eA"}}}}',
    f'{{{RAW}, "response": {{"clientDataJSON": "e30", "attestationObject": "eA"}}}}',
    f'{{{RAW}, "response": {{"clientDataJSON": "!", "attestationObject": 7, "userHandle": "eA"}}}}',
]


def confirmed(client: Client) -> Client:
    """The client, having confirmed with the password that it is really the person."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


def set_up(client: Client, monkeypatch) -> list[str]:
    """Set up an authenticator app by the pages, as a person does; returns the recovery codes that are shown."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda: SECRET)
    page = confirmed(client).get(reverse("mfa_activate_totp")).content.decode()
    assert SECRET in page
    assert 'src="data:image/svg+xml;base64,' in page
    response = client.post(reverse("mfa_activate_totp"), {"code": code()})
    assert response.url == reverse("mfa_view_recovery_codes")
    return re.findall(r"<code>(\d{8})</code>", client.get(response.url).content.decode())


# --- setting up -------------------------------------------------------------------------------------------------------


def test_setting_up_asks_for_the_password_first(cast, client):
    client.force_login(cast.bob)
    for name in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        assert client.get(reverse(name)).url.startswith(reverse("account_reauthenticate")), name


@pytest.mark.django_db(transaction=True)
def test_an_app_is_set_up_told_by_mail_and_recorded_for_the_owners(cast, client, monkeypatch):
    client.force_login(cast.bob)
    codes = set_up(client, monkeypatch)
    assert len(set(codes)) == 10
    event = AuditEvent.objects.get(organization=cast.house, action="second factor added")
    assert (event.actor, event.subject, event.detail) == (cast.bob, "Bob", {"kind": "authenticator app"})
    assert [letter.to for letter in mail.outbox] == [["bob@example.org"]]


def test_a_wrong_code_sets_nothing_up(cast, client, monkeypatch):
    client.force_login(cast.bob)
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.generate_totp_secret", lambda: SECRET)
    confirmed(client).get(reverse("mfa_activate_totp"))
    page = client.post(reverse("mfa_activate_totp"), {"code": "000000" if code() != "000000" else "111111"})
    assert "error-summary" in page.content.decode()
    assert not Authenticator.objects.exists()


def test_secrets_are_not_readable_in_the_database(cast, client, monkeypatch):
    client.force_login(cast.bob)
    set_up(client, monkeypatch)
    stored = repr(list(Authenticator.objects.values_list("data")))
    assert SECRET not in stored


def test_under_another_secret_key_no_code_fits_and_nothing_breaks(cast, client, settings):
    give_app(cast.bob)
    settings.SECRET_KEY = "another" * 10
    with_password(client, cast.bob)
    page = client.post(reverse(AUTHENTICATE), {"code": code()})
    assert page.status_code == 200
    assert not is_in(client)


# --- signing in -------------------------------------------------------------------------------------------------------


def test_the_password_alone_no_longer_lets_in(cast, client):
    give_app(cast.bob)
    assert with_password(client, cast.bob).url == reverse(AUTHENTICATE)
    assert not is_in(client)
    assert client.post(reverse(AUTHENTICATE), {"code": code()}).url == reverse("home")
    assert is_in(client)


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_clock_that_is_half_a_minute_off_is_forgiven(cast, client, steps):
    give_app(cast.bob)
    with_password(client, cast.bob)
    client.post(reverse(AUTHENTICATE), {"code": code(steps)})
    assert is_in(client)


@pytest.mark.parametrize("steps", [-4, 4])
def test_older_and_later_codes_are_refused(cast, client, steps):
    give_app(cast.bob)
    with_password(client, cast.bob)
    client.post(reverse(AUTHENTICATE), {"code": code(steps)})
    assert not is_in(client)


def test_a_code_is_taken_once_also_when_the_cache_has_forgotten_it(cast, client, settings):
    give_app(cast.bob)
    with_password(client, cast.bob)
    used = code()
    client.post(reverse(AUTHENTICATE), {"code": used})
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    thief = Client()
    with_password(thief, cast.bob)
    page = thief.post(reverse(AUTHENTICATE), {"code": f"{used[:3]} {used[3:]}"}).content.decode()
    assert "This code was used already." in page
    assert not is_in(thief)


def test_a_recovery_code_lets_in_once(cast, client, monkeypatch):
    client.force_login(cast.bob)
    first = set_up(client, monkeypatch)[0]
    for expected in (True, False):
        browser = Client()
        with_password(browser, cast.bob)
        browser.post(reverse(AUTHENTICATE), {"code": first})
        assert is_in(browser) is expected


def test_a_refused_code_is_recorded(cast, client):
    give_app(cast.bob)
    with_password(client, cast.bob)
    client.post(reverse(AUTHENTICATE), {"code": code(10)})
    assert audited(cast.house) == ["second factor refused"]


def test_codes_are_locked_after_five_tries_even_the_right_one(cast, client):
    give_app(cast.bob)
    with_password(client, cast.bob)
    for _ in range(5):
        client.post(reverse(AUTHENTICATE), {"code": code(10)})
    page = client.post(reverse(AUTHENTICATE), {"code": code()}).content.decode()
    assert "Too many failed login attempts. Try again later." in page
    assert not is_in(client)
    assert audited(cast.house) == [
        *["second factor refused"] * 5,
        "sign-in locked for five minutes after too many tries",
    ]


def test_the_page_for_the_code_is_for_nobody_who_gave_no_password(cast, client):
    give_app(cast.bob)
    assert client.get(reverse(AUTHENTICATE)).url == reverse("account_login")
    assert client.post(reverse(AUTHENTICATE), {"code": code()}).url == reverse("account_login")
    assert not is_in(client)


def test_a_passkey_answer_that_was_made_up_lets_nobody_in(cast, client):
    give_app(cast.bob)
    with_password(client, cast.bob)
    for credential in MADE_UP:
        response = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
        assert response.status_code == 302, credential
        assert client.post(reverse(AUTHENTICATE), {"credential": credential}).status_code == 200, credential
    assert not is_in(client)


def test_a_passkey_that_was_made_up_is_not_added(cast, client):
    client.force_login(cast.bob)
    confirmed(client).get(reverse("mfa_add_webauthn"))
    for credential in MADE_UP:
        data = {"name": "key", "credential": credential}
        assert client.post(reverse("mfa_add_webauthn"), data).status_code == 200, credential
    assert not Authenticator.objects.exists()


def test_dangerous_acts_ask_who_it_is_and_then_go_on_with_the_form_that_was_sent(cast, client):
    client.force_login(cast.bob)
    erase = reverse("account-erase")
    assert client.get(erase).status_code == 200
    answer = client.post(erase, {"email": "bob@example.org"})
    assert answer.url == f"{reverse('account_reauthenticate')}?next={erase.replace('/', '%2F')}"
    assert User.objects.filter(pk=cast.bob.pk).exists()
    assert client.post(answer.url, {"password": "wrong"}).status_code == 200
    client.post(answer.url, {"password": PASSWORD, "next": erase})
    assert not User.objects.filter(pk=cast.bob.pk).exists()


def test_ones_data_are_not_handed_to_whoever_finds_the_browser_open(cast, client):
    client.force_login(cast.bob)
    assert client.get(reverse("account-data")).url.startswith(reverse("account_reauthenticate"))
    assert confirmed(client).get(reverse("account-data")).status_code == 200


# --- losing them ------------------------------------------------------------------------------------------------------


def test_removing_the_app_asks_again_and_is_recorded(cast, client):
    give_app(cast.bob)
    with_password(client, cast.bob)
    client.post(reverse(AUTHENTICATE), {"code": code()})
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert Authenticator.objects.exists()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert audited(cast.house) == ["second factor removed"]


def test_the_command_takes_the_factors_from_somebody_who_lost_them(cast, client):
    give_app(cast.bob)
    with_password(client, cast.bob)
    client.post(reverse(AUTHENTICATE), {"code": code()})
    out = StringIO()
    call_command("remove_second_factors", "BOB@example.org", "--dry-run", stdout=out)
    assert Authenticator.objects.count() == 1
    call_command("remove_second_factors", "BOB@example.org", stdout=out)
    assert "Removed from BOB@example.org: 1." in out.getvalue()
    assert not is_in(client)
    assert audited(cast.house) == ["second factors removed from the command line"]
    assert with_password(Client(), cast.bob).url == reverse("home")


@pytest.mark.parametrize("email", ["nobody@example.org", "bob@example.org"])
def test_the_command_refuses_when_there_is_nothing_to_remove(cast, email):
    with pytest.raises(CommandError) as error:
        call_command("remove_second_factors", email)
    assert error.value.returncode == 2


# --- an organization that asks for one --------------------------------------------------------------------------------


@pytest.fixture
def strict(cast):
    """Data House asks for second factors; Olivia has one."""
    give_app(cast.olivia)
    actions.require_second_factor(organization=cast.house, actor=cast.olivia, required=True, now=timezone.now())
    return cast


def page_of(cast) -> str:
    return reverse("organization-security", args=[cast.house.pk])


def test_an_owner_asks_for_second_factors_after_confirming_who_they_are(cast, client):
    give_app(cast.olivia)
    client.force_login(cast.olivia)
    assert client.post(page_of(cast), {"required": "on"}).status_code == 302
    cast.house.refresh_from_db()
    assert not cast.house.second_factor_required
    confirmed(client)
    client.post(page_of(cast), {"required": "on"})
    cast.house.refresh_from_db()
    assert cast.house.second_factor_required
    assert audited(cast.house) == ["second factor required"]


def test_an_owner_without_one_is_told_to_begin_with_themselves(cast, client):
    client.force_login(cast.olivia)
    page = confirmed(client).post(page_of(cast), {"required": "on"}).content.decode()
    assert "Set up a second factor for yourself first" in page
    assert not User.objects.filter(second_factor_due=True).exists()


def test_administrators_see_who_has_one_but_only_owners_decide(cast, client):
    give_app(cast.bob)
    client.force_login(cast.carla)
    page = client.get(page_of(cast))
    assert [(row.name, row.has_second_factor) for row in page.context["rows"]] == [
        ("Alice", False),
        ("Carla", False),
        ("Erin", False),
        ("Olivia", False),
        ("Bob", True),
    ]
    assert confirmed(client).post(page_of(cast), {"required": "on"}).status_code == 403
    assert not audited(cast.house)


@pytest.mark.django_db(transaction=True)
def test_whoever_has_none_sees_only_the_page_to_set_one_up(strict, client, monkeypatch):
    client.force_login(strict.bob)
    due = reverse("second-factor-due")
    for url in (reverse("home"), reverse("team", args=[strict.atlas.pk]), reverse("organization-new")):
        assert client.get(url).url == due
        assert client.post(url).status_code == 403
    assert "Data House" in client.get(due).content.decode()
    set_up(client, monkeypatch)
    assert client.get(reverse("team", args=[strict.atlas.pk])).status_code == 200
    assert client.get(due).url == reverse("home")


def test_whoever_has_one_or_belongs_elsewhere_notices_nothing(strict, client):
    for someone in (strict.olivia, strict.dave):
        client.force_login(someone)
        assert client.get(reverse("home")).status_code == 200


def test_who_joins_later_or_gives_theirs_up_owes_one_too(strict, client):
    _invitation, token = people.invite(
        organization=strict.house, actor=strict.olivia, email="nina@example.org", role=Role.VIEWER, now=timezone.now()
    )
    people.accept_invitation_as_new_person(token=token, name="Nina", password=PASSWORD, now=timezone.now())
    client.force_login(User.objects.get(email="nina@example.org"))
    assert client.get(reverse("home")).url == reverse("second-factor-due")
    client.force_login(strict.olivia)
    actions.remove_second_factors(user=strict.olivia, now=timezone.now())
    client.force_login(strict.olivia)
    assert client.get(reverse("home")).url == reverse("second-factor-due")


def test_nobody_owes_one_any_more_when_the_organization_stops_asking_or_they_leave(strict, client):
    client.force_login(strict.bob)
    Membership.objects.filter(user=strict.bob).delete()  # even where nobody noted it
    assert client.get(reverse("home")).status_code == 200
    actions.require_second_factor(organization=strict.house, actor=strict.olivia, required=False, now=timezone.now())
    assert not User.objects.filter(second_factor_due=True).exclude(pk=strict.bob.pk).exists()


def test_a_wall_costs_those_who_owe_nothing_no_query(strict, client, django_assert_num_queries):
    zoe = person("Zoe")
    client.force_login(zoe)
    client.get(reverse("account"))
    with django_assert_num_queries(1):  # the person
        client.get(reverse("account"))


# --- hostile text -----------------------------------------------------------------------------------------------------


def test_a_hostile_name_of_a_passkey_is_shown_literally(cast, client):
    hostile = "{{ 7|add:7 }}<script>alert(1)</script>"
    key = Authenticator.objects.create(
        user=cast.bob, type=Authenticator.Type.WEBAUTHN, data={"name": hostile, "credential": {}}
    )
    client.force_login(cast.bob)
    for url in (reverse("mfa_index"), reverse("mfa_list_webauthn")):
        page = client.get(url).content.decode()
        assert "{{ 7|add:7 }}&lt;script&gt;alert(1)" in page
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert "&lt;script&gt;" in client.get(reverse("mfa_remove_webauthn", args=[key.pk])).content.decode()


def test_nobody_finds_a_passkey_of_somebody_else(cast, client):
    key = Authenticator.objects.create(user=cast.bob, type=Authenticator.Type.WEBAUTHN, data={"name": "Bob's"})
    client.force_login(cast.dave)
    confirmed(client)
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        url = reverse(name, args=[key.pk])
        assert {client.get(url).status_code, client.post(url, {"name": "mine"}).status_code} == {404}, name
    assert Authenticator.objects.get().data["name"] == "Bob's"
