"""Reports about all teams of an organization: asking for one, the list, the file."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from assessment.access import organization_for
from assessment.models import Result
from jobs import heartbeat
from jobs.models import Job
from organizations.models import Organization
from organizations.permissions import Act, check_user_can, user_can
from reports.forms import OrganizationReportForm
from reports.models import OrganizationReport
from reports.organization_report import NothingAssessed, path_of, request_organization_report


@login_required
@never_cache
def organization_reports(request, organization_id: int):
    """The organization's reports, and a form that asks for one. While one is being built the list asks again."""
    organization = _organization(request, organization_id)
    may_build = user_can(request.user, Act.BUILD_REPORT, organization)
    if request.method == "POST":
        check_user_can(request.user, Act.BUILD_REPORT, organization)
    periods = Result.objects.of_organization(organization).standing().periods()
    form = OrganizationReportForm(request.POST or None, periods=periods, language=get_language())
    if request.method == "POST" and form.is_valid():
        try:
            request_organization_report(
                user=request.user, organization=organization, now=timezone.now(), **form.cleaned_data
            )
        except NothingAssessed:
            messages.error(request, _("No team has a result in this quarter any more."))
        return redirect("organization-reports", organization.pk)
    reports = list(OrganizationReport.objects.of_organization(organization).newest_first()[:50])
    rows = [(report, bool(report.file) and path_of(report).is_file()) for report in reports]
    is_moving = any(report.job.state in (Job.State.QUEUED, Job.State.RUNNING) for report in reports)
    context = {
        "organization": organization,
        "section": "dashboard",
        "form": form if may_build and periods else None,
        "has_results": bool(periods),
        "rows": rows,
        "is_moving": is_moving,
        "nobody_works": is_moving and not heartbeat.is_anybody_alive(timezone.now()),
    }
    template = "reports/_organization_reports.html" if request.htmx else "reports/organization_reports.html"
    return render(request, template, context, status=422 if form.errors else 200)


@login_required
@never_cache
def organization_report_file(request, organization_id: int, report_id: int):
    """The document as a download."""
    organization = _organization(request, organization_id)
    reports = OrganizationReport.objects.of_organization(organization).with_job()
    report = get_object_or_404(reports, pk=report_id)
    path = path_of(report)
    if not report.file or not path.is_file():
        raise Http404
    name = slugify(organization.name)[:60] or "organization"
    language = "" if report.language == "en" else f"-{report.language}"
    response = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"dataops-ladder-{name}-{report.period}-all-teams{language}.pdf",
        content_type="application/pdf",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _organization(request, organization_id: int) -> Organization:
    """The organization, for those who may see all its teams. Raises Http404, NotAllowed."""
    organization = organization_for(request.user, organization_id)
    check_user_can(request.user, Act.SEE_ALL_TEAMS, organization)
    return organization
