"""The roadmap of a result: what to do next, why, and what it brings; its choices can be tried before they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment.access import result_for, team_for
from assessment.models import Outcome, Result
from jobs import heartbeat
from organizations.permissions import Act, user_can
from reports.actions import NameTaken, RoadmapConflict, TooManyScenarios, add_scenario, save_scenario
from reports.charts import settings_for
from reports.forms import RoadmapForm, ScenarioForm, values_of
from reports.models import AdoptedPlan, Scenario
from reports.money import money_of, rate_of
from reports.plans import Choices, choices_of, framework_for, is_settled, plan_for, quarter_labels
from reports.presenters import Solving, differences, roadmap_page, settled_state, solving_news, solving_state
from reports.refusals import NameMissing, scenario_refusal
from reports.retrospect import retrospect_of
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
    """The plan of a scenario, the standing one unless the address names another.

    Parameters of the address try other choices without storing them; a post stores them.
    """
    result = result_for(request.user, assessment_id, Act.PLAN if request.method == "POST" else Act.SEE)
    stored = _scenario(request, result)
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
    form = _tried(request, result, choices_of(_scenario(request, result), result))
    query = request.GET.urlencode()
    if request.method == "POST" and form.is_valid():
        request_best_plan(result=result, choices=form.choices, now=timezone.now())
    if not (request.htmx and form.is_valid()):
        return redirect(_address(result, request.GET.dict()))
    plan = plan_for(result, form.choices)
    news = solving_news(plan, get_language(), query) if is_settled(plan) else _solving(request, result, plan, query)
    response = render(request, "reports/_plan_quality.html", {"result": result, "solving": news})
    response["Cache-Control"] = "private, no-store"
    return response


def chosen_for(request, result: Result) -> Choices | None:
    """The choices that the address asks for, over the saved ones; None where they are faulty. Raises Http404."""
    form = _tried(request, result, choices_of(_scenario(request, result), result))
    return form.choices if form.is_valid() else None


def _scenario(request, result: Result) -> Scenario | None:
    """The scenario that the address names, else the standing one; None while nothing is saved. Raises Http404."""
    named = request.GET.get("scenario", "")
    if not named:
        return Scenario.objects.standing_of(result)
    if not (named.isascii() and named.isdigit() and len(named) < 19):
        raise Http404
    return get_object_or_404(Scenario.objects.of_result(result), pk=int(named))


def _address(result: Result, query: Mapping[str, str]) -> str:
    address = reverse("roadmap", args=[result.assessment_id])
    return f"{address}?{urlencode(query)}" if query else address


def _named(request) -> dict[str, str]:
    """The scenario that the address names, for other addresses."""
    named = request.GET.get("scenario", "")
    return {"scenario": named} if named else {}


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
    """Store what was sent, in this scenario or as a new one, or lead to the address that only tries it."""
    standing, go = choices_of(stored, result), request.POST.get("go")
    form = _form(result, standing, request.POST, is_trial=go == "try")
    if not form.is_valid():
        return _page(request, result, stored, standing, form=form, status=422)
    if go == "try":
        return redirect(_address(result, _named(request) | form.as_sent()))
    if go == "add":
        return _add(request, result, stored, form)
    try:
        save_scenario(user=request.user, result=result, scenario=stored, choices=form.choices, now=timezone.now())
    except RoadmapConflict as conflict:
        return _conflict(request, result, conflict.current, form.choices)
    messages.success(request, _("Saved. The plan follows these choices."))
    return redirect(_address(result, _named(request)))


def _add(request, result: Result, stored: Scenario | None, form: RoadmapForm):
    """Keep what was sent as a scenario of its own; the one on screen stays as it was."""
    named = ScenarioForm(request.POST)
    try:
        if not named.is_valid():
            raise NameMissing
        added = add_scenario(
            user=request.user,
            result=result,
            name=named.cleaned_data["name"],
            choices=form.choices,
            now=timezone.now(),
        )
    except (NameMissing, NameTaken, TooManyScenarios) as fault:
        form.add_error(None, scenario_refusal(fault))
        return _page(request, result, stored, choices_of(stored, result), form=form, status=422)
    messages.success(request, _("Saved as a scenario of its own."))
    return redirect(_address(result, {"scenario": str(added.pk)}))


def _conflict(request, result: Result, current: Scenario | None, yours: Choices):
    """409: both choices side by side, and what was typed in the form, ready to be saved over the other."""
    theirs = choices_of(current, result)
    framework = framework_for(result, theirs)
    both = differences(framework, quarter_labels(result, get_language()), theirs, yours, get_language())
    shown = replace(yours, version=theirs.version)
    return _page(request, result, current, shown, is_trial=True, differences=both, status=409)


def _form(result: Result, choices: Choices, data=None, *, is_trial: bool = True) -> RoadmapForm:
    labels = quarter_labels(result, get_language())
    framework = framework_for(result, choices)
    return RoadmapForm(data, framework=framework, quarters=labels, choices=choices, is_trial=is_trial)


def _page(request, result: Result, stored: Scenario | None, choices: Choices, *, form=None, status=200, **context):
    """The plan of `choices`, and a form that shows them or, where they are faulty, what was typed.

    Wishes that contradict each other can't be planned: the form names them above a plan without any.
    """
    form = form or _form(result, choices)
    if choices.faults(framework_for(result, choices)):
        choices = choices.without_wishes
    plan = plan_for(result, choices)  # once: while the cache is away each time would make it anew
    page = roadmap_page(result, plan, choices, get_language())
    outcomes = Outcome.objects.around(result.team, result.period) if rate_of(result.organization) else {}
    query = request.GET.urlencode() if context.get("is_trial") or _named(request) else ""
    context |= {
        "result": result,
        "team": result.team,
        "organization": result.organization,
        "section": "roadmap",
        "tab": "plan",
        "stored": stored,
        "scenarios": Scenario.objects.of_result(result),
        "adopted": AdoptedPlan.objects.of_result(result),
        "choices": choices,
        "form": form,
        "page": page,
        "query": query,
        "named": urlencode(_named(request)),
        "money": money_of(plan, result.organization, outcomes, get_language()),
        "solving": _solving(request, result, plan, query),
        "chart_settings": settings_for(get_language()),
        "target_rows": list(zip(page.targets, form.target_fields, form.mandatory_fields, strict=True)),
        "retrospect": retrospect_of(result, get_language()),
        "may_plan": user_can(request.user, Act.PLAN, result.team),
    }
    return render(request, "reports/roadmap.html", context, status=status)
