"""Who does the work around a data product: coverage, groups, and roles in too few hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.answers import ROLES
from assessment.modules import OWNED
from assessment.scorecard import Number, QuestionScore, Scorecard
from assessment.sentences import NO_VALUE, format_percent, join_words
from manifesto.definitions import Framework, Module, Question, Role
from reports.modules.presenter import Presenter, Table, double, lower, score_of


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role; `level` None where it is open or not applicable. `holders` are names, `count` how many there are."""

    question: Question
    role: Role | None
    name: str
    group: str
    score: QuestionScore
    holders: tuple[str, ...]
    count: int

    @property
    def owned(self) -> bool:
        return self.score.value is not None and self.score.value >= OWNED

    @property
    def state(self) -> str:
        """owned, not_owned, open or not_applicable."""
        if self.score.state == "not_applicable":
            return "not_applicable"
        if self.score.value is None:
            return "open"
        return "owned" if self.owned else "not_owned"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of roles: `line` is its mean as arithmetic, `is_floor` whether it is the lowest."""

    key: str
    name: str
    mean: Number | None
    line: str
    is_floor: bool


@dataclass(frozen=True, slots=True)
class RolesModule:
    """`sentences` by rule, the most urgent first; `coverage_line` shows the share as a division."""

    module: Module
    sentence: str
    sentences: tuple[str, ...]
    roles: tuple[RoleRow, ...]
    groups: tuple[GroupRow, ...]
    coverage: Number | None
    coverage_line: str
    coverage_high: Number | None
    floor: Number | None
    concentration: int | None
    concentrated: str
    warning: bool

    kind = "roles"

    @property
    def is_complete(self) -> bool:
        return self.coverage == self.coverage_high


def group_words() -> dict[str, str]:
    return {
        "consumers": _("Consumers"),
        "preparers": _("Preparers"),
        "suppliers": _("Suppliers"),
    }


class Roles(Presenter):
    """Who does the work around a data product."""

    def __init__(
        self, framework: Framework, card: Scorecard, module: Module, language: str, found: Any, named: bool
    ) -> None:
        super().__init__(framework, module, language, found)
        self.card, self.named = card, named
        self.role_by_slug = {role.slug: role for role in framework.roles}

    def module(self) -> RolesModule:
        rows = tuple(self._row(question) for question in self.framework.questions_by_subject.get(ROLES, ()))
        return RolesModule(
            module=self.about,
            sentence=self._coverage_sentence(),
            sentences=tuple(self._sentences()),
            roles=rows,
            groups=tuple(self._group(key, mean, rows) for key, mean in self.found["groups"].items()),
            coverage=self.found["coverage"],
            coverage_line=self._coverage_line(),
            coverage_high=self.found["coverage_high"],
            floor=self.found["group_floor"],
            concentration=self.found["concentration"],
            concentrated=self._concentrated(),
            warning=self.found["warning"],
        )

    def _row(self, question: Question) -> RoleRow:
        role = self.role_by_slug.get(question.position)
        people = [item["person"] for item in self.found["holders"] if question.position in item["roles"]]
        return RoleRow(
            question=question,
            role=role,
            name=self._role(question.position),
            group=group_words().get(role.group, "") if role else "",
            score=score_of(self.card, question),
            holders=tuple(sorted(people, key=str.casefold)) if self.named else (),
            count=len(people),
        )

    def _group(self, key: str, mean: Number | None, rows: Sequence[RoleRow]) -> GroupRow:
        values = [row.score.value for row in rows if row.role and row.role.group == key and row.score.value is not None]
        name = group_words().get(key, key)
        return GroupRow(key, name, mean, self._mean_line(values, mean), key in self.found["floor_groups"])

    def _coverage_sentence(self) -> str:
        if self.found["coverage"] is None:
            return _("None of the roles applies.")
        return ngettext(
            "%(owned)d of %(applicable)d role has a named person (%(share)s).",
            "%(owned)d of %(applicable)d roles have a named person (%(share)s).",
            self.found["applicable"],
        ) % {**self.found, "share": format_percent(self.found["coverage"], self.language)}

    def _coverage_line(self) -> str:
        if self.found["coverage"] is None:
            return NO_VALUE
        share = format_percent(self.found["coverage"], self.language)
        return f"{self.found['owned']} ÷ {self.found['applicable']} = {share}"

    def _sentences(self) -> list[str]:
        """The facts of the read-out in words: a sentence for each role that nobody does, then groups of roles."""
        facts = self.found["facts"]
        subjects = {
            code: [fact["subject"] for fact in facts if fact["code"] == code] for code in ("nobody", "unnamed", "open")
        }
        sentences = [self._nobody(slug) for slug in subjects["nobody"]]
        sentences += [self._too_many(fact) for fact in facts if fact["code"] == "concentrated"]
        if subjects["unnamed"]:
            sentences.append(
                _("Done, but nobody is named for it: %(roles)s.") % {"roles": self._roles(subjects["unnamed"])}
            )
        if subjects["open"]:
            sentences.append(_("Not answered: %(roles)s.") % {"roles": self._roles(subjects["open"])})
        return sentences

    def _nobody(self, slug: str) -> str:
        words = {
            "citizen": _("Nobody on the business side decides with the figures."),
            "analyst": _("Nobody answers business questions with data."),
            "scientist": _("Nobody builds the models."),
            "developer": _("Nobody builds the applications on the data."),
            "engineer": _("Nobody keeps the pipelines running."),
            "curator": _("Nobody makes datasets that others understand."),
            "steward": _("Nobody looks after the rules."),
            "source-owner": _("Nobody owns the sources."),
        }
        return words.get(slug) or _("Nobody does the work of this role: %(role)s.") % {"role": self._role(slug)}

    def _too_many(self, fact: Mapping[str, Any]) -> str:
        held = next((item["roles"] for item in self.found["holders"] if item["person"] == fact["subject"]), ())
        words = {"person": fact["subject"], "count": fact["count"], "roles": self._roles(held)}
        if self.named:
            return _("%(person)s holds %(count)d roles: %(roles)s.") % words
        return _("One person holds %(count)d roles: %(roles)s.") % words

    def _concentrated(self) -> str:
        """Who holds most roles: by name, or how many people do."""
        people = [item["person"] for item in self.found["concentrated"]]
        if self.named:
            return join_words(people, self.language)
        return ngettext("%(count)d person", "%(count)d people", len(people)) % {"count": len(people)} if people else ""

    def _role(self, slug: str) -> str:
        role = self.role_by_slug.get(slug)
        return self._say(role.name) if role else slug

    def _roles(self, slugs: Sequence[str]) -> str:
        return join_words([lower(self._role(slug)) for slug in slugs], self.language)


def tables(module: RolesModule, _language: str) -> dict[str, tuple[str, Table]]:
    """The module's tables for files by name, the main one first: title, head and rows, numbers unrounded."""
    return {
        "roles": (_("Roles"), _roles_table(module)),
        "groups": (_("Groups of roles"), _groups_table(module)),
    }


def _roles_table(module: RolesModule) -> Table:
    head = [_("Key"), _("Role"), _("Group"), _("Level"), _("State"), _("People"), _("Who does this work")]
    return head, [
        [
            row.question.key, row.name, row.group, double(row.score.value), row.state, row.count,
            ", ".join(row.holders),
        ]
        for row in module.roles
    ]  # fmt: skip


def _groups_table(module: RolesModule) -> Table:
    head = [_("Group"), _("Mean"), _("Lowest")]
    return head, [[row.name, double(row.mean), _("yes") if row.is_floor else ""] for row in module.groups]
