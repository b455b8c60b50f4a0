"""Reports about all teams of an organization: asking for one, the list, the file."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from assessment.access import organization_for
from assessment.models import Result
from jobs import heartbeat
from jobs.models import Job
from organizations.permissions import Act, check_user_can, user_can
from reports import files
from reports.forms import OrganizationReportForm
from reports.models import OrganizationNotice, OrganizationReport
from reports.organization_report import NothingAssessed, follow_reports, request_organization_report


@login_required
@never_cache
def organization_reports(request, organization_id: int):
    """The organization's reports, and a form that asks for one. While one is being built the list asks again."""
    organization = organization_for(request.user, organization_id, Act.SEE_ALL_TEAMS)
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
    waited_for = set(OrganizationNotice.objects.filter(user=request.user).values_list("report", flat=True))
    rows = [(report, files.is_there(report), report.pk in waited_for) for report in reports]
    is_moving = any(report.job.state in (Job.State.QUEUED, Job.State.RUNNING) for report in reports)
    context = {
        "organization": organization,
        "section": "dashboard",
        "form": form if may_build and periods else None,
        "has_results": bool(periods),
        "rows": rows,
        "may_build": may_build,
        "is_following": organization.report_followers.filter(user=request.user).exists(),
        "may_share": user_can(request.user, Act.SHARE_REPORT, organization),
        "is_moving": is_moving,
        "nobody_works": is_moving and not heartbeat.is_anybody_alive(timezone.now()),
    }
    template = "reports/_organization_reports.html" if request.htmx else "reports/organization_reports.html"
    return render(request, template, context, status=422 if form.errors else 200)


@login_required
@require_POST
def organization_reports_follow(request, organization_id: int):
    """Whether the person wants a letter with a new report after closings."""
    organization = organization_for(request.user, organization_id, Act.SEE_ALL_TEAMS)
    check_user_can(request.user, Act.BUILD_REPORT, organization)
    is_wanted = request.POST.get("follow") == "yes"
    follow_reports(user=request.user, organization=organization, is_wanted=is_wanted, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("organization-reports", organization.pk)


@login_required
@never_cache
def organization_report_file(request, organization_id: int, report_id: int):
    """The document as a download."""
    report = organization_report_for(request.user, organization_id, report_id, Act.SEE_ALL_TEAMS)
    if not files.is_there(report):
        raise Http404
    return files.download(report)


def organization_report_for(user, organization_id: int, report_id: int, act: Act) -> OrganizationReport:
    """The report with its job and organization, for who sees all teams and may do this. Raises Http404, NotAllowed."""
    organization = organization_for(user, organization_id, Act.SEE_ALL_TEAMS)
    reports = OrganizationReport.objects.of_organization(organization).with_job()
    report = get_object_or_404(reports, pk=report_id)
    check_user_can(user, act, organization)
    return report
