"""Which challenge hurts us: a team's challenges, scored from the principles that address them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment.access import result_for
from assessment.models import Result
from assessment.results import framework_of
from assessment.scorecard import Scorecard
from organizations.models import Team
from reports import charts
from reports.challenges import ChallengeRow, challenge_rows, challenge_table, challenges_finding
from reports.export import csv_response, csv_text

TEAMS_PER_PAGE = 50


@login_required
def our_challenges(request):
    """To the only team's challenges, or to a choice of those teams that the person may see."""
    start = request.GET.get("start", "")[:80]
    teams, before, after = Team.objects.for_user(request.user).page_from(start, TEAMS_PER_PAGE)
    of_page = Result.objects.filter(team__in=[team.pk for team in teams])
    results = list(of_page.standing().latest_of_each_team())
    if len(results) == 1 and before is None and after is None:
        return redirect("result-challenges", results[0].assessment_id)
    context = {"results": results, "section": "results", "start": start, "before": before, "after": after}
    return render(request, "reports/our_challenges.html", context)


@login_required
def result_challenges(request, assessment_id: int):
    """Each challenge with its score, what makes it, and what lags; the one that hurts most first."""
    result = result_for(request.user, assessment_id)
    rows, language = _rows(result), get_language()
    finding = challenges_finding(rows, language)
    context = {
        "assessment": result.assessment,
        "team": result.team,
        "organization": result.organization,
        "section": "results",
        "result": result,
        "rows": rows,
        "has_bounds": any(row.has_bounds for row in rows),
        "finding": finding,
        "chart": charts.challenges_chart(result, framework_of(result), rows, language),
        "chart_settings": charts.settings_for(language),
    }
    return render(request, "reports/result_challenges.html", context)


@login_required
def result_challenges_csv(request, assessment_id: int):
    """The challenges of a result as a table."""
    result = result_for(request.user, assessment_id)
    rows, language = _rows(result), get_language()
    about = [
        (_("Table"), _("Which challenge hurts")),
        (_("Finding"), challenges_finding(rows, language)),
        (_("Team"), result.team_name),
        (_("Period"), result.period),
        (_("Framework"), framework_of(result).identifier),
        (_("Inputs"), result.input_hash),
        (_("Exported at"), timezone.now().isoformat(timespec="seconds")),
        (_("Address"), request.build_absolute_uri(reverse("result-challenges", args=[assessment_id]))),
    ]
    text = csv_text(about, *challenge_table(rows, language))
    return csv_response(f"{result.team_name}-{result.period}-challenges", text)


def _rows(result: Result) -> tuple[ChallengeRow, ...]:
    return challenge_rows(framework_of(result), Scorecard.from_dict(result.scorecard), get_language())
