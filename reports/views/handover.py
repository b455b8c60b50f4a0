"""Roadmaps for other tools: files in several formats, and tickets to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment.access import result_for
from assessment.models import Result
from assessment.periods import period_label
from reports.export import Sheet, csv_response, csv_text, file_response, xlsx_response
from reports.handover import Task, as_calendar, as_json, as_markdown, task_table, tasks_of_plan, tasks_of_work, tickets
from reports.models import AdoptedPlan
from reports.plans import Choices, plan_for
from reports.roadmap.plan import RoadmapPlan
from reports.tables import about_roadmap
from reports.views.roadmap import chosen_for


@dataclass(frozen=True, slots=True)
class Roadmap:
    """What is handed over: the tasks, where they come from, and the whole plan where it was computed.

    `origin` begins the ids of calendar events, `page` is the address of the page, `what` says which plan it is.
    """

    result: Result
    choices: Choices
    tasks: Sequence[Task]
    plan: RoadmapPlan | None
    origin: str
    page: str
    what: str

    @property
    def title(self) -> str:
        period = period_label(self.result.period, get_language() or "en")
        return _("Roadmap of %(team)s, planned from %(period)s") % {"team": self.result.team_name, "period": period}

    @property
    def file_name(self) -> str:
        return f"{self.result.team_name}-{self.result.period}-roadmap"


@login_required
def roadmap_file(request, assessment_id: int, extension: str):
    """The plan that the roadmap page shows at the same address parameters, as a file."""
    roadmap = _planned(request, assessment_id)
    if roadmap is None:
        return redirect(f"{reverse('roadmap', args=[assessment_id])}?{request.GET.urlencode()}")
    return _file(request, roadmap, extension)


@login_required
def roadmap_tickets(request, assessment_id: int):
    """The same as tickets to copy."""
    roadmap = _planned(request, assessment_id)
    if roadmap is None:
        return redirect(f"{reverse('roadmap', args=[assessment_id])}?{request.GET.urlencode()}")
    return _tickets(request, roadmap, reverse("roadmap-file", args=[assessment_id, "md"]), tab="plan")


@login_required
def plan_file(request, plan_id: int, extension: str):
    """The work on an adopted plan, where it stands now, as a file."""
    return _file(request, _adopted(request, plan_id), extension)


@login_required
def plan_tickets(request, plan_id: int):
    """The same as tickets to copy."""
    return _tickets(request, _adopted(request, plan_id), reverse("plan-file", args=[plan_id, "md"]), tab="work")


def _planned(request, assessment_id: int) -> Roadmap | None:
    """The plan of the choices in the address; None where the page would show a fault. Raises Http404."""
    result = result_for(request.user, assessment_id)
    choices = chosen_for(request, result)
    if choices is None:
        return None
    plan, page = plan_for(result, choices), reverse("roadmap", args=[assessment_id])
    query = request.GET.urlencode()
    return Roadmap(
        result=result,
        choices=choices,
        tasks=tasks_of_plan(result, choices, plan, get_language()),
        plan=plan,
        origin=f"roadmap-{assessment_id}",
        page=f"{page}?{query}" if query else page,
        what=_("Plan"),
    )


def _adopted(request, plan_id: int) -> Roadmap:
    plan = get_object_or_404(AdoptedPlan.objects.for_user(request.user).with_result(), pk=plan_id)
    return Roadmap(
        result=plan.result,
        choices=Choices.from_dict(plan.choices),
        tasks=tasks_of_work(plan, plan.items.in_order(), get_language()),
        plan=None,
        origin=f"plan-{plan_id}",
        page=reverse("adopted-plan", args=[plan_id]),
        what=_("Adopted plan, as the work on it stands"),
    )


def _file(request, roadmap: Roadmap, extension: str) -> HttpResponse:
    """One of the formats. Raises Http404 for another one."""
    now, language = timezone.now(), get_language()
    about = about_roadmap(roadmap.result, roadmap.what, request.build_absolute_uri(roadmap.page), now)
    head, rows = task_table(roadmap.tasks)
    name = roadmap.file_name
    match extension:
        case "csv":
            return csv_response(name, csv_text(about, head, rows))
        case "xlsx":
            return xlsx_response(name, [Sheet(_("Roadmap"), about, head, rows)])
        case "json":
            text = as_json(roadmap.result, roadmap.choices, roadmap.tasks, roadmap.plan, now)
            return file_response(name, "json", text, "application/json")
        case "ics":
            calendar = as_calendar(roadmap.title, roadmap.origin, roadmap.tasks, language)
            return file_response(name, "ics", calendar, "text/calendar; charset=utf-8")
        case "md":
            text = as_markdown(roadmap.title, roadmap.tasks, language)
            return file_response(name, "md", text, "text/markdown; charset=utf-8")
    raise Http404


def _tickets(request, roadmap: Roadmap, file: str, tab: str):
    result, query = roadmap.result, request.GET.urlencode()
    context = {
        "result": result,
        "team": result.team,
        "organization": result.organization,
        "section": "roadmap",
        "tab": tab,
        "adopted": AdoptedPlan.objects.of_result(result),
        "title": roadmap.title,
        "page": roadmap.page,
        "file": f"{file}?{query}" if query else file,
        "tickets": tickets(roadmap.tasks, get_language()),
    }
    return render(request, "reports/tickets.html", context)
