"""Who may read which report: a consultant's holds everything that was typed, the others what everybody may see."""

from __future__ import annotations

from django.db.models import QuerySet

from organizations.models import Team, User
from organizations.permissions import Act, check_user_can, people_who_can, user_can
from reports.briefing.audiences import AUDIENCES, CONSULTANT

NEEDED_FOR = {CONSULTANT: Act.SEE_SINGLE_ANSWERS}
"""What a person must be allowed beyond seeing the team, to see reports for some readers."""


def may_read(user: User, audience: str, team: Team) -> bool:
    """Whether a person who may see the team may see its reports for such readers."""
    return audience not in NEEDED_FOR or user_can(user, NEEDED_FOR[audience], team)


def check_may_read(user: User, audience: str, team: Team) -> None:
    """Raise NotAllowed with the reason where `may_read` says no."""
    if audience in NEEDED_FOR:
        check_user_can(user, NEEDED_FOR[audience], team)


def audiences_for(user: User, team: Team) -> tuple[str, ...]:
    """For whom a person who may see the team may see its reports."""
    return tuple(audience for audience in AUDIENCES if may_read(user, audience, team))


def readers_of(audience: str, team: Team) -> QuerySet[User]:
    """Everybody who may see reports of the team for such readers."""
    return people_who_can(NEEDED_FOR.get(audience, Act.SEE), team)
