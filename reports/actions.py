"""Every write of scenarios and reports: keyword-only, atomic, with the audit row in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from assessment.models import Result
from jobs.actions import enqueue, hasten, retry
from jobs.models import Job
from organizations.audit import record
from organizations.models import User
from reports.files import path_of
from reports.gathering import additions_for
from reports.models import AdoptedPlan, OrganizationReport, Report, Scenario
from reports.plans import Choices, choices_of, digest_of, instance_name
from reports.solving import request_best_plan

MOST_SCENARIOS = 12
PATIENCE_OF_PEOPLE, PATIENCE_OF_SCHEDULES = timedelta(minutes=1), timedelta(hours=1)
"""How long a report waits for the best plan: a search takes twenty seconds at most, but others may stand before it."""


AskedFor = TypeVar("AskedFor", Report, OrganizationReport)


class RoadmapConflict(Exception):
    """Somebody saved other choices meanwhile; `current` is their row, None when it is gone."""

    def __init__(self, current: Scenario | None) -> None:
        self.current = current
        super().__init__("the roadmap's choices were changed meanwhile")


class NameTaken(Exception):
    """Another scenario of the result has this name, in whatever case."""


class TooManyScenarios(Exception):
    """A result has at most MOST_SCENARIOS."""


class ScenarioAdopted(Exception):
    """The team decided on this scenario: it stays."""


class NothingToRetry(Exception):
    """The report's job hasn't failed (any more)."""


@transaction.atomic
def save_scenario(
    *, user: User, result: Result, scenario: Scenario | None = None, choices: Choices, now: datetime
) -> Scenario:
    """Store the choices in place of version `choices.version` of the scenario; without one, of the standing one.

    Version 0 stands for no row yet. Choices that say what stands already change nothing, so that sending twice is like
    once. The best plan for new ones is asked for in the same transaction. Raises RoadmapConflict, ImpossibleWishes.
    """
    _lock(result)
    current = Scenario.objects.of_result(result).filter(pk=scenario.pk).first() if scenario else None
    if scenario is None:
        current = Scenario.objects.standing_of(result)
    before = choices_of(current, result)
    if current and before.says_same_as(choices):
        return current
    if before.version != choices.version or (scenario and current is None):
        raise RoadmapConflict(current)
    row = _store(current or Scenario(result=result, version=0), choices, user, now)
    _record_scenario(row, gettext_noop("roadmap changed"), user, now, before=before.as_decided().as_dict(),
                     after=choices.as_decided().as_dict() | {"version": row.version})  # fmt: skip
    request_best_plan(result=result, choices=choices, now=now)
    return row


def _lock(result: Result) -> None:
    """One writer at a time decides about the scenarios and the plan of a result."""
    Result.objects.select_for_update(of=("self",), no_key=True).get(pk=result.pk)


def _store(row: Scenario, choices: Choices, user: User, now: datetime) -> Scenario:
    data = choices.as_decided().as_dict()
    for name in ("people", "preset", "capacity", "targets", "wishes"):
        setattr(row, name, data[name])
    row.version, row.updated_by, row.updated_at = row.version + 1, user, now
    row.save()
    return row


def _record_scenario(row: Scenario, action: str, user: User, now: datetime, **detail) -> None:
    record(
        organization=row.result.organization,
        actor=user,
        action=action,
        subject=str(row.result),
        now=now,
        result=row.result_id,
        scenario=row.pk,
        **({"name": row.name} if row.name else {}),
        **detail,
    )


@transaction.atomic
def add_scenario(*, user: User, result: Result, name: str, choices: Choices, now: datetime) -> Scenario:
    """A further scenario of the result, with these choices. Raises NameTaken, TooManyScenarios, ImpossibleWishes."""
    _lock(result)
    others = Scenario.objects.of_result(result)
    if others.count() >= MOST_SCENARIOS:
        raise TooManyScenarios
    _check_name(others, name)
    row = _store(Scenario(result=result, name=name, version=0), choices, user, now)
    _record_scenario(row, gettext_noop("scenario added"), user, now)
    request_best_plan(result=result, choices=choices, now=now)
    return row


@transaction.atomic
def rename_scenario(*, user: User, scenario: Scenario, name: str, now: datetime) -> None:
    """Give the scenario another name. Raises NameTaken."""
    _lock(scenario.result)
    _check_name(Scenario.objects.of_result(scenario.result).exclude(pk=scenario.pk), name)
    before = scenario.name
    if name != before:
        scenario.name = name
        scenario.save(update_fields=["name"])
        _record_scenario(scenario, gettext_noop("scenario renamed"), user, now, before=before)


@transaction.atomic
def remove_scenario(*, user: User, scenario: Scenario, now: datetime) -> None:
    """Delete the scenario. Raises ScenarioAdopted for the one that the team decided on."""
    _lock(scenario.result)
    if AdoptedPlan.objects.standing().filter(scenario=scenario).exists():
        raise ScenarioAdopted
    _record_scenario(scenario, gettext_noop("scenario removed"), user, now)
    scenario.delete()


def _check_name(others, name: str) -> None:
    if others.filter(name__iexact=name).exists():
        raise NameTaken


# --- reports ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_report(
    *,
    user: User | None,
    result: Result,
    choices: Choices,
    language: str,
    audience: str = Report.Audience.LEAD,
    now: datetime,
) -> Report:
    """The report of a result in `language`, planned by `choices`: asked for now, or the same one asked for before.

    `user` is None where a schedule asks. The report is built once the best plan is known, by which an adopted one is
    judged, too: if the search fails or takes too long, with what there is. One that was built before the best plan was
    known is built anew.
    """
    additions = additions_for(result).as_dict()
    made_from = [choices.digest, settings.VERSION, instance_name(result, choices), additions]
    search = request_best_plan(result=result, choices=choices, now=now)
    return ask(
        kind=Report,
        key=f"{Report.KIND}-{result.pk}-{audience}-{language}-{digest_of(made_from)}",
        fields={
            "result": result,
            "audience": audience,
            "language": language,
            "choices": choices.as_dict(),
            "additions": additions,
        },
        user=user,
        now=now,
        after=search,
        waits_until=now + (PATIENCE_OF_PEOPLE if user else PATIENCE_OF_SCHEDULES),
        is_best_known=search is None,
    )


def ask(
    *,
    kind: type[AskedFor],
    key: str,
    fields: Mapping[str, Any],
    user: User | None,
    now: datetime,
    after: Job | None = None,
    waits_until: datetime | None = None,
    is_best_known: bool = False,
) -> AskedFor:
    """The report of this key: one with these fields made now, or the same one asked for before.

    One that failed is tried again; one whose file is gone, that was built without its charts, or with a plan that isn't
    the best while `is_best_known`, is built anew. `after` and `waits_until` are those of `jobs.actions.enqueue`; one
    that waits already waits no longer than the most impatient of who asked. Call it inside a transaction.
    """
    edition = 1
    while (report := kind.objects.by_key(f"{key}-{edition}")) and _is_worn_out(report, is_best_known):
        edition += 1
    if report is None:
        waiting = {"after": after, "waits_until": waits_until}
        job = enqueue(kind=kind.KIND, key=f"{key}-{edition}", payload={}, queue=kind.QUEUE, now=now, **waiting)
        wanted = {**fields, "requested_by": user, "requested_at": now}
        report, created = kind.objects.get_or_create(job=job, defaults=wanted)
        if created:
            _record(report, gettext_noop("report requested"), user, now)
    elif report.job.state == Job.State.FAILED:
        _try_again(user, report, now)
    elif waits_until:
        hasten(job=report.job, waits_until=waits_until)
    return report


def _is_worn_out(report: AskedFor, is_best_known: bool) -> bool:
    is_whole = report.with_charts and path_of(report).is_file()
    is_behind = is_best_known and not report.has_best_plan
    return report.job.state == Job.State.DONE and (is_behind or not is_whole)


@transaction.atomic
def retry_report(*, user: User, report: Report, now: datetime) -> None:
    """Queue a failed report again. Raises NothingToRetry."""
    if not _try_again(user, report, now):
        raise NothingToRetry


def _try_again(user: User | None, report: AskedFor, now: datetime) -> bool:
    queued = retry(job=report.job, now=now)
    if queued:
        _record(report, gettext_noop("report retried"), user, now)
    return queued


def _record(report: AskedFor, action: str, user: User | None, now: datetime) -> None:
    record(
        organization=report.organization,
        actor=user,
        action=action,
        subject=report.subject,
        now=now,
        report=report.pk,
        language=report.language,
        audience=report.audience,
    )
