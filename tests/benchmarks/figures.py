"""What a case measures, and how it is printed and stored."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `goal_ms` is what it should take; 0 and None mean that nothing was measured or wanted.

    `limit_ms` is what the machine can do at best, measured in the same run, and `ratio` ours against it: times of one
    client, throughput of several. A case without such a limit says in its file what its ratio is.
    `queries`, `rows`, `bytes` and `cpu_ms` of processor without the database are those of one request, `memory_mb` is
    the largest web process.
    """

    name: str
    median_ms: float
    p95_ms: float
    teams: int = 0
    queries: int = 0
    limit_ms: float | None = None
    ratio: float | None = None
    note: str = ""
    goal_ms: float | None = None
    rows: int = 0
    bytes: int = 0
    memory_mb: int = 0
    cpu_ms: float = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measured(work: Callable[[], Any], rounds: int) -> tuple[list[float], Any]:
    """Milliseconds of each round, and what the last one returned."""
    times, result = [], None
    for _ in range(rounds):
        began = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - began) * 1000)
    return times, result


def median(times: Sequence[float]) -> float:
    return statistics.median(times)


def p95(times: Sequence[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


HEAD = (
    "case",
    "teams",
    "median ms",
    "p95 ms",
    "goal ms",
    "limit ms",
    "ratio",
    "queries",
    "rows",
    "KB",
    "MB",
    "CPU ms",
    "",
)


def table(figures: Sequence[Figure]) -> str:
    """One line per figure, in columns."""
    rows = [HEAD, *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        str(figure.teams or ""),
        _number(figure.median_ms),
        _number(figure.p95_ms),
        "" if figure.goal_ms is None else f"{figure.goal_ms:.0f}",
        "" if figure.limit_ms is None else f"{figure.limit_ms:.2f}",
        "" if figure.ratio is None else f"{figure.ratio:.4g}",
        str(figure.queries or ""),
        str(figure.rows or ""),
        str(round(figure.bytes / 1024) or "") if figure.bytes else "",
        str(figure.memory_mb or ""),
        _number(figure.cpu_ms) if figure.cpu_ms else "",
        figure.note,
    )


def _number(milliseconds: float) -> str:
    return f"{milliseconds:.0f}" if milliseconds >= 20 else f"{milliseconds:.2f}"
