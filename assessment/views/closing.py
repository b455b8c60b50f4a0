"""Check your answers, close and score, and an hour to undo it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessment import actions
from assessment.access import assessment_for
from assessment.models import Assessment
from assessment.views.answering import frame, sheet_of
from organizations.permissions import Act, user_can


@login_required
def check_answers(request, assessment_id: int):
    """Every answer with a link to change it, and what closing means."""
    assessment = assessment_for(request.user, assessment_id)
    if not assessment.is_open:
        return redirect("results", assessment.pk)
    context = frame(
        assessment,
        sheet=sheet_of(assessment, request.user),
        respondents=_progress(assessment) if assessment.mode == Assessment.Mode.NAMED else [],
        may_run=user_can(request.user, Act.RUN_ASSESSMENT, assessment.team),
    )
    return render(request, "assessment/check_answers.html", context)


def _progress(assessment: Assessment) -> list[dict]:
    """Who answered how many questions: the count only, never the answers."""
    sheets = assessment.respondents.with_counts()
    return [{"name": sheet.name, "answered": sheet.answered} for sheet in sheets]


@login_required
@require_POST
def close(request, assessment_id: int):
    """Close and score."""
    assessment = assessment_for(request.user, assessment_id, Act.RUN_ASSESSMENT)
    try:
        actions.close_assessment(user=request.user, assessment_id=assessment.pk, now=timezone.now())
    except actions.AssessmentClosed:
        messages.info(request, _("Somebody closed this assessment already. These are its results."))
    except actions.NothingAnswered:
        reason = _("Nothing is answered yet, so there is nothing to score.")
        return render(request, "assessment/refused.html", frame(assessment, reason=reason), status=422)
    return redirect("results", assessment.pk)


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
        return render(request, "assessment/refused.html", frame(assessment, reason=reason), status=409)
    messages.success(request, _("The assessment is open again. Its answers are as they were."))
    return redirect("assessment", assessment.pk)
