"""What came of a team's quarters: four numbers, entered each quarter, shown over time and as a file."""

from __future__ import annotations

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment.access import team_for
from assessment.actions import OutcomeConflict, OutcomeEntry, save_outcome
from assessment.models import Outcome, Result
from assessment.outcomes import MEASURES, measure_helps, measure_names, numbers_of, outcome_finding, quarter_rows, said
from assessment.periods import period_of, periods_between, shifted
from organizations.models import Team
from organizations.permissions import Act, user_can
from reports import charts
from reports.export import csv_response, csv_text
from reports.forms import OutcomeForm
from reports.presenters import Difference
from reports.tables import about_team, outcomes_of_team

LEAST_QUARTERS, MOST_QUARTERS = 4, 12
"""So many quarters are shown, whether or not they have numbers, and so many at most; the file has all."""
QUARTER = re.compile(r"20[0-9]{2}-Q[1-4]")


@login_required
def team_outcomes(request, team_id: int):
    """The four numbers over the last quarters, with the way to enter them."""
    team, language = team_for(request.user, team_id), get_language()
    outcomes, quarters = list(Outcome.objects.of_team(team)), _quarters(team)
    names, helps = measure_names(), measure_helps()
    context = _frame(request, team) | {
        "rows": quarter_rows(outcomes, quarters, language),
        "measures": [(names[key], helps[key]) for key in MEASURES],
        "chart": charts.outcomes_chart(team.name, outcomes, quarters, language) if outcomes else None,
        "chart_settings": charts.settings_for(language),
    }
    return render(request, "reports/team_outcomes.html", context)


@login_required
def outcome(request, team_id: int, period: str):
    """The numbers of one quarter; a post saves them."""
    team = team_for(request.user, team_id, Act.ANSWER)
    if not QUARTER.fullmatch(period) or period > shifted(period_of(timezone.localdate()), 1):
        raise Http404
    stored = Outcome.objects.of_team(team).filter(period=period).first()
    if request.method != "POST":
        return _page(request, team, period, OutcomeForm(outcome=stored))
    form = OutcomeForm(request.POST, outcome=stored)
    if not form.is_valid():
        return _page(request, team, period, form, status=422)
    version = form.cleaned_data["version"]
    try:
        save_outcome(user=request.user, team=team, period=period, entry=form.entry, version=version, now=timezone.now())
    except OutcomeConflict as conflict:
        return _conflict(request, team, period, form, conflict.current)
    messages.success(request, _("Saved."))
    return redirect("team-outcomes", team.pk)


@login_required
def outcomes_csv(request, team_id: int):
    """Every quarter that has numbers."""
    team = team_for(request.user, team_id)
    outcomes = list(Outcome.objects.of_team(team))
    address = request.build_absolute_uri(reverse("team-outcomes", args=[team.pk]))
    finding = outcome_finding(outcomes, get_language())
    about = about_team(team, _("Outcomes by quarter"), finding, address, timezone.now())
    return csv_response(f"{team.name}-outcomes", csv_text(about, *outcomes_of_team(outcomes)))


def _quarters(team: Team) -> list[str]:
    """From the first quarter with numbers or a result to the last one or today's; from LEAST to MOST_QUARTERS."""
    today = period_of(timezone.localdate())
    results = Result.objects.standing().filter(team=team).periods()
    known = [*results, *Outcome.objects.of_team(team).values_list("period", flat=True)]
    first = min([*known, shifted(today, 1 - LEAST_QUARTERS)])
    return periods_between(first, max([*known, today]))[-MOST_QUARTERS:]


def _conflict(request, team: Team, period: str, form: OutcomeForm, current: Outcome | None):
    """409: both values, and what was typed, ready to be saved over the other's."""
    typed = OutcomeForm(form.data.dict() | {"version": current.version if current else 0})
    both = _differences(current, form.entry)
    return _page(request, team, period, typed, stored=current, differences=both, status=409)


def _differences(current: Outcome | None, yours: OutcomeEntry) -> list[Difference]:
    names, language = measure_names(), get_language()
    theirs = dict(zip(MEASURES, numbers_of(current), strict=True))
    pairs = {key: (theirs[key], getattr(yours, key)) for key in MEASURES}
    return [
        Difference(names[key], said(their, language), said(your, language))
        for key, (their, your) in pairs.items()
        if their != your
    ]


def _page(request, team: Team, period: str, form: OutcomeForm, *, status: int = 200, **context):
    context |= _frame(request, team) | {"period": period, "form": form}
    return render(request, "reports/outcome.html", context, status=status)


def _frame(request, team: Team) -> dict:
    return {
        "team": team,
        "organization": team.organization,
        "section": "results",
        "may_answer": user_can(request.user, Act.ANSWER, team),
    }
