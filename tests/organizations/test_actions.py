"""Writes: what they change, what they refuse, and what holds when two people do them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from organizations import actions
from organizations.models import AuditEvent, LoginToken, Membership, Organization, Role, User
from organizations.permissions import NotAllowed
from tests.cast import NOW, PASSWORD, join, person

LATER = NOW + timedelta(hours=1)


def at_once(*acts):
    """Run the acts in parallel, each on its own connection; returns each one's exception, or None."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=10)
            act()
        except (actions.Refused, NotAllowed) as refusal:
            return refusal
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def invite_to_atlas(cast, email="nina@example.org", role=Role.MEMBER, now=NOW):
    return actions.invite(organization=cast.house, actor=cast.olivia, email=email, role=role, team=cast.atlas, now=now)


def membership(user) -> Membership:
    return user.memberships.get()


# --- organizations and teams ------------------------------------------------------------------------------------------


def test_who_creates_an_organization_owns_it(db):
    zoe = person("Zoe")
    organization = actions.create_organization(actor=zoe, name="Zed", now=NOW)
    assert membership(zoe).role == Role.OWNER
    assert AuditEvent.objects.get().action == "organization created"
    assert Organization.objects.for_user(zoe).get() == organization


def test_the_audit_row_of_a_change_says_what_was_and_what_is(cast):
    actions.change_team(team=cast.atlas, actor=cast.alice, name="Atlas 2", people=7, now=NOW)
    event = AuditEvent.objects.get()
    assert (event.actor_name, event.action, event.subject, event.at) == ("Alice", "team changed", "Atlas 2", NOW)
    assert event.detail == {"name": "Atlas → Atlas 2"}


def test_two_active_teams_cannot_have_one_name_whatever_its_case(cast):
    with pytest.raises(actions.TeamNameTaken):
        actions.create_team(organization=cast.house, actor=cast.olivia, name="ATLAS", people=4, now=NOW)
    with pytest.raises(actions.TeamNameTaken):
        actions.change_team(team=cast.boreal, actor=cast.olivia, name="atlas", people=5, now=NOW)
    assert cast.boreal.name == "Boreal"
    assert not AuditEvent.objects.exists()


def test_an_archived_team_frees_its_name_and_comes_back_only_while_it_is_free(cast):
    actions.archive_team(team=cast.atlas, actor=cast.olivia, now=NOW)
    successor = actions.create_team(organization=cast.house, actor=cast.olivia, name="Atlas", people=4, now=NOW)
    with pytest.raises(actions.TeamNameTaken):
        actions.restore_team(team=cast.atlas, actor=cast.olivia, now=NOW)
    actions.archive_team(team=successor, actor=cast.olivia, now=NOW)
    actions.restore_team(team=cast.atlas, actor=cast.olivia, now=NOW)
    cast.atlas.refresh_from_db()
    assert cast.atlas.archived_at is None


def test_archiving_twice_is_refused_and_recorded_once(cast):
    actions.archive_team(team=cast.atlas, actor=cast.olivia, now=NOW)
    with pytest.raises(actions.TeamArchived):
        actions.archive_team(team=cast.atlas, actor=cast.olivia, now=LATER)
    with pytest.raises(actions.TeamActive):
        actions.restore_team(team=cast.boreal, actor=cast.olivia, now=LATER)
    assert AuditEvent.objects.count() == 1


# --- invitations ------------------------------------------------------------------------------------------------------


def test_only_the_hash_of_a_128_bit_token_is_kept(cast):
    invitation, token = invite_to_atlas(cast)
    assert len(token) == 22  # 16 bytes in base64 without padding
    assert invitation.token_hash != token
    assert len(invitation.token_hash) == 64
    assert token not in str(list(AuditEvent.objects.values()))


def test_a_new_person_gets_the_role_the_team_and_the_time_zone_of_the_organization(cast):
    invitation, token = invite_to_atlas(cast, email=" Nina@Example.org ")
    new = actions.accept_invitation_as_new_person(token=token, name="Nina", password=PASSWORD, now=LATER)
    assert (new.user.email, new.user.time_zone) == ("nina@example.org", "America/Sao_Paulo")
    assert (new.role, new.team, new.organization) == (Role.MEMBER, cast.atlas, cast.house)
    assert new.user.check_password(PASSWORD)
    invitation.refresh_from_db()
    assert (invitation.accepted_by, invitation.accepted_at) == (new.user, LATER)


def test_an_existing_person_joins_with_their_account(cast):
    _, token = invite_to_atlas(cast, email="dave@example.org")
    assert actions.accept_invitation(token=token, user=cast.dave, now=LATER).team == cast.atlas
    assert cast.dave.memberships.count() == 2


def test_an_invitation_cannot_be_taken_by_somebody_else_and_stays_open(cast):
    _, token = invite_to_atlas(cast)
    with pytest.raises(actions.InvitationForSomebodyElse):
        actions.accept_invitation(token=token, user=cast.dave, now=LATER)
    assert actions.open_invitation(token=token, now=LATER)


def test_an_address_that_has_an_account_cannot_be_taken_over_with_a_new_password(cast):
    _, token = invite_to_atlas(cast, email="dave@example.org")
    with pytest.raises(actions.PersonExists):
        actions.accept_invitation_as_new_person(token=token, name="Not Dave", password="another one", now=LATER)
    cast.dave.refresh_from_db()
    assert cast.dave.check_password(PASSWORD)


def test_unknown_expired_revoked_and_used_links_are_refused_alike(cast):
    expired = invite_to_atlas(cast, email="a@example.org", now=NOW - timedelta(days=14))[1]
    revoked_invitation, revoked = invite_to_atlas(cast, email="b@example.org")
    actions.revoke_invitation(invitation=revoked_invitation, actor=cast.olivia, now=NOW)
    used = invite_to_atlas(cast, email="c@example.org")[1]
    actions.accept_invitation_as_new_person(token=used, name="C", password=PASSWORD, now=NOW)
    for token in ("nonsense", "", expired, revoked, used):
        with pytest.raises(actions.InvitationNotOpen):
            actions.accept_invitation_as_new_person(token=token, name="X", password=PASSWORD, now=NOW)
    assert not User.objects.filter(name="X").exists()


def test_an_invitation_is_valid_for_fourteen_days(cast):
    _, token = invite_to_atlas(cast)
    assert actions.open_invitation(token=token, now=NOW + timedelta(days=14, seconds=-1))
    with pytest.raises(actions.InvitationNotOpen):
        actions.open_invitation(token=token, now=NOW + timedelta(days=14))


def test_an_invitation_to_a_team_that_was_archived_opens_nothing(cast):
    _, token = invite_to_atlas(cast)
    actions.archive_team(team=cast.atlas, actor=cast.olivia, now=NOW)
    with pytest.raises(actions.InvitationNotOpen):
        actions.open_invitation(token=token, now=NOW)


def test_inviting_again_makes_a_new_link_and_ends_the_old_one(cast):
    _, old = invite_to_atlas(cast)
    _, new = invite_to_atlas(cast)
    with pytest.raises(actions.InvitationNotOpen):
        actions.open_invitation(token=old, now=NOW)
    assert actions.open_invitation(token=new, now=NOW)


@pytest.mark.parametrize(
    ("role", "team", "refusal"),
    [
        (Role.LEAD, None, actions.RoleNeedsATeam),
        (Role.ADMIN, "atlas", actions.RoleIsOrganizationWide),
        (Role.MEMBER, "comet", actions.TeamOfAnotherOrganization),
    ],
)
def test_a_role_fits_its_place(cast, role, team, refusal):
    place = getattr(cast, team) if team else None
    with pytest.raises(refusal):
        actions.invite(
            organization=cast.house, actor=cast.olivia, email="n@example.org", role=role, team=place, now=NOW
        )
    with pytest.raises(refusal):
        actions.change_membership(membership=membership(cast.bob), actor=cast.olivia, role=role, team=place, now=NOW)
    assert membership(cast.bob).role == Role.MEMBER


def test_who_has_a_role_in_a_place_is_not_invited_there_again(cast):
    with pytest.raises(actions.AlreadyMember):
        invite_to_atlas(cast, email="BOB@example.org")


# --- roles ------------------------------------------------------------------------------------------------------------


def test_only_owners_make_and_unmake_owners(cast):
    second = join(person("Oscar"), cast.house, Role.OWNER)
    with pytest.raises(NotAllowed):
        actions.invite(organization=cast.house, actor=cast.carla, email="n@example.org", role=Role.OWNER, now=NOW)
    with pytest.raises(NotAllowed):
        actions.change_membership(membership=membership(cast.carla), actor=cast.carla, role=Role.OWNER, now=NOW)
    with pytest.raises(NotAllowed):
        actions.change_membership(membership=second, actor=cast.carla, role=Role.VIEWER, now=NOW)
    with pytest.raises(NotAllowed):
        actions.remove_membership(membership=second, actor=cast.carla, now=NOW)
    actions.change_membership(membership=membership(cast.carla), actor=cast.olivia, role=Role.OWNER, now=NOW)
    assert cast.house.memberships.owners().count() == 3


def test_a_lead_gives_and_takes_the_roles_of_members_and_viewers_of_their_own_team(cast):
    bob = membership(cast.bob)
    actions.change_membership(membership=bob, actor=cast.alice, role=Role.VIEWER, team=cast.atlas, now=NOW)
    assert membership(cast.bob).role == Role.VIEWER
    with pytest.raises(NotAllowed):
        actions.change_membership(membership=bob, actor=cast.alice, role=Role.LEAD, team=cast.atlas, now=NOW)
    with pytest.raises(NotAllowed):
        actions.change_membership(membership=bob, actor=cast.alice, role=Role.MEMBER, team=cast.boreal, now=NOW)
    with pytest.raises(NotAllowed):
        actions.change_membership(membership=bob, actor=cast.alice, role=Role.VIEWER, now=NOW)
    actions.remove_membership(membership=bob, actor=cast.alice, now=NOW)
    assert not cast.bob.memberships.exists()


def test_a_lead_neither_unmakes_leads_nor_invites_them_nor_invites_elsewhere(cast):
    second = join(person("Lena"), cast.house, Role.LEAD, cast.atlas)
    with pytest.raises(NotAllowed):
        actions.remove_membership(membership=second, actor=cast.alice, now=NOW)
    for role, team in [(Role.LEAD, cast.atlas), (Role.MEMBER, cast.boreal), (Role.VIEWER, None)]:
        with pytest.raises(NotAllowed):
            actions.invite(
                organization=cast.house, actor=cast.alice, email="n@example.org", role=role, team=team, now=NOW
            )
    assert not AuditEvent.objects.exists()


def test_the_last_owner_can_neither_step_down_nor_leave(cast):
    with pytest.raises(actions.LastOwner):
        actions.change_membership(membership=membership(cast.olivia), actor=cast.olivia, role=Role.ADMIN, now=NOW)
    with pytest.raises(actions.LastOwner):
        actions.remove_membership(membership=membership(cast.olivia), actor=cast.olivia, now=NOW)
    assert cast.house.memberships.owners().count() == 1


def test_a_second_role_in_the_same_place_is_refused(cast):
    join(cast.bob, cast.house, Role.VIEWER, cast.boreal)
    in_atlas = cast.bob.memberships.get(team=cast.atlas)
    with pytest.raises(actions.AlreadyMember):
        actions.change_membership(membership=in_atlas, actor=cast.olivia, role=Role.MEMBER, team=cast.boreal, now=NOW)


def test_a_role_that_is_gone_cannot_be_changed(cast):
    gone = membership(cast.bob)
    actions.remove_membership(membership=membership(cast.bob), actor=cast.olivia, now=NOW)
    with pytest.raises(actions.MembershipGone):
        actions.change_membership(membership=gone, actor=cast.olivia, role=Role.VIEWER, now=NOW)
    assert [event.action for event in AuditEvent.objects.all()] == ["person removed"]


# --- signing in -------------------------------------------------------------------------------------------------------


def test_a_login_link_works_once(cast):
    token = actions.create_login_link(user=cast.alice, now=NOW)
    assert LoginToken.objects.get().token_hash != token
    assert actions.use_login_link(token=token, now=LATER) == cast.alice
    with pytest.raises(actions.LoginLinkNotOpen):
        actions.use_login_link(token=token, now=LATER)
    assert {event.action for event in AuditEvent.objects.all()} == {"sign-in link made", "sign-in link used"}


def test_a_login_link_ends_after_24_hours_and_with_its_person(cast):
    token = actions.create_login_link(user=cast.alice, now=NOW)
    with pytest.raises(actions.LoginLinkNotOpen):
        actions.use_login_link(token=token, now=NOW + timedelta(hours=24))
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    with pytest.raises(actions.LoginLinkNotOpen):
        actions.use_login_link(token=token, now=LATER)


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_acceptances_of_one_link_give_one_membership(self, cast):
        _, token = invite_to_atlas(cast)

        def accept():
            actions.accept_invitation_as_new_person(token=token, name="Nina", password=PASSWORD, now=LATER)

        outcomes = at_once(accept, accept, accept)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvitationNotOpen"] * 2 + ["NoneType"]
        assert Membership.objects.filter(user__email="nina@example.org").count() == 1
        assert AuditEvent.objects.filter(action="invitation accepted").count() == 1

    def test_two_owners_who_unmake_each_other_leave_one(self, cast):
        oscar = person("Oscar")
        second, first = join(oscar, cast.house, Role.OWNER), membership(cast.olivia)

        def step_down(row, actor):
            return lambda: actions.change_membership(membership=row, actor=actor, role=Role.VIEWER, now=NOW)

        outcomes = at_once(step_down(first, cast.olivia), step_down(second, oscar))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastOwner", "NoneType"]
        assert cast.house.memberships.owners().count() == 1

    def test_one_login_link_lets_in_once(self, cast):
        token = actions.create_login_link(user=cast.alice, now=NOW)
        outcomes = at_once(*[lambda: actions.use_login_link(token=token, now=LATER)] * 3)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LoginLinkNotOpen"] * 2 + ["NoneType"]
