"""Rounds about Redis: killed with its messages, gone, and hanging."""

from __future__ import annotations

import random
import time

from tests.faults.installation import wait_until
from tests.faults.place import Place, artefacts_wrong
from tests.faults.rounds import Outcome, Round
from tests.faults.saves import KEYS, Desk

DONE_WITHIN_SECONDS = 120
P95_SECONDS = 2.0


def redis_killed(place: Place, times: int) -> Outcome:
    """Redis forgets every message. Meanwhile people read and save."""
    folders, desk, wrong = place.enqueue("forgotten", "artefact", times, seconds=0.1), Desk(place), []
    tab = desk.tab()
    messages = place.waiting()
    place.broker.kill()
    with place.stranger.asking():
        wrong += [f"{page}: {status}" for page, status in read(place) if status != 200]
        for key in KEYS[:4]:
            tab.send(tab.new(key))
        place.broker.start()
        place.start_worker()
        took = place.wait_for_ends("forgotten", seconds=DONE_WITHIN_SECONDS + 60)
    if took > DONE_WITHIN_SECONDS:
        wrong.append(f"done after {took:.0f} s")
    wrong += artefacts_wrong(place, "forgotten", folders)
    wrong += [f"{key} is {job}" for key, job in place.jobs("forgotten").items() if job[0] != "done"]
    if len(desk.history.acknowledged) != 4:
        wrong.append(f"{len(desk.history.acknowledged)} of 4 saves were acknowledged")
    return desk.outcome(times, faults=wrong, notes=[f"{messages} messages lost, all jobs done after {took:.0f} s"])


def read(place: Place) -> list[tuple[str, int]]:
    """Pages of the owner with their status."""
    assessment = place.closed_assessments()[-1]
    pages = ["/", "/account/", f"/assessments/{assessment}/results/", f"/assessments/{assessment}/roadmap/",
             f"/assessments/{assessment}/reports/"]  # fmt: skip
    return [(page, place.owner.ask(page).status) for page in pages]


def redis_away(place: Place, times: int) -> Outcome:
    """Redis accepts connections and never answers; then nobody listens. Somebody asks for a plan each time."""
    desk, chance, wrong, notes = Desk(place), random.Random(times), [], []
    tab = desk.tab()
    for number, (name, begin, end) in enumerate([
        ("hanging", place.broker.hang, place.broker.go_on), ("down", place.broker.kill, place.broker.start),
    ]):  # fmt: skip
        begin()
        try:
            seconds = []
            with place.stranger.asking():
                for _ in range(times):
                    began = time.monotonic()
                    if chance.random() < 0.5:
                        status, _told = tab.send(tab.new(chance.choice(KEYS)))
                    else:
                        status = place.owner.ask("/").status
                    seconds.append(time.monotonic() - began)
                    if status != 200:
                        wrong.append(f"{status} while Redis was {name}")
            began = time.monotonic()
            job = place.ask_for_plan(place.closed_assessments()[-1], people=40 + number)
            asking = time.monotonic() - began
        finally:
            end()
        p95 = sorted(seconds)[int(0.95 * len(seconds))]
        if p95 > P95_SECONDS:
            wrong.append(f"p95 {p95:.1f} s while Redis was {name}")
        notes.append(f"{name}: p95 {p95:.2f} s, asking for a plan {asking:.1f} s")
        wrong += runs_later(place, job)
    return desk.outcome(2 * times, faults=wrong, notes=notes)


def runs_later(place: Place, job: int) -> list[str]:
    state = f"SELECT state FROM jobs_job WHERE id = {job}"
    if place.installation.rows(state) != [("queued",)]:
        return [f"job {job} is {place.installation.rows(state)} without a broker"]
    place.start_worker()

    def done() -> bool:
        place.hurry()
        return place.installation.rows(state) == [("done",)]

    wait_until(done, lambda: f"{place.installation.rows(state)} {place.installation.log()}")
    place.kill_worker()
    return []


ROUNDS = [
    Round(
        "redis-killed", "Redis killed with jobs queued, nothing persisted", "`kill -9`, started again empty",
        10, 50, redis_killed, stranger=True,
    ),
    Round(
        "redis-away", "Redis hanging, then down, at request time", "stopped (SIGSTOP), then killed",
        20, 200, redis_away, stranger=True,
    ),
]  # fmt: skip
