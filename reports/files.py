"""Where the documents lie: one file per report below the media directory, written beside and then renamed."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify

from reports.models import Report

FOLDER = "reports"


def name_of(report: Report) -> str:
    """The file's name relative to the media directory."""
    return f"{FOLDER}/{report.pk}.pdf"


def path_of(report: Report) -> Path:
    return Path(settings.MEDIA_ROOT) / name_of(report)


def temporary_path(report: Report, token: int) -> Path:
    """Where the holder of the job's `token` writes; no other attempt writes there."""
    return path_of(report).with_name(f"{report.pk}-{token}.part")


def remove_leftovers(report: Report) -> None:
    """Delete what earlier attempts left half-written."""
    for part in path_of(report).parent.glob(f"{report.pk}-*.part"):
        part.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Write the bytes to the disk for good, readable by the product only; makes the directory when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def download_name(report: Report) -> str:
    """What the file is called on the reader's machine, e.g. dataops-ladder-atlas-2026-Q3.pdf; plain ASCII."""
    team = slugify(report.result.team_name)[:60] or "team"
    language = "" if report.language == "en" else f"-{report.language}"
    return f"dataops-ladder-{team}-{report.result.period}{language}.pdf"
