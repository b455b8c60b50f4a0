"""Which questions a team is asked to answer anew: written when an initiative is marked done or isn't after all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from assessment.models import Reconfirmation
from organizations.models import Team


@transaction.atomic
def ask_anew(
    *, user, team: Team, initiative: str, name: str, questions: Iterable[str], evidence: str, now: datetime
) -> None:
    """Ask the team to answer these questions anew, since the initiative was marked done with this evidence.

    Answers stay as they are. The act itself is in the audit trail of whoever marks the initiative.
    """
    for key in questions:
        Reconfirmation.objects.update_or_create(
            team=team,
            question_key=key,
            initiative=initiative,
            defaults={
                "name": name,
                "evidence": evidence,
                "marked_by": user,
                "marked_by_name": str(user)[:120],
                "marked_at": now,
            },
        )


@transaction.atomic
def stop_asking(*, team: Team, initiative: str) -> None:
    """Ask no more on account of this initiative: it isn't done after all."""
    Reconfirmation.objects.filter(team=team, initiative=initiative).delete()
