"""Pages of an installation with many teams: time over HTTP, queries, rows, bytes and memory of each.

`--teams 1000` is the dashboard's goal, `--teams 100000` the organization's. `ratio` is our median against an empty
view by the same web server, measured in the same rounds.
"""

from __future__ import annotations

from tests.benchmarks import figures, house, quiet
from tests.benchmarks.figures import Figure
from tests.benchmarks.house import Browser, House

TEAMS, ROUNDS = 1000, 12
MANY = 10_000


def pages(of: House) -> dict[str, tuple[str, str, int]]:
    """Name, session, path and goal in ms."""
    number, owner, writer = of.organization, of.seeds["owner"], of.seeds["writers"][-2]
    goal = 400 if of.teams >= MANY else 250
    return {
        "question page": (writer["session"], f"/assessments/{writer['assessment']}/questions/P09/", 30),
        "dashboard": (owner, f"/organizations/{number}/dashboard/", goal),
        "dashboard, a later page": (owner, f"/organizations/{number}/dashboard/?start=team+0005", goal),
        "dashboard of one subject": (owner, f"/organizations/{number}/dashboard/overall/", goal),
        "home": (owner, "/", goal),
        "teams of the organization": (owner, f"/organizations/{number}/", goal),
        "people": (owner, f"/organizations/{number}/people/", goal),
        "audit trail": (owner, f"/organizations/{number}/audit/", goal),
    }


def run(teams: int) -> list[Figure]:
    of = house.of(teams)
    counted = of.count([{"name": name, "session": at[0], "path": at[1]} for name, at in pages(of).items()])
    return [measured(of, name, *at, counted[name]) for name, at in pages(of).items()]


def measured(of: House, name: str, session: str, path: str, goal: int, counted: dict[str, float]) -> Figure:
    browser, limit = Browser(of.workplace.port, session), Browser(of.limit_port)
    for _ in range(3 * house.WEB_PROCESSES):
        status, _content = browser.get(path)
        assert status == 200, f"{path} answers {status}"
    quiet.forget_peaks(of.web.pid)
    ours, empty = [], []
    with quiet.measured() as others:
        for _ in range(ROUNDS):
            empty += figures.measured(lambda: limit.get("/empty"), 5)[0]
            ours += figures.measured(lambda: browser.get(path), 2)[0]
    median, limit_ms = figures.median(ours), figures.median(empty)
    return Figure(
        name, median, figures.p95(ours), of.teams, counted["queries"], limit_ms,
        median / limit_ms if others.is_quiet else None, others.words, goal, counted["rows"], counted["bytes"],
        of.peak_mb, counted["cpu_ms"],
    )  # fmt: skip
