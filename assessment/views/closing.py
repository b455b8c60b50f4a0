"""Check your answers, close and score, and an hour to undo it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessment import actions, candidates
from assessment.access import assessment_for
from assessment.agreement import LEAST_ANSWERS, straight_lining
from assessment.models import Answer, Assessment, Outcome, Revision
from assessment.outcomes import is_empty
from assessment.pace import seconds_per_question
from assessment.questionnaire import Questionnaire
from assessment.views.answering import frame, sheet_of
from organizations.permissions import Act, user_can


@login_required
def check_answers(request, assessment_id: int):
    """Every answer with a link to change it, and what closing means."""
    assessment = assessment_for(request.user, assessment_id)
    if not assessment.is_open:
        return redirect("results", assessment.pk)
    sheet = sheet_of(assessment, request.user)
    rated = actions.rates_projects(assessment, sheet.framework)
    context = frame(
        assessment,
        sheet=sheet,
        respondents=_progress(assessment, sheet) if assessment.mode == Assessment.Mode.NAMED else [],
        turnout=_turnout(assessment, sheet) if assessment.is_anonymous else None,
        lacks_outcomes=is_empty(Outcome.objects.of_team(assessment.team).filter(period=assessment.period).first()),
        hints=_hints(assessment, sheet, request.user),
        rates_projects=rated,
        projects=candidates.rows(sheet.framework, assessment.projects.standing(), get_language()) if rated else [],
        may_run=user_can(request.user, Act.RUN_ASSESSMENT, assessment.team),
    )
    return render(request, "assessment/check_answers.html", context)


def _hints(assessment: Assessment, sheet: Questionnaire, user) -> tuple[str, ...]:
    """What makes this person's answers look clicked through; told to nobody else (domain guide 2.4)."""
    seconds = seconds_per_question(Revision.objects.first_given_by(user, assessment))
    return straight_lining(sheet.own_values, seconds if len(seconds) >= LEAST_ANSWERS else ())


def _progress(assessment: Assessment, sheet: Questionnaire) -> list[dict]:
    """Who answered how many questions: the count only, never the answers. The organization's count for everybody."""
    own = [card.key for card in sheet.cards if not card.organization]
    sheets = assessment.respondents.with_counts(own)
    return [{"name": other.name, "answered": other.answered + sheet.for_organization} for other in sheets]


def _turnout(assessment: Assessment, sheet: Questionnaire) -> dict:
    """How many people have begun and finished an anonymous assessment, and how many questions have enough answers."""
    own = [card.key for card in sheet.cards if not card.organization]
    answered = [other.answered for other in assessment.respondents.with_counts(own) if other.answered]
    return {
        "begun": len(answered),
        "done": sum(count == len(own) for count in answered),
        "questions": Answer.objects.of_assessment(assessment).count_of_questions(own, assessment.threshold),
        "total": len(own),
    }


@login_required
@require_POST
def close(request, assessment_id: int):
    """Close and score. The action itself asks who may, in the query that locks the assessment."""
    try:
        actions.close_assessment(user=request.user, assessment_id=assessment_id, now=timezone.now())
    except Assessment.DoesNotExist as error:
        raise Http404 from error
    except actions.AssessmentClosed:
        messages.info(request, _("Somebody closed this assessment already. These are its results."))
    except actions.NothingToShow as error:
        reason = _(
            "No question has answers of at least %(threshold)d people yet, so that nothing could be shown. Wait until "
            "more people have answered, or end the assessment without a result."
        ) % {"threshold": error.threshold}
        return _refused(request, assessment_id, reason, 422)
    except actions.NothingAnswered:
        return _refused(request, assessment_id, _("Nothing is answered yet, so there is nothing to score."), 422)
    return redirect("results", assessment_id)


def _refused(request, assessment_id: int, reason: str, status: int):
    """Why it was refused, for who was let in by the action."""
    assessment = assessment_for(request.user, assessment_id, Act.SEE)
    return render(request, "assessment/refused.html", frame(assessment, reason=reason), status=status)


@login_required
@require_POST
def undo(request, assessment_id: int):
    """Open a mistakenly closed assessment again."""
    assessment = assessment_for(request.user, assessment_id, Act.RUN_ASSESSMENT)
    if assessment.is_open:
        return redirect("assessment", assessment.pk)
    try:
        actions.undo_closing(user=request.user, assessment_id=assessment.pk, now=timezone.now())
    except actions.TooLateToUndo:
        reason = _("A closing can be undone within an hour, as long as the team has no newer open assessment.")
        if assessment.is_anonymous:
            reason = _("It can't be undone: the sheets were deleted, so that nobody can learn who answered what.")
        return render(request, "assessment/refused.html", frame(assessment, reason=reason), status=409)
    messages.success(request, _("The assessment is open again. Its answers are as they were."))
    return redirect("assessment", assessment.pk)


@login_required
@require_POST
def end_without_result(request, assessment_id: int):
    """Give an anonymous assessment up that too few people answered. The action itself asks who may."""
    try:
        assessment = actions.end_without_result(user=request.user, assessment_id=assessment_id, now=timezone.now())
    except Assessment.DoesNotExist as error:
        raise Http404 from error
    except actions.AssessmentClosed:
        return redirect("results", assessment_id)
    except actions.SomethingToShow:
        reason = _("Enough people have answered for a result. Close the assessment to see it.")
        return _refused(request, assessment_id, reason, 409)
    messages.success(request, _("The assessment has ended without a result. Its sheets are deleted."))
    return redirect("team", assessment.team_id)
