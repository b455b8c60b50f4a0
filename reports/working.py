"""The work on an adopted plan, and a team's own initiatives, in the words of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from assessment.periods import period_label, shifted
from assessment.sentences import format_percent, format_score
from manifesto.definitions import Framework
from reports.adoption import ItemEntry, lifted_questions
from reports.history import framework_of_plan
from reports.initiatives import InitiativeEntry
from reports.models import AdoptedPlan, PlanItem, TeamInitiative
from reports.presenters import Difference

LATER_QUARTERS = 4
"""So many quarters beyond the plan's own an item can be put off."""


@dataclass(frozen=True, slots=True)
class ItemPage:
    """An item with what the catalogue, or the team, says about its initiative.

    `planned` is the quarter of the plan where the item isn't in it any more; `link` the evidence as an address.
    """

    id: int
    initiative: str
    name: str
    status: str
    status_name: str
    owner: str
    effort: str
    quarter: str
    planned: str
    is_extra: bool
    first_step: str
    done_when: str
    lifts: tuple[str, ...]
    reason: str
    notes: str
    evidence: str
    link: str
    version: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkQuarter:
    """One quarter: what stands in it, and the levels that the plan forecast for its end, where it is the plan's."""

    label: str
    items: tuple[ItemPage, ...]
    full: int | None
    cautious: int | None


@dataclass(frozen=True, slots=True)
class WorkPage:
    """An adopted plan and how the work goes; `share` is what the cautious forecast counts on."""

    framework: str
    share: str
    level: int
    quarters: tuple[WorkQuarter, ...]
    done: int
    doing: int
    total: int

    @property
    def is_complete(self) -> bool:
        return self.done == self.total


def work_page(plan: AdoptedPlan, items: Sequence[PlanItem], language: str) -> WorkPage:
    """The items of a plan by the quarter in which they stand, in `language`."""
    framework, forecast = framework_of_plan(plan), plan.forecast
    full = dict(zip(forecast["quarters"], forecast["levels"]["full"][1:], strict=True))
    cautious = dict(zip(forecast["quarters"], forecast["levels"]["cautious"][1:], strict=True))
    quarters = []
    for quarter in sorted({*forecast["quarters"], *(item.quarter for item in items)}):
        rows = tuple(_item(framework, item, language) for item in items if item.quarter == quarter)
        quarters.append(WorkQuarter(period_label(quarter, language), rows, full.get(quarter), cautious.get(quarter)))
    open_or_done = [item for item in items if item.status != PlanItem.Status.WONT_DO]
    return WorkPage(
        framework=plan.framework,
        share=format_percent(Fraction(forecast["realisation"]), language),
        level=forecast["levels"]["full"][0],
        quarters=tuple(quarters),
        done=sum(item.status == PlanItem.Status.DONE for item in items),
        doing=sum(item.status == PlanItem.Status.DOING for item in items),
        total=len(open_or_done),
    )


def item_page(item: PlanItem, language: str) -> ItemPage:
    """One item, in `language`."""
    return _item(framework_of_plan(item.plan), item, language)


def _item(framework: Framework, item: PlanItem, language: str) -> ItemPage:
    initiative = framework.initiative_by_id.get(item.initiative)
    first_step = initiative.first_step if initiative else None
    return ItemPage(
        id=item.pk,
        initiative=item.initiative,
        name=item.name or (initiative.name.in_language(language) if initiative else ""),
        status=item.status,
        status_name=item.get_status_display(),
        owner=item.owner,
        effort=format_score(Fraction(item.effort), 1, language),
        quarter=period_label(item.quarter, language),
        planned=period_label(item.planned_quarter, language) if item.planned_quarter not in ("", item.quarter) else "",
        is_extra=not item.planned_quarter,
        first_step=first_step.in_language(language) if first_step else "",
        done_when=initiative.done_when.in_language(language) if initiative else "",
        lifts=tuple(initiative.lifts) if initiative else (),
        reason=item.reason,
        notes=item.notes,
        evidence=item.evidence,
        link=_address_in(item.evidence),
        version=item.version,
        by=item.updated_by_name,
        at=item.updated_at,
    )


def _address_in(evidence: str) -> str:
    """The evidence where it is an address and nothing else."""
    is_address = evidence.startswith(("https://", "http://")) and not re.search(r"\s", evidence)
    return evidence if is_address else ""


def questions_to_answer(item: PlanItem, language: str) -> list[tuple[str, str]]:
    """Key and stem of the questions that are to be answered anew once the item is done."""
    asked = framework_of_plan(item.plan).question_by_key
    return [(key, asked[key].stem.in_language(language)) for key in lifted_questions(item)]


def quarters_of(item: PlanItem) -> list[tuple[str, str]]:
    """The quarters in which an item can stand: the plan's and a year beyond, with their names."""
    language = get_language() or "en"
    planned = list(item.plan.forecast["quarters"])
    later = [shifted(planned[-1], number) for number in range(1, LATER_QUARTERS + 1)]
    return [(quarter, period_label(quarter, language)) for quarter in sorted({*planned, *later, item.quarter})]


def item_differences(current: PlanItem, yours: ItemEntry) -> tuple[Difference, ...]:
    """What one person would overwrite of another's, in words."""
    language = get_language() or "en"
    names = {
        "status": _("Status"),
        "owner": pgettext("of an initiative", "Owner"),
        "quarter": _("Quarter"),
        "evidence": _("Evidence"),
        "reason": _("Reason"),
        "notes": _("Notes"),
    }
    theirs = ItemEntry.of(current)
    changed = [name for name in names if getattr(theirs, name) != getattr(yours, name)]
    return tuple(
        Difference(names[name], *(_said(name, getattr(entry, name), language) for entry in (theirs, yours)))
        for name in changed
    )


def _said(name: str, value: str, language: str) -> str:
    if name == "status":
        return str(PlanItem.Status(value).label)
    if name == "quarter":
        return period_label(value, language)
    return value or "–"


# Own initiatives -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One of the team's own initiatives; `lifts` in words, as "P15.1 +1.5"."""

    id: int
    key: str
    name: str
    effort: str
    cap: str
    lifts: tuple[str, ...]
    unknown: tuple[str, ...]
    prerequisites: tuple[str, ...]
    first_step: str
    done_when: str


def initiative_rows(rows: Iterable[TeamInitiative], framework: Framework, language: str) -> list[OwnRow]:
    """The team's own initiatives; `unknown` are questions that the framework in use doesn't ask any more."""
    return [
        OwnRow(
            id=row.pk,
            key=row.key,
            name=row.name,
            effort=format_score(Fraction(row.effort), 1, language),
            cap=format_score(Fraction(row.cap), 0, language),
            lifts=_lifts(row.lifts, language),
            unknown=tuple(key for key in row.lifts if key not in framework.question_by_key),
            prerequisites=tuple(row.prerequisites),
            first_step=row.first_step,
            done_when=row.done_when,
        )
        for row in rows
    ]


def _lifts(lifts: dict[str, str], language: str) -> tuple[str, ...]:
    pairs = ((key, Fraction(lift)) for key, lift in lifts.items())
    return tuple(f"{key} +{format_score(lift, 0 if lift == int(lift) else 1, language)}" for key, lift in pairs)


def initiative_differences(current: TeamInitiative, yours: InitiativeEntry) -> tuple[Difference, ...]:
    """What one person would overwrite of another's, in words."""
    language = get_language() or "en"
    names = {
        "name": _("Name"),
        "done_when": _("Done when"),
        "first_step": _("First step"),
        "effort": _("Effort in person-weeks"),
        "cap": _("Highest level that it can bring a question to"),
        "lifts": _("Lifts"),
        "prerequisites": _("Needs"),
    }
    changed = [name for name in names if getattr(current, name) != getattr(yours, name)]
    return tuple(
        Difference(names[name], *(_said_of(name, getattr(one, name), language) for one in (current, yours)))
        for name in changed
    )


def _said_of(name: str, value, language: str) -> str:
    if name == "lifts":
        return ", ".join(_lifts(value, language))
    if name == "prerequisites":
        return ", ".join(value) or "–"
    if name in ("effort", "cap"):
        return format_score(Fraction(value), 1, language)
    return value or "–"
