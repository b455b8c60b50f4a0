"""What a report is made from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from assessment.change import Comparison
from assessment.scorecard import Number, Scorecard
from manifesto.definitions import Framework
from reports.roadmap.plan import RoadmapPlan


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer as it was frozen; for several respondents the consensus, or a note that the lead chose.

    `by` and `on` say who gave it and when, where it was given once for the organization.
    """

    level: int | None = None
    partly: bool = False
    state: str = "answered"
    note: str = ""
    reason: str = ""
    evidence_url: str = ""
    evidence_strength: int = 0
    by: str = ""
    on: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """Where the team stood in a quarter; `period` is a label, `framework` the release, `score` None without enough.

    A quarter without an assessment has no release and level 0.
    """

    period: str
    score: Number | None
    level: int
    framework: str


@dataclass(frozen=True, slots=True)
class OutcomeTrend:
    """One number from the team's daily work over the quarters of `ReportData.outcome_quarters`; None where unknown.

    `name` says what it counts and in which unit, in the report's language.
    """

    name: str
    values: tuple[Number | None, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """What a person-week costs, in the organization's currency ("BRL")."""

    currency: str
    person_week: Fraction


@dataclass(frozen=True, slots=True)
class Spoken:
    """One answer as it was given: `value` is a level with halves, None where the state says why there is none.

    `for_organization`: it was given once for all teams. Whose it is isn't told.
    """

    state: str
    value: Fraction | None
    evidence_strength: int = 0
    evidence_url: str = ""
    reason: str = ""
    note: str = ""
    confidence: str = ""
    checked_by: str = ""
    for_organization: bool = False


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a consultant adds, in the report's language. `subject` is a principle's key, a pillar's prefix, or empty
    for the sentence at the head of the report."""

    subject: str
    text: str
    author: str


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture at the head of the report: `svg` draws it whole, `width` and `height` are its shape."""

    svg: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that the report is made from.

    `period`, `previous_period` and `quarters` (of the plan) are labels; `invited` is None where nobody was. `date` is
    the closing date. `previous` and `comparison` are None where there is nothing comparable before. `alpha` is
    Krippendorff's, None where nobody answered what another person answered. Where people answered anonymously,
    `hidden` tells how many answered each question that isn't shown, because they were fewer than `threshold`, and
    `comments` are what people wrote. `history` is in time order and ends with this assessment. `spoken` is everything
    that was said, by question, in an order that tells nothing. `refused` are the initiatives that the team won't do,
    with its reasons, `choices` the roadmap's settings as JSON-ready data.
    """

    framework: Framework
    scorecard: Scorecard
    plan: RoadmapPlan | None
    team: str
    scope: str
    period: str
    date: datetime.date
    answers: Mapping[str, GivenAnswer]
    quarters: tuple[str, ...] = ()
    respondents: int = 1
    invited: int | None = None
    mode: str = "single"
    previous: Scorecard | None = None
    previous_period: str = ""
    comparison: Comparison | None = None
    inputs_hash: str = ""
    product_version: str = ""
    alpha: Number | None = None
    hidden: Mapping[str, int] = field(default_factory=dict)
    threshold: int | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Past, ...] = ()
    outcome_quarters: tuple[str, ...] = ()
    outcomes: tuple[OutcomeTrend, ...] = ()
    rate: Rate | None = None
    spoken: Mapping[str, tuple[Spoken, ...]] = field(default_factory=dict)
    comments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    own_words: tuple[OwnWords, ...] = ()
    logos: tuple[Logo, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
