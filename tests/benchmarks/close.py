"""Closing an assessment of all questions: frozen, scored, counted, its job left. One post, which answers a redirect.

`ratio` is our median against a view with one upsert, in the same rounds.
"""

from __future__ import annotations

from tests.benchmarks import figures, house, quiet
from tests.benchmarks.figures import Figure
from tests.benchmarks.house import Browser
from tests.benchmarks.save import Limit

GOAL_MS = 20


def run(teams: int) -> list[Figure]:
    of = house.of(teams)
    of.prepare_limit()
    limit, closers = Limit(of, 99), list(of.seeds["closers"])
    counted_ones, warm, rest = closers[:3], closers[3:10], closers[10:]
    asked = {"name": "close", "session": of.seeds["owner"], "path": "", "fields": {}}
    asked["paths"] = [f"/assessments/{closer['assessment']}/close/" for closer in counted_ones]
    counted = of.count([asked])["close"]
    for closer in warm:
        close(of, closer)
    ours, limits = [], []
    with quiet.measured() as others:
        for closer in rest:
            limits += figures.measured(limit.save, 3)[0]
            ours += figures.measured(lambda closer=closer: close(of, closer), 1)[0]
    median, limit_ms = figures.median(ours), figures.median(limits)
    return [
        Figure(
            "close and score", median, figures.p95(ours), of.teams, counted["queries"], limit_ms,
            median / limit_ms if others.is_quiet else None, others.words, GOAL_MS, counted["rows"],
            memory_mb=of.peak_mb,
        )
    ]  # fmt: skip


def close(of, closer: dict) -> None:
    """Close with the connection of the person whose team it is, who is already there."""
    browser = closer.setdefault("browser", Browser(of.workplace.port, closer["session"]))
    status, said = browser.post(f"/assessments/{closer['assessment']}/close/")
    assert status == 302, f"{status}: {said[:300]!r}"
