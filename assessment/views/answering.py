"""The questionnaire: task list, one page per principle or pillar, and the saves."""

from __future__ import annotations

import re

from django.contrib.auth.decorators import login_required
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assessment import actions, questionnaire
from assessment.access import assessment_for, sheet_for
from assessment.forms import AnswerForm, AssessmentForm, prefix_of
from assessment.hints import read_by_today
from assessment.models import Answer, Assessment, Reconfirmation, Revision
from manifesto import catalog
from organizations.permissions import Act, user_can

TYPED = ("name", "note")
ENDS_OF_TYPED = ("-note", "-reason", "-holders", "-evidence_url")


def sheet_of(assessment: Assessment, user, with_last: bool = False) -> questionnaire.Questionnaire:
    """The questionnaire with the answers that the person writes and, on request, those of last time."""
    last = Answer.objects.on_sheet_of(assessment.previous, user).by_key() if with_last and assessment.previous else {}
    last = read_by_today(catalog.get(assessment.framework_key, assessment.framework_version), last)
    answers = Answer.objects.on_sheet_of(assessment, user).select_related("checked_by")
    shared = Answer.objects.of_organization(assessment.organization_id)
    anew = Reconfirmation.objects.due_for(assessment)
    return questionnaire.build(assessment, answers, get_language(), last, shared, anew)


def frame(assessment: Assessment, **context) -> dict:
    """What every page of an assessment, or of the organization's own sheet, shows around its content."""
    return {
        "assessment": assessment,
        "team": assessment.team,
        "organization": assessment.organization,
        "place": assessment.team or assessment.organization,
        "list_address": list_address(assessment),
        "section": "assess",
        **context,
    }


def list_address(assessment: Assessment) -> str:
    """The page from which the sheet's questions are reached."""
    if assessment.is_of_organization:
        return reverse("organization-answers", args=[assessment.organization_id])
    return reverse("assessment", args=[assessment.pk])


@login_required
def about(request, assessment_id: int):
    """Before question 1: who sees single answers, who sees results, how to answer; then begin."""
    assessment = assessment_for(request.user, assessment_id)
    if not assessment.is_open:
        return redirect("results", assessment.pk)
    if request.method == "POST":
        try:
            actions.begin_answering(user=request.user, assessment=assessment, now=timezone.now())
        except actions.AssessmentClosed:
            return redirect("results", assessment.pk)
        sheet = sheet_of(assessment, request.user)
        return redirect_to_card(assessment, sheet.first_open or sheet.cards[0])
    sheet = sheet_of(assessment, request.user)
    lists_projects = actions.rates_projects(assessment, sheet.framework)
    return render(request, "assessment/about.html", frame(assessment, sheet=sheet, lists_projects=lists_projects))


def redirect_to_card(assessment: Assessment, card: questionnaire.Card):
    address = reverse("section", args=[assessment.pk, card.question.subject])
    return redirect(f"{address}#q-{card.prefix}")


@login_required
def assessment(request, assessment_id: int):
    """The task list: sections with their state, and honest minutes left."""
    assessment = assessment_for(request.user, assessment_id)
    if not assessment.is_open:
        return redirect("results", assessment.pk)
    sheet = sheet_of(assessment, request.user)
    show = request.GET.get("show", "")
    kept = {"open": lambda s: s.open, "flagged": lambda s: s.flagged, "anew": lambda s: s.anew}.get(
        show, lambda s: True
    )
    context = frame(
        assessment,
        sheet=sheet,
        sections=[section for section in sheet.sections if kept(section)],
        show=show,
        **_projects_of(assessment, sheet),
        may_run=user_can(request.user, Act.RUN_ASSESSMENT, assessment.team),
    )
    return render(request, "assessment/assessment.html", context)


def _projects_of(assessment: Assessment, sheet: questionnaire.Questionnaire) -> dict:
    """Whether the assessment lists candidate projects, and how many."""
    if not actions.rates_projects(assessment, sheet.framework):
        return {"rates_projects": False}
    return {"rates_projects": True, "project_count": assessment.projects.standing().count()}


@login_required
def continue_answering(request, assessment_id: int):
    """To the first open question, from whatever device; to the check when nothing is open."""
    assessment = assessment_for(request.user, assessment_id)
    card = sheet_of(assessment, request.user).first_open
    return redirect_to_card(assessment, card) if card else redirect("check-answers", assessment.pk)


@login_required
def section(request, assessment_id: int, subject: str):
    """One principle or pillar with all its questions. A plain post saves every one that was changed."""
    assessment = assessment_for(request.user, assessment_id)
    if not assessment.is_open:
        return closed(request, assessment) if request.method == "POST" else redirect("results", assessment.pk)
    sheet = sheet_of(assessment, request.user, with_last=True)
    section = sheet.section(subject)
    if section is None:
        if request.method == "POST" and subject in sheet.framework.module_prefixes:
            return module_off(request, assessment)
        raise Http404
    before, after = sheet.neighbours(section)
    status = 200
    if request.method == "POST":
        status = save_cards(request, assessment, section.cards)
        if status == 200:
            return _go(request, assessment, before, after)
        if status == 410:
            return closed(request, assessment)
    context = frame(assessment, sheet=sheet, page=section, before=before, after=after, **troubles(section.cards))
    if any(card.organization for card in section.cards):
        context["may_answer_for"] = user_can(request.user, Act.ANSWER_FOR_ORGANIZATION, assessment.organization)
    return render(request, "assessment/section.html", context, status=status)


def troubles(cards: list[questionnaire.Card]) -> dict:
    """What could not be saved, for the summary above the questions."""
    return {
        "errors": [(card, error) for card in cards if card.form for error in card.form.errors.items()],
        "conflicts": [card for card in cards if card.conflicting],
    }


def save_cards(request, assessment: Assessment, cards: list[questionnaire.Card]) -> int:
    """Save the changed questions of a plain post. The worst outcome: 200, 409 conflict, 422 input, 410 closed.

    A question that the organization answers has no fields, unless the page was opened before it did.
    """
    worst = 200
    for card in cards:
        if card.organization and f"{card.prefix}-version" not in request.POST:
            continue
        form = AnswerForm(request.POST, key=card.key, last=card.last)
        if form.keeps_theirs:
            continue
        if not form.is_valid():
            card.form, worst = form, max(worst, 422)
        elif not _unchanged(card, form):
            outcome = _save_card(request, assessment, card, form)
            if outcome == 410:
                return outcome
            worst = max(worst, outcome)
    return worst


def _unchanged(card: questionnaire.Card, form: AnswerForm) -> bool:
    """Whether there is nothing to save: the question says what is saved already, or what the page showed.

    The page's script may have saved it a moment ago; somebody else may have changed a question that was left alone.
    """
    version = form.cleaned_data["version"]
    if card.answer and form.entry.says_same_as(card.answer):
        return True
    if card.answer is None or version == 0:
        return form.entry.is_empty
    shown = Revision.objects.filter(answer=card.answer, version=version).first()
    return shown is not None and form.entry.says_same_as(shown)


def _save_card(request, assessment: Assessment, card: questionnaire.Card, form: AnswerForm) -> int:
    try:
        card.answer = _save(request, assessment.pk, card.key, form)
    except actions.AnswerConflict as conflict:
        if conflict.current and form.entry.says_same_as(conflict.current):
            return 200  # the page's script saved it while this request was on its way
        card.form, card.conflict, card.conflicting = form, conflict.current, True
        return 409
    except actions.InvalidAnswer as error:
        form.add_error(None, str(error))
        card.form = form
        return 422
    except actions.AssessmentClosed:
        return 410
    return 200


def _save(request, assessment_id: int, key: str, form: AnswerForm) -> Answer:
    return actions.save_answer(
        user=request.user,
        assessment_id=assessment_id,
        question_key=key,
        entry=form.entry,
        version=form.cleaned_data["version"],
        save_id=form.cleaned_data["save_id"],
        revision=form.cleaned_data["revision"],
        now=timezone.now(),
    )


def _go(request, assessment, before, after):
    """Where the pressed button leads."""
    if key := request.POST.get("check"):
        return check_evidence(request, assessment.pk, key)
    go = request.POST.get("go", "next")
    if any(name.endswith("-keep") for name in request.POST):
        go = "stay"
    if go == "previous" and before:
        return redirect("section", assessment.pk, before.key)
    if go == "stay":
        return redirect(request.path)
    if go == "list":
        return redirect("assessment", assessment.pk)
    return redirect("section", assessment.pk, after.key) if after else redirect("check-answers", assessment.pk)


def closed(request, assessment: Assessment):
    """409: the assessment was closed meanwhile; what was typed stays on the page that comes back."""
    return render(request, "assessment/closed.html", frame(assessment, typed=_typed(request)), status=409)


def module_off(request, assessment: Assessment):
    """409: the module was switched off meanwhile; what was typed stays on the page that comes back."""
    reason = _("This module was switched off meanwhile, so your last change was not saved.")
    context = frame(assessment, reason=reason, typed=_typed(request))
    return render(request, "assessment/refused.html", context, status=409)


def _typed(request) -> list[tuple[str, str]]:
    """The free text of a post, with the names of its fields."""
    texts = request.POST.items()
    return [(key, value) for key, value in texts if value and (key in TYPED or key.endswith(ENDS_OF_TYPED))]


@login_required
@require_POST
def save_answer(request, assessment_id: int, question_key: str):
    """Save one answer from the page's script: 200 with the new version, 409 with both values, 422 with the errors."""
    form = AnswerForm(request.POST, key=question_key)
    if not form.is_valid():
        sheet_for(request.user, assessment_id)  # a stranger hears 404 and a viewer 403, whatever they send
        return JsonResponse({"errors": form.errors.get_json_data()}, status=422)
    try:
        answer = _save(request, assessment_id, question_key, form)
    except Assessment.DoesNotExist as error:
        raise Http404 from error
    except actions.InvalidAnswer as error:
        return JsonResponse({"errors": {"__all__": [{"message": str(error)}]}}, status=422)
    except actions.AssessmentClosed:
        return JsonResponse({"closed": True, "message": _("This assessment was closed meanwhile.")}, status=409)
    except actions.AnswerConflict as conflict:
        return JsonResponse(_both(request, question_key, form, conflict.current), status=409)
    return JsonResponse({"version": answer.version, "state": answer.state, "saved": _clock(answer.updated_at)})


def _clock(moment) -> str:
    return date_format(timezone.localtime(moment), "TIME_FORMAT")


def _both(request, key: str, form: AnswerForm, current: Answer | None) -> dict:
    """Both values of a conflict, as data and as the piece of page from which the person chooses."""
    names = ("state", "level", "partly", "reason", "note", "holders", "evidence_url")
    theirs = {name: getattr(current, name) for name in names} if current else None
    yours = {name: getattr(form.entry, name) for name in names}
    context = {"yours": form.entry, "theirs": current, "prefix": prefix_of(key), "key": key}
    return {
        "conflict": True,
        "same": bool(current and form.entry.says_same_as(current)),
        "saved": _clock(current.updated_at) if current else "",
        "yours": yours,
        "theirs": theirs,
        "version": current.version if current else 0,
        "save_id": current.last_save_id() if current else "",
        "by": current.updated_by_name if current else "",
        "at": current.updated_at.isoformat() if current else "",
        "html": render_to_string("assessment/_conflict.html", context, request),
    }


def _check_question(assessment: Assessment, key: str) -> None:
    """Raise Http404 for what the assessment's framework doesn't ask."""
    if key not in catalog.get(assessment.framework_key, assessment.framework_version).question_by_key:
        raise Http404


@login_required
def history(request, assessment_id: int, question_key: str):
    """Every version of one answer on the person's sheet, newest first."""
    assessment = sheet_for(request.user, assessment_id)
    _check_question(assessment, question_key)
    answers = Answer.objects.on_sheet_of(assessment, request.user).filter(question_key=question_key)
    revisions = Revision.objects.filter(answer__in=answers).newest_first()
    context = frame(assessment, key=question_key, revisions=revisions)
    template = "assessment/_history.html" if request.htmx else "assessment/history.html"
    return render(request, template, context)


@login_required
@require_POST
def check_evidence(request, assessment_id: int, question_key: str):
    """A second person records that they looked at the evidence, as it stood in the version that the page showed."""
    assessment = sheet_for(request.user, assessment_id)
    _check_question(assessment, question_key)
    version = request.POST.get(f"{prefix_of(question_key)}-version", "")
    try:
        actions.check_evidence(
            user=request.user,
            assessment_id=assessment.pk,
            question_key=question_key,
            version=int(version) if re.fullmatch("[0-9]{1,9}", version) else 0,
            now=timezone.now(),
        )
    except actions.EvidenceNotCheckable as error:
        return render(request, "assessment/refused.html", frame(assessment, reason=str(error)), status=422)
    except actions.AnswerConflict:
        reason = _("Somebody changed this answer meanwhile. Look at its evidence again.")
        return render(request, "assessment/refused.html", frame(assessment, reason=reason), status=409)
    except actions.AssessmentClosed:
        return closed(request, assessment)
    if assessment.is_of_organization:
        address = list_address(assessment)
    else:
        address = reverse("section", args=[assessment.pk, question_key.split(".")[0]])
    return redirect(f"{address}#q-{prefix_of(question_key)}")


@login_required
def settings(request, assessment_id: int):
    """Scope, period, modules and date of an open assessment."""
    assessment = assessment_for(request.user, assessment_id, Act.RUN_ASSESSMENT)
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    form = AssessmentForm(request.POST or None, instance=assessment, framework=framework)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_assessment(
                user=request.user, assessment_id=assessment.pk, now=timezone.now(), **form.cleaned_data
            )
        except actions.AssessmentClosed:
            return closed(request, assessment)
        return redirect("assessment", assessment.pk)
    modules = questionnaire.module_choices(framework, form["modules"].value() or [], get_language())
    context = frame(assessment, form=form, modules=modules)
    return render(request, "assessment/settings.html", context, status=422 if form.is_bound else 200)


@login_required
def blank(request, assessment_id: int):
    """The whole questionnaire to print: empty, with room for notes."""
    assessment = assessment_for(request.user, assessment_id, Act.SEE)
    sheet = questionnaire.build(assessment, [], get_language())
    return render(request, "assessment/blank.html", frame(assessment, sheet=sheet))
