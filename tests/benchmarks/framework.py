"""Reading the newest release of the framework in a new process, and linting every release, with the start."""

from __future__ import annotations

import subprocess
import sys

from config.env import ROOT
from tests.benchmarks import figures
from tests.benchmarks.figures import Figure

ROUNDS = 5
READ = """import time
began = time.perf_counter()
from manifesto import catalog
found = catalog.current()
print((time.perf_counter() - began) * 1000, len(found.questions))"""


def run(_teams: int) -> list[Figure]:
    told = [printed("-c", READ).split() for _ in range(ROUNDS)]
    read = [float(ms) for ms, _questions in told]
    lint, _ = figures.measured(lambda: printed("manage.py", "lint_framework", "--all"), ROUNDS)
    return [
        Figure("framework: imported and read", figures.median(read), figures.p95(read), goal_ms=300,
               note=f"{told[0][1]} questions"),
        Figure("framework: every release linted", figures.median(lint), figures.p95(lint), goal_ms=1000),
    ]  # fmt: skip


def printed(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
