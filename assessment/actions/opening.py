"""Opening an assessment, from scratch or with what was said before, and changing its settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from assessment.actions.answering import append_revision, content_of
from assessment.actions.projects import copy_projects
from assessment.actions.refusals import AssessmentClosed, AssessmentOpen, NothingToCarry, TooFewPeople
from assessment.anonymity import may_be_anonymous
from assessment.models import Answer, Assessment, Respondent
from manifesto.definitions import Framework
from organizations.actions import TeamArchived
from organizations.audit import record
from organizations.models import Team


@transaction.atomic
def open_assessment(
    *,
    user,
    team: Team,
    framework: Framework,
    framework_hash: str,
    period: str,
    mode: str,
    form: str,
    scope: str,
    now: datetime,
    modules: Sequence[str] = (),
    closes_on=None,
    carry_from: Assessment | None = None,
) -> Assessment:
    """Open an assessment, with the last closed one as the source of hints.

    `carry_from` copies that assessment's answers as real answers: a short form carried into the full one.
    The mode stays what it is now. Raises AssessmentOpen when the team has an open one, TeamArchived, TooFewPeople
    where the team is too small for the mode anonymous, NothingToCarry.
    """
    team = lock_team(team.pk)
    if team.archived_at:
        raise TeamArchived
    if carry_from and Assessment.Mode.ANONYMOUS in (mode, carry_from.mode):
        raise NothingToCarry
    threshold = settings.ANONYMITY_THRESHOLD if mode == Assessment.Mode.ANONYMOUS else None
    if threshold and not may_be_anonymous(team.people, threshold):
        raise TooFewPeople(team.people, threshold)
    if already := Assessment.objects.open().filter(team=team).first():
        raise AssessmentOpen(already)
    assessment = Assessment.objects.create(
        organization=team.organization,
        team=team,
        framework_key=framework.key,
        framework_version=framework.version,
        framework_hash=framework_hash,
        period=period,
        mode=mode,
        threshold=threshold,
        form=form,
        modules=list(modules),
        scope=scope,
        previous=carry_from.previous if carry_from else Assessment.objects.last_closed_before(team, period),
        opened_by=user,
        opened_at=now,
        closes_on=closes_on,
    )
    if not assessment.has_own_sheets:
        Respondent.objects.create(assessment=assessment, shared=True, name=team.name, created_at=now)
    if carry_from:
        _copy_answers(source=carry_from, target=assessment, framework=framework, user=user, now=now)
    copy_projects(source=carry_from or assessment.previous, target=assessment, user=user, now=now)
    record(
        organization=team.organization,
        actor=user,
        action=gettext_noop("assessment opened"),
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
        mode=mode,
        form=form,
        modules=list(modules),
        framework=framework.identifier,
    )
    return assessment


def lock_team(team_id: int) -> Team:
    """Whatever decides which assessment of a team is the open one takes this lock first."""
    return Team.objects.select_related("organization").select_for_update(of=("self",), no_key=True).get(pk=team_id)


def _copy_answers(*, source: Assessment, target: Assessment, framework: Framework, user, now: datetime) -> None:
    shared = target.respondents.filter(shared=True).first()
    sheets: dict[int, Respondent] = {}
    for answer in Answer.objects.of_assessment(source):
        question = framework.question_by_key.get(answer.question_key)
        if question is None or question.revision != answer.question_revision:
            continue
        owner = answer.respondent
        if owner.pk not in sheets:
            sheets[owner.pk] = (owner.shared and shared) or Respondent.objects.create(
                assessment=target, user_id=owner.user_id, name=owner.name, shared=owner.shared, created_at=now
            )
        copy = Answer.objects.create(
            respondent=sheets[owner.pk],
            question_key=answer.question_key,
            question_revision=answer.question_revision,
            version=1,
            checked_by_id=answer.checked_by_id,
            updated_by_id=answer.updated_by_id,
            updated_by_name=answer.updated_by_name,
            updated_at=answer.updated_at,
            **content_of(answer),
        )
        append_revision(copy, user, now)


@transaction.atomic
def change_assessment(*, user, assessment_id: int, now: datetime, **changes) -> Assessment:
    """Change period, scope, modules or the date by which answers are wanted. Raises AssessmentClosed.

    What was answered in a module that is switched off stays, and counts again when it is switched on.
    """
    assessment = Assessment.objects.select_for_update(of=("self",), no_key=True).with_team().get(pk=assessment_id)
    if not assessment.is_open:
        raise AssessmentClosed
    before = {name: str(getattr(assessment, name)) for name in changes if name != "scope"}
    for name, value in changes.items():
        setattr(assessment, name, value)
    assessment.save(update_fields=list(changes))
    copy_projects(source=assessment.previous, target=assessment, user=user, now=now)
    record(
        organization=assessment.organization,
        actor=user,
        action=gettext_noop("assessment changed"),
        subject=str(assessment),
        now=now,
        assessment=assessment.pk,
        changed=sorted(changes),
        before=before,
    )
    return assessment
