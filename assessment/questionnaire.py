"""The questionnaire as pages show it: sections, cards and counts, in the reader's language. No queries here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import ceil

from assessment.asked import answered_for_teams, questions_of
from assessment.forms import AnswerForm, prefix_of
from assessment.models import Answer, Assessment, Reconfirmation
from manifesto import catalog
from manifesto.definitions import Framework, Module, Question

SECONDS_PER_QUESTION = 33


@dataclass(frozen=True, slots=True)
class Choice:
    """One anchor: `last` when it was last time's answer."""

    level: int
    text: str
    last: bool


@dataclass(frozen=True, slots=True)
class Anew:
    """Why a question is asked anew: the initiative that was marked done, by whom, when, on what evidence."""

    initiative: str
    name: str
    by: str
    at: datetime
    evidence: str

    @property
    def link(self) -> str:
        """The evidence as an address that a browser may open; empty for any other text."""
        return self.evidence if self.evidence.startswith(("https://", "http://")) else ""


@dataclass(slots=True)
class Card:
    """One question with its answer (or None), last time's answer (or None), and the form to change it.

    `organization` is the answer that the organization gave for all its teams: it stands in the place of the team's
    own. `outdated` is an answer to an earlier revision of the question, which no longer counts. `anew` says why
    it is to be answered anew.
    """

    question: Question
    language: str
    answer: Answer | None
    last: Answer | None
    organization: Answer | None = None
    outdated: Answer | None = None
    form: AnswerForm | None = None
    conflict: Answer | None = None
    conflicting: bool = False
    anew: tuple[Anew, ...] = ()

    @property
    def asks_anew(self) -> bool:
        """Whether nobody has answered since the initiative was marked done."""
        last = max((reason.at for reason in self.anew), default=None)
        return last is not None and (self.said is None or self.is_open or self.said.updated_at <= last)

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def prefix(self) -> str:
        return prefix_of(self.question.key)

    @property
    def stem(self) -> str:
        return self.question.stem.in_language(self.language)

    @property
    def why(self) -> str:
        return self.question.why.in_language(self.language)

    @property
    def evidence(self) -> str:
        return self.question.evidence.in_language(self.language)

    @property
    def na_reason(self) -> str:
        return self.question.na_reason.in_language(self.language) if self.question.na_reason else ""

    @property
    def choices(self) -> list[Choice]:
        last = self.last.level if self.last else None
        return [Choice(a.level, a.in_language(self.language), a.level == last) for a in self.question.anchors]

    @property
    def said(self) -> Answer | None:
        """The answer that counts: the organization's, else the one on this sheet."""
        return self.organization or self.answer

    @property
    def is_open(self) -> bool:
        return self.said is None or self.said.state == "open"

    @property
    def is_flagged(self) -> bool:
        return bool(self.answer and self.answer.flagged and not self.organization)

    @property
    def anchor(self) -> str:
        """The text of the chosen level; empty without one."""
        level = self.said.level if self.said else None
        return self.question.anchor(level).in_language(self.language) if level else ""

    def value(self, name: str):
        """What the field `name` shows: what was typed, else what is saved."""
        if self.form is not None and self.form.is_bound:
            return self.form.data.get(f"{self.prefix}-{name}", "")
        return getattr(self.answer, name) if self.answer else ""

    @property
    def chosen(self) -> str:
        """The value of the chosen radio: "1" to "5", "not_applicable", "dont_know" or nothing."""
        if self.form is not None and self.form.is_bound:
            return self.form.data.get(f"{self.prefix}-choice", "")
        if self.answer is None or self.answer.state == "open":
            return ""
        return str(self.answer.level) if self.answer.level else self.answer.state

    @property
    def version(self) -> int:
        """The version that the page's fields replace: with what was typed comes back the version it was typed over."""
        row = self.answer or self.outdated
        saved = row.version if row else 0
        if self.form is not None and self.form.is_bound:
            return self.form.cleaned_data.get("version", saved)
        return saved

    @property
    def typed(self) -> dict:
        """Every text field as the page shows it."""
        return {name: self.value(name) or "" for name in ("reason", "note", "holders", "evidence_url", "confidence")}

    @property
    def longest_holders(self) -> int:
        """Characters that the field of holders takes."""
        return Answer._meta.get_field("holders").max_length

    @property
    def ticked(self) -> dict:
        return {name: bool(self.value(name)) for name in ("partly", "flagged", "confirmed")}


@dataclass(slots=True)
class Section:
    """One page of the questionnaire: a principle, a pillar's own questions, or a module (which never `counts`)."""

    key: str
    number: int
    of: int
    name: str
    paraphrase: str
    slug: str
    counts: bool = True
    cards: list[Card] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return sum(not card.is_open for card in self.cards)

    @property
    def total(self) -> int:
        return len(self.cards)

    @property
    def open(self) -> int:
        return self.total - self.answered

    @property
    def flagged(self) -> int:
        return sum(card.is_flagged for card in self.cards)

    @property
    def anew(self) -> int:
        """How many of its questions still wait for a new answer after an initiative was marked done."""
        return sum(card.asks_anew for card in self.cards)

    @property
    def state(self) -> str:
        """not-started, in-progress or done."""
        if not self.open:
            return "done"
        return "in-progress" if self.answered else "not-started"


@dataclass(frozen=True, slots=True)
class Questionnaire:
    framework: Framework
    sections: list[Section]

    @property
    def cards(self) -> list[Card]:
        return [card for section in self.sections for card in section.cards]

    @property
    def total(self) -> int:
        return len(self.cards)

    @property
    def answered(self) -> int:
        return sum(section.answered for section in self.sections)

    @property
    def open(self) -> int:
        return self.total - self.answered

    @property
    def open_in_score(self) -> int:
        """Open questions that enter the overall score: those of modules never do."""
        return sum(section.open for section in self.sections if section.counts)

    @property
    def flagged(self) -> int:
        return sum(section.flagged for section in self.sections)

    @property
    def for_organization(self) -> int:
        """How many questions the organization has answered for all its teams."""
        return sum(card.organization is not None for card in self.cards)

    @property
    def anew(self) -> list[Card]:
        """The questions that still wait for a new answer after an initiative was marked done."""
        return [card for card in self.cards if card.asks_anew]

    @property
    def minutes(self) -> int:
        """Whole minutes for all questions that the team answers itself."""
        return _minutes(self.total - self.for_organization)

    @property
    def minutes_left(self) -> int:
        """Whole minutes for the open questions."""
        return _minutes(self.open)

    @property
    def first_open(self) -> Card | None:
        return next((card for card in self.cards if card.is_open), None)

    @property
    def own_values(self) -> list[Fraction]:
        """The values, 1-5 with halves, of the answers given on this sheet."""
        given = [card.answer for card in self.cards if card.answer and card.answer.level and not card.organization]
        return [Fraction(2 * answer.level + answer.partly, 2) for answer in given]

    def section(self, key: str) -> Section | None:
        return next((section for section in self.sections if section.key == key), None)

    def neighbours(self, section: Section) -> tuple[Section | None, Section | None]:
        """The sections before and after."""
        index = self.sections.index(section)
        before = self.sections[index - 1] if index else None
        after = self.sections[index + 1] if index + 1 < len(self.sections) else None
        return before, after


@dataclass(frozen=True, slots=True)
class ModuleChoice:
    """A module that can be switched on; `minutes` are those of all its questions, or of rating one project."""

    key: str
    name: str
    description: str
    questions: int
    minutes: int
    rates_projects: bool
    chosen: bool


def module_choices(framework: Framework, chosen: Iterable[str], language: str) -> list[ModuleChoice]:
    """Every module of the framework, with those ticked that are chosen."""
    ticked = set(chosen)
    return [_module_choice(framework, module, module.key in ticked, language) for module in framework.modules]


def _module_choice(framework: Framework, module: Module, chosen: bool, language: str) -> ModuleChoice:
    count = len(framework.module_questions(module.key))
    name, description = module.name.in_language(language), module.description.in_language(language)
    return ModuleChoice(module.key, name, description, count, _minutes(count), module.rates_projects, chosen)


def _minutes(questions: int) -> int:
    """Whole minutes for so many questions at the pace people were measured to have."""
    return ceil(questions * SECONDS_PER_QUESTION / 60)


def build(
    assessment: Assessment,
    answers: Iterable[Answer],
    language: str,
    last: Mapping[str, Answer] | None = None,
    organization: Iterable[Answer] = (),
    anew: Iterable[Reconfirmation] = (),
) -> Questionnaire:
    """The questionnaire of one sheet. `last` holds last time's answers by question key, `organization` what stands on
    the organization's own sheet, `anew` what is asked anew."""
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    by_key = {answer.question_key: answer for answer in answers}
    shared = answered_for_teams(framework, organization)
    last = last or {}
    asked = _asked_anew(framework, anew, language)
    sections: dict[str, Section] = {}
    for question in questions_of(assessment, framework):
        if question.subject not in sections:
            sections[question.subject] = _section(framework, question.subject, language)
        hint = last.get(question.key)
        usable = hint if hint and hint.question_revision == question.revision and hint.state != "open" else None
        card = Card(question, language, by_key.get(question.key), usable, shared.get(question.key))
        if card.answer and card.answer.question_revision != question.revision:
            card.answer, card.outdated = None, card.answer
        card.anew = asked.get(question.key, ())
        sections[question.subject].cards.append(card)
    listed = list(sections.values())
    for number, section in enumerate(listed, start=1):
        section.number, section.of = number, len(listed)
    return Questionnaire(framework, listed)


def organization_cards(framework: Framework, answers: Iterable[Answer], language: str) -> list[Card]:
    """The questions that the organization has answered for its teams, to be read only."""
    shared = answered_for_teams(framework, answers)
    questions = [question for question in framework.organization_questions if question.key in shared]
    return [Card(question, language, None, None, shared[question.key]) for question in questions]


def _asked_anew(framework: Framework, rows: Iterable[Reconfirmation], language: str) -> dict[str, tuple[Anew, ...]]:
    """The reasons by question key; the catalogue's initiatives have a name in each language, a team's own has one."""
    asked: dict[str, tuple[Anew, ...]] = {}
    for row in rows:
        known = framework.initiative_by_id.get(row.initiative)
        name = known.name.in_language(language) if known else row.name
        reason = Anew(row.initiative, name, row.marked_by_name, row.marked_at, row.evidence)
        asked[row.question_key] = (*asked.get(row.question_key, ()), reason)
    return asked


def _section(framework: Framework, subject: str, language: str) -> Section:
    principle = framework.principle_by_key.get(subject)
    if principle:
        name, text = principle.name.in_language(language), principle.paraphrase.in_language(language)
        return Section(subject, 0, 0, name, text, principle.slug)
    whole = next((pillar for pillar in framework.pillars if pillar.prefix == subject), None)
    whole = whole or next(module for module in framework.modules if subject in module.prefixes)
    name, text = whole.name.in_language(language), whole.description.in_language(language)
    return Section(subject, 0, 0, name, text, whole.key, counts=subject not in framework.module_prefixes)
