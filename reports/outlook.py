"""Where a plan leads, quarter by quarter, in the words of pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assessment.sentences import blocker_sentence, format_percent, format_score
from manifesto.definitions import Framework
from reports.roadmap.plan import RoadmapPlan
from reports.roadmap.projection import Projected

BLOCKERS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Point:
    """The end of a quarter on one curve: level, overall score, and what the next level still asks for."""

    level: int
    score: str
    blockers: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class QuarterOutlook:
    """The end of one quarter on both curves; `label` is empty for the present."""

    label: str
    full: Point
    cautious: Point


@dataclass(frozen=True, slots=True)
class SubjectOutlook:
    """A principle or pillar at the end of each quarter, now first: values on the full and on the cautious curve."""

    key: str
    name: str
    critical: bool
    target: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`share` is what the cautious curve counts on of each lift, in per cent."""

    share: str
    quarters: tuple[QuarterOutlook, ...]
    subjects: tuple[SubjectOutlook, ...]


def outlook_of(framework: Framework, plan: RoadmapPlan, labels: Sequence[str], language: str) -> Outlook:
    """Level, gate and profile at the end of each quarter, in `language`."""
    projection = plan.projection
    pairs = list(zip(projection.full, projection.cautious, strict=True))
    return Outlook(
        share=format_percent(projection.realisation, language),
        quarters=tuple(
            QuarterOutlook(label, _point(framework, full, language), _point(framework, cautious, language))
            for label, (full, cautious) in zip(["", *labels], pairs, strict=True)
        ),
        subjects=tuple(_subject(framework, plan, key, pairs, language) for key in plan.targets),
    )


def _point(framework: Framework, point: Projected, language: str) -> Point:
    blockers = [blocker_sentence(framework, blocker, language) for blocker in point.outcome.blockers]
    return Point(
        level=point.level,
        score=format_score(point.outcome.score.overall, 2, language),
        blockers=tuple(blockers[:BLOCKERS_AT_ONCE]),
        more=max(0, len(blockers) - BLOCKERS_AT_ONCE),
    )


def _subject(
    framework: Framework, plan: RoadmapPlan, key: str, pairs: list[tuple[Projected, Projected]], language: str
) -> SubjectOutlook:
    principle = framework.principle_by_key.get(key)
    pillar = next((pillar for pillar in framework.pillars if pillar.prefix == key), None)
    name = principle.label if principle else pillar.name if pillar else None
    target = plan.targets[key]
    return SubjectOutlook(
        key=key,
        name=name.in_language(language) if name else key,
        critical=bool(principle and principle.critical),
        target="" if target is None else format_score(target, 1, language),
        values=tuple(
            (_value(framework, key, full, language), _value(framework, key, cautious, language))
            for full, cautious in pairs
        ),
    )


def _value(framework: Framework, key: str, point: Projected, language: str) -> str:
    """The score of a principle; of a pillar the whole score, its principles included."""
    standing = point.outcome.score
    if key in framework.principle_by_key:
        return format_score(standing.principles.get(key), 1, language)
    pillar = next(pillar.key for pillar in framework.pillars if pillar.prefix == key)
    return format_score(standing.pillars.get(pillar), 1, language)
