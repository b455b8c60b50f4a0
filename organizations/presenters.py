"""Organizations, people and audit rows as what a template prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, pgettext, pgettext_lazy

from organizations.models import ORGANIZATION_ROLES, AuditEvent, Invitation, Membership, Organization, Role, Team, User
from organizations.permissions import ROLE_EXPLANATIONS, Act, roles_that_user_can_give, teams_where_user_can

INVITATIONS_SHOWN, PEOPLE_SHOWN = 100, 200
EVENTS_PER_PAGE = 50
QUARTER = re.compile(r" (\d{4})-Q([1-4])(?=$|, )")
"""The quarter in the subject of an audit row: last, or before the initiative that it is about."""
TEAMS_PER_PAGE, LONGEST_NAME = 50, 80


@dataclass(frozen=True)
class TeamRow:
    """A team in the list of its organization: who leads it, how many have a role in it, what the reader may do."""

    team: Team
    leads: list[str]
    roles: int
    can_change: bool
    can_manage_people: bool


@dataclass(frozen=True)
class TeamPage:
    """Teams by name from one on. `before` and `after` are the names at which other pages begin, None for none."""

    rows: list[TeamRow]
    start: str
    before: str | None
    after: str | None


def team_page(organization: Organization, user: User, start: str = "") -> TeamPage:
    """The organization's teams that the person may see; active ones first where all stand on one page."""
    start = start[:LONGEST_NAME]
    visible = Team.objects.for_user(user).filter(organization=organization).with_memberships()
    teams, before, after = visible.page_from(start, TEAMS_PER_PAGE)
    changeable, managed = (
        set(
            teams_where_user_can(user, act, organization)
            .filter(pk__in=[team.pk for team in teams])
            .values_list("pk", flat=True)
        )
        for act in (Act.CHANGE_TEAM, Act.MANAGE_TEAM_PEOPLE)
    )
    rows = [team_row(team, team.pk in changeable, team.pk in managed) for team in teams]
    if not start and after is None:
        rows.sort(key=lambda row: row.team.archived_at is not None)
    return TeamPage(rows, start, before, after)


def team_row(team: Team, can_change: bool, can_manage_people: bool) -> TeamRow:
    """A row from a team whose memberships are prefetched."""
    memberships = list(team.memberships.all())
    leads = sorted(str(membership.user) for membership in memberships if membership.role == Role.LEAD)
    return TeamRow(team, leads, len(memberships), can_change, can_manage_people)


@dataclass(frozen=True)
class RoleGroup:
    """The people who have one role, and whether the reader may take it from them."""

    name: str
    memberships: list[Membership]
    can_change: bool


@dataclass(frozen=True)
class People:
    """Who has a role, in groups from owner to viewer without empty ones; `find` is what was searched for.

    `more` says that not everybody is shown.
    """

    groups: list[RoleGroup]
    find: str
    more: bool

    @property
    def shown(self) -> int:
        """How many people are shown."""
        return sum(len(group.memberships) for group in self.groups)


def people_by_role(place: Organization | Team, user: User, find: str = "") -> People:
    """Who has a role in the organization and its teams, or in one team: the first PEOPLE_SHOWN by role and name.

    `find` is a part of their names or addresses, or of their teams' names.
    """
    find = find.strip()[:LONGEST_NAME]
    rows = list(place.memberships.found_by(find).by_role(list(Role))[: PEOPLE_SHOWN + 1])
    memberships, changeable = rows[:PEOPLE_SHOWN], roles_that_user_can_give(user, place)
    groups = [
        RoleGroup(str(role.label), [row for row in memberships if row.role == role], role in changeable)
        for role in Role
    ]
    return People([group for group in groups if group.memberships], find, len(rows) > PEOPLE_SHOWN)


def role_explanations(place: Organization | Team) -> list[tuple[str, str]]:
    """Each role's name and what it may do; of a team only the roles that somebody can have in it."""
    misplaced = ORGANIZATION_ROLES if isinstance(place, Team) else ()
    return [(str(role.label), str(words)) for role, words in ROLE_EXPLANATIONS.items() if role not in misplaced]


@dataclass(frozen=True)
class InvitationRow:
    """An invitation and what became of it, in one word. Only a pending one can be revoked."""

    invitation: Invitation
    status: str
    pending: bool


def invitation_rows(place: Organization | Team, now: datetime) -> list[InvitationRow]:
    """The latest invitations to the organization and its teams, or to one team, newest first. One query."""
    return [invitation_row(row, now) for row in place.invitations.newest_first()[:INVITATIONS_SHOWN]]


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
    detail = "; ".join(
        f"{_named(name)}: {_said(event.detail[name], name)}" for name in sorted(event.detail, key=_place)
    )
    actor = event.actor_name or gettext("command line")
    subject = QUARTER.sub(lambda found: f" {_quarter(*found.groups())}", event.subject)
    return EventRow(event.at, actor, gettext(event.action), subject, detail)


def _place(name: str) -> tuple[int, str]:
    """What it is about, then what became of it: PostgreSQL doesn't keep the order in which details were written."""
    return (LAST_DETAILS.index(name) if name in LAST_DETAILS else -1, name)


def _quarter(year: str, number: str) -> str:
    return pgettext("audit", "Q%(number)s %(year)s") % {"number": number, "year": year}


LAST_DETAILS = ("changed", "before", "after")
DETAIL_NAMES = {
    "about": pgettext_lazy("audit", "about"),
    "after": pgettext_lazy("audit", "after"),
    "assessment": pgettext_lazy("audit", "assessment"),
    "audience": pgettext_lazy("audit", "reader"),
    "audiences": pgettext_lazy("audit", "readers"),
    "before": pgettext_lazy("audit", "before"),
    "capacity": pgettext_lazy("audit", "person-weeks per quarter"),
    "changed": pgettext_lazy("audit", "changed"),
    "closes_on": pgettext_lazy("audit", "wanted by"),
    "currency": pgettext_lazy("audit", "currency"),
    "customer_errors": pgettext_lazy("audit", "customer errors"),
    "days": pgettext_lazy("audit", "days"),
    "evidence": pgettext_lazy("audit", "evidence"),
    "failed_share": pgettext_lazy("audit", "failed share"),
    "form": pgettext_lazy("audit", "form"),
    "framework": pgettext_lazy("audit", "framework"),
    "initiative": pgettext_lazy("audit", "initiative"),
    "item": pgettext_lazy("audit", "item"),
    "language": pgettext_lazy("audit", "language"),
    "languages": pgettext_lazy("audit", "languages"),
    "lead_time": pgettext_lazy("audit", "lead time"),
    "link": pgettext_lazy("audit", "link"),
    "mode": pgettext_lazy("audit", "mode"),
    "modules": pgettext_lazy("audit", "modules"),
    "name": pgettext_lazy("audit", "name"),
    "note": pgettext_lazy("audit", "note"),
    "notes": pgettext_lazy("audit", "notes"),
    "owner": pgettext_lazy("audit", "owner"),
    "password": pgettext_lazy("audit", "password"),
    "people": pgettext_lazy("audit", "people"),
    "period": pgettext_lazy("audit", "period"),
    "place": pgettext_lazy("audit", "place"),
    "plan": pgettext_lazy("audit", "plan"),
    "preset": pgettext_lazy("audit", "targets"),
    "reason": pgettext_lazy("audit", "reason"),
    "recipients": pgettext_lazy("audit", "recipients"),
    "replaces": pgettext_lazy("audit", "replaces"),
    "report": pgettext_lazy("audit", "report"),
    "rescue_hours": pgettext_lazy("audit", "rescue hours"),
    "result": pgettext_lazy("audit", "result"),
    "role": pgettext_lazy("audit", "role"),
    "scenario": pgettext_lazy("audit", "scenario"),
    "scope": pgettext_lazy("audit", "scope"),
    "sessions": pgettext_lazy("audit", "sessions"),
    "status": pgettext_lazy("audit", "status"),
    "targets": pgettext_lazy("audit", "targets of their own"),
    "team": pgettext_lazy("audit", "team"),
    "version": pgettext_lazy("audit", "version"),
    "wishes": pgettext_lazy("audit", "decisions about initiatives"),
}
"""The names that details have, in the reader's words; any other is shown as it is written."""

DETAIL_VALUES = {
    "audience": {
        "consultant": pgettext_lazy("audit", "consultant"),
        "executive": pgettext_lazy("audit", "executive"),
        "lead": pgettext_lazy("audit", "team lead"),
    },
    "form": {"full": pgettext_lazy("audit", "full"), "short": pgettext_lazy("audit", "short")},
    "mode": {
        "anonymous": pgettext_lazy("audit", "anonymous"),
        "consensus": pgettext_lazy("audit", "consensus"),
        "named": pgettext_lazy("audit", "named"),
        "single": pgettext_lazy("audit", "one person"),
    },
    "modules": {
        "mlops": pgettext_lazy("audit", "MLOps"),
        "projects": pgettext_lazy("audit", "candidate projects"),
        "roles": pgettext_lazy("audit", "roles"),
    },
    "password": {"no": pgettext_lazy("audit", "no"), "yes": pgettext_lazy("audit", "yes")},
    "preset": {
        "ambitious": pgettext_lazy("audit", "ambitious"),
        "balanced": pgettext_lazy("audit", "balanced"),
        "next-level": pgettext_lazy("audit", "next level"),
        "protect": pgettext_lazy("audit", "protect"),
    },
    "status": {
        "doing": pgettext_lazy("audit", "doing"),
        "done": pgettext_lazy("audit", "done"),
        "planned": pgettext_lazy("audit", "planned"),
        "wont-do": pgettext_lazy("audit", "won't do"),
    },
}
"""The fixed values of details by name; what a person typed is in none of these places."""


def _named(name: str) -> str:
    return str(DETAIL_NAMES.get(name, name.replace("_", " ")))


def _said(value: Any, name: str = "") -> str:
    """A value of an audit row, called `name`, without the signs of its notation."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{_named(part)} {_said(said, part)}" for part, said in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(_named(part) if name == "changed" else _said(part, name) for part in value)
    return str(DETAIL_VALUES.get(name, {}).get(str(value), value))


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
