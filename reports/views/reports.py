"""Documents: asking for one, watching it being built, reading it. Asking returns at once; a worker builds."""

from __future__ import annotations

from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from assessment.access import result_for
from jobs import heartbeat
from organizations.permissions import Act, check_user_can, user_can
from reports import actions, files
from reports.briefing.audiences import LEAD
from reports.forms import ReportForm
from reports.models import Report
from reports.plans import choices_for
from reports.presenters import report_progress
from reports.readers import audiences_for, check_may_read


def report_for(user, report_id: int, act: Act = Act.SEE) -> Report:
    """The report with its job, result, team and organization. Raises Http404, NotAllowed.

    A consultant's report holds everything that was typed: whoever may not see single answers may not see it.
    """
    report = get_object_or_404(Report.objects.for_user(user).with_result(), pk=report_id)
    if act != Act.SEE:
        check_user_can(user, act, report.result.team)
    check_may_read(user, report.audience, report.result.team)
    return report


@login_required
def reports(request, assessment_id: int):
    """The reports of an assessment, and a form that asks for one."""
    result = result_for(request.user, assessment_id, Act.BUILD_REPORT if request.method == "POST" else Act.SEE)
    audiences = audiences_for(request.user, result.team)
    form = ReportForm(request.POST or None, initial={"language": get_language(), "audience": LEAD}, audiences=audiences)
    if request.method == "POST" and form.is_valid():
        report = actions.request_report(
            user=request.user,
            result=result,
            choices=choices_for(result),
            language=form.cleaned_data["language"],
            audience=form.cleaned_data["audience"],
            now=timezone.now(),
        )
        return _see(report)
    context = {
        "result": result,
        "team": result.team,
        "organization": result.organization,
        "section": "results",
        "form": form,
        "reports": Report.objects.for_user(request.user)
        .of_assessment(assessment_id)
        .for_audiences(audiences)
        .newest_first(),
        "may_add": user_can(request.user, Act.ADD_FINDINGS, result.team),
        "may_build": user_can(request.user, Act.BUILD_REPORT, result.team),
        "may_share": user_can(request.user, Act.SHARE_REPORT, result.team),
    }
    return render(request, "reports/reports.html", context, status=422 if form.errors else 200)


def _see(report: Report):
    """303: the page of the report, also when the request was a post that an older client would repeat."""
    response = redirect("report", report.pk)
    response.status_code = 303
    return response


@login_required
def report(request, report_id: int):
    """How far a report is; the part that moves by itself asks for itself again every second."""
    report, now = report_for(request.user, report_id), timezone.now()
    context = frame(request, report, progress=report_progress(report, heartbeat.is_anybody_alive(now), now))
    template = "reports/_progress.html" if request.htmx else "reports/report.html"
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


def frame(request, report: Report, **context) -> dict:
    """What each page of a report shows around its own part."""
    return {
        "report": report,
        "result": report.result,
        "team": report.result.team,
        "organization": report.result.organization,
        "section": "results",
        "may_build": user_can(request.user, Act.BUILD_REPORT, report.result.team) and not report.result.withdrawn_at,
        "may_share": user_can(request.user, Act.SHARE_REPORT, report.result.team) and not report.result.withdrawn_at,
        "is_told": report.notices.filter(user=request.user).exists(),
        **context,
    }


@login_required
def report_file(request, report_id: int):
    """The document as a download; 404 in words where there is no file (yet, or any more), or its result was undone."""
    report = report_for(request.user, report_id)
    return _download(request, report, files.PDF)


@login_required
def report_interactive(request, report_id: int):
    """The document as one page with charts that answer to the mouse: a download, too."""
    return _download(request, report_for(request.user, report_id), files.INTERACTIVE)


def _download(request, report: Report, document: str):
    if report.result.withdrawn_at or not files.is_there(report, document):
        return render(request, "reports/no_file.html", frame(request, report), status=404)
    return files.download(report, document)


@login_required
@require_POST
def retry_report(request, report_id: int):
    """Try a failed report again; where it isn't failed any more, the page shows how far it is."""
    report = report_for(request.user, report_id, Act.BUILD_REPORT)
    with suppress(actions.NothingToRetry):
        actions.retry_report(user=request.user, report=report, now=timezone.now())
    return _see(report)
