"""A framework arranged for pages: groups, cross references and numbers, so that templates only place things."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from manifesto.definitions import (
    Chapter,
    Framework,
    Initiative,
    LevelName,
    Module,
    Named,
    Passage,
    Pillar,
    Principle,
    Question,
    ReadOut,
    Reference,
    Role,
    Term,
)

GROUPS: tuple[tuple[Promise, range], ...] = (
    (_("Serve the people who use the data"), range(1, 4)),
    (_("Work as one team"), range(4, 9)),
    (_("Build it so that it can be trusted and repeated"), range(9, 14)),
    (_("Run it like a production line"), range(14, 17)),
    (_("Deliver sooner with what is there"), range(17, 19)),
)
STAGES: tuple[tuple[str, Promise, tuple[Promise, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "source",
        _("Sources"),
        (
            _("internal tables: the organization's own systems, files and spreadsheets"),
            _("external tables: vendors, partners and public data"),
        ),
        ("P03",),
        ("SRC",),
    ),
    ("ingest", _("Ingest"), (_("data arrive and are checked"),), ("P10", "P15"), ("ENG",)),
    (
        "transform",
        _("Transform"),
        (_("data are joined, shaped and modelled"),),
        ("P09", "P11", "P12", "P13"),
        ("ENG", "CUR"),
    ),
    ("serve", _("Serve"), (_("products are published, watched and found"),), ("P16", "P17"), ("CUR", "STE")),
    ("use", _("Use"), (_("people decide, ask, model and build"),), ("P01", "P02"), ("CIT", "ANA", "SCI", "DEV")),
)
FEEDBACK = ("P05", "P08", "P18")
EXAMPLE_PRINCIPLE, EXAMPLE_OVERALL, EXAMPLE_VALUE = "P15", Decimal("3.16"), Decimal("1.5")
AROUND = ("P04", "P06", "P07", "P14")
AROUND_ROLES = ("ARC", "CDO")
HALF = 50
ROLE_GROUPS: tuple[tuple[str, Promise], ...] = (
    ("consumers", _("Consumers: they use data")),
    ("preparers", _("Preparers: they make data usable")),
    ("suppliers", _("Suppliers: data come from them")),
    ("sponsors", _("Beside the team: design and sponsorship")),
)


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a principle's weight that lies in one pillar: `percent` from `start` on, both 0-100."""

    pillar: Pillar
    percent: int
    start: int


@dataclass(frozen=True, slots=True)
class PrincipleRow:
    principle: Principle
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class PrincipleGroup:
    title: Promise
    rows: tuple[PrincipleRow, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the delivery pipeline: what is there, the principles that show there first, who works there."""

    key: str
    name: Promise
    descriptions: tuple[Promise, ...]
    principles: tuple[Principle, ...]
    roles: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`feedback` closes the loop from use to sources; `around` holds for the team at every stage."""

    stages: tuple[Stage, ...]
    feedback: tuple[Principle, ...]
    around: tuple[Principle, ...]
    around_roles: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A question and where it is explained."""

    question: Question
    address: str


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """A question with the values, challenges and roles that its tags name, most important first."""

    question: Question
    values: tuple[Named, ...]
    challenges: tuple[Named, ...]
    roles: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A passage of the background that names a principle, question or initiative."""

    chapter: Chapter
    passage: Passage


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, challenge or role with the principles and questions that name it, in framework order."""

    named: Named
    principles: tuple[Principle, ...]
    questions: tuple[QuestionLink, ...]


@dataclass(frozen=True, slots=True)
class RoleGroup:
    title: Promise
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class PrinciplePage:
    """Everything on the page of one principle; `previous` and `following` are None at the ends of the list."""

    principle: Principle
    shares: tuple[Share, ...]
    values: tuple[Named, ...]
    challenges: tuple[Named, ...]
    roles: tuple[Role, ...]
    questions: tuple[QuestionCard, ...]
    initiatives: tuple[InitiativeRow, ...]
    mentions: tuple[Mention, ...]
    previous: Principle | None
    following: Principle | None


@dataclass(frozen=True, slots=True)
class PillarEntry:
    """A pillar with its own questions; `principles` that put most of their weight there, the largest part first."""

    pillar: Pillar
    questions: tuple[QuestionCard, ...]
    initiatives: tuple[InitiativeRow, ...]
    principles: tuple[Principle, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class PassageEntry:
    """A passage with what it names."""

    passage: Passage
    principles: tuple[Principle, ...]
    questions: tuple[QuestionLink, ...]
    initiatives: tuple[Initiative, ...]
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class PassageGroup:
    """Passages under one pillar; `pillar` is None for those of no pillar."""

    pillar: Pillar | None
    passages: tuple[PassageEntry, ...]


@dataclass(frozen=True, slots=True)
class ChapterPage:
    """A chapter with its figure's data; `previous` and `following` are None at the ends of the list."""

    chapter: Chapter
    groups: tuple[PassageGroup, ...]
    pipeline: Pipeline | None
    modules: tuple[ModulePage, ...]
    previous: Chapter | None
    following: Chapter | None


@dataclass(frozen=True, slots=True)
class ReadOutRow:
    """A level of another model; `requires` are questions, each with the least level that it needs."""

    read_out: ReadOut
    requires: tuple[tuple[QuestionLink, int], ...]


@dataclass(frozen=True, slots=True)
class ModulePage:
    module: Module
    questions: tuple[QuestionCard, ...]
    read_out: tuple[ReadOutRow, ...]
    initiatives: tuple[InitiativeRow, ...]
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Lift:
    """By how many levels an initiative lifts a question; `address` is "" for a question without a page."""

    question: Question
    levels: Decimal
    address: str


@dataclass(frozen=True, slots=True)
class InitiativeRow:
    """`effort` and `run_cost` (each quarter) are person-weeks, `cap` a level, `confidence` a whole percentage."""

    initiative: Initiative
    effort: Decimal
    run_cost: Decimal
    cap: Decimal
    confidence: int
    lifts: tuple[Lift, ...]
    prerequisites: tuple[Initiative, ...]


@dataclass(frozen=True, slots=True)
class LevelStep:
    """A level with the least numbers that its gate asks for; level 1 has none, so `gate` is None."""

    level: LevelName
    gate: GateNumbers | None


@dataclass(frozen=True, slots=True)
class GateNumbers:
    """One number for the overall score, each pillar, each critical principle and any principle."""

    overall: Decimal
    pillar: Decimal
    critical: Decimal
    principle: Decimal


@dataclass(frozen=True, slots=True)
class Example:
    """A team whose mean would allow `ungated_level` while one critical principle holds it at `level`."""

    principle: Principle
    overall: Decimal
    value: Decimal
    least: Decimal
    level: LevelName
    ungated_level: LevelName


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """The numbers in the explanation of the score; shares are whole percentages, `slack` is in levels."""

    steps: tuple[LevelStep, ...]
    from_principles: int
    from_own_questions: int
    completeness: int
    slack: GateNumbers
    pillar_weights: tuple[tuple[Pillar, Decimal], ...]
    critical: tuple[Principle, ...]
    example: Example | None


def decimal(number: Fraction | int) -> Decimal:
    """An exact number as the decimal that a template prints in the reader's language."""
    value = Fraction(number)
    return (Decimal(value.numerator) / Decimal(value.denominator)).normalize() + 0


def shares(framework: Framework, principle: Principle) -> tuple[Share, ...]:
    """The pillar weights of a principle as adjoining parts of a bar, in the order of the framework's pillars."""
    parts, start = [], 0
    for pillar in framework.pillars:
        percent = principle.pillar_weights.get(pillar.key, 0)
        parts.append(Share(pillar, percent, start))
        start += percent
    return tuple(parts)


def principle_groups(framework: Framework) -> tuple[PrincipleGroup, ...]:
    """The principles under five headings, in their own order; a heading without principles is left out."""
    groups = []
    for title, numbers in GROUPS:
        members = [principle for principle in framework.principles if principle.number in numbers]
        rows = tuple(PrincipleRow(principle, shares(framework, principle)) for principle in members)
        if rows:
            groups.append(PrincipleGroup(title, rows))
    return tuple(groups)


def pipeline(framework: Framework) -> Pipeline:
    """The way of data from source to use, with each principle at the place where it shows first."""

    def placed(keys: Iterable[str]) -> tuple[Principle, ...]:
        return tuple(framework.principle_by_key[key] for key in keys if key in framework.principle_by_key)

    def staffed(keys: Iterable[str]) -> tuple[Named, ...]:
        return tuple(role for key in keys for role in framework.roles if role.key == key)

    stages = tuple(
        Stage(key, name, words, placed(principles), staffed(roles)) for key, name, words, principles, roles in STAGES
    )
    return Pipeline(stages, placed(FEEDBACK), placed(AROUND), staffed(AROUND_ROLES))


def value_entries(framework: Framework) -> tuple[Entry, ...]:
    """Each value with the principles that serve it."""
    return tuple(_entry(framework, value, "values") for value in framework.values)


def challenge_entries(framework: Framework) -> tuple[Entry, ...]:
    """Each challenge with the principles that address it."""
    return tuple(_entry(framework, challenge, "challenges") for challenge in framework.challenges)


def role_groups(framework: Framework) -> tuple[RoleGroup, ...]:
    """The roles by group, each with the principles that involve it most."""
    return tuple(
        RoleGroup(title, tuple(_entry(framework, role, "roles") for role in framework.roles if role.group == group))
        for group, title in ROLE_GROUPS
    )


def pillar_entries(framework: Framework) -> tuple[PillarEntry, ...]:
    """Each pillar with its own questions, the initiatives that lift them and the principles that rest on it most."""
    return tuple(
        PillarEntry(
            pillar=pillar,
            questions=_cards(framework, [pillar.prefix]),
            initiatives=_lifting(framework, [pillar.prefix]),
            principles=_resting_on(framework, pillar),
            mentions=tuple(one for one in _all_mentions(framework) if one.passage.pillar == pillar.key),
        )
        for pillar in framework.pillars
    )


def principle_page(framework: Framework, slug: str) -> PrinciplePage:
    """The principle named by `slug` with all that belongs to it. Raises LookupError for an unknown slug."""
    slugs = [principle.slug for principle in framework.principles]
    if slug not in slugs:
        raise LookupError(slug)
    position = slugs.index(slug)
    principle = framework.principles[position]
    return PrinciplePage(
        principle=principle,
        shares=shares(framework, principle),
        values=_named(framework.values, principle.values),
        challenges=_named(framework.challenges, principle.challenges),
        roles=tuple(role for role in framework.roles if role.key in principle.roles),
        questions=_cards(framework, [principle.key]),
        initiatives=_lifting(framework, [principle.key]),
        mentions=tuple(one for one in _all_mentions(framework) if principle.key in one.passage.principles),
        previous=framework.principles[position - 1] if position else None,
        following=framework.principles[position + 1] if position + 1 < len(framework.principles) else None,
    )


def module_page(framework: Framework, key: str) -> ModulePage:
    """The module `key` with all that belongs to it. Raises LookupError for an unknown key."""
    module = framework.module_by_key[key]
    cards = _cards(framework, module.prefixes)
    asked = {card.question.key for card in cards}
    return ModulePage(
        module=module,
        questions=cards,
        read_out=tuple(_read_out_row(framework, one) for one in module.read_out),
        initiatives=_lifting(framework, module.prefixes),
        mentions=tuple(one for one in _all_mentions(framework) if asked & set(one.passage.questions)),
    )


def chapter_page(framework: Framework, key: str) -> ChapterPage:
    """The chapter `key` with all that it names. Raises LookupError for an unknown key."""
    chapter = framework.chapter_by_key[key]
    position = framework.chapters.index(chapter)
    return ChapterPage(
        chapter=chapter,
        groups=_passage_groups(framework, chapter),
        pipeline=pipeline(framework) if chapter.figure == "pipeline" else None,
        modules=tuple(
            module_page(framework, module.key)
            for module in framework.modules
            if chapter.figure == "read-out" and module.read_out
        ),
        previous=framework.chapters[position - 1] if position else None,
        following=framework.chapters[position + 1] if position + 1 < len(framework.chapters) else None,
    )


def initiative_rows(framework: Framework) -> tuple[InitiativeRow, ...]:
    """The whole catalogue of initiatives, in framework order."""
    return tuple(initiative_row(framework, initiative) for initiative in framework.initiatives)


def initiative_row(framework: Framework, initiative: Initiative) -> InitiativeRow:
    """One initiative with its numbers as decimals and its references resolved."""
    return InitiativeRow(
        initiative=initiative,
        effort=decimal(initiative.effort),
        run_cost=decimal(initiative.run_cost),
        cap=decimal(initiative.cap),
        confidence=round(initiative.confidence * 100),
        lifts=tuple(_lift(framework, key, levels) for key, levels in initiative.lifts.items()),
        prerequisites=tuple(framework.initiative_by_id[key] for key in initiative.prerequisites),
    )


def mentions_of(framework: Framework, initiative: Initiative) -> tuple[Mention, ...]:
    """The passages of the background that name this initiative."""
    return tuple(one for one in _all_mentions(framework) if initiative.id in one.passage.initiatives)


def unlocked_by(framework: Framework, initiative: Initiative) -> tuple[Initiative, ...]:
    """The initiatives that name this one as a prerequisite."""
    return tuple(other for other in framework.initiatives if initiative.id in other.prerequisites)


def score_rules(framework: Framework) -> ScoreRules:
    """How answers become a score and a level, in this framework's numbers (domain guide 3.2, 3.3)."""
    return ScoreRules(
        steps=level_steps(framework),
        from_principles=round(framework.principle_share * 100),
        from_own_questions=round((1 - framework.principle_share) * 100),
        completeness=round(framework.gate.completeness * 100),
        slack=_gate_numbers(framework, lambda slack: slack),
        pillar_weights=tuple((pillar, decimal(pillar.weight)) for pillar in framework.pillars),
        critical=tuple(principle for principle in framework.principles if principle.critical),
        example=_example(framework),
    )


def level_steps(framework: Framework) -> tuple[LevelStep, ...]:
    """The levels with what their gate asks for (domain guide 3.3, principle floor as reviewed)."""
    return tuple(
        LevelStep(level, _least_scores(framework, level.level) if level.level > 1 else None)
        for level in framework.levels
    )


def glossary(framework: Framework) -> tuple[Term, ...]:
    """The terms in the alphabetical order of the active language, accents ignored."""
    language = get_language() or "en"
    return tuple(sorted(framework.glossary, key=lambda term: _sort_key(term.name.in_language(language))))


def question_address(framework: Framework, key: str) -> str:
    """Where the question `key` is explained: a page with its anchor; "" where its subject isn't in the framework."""
    subject = key.split(".")[0]
    if subject in framework.principle_by_key:
        return f"{reverse('principle', args=[framework.principle_by_key[subject].slug])}#{key}"
    if subject in {pillar.prefix for pillar in framework.pillars}:
        return f"{reverse('pillars')}#{key}"
    module = next((module for module in framework.modules if subject in module.prefixes), None)
    return f"{reverse('module', args=[module.key])}#{key}" if module else ""


def _entry(framework: Framework, named: Named, attribute: str) -> Entry:
    principles = tuple(p for p in framework.principles if named.key in getattr(p, attribute))
    tagged = tuple(q.key for q in framework.questions if named.key in getattr(q.tags, attribute))
    return Entry(named, principles, _links(framework, tagged))


def _links(framework: Framework, keys: Iterable[str]) -> tuple[QuestionLink, ...]:
    asked = framework.question_by_key
    return tuple(QuestionLink(asked[key], question_address(framework, key)) for key in keys if key in asked)


def _cards(framework: Framework, subjects: Iterable[str]) -> tuple[QuestionCard, ...]:
    return tuple(
        QuestionCard(
            question,
            _named(framework.values, question.tags.values),
            _named(framework.challenges, question.tags.challenges),
            _named(framework.roles, question.tags.roles),
        )
        for subject in subjects
        for question in framework.questions_by_subject.get(subject, ())
    )


def _resting_on(framework: Framework, pillar: Pillar) -> tuple[Principle, ...]:
    """The principles that put at least half of their weight into `pillar`."""
    resting = [p for p in framework.principles if p.pillar_weights.get(pillar.key, 0) >= HALF]
    return tuple(sorted(resting, key=lambda principle: -principle.pillar_weights[pillar.key]))


def _all_mentions(framework: Framework) -> tuple[Mention, ...]:
    return tuple(Mention(chapter, passage) for chapter in framework.chapters for passage in chapter.passages)


def _passage_groups(framework: Framework, chapter: Chapter) -> tuple[PassageGroup, ...]:
    """The passages in their own order, a new group wherever the pillar changes."""
    groups: list[tuple[str | None, list[PassageEntry]]] = []
    for passage in chapter.passages:
        if not groups or groups[-1][0] != passage.pillar:
            groups.append((passage.pillar, []))
        groups[-1][1].append(
            PassageEntry(
                passage=passage,
                principles=tuple(framework.principle_by_key[key] for key in passage.principles),
                questions=_links(framework, passage.questions),
                initiatives=tuple(framework.initiative_by_id[key] for key in passage.initiatives),
                references=tuple(framework.reference_by_key[key] for key in passage.references),
            )
        )
    return tuple(
        PassageGroup(framework.pillar_by_key[pillar] if pillar else None, tuple(entries)) for pillar, entries in groups
    )


def _read_out_row(framework: Framework, read_out: ReadOut) -> ReadOutRow:
    links = _links(framework, read_out.requires)
    return ReadOutRow(read_out, tuple((link, read_out.requires[link.question.key]) for link in links))


def _named(entries: Iterable[Named], keys: Iterable[str]) -> tuple[Named, ...]:
    """The entries with these keys, in the order of the keys: a principle names the most important one first."""
    by_key = {entry.key: entry for entry in entries}
    return tuple(by_key[key] for key in keys)


def _lifting(framework: Framework, subjects: Iterable[str]) -> tuple[InitiativeRow, ...]:
    """The initiatives that lift a question of `subjects`, with only these lifts; those that lift most come first."""
    chosen = set(subjects)
    rows = []
    for initiative in framework.initiatives:
        lifts = {key: levels for key, levels in initiative.lifts.items() if key.split(".")[0] in chosen}
        if lifts:
            rows.append(
                (-sum(lifts.values()), initiative_row(framework, initiative.model_copy(update={"lifts": lifts})))
            )
    return tuple(row for _total, row in sorted(rows, key=lambda item: item[0]))


def _lift(framework: Framework, key: str, levels: Fraction) -> Lift:
    return Lift(framework.question_by_key[key], decimal(levels), question_address(framework, key))


def _gate_numbers(framework: Framework, number: Callable[[Fraction], Fraction]) -> GateNumbers:
    gate = framework.gate
    slacks = (gate.overall, gate.pillar, gate.critical, gate.principle)
    return GateNumbers(*(decimal(number(slack)) for slack in slacks))


def _least_scores(framework: Framework, level: int) -> GateNumbers:
    """What the gate asks for at `level` 2-5."""
    return _gate_numbers(framework, lambda slack: level - slack)


def _example(framework: Framework) -> Example | None:
    """The domain guide's example T10, where this framework's gate gives the same verdict; None elsewhere."""
    quality = framework.principle_by_key.get(EXAMPLE_PRINCIPLE)
    below, wanted = _least_scores(framework, 2), _least_scores(framework, 3)
    if quality is None or not quality.critical:
        return None
    if not (wanted.overall <= EXAMPLE_OVERALL and below.critical <= EXAMPLE_VALUE < wanted.critical):
        return None
    names = (framework.level_name(2), framework.level_name(3))
    return Example(quality, EXAMPLE_OVERALL, EXAMPLE_VALUE, wanted.critical, *names)


def _sort_key(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
