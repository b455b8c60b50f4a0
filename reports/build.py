"""From data to the document's bytes, and the job that does it: the worker and the command build alike."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from assessment.models import Result
from jobs.registry import WorkFailed
from manifesto.catalog import UnknownFramework
from reports import browser, document, files, interactive
from reports.briefing import ReportData, build_briefing, build_figures, figures_for_window
from reports.delivery.actions import announce
from reports.gathering import report_data
from reports.models import Report
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
    """A finished PDF and the same as a page; `why_no_charts` is empty, or says why the PDF has tables instead."""

    pdf: bytes
    page: bytes
    data: ReportData
    why_no_charts: str = ""


def build_document(result: Result, choices: Choices, language: str, progress: Progress) -> Document:
    """The team lead's report of a result. The same input gives the same bytes, in whatever process.

    `progress` is told each stage with its step and the number of steps, as it begins.
    """
    progress(GATHERING, 1, 1)
    data = report_data(result, choices, language)
    briefing = build_briefing(data, language)
    figures = build_figures(data, language)
    svgs, why_no_charts = _draw(figures, progress)
    progress(PAGES, 1, 1)
    pdf = document.render(briefing, svgs, language)
    page = interactive.render(briefing, figures_for_window(figures, data, language), language)
    return Document(pdf, page, data, why_no_charts)


def _draw(figures: Mapping[str, Any], progress: Progress) -> tuple[dict[str, str], str]:
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
    made = _build(report, context.report)
    context.report(STORING, 1, 1)
    _store(report, made, context)


def _build(report: Report, progress: Progress) -> Document:
    try:
        return build_document(report.result, Choices.from_dict(report.choices), report.language, progress)
    except UnknownFramework as error:
        raise WorkFailed(NO_FRAMEWORK, final=True) from error
    except document.DocumentError as error:
        log.exception("Report %s can't be set", report.pk)
        raise WorkFailed(NO_PAGES, final=True) from error


def _store(report: Report, made: Document, context: Any) -> None:
    """Write under names of this attempt's own; rename in the transaction that only the job's holder can make."""
    files.remove_leftovers(report)
    contents = {files.PDF: made.pdf, files.INTERACTIVE: made.page}
    temporary = {name: files.temporary_path(report, context.job.token, name) for name in contents}
    try:
        for name, path in temporary.items():
            files.write(path, contents[name])
        context.finish(lambda: _publish(report, made, temporary))
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


def _publish(report: Report, made: Document, temporary: Mapping[str, os.PathLike]) -> None:
    """Put the files in their places, note what they are, and tell who waits for them."""
    for name, path in temporary.items():
        os.replace(path, files.path_of(report, name))
    report.file, report.interactive = files.name_of(report), files.name_of(report, files.INTERACTIVE)
    report.sha256 = hashlib.sha256(made.pdf).hexdigest()
    report.size, report.interactive_size = len(made.pdf), len(made.page)
    report.with_charts = not made.why_no_charts
    report.data = machine_readable(made)
    report.save(update_fields=["file", "interactive", "sha256", "size", "interactive_size", "with_charts", "data"])
    announce(report=report, now=timezone.now())


def machine_readable(made: Document) -> dict[str, Any]:
    """The numbers that the document says, for whoever wants to check it."""
    card, plan = made.data.scorecard, made.data.plan
    return {
        "product": settings.VERSION,
        "framework": card.framework,
        "framework_hash": card.framework_hash,
        "algorithm": card.algorithm,
        "input_hash": made.data.inputs_hash,
        "level": card.overall.level,
        "score": card.as_dict()["overall"]["score"],
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
        "why_no_charts": made.why_no_charts,
    }
