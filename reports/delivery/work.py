"""What the worker does: what follows from a closing, and the letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from assessment.models import Result
from assessment.periods import period_label
from jobs import mail
from jobs.models import Job
from organizations.models import User
from organizations.permissions import Act, user_can
from reports.delivery import actions
from reports.models import OrganizationReport, Report
from reports.readers import may_read


def after_closing(payload: Mapping[str, Any], context: Any) -> None:
    """Look for the best plan, and ask for the schedule's reports, in the transaction that ends this job: once."""
    standing = Result.objects.standing().select_related("team", "organization")
    if result := standing.filter(pk=payload["result"]).first():
        context.finish(lambda: actions.follow_closing(result=result, now=timezone.now()))


# --- letters ----------------------------------------------------------------------------------------------------------


def send_report_ready(payload: Mapping[str, Any], context: Any) -> None:
    """Tell one person that a report is ready, if they may still read it and it still stands."""
    user, report = _reader_and_report(payload)
    if user and report and report.stands and may_read(user, report.audience, report.result.team):
        mail.send(context, ready_letter(report, user))


def send_report_failed(payload: Mapping[str, Any], context: Any) -> None:
    """Tell whoever set the schedule up that one of its reports failed; nothing where it was built.

    Whoever undid the closing knows why there is none.
    """
    user, report = _reader_and_report(payload)
    if user and report and report.job.state == Job.State.FAILED and not report.result.withdrawn_at:
        mail.send(context, failed_letter(report, user))


def send_organization_report_ready(payload: Mapping[str, Any], context: Any) -> None:
    """Tell one person that a report about all teams is ready, if they may still see all of them."""
    user = User.objects.filter(pk=payload["user"], is_active=True).first()
    report = OrganizationReport.objects.with_job().filter(pk=payload["report"]).first()
    if user and report and report.stands and user_can(user, Act.SEE_ALL_TEAMS, report.organization):
        mail.send(context, organization_letter(report, user))


def _reader_and_report(payload: Mapping[str, Any]) -> tuple[User | None, Report | None]:
    """The person if their account works, and the report if they may see its team."""
    user = User.objects.filter(pk=payload["user"], is_active=True).first()
    reports = Report.objects.for_user(user) if user else Report.objects.none()
    return user, reports.with_result().filter(pk=payload["report"]).first()


def ready_letter(report: Report, user: User) -> mail.Letter:
    """The letter in the reader's language, else the organization's. What people typed is data, never a template."""
    with override(_language(report, user)):
        words = _words(report, user)
        subject = _("Report ready: %(team)s, %(period)s") % words
        return mail.Letter(user.email, subject, render_to_string("reports/report_ready.txt", words))


def failed_letter(report: Report, user: User) -> mail.Letter:
    """What went wrong, in the words of the report's page, where it can be tried again."""
    with override(_language(report, user)):
        words = _words(report, user) | {"reason": _(report.job.error) if report.job.error else ""}
        subject = _("Report failed: %(team)s, %(period)s") % words
        return mail.Letter(user.email, subject, render_to_string("reports/report_failed.txt", words))


def organization_letter(report: OrganizationReport, user: User) -> mail.Letter:
    with override(language := _language(report, user)):
        words = {
            "name": mail.one_line(str(user)),
            "organization": mail.one_line(report.organization.name),
            "period": period_label(report.period, language),
            "document_language": dict(settings.LANGUAGES)[report.language],
            "link": settings.BASE_URL + reverse("organization-reports", args=[report.organization_id]),
        }
        subject = _("Report ready: all teams of %(organization)s, %(period)s") % words
        return mail.Letter(user.email, subject, render_to_string("reports/organization_report_ready.txt", words))


def _language(report: Report | OrganizationReport, user: User) -> str:
    return user.language or report.organization.language


def _words(report: Report, user: User) -> dict[str, Any]:
    """What letters about a team's report say, in the active language."""
    result = report.result
    return {
        "team": mail.one_line(result.team_name),
        "period": period_label(result.period, _language(report, user)),
        "audience": report.get_audience_display(),
        "name": mail.one_line(str(user)),
        "organization": mail.one_line(result.organization.name),
        "document_language": dict(settings.LANGUAGES)[report.language],
        "link": settings.BASE_URL + reverse("report", args=[report.pk]),
        "scheduled": report.requested_by_id is None,
    }
