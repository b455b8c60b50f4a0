"""What is kept for how long, and the daily job that removes the rest.

The limits are settings in days, 0 for ever. By default only files go that can be built anew, and sessions that are
over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from assessment.actions.quarters import miscounted_organizations, recount_quarters
from assessment.models import ProjectRevision, Revision
from jobs.models import Job
from manifesto import catalog
from organizations.models import AuditEvent, LoginToken
from organizations.sign_in import letters
from reports import files
from reports.models import OrganizationReport, Report

ROWS_AT_ONCE = 1000
KEEP_OWN_JOBS = timedelta(days=30)
KEEP_LEFTOVERS = timedelta(days=1)
KEEP_LETTERS = timedelta(days=7)
"""Letters that became files, since there is no mail server: addresses, and links that are over by then."""
KIND = "maintenance"

log = logging.getLogger("config.retention")


def do_maintenance(_payload: Mapping[str, Any], _context: Any) -> None:
    """What of this is done once a day."""
    removed = maintain(now=timezone.now())
    if mended := mend_counts(thorough=True):
        log.warning("Counted anew: the quarters of %s organizations", mended)
    if any(removed.values()):
        log.info("Removed: %s", ", ".join(f"{number} {what}" for what, number in removed.items() if number))


def maintain(*, now: datetime, really: bool = True) -> dict[str, int]:
    """Remove what is older than the settings say; how many there were of each kind. Unless `really`, nothing goes."""
    rows = {
        "revisions": _limited(settings.KEEP_REVISIONS_DAYS, now, Revision.objects.superseded_before_closing),
        "revisions of projects": _limited(
            settings.KEEP_REVISIONS_DAYS, now, ProjectRevision.objects.superseded_before_closing
        ),
        "audit rows": _limited(settings.KEEP_AUDIT_DAYS, now, AuditEvent.objects.written_before),
        "sign-in links": _limited(settings.KEEP_LOGIN_LINKS_DAYS, now, LoginToken.objects.ended_before),
        "sessions that are over": Session.objects.filter(expire_date__lt=now).order_by("pk"),
        "maintenance jobs": Job.objects.of_kind_ended_before(KIND, now - KEEP_OWN_JOBS),
        "letters about passwords": Job.objects.of_kind_ended_before(letters.KIND, now - KEEP_LEFTOVERS),
    }
    old = {"report files": _old_reports(now), "unfinished files": _leftovers(now), "letters in files": _letters(now)}
    removed = {what: _remove_files(paths, really) for what, paths in old.items()}
    for what, query in rows.items():
        removed[what] = 0 if query is None else _remove_rows(query) if really else query.count()
    return removed


def mend_counts(*, thorough: bool = False) -> int:
    """Count the quarters of organizations anew where they don't agree with the results; how many those were.

    Without `thorough` only the numbers of teams are compared.
    """
    looked_wrong = miscounted_organizations(thorough=thorough)
    return sum(bool(recount_quarters(organization=organization)) for organization in looked_wrong)


def _limited(days: int, now: datetime, query) -> QuerySet | None:
    """The rows that are older than so many days; None when they are kept for ever."""
    return query(now - timedelta(days=days)) if days else None


def _remove_rows(query: QuerySet) -> int:
    """Delete in small transactions, so that nobody waits long."""
    removed = 0
    while some := list(query.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        query.model._base_manager.filter(pk__in=some).delete()
        removed += len(some)
    return removed


# --- files ------------------------------------------------------------------------------------------------------------


def _old_reports(now: datetime) -> Iterator[Path]:
    """Files of old reports. The report stays and says that it can be asked for again, where its framework is there."""
    if not settings.KEEP_REPORT_FILES_DAYS:
        return
    limit = now - timedelta(days=settings.KEEP_REPORT_FILES_DAYS)
    for report in Report.objects.asked_for_before(limit).select_related("result").order_by("pk").iterator(500):
        documents = [path for name in files.CONTENT_TYPES if (path := files.path_of(report, name)).is_file()]
        if documents and _can_be_rebuilt(report):
            yield from documents
    for whole in OrganizationReport.objects.asked_for_before(limit).order_by("pk").iterator(500):
        if (path := files.path_of(whole)).is_file():
            yield path


def _can_be_rebuilt(report: Report) -> bool:
    try:
        catalog.get(report.result.framework_key, report.result.framework_version)
    except catalog.UnknownFramework:
        return False
    return True


def _leftovers(now: datetime) -> Iterator[Path]:
    """What attempts that were killed left half-written a day ago or longer."""
    limit = (now - KEEP_LEFTOVERS).timestamp()
    for path in Path(settings.MEDIA_ROOT).rglob("*.part"):
        if path.is_file() and path.stat().st_mtime < limit:
            yield path


def _letters(now: datetime) -> Iterator[Path]:
    limit = (now - KEEP_LETTERS).timestamp()
    for path in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
        if path.stat().st_mtime < limit:
            yield path


def _remove_files(paths: Iterator[Path], really: bool) -> int:
    removed = 0
    for path in paths:
        if really:
            path.unlink(missing_ok=True)
        removed += 1
    return removed
