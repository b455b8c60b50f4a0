"""The organization's own sheet: what is answered once for all its teams."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment import actions, questionnaire
from assessment.access import organization_for
from assessment.hints import read_by_today
from assessment.models import Answer, Assessment
from assessment.views.answering import check_evidence, frame, save_cards, troubles
from manifesto import catalog
from manifesto.export import framework_hash
from organizations.models import Organization
from organizations.permissions import Act


@login_required
def answers(request, organization_id: int):
    """Every question that is answered once for the organization. A plain post saves every one that was changed."""
    organization = organization_for(request.user, organization_id, Act.ANSWER_FOR_ORGANIZATION)
    own = _own_sheet(organization, request.user)
    sheet = _questions_of(own, request.user)
    status = 200
    if request.method == "POST":
        status = save_cards(request, own, sheet.cards)
        if status == 200:
            return _go(request, own)
    context = frame(own, sheet=sheet, section="organization", **troubles(sheet.cards))
    return render(request, "assessment/organization_answers.html", context, status=status)


def _own_sheet(organization: Organization, user) -> Assessment:
    """The sheet as it is; made or moved on to the current release first where that is needed."""
    sheet, framework = Assessment.objects.of_organization(organization).first(), catalog.current()
    if sheet and not actions.is_behind(sheet, framework):
        return sheet
    return actions.prepare_organization_sheet(
        user=user,
        organization=organization,
        framework=framework,
        framework_hash=framework_hash(framework),
        now=timezone.now(),
    )


def _questions_of(own: Assessment, user) -> questionnaire.Questionnaire:
    """The sheet's questions; answers to a question of before are hints, read by today's anchors where that is known."""
    framework = catalog.get(own.framework_key, own.framework_version)
    written = list(Answer.objects.on_sheet_of(own, user).select_related("checked_by"))
    today = {question.key: question.revision for question in framework.organization_questions}
    outdated = {a.question_key: a for a in written if today.get(a.question_key) not in (None, a.question_revision)}
    return questionnaire.build(own, written, get_language(), read_by_today(framework, outdated))


def _go(request, own: Assessment):
    if key := request.POST.get("check"):
        return check_evidence(request, own.pk, key)
    messages.success(request, _("Saved."))
    return redirect(request.path)
