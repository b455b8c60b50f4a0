"""Guessing: tries are counted per account and per address, forged headers count for nothing, answers tell nothing."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs.actions import claim
from jobs.models import Job
from jobs.work import work
from organizations.models import User
from tests.cast import PASSWORD
from tests.organizations.sign_in.conftest import audited, is_in, with_password

LOCKED = "Too many failed login attempts. Try again later."
LOGIN = "account_login"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that the test moves: windows of counting don't end by themselves."""
    now = [1_800_000_000.0]
    monkeypatch.setattr("allauth.core.internal.ratelimit.time.time", lambda: now[0])
    return now


def stranger(client: Client, number: int, forwarded: str):
    """The answer to one of many strangers, with a forwarding header."""
    data = {"login": f"p{number}@example.org", "password": "x"}
    return client.post(reverse(LOGIN), data, headers={"X-Forwarded-For": forwarded})


def wrong(client: Client, user, number: int, **extra) -> str:
    """The page after so many wrong passwords."""
    for count in range(number):
        response = with_password(client, user, f"wrong {count}", **extra)
    return response.content.decode()


def test_after_five_wrong_passwords_the_right_one_waits_five_minutes(cast, client, clock):
    wrong(client, cast.bob, 5)
    assert LOCKED in with_password(client, cast.bob).content.decode()
    assert not is_in(client)
    clock[0] += 301
    with_password(client, cast.bob)
    assert is_in(client)


def test_many_tries_from_as_many_addresses_get_five_answers(cast, client, settings, monkeypatch):
    """An attacker with many machines: what is counted is the account."""
    taken = []
    monkeypatch.setattr("organizations.models.User.check_password", lambda self, password: taken.append(password))
    for number in range(200):
        address = f"10.{number // 250}.{number % 250}.1"
        client.post(reverse(LOGIN), {"login": "bob@example.org", "password": f"{number}"}, REMOTE_ADDR=address)
    assert len(set(taken)) == 5


def test_a_forged_forwarding_header_gives_no_new_tries(cast, client):
    """One machine against many accounts: what is counted is the address, which X-Forwarded-For can't change."""
    pages = [stranger(client, number, f"10.0.0.{number}") for number in range(70)]
    assert LOCKED in pages[31].content.decode()
    assert pages[-1].status_code == 429
    assert int(pages[-1]["Retry-After"]) > 0


def test_behind_proxies_of_ours_each_person_has_tries_of_their_own(cast, client, settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(70):
        stranger(client, number, f"1.2.3.4, 10.0.0.{number}")
    page = stranger(client, 99, "10.9.9.9")
    assert page.status_code == 200
    assert LOCKED not in page.content.decode()


def test_what_a_stranger_writes_before_the_proxy_is_not_believed(cast, client, settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    pages = [stranger(client, number, f"10.0.0.{number}, 192.0.2.7") for number in range(70)]
    assert pages[-1].status_code == 429


def test_a_request_that_came_past_the_proxy_breaks_nothing(cast, client, settings):
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert with_password(client, cast.bob, headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 302


def test_failures_and_the_lock_stand_in_the_audit_trail_of_the_organizations_of_the_person(cast, client):
    wrong(client, cast.bob, 9)
    locked = "sign-in locked for five minutes after too many tries"
    assert audited(cast.house) == [*["sign-in failed"] * 5, locked]
    assert audited(cast.elsewhere) == []
    client.force_login(cast.olivia)
    page = client.get(reverse("audit", args=[cast.house.pk])).content.decode()
    assert "sign-in failed: Bob" in page
    assert "wrong 1" not in page


# --- answers that tell nothing ----------------------------------------------------------------------------------------


def test_an_unknown_address_answers_like_a_wrong_password(cast, client):
    known = with_password(Client(), cast.bob, "wrong").content.decode()
    cast.bob.email = "nobody@example.org"
    unknown = with_password(Client(), cast.bob, "wrong").content.decode()
    assert comparable(known, "bob@example.org") == comparable(unknown, "nobody@example.org")


def test_an_unknown_address_is_locked_like_a_known_one(cast, client):
    cast.bob.email = "nobody@example.org"
    assert LOCKED in wrong(client, cast.bob, 6)


def test_a_reset_answers_the_same_and_writes_only_to_accounts(cast, client):
    url, done = reverse("account_reset_password"), reverse("account_reset_password_done")
    answers = [client.post(url, {"email": email}) for email in ("bob@example.org", "x@example.org")]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, done)] * 2
    assert mail.outbox == []
    assert do_letters() == ["done", "done"]
    assert [letter.to for letter in mail.outbox] == [["bob@example.org"]]


def test_a_reset_asks_the_database_the_same_for_everybody_and_never_the_mail_server(cast, client, settings):
    """Neither the time of an answer nor a mail server that is away tells who has an account."""
    settings.EMAIL_BACKEND = "there.is.none"
    asked = []
    for email in ("y@example.org", "bob@example.org", "x@example.org"):  # the first one warms up
        with CaptureQueriesContext(connection) as queries:
            assert client.post(reverse("account_reset_password"), {"email": email}).status_code == 302
        asked.append([re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in queries])
    assert asked[1] == asked[2]
    assert "x@example.org" not in repr(list(Job.objects.values()))


def test_the_link_of_the_letter_opens_this_installation_and_sets_a_password_once(cast, client):
    client.post(reverse("account_reset_password"), {"email": "bob@example.org"}, headers={"Host": "localhost"})
    do_letters()
    assert "Hello Bob," in mail.outbox[0].body
    link = re.search(r"http://127\.0\.0\.1:8000(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link).url
    new = {"password1": "another fine sentence", "password2": "another fine sentence"}
    assert client.post(form, new).url == reverse("account_reset_password_from_key_done")
    cast.bob.refresh_from_db()
    assert cast.bob.check_password("another fine sentence")
    assert "<form" not in re.sub(r"<form[^>]*/language/", "", Client().get(link).content.decode().split("<main")[1])


def test_the_letter_speaks_the_language_of_its_reader(cast, client):
    portuguese = {"Accept-Language": "pt-BR"}
    for language in ("", "en"):
        User.objects.filter(pk=cast.bob.pk).update(language=language)
        client.post(reverse("account_reset_password"), {"email": "bob@example.org"}, headers=portuguese)
        do_letters()
    assert [letter.subject for letter in mail.outbox] == ["Escolha uma nova senha", "Choose a new password"]


def test_whoever_was_switched_off_meanwhile_gets_no_link(cast, client):
    client.post(reverse("account_reset_password"), {"email": "bob@example.org"})
    User.objects.update(is_active=False)
    assert do_letters() == ["done"]
    assert mail.outbox == []


def test_resets_are_limited_per_address_of_mail(cast, client):
    answers = [client.post(reverse("account_reset_password"), {"email": "bob@example.org"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]
    assert do_letters() == ["done"] * 3


def test_a_password_is_changed_only_by_whoever_knows_the_old_one(cast, client):
    client.force_login(cast.bob)
    data = {"oldpassword": "wrong", "password1": "another fine sentence", "password2": "another fine sentence"}
    answers = [client.post(reverse("account_change_password"), data).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    cast.bob.refresh_from_db()
    assert cast.bob.check_password(PASSWORD)


def test_who_sits_at_somebodys_browser_can_not_guess_on_where_the_product_asks_who_it_is(cast, client):
    client.force_login(cast.bob)
    url = reverse("account_reauthenticate")
    answers = [client.post(url, {"password": f"wrong {number}"}).status_code for number in range(6)]
    assert answers == [200] * 5 + [429]


def do_letters() -> list[str]:
    """Do the jobs that wait, as a worker does; how each of all has ended."""
    for job in Job.objects.filter(state=Job.State.QUEUED).order_by("pk"):
        work(claim(job_id=job.pk, now=timezone.now()))
    return list(Job.objects.order_by("pk").values_list("state", flat=True))


def comparable(page: str, email: str) -> list[str]:
    """The lines of a page without what differs by chance."""
    return [line for line in page.replace(email, "E").splitlines() if "csrf" not in line and "X-CSRFToken" not in line]
