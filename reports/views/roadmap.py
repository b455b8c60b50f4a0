"""The roadmap of a result: what to do next, why, and what it brings; its choices can be tried before they are saved."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment.access import result_for, team_for
from assessment.models import Result
from jobs import heartbeat
from organizations.permissions import Act, user_can
from reports.actions import RoadmapConflict, save_scenario
from reports.charts import settings_for
from reports.forms import RoadmapForm, values_of
from reports.models import Scenario
from reports.plans import Choices, choices_of, framework_of, is_settled, plan_for, quarter_labels
from reports.presenters import Solving, differences, roadmap_page, settled_state, solving_news, solving_state
from reports.roadmap.plan import RoadmapPlan
from reports.solving import job_of, request_best_plan


@login_required
def team_roadmap(request, team_id: int):
    """To the roadmap of the team's latest result; before there is one, a page that says what to do first."""
    team = team_for(request.user, team_id)
    latest = Result.objects.standing().filter(team=team).newest_first().first()
    if latest:
        return redirect("roadmap", latest.assessment_id)
    context = {"team": team, "organization": team.organization, "section": "roadmap"}
    return render(request, "reports/no_roadmap.html", context)


@login_required
def roadmap(request, assessment_id: int):
    """The plan. Parameters of the address try other choices without storing them; a post stores them."""
    result = result_for(request.user, assessment_id, Act.PLAN if request.method == "POST" else Act.SEE)
    stored = Scenario.objects.standing_of(result)
    if request.method == "POST":
        return _change(request, result, stored)
    standing = choices_of(stored, result)
    form = _tried(request, result, standing)
    if not form.is_valid():
        return _page(request, result, stored, standing, form=form, status=422)
    is_trial = not form.choices.says_same_as(standing)
    return _page(request, result, stored, form.choices, is_trial=is_trial)


@login_required
def best_plan(request, assessment_id: int):
    """A post asks for the best plan of the choices in the address, as on the page; a get tells whether it is there."""
    result = result_for(request.user, assessment_id, Act.PLAN if request.method == "POST" else Act.SEE)
    standing = choices_of(Scenario.objects.standing_of(result), result)
    form = _tried(request, result, standing)
    query = request.GET.urlencode()
    if request.method == "POST" and form.is_valid():
        request_best_plan(result=result, choices=form.choices, now=timezone.now())
    if not (request.htmx and form.is_valid()):
        return redirect(_address(result, query))
    plan = plan_for(result, form.choices)
    news = solving_news(plan, get_language(), query) if is_settled(plan) else _solving(request, result, plan, query)
    response = render(request, "reports/_plan_quality.html", {"result": result, "solving": news})
    response["Cache-Control"] = "private, no-store"
    return response


def _address(result: Result, query: str) -> str:
    address = reverse("roadmap", args=[result.assessment_id])
    return f"{address}?{query}" if query else address


def _tried(request, result: Result, standing: Choices) -> RoadmapForm:
    """The saved choices with those of the address in their place."""
    return _form(result, standing, values_of(standing) | request.GET.dict() | {"version": standing.version})


def _solving(request, result: Result, plan: RoadmapPlan, query: str) -> Solving:
    if is_settled(plan):
        return settled_state(plan, get_language())
    return solving_state(
        plan,
        job_of(plan.instance),
        get_language(),
        query,
        may_ask=user_can(request.user, Act.PLAN, result.team),
        is_anybody_alive=heartbeat.is_anybody_alive(timezone.now()),
    )


def _change(request, result: Result, stored: Scenario | None):
    """Store what was sent, or lead to the address that only tries it."""
    standing = choices_of(stored, result)
    form = _form(result, standing, request.POST)
    if not form.is_valid():
        return _page(request, result, stored, standing, form=form, status=422)
    if request.POST.get("go") == "try":
        return redirect(_address(result, urlencode(form.as_sent())))
    try:
        save_scenario(user=request.user, result=result, choices=form.choices, now=timezone.now())
    except RoadmapConflict as conflict:
        return _conflict(request, result, conflict.current, form.choices)
    messages.success(request, _("Saved. The plan and new reports follow these choices."))
    return redirect("roadmap", result.assessment_id)


def _conflict(request, result: Result, current: Scenario | None, yours: Choices):
    """409: both choices side by side, and what was typed in the form, ready to be saved over the other."""
    theirs = choices_of(current, result)
    both = differences(framework_of(result), quarter_labels(result, get_language()), theirs, yours, get_language())
    shown = replace(yours, version=theirs.version)
    return _page(request, result, current, shown, is_trial=True, differences=both, status=409)


def _form(result: Result, choices: Choices, data=None) -> RoadmapForm:
    labels = quarter_labels(result, get_language())
    return RoadmapForm(data, framework=framework_of(result), quarters=labels, choices=choices)


def _page(request, result: Result, stored: Scenario | None, choices: Choices, *, form=None, status=200, **context):
    """The plan of `choices`, and a form that shows them or, where they are faulty, what was typed.

    Wishes that contradict each other can't be planned: the form names them above a plan without any.
    """
    form = form or _form(result, choices)
    if choices.faults(framework_of(result)):
        choices = choices.without_wishes
    page = roadmap_page(result, choices, get_language())
    query = request.GET.urlencode() if context.get("is_trial") else ""
    context |= {
        "result": result,
        "team": result.team,
        "organization": result.organization,
        "section": "roadmap",
        "stored": stored,
        "choices": choices,
        "form": form,
        "page": page,
        "solving": _solving(request, result, plan_for(result, choices), query),
        "chart_settings": settings_for(get_language()),
        "target_rows": list(zip(page.targets, form.target_fields, strict=True)),
        "may_plan": user_can(request.user, Act.PLAN, result.team),
    }
    return render(request, "reports/roadmap.html", context, status=status)
