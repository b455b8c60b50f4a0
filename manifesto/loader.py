"""Reads a framework release from its YAML files, and names everything that is wrong with it at once.

Files may come from strangers, so only a small part of YAML is read: mappings, lists and scalars, from the parser's
events, without anchors, aliases and tags, within limits of size, number and depth. Pure: no Django, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from yaml.constructor import SafeConstructor
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import Resolver
from yaml.scanner import Scanner

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
    Pillar,
    Principle,
    Question,
    Reference,
    Role,
    Term,
)

FastParser: Any = getattr(getattr(yaml, "cyaml", None), "CParser", None)
"""libyaml's parser, or None where PyYAML was built without it."""

MAX_FILE_BYTES = 256 * 1024
MAX_FILES = 200
MAX_PARTS = 12_000
MAX_DEPTH = 20
LONGEST_KEY = 200
LONGEST_NUMBER = 60
"""In characters; a number with a hundred thousand digits, or one in base 60, would cost seconds."""
UNSEEN = re.compile(Reader.NON_PRINTABLE.pattern + "|[\t\x85\u2028\u2029\ufeff]")
"""Control characters, and those that parsers take differently: tabs, rare line ends, a mark of byte order inside."""
TEXT = "tag:yaml.org,2002:str"
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
    release = read(path)
    if release.framework is None:
        raise FrameworkError(release.problems)
    return release.framework


def read(path: Path | str) -> Release:
    """What the release in the directory `path` says, right or wrong; for those who judge it further."""
    source = _Source.read(Path(path))
    sections, findings = _entries(source.data)
    release = Release(source, sections)
    if release.readable:
        framework, faults = _assembled(release)
        findings += [*faults, *_contradictions(release)]
        release.framework = None if findings else framework
    release.problems = (*source.problems, *(source.problem(*finding) for finding in findings))
    return release


@dataclass
class Release:
    """The files of a release: `framework` when all is well with them, else `problems`.

    `sections` holds the entries that are valid by themselves, with their index in the files' order, so that checks of
    the content run beside other problems.
    """

    source: _Source
    sections: dict[str, list[tuple[int, Any]]]
    framework: Framework | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether every file could be read; else nobody can tell what is missing."""
        return not self.source.problems

    @property
    def top(self) -> Mapping[str, Any]:
        """The data as the files have it, by top-level key."""
        return self.source.data

    @cached_property
    def names(self) -> dict[str, list[tuple[int, object]]]:
        """The names that the files mention in each section, also of entries that aren't valid.

        A reference to one of those isn't reported.
        """
        names = {}
        for section in SECTIONS:
            identity = IDENTITIES.get(section, "key")
            names[section] = [(i, item.get(identity)) for i, item in self.raw(section) if isinstance(item, dict)]
        return names

    @cached_property
    def known(self) -> dict[str, set[object]]:
        return {
            section: {name for _, name in names if isinstance(name, (str, int))}
            for section, names in self.names.items()
        }

    @cached_property
    def subjects(self) -> set[object]:
        """What questions may be about: principle keys, prefixes of pillars and of modules."""
        modules = [item.get("prefixes") for _, item in self.raw("modules") if isinstance(item, dict)]
        prefixes = {name for names in modules if isinstance(names, list) for name in names if isinstance(name, str)}
        return self.known["principles"] | set(PREFIXES.values()) | prefixes

    @cached_property
    def role_slugs(self) -> set[object]:
        return {item.get("slug") for _, item in self.raw("roles") if isinstance(item, dict)}

    def raw(self, section: str) -> list[tuple[int, Any]]:
        entries = self.top.get(section)
        return list(enumerate(entries)) if isinstance(entries, list) else []

    def of_section(self, section: str) -> list[tuple[Place, Any]]:
        """The valid entries of `section`, each with its place in the data."""
        return [((section, index), entry) for index, entry in self.sections[section]]

    def problem(self, path: Place, message: str, hint: str = "") -> Problem:
        """A problem at `path`, with its file and line."""
        return self.source.problem(path, message, hint)


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
        if len(files) > MAX_FILES:
            source.problems.append(Problem(directory.name, 0, "", f"holds more than {MAX_FILES} files.", "Join some."))
            return source
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
    """The name of a raw entry, when it has one that can be printed on a line."""
    if not isinstance(entry, dict):
        return None
    name = entry.get("key", entry.get("id", entry.get("question")))
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
        line = _line(content[:MAX_FILE_BYTES].decode("utf-8", "replace"))
        raise _Refused(line, f"is larger than {MAX_FILE_BYTES // 1024} KB.", "Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line(content[: error.start].decode("utf-8"))
        raise _Refused(line, "is not UTF-8 text.", "Save it as UTF-8.") from error
    stray = UNSEEN.search(text)
    if stray:
        line = _line(text[: stray.start()])
        raise _Refused(
            line, f"holds the invisible character U+{ord(stray.group()):04X}.", "Use plain spaces and lines."
        )
    return text


def _line(before: str) -> int:
    """The number of the line that follows the text `before`, with any of the three line ends."""
    return len(re.findall(r"\r\n|\r|\n", before)) + 1


class _PythonParser(Reader, Scanner, Parser):
    """PyYAML's parser without its composer: events only, and no recursion over what they say."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


class _Scalars(SafeConstructor, Resolver):
    """What a scalar means: a number, a truth value, a date, nothing, or text."""

    def __init__(self) -> None:
        SafeConstructor.__init__(self)
        Resolver.__init__(self)

    def value(self, event: yaml.ScalarEvent, line: int) -> Any:
        """The value of a scalar. Raises _Refused for one that can't be read, or is too long to be a number."""
        words = event.value
        tag = self.resolve(yaml.ScalarNode, words, event.implicit)
        if tag == TEXT:
            return words
        try:
            if len(words) > LONGEST_NUMBER:
                raise ValueError("too long")
            return self.construct_object(yaml.ScalarNode(tag, words))
        except (ValueError, ArithmeticError, yaml.YAMLError):
            raise _Refused(line, f"holds the value {words[:40]!r}.", "Put it in quotes.") from None


class _Document:
    """One YAML document, built from the parser's events: `lines` tells where each path stands.

    Built without recursion and event by event, so that a file that is too deep or holds an alias is refused before
    it can cost anything. libyaml's parser is fifteen times as fast; what it refuses is read again by PyYAML's own, so
    that a file is judged in the same words with and without it.
    """

    def __init__(self, parser: Any) -> None:
        self.data: Any = None
        self.lines: dict[Place, int] = {}
        self.faults: list[tuple[Place, int, str]] = []
        self._parser = parser
        self._scalars = _Scalars()
        self._open: list[tuple[Place, Any]] = []
        self._keys: list[str | None] = []

    @classmethod
    def read(cls, text: str) -> _Document:
        if FastParser is not None:
            with suppress(yaml.YAMLError, _Refused):
                return cls(FastParser(text))._build()
        try:
            return cls(_PythonParser(text))._build()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise _Refused(line, f"is not valid YAML: {error.problem or error.context}.") from error

    def _build(self) -> _Document:
        parts = documents = 0
        while self._parser.check_event():
            event = self._parser.get_event()
            line = event.start_mark.line + 1
            kind = type(event)
            parts += 1
            if parts > MAX_PARTS:
                raise _Refused(line, f"holds more than {MAX_PARTS} keys and values.", "Split it.")
            if getattr(event, "anchor", None) is not None:
                raise _Refused(line, "uses an anchor or alias.", "Write the text out.")
            if getattr(event, "tag", None) is not None:
                raise _Refused(line, "uses a tag.", "Remove the word that begins with an exclamation mark.")
            if kind is yaml.ScalarEvent:
                self._scalar(event, line)
            elif kind is yaml.MappingStartEvent:
                self._start({}, line)
            elif kind is yaml.SequenceStartEvent:
                self._start([], line)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._open.pop()
                self._keys.pop()
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _Refused(line, "holds a second document.", "Remove the line `---`.")
        return self

    def _start(self, collection: Any, line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _Refused(line, f"is nested more than {MAX_DEPTH} deep.")
        if self._expects_key():
            raise _Refused(line, "uses a list or mapping as a key.")
        path = self._place(collection, line)
        self._open.append((path, collection))
        self._keys.append(None)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        value = self._scalars.value(event, line)
        if not self._expects_key():
            self._place(value, line)
            return
        path, collection = self._open[-1]
        name = value if isinstance(value, str) else event.value
        if len(name) > LONGEST_KEY:
            raise _Refused(line, f"uses a key of more than {LONGEST_KEY} characters.", "Shorten it.")
        if not isinstance(value, str):
            self.faults.append(((*path, name), line, "is not a text key; put it in quotes."))
        if name in collection:
            first = self.lines[(*path, name)]
            self.faults.append(((*path, name), line, f"stands twice in one mapping, first in line {first}."))
        self.lines.setdefault((*path, name), line)
        self._keys[-1] = name

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


def _entries(data: Mapping[str, Any]) -> tuple[dict[str, list[tuple[int, Any]]], list[Finding]]:
    """The entries of each section that their types accept, and what the types refuse. Each is validated once."""
    sections: dict[str, list[tuple[int, Any]]] = {}
    findings: list[Finding] = []
    for section, kind in SECTIONS.items():
        sections[section] = []
        entries = data.get(section)
        for index, item in enumerate(entries if isinstance(entries, list) else ()):
            try:
                sections[section].append((index, kind.model_validate(item)))
            except ValidationError as error:
                findings += _refused((section, index), error)
    return sections, findings


def _refused(path: Place, error: ValidationError) -> Iterator[Finding]:
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        steps = (step for step in fault["loc"] if step != "[key]")
        yield (*path, *steps), _sentence(fault["msg"]), HINTS.get(fault["type"], "")


def _sentence(message: str) -> str:
    words = message.removeprefix("Value error, ")
    return words[:1].lower() + words[1:] + ("" if words.endswith(".") else ".")


def _assembled(release: Release) -> tuple[Framework | None, list[Finding]]:
    """The framework of the valid entries, in its own order; or what is wrong beside the entries."""
    fields = dict(release.top)
    for section, entries in release.sections.items():
        if isinstance(fields.get(section), list):
            fields[section] = [entry for _, entry in entries]
    try:
        return Framework.model_validate(fields | _in_order(release)), []
    except ValidationError as error:
        return None, list(_refused((), error))


def _in_order(release: Release) -> dict[str, list[Any]]:
    """Sections in framework order; a preview loses lifts and mentions of questions that it doesn't have yet."""
    orders: dict[str, Callable[[Any], Any]] = {
        "levels": lambda level: level.level,
        "pillars": lambda pillar: PILLARS.index(pillar.key),
        "principles": lambda principle: principle.key,
        "questions": _question_order(release),
        "initiatives": lambda initiative: initiative.id,
    }
    ordered = {
        section: sorted((entry for _, entry in release.sections[section]), key=order)
        for section, order in orders.items()
    }
    asked = release.known["questions"]
    ordered["initiatives"] = [_lifting(initiative, asked) for initiative in ordered["initiatives"]]
    ordered["chapters"] = [_mentioning(chapter, asked) for _, chapter in release.sections["chapters"]]
    return {name: entries for name, entries in ordered.items() if isinstance(release.top.get(name), list)}


def _lifting(initiative: Initiative, asked: set[object]) -> Initiative:
    lifts = {key: lift for key, lift in initiative.lifts.items() if key in asked}
    return initiative.model_copy(update={"lifts": lifts})


def _mentioning(chapter: Chapter, asked: set[object]) -> Chapter:
    passages = (
        passage.model_copy(update={"questions": tuple(key for key in passage.questions if key in asked)})
        for passage in chapter.passages
    )
    return chapter.model_copy(update={"passages": tuple(passages)})


def _question_order(release: Release) -> Callable[[Question], tuple[int, int]]:
    """Questions of principles, of pillars, of modules; by number, a named position in the order of the files."""
    subjects = sorted(principle.key for _, principle in release.sections["principles"])
    subjects += [PREFIXES[pillar] for pillar in PILLARS]
    subjects += [prefix for _, module in release.sections["modules"] for prefix in module.prefixes]
    place = {subject: index for index, subject in enumerate(subjects)}

    def order(question: Question) -> tuple[int, int]:
        number = int(question.position) if question.position.isdigit() else 0
        return place.get(question.subject, len(place)), number

    return order


def _contradictions(release: Release) -> Iterator[Finding]:
    """What the types can't see: entries that contradict each other or themselves."""
    yield from _repeated(release)
    yield from _missing_parts(release)
    yield from _amounts(release)
    for path, principle in release.of_section("principles"):
        yield from _check_principle(release, path, principle)
    for path, question in release.of_section("questions"):
        yield from _check_question(release, path, question)
    for path, module in release.of_section("modules"):
        yield from _check_module(release, path, module)
    for path, initiative in release.of_section("initiatives"):
        yield from _check_initiative(release, path, initiative)
    for path, chapter in release.of_section("chapters"):
        yield from _check_chapter(release, path, chapter)
    for path, crosswalk in release.of_section("crosswalk"):
        yield from _check_crosswalk(release, path, crosswalk)
    yield from _check_supersedes(release.top)
    yield from _cycles(release)


def _repeated(release: Release) -> Iterator[Finding]:
    for section, names in release.names.items():
        yield from _twice(section, IDENTITIES.get(section, "key"), names)
    for section in ("principles", "challenges", "values", "roles"):
        yield from _twice(section, "slug", [(index, entry.slug) for index, entry in release.sections[section]])


def _twice(section: str, identity: str, names: Iterable[tuple[int, object]]) -> Iterator[Finding]:
    seen: set[object] = set()
    for index, name in names:
        if not isinstance(name, (str, int)):
            continue
        if name in seen:
            yield (section, index, identity), f"{name} is used twice.", "Each one needs a name of its own."
        seen.add(name)


def _missing_parts(release: Release) -> Iterator[Finding]:
    for pillar in PILLARS:
        if pillar not in release.known["pillars"]:
            yield ("pillars",), f"the pillar {pillar} is missing.", "Add it."
    for level in LEVELS:
        if level not in release.known["levels"]:
            yield ("levels",), f"level {level} is missing.", "Add it."
    asked = release.known["questions"]
    for path, principle in release.of_section("principles"):
        if f"{principle.key}.1" not in asked and (principle.critical or not release.top.get("preview")):
            yield path, f"has no question {principle.key}.1.", "The short form asks it."


def _amounts(release: Release) -> Iterator[Finding]:
    for path, pillar in release.of_section("pillars"):
        if pillar.prefix != PREFIXES[pillar.key]:
            yield (*path, "prefix"), f"must be {PREFIXES[pillar.key]} for {pillar.key}.", ""
        if pillar.weight <= 0:
            yield (*path, "weight"), "must be above 0.", ""
    gate = release.top.get("gate")
    shares: dict[Place, Any] = {("principle_share",): release.top.get("principle_share")}
    if isinstance(gate, Mapping):
        shares[("gate", "completeness")] = gate.get("completeness")
        for name in ("overall", "pillar", "critical", "principle"):
            yield from _outside(("gate", name), gate.get(name), 0, 4)
    for path, value in shares.items():
        yield from _outside(path, value, 0, 1)


def _outside(path: Place, value: object, least: int, most: int) -> Iterator[Finding]:
    if isinstance(value, (int, float, Fraction)) and not least <= value <= most:
        yield path, f"must be from {least} to {most}.", ""


def _check_principle(release: Release, path: Place, principle: Principle) -> Iterator[Finding]:
    total = sum(principle.pillar_weights.values())
    if total != 100:
        yield (*path, "pillar_weights"), f"the weights sum to {total}.", "They must sum to 100."
    for section in ("challenges", "values", "roles"):
        yield from _unknown(release, section, (*path, section), getattr(principle, section))


def _check_question(release: Release, path: Place, question: Question) -> Iterator[Finding]:
    levels = [anchor.level for anchor in question.anchors]
    if levels != list(LEVELS):
        yield (*path, "anchors"), f"are of the levels {levels}.", "Five anchors are needed, levels 1 to 5 in order."
    if question.na_allowed and question.na_reason is None:
        yield (*path, "na_allowed"), "needs a na_reason.", "Say when the question doesn't apply."
    if not question.na_allowed and question.na_reason is not None:
        yield (*path, "na_reason"), "is given, but na_allowed isn't true.", "Remove one of the two."
    if question.subject not in release.subjects:
        yield (*path, "key"), f"{question.subject} is no principle, pillar or module here.", "Add it first."
    if question.subject == "ROL" and question.position not in release.role_slugs:
        yield (*path, "key"), f"{question.position} is the slug of no role here.", "Use that of the role it is about."
    for section in ("challenges", "values", "roles"):
        yield from _unknown(release, section, (*path, "tags", section), getattr(question.tags, section))


def _unknown(release: Release, section: str, path: Place, names: Sequence[str]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in release.known[section]:
            yield (*path, index), f"{name} is not in {section}.", "Add it there or correct the reference."


def _check_initiative(release: Release, path: Place, initiative: Initiative) -> Iterator[Finding]:
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
        if key not in release.known["questions"] and not release.top.get("preview"):
            yield (*path, "lifts", key), f"{key} is not in questions.", "Only a preview may lift what it doesn't ask."
    for index, name in enumerate(initiative.prerequisites):
        if name not in release.known["initiatives"]:
            yield (*path, "prerequisites", index), f"{name} is not in initiatives.", "Correct the reference."


def _check_module(release: Release, path: Place, module: Module) -> Iterator[Finding]:
    owners = {prefix: other.key for _, other in reversed(release.sections["modules"]) for prefix in other.prefixes}
    for index, prefix in enumerate(module.prefixes):
        if owners[prefix] != module.key:
            yield (*path, "prefixes", index), f"{prefix} belongs to {owners[prefix]} already.", "Remove it from one."
    levels = [read_out.level for read_out in module.read_out]
    if levels != sorted(set(levels), reverse=True):
        yield (*path, "read_out"), f"is of the levels {levels}.", "Put the highest first, each once."
    for index, read_out in enumerate(module.read_out):
        for key in read_out.requires:
            place = (*path, "read_out", index, "requires", key)
            if key not in release.known["questions"]:
                yield place, f"{key} is not in questions.", "Add it there or correct the reference."
            elif key.split(".")[0] not in module.prefixes:
                yield place, f"{key} is no question of this module.", "Correct the reference."
    levels = [anchor.level for anchor in module.complexity]
    if levels and levels != list(LEVELS):
        yield (*path, "complexity"), f"is of the levels {levels}.", "Five anchors are needed, levels 1 to 5 in order."


def _check_chapter(release: Release, path: Place, chapter: Chapter) -> Iterator[Finding]:
    names = [(index, passage.key) for index, passage in enumerate(chapter.passages)]
    for place, message, hint in _twice("passages", "key", names):
        yield (*path, *place), message, hint
    for index, passage in enumerate(chapter.passages):
        for section in ("principles", "questions", "initiatives", "references"):
            if section != "questions" or not release.top.get("preview"):
                place = (*path, "passages", index, section)
                yield from _unknown(release, section, place, getattr(passage, section))


def _check_crosswalk(release: Release, path: Place, crosswalk: Crosswalk) -> Iterator[Finding]:
    revisions = {question.key: question.revision for _, question in release.sections["questions"]}
    if crosswalk.from_revision >= crosswalk.to_revision:
        yield (*path, "from_revision"), f"must be below {crosswalk.to_revision}.", ""
    if crosswalk.question not in release.known["questions"]:
        yield (*path, "question"), f"{crosswalk.question} is not in questions.", "Correct the reference."
    revision = revisions.get(crosswalk.question, crosswalk.to_revision)
    if revision != crosswalk.to_revision:
        yield (*path, "to_revision"), f"must be {revision}, the revision of {crosswalk.question}.", ""


def _check_supersedes(top: Mapping[str, Any]) -> Iterator[Finding]:
    older, version = ordinal(top.get("supersedes")), ordinal(top.get("version"))
    if older and version and older >= version:
        yield ("supersedes",), f"must be below the version {top['version']}.", ""


def ordinal(version: object) -> tuple[int, ...]:
    """A version as numbers that can be compared; empty for what isn't one."""
    parts = str(version).split(".")
    fits = len(parts) == 3 and all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts)
    return tuple(int(part) for part in parts) if fits else ()


def _cycles(release: Release) -> Iterator[Finding]:
    """Each initiative that needs itself, directly or through others, named once per circle."""
    needs = {entry.id: entry.prerequisites for _, entry in release.sections["initiatives"]}
    reported: set[str] = set()
    for path, initiative in release.of_section("initiatives"):
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
