"""Everything that the product knows by and about one person, as plain data for a JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q, QuerySet

from assessment.models import Assessment
from config.personal.traces import (
    SECRETS,
    Link,
    Person,
    links,
    organizations_of,
)
from organizations.models import Organization, User

SHARED_MODES = (Assessment.Mode.SINGLE, Assessment.Mode.CONSENSUS)
LATER_MODES = (Assessment.Mode.NAMED,)
VISIBLE_MODES = SHARED_MODES + LATER_MODES
"""Modes in which an owner sees who answered what: at once, or after closing. Others are nobody's business."""


def export(user: User, *, now: datetime, organization: Organization | None = None) -> dict[str, Any]:
    """Rows by model and by what they have to do with the person; secrets are left out.

    With an organization only its data are in it, as its owner may see them: no sheet that nobody else sees yet, and
    nothing of the account itself but name and address.
    """
    person, places = Person(user), [organization] if organization else list(organizations_of(user))
    data = {link.label: [_row(row) for row in rows] for link in links() if (rows := _rows(link, user, organization))}
    for place in places:
        _extend(data, "organizations.Invitation.email", person.invitations(place))
        _extend(data, "organizations.AuditEvent.subject", person.events_about(place))
    modes = VISIBLE_MODES if organization else Assessment.Mode.values
    sheets = [sheet for place in places for sheet in _frozen(person, place, modes)]
    return {
        "product": f"DataOps Ladder {settings.VERSION}",
        "made_at": now,
        "person": {"email": user.email, "name": user.name} if organization else _row(user),
        "organizations": [{"id": place.pk, "name": place.name} for place in places],
        "rows": {label: rows for label, rows in data.items() if rows},
        "frozen_answers": sheets,
    }


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def _rows(link: Link, user: User, organization: Organization | None) -> QuerySet | list:
    rows = link.rows(user, organization)
    if organization is None:
        return rows
    return rows.filter(_visible(link.assessment)) if link.path else []


def _visible(assessment: str | None) -> Q:
    """What an owner may see of an assessment: the team's shared sheet, and the sheets of each person after closing."""
    if assessment is None:
        return Q()
    shared = Q(**{f"{assessment}__mode__in": SHARED_MODES})
    closed = Q(**{f"{assessment}__mode__in": LATER_MODES, f"{assessment}__closed_at__isnull": False})
    return shared | closed


def _extend(data: dict[str, list], label: str, rows: QuerySet) -> None:
    data[label] = data.get(label, []) + [_row(row) for row in rows]


def _row(row: Any) -> dict[str, Any]:
    """A row's fields by name, without secrets. Frozen results come apart in `frozen_answers`."""
    label = row._meta.label
    return {
        field.name: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if field.name not in SECRETS and f"{label}.{field.name}" not in SECRETS
    }


def _frozen(person: Person, place: Organization, modes: Sequence[str]) -> list[dict[str, Any]]:
    """What the results of closed assessments keep of the person: own sheets, and answers typed on shared ones."""
    found = []
    for result in person.results(place).filter(mode__in=modes).iterator(chunk_size=20):
        for sheet in result.answers.get("respondents", []):
            own = sheet.get("user") == person.user.pk
            typed = sheet["answers"] | sheet.get("set_aside", {})
            answers = {key: said for key, said in typed.items() if own or said.get("by") in person.names}
            if answers:
                where = {"result": result.pk, "team": result.team_name, "period": result.period}
                found.append(where | {"own_sheet": own, "answers": answers})
    return found
