"""What is checked of each person who is signed in, without a query: both answers lie on the person's own row."""

from __future__ import annotations

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from organizations.models import User
from organizations.sign_in.actions import hash_of_session

PROBES = ("/healthz", "/readyz", "/metrics")
OPEN_WHILE_DUE = {"account", "set_language", "second-factor-due", "sessions", "session-end", "sessions-end-others"}
"""Besides everything under /accounts/: routes open to somebody who still owes a second factor."""


class EndedSessionMiddleware:
    """Sign out a session that has ended, even if a cache that was away at that time still holds a copy of it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path not in PROBES and request.user.is_authenticated:
            ended = request.user.ended_sessions
            if ended and hash_of_session(request.session.session_key or "") in ended:
                logout(request)
        return self.get_response(request)


class SecondFactorDueMiddleware:
    """Lead whoever owes a second factor to the page that says so, until they have one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        user, match = getattr(request, "user", None), request.resolver_match
        if request.path in PROBES or user is None or not user.is_authenticated or not user.second_factor_due:
            return None
        if match.url_name in OPEN_WHILE_DUE or match.route.startswith("accounts/"):
            return None
        if is_satisfied(request) or not User.objects.lacking_second_factor().filter(pk=user.pk).exists():
            return None
        if request.method in ("GET", "HEAD"):
            return redirect("second-factor-due")
        raise PermissionDenied(_("Your organization asks for a second factor. Set one up to go on."))


def is_satisfied(request) -> bool:
    """Whether this session began at a provider of identities that asks for a second factor itself."""
    records = get_authentication_records(request, request.user)
    return settings.PROVIDER_ASKS_SECOND_FACTOR and any(one["method"] == "socialaccount" for one in records)
