"""How often something may be asked for: one table of routes, counted in the cache per person, else per address.

Limits of passwords and codes are allauth's (settings.ACCOUNT_RATE_LIMITS). While Redis is away nothing is counted and
nobody is held up: a product that can't count must not stop people from saving. docs/operations.md says what that means.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core.cache import cache

ALL = frozenset({"GET", "POST"})
WRITES = frozenset({"POST"})
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Limit:
    """At most `number` requests of these methods within `seconds`."""

    number: int
    seconds: int
    methods: frozenset[str] = ALL


SAVING = Limit(300, MINUTE, WRITES)  # five a second: more than anybody clicks, enough for a queue after a tunnel
EXPORTING = Limit(60, MINUTE)
BUILDING = Limit(30, HOUR, WRITES)  # each costs a worker some seconds
INVITING = Limit(60, HOUR, WRITES)
OPENING = Limit(30, MINUTE)  # links with secrets, which might be guessed
FOUNDING = Limit(120, HOUR, WRITES)

LIMITS: dict[str, Limit] = {
    "save-answer": SAVING,
    "section": SAVING,
    "check-evidence": SAVING,
    "organization-answers": SAVING,
    "project": SAVING,
    "project-new": SAVING,
    "results.csv": EXPORTING,
    "answers.csv": EXPORTING,
    "answers.xlsx": EXPORTING,
    "result-module.csv": EXPORTING,
    "result-module.xlsx": EXPORTING,
    "account-data": EXPORTING,
    "member-data": EXPORTING,
    "result-challenges.csv": EXPORTING,
    "dashboard.csv": EXPORTING,
    "dashboard-subject.csv": EXPORTING,
    "dashboard.xlsx": EXPORTING,
    "results.xlsx": EXPORTING,
    "outcomes.csv": EXPORTING,
    "roadmap-file": EXPORTING,
    "plan-file": EXPORTING,
    "report-file": EXPORTING,
    "report-interactive": EXPORTING,
    "organization-report-file": EXPORTING,
    "reports": BUILDING,
    "retry-report": BUILDING,
    "organization-reports": BUILDING,
    "best-plan": BUILDING,
    "people": INVITING,
    "team-people": INVITING,
    "invitation": OPENING,
    "login-link": OPENING,
    "shared": OPENING,
    "provider": OPENING,
    "openid_connect_callback": OPENING,
    "account_confirm_email": OPENING,
    "account_reset_password_from_key": OPENING,
    "organization-new": FOUNDING,
    "team-new": FOUNDING,
    "start-assessment": FOUNDING,
}


class LimitsMiddleware:
    """Answer 429, with the seconds to wait, to whoever goes over the limit of a route."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        name = request.resolver_match.url_name
        limit = LIMITS.get(name) if settings.RATE_LIMITS else None
        if limit is None or request.method not in limit.methods:
            return None
        now = time.time()
        if count(f"{name}:{who(request)}", limit.seconds, now) <= limit.number:
            return None
        response = respond_429(request)
        response["Retry-After"] = str(limit.seconds - int(now) % limit.seconds)
        return response


def who(request) -> str:
    """The person, so that colleagues behind one address don't share a limit; of strangers the address."""
    if request.user.is_authenticated:
        return f"person-{request.user.pk}"
    return truncate_ip(get_adapter().get_client_ip(request))


def count(key: str, seconds: int, now: float) -> int:
    """How often the key was counted in its present window of so many seconds, this time included; 1 without a cache."""
    key = f"limit:{key}:{int(now) // seconds}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it went between the two
        return 1
