"""The rules of good content, so that a framework can change in a pull request without breaking anyone's history.

What the loader refuses is wrong; what the linter finds is badly written, incomplete or unfair to stored answers. The
rules are those of guide.md 2.5 (L001 to L029) and the checks of the catalogue of initiatives in 4.2 (from L030). An
error blocks; a warning blocks too, unless its question waives it with a reason: `lint_waive: {L006: "reason"}`. The
words that the rules look for are in `words.py`. Pure: no Django, no clock.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from manifesto import words
from manifesto.catalog import DIRECTORY
from manifesto.definitions import Framework, Initiative, Module, Pillar, Principle, Question, Text
from manifesto.loader import PREFIXES, FrameworkError, Place, Problem, Release, load, ordinal, read

LANGUAGES = ("en", "pt-br")
STEM_WORDS = {"en": 22, "pt-br": 26}
ANCHOR_WORDS = (1, 22)
WHY_WORDS = (8, 40)
EVIDENCE_WORDS = 4
SIMILAR_ANCHORS = 0.9
SIMILAR_STEMS = 0.8
LONGEST_ANCHOR = 3
MEAN_LETTERS = {"en": 6.5, "pt-br": 7.0}
LONGEST_WORD = 18
QUESTIONS_PER_PRINCIPLE = (2, 3)
QUESTIONS_PER_PILLAR = (5, 6)
QUESTIONS_PER_PREFIX = {"MLO": 10, "ROL": 8, "DAV": 5, "VAL": 5}
MOST_EFFORT = 8
INITIATIVES_PER_PRINCIPLE = 2
REACHED = 4
"""The level that every question must reach when every initiative is done (review.md, Initiatives)."""

Severity = Literal["E", "W"]
Slip = tuple[Place, str]
"""Where in the data a rule is broken, and how."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule. `line` counts from 1, 0 means the whole file; `key` is the path inside the data."""

    rule: str
    severity: Severity
    file: str
    line: int
    key: str
    message: str
    hint: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        words = " ".join(part for part in (self.message, self.hint) if part)
        named = f" {self.key}" if self.key else ""
        return f"{place}: {self.rule} {self.severity}{named}: {words}"


@dataclass(frozen=True, slots=True)
class Waived:
    """A warning that its question waives, and why."""

    question: str
    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What linting one release brought: `findings` in file order, empty when it may be shipped."""

    release: str
    questions: int
    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...]

    @property
    def waived_questions(self) -> tuple[str, ...]:
        """The questions that waive something, each once."""
        return tuple(dict.fromkeys(waived.question for waived in self.waived))


@dataclass(frozen=True, slots=True)
class Rule:
    """One check. A code may have an error and a warning part, which are two rules."""

    code: str
    severity: Severity
    hint: str
    check: Callable[[Content], Iterable[Slip]]


RULES: list[Rule] = []
TYPO = "L024"
"""The only error that a question may waive: the text differs by a typo, so that old answers stay comparable."""


def rule(code: str, severity: Severity, hint: str) -> Callable[[Callable[[Content], Iterable[Slip]]], Any]:
    """Register a check, which takes the content and yields its slips, under its code."""

    def register(check: Callable[[Content], Iterable[Slip]]) -> Callable[[Content], Iterable[Slip]]:
        RULES.append(Rule(code, severity, hint, check))
        return check

    return register


# What the loader refuses already has a rule of its own where the guide gives it one.
REFUSED = (
    ("L001", r"questions\[[^]]*\]\.key", "Keys look like P09.1, ORG.2 or ROL.engineer, and each is used once."),
    ("L002", r"questions\[[^]]*\]\.anchors(\[[^]]*\](\.level)?)?", "Five anchors are needed, levels 1 to 5 in order."),
    ("L003", r"questions\[[^]]*\]\.(stem|why|evidence)(\.(en|pt-br))?", "Write it in both languages."),
    ("L003", r"questions\[[^]]*\]\.anchors\[[^]]*\]\.(en|pt-br)", "Write it in both languages."),
    ("L016", r"questions\[[^]]*\]\.(na_allowed|na_reason(\.(en|pt-br))?)", "A reason belongs to na_allowed: true."),
    ("L018", r"questions\[[^]]*\]\.dimension", "Name the one dimension along which the anchors move."),
    (
        "L030",
        r"initiatives\[[^]]*\]\.(id|prerequisites(\[[^]]*\])?)",
        "Ids look like I01 or M01, and each is used once.",
    ),
    ("L031", r"initiatives\[[^]]*\]\.(lifts(\..+)?|cap|effort|run_cost|confidence)", "Correct the number."),
    (
        "L032",
        r"initiatives\[[^]]*\]\.(name|summary|first_step|done_when)(\.(en|pt-br))?",
        "Write it in both languages.",
    ),
    ("L036", r"crosswalk(\[[^]]*\].*)?", "Give for each old level 1 to 5 the new one, or null."),
)
LOAD = ("load", ".*", "docs/framework.schema.json says what may stand here.")


def lint(path: Path | str) -> Report:
    """Hold the release in the directory `path` against every rule.

    It is compared with the release that it supersedes, or else with the next lower version beside it.
    """
    path = Path(path)
    release = read(path)
    earlier, missing = _earlier(path, release)
    content = Content(release, earlier)
    findings = [*map(_refused, release.problems), *missing]
    waived: list[Waived] = []
    waivers = _Waivers(content)
    for one in RULES:
        for place, message in one.check(content):
            finding = _finding(release, one.code, one.severity, place, message, one.hint)
            reason = waivers.use(one, place)
            if reason is not None:
                waived.append(Waived(content.question_at(place), finding, reason))
            elif not content.stands_in(place, one.code):
                findings.append(finding)
    findings += waivers.findings()
    return Report(
        release=f"{release.top.get('key', path.name)}@{release.top.get('version', '?')}",
        questions=len(release.raw("questions")),
        findings=tuple(sorted(findings, key=lambda f: (f.file, f.line, f.key, f.rule, f.message))),
        waived=tuple(sorted(waived, key=lambda w: (w.finding.file, w.finding.line, w.finding.rule))),
    )


def _finding(release: Release, code: str, severity: Severity, place: Place, message: str, hint: str) -> Finding:
    problem = release.problem(place, message, hint)
    return Finding(code, severity, problem.file, problem.line, problem.key, problem.message, problem.hint)


def _refused(problem: Problem) -> Finding:
    code, _, hint = next((row for row in REFUSED if re.fullmatch(row[1], problem.key)), LOAD)
    return Finding(code, "E", problem.file, problem.line, problem.key, problem.message, problem.hint or hint)


def _earlier(path: Path, release: Release) -> tuple[Framework | None, list[Finding]]:
    """The release before the one in `path`, and a finding when the one that it names can't be read."""
    named, version = release.top.get("supersedes"), release.top.get("version")
    if ordinal(named):
        for folder in (path.resolve().parent / str(named), DIRECTORY / str(release.top.get("key")) / str(named)):
            if folder.is_dir():
                with suppress(FrameworkError):
                    return load(folder), []
        message = f"the release {named} can be read neither beside this one nor among those that are shipped."
        return None, [_finding(release, TYPO, "E", ("supersedes",), message, "Old answers can't be compared with it.")]
    lower = [folder for folder in path.resolve().parent.glob("*.*.*") if () < ordinal(folder.name) < ordinal(version)]
    for folder in sorted(lower, key=lambda folder: ordinal(folder.name), reverse=True):
        with suppress(FrameworkError):
            return load(folder), []
    return None, []


class _Waivers:
    """What the questions waive, and which of it was needed."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._reasons = {
            (place, code): reason.strip()
            for place, question in content.questions
            for code, reason in question.lint_waive.items()
        }
        self._used: set[tuple[Place, str]] = set()

    def use(self, one: Rule, place: Place) -> str | None:
        """The reason that waives a slip of the rule at `place`, or None."""
        waiver = (place[:2], one.code)
        if waiver not in self._reasons or (one.severity == "E" and one.code != TYPO):
            return None
        self._used.add(waiver)
        return self._reasons[waiver] or None

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the waivers themselves."""
        waivable = {one.code for one in RULES if one.severity == "W" or one.code == TYPO}
        for (place, code), reason in self._reasons.items():
            if code not in waivable:
                message, hint = f"{code} can't be waived.", "Only warnings can, and L024 for a typo."
            elif (place, code) not in self._used:
                message, hint = f"{code} finds nothing here.", "Remove the waiver."
            elif not reason:
                message, hint = f"{code} is waived without a reason.", "Say why."
            else:
                continue
            yield _finding(self._content.release, "waiver", "E", (*place, "lint_waive", code), message, hint)


# What the rules look at


@dataclass
class Content:
    """The valid entries of a release and the release before it."""

    release: Release
    earlier: Framework | None = None

    def __post_init__(self) -> None:
        self.questions = self.release.of_section("questions")
        self._mended: set[Place] = set()
        valid = {place for place, _ in self.questions}
        for index, item in self.release.raw("questions"):
            place: Place = ("questions", index)
            if place not in valid and (mended := _mended(item)):
                self.questions.append((place, mended[0]))
                self._mended |= {(*place, *part) for part in mended[1]}
        self.questions.sort(key=lambda entry: entry[0][1])

    def stands_in(self, place: Place, code: str) -> bool:
        """Whether `place` overlaps a part that was mended, so that a slip there says nothing about the files."""
        return any(
            part[: len(place)] == place[: len(part)] or (code == TYPO and part[:2] == place[:2])
            for part in self._mended
            if len(place) > 1
        )

    @cached_property
    def initiatives(self) -> list[tuple[Place, Initiative]]:
        return self.release.of_section("initiatives")

    @cached_property
    def principles(self) -> list[tuple[Place, Principle]]:
        return self.release.of_section("principles")

    @cached_property
    def pillars(self) -> list[tuple[Place, Pillar]]:
        return self.release.of_section("pillars")

    @cached_property
    def modules(self) -> list[tuple[Place, Module]]:
        return self.release.of_section("modules")

    @property
    def complete(self) -> bool:
        """Whether the release claims to have everything; a preview doesn't, nor one with files that can't be read."""
        return self.release.readable and self.release.top.get("preview") is not True

    def of_subject(self, subject: str) -> list[tuple[Place, Question]]:
        """The questions of a principle key, a pillar's prefix or a module's prefix."""
        return [(place, question) for place, question in self.questions if question.subject == subject]

    def question_at(self, place: Place) -> str:
        return next(question.key for at, question in self.questions if at == place[:2])

    @cached_property
    def liftable(self) -> list[tuple[Place, Question]]:
        """Questions that initiatives must lift: the core, and the MLOps module (guide.md 4.2)."""
        core = {principle.key for _, principle in self.principles} | set(PREFIXES.values()) | {"MLO"}
        return [(place, question) for place, question in self.questions if question.subject in core]

    @cached_property
    def texts(self) -> list[tuple[Place, str]]:
        """Every text of the release with its place, except the reasons of waivers."""
        return list(_strings((), self.release.top))


STAND_IN = {"en": "Stand-in.", "pt-br": "Substituto."}
REQUIRED: dict[str, Any] = {
    "revision": 1,
    "dimension": "coverage",
    "stem": STAND_IN,
    "why": STAND_IN,
    "evidence": STAND_IN,
    "anchors": [],
}


def _mended(item: Any) -> tuple[Question, set[Place]] | None:
    """A faulty question with its faulty parts replaced, and which those are, so that its other parts are judged, too.

    None where the key itself is wrong.
    """
    mended: set[Place] = set()
    data = deepcopy(item)
    for _ in range(3):  # a wrong part may hide others inside it
        try:
            return Question.model_validate(data), mended
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False, include_context=False):
                if not fault["loc"] or fault["loc"][0] == "key":
                    return None
                mended.add(_mend(data, fault["loc"], fault["type"]))
    return None


def _mend(data: dict[str, Any], place: Place, fault: str) -> Place:
    """Replace or remove what is wrong at `place`; returns the place of the part that was replaced."""
    name, field = place[-1], str(place[0])
    with suppress(LookupError, TypeError):  # a fault before this one may have taken the part that encloses it
        part: Any = data
        for step in place[:-1]:
            part = part[step]
        if fault == "extra_forbidden":
            del part[name]
            return place
        if name in STAND_IN:
            part[name] = STAND_IN[str(name)]
            return place
    data.pop(field, None)
    if field in REQUIRED:
        data[field] = deepcopy(REQUIRED[field])
    return (field,)


def _strings(place: Place, data: Any) -> Iterator[tuple[Place, str]]:
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if key != "lint_waive":
                yield from _strings((*place, key), value)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _strings((*place, index), value)


def _in(text: Any, language: str) -> str:
    """A Text or an Anchor in the language "en" or "pt-br"."""
    return text.pt_br if language == "pt-br" else text.en


def _said(place: Place, question: Question, *names: str) -> Iterator[tuple[Place, str, str]]:
    """Place, language and words of the parts `names` of a question, such as "stem" and "anchors"."""
    for name in names:
        if name == "anchors":
            for index, anchor in enumerate(question.anchors):
                for language in LANGUAGES:
                    yield (*place, "anchors", index, language), language, _in(anchor, language)
        else:
            for language in LANGUAGES:
                yield (*place, name, language), language, _in(getattr(question, name), language)


def _texts_of(content: Content, *names: str) -> Iterator[tuple[Place, str, str]]:
    for place, question in content.questions:
        yield from _said(place, question, *names)


@cache
def _pattern(expressions: tuple[str, ...], exact_case: bool = False) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(expressions)})(?!\w)", re.NOFLAG if exact_case else re.IGNORECASE)


def _found(expressions: Sequence[str], text: str, exact_case: bool = False) -> list[str]:
    """The words of a list that stand in a text, in its order."""
    return [match.group() for match in _pattern(tuple(expressions), exact_case).finditer(text)]


def _words(text: str) -> list[str]:
    """The words of a text; a sign such as "%" is none."""
    return re.findall(r"[^\W_]+(?:[-'’./,][^\W_]+)*", text)


def _numbers(text: str, language: str) -> list[Fraction]:
    """The numbers in a text in ascending order, in digits or, from two on, written out."""
    point, group = (",", ".") if language == "pt-br" else (".", ",")
    plain = re.sub(rf"(?<=\d)\{group}(?=\d{{3}}(?!\d))", "", text)
    digits = re.findall(rf"(?<![\w.,])\d+(?:\{point}\d+)?(?!\w)", plain)
    written = words.NUMBERS[language]
    spelled = [written[word] for word in re.findall(r"[^\W\d_]+", text.lower()) if word in written]
    return sorted([Fraction(number.replace(",", ".")) for number in digits] + [Fraction(number) for number in spelled])


def _quoted(found: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in dict.fromkeys(found))


# Questions


@rule("L003", "E", "Translate it.")
def same_in_both_languages(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        for name in ("stem", "why", "evidence", "na_reason"):
            text = getattr(question, name)
            if text is not None and text.en == text.pt_br:
                yield (*place, name), f"the {name} is the same in both languages."
        for index, anchor in enumerate(question.anchors):
            if anchor.en == anchor.pt_br and any(letter.isalpha() for letter in anchor.en):
                yield (*place, "anchors", index), f"anchor {anchor.level} is the same in both languages."


@rule("L004", "E", "Ask a question.")
def stem_without_question_mark(content: Content) -> Iterator[Slip]:
    for place, _, text in _texts_of(content, "stem"):
        if not text.endswith("?"):
            yield place, "the stem doesn't end with a question mark."


@rule("L004", "W", "Cut it, or say why it must be that long.")
def long_stem(content: Content) -> Iterator[Slip]:
    for place, language, text in _texts_of(content, "stem"):
        count = len(_words(text))
        if count > STEM_WORDS[language]:
            yield place, f"the stem has {count} words, at most {STEM_WORDS[language]} read well."


@rule("L005", "E", "Write one short sentence that ends with a full stop.")
def anchor_that_is_no_sentence(content: Content) -> Iterator[Slip]:
    least, most = ANCHOR_WORDS
    for place, _, text in _texts_of(content, "anchors"):
        count = len(_words(text))
        if not text.endswith(".") or text.endswith(".."):
            yield place, "the anchor doesn't end with a full stop."
        if not least <= count <= most:
            yield place, f"the anchor has {count} words, it needs {least} to {most}."
        if re.search(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bp)(?<!\bex)[.!?]\s", text):
            yield place, "the anchor is more than one sentence."


@rule("L006", "W", "Ask about one thing; drop or split the other.")
def two_things_in_one_stem(content: Content) -> Iterator[Slip]:
    for place, language, text in _texts_of(content, "stem"):
        found = _found(words.CONJUNCTIONS[language], re.sub(r"\([^)]*\)", " ", text))
        if found:
            yield place, f"the stem joins things with {_quoted(found)}."


@rule("L007", "E", "Say how many, how much or when.")
def vague_words(content: Content) -> Iterator[Slip]:
    for place, language, text in _texts_of(content, "stem", "anchors", "evidence"):
        found = _found(words.VAGUE[language], text)
        if found:
            yield place, f"{_quoted(found)} is vague."


@rule("L008", "E", "Ask for what an outsider can see.")
def opinions(content: Content) -> Iterator[Slip]:
    for place, language, text in _texts_of(content, "stem", "anchors", "evidence"):
        found = _found(words.OPINION[language], text)
        if found:
            yield place, f"{_quoted(found)} asks for an opinion."


@rule("L009", "W", "Ask for what is there.")
def negations(content: Content) -> Iterator[Slip]:
    for place, language, text in _texts_of(content, "stem"):
        found = _found(words.STEM_NEGATIONS[language], text)
        if found:
            yield place, f"the stem is asked with {_quoted(found)}."
    for place, language, text in _texts_of(content, "anchors"):
        found = _found(words.STEM_NEGATIONS[language], text)
        if len(found) > 1:
            yield place, f"the anchor has two negatives, {_quoted(found)}."


@rule("L010", "W", "Say which, or how many.")
def absolutes(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        for at, language, text in _said(place, question, "stem", "anchors"):
            found = _found(words.ABSOLUTES[language], text)
            if found and question.dimension != "coverage":
                yield at, f"{_quoted(found)} is absolute."


@rule("L011", "E", "Make the step between them visible.")
def adjacent_anchors_alike(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        for language in LANGUAGES:
            for index, (low, high) in enumerate(pairwise(_in(anchor, language) for anchor in question.anchors)):
                first, second = set(_words(low.lower())), set(_words(high.lower()))
                shared = len(first & second) / max(1, len(first | second))
                if shared > SIMILAR_ANCHORS:
                    at = (*place, "anchors", index + 1, language)
                    yield at, f"anchors {index + 1} and {index + 2} share {shared:.0%} of their words."


@rule("L012", "E", "Thresholds are null for level 1, then move one way, and stand in the anchors.")
def thresholds(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        if question.thresholds is None:
            continue
        at = (*place, "thresholds")
        limits = question.thresholds
        if len(limits) != 5 or limits[0] is not None or None in limits[1:]:
            yield at, "there must be five thresholds, null first and then numbers."
            continue
        numbers = [limit for limit in limits[1:] if limit is not None]
        yield from _one_way(at, question, numbers)
        for index, number in enumerate(numbers, start=1):
            for language in LANGUAGES:
                text = _in(question.anchors[index], language) if index < len(question.anchors) else ""
                if number and number not in _numbers(text, language):
                    yield (*place, "anchors", index, language), f"the anchor doesn't say its threshold {number}."


def _one_way(place: Place, question: Question, numbers: Sequence[int]) -> Iterator[Slip]:
    """Thresholds of levels 2 to 5 rise for coverage, fall for latency, and else do one of the two."""
    steps = [high - low for low, high in pairwise(numbers)]
    rising = numbers[-1] > numbers[0]
    expected = {"coverage": True, "latency": False}.get(question.dimension, rising)
    if any(step == 0 for step in steps[:-1]) or any((step > 0) != expected for step in steps if step):
        yield place, f"thresholds of {question.dimension} must {'rise' if expected else 'fall'} with each level."
    if steps[-1] == 0 and len(question.anchors) == 5:
        for language in LANGUAGES:
            fourth, fifth = (_in(question.anchors[index], language) for index in (3, 4))
            if len(_words(fifth)) <= len(_words(fourth)):
                yield (*place[:2], "anchors", 4, language), "anchor 5 has the threshold of 4 and adds no condition."


@rule("L013", "E", "Describe what is there; the reader shouldn't see which answer counts more.")
def level_leaks(content: Content) -> Iterator[Slip]:
    names = {
        language: [re.escape(_in(level.name, language)) for _, level in content.release.of_section("levels")]
        for language in LANGUAGES
    }
    named = {"en": "level", "pt-br": "nível"}
    for place, language, text in _texts_of(content, "stem", "anchors", "evidence"):
        found = _found(words.LEVEL_WORDS[language], text)
        if names[language]:
            found += _found([rf"{named[language]} (?:{'|'.join(names[language])})"], text)
            if "anchors" in place and re.fullmatch("|".join(names[language]), text.rstrip("."), re.IGNORECASE):
                found.append(text)
        if found:
            yield place, f"{_quoted(found)} gives the level away."


@rule("L014", "E", "Say what to look at, and how much of it.")
def evidence_to_look_at(content: Content) -> Iterator[Slip]:
    for place, language, text in _texts_of(content, "evidence"):
        if len(_words(text)) < EVIDENCE_WORDS:
            yield place, f"the evidence has fewer than {EVIDENCE_WORDS} words."
        if not _found(words.EVIDENCE[language], text):
            yield place, "the evidence names nothing that can be opened, such as a list, a log or a record."


@rule("L017", "E", "Give the reason in one or two sentences.")
def why(content: Content) -> Iterator[Slip]:
    least, most = WHY_WORDS
    for place, language, text in _texts_of(content, "why"):
        count = len(_words(text))
        if not least <= count <= most:
            yield place, f"the reason has {count} words, it needs {least} to {most}."
        found = _found(words.LEVEL_WORDS[language][:1], text)
        if found:
            yield place, f"the reason names {_quoted(found)}."


@rule("L018", "E", "Ask about another dimension of the principle.")
def one_dimension_only(content: Content) -> Iterator[Slip]:
    for place, principle in content.principles:
        dimensions = [question.dimension for _, question in content.of_subject(principle.key)]
        if content.complete and len(dimensions) > 1 and len(set(dimensions)) == 1:
            yield place, f"all questions of {principle.key} are about {dimensions[0]}."


@rule("L019", "W", "Use shorter words.")
def hard_to_read(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        for language in LANGUAGES:
            said = [(at, text) for at, lang, text in _said(place, question, "stem", "anchors") if lang == language]
            letters = [len(word) for _, text in said for word in _words(text)]
            mean = sum(letters) / max(1, len(letters))
            if mean > MEAN_LETTERS[language]:
                yield (
                    said[0][0],
                    f"words have {mean:.1f} letters on average, at most {MEAN_LETTERS[language]} read well.",
                )
            for at, text in said:
                found = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > LONGEST_WORD]
                if found:
                    yield at, f"{_quoted(found)} has more than {LONGEST_WORD} letters."


@rule("L021", "W", "Ask more, or say what was merged where.")
def too_few_questions(content: Content) -> Iterator[Slip]:
    for subject, (least, _), _ in _sizes(content):
        asked = content.of_subject(subject)
        if content.complete and 0 < len(asked) < least:
            yield (*asked[0][0], "key"), f"{subject} has {_count(asked)}, at least {least} were meant."


@rule("L021", "E", "Keep the questionnaire at the size that people answer in 40 minutes.")
def number_of_questions(content: Content) -> Iterator[Slip]:
    for subject, (_, most), place in _sizes(content):
        asked = content.of_subject(subject)
        if content.complete and (len(asked) > most or not asked):
            yield place, f"{subject} has {_count(asked)}, at most {most} were meant."
    for place, module in content.modules:
        for prefix in module.prefixes:
            asked, wanted = content.of_subject(prefix), QUESTIONS_PER_PREFIX[prefix]
            if content.complete and len(asked) != wanted:
                yield place, f"{prefix} has {_count(asked)} instead of {wanted}."


def _count(asked: Sequence[object]) -> str:
    return f"{len(asked)} question{'' if len(asked) == 1 else 's'}"


def _sizes(content: Content) -> Iterator[tuple[str, tuple[int, int], Place]]:
    for place, principle in content.principles:
        yield principle.key, QUESTIONS_PER_PRINCIPLE, place
    for place, pillar in content.pillars:
        yield pillar.prefix, QUESTIONS_PER_PILLAR, place


@rule("L022", "W", "Merge the two, or ask for what differs.")
def stems_alike(content: Content) -> Iterator[Slip]:
    asked = [(place, question) for place, question in content.questions if question.subject != "ROL"]
    for language in LANGUAGES:
        vectors = _vectors([_in(question.stem, language) for _, question in asked])
        for (_, first, one), (place, _, other) in combinations(
            [(place, question, vector) for (place, question), vector in zip(asked, vectors, strict=True)], 2
        ):
            cosine = sum(weight * other[word] for word, weight in one.items() if word in other)
            if cosine > SIMILAR_STEMS:
                yield (*place, "stem", language), f"the stem is {cosine:.2f} alike that of {first.key}."


def _vectors(texts: Sequence[str]) -> list[dict[str, float]]:
    """TF-IDF vectors of length 1: words count more the fewer texts have them."""
    counts = [Counter(_words(text.lower())) for text in texts]
    spread = Counter(word for count in counts for word in count)
    vectors = []
    for count in counts:
        weights = {word: times * (1 + math.log((1 + len(texts)) / (1 + spread[word]))) for word, times in count.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        vectors.append({word: weight / length for word, weight in weights.items()})
    return vectors


@rule(TYPO, "E", "Raise the revision by one, or waive L024 where only a typo was corrected.")
def changed_anchors(content: Content) -> Iterator[Slip]:
    if content.earlier is None:
        return
    for place, question in content.questions:
        before = content.earlier.question_by_key.get(question.key)
        if before is None:
            continue
        at, step = (*place, "revision"), question.revision - before.revision
        if question.anchors != before.anchors and step == 0:
            yield at, f"the anchors differ from {content.earlier.version}, and the revision is still {before.revision}."
        if step not in (0, 1):
            yield at, f"the revision is {question.revision}, in {content.earlier.version} it was {before.revision}."


@rule("L025", "W", "Make the anchors of similar length, so that length doesn't tell which counts more.")
def one_long_anchor(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        for language in LANGUAGES:
            lengths = [len(_words(_in(anchor, language))) for anchor in question.anchors]
            longest, median = max(lengths, default=0), sorted(lengths)[len(lengths) // 2] if lengths else 0
            if question.thresholds is None and longest > LONGEST_ANCHOR * median:
                at = (*place, "anchors", lengths.index(longest), language)
                yield at, f"the longest anchor has {longest} words, the median {median}."


@rule("L026", "W", "Set window_days to the period that the answer speaks about.")
def period_without_window(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        if question.window_days is None:
            for at, language, text in _said(place, question, "anchors"):
                found = _found(words.PERIODS[language], text)
                if found:
                    yield at, f"the anchor says {_quoted(found)}, and window_days is null."


@rule("L028", "E", "Say the same numbers in both languages.")
def different_numbers(content: Content) -> Iterator[Slip]:
    for place, question in content.questions:
        for index, anchor in enumerate(question.anchors):
            english, portuguese = _numbers(anchor.en, "en"), _numbers(anchor.pt_br, "pt-br")
            if english != portuguese:
                shown = [", ".join(map(str, numbers)) or "none" for numbers in (english, portuguese)]
                yield (*place, "anchors", index), f"the numbers are {shown[0]} in English and {shown[1]} in Portuguese."


@rule("L029", "E", "Add it to the lifts of an initiative.")
def questions_that_nothing_lifts(content: Content) -> Iterator[Slip]:
    lifted = {key for _, initiative in content.initiatives for key in initiative.lifts}
    for place, question in content.liftable:
        if content.complete and question.key not in lifted:
            yield (*place, "key"), f"no initiative lifts {question.key}."


# Every text


@rule("L015", "E", "Say what it does, not who sells it.")
def products(content: Content) -> Iterator[Slip]:
    for place, text in content.texts:
        if place[0] in ("questions", "initiatives"):
            found = _found(words.VENDORS, text, exact_case=True)
            if found:
                yield place, f"{_quoted(found)} is a product."


@rule("L020", "E", "Use the word of Brazil.")
def european_portuguese(content: Content) -> Iterator[Slip]:
    for place, text in content.texts:
        if place[-1] == "pt-br":
            found = _found(words.EUROPEAN, text)
            if found:
                yield place, f"{_quoted(found)} is European Portuguese."


@rule("L023", "E", "Write plain, finished text.")
def markup_and_placeholders(content: Content) -> Iterator[Slip]:
    for place, text in content.texts:
        found = [match.group() for match in re.finditer("|".join(words.MARKUP), text)]
        found += _found(words.PLACEHOLDERS, text, exact_case=True)
        if found:
            yield place, f"{_quoted(found)} is markup or a placeholder."


# Initiatives


@rule("L031", "E", "Give the level that it leads to alone.")
def caps(content: Content) -> Iterator[Slip]:
    for place, initiative in content.initiatives:
        if initiative.cap <= 1:
            yield (*place, "cap"), "the cap must be above 1 and at most 5."


@rule("L031", "E", "Split it: an initiative must fit into one quarter.")
def efforts(content: Content) -> Iterator[Slip]:
    for place, initiative in content.initiatives:
        if initiative.effort > MOST_EFFORT:
            yield (*place, "effort"), f"the effort is {initiative.effort} person-weeks, at most {MOST_EFFORT} fit."


@rule("L032", "E", "Give name, summary, first step and done-when in both languages.")
def initiative_texts(content: Content) -> Iterator[Slip]:
    for place, initiative in content.initiatives:
        for name in ("name", "summary", "first_step", "done_when"):
            text: Text | None = getattr(initiative, name)
            if text is None:
                yield place, f"there is no {name}."
            elif text.en == text.pt_br:
                yield (*place, name), f"the {name} is the same in both languages."


@rule("L033", "E", "Let another initiative lift a question of it.")
def principles_with_one_way_up(content: Content) -> Iterator[Slip]:
    for place, principle in content.principles:
        ways = {
            initiative.id
            for _, initiative in content.initiatives
            for key in initiative.lifts
            if key.startswith(f"{principle.key}.")
        }
        if content.complete and len(ways) < INITIATIVES_PER_PRINCIPLE:
            yield (
                place,
                f"{principle.key} is lifted by {len(ways)} of at least {INITIATIVES_PER_PRINCIPLE} initiatives.",
            )


@rule("L034", "E", "Raise a lift or a cap, so that doing everything is enough.")
def questions_out_of_reach(content: Content) -> Iterator[Slip]:
    order = sorted((initiative for _, initiative in content.initiatives), key=lambda initiative: initiative.cap)
    for place, question in content.liftable:
        level = Fraction(1)
        for initiative in order:
            if question.key in initiative.lifts:
                level += min(initiative.lifts[question.key], max(Fraction(0), initiative.cap - level))
        if content.complete and 1 < level < REACHED:
            yield (*place, "key"), f"after every initiative it stands at {float(level):g}, below {REACHED}."


@rule("L035", "E", "Give a number, or an event that someone else can check.")
def done_when_nobody_can_tell(content: Content) -> Iterator[Slip]:
    for place, initiative in content.initiatives:
        text = initiative.done_when.en
        checkable = re.search(r"\d", text) or _numbers(text, "en")
        if not checkable and not _found((*words.EVENTS["en"], *words.EVIDENCE["en"]), text):
            yield (*place, "done_when", "en"), "done-when has neither a number nor a checkable event."
        for language in LANGUAGES:
            found = _found(words.VAGUE[language], _in(initiative.done_when, language))
            if found:
                yield (*place, "done_when", language), f"{_quoted(found)} is vague."


# History


@rule("L036", "E", "Say how answers to the earlier revision are read now (guide.md 3.7).")
def crosswalks(content: Content) -> Iterator[Slip]:
    if content.earlier is None:
        return
    before = content.earlier.question_by_key
    ways = {entry.question: (place, entry) for place, entry in content.release.of_section("crosswalk")}
    for place, question in content.questions:
        old = before.get(question.key)
        raised = old is not None and question.revision > old.revision
        if raised and question.key not in ways and content.release.readable:
            yield (*place, "revision"), f"revision {question.revision} of {question.key} has no crosswalk."
    for key, (place, entry) in ways.items():
        if key not in before:
            yield (*place, "question"), f"{content.earlier.version} had no question {key}."
        elif entry.from_revision != before[key].revision:
            yield (*place, "from_revision"), f"{content.earlier.version} had revision {before[key].revision} of {key}."
