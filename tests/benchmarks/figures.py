"""What a case measures, and how it is printed and stored."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `limit_ms` is the goal, `ratio` what the case compares (see its file), None without any."""

    name: str
    median_ms: float
    p95_ms: float
    teams: int = 0
    queries: int = 0
    limit_ms: float | None = None
    ratio: float | None = None
    note: str = ""

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


def table(figures: Sequence[Figure]) -> str:
    """One line per figure, in columns."""
    head = ("case", "median ms", "p95 ms", "limit ms", "ratio", "")
    rows = [
        (
            figure.name,
            f"{figure.median_ms:.0f}",
            f"{figure.p95_ms:.0f}",
            "" if figure.limit_ms is None else f"{figure.limit_ms:.0f}",
            "" if figure.ratio is None else f"{figure.ratio:.4f}",
            figure.note,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in [head, *rows])
    return "\n".join(lines)
