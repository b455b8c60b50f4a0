"""Pages of signing in that are not allauth's: the one-time link, sessions, what an organization asks for."""

from __future__ import annotations

import ipaddress
import logging
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.utils import perform_login
from allauth.socialaccount.providers.openid_connect.views import login as begin_at_provider
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from organizations import actions as organization_actions
from organizations.models import Organization, User
from organizations.permissions import Act, check_user_can, user_can
from organizations.sign_in import actions
from organizations.sign_in.forms import SecondFactorPolicyForm
from organizations.sign_in.presenters import second_factor_rows, session_rows

log = logging.getLogger("organizations.sign_in")


def sign_in(request: HttpRequest, user: User, then: str | None = None) -> HttpResponse:
    """Sign somebody in as allauth does: through the second factor, if they have one, with a session that is listed."""
    if request.user.is_authenticated:
        logout(request)
    return perform_login(request, user, redirect_url=then)


@never_cache
@require_http_methods(["GET", "POST"])
def login_link(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        if request.method == "GET" and not is_on_this_machine(request):
            user = organization_actions.open_login_link(token=token, now=now)
            return render(request, "organizations/login_link.html", {"person": user})
        user = organization_actions.use_login_link(token=token, now=now)
    except organization_actions.LoginLinkNotOpen:
        return render(request, "organizations/login_link_not_open.html", status=404)
    response = sign_in(request, user)
    response["Referrer-Policy"] = "no-referrer"
    return response


def is_on_this_machine(request: HttpRequest) -> bool:
    """Whether a link was made for this machine alone and is opened on it: then no scanner of mail can use it up."""
    return is_loopback(urlsplit(settings.BASE_URL).hostname) and is_loopback(get_adapter().get_client_ip(request))


def is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


@never_cache
@require_POST
def provider(request: HttpRequest) -> HttpResponse:
    """Send somebody to the provider of identities, by a page: the content policy forbids forms that lead elsewhere."""
    try:
        response = begin_at_provider(request, "oidc")
    except (RequestException, LookupError) as error:  # it is away, or says something else than a provider does
        log.warning("The provider of identities can't be asked: %s: %s", type(error).__name__, error)
        return render(request, "socialaccount/authentication_error.html", status=401)
    if response.status_code != 302:
        return response
    page = render(request, "account/provider.html", {"address": response.url})
    page["Refresh"] = f"0; url={response.url}"
    return page


# --- sessions ---------------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    rows = session_rows(request.user, request.session.session_key, timezone.now())
    return render(request, "organizations/sessions.html", {"rows": rows, "others": any(not r.is_current for r in rows)})


@login_required
@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    session = get_object_or_404(UserSession.objects.filter(user=request.user), pk=session_id)
    actions.end_session(session=session, now=timezone.now())
    messages.success(request, _("The session is ended."))
    return redirect("sessions")


@login_required
@require_POST
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    ended = actions.end_other_sessions(user=request.user, key=request.session.session_key, now=timezone.now())
    text = ngettext("%(count)s other session is ended.", "%(count)s other sessions are ended.", ended)
    messages.success(request, text % {"count": ended})
    return redirect("sessions")


# --- second factors ---------------------------------------------------------------------------------------------------


@login_required
@never_cache
@require_safe
def second_factor_due(request: HttpRequest) -> HttpResponse:
    if not User.objects.lacking_second_factor().filter(pk=request.user.pk).exists():
        return redirect("home")
    asking = Organization.objects.for_user(request.user).filter(second_factor_required=True).by_name()
    return render(request, "organizations/second_factor_due.html", {"asking": list(asking)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def organization_security(request: HttpRequest, organization_id: int) -> HttpResponse:
    organization = get_object_or_404(Organization.objects.for_user(request.user), pk=organization_id)
    check_user_can(request.user, Act.MANAGE_PEOPLE, organization)
    if request.method == "POST":
        return _change_policy(request, organization)
    return _security_page(request, organization, SecondFactorPolicyForm(initial=_policy(organization)))


def _change_policy(request: HttpRequest, organization: Organization) -> HttpResponse:
    check_user_can(request.user, Act.REQUIRE_SECOND_FACTOR, organization)
    form = SecondFactorPolicyForm(request.POST)
    if form.is_valid():
        try:
            actions.require_second_factor(
                organization=organization, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
            messages.success(request, _("Saved."))
            return redirect("organization-security", organization.pk)
        except organization_actions.Refused as refusal:
            form.add_error(None, str(refusal))
    return _security_page(request, organization, form)


def _policy(organization: Organization) -> dict[str, bool]:
    return {"required": organization.second_factor_required}


def _security_page(request: HttpRequest, organization: Organization, form) -> HttpResponse:
    context = {
        "organization": organization,
        "form": form,
        "rows": second_factor_rows(organization),
        "may_change": user_can(request.user, Act.REQUIRE_SECOND_FACTOR, organization),
    }
    return render(request, "organizations/organization_security.html", context)
