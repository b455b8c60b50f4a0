"""Pages of personal data: one's own, and those of a member for the owners of the organization."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.personal.erasure import PSEUDONYM, consequences, erase
from config.personal.export import as_json, export
from config.personal.forms import ErasureForm
from organizations import audit
from organizations.actions import LastOwner
from organizations.models import Membership, Organization, User
from organizations.permissions import Act, check_user_can


def member_for(user: User, organization_id: int, membership_id: int) -> Membership:
    """A role in an organization whose people the person may export and erase. Raises Http404, NotAllowed."""
    organization = get_object_or_404(Organization.objects.for_user(user), pk=organization_id)
    check_user_can(user, Act.ERASE_PEOPLE, organization)
    return get_object_or_404(organization.memberships.with_people().select_related("organization"), pk=membership_id)


def _download(data: dict, user: User) -> HttpResponse:
    response = HttpResponse(as_json(data), content_type="application/json; charset=utf-8")
    name = slugify(user.email.partition("@")[0]) or "person"
    response["Content-Disposition"] = f'attachment; filename="personal-data-{name}.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@never_cache
@require_safe
def account_data(request: HttpRequest) -> HttpResponse:
    """Everything by and about oneself, as a file."""
    return _download(export(request.user, now=timezone.now()), request.user)


@login_required
@never_cache
@require_POST
def member_data(request: HttpRequest, organization_id: int, membership_id: int) -> HttpResponse:
    """What the organization's data say by and about a member, as a file. That it was taken is recorded."""
    membership = member_for(request.user, organization_id, membership_id)
    organization, now = membership.organization, timezone.now()
    audit.record(
        organization=organization,
        actor=request.user,
        action=gettext_noop("personal data exported"),
        subject=str(membership.user),
        now=now,
    )
    return _download(export(membership.user, now=now, organization=organization), membership.user)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_erase(request: HttpRequest) -> HttpResponse:
    """Erase oneself: what that means, and a form that asks for the address."""
    form = ErasureForm(request.POST or None, wanted=request.user.email)
    if form.is_valid() and _erased(form, request.user, request.user):
        logout(request)
        messages.success(request, _("Your account and your name are erased."))
        return redirect("home")
    return _page(request, form, request.user)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def member_erase(request: HttpRequest, organization_id: int, membership_id: int) -> HttpResponse:
    """Take a member out of the organization's data: what that means, and a form that asks for the address."""
    membership = member_for(request.user, organization_id, membership_id)
    organization, user = membership.organization, membership.user
    form = ErasureForm(request.POST or None, wanted=user.email)
    if form.is_valid() and _erased(form, user, request.user, organization):
        if user == request.user:
            return redirect("home")
        messages.success(request, _("The person is erased from the data of this organization."))
        return redirect("people", organization.pk)
    return _page(request, form, user, organization)


def _erased(form: ErasureForm, user: User, actor: User, organization: Organization | None = None) -> bool:
    """Erase the person; where the facts forbid it the reason is among the form's errors."""
    try:
        erase(user=user, actor=actor, organization=organization, now=timezone.now())
    except LastOwner as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _page(
    request: HttpRequest, form: ErasureForm, user: User, organization: Organization | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "person": user,
        "organization": organization,
        "is_oneself": user == request.user and organization is None,
        "consequences": consequences(user, organization),
        "pseudonym": _(PSEUDONYM),
    }
    return render(request, "personal/erase.html", context, status=422 if form.errors else 200)
