"""Sessions and second factors as what a template prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from organizations.models import Membership, Organization, User
from organizations.querysets import SECOND_FACTORS

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SessionRow:
    """A session of the reader: `browser` such as "Firefox, Linux", `ip` where it began, and whether it is this one."""

    pk: int
    browser: str
    ip: str
    since: datetime
    is_current: bool


def session_rows(user: User, key: str | None, now: datetime) -> list[SessionRow]:
    """The person's sessions that still hold, this one first, then the newest. One query."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    rows = UserSession.objects.filter(Exists(alive), user=user).order_by("-created_at", "-pk")
    found = [
        SessionRow(row.pk, browser_of(row.user_agent), row.ip, row.created_at, row.session_key == key) for row in rows
    ]
    return sorted(found, key=lambda row: not row.is_current)


def browser_of(user_agent: str) -> str:
    """The browser and the system that a user agent names; what it says itself, shortened, when neither is known."""
    names = [
        next((name for sign, name in known if re.search(rf"\b{sign}", user_agent)), "") for known in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, names)) or user_agent[:60]


@dataclass(frozen=True)
class PersonRow:
    """Somebody of the organization, and whether they have a second factor."""

    name: str
    email: str
    has_second_factor: bool


def second_factor_rows(organization: Organization) -> list[PersonRow]:
    """Everybody in the organization, those without a second factor first. One query."""
    member = Membership.objects.filter(user=OuterRef("pk"), organization=organization)
    factor = User.objects.filter(pk=OuterRef("pk"), authenticator__type__in=SECOND_FACTORS)
    people = User.objects.filter(Exists(member)).annotate(safe=Exists(factor)).order_by("safe", "name", "email", "pk")
    return [PersonRow(str(user), user.email, user.safe) for user in people]
