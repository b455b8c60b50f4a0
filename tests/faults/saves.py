"""Rounds about answers: two tabs, many people, crashes, closings. Each is judged by the history of its saves."""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.faults.history import History, Save, stored
from tests.faults.installation import Reply, kill_group, start_assessment, wait_until
from tests.faults.place import Place
from tests.faults.rounds import Outcome, Round
from tests.faults.servers import children_of

KEYS = [f"P{number:02d}.1" for number in range(1, 19)]
PAUSE_SECONDS = 0.1


@dataclass
class Tab:
    """One browser tab on an assessment: it sends saves and notes in the history what it was told."""

    place: Place
    assessment: int
    history: History
    chance: random.Random
    versions: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.token = self.place.owner.form("/account/")

    def new(self, key: str) -> Save:
        return Save(key, self.versions.get(key, 0), self.chance.randint(1, 5), secrets.token_hex(8))

    def send(self, save: Save) -> tuple[int, dict]:
        """Status and what was said; notes both."""
        name = save.key.replace(".", "_")
        said = {"choice": save.level, "note": save.save_id, "version": save.version, "save_id": save.save_id}
        fields = urllib.parse.urlencode({f"{name}-{field}": value for field, value in said.items()})
        path = f"/assessments/{self.assessment}/answers/{save.key}/"
        reply = self.place.owner.ask(path, self.token + b"&" + fields.encode())
        return reply.status, self._note(save, reply)

    def _note(self, save: Save, reply: Reply) -> dict:
        told = json.loads(reply.body) if reply.status in (200, 409) else {}
        if reply.status == 200:
            self.history.acknowledged.append((save, told["version"]))
            self.versions[save.key] = told["version"]
        elif reply.status == 409:
            self.history.refused.append(save)
            self.versions[save.key] = told.get("version", save.version)
        elif reply.status == 503 and "retry-after" not in reply.headers:
            self.faults.append(f"503 without Retry-After for {save}")
        elif reply.status not in (0, 503):
            self.faults.append(f"{reply.status} for {save}")
        return told

    def save_surely(self, key: str, stop: threading.Event) -> None:
        """As the page does: the same save again until it is answered, mine over theirs after a conflict."""
        save = self.new(key)
        while not stop.is_set():
            status, _told = self.send(save)
            if status == 200:
                return
            if status == 409:
                save = self.new(key)
            else:
                time.sleep(PAUSE_SECONDS)


@dataclass
class Desk:
    """A new assessment, with the history of what is saved there."""

    place: Place

    def __post_init__(self) -> None:
        self.assessment = start_assessment(self.place.installation, self.place.owner)
        self.history = History()
        self.tabs: list[Tab] = []

    def tab(self) -> Tab:
        self.tabs.append(Tab(self.place, self.assessment, self.history, random.Random(len(self.tabs))))
        return self.tabs[-1]

    def outcome(self, times: int, **more) -> Outcome:
        answers, revisions = stored(self.place.installation, self.assessment)
        return Outcome(
            times=times,
            acknowledged=len(self.history.acknowledged),
            lost=self.history.lost(answers, revisions),
            replaced=self.history.replaced(answers, revisions),
            faults=[*(fault for tab in self.tabs for fault in tab.faults), *more.pop("faults", [])],
            **more,
        )


def two_tabs(place: Place, times: int) -> Outcome:
    """Both save over the same version at once: one is accepted, the other is shown both values."""
    desk, wrong = Desk(place), []
    tabs, barrier = (desk.tab(), desk.tab()), threading.Barrier(2)

    def send(tab: Tab, save: Save) -> tuple[Save, int, dict]:
        barrier.wait(30)
        return save, *tab.send(save)

    with ThreadPoolExecutor(2) as threads:
        for number in range(times):
            key = KEYS[number % 3]
            replies = sorted(threads.map(send, tabs, [tab.new(key) for tab in tabs]), key=lambda reply: reply[1])
            (won, first, _told), (late, second, both) = replies
            shown = (both.get("yours", {}).get("note"), both.get("theirs", {}).get("note"))
            if (first, second, shown) != (200, 409, (late.save_id, won.save_id)):
                wrong.append(f"{key}, time {number}: {first} and {second}, shown {shown}")
            for tab in tabs:
                tab.versions[key] = won.version + 1
    return desk.outcome(times, faults=wrong)


def many_edits(place: Place, times: int) -> Outcome:
    """Eight clients save as often each, on twelve questions, so that they get in each other's way."""
    desk, never = Desk(place), threading.Event()
    tabs = [desk.tab() for _ in range(8)]

    def edit(tab: Tab) -> None:
        for _ in range(times):
            tab.save_surely(tab.chance.choice(KEYS[:12]), never)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(edit, tabs))
    outcome = desk.outcome(8 * times, notes=[f"{len(desk.history.refused):,} conflicts told"])
    if outcome.acknowledged != outcome.times:
        outcome.faults.append(f"{outcome.acknowledged} of {outcome.times} saves were acknowledged")
    return outcome


def crash(place: Place, times: int) -> Outcome:
    """Four clients save without a pause while web processes or the database are killed at a random moment."""
    desk, chance, stop = Desk(place), random.Random(times), threading.Event()
    tabs = [desk.tab() for _ in range(4)]
    killed: dict[str, int] = {}

    def write(tab: Tab, keys: list[str]) -> None:
        while not stop.is_set():
            tab.save_surely(chance.choice(keys), stop)

    with ThreadPoolExecutor(4) as threads, place.stranger.asking():
        running = [threads.submit(write, tab, KEYS[number * 4 : number * 4 + 4]) for number, tab in enumerate(tabs)]
        try:
            for _ in range(times):
                time.sleep(chance.uniform(0.1, 1.0))
                victim = chance.choice(["web", "database"] if place.database else ["web"])
                killed[victim] = killed.get(victim, 0) + 1
                kill_and_start_again(place, victim)
                goes_on(desk)
        finally:
            stop.set()
        for future in running:
            future.result()
    return desk.outcome(times, notes=[f"{number} x {victim}" for victim, number in sorted(killed.items())])


def kill_and_start_again(place: Place, victim: str) -> None:
    """The whole tree of web processes, or the database with all its backends."""
    if victim == "database":
        place.database.kill()
        place.database.start()
        return
    strays = children_of(place.web.pid)
    kill_group(place.web)
    wait_until(lambda: not any(pid in place.installation.remaining() for pid in strays), lambda: strays)
    place.start_web()


def goes_on(desk: Desk) -> None:
    before = len(desk.history.acknowledged)
    wait_until(
        lambda: len(desk.history.acknowledged) >= before + 4, desk.place.installation.log, seconds=90, pause=0.05
    )


def late_save(place: Place, times: int) -> Outcome:
    """A save while the assessment is closed, and one after it; then the closing is undone for the next time."""
    desk, wrong = Desk(place), []
    tab, chance = desk.tab(), random.Random(times)
    close, undo = (f"/assessments/{desk.assessment}/{verb}/" for verb in ("close", "undo"))
    taken = 0
    tab.send(tab.new("P09.1"))

    def after(seconds: float, act):
        time.sleep(seconds)
        return act()

    with ThreadPoolExecutor(2) as threads:
        for number in range(times):
            standing, save = tab.versions["P09.1"], tab.new("P09.1")
            saving = threads.submit(after, chance.uniform(0, 0.02), lambda save=save: tab.send(save))
            closing = threads.submit(after, chance.uniform(0, 0.02), lambda: place.owner.ask(close, tab.token))
            (status, told), closed = saving.result(), closing.result()
            accepted = status == 200
            taken += accepted
            tab.versions["P09.1"] = standing + accepted
            frozen = result_of(place, desk.assessment)
            if (status, bool(told.get("closed")), closed.status) not in ((200, False, 200), (409, True, 200)):
                wrong.append(f"time {number}: save {status} {told}, closing {closed.status}")
            elif frozen[0] != tab.versions["P09.1"] or (accepted and frozen[1] != save.save_id):
                wrong.append(f"time {number}: {save} {status}, but the result has {frozen}")
            late = tab.send(tab.new("P09.1"))
            if (late[0], late[1].get("closed")) != (409, True) or result_of(place, desk.assessment) != frozen:
                wrong.append(f"time {number}: after closing {late}, the result {frozen}")
            tab.versions["P09.1"] = standing + accepted
            if place.owner.ask(undo, tab.token).status != 200:
                wrong.append(f"time {number}: not undone")
    return desk.outcome(times, faults=wrong, notes=[f"{taken} saves were faster, {times - taken} were refused"])


def result_of(place: Place, assessment: int) -> tuple[int, str, str]:
    """Version and note of the frozen answer, and a hash over the whole result that stands."""
    answers, scorecard = place.installation.rows(
        f"SELECT answers, scorecard FROM assessment_result WHERE assessment_id = {assessment} AND withdrawn_at IS NULL"
    )[0]
    answers, scorecard = (json.loads(part) if isinstance(part, str) else part for part in (answers, scorecard))
    answer = next(sheet["answers"]["P09.1"] for sheet in answers["respondents"] if "P09.1" in sheet["answers"])
    whole = json.dumps([answers, scorecard], sort_keys=True)
    return answer["version"], answer["note"], hashlib.sha256(whole.encode()).hexdigest()


BOTH = ("servers", "embedded")
ROUNDS = [
    Round("two-tabs", "two tabs save one answer", "two clients over one version at once", 60, 1000, two_tabs, BOTH),
    Round("many-edits", "many edits at once", "8 clients on 12 questions of one assessment", 12, 200, many_edits, BOTH),
    Round(
        "late-save", "closing races with a late save", "a save and the closing within 20 ms, and a save after it",
        8, 500, late_save, BOTH,
    ),
    Round(
        "crash", "acknowledged, then crash", "`kill -9` of the web processes or of PostgreSQL while 4 clients save",
        3, 200, crash, BOTH, stranger=True,
    ),
]  # fmt: skip
