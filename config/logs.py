"""What is written to the log: one line per event, JSON in production, plain on a machine of one's own.

A log is read by many, copied and kept. So nothing that lets somebody in gets there (tokens of links), nobody's address,
and nothing that somebody typed in the request which the line is about: not even through the message of an error.
Knows no Django, since the web server's own process formats its lines here, too.
"""

from __future__ import annotations

import json
import os
import re
import traceback
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

import structlog

HIDDEN = "***"
SHORTEST_TYPED = 4
"""Shorter texts (a level, a yes) are in every line by chance; to hide them would leave nothing to read."""

# What follows in an address lets somebody in. Invitations that are revoked are named by their number, which doesn't.
SECRET_IN_ADDRESS = re.compile(
    r"((?:invitations|login-link|shared|confirm-email|password/reset/key)(?:/|%2F))(?!\d+/revoke)[^/\s\"'?&%]+",
    re.IGNORECASE,
)
BEARER = re.compile(r"(\bBearer\s+)[^\s\"']+", re.IGNORECASE)
EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
DATABASE_DETAIL = re.compile(r"DETAIL: .*", re.DOTALL)
"""PostgreSQL repeats the whole row that a rule refused."""

FIELDS = ("method", "route", "status", "milliseconds", "stage", "seconds")
"""What a caller may add with `extra=`; anything else stays out."""

REFUSED = "django.security"
"""What scanners send all day (other host names, too large bodies): a line each, but no traceback."""

current_request: ContextVar[Any] = ContextVar("current_request", default=None)


# --- hiding -----------------------------------------------------------------------------------------------------------


def redacted(text: str, typed: Iterable[str] = ()) -> str:
    """The text without tokens, e-mail addresses, rows of the database, and without the `typed` texts."""
    for value in typed:
        text = text.replace(value, HIDDEN)
    text = SECRET_IN_ADDRESS.sub(rf"\1{HIDDEN}", text)
    text = BEARER.sub(rf"\1{HIDDEN}", text)
    text = DATABASE_DETAIL.sub(f"DETAIL: {HIDDEN}", text)
    return EMAIL.sub(HIDDEN, text)


def typed_in(request: Any) -> list[str]:
    """What somebody typed in the request's form, longest first; of long texts each line, as errors quote them."""
    forms = [getattr(request, name, None) or {} for name in ("GET", "_post")]  # POST would read what nobody asked for
    texts = {part.strip() for form in forms for _, values in _lists(form) for text in values for part in _parts(text)}
    return sorted((text for text in texts if len(text) >= SHORTEST_TYPED), key=len, reverse=True)


def _lists(form: Any) -> Iterable[tuple[str, list[str]]]:
    return form.lists() if hasattr(form, "lists") else ()


def _parts(text: str) -> list[str]:
    """The text, its lines, and both as Python's repr() prints them."""
    lines = [text, *text.splitlines()]
    return [*lines, *(repr(line)[1:-1] for line in lines)]


def told(error: BaseException, typed: Iterable[str] = ()) -> str:
    """The traceback as Python prints it, causes first, with what is hidden in messages. Source lines are ours."""
    return "\n\n".join(_told(one, typed) for one in reversed(_chain(error)))


def _chain(error: BaseException) -> list[BaseException]:
    """The error, and what it was raised from or while handling, latest first."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return chain


def _told(error: BaseException, typed: Iterable[str]) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__qualname__}: {redacted(str(error), typed)}"


# --- processors -------------------------------------------------------------------------------------------------------


def add_request(logger, name: str, event: dict[str, Any]) -> dict[str, Any]:
    """The number of the request, also where Django logs of it after the middleware has ended."""
    number = getattr(getattr(event["_record"], "request", None), "id", None)
    if number:
        event["request_id"] = number
    return event


def hide(logger, name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Keep out of the line what must not be in a log."""
    typed = typed_in(getattr(event["_record"], "request", None) or current_request.get())
    info = event.pop("exc_info", None)
    event["event"] = redacted(event["event"], typed)
    if info and info[1] and not event["logger"].startswith(REFUSED):
        event["exception"] = told(info[1], typed)
    return event


def plain(logger, name: str, event: dict[str, Any]) -> str:
    """A line for people: when, how bad, who says it, in which request, what; then the rest as key=value."""
    exception = event.pop("exception", "")
    head = [event.pop(key, "-") for key in ("timestamp", "level", "logger", "request_id", "event")]
    when, level, who, request, what = head
    rest = "".join(f" {key}={json.dumps(value, ensure_ascii=False)}" for key, value in event.items())
    return f"{when} {level.upper()} {who} [{request}] {what}{rest}" + (f"\n{exception}" if exception else "")


def form_of(environment: Mapping[str, str]) -> str:
    """`json` or `plain`: LADDER_LOG_FORMAT, else JSON where a database server says that this is production."""
    chosen = environment.get("LADDER_LOG_FORMAT", "")
    return chosen if chosen in ("json", "plain") else "json" if environment.get("DATABASE_URL") else "plain"


def formatter(form: str = "") -> structlog.stdlib.ProcessorFormatter:
    """What turns each record of any logger into a line."""
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_request,
            hide,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer if (form or form_of(os.environ)) == "json" else plain,
        ],
    )


def configuration(*, form: str, level: str, requests: bool) -> dict[str, Any]:
    """Django's LOGGING. `requests` writes a line for each request and each job that is done."""
    to_console = {"handlers": ["console"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "config.logs.formatter", "form": form}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        # Some bring handlers of their own, which would write tokens: all lines go through the one above.
        "loggers": {
            "django": {"handlers": []},
            "django.server": {**to_console, "level": "INFO"},
            "granian.access": {**to_console, "level": "INFO"},
            "_granian": {**to_console, "level": "WARNING"},
            "config.requests": {"level": "INFO" if requests else "WARNING"},
            "jobs": {"level": "INFO" if requests else "WARNING"},
        },
    }
