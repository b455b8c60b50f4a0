"""What is planned: the next quarter on page one, how good the plan is, and what it doesn't reach."""

from __future__ import annotations

from django.utils.translation import gettext as _

from reports.briefing.chapter import Chapter, cut
from reports.briefing.records import Planned, Table
from reports.plan_sentences import level_sentences, quality_sentence, unreached_reasons
from reports.roadmap.plan import Item

NEXT, STRIP = 3, 5
"""Initiatives on page one."""
LONGEST_NAME, LONGEST_OWNER, LONGEST_STEP, LONGEST_DONE = 120, 60, 160, 340
"""Signs on page one: what the catalogue says fits, what a team wrote may be cut there."""
UNREACHED = 12
"""Targets out of reach that are told one by one; the others are named."""


class Roadmap(Chapter):
    """The plan in words."""

    def capacity(self) -> str:
        if self.plan is None or not self.plan.loads:
            return ""
        load = self.plan.loads[0]
        return _("%(used)s of %(capacity)s person-weeks used") % {
            "used": self._number(load.capacity - load.left),
            "capacity": self._number(load.capacity),
        }

    def initiatives(self) -> tuple[Planned, ...]:
        """Those that begin first; the first three with their first step."""
        items = [item for item in self._items() if item.start == 1][:STRIP]
        return tuple(self._planned(item, with_step=place < NEXT) for place, item in enumerate(items))

    def _planned(self, item: Item, *, with_step: bool) -> Planned:
        initiative = self.framework.initiative_by_id[item.initiative]
        effort = _("%(effort)s pw") % {"effort": self._number(item.effort)}
        if item.completion > 1:
            effort += "\n" + _("until %(quarter)s") % {"quarter": self._quarter(item.completion)}
        return Planned(
            id=initiative.id,
            name=cut(self._say(initiative.name), LONGEST_NAME),
            effort=effort,
            owner=cut(self.data.owners.get(initiative.id, ""), LONGEST_OWNER),
            lift="\n".join(
                f"{lift.question}: {self._value(lift.before)} → {self._value(lift.after)}" for lift in item.lifts[:3]
            ),
            first_step=cut(self._say(initiative.first_step), LONGEST_STEP)
            if initiative.first_step and with_step
            else "",
            done_when=cut(self._say(initiative.done_when), LONGEST_DONE),
        )

    def intro(self) -> tuple[str, ...]:
        if self.plan is None:
            return (_("No roadmap was planned for this assessment."),)
        levels = level_sentences(self.plan, self.data.quarters, self.language)
        if not self.plan.items:
            nothing = _("The plan holds no initiative: the targets are reached, or nothing fits the capacity.")
            return (nothing, *levels)
        return tuple(sentence for sentence in (quality_sentence(self.plan, self.language), *levels) if sentence)

    def unreached(self, *, tight: bool = False) -> Table:
        most = UNREACHED // 3 if tight else UNREACHED
        reasons = unreached_reasons()
        missing = sorted(self.plan.unreached if self.plan else (), key=lambda entry: -entry.missing)
        rows = [
            (
                f"{entry.question} {self._say(self.framework.question_by_key[entry.question].stem)}",
                self._value(entry.target),
                self._value(entry.missing),
                reasons.get(entry.reason, entry.reason),
            )
            for entry in missing[:most]
        ]
        if rest := ", ".join(entry.question for entry in missing[most:]):
            rows.append((_("With smaller gaps: %(questions)s") % {"questions": rest}, "", "", ""))
        return Table((_("Question"), _("Target"), _("Missing"), _("Reason")), tuple(rows))
