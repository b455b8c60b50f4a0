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
    `spans` are lowest, highest and median of each.
    """

    agreement: tuple[str, ...]
    agenda: Table
    spans: tuple[tuple[float, float, float | None], ...]
    rest: str
    evidence: str
    warning: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is asked of those who decide: its cost, what a yes brings, what a no means."""

    title: str
    cost: str
    effect: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Executive:
    """The executive's page. `moves` are changes since last time, `outcomes` has no rows where none were entered."""

    constraint: tuple[str, ...]
    challenges: tuple[str, ...]
    moves: tuple[str, ...]
    outcomes: Table
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many teams stand at a level."""

    level: int
    name: str
    teams: int


@dataclass(frozen=True, slots=True)
class OrganizationBriefing:
    """The report of a whole organization; `team` is its name, the other fields are called as in a Briefing.

    `charts` by name: trend, and map-1 and so on. `principles` and `teams` follow on the pages after the first.
    """

    audience: str
    language: str
    title: str
    date: str
    team: str
    words: Mapping[str, str]
    badge: str
    facts: tuple[Fact, ...]
    scope: str
    sentence: str
    levels: tuple[LevelCount, ...]
    pillars: Table
    systemic_finding: str
    gaps: tuple[str, ...]
    moved_finding: str
    moves: tuple[str, ...]
    charts: Mapping[str, Chart]
    decisions: tuple[Decision, ...]
    principles: Table
    teams: Table
    how_to_read: str
    logos: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Somebody's own words in the report: `title` is what they are about, `author` whose they are."""

    title: str
    text: str
    author: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A logo: `alt` is its alternative text, `share` its width as a part of its height."""

    name: str
    alt: str
    share: float


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything that was typed beside one question."""

    question: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """The answers to one question on a line from 1 to 5: how many gave each value, and the median."""

    values: tuple[tuple[float, int], ...]
    median: float | None


@dataclass(frozen=True, slots=True)
class Annex:
    """What a consultant needs to defend each number.

    `strips` stand beside the rows of `answers`, or are empty where one person answered. `bounds` are those of overall,
    pillars and principles; `settings` what the roadmap was asked.
    """

    answers: Table
    strips: tuple[Strip, ...]
    bounds: Table
    weights: Table
    gate: str
    settings: tuple[Fact, ...]
    initiatives: Table
    typed: tuple[Typed, ...]
    sources: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Briefing:
    """The whole document for one `audience`: lead, executive or consultant; what others get alone is None or empty.

    `date` is ISO; `sentence` is the state, or the verified steps, and then `standing` is the state. `charts` by name:
    pillars, profile, slope, gantt, projection, projects, worth, trend. `principles_note` says what was left out to fit.
    """

    audience: str
    language: str
    title: str
    date: str
    team: str
    words: Mapping[str, str]
    badge: str
    facts: tuple[Fact, ...]
    scope: str
    sentence: str
    standing: str
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
    principles_note: str
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
    code: str
    logos: tuple[Picture, ...]
    own_sentence: Remark | None
    findings: tuple[Remark, ...]
    findings_note: str
    executive: Executive | None
    annex: Annex | None
