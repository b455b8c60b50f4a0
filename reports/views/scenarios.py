"""The scenarios of a result: kept, named, compared side by side, and one of them adopted."""

from __future__ import annotations

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessment.access import result_for
from assessment.models import Result
from organizations.permissions import Act, user_can
from reports import actions
from reports.adoption import AdoptionConflict, NothingToAdopt, adopt
from reports.comparing import MOST_COMPARED, Candidate, compare
from reports.forms import ScenarioForm
from reports.models import AdoptedPlan, Scenario
from reports.plans import choices_of
from reports.refusals import scenario_refusal
from reports.roadmap.wishes import ImpossibleWishes


@login_required
def scenarios(request, assessment_id: int):
    """The scenarios, and those that the address names side by side; a post keeps a further one. Raises Http404."""
    result = result_for(request.user, assessment_id, Act.PLAN if request.method == "POST" else Act.SEE)
    if request.method == "POST":
        return _add(request, result)
    return _page(request, result)


def _add(request, result: Result):
    """A copy of the scenario that the form names, else of the proposal."""
    form = ScenarioForm(request.POST)
    if not form.is_valid():
        return _page(request, result, form=form, status=422)
    source = form.cleaned_data["start_from"]
    scenario = get_object_or_404(Scenario.objects.of_result(result), pk=source) if source else None
    name = form.cleaned_data["name"]
    try:
        choices = choices_of(scenario, result)
        added = actions.add_scenario(user=request.user, result=result, name=name, choices=choices, now=timezone.now())
    except (actions.NameTaken, actions.TooManyScenarios) as fault:
        form.add_error("name", scenario_refusal(fault))
        return _page(request, result, form=form, status=422)
    return redirect(f"{reverse('roadmap', args=[result.assessment_id])}?scenario={added.pk}")


@login_required
@require_POST
def rename_scenario(request, assessment_id: int, scenario_id: int):
    """Give a scenario another name."""
    result, scenario = _scenario(request, assessment_id, scenario_id)
    form = ScenarioForm(request.POST)
    if form.is_valid():
        try:
            name = form.cleaned_data["name"]
            actions.rename_scenario(user=request.user, scenario=scenario, name=name, now=timezone.now())
            return redirect("scenarios", result.assessment_id)
        except actions.NameTaken as fault:
            form.add_error("name", scenario_refusal(fault))
    return _page(request, result, form=form, status=422)


@login_required
@require_POST
def remove_scenario(request, assessment_id: int, scenario_id: int):
    """Delete a scenario that isn't adopted."""
    result, scenario = _scenario(request, assessment_id, scenario_id)
    try:
        actions.remove_scenario(user=request.user, scenario=scenario, now=timezone.now())
    except actions.ScenarioAdopted:
        return _page(request, result, refused=_("This scenario is adopted, so it stays."), status=409)
    messages.success(request, _("Deleted."))
    return redirect("scenarios", result.assessment_id)


@login_required
@require_POST
def adopt_scenario(request, assessment_id: int, scenario_id: int):
    """Decide on a scenario, as the page showed it."""
    result, scenario = _scenario(request, assessment_id, scenario_id)
    try:
        plan = adopt(
            user=request.user,
            result=result,
            scenario=scenario,
            version=_number(request, "version"),
            seen=_number(request, "adopted"),
            now=timezone.now(),
        )
    except actions.RoadmapConflict:
        refused = _("Somebody changed this scenario meanwhile. Look at its plan again before you adopt it.")
        return _page(request, result, refused=refused, status=409)
    except AdoptionConflict as conflict:
        refused = _("%(name)s adopted a plan meanwhile. Look at it before you adopt another one in its place.")
        return _page(request, result, refused=refused % {"name": conflict.current.adopted_by_name or "–"}, status=409)
    except (NothingToAdopt, ImpossibleWishes):
        return _page(request, result, refused=_("This scenario has no plan to adopt."), status=422)
    messages.success(request, _("Adopted. Give each initiative an owner."))
    return redirect("adopted-plan", plan.pk)


def _number(request, name: str) -> int:
    """A number that the form sent; 0 for anything else."""
    sent = request.POST.get(name, "")
    return int(sent) if re.fullmatch("[0-9]{1,18}", sent) else 0


def _scenario(request, assessment_id: int, scenario_id: int) -> tuple[Result, Scenario]:
    result = result_for(request.user, assessment_id, Act.PLAN)
    return result, get_object_or_404(Scenario.objects.of_result(result).select_related("result"), pk=scenario_id)


def _page(request, result: Result, *, form: ScenarioForm | None = None, refused: str = "", status: int = 200):
    rows, adopted = list(Scenario.objects.of_result(result)), AdoptedPlan.objects.of_result(result)
    named = request.GET.getlist("compare")
    if not {"0", *(str(row.pk) for row in rows)}.issuperset(named):
        raise Http404
    candidates = _candidates(result, rows, adopted, named)
    context = {
        "result": result,
        "team": result.team,
        "organization": result.organization,
        "section": "roadmap",
        "tab": "scenarios",
        "scenarios": rows,
        "adopted": adopted,
        "named": named,
        "form": form or ScenarioForm(),
        "refused": refused,
        "compared": compare(result, candidates, get_language()) if len(candidates) > 1 else None,
        "is_too_few": (bool(named) or "chosen" in request.GET) and len(candidates) < 2,
        "may_plan": user_can(request.user, Act.PLAN, result.team),
    }
    return render(request, "reports/scenarios.html", context, status=status)


def _candidates(result: Result, rows: list[Scenario], adopted: AdoptedPlan | None, named: list[str]) -> list[Candidate]:
    """The scenarios that the address names, in the page's order, the first three; "0" is the proposal."""
    proposal = [Candidate(0, _("Proposal"), choices_of(None, result))] if "0" in named else []
    chosen = [row for row in rows if str(row.pk) in named][: MOST_COMPARED - len(proposal)]
    is_adopted = {adopted.scenario_id} if adopted else set()
    return proposal + [Candidate(row.pk, row.label, choices_of(row, result), row.pk in is_adopted) for row in chosen]
