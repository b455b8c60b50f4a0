"""The result of scoring: plain frozen records that pages, charts, reports and stored Results share.

Scores are on the 1-5 scale, the index is 0-100, coverage and completeness are shares 0-1. A freshly computed
card holds exact fractions; one read back from a stored Result holds the doubles nearest to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from typing import Any

from assessment.agreement import invisible_to_team

Number = Fraction | float

AGENDA = ("split", "discuss", "fair", "agreed")
"""Verdicts in the order in which a team talks about them."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A failed condition of the next level: `gate` G1-G5, `subject` as in interfaces.md, None for no value."""

    gate: str
    subject: str
    value: Number | None
    required: Number


@dataclass(frozen=True, slots=True)
class Overall:
    """`low` and `high` are None only when every question is not applicable."""

    score: Number | None
    index: Number | None
    low: Number | None
    high: Number | None
    verified_score: Number | None
    completeness: Number
    provisional: bool
    level: int
    ungated_level: int
    possible_level: int
    blockers: tuple[Blocker, ...]
    verified_level: int = 1


@dataclass(frozen=True, slots=True)
class PillarScore:
    score: Number | None
    from_principles: Number | None
    direct: Number | None
    low: Number | None
    high: Number | None
    verified_score: Number | None


@dataclass(frozen=True, slots=True)
class PrincipleScore:
    score: Number | None
    coverage: Number | None
    low: Number | None
    high: Number | None
    answered: int
    applicable: int
    not_applicable: int
    verified_score: Number | None


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """`value` is the median of `respondents` levels; `minimum` and `maximum` their spread.

    `state` is answered, not_applicable or missing (nobody answered, or nobody could tell). `evidence_strength` is the
    strongest evidence (0-2) among the answers that reach the value.
    """

    value: Number | None
    respondents: int
    a_wg: Number | None
    ad: Number | None
    verdict: str | None
    state: str = "missing"
    minimum: Number | None = None
    maximum: Number | None = None
    dont_know: int = 0
    verified_value: Number | None = None
    evidence_strength: int = 0

    @property
    def invisible(self) -> bool:
        """Whether a third of those who were asked, or more, could not tell."""
        return invisible_to_team(self.dont_know, self.respondents + self.dont_know)

    @property
    def agreed(self) -> bool:
        """Whether several people agree, and nearly everybody could tell."""
        return self.respondents > 1 and self.verdict == "agreed" and not self.invisible

    @property
    def agenda_rank(self) -> tuple[int, float]:
        """Where it stands on the agenda: split first, and the least agreed first of each verdict.

        Where a_wg is undefined, the average deviation takes its place.
        """
        figure = float(self.a_wg) if self.a_wg is not None else 1 - float(self.ad or 0)
        return AGENDA.index(self.verdict or "agreed"), figure


@dataclass(frozen=True, slots=True)
class Scorecard:
    framework: str
    framework_hash: str
    algorithm: str
    form: str
    indicative: bool
    overall: Overall
    pillars: Mapping[str, PillarScore]
    principles: Mapping[str, PrincipleScore]
    questions: Mapping[str, QuestionScore]
    modules: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The card as JSON-ready data in the form of interfaces.md, each number the nearest double."""
        return _plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scorecard:
        """Read back what `as_dict` wrote, by this or an earlier release: unknown fields are passed over."""
        overall = dict(data["overall"])
        overall["blockers"] = tuple(_record(Blocker, blocker) for blocker in overall["blockers"])
        return cls(
            **{name: data[name] for name in ("framework", "framework_hash", "algorithm", "form", "indicative")},
            overall=_record(Overall, overall),
            pillars={key: _record(PillarScore, value) for key, value in data["pillars"].items()},
            principles={key: _record(PrincipleScore, value) for key, value in data["principles"].items()},
            questions={key: _record(QuestionScore, value) for key, value in data["questions"].items()},
            modules=data.get("modules", {}),
        )


def _record(kind: type, values: Mapping[str, Any]) -> Any:
    names = {item.name for item in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in names})


def _plain(value: Any) -> Any:
    """JSON-ready data from records and what they hold; in one pass, since `asdict` copies each number once more."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Fraction):
        return float(value)
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
