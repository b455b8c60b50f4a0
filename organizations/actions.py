"""Every write of people, organizations and teams: keyword-only, atomic, the audit row in the same transaction.

What the facts forbid raises a `Refused`, whose text is the reason that the person reads; what the role forbids raises
`permissions.NotAllowed`. Views check the role first; who may give or take which role is also checked here, because it
depends on the row that is being changed.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from organizations import audit
from organizations.models import (
    ORGANIZATION_ROLES,
    TEAM_ROLES,
    Invitation,
    LoginToken,
    Membership,
    Organization,
    Role,
    Team,
    User,
)
from organizations.permissions import check_user_can_create_organization, check_user_can_give

TOKEN_BYTES = 16  # 128 bits
INVITATION_VALID = timedelta(days=14)
LOGIN_LINK_VALID = timedelta(hours=24)


class Refused(Exception):
    """The facts forbid a write. The text is the reason that the person reads."""

    def __init__(self):
        super().__init__(self.reason())

    def reason(self) -> str:
        raise NotImplementedError


class TeamNameTaken(Refused):
    def reason(self) -> str:
        return _("Another active team of this organization has this name.")


class TeamArchived(Refused):
    def reason(self) -> str:
        return _("This team is archived. Restore it first.")


class TeamActive(Refused):
    def reason(self) -> str:
        return _("This team is not archived.")


class TeamOfAnotherOrganization(Refused):
    def reason(self) -> str:
        return _("This team doesn't belong to this organization.")


class RoleNeedsATeam(Refused):
    def reason(self) -> str:
        return _("A team lead or member belongs to a team. Choose one.")


class RoleIsOrganizationWide(Refused):
    def reason(self) -> str:
        return _("Owners and administrators belong to the whole organization. Choose no team.")


class AlreadyMember(Refused):
    def reason(self) -> str:
        return _("This person already has a role there. Change that role instead.")


class MembershipGone(Refused):
    def reason(self) -> str:
        return _("This person no longer has this role.")


class LastOwner(Refused):
    def reason(self) -> str:
        return _("An organization keeps at least one owner. Make somebody else an owner first.")


class InvitationNotOpen(Refused):
    """Unknown, expired, revoked or used: one answer for all, so that a guess tells nothing."""

    def reason(self) -> str:
        return _("This invitation link isn't valid any more.")


class InvitationForSomebodyElse(Refused):
    def reason(self) -> str:
        return _("This invitation is for another e-mail address than the one you are signed in with.")


class PersonExists(Refused):
    def reason(self) -> str:
        return _("There is an account with this e-mail address. Sign in to accept the invitation.")


class LoginLinkNotOpen(Refused):
    """Unknown, expired or used: one answer for all."""

    def reason(self) -> str:
        return _("This sign-in link isn't valid any more.")


# --- organizations ----------------------------------------------------------------------------------------------------


@transaction.atomic
def create_organization(
    *, actor: User, name: str, language: str = "en", time_zone: str = "UTC", now: datetime
) -> Organization:
    """Create an organization whose first owner is the actor. Raises NotAllowed for people who were only invited."""
    check_user_can_create_organization(actor)
    organization = Organization.objects.create(name=name, language=language, time_zone=time_zone)
    Membership.objects.create(user=actor, organization=organization, role=Role.OWNER)
    audit.record(
        organization=organization, actor=actor, action=gettext_noop("organization created"), subject=name, now=now
    )
    return organization


@transaction.atomic
def change_organization(
    *,
    organization: Organization,
    actor: User,
    name: str,
    language: str,
    time_zone: str,
    currency: str = "",
    person_week_rate: Decimal | None = None,
    now: datetime,
) -> Organization:
    """Change the name, the language of reports, the time zone of dates, and what a person-week costs, if that is known.

    A rate has a currency (ISO 4217), and a currency a rate.
    """
    fields = {"name": name, "language": language, "time_zone": time_zone}
    changes = _apply(organization, **fields, currency=currency, person_week_rate=person_week_rate)
    action = gettext_noop("organization changed")
    audit.record(organization=organization, actor=actor, action=action, subject=name, now=now, **changes)
    return organization


# --- teams ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_team(*, organization: Organization, actor: User, name: str, people: int, now: datetime) -> Team:
    """Create a team of so many people (1-500). Raises TeamNameTaken."""
    try:
        with transaction.atomic():
            team = Team.objects.create(organization=organization, name=name, people=people)
    except IntegrityError as error:
        raise TeamNameTaken from error
    action = gettext_noop("team created")
    audit.record(organization=organization, actor=actor, action=action, subject=name, now=now, people=people)
    return team


@transaction.atomic
def change_team(*, team: Team, actor: User, name: str, people: int, now: datetime) -> Team:
    """Rename a team or change its size. Results keep the name that they were made with. Raises TeamNameTaken."""
    try:
        with transaction.atomic():
            changes = _apply(team, name=name, people=people)
    except IntegrityError as error:
        team.refresh_from_db()
        raise TeamNameTaken from error
    action = gettext_noop("team changed")
    audit.record(organization=team.organization, actor=actor, action=action, subject=name, now=now, **changes)
    return team


@transaction.atomic
def archive_team(*, team: Team, actor: User, now: datetime) -> None:
    """Take a team out of the lists; its results stay. Raises TeamArchived when it is archived already."""
    if not Team.objects.active().filter(pk=team.pk).update(archived_at=now):
        raise TeamArchived
    action = gettext_noop("team archived")
    audit.record(organization=team.organization, actor=actor, action=action, subject=team.name, now=now)


@transaction.atomic
def restore_team(*, team: Team, actor: User, now: datetime) -> None:
    """Bring an archived team back. Raises TeamActive, or TeamNameTaken when another team took its name meanwhile."""
    try:
        with transaction.atomic():
            restored = Team.objects.archived().filter(pk=team.pk).update(archived_at=None)
    except IntegrityError as error:
        raise TeamNameTaken from error
    if not restored:
        raise TeamActive
    action = gettext_noop("team restored")
    audit.record(organization=team.organization, actor=actor, action=action, subject=team.name, now=now)


# --- invitations ------------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(
    *, organization: Organization, actor: User, email: str, role: str, team: Team | None = None, now: datetime
) -> tuple[Invitation, str]:
    """Invite an e-mail address to a role; returns the invitation and its token, of which only the hash is kept.

    A pending invitation of the same address to the same place is revoked: inviting again is how one gets a new link.
    Raises RoleNeedsATeam, RoleIsOrganizationWide, TeamOfAnotherOrganization, TeamArchived, AlreadyMember, and
    NotAllowed when the actor may not give this role there (only owners make owners, a lead makes no leads).
    """
    email = email.strip().lower()
    _check_place(organization, role, team)
    check_user_can_give(actor, role, team or organization)
    if Membership.objects.filter(user__email__iexact=email, organization=organization, team=team).exists():
        raise AlreadyMember
    organization.invitations.pending(now).filter(email=email, team=team).update(revoked_at=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        organization=organization,
        team=team,
        role=role,
        email=email,
        token_hash=_hash(token),
        created_by=actor,
        created_at=now,
        expires_at=now + INVITATION_VALID,
    )
    action = gettext_noop("person invited")
    audit.record(organization=organization, actor=actor, action=action, subject=email, now=now, **_place(role, team))
    return invitation, token


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, actor: User, now: datetime) -> None:
    """Make an invitation's link useless at once. Raises InvitationNotOpen when it already is."""
    if not Invitation.objects.pending(now).filter(pk=invitation.pk).update(revoked_at=now):
        raise InvitationNotOpen
    action = gettext_noop("invitation revoked")
    audit.record(organization=invitation.organization, actor=actor, action=action, subject=invitation.email, now=now)


def open_invitation(*, token: str, now: datetime) -> Invitation:
    """The invitation that a token opens. Raises InvitationNotOpen."""
    invitation = Invitation.objects.open(now).filter(token_hash=_hash(token)).first()
    if invitation is None:
        raise InvitationNotOpen
    return invitation


@transaction.atomic
def accept_invitation(*, token: str, user: User, now: datetime) -> Membership:
    """Give an existing person the role that they were invited to; a link works once.

    Raises InvitationNotOpen, InvitationForSomebodyElse, AlreadyMember.
    """
    invitation = _claim(token, now)
    if user.email.lower() != invitation.email.lower():
        raise InvitationForSomebodyElse
    return _take_up(invitation, user, now)


@transaction.atomic
def accept_invitation_as_new_person(*, token: str, name: str, password: str, now: datetime) -> Membership:
    """Create the person who was invited, in the organization's time zone, and give them their role.

    Raises InvitationNotOpen, PersonExists.
    """
    invitation = _claim(token, now)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                invitation.email,
                password,
                name=name,
                time_zone=invitation.organization.time_zone,
            )
    except IntegrityError as error:
        raise PersonExists from error
    return _take_up(invitation, user, now)


@transaction.atomic
def join_by_address(*, email: str, name: str, now: datetime) -> User:
    """Create the person whose address a provider of identities vouches for, and take up what they were invited to.

    Raises InvitationNotOpen when no invitation waits for the address, PersonExists.
    """
    waiting = list(Invitation.objects.open(now).for_address(email))
    if not waiting:
        raise InvitationNotOpen
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, name=name or email.partition("@")[0][:120], time_zone=waiting[0].organization.time_zone
            )
    except IntegrityError as error:
        raise PersonExists from error
    for invitation in waiting:
        if Invitation.objects.pending(now).filter(pk=invitation.pk).update(accepted_at=now):
            _take_up(invitation, user, now)
    return user


def settle_second_factors(*, users) -> None:
    """Note which of these people owe a second factor. To be called after whatever may have made them owe one."""
    owing = User.objects.lacking_second_factor().filter(pk=OuterRef("pk"))
    User.objects.filter(pk__in=users.values("pk")).update(second_factor_due=Exists(owing))


def _claim(token: str, now: datetime) -> Invitation:
    """Take an open invitation by one conditional update: of two acceptances in parallel only one gets it."""
    invitation = open_invitation(token=token, now=now)
    if not Invitation.objects.pending(now).filter(pk=invitation.pk).update(accepted_at=now):
        raise InvitationNotOpen
    return invitation


def _take_up(invitation: Invitation, user: User, now: datetime) -> Membership:
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user)
    membership, created = Membership.objects.get_or_create(
        user=user,
        organization=invitation.organization,
        team=invitation.team,
        defaults={"role": invitation.role},
    )
    if not created:
        raise AlreadyMember
    settle_second_factors(users=User.objects.filter(pk=user.pk))
    audit.record(
        organization=invitation.organization,
        actor=user,
        action=gettext_noop("invitation accepted"),
        subject=invitation.email,
        now=now,
        **_place(invitation.role, invitation.team),
    )
    return membership


# --- memberships ------------------------------------------------------------------------------------------------------


@transaction.atomic
def change_membership(
    *, membership: Membership, actor: User, role: str, team: Team | None = None, now: datetime
) -> Membership:
    """Give a person another role or place. Raises as `invite`, also for the role taken, LastOwner, MembershipGone."""
    membership = _locked(membership)
    organization, before = membership.organization, _place(membership.role, membership.team)
    _check_place(organization, role, team)
    check_user_can_give(actor, membership.role, membership.team or organization)
    check_user_can_give(actor, role, team or organization)
    if role != Role.OWNER:
        _check_another_owner(membership)
    membership.role, membership.team = role, team
    try:
        with transaction.atomic():
            membership.save(update_fields=["role", "team"])
    except IntegrityError as error:
        raise AlreadyMember from error
    action, after = gettext_noop("role changed"), _place(role, team)
    audit.record(
        organization=organization,
        actor=actor,
        action=action,
        subject=str(membership.user),
        now=now,
        before=" ".join(before.values()),
        after=" ".join(after.values()),
    )
    return membership


@transaction.atomic
def remove_membership(*, membership: Membership, actor: User, now: datetime) -> None:
    """End a person's role; what they answered stays. Raises LastOwner, MembershipGone, and NotAllowed as `invite`."""
    membership = _locked(membership)
    check_user_can_give(actor, membership.role, membership.team or membership.organization)
    _check_another_owner(membership)
    audit.record(
        organization=membership.organization,
        actor=actor,
        action=gettext_noop("person removed"),
        subject=str(membership.user),
        now=now,
        **_place(membership.role, membership.team),
    )
    membership.delete()


def _locked(membership: Membership) -> Membership:
    """The row as it is now, with the organization's row locked: role changes of an organization come one by one.

    Without the lock two owners could unmake each other at the same time, each counting the other as the one who stays.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=membership.organization_id)
    try:
        return Membership.objects.select_related("organization", "user", "team").get(pk=membership.pk)
    except Membership.DoesNotExist as error:
        raise MembershipGone from error


def _check_another_owner(membership: Membership) -> None:
    owners = membership.organization.memberships.owners()
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise LastOwner


def _check_place(organization: Organization, role: str, team: Team | None) -> None:
    """A role belongs to its kind of place, and a team to the organization."""
    if team is None and role in TEAM_ROLES:
        raise RoleNeedsATeam
    if team is not None and role in ORGANIZATION_ROLES:
        raise RoleIsOrganizationWide
    if team is not None and team.organization_id != organization.pk:
        raise TeamOfAnotherOrganization
    if team is not None and team.archived_at:
        raise TeamArchived


# --- signing in and oneself -------------------------------------------------------------------------------------------


@transaction.atomic
def create_login_link(*, user: User, now: datetime) -> str:
    """The token of a link that signs the person in once within 24 hours. Only its hash is kept."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    LoginToken.objects.create(user=user, token_hash=_hash(token), created_at=now, expires_at=now + LOGIN_LINK_VALID)
    _record_everywhere(user, None, gettext_noop("sign-in link made"), now)
    return token


def open_login_link(*, token: str, now: datetime) -> User:
    """The person whom a sign-in link would let in, without using it up. Raises LoginLinkNotOpen."""
    opened = LoginToken.objects.open(now).filter(token_hash=_hash(token)).first()
    if opened is None:
        raise LoginLinkNotOpen
    return opened.user


@transaction.atomic
def use_login_link(*, token: str, now: datetime) -> User:
    """The person whom a sign-in link lets in; it works once, also when two use it at once. Raises LoginLinkNotOpen."""
    opened = LoginToken.objects.open(now).filter(token_hash=_hash(token)).first()
    # The condition is on the row itself: PostgreSQL doesn't look again at joined tables after waiting for the row.
    if opened is None or not LoginToken.objects.filter(pk=opened.pk, used_at=None).update(used_at=now):
        raise LoginLinkNotOpen
    user = opened.user
    _record_everywhere(user, user, gettext_noop("sign-in link used"), now)
    return user


@transaction.atomic
def change_account(*, user: User, name: str, language: str, time_zone: str, shortcuts: bool) -> User:
    """Change one's own preferences. They are nobody else's business, so no organization gets an audit row."""
    _apply(user, name=name, language=language, time_zone=time_zone, shortcuts=shortcuts)
    return user


def _record_everywhere(user: User, actor: User | None, action: str, now: datetime) -> None:
    """One audit row in each organization to which the person belongs."""
    for organization in Organization.objects.for_user(user).by_name():
        audit.record(organization=organization, actor=actor, action=action, subject=str(user), now=now)


def _apply(row, **fields) -> dict[str, str]:
    """Set and save fields; returns the changed ones as "before → after"."""
    changes = {}
    for name, value in fields.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = f"{before} → {value}"
        setattr(row, name, value)
    row.save(update_fields=list(fields))
    return changes


def _place(role: str, team: Team | None) -> dict[str, str]:
    """The role and, if it has one, the team, for an audit row."""
    return {"role": str(role)} | ({"team": team.name} if team else {})


def _hash(token: str) -> str:
    """SHA-256 is enough for a random token of 128 bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
