"""Pages of delivery: links to a report, what a link opens, letters, and what is built after each closing."""

from __future__ import annotations

from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from assessment.access import team_for
from organizations.permissions import Act
from reports import files
from reports.delivery import actions
from reports.delivery.forms import PasswordForm, ScheduleForm, ShareForm
from reports.delivery.presenters import about_report, barred_words, link_rows
from reports.models import AnyReport, AnyShareLink, Schedule
from reports.views.organization_reports import organization_report_for
from reports.views.reports import frame, report_for

form_page = require_http_methods(["GET", "HEAD", "POST"])


# --- links to a report ------------------------------------------------------------------------------------------------


@login_required
@form_page
@never_cache
@sensitive_post_parameters("password")
def share_links(request, report_id: int):
    """The links to a report, and a form for a new one. A new link is shown once: only its hash is kept."""
    report = report_for(request.user, report_id, Act.SHARE_REPORT)
    return _links_page(request, report, frame(request, report))


@login_required
@form_page
@never_cache
@sensitive_post_parameters("password")
def organization_share_links(request, organization_id: int, report_id: int):
    """The same for a report about all teams."""
    report = organization_report_for(request.user, organization_id, report_id, Act.SHARE_REPORT)
    return _links_page(request, report, {"organization": report.organization, "section": "dashboard"})


def _links_page(request, report: AnyReport, around: dict):
    form, token = ShareForm(request.POST or None), ""
    if form.is_valid():
        try:
            _link, token = actions.share_report(
                user=request.user, report=report, now=timezone.now(), **form.cleaned_data
            )
            form = ShareForm()
        except actions.NothingToShare:
            form.add_error(None, _("This report isn't built, or doesn't stand any more: there is nothing to share."))
    context = around | {
        "form": form,
        "new_link": token and settings.BASE_URL + reverse("shared", args=[token]),
        "rows": link_rows(report, report.share_links.newest_first(), timezone.now()),
        "can_share": report.stands,
        "about": about_report(report, get_language() or "en"),
    }
    return render(request, "reports/share_links.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def share_link_revoke(request, report_id: int, link_id: int):
    """Make a link useless at once."""
    report = report_for(request.user, report_id, Act.SHARE_REPORT)
    _revoke(request, report, link_id)
    return redirect("share-links", report.pk)


@login_required
@require_POST
def organization_share_link_revoke(request, organization_id: int, report_id: int, link_id: int):
    """The same for a report about all teams."""
    report = organization_report_for(request.user, organization_id, report_id, Act.SHARE_REPORT)
    _revoke(request, report, link_id)
    return redirect("organization-share-links", organization_id, report.pk)


def _revoke(request, report: AnyReport, link_id: int) -> None:
    link = get_object_or_404(report.share_links.with_report(), pk=link_id)
    actions.revoke_share_link(user=request.user, link=link, now=timezone.now())
    messages.success(request, _("The link is revoked. It no longer opens anything."))


# --- what a link opens ------------------------------------------------------------------------------------------------


def for_strangers(view):
    """Nothing of what a link opens is kept, indexed, framed, or told to the next page; its address is a secret.

    Without a referrer browsers send no origin, either, so that Django's protection against forged forms can't work; it
    isn't needed, since these pages know no session: what is sent to them counts for itself.
    """

    @wraps(view)
    @csrf_exempt
    @never_cache
    def wrapped(request, *args, **options):
        response = view(request, *args, **options)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


@for_strangers
@form_page
@sensitive_post_parameters("password")
def shared(request, token: str):
    """What a link opens, for anybody who has it: the document's name, and the document for whoever asks for it.

    It is handed out to a post only, so that programs that look at links in letters neither count nor get it.
    """
    now = timezone.now()
    try:
        link = actions.open_share_link(token=token, now=now)
        form = PasswordForm(request.POST or None) if link.password else None
        if request.method == "POST" and (form is None or form.is_valid()):
            document = _document(request, link)
            actions.hand_out(link=link, password=form.cleaned_data["password"] if form else "", now=now)
            return files.download(link.report, document)
    except actions.LinkNotOpen:
        return render(request, "reports/shared/not_open.html", status=404)
    except actions.WrongPassword:
        form.add_error("password", _("This isn't the password of this link."))
    except actions.TooManyTries as many:
        response = render(request, "reports/shared/too_many.html", {"minutes": -(-many.wait.seconds // 60)}, status=429)
        response["Retry-After"] = str(many.wait.seconds)
        return response
    return render(
        request, "reports/shared/shared.html", _about(link, form), status=422 if form and form.errors else 200
    )


def _document(request, link: AnyShareLink) -> str:
    """Which of the report's documents is asked for. Raises LinkNotOpen when its file is gone."""
    document = files.INTERACTIVE if request.POST.get("document") == files.INTERACTIVE else files.PDF
    if not files.is_there(link.report, document):
        raise actions.LinkNotOpen
    return document


def _about(link: AnyShareLink, form: PasswordForm | None) -> dict:
    """What stands on the page: with a password nothing that tells what the document is."""
    report = link.report
    about = about_report(report, get_language() or "en")
    return {
        "form": form,
        "link": link,
        "report": report,
        "about": about,
        "title": _("A protected document") if link.password else about.title,
        "document_language": dict(settings.LANGUAGES)[report.language],
        "has_interactive": files.is_there(report, files.INTERACTIVE),
    }


# --- letters and schedules --------------------------------------------------------------------------------------------


@login_required
@require_POST
def tell_when_ready(request, report_id: int):
    """A letter to the person who asks, as soon as the report is ready."""
    report = report_for(request.user, report_id, Act.BUILD_REPORT)
    actions.tell_when_ready(report=report, user=request.user, now=timezone.now())
    return redirect("report", report.pk)


@login_required
@require_POST
def organization_tell_when_ready(request, organization_id: int, report_id: int):
    """The same for a report about all teams."""
    report = organization_report_for(request.user, organization_id, report_id, Act.BUILD_REPORT)
    actions.tell_when_ready(report=report, user=request.user, now=timezone.now())
    messages.success(request, _("You will get a letter by e-mail when it is ready."))
    return redirect("organization-reports", organization_id)


@login_required
@form_page
def report_schedule(request, team_id: int):
    """Which reports are built after each closing of the team's assessments, and who gets a letter."""
    team = team_for(request.user, team_id, Act.SHARE_REPORT)
    schedule, status = Schedule.objects.filter(team=team).first(), 200
    form = ScheduleForm(request.POST if request.method == "POST" else None, team=team, schedule=schedule)
    if form.is_valid():
        try:
            actions.save_schedule(user=request.user, team=team, now=timezone.now(), **form.cleaned_data)
        except actions.MayNotRead as fault:
            form.add_error("recipients", barred_words(fault.who))
        except actions.ScheduleConflict as conflict:
            schedule, status = conflict.current, 409
            form = ScheduleForm(None, team=team, schedule=schedule)
        else:
            messages.success(request, _("Saved."))
            return redirect("team", team.pk)
    status = 422 if form.errors else status
    context = {"team": team, "organization": team.organization, "form": form, "schedule": schedule}
    if schedule and not form.is_bound:
        context["barred"] = barred_words(actions.barred(team, schedule.audiences, list(schedule.recipients.people())))
    return render(request, "reports/schedule.html", context | {"conflict": status == 409}, status=status)
