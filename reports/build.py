"""From data to the document's bytes, and the job that does it: the worker and the command build alike."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from assessment.models import Result
from jobs.registry import WorkFailed
from manifesto.catalog import UnknownFramework
from reports import browser, document, files, interactive
from reports.additions import NO_ADDITIONS, Additions
from reports.briefing import Briefing, ReportData, build_briefing, build_figures, figures_for_window
from reports.briefing.audiences import EXECUTIVE, LEAD, MOST_PAGES, TIGHTEST
from reports.delivery.actions import announce
from reports.gathering import additions_of, report_data
from reports.models import AnyReport, Report
from reports.plans import Choices
from reports.roadmap.exact import ALGORITHM

log = logging.getLogger("reports")

Progress = Callable[[str, int, int], None]

GATHERING, CHARTS, PAGES, STORING = "gathering", "charts", "pages", "storing"

GONE = gettext_noop("The report was deleted, so there is nothing to build.")
REOPENED = gettext_noop("The assessment was opened again, so this result doesn't stand any more.")
NO_FRAMEWORK = gettext_noop("This version of the product doesn't have the framework release of the assessment.")
NO_PAGES = gettext_noop("The pages couldn't be set. This is a fault of the product; the server's log names it.")


@dataclass(frozen=True, slots=True)
class Document:
    """A finished PDF, the data that are attached to it, and of a team's report the same as a page.

    `why_no_charts` is empty, or says why the PDF has tables instead.
    """

    pdf: bytes
    numbers: dict[str, Any]
    why_no_charts: str = ""
    page: bytes = b""


def build_document(
    result: Result,
    choices: Choices,
    language: str,
    progress: Progress,
    audience: str = LEAD,
    additions: Additions = NO_ADDITIONS,
) -> Document:
    """The report of a result for one reader. The same input gives the same bytes, in whatever process.

    `progress` is told each stage with its step and the number of steps, as it begins.
    """
    progress(GATHERING, 1, 1)
    data = report_data(result, choices, language, additions)
    figures = build_figures(data, language, audience)
    with ThreadPoolExecutor(max_workers=1) as beside:
        said = beside.submit(_said, data, figures, language, audience)  # while the browser draws, this process waits
        svgs, why_no_charts = draw(figures, progress)
    briefing, page = said.result()
    progress(PAGES, 1, 1)
    about = {"assessment": result.assessment_id, "additions": additions.as_dict()}
    numbers = sealed(machine_readable(data, language, audience, why_no_charts) | about)
    _printed, pdf = fitted(briefing, data, svgs, canonical(numbers))
    return Document(pdf, numbers, why_no_charts, page)


def _said(data: ReportData, figures: Mapping[str, Any], language: str, audience: str) -> tuple[Briefing, bytes]:
    """What doesn't wait for drawn charts: the words, and the page whose charts a reader's browser draws."""
    briefing = build_briefing(data, language, audience)
    drawn = figures_for_window(dict(figures), data, language, audience)
    return briefing, interactive.render(briefing, drawn, language)


def fitted(briefing: Briefing, data: ReportData, charts: Mapping[str, str], numbers: str) -> tuple[Briefing, bytes]:
    """What is printed and its pages: said more tightly, in steps, where they would be more than the reader bears."""
    language, audience = briefing.language, briefing.audience
    logos = {picture.name: logo.svg for picture, logo in zip(briefing.logos, data.logos, strict=True)}
    svgs = {**charts, **logos}
    pdf = document.render(briefing, svgs, language, numbers)
    for tight in range(1, TIGHTEST + 1):
        if document.page_count(pdf) <= MOST_PAGES.get(audience, document.page_count(pdf)):
            break
        briefing = build_briefing(data, language, audience, tight)
        pdf = document.render(briefing, svgs, language, numbers)
    return briefing, pdf


def draw(figures: Mapping[str, Any], progress: Progress) -> tuple[dict[str, str], str]:
    """All charts or none, and why none: a document with some of them would look like a mistake."""
    svgs = {}
    for step, (name, figure) in enumerate(figures.items(), start=1):
        progress(CHARTS, step, len(figures))
        try:
            svgs[name] = browser.draw([figure])[0]
        except browser.BrowserUnavailable as reason:
            return {}, str(reason)
    return svgs, ""


def build_report(_payload: Mapping[str, Any], context: Any) -> None:
    """The worker's part: build the job's report and store its files, if this worker still holds the job.

    Raises WorkFailed for what a person has to know, LeaseLost when another worker took over.
    """
    report = Report.objects.with_result().filter(job=context.job).first()
    if report is None:
        raise WorkFailed(GONE, final=True)
    if report.result.withdrawn_at:
        raise WorkFailed(REOPENED, final=True)
    store(report, _build(report, context.report), context)


def _build(report: Report, progress: Progress) -> Document:
    try:
        choices, additions = Choices.from_dict(report.choices), additions_of(report)
        return build_document(report.result, choices, report.language, progress, report.audience, additions)
    except UnknownFramework as error:
        raise WorkFailed(NO_FRAMEWORK, final=True) from error
    except document.DocumentError as error:
        log.exception("Report %s can't be set", report.pk)
        raise WorkFailed(NO_PAGES, final=True) from error


def store(report: AnyReport, made: Document, context: Any) -> None:
    """Write under names of this attempt's own; rename in the transaction that only the job's holder can make."""
    context.report(STORING, 1, 1)
    files.remove_leftovers(report)
    contents = {files.PDF: made.pdf} | ({files.INTERACTIVE: made.page} if made.page else {})
    temporary = {name: files.temporary_path(report, context.job.token, name) for name in contents}
    try:
        for name, path in temporary.items():
            files.write(path, contents[name])
        context.finish(lambda: _publish(report, made, temporary))
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


def _publish(report: AnyReport, made: Document, temporary: Mapping[str, os.PathLike]) -> None:
    """Put the files in their places, note what they are, and tell who waits for them."""
    for name, path in temporary.items():
        os.replace(path, files.path_of(report, name))
    told = {
        "file": files.name_of(report),
        "sha256": hashlib.sha256(made.pdf).hexdigest(),
        "size": len(made.pdf),
        "with_charts": not made.why_no_charts,
        "data": made.numbers,
    }
    if made.page:
        told |= {"interactive": files.name_of(report, files.INTERACTIVE), "interactive_size": len(made.page)}
    for name, value in told.items():
        setattr(report, name, value)
    report.save(update_fields=list(told))
    announce(report=report, now=timezone.now())


def machine_readable(data: ReportData, language: str, audience: str, why_no_charts: str = "") -> dict[str, Any]:
    """The numbers that the document says, for whoever wants to check it.

    An executive's page has no scores of questions, nor do its data.
    """
    card, plan = data.scorecard, data.plan
    scorecard = card.as_dict()
    if audience == EXECUTIVE:
        del scorecard["questions"], scorecard["modules"]
    return {
        "product": settings.VERSION,
        "audience": audience,
        "language": language,
        "team": data.team,
        "period": data.period,
        "closed_on": data.date.isoformat(),
        "choices": dict(data.choices),
        "scorecard": scorecard,
        "framework": card.framework,
        "framework_hash": card.framework_hash,
        "algorithm": card.algorithm,
        "input_hash": data.inputs_hash,
        "level": card.overall.level,
        "score": scorecard["overall"]["score"],
        "quarters": {item.initiative: item.completion for item in plan.items},
        "levels": {
            "full": [point.level for point in plan.projection.full],
            "cautious": [point.level for point in plan.projection.cautious],
        },
        "plan": {
            "instance": plan.instance,
            "algorithm": ALGORITHM,
            "status": plan.solution.status,
            "is_exact": plan.solution.is_exact,
        },
        "objective": float(plan.objective),
        "bound": float(plan.solution.bound),
        "why_no_charts": why_no_charts,
    }


def canonical(data: Mapping[str, Any]) -> str:
    """The same text for the same data."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sealed(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with the hash of the rest, by which a change of any number shows."""
    rest = {name: value for name, value in data.items() if name != "data_hash"}
    return rest | {"data_hash": "sha256:" + hashlib.sha256(canonical(rest).encode()).hexdigest()}
