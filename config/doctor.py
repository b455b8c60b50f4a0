"""Looks at each part of an installation and says what isn't well and how to mend it.

Every part is examined in a thread of its own and given up after a while, so that what hangs is a finding like another.
Nothing is changed: what is written to find out whether it can be is taken back.
"""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis
from django.conf import settings
from django.core import checks, mail
from django.db import Error, close_old_connections, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config.checks import is_public
from config.env import ROOT
from jobs import broker as messages
from jobs.models import Heartbeat, Job
from reports import browser as charts
from reports.document import font_directory

OK, WARNING, FAILED = "ok", "warning", "failed"
WORST = (OK, WARNING, FAILED)
PATIENCE_SECONDS = 12.0
BROWSER_SECONDS = 20.0
"""For the start and for the drawing, each; the first start on a slow disk takes some seconds."""
LONG_QUEUE = timedelta(minutes=5)
LITTLE_SPACE, NO_SPACE = 2 * 1024**3, 200 * 1024**2
WRONG_CLOCK, USELESS_CLOCK = timedelta(seconds=2), timedelta(seconds=20)
MIGRATE = "manage.py migrate"
WITHOUT_HTTPS = {"security.W004", "security.W008", "security.W012", "security.W016"}
"""What Django says of http follows from ladder.W007, and has the same cure."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part: a state, a sentence, and where something is to be done, what."""

    state: str
    says: str
    fix: str = ""
    part: str = ""
    seconds: float = 0.0


Part = Callable[[], Iterable[Finding]]


def well(says: str) -> Finding:
    return Finding(OK, says)


def warning(says: str, fix: str) -> Finding:
    return Finding(WARNING, says, fix)


def failed(says: str, fix: str) -> Finding:
    return Finding(FAILED, says, fix)


# --- the database -----------------------------------------------------------------------------------------------------


def database() -> Iterator[Finding]:
    where = "SQLite in the data directory" if settings.EMBEDDED else "the server that DATABASE_URL names"
    try:
        connection.ensure_connection()
    except Error as error:
        yield failed(f"{where} can't be used: {_first_line(error)}", "Start it, or mend DATABASE_URL.")
        return
    version = ".".join(str(number) for number in connection.get_database_version())
    try:
        with transaction.atomic():
            Heartbeat.objects.create(worker="doctor: taken back", seen_at=timezone.now())
            transaction.set_rollback(True)
    except Error as error:
        if "heartbeat" in str(error):  # the table is missing: migrations say so
            yield well(f"{connection.display_name} {version} answers")
        else:
            yield failed(f"It can't be written: {_first_line(error)}", "Connect to the primary, with a user who may.")
        return
    yield well(f"{connection.display_name} {version} answers and can be written")
    yield from _forgetful_database()


def _forgetful_database() -> Iterator[Finding]:
    """Settings of the database under which what was acknowledged can be lost in a crash."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            if cursor.fetchone()[0] == 0:
                yield warning("synchronous is off: a power cut can damage it.", "Leave PRAGMA synchronous at NORMAL.")
            return
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone()[0] == "off":
                yield warning(f"{name} is off: saved answers can be lost in a crash.", f"Set {name} = on.")


def migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    apps = {app for app, _ in executor.loader.disk_migrations}
    newer = [name for name in executor.loader.applied_migrations if name[0] in apps]
    newer = [name for name in newer if name not in executor.loader.graph.nodes]
    if pending:
        yield failed(f"{len(pending)} are still to be made, from {pending[0][0]} on.", f"Run {MIGRATE}.")
    elif newer:
        yield failed(
            f"The database is newer than this version: it knows {'.'.join(sorted(newer)[0])}.",
            "Install the version that made it, or restore a backup from before.",
        )
    else:
        yield well("all made")


def clock() -> Iterator[Finding]:
    """Leases, links and heartbeats are compared across machines: their clocks have to agree."""
    if connection.vendor == "sqlite":
        yield well("the database is on this machine")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        off = abs(cursor.fetchone()[0] - datetime.now(UTC))
    says, fix = (
        f"This machine and the database differ by {off.total_seconds():.1f} s.",
        "Let both follow a time server.",
    )
    if off < WRONG_CLOCK:
        yield well(f"differs from the database's by {off.total_seconds():.1f} s")
    elif off < USELESS_CLOCK:
        yield warning(says, fix)
    else:
        yield failed(f"{says} Workers would take each other's jobs.", fix)


# --- background work --------------------------------------------------------------------------------------------------


def broker() -> Iterator[Finding]:
    if not messages.is_reachable():
        yield failed("It can't be reached: jobs wait until the reaper's next round.", "Start Redis, or mend REDIS_URL.")
    elif not settings.REDIS_URL:
        yield well("messages are files in the data directory")
    else:
        yield from _redis()


def _redis() -> Iterator[Finding]:
    server = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=3)
    try:
        about = server.info()
    finally:
        server.close()
    yield well(f"Redis {about.get('redis_version', '')} answers")
    policy = about.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield warning(
            f"maxmemory-policy is {policy}: it may forget limits of the sign-in page.",
            "Set maxmemory-policy noeviction.",
        )


def worker() -> Iterator[Finding]:
    now = timezone.now()
    alive = Heartbeat.objects.alive(now).count()
    if alive:
        yield well(f"{alive} seen within half a minute")
    else:
        yield warning("None was seen within half a minute: no report is built.", "Start ./run, or a worker container.")
    for queue, since in Job.objects.waiting_since(now):
        if now - since > LONG_QUEUE:
            minutes = (now - since) // timedelta(minutes=1)
            yield warning(f"Work on the queue {queue} waits since {minutes} min.", f"Start a worker for {queue}.")


# --- reports ----------------------------------------------------------------------------------------------------------


def browser() -> Iterator[Finding]:
    try:
        path = charts.Renderer().try_out(BROWSER_SECONDS)
    except charts.BrowserUnavailable as reason:
        yield warning(
            f"{reason} Reports have tables in place of charts.",
            "Install chromium-headless-shell, or set BROWSER_PATH to an installed Chromium.",
        )
    else:
        yield well(f"{path} draws a chart")


def fonts() -> Iterator[Finding]:
    names = [f"SourceSansPro-{name}.ttf" for name in charts.FONT_FILES.values()]
    missing = [name for name in names if not (font_directory() / name).is_file()]
    if missing:
        yield failed(f"{', '.join(missing)} is missing.", "Install requirements.txt again.")
    else:
        yield well("Source Sans Pro, for documents and their charts")


def assets() -> Iterator[Finding]:
    """What is built rather than committed: the browser's files and the translations."""
    folder = Path(settings.STATIC_ROOT if not settings.WHITENOISE_USE_FINDERS else ROOT / "static") / "vendor"
    missing = [name for name in ("bootstrap.min.css", "plotly.min.js") if not (folder / name).is_file()]
    missing += [path.name for path in ROOT.glob("locale/*/*/*.po") if not path.with_suffix(".mo").is_file()]
    if missing:
        yield failed(f"{', '.join(missing)} was not built.", "Run ./run --setup; the image builds it by itself.")
    else:
        yield well("browser files and translations are built")


# --- the machine ------------------------------------------------------------------------------------------------------


def disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA).free
    says, fix = f"{free / 1024**3:.1f} GB are free where the data are.", "Free some, or enlarge the volume."
    yield failed(says, fix) if free < NO_SPACE else warning(says, fix) if free < LITTLE_SPACE else well(says)


def data_directory() -> Iterator[Finding]:
    found = settings.DATA.stat()
    if not os.access(settings.DATA, os.R_OK | os.W_OK | os.X_OK):
        yield failed(f"{settings.DATA} can't be written by this user.", f"chown it to user {_user()}.")
    elif _others_may(found):
        mode = stat.S_IMODE(found.st_mode)
        yield warning(f"Others on this machine may look into {settings.DATA} (mode {mode:o}).", "chmod 700 it.")
    else:
        yield well(f"{settings.DATA}, for this user only")


def _others_may(found: os.stat_result) -> bool:
    """Whether strangers have rights on it. A volume that belongs to a group of this process is as good as its own."""
    if os.name != "posix":
        return False
    of_strangers = found.st_gid not in {os.getegid(), *os.getgroups()}
    return bool(found.st_mode & (stat.S_IRWXO | (stat.S_IRWXG if of_strangers else 0)))


def secret_key() -> Iterator[Finding]:
    path = settings.DATA / "secret_key"
    if settings.SECRET_KEY_GIVEN:
        yield well("given by LADDER_SECRET_KEY")  # its length is a matter of the settings
    elif path.exists() and _others_may(path.stat()):
        yield failed(f"Others on this machine may read {path}.", f"chmod 600 {path}")
    else:
        yield well("made in the data directory, readable by its owner only")


def mail_server() -> Iterator[Finding]:
    backend = settings.EMAIL_BACKEND
    if "smtp" not in backend:
        says = (
            "Messages are written to the terminal" if "console" in backend else f"Messages become files, see {backend}"
        )
        says = f"Messages become files in {settings.EMAIL_FILE_PATH}" if "filebased" in backend else says
        fix = "Set LADDER_EMAIL_URL, for example smtp+tls://user:password@host:587."
        yield well(f"{says}; good enough for one machine") if settings.EMBEDDED else warning(f"{says}.", fix)
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with mail.get_connection(timeout=5):
            yield well(f"{where} lets us in")
    except OSError as error:  # what smtplib raises is one, too
        yield failed(f"{where} doesn't take messages: {_first_line(error)}", "Mend LADDER_EMAIL_URL.")


def settings_in_force() -> Iterator[Finding]:
    """Our own checks, and where others reach the product Django's for a deployment."""
    found = checks.run_checks(include_deployment_checks=True)
    told = [one for one in found if not one.is_silenced() and one.level >= checks.WARNING]
    if not is_public():
        told = [one for one in told if not str(one.id).startswith("security.")]
    if "ladder.W007" in {one.id for one in told}:
        told = [one for one in told if one.id not in WITHOUT_HTTPS]
    for one in told:
        state = failed if one.level >= checks.ERROR else warning
        yield state(f"{one.msg} ({one.id})", one.hint or "See Django's list of system checks.")
    if not told:
        yield well("nothing that loses data or lets somebody in")


# --- examining --------------------------------------------------------------------------------------------------------

PARTS: dict[str, Part] = {
    "database": database,
    "migrations": migrations,
    "clock": clock,
    "broker": broker,
    "worker": worker,
    "browser": browser,
    "fonts": fonts,
    "assets": assets,
    "disk": disk,
    "data directory": data_directory,
    "secret key": secret_key,
    "mail": mail_server,
    "settings": settings_in_force,
}
NEED_DATABASE = ("migrations", "clock", "worker")


def examine() -> list[Finding]:
    """All findings, in the order of PARTS. Takes as long as the slowest part is waited for, a minute at most."""
    first = Examination("database")
    first.wait()
    skipped = NEED_DATABASE if any(finding.state == FAILED for finding in first.findings) else ()
    others = [Examination(part) for part in PARTS if part != "database" and part not in skipped]
    findings = {one.part: one for one in (first, *others)}
    unknown = Finding(WARNING, "Not examined: the database doesn't answer.", "Mend the database first.")
    return [
        finding
        for part in PARTS
        for finding in (findings[part].wait() if part in findings else [replace(unknown, part=part)])
    ]


class Examination:
    """One part that is being examined, in a thread that ends with the process at the latest."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.findings: list[Finding] = []
        self.started = time.monotonic()
        self.patience = 2 * BROWSER_SECONDS + PATIENCE_SECONDS if part == "browser" else PATIENCE_SECONDS
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def wait(self) -> list[Finding]:
        """The findings, as soon as they are there; one that says so when they don't come."""
        self.thread.join(max(0.0, self.started + self.patience - time.monotonic()))
        if self.thread.is_alive():
            says = f"No answer within {self.patience:.0f} s."
            return [Finding(FAILED, says, "Find out what it waits for.", self.part, self.patience)]
        return self.findings

    def _run(self) -> None:
        try:
            found = list(PARTS[self.part]())
        except Exception as error:  # whatever a part raises is a finding about it
            found = [failed(f"{type(error).__name__}: {_first_line(error)}", "See the log; this was not foreseen.")]
        finally:
            close_old_connections()
            connection.close()
        took = round(time.monotonic() - self.started, 3)
        self.findings = [replace(one, part=self.part, seconds=took) for one in found]


def verdict(findings: Iterable[Finding]) -> str:
    """The worst state there is."""
    return max((finding.state for finding in findings), key=WORST.index, default=OK)


def as_data(findings: list[Finding]) -> dict:
    """For `--json`: the worst state, and each finding with name, state, says, fix and seconds."""
    told = [{"name": finding.part, **asdict(finding)} for finding in findings]
    return {"status": verdict(findings), "checks": [{k: v for k, v in one.items() if k != "part"} for one in told]}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "of this process"
