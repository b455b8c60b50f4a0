"""What a respondent says: one answer, one respondent, candidate projects, read from JSON with every fault named.

Levels are whole numbers 1-5; "partly there" adds half a level. Pure: no Django, no clock.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from manifesto.definitions import Framework

STATES = ("answered", "not_applicable", "dont_know")
FORMS = ("full", "short")
HALF = Fraction(1, 2)
CHECKED = 2
"""The evidence strength that a second person gives."""
CUT = 3
"""What a level above it counts as when nothing supports it."""

ROLES = "ROL"
"""The prefix of the questions about roles: their answers may name the people who hold the role."""
AVAILABILITY, VALUE = "DAV", "VAL"
PROJECT_PREFIXES = (AVAILABILITY, VALUE)
"""Questions that rate a candidate project, so nobody answers them for a team."""
ORGANIZATION = "organization"
"""The id of the respondent that holds the organization's answers: they stand for those of everybody."""
MOST_DIGITS = 4300
LONGEST_NAME = 200
A_NAME = f"text that is not blank and no longer than {LONGEST_NAME} characters"


class AnswerError(ValueError):
    """An answer that contradicts itself; `faults` are pairs of field and message."""

    def __init__(self, faults: Iterable[tuple[str, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{name}: {message}" for name, message in self.faults))


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's answer to one question. Raises AnswerError when its parts contradict each other.

    `evidence_strength` is 0 none, 1 pointer given, 2 checked by a second person (domain guide 3.5). `holders` are
    initials or names of the people who do the work that a question about a role asks for.
    """

    state: str = "answered"
    level: int | None = None
    partly: bool = False
    reason: str = ""
    evidence_strength: int = 0
    holders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = list(_answer_faults(self.state, self.level, self.partly, self.reason, self.evidence_strength))
        faults.extend(_holder_faults(self.holders))
        if faults:
            raise AnswerError(faults)

    @property
    def value(self) -> Fraction | None:
        """Level, with the half of "partly there"; None when no level was given."""
        if self.level is None:
            return None
        return self.level + HALF if self.partly else Fraction(self.level)

    @property
    def verified_value(self) -> Fraction | None:
        """The value that the evidence supports: level 5 needs strength 2, level 4 needs strength 1."""
        value = self.value
        if value is None or self.level is None or self.level <= CUT or self.level - CUT <= self.evidence_strength:
            return value
        return Fraction(CUT + self.evidence_strength)


@dataclass(frozen=True, slots=True)
class Respondent:
    """One person, or a team that answers as one; `answers` by question key."""

    id: str
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """A candidate data project: `ratings` 1-5 by question key (DAV.1 to VAL.5), some may be missing.

    `complexity` 1-5 is how complex a solution it needs, None while nobody has said. Raises AnswerError when a part is
    out of range.
    """

    name: str
    ratings: Mapping[str, int] = field(default_factory=dict)
    complexity: int | None = None

    def __post_init__(self) -> None:
        faults = list(_project_faults(self.name, self.ratings, self.complexity))
        if faults:
            raise AnswerError(faults)


def as_people(respondents: Iterable[Respondent]) -> list[Respondent]:
    """The persons among the respondents, each with what the organization answered for everybody."""
    everybody = list(respondents)
    shared = next((respondent.answers for respondent in everybody if respondent.id == ORGANIZATION), {})
    return [Respondent(r.id, {**r.answers, **shared}) for r in everybody if r.id != ORGANIZATION]


class Submission(NamedTuple):
    """What a file of answers holds; `framework` is None when the file names none."""

    framework: str | None
    form: str
    respondents: tuple[Respondent, ...]
    projects: tuple[Project, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in the input, at a path such as `respondents[0].answers.P09.1.level`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class FaultyInput(ValueError):
    """Input that can't be scored; `faults` holds everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def read_json(text: str) -> Any:
    """Read `text` as JSON. Raises FaultyInput for broken JSON, each duplicate key and text that no file can hold."""
    try:
        data = json.loads(
            text, object_pairs_hook=_Object.from_pairs, parse_constant=_refuse_constant, parse_int=_whole_number
        )
        faults = list(_flaws(data, ""))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise FaultyInput([Fault(place, f"not valid JSON: {error.msg}")]) from error
    except RecursionError as error:
        raise FaultyInput([Fault("", "the JSON is nested too deeply")]) from error
    except ValueError as error:
        raise FaultyInput([Fault("", f"not valid JSON: {error}")]) from error
    if faults:
        raise FaultyInput(faults)
    return data


def parse(data: Any, framework: Framework | None = None) -> Submission:
    """Turn JSON data into answers. Raises FaultyInput with every fault.

    Unknown questions are faults when `framework` is given; without it any key passes.
    """
    reader = _Reader(framework)
    submission = reader.submission(data)
    if reader.faults:
        raise FaultyInput(reader.faults)
    return submission


def named_framework(data: Any) -> str | None:
    """The framework that the data name, before anything else is checked; None when they name none."""
    name = data.get("framework") if isinstance(data, Mapping) else None
    return name if isinstance(name, str) else None


def ignored_answers(framework: Framework, submission: Submission) -> tuple[str, ...]:
    """Keys of the core questions that were answered but lie outside the form, in framework order."""
    given = {key for respondent in submission.respondents for key in respondent.answers}
    asked = {question.key for question in framework.form_questions(submission.form)}
    return tuple(q.key for q in framework.core_questions if q.key in given and q.key not in asked)


def subject_of(key: str) -> str:
    """What the question `key` measures: "P09" for "P09.1"."""
    return key.partition(".")[0]


def _answer_faults(
    state: object, level: object, partly: object, reason: object, strength: object
) -> Iterator[tuple[str, str]]:
    if state not in STATES:
        yield "state", f"must be one of {', '.join(STATES)}, not {_shown(state)}"
    if level is not None and not _is_level(level):
        yield "level", f"must be a whole number from 1 to 5, not {_shown(level)}"
    elif state == "answered" and level is None:
        yield "level", "is missing: an answered question needs a level from 1 to 5"
    elif state in STATES[1:] and level is not None:
        yield "level", f"can't stand together with the state {state}"
    if type(partly) is not bool:
        yield "partly", f"must be true or false, not {_shown(partly)}"
    elif partly and level == 5:
        yield "partly", "is not possible at level 5"
    elif partly and level is None:
        yield "partly", "needs a level"
    if not isinstance(reason, str):
        yield "reason", f"must be text, not {_shown(reason)}"
    elif state == "not_applicable" and not reason.strip():
        yield "reason", "is missing: not applicable needs a reason"
    if type(strength) is not int or not 0 <= strength <= CHECKED:
        yield "evidence_strength", f"must be 0, 1 or 2, not {_shown(strength)}"


def _holder_faults(holders: object) -> Iterator[tuple[str, str]]:
    if not isinstance(holders, tuple):
        yield "holders", f"must be a list of names, not {_shown(holders)}"
        return
    for index, name in enumerate(holders):
        if not _is_name(name):
            yield f"holders[{index}]", f"must be {A_NAME}, not {_shown(name)}"


def _project_faults(name: object, ratings: Mapping[str, object], complexity: object) -> Iterator[tuple[str, str]]:
    if not _is_name(name):
        yield "name", f"must be {A_NAME}, not {_shown(name)}"
    for key, rating in ratings.items():
        if not _is_level(rating):
            yield _step("ratings", key), f"must be a whole number from 1 to 5, not {_shown(rating)}"
    if complexity is not None and not _is_level(complexity):
        yield "complexity", f"must be a whole number from 1 to 5, not {_shown(complexity)}"


def _is_level(value: object) -> bool:
    return type(value) is int and 1 <= value <= 5


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_NAME


def _shown(value: object) -> str:
    """A value as JSON on one line, shortened; what can't be printed is escaped."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "something nested too deeply"
    short = text if len(text) <= 60 else text[:57] + "..."
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in short)


def _step(path: str, key: str) -> str:
    """`path` extended by an object's key; a key that would not read well on one line is quoted."""
    name = key if re.fullmatch(r"[\w.@-]{1,60}", key) else _shown(key)
    return f"{path}.{name}" if path else name


class _Object(dict[str, Any]):
    """A JSON object that remembers which keys stood in it more than once."""

    duplicates: tuple[str, ...] = ()

    @classmethod
    def from_pairs(cls, pairs: list[tuple[str, Any]]) -> _Object:
        made = cls(pairs)
        if len(made) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            made.duplicates = tuple(key for key in made if counts[key] > 1)
        return made


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _whole_number(digits: str) -> int:
    """Python refuses to read longer ones, and says how to change that, which helps nobody who wrote a file."""
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _flaws(data: Any, path: str) -> Iterator[Fault]:
    if isinstance(data, _Object):
        for key in data.duplicates:
            yield Fault(_step(path, key), "stands twice in the same object")
        for key, value in data.items():
            if not _is_unicode(key):
                yield Fault(_step(path, key), "holds half a character")
            yield from _flaws(value, _step(path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _flaws(value, f"{path}[{index}]")
    elif isinstance(data, str) and not _is_unicode(data):
        yield Fault(path, "holds half a character")


def _is_unicode(text: str) -> bool:
    """Whether the text can be written anywhere: JSON can escape one half of a surrogate pair."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


class _Reader:
    """Reads a submission and keeps every fault on the way."""

    def __init__(self, framework: Framework | None) -> None:
        self.framework = framework
        self.criteria = {q.key for q in framework.questions if q.subject in PROJECT_PREFIXES} if framework else None
        self.faults: list[Fault] = []

    def fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path, message))

    def submission(self, data: Any) -> Submission:
        if not self.is_object(data, ""):
            return Submission(None, "full", ())
        self.refuse_unknown(data, ("framework", "form", "respondents", "projects"), "")
        name = data.get("framework")
        if name is not None and not (isinstance(name, str) and name):
            self.fault("framework", f"must be text such as dataops@1.0.0, not {_shown(name)}")
        form = data.get("form", "full")
        if form not in FORMS:
            self.fault("form", f"must be full or short, not {_shown(form)}")
        respondents = self.respondents(data.get("respondents"))
        return Submission(name, form, respondents, self.projects(data.get("projects", [])))

    def respondents(self, data: Any) -> tuple[Respondent, ...]:
        if not isinstance(data, list):
            self.fault("respondents", "must be a list with at least one respondent")
            return ()
        if not data:
            self.fault("respondents", "holds no respondent")
        people = [self.respondent(item, f"respondents[{index}]") for index, item in enumerate(data)]
        first: dict[str, int] = {}
        for index, person in enumerate(people):
            if person and first.setdefault(person.id, index) != index:
                self.fault(f"respondents[{index}].id", f"{_shown(person.id)} is also respondents[{first[person.id]}]")
        return tuple(person for person in people if person)

    def respondent(self, data: Any, path: str) -> Respondent | None:
        if not self.is_object(data, path):
            return None
        self.refuse_unknown(data, ("id", "answers"), path)
        name, answers = data.get("id"), data.get("answers")
        named = isinstance(name, str) and bool(name.strip())
        if not named:
            self.fault(f"{path}.id", "must be text that is not blank")
        if not self.is_object(answers, f"{path}.answers"):
            answers = {}
        read = {key: self.answer(key, item, _step(f"{path}.answers", key)) for key, item in answers.items()}
        return Respondent(name, {key: item for key, item in read.items() if item}) if named else None

    def answer(self, key: str, data: Any, path: str) -> Answer | None:
        if subject_of(key) in PROJECT_PREFIXES:
            self.fault(path, "rates a project: give it in projects, not as an answer")
        elif self.framework and key not in self.framework.question_by_key:
            self.fault(path, f"is not a question of {self.framework.identifier}")
        if not self.is_object(data, path):
            return None
        self.refuse_unknown(data, ("state", "level", "partly", "reason", "evidence_strength", "holders"), path)
        holders = self.holders(key, data, f"{path}.holders") if "holders" in data else ()
        if "level" not in data and "state" not in data:
            self.fault(path, "needs a level or a state")
            return None
        if "level" in data and data["level"] is None:
            self.fault(f"{path}.level", "must be a whole number from 1 to 5, not null")
            return None
        parts = (data.get("state", "answered"), data.get("level"), data.get("partly", False))
        try:
            return Answer(*parts, data.get("reason", ""), data.get("evidence_strength", 0), holders)
        except AnswerError as error:
            self.faults.extend(Fault(f"{path}.{name}", message) for name, message in error.faults)
            return None

    def holders(self, key: str, data: Mapping[str, Any], path: str) -> tuple[str, ...]:
        names = data["holders"]
        if subject_of(key) != ROLES:
            self.fault(path, "belongs to questions about roles only")
            return ()
        if data.get("level") is None and names:
            self.fault(path, "needs a level")
        if isinstance(names, list):
            self.refuse_repeated(((f"{path}[{index}]", name) for index, name in enumerate(names)))
        return tuple(names) if isinstance(names, list) else names  # the answer itself says what is wrong with it

    def projects(self, data: Any) -> tuple[Project, ...]:
        if not isinstance(data, list):
            self.fault("projects", f"must be a list of projects, not {_shown(data)}")
            return ()
        if data and self.framework and not self.criteria:
            self.fault("projects", f"{self.framework.identifier} has no questions that rate projects")
        found = [self.project(item, f"projects[{index}]") for index, item in enumerate(data)]
        self.refuse_repeated(
            (f"projects[{index}].name", item.get("name"))
            for index, item in enumerate(data)
            if isinstance(item, Mapping)
        )
        return tuple(project for project in found if project)

    def project(self, data: Any, path: str) -> Project | None:
        if not self.is_object(data, path):
            return None
        self.refuse_unknown(data, ("name", "ratings", "complexity"), path)
        ratings = data.get("ratings", {})
        if not self.is_object(ratings, f"{path}.ratings"):
            ratings = {}
        for key in ratings:
            if not self.rates_projects(key):
                self.fault(_step(f"{path}.ratings", key), "is not a question that rates projects")
        if "complexity" in data and data["complexity"] is None:
            self.fault(f"{path}.complexity", "must be a whole number from 1 to 5, not null")
        try:
            return Project(data.get("name"), dict(ratings), data.get("complexity"))
        except AnswerError as error:
            self.faults.extend(Fault(f"{path}.{name}", message) for name, message in error.faults)
            return None

    def rates_projects(self, key: str) -> bool:
        return subject_of(key) in PROJECT_PREFIXES if self.criteria is None else key in self.criteria

    def refuse_repeated(self, names: Iterable[tuple[str, Any]]) -> None:
        """Names that stand at two paths; case and spacing make no difference."""
        first: dict[str, str] = {}
        for path, name in names:
            if _is_name(name):
                place = first.setdefault(" ".join(name.split()).casefold(), path)
                if place != path:
                    self.fault(path, f"{_shown(name)} is also {place}")

    def is_object(self, data: Any, path: str) -> bool:
        if isinstance(data, Mapping):
            return True
        self.fault(path, "must be an object" if path else "the file must hold one JSON object")
        return False

    def refuse_unknown(self, data: Mapping[str, Any], known: tuple[str, ...], path: str) -> None:
        for key in data:
            if key not in known:
                self.fault(_step(path, key), f"is not known here; known: {', '.join(known)}")
