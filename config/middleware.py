"""What happens around every request: an id to quote, the person's language and time zone, errors that keep the page."""

from __future__ import annotations

import logging
import re
import secrets
import time
import zoneinfo

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, HttpResponseNotAllowed
from django.utils import timezone, translation

from config import logs
from config.metrics import count_request

log = logging.getLogger("config.requests")

PROBES = ("/healthz", "/readyz", "/metrics")
"""What watches from outside: nobody is signed in there, and it would drown the log."""
PLAIN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

# A page of ours needs nothing of the device but a passkey, the clipboard and the whole screen.
PERMISSIONS = ", ".join(
    [
        *(f"{name}=()" for name in ("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media")),
        *(f"{name}=()" for name in ("geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment")),
        *(f"{name}=()" for name in ("picture-in-picture", "screen-wake-lock", "usb", "xr-spatial-tracking")),
        *(f"{name}=(self)" for name in ("clipboard-write", "fullscreen", "publickey-credentials-create")),
        "publickey-credentials-get=(self)",
    ]
)


class RequestIdMiddleware:
    """Give each request an id: in the logs, in the `X-Request-ID` header and on error pages; log and count it.

    A proxy of ours may have given one already. From anybody else it is not taken, nor when it isn't a plain id.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = self.number_of(request)
        started = time.perf_counter()
        token = logs.current_request.set(request)
        try:
            with structlog.contextvars.bound_contextvars(request_id=request.id):
                response = self.get_response(request)
                self.tell(request, response, time.perf_counter() - started)
        finally:
            logs.current_request.reset(token)
        response["X-Request-ID"] = request.id
        return response

    def number_of(self, request) -> str:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
        return given if PLAIN_ID.fullmatch(given) else secrets.token_hex(8)

    def tell(self, request, response, seconds: float) -> None:
        route = route_of(request)
        count_request(route, request.method, response.status_code, seconds)
        if request.path not in PROBES and route != "static":
            fields = {"method": request.method, "route": route, "status": response.status_code}
            log.info("request", extra={**fields, "milliseconds": round(seconds * 1000, 1)})


def route_of(request) -> str:
    """The name of the route, so that addresses of objects don't make a route each; `static`, or `none` of ours."""
    if match := request.resolver_match:
        return match.view_name or "unnamed"
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


class SecurityHeadersMiddleware:
    """What Django's own security middleware leaves out, on every answer: errors and static files included."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response


class NoLargeBodiesMiddleware:
    """Refuse with 413 what is larger than any form, before anything of it is read.

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
        user = None if request.path in PROBES else request.user
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
