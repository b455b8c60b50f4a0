"""Error pages: what happened, what to do, and a number to quote. The later ones work without the database."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from assessment.actions import AnswerConflict, AssessmentClosed, ModuleOff, ProjectConflict, TooLateToUndo
from config.database import is_away
from organizations.actions import Refused
from reports.actions import NothingToRetry, RoadmapConflict

RETRY_SECONDS = 10
CONFLICTS = (
    AnswerConflict,
    AssessmentClosed,
    ModuleOff,
    NothingToRetry,
    ProjectConflict,
    Refused,
    RoadmapConflict,
    TooLateToUndo,
)
"""What a person can run into because somebody else was faster. Pages that know more say it themselves."""


def bad_request(request, exception=None):
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _bare(request, 400)


def forbidden(request, exception=None):
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


def not_found(request, exception=None):
    return render(request, "404.html", status=404)


def conflict(request, exception=None):
    """Somebody was faster: what stands is the other's, what was typed is still in the browser."""
    reason = _("This assessment was closed meanwhile.") if isinstance(exception, AssessmentClosed) else ""
    if isinstance(exception, Refused):
        reason = str(exception)
    return render(request, "409.html", {"reason": reason}, status=409)


def too_large(request, exception=None):
    return _bare(request, 413)


def too_many(request, exception=None):
    """Somebody asked too often; allauth's limits end here, too. Whoever knows when to come back sets Retry-After."""
    response = _bare(request, 429)
    response["Retry-After"] = str(getattr(exception, "retry_after", None) or 60)
    return response


def server_error(request):
    """A fault of ours; or 503 when it is only that the database is away, in whatever layer that was noticed."""
    if is_away(sys.exc_info()[1]):
        return unavailable(request)
    return _bare(request, 500)


def unavailable(request):
    response = _bare(request, 503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _bare(request, status: int) -> HttpResponse:
    """A page that asks nothing of the database: no account, no messages."""
    language = getattr(request, "LANGUAGE_CODE", "") or translation.get_language_from_request(request)
    with translation.override(language):
        page = render_to_string(f"{status}.html", {"request_id": getattr(request, "id", "-")})
    response = HttpResponse(page, status=status)
    response["Cache-Control"] = "no-store"
    return response


class ConflictMiddleware:
    """A conflict that a view didn't foresee is a page of its own, not a fault."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return conflict(request, exception) if isinstance(exception, CONFLICTS) else None
