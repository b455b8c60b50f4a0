"""Removes the demo workspace and nothing else."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from assessment.models import Answer, Result, Revision
from jobs.models import Job
from organizations.models import Organization, User
from reports.models import Notice, OrganizationNotice, OrganizationReport, Report, Schedule


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
    """Delete the demo's reports with its jobs, and once that holds their files."""
    reports = Report.objects.filter(result__organization__in=demos)
    wholes = OrganizationReport.objects.filter(organization__in=demos)
    names = [name for pair in reports.values_list("file", "interactive") for name in pair if name]
    names += [name for name in wholes.values_list("file", flat=True) if name]
    files = [Path(settings.MEDIA_ROOT) / name for name in names]
    jobs = {*reports.values_list("job", flat=True), *wholes.values_list("job", flat=True)}
    jobs |= set(_jobs_about(demos, reports, wholes).values_list("pk", flat=True))
    reports.delete()
    wholes.delete()
    Job.objects.filter(pk__in=jobs).delete()
    transaction.on_commit(lambda: [file.unlink(missing_ok=True) for file in files])


def _jobs_about(demos, reports, wholes) -> QuerySet[Job]:
    """What followed closings, and letters. Their keys have numbers that a restored database may give to other rows."""
    results = list(Result.objects.filter(organization__in=demos).values_list("pk", flat=True))
    of_teams, of_all = list(reports.values_list("pk", flat=True)), list(wholes.values_list("pk", flat=True))
    return Job.objects.filter(
        Q(kind=Result.KIND, payload__result__in=results)
        | Q(kind__in=[Notice.KIND, Schedule.OUTCOME], payload__report__in=of_teams)
        | Q(kind=OrganizationNotice.KIND, payload__report__in=of_all)
    )
