"""Pages of organizations, teams, people, invitations and one's own account. Access, parse, one call, render."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form, model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organizations import actions
from organizations.forms import (
    AccountForm,
    InvitationForm,
    NewPersonForm,
    OrganizationForm,
    OrganizationSettingsForm,
    RoleForm,
    TeamForm,
)
from organizations.models import Invitation, Membership, Organization, Team, User
from organizations.permissions import (
    Act,
    check_user_can,
    check_user_can_create_organization,
    check_user_can_give,
    user_can,
)
from organizations.presenters import (
    audit_page,
    invitation_rows,
    people_by_role,
    role_explanations,
    team_page,
)
from organizations.sign_in.views import sign_in

form_page = require_http_methods(["GET", "HEAD", "POST"])


def attempt(form: Form, action, **arguments):
    """What the action returns (True for nothing), or None with the reason among the form's errors when it refuses."""
    try:
        return action(**arguments, now=timezone.now()) or True
    except actions.Refused as refusal:
        form.add_error(None, str(refusal))
        return None


def link_of(name: str, token: str) -> str:
    """The full address of a link that is handed to somebody."""
    return settings.BASE_URL + reverse(name, args=[token])


# --- organizations ----------------------------------------------------------------------------------------------------


@login_required
@form_page
def organization_new(request: HttpRequest) -> HttpResponse:
    check_user_can_create_organization(request.user)
    defaults = {"language": get_language(), "time_zone": request.user.time_zone}
    form = OrganizationForm(request.POST or None, initial=defaults)
    if form.is_valid() and (
        organization := attempt(form, actions.create_organization, actor=request.user, **form.cleaned_data)
    ):
        return redirect("organization", organization.pk)
    return render(request, "organizations/organization_new.html", {"form": form})


@login_required
@require_safe
def organization(request: HttpRequest, organization_id: int) -> HttpResponse:
    organization = get_object_or_404(Organization.objects.for_user(request.user), pk=organization_id)
    context = {
        "organization": organization,
        "page": team_page(organization, request.user, request.GET.get("start", "")),
        "is_manager": user_can(request.user, Act.MANAGE_PEOPLE, organization),
    }
    return render(request, "organizations/organization.html", context)


@login_required
@form_page
def organization_settings(request: HttpRequest, organization_id: int) -> HttpResponse:
    organization = get_object_or_404(Organization.objects.for_user(request.user), pk=organization_id)
    check_user_can(request.user, Act.CHANGE_ORGANIZATION, organization)
    form = OrganizationSettingsForm(request.POST or None, initial=vars(organization))
    if form.is_valid() and attempt(
        form, actions.change_organization, organization=organization, actor=request.user, **form.cleaned_data
    ):
        messages.success(request, _("Saved."))
        return redirect("organization", organization.pk)
    return render(request, "organizations/organization_settings.html", {"organization": organization, "form": form})


@login_required
@require_safe
def audit(request: HttpRequest, organization_id: int) -> HttpResponse:
    organization = get_object_or_404(Organization.objects.for_user(request.user), pk=organization_id)
    check_user_can(request.user, Act.SEE_AUDIT, organization)
    rows, more = audit_page(organization, request.GET.get("before", ""))
    context = {"organization": organization, "rows": rows, "more": more, "continued": "before" in request.GET}
    return render(request, "organizations/audit.html", context)


# --- teams ------------------------------------------------------------------------------------------------------------


@login_required
@form_page
def team_new(request: HttpRequest, organization_id: int) -> HttpResponse:
    organization = get_object_or_404(Organization.objects.for_user(request.user), pk=organization_id)
    check_user_can(request.user, Act.CREATE_TEAM, organization)
    form = TeamForm(request.POST or None)
    if form.is_valid() and (
        team := attempt(form, actions.create_team, organization=organization, actor=request.user, **form.cleaned_data)
    ):
        return redirect("team", team.pk)
    return render(request, "organizations/team_new.html", {"organization": organization, "form": form})


@login_required
@form_page
def team_settings(request: HttpRequest, team_id: int) -> HttpResponse:
    team = get_object_or_404(Team.objects.for_user(request.user).select_related("organization"), pk=team_id)
    check_user_can(request.user, Act.CHANGE_TEAM, team)
    form = TeamForm(request.POST or None, initial=vars(team))
    if form.is_valid() and attempt(form, actions.change_team, team=team, actor=request.user, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("team-settings", team.pk)
    can_archive = user_can(request.user, Act.CREATE_TEAM, team)
    context = {"organization": team.organization, "team": team, "form": form, "can_archive": can_archive}
    return render(request, "organizations/team_settings.html", context)


@login_required
@require_POST
def team_archive(request: HttpRequest, team_id: int) -> HttpResponse:
    return _change_archiving(request, team_id, actions.archive_team, _("The team is archived. Its results stay."))


@login_required
@require_POST
def team_restore(request: HttpRequest, team_id: int) -> HttpResponse:
    return _change_archiving(request, team_id, actions.restore_team, _("The team is back."))


def _change_archiving(request: HttpRequest, team_id: int, action, done: str) -> HttpResponse:
    team = get_object_or_404(Team.objects.for_user(request.user), pk=team_id)
    check_user_can(request.user, Act.CREATE_TEAM, team)
    try:
        action(team=team, actor=request.user, now=timezone.now())
        messages.success(request, done)
    except actions.Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("team-settings", team.pk)


# --- people and invitations -------------------------------------------------------------------------------------------


def _organization_of_people(request: HttpRequest, organization_id: int) -> Organization:
    """The organization, for somebody who manages its people."""
    organization = get_object_or_404(Organization.objects.for_user(request.user), pk=organization_id)
    check_user_can(request.user, Act.MANAGE_PEOPLE, organization)
    return organization


def _team_of_people(request: HttpRequest, team_id: int) -> Team:
    """The team, for somebody who manages its people: what its lead sees and changes are rows of this team only."""
    team = get_object_or_404(Team.objects.for_user(request.user).select_related("organization"), pk=team_id)
    check_user_can(request.user, Act.MANAGE_TEAM_PEOPLE, team)
    return team


@login_required
@never_cache
@form_page
def people(request: HttpRequest, organization_id: int) -> HttpResponse:
    return _people(request, _organization_of_people(request, organization_id))


@login_required
@never_cache
@form_page
def team_people(request: HttpRequest, team_id: int) -> HttpResponse:
    team = _team_of_people(request, team_id)
    return _people(request, team.organization, team)


def _people(request: HttpRequest, organization: Organization, team: Team | None = None) -> HttpResponse:
    who = {"organization": organization, "user": request.user, "team": team}
    form = InvitationForm(request.POST or None, **who)
    new = form.is_valid() and attempt(
        form, actions.invite, organization=organization, actor=request.user, **form.cleaned_data
    )
    context = {
        "organization": organization,
        "team": team,
        "form": InvitationForm(**who) if new else form,
        "new_invitation": new and new[0],
        "new_link": new and link_of("invitation", new[1]),
        "people": people_by_role(team or organization, request.user, request.GET.get("find", "")),
        "invitations": invitation_rows(team or organization, timezone.now()),
        "explanations": role_explanations(team or organization),
    }
    return render(request, "organizations/people.html", context)


@login_required
@form_page
def member(request: HttpRequest, organization_id: int, membership_id: int) -> HttpResponse:
    organization = _organization_of_people(request, organization_id)
    return _member(request, organization, None, membership_id)


@login_required
@form_page
def team_member(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    team = _team_of_people(request, team_id)
    return _member(request, team.organization, team, membership_id)


def _member(request: HttpRequest, organization: Organization, team: Team | None, membership_id: int) -> HttpResponse:
    place = team or organization
    membership = get_object_or_404(place.memberships.with_people(), pk=membership_id)
    check_user_can_give(request.user, membership.role, place)
    initial = {"role": membership.role, "team": membership.team_id}
    form = RoleForm(request.POST or None, organization=organization, user=request.user, team=team, initial=initial)
    if form.is_valid() and attempt(
        form, actions.change_membership, membership=membership, actor=request.user, **form.cleaned_data
    ):
        messages.success(request, _("Saved."))
        return redirect(_people_page(place))
    context = {
        "organization": organization,
        "team": team,
        "membership": membership,
        "form": form,
        "explanations": role_explanations(place),
        "may_erase": user_can(request.user, Act.ERASE_PEOPLE, organization),
    }
    return render(request, "organizations/member.html", context)


@login_required
@require_POST
def member_remove(request: HttpRequest, organization_id: int, membership_id: int) -> HttpResponse:
    return _remove(request, _organization_of_people(request, organization_id), membership_id)


@login_required
@require_POST
def team_member_remove(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    return _remove(request, _team_of_people(request, team_id), membership_id)


def _remove(request: HttpRequest, place: Organization | Team, membership_id: int) -> HttpResponse:
    membership = get_object_or_404(place.memberships.with_people(), pk=membership_id)
    try:
        actions.remove_membership(membership=membership, actor=request.user, now=timezone.now())
        messages.success(request, _("%(person)s was removed.") % {"person": membership.user})
    except actions.Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect(_people_page(place))
    return redirect("home" if membership.user == request.user else _people_page(place))


@login_required
@require_POST
def invitation_revoke(request: HttpRequest, organization_id: int, invitation_id: int) -> HttpResponse:
    return _revoke(request, _organization_of_people(request, organization_id), invitation_id)


@login_required
@require_POST
def team_invitation_revoke(request: HttpRequest, team_id: int, invitation_id: int) -> HttpResponse:
    return _revoke(request, _team_of_people(request, team_id), invitation_id)


def _revoke(request: HttpRequest, place: Organization | Team, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(place.invitations, pk=invitation_id)
    try:
        actions.revoke_invitation(invitation=invitation, actor=request.user, now=timezone.now())
        messages.success(request, _("The invitation is revoked. Its link no longer works."))
    except actions.Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(_people_page(place))


def _people_page(place: Organization | Team) -> str:
    return reverse("team-people" if isinstance(place, Team) else "people", args=[place.pk])


@sensitive_post_parameters("password")
@never_cache
@form_page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = actions.open_invitation(token=token, now=timezone.now())
    except actions.InvitationNotOpen:
        return render(request, "organizations/invitation_not_open.html", status=404)
    if request.user.is_authenticated:
        return _accept_as_oneself(request, invitation, token)
    if User.objects.filter(email__iexact=invitation.email).exists():
        return render(request, "organizations/invitation_sign_in.html", {"invitation": invitation})
    return _accept_as_new_person(request, invitation, token)


def _accept_as_oneself(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and (membership := attempt(form, actions.accept_invitation, token=token, user=request.user)):
        return _welcome(membership)
    is_for_me = request.user.email.lower() == invitation.email.lower()
    context = {"invitation": invitation, "form": form, "is_for_me": is_for_me}
    return render(request, "organizations/invitation_join.html", context)


def _accept_as_new_person(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = NewPersonForm(request.POST or None, email=invitation.email)
    if form.is_valid() and (
        membership := attempt(form, actions.accept_invitation_as_new_person, token=token, **form.cleaned_data)
    ):
        return sign_in(request, membership.user, then=_welcome(membership).url)
    return render(request, "organizations/invitation.html", {"invitation": invitation, "form": form})


def _welcome(membership: Membership) -> HttpResponse:
    """To the team's open questions, if it has any, else to the team; from the whole organization's invitation home."""
    return redirect("team-welcome", membership.team_id) if membership.team_id else redirect("home")


# --- oneself -------------------------------------------------------------------------------------------


@login_required
@form_page
def account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, initial=model_to_dict(request.user, AccountForm.base_fields))
    if form.is_valid():
        actions.change_account(user=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        response = redirect("account")
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)  # else the language chosen before beats the saved one
        return response
    return render(request, "organizations/account.html", {"form": form})
