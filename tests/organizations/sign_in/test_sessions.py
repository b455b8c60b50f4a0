"""Sessions: new ones at sign-in, a list to end them from, and ended ones that stay ended whatever the cache does."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.cache import ForgivingClient
from config.sessions import SessionStore
from organizations.actions import create_login_link
from organizations.models import User
from organizations.sign_in.letters import password_letter
from tests.cast import PASSWORD
from tests.organizations.sign_in.conftest import audited, is_in, with_password

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture
def bobs(cast) -> tuple[Client, Client]:
    """Bob's two browsers, signed in one after the other."""
    first, second = Client(HTTP_USER_AGENT=FIREFOX), Client(HTTP_USER_AGENT=SAFARI)
    for browser in (first, second):
        assert with_password(browser, cast.bob).status_code == 302
    return first, second


def key_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def copy_of(client: Client) -> Client:
    """Somebody who has stolen the client's cookie."""
    thief = Client()
    thief.cookies["sessionid"] = key_of(client)
    return thief


# --- beginning and ending ---------------------------------------------------------------------------------------------


def test_a_session_that_was_planted_before_signing_in_is_worthless_afterwards(cast, client):
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = True
    session.save()
    thief = copy_of(client)
    with_password(client, cast.bob)
    assert is_in(client)
    assert not is_in(thief)
    assert key_of(thief) != key_of(client)


def test_signing_out_ends_the_session_for_whoever_has_its_key(bobs):
    thief = copy_of(bobs[0])
    assert is_in(thief)
    bobs[0].post(reverse("account_logout"))
    assert not is_in(thief)
    assert is_in(bobs[1])


def test_a_get_signs_nobody_out(bobs):
    assert bobs[0].get(reverse("account_logout")).status_code == 200
    assert is_in(bobs[0])


def test_a_changed_password_ends_all_other_sessions_at_once(cast, bobs):
    new = "another fine sentence"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert bobs[0].post(reverse("account_change_password"), data).status_code == 302
    assert is_in(bobs[0])
    assert not is_in(bobs[1])
    assert "password changed" in audited(cast.house)


def test_somebody_who_is_switched_off_is_out_at_once(cast, bobs):
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert not is_in(bobs[0])
    assert with_password(Client(), cast.bob).url == reverse("account_inactive")


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_names_browser_and_address_and_marks_this_one(bobs):
    page = bobs[0].get(reverse("sessions")).content.decode()
    assert "Firefox, Linux" in page
    assert "Safari, iPhone" in page
    assert page.count("This browser") == 1
    assert page.index("This browser") < page.index("Safari, iPhone")
    assert "127.0.0.1" in page


def test_one_other_session_is_ended_from_the_list(cast, bobs):
    rows = bobs[0].get(reverse("sessions")).context["rows"]
    other = next(row for row in rows if not row.is_current)
    bobs[0].post(reverse("session-end", args=[other.pk]))
    assert (is_in(bobs[0]), is_in(bobs[1])) == (True, False)
    assert audited(cast.house)[-1] == "session ended"
    assert bobs[0].post(reverse("session-end", args=[other.pk])).status_code == 404


def test_all_others_are_ended_at_once(cast, bobs):
    third = Client()
    with_password(third, cast.bob)
    page = bobs[0].post(reverse("sessions-end-others"), follow=True).content.decode()
    assert "2 other sessions are ended." in page
    assert [is_in(browser) for browser in (*bobs, third)] == [True, False, False]


def test_nobody_ends_a_session_of_somebody_else(cast, bobs):
    other = bobs[0].get(reverse("sessions")).context["rows"][0]
    dave = Client()
    with_password(dave, cast.dave)
    dave.post(reverse("session-end", args=[other.pk]))
    dave.post(reverse("sessions-end-others"))
    assert is_in(bobs[0]) and is_in(bobs[1])


def test_the_list_costs_the_same_for_2_and_for_12_sessions(cast, bobs):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert bobs[0].get(reverse("sessions")).status_code == 200
        return len(captured)

    queries()  # the greeting is read once
    few = queries()
    for _ in range(10):
        with_password(Client(), cast.bob)
    assert queries() == few


# --- ended stays ended ------------------------------------------------------------------------------------------------


def test_an_ended_session_stays_ended_when_the_cache_kept_its_copy(cast, bobs):
    key = SessionStore.cache_key_prefix + key_of(bobs[0])
    assert is_in(bobs[0])
    copy = cache.get(key)
    thief = copy_of(bobs[0])
    bobs[0].post(reverse("account_logout"))
    cache.set(key, copy, 3600)  # as a cache that was away at the sign-out still has it
    assert not is_in(thief)
    assert is_in(bobs[1])


def test_a_sign_out_while_redis_is_away_holds_when_redis_is_back(cast, settings, redis_url, monkeypatch):
    settings.CACHES = {"default": {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": redis_url}}
    bob = Client()
    with_password(bob, cast.bob)
    assert is_in(bob)
    thief, key = copy_of(bob), SessionStore.cache_key_prefix + key_of(bob)
    with monkeypatch.context() as away:
        away.setattr(ForgivingClient, "_ask", lambda self, otherwise, *question: otherwise)
        bob.post(reverse("account_logout"))
    assert cache.get(key)["_auth_user_id"] == str(cast.bob.pk)  # the copy is still there
    assert not is_in(thief)
    cache.delete(key)


def test_knowing_that_a_session_has_ended_costs_no_query(cast, bobs):
    is_in(bobs[1])
    with CaptureQueriesContext(connection) as before:
        is_in(bobs[1])
    bobs[0].post(reverse("account_logout"))
    with CaptureQueriesContext(connection) as after:
        is_in(bobs[1])
    assert len(after) == len(before)


def test_ends_are_forgotten_when_the_sessions_would_have_expired(cast, bobs):
    User.objects.filter(pk=cast.bob.pk).update(ended_sessions={"0123456789abcdef": 1_000_000})
    bobs[0].post(reverse("account_logout"))
    cast.bob.refresh_from_db()
    assert len(cast.bob.ended_sessions) == 1
    assert "0123456789abcdef" not in cast.bob.ended_sessions


# --- switched off -----------------------------------------------------------------------------------------------------


def test_switching_off_ends_sessions_and_links_for_good(cast, bobs):
    link = reverse("login-link", args=[create_login_link(user=cast.bob, now=timezone.now())])
    out = StringIO()
    call_command("switch_off", "BOB@example.org", stdout=out)
    assert out.getvalue() == "The account of BOB@example.org is switched off.\n"
    assert not any(map(is_in, bobs))
    assert with_password(Client(), cast.bob).url == reverse("account_inactive")
    call_command("switch_off", "bob@example.org", "--undo", stdout=StringIO())
    assert not any(map(is_in, bobs)), "what has ended stays ended"
    assert Client().get(link).status_code == 404
    with_password(bobs[0], cast.bob)
    assert is_in(bobs[0])
    switched = [act for act in audited(cast.house) if "switched" in act]
    assert switched == ["account switched off from the command line", "account switched on from the command line"]


def test_a_link_to_a_new_password_opens_nothing_while_the_account_is_switched_off(cast, client):
    link = password_letter(cast.bob, "en").text.partition(settings.BASE_URL)[2].split()[0]
    cast.bob.is_active = False
    cast.bob.save()
    assert client.get(link).status_code == 200  # the page that says so, instead of the way to the form
    form = link.replace(link.split("-", 1)[1], "set-password/")
    client.post(form, {"password1": "horse staple battery", "password2": "horse staple battery"})
    cast.bob.refresh_from_db()
    assert cast.bob.check_password(PASSWORD)


def test_whoever_switches_off_the_only_owner_is_told(cast):
    out = StringIO()
    call_command("switch_off", "olivia@example.org", stdout=out)
    assert "Nobody who can sign in owns Data House now" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nobody@example.org"], "There is no account for nobody@example.org."),
        (["bob@example.org", "--undo"], "The account of bob@example.org is switched on already."),
    ],
)
def test_what_cannot_be_switched_is_said(cast, arguments, says):
    with pytest.raises(CommandError, match=says) as refusal:
        call_command("switch_off", *arguments)
    assert refusal.value.returncode == 2
