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

from manifesto.definitions import Framework, Initiative, LevelName, Named, Pillar, Principle, Question, Role, Term

GROUPS: tuple[tuple[Promise, range], ...] = (
    (_("Serve the people who use the data"), range(1, 4)),
    (_("Work as one team"), range(4, 9)),
    (_("Build it so that it can be trusted and repeated"), range(9, 14)),
    (_("Run it like a production line"), range(14, 17)),
    (_("Deliver sooner with what is there"), range(17, 19)),
)
STAGES: tuple[tuple[str, Promise, Promise, tuple[str, ...]], ...] = (
    ("source", _("Sources"), _("systems, files and vendors that data come from"), ("P03",)),
    ("ingest", _("Ingest"), _("data arrive and are checked"), ("P10", "P15")),
    ("transform", _("Transform"), _("data are joined, shaped and modelled"), ("P09", "P11", "P12", "P13")),
    ("serve", _("Serve"), _("products are published, watched and found"), ("P16", "P17")),
    ("use", _("Use"), _("citizens, analysts, scientists and developers act"), ("P01", "P02")),
)
FEEDBACK = ("P05", "P08", "P18")
EXAMPLE_PRINCIPLE, EXAMPLE_OVERALL, EXAMPLE_VALUE = "P15", Decimal("3.16"), Decimal("1.5")
AROUND = ("P04", "P06", "P07", "P14")
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
    """One stage of the delivery pipeline, and the principles that show there first."""

    key: str
    name: Promise
    description: Promise
    principles: tuple[Principle, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`feedback` closes the loop from use to sources; `around` holds for the team at every stage."""

    stages: tuple[Stage, ...]
    feedback: tuple[Principle, ...]
    around: tuple[Principle, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, challenge or role with the principles that name it, in framework order."""

    named: Named
    principles: tuple[Principle, ...]


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
    questions: tuple[Question, ...]
    initiatives: tuple[InitiativeRow, ...]
    previous: Principle | None
    following: Principle | None


@dataclass(frozen=True, slots=True)
class PillarEntry:
    pillar: Pillar
    questions: tuple[Question, ...]
    initiatives: tuple[InitiativeRow, ...]


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

    stages = tuple(Stage(key, name, description, placed(keys)) for key, name, description, keys in STAGES)
    return Pipeline(stages, placed(FEEDBACK), placed(AROUND))


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
    """Each pillar with its own questions and the initiatives that lift them."""
    return tuple(
        PillarEntry(pillar, framework.questions_by_subject.get(pillar.prefix, ()), _lifting(framework, pillar.prefix))
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
        questions=framework.questions_by_subject.get(principle.key, ()),
        initiatives=_lifting(framework, principle.key),
        previous=framework.principles[position - 1] if position else None,
        following=framework.principles[position + 1] if position + 1 < len(framework.principles) else None,
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
    """Where the question `key` is explained: a page with its anchor; "" for a module's question, which has none."""
    subject = key.split(".")[0]
    if subject in framework.principle_by_key:
        return f"{reverse('principle', args=[framework.principle_by_key[subject].slug])}#{key}"
    if subject in {pillar.prefix for pillar in framework.pillars}:
        return f"{reverse('pillars')}#{key}"
    return ""


def _entry(framework: Framework, named: Named, attribute: str) -> Entry:
    return Entry(named, tuple(p for p in framework.principles if named.key in getattr(p, attribute)))


def _named(entries: Iterable[Named], keys: Iterable[str]) -> tuple[Named, ...]:
    """The entries with these keys, in the order of the keys: a principle names the most important one first."""
    by_key = {entry.key: entry for entry in entries}
    return tuple(by_key[key] for key in keys)


def _lifting(framework: Framework, subject: str) -> tuple[InitiativeRow, ...]:
    """The initiatives that lift a question of `subject`, with only these lifts; those that lift most come first."""
    rows = []
    for initiative in framework.initiatives:
        lifts = {key: levels for key, levels in initiative.lifts.items() if key.split(".")[0] == subject}
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
