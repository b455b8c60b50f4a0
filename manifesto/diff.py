"""What changed from one release of a framework to the next, in words, and which version step it deserves.

Semantic versions (domain guide 3.7): a patch corrects words and leaves every score the same; a minor release adds,
retires or re-anchors questions; a major one changes principles, levels, gate or how scores are put together.
Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from manifesto.crosswalks import conversions
from manifesto.definitions import (
    LANGUAGES,
    Anchor,
    Chapter,
    Definition,
    Framework,
    Initiative,
    Principle,
    Question,
    Reference,
    Text,
)

NONE, PATCH, MINOR, MAJOR = "none", "patch", "minor", "major"
STEPS = (NONE, PATCH, MINOR, MAJOR)
EDITORIAL, MEANING, NEW, RETIRED, CHANGED = "editorial", "meaning", "new", "retired", "changed"

PARTS = (
    "formula",
    "levels",
    "principles",
    "questions",
    "modules",
    "initiatives",
    "lists",
    "glossary",
    "background",
    "texts",
)
"""What a change belongs to, in the order in which changes are told."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `part` is of PARTS, `kind` editorial, meaning, new, retired or changed, `step` what it deserves.

    `subject` is the key of what changed; `words` say how, without it. `wants_revision` marks a question that asks
    something else under the same revision.
    """

    part: str
    kind: str
    step: str
    subject: str
    words: str
    wants_revision: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changed from release `older` to `newer` ("key@version"), and the version numbers judged.

    `deserves` is the largest step among the changes; `takes` the step that the numbers take, "back" for a lower one.
    """

    older: str
    newer: str
    differences: tuple[Difference, ...]
    deserves: str
    takes: str
    expected: str

    @property
    def agrees(self) -> bool:
        """Whether the number says what the content does: neither more nor less."""
        return self.takes == self.deserves

    def of(self, part: str) -> tuple[Difference, ...]:
        return tuple(item for item in self.differences if item.part == part)

    def as_dict(self) -> dict[str, Any]:
        return {
            "from": self.older,
            "to": self.newer,
            "deserves": self.deserves,
            "takes": self.takes,
            "expected_version": self.expected,
            "agrees": self.agrees,
            "changes": [asdict(item) for item in self.differences],
        }


def compare(older: Framework, newer: Framework, between: Sequence[Framework] = ()) -> Comparison:
    """All changes, by part and in framework order. `between` are releases in the middle, for their crosswalks.

    Raises ValueError for two frameworks of different keys.
    """
    if older.key != newer.key:
        raise ValueError(f"{older.identifier} and {newer.identifier} are different frameworks")
    found = [
        *_formula(older, newer),
        *_levels(older, newer),
        *_principles(older, newer),
        *_questions(older, newer, between),
        *_modules(older, newer),
        *_initiatives(older, newer),
        *_lists(older, newer),
        *_glossary(older, newer),
        *_background(older, newer),
        *_texts(older, newer),
    ]
    deserves = max((item.step for item in found), key=STEPS.index, default=NONE)
    return Comparison(
        older=older.identifier,
        newer=newer.identifier,
        differences=tuple(found),
        deserves=deserves,
        takes=step_between(older.version, newer.version),
        expected=next_version(older.version, deserves),
    )


def step_between(older: str, newer: str) -> str:
    """The step from one version number to another: the first part that differs; "back" for a lower number."""
    pairs = list(zip(map(int, older.split(".")), map(int, newer.split(".")), strict=True))
    for step, (before, after) in zip((MAJOR, MINOR, PATCH), pairs, strict=True):
        if before != after:
            return step if before < after else "back"
    return NONE


def next_version(version: str, step: str) -> str:
    """The least number after `version` that takes the step."""
    major, minor, patch = map(int, version.split("."))
    numbers = {
        NONE: (major, minor, patch),
        PATCH: (major, minor, patch + 1),
        MINOR: (major, minor + 1, 0),
        MAJOR: (major + 1, 0, 0),
    }
    return ".".join(map(str, numbers[step]))


# How scores come about


def _formula(older: Framework, newer: Framework) -> Iterator[Difference]:
    if older.principle_share != newer.principle_share:
        words = f"the share of principles in a pillar was {_number(older.principle_share)}"
        yield Difference("formula", CHANGED, MAJOR, "principle_share", f"{words}, now {_number(newer.principle_share)}")
    for name in type(older.gate).model_fields:
        before, after = getattr(older.gate, name), getattr(newer.gate, name)
        if before != after:
            words = f"the gate's condition was {_number(before)}, now {_number(after)}"
            yield Difference("formula", CHANGED, MAJOR, f"gate.{name}", words)
    for key, pillar in newer.pillar_by_key.items():
        before = older.pillar_by_key[key].weight
        if before != pillar.weight:
            words = f"the pillar's weight was {_number(before)}, now {_number(pillar.weight)}"
            yield Difference("formula", CHANGED, MAJOR, key, words)


def _levels(older: Framework, newer: Framework) -> Iterator[Difference]:
    for before, after in zip(older.levels, newer.levels, strict=True):
        if before != after:
            yield Difference("levels", EDITORIAL, PATCH, f"level {after.level}", _reworded(before, after))


def _principles(older: Framework, newer: Framework) -> Iterator[Difference]:
    yield from _come_and_gone("principles", MAJOR, older.principle_by_key, newer.principle_by_key, _principle_name)
    for key, after in newer.principle_by_key.items():
        before = older.principle_by_key.get(key)
        if before and before != after:
            yield from _principle(before, after)


def _principle(before: Principle, after: Principle) -> Iterator[Difference]:
    if before.critical != after.critical:
        words = "is critical now" if after.critical else "is critical no more"
        yield Difference("principles", CHANGED, MAJOR, after.key, words)
    if before.guard != after.guard:
        words = "plans improve it first now" if after.guard else "plans improve it first no more"
        yield Difference("principles", CHANGED, MINOR, after.key, words)
    weights = [{key: weight for key, weight in p.pillar_weights.items() if weight} for p in (before, after)]
    if weights[0] != weights[1]:
        words = f"its weights in the pillars were {_weights(weights[0])}, now {_weights(weights[1])}"
        yield Difference("principles", CHANGED, MAJOR, after.key, words)
    links = [
        name for name in ("slug", "challenges", "values", "roles") if getattr(before, name) != getattr(after, name)
    ]
    if links:
        yield Difference("principles", CHANGED, MINOR, after.key, f"other {_joined(links)}")
    if words := _reworded(before, after):
        yield Difference("principles", EDITORIAL, PATCH, after.key, words)


# Questions


def _questions(older: Framework, newer: Framework, between: Sequence[Framework]) -> Iterator[Difference]:
    tables = conversions(older, newer, between)
    before = older.question_by_key
    for question in newer.questions:
        if question.key not in before:
            yield Difference("questions", NEW, MINOR, question.key, f"asks: {question.stem.en}")
        else:
            yield from _question(before[question.key], question, tables.get(question.key))
    for key, question in before.items():
        if key not in newer.question_by_key:
            yield Difference("questions", RETIRED, MINOR, key, f"asked: {question.stem.en}")


def _question(before: Question, after: Question, table: Sequence[int | None] | None) -> Iterator[Difference]:
    if before.weight != after.weight:
        words = f"its weight was {before.weight}, now {after.weight}"
        yield Difference("questions", CHANGED, MAJOR, after.key, words)
    if before.revision != after.revision:
        words = f"means something else: revision {before.revision}, now {after.revision}; {_crosswalk(table)}"
        yield Difference("questions", MEANING, MINOR, after.key, words)
        return
    terms = [name for name in ("window_days", "thresholds") if getattr(before, name) != getattr(after, name)]
    if terms:
        words = f"other {_joined(terms)} under the same revision; give it a new one if answers could differ"
        yield Difference("questions", CHANGED, MINOR, after.key, words, wants_revision=True)
    rules = [name for name in ("dimension", "scope", "na_allowed") if getattr(before, name) != getattr(after, name)]
    for name in rules:
        words = f"{_spaced(name)} was {_plain(getattr(before, name))}, now {_plain(getattr(after, name))}"
        yield Difference("questions", CHANGED, MINOR, after.key, words)
    if words := _reworded(before, after):
        yield Difference("questions", EDITORIAL, PATCH, after.key, f"{words}; the meaning stays")
    if before.tags != after.tags:
        yield Difference("questions", EDITORIAL, PATCH, after.key, "other tags")


def _crosswalk(table: Sequence[int | None] | None) -> str:
    if table is None:
        return "no crosswalk, so earlier answers can't be read"
    levels = ", ".join(f"{level} -> {'unknown' if to is None else to}" for level, to in enumerate(table, start=1))
    return f"earlier levels are read as {levels}"


# The rest


def _modules(older: Framework, newer: Framework) -> Iterator[Difference]:
    yield from _come_and_gone("modules", MINOR, older.module_by_key, newer.module_by_key, lambda module: module.name.en)
    for key, after in newer.module_by_key.items():
        before = older.module_by_key.get(key)
        if before and (before.prefixes, before.read_out) != (after.prefixes, after.read_out):
            yield Difference("modules", CHANGED, MINOR, key, "other questions or another read-out")
        if before and (words := _reworded(before, after)):
            yield Difference("modules", EDITORIAL, PATCH, key, words)


def _initiatives(older: Framework, newer: Framework) -> Iterator[Difference]:
    before, after = older.initiative_by_id, newer.initiative_by_id
    yield from _come_and_gone("initiatives", MINOR, before, after, lambda initiative: initiative.name.en)
    for key in after:
        if key in before and before[key] != after[key]:
            yield from _initiative(before[key], after[key])


def _initiative(before: Initiative, after: Initiative) -> Iterator[Difference]:
    facts = ("lifts", "cap", "effort", "run_cost", "confidence", "prerequisites", "quick_win", "shared")
    words = [
        f"{_spaced(name)} was {_plain(getattr(before, name))}, now {_plain(getattr(after, name))}"
        for name in facts
        if getattr(before, name) != getattr(after, name)
    ]
    if words:
        yield Difference("initiatives", CHANGED, MINOR, after.id, "; ".join(words))
    if rewritten := _reworded(before, after):
        yield Difference("initiatives", EDITORIAL, PATCH, after.id, rewritten)


def _lists(older: Framework, newer: Framework) -> Iterator[Difference]:
    for name in ("challenges", "values", "roles"):
        before, after = ({item.key: item for item in getattr(release, name)} for release in (older, newer))
        yield from _come_and_gone("lists", MINOR, before, after, lambda item: item.name.en)
        for key, item in after.items():
            if key in before and before[key] != item:
                words = _reworded(before[key], item) or "another slug or group"
                yield Difference("lists", EDITORIAL, PATCH, key, words)


def _glossary(older: Framework, newer: Framework) -> Iterator[Difference]:
    before, after = ({term.key: term for term in release.glossary} for release in (older, newer))
    yield from _come_and_gone("glossary", PATCH, before, after, lambda term: term.name.en)
    for key, term in after.items():
        if key in before and before[key] != term:
            yield Difference("glossary", EDITORIAL, PATCH, key, _reworded(before[key], term))


def _background(older: Framework, newer: Framework) -> Iterator[Difference]:
    """Chapters to read and the works that they refer to: no score depends on them."""
    for name in ("chapters", "references"):
        before, after = ({item.key: item for item in getattr(release, name)} for release in (older, newer))
        yield from _come_and_gone("background", PATCH, before, after, _name)
        for key, item in after.items():
            if key in before and before[key] != item:
                words = _reworded(before[key], item) or "other contents"
                yield Difference("background", EDITORIAL, PATCH, key, words)


def _name(item: Chapter | Reference) -> str:
    return item.name if isinstance(item.name, str) else item.name.en


def _texts(older: Framework, newer: Framework) -> Iterator[Difference]:
    for key, pillar in newer.pillar_by_key.items():
        if words := _reworded(older.pillar_by_key[key], pillar):
            yield Difference("texts", EDITORIAL, PATCH, key, words)
    if older.title != newer.title:
        yield Difference("texts", EDITORIAL, PATCH, "title", "another wording of title")
    if older.preview != newer.preview:
        words = "is a preview now" if newer.preview else "is a preview no more"
        yield Difference("texts", CHANGED, PATCH, "preview", words)


def _come_and_gone(
    part: str, step: str, before: Mapping[str, Any], after: Mapping[str, Any], name: Any
) -> Iterator[Difference]:
    for key, item in after.items():
        if key not in before:
            yield Difference(part, NEW, step, key, name(item))
    for key, item in before.items():
        if key not in after:
            yield Difference(part, RETIRED, step, key, name(item))


# Words


def _principle_name(principle: Principle) -> str:
    return principle.name.en


def _reworded(before: Definition, after: Definition) -> str:
    """Which texts are worded otherwise, and in which language only; empty when none is."""
    changed = []
    for name in type(after).model_fields:
        texts = list(_texts_of(getattr(before, name))), list(_texts_of(getattr(after, name)))
        if texts[0] == texts[1]:
            continue
        languages = [language for language in LANGUAGES if _said(texts[0], language) != _said(texts[1], language)]
        only = "" if len(languages) == len(LANGUAGES) else f" ({', '.join(languages)} only)"
        changed.append(_spaced(name) + only)
    return f"another wording of {_joined(changed)}" if changed else ""


def _texts_of(value: object) -> Iterator[Text | Anchor]:
    if isinstance(value, Text | Anchor):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts_of(item)


def _said(texts: Iterable[Text | Anchor], language: str) -> list[str]:
    return [text.in_language(language) for text in texts]


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _joined(names: Sequence[str]) -> str:
    words = [_spaced(name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _weights(weights: Mapping[Any, int]) -> str:
    return " / ".join(f"{key} {weight}" for key, weight in sorted(weights.items()))


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(float(value))


def _plain(value: object) -> str:
    if isinstance(value, Fraction):
        return _number(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(item)}" for key, item in sorted(value.items())) or "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value)) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
