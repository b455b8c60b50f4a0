"""What people add to reports: findings in their own words, and logos."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessment.access import organization_for, result_for
from assessment.models import Result
from assessment.results import framework_of
from organizations.models import Organization
from organizations.permissions import Act
from reports.forms import FindingForm, LogoForm
from reports.models import Finding, Logo
from reports.own_words import FindingConflict, remove_logo, save_finding, save_logo

HEAD = "head"
"""The sentence at the head of the report, in addresses."""
form_page = require_http_methods(["GET", "HEAD", "POST"])


# --- findings ---------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def findings(request, assessment_id: int):
    """What a person can add to the reports of an assessment, and what was added."""
    result = result_for(request.user, assessment_id, Act.ADD_FINDINGS)
    told = {finding.subject: finding for finding in Finding.objects.of_assessment(assessment_id)}
    rows = [{"key": key or HEAD, "name": name, "finding": told.get(key)} for key, name in _subjects(result).items()]
    return render(request, "reports/findings.html", _frame(result, rows=rows))


@login_required
@form_page
@never_cache
def finding(request, assessment_id: int, subject: str):
    """One finding in both languages. 409 with both texts where somebody saved another one meanwhile."""
    result = result_for(request.user, assessment_id, Act.ADD_FINDINGS)
    key, names = "" if subject == HEAD else subject, _subjects(result)
    if key not in names or subject == "":
        raise Http404
    current = Finding.objects.of_assessment(assessment_id).filter(subject=key).first()
    form = FindingForm(request.POST if request.method == "POST" else None, finding=current, subject=key)
    conflict = None
    if form.is_valid():
        try:
            save_finding(
                user=request.user, assessment=result.assessment, subject=key, now=timezone.now(), **form.cleaned_data
            )
        except FindingConflict as other:
            conflict = other.current
            form = FindingForm({**request.POST.dict(), "version": conflict.version}, finding=conflict, subject=key)
        else:
            messages.success(request, _("Saved. Reports that are asked for from now on have it."))
            return redirect("findings", assessment_id)
    status = 409 if conflict else 422 if form.errors else 200
    context = _frame(result, form=form, name=names[key], finding=conflict or current, conflict=conflict)
    return render(request, "reports/finding.html", context, status=status)


def _subjects(result: Result) -> dict[str, str]:
    """What can be written about, by key: the head of the report, the principles, the pillars."""
    framework, language = framework_of(result), get_language()
    names = {"": _("One sentence at the head of the report")}
    names |= {p.key: f"{p.key} {p.name.in_language(language)}" for p in framework.principles}
    return names | {p.prefix: f"{p.prefix} {p.name.in_language(language)}" for p in framework.pillars}


def _frame(result: Result, **context) -> dict:
    return {
        "result": result,
        "team": result.team,
        "organization": result.organization,
        "section": "results",
        **context,
    }


# --- logos ------------------------------------------------------------------------------------------------------------


@login_required
@form_page
def logos(request, organization_id: int):
    """The organization's two logos: see, put in place, change their alternative text."""
    organization = organization_for(request.user, organization_id, Act.CHANGE_ORGANIZATION)
    standing = {logo.place: logo for logo in Logo.objects.of_organization(organization.pk).standing()}
    place = request.POST.get("place", "")
    forms = {
        choice: LogoForm(
            *((request.POST, request.FILES) if choice == place else ()), place=choice, logo=standing.get(choice)
        )
        for choice in Logo.Place.values
    }
    form = forms.get(place)
    if form is not None and form.is_valid():
        save_logo(
            user=request.user,
            organization=organization,
            place=place,
            picture=form.cleaned_data["picture"],
            alt=form.cleaned_data["alt"],
            now=timezone.now(),
        )
        messages.success(request, _("Saved. Reports that are asked for from now on have it."))
        return redirect("logos", organization.pk)
    rows = [
        {"place": choice, "name": label, "form": forms[choice], "logo": standing.get(choice)}
        for choice, label in Logo.Place.choices
    ]
    context = {"organization": organization, "rows": rows, "form": form}
    return render(request, "reports/logos.html", context, status=422 if form is not None else 200)


@login_required
@require_POST
def logo_remove(request, organization_id: int, place: str):
    """Take a logo out of reports to come."""
    organization = organization_for(request.user, organization_id, Act.CHANGE_ORGANIZATION)
    if place not in Logo.Place.values:
        raise Http404
    remove_logo(user=request.user, organization=organization, place=place, now=timezone.now())
    messages.success(request, _("The logo is removed. Reports built before keep it."))
    return redirect("logos", organization.pk)


@login_required
@require_safe
def logo_image(request, organization_id: int, place: str):
    """The picture itself, for the page that manages it: nothing of it runs anywhere."""
    organization: Organization = organization_for(request.user, organization_id)
    standing = Logo.objects.of_organization(organization.pk).standing()
    logo = next((logo for logo in standing if logo.place == place), None)
    if logo is None:
        raise Http404
    response = HttpResponse(bytes(logo.content), content_type=logo.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
