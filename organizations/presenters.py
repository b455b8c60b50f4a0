"""Organizations, people and audit rows as what a template prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from organizations.models import AuditEvent, Invitation, Membership, Organization, Role, Team, User
from organizations.permissions import ROLE_EXPLANATIONS, Act, teams_where_user_can

INVITATIONS_SHOWN = 100
EVENTS_PER_PAGE = 50


@dataclass(frozen=True)
class TeamRow:
    """A team in the list of its organization: who leads it, how many have a role in it, may the reader change it."""

    team: Team
    leads: list[str]
    roles: int
    can_change: bool


def team_rows(organization: Organization, user: User) -> list[TeamRow]:
    """The organization's teams that the person may see, active ones first, each group by name."""
    teams = Team.objects.for_user(user).filter(organization=organization).by_name().with_memberships()
    changeable = set(teams_where_user_can(user, Act.CHANGE_TEAM, organization).values_list("pk", flat=True))
    rows = [team_row(team, team.pk in changeable) for team in teams]
    return sorted(rows, key=lambda row: row.team.archived_at is not None)


def team_row(team: Team, can_change: bool) -> TeamRow:
    """A row from a team whose memberships are prefetched."""
    memberships = list(team.memberships.all())
    leads = sorted(str(membership.user) for membership in memberships if membership.role == Role.LEAD)
    return TeamRow(team=team, leads=leads, roles=len(memberships), can_change=can_change)


@dataclass(frozen=True)
class RoleGroup:
    """The people who have one role."""

    name: str
    memberships: list[Membership]


def people_by_role(organization: Organization) -> list[RoleGroup]:
    """Who is in the organization, by role from owner to viewer; roles that nobody has are left out. One query."""
    memberships = list(organization.memberships.with_people())
    groups = [RoleGroup(str(role.label), [row for row in memberships if row.role == role]) for role in Role]
    return [group for group in groups if group.memberships]


def role_explanations() -> list[tuple[str, str]]:
    """Each role's name and what it may do."""
    return [(str(role.label), str(words)) for role, words in ROLE_EXPLANATIONS.items()]


@dataclass(frozen=True)
class InvitationRow:
    """An invitation and what became of it, in one word. Only a pending one can be revoked."""

    invitation: Invitation
    status: str
    pending: bool


def invitation_rows(organization: Organization, now: datetime) -> list[InvitationRow]:
    """The latest invitations, newest first. One query."""
    return [invitation_row(row, now) for row in organization.invitations.newest_first()[:INVITATIONS_SHOWN]]


def invitation_row(invitation: Invitation, now: datetime) -> InvitationRow:
    if invitation.accepted_at:
        status = gettext("accepted")
    elif invitation.revoked_at:
        status = gettext("revoked")
    elif invitation.expires_at <= now:
        status = gettext("expired")
    else:
        return InvitationRow(invitation, gettext("pending"), True)
    return InvitationRow(invitation, status, False)


@dataclass(frozen=True)
class EventRow:
    """An audit row in the reader's language."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: str


def event_row(event: AuditEvent) -> EventRow:
    detail = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in event.detail.items())
    actor = event.actor_name or gettext("command line")
    return EventRow(event.at, actor, gettext(event.action), event.subject, detail)


def audit_page(organization: Organization, before: str) -> tuple[list[EventRow], int | None]:
    """A page of audit rows, newest first, and the id to continue before (None at the end).

    `before` is the id of the last row of the page above; what names no row of this organization starts at the newest.
    """
    events = organization.audit_events.newest_first()
    if before.isdecimal() and (last := organization.audit_events.filter(pk=int(before[:18])).first()):
        events = events.older_than(last)
    page = list(events[: EVENTS_PER_PAGE + 1])
    more = page[EVENTS_PER_PAGE - 1].pk if len(page) > EVENTS_PER_PAGE else None
    return [event_row(event) for event in page[:EVENTS_PER_PAGE]], more
