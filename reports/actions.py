"""Every write of scenarios and reports: keyword-only, atomic, with the audit row in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from assessment.models import Result
from jobs.actions import enqueue, retry
from jobs.models import Job
from organizations.audit import record
from organizations.models import User
from reports.files import path_of
from reports.gathering import additions_for
from reports.models import AdoptedPlan, Report, Scenario, SolvedPlan
from reports.plans import Choices, choices_of, digest_of, instance_name
from reports.solving import request_best_plan

MOST_SCENARIOS = 12


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

    `user` is None where a schedule asks. A report that failed is tried again; one whose file is gone, that was built
    without its charts, or before the best plan was known, is built anew. Where the best plan isn't known it is asked
    for, too; the report doesn't wait for it.
    """
    additions = additions_for(result).as_dict()
    wanted = _key(result, choices, additions, audience, language)
    edition = 1
    while (report := Report.objects.by_key(f"{wanted}-{edition}")) and _is_worn_out(report):
        edition += 1
    if report is None:
        report = _new_report(user, result, choices, additions, audience, language, f"{wanted}-{edition}", now)
    elif report.job.state == Job.State.FAILED:
        _try_again(user, report, now)
    request_best_plan(result=result, choices=choices, now=now)
    return report


def _key(result: Result, choices: Choices, additions: dict, audience: str, language: str) -> str:
    instance = instance_name(result, choices)
    plan = "best" if SolvedPlan.objects.by_instance(instance) else "at once"
    made_from = digest_of([choices.digest, settings.VERSION, instance, plan, additions])
    return f"{Report.KIND}-{result.pk}-{audience}-{language}-{made_from}"


def _is_worn_out(report: Report) -> bool:
    return report.job.state == Job.State.DONE and not (report.with_charts and path_of(report).is_file())


def _new_report(
    user: User | None,
    result: Result,
    choices: Choices,
    additions: dict,
    audience: str,
    language: str,
    key: str,
    now: datetime,
) -> Report:
    job = enqueue(kind=Report.KIND, key=key, payload={}, queue=Report.QUEUE, now=now)
    wanted: dict[str, Any] = {
        "result": result,
        "audience": audience,
        "language": language,
        "choices": choices.as_dict(),
        "additions": additions,
        "requested_by": user,
        "requested_at": now,
    }
    report, created = Report.objects.get_or_create(job=job, defaults=wanted)
    if created:
        _record(report, gettext_noop("report requested"), user, now)
    return report


@transaction.atomic
def retry_report(*, user: User, report: Report, now: datetime) -> None:
    """Queue a failed report again. Raises NothingToRetry."""
    _try_again(user, report, now)


def _try_again(user: User | None, report: Report, now: datetime) -> None:
    if not retry(job=report.job, now=now):
        raise NothingToRetry
    _record(report, gettext_noop("report retried"), user, now)


def _record(report: Report, action: str, user: User | None, now: datetime) -> None:
    record(
        organization=report.result.organization,
        actor=user,
        action=action,
        subject=str(report.result),
        now=now,
        report=report.pk,
        language=report.language,
        audience=report.audience,
    )
