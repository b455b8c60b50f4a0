"""What happens around every request: an id to quote, the person's language and time zone, errors that keep the page."""

from __future__ import annotations

import logging
import re
import secrets
import zoneinfo
from contextvars import ContextVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# What follows in an address lets somebody in. Invitations that are revoked are named by their number, which doesn't.
SECRET_IN_ADDRESS = re.compile(
    r"((?:invitations|login-link|password/reset/key)(?:/|%2F))(?!\d+/revoke)[^/\s\"'?&%]+", re.IGNORECASE
)


class RequestIdMiddleware:
    """Give each request an id: in the logs, in the `X-Request-Id` header and on error pages."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = secrets.token_hex(8)
        token = request_id.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-Id"] = request.id
        return response


class RequestIdFilter(logging.Filter):
    """Add the id of the current request to each log record, also to what Django logs of it after its middleware."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(getattr(record, "request", None), "id", request_id.get())
        return True


class SecretlessFormatter(logging.Formatter):
    """Keep the tokens of links out of the logs: whoever reads a log could use a link that is still open.

    It is the finished line that is searched, so that tracebacks are covered, too.
    """

    def format(self, record: logging.LogRecord) -> str:
        return SECRET_IN_ADDRESS.sub(r"\1***", super().format(record))


class NoLargeBodiesMiddleware:
    """Refuse with 400 what is larger than any form, before anything of it is read.

    Django does so for fields but not for files, which anybody could send to the sign-in page until the disk is full.
    A body whose length isn't told is not read at all.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        told = request.META.get("CONTENT_LENGTH") or ""
        if told.isdecimal() and (len(told) > 15 or int(told) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE):
            raise RequestDataTooBig("the body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE")
        return self.get_response(request)


class KnownMethodsMiddleware:
    """Refuse methods that no page has: generic views would take PUT for POST, and some pages anything for GET."""

    KNOWN = ["GET", "HEAD", "POST", "OPTIONS"]

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request) if request.method in self.KNOWN else HttpResponseNotAllowed(self.KNOWN)


class PreferencesMiddleware:
    """The person's own language and time zone; a language chosen on the page (a cookie) beats the stored one."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # What watches from outside is nobody, and must work without a database.
        user = None if request.path in ("/healthz", "/readyz") else request.user
        if user and user.is_authenticated:
            if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()
            timezone.activate(zoneinfo.ZoneInfo(user.time_zone))
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


class SessionEndedMiddleware:
    """Answer an htmx request whose session has ended with 401, so that the page can keep what was typed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.htmx and response.status_code == 302 and response.url.startswith("/accounts/login/"):
            return HttpResponse(status=401)
        return response
