"""What the worker does: ask for scheduled reports after a closing, and send the letters."""

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
from organizations.models import User
from reports.delivery import actions
from reports.models import Report


def after_closing(payload: Mapping[str, Any], context: Any) -> None:
    """Ask for the reports of the team's schedule, in the transaction that ends this job: once, whatever happens."""
    result = Result.objects.standing().select_related("team", "organization").filter(pk=payload["result"]).first()
    if result is not None:
        context.finish(lambda: actions.request_scheduled(result=result, now=timezone.now()))


def send_report_ready(payload: Mapping[str, Any], context: Any) -> None:
    """Tell one person that a report is ready, if they may still read it and it still stands."""
    user = User.objects.filter(pk=payload["user"], is_active=True).first()
    report = user and Report.objects.for_user(user).with_result().filter(pk=payload["report"]).first()
    if report and report.file and not report.result.withdrawn_at:
        mail.send(context, ready_letter(report, user))


def ready_letter(report: Report, user: User) -> mail.Letter:
    """The letter in the reader's language, else the organization's. What people typed is data, never a template."""
    result = report.result
    language = user.language or result.organization.language
    with override(language):
        about = {
            "team": mail.one_line(result.team_name),
            "period": period_label(result.period, language),
            "audience": report.get_audience_display(),
        }
        words = about | {
            "name": mail.one_line(str(user)),
            "organization": mail.one_line(result.organization.name),
            "document_language": dict(settings.LANGUAGES)[report.language],
            "link": settings.BASE_URL + reverse("report", args=[report.pk]),
            "scheduled": report.requested_by_id is None,
        }
        subject = _("Report ready: %(team)s, %(period)s") % about
        return mail.Letter(user.email, subject, render_to_string("reports/report_ready.txt", words))
