"""A team's results: the page, why each number is what it is, and the table as a file."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment.access import assessment_for, may_see_names, result_for, team_for
from assessment.actions import can_undo
from assessment.explanations import explanation_of
from assessment.models import Outcome, Result
from assessment.outcomes import beside_score
from assessment.results import ResultsPage, build_page, framework_of
from assessment.scorecard import Blocker
from assessment.scoring import not_applicable_of, question_values, steps_to_next_level
from assessment.sensitivity import sensitivity_of
from assessment.sentences import (
    agreement_sentence,
    alpha_sentence,
    blocker_sentence,
    progress_sentence,
    sensitivity_sentence,
    state_sentence,
)
from manifesto.definitions import Initiative
from organizations.permissions import Act, NotAllowed, user_can
from reports import charts
from reports.export import Sheet, csv_response, csv_text, xlsx_response
from reports.modules import modules_of
from reports.plans import choices_for, framework_for, plan_for
from reports.retrospect import retrospect_of
from reports.roadmap.plan import RoadmapPlan
from reports.tables import (
    RESULT_TABLES,
    About,
    Table,
    about_answers,
    about_result,
    answers_table,
    result_table,
)

NEXT_STEPS = 3
KEPT_SECONDS = 24 * 3600


@login_required
def team_results(request, team_id: int):
    """To the latest result, or to a page that says what to do first."""
    team = team_for(request.user, team_id)
    latest = Result.objects.standing().filter(team=team).newest_first().first()
    if latest:
        return redirect("results", latest.assessment_id)
    context = {
        "team": team,
        "organization": team.organization,
        "section": "results",
        "open": team.assessments.open().first(),
        "may_run": user_can(request.user, Act.RUN_ASSESSMENT, team),
        "may_answer": user_can(request.user, Act.ANSWER, team),
    }
    return render(request, "reports/results_none.html", context)


@login_required
def results(request, assessment_id: int):
    """Where the team stands, what holds it there, what changed, and what to do next."""
    assessment = assessment_for(request.user, assessment_id, Act.SEE)
    if assessment.is_open:
        return _still_open(request, assessment)
    if assessment.is_anonymous and not assessment.results.standing().exists():
        messages.info(request, _("This assessment ended without a result: too few people had answered."))
        return redirect("team", assessment.team_id)
    result = result_for(request.user, assessment_id)
    page, plan = _page(result)
    language, sensitivity = get_language(), sensitivity_of(page.framework, page.card)
    context = result_frame(result, page, request.user) | {
        "progress": progress_sentence(page.framework, page.since.comparison if page.since else None, language),
        "sentence": state_sentence(page.framework, page.card, language),
        "blockers": _asked_for(page, page.card.overall.blockers),
        "steps": _steps(page),
        "next_steps": _next_steps(result, page, plan),
        "sensitivity": sensitivity,
        "sensitivity_sentence": sensitivity_sentence(sensitivity, language),
        "agreement": agreement_sentence(len(page.agreed), len(page.split), len(page.spread), language),
        "silent": [
            module
            for module in page.framework.modules
            if module.key in result.modules and module.key not in page.card.modules
        ],
        "modules": modules_of(page.framework, page.card, language, named=may_see_names(request.user, result)),
        "alpha": alpha_sentence(page.alpha, language),
        "retrospect": retrospect_of(result, language),
        "chart": charts.profile_chart(page, language),
        "chart_settings": charts.settings_for(language),
        "outcomes": beside_score(Outcome.objects.around(result.team, result.period), result.period, language),
        "may_answer": user_can(request.user, Act.ANSWER, result.team),
        "may_run": user_can(request.user, Act.RUN_ASSESSMENT, result.team),
        "can_undo": can_undo(result.assessment, timezone.now()),
    }
    return render(request, "reports/results.html", context)


@login_required
def result_subject(request, assessment_id: int, subject: str):
    """Why this number: the formula with the team's numbers in it, down to the answers."""
    result = result_for(request.user, assessment_id)
    page, _plan = _page(result)
    why = explanation_of(page, subject, get_language())
    if why is None:
        raise Http404
    context = result_frame(result, page, request.user) | {
        "why": why,
        "blockers": _asked_for(page, why.blockers),
        "principle": page.framework.principle_by_key.get(subject),
    }
    return render(request, "reports/result_subject.html", context)


@login_required
def results_csv(request, assessment_id: int):
    """A table of a result: its principles, or the one of RESULT_TABLES that is asked for."""
    result, name = result_for(request.user, assessment_id), request.GET.get("table", "principles")
    if name not in RESULT_TABLES:
        raise Http404
    page, _plan = _page(result)
    address = request.build_absolute_uri(reverse("results", args=[assessment_id]))
    title, table = result_table(page, name, get_language())
    text = csv_text(about_result(page, title, address, timezone.now()), *table)
    file = "results" if name == "principles" else name
    return csv_response(f"{result.team_name}-{result.period}-{file}", text)


@login_required
def results_xlsx(request, assessment_id: int):
    """Every table of a result in one workbook."""
    result = result_for(request.user, assessment_id)
    page, _plan = _page(result)
    address = request.build_absolute_uri(reverse("results", args=[assessment_id]))
    sheets = []
    for name in RESULT_TABLES:
        title, table = result_table(page, name, get_language())
        sheets.append(Sheet(title, about_result(page, title, address, timezone.now()), *table))
    return xlsx_response(f"{result.team_name}-{result.period}-results", sheets)


@login_required
def answers_csv(request, assessment_id: int):
    """Everything that was typed, with who typed it."""
    result = _with_single_answers(request, assessment_id)
    about, (head, rows) = _answers(request, result)
    return csv_response(f"{result.team_name}-{result.period}-answers", csv_text(about, head, rows))


@login_required
def answers_xlsx(request, assessment_id: int):
    """The same as a workbook."""
    result = _with_single_answers(request, assessment_id)
    about, (head, rows) = _answers(request, result)
    return xlsx_response(f"{result.team_name}-{result.period}-answers", [Sheet(_("Answers"), about, head, rows)])


def _with_single_answers(request, assessment_id: int) -> Result:
    """The result whose single answers the person may see. Raises NotAllowed."""
    result = result_for(request.user, assessment_id, Act.SEE_SINGLE_ANSWERS)
    if result.is_anonymous:
        raise NotAllowed(_("These answers were anonymous: nobody sees single ones."))
    return result


def _answers(request, result: Result) -> tuple[About, Table]:
    address = request.build_absolute_uri(reverse("results", args=[result.assessment_id]))
    table = answers_table(result, framework_of(result), get_language())
    return about_answers(result, address, timezone.now()), table


def _still_open(request, assessment):
    """Who can answer goes on answering; others read that there is nothing to see yet."""
    if user_can(request.user, Act.ANSWER, assessment.team):
        return redirect("assessment", assessment.pk)
    context = {
        "assessment": assessment,
        "team": assessment.team,
        "organization": assessment.organization,
        "section": "results",
    }
    return render(request, "reports/results_open.html", context)


def _next_steps(result: Result, page: ResultsPage, plan: RoadmapPlan) -> list[Initiative]:
    """What is worth most for its effort, be it of the catalogue or of the team's own."""
    keys, known = [item.initiative for item in plan.priorities[:NEXT_STEPS]], page.framework.initiative_by_id
    if not known.keys() >= set(keys):
        known = framework_for(result, choices_for(result)).initiative_by_id
    return [known[key] for key in keys]


def _page(result: Result) -> tuple[ResultsPage, RoadmapPlan]:
    """The prepared result, with the targets that the roadmap has, too."""
    plan = plan_for(result, choices_for(result))
    return build_page(result, Result.objects.last_before(result), plan.targets), plan


def result_frame(result: Result, page: ResultsPage, user) -> dict:
    """What every page of a result shows."""
    return {
        "assessment": result.assessment,
        "team": result.team,
        "organization": result.organization,
        "section": "results",
        "result": result,
        "page": page,
        "level_text": page.framework.level_name(page.card.overall.level).name,
        "may_see_names": may_see_names(user, result),
        "may_read_comments": result.is_anonymous and user_can(user, Act.SEE_SINGLE_ANSWERS, result.team),
    }


def _asked_for(page: ResultsPage, blockers: Iterable[Blocker]) -> list[str]:
    """What the next level asks for, each subject once with the strictest of its conditions."""
    strictest: dict[str, Blocker] = {}
    for blocker in blockers:
        kept = strictest.get(blocker.subject)
        if kept is None or blocker.required > kept.required:
            strictest[blocker.subject] = blocker
    return [blocker_sentence(page.framework, blocker, get_language()) for blocker in strictest.values()]


def _steps(page: ResultsPage) -> list[dict]:
    """Questions that alone would raise the level, with the anchor to reach; computed once per result."""
    result, card = page.result, page.card
    framework = framework_of(result)
    key = f"edge-{framework.identifier}-{result.framework_hash}-{result.input_hash}".replace(":", "-")
    steps = cache.get(key)
    if steps is None:
        steps = steps_to_next_level(framework, question_values(card), not_applicable_of(card), card.form)
        cache.set(key, steps, KEPT_SECONDS)
    questions = framework.question_by_key
    return [
        {
            "question": questions[step.question],
            "page": page.page_of(questions[step.question].subject),
            "level": step.level,
            "anchor": questions[step.question].anchor(step.level),
        }
        for step in steps
    ]
