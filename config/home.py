"""What the home page shows a person: what waits for them, their teams, what moved where they see several teams."""

from __future__ import annotations

from collections.abc import Sequence

from assessment import overview
from organizations.models import Organization, Team
from organizations.permissions import Act, organizations_where_user_can, user_can_create_organization

MOST_TEAMS = 50
"""So many teams of one person stand on the page; of more there are the first of each organization, and their own."""
FIRST_TEAMS = 25


def build(user) -> dict:
    """Organizations with their teams and the latest results, in a fixed number of queries for any number of them."""
    organizations = list(Organization.objects.for_user(user).by_name())
    teams, own, cut = _teams(user, organizations)
    answers_for = set(organizations_where_user_can(user, Act.ANSWER_FOR_ORGANIZATION))
    lines = overview.lines(user, list({team.pk: team for team in (*teams, *own)}.values()))
    shown = {team.pk for team in teams}
    summaries = overview.summaries_of(user, cut) if cut else {}
    groups = [
        {
            "organization": organization,
            "may_answer_for": organization.pk in answers_for,
            "lines": [line for line in lines if line.team.organization_id == organization.pk and line.team.pk in shown],
            "has_more": organization.pk in cut,
        }
        for organization in organizations
    ]
    adds_to = (
        set() if all(group["lines"] for group in groups) else set(organizations_where_user_can(user, Act.CREATE_TEAM))
    )
    for group in groups:
        group["may_add_team"] = group["organization"].pk in adds_to
        summary = summaries.get(group["organization"].pk)
        group["summary"] = summary or (None if group["has_more"] else overview.summarise(group["lines"]))
    return {
        "groups": groups,
        "waiting": [line for line in lines if line.open and line.open_for_user],
        "may_create": user_can_create_organization(user),
    }


def _teams(user, organizations: Sequence[Organization]) -> tuple[list[Team], list[Team], set[int]]:
    """The teams to show, those in which the person has a role, and the organizations that have more to show."""
    visible = Team.objects.for_user(user).active()
    few = list(visible.order_by()[: MOST_TEAMS + 1])
    if len(few) <= MOST_TEAMS:
        return sorted(few, key=lambda team: (team.name, team.pk)), [], set()
    own = list(visible.filter(pk__in=user.memberships.values("team")).by_name()[:MOST_TEAMS])
    numbers = [organization.pk for organization in organizations]
    found: dict[int, list[Team]] = {number: [] for number in numbers}
    for team in visible.first_of_each(numbers, FIRST_TEAMS + 1):
        found[team.organization_id].append(team)
    teams = [team for of_one in found.values() for team in of_one[:FIRST_TEAMS]]
    return teams, own, {number for number, of_one in found.items() if len(of_one) > FIRST_TEAMS}
