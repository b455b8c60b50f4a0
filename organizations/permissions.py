"""Who may do what: one decision table of acts and roles. Rules come in pairs: the reason (raised) and the answer."""

from __future__ import annotations

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from organizations.models import ORGANIZATION_ROLES, Membership, Organization, Role, Team, User


class Act(StrEnum):
    """What somebody may want to do in an organization or in one of its teams."""

    SEE = "see"
    CHANGE_ORGANIZATION = "change the organization"
    MANAGE_OWNERS = "make or unmake owners"
    REQUIRE_SECOND_FACTOR = "ask for a second factor"
    MANAGE_PEOPLE = "manage people and invitations"
    MANAGE_TEAM_PEOPLE = "manage a team's members and viewers"
    ERASE_PEOPLE = "export or erase what is known about a person"
    SEE_AUDIT = "see the audit trail"
    CREATE_TEAM = "create, archive and restore teams"
    CHANGE_TEAM = "rename a team"
    ANSWER = "answer questions"
    ANSWER_FOR_ORGANIZATION = "answer for the organization"
    RUN_ASSESSMENT = "open and close assessments"
    SEE_SINGLE_ANSWERS = "see who answered what"
    PLAN = "plan a roadmap"
    WORK = "work on an adopted plan"
    SEE_ALL_TEAMS = "see all teams side by side"
    BUILD_REPORT = "build a report"
    SHARE_REPORT = "share reports"
    ADD_FINDINGS = "add findings to reports"


OWNER, ADMIN, LEAD, MEMBER, VIEWER = Role.OWNER, Role.ADMIN, Role.LEAD, Role.MEMBER, Role.VIEWER

ROLES_FOR: dict[Act, frozenset[Role]] = {
    Act.SEE: frozenset(Role),
    Act.CHANGE_ORGANIZATION: frozenset({OWNER, ADMIN}),
    Act.MANAGE_OWNERS: frozenset({OWNER}),
    Act.REQUIRE_SECOND_FACTOR: frozenset({OWNER}),
    Act.MANAGE_PEOPLE: frozenset({OWNER, ADMIN}),
    Act.MANAGE_TEAM_PEOPLE: frozenset({OWNER, ADMIN, LEAD}),
    Act.ERASE_PEOPLE: frozenset({OWNER}),
    Act.SEE_AUDIT: frozenset({OWNER, ADMIN}),
    Act.CREATE_TEAM: frozenset({OWNER, ADMIN}),
    Act.CHANGE_TEAM: frozenset({OWNER, ADMIN, LEAD}),
    Act.ANSWER: frozenset({OWNER, ADMIN, LEAD, MEMBER}),
    Act.ANSWER_FOR_ORGANIZATION: frozenset({OWNER, ADMIN}),
    Act.RUN_ASSESSMENT: frozenset({OWNER, ADMIN, LEAD}),
    Act.SEE_SINGLE_ANSWERS: frozenset({OWNER, ADMIN, LEAD}),
    Act.PLAN: frozenset({OWNER, ADMIN, LEAD}),
    Act.WORK: frozenset({OWNER, ADMIN, LEAD, MEMBER}),
    Act.SEE_ALL_TEAMS: frozenset({OWNER, ADMIN, VIEWER}),
    Act.BUILD_REPORT: frozenset({OWNER, ADMIN, LEAD, MEMBER}),
    Act.SHARE_REPORT: frozenset({OWNER, ADMIN, LEAD}),
    Act.ADD_FINDINGS: frozenset({OWNER, ADMIN, LEAD}),
}

REASONS = {
    Act.SEE: _("You don't belong to this organization or team."),
    Act.CHANGE_ORGANIZATION: _("Only owners and administrators may change the organization."),
    Act.MANAGE_OWNERS: _("Only owners may make or unmake owners."),
    Act.REQUIRE_SECOND_FACTOR: _("Only owners decide whether everybody needs a second factor."),
    Act.MANAGE_PEOPLE: _("Only owners and administrators may manage people and invitations."),
    Act.MANAGE_TEAM_PEOPLE: _("Only the team's lead, owners and administrators may manage the team's people."),
    Act.ERASE_PEOPLE: _("Only owners may export or erase what is known about a person."),
    Act.SEE_AUDIT: _("Only owners and administrators may see the audit trail."),
    Act.CREATE_TEAM: _("Only owners and administrators may create, archive and restore teams."),
    Act.CHANGE_TEAM: _("Only owners, administrators and the team's lead may change the team."),
    Act.ANSWER: _("Viewers may read but not answer."),
    Act.ANSWER_FOR_ORGANIZATION: _("Only owners and administrators may answer for the organization."),
    Act.RUN_ASSESSMENT: _("Only the team's lead, owners and administrators may open or close an assessment."),
    Act.SEE_SINGLE_ANSWERS: _("Only the team's lead, owners and administrators see who answered what."),
    Act.PLAN: _("Only the team's lead, owners and administrators may change the roadmap."),
    Act.WORK: _("Viewers may read how the work goes but not change it."),
    Act.SEE_ALL_TEAMS: _("Only people who may see every team may see reports about all of them."),
    Act.BUILD_REPORT: _("Viewers may download reports but not ask for new ones."),
    Act.SHARE_REPORT: _("Only the team's lead, owners and administrators may share reports."),
    Act.ADD_FINDINGS: _("Only the team's lead, owners and administrators may add findings to reports."),
}

# Whoever gives or takes a role needs this in the place of the role.
ACT_OF_GIVING: dict[Role, Act] = {
    OWNER: Act.MANAGE_OWNERS,
    ADMIN: Act.MANAGE_PEOPLE,
    LEAD: Act.MANAGE_PEOPLE,
    MEMBER: Act.MANAGE_TEAM_PEOPLE,
    VIEWER: Act.MANAGE_TEAM_PEOPLE,
}

ROLE_EXPLANATIONS = {
    OWNER: _("Everything an administrator may do, and decides who else is an owner."),
    ADMIN: _("Manages teams, people and settings, sees the audit trail, and reads and answers for every team."),
    LEAD: _(
        "Invites one team's members and viewers, opens and closes its assessments, answers, and plans its roadmap."
    ),
    MEMBER: _("Answers the questions of one team and reads its results."),
    VIEWER: _("Reads results, roadmaps and reports, of one team or of all, and changes nothing."),
}


class NotAllowed(PermissionDenied):
    """A role doesn't allow an act; its text is the reason that the person reads."""


def roles_of(user: User, place: Organization | Team) -> frozenset[Role]:
    """The person's roles that count in a place: organization-wide ones, and in a team also those in this team."""
    if isinstance(place, Team):
        here = Q(organization=place.organization_id) & (Q(team=None) | Q(team=place))
    else:
        here = Q(organization=place, team=None)
    return frozenset(Role(role) for role in user.memberships.filter(here).values_list("role", flat=True))


def user_can(user: User, act: Act, place: Organization | Team) -> bool:
    """Whether one of the person's roles in the place allows the act."""
    return not ROLES_FOR[act].isdisjoint(roles_of(user, place))


def check_user_can(user: User, act: Act, place: Organization | Team) -> None:
    """Raise NotAllowed with the reason when none of the person's roles in the place allows the act."""
    if not user_can(user, act, place):
        raise NotAllowed(str(REASONS[act]))


def roles_that_user_can_give(user: User, place: Organization | Team) -> list[Role]:
    """The roles that the person may give and take in a place, from owner to viewer; in a team those of a team."""
    own, misplaced = roles_of(user, place), ORGANIZATION_ROLES if isinstance(place, Team) else ()
    return [role for role in Role if role not in misplaced and not own.isdisjoint(ROLES_FOR[ACT_OF_GIVING[role]])]


def check_user_can_give(user: User, role: str, place: Organization | Team) -> None:
    """Raise NotAllowed with the reason when the person may not give or take this role in the place."""
    check_user_can(user, ACT_OF_GIVING[Role(role)], place)


def teams_where_user_can(user: User, act: Act, organization: Organization) -> QuerySet[Team]:
    """The organization's teams in which one of the person's roles allows the act."""
    roles = user.memberships.filter(organization=organization, role__in=ROLES_FOR[act])
    if roles.filter(team=None).exists():
        return organization.teams.all()
    return organization.teams.filter(pk__in=roles.values("team"))


def people_who_can(act: Act, team: Team) -> QuerySet[User]:
    """Everybody who has an account that works and a role in the team, or in its organization, that allows the act."""
    roles = Membership.objects.seeing(team).filter(role__in=ROLES_FOR[act])
    return User.objects.filter(pk__in=roles.values("user"))


def organizations_where_user_can(user: User, act: Act) -> QuerySet:
    """The ids of the organizations in which a role in the whole of it allows the person the act."""
    roles = user.memberships.filter(team=None, role__in=ROLES_FOR[act])
    return roles.values_list("organization", flat=True)


def user_can_create_organization(user: User) -> bool:
    """Whoever belongs to none yet, or owns one, may create an organization: people who were invited may not."""
    return not user.memberships.exists() or user.memberships.filter(role=OWNER).exists()


def check_user_can_create_organization(user: User) -> None:
    """Raise NotAllowed unless `user_can_create_organization`."""
    if not user_can_create_organization(user):
        raise NotAllowed(gettext("Only owners may create a further organization."))
