"""Pages of the framework's content. They need no login and read no database."""

from __future__ import annotations

import hashlib
import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from manifesto import catalog, presenters
from manifesto.definitions import Framework

DISGUISED_TOKEN = re.compile(rb"\b[A-Za-z0-9]{64}\b")


@require_safe
def manifesto(request: HttpRequest) -> HttpResponse:
    """What DataOps is, and the principles at a glance."""
    framework = catalog.current()
    return _page(
        request,
        "overview",
        framework,
        groups=presenters.principle_groups(framework),
        pipeline=presenters.pipeline(framework),
    )


@require_safe
def background(request: HttpRequest) -> HttpResponse:
    """What there is to read around the principles."""
    return _page(request, "background", catalog.current())


@require_safe
def chapter(request: HttpRequest, key: str) -> HttpResponse:
    """One chapter of the background, with what in the framework embodies it."""
    framework = catalog.current()
    try:
        page = presenters.chapter_page(framework, key)
    except LookupError as error:
        raise Http404 from error
    return _page(request, "chapter", framework, page=page)


@require_safe
def modules(request: HttpRequest) -> HttpResponse:
    """The sets of questions that an assessment may add."""
    return _page(request, "modules", catalog.current())


@require_safe
def module(request: HttpRequest, key: str) -> HttpResponse:
    """One module with its questions and what its answers amount to."""
    framework = catalog.current()
    try:
        page = presenters.module_page(framework, key)
    except LookupError as error:
        raise Http404 from error
    return _page(request, "module", framework, page=page)


@require_safe
def principle(request: HttpRequest, slug: str) -> HttpResponse:
    """One principle with its questions and the initiatives that lift it."""
    framework = catalog.current()
    try:
        page = presenters.principle_page(framework, slug)
    except LookupError as error:
        raise Http404 from error
    return _page(request, "principle", framework, page=page)


@require_safe
def values(request: HttpRequest) -> HttpResponse:
    framework = catalog.current()
    return _page(request, "values", framework, entries=presenters.value_entries(framework))


@require_safe
def challenges(request: HttpRequest) -> HttpResponse:
    framework = catalog.current()
    return _page(request, "challenges", framework, entries=presenters.challenge_entries(framework))


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    framework = catalog.current()
    return _page(request, "roles", framework, groups=presenters.role_groups(framework))


@require_safe
def pillars(request: HttpRequest) -> HttpResponse:
    framework = catalog.current()
    return _page(request, "pillars", framework, entries=presenters.pillar_entries(framework))


@require_safe
def levels(request: HttpRequest) -> HttpResponse:
    """The five levels, and how answers become a score and a level."""
    framework = catalog.current()
    return _page(request, "levels", framework, score=presenters.score_rules(framework))


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    framework = catalog.current()
    return _page(request, "glossary", framework, terms=presenters.glossary(framework))


@require_safe
def initiatives(request: HttpRequest) -> HttpResponse:
    framework = catalog.current()
    return _page(request, "initiatives", framework, rows=presenters.initiative_rows(framework))


@require_safe
def initiative(request: HttpRequest, initiative_id: str) -> HttpResponse:
    framework = catalog.current()
    found = framework.initiative_by_id.get(initiative_id)
    if found is None:
        raise Http404
    return _page(
        request,
        "initiative",
        framework,
        row=presenters.initiative_row(framework, found),
        unlocks=presenters.unlocked_by(framework, found),
        mentions=presenters.mentions_of(framework, found),
    )


def _page(request: HttpRequest, name: str, framework: Framework, **context: object) -> HttpResponse:
    """Render a page of this section; `current` marks its entry in the section's own navigation.

    The frame shows who is signed in and holds a form token, so only the reader's own browser may keep the page. That
    browser hears 304 as long as nothing but the token's disguise would be different.
    """
    shown = {"section": "manifesto", "current": name, "framework": framework, **context}
    response = render(request, f"manifesto/{name}.html", shown)
    patch_cache_control(response, private=True, no_cache=True)
    response["ETag"] = _etag(request, response)
    return get_conditional_response(request, etag=response["ETag"], response=response)


def _etag(request: HttpRequest, response: HttpResponse) -> str:
    """What the page is made of: its content, and the secret behind the form tokens, which look new each time."""
    secret = request.META.get("CSRF_COOKIE") or ""
    content = DISGUISED_TOKEN.sub(b"", response.content)
    return f'"{hashlib.sha256(secret.encode() + content).hexdigest()[:32]}"'
