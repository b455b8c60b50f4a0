"""What a round of a fault is, what it counts, and the table that docs/reliability.md keeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.faults.place import Place


@dataclass
class Outcome:
    """What one round saw. Everything but the numbers must be empty, `open_jobs` and `foreign` 0.

    `times` is how often the fault was provoked, `acknowledged` how much was confirmed meanwhile (saves, or jobs and
    requests where there are none), `answered` how often somebody of another organization who asked for objects was
    refused or served, `foreign` how often served. Both are None where nobody was to ask; else nobody answered is wrong.
    """

    times: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    open_jobs: int = 0
    answered: int | None = None
    foreign: int | None = None
    faults: list[str] = field(default_factory=list)
    """Whatever else didn't hold: an error page, a second artefact, a file that is half there."""
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    """What was measured, for people."""

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be; empty when all that must hold did."""
        counted = [("jobs left open", self.open_jobs), ("foreign objects served", self.foreign)]
        found = [*self.lost, *self.replaced, *self.faults]
        if self.answered == 0:
            found.append("no stranger was answered, so nobody knows whether they are served")
        return found + [f"{number} {name}" for name, number in counted if number]


@dataclass(frozen=True)
class Round:
    """One fault: how it is provoked, and how often in a short round (0: it has no short one) and in a full one.

    `on` names the installations on which it makes sense: real servers, or SQLite with the broker of files.
    """

    name: str
    fault: str
    provoked: str
    short: int
    full: int
    run: Callable[[Place, int], Outcome]
    on: tuple[str, ...] = ("servers",)
    stranger: bool = False
    """Whether `run` lets the stranger ask meanwhile."""

    def measured(self, place: Place, times: int) -> Outcome:
        """Run it so many times, let the workers finish, and look for what was left behind or shown to strangers."""
        began = time.monotonic()
        place.stranger.forget()
        outcome = self.run(place, times)
        outcome.open_jobs = place.left_open()
        if self.stranger:
            asked, refused, served = place.stranger.asked, place.stranger.refused, place.stranger.served
            outcome.answered, outcome.foreign = refused + served, served
            outcome.notes.append(f"a stranger asked {asked:,} times and was refused {refused:,} times")
        outcome.seconds = time.monotonic() - began
        return outcome


HEAD = ("fault", "how provoked", "on", "times", "acknowledged", "lost", "silently replaced", "open jobs",
        "foreign objects served", "else wrong", "seconds", "measured", "command")  # fmt: skip


def table(rows: Sequence[tuple[Round, str, Outcome]], options: str) -> str:
    """The outcomes as a table of Markdown, with the command that makes each row; `options` were given to it."""
    lines = [HEAD, tuple("--:" if name in HEAD[3:11] else "---" for name in HEAD)]
    lines += [_cells(*row, options) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(round_: Round, place: str, outcome: Outcome, options: str) -> tuple[str, ...]:
    counts = (outcome.times, outcome.acknowledged, len(outcome.lost), len(outcome.replaced), outcome.open_jobs,
              outcome.foreign, len(outcome.faults), round(outcome.seconds))  # fmt: skip
    command = f"`python -m tests.faults {round_.name}{options} --on {place}`"
    numbers = ["not asked" if count is None else f"{count:,}" for count in counts]
    return (round_.fault, round_.provoked, place, *numbers, "; ".join(outcome.notes), command)


def as_dict(round_: Round, place: str, outcome: Outcome) -> dict[str, Any]:
    return {"name": round_.name, "fault": round_.fault, "on": place, **asdict(outcome)}
