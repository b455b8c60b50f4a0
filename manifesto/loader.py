"""Reads a framework release from its YAML files, and names everything that is wrong with it at once.

Files may come from strangers, so only a small part of YAML is read: mappings, lists and scalars, by the pure Python
parser, without anchors, aliases and tags, within limits of size and depth. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from manifesto.definitions import (
    LEVELS,
    PILLARS,
    Chapter,
    Crosswalk,
    Framework,
    Initiative,
    LevelName,
    Module,
    Named,
    Passage,
    Pillar,
    Principle,
    Question,
    Reference,
    Role,
    Term,
)

MAX_FILE_BYTES = 256 * 1024
MAX_DEPTH = 20
PREFIXES = {"process": "PRO", "technology": "TEC", "organization": "ORG"}

SECTIONS: dict[str, type[BaseModel]] = {
    "levels": LevelName,
    "pillars": Pillar,
    "challenges": Named,
    "values": Named,
    "roles": Role,
    "glossary": Term,
    "principles": Principle,
    "questions": Question,
    "modules": Module,
    "initiatives": Initiative,
    "crosswalk": Crosswalk,
    "references": Reference,
    "chapters": Chapter,
}
IDENTITIES = {"levels": "level", "initiatives": "id", "crosswalk": "question"}
"""The field that identifies a section's entries, where it isn't `key`."""
HINTS = {
    "extra_forbidden": "Remove the field or correct its spelling.",
    "missing": "Add the field.",
    "string_type": "Put the text in quotes.",
}

Place = tuple[str | int, ...]
Finding = tuple[Place, str, str]
"""Where in the merged data, what is wrong, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a release: `file` is relative to it, `line` counts from 1, 0 means the whole file.

    `key` is the path inside the data, such as `questions[P09.1].anchors[2].en`.
    """

    file: str
    line: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        named = f"{self.key}: " if self.key else ""
        return f"{place}: {named}{self.message}" + (f" {self.hint}" if self.hint else "")


class FrameworkError(ValueError):
    """A release that can't be used; `problems` holds everything that is wrong with it, by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.key, p.message)))
        super().__init__("\n".join(map(str, self.problems)))


def load(path: Path | str) -> Framework:
    """Read the release in the directory `path`. Raises FrameworkError with every problem.

    Every *.yaml file below it is read in sorted order; their top-level keys are merged and lists joined.
    """
    source = _Source.read(Path(path))
    if source.problems:
        raise FrameworkError(source.problems)
    findings = [*_invalid(source.data), *_contradictions(_Parts.of(source.data))]
    if findings:
        raise FrameworkError(source.problem(*finding) for finding in findings)
    return _complete(Framework.model_validate(source.data))


def _complete(framework: Framework) -> Framework:
    """The framework in its own order; a preview loses lifts and mentions of questions that it doesn't have yet."""
    asked = framework.question_by_key
    initiatives = [
        one.model_copy(update={"lifts": {key: lift for key, lift in one.lifts.items() if key in asked}})
        for one in framework.initiatives
    ]
    chapters = [
        chapter.model_copy(update={"passages": tuple(_with_questions(one, asked) for one in chapter.passages)})
        for chapter in framework.chapters
    ]
    fields = {name: getattr(framework, name) for name in Framework.model_fields}
    pillars = tuple(sorted(framework.pillars, key=lambda pillar: PILLARS.index(pillar.key)))
    fields |= {
        "levels": tuple(sorted(framework.levels, key=lambda level: level.level)),
        "pillars": pillars,
        "principles": tuple(sorted(framework.principles, key=lambda principle: principle.key)),
        "questions": tuple(sorted(framework.questions, key=_question_order(framework))),
        "initiatives": tuple(sorted(initiatives, key=lambda one: one.id)),
        "chapters": tuple(chapters),
    }
    return Framework(**fields)


def _with_questions(passage: Passage, asked: Mapping[str, Question]) -> Passage:
    return passage.model_copy(update={"questions": tuple(key for key in passage.questions if key in asked)})


def _question_order(framework: Framework) -> Any:
    """Questions of principles, of pillars, of modules; by number, a named position in the order of the files."""
    subjects = sorted(principle.key for principle in framework.principles)
    subjects += [PREFIXES[pillar] for pillar in PILLARS]
    subjects += [prefix for module in framework.modules for prefix in module.prefixes]

    def order(question: Question) -> tuple[int, int]:
        number = int(question.position) if question.position.isdigit() else 0
        return subjects.index(question.subject), number

    return order


# Files


@dataclass
class _Source:
    """The merged data of a release, and where each part of it stands."""

    data: dict[str, Any] = field(default_factory=dict)
    marks: dict[Place, tuple[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def read(cls, directory: Path) -> _Source:
        source = cls()
        files = sorted(item for item in directory.rglob("*") if item.is_file() and item.suffix in (".yaml", ".yml"))
        if not files:
            source.problems.append(Problem(directory.name, 0, "", "is not a directory with *.yaml files in it."))
        for file in files:
            source.add(file, file.relative_to(directory).as_posix())
        return source

    def add(self, file: Path, name: str) -> None:
        """Read one file into the data; what is wrong with it goes to `problems`."""
        if file.suffix != ".yaml":
            self.problems.append(Problem(name, 0, "", "would not be read.", "Name it *.yaml."))
            return
        try:
            document = _Document.read(_text(file))
        except _Refused as refusal:
            self.problems.append(Problem(name, refusal.line, "", refusal.message, refusal.hint))
            return
        self.problems += [Problem(name, line, _shown(path), message) for path, line, message in document.faults]
        if isinstance(document.data, dict):
            self.merge(name, document)
        else:
            self.problems.append(Problem(name, 1, "", "must hold a mapping.", "Begin with a key such as `questions:`."))

    def merge(self, name: str, document: _Document) -> None:
        shifts: dict[str, int] = {}
        for key, value in document.data.items():
            present = self.data.get(key)
            if key not in self.data:
                self.data[key] = value
            elif isinstance(present, list) and isinstance(value, list):
                shifts[key] = len(present)
                self.data[key] = present + value
            else:
                other, line = self.marks[(key,)]
                message = f"stands in {other}, line {line}, too; only lists are joined."
                self.problems.append(Problem(name, document.lines[(key,)], key, message))
        for path, line in document.lines.items():
            if len(path) > 1 and path[0] in shifts:
                path = (path[0], int(path[1]) + shifts[str(path[0])], *path[2:])
            self.marks.setdefault(path, (name, line))

    def problem(self, path: Place, message: str, hint: str) -> Problem:
        """A problem at the place in the files where `path`, or the nearest part that encloses it, stands."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.marks:
                return Problem(*self.marks[path[:length]], _shown(path, self.data), message, hint)
        first = min((name for name, _ in self.marks.values()), default="")
        return Problem(first, 0, _shown(path, self.data), message, hint)


def _shown(path: Place, data: Any = None) -> str:
    """A path as text; an entry of a list is named by its identity where it has one."""
    words = ""
    for step in path:
        entry = data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None
        if isinstance(step, int):
            words += f"[{_identity(entry) or step}]"
        else:
            words += f".{step}" if words else step
        data = data.get(step) if isinstance(data, dict) else entry
    return words


def _identity(entry: Any) -> str | None:
    """The key or id of a raw entry, when it has one that can be printed on a line."""
    if not isinstance(entry, dict):
        return None
    name = entry.get("key", entry.get("id"))
    return name if isinstance(name, str) and name.isprintable() and len(name) < 60 else None


class _Refused(Exception):
    """A file that can't be read any further."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        self.line, self.message, self.hint = line, message, hint
        super().__init__(message)


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _Refused(0, f"is larger than {MAX_FILE_BYTES // 1024} KB.", "Split it.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _Refused(line, "is not UTF-8 text.", "Save it as UTF-8.") from error


class _Document:
    """One YAML document, built from the parser's events: `lines` tells where each path stands.

    Built without recursion and event by event, so that a file that is too deep or holds an alias is refused before
    it can cost anything.
    """

    def __init__(self, text: str) -> None:
        self.data: Any = None
        self.lines: dict[Place, int] = {}
        self.faults: list[tuple[Place, int, str]] = []
        self._loader = yaml.SafeLoader(text)
        self._open: list[tuple[Place, Any]] = []
        self._keys: list[str | None] = []
        self._documents = 0

    @classmethod
    def read(cls, text: str) -> _Document:
        try:
            document = cls(text)
            document._build()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise _Refused(mark.line + 1 if mark else 0, f"is not valid YAML: {error.problem}.") from error
        except yaml.YAMLError as error:
            raise _Refused(0, f"is not valid YAML: {str(error).splitlines()[0]}.") from error
        return document

    def _build(self) -> None:
        while self._loader.check_event():
            event = self._loader.get_event()
            line = event.start_mark.line + 1
            self._refuse(event, line)
            if isinstance(event, yaml.MappingStartEvent):
                self._start({}, line)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._start([], line)
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
                self._keys.pop()

    def _refuse(self, event: yaml.Event, line: int) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Refused(line, "holds a second document.", "Remove the line `---`.")
        if getattr(event, "anchor", None) is not None:
            raise _Refused(line, "uses an anchor or alias.", "Write the text out.")
        if getattr(event, "tag", None) is not None:
            raise _Refused(line, "uses a tag.", "Remove the word that begins with an exclamation mark.")

    def _start(self, collection: Any, line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _Refused(line, f"is nested more than {MAX_DEPTH} deep.")
        if self._expects_key():
            raise _Refused(line, "uses a list or mapping as a key.")
        path = self._place(collection, line)
        self._open.append((path, collection))
        self._keys.append(None)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        value = self._value(event, line)
        if not self._expects_key():
            self._place(value, line)
            return
        path, collection = self._open[-1]
        name = value if isinstance(value, str) else event.value
        if not isinstance(value, str):
            self.faults.append(((*path, name), line, "is not a text key; put it in quotes."))
        if name in collection:
            first = self.lines[(*path, name)]
            self.faults.append(((*path, name), line, f"stands twice in one mapping, first in line {first}."))
        self.lines.setdefault((*path, name), line)
        self._keys[-1] = name

    def _value(self, event: yaml.ScalarEvent, line: int) -> Any:
        tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == "tag:yaml.org,2002:str":
            return event.value
        try:
            return self._loader.construct_object(yaml.ScalarNode(tag, event.value))
        except (ValueError, ArithmeticError, yaml.YAMLError):
            raise _Refused(line, f"holds the value {event.value[:40]!r}.", "Put it in quotes.") from None

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][1], dict) and self._keys[-1] is None

    def _place(self, value: Any, line: int) -> Place:
        """Put `value` where it belongs and return its path."""
        if not self._open:
            self.data = value
            return ()
        parent, collection = self._open[-1]
        path: Place
        if isinstance(collection, list):
            path = (*parent, len(collection))
            collection.append(value)
        else:
            name = self._keys[-1]
            assert name is not None
            path = (*parent, name)
            collection.setdefault(name, value)
            self._keys[-1] = None
        self.lines.setdefault(path, line)
        return path


# Content


def _invalid(data: dict[str, Any]) -> Iterator[Finding]:
    """What the types refuse."""
    try:
        Framework.model_validate(data)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False, include_context=False):
            path = tuple(step for step in fault["loc"] if step != "[key]")
            yield path, _sentence(fault["msg"]), HINTS.get(fault["type"], "")


def _sentence(message: str) -> str:
    words = message.removeprefix("Value error, ")
    return words[:1].lower() + words[1:] + ("" if words.endswith(".") else ".")


@dataclass
class _Parts:
    """The entries of each section that are valid by themselves, so that cross checks run beside other problems.

    `names` holds the keys that the files mention, also of entries that aren't valid: a reference to one isn't reported.
    """

    sections: dict[str, list[tuple[int, Any]]]
    names: dict[str, list[tuple[int, object]]]
    top: Mapping[str, Any]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> _Parts:
        sections: dict[str, list[tuple[int, Any]]] = {}
        names: dict[str, list[tuple[int, object]]] = {}
        for section, kind in SECTIONS.items():
            entries = data.get(section)
            raw = list(enumerate(entries)) if isinstance(entries, list) else []
            sections[section] = [(index, entry) for index, item in raw if (entry := _valid(kind, item))]
            identity = IDENTITIES.get(section, "key")
            names[section] = [(index, item.get(identity)) for index, item in raw if isinstance(item, dict)]
        return cls(sections, names, data)

    def known(self, section: str) -> set[object]:
        return {name for _, name in self.names[section] if isinstance(name, (str, int))}

    def of_section(self, section: str) -> list[tuple[Place, Any]]:
        return [((section, index), entry) for index, entry in self.sections[section]]


def _valid(kind: type[BaseModel], item: Any) -> BaseModel | None:
    try:
        return kind.model_validate(item)
    except ValidationError:
        return None


def _contradictions(parts: _Parts) -> Iterator[Finding]:
    """What the types can't see: entries that contradict each other or themselves."""
    yield from _repeated(parts)
    yield from _missing_parts(parts)
    yield from _amounts(parts)
    for path, principle in parts.of_section("principles"):
        yield from _check_principle(parts, path, principle)
    for path, question in parts.of_section("questions"):
        yield from _check_question(parts, path, question)
    for path, module in parts.of_section("modules"):
        yield from _check_module(parts, path, module)
    for path, initiative in parts.of_section("initiatives"):
        yield from _check_initiative(parts, path, initiative)
    for path, chapter in parts.of_section("chapters"):
        yield from _check_chapter(parts, path, chapter)
    yield from _cycles(parts)


def _repeated(parts: _Parts) -> Iterator[Finding]:
    for section, names in parts.names.items():
        identity = IDENTITIES.get(section, "key")
        yield from _twice(section, identity, names)
    for section in ("principles", "challenges", "values", "roles"):
        yield from _twice(section, "slug", [(index, entry.slug) for index, entry in parts.sections[section]])


def _twice(section: str, identity: str, names: Iterable[tuple[int, object]]) -> Iterator[Finding]:
    seen: set[object] = set()
    for index, name in names:
        if not isinstance(name, (str, int)):
            continue
        if name in seen:
            yield (section, index, identity), f"{name} is used twice.", "Each one needs a name of its own."
        seen.add(name)


def _missing_parts(parts: _Parts) -> Iterator[Finding]:
    for pillar in PILLARS:
        if pillar not in parts.known("pillars"):
            yield ("pillars",), f"the pillar {pillar} is missing.", "Add it."
    for level in LEVELS:
        if level not in parts.known("levels"):
            yield ("levels",), f"level {level} is missing.", "Add it."
    asked = parts.known("questions")
    for path, principle in parts.of_section("principles"):
        if f"{principle.key}.1" not in asked and (principle.critical or not parts.top.get("preview")):
            yield path, f"has no question {principle.key}.1.", "The short form asks it."


def _amounts(parts: _Parts) -> Iterator[Finding]:
    for path, pillar in parts.of_section("pillars"):
        if pillar.prefix != PREFIXES[pillar.key]:
            yield (*path, "prefix"), f"must be {PREFIXES[pillar.key]} for {pillar.key}.", ""
        if pillar.weight <= 0:
            yield (*path, "weight"), "must be above 0.", ""
    gate = parts.top.get("gate")
    shares: dict[Place, Any] = {("principle_share",): parts.top.get("principle_share")}
    if isinstance(gate, Mapping):
        shares[("gate", "completeness")] = gate.get("completeness")
        for name in ("overall", "pillar", "critical", "principle"):
            yield from _outside(("gate", name), gate.get(name), 0, 4)
    for path, value in shares.items():
        yield from _outside(path, value, 0, 1)


def _outside(path: Place, value: object, least: int, most: int) -> Iterator[Finding]:
    if isinstance(value, (int, float, Fraction)) and not least <= value <= most:
        yield path, f"must be from {least} to {most}.", ""


def _check_principle(parts: _Parts, path: Place, principle: Principle) -> Iterator[Finding]:
    total = sum(principle.pillar_weights.values())
    if total != 100:
        yield (*path, "pillar_weights"), f"the weights sum to {total}.", "They must sum to 100."
    for section in ("challenges", "values", "roles"):
        yield from _unknown(parts, section, (*path, section), getattr(principle, section))


def _check_module(parts: _Parts, path: Place, module: Module) -> Iterator[Finding]:
    for index, reached in enumerate(module.read_out):
        yield from _unknown(parts, "questions", (*path, "read_out", index, "requires"), tuple(reached.requires))
    levels = [anchor.level for anchor in module.complexity]
    if levels and levels != list(LEVELS):
        yield (*path, "complexity"), f"is of the levels {levels}.", "Five anchors are needed, levels 1 to 5 in order."


def _check_question(parts: _Parts, path: Place, question: Question) -> Iterator[Finding]:
    levels = [anchor.level for anchor in question.anchors]
    if levels != list(LEVELS):
        yield (*path, "anchors"), f"are of the levels {levels}.", "Five anchors are needed, levels 1 to 5 in order."
    if question.na_allowed and question.na_reason is None:
        yield (*path, "na_allowed"), "needs a na_reason.", "Say when the question doesn't apply."
    if not question.na_allowed and question.na_reason is not None:
        yield (*path, "na_reason"), "is given, but na_allowed isn't true.", "Remove one of the two."
    prefixes = {prefix for _, module in parts.sections["modules"] for prefix in module.prefixes}
    if question.subject not in parts.known("principles") | set(PREFIXES.values()) | prefixes:
        yield (*path, "key"), f"{question.subject} is no principle, pillar or module here.", "Add it first."
    for section in ("challenges", "values", "roles"):
        yield from _unknown(parts, section, (*path, "tags", section), getattr(question.tags, section))


def _unknown(parts: _Parts, section: str, path: Place, names: Sequence[str]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in parts.known(section):
            yield (*path, index), f"{name} is not in {section}.", "Add it there or correct the reference."


def _check_initiative(parts: _Parts, path: Place, initiative: Initiative) -> Iterator[Finding]:
    for name, least, most in (("cap", 1, 5), ("confidence", 0, 1)):
        yield from _outside((*path, name), getattr(initiative, name), least, most)
    for name in ("effort", "confidence"):
        if getattr(initiative, name) <= 0:
            yield (*path, name), "must be above 0.", ""
    if initiative.run_cost < 0:
        yield (*path, "run_cost"), "must not be negative.", ""
    for key, lift in initiative.lifts.items():
        if not 0 < lift <= 4:
            yield (*path, "lifts", key), "must be above 0 and at most 4 levels.", ""
        if key not in parts.known("questions") and not parts.top.get("preview"):
            yield (*path, "lifts", key), f"{key} is not in questions.", "Only a preview may lift what it doesn't ask."
    for index, name in enumerate(initiative.prerequisites):
        if name not in parts.known("initiatives"):
            yield (*path, "prerequisites", index), f"{name} is not in initiatives.", "Correct the reference."


def _check_chapter(parts: _Parts, path: Place, chapter: Chapter) -> Iterator[Finding]:
    names = [(index, passage.key) for index, passage in enumerate(chapter.passages)]
    for place, message, hint in _twice("passages", "key", names):
        yield (*path, *place), message, hint
    for index, passage in enumerate(chapter.passages):
        for section in ("principles", "questions", "initiatives", "references"):
            for position, name in enumerate(getattr(passage, section)):
                later = section == "questions" and parts.top.get("preview")
                if name not in parts.known(section) and not later:
                    yield (
                        (*path, "passages", index, section, position),
                        f"{name} is not in {section}.",
                        "Add it there or correct the reference.",
                    )


def _cycles(parts: _Parts) -> Iterator[Finding]:
    """Each initiative that needs itself, directly or through others, named once per circle."""
    needs = {entry.id: entry.prerequisites for _, entry in parts.sections["initiatives"]}
    reported: set[str] = set()
    for path, initiative in parts.of_section("initiatives"):
        circle = _circle(needs, initiative.id)
        if circle and not reported & set(circle):
            reported |= set(circle)
            yield (*path, "prerequisites"), f"go in a circle: {' -> '.join(circle)}.", "Remove one of them."


def _circle(needs: Mapping[str, Sequence[str]], start: str) -> list[str]:
    """A way from `start` along prerequisites back to it; empty when there is none."""
    ways, seen = [[start]], set()
    while ways:
        way = ways.pop()
        for name in needs.get(way[-1], ()):
            if name == start:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
