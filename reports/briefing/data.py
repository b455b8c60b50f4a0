"""What a report is made from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

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
class ReportData:
    """Everything that the report is made from.

    `period`, `previous_period` and `quarters` (of the plan) are labels; `invited` is None where nobody was. `date` is
    the closing date. `previous` and `comparison` are None where there is nothing comparable before. `alpha` is
    Krippendorff's, None where nobody answered what another person answered. Where people answered anonymously,
    `hidden` tells how many answered each question that isn't shown, because they were fewer than `threshold`.
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
