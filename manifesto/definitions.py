"""What a framework is made of: frozen, validated types without any answers.

A framework is content. Its files are read by `loader.py`; everything else in the product sees these types.
Levels are 1-5, weights are positive whole numbers, efforts are person-weeks. Pure: no Django, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

LANGUAGES = ("en", "pt-br")
PILLARS = ("process", "technology", "organization")
LEVELS = (1, 2, 3, 4, 5)
RATINGS_OF_PROJECTS = frozenset({"DAV", "VAL"})
"""Prefixes of the questions by which candidate projects are rated, each project by itself."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,60}$")]
PrincipleKey = Annotated[str, StringConstraints(pattern=r"^P(0[1-9]|1[0-8])$")]
QuestionKey = Annotated[
    str, StringConstraints(pattern=r"^((P(0[1-9]|1[0-8])|PRO|TEC|ORG|MLO|DAV|VAL)\.[1-9][0-9]?|ROL\.[a-z-]+)$")
]
InitiativeId = Annotated[str, StringConstraints(pattern=r"^[IM][0-9]{2}$")]
Level = Annotated[int, Field(strict=True, ge=1, le=5)]
Dimension = Literal[
    "coverage", "automation", "latency", "control-strength", "feedback-loop", "traceability", "ownership"
]


def _exact(value: object) -> Fraction:
    """Read a number as the decimal that the author wrote, so that 0.7 is seven tenths.

    Raises ValueError for what isn't a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Fraction)):
        raise ValueError("must be a number")
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,12}([./][0-9]{1,12})?", value):
        raise ValueError("must be a plain number")  # a written exponent could ask for any amount of memory
    try:
        return value if isinstance(value, Fraction) else Fraction(str(value))
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise ValueError("must be a finite number") from error


Exact = Annotated[Fraction, BeforeValidator(_exact)]


class Definition(BaseModel):
    """Frozen, and strict about unknown fields, so that a misspelt key in a file is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


class Text(Definition):
    """One text in every language of the product."""

    en: Words
    pt_br: Words = Field(alias="pt-br")

    def in_language(self, language: str) -> str:
        """The text in `language` ("en", "pt-br", any case); English for any other language."""
        return self.pt_br if language.lower().startswith("pt") else self.en


class Named(Definition):
    """A member of a code list: challenge, value or role."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,3}$")]
    slug: Slug
    name: Text
    description: Text


class Role(Named):
    """`goals`: what whoever holds the role wants to reach; `tools`: kinds of tools, without names of products."""

    goals: Text | None = None
    tools: Text | None = None
    group: Literal["consumers", "preparers", "suppliers", "sponsors"]


class LevelName(Definition):
    level: Level
    name: Text
    description: Text
    exit_step: Text


class Gate(Definition):
    """How far below level n each kind of score may lie for level n to be reached (guide.md 3.3)."""

    overall: Exact
    pillar: Exact
    critical: Exact
    principle: Exact
    completeness: Exact


class Pillar(Definition):
    """`prefix` starts the keys of the pillar's own questions; `weight` is its share in the overall score."""

    key: Literal["process", "technology", "organization"]
    prefix: Literal["PRO", "TEC", "ORG"]
    weight: Exact
    name: Text
    description: Text


class Principle(Definition):
    """`label` names the principle inside a sentence: "quality checks hold the team at level 2".

    A `guard` lets a team see faults before its customers do: plans improve it first, because speed that isn't checked
    ships faults faster.
    """

    key: PrincipleKey
    slug: Slug
    name: Text
    label: Text
    paraphrase: Text
    why: Text
    pillar_weights: dict[Literal["process", "technology", "organization"], Annotated[int, Field(ge=0, le=100)]]
    critical: bool = False
    guard: bool = False
    challenges: tuple[str, ...]
    values: tuple[str, ...]
    roles: tuple[str, ...]
    devops: Text
    mlops: Text

    @property
    def number(self) -> int:
        return int(self.key[1:])


class Anchor(Definition):
    level: Level
    en: Words
    pt_br: Words = Field(alias="pt-br")

    def in_language(self, language: str) -> str:
        """The anchor in `language`; English for any other language than Portuguese."""
        return self.pt_br if language.lower().startswith("pt") else self.en


class Tags(Definition):
    challenges: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Question(Definition):
    """A behaviour-anchored question.

    `subject` is the key of what it measures: a principle ("P09"), a pillar's prefix ("ORG") or a module ("MLO").
    `scope` organization: answered once for the organization where such an answer exists (review.md, Answering 7).
    """

    key: QuestionKey
    revision: Annotated[int, Field(ge=1)]
    dimension: Dimension
    weight: Annotated[int, Field(ge=1, le=10)] = 1
    scope: Literal["team", "organization"] = "team"
    na_allowed: bool = False
    na_reason: Text | None = None
    window_days: int | None = None
    thresholds: tuple[int | None, ...] | None = None
    stem: Text
    why: Text
    evidence: Text
    anchors: tuple[Anchor, ...]
    tags: Tags = Tags()
    lint_waive: dict[str, str] = {}

    @property
    def subject(self) -> str:
        return self.key.split(".")[0]

    @property
    def position(self) -> str:
        """What follows the point: "1" in "P09.1"."""
        return self.key.split(".")[1]

    def anchor(self, level: int) -> Anchor:
        """The anchor of `level` 1-5."""
        return self.anchors[level - 1]

    @property
    def asks_holders(self) -> bool:
        """Whether the answer also says who does the work: that of a role (guide.md 2.6)."""
        return self.subject == "ROL"


class Initiative(Definition):
    """`lifts` are levels per question, never above `cap`; `effort` and `run_cost` (a quarter) are person-weeks.

    `shared`: platform work that one team can do for all, so that several teams need its effort once.
    """

    id: InitiativeId
    name: Text
    summary: Text | None = None
    first_step: Text | None = None
    done_when: Text
    lifts: dict[QuestionKey, Exact]
    cap: Exact
    effort: Exact
    run_cost: Exact = Fraction(0)
    confidence: Exact = Fraction(1)
    prerequisites: tuple[InitiativeId, ...] = ()
    quick_win: bool = False
    shared: bool = False


class ReadOut(Definition):
    """A level of another model that follows from a module's answers: reached when every question in `requires` is."""

    level: Annotated[int, Field(strict=True, ge=0, le=5)]
    name: Text
    requires: dict[QuestionKey, Level] = {}


class Module(Definition):
    """An optional set of questions that never enters the overall score.

    `read_out` holds the levels of another model that its answers amount to, highest first (guide.md 2.6, MLOps).
    `complexity` says what 1 to 5 mean for a candidate project; it is recorded beside the answers and isn't rated.
    """

    key: Slug
    name: Text
    description: Text
    prefixes: tuple[Literal["MLO", "ROL", "DAV", "VAL"], ...]
    read_out: tuple[ReadOut, ...] = ()
    complexity: tuple[Anchor, ...] = ()

    @property
    def rates_projects(self) -> bool:
        """Whether its questions are asked of each candidate project, not once of the team."""
        return RATINGS_OF_PROJECTS.issuperset(self.prefixes)


class Crosswalk(Definition):
    """How answers to the earlier revision of a re-anchored question are read now (guide.md 3.7).

    `levels` gives for each old level 1-5 the new one, or None where the old answer doesn't tell.
    """

    question: QuestionKey
    from_revision: Annotated[int, Field(ge=1)]
    to_revision: Annotated[int, Field(ge=2)]
    levels: tuple[Level | None, Level | None, Level | None, Level | None, Level | None]
    reason: Text


class Term(Definition):
    key: Slug
    name: Text
    meaning: Text


class Reference(Definition):
    """A work by others that facts are taken from: named and linked, never quoted."""

    key: Slug
    name: Words
    address: Annotated[str, StringConstraints(pattern=r"^https://[^\s\"<>]{1,300}$")]


class Passage(Definition):
    """One thing to know about, and what in the framework embodies it.

    `shown_by` says what shows that it holds; `pillar` groups passages; `references` are keys of the framework's.
    """

    key: Slug
    name: Text
    text: Text
    shown_by: Text | None = None
    pillar: Literal["process", "technology", "organization"] | None = None
    principles: tuple[PrincipleKey, ...] = ()
    questions: tuple[QuestionKey, ...] = ()
    initiatives: tuple[InitiativeId, ...] = ()
    references: tuple[Slug, ...] = ()


class Chapter(Definition):
    """Background to read on a page of its own; `figure` names what is drawn from the framework itself beside it."""

    key: Slug
    name: Text
    summary: Text
    figure: Literal["pipeline", "analogues", "read-out"] | None = None
    passages: tuple[Passage, ...]


class Framework(Definition):
    """A whole, consistent release. `loader.load` is the way to get one; it checks every reference.

    `principle_share` is the part of a pillar's score that comes from the principles; the rest comes from the
    pillar's own questions (guide.md 3.2, step 4). `supersedes` is the version before this one, to whose answers
    `crosswalk` leads.
    """

    key: Slug
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    preview: bool = False
    supersedes: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] | None = None
    title: Text
    principle_share: Exact
    gate: Gate
    levels: tuple[LevelName, ...]
    pillars: tuple[Pillar, ...]
    challenges: tuple[Named, ...]
    values: tuple[Named, ...]
    roles: tuple[Role, ...]
    glossary: tuple[Term, ...]
    principles: tuple[Principle, ...]
    questions: tuple[Question, ...]
    modules: tuple[Module, ...] = ()
    initiatives: tuple[Initiative, ...]
    crosswalk: tuple[Crosswalk, ...] = ()
    references: tuple[Reference, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    @property
    def identifier(self) -> str:
        """Key and version, as in "dataops@0.9.0"."""
        return f"{self.key}@{self.version}"

    @cached_property
    def question_by_key(self) -> dict[str, Question]:
        return {question.key: question for question in self.questions}

    @cached_property
    def principle_by_key(self) -> dict[str, Principle]:
        return {principle.key: principle for principle in self.principles}

    @cached_property
    def pillar_by_key(self) -> dict[str, Pillar]:
        return {pillar.key: pillar for pillar in self.pillars}

    @cached_property
    def initiative_by_id(self) -> dict[str, Initiative]:
        return {initiative.id: initiative for initiative in self.initiatives}

    @cached_property
    def module_by_key(self) -> dict[str, Module]:
        return {module.key: module for module in self.modules}

    @cached_property
    def chapter_by_key(self) -> dict[str, Chapter]:
        return {chapter.key: chapter for chapter in self.chapters}

    @cached_property
    def reference_by_key(self) -> dict[str, Reference]:
        return {reference.key: reference for reference in self.references}

    @cached_property
    def module_prefixes(self) -> frozenset[str]:
        """The prefixes of the questions that never enter the overall score."""
        return frozenset(prefix for module in self.modules for prefix in module.prefixes)

    @cached_property
    def questions_by_subject(self) -> dict[str, tuple[Question, ...]]:
        """Questions of each principle key, pillar prefix and module prefix, in framework order."""
        subjects: dict[str, list[Question]] = {}
        for question in self.questions:
            subjects.setdefault(question.subject, []).append(question)
        return {subject: tuple(questions) for subject, questions in subjects.items()}

    @cached_property
    def core_questions(self) -> tuple[Question, ...]:
        """Questions of principles, then of pillars, in framework order: those that make the overall score."""
        subjects = [principle.key for principle in self.principles] + [pillar.prefix for pillar in self.pillars]
        return tuple(question for subject in subjects for question in self.questions_by_subject.get(subject, ()))

    @cached_property
    def organization_questions(self) -> tuple[Question, ...]:
        """The core questions that are answered once for the whole organization."""
        return tuple(question for question in self.core_questions if question.scope == "organization")

    @cached_property
    def short_form_questions(self) -> tuple[Question, ...]:
        """The `.1` question of each principle."""
        return tuple(q for q in self.core_questions if q.subject in self.principle_by_key and q.position == "1")

    def form_questions(self, form: str) -> tuple[Question, ...]:
        """The questions of the `form` "full" or "short"."""
        return self.short_form_questions if form == "short" else self.core_questions

    def module_questions(self, key: str) -> tuple[Question, ...]:
        """The questions of the module `key`, in framework order; none of a module that there isn't."""
        module = self.module_by_key.get(key)
        prefixes = module.prefixes if module else ()
        return tuple(question for prefix in prefixes for question in self.questions_by_subject.get(prefix, ()))

    def sheet_questions(self, form: str, modules: Iterable[str] = ()) -> tuple[Question, ...]:
        """What a team answers on its sheet: the questions of the `form`, then those of the `modules` that are on."""
        on = set(modules)
        chosen = [module.key for module in self.modules if module.key in on and not module.rates_projects]
        return (*self.form_questions(form), *(q for key in chosen for q in self.module_questions(key)))

    @cached_property
    def project_questions(self) -> tuple[Question, ...]:
        """The questions by which candidate projects are rated, in framework order."""
        modules = [module.key for module in self.modules if module.rates_projects]
        return tuple(question for key in modules for question in self.module_questions(key))

    @cached_property
    def subjects_by_form(self) -> dict[str, dict[str, tuple[Question, ...]]]:
        """For the forms "full" and "short" the questions asked of each principle key and pillar prefix."""
        forms: dict[str, dict[str, tuple[Question, ...]]] = {"full": {}, "short": {}}
        for form, subjects in forms.items():
            for question in self.form_questions(form):
                subjects[question.subject] = (*subjects.get(question.subject, ()), question)
        return forms

    def level_name(self, level: int) -> LevelName:
        return self.levels[level - 1]
