"""The first line of each view: load what the person may see (else 404), check what they want to do (else 403)."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from assessment.models import Assessment, Result
from organizations.models import Organization, Team
from organizations.permissions import Act, check_user_can, user_can


def team_for(user, team_id: int, act: Act = Act.SEE) -> Team:
    """The team with its organization. Raises Http404, NotAllowed."""
    team = get_object_or_404(Team.objects.for_user(user).select_related("organization"), pk=team_id)
    if act != Act.SEE:
        check_user_can(user, act, team)
    return team


def assessment_for(user, assessment_id: int, act: Act = Act.ANSWER) -> Assessment:
    """The assessment with team and organization. Raises Http404, NotAllowed."""
    assessment = get_object_or_404(Assessment.objects.for_user(user).with_team(), pk=assessment_id)
    if act != Act.SEE:
        check_user_can(user, act, assessment.team)
    return assessment


def sheet_for(user, assessment_id: int) -> Assessment:
    """A team's assessment or the organization's own sheet, for who answers there. Raises Http404, NotAllowed."""
    sheet = get_object_or_404(Assessment.objects.known_to(user).with_team(), pk=assessment_id)
    if sheet.is_of_organization:
        check_user_can(user, Act.ANSWER_FOR_ORGANIZATION, sheet.organization)
    else:
        check_user_can(user, Act.ANSWER, sheet.team)
    return sheet


def result_for(user, assessment_id: int, act: Act = Act.SEE) -> Result:
    """The standing result of an assessment, with team and organization. Raises Http404, NotAllowed."""
    results = Result.objects.for_user(user).standing().select_related("team", "organization", "assessment")
    result = get_object_or_404(results, assessment__pk=assessment_id)
    if act != Act.SEE:
        check_user_can(user, act, result.team)
    return result


def may_see_names(user, result: Result) -> bool:
    """Whether the person may see who answered what; where answers were anonymous nobody may."""
    return not result.is_anonymous and user_can(user, Act.SEE_SINGLE_ANSWERS, result.team)


def organization_for(user, organization_id: int, act: Act = Act.SEE) -> Organization:
    """The organization. Raises Http404, NotAllowed."""
    organization = get_object_or_404(Organization.objects.for_user(user), pk=organization_id)
    if act != Act.SEE:
        check_user_can(user, act, organization)
    return organization
