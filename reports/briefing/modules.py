"""The optional modules that were on: what each tells, beside the score and never in it."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from assessment.sentences import format_score
from reports.briefing.chapter import Chapter
from reports.briefing.principles import Principles
from reports.briefing.records import Block, ModuleSection, Table
from reports.modules import AnyModule, ProjectsModule, QuestionsModule, RolesModule, modules_of

FIRST_ROWS = 8
"""Of a table of a module that a lead gets: all roles, the best candidate projects."""


class Modules(Chapter):
    """A section for each module about which something was said. People who hold roles are counted, not named."""

    def sections(self, *, whole: bool = True, tight: bool = False) -> tuple[ModuleSection, ...]:
        """Everything, or, where not `whole`, without the questions and with the first candidate projects only.

        A `tight` one has sentences only.
        """
        sections = [self._section(module) for module in self.told()]
        if whole:
            return tuple(sections)
        return tuple(_shortened(section, 0 if tight else FIRST_ROWS) for section in sections)

    def told(self) -> tuple[AnyModule, ...]:
        return modules_of(self.framework, self.card, self.language)

    def projects(self) -> ProjectsModule | None:
        """The candidate projects where at least one has a place in the chart."""
        return next((m for m in self.told() if isinstance(m, ProjectsModule) and m.drawn), None)

    def _section(self, module: AnyModule) -> ModuleSection:
        if isinstance(module, ProjectsModule):
            return self._of_projects(module)
        return self._of_roles(module) if isinstance(module, RolesModule) else self._of_questions(module)

    def _of_questions(self, module: QuestionsModule) -> ModuleSection:
        notes = module.reached.missing if module.reached else ()
        return self._made(module, notes=notes, blocks=(self._block(module),))

    def _block(self, module: QuestionsModule) -> Block:
        principles = Principles(self.data, self.language, whole=True)
        return Block(
            key=module.module.prefixes[0],
            name=_("mean of the module's questions"),
            critical=False,
            score=self._score(module.score, module.low, module.high),
            facts=(_("not a part of the overall score"),),
            steps=tuple(principles.step(line.question) for line in module.questions),
            lifted_by="",
        )

    def _of_roles(self, module: RolesModule) -> ModuleSection:
        states = {
            "owned": _("a named person"),
            "not_owned": _("no named person"),
            "open": _("not answered"),
            "not_applicable": _("not applicable"),
        }
        roles = Table(
            (_("Role"), _("Group"), _("Level"), _("State"), _("People")),
            tuple(
                (row.name, row.group, self._value(row.score.value), states[row.state], str(row.count or ""))
                for row in module.roles
            ),
        )
        groups = Table(
            (_("Group"), _("Mean of the levels"), _("Mean")),
            tuple(
                (f"{group.name} ({_('lowest')})" if group.is_floor else group.name, group.line,
                 format_score(group.mean, 2, self.language))
                for group in module.groups
            ),
        )  # fmt: skip
        return self._made(module, notes=module.sentences, tables=(roles, groups))

    def _of_projects(self, module: ProjectsModule) -> ModuleSection:
        table = Table(
            (_("Rank"), _("Project"), _("Availability"), _("Value"), _("Priority"), _("Complexity"), _("Result")),
            tuple(
                (
                    str(row.rank or "–"),
                    row.name,
                    self._number(row.availability),
                    self._number(row.value),
                    format_score(row.priority, 2, self.language),
                    str(row.complexity or "–"),
                    ". ".join(part for part in (self._verdict(row.verdict, row.pilot), row.why) if part),
                )
                for row in module.projects
            ),
        )
        return self._made(module, chart="projects" if module.drawn else "", tables=(table,))

    def _verdict(self, verdict: str, pilot: bool) -> str:
        return f"{verdict} ({_('pilot')})" if pilot else verdict

    def _made(
        self,
        module: AnyModule,
        *,
        notes: tuple[str, ...] = (),
        chart: str = "",
        tables: tuple[Table, ...] = (),
        blocks: tuple[Block, ...] = (),
    ) -> ModuleSection:
        name = self._say(module.module.name)
        return ModuleSection(module.module.key, name, module.sentence, notes, chart, tables, blocks)


def _shortened(section: ModuleSection, rows: int) -> ModuleSection:
    tables = tuple(Table(table.head, table.rows[:rows]) for table in section.tables if rows)
    return replace(
        section, chart=section.chart if rows else "", tables=tables, blocks=(), notes=section.notes[:FIRST_ROWS]
    )
