"""Which candidate project comes first: availability of the data, value of the problem, and what holds it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.answers import AVAILABILITY, PROJECT_PREFIXES, VALUE
from assessment.modules import BLOCKED, INCOMPLETE, PARK, PREPARE_DATA, QUICK_EXPERIMENT, START_NOW
from assessment.scorecard import Number
from assessment.sentences import join_words
from manifesto.definitions import Anchor, Framework, Module, Question
from reports.figures import ProjectPoint
from reports.modules.presenter import Presenter, Table, double

MOST_NAMED = 3
Typed = Mapping[str, Mapping[str, Any]]
"""What was typed about each project, by its name: `ratings` by question key, and a `note`."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One criterion of a project; `level` None while it isn't rated."""

    question: Question
    level: int | None

    @property
    def anchor(self) -> Anchor | None:
        return self.question.anchor(self.level) if self.level else None


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One candidate project. `verdict` is the result in words, `why` what holds it; the lines are arithmetic."""

    name: str
    rank: int | None
    availability: Number | None
    value: Number | None
    priority: Number | None
    complexity: int | None
    quadrant: str | None
    result: str
    verdict: str
    why: str
    pilot: bool
    note: str
    ratings: tuple[Rating, ...]
    lines: tuple[str, ...]

    @property
    def is_blocked(self) -> bool:
        return self.result == BLOCKED

    @property
    def is_complete(self) -> bool:
        return self.result != INCOMPLETE


@dataclass(frozen=True, slots=True)
class ProjectsModule:
    """`sentence` is the finding: the title of the scatter."""

    module: Module
    sentence: str
    projects: tuple[ProjectRow, ...]
    pilot: str | None

    kind = "projects"

    @property
    def drawn(self) -> list[ProjectRow]:
        """Those with a place in the scatter."""
        return [row for row in self.projects if row.is_complete]


def project_points(module: ProjectsModule) -> list[ProjectPoint]:
    """The completely rated projects as the scatter draws them."""
    return [
        ProjectPoint(
            row.name,
            row.rank,
            float(row.availability),
            float(row.value),
            row.pilot and not row.is_blocked,
            row.is_blocked,
        )
        for row in module.drawn
    ]


def quadrant_words() -> dict[str, str]:
    return {
        START_NOW: _("start now"),
        PREPARE_DATA: _("prepare the data"),
        QUICK_EXPERIMENT: _("quick experiment"),
        PARK: _("park for now"),
        BLOCKED: _("blocked"),
        INCOMPLETE: _("not rated completely"),
    }


class Projects(Presenter):
    """Which candidate project comes first."""

    def __init__(
        self,
        framework: Framework,
        module: Module,
        language: str,
        found: Any,
        typed: Typed,
    ) -> None:
        super().__init__(framework, module, language, found)
        self.typed, self.words = typed, quadrant_words()

    def module(self) -> ProjectsModule:
        rows = tuple(self._row(item) for item in self.found["projects"])
        return ProjectsModule(self.about, self._sentence(rows), rows, self.found["pilot"])

    def _row(self, item: Mapping[str, Any]) -> ProjectRow:
        typed = self.typed.get(item["name"], {})
        given = typed.get("ratings", {})
        ratings = tuple(Rating(question, given.get(question.key)) for question in self._criteria())
        return ProjectRow(
            name=item["name"],
            rank=item["rank"],
            availability=item["availability"],
            value=item["value"],
            priority=item["priority"],
            complexity=item["complexity"],
            quadrant=item["quadrant"],
            result=item["result"],
            verdict=self.words[item["result"]],
            why=self._why(item),
            pilot=item["pilot"],
            note=typed.get("note", ""),
            ratings=ratings if given else (),
            lines=self._lines(item, given) if given else (),
        )

    def _criteria(self) -> list[Question]:
        return [q for prefix in PROJECT_PREFIXES for q in self.framework.questions_by_subject.get(prefix, ())]

    def _why(self, item: Mapping[str, Any]) -> str:
        """What holds a project back: each criterion at 1 that blocks it with its anchor, or what isn't rated."""
        if item["blocked_by"]:
            blocks = [self.framework.question_by_key[key] for key in item["blocked_by"]]
            return " ".join(f"{question.key} = 1: {self._say(question.anchor(1))}" for question in blocks)
        if item["missing"]:
            return _("Not rated: %(criteria)s.") % {"criteria": join_words(item["missing"], self.language)}
        return ""

    def _lines(self, item: Mapping[str, Any], given: Mapping[str, int]) -> tuple[str, ...]:
        """How availability, value and priority come about."""
        lines = []
        for name, prefix in ((_("Availability"), AVAILABILITY), (_("Value"), VALUE)):
            values = [level for key, level in sorted(given.items()) if key.startswith(f"{prefix}.")]
            mean = item["availability" if prefix == AVAILABILITY else "value"]
            lines.append(f"{name}: {self._mean_line([Fraction(value) for value in values], mean)}")
        if item["priority"] is not None:
            product = f"√({self._score(item['availability'])} × {self._score(item['value'])})"
            lines.append(f"{_('Priority')}: {product} = {self._score(item['priority'])}")
        return tuple(lines)

    def _sentence(self, rows: Sequence[ProjectRow]) -> str:
        return " ".join(part for part in (self._first(rows), self._held(rows)) if part)

    def _first(self, rows: Sequence[ProjectRow]) -> str:
        complete = [row for row in rows if row.is_complete]
        if not complete:
            return _("No project is rated completely yet.")
        pilot = next((row for row in complete if row.pilot), None)
        if pilot:
            return _("“%(name)s” is the pilot: availability %(a)s, value %(v)s, complexity %(c)s.") % {
                "name": pilot.name,
                "a": self._score(pilot.availability, 1),
                "v": self._score(pilot.value, 1),
                "c": pilot.complexity,
            }
        ready = [row for row in complete if row.result == START_NOW]
        if ready:
            return _("“%(name)s” can start first; no project is rated complex enough for a pilot (3 or more).") % {
                "name": ready[0].name
            }
        best = next((row for row in complete if not row.is_blocked), None)
        if best is None:
            return _("No project can start: each one is blocked.")
        return _("No project can start now; the first by priority is “%(name)s”: %(verdict)s.") % {
            "name": best.name,
            "verdict": best.verdict,
        }

    def _held(self, rows: Sequence[ProjectRow]) -> str:
        blocked = [row.name for row in rows if row.is_blocked]
        if not blocked or len(blocked) == len(rows):
            return ""
        if len(blocked) > MOST_NAMED:
            return ngettext("%(count)d is blocked.", "%(count)d are blocked.", len(blocked)) % {"count": len(blocked)}
        names = join_words([f"“{name}”" for name in blocked], self.language)
        return ngettext("%(names)s is blocked.", "%(names)s are blocked.", len(blocked)) % {"names": names}


def tables(module: ProjectsModule, _language: str) -> dict[str, tuple[str, Table]]:
    """The module's table for files by name: title, head and rows, numbers unrounded."""
    return {"projects": (_("Candidate projects"), _table(module))}


def _table(module: ProjectsModule) -> Table:
    criteria = [rating.question.key for rating in module.projects[0].ratings] if module.projects else []
    head = [
        _("Rank"), _("Project"), _("Availability"), _("Value"), _("Priority"), _("Complexity"), _("Quadrant"),
        _("Result"), _("What holds it back"), _("Pilot"), *criteria,
    ]  # fmt: skip
    words = quadrant_words()
    return head, [
        [
            row.rank, row.name, double(row.availability), double(row.value), double(row.priority), row.complexity,
            words.get(row.quadrant or "", ""), row.verdict, row.why, _("yes") if row.pilot else "",
            *(rating.level for rating in row.ratings),
        ]
        for row in module.projects
    ]  # fmt: skip
