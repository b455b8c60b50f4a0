"""One fix, many teams: what several teams of an organization have before them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils.translation import get_language

from assessment.access import organization_for
from organizations.models import Team
from reports.joint import joint_page


@login_required
def joint_initiatives(request, organization_id: int):
    """The same open initiative of several teams, of those that the reader may see."""
    organization = organization_for(request.user, organization_id)
    teams = list(Team.objects.for_user(request.user).filter(organization=organization).active().by_name())
    page = joint_page(organization, teams, get_language())
    context = {"organization": organization, "section": "dashboard", "page": page}
    return render(request, "reports/joint_initiatives.html", context)
