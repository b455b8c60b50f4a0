"""Saving one answer: one client, then eight at once, in rounds with what the machine can do at best.

Each save is a post as the page's script sends it, and every acknowledged one is read back at the end. The limit is a
view that writes one row (limit.py), on the same PostgreSQL, which flushes each commit to the disk. `ratio` of one
client is our median against the limit's, of eight our throughput against the limit's.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable

from tests.benchmarks import figures, house, quiet
from tests.benchmarks.figures import Figure
from tests.benchmarks.house import Browser, House
from tests.benchmarks.load import RESPONDENTS

ROUNDS, AT_ONCE = 12, 20
CLIENTS, SECONDS, TURNS = 8, 2.5, 4
GOAL_MS = 8


class Writer:
    """A person who answers one question after another; `saved` are the ids of saves that were acknowledged."""

    def __init__(self, of: House, number: int) -> None:
        seed = of.seeds["writers"][RESPONDENTS + number]
        self.browser = Browser(of.workplace.port, seed["session"])
        self.path = f"/assessments/{seed['assessment']}/answers/"
        self.keys = itertools.cycle([question["key"] for question in of.seeds["questions"]])
        self.versions: dict[str, int] = {}
        self.saved: dict[str, int] = {}
        self.number = number

    def save(self) -> None:
        key = next(self.keys)
        version = self.versions.get(key, 0)
        save_id, level = f"{self.number:08x}{len(self.saved):024x}", 1 + (version + self.number) % 5
        self.send(key, version, level, save_id)

    def send(self, key: str, version: int, level: int, save_id: str) -> None:
        name = key.replace(".", "_")
        fields = {f"{name}-choice": str(level), f"{name}-version": str(version), f"{name}-save_id": save_id}
        status, said = self.browser.post(f"{self.path}{key}/", **fields)
        assert status == 200, f"{status}: {said[:300]!r}"
        self.versions[key] = version + 1
        self.saved[save_id] = level


class Limit:
    """The same by a view that writes one row."""

    def __init__(self, of: House, number: int) -> None:
        self.browser, self.number = Browser(of.limit_port), number
        self.questions = itertools.cycle(range(60))

    def empty(self) -> None:
        assert self.browser.get("/empty")[0] == 200

    def save(self) -> None:
        status, said = self.browser.get(f"/upsert/{self.number}/{next(self.questions)}/3")
        assert status == 200, said


def run(teams: int) -> list[Figure]:
    of = house.of(teams)
    of.prepare_limit()
    writers = [Writer(of, number) for number in range(CLIENTS)]
    found = [*one_client(of, writers[0]), *several(of, writers)]
    lost = not_found(of, writers)
    return [*found, Figure("save: acknowledged and not found", 0, 0, of.teams, note=f"{len(lost)} of {saves(writers)}")]


def one_client(of: House, writer: Writer) -> list[Figure]:
    limit = Limit(of, 0)
    for work in (limit.empty, limit.save, writer.save) * 10:
        work()
    times: dict[str, list[float]] = {"empty": [], "limit": [], "ours": []}
    with quiet.measured() as others:
        for _ in range(ROUNDS):
            for name, work in (("empty", limit.empty), ("limit", limit.save), ("ours", writer.save)):
                times[name] += figures.measured(work, AT_ONCE)[0]
    limit_ms = figures.median(times["limit"])
    ours = figures.median(times["ours"])
    counted = counts_of(of)
    return [
        Figure("limit: empty view", figures.median(times["empty"]), figures.p95(times["empty"])),
        Figure("limit: view with one upsert", limit_ms, figures.p95(times["limit"])),
        Figure(
            "save, 1 client", ours, figures.p95(times["ours"]), of.teams, counted["queries"], limit_ms,
            ours / limit_ms if others.is_quiet else None, others.words, GOAL_MS, counted["rows"], counted["bytes"],
        ),
    ]  # fmt: skip


def counts_of(of: House) -> dict[str, int]:
    seed = of.seeds["writers"][-1]
    fields = {"P01_1-choice": "{round}", "P01_1-version": "{before}", "P01_1-save_id": "{round}" * 8}
    asked = {"name": "save", "session": seed["session"], "fields": fields}
    asked["path"] = f"/assessments/{seed['assessment']}/answers/P01.1/"
    return of.count([asked])["save"]


def several(of: House, writers: list[Writer]) -> list[Figure]:
    """Eight clients at once for some seconds, ours and the limit by turns."""
    limits = [Limit(of, 1 + number) for number in range(CLIENTS)]
    rates: dict[str, list[float]] = {"limit": [], "ours": []}
    times: dict[str, list[float]] = {"limit": [], "ours": []}
    with quiet.measured() as others:
        for _ in range(TURNS):
            for name, clients in (("limit", limits), ("ours", writers)):
                rate, spent = at_once([client.save for client in clients], SECONDS)
                rates[name].append(rate)
                times[name] += spent
    limit, ours = figures.median(rates["limit"]), figures.median(rates["ours"])
    made = [
        Figure(f"limit: upsert, {CLIENTS} clients", figures.median(times["limit"]), figures.p95(times["limit"]),
               note=f"{limit:.0f} per second"),
        Figure(f"save, {CLIENTS} clients", figures.median(times["ours"]), figures.p95(times["ours"]), of.teams,
               limit_ms=figures.median(times["limit"]), ratio=ours / limit if others.is_quiet else None,
               note=" ".join(filter(None, [f"{ours:.0f} per second", others.words])), memory_mb=of.peak_mb),
    ]  # fmt: skip
    return made


def at_once(works: list[Callable[[], None]], seconds: float) -> tuple[float, list[float]]:
    """How often per second, and the times, when each is done again and again in a thread of its own."""
    end = time.monotonic() + seconds
    spent: list[list[float]] = [[] for _ in works]
    failed: list[BaseException] = []

    def repeat(work: Callable[[], None], times: list[float]) -> None:
        try:
            while time.monotonic() < end:
                times.append(house.timed(work)[0])
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=repeat, args=pair) for pair in zip(works, spent, strict=True)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    every = [one for times in spent for one in times]
    return len(every) / (time.monotonic() - began), every


def saves(writers: list[Writer]) -> int:
    return sum(len(writer.saved) for writer in writers)


def not_found(of: House, writers: list[Writer]) -> list[str]:
    """Ids of acknowledged saves that the database doesn't hold with the level that was sent."""
    stored = dict(of.workplace.rows("SELECT save_id, level FROM assessment_revision WHERE save_id <> ''"))
    return [save_id for writer in writers for save_id, level in writer.saved.items() if stored.get(save_id) != level]
