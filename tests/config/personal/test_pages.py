"""The pages and commands of personal data, as people meet them."""

from __future__ import annotations

import io
import json
import stat

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from organizations.models import AuditEvent, Role, User
from tests.cast import join
from tests.config.personal.conftest import SECRET_NOTE

BOB = "bob@example.org"


def member(world, name: str) -> str:
    return reverse(name, args=[world.house.pk, world.bob.memberships.get(organization=world.house).pk])


def test_ones_own_data_are_a_link_away(world, sign_in):
    client = sign_in(world.bob)
    assert reverse("account-data") in client.get(reverse("account")).content.decode()
    response = client.get(reverse("account-data"))
    assert response["Content-Disposition"] == 'attachment; filename="personal-data-bob.json"'
    assert "no-store" in response["Cache-Control"]
    assert json.loads(response.content)["person"]["name"] == "Bob"


def test_the_page_says_what_erasing_means_before_it_asks(world, sign_in):
    page = sign_in(world.bob).get(reverse("account-erase")).content.decode()
    for words in (
        "The account is deleted",
        "Former member",
        "2 sheets",
        "1 result",
        "1 PDF report",
        "Backups",
        "be undone",
    ):
        assert words in page, words


@pytest.mark.parametrize("typed", ["", "alice@example.org", "bob", "<script>alert(1)</script>"])
def test_without_the_right_address_nothing_happens(world, sign_in, typed):
    response = sign_in(world.bob).post(reverse("account-erase"), {"email": typed})
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    assert "<script>alert" not in response.content.decode()
    assert User.objects.filter(email=BOB).exists()


def test_who_erases_themselves_is_signed_out_and_told(world, sign_in):
    client = sign_in(world.bob)
    response = client.post(reverse("account-erase"), {"email": " BOB@example.org"}, follow=True)
    assert "Your account and your name are erased." in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert not User.objects.filter(email=BOB).exists()


def test_the_only_owner_reads_why_not(world, sign_in):
    client = sign_in(world.olivia)
    page = client.get(reverse("account-erase")).content.decode()
    assert "Make somebody else an owner first" in page and "Data House" in page
    assert client.post(reverse("account-erase"), {"email": "olivia@example.org"}).status_code == 422
    assert User.objects.filter(email="olivia@example.org").exists()


def test_an_owner_downloads_a_members_data_and_it_is_recorded(world, sign_in):
    client = sign_in(world.olivia)
    assert member(world, "member-data") in client.get(member(world, "member")).content.decode()
    text = client.post(member(world, "member-data")).content.decode()
    assert SECRET_NOTE in text and "Nobody knows yet" not in text
    event = AuditEvent.objects.get(action="personal data exported")
    assert (event.actor, event.subject) == (world.olivia, "Bob")


def test_an_owner_erases_a_member(world, sign_in):
    client = sign_in(world.olivia)
    response = client.post(member(world, "member-erase"), {"email": BOB}, follow=True)
    assert "The person is erased from the data of this organization." in response.content.decode()
    assert not User.objects.filter(email=BOB).exists()
    assert "Former member" in client.get(reverse("audit", args=[world.house.pk])).content.decode()


def test_an_owner_reads_that_an_account_stays_which_is_needed_elsewhere(world, sign_in):
    join(world.bob, world.elsewhere, Role.VIEWER)
    page = sign_in(world.olivia).get(member(world, "member-erase")).content.decode()
    assert "The account stays" in page and "The account is deleted" not in page


@pytest.mark.parametrize("someone", ["carla", "alice", "erin", "bob"])
def test_only_owners_export_and_erase_others(world, sign_in, someone):
    client = sign_in(getattr(world, someone))
    answers = {
        client.post(member(world, "member-data")).status_code,
        client.get(member(world, "member-erase")).status_code,
        client.post(member(world, "member-erase"), {"email": BOB}).status_code,
    }
    assert answers == {403}
    assert "member-erase" not in client.get(member(world, "member")).content.decode()
    assert User.objects.filter(email=BOB).exists()


def test_results_and_pages_are_read_as_before_without_the_name(world, sign_in):
    client = sign_in(world.alice)
    names = [
        ("results", [world.named.pk]),
        ("result-subject", [world.named.pk, "P09"]),
        ("assessment", [world.shared.pk]),
    ]
    names += [("history", [world.shared.pk, "P09.1"]), ("reports", [world.named.pk]), ("report", [world.report.pk])]
    sign_in(world.bob).post(reverse("account-erase"), {"email": BOB})
    client = sign_in(world.alice)
    for name, arguments in names:
        response = client.get(reverse(name, args=arguments))
        assert response.status_code == 200, name
        assert "Bob" not in response.content.decode(), name
    assert "Former member" in client.get(reverse("result-subject", args=[world.named.pk, "P09"])).content.decode()


# --- commands ---------------------------------------------------------------------------------------------------------


def said(command: str, *arguments) -> str:
    output = io.StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue()


def test_the_command_prints_or_writes_a_persons_data(world, tmp_path):
    assert json.loads(said("export_person", "BOB@example.org"))["person"]["email"] == BOB
    path = tmp_path / "bob.json"
    said("export_person", BOB, "--output", str(path))
    assert json.loads(path.read_text())["person"]["name"] == "Bob"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_command_says_what_it_will_do_and_does_it(world):
    text = said("erase_person", BOB, "--yes")
    assert "2 sheets" in text and text.endswith("Erased.\n")
    assert not User.objects.filter(email=BOB).exists()


@pytest.mark.parametrize(
    ("command", "arguments", "named"),
    [
        ("export_person", ["nobody@example.org"], "no account"),
        ("export_person", [BOB, "--output", "/"], "can't be a file"),
        ("erase_person", ["nobody@example.org", "--yes"], "no account"),
        ("erase_person", ["olivia@example.org", "--yes"], "only owner of Data House"),
        ("erase_person", [BOB], "add --yes"),
    ],
)
def test_what_cannot_be_done_is_refused_with_2(world, command, arguments, named, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match=named) as error:
        said(command, *arguments)
    assert error.value.returncode == 2
    assert User.objects.filter(email=BOB).exists()
