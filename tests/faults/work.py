"""Rounds about background work: workers killed, messages repeated, poison, a full disk, memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from jobs import actions, work
from tests.faults.installation import LEASE_SECONDS, kill_group, wait_until
from tests.faults.place import Place, artefacts_wrong
from tests.faults.rounds import Outcome, Round
from tests.faults.servers import children_of

RECOVERED_WITHIN_SECONDS = 60
KINDS_OF_REPORTS = list(product(("en", "pt-br"), ("lead", "executive", "consultant")))
LATE = "SELECT COALESCE(max(EXTRACT(EPOCH FROM now() - lease_until)), 0) FROM jobs_job WHERE state = 'running'"


def summary(place: Place, name: str) -> str:
    return ", ".join(f"{number} {state}" for state, number in Counter(j[0] for j in place.jobs(name).values()).items())


# --- killed workers ---------------------------------------------------------------------------------------------------


def worker_killed(place: Place, times: int) -> Outcome:
    """Jobs of a second each; now and then a process that works is killed, or the worker with all its processes."""
    folders, chance = place.enqueue("killed", "artefact", times, seconds=1), random.Random(times)
    killed, late, stop = Counter(), [0.0], threading.Event()
    watching = threading.Thread(target=watch_leases, args=(place, late, stop))
    watching.start()
    worker = place.start_worker()
    while any(state in ("queued", "running") for state, *_ in place.jobs("killed").values()):
        wait_until(lambda pid=worker.pid: works(place, "killed", pid), place.installation.log, 90, pause=0.05)
        time.sleep(chance.uniform(0, 1.5))
        place.hurry()
        children = children_of(worker.pid)
        if sum(killed.values()) >= times / 3:  # enough: let the rest be done in peace
            place.wait_for_ends("killed", seconds=5 * times + 120)
        elif sum(killed.values()) % 2 == 0 and children:
            killed["process"] += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(children), signal.SIGKILL)
        else:
            killed["tree"] += 1
            kill_group(worker)
            worker = place.start_worker()
    stop.set()
    watching.join()
    wrong = artefacts_wrong(place, "killed", folders)
    if max(late) > RECOVERED_WITHIN_SECONDS:
        wrong.append(f"a job was recovered {max(late):.0f} s after its lease had ended")
    notes = [f"killed {killed['process']} processes and {killed['tree']} trees", summary(place, "killed"),
             f"recovered at most {max(late):.1f} s after the lease's end"]  # fmt: skip
    return Outcome(times=times, acknowledged=times, faults=wrong, notes=notes)


def watch_leases(place: Place, late: list[float], stop: threading.Event) -> None:
    """Note for how many seconds some job has been nobody's although it counts as running."""
    while not stop.wait(0.2):
        late.append(float(place.installation.rows(LATE)[0][0]))


def works(place: Place, name: str, worker: int) -> bool:
    """Whether this worker has begun some job of that name, or none is left to begin."""
    if all(state in ("done", "failed") for state, *_rest in place.jobs(name).values()):
        return True
    held = f"SELECT count(*) FROM jobs_job WHERE key LIKE '{name}-%' AND state = 'running' AND lease_until > now()"
    return bool(children_of(worker)) and place.installation.rows(held) != [(0,)]


def plan_killed(place: Place, times: int) -> Outcome:
    """The worker is killed while it looks for the best plan."""
    assessment, wrong, caught, asked = place.closed_assessments()[-1], [], 0, 0
    while caught < times and asked < 3 * times:
        worker = place.start_worker()
        wait_until(lambda pid=worker.pid: children_of(pid), place.installation.log)
        solved = "SELECT count(*) FROM reports_solvedplan"
        before = place.installation.rows(solved)[0][0]
        job = place.ask_for_plan(assessment, people=3 + asked)
        asked += 1
        row = f"SELECT state, attempts, progress->>'stage' FROM jobs_job WHERE id = {job}"

        def begun(row=row) -> bool:
            return place.installation.rows(row)[0][0] in ("running", "done")

        wait_until(begun, place.installation.log, pause=0.005)
        kill_group(worker)
        state, _attempts, _stage = place.installation.rows(row)[0]
        caught += state == "running"
        place.start_worker()

        def ended(row=row) -> bool:
            place.hurry()
            return place.installation.rows(row)[0][0] in ("done", "failed")

        wait_until(ended, place.installation.log, RECOVERED_WITHIN_SECONDS + LEASE_SECONDS)
        ends, attempts, _stage = place.installation.rows(row)[0]
        made = place.installation.rows(solved)[0][0] - before
        if (ends, attempts, made) != ("done", 1 + (state == "running"), 1):
            wrong.append(f"job {job} was {state} when killed, is {ends} after {attempts} attempts with {made} plans")
        place.kill_worker()
    if not caught:
        wrong.append("no worker was caught in the middle of it")
    return Outcome(times=caught, acknowledged=asked, faults=wrong, notes=[f"{asked} plans"])


# --- messages ---------------------------------------------------------------------------------------------------------


def delivered_thrice(place: Place, times: int) -> Outcome:
    """Each job's message comes three times more, from three senders at once."""
    folders = place.enqueue("thrice", "artefact", times, seconds=0.05)
    ids = [row[0] for row in place.installation.rows("SELECT id FROM jobs_job WHERE key LIKE 'thrice-%'")]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(place.publish, [ids] * 3))
    messages = place.waiting()
    place.start_worker()
    place.wait_for_ends("thrice")
    wait_until(lambda: place.waiting() == 0, place.installation.log)
    wrong = artefacts_wrong(place, "thrice", folders)
    wrong += [f"{folder.name} was started {starts} times" for folder in folders
              if (starts := len(list(folder.glob("started-*")))) != 1]  # fmt: skip
    return Outcome(times=times, acknowledged=times, faults=wrong, notes=[f"{messages} messages"])


ROLL_BACK = """
import sys
from django.db import transaction
from django.utils import timezone
from jobs import actions
for number in range(int(sys.stdin.read())):
    try:
        with transaction.atomic():
            job = actions.enqueue(kind="sample.artefact", key=f"undone-{number}", payload={}, now=timezone.now())
            print(job.pk)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
"""


def rolled_back(place: Place, times: int) -> Outcome:
    """The transaction of the cause rolls back; somebody sends a message for each job that never was all the same."""
    numbers = [int(line) for line in place.run(ROLL_BACK, str(times)).split()]
    wrong = [f"a message was sent for job {job}" for job in place.told() if job in numbers]
    end_of_log = (place.folder / "log").stat().st_size
    place.publish(numbers)
    place.start_worker()
    wait_until(lambda: place.waiting() == 0, place.installation.log)
    time.sleep(0.5)
    wrong += [f"{key} is there" for key in place.jobs("undone")]
    said = (place.folder / "log").read_bytes()[end_of_log:].decode(errors="replace")
    wrong += [line for line in said.splitlines() if "Traceback" in line or '"error"' in line or "ERROR" in line]
    return Outcome(times=times, acknowledged=0, faults=wrong)


def two_beats(place: Place, times: int) -> Outcome:
    """Two reapers and two of Celery's beats: the day's work is one job, an unheard job is worked on once."""
    beats = [place.installation.start_reaper()]
    for number in range(2):
        schedule = str(place.folder / f"beat-{number}")
        beats.append(place.installation.start([sys.executable, "-m", "celery", "--quiet", "--app", "config.celery",
                                               "beat", "--schedule", schedule]))  # fmt: skip
    place.start_worker()
    daily, wrong = "SELECT id, state, attempts FROM jobs_job WHERE kind = 'maintenance'", []
    seen: set[int] = set()
    for number in range(times):
        place.installation.write("DELETE FROM jobs_job WHERE kind = 'maintenance'")
        (folder,) = place.enqueue(f"beat{number}", "artefact", 1, seconds=0)
        wait_until(lambda: [row[1] for row in place.installation.rows(daily)] == ["done"], place.installation.log)
        place.wait_for_ends(f"beat{number}")
        rows = place.installation.rows(daily)
        wrong += artefacts_wrong(place, f"beat{number}", [folder])
        if [row[2] for row in rows] != [1] or rows[0][0] in seen:
            wrong.append(f"the day's work: {rows}")
        seen.add(rows[0][0])
    for beat in beats:
        kill_group(beat)
    return Outcome(times=times, acknowledged=times, faults=wrong)


# --- poison -----------------------------------------------------------------------------------------------------------


SHORT_LIMITS = "from config.celery import app\napp.conf.update(task_soft_time_limit=1, task_time_limit=2)"
REASONS = {
    "suicide": actions.WORKER_LOST,
    "glutton": work.NO_MEMORY,
    "hang": work.TOO_LONG,
    "stubborn": work.TOO_LONG,
}
"""What a job of each kind has failed for after three attempts."""


def poison(place: Place, times: int) -> Outcome:
    """Jobs that kill their process, take all memory, run for ever, or for ever against all asking; and sound ones."""
    sound = place.enqueue("sound", "artefact", 3 * times, seconds=0.1)
    for kind in REASONS:
        place.enqueue(kind, kind, times)
    place.start_worker(SHORT_LIMITS)
    took = place.wait_for_ends("sound")
    for kind in REASONS:
        place.wait_for_ends(kind, seconds=60 + 60 * times)
    wrong = artefacts_wrong(place, "sound", sound)
    wrong += [f"{key} is {state}" for key, (state, *_rest) in place.jobs("sound").items() if state != "done"]
    for kind, reason in REASONS.items():
        wrong += [f"{key}: {job}" for key, job in place.jobs(kind).items() if job != ["failed", 3, reason]]
    notes = [f"{len(sound)} sound jobs were done after {took:.0f} s"]
    return Outcome(times=len(REASONS) * times, acknowledged=len(sound), faults=wrong, notes=notes)


# --- disk and memory --------------------------------------------------------------------------------------------------


def disk_full(place: Place, times: int) -> Outcome:
    """The disk of the documents holds 64 KB; later it has room, and the page's button builds the report."""
    wrong = []
    for (assessment, (language, audience)), _time in zip(
        product(place.closed_assessments()[-2:], KINDS_OF_REPORTS), range(times), strict=False
    ):
        with small_disk(place) as more_room:
            place.start_worker(more_room.prelude)
            report = place.owner.ask_for_report(assessment, language, audience)
            if place.hurried:
                place.installation.write("UPDATE jobs_job SET max_attempts = 1 WHERE kind = 'report'")
            job = place.installation.wait_for_job(report, lambda job: job.state in ("done", "failed"), 180)
            reason = place.installation.rows("SELECT error FROM jobs_job WHERE kind = 'report' ORDER BY id DESC")[0][0]
            served = place.owner.ask(f"/reports/{report}/file/").status
            left = [name for name in place.installation.files() if name.startswith(f"reports/{report}")]
            if (job.state, reason in more_room.reasons, served, left) != ("failed", True, 404, []):
                wrong.append(f"report {report}: {job}, {reason!r}, file {served}, {left}")
            more_room()
            place.owner.get(f"/reports/{report}/retry/", place.owner.form("/account/"))
            job = place.installation.wait_for_job(report, lambda job: job.state in ("done", "failed"), 180)
            pdf = place.owner.ask(f"/reports/{report}/file/").body
            sha256 = place.installation.rows(f"SELECT sha256 FROM reports_report WHERE id = {report}")[0][0]
            if (job.state, hashlib.sha256(pdf).hexdigest()) != ("done", sha256):
                wrong.append(f"report {report} with room again: {job}, {len(pdf)} bytes")
            place.kill_worker()
    return Outcome(times=times, acknowledged=times, faults=wrong)


SMALL_FILES = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))"


class Room:
    """How to give the documents room again, and what a worker on the small disk says of it."""

    def __init__(self, place: Place, mounted: bool) -> None:
        self.place, self.mounted = place, mounted
        self.prelude = "" if mounted else SMALL_FILES
        self.reasons = [work.DISK_FULL if mounted else work.UNEXPECTED]

    def __call__(self) -> None:
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=64m", self.place.folder / "files"], check=True)
            return
        self.place.kill_worker()
        self.place.start_worker()


@contextlib.contextmanager
def small_disk(place: Place) -> Iterator[Room]:
    """A disk of 64 KB below the documents; where none may be mounted, a limit of the size of the worker's files."""
    folder = place.folder / "files"
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield Room(place, mounted)
    finally:
        place.kill_worker()
        if mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)


def memory(place: Place, times: int) -> Outcome:
    """The same twelve reports again and again; memory of the worker with its processes and browsers."""
    worker = place.start_worker()
    for assessment, (language, audience) in product(place.closed_assessments()[-2:], KINDS_OF_REPORTS):
        place.owner.ask_for_report(assessment, language, audience)
    jobs = [row[0] for row in place.installation.rows("SELECT id FROM jobs_job WHERE kind = 'report'")]
    open_ones = "SELECT count(*) FROM jobs_job WHERE kind = 'report' AND state IN ('queued', 'running')"
    built, sizes = 0, []
    while built < times:
        wait_until(lambda: place.installation.rows(open_ones) == [(0,)], place.installation.log, 300)
        built += len(jobs)
        sizes.append((built, memory_of(worker.pid)))
        if built < times:
            place.installation.write(
                "UPDATE jobs_job SET state = 'queued', attempts = 0, published_at = now() WHERE kind = 'report'"
            )
            place.publish(jobs, "reports")
    early = max(size for count, size in sizes if count <= max(50, sizes[0][0]))
    late = max(size for count, size in sizes[-4:])
    failed = place.installation.rows("SELECT count(*) FROM jobs_job WHERE kind = 'report' AND state = 'failed'")[0][0]
    wrong = [f"{failed} reports failed"] if failed else []
    if late > 1.3 * early:
        wrong.append(f"{late:.0f} MB after {built} reports, {early:.0f} MB at the beginning")
    notes = [f"{early:.0f} MB within the first 50, {late:.0f} MB in the end, {max(s for _, s in sizes):.0f} MB at most"]
    return Outcome(times=built, acknowledged=built, faults=wrong, notes=notes)


def memory_of(pid: int) -> float:
    """Megabytes that a process and its descendants use, shared pages counted once."""
    kilobytes = 0
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        kilobytes = int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return kilobytes / 1024 + sum(memory_of(child) for child in children_of(pid))


ROUNDS = [
    Round(
        "worker-killed", "worker killed in a job", "a process of the pool, then the whole tree", 6, 100, worker_killed
    ),
    Round("plan-killed", "worker killed while it solves a plan", "the tree", 1, 10, plan_killed),
    Round(
        "delivered-thrice", "message delivered three times, in parallel", "three senders at once, besides the product",
        10, 200, delivered_thrice,
    ),
    Round("poison", "poison job", "each of crash, memory, endless loop, deaf endless loop", 1, 5, poison),
    Round("rolled-back", "rolled-back cause", "transactions that roll back, and messages for their jobs", 20, 500,
          rolled_back),
    Round("two-beats", "two beats", "two reapers and two of Celery's beats", 0, 20, two_beats),
    Round("disk-full", "disk full while writing a report", "64 KB for documents, then room", 1, 12, disk_full),
    Round("memory", "worker memory", "twelve kinds of reports, again and again", 0, 1000, memory),
]  # fmt: skip
