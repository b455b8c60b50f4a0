"""One scheduling question, independent of how it is solved: what could be done, what it closes, what there is to spend.

Efforts, run costs and capacities are person-weeks; gaps and lifts are levels; quarters count from 1. Numbers are
exact, so that equal plans compare equal. Source: domain guide 4.4 and the planning section of interfaces.md. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from math import isfinite, lcm
from typing import Any

Number = Fraction | int

TimeLeft = Callable[[], float]
"""Seconds that are left for a search, from a clock of the caller's; 0 or less: it is over."""

MOST_QUARTERS = 200
"""Fifty years: a longer horizon is a slip of the pen, and reckoning with it takes minutes."""

LARGEST = 10**9
"""Amounts beyond it are cut to what can matter: solvers that reckon in doubles refuse or misjudge them."""

INSTANCE_FIELDS = (
    "capacity", "max_per_quarter", "carry_over", "same_quarter_prerequisites", "questions", "initiatives",
    "critical_questions", "guard_questions",
)  # fmt: skip
QUESTION_FIELDS = ("gap", "weight", "mandatory")
INITIATIVE_FIELDS = ("effort", "run_cost", "lifts", "prerequisites", "release", "must_do")


class OutOfTime(Exception):
    """The search is over before it is through: what was found until then has to do."""


def for_ever() -> float:
    """The time that is left where there is no limit: longer than anybody waits."""
    return 1e9


def share(time_left: TimeLeft, part: float) -> TimeLeft:
    """This part of the time that is left now."""
    rest = time_left() * (1 - part)
    return lambda: time_left() - rest


def check(time_left: TimeLeft) -> None:
    """Raise OutOfTime when the search is over."""
    if time_left() <= 0:
        raise OutOfTime


class InvalidInstance(ValueError):
    """The data don't describe an instance; `faults` are lines of the form "path: what is wrong"."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Need:
    """A question's open gap in levels and what one closed level is worth for one quarter."""

    gap: Number
    weight: Number = Fraction(1)
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """An initiative as the scheduler sees it; `release` is the first quarter in which it may be completed."""

    effort: Number
    lifts: Mapping[str, Number]
    run_cost: Number = Fraction(0)
    prerequisites: tuple[str, ...] = ()
    release: int = 1
    must_do: bool = False


@dataclass(frozen=True)
class Instance:
    """`capacity` per quarter, `questions` by key, `initiatives` by id; see `schedule` for when a plan is feasible.

    With `critical_questions` each quarter has to lift one of them by a level while any is open and it can be done; the
    same holds for `guard_questions`. `level` is one level in the unit of gaps and lifts.
    """

    capacity: tuple[Number, ...]
    questions: Mapping[str, Need]
    initiatives: Mapping[str, Work]
    max_per_quarter: int | None = None
    carry_over: bool = False
    same_quarter_prerequisites: bool = True
    critical_questions: frozenset[str] = field(default_factory=frozenset)
    guard_questions: frozenset[str] = field(default_factory=frozenset)
    level: Number = 1

    @property
    def horizon(self) -> int:
        return len(self.capacity)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Ids with prerequisites first, and ids in order among equals."""
        sorter = TopologicalSorter({key: sorted(work.prerequisites) for key, work in sorted(self.initiatives.items())})
        sorter.prepare()
        ordered: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            ordered.extend(ready)
            sorter.done(*ready)
        return tuple(ordered)

    @cached_property
    def depth(self) -> dict[str, int]:
        """Length of the longest chain of prerequisites before each initiative."""
        depths: dict[str, int] = {}
        for key in self.order:
            depths[key] = max((depths[before] + 1 for before in self.initiatives[key].prerequisites), default=0)
        return depths

    @cached_property
    def closures(self) -> dict[str, tuple[str, ...]]:
        """Each initiative with everything that it needs, prerequisites first."""
        position = {key: index for index, key in enumerate(self.order)}
        closures: dict[str, tuple[str, ...]] = {}
        for key in self.order:
            needed = {key}.union(*(closures[before] for before in self.initiatives[key].prerequisites))
            closures[key] = tuple(sorted(needed, key=position.__getitem__))
        return closures

    @cached_property
    def lifters(self) -> dict[str, tuple[tuple[str, Number], ...]]:
        """Per question the initiatives that lift it and by how many levels."""
        found: dict[str, list[tuple[str, Number]]] = {question: [] for question in self.questions}
        for key in self.order:
            for question, lift in self.initiatives[key].lifts.items():
                if lift > 0:
                    found[question].append((key, lift))
        return {question: tuple(pairs) for question, pairs in found.items()}

    @property
    def must_do(self) -> frozenset[str]:
        return frozenset(key for key, work in self.initiatives.items() if work.must_do)

    @property
    def mandatory(self) -> frozenset[str]:
        return frozenset(key for key, need in self.questions.items() if need.mandatory)

    def with_horizon(self, quarters: int) -> Instance:
        """The same question for another number of quarters; later ones have the last quarter's capacity."""
        extra = max(0, quarters - self.horizon)
        return replace(self, capacity=(self.capacity + (self.capacity[-1],) * extra)[:quarters])

    def with_demands(self, keys: frozenset[str]) -> Instance:
        """The same question with only these of its must-dos and mandatory gaps."""
        return replace(
            self,
            questions={k: replace(need, mandatory=need.mandatory and k in keys) for k, need in self.questions.items()},
            initiatives={k: replace(w, must_do=w.must_do and k in keys) for k, w in self.initiatives.items()},
        )

    def for_demands(self) -> Instance:
        """The same demands with nothing around them: without what isn't needed, nor a demand on each quarter."""
        wanted = self.must_do.union(key for question in self.mandatory for key, _ in self.lifters[question])
        needed = {member for key in wanted for member in self.closures[key]}
        works = {key: work for key, work in self.initiatives.items() if key in needed}
        return replace(self, initiatives=works).without_urgent()

    @property
    def urgent(self) -> tuple[frozenset[str], ...]:
        """The groups of questions of which each quarter has to lift one while any is open and it can be done."""
        return tuple(group for group in (self.critical_questions, self.guard_questions) if group)

    @cached_property
    def urgent_lifters(self) -> dict[str, tuple[str, ...]]:
        """For each urgent question what lifts it by a level, or by all of its gap: less is done in passing."""
        least = {key: min(self.level, self.questions[key].gap) for group in self.urgent for key in group}
        return {key: tuple(i for i, lift in self.lifters[key] if lift >= size > 0) for key, size in least.items()}

    def without_urgent(self) -> Instance:
        """The same question without the demand on each quarter."""
        return replace(self, critical_questions=frozenset(), guard_questions=frozenset())

    def without_excess(self) -> Instance:
        """The same question with amounts beyond LARGEST cut to what can matter; every plan is worth and fits as before.

        A lift counts up to its gap. An effort or run cost of a person-week more than there is in all fits nowhere.
        """
        most = sum(self.capacity) + 1
        works = {
            key: replace(
                work,
                effort=_cut(work.effort, most),
                run_cost=_cut(work.run_cost, most),
                lifts={question: _cut(lift, self.questions[question].gap) for question, lift in work.lifts.items()},
            )
            for key, work in self.initiatives.items()
        }
        return replace(self, initiatives=works)

    def in_whole_numbers(self) -> Instance:
        """The same question in units small enough for whole numbers, on which the search is several times faster.

        Efforts, lifts and weights have a unit each, so that plans compare as before but objectives differ by a factor.
        """
        works, needs = self.initiatives.values(), self.questions.values()
        spend = common_denominator([*self.capacity, *(w.effort for w in works), *(w.run_cost for w in works)])
        level = common_denominator([*(n.gap for n in needs), *(lift for w in works for lift in w.lifts.values())])
        worth = common_denominator([n.weight for n in needs])
        return replace(
            self,
            capacity=tuple(int(amount * spend) for amount in self.capacity),
            questions={
                k: replace(n, gap=int(n.gap * level), weight=int(n.weight * worth)) for k, n in self.questions.items()
            },
            initiatives={
                key: replace(
                    work,
                    effort=int(work.effort * spend),
                    run_cost=int(work.run_cost * spend),
                    lifts={question: int(lift * level) for question, lift in work.lifts.items()},
                )
                for key, work in self.initiatives.items()
            },
            level=self.level * level,
        )


def _on_one_line(text: str) -> str:
    """Ids are anybody's text: a line break in one must not make two lines of a fault."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _cut(amount: Number, most: Number) -> Number:
    return min(amount, most) if amount > LARGEST else amount


def common_denominator(numbers: Iterable[Number]) -> int:
    """The least number that makes each of them whole."""
    return lcm(1, *(Fraction(number).denominator for number in numbers))


def parse_instance(data: Any) -> Instance:
    """Read the JSON form of an instance; raise InvalidInstance with every fault that can be found."""
    reader = _Reader()
    instance = reader.instance(data)
    if reader.faults or instance is None:
        raise InvalidInstance(reader.faults)
    return instance


def unknown_fields(data: Mapping[str, Any]) -> list[str]:
    """Paths of fields that no instance has, most likely misspelt; they have no effect."""
    found = [key for key in data if key not in INSTANCE_FIELDS]
    for part, known in (("questions", QUESTION_FIELDS), ("initiatives", INITIATIVE_FIELDS)):
        for key, entry in data.get(part, {}).items():
            found += [f"{part}.{key}.{name}" for name in entry if name not in known]
    return found


class _Reader:
    """Collects faults while it reads, so that one run names them all."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, path: str, message: str) -> None:
        self.faults.append(_on_one_line(f"{path}: {message}"))

    def instance(self, data: Any) -> Instance | None:
        if not isinstance(data, Mapping):
            self.fault("instance", "must be an object")
            return None
        questions = {key: self.need(f"questions.{key}", entry) for key, entry in self.objects(data, "questions")}
        works = {key: self.work(f"initiatives.{key}", entry) for key, entry in self.objects(data, "initiatives")}
        self.references(questions, works)
        return Instance(
            capacity=self.capacity(data.get("capacity")),
            questions=questions,
            initiatives=works,
            max_per_quarter=self.most(data.get("max_per_quarter")),
            carry_over=self.flag(data, "carry_over", False),
            same_quarter_prerequisites=self.flag(data, "same_quarter_prerequisites", True),
            critical_questions=self.known(data, "critical_questions", questions),
            guard_questions=self.known(data, "guard_questions", questions),
        )

    def objects(self, data: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
        if not isinstance(data.get(name), Mapping):
            self.fault(name, "must be an object")
            return []
        entries = []
        for key, entry in data[name].items():
            if isinstance(entry, Mapping):
                entries.append((key, entry))
            else:
                self.fault(f"{name}.{key}", "must be an object")
        return entries

    def capacity(self, value: Any) -> tuple[Fraction, ...]:
        if not isinstance(value, (list, tuple)) or not value:
            self.fault("capacity", "must be a list with at least one quarter")
            return ()
        if len(value) > MOST_QUARTERS:
            self.fault("capacity", f"must not have more than {MOST_QUARTERS} quarters, has {len(value)}")
            return ()
        return tuple(self.number(f"capacity[{index}]", amount) for index, amount in enumerate(value))

    def most(self, value: Any) -> int | None:
        return None if value is None else self.whole("max_per_quarter", value, 0)

    def known(self, data: Mapping[str, Any], name: str, questions: Mapping[str, Need]) -> frozenset[str]:
        keys = self.names(name, data.get(name, []))
        for key in keys:
            if key not in questions:
                self.fault(name, f"unknown question {key}")
        return frozenset(keys)

    def need(self, path: str, entry: Mapping[str, Any]) -> Need:
        return Need(
            gap=self.number(f"{path}.gap", entry.get("gap")),
            weight=self.number(f"{path}.weight", entry.get("weight", 1)),
            mandatory=self.flag(entry, "mandatory", False, path),
        )

    def work(self, path: str, entry: Mapping[str, Any]) -> Work:
        lifts = entry.get("lifts", {})
        if not isinstance(lifts, Mapping):
            self.fault(f"{path}.lifts", "must be an object")
            lifts = {}
        return Work(
            effort=self.number(f"{path}.effort", entry.get("effort")),
            run_cost=self.number(f"{path}.run_cost", entry.get("run_cost", 0)),
            lifts={key: self.number(f"{path}.lifts.{key}", lift) for key, lift in lifts.items()},
            prerequisites=self.names(f"{path}.prerequisites", entry.get("prerequisites", [])),
            release=self.whole(f"{path}.release", entry.get("release", 1), 1),
            must_do=self.flag(entry, "must_do", False, path),
        )

    def number(self, path: str, value: Any) -> Fraction:
        """The decimal that was written, so that 0.1 is one tenth; 0 after a fault."""
        if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
            self.fault(path, "must be a number")
        elif isinstance(value, float) and not isfinite(value):
            self.fault(path, "must be a finite number")
        elif value < 0:
            self.fault(path, "must not be negative")
        else:
            return value if isinstance(value, Fraction) else Fraction(str(value))
        return Fraction(0)

    def whole(self, path: str, value: Any, least: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.fault(path, f"must be a whole number of at least {least}")
            return least
        return value

    def flag(self, entry: Mapping[str, Any], name: str, default: bool, path: str = "") -> bool:
        value = entry.get(name, default)
        if not isinstance(value, bool):
            self.fault(f"{path}.{name}" if path else name, "must be true or false")
            return default
        return value

    def names(self, path: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
            self.fault(path, "must be a list of ids")
            return ()
        return tuple(dict.fromkeys(value))

    def references(self, questions: Mapping[str, Need], works: Mapping[str, Work]) -> None:
        known = True
        for key, work in works.items():
            for question in work.lifts:
                if question not in questions:
                    self.fault(f"initiatives.{key}.lifts.{question}", "unknown question")
            for before in work.prerequisites:
                if before not in works:
                    known = False
                    self.fault(f"initiatives.{key}.prerequisites", f"unknown initiative {before}")
        if known:
            self.cycle(works)

    def cycle(self, works: Mapping[str, Work]) -> None:
        try:
            TopologicalSorter({key: work.prerequisites for key, work in works.items()}).prepare()
        except CycleError as error:
            self.fault("initiatives", "prerequisites form a cycle: " + " > ".join(reversed(error.args[1])))
