"""What came of a team's quarter, entered and corrected."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from assessment.actions.refusals import OutcomeConflict
from assessment.models import Outcome
from organizations.audit import record
from organizations.models import Team, User


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """The numbers as somebody enters them; None where nobody knows it. Units as in `Outcome`."""

    lead_time: Decimal | None = None
    failed_share: Decimal | None = None
    customer_errors: int | None = None
    rescue_hours: Decimal | None = None

    @classmethod
    def of(cls, outcome: Outcome) -> OutcomeEntry:
        return cls(**{field.name: getattr(outcome, field.name) for field in fields(cls)})


@transaction.atomic
def save_outcome(*, user: User, team: Team, period: str, entry: OutcomeEntry, version: int, now: datetime) -> Outcome:
    """Save the numbers of a quarter; `version` is the one that they replace, 0 for the first.

    Raises OutcomeConflict when somebody else saved other numbers first; the same numbers once more change nothing.
    """
    current = Outcome.objects.select_for_update(of=("self",)).filter(team=team, period=period).first()
    if current and OutcomeEntry.of(current) == entry:
        return current
    if (current.version if current else 0) != version:
        raise OutcomeConflict(current)
    before = OutcomeEntry.of(current) if current else OutcomeEntry()
    saved = current or Outcome(team=team, period=period, version=0)
    for field in fields(entry):
        setattr(saved, field.name, getattr(entry, field.name))
    saved.version += 1
    saved.updated_by, saved.updated_by_name, saved.updated_at = user, str(user)[:120], now
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        if current:
            raise
        raise OutcomeConflict(Outcome.objects.filter(team=team, period=period).first()) from error
    record(
        organization=team.organization,
        actor=user,
        action=gettext_noop("outcome numbers saved"),
        subject=f"{team} {period}",
        now=now,
        before=_plain(before),
        after=_plain(entry),
    )
    return saved


def _plain(entry: OutcomeEntry) -> dict[str, str | None]:
    """The numbers as text, exactly as they were entered."""
    values = ((field.name, getattr(entry, field.name)) for field in fields(entry))
    return {name: None if value is None else str(value) for name, value in values}
