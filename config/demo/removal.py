"""Removes the demo workspace and nothing else."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction

from assessment.models import Answer, Revision
from jobs.models import Job
from organizations.models import Organization, User
from reports.models import OrganizationReport, Report


@transaction.atomic
def remove() -> list[str]:
    """Delete every organization that is marked as demo, with its people who belong to no other one and its documents.

    Returns the names of the organizations removed. People who administer the installation stay.
    """
    demos = Organization.objects.filter(is_demo=True)
    names = list(demos.by_name().values_list("name", flat=True))
    people = list(User.objects.filter(memberships__organization__in=demos, is_staff=False).values_list("pk", flat=True))
    _remove_documents(demos)
    Revision.objects.filter(answer__respondent__assessment__organization__in=demos).delete()
    Answer.objects.filter(respondent__assessment__organization__in=demos).delete()
    demos.delete()
    User.objects.filter(pk__in=set(people), memberships=None).delete()
    return names


def _remove_documents(demos) -> None:
    """Delete the demo's reports with their jobs, and once that holds their files."""
    reports = Report.objects.filter(result__organization__in=demos)
    wholes = OrganizationReport.objects.filter(organization__in=demos)
    names = [name for pair in reports.values_list("file", "interactive") for name in pair if name]
    names += [name for name in wholes.values_list("file", flat=True) if name]
    files = [Path(settings.MEDIA_ROOT) / name for name in names]
    jobs = [*reports.values_list("job", flat=True), *wholes.values_list("job", flat=True)]
    reports.delete()
    wholes.delete()
    Job.objects.filter(pk__in=jobs).delete()
    transaction.on_commit(lambda: [file.unlink(missing_ok=True) for file in files])
