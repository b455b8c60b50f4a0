"""What somebody with bad intentions sends to the product as a whole: no error page, and nothing gained by it."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessment.models import Answer
from manifesto import catalog
from organizations import actions as people
from organizations.models import Organization, Team, User
from tests.assessment.rooms import close, level, opened, save
from tests.cast import PASSWORD

NOT_TEXT = [
    "\x00",
    "a\x00b",
    "\x1b[2J",
    "\u202e",
    "\ufeff",
    "x" * 200_000,
    "\u0663",
    "\u00bd",
    "<b onclick=x>{{7|add:7}}",
]
NOT_NUMBERS = ["9" * 400, "9" * 5000, "-1", "1e9", "99999999999999999999", "NaN", "a" * 40 + "\n"]
PANEL = "dashboard.csv"


@pytest.fixture
def asked(cast):
    """An open assessment of Atlas that Alice and Bob answer together."""
    return opened(cast)


def answer(client, assessment, key="P09.1", **fields):
    name = key.replace(".", "_")
    sent = {f"{name}-{field}": value for field, value in {"version": "0", **fields}.items()}
    return client.post(reverse("save-answer", args=[assessment.pk, key]), sent)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    ["choice", "reason", "note", "holders", "evidence_url", "confidence", "version", "revision", "save_id", "keep"],
)
def test_no_field_of_an_answer_breaks_saving(sign_in, bob, asked, field):
    client = sign_in(bob)
    for value in NOT_TEXT + NOT_NUMBERS:
        for others in ({}, {"choice": "3"}, {"choice": "not_applicable"}):
            status = answer(client, asked, **others | {field: value}).status_code
            assert status in (200, 409, 422), (others, value[:20])


def test_the_id_of_a_save_fits_its_column_to_the_last_character(sign_in, bob, asked):
    assert answer(sign_in(bob), asked, choice="3", save_id="a" * 40 + "\n").status_code == 422
    assert not Answer.objects.exists()


@pytest.mark.parametrize("reason", ["\x01 \x01", " \x01", "\x1b\n\x1b", "\x00"])
def test_a_reason_of_control_characters_is_none_and_cant_block_closing(cast, sign_in, bob, asked, reason):
    framework = catalog.get(asked.framework_key, asked.framework_version)
    key = next(question.key for question in framework.form_questions(asked.form) if question.na_allowed)
    assert answer(sign_in(bob), asked, key, choice="not_applicable", reason=reason).status_code == 422
    save(cast.bob, asked)
    assert close(cast.alice, asked).respondents == 1


def test_evidence_is_a_link_only_where_it_is_a_web_address(cast, sign_in, asked):
    addresses = ["javascript:alert(1)", "JaVaScRiPt:0", "data:text/html,x", "//x.example", "https://wiki.example"]
    keys = ["P09.1", "P09.2", "P09.3", "P08.1", "P10.1"]
    for key, address in zip(keys, addresses, strict=True):
        save(cast.bob, asked, key, level(5, evidence_url=address))
    close(cast.alice, asked)
    pages = [
        sign_in(cast.alice).get(reverse("result-subject", args=[asked.pk, subject])).content.decode()
        for subject in ("P08", "P09", "P10")
    ]
    assert all(address in "".join(pages) for address in addresses)
    assert re.findall(r'href="((?:[a-z]+:|//)[^"]*)"', "".join(pages), re.IGNORECASE) == ["https://wiki.example"]


def test_too_much_is_refused_and_not_read(sign_in, bob, asked):
    client = sign_in(bob)
    assert answer(client, asked, choice="3", note="x" * 1_100_000).status_code in (400, 413)
    fields = {f"f{number}": "" for number in range(10_000)}
    assert client.post(reverse("section", args=[asked.pk, "P09"]), fields).status_code in (400, 413)
    assert not Answer.objects.exists()


def test_a_large_file_is_refused_before_it_reaches_the_disk(db, monkeypatch):
    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", lambda *_, **__: pytest.fail("a file was begun"))
    file = SimpleUploadedFile("x", b"x" * 3_000_000)
    assert Client().post(reverse("account_login"), {"file": file}).status_code in (400, 413)


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_that_arent_text_break_no_form(cast, sign_in, olivia):
    client = sign_in(olivia)
    token = people.invite(
        organization=cast.house, actor=olivia, email="nina@example.org", role="viewer", now=timezone.now()
    )[1]
    for name in NOT_TEXT + NOT_NUMBERS:
        posts = [
            ("team-new", [cast.house.pk], {"name": name, "people": "4"}),
            ("team-new", [cast.house.pk], {"name": "Cirrus", "people": name}),
            ("organization-settings", [cast.house.pk], {"name": name, "language": "en", "time_zone": "UTC"}),
            ("organization-settings", [cast.house.pk], {"name": "House", "language": name, "time_zone": name}),
            ("account", [], {"name": name, "language": "en", "time_zone": "UTC"}),
            ("people", [cast.house.pk], {"email": name, "role": "member", "team": cast.atlas.pk}),
            ("people", [cast.house.pk], {"email": "new@example.org", "role": name, "team": name}),
            ("start-assessment", [cast.boreal.pk], {"scope": name, "period": name, "closes_on": name}),
        ]
        for route, arguments, sent in posts:
            assert client.post(reverse(route, args=arguments), sent).status_code in (200, 302, 422), (route, name[:20])
        sent = {"name": name, "password": name}
        assert Client().post(reverse("invitation", args=[token]), sent).status_code in (200, 302, 404)


def test_hostile_names_stay_text_on_every_page_and_in_every_file(cast, sign_in, olivia, asked):
    name = "=<b onclick=x>{{7|add:7}};=1"
    for model in (Team, Organization, User):
        first = {Team: cast.atlas, Organization: cast.house, User: cast.bob}[model]
        model.objects.filter(pk=first.pk).update(name=name)
    bob = User.objects.get(pk=cast.bob.pk)
    save(bob, asked, entry=level(2, note=name, evidence_url=name))
    close(cast.alice, asked)
    client = sign_in(olivia)
    for route, arguments in [
        ("home", []),
        ("team", [cast.atlas.pk]),
        ("results", [asked.pk]),
        ("result-subject", [asked.pk, "P09"]),
        ("roadmap", [asked.pk]),
        ("reports", [asked.pk]),
        ("dashboard", [cast.house.pk]),
        ("dashboard-subject", [cast.house.pk, "P09"]),
        ("audit", [cast.house.pk]),
        ("people", [cast.house.pk]),
        ("team-people", [cast.atlas.pk]),
    ]:
        page = client.get(reverse(route, args=arguments)).content.decode()
        assert "onclick=x" in page, route
        assert "<b onclick" not in page and "x>14" not in page and "x&gt;14" not in page, route
    house = [cast.house.pk]
    for address in (
        reverse(PANEL, args=house) + "?panel=principles",
        reverse(PANEL, args=house) + "?panel=trend",
        reverse("results.csv", args=[asked.pk]),
    ):
        response = client.get(address)
        assert "onclick=x" in response.content.decode()
        assert not re.search(r'(^|[,;\n])[" ]*=', response.content.decode()), address
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+"', response["Content-Disposition"])


# --- addresses and headers --------------------------------------------------------------------------------------------

FILTERS = [
    "period=..", "period=2026-Q9", "period=%00", "team=abc", "team=9999999999999999999999", "team=-1", "team=%D9%A3",
    "team=%C2%B2", "compare=..", "compare=9999-Q4", "pillar=x", "start=%00", "start=" + "z" * 5000, "page=-1",
    "panel=%00", "before=9999999999999999999999", "before=%C2%B2", "before=-1", "show=%00",
]  # fmt: skip
CHOICES = [
    "capacity_1=NaN", "capacity_1=sNaN", "capacity_1=1e999999", "capacity_1=0e999999999", "capacity_2=-0",
    "capacity_1=Infinity", "people=1e3", "people=" + "9" * 5000, "people=%D9%A3", "target_P01=x", "preset=%00",
    "version=" + "9" * 50,
]  # fmt: skip


def test_parameters_that_somebody_made_up_break_nothing(cast, sign_in, olivia, asked):
    save(cast.bob, asked)
    unfinished, house = opened(cast, team=cast.boreal), [cast.house.pk]
    close(cast.alice, asked)
    client = sign_in(olivia)
    routes = [("dashboard", house, FILTERS), (PANEL, house, FILTERS), ("audit", house, FILTERS)]
    routes += [("assessment", [unfinished.pk], FILTERS), ("roadmap", [asked.pk], CHOICES)]
    for route, arguments, queries in routes:
        for query in queries:
            status = client.get(reverse(route, args=arguments) + "?" + query).status_code
            assert status in (200, 404, 422), (route, query)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ACCEPT_LANGUAGE": "xx-\x00;q=9,*;q=,,," + "pt-" * 400},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": "a b"},
        {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "\x00"},
        {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://[", "HTTP_HX_TRIGGER": "\x00"},
        {"HTTP_COOKIE": 'sessionid="abcdefgh\\000"'},
        {"HTTP_COOKIE": 'csrftoken="\\000"; django_language="\\000"; sessionid=..'},
        {"HTTP_REFERER": "http://[", "HTTP_ORIGIN": "null"},
    ],
)
def test_headers_that_somebody_made_up_break_nothing(db, headers):
    for route in ("home", "account_login", "account_reset_password", "manifesto", "account"):
        response = Client().get(reverse(route), **headers)
        assert response.status_code in (200, 302, 400, 401), route
        assert "evil.example" not in response.content.decode() + response.get("Location", "")


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:0", "\x00", "http:///evil.example"],
)
def test_nobody_is_led_to_another_site(cast, target):
    client = Client()
    for route, sent in [
        ("account_login", {"login": cast.bob.email, "password": PASSWORD}),
        ("set_language", {"language": "pt-br"}),
        ("account_logout", {}),
    ]:
        response = client.post(reverse(route), sent | {"next": target})
        assert response.status_code == 302
        assert re.match(r"/(?![/\\])", response["Location"]), route


def test_a_sign_in_link_ends_the_session_of_whoever_was_signed_in(cast):
    client = Client()
    client.force_login(cast.dave)
    before = client.session
    client.get(reverse("login-link", args=[people.create_login_link(user=cast.bob, now=timezone.now())]))
    assert client.session["_auth_user_id"] == str(cast.bob.pk)
    assert client.session.session_key != before.session_key
    assert not before.exists(before.session_key)


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(cast):
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email})
        for email in (cast.bob.email, "no@example.org")
    ]
    done = (302, reverse("account_reset_password_done"))
    assert [(response.status_code, response["Location"]) for response in answers] == [done, done]


@pytest.mark.parametrize("key", ["zzzzzzzzzzzzz-x", "0-0", "d0-0a1b", "1-" + "9" * 500])
def test_made_up_keys_of_password_mails_break_nothing(db, key):
    assert Client().get(f"/accounts/password/reset/key/{key}/").status_code in (200, 404)


@pytest.mark.parametrize("value", ["\x00", "a\x00@example.org", "x" * 100_000 + "@example.org", "'--"])
def test_signing_in_with_what_isnt_text_breaks_nothing(db, value):
    for route, sent in [
        ("account_login", {"login": value, "password": value, "next": value}),
        ("account_reset_password", {"email": value}),
        ("account_signup", {"email": value, "password1": value}),
        ("set_language", {"language": value, "next": value}),
    ]:
        assert Client().post(reverse(route), sent).status_code in (200, 302), route
