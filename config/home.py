"""What the home page shows a person: what waits for them, their teams, what moved where they see several teams."""

from __future__ import annotations

from assessment import overview
from organizations.models import Organization, Team
from organizations.permissions import organizations_to_answer_for, user_can_create_organization


def build(user) -> dict:
    """Organizations with their teams and the latest results, in a fixed number of queries."""
    organizations = list(Organization.objects.for_user(user).by_name())
    teams = list(Team.objects.for_user(user).active().by_name())
    answers_for = organizations_to_answer_for(user)
    lines = overview.lines(user, teams)
    groups = [
        {
            "organization": organization,
            "may_answer_for": organization.pk in answers_for,
            "lines": [line for line in lines if line.team.organization_id == organization.pk],
        }
        for organization in organizations
    ]
    for group in groups:
        group["summary"] = overview.summarise(group["lines"])
    return {
        "groups": groups,
        "waiting": [line for line in lines if line.open and line.open_for_user],
        "may_create": user_can_create_organization(user),
    }
