"""Every write of delivery: keyword-only, atomic, with the audit row in the same transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from assessment.models import Result
from jobs import mail
from jobs.actions import enqueue
from jobs.models import Job
from organizations.audit import record
from organizations.models import Team, User
from reports.actions import request_report
from reports.models import (
    AnyNotice,
    AnyReport,
    AnyShareLink,
    Notice,
    OrganizationNotice,
    OrganizationReport,
    OrganizationShareLink,
    Recipient,
    Report,
    Schedule,
    ShareLink,
)
from reports.plans import choices_for
from reports.readers import readers_of
from reports.solving import request_best_plan

TOKEN_BYTES = 16  # 128 bits
MOST_TRIES, TRIES_WITHIN = 10, timedelta(minutes=15)
"""How many passwords may be tried on a link within how long, by all its readers together."""


class NothingToShare(Exception):
    """The report isn't built, or its result was withdrawn."""


class LinkNotOpen(Exception):
    """Unknown, expired, revoked, or of a report that doesn't stand: one answer for all, so a guess tells nothing."""


class WrongPassword(Exception):
    """The link's password is another one."""


class TooManyTries(Exception):
    """Too many passwords were tried on the link; `wait` is how long until it can be tried again."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"try again in {wait}")


class MayNotRead(Exception):
    """Recipients who may not read a report that the schedule names; `who` has them by audience."""

    def __init__(self, who: Mapping[str, Sequence[User]]) -> None:
        self.who = who
        super().__init__("not every recipient may read every report")


class ScheduleConflict(Exception):
    """Somebody saved another schedule meanwhile; `current` is their row."""

    def __init__(self, current: Schedule | None) -> None:
        self.current = current
        super().__init__("the schedule was changed meanwhile")


# --- letters ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def tell_when_ready(*, report: AnyReport, user: User, now: datetime) -> None:
    """Let the person have a letter when the report is ready; one that is ready is told at once. Once per person.

    The job's row is locked, so that a worker that ends the job meanwhile sees the wish, or this sees its end.
    """
    job = Job.objects.select_for_update().get(pk=report.job_id)
    report.notices.get_or_create(user=user, defaults={"asked_at": now})
    if job.state == Job.State.DONE:
        _write_to(report, user.pk, now)


@transaction.atomic
def announce(*, report: AnyReport, now: datetime) -> None:
    """A letter for each person who waits for the report; called in the transaction that ends its job."""
    for user_id in report.notices.order_by("pk").values_list("user", flat=True):
        _write_to(report, user_id, now)


def _write_to(report: AnyReport, user_id: int, now: datetime) -> None:
    notice: type[AnyNotice] = OrganizationNotice if isinstance(report, OrganizationReport) else Notice
    enqueue(
        kind=notice.KIND,
        key=f"{notice.KIND}-{report.pk}-{user_id}",
        payload={"report": report.pk, "user": user_id},
        max_attempts=mail.ATTEMPTS,
        now=now,
    )


# --- links for people without an account ------------------------------------------------------------------------------


@transaction.atomic
def share_report(
    *, user: User, report: AnyReport, days: int, password: str = "", note: str = "", now: datetime
) -> tuple[AnyShareLink, str]:
    """A link that opens the report for so many days, and its token, which nobody can read again.

    `note` says for whom it is. Raises NothingToShare.
    """
    if not report.stands:
        raise NothingToShare
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = report.share_links.create(
        token_hash=_hash(token),
        password=make_password(password) if password else "",
        note=note,
        created_by=user,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    detail = {"days": days, "password": "yes" if password else "no"} | ({"note": note} if note else {})
    _record(link, user, gettext_noop("report shared by link"), now, **detail)
    return link, token


@transaction.atomic
def revoke_share_link(*, user: User, link: AnyShareLink, now: datetime) -> None:
    """Make the link useless at once; one that is revoked already stays as it is."""
    if type(link).objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now):
        _record(link, user, gettext_noop("report link revoked"), now)


def open_share_link(*, token: str, now: datetime) -> AnyShareLink:
    """The link of a token, with its report. Raises LinkNotOpen."""
    for kind in (ShareLink, OrganizationShareLink):
        link = kind.objects.usable(now).with_report().filter(token_hash=_hash(token)).first()
        if link and link.report.stands:
            return link
    raise LinkNotOpen


def hand_out(*, link: AnyShareLink, password: str, now: datetime) -> None:
    """Count one reading of the document, if the password is right. Raises TooManyTries, WrongPassword, LinkNotOpen."""
    if link.password:
        _count_try(link, now)
        if not check_password(password, link.password):
            raise WrongPassword
    seen = {"views": F("views") + 1, "viewed_at": now, "tries": 0, "tries_since": None}
    # The link's own conditions stand on its row, which a revocation may have changed while we waited for it.
    if not type(link).objects.usable(now).filter(pk=link.pk).update(**seen):
        raise LinkNotOpen


def _count_try(link: AnyShareLink, now: datetime) -> None:
    """Take one of the tries before the password is looked at, so that guesses in parallel don't get more."""
    row = type(link).objects.filter(pk=link.pk)
    over = Q(tries_since=None) | Q(tries_since__lte=now - TRIES_WITHIN)
    if row.filter(over).update(tries=1, tries_since=now):
        return
    if not row.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1):
        since = row.values_list("tries_since", flat=True).first() or now
        raise TooManyTries(max(since + TRIES_WITHIN - now, timedelta(seconds=1)))


def _record(link: AnyShareLink, user: User, action: str, now: datetime, **detail) -> None:
    report = link.report
    about = {"report": report.pk, "link": link.pk, **detail}
    record(organization=report.organization, actor=user, action=action, subject=report.subject, now=now, **about)


def _hash(token: str) -> str:
    """SHA-256 is enough for a random token of 128 bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- after each closing -----------------------------------------------------------------------------------------------


@transaction.atomic
def save_schedule(
    *,
    user: User,
    team: Team,
    audiences: Sequence[str],
    languages: Sequence[str],
    recipients: Collection[User],
    version: int,
    now: datetime,
) -> Schedule:
    """Store what is built after each closing in place of version `version`; 0 stands for no row yet.

    Saying what stands already changes nothing. Raises ScheduleConflict, MayNotRead.
    """
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if who := barred(team, audiences, recipients):
        raise MayNotRead(who)
    current = Schedule.objects.filter(team=team).first()
    wanted = {"audiences": list(audiences), "languages": list(languages)}
    people = {person.pk for person in recipients}
    if current and _says(current) == (wanted, people):
        return current
    if version != (current.version if current else 0):
        raise ScheduleConflict(current)
    schedule = current or Schedule(team=team, version=0)
    for name, value in wanted.items():
        setattr(schedule, name, value)
    schedule.version, schedule.updated_by, schedule.updated_at = version + 1, user, now
    schedule.save()
    schedule.recipients.exclude(user__in=people).delete()
    kept = set(schedule.recipients.values_list("user", flat=True))
    Recipient.objects.bulk_create(Recipient(schedule=schedule, user_id=pk) for pk in sorted(people - kept))
    record(
        organization=team.organization,
        actor=user,
        action=gettext_noop("reports after closing changed"),
        subject=team.name,
        now=now,
        **wanted,
        recipients=[str(person) for person in sorted(recipients, key=lambda person: person.pk)],
    )
    return schedule


def _says(schedule: Schedule) -> tuple[dict, set[int]]:
    wanted = {"audiences": schedule.audiences, "languages": schedule.languages}
    return wanted, set(schedule.recipients.values_list("user", flat=True))


def barred(team: Team, audiences: Sequence[str], recipients: Collection[User]) -> dict[str, list[User]]:
    """Who of the recipients may not read the report for which audience; empty when everybody may read all."""
    found = {}
    for audience in audiences:
        readers = set(readers_of(audience, team).values_list("pk", flat=True))
        if out := [person for person in recipients if person.pk not in readers]:
            found[audience] = out
    return found


@transaction.atomic
def follow_closing(*, result: Result, now: datetime) -> None:
    """What comes of a closing: the best plan is looked for, and the reports of the schedule are asked for."""
    if is_standing(result):
        request_best_plan(result=result, choices=choices_for(result), now=now)
        request_scheduled(result=result, now=now)


@transaction.atomic
def request_scheduled(*, result: Result, now: datetime) -> list[Report]:
    """Ask for the reports that the team's schedule names; its recipients who may read a report wait for it.

    Whoever set the schedule up hears of each report that fails. Empty without a schedule, and for a result whose
    closing was undone.
    """
    schedule = Schedule.objects.filter(team=result.team_id).first() if result.team_id else None
    if schedule is None or not (schedule.audiences and schedule.languages and is_standing(result)):
        return []
    wanted = {"user": None, "result": result, "choices": choices_for(result), "now": now}
    reports = []
    for audience in schedule.audiences:
        if audience not in Report.Audience:
            continue
        readers = schedule.recipients.people().filter(pk__in=readers_of(audience, result.team))
        for language in schedule.languages:
            report = request_report(**wanted, audience=audience, language=language)
            for person in readers:
                tell_when_ready(report=report, user=person, now=now)
            _watch(report, schedule, now)
            reports.append(report)
    return reports


def is_standing(result: Result) -> bool:
    return Result.objects.standing().filter(pk=result.pk).exists()


def _watch(report: Report, schedule: Schedule, now: datetime) -> None:
    """Leave a job for the time after the report: it writes to whoever set the schedule up if the report failed."""
    if schedule.updated_by_id:
        enqueue(
            kind=Schedule.OUTCOME,
            key=f"{Schedule.OUTCOME}-{report.pk}-{schedule.updated_by_id}",
            payload={"report": report.pk, "user": schedule.updated_by_id},
            max_attempts=mail.ATTEMPTS,
            after=report.job,
            now=now,
        )
