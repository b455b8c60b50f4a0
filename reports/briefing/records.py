"""What a report says, as localised plain strings; `reports/document/*.typ` reads it under the same names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`finding` is the title and the alternative text; `table` stands in when there is no picture."""

    name: str
    finding: str
    table: Table


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score as it is always drawn: number, level name, and a bar of five steps of which `value` are filled."""

    number: str
    value: float
    name: str
    hollow: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One question: the anchor of today beside the next one. `remarks` are evidence, note or reason."""

    key: str
    stem: str
    today_level: str
    today: str
    next_level: str
    next: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    key: str
    name: str
    critical: bool
    score: Score
    facts: tuple[str, ...]
    steps: tuple[Step, ...]
    lifted_by: str


@dataclass(frozen=True, slots=True)
class Planned:
    """An initiative of the next quarter on page one."""

    id: str
    name: str
    effort: str
    owner: str
    lift: str
    first_step: str
    done_when: str


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    verdict: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelState:
    """The five boxes: `reached` with the gate, `by_mean` without it."""

    reached: int
    by_mean: int
    names: tuple[str, ...]
    caption: str
    mean_caption: str
    score: Score


@dataclass(frozen=True, slots=True)
class ModuleSection:
    """One optional module. `chart` names its chart, `tables` and `blocks` are what stands under its sentences."""

    key: str
    name: str
    sentence: str
    notes: tuple[str, ...]
    chart: str
    tables: tuple[Table, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Certainty:
    """How far the answers carry. `warning` is empty, or says that evidence lags behind what was said.

    `agenda` holds the questions to talk about first, without rows where one person answered; `rest` what it leaves out.
    """

    agreement: tuple[str, ...]
    agenda: Table
    rest: str
    evidence: str
    warning: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """The whole document. `date` is ISO; `charts` by name: pillars, profile, dumbbell, gantt, projection, projects."""

    language: str
    title: str
    date: str
    team: str
    words: Mapping[str, str]
    badge: str
    facts: tuple[Fact, ...]
    scope: str
    sentence: str
    level: LevelState
    charts: Mapping[str, Chart]
    strongest: tuple[str, ...]
    gaps: tuple[str, ...]
    discuss: tuple[str, ...]
    next_quarter: str
    capacity: str
    initiatives: tuple[Planned, ...]
    how_to_read: str
    change_intro: str
    noise_note: str
    changes: tuple[ChangeGroup, ...]
    verified_steps: tuple[str, ...]
    certainty: Certainty
    challenges: Table
    challenges_finding: str
    blocks: tuple[Block, ...]
    pillar_blocks: tuple[Block, ...]
    roadmap_intro: tuple[str, ...]
    unreached: Table
    modules: tuple[ModuleSection, ...]
    method: tuple[str, ...]
    sensitivity: Table
    sensitivity_sentence: str
    not_applicable: tuple[Fact, ...]
    open: tuple[str, ...]
    versions: tuple[Fact, ...]
    glossary: tuple[Fact, ...]
