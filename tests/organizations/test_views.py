"""Pages: who sees them, what they say, what they change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from organizations import actions, presenters
from organizations.models import AuditEvent, Invitation, Membership, Role, Team, User
from organizations.presenters import event_row
from tests.cast import PASSWORD, join, person

HOSTILE = "{{ 7|add:7 }}{% now 'Y' %}<script>alert(1)</script>"
LITERAL = "{{ 7|add:7 }}{% now &#x27;Y&#x27; %}&lt;script&gt;alert(1)&lt;/script&gt;"

READ = "get"
WRITE = "post"
# name, what it addresses, method, who may, who of the house may not (403)
PAGES = [
    ("organization", "house", READ, ("olivia", "carla", "alice", "bob", "erin"), ()),
    ("organization-settings", "house", READ, ("olivia", "carla"), ("alice", "bob", "erin")),
    ("audit", "house", READ, ("olivia", "carla"), ("alice", "bob", "erin")),
    ("team-new", "house", READ, ("olivia", "carla"), ("alice", "bob", "erin")),
    ("people", "house", READ, ("olivia", "carla"), ("alice", "bob", "erin")),
    ("member", "membership", READ, ("olivia", "carla"), ("alice", "bob", "erin")),
    ("member-remove", "membership", WRITE, ("olivia",), ("alice", "bob", "erin")),
    ("invitation-revoke", "invitation", WRITE, ("olivia",), ("alice", "bob", "erin")),
    ("team-settings", "atlas", READ, ("olivia", "carla", "alice"), ("bob", "erin")),
    ("team-people", "atlas", READ, ("olivia", "carla", "alice"), ("bob", "erin")),
    ("team-member", "membership in atlas", READ, ("olivia", "carla", "alice"), ("bob", "erin")),
    ("team-member-remove", "membership in atlas", WRITE, ("alice",), ("bob", "erin")),
    ("team-invitation-revoke", "invitation to atlas", WRITE, ("alice",), ("bob", "erin")),
    ("team-archive", "atlas", WRITE, ("olivia",), ("alice", "bob", "erin")),
    ("team-restore", "atlas", WRITE, ("olivia",), ("alice", "bob", "erin")),
]


def address(cast, name: str, kind: str) -> str:
    arguments = {
        "house": lambda: [cast.house.pk],
        "atlas": lambda: [cast.atlas.pk],
        "membership": lambda: [cast.house.pk, cast.bob.memberships.get().pk],
        "invitation": lambda: [cast.house.pk, invited(cast)[0].pk],
        "membership in atlas": lambda: [cast.atlas.pk, cast.bob.memberships.get().pk],
        "invitation to atlas": lambda: [cast.atlas.pk, invited(cast)[0].pk],
    }
    return reverse(name, args=arguments[kind]())


def invited(cast, email="nina@example.org", role=Role.MEMBER, team="atlas"):
    place = getattr(cast, team) if team else None
    return actions.invite(
        organization=cast.house, actor=cast.olivia, email=email, role=role, team=place, now=timezone.now()
    )


def queries(client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# --- access -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "kind", "method", "allowed", "refused"), PAGES)
def test_who_may_open_it(cast, client, name, kind, method, allowed, refused):
    url = address(cast, name, kind)
    for someone in (*refused, "dave", *allowed):
        client.force_login(getattr(cast, someone))
        expected = 403 if someone in refused else 404 if someone == "dave" else 200 if method == READ else 302
        assert getattr(client, method)(url).status_code == expected, someone


@pytest.mark.parametrize(("name", "kind", "method"), [page[:3] for page in PAGES])
def test_anonymous_people_are_sent_to_sign_in(cast, client, name, kind, method):
    url = address(cast, name, kind)
    assert getattr(client, method)(url).url == f"{reverse('account_login')}?next={url}"


@pytest.mark.parametrize(("name", "kind"), [page[:2] for page in PAGES if page[2] == WRITE])
def test_a_get_writes_nothing(cast, sign_in, name, kind):
    assert sign_in(cast.olivia).get(address(cast, name, kind)).status_code == 405


@pytest.mark.parametrize("name", ["organization-settings", "team-new", "people"])
def test_a_reader_who_posts_changes_nothing(cast, sign_in, name):
    data = {"name": "Mine", "people": 3, "language": "en", "time_zone": "UTC", "email": "x@y.org", "role": "viewer"}
    assert sign_in(cast.erin).post(reverse(name, args=[cast.house.pk]), data).status_code == 403
    assert Team.objects.count() == 3
    assert not Invitation.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_lead_finds_no_other_team(cast, sign_in):
    client = sign_in(cast.alice)
    assert client.get(reverse("team-settings", args=[cast.boreal.pk])).status_code == 404
    assert "Boreal" not in client.get(reverse("organization", args=[cast.house.pk])).content.decode()


def test_the_lead_of_another_team_finds_nothing_of_this_one(cast, sign_in):
    lena = person("Lena")
    join(lena, cast.house, Role.LEAD, cast.boreal)
    client, bob, (nina, _) = sign_in(lena), cast.bob.memberships.get(), invited(cast)
    assert client.get(reverse("team-people", args=[cast.atlas.pk])).status_code == 404
    for team in (cast.atlas, cast.boreal):  # neither there nor through one's own team
        assert client.get(reverse("team-member", args=[team.pk, bob.pk])).status_code == 404
        assert client.post(reverse("team-member-remove", args=[team.pk, bob.pk])).status_code == 404
        assert client.post(reverse("team-invitation-revoke", args=[team.pk, nina.pk])).status_code == 404
    assert Invitation.objects.pending(timezone.now()).get() == nina
    assert Membership.objects.filter(pk=bob.pk).exists()


def test_another_organizations_membership_and_invitation_are_not_found_through_ones_own(cast, sign_in):
    client = sign_in(cast.dave)
    foreign, invitation = cast.bob.memberships.get(), invited(cast)[0]
    assert client.post(reverse("member-remove", args=[cast.elsewhere.pk, foreign.pk])).status_code == 404
    assert client.post(reverse("invitation-revoke", args=[cast.elsewhere.pk, invitation.pk])).status_code == 404
    assert Membership.objects.filter(pk=foreign.pk).exists()


def test_another_organizations_team_is_no_choice(cast, sign_in):
    data = {"email": "nina@example.org", "role": "member", "team": cast.comet.pk}
    response = sign_in(cast.olivia).post(reverse("people", args=[cast.house.pk]), data)
    assert response.context["form"].errors["team"]
    assert not Invitation.objects.exists()


# --- organizations and teams ------------------------------------------------------------------------------------------


def test_somebody_without_organization_creates_one_and_arrives_there(client, db):
    client.force_login(person("Zoe"))
    response = client.post(
        reverse("organization-new"), {"name": "Zed", "language": "pt-br", "time_zone": "Europe/Lisbon"}, follow=True
    )
    assert "Zed" in response.content.decode()
    assert "Create the first one" in response.content.decode()


def test_invited_people_may_not_create_an_organization(cast, sign_in):
    assert sign_in(cast.bob).get(reverse("organization-new")).status_code == 403


def test_settings_of_the_organization_are_saved(cast, sign_in):
    data = {"name": "House of Data", "language": "pt-br", "time_zone": "Europe/Lisbon"}
    sign_in(cast.carla).post(reverse("organization-settings", args=[cast.house.pk]), data)
    cast.house.refresh_from_db()
    assert (cast.house.name, cast.house.language, cast.house.time_zone) == ("House of Data", "pt-br", "Europe/Lisbon")


def test_fields_that_no_form_has_are_ignored(cast, sign_in):
    data = {"name": "Atlas", "people": 7, "organization": cast.elsewhere.pk, "archived_at": "2026-01-01", "id": 99}
    sign_in(cast.olivia).post(reverse("team-settings", args=[cast.atlas.pk]), data)
    cast.atlas.refresh_from_db()
    assert (cast.atlas.organization, cast.atlas.archived_at) == (cast.house, None)


def test_a_taken_name_is_explained_in_a_summary_and_what_was_typed_stays(cast, sign_in):
    url = reverse("team-settings", args=[cast.boreal.pk])
    page = sign_in(cast.olivia).post(url, {"name": "atlas", "people": 41}).content.decode()
    assert "Another active team of this organization has this name." in page
    assert 'value="41"' in page
    assert "<title>Error: Settings, Boreal" in page.replace("\n", "")


def test_the_error_summary_takes_the_focus_and_links_to_the_field_with_the_same_words(cast, sign_in):
    page = sign_in(cast.olivia).post(reverse("team-new", args=[cast.house.pk]), {"name": "", "people": 7})
    page = page.content.decode()
    assert 'tabindex="-1" autofocus' in page
    assert '<a href="#id_name">Name is missing.</a>' in page
    assert page.count("Name is missing.") == 2


def test_archive_and_restore(cast, sign_in):
    client = sign_in(cast.olivia)
    client.post(reverse("team-archive", args=[cast.atlas.pk]))
    assert "This team is archived" in client.get(reverse("team-settings", args=[cast.atlas.pk])).content.decode()
    client.post(reverse("team-restore", args=[cast.atlas.pk]))
    cast.atlas.refresh_from_db()
    assert cast.atlas.archived_at is None


# --- people and invitations -------------------------------------------------------------------------------------------


def test_the_invitation_link_is_shown_once_and_opens(cast, sign_in, client):
    url = reverse("people", args=[cast.house.pk])
    response = sign_in(cast.carla).post(url, {"email": "nina@example.org", "role": "member", "team": cast.atlas.pk})
    link = response.context["new_link"]
    assert f'value="{link}" readonly' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    again = client.get(url).content.decode()
    assert link not in again
    assert "pending" in again
    client.logout()
    assert client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_an_administrator_is_not_offered_to_make_owners(cast, sign_in):
    url = reverse("people", args=[cast.house.pk])
    client = sign_in(cast.carla)
    assert 'value="owner"' not in client.get(url).content.decode()
    assert "role" in client.post(url, {"email": "n@example.org", "role": "owner"}).context["form"].errors
    assert 'value="owner"' in sign_in(cast.olivia).get(url).content.decode()


def test_an_administrator_cannot_remove_an_owner(cast, sign_in):
    owner = cast.olivia.memberships.get()
    client = sign_in(cast.carla)
    assert client.post(reverse("member-remove", args=[cast.house.pk, owner.pk])).status_code == 403
    assert client.post(reverse("member", args=[cast.house.pk, owner.pk]), {"role": "viewer"}).status_code == 403


def test_an_administrator_finds_no_way_to_change_an_owner(cast, sign_in):
    owner = reverse("member", args=[cast.house.pk, cast.olivia.memberships.get().pk])
    client = sign_in(cast.carla)
    assert owner not in client.get(reverse("people", args=[cast.house.pk])).content.decode()
    assert client.get(owner).status_code == 403
    assert owner in sign_in(cast.olivia).get(reverse("people", args=[cast.house.pk])).content.decode()


def test_a_role_is_changed(cast, sign_in):
    bob = cast.bob.memberships.get()
    sign_in(cast.carla).post(reverse("member", args=[cast.house.pk, bob.pk]), {"role": "lead", "team": cast.boreal.pk})
    bob.refresh_from_db()
    assert (bob.role, bob.team) == (Role.LEAD, cast.boreal)


def test_the_last_owner_is_told_why_they_cannot_leave(cast, sign_in):
    owner = cast.olivia.memberships.get()
    response = sign_in(cast.olivia).post(reverse("member-remove", args=[cast.house.pk, owner.pk]), follow=True)
    assert "An organization keeps at least one owner" in response.content.decode()


def test_a_new_person_accepts_on_one_page_is_signed_in_and_stands_before_the_team(cast, client):
    token = invited(cast)[1]
    url = reverse("invitation", args=[token])
    page = client.get(url).content.decode()
    assert "Atlas" in page
    assert "nina@example.org" in page
    response = client.post(url, {"name": "Nina", "password": PASSWORD})
    assert response.url == reverse("team-welcome", args=[cast.atlas.pk])
    assert client.get(reverse("account")).context["user"].name == "Nina"


def test_who_is_invited_into_the_whole_organization_starts_at_home(cast, client):
    url = reverse("invitation", args=[invited(cast, role=Role.VIEWER, team=None)[1]])
    assert client.post(url, {"name": "Nina", "password": PASSWORD}).url == reverse("home")


def test_a_weak_password_is_refused(cast, client):
    url = reverse("invitation", args=[invited(cast)[1]])
    assert client.post(url, {"name": "Nina", "password": "password123"}).context["form"].errors["password"]
    assert not User.objects.filter(name="Nina").exists()


def test_unknown_expired_revoked_and_used_links_show_the_same_page(cast, client):
    expired, revoked, used = invited(cast, "a@example.org"), invited(cast, "b@example.org"), invited(cast, "c@x.org")
    Invitation.objects.filter(pk=expired[0].pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    actions.revoke_invitation(invitation=revoked[0], actor=cast.olivia, now=timezone.now())
    client.post(reverse("invitation", args=[used[1]]), {"name": "C", "password": PASSWORD})
    client.logout()
    pages = set()
    for token in ("x" * 22, expired[1], revoked[1], used[1]):
        response = client.get(reverse("invitation", args=[token]))
        assert response.status_code == 404
        page = response.content.decode()
        pages.add(page[page.index("<main") : page.index("</main>")])
    assert len(pages) == 1
    assert "ask the person who invited you" in pages.pop()


def test_somebody_with_an_account_signs_in_first_and_comes_back(cast, client):
    url = reverse("invitation", args=[invited(cast, "dave@example.org")[1]])
    assert f"{reverse('account_login')}?next={url}" in client.get(url).content.decode()
    response = client.post(
        f"{reverse('account_login')}?next={url}", {"login": "dave@example.org", "password": PASSWORD, "next": url}
    )
    assert response.url == url
    assert client.post(url).url == reverse("team-welcome", args=[cast.atlas.pk])


def test_signed_in_as_somebody_else_one_is_told_so_and_cannot_take_it(cast, sign_in):
    url = reverse("invitation", args=[invited(cast)[1]])
    client = sign_in(cast.dave)
    assert "You are signed in as dave@example.org" in client.get(url).content.decode()
    assert client.post(url).status_code == 200
    assert cast.dave.memberships.count() == 1


# --- people of one team -----------------------------------------------------------------------------------------------


def test_a_lead_sees_the_people_and_invitations_of_their_own_team_only(cast, sign_in):
    join(person("Boris"), cast.house, Role.MEMBER, cast.boreal)
    invited(cast, "of-atlas@example.org")
    invited(cast, "of-boreal@example.org", team="boreal")
    invited(cast, "of-house@example.org", role=Role.VIEWER, team=None)
    page = sign_in(cast.alice).get(reverse("team-people", args=[cast.atlas.pk])).content.decode()
    shown = ("alice@example.org", "bob@example.org", "of-atlas@example.org")
    assert [address for address in shown if address not in page] == []
    hidden = ("boris@", "olivia@", "carla@", "erin@", "of-boreal@", "of-house@", "Boreal")
    assert [address for address in hidden if address in page] == []


def test_a_lead_invites_members_and_viewers_by_a_link_that_is_shown_once(cast, sign_in):
    url = reverse("team-people", args=[cast.atlas.pk])
    client = sign_in(cast.alice)
    response = client.post(url, {"email": "nina@example.org", "role": "viewer", "team": cast.boreal.pk})
    invitation = Invitation.objects.get()
    assert (invitation.team, invitation.role, invitation.created_by) == (cast.atlas, Role.VIEWER, cast.alice)
    assert f'value="{response.context["new_link"]}" readonly' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert response.context["new_link"] not in client.get(url).content.decode()


@pytest.mark.parametrize(("who", "roles"), [("alice", ["member", "viewer"]), ("carla", ["lead", "member", "viewer"])])
def test_the_roles_that_can_be_chosen_in_a_team(cast, sign_in, who, roles):
    url = reverse("team-people", args=[cast.atlas.pk])
    client = sign_in(getattr(cast, who))
    assert [value for value, _ in client.get(url).context["form"].fields["role"].choices] == roles
    for role in {"owner", "admin", "lead"} - set(roles):
        assert client.post(url, {"email": "n@example.org", "role": role}).context["form"].errors["role"]
    assert not Invitation.objects.exists()


def test_a_lead_makes_a_member_a_viewer_and_removes_them(cast, sign_in):
    bob = cast.bob.memberships.get()
    people, client = reverse("team-people", args=[cast.atlas.pk]), sign_in(cast.alice)
    assert client.post(reverse("team-member", args=[cast.atlas.pk, bob.pk]), {"role": "viewer"}).url == people
    bob.refresh_from_db()
    assert (bob.role, bob.team) == (Role.VIEWER, cast.atlas)
    assert client.post(reverse("team-member-remove", args=[cast.atlas.pk, bob.pk])).url == people
    assert not cast.bob.memberships.exists()


def test_a_lead_changes_no_lead_not_even_themselves(cast, sign_in):
    alice, client = cast.alice.memberships.get(), sign_in(cast.alice)
    page = reverse("team-member", args=[cast.atlas.pk, alice.pk])
    assert page not in client.get(reverse("team-people", args=[cast.atlas.pk])).content.decode()
    assert client.get(page).status_code == 403
    assert client.post(reverse("team-member-remove", args=[cast.atlas.pk, alice.pk])).status_code == 403
    assert cast.alice.memberships.exists()


def test_of_more_people_than_are_shown_the_first_are_and_the_page_says_how_many(cast, sign_in, monkeypatch):
    monkeypatch.setattr(presenters, "PEOPLE_SHOWN", 2)
    page = sign_in(cast.olivia).get(reverse("people", args=[cast.house.pk])).content.decode()
    assert "These are the first 2. Search for the others." in page
    assert ("olivia@" in page, "carla@" in page, "erin@" in page) == (True, True, False)


def test_people_of_the_whole_organization_are_not_changed_through_a_team(cast, sign_in):
    erin, client = cast.erin.memberships.get(), sign_in(cast.alice)
    assert client.get(reverse("team-member", args=[cast.atlas.pk, erin.pk])).status_code == 404
    assert client.post(reverse("team-member-remove", args=[cast.atlas.pk, erin.pk])).status_code == 404


def test_a_lead_revokes_an_invitation_to_their_team_by_the_button_on_the_page(cast, sign_in):
    nina, token = invited(cast)
    people, client = reverse("team-people", args=[cast.atlas.pk]), sign_in(cast.alice)
    revoke = reverse("team-invitation-revoke", args=[cast.atlas.pk, nina.pk])
    assert f'action="{revoke}"' in client.get(people).content.decode()
    assert client.post(revoke).url == people
    assert f'action="{revoke}"' not in client.get(people).content.decode()
    assert client.get(reverse("invitation", args=[token])).status_code == 404


@pytest.mark.parametrize("page", ["team", "organization"])
def test_the_people_of_a_team_are_linked_for_those_who_manage_them(cast, sign_in, page):
    url = reverse(page, args=[(cast.atlas if page == "team" else cast.house).pk])
    link = f'href="{reverse("team-people", args=[cast.atlas.pk])}"'
    for who in ("olivia", "alice"):
        assert link in sign_in(getattr(cast, who)).get(url).content.decode(), who
    for who in ("bob", "erin"):
        assert link not in sign_in(getattr(cast, who)).get(url).content.decode(), who


@pytest.mark.parametrize(
    ("name", "current"), [("organization", "Teams"), ("people", "People"), ("audit", "Audit trail")]
)
def test_the_pages_of_an_organization_lead_to_each_other(cast, sign_in, name, current):
    page = sign_in(cast.olivia).get(reverse(name, args=[cast.house.pk])).content.decode()
    for other in ("organization", "people", "organization-settings", "audit", "dashboard"):
        assert f'href="{reverse(other, args=[cast.house.pk])}"' in page, other
    assert f'aria-current="page">{current}</a>' in page


def test_who_manages_nothing_is_led_to_teams_and_dashboard_only(cast, sign_in):
    page = sign_in(cast.bob).get(reverse("organization", args=[cast.house.pk])).content.decode()
    assert reverse("dashboard", args=[cast.house.pk]) in page
    for other in ("people", "organization-settings", "audit"):
        assert reverse(other, args=[cast.house.pk]) not in page


# --- signing in and oneself -------------------------------------------------------------------------------------------


def test_a_login_link_signs_in_once_with_a_new_session(cast, client):
    token = actions.create_login_link(user=cast.alice, now=timezone.now())
    planted = client.session
    planted.save()
    response = client.get(reverse("login-link", args=[token]))
    assert response.url == reverse("home")
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert client.session.session_key != planted.session_key
    assert client.get(reverse("account")).context["user"] == cast.alice
    assert client.get(reverse("login-link", args=[token])).status_code == 404


def test_a_preview_of_a_login_link_does_not_use_it_up(cast, client):
    token = actions.create_login_link(user=cast.alice, now=timezone.now())
    assert client.head(reverse("login-link", args=[token])).status_code == 405
    assert client.get(reverse("login-link", args=[token])).status_code == 302


def test_the_account_page_starts_from_what_is_saved(cast, sign_in):
    User.objects.filter(pk=cast.bob.pk).update(language="en", time_zone="Asia/Tokyo")
    page = sign_in(cast.bob).get(reverse("account")).content.decode()
    assert 'name="name" value="Bob"' in page
    assert '<option value="Asia/Tokyo" selected>' in page
    assert '<option value="en" selected>' in page
    assert " checked>" in page[page.index('name="shortcuts"') :].split("\n")[0]


def test_ones_own_account(cast, sign_in):
    client = sign_in(cast.bob)
    client.cookies["django_language"] = "en"
    response = client.post(reverse("account"), {"name": "Robert", "language": "pt-br", "time_zone": "Asia/Tokyo"})
    assert response.cookies["django_language"].value == ""
    cast.bob.refresh_from_db()
    assert (cast.bob.name, cast.bob.language, cast.bob.time_zone) == ("Robert", "pt-br", "Asia/Tokyo")
    assert cast.bob.shortcuts is False


def test_nobody_signs_up_without_invitation(client, db):
    data = {"email": "x@example.org", "password1": PASSWORD}
    assert "by invitation" in client.post(reverse("account_signup"), data).content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_reset_password_done"])
def test_pages_before_signing_in_stand_in_our_frame(client, db, name):
    page = client.get(reverse(name)).content.decode()
    assert page.count("<h1>") == 1
    assert "css/ladder.css" in page


@pytest.mark.parametrize(
    "name", ["account_logout", "account_change_password", "account_email", "account_reauthenticate", "account"]
)
def test_pages_of_the_account_stand_in_our_frame(cast, sign_in, name):
    page = sign_in(cast.bob).get(reverse(name), follow=True).content.decode()
    assert page.count("<h1>") == 1
    assert "css/ladder.css" in page


def test_a_wrong_password_is_explained_in_the_summary(cast, client):
    page = client.post(reverse("account_login"), {"login": "bob@example.org", "password": "wrong"}).content.decode()
    assert "error-summary" in page
    assert 'value="bob@example.org"' in page


# --- hostile text, and the cost of long lists -------------------------------------------------------------------------


def test_hostile_names_are_shown_literally(cast, sign_in):
    User.objects.filter(pk=cast.alice.pk).update(name=HOSTILE)
    Team.objects.filter(pk=cast.atlas.pk).update(name=HOSTILE)
    cast.house.name = HOSTILE
    cast.house.save()
    token = invited(cast)[1]
    client = sign_in(cast.olivia)
    pages = [
        reverse(name, args=[cast.house.pk]) for name in ("organization", "people", "audit", "organization-settings")
    ]
    pages += [
        reverse("team-settings", args=[cast.atlas.pk]),
        reverse("member", args=[cast.house.pk, cast.alice.memberships.get().pk]),
        reverse("invitation", args=[token]),
    ]
    for url in pages:
        page = client.get(url).content.decode()
        assert LITERAL in page, url
        assert "<script>alert" not in page, url


def grow(cast, rows: int) -> None:
    for number in range(rows):
        team = Team.objects.create(organization=cast.house, name=f"Team {rows} {number}")
        user = User(email=f"{rows}-{number}@example.org", name=f"Person {number}")
        user.save()
        join(user, cast.house, Role.LEAD, team)
        invited(cast, f"new-{rows}-{number}@example.org")


@pytest.mark.parametrize("name", ["organization", "people", "audit"])
def test_a_list_costs_the_same_queries_for_2_and_for_20_rows(cast, sign_in, name):
    client, url = sign_in(cast.olivia), reverse(name, args=[cast.house.pk])
    grow(cast, 2)
    few = queries(client, url)
    grow(cast, 20)
    assert queries(client, url) == few


def test_the_audit_trail_is_read_page_by_page_without_gaps(cast, sign_in):
    for number in range(120):
        AuditEvent.objects.create(
            organization=cast.house, action="team created", subject=f"<{number:03}>", at=timezone.now()
        )
    client, url, seen = sign_in(cast.olivia), reverse("audit", args=[cast.house.pk]), []
    address, sizes = url, []
    while True:
        context = client.get(address).context
        seen += [row.subject for row in context["rows"]]
        sizes.append(len(context["rows"]))
        if context["more"] is None:
            break
        address = f"{url}?before={context['more']}"
    assert sizes == [50, 50, 20]
    assert seen == [f"<{number:03}>" for number in reversed(range(120))]


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 40, "%00", "²"])
def test_a_page_mark_that_names_no_row_shows_the_newest(cast, sign_in, before):
    AuditEvent.objects.create(organization=cast.house, action="team created", subject="Atlas", at=timezone.now())
    response = sign_in(cast.olivia).get(reverse("audit", args=[cast.house.pk]), {"before": before})
    assert [row.subject for row in response.context["rows"]] == ["Atlas"]


def test_the_audit_trail_of_another_organization_is_no_page_mark(cast, sign_in):
    foreign = AuditEvent.objects.create(
        organization=cast.elsewhere, action="team created", subject="Comet", at=timezone.now() - timedelta(days=9)
    )
    AuditEvent.objects.create(organization=cast.house, action="team created", subject="Atlas", at=timezone.now())
    response = sign_in(cast.olivia).get(reverse("audit", args=[cast.house.pk]), {"before": foreign.pk})
    assert [row.subject for row in response.context["rows"]] == ["Atlas"]


def test_an_invitation_proposes_the_role_of_a_member_not_that_of_an_owner(cast, sign_in):
    page = sign_in(cast.olivia).get(reverse("people", args=[cast.house.pk])).content.decode()
    assert '<option value="member" selected>' in page


def test_details_of_the_audit_trail_are_in_the_readers_language_and_in_order_whatever_the_database_made_of_it(cast):
    event = AuditEvent(
        action="plan item changed",
        subject="Atlas 2026-Q3, I08",
        at=timezone.now(),
        detail={
            "after": {},
            "before": {"status": "planned", "owner": ""},
            "changed": ["status", "notes"],
            "scenario": "done",
        },
    )
    with translation.override("pt-br"):
        row = event_row(event)
    assert row.subject == "Atlas T3 2026, I08"
    assert row.detail == (
        "cenário: done; alterado: situação, observações; antes: responsável –, situação planejada; depois: –"
    )
