"""The command that hands the first owner a link."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.urls import reverse

from organizations.models import LoginToken, Organization, Role, User


def printed(*arguments) -> str:
    out = StringIO()
    call_command("login_link", *arguments, stdout=out)
    return out.getvalue().strip()


def test_it_prints_a_link_that_signs_in(cast, client):
    link = printed("Alice@example.org")
    assert link.startswith("http://127.0.0.1:8000/login-link/")
    client.get(link.removeprefix("http://127.0.0.1:8000"))
    assert client.get(reverse("account")).context["user"] == cast.alice


def test_an_unknown_address_exits_with_2_and_says_what_to_do(db):
    with pytest.raises(CommandError, match="--create-owner") as refusal:
        printed("nobody@example.org")
    assert refusal.value.returncode == 2
    assert not User.objects.exists()


def test_what_is_no_address_exits_with_2(db):
    with pytest.raises(CommandError, match="isn't an e-mail address") as refusal:
        printed("nobody", "--create-owner")
    assert refusal.value.returncode == 2


def test_somebody_who_is_switched_off_gets_no_link(cast):
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    with pytest.raises(CommandError, match="switched off"):
        printed("alice@example.org")
    assert not LoginToken.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("zoe@zed.example",), "zed.example"),
        (("zoe@zed.example", "--organization", "Zed Ltd"), "Zed Ltd"),
        (("zoe@localhost",), "My organization"),
    ],
)
def test_create_owner_makes_the_person_and_an_organization_once(db, arguments, name):
    printed(*arguments, "--create-owner")
    printed(*arguments, "--create-owner")
    assert Organization.objects.get().name == name
    assert User.objects.get().memberships.get().role == Role.OWNER
    assert LoginToken.objects.count() == 2


def test_a_database_without_tables_is_one_line(monkeypatch):
    """As where LADDER_DATA_DIR or DATABASE_URL of the installation isn't set."""

    def refuse(**_asked):
        raise OperationalError("no such table: organizations_user")

    monkeypatch.setattr(User.objects, "filter", refuse)
    with pytest.raises(CommandError, match=r"^The database can't be read: no such table.* LADDER_DATA_DIR") as refusal:
        printed("alice@example.org")
    assert refusal.value.returncode == 1
