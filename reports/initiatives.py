"""Every write of a team's own initiatives: keyword-only, atomic, with the audit row in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from manifesto.definitions import Framework
from organizations.audit import record
from organizations.models import Team, User
from reports.models import TeamInitiative
from reports.plans import as_planned
from reports.roadmap.own import OwnFault, own_faults

MOST_INITIATIVES = 60


class InitiativeConflict(Exception):
    """Somebody changed or removed the initiative first; `current` is what stands, None when it was removed."""

    def __init__(self, current: TeamInitiative | None) -> None:
        self.current = current
        super().__init__("the initiative was changed meanwhile")


class FaultyInitiative(Exception):
    """The initiative breaks the rules of the catalogue; `faults` name each one."""

    def __init__(self, faults: tuple[OwnFault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.field}: {fault.kind} {fault.subject}" for fault in faults))


class TooManyInitiatives(Exception):
    """A team has at most MOST_INITIATIVES of its own."""


class InitiativeNeeded(Exception):
    """Other initiatives of the team need this one; `by` are their ids."""

    def __init__(self, by: list[str]) -> None:
        self.by = by
        super().__init__(", ".join(by))


@dataclass(frozen=True, slots=True)
class InitiativeEntry:
    """What one save says: the fields of `TeamInitiative` that a person may set, lifts as "1/2" by question."""

    name: str
    done_when: str
    effort: Decimal
    cap: Decimal
    lifts: dict[str, str]
    first_step: str = ""
    prerequisites: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@transaction.atomic
def add_initiative(
    *, user: User, team: Team, framework: Framework, entry: InitiativeEntry, now: datetime
) -> TeamInitiative:
    """A further initiative of the team's own, under a number that was never used.

    Raises FaultyInitiative where it doesn't fit the framework or the team's others, TooManyInitiatives.
    """
    Team.objects.select_for_update(of=("self",), no_key=True).get(pk=team.pk)
    if TeamInitiative.objects.of_team(team).count() >= MOST_INITIATIVES:
        raise TooManyInitiatives
    last = TeamInitiative.objects.filter(team=team).aggregate(last=Max("number"))["last"]
    row = TeamInitiative(team=team, number=(last or 0) + 1, version=0)
    _write(row, entry, framework, user, now)
    _record(row, gettext_noop("initiative added"), user, now)
    return row


@transaction.atomic
def change_initiative(
    *,
    user: User,
    initiative: TeamInitiative,
    version: int,
    framework: Framework,
    entry: InitiativeEntry,
    now: datetime,
) -> TeamInitiative:
    """Save what the person says in place of `version`. Raises InitiativeConflict, FaultyInitiative."""
    row = _locked(initiative, version)
    before = {name: getattr(row, name) for name in InitiativeEntry.__slots__}
    changed = [name for name, value in entry.as_dict().items() if before[name] != value]
    if changed:
        _write(row, entry, framework, user, now)
        _record(row, gettext_noop("initiative changed"), user, now, changed=changed)
    return row


@transaction.atomic
def remove_initiative(*, user: User, initiative: TeamInitiative, version: int, now: datetime) -> None:
    """Offer the initiative no more; adopted plans keep it as it was. Raises InitiativeConflict, InitiativeNeeded."""
    row = _locked(initiative, version)
    others = TeamInitiative.objects.of_team(row.team_id).exclude(pk=row.pk)
    if needing := [other.key for other in others if row.key in other.prerequisites]:
        raise InitiativeNeeded(needing)
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    _record(row, gettext_noop("initiative removed"), user, now)


def _locked(initiative: TeamInitiative, version: int) -> TeamInitiative:
    """The row as it stands, locked with its team, so that two people can't close a cycle together."""
    Team.objects.select_for_update(of=("self",), no_key=True).get(pk=initiative.team_id)
    row = TeamInitiative.objects.of_team(initiative.team_id).filter(pk=initiative.pk).first()
    if row is None or row.version != version:
        raise InitiativeConflict(row)
    return row


def _write(row: TeamInitiative, entry: InitiativeEntry, framework: Framework, user: User, now: datetime) -> None:
    for name, value in entry.as_dict().items():
        setattr(row, name, value)
    others = [as_planned(other) for other in TeamInitiative.objects.of_team(row.team_id).exclude(pk=row.pk)]
    if faults := own_faults(framework, as_planned(row), others):
        raise FaultyInitiative(faults)
    row.version, row.updated_by, row.updated_at = row.version + 1, user, now
    row.save()


def _record(row: TeamInitiative, action: str, user: User, now: datetime, **detail) -> None:
    record(
        organization=row.team.organization,
        actor=user,
        action=action,
        subject=f"{row.team}: {row}",
        now=now,
        team=row.team_id,
        initiative=row.key,
        **detail,
    )
