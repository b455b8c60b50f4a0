"""Two hundred people answer at once, twenty dashboards are watched, in an organization of five hundred teams.

Web, worker, reaper, PostgreSQL, Redis and this process share the machine. A person thinks for 5 to 15 seconds before
each save, ten on the average (the product reckons with 70 seconds a question, so this is a hurried crowd), and opens a
question page after every third. A dashboard is asked for again 15 seconds after it came. Beside them somebody asks
twice a second for a view that writes one row (limit.py): what the machine can do at best under the same load. `ratio`
is the 95 % point of our saves against that of this view. Every acknowledged save is read back at the end.

All clients run in one thread over plain sockets, so that the measuring costs little.
"""

from __future__ import annotations

import asyncio
import random
import time
import urllib.parse
from collections import defaultdict
from dataclasses import dataclass, field

from tests.benchmarks import figures, house, quiet
from tests.benchmarks.figures import Figure
from tests.benchmarks.house import House

TEAMS, SECONDS, RESPONDENTS = 500, 120, 200
THINK_SECONDS = 5, 15
LOOK_SECONDS = 15
PROBE_SECONDS = 0.5
PATIENCE_SECONDS = 60
SAVES_PER_PAGE = 3
SAVE_MS, DASHBOARD_MS, PAGE_MS = 150, 400, None
TOKEN = "t" * 32


@dataclass
class Tally:
    """Milliseconds by what was asked, what went wrong, and the level of each acknowledged save by its id."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    saved: dict[str, int] = field(default_factory=dict)


class Line:
    """One connection that stays open, as a browser's."""

    def __init__(self, port: int, session: str, tally: Tally) -> None:
        self.port, self.tally = port, tally
        cookie = f"Cookie: sessionid={session}; csrftoken={TOKEN}\r\n" if session else ""
        self.head = f"Host: 127.0.0.1:{port}\r\n{cookie}Connection: keep-alive\r\n"
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, what: str, path: str, fields: dict[str, str] | None = None) -> bool:
        """Whether it answered 200; how long it took goes into the tally."""
        body = b"" if fields is None else urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": TOKEN}).encode()
        method = "GET" if fields is None else "POST"
        form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n" if body else ""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status = await self._exchange(f"{method} {path} HTTP/1.1\r\n{self.head}{form}\r\n".encode() + body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.tally.errors.append(f"{what}: {error!r}")
            self._hang_up()
            return False
        self.tally.times[what].append((time.perf_counter() - began) * 1000)
        if status != 200:
            self.tally.errors.append(f"{what}: {status} {path}")
        return status == 200

    async def _exchange(self, request: bytes) -> int:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        if (place := head.find(b"content-length:")) >= 0:
            await self.reader.readexactly(int(head[place + 15 : head.index(b"\r\n", place)]))
        elif b"transfer-encoding: chunked" in head:
            while size := int((await self.reader.readline()).split(b";")[0], 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readline()
        if b"connection: close" in head:
            self._hang_up()
        return int(head.split(b" ", 2)[1])

    def _hang_up(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


async def respond(line: Line, seed: dict, questions: list[dict], number: int, end: float, tally: Tally) -> None:
    """One person: think, save, now and then open the next page."""
    luck, versions, saves = random.Random(number), defaultdict(int), 0
    await asyncio.sleep(luck.uniform(0, THINK_SECONDS[1]))
    while time.monotonic() < end:
        question = questions[saves % len(questions)]
        if saves % SAVES_PER_PAGE == 0:
            await line.ask("question page", f"/assessments/{seed['assessment']}/questions/{question['subject']}/")
            await asyncio.sleep(luck.uniform(*THINK_SECONDS))
        key, level, save_id = question["key"], luck.randint(1, 5), f"{number:08x}{saves:024x}"
        name = key.replace(".", "_")
        fields = {
            f"{name}-choice": str(level), f"{name}-version": str(versions[key]), f"{name}-save_id": save_id,
            f"{name}-note": "What we saw last week. " * 5,
        }  # fmt: skip
        saves += 1
        if await line.ask("save", f"/assessments/{seed['assessment']}/answers/{key}/", fields):
            versions[key] += 1
            tally.saved[save_id] = level
        await asyncio.sleep(luck.uniform(*THINK_SECONDS))


async def watch(line: Line, path: str, number: int, end: float) -> None:
    """A dashboard that somebody looks at again and again."""
    await asyncio.sleep(LOOK_SECONDS * number / 20)
    while time.monotonic() < end:
        await line.ask("dashboard", path)
        await asyncio.sleep(LOOK_SECONDS)


async def probe(line: Line, end: float) -> None:
    number = 0
    while time.monotonic() < end:
        number += 1
        await line.ask("limit", f"/upsert/777/{number % 60}/3")
        await asyncio.sleep(PROBE_SECONDS)


async def everybody(of: House, seconds: float) -> Tally:
    tally, end, port = Tally(), time.monotonic() + seconds, of.workplace.port
    path, questions = f"/organizations/{of.organization}/dashboard/", of.seeds["questions"]
    works = [
        respond(Line(port, seed["session"], tally), seed, questions, number, end, tally)
        for number, seed in enumerate(of.seeds["writers"][:RESPONDENTS])
    ]
    works += [
        watch(Line(port, session, tally), path, number, end) for number, session in enumerate(of.seeds["readers"])
    ]
    await asyncio.gather(*works, probe(Line(of.limit_port, "", tally), end))
    return tally


def run(teams: int) -> list[Figure]:
    of = house.of(teams)
    of.prepare_limit()
    of.workplace.start_worker()
    of.workplace.start_reaper()
    time.sleep(5)  # until both are there
    with quiet.measured() as others:
        tally = asyncio.run(everybody(of, SECONDS))
    limit = tally.times["limit"]
    found = [
        figure(of, tally, "limit", "load: view with one upsert", None, others),
        figure(of, tally, "save", "load: save", SAVE_MS, others, figures.p95(limit)),
        figure(of, tally, "question page", "load: question page", PAGE_MS, others),
        figure(of, tally, "dashboard", "load: dashboard", DASHBOARD_MS, others),
    ]
    stored = dict(of.workplace.rows("SELECT save_id, level FROM assessment_revision WHERE save_id <> ''"))
    lost = [save_id for save_id, level in tally.saved.items() if stored.get(save_id) != level]
    errors = f"{len(tally.errors)} errors{': ' if tally.errors else ''}{'; '.join(tally.errors[:3])}"
    note = f"{len(lost)} of {len(tally.saved)} acknowledged saves not found; {errors}"
    return [*found, Figure("load: what went wrong", 0, 0, of.teams, note=note)]


def figure(
    of: House, tally: Tally, what: str, name: str, goal: float | None, others: quiet.Others, limit: float | None = None
) -> Figure:
    times = tally.times[what]
    ratio = figures.p95(times) / limit if limit and others.is_quiet else None
    note = " ".join(filter(None, [f"{len(times)} asked, {len(times) / SECONDS:.1f} per second", others.words]))
    return Figure(
        name, figures.median(times), figures.p95(times), of.teams, limit_ms=limit, ratio=ratio, note=note, goal_ms=goal,
        memory_mb=of.peak_mb,
    )  # fmt: skip
