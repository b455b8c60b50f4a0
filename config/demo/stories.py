"""What the demo's teams are like, read from the files beside this one. No Django, no clock, no randomness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

DIRECTORY = Path(__file__).parent
TEAMS = ("atlas", "boreal", "cobalt", "delta")
QUARTERS = 5
"""Quarters that a story tells, the oldest first."""


@dataclass(frozen=True, slots=True)
class Person:
    """`language` blank: that of the browser."""

    name: str
    email: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """What a team says to one question over the quarters.

    `levels` holds one token a quarter: "1" to "5", "3+" for partly there, "?" for don't know, "na" for not applicable
    (with `reason`), "-" for nothing, as in the quarters before a module was on. `now` is the token of the assessment
    that is still open, None when nothing is said yet. `notes` are by quarter 1-5; `evidence` is a page of the team's
    wiki, looked at by a second person since quarter `checked`. `holders`, who do the work of a role, stand from their
    quarter on until the next that is given.
    """

    levels: tuple[str, ...]
    now: str | None = None
    reason: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    now_note: str = ""
    evidence: str = ""
    checked: int | None = None
    holders: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A data project that a team might do: its `ratings` 1-5 by question key, and its complexity."""

    name: str
    ratings: Mapping[str, int]
    complexity: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Quarters in which each person answered alone: what they said where they differ, the lead first."""

    quarters: tuple[int, ...] = ()
    spread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EarlierRelease:
    """The framework's release with which a team answered up to and with quarter `until`; the current one afterwards."""

    version: str
    until: int


@dataclass(frozen=True, slots=True)
class OwnIdea:
    """An initiative of the team's own, written down after the closing of quarter `since`; effort in person-weeks."""

    since: int
    name: str
    first_step: str
    done_when: str
    effort: str
    cap: str
    lifts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How the work on one initiative of an adopted plan stands; `since` quarter, 6 for the one that runs."""

    status: str = "planned"
    since: int = QUARTERS
    owner: str = ""
    notes: str = ""
    evidence: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PlanStory:
    """What the team thought of doing after the closing of `quarter`: adopted where there is `work` on it.

    `capacity` is per quarter in person-weeks, empty for the proposal. `work` is by initiative.
    """

    quarter: int
    name: str
    preset: str
    capacity: tuple[str, ...] = ()
    must_do: tuple[str, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)
    work: Mapping[str, Progress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One team: who they are and what they answered. `people` is the team's size, `skipped` quarters have no round.

    `modules` says since which quarter each optional module is on; `candidates` are what its module for projects rates.
    `outcomes` holds a number a quarter by measure, "-" where nobody knows it. `findings` are a consultant's texts by
    language, by what they are about, on the last quarter.
    """

    name: str
    people: int
    mode: str
    scope: str
    lead: Person
    members: tuple[Person, ...]
    answers: Mapping[str, Line]
    skipped: tuple[int, ...] = ()
    disagreement: Disagreement = Disagreement()
    is_open: bool = False
    earlier: EarlierRelease | None = None
    modules: Mapping[str, int] = field(default_factory=dict)
    candidates: tuple[Candidate, ...] = ()
    outcomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ideas: tuple[OwnIdea, ...] = ()
    plans: tuple[PlanStory, ...] = ()
    findings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    """The organization, and `answers` to what it answers once for all its teams.

    `rate` is what a person-week costs, in `currency` (ISO 4217).
    """

    name: str
    time_zone: str
    currency: str
    rate: int
    owner: Person
    head: Person
    consultant: Person
    viewer: Person
    answers: Mapping[str, Line]


@cache
def company() -> Company:
    """The demo's organization."""
    data = _read("organization")
    people = {role: Person(**data[role]) for role in ("owner", "head", "consultant", "viewer")}
    plain = {name: data[name] for name in ("name", "time_zone", "currency", "rate")}
    return Company(**plain, **people, answers=_lines(data["answers"]))


@cache
def stories() -> tuple[Story, ...]:
    """The teams whose stories were written by hand, in the order in which they are loaded."""
    return tuple(_story(_read(name)) for name in TEAMS)


def _read(name: str) -> dict:
    return yaml.safe_load((DIRECTORY / f"{name}.yaml").read_text(encoding="utf-8"))


def _story(data: dict) -> Story:
    speaks = data["language"] if data["language"] != "en" else ""
    return Story(
        name=data["name"],
        people=data["people"],
        mode=data["mode"],
        scope=data["scope"],
        lead=Person(**{"language": speaks, **data["lead"]}),
        members=tuple(Person(**{"language": speaks, **member}) for member in data["members"]),
        answers=_lines(data["answers"]),
        skipped=tuple(data.get("skipped", ())),
        disagreement=_disagreement(data.get("named", {})),
        is_open=data.get("open", False),
        earlier=EarlierRelease(**data["earlier"]) if "earlier" in data else None,
        modules=data.get("modules", {}),
        candidates=tuple(_candidate(**item) for item in data.get("candidates", ())),
        outcomes={measure: tuple(numbers.split()) for measure, numbers in data.get("outcomes", {}).items()},
        ideas=tuple(OwnIdea(**item) for item in data.get("ideas", ())),
        plans=tuple(_plan(**item) for item in data.get("plans", ())),
        findings=data.get("findings", {}),
    )


def _candidate(name: str, data: str, value: str, complexity: int, note: str = "") -> Candidate:
    """`data` and `value` are the five ratings of how available the data are and how much the effect is worth."""
    rated = {"DAV": data.split(), "VAL": value.split()}
    ratings = {f"{prefix}.{n}": int(level) for prefix, given in rated.items() for n, level in enumerate(given, start=1)}
    return Candidate(name, ratings, complexity, note)


def _plan(capacity: str = "", must_do: str = "", work: dict | None = None, **plain) -> PlanStory:
    told = {key: Progress(**item) for key, item in (work or {}).items()}
    return PlanStory(capacity=tuple(capacity.split()), must_do=tuple(must_do.split()), work=told, **plain)


def _lines(data: dict) -> dict[str, Line]:
    return {key: _line(item) for key, item in data.items()}


def _line(data: dict) -> Line:
    now = data.get("now")
    return Line(**{**data, "levels": tuple(data["levels"].split()), "now": None if now is None else str(now)})


def _disagreement(data: dict) -> Disagreement:
    return Disagreement(
        quarters=tuple(data.get("quarters", ())),
        spread={key: tuple(levels.split()) for key, levels in data.get("spread", {}).items()},
        notes={key: tuple(notes) for key, notes in data.get("notes", {}).items()},
    )
