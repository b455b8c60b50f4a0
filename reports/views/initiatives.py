"""A team's own initiatives beside the catalogue's."""

from __future__ import annotations

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessment.access import team_for
from assessment.models import Result
from manifesto import catalog
from organizations.models import Team
from organizations.permissions import Act, user_can
from reports import initiatives as writes
from reports.forms import OwnInitiativeForm
from reports.models import AdoptedPlan, TeamInitiative
from reports.plans import framework_of
from reports.refusals import own_refusal
from reports.working import initiative_differences, initiative_rows


@login_required
def team_initiatives(request, team_id: int):
    """The team's own initiatives; a post adds one."""
    team = team_for(request.user, team_id, Act.PLAN if request.method == "POST" else Act.SEE)
    if request.method != "POST":
        return _list(request, team, OwnInitiativeForm(framework=_framework(team)))
    form = OwnInitiativeForm(request.POST, framework=_framework(team))
    if form.is_valid():
        try:
            added = writes.add_initiative(
                user=request.user, team=team, framework=_framework(team), entry=form.entry, now=timezone.now()
            )
        except writes.FaultyInitiative as error:
            _name(form, error)
        except writes.TooManyInitiatives:
            count = writes.MOST_INITIATIVES
            form.add_error(None, _("A team has at most %(count)d initiatives of its own.") % {"count": count})
        else:
            messages.success(request, _("Added as %(id)s. Plans take it into account from now on.") % {"id": added.key})
            return redirect("team-initiatives", team.pk)
    return _list(request, team, form, status=422)


@login_required
def team_initiative(request, team_id: int, initiative_id: int):
    """One of the team's own initiatives, to change."""
    team, row = _initiative(request, team_id, initiative_id)
    framework = _framework(team)
    if request.method != "POST":
        return _page(request, row, OwnInitiativeForm(framework=framework, row=row))
    form = OwnInitiativeForm(request.POST, framework=framework, row=row)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    try:
        writes.change_initiative(
            user=request.user,
            initiative=row,
            version=form.cleaned_data["version"],
            framework=framework,
            entry=form.entry,
            now=timezone.now(),
        )
    except writes.FaultyInitiative as error:
        _name(form, error)
        return _page(request, row, form, status=422)
    except writes.InitiativeConflict as conflict:
        return _conflict(request, row, form, conflict.current)
    return redirect("team-initiatives", team.pk)


def _conflict(request, row: TeamInitiative, form: OwnInitiativeForm, current: TeamInitiative | None):
    """409: both values, and what was typed, ready to be saved over the other's."""
    if current is None:
        refused = _("Somebody removed this initiative meanwhile.")
        return _page(request, row, form, refused=refused, status=409)
    both = initiative_differences(current, form.entry)
    typed = OwnInitiativeForm(form.data.dict() | {"version": current.version}, framework=form.framework, row=current)
    return _page(request, current, typed, differences=both, status=409)


@login_required
@require_POST
def remove_initiative(request, team_id: int, initiative_id: int):
    """Offer an initiative no more; adopted plans keep it."""
    team, row = _initiative(request, team_id, initiative_id)
    version = request.POST.get("version", "")
    form = OwnInitiativeForm(framework=_framework(team), row=row)
    try:
        writes.remove_initiative(
            user=request.user,
            initiative=row,
            version=int(version) if re.fullmatch("[0-9]{1,9}", version) else 0,
            now=timezone.now(),
        )
    except writes.InitiativeNeeded as error:
        refused = _("It stays: %(ids)s need it.") % {"ids": ", ".join(error.by)}
        return _page(request, row, form, refused=refused, status=409)
    except writes.InitiativeConflict as conflict:
        refused = _("Somebody changed this initiative meanwhile. Look at it again.")
        current = conflict.current or row
        form = OwnInitiativeForm(framework=_framework(team), row=current)
        return _page(request, current, form, refused=refused, status=409)
    messages.success(request, _("Removed. Adopted plans keep it."))
    return redirect("team-initiatives", team.pk)


def _initiative(request, team_id: int, initiative_id: int) -> tuple[Team, TeamInitiative]:
    team = team_for(request.user, team_id, Act.PLAN)
    return team, get_object_or_404(TeamInitiative.objects.of_team(team), pk=initiative_id)


def _framework(team: Team):
    """The release of the team's latest result, else today's."""
    latest = Result.objects.standing().filter(team=team).newest_first().first()
    return framework_of(latest) if latest else catalog.current()


def _name(form: OwnInitiativeForm, error: writes.FaultyInitiative) -> None:
    for fault in error.faults:
        form.add_error(fault.field if fault.field in form.fields else None, own_refusal(fault))


def _list(request, team: Team, form: OwnInitiativeForm, status: int = 200):
    rows = TeamInitiative.objects.of_team(team)
    context = _frame(request, team) | {"form": form, "rows": initiative_rows(rows, form.framework, get_language())}
    return render(request, "reports/team_initiatives.html", context, status=status)


def _page(request, row: TeamInitiative, form: OwnInitiativeForm, *, status: int = 200, **context):
    context |= _frame(request, row.team) | {"row": row, "form": form}
    return render(request, "reports/team_initiative.html", context, status=status)


def _frame(request, team: Team) -> dict:
    latest = Result.objects.standing().filter(team=team).newest_first().first()
    return {
        "team": team,
        "organization": team.organization,
        "section": "roadmap",
        "tab": "initiatives",
        "result": latest,
        "adopted": AdoptedPlan.objects.of_result(latest) if latest else None,
        "may_plan": user_can(request.user, Act.PLAN, team),
    }
