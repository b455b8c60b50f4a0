"""A team's own page, and the start of an assessment."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessment import actions, questionnaire
from assessment.access import assessment_for, team_for
from assessment.forms import StartForm, too_few_people
from assessment.models import Answer, Assessment, Result
from assessment.periods import period_of
from assessment.views.answering import frame
from manifesto import catalog
from manifesto.export import framework_hash
from organizations.actions import TeamArchived
from organizations.permissions import Act, user_can


@login_required
def team(request, team_id: int):
    """What the team can do now: start, continue, read results; and its history."""
    team = team_for(request.user, team_id)
    open_one = Assessment.objects.open().filter(team=team).with_team().first()
    answers = Answer.objects.on_sheet_of(open_one, request.user) if open_one else []
    shared = list(Answer.objects.of_organization(team.organization_id))
    framework = catalog.get(open_one.framework_key, open_one.framework_version) if open_one else catalog.current()
    context = {
        "team": team,
        "organization": team.organization,
        "section": "assess",
        "open": open_one,
        "sheet": questionnaire.build(open_one, answers, get_language(), None, shared) if open_one else None,
        "for_organization": questionnaire.organization_cards(framework, shared, get_language()),
        "may_answer_for": user_can(request.user, Act.ANSWER_FOR_ORGANIZATION, team.organization),
        "results": Result.objects.standing().filter(team=team).for_dashboard().newest_first(),
        "may_answer": user_can(request.user, Act.ANSWER, team),
        "may_run": user_can(request.user, Act.RUN_ASSESSMENT, team),
        "may_change_team": user_can(request.user, Act.CHANGE_TEAM, team),
        "may_manage_people": user_can(request.user, Act.MANAGE_TEAM_PEOPLE, team),
    }
    return render(request, "assessment/team.html", context)


@login_required
def welcome(request, team_id: int):
    """Where an invitation leads: to the page before question 1 if there is something to answer."""
    team = team_for(request.user, team_id)
    open_one = Assessment.objects.open().filter(team=team).first()
    if open_one and user_can(request.user, Act.ANSWER, team):
        return redirect("about", open_one.pk)
    return redirect("team", team.pk)


@login_required
def start(request, team_id: int):
    """Choose scope, period, form and mode, and open the assessment."""
    team = team_for(request.user, team_id, Act.RUN_ASSESSMENT)
    if team.archived_at:
        return _archived(request, team)
    last = Assessment.objects.closed().filter(team=team).newest_first().first()
    initial = {
        "scope": last.scope if last else "",
        "period": period_of(timezone.localdate()),
        "mode": last.mode if last else Assessment.Mode.SINGLE,
        "form": Assessment.Form.FULL,
        "modules": last.modules if last else [],
    }
    framework = catalog.current()
    form = StartForm(request.POST or None, initial=initial, framework=framework, team=team)
    if request.method == "POST" and form.is_valid():
        try:
            return _open(request, team, form.cleaned_data)
        except actions.TooFewPeople as error:
            form.add_error("mode", too_few_people(error.people, error.threshold))
    context = {
        "team": team,
        "organization": team.organization,
        "section": "assess",
        "form": form,
        "modules": questionnaire.module_choices(framework, form["modules"].value() or [], get_language()),
    }
    return render(request, "assessment/start.html", context, status=422 if form.is_bound else 200)


def _archived(request, team):
    messages.warning(request, _("The team is archived. Restore it to start an assessment."))
    return redirect("team", team.pk)


def _open(request, team, choices):
    framework = catalog.current()
    try:
        assessment = actions.open_assessment(
            user=request.user,
            team=team,
            framework=framework,
            framework_hash=framework_hash(framework),
            now=timezone.now(),
            **choices,
        )
    except actions.AssessmentOpen as error:
        messages.warning(request, _("Somebody opened an assessment in the meantime. Here it is."))
        return redirect("assessment", error.assessment.pk)
    except TeamArchived:
        return _archived(request, team)
    return redirect("about", assessment.pk)


@login_required
@require_POST
def carry(request, assessment_id: int):
    """Carry the answers of a closed short form into a new full one."""
    short = assessment_for(request.user, assessment_id, Act.RUN_ASSESSMENT)
    framework = catalog.current()
    try:
        assessment = actions.open_assessment(
            user=request.user,
            team=short.team,
            framework=framework,
            framework_hash=framework_hash(framework),
            period=short.period,
            mode=short.mode,
            form=Assessment.Form.FULL,
            modules=short.modules,
            scope=short.scope,
            now=timezone.now(),
            carry_from=short,
        )
    except actions.AssessmentOpen as error:
        assessment = error.assessment
        messages.warning(request, _("The team already has an open assessment. Here it is."))
    except actions.NothingToCarry:
        reason = _("The sheets of this assessment were deleted when it was closed, so that nobody can go on from them.")
        return render(request, "assessment/refused.html", frame(short, reason=reason), status=409)
    except TeamArchived:
        return _archived(request, short.team)
    return redirect("assessment", assessment.pk)
