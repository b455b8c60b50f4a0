"""Where the documents lie: a PDF, and of a team's report a page, below the media directory; written beside and then
renamed."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.http import FileResponse
from django.utils.text import slugify

from reports.models import AnyReport, OrganizationReport, Report

FOLDER = "reports"
PDF, INTERACTIVE = "pdf", "html"
CONTENT_TYPES = {PDF: "application/pdf", INTERACTIVE: "text/html; charset=utf-8"}


def name_of(report: AnyReport, document: str = PDF) -> str:
    """The file's name relative to the media directory."""
    kind = "organization-" if isinstance(report, OrganizationReport) else ""
    return f"{FOLDER}/{kind}{report.pk}.{document}"


def path_of(report: AnyReport, document: str = PDF) -> Path:
    return Path(settings.MEDIA_ROOT) / name_of(report, document)


def is_there(report: AnyReport, document: str = PDF) -> bool:
    """Whether the document was built and its file is still there. An organization's report is a PDF only."""
    if document == INTERACTIVE:
        stored = report.interactive if isinstance(report, Report) else ""
    else:
        stored = report.file
    return bool(stored) and path_of(report, document).is_file()


def temporary_path(report: AnyReport, token: int, document: str = PDF) -> Path:
    """Where the holder of the job's `token` writes; no other attempt writes there."""
    place = path_of(report, document)
    return place.with_name(f"{place.stem}-{token}.{document}.part")


def remove_leftovers(report: AnyReport) -> None:
    """Delete what earlier attempts left half-written."""
    place = path_of(report)
    for part in place.parent.glob(f"{place.stem}-*.part"):
        part.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write the bytes to the disk for good, readable by the product only; makes the directory when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def download(report: AnyReport, document: str = PDF) -> FileResponse:
    """The document as a file for the reader to keep. It never runs on our pages: a browser that opened it nevertheless
    would give it an origin of its own."""
    response = FileResponse(
        path_of(report, document).open("rb"),
        as_attachment=True,
        filename=download_name(report, document),
        content_type=CONTENT_TYPES[document],
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    if document == INTERACTIVE:
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def download_name(report: AnyReport, document: str = PDF) -> str:
    """What the file is called on the reader's machine, e.g. dataops-ladder-atlas-2026-Q3.pdf; plain ASCII."""
    if isinstance(report, OrganizationReport):
        organization = slugify(report.organization.name)[:60] or "organization"
        return f"dataops-ladder-{organization}-{report.period}-all-teams{_suffix(report)}.{document}"
    team = slugify(report.result.team_name)[:60] or "team"
    audience = "" if report.audience == Report.Audience.LEAD else f"-{report.audience}"
    return f"dataops-ladder-{team}-{report.result.period}{audience}{_suffix(report)}.{document}"


def _suffix(report: AnyReport) -> str:
    return "" if report.language == "en" else f"-{report.language}"
