"""What is checked of each person who is signed in, without a query: both answers lie on the person's own row."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, suspend_request
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

CONFIRMED = {"account-data", "account-erase", "member-data", "member-erase", "organization-security"}
"""Routes that ask "Is it you?" before they act: what leaves the product with a person, or can't be undone."""


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


class ConfirmMiddleware:
    """Ask whoever sits there to show again who they are, unless they did within a quarter of an hour.

    A form that was sent goes on after that. allauth asks by itself before second factors are changed.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        name = request.resolver_match.url_name
        if name not in CONFIRMED or not request.user.is_authenticated:
            return None
        if request.method != "POST" and name != "account-data":  # reading what an act would mean is no act
            return None
        ways = get_adapter().get_reauthentication_methods(request.user)
        if not ways or did_recently_reauthenticate(request):
            return None
        return suspend_request(request, ways[0]["url"])


def is_satisfied(request) -> bool:
    """Whether this session began at a provider of identities that asks for a second factor itself."""
    records = get_authentication_records(request, request.user)
    return settings.PROVIDER_ASKS_SECOND_FACTOR and any(one["method"] == "socialaccount" for one in records)
