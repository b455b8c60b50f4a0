"""Whether the machine did something else while a case was measured. A busy machine makes times and ratios worthless."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MOST_OTHERS = 0.1
"""The share of all processors that others may use before a ratio isn't printed."""
IDLE = (3, 4)  # idle, and waiting for a disk


@dataclass(slots=True)
class Others:
    """The share (0-1) of all processors' time that other processes used; None until it was measured."""

    share: float | None = None

    @property
    def is_quiet(self) -> bool:
        return self.share is not None and self.share <= MOST_OTHERS

    @property
    def words(self) -> str:
        return "" if self.is_quiet else f"busy: others use {self.share or 0:.0%} of the machine"


@contextmanager
def measured() -> Iterator[Others]:
    """Measure others while the context lasts."""
    found = Others()
    (total, busy), own = _machine(), _own()
    yield found
    (total_after, busy_after), own_after = _machine(), _own()
    spent = (busy_after - busy) - (own_after - own)
    found.share = max(0.0, spent / max(1, total_after - total))


def _machine() -> tuple[int, int]:
    """Ticks of all processors since the start, and those of them that weren't idle."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(fields), sum(ticks for state, ticks in enumerate(fields) if state not in IDLE)


def _own() -> int:
    """Ticks of this process and everything that it started, those that have ended and were waited for included."""
    ticks, parents = {}, {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1])
            ticks[int(entry.name)] = sum(map(int, fields[11:15]))
    return sum(spent for pid, spent in ticks.items() if _is_ours(pid, parents))


def _is_ours(pid: int, parents: dict[int, int]) -> bool:
    me = os.getpid()
    while pid not in (0, 1, me):
        pid = parents.get(pid, 0)
    return pid == me


def descendants(root: int) -> list[int]:
    """The ids of a process and of all that it started."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def forget_peaks(root: int) -> None:
    """Let the peak of memory of a process and its children begin anew."""
    for pid in descendants(root):
        with suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mb(root: int) -> int:
    """The largest peak of memory of a process and its children, in MB."""
    peaks = [0]
    for pid in descendants(root):
        with suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            peaks += [int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks)
