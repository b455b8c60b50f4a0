"""A roadmap for other tools: table, JSON, calendar and tickets, from a plan or from the work on an adopted one.

Both are told as tasks, so that every format says the same. Quarters are written "2026-Q4", efforts are person-weeks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import icalendar
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from assessment.models import Result
from assessment.periods import first_day, period_label, shifted
from assessment.sentences import format_score
from manifesto.definitions import Framework, Initiative
from organizations.models import Organization
from reports.history import framework_of_plan
from reports.models import AdoptedPlan, PlanItem
from reports.money import amount, rate_of
from reports.plans import Choices, framework_for
from reports.roadmap.plan import RoadmapPlan
from reports.tables import Table

MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>()#|~&!])")
NO_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Lifted:
    """A question that an initiative lifts; its levels before and after where a plan says them."""

    question: str
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One initiative to be done from `start` to the end of `quarter`. `status` and what follows it come with work.

    `changed_at` is when what is told about it was last changed. `cost` is that of the work in whole cents of
    `currency`, None while the organization has given no rate.
    """

    id: str
    name: str
    start: str
    quarter: str
    effort: float
    run_cost: float
    first_step: str
    done_when: str
    prerequisites: tuple[str, ...]
    lifts: tuple[Lifted, ...]
    changed_at: str
    status: str = ""
    owner: str = ""
    reason: str = ""
    notes: str = ""
    evidence: str = ""
    cost: float | None = None
    currency: str = ""


def tasks_of_plan(result: Result, choices: Choices, plan: RoadmapPlan, language: str) -> list[Task]:
    """The initiatives of a plan in order of completion."""
    framework = framework_for(result, choices)
    return [
        Task(
            id=item.initiative,
            start=shifted(result.period, item.start),
            quarter=shifted(result.period, item.completion),
            effort=float(item.effort),
            run_cost=float(item.run_cost),
            lifts=tuple(Lifted(lift.question, float(lift.before), float(lift.after)) for lift in item.lifts),
            changed_at=result.closed_at.isoformat(timespec="seconds"),
            **_told(framework.initiative_by_id[item.initiative], language),
            **_cost(item.effort, result.organization),
        )
        for item in plan.items
    ]


def tasks_of_work(plan: AdoptedPlan, items: Iterable[PlanItem], language: str) -> list[Task]:
    """The items of an adopted plan where they stand now, with owner, status and notes."""
    framework = framework_of_plan(plan)
    return [_task_of_work(framework, item, plan.result.organization, language) for item in items]


def _task_of_work(framework: Framework, item: PlanItem, organization: Organization, language: str) -> Task:
    initiative = framework.initiative_by_id.get(item.initiative)
    told = _told(initiative, language) if initiative else _told_of_none(item)
    return Task(
        id=item.initiative,
        start=item.quarter,
        quarter=item.quarter,
        effort=float(item.effort),
        run_cost=0.0,
        lifts=tuple(map(Lifted, initiative.lifts)) if initiative else (),
        changed_at=item.updated_at.isoformat(timespec="seconds"),
        status=item.status,
        owner=item.owner,
        reason=item.reason,
        notes=item.notes,
        evidence=item.evidence,
        **told | ({"name": item.name} if item.name else {}),
        **_cost(Fraction(item.effort), organization),
    )


def _cost(effort: Fraction, organization: Organization) -> dict[str, Any]:
    """What the work costs; nothing without a rate."""
    rate = rate_of(organization)
    return {} if rate is None else {"cost": float(round(effort * rate, 2)), "currency": organization.currency}


def _told(initiative: Initiative, language: str) -> dict[str, Any]:
    """What the catalogue, or the team, says about an initiative."""
    return {
        "name": initiative.name.in_language(language),
        "first_step": initiative.first_step.in_language(language) if initiative.first_step else "",
        "done_when": initiative.done_when.in_language(language),
        "prerequisites": initiative.prerequisites,
    }


def _told_of_none(item: PlanItem) -> dict[str, Any]:
    return {"name": item.name, "first_step": "", "done_when": "", "prerequisites": ()}


# Table and JSON


def task_table(tasks: Sequence[Task]) -> Table:
    """A line per task, in the active language; with what it costs where that is known."""
    has_cost = any(task.cost is not None for task in tasks)
    head = [
        _("Id"), _("Initiative"), _("Begins"), _("Completed"), _("Person-weeks"),
        _("Person-weeks a quarter afterwards"), *([_("Cost"), _("Currency")] if has_cost else []), _("First step"),
        _("Done when"), _("Needs"), _("Lifts"), _("Status"), pgettext("of an initiative", "Owner"), _("Reason"),
        _("Evidence"), _("Notes"),
    ]  # fmt: skip
    rows: list[list] = [
        [
            task.id, task.name, task.start, task.quarter, task.effort, task.run_cost,
            *([task.cost, task.currency] if has_cost else []), task.first_step, task.done_when,
            ", ".join(task.prerequisites), "; ".join(_lift_words(lift, "en") for lift in task.lifts),
            status_name(task), task.owner, task.reason, task.evidence, task.notes,
        ]
        for task in tasks
    ]  # fmt: skip
    return head, rows


def status_name(task: Task) -> str:
    """The status in words; nothing for a plan that isn't work yet."""
    return str(PlanItem.Status(task.status).label) if task.status else ""


def _lift_words(lift: Lifted, language: str) -> str:
    """ "P15.1 1 → 2.5", or the question alone."""
    if lift.before is None or lift.after is None:
        return lift.question
    levels = [format_score(level, 0 if level == int(level) else 1, language) for level in (lift.before, lift.after)]
    return f"{lift.question} {levels[0]} \u2192 {levels[1]}"


def as_json(result: Result, choices: Choices, tasks: Sequence[Task], plan: RoadmapPlan | None, now: datetime) -> str:
    """What identifies the roadmap, the choices, the tasks, and every number of the plan where there is one."""
    data = {
        "team": result.team_name,
        "period": result.period,
        "framework": result.framework_identifier,
        "framework_hash": result.framework_hash,
        "input_hash": result.input_hash,
        "exported_at": now.isoformat(timespec="seconds"),
        "choices": choices.as_dict(),
        "initiatives": [asdict(task) for task in tasks],
        "plan": plan.as_dict() if plan else None,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


# Calendar


def as_calendar(name: str, origin: str, tasks: Sequence[Task], language: str) -> bytes:
    """One event per task, all day from the first day of `start` to the last of `quarter`; it blocks no time.

    `origin` is what the ids of events begin with: a later export updates the events of an earlier one.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//DataOps Ladder//Roadmap//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", icalendar.vText(_one_line(name)))
    for task in tasks:
        event = icalendar.Event()
        event.add("uid", f"{origin}-{task.id}@dataops-ladder")
        event.add("dtstamp", datetime.fromisoformat(task.changed_at))
        event.add("dtstart", first_day(task.start))
        event.add("dtend", first_day(shifted(task.quarter, 1)))
        event.add("summary", _calendar_text(f"{task.id} {task.name}"))
        event.add("description", _calendar_text("\n".join(_lines(task, language))))
        event.add("transp", "TRANSPARENT")
        if task.status == PlanItem.Status.WONT_DO:
            event.add("status", "CANCELLED")
        calendar.add_component(event)
    return calendar.to_ical()


def _calendar_text(text: str) -> str:
    """Text whose only control character is the end of a line."""
    return NO_TEXT.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


# Tickets


@dataclass(frozen=True, slots=True)
class Ticket:
    """A task for a ticket system: a title, and a body in Markdown."""

    id: str
    title: str
    body: str


def tickets(tasks: Sequence[Task], language: str) -> list[Ticket]:
    """One ticket per task; what people typed is text, whatever signs are in it."""
    return [Ticket(task.id, _one_line(f"{task.id} {task.name}"), _ticket_body(task, language)) for task in tasks]


def as_markdown(title: str, tasks: Sequence[Task], language: str) -> str:
    """All tickets in one text, each under its heading."""
    parts = [f"# {markdown(title)}"]
    parts += [f"## {markdown(ticket.title)}\n\n{ticket.body}" for ticket in tickets(tasks, language)]
    return "\n\n".join(parts) + "\n"


def markdown(text: str) -> str:
    """Text in one line in which no sign has a meaning."""
    return MARKDOWN_SIGNS.sub(r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(NO_TEXT.sub(" ", text).split())


def _ticket_body(task: Task, language: str) -> str:
    """A list of facts, and what has to hold as a box to tick, ticked once it is done."""
    facts = [f"- **{name}:** {markdown(value)}" for name, value in _facts(task, language)]
    if not task.done_when:
        return "\n".join(facts)
    box = "[x]" if task.status == PlanItem.Status.DONE else "[ ]"
    return "\n".join([*facts, f"- {box} **{_('Done when')}:** {markdown(task.done_when)}"])


def _lines(task: Task, language: str) -> list[str]:
    facts = [*_facts(task, language), *([(_("Done when"), task.done_when)] if task.done_when else [])]
    return [f"{name}: {value}" for name, value in facts]


def _facts(task: Task, language: str) -> list[tuple[str, str]]:
    """What is known of the task beside its name and its end, in the active language; empty facts are left out."""
    quarters = dict.fromkeys((task.start, task.quarter))
    facts = [
        (_("Quarter"), " – ".join(period_label(quarter, language) for quarter in quarters)),
        (_("Person-weeks"), format_score(Fraction(task.effort), 1, language)),
        (_("Cost"), "" if task.cost is None else amount(Fraction(task.cost), task.currency, language)),
        (_("First step"), task.first_step),
        (_("Needs"), ", ".join(task.prerequisites)),
        (_("Lifts"), "; ".join(_lift_words(lift, language) for lift in task.lifts)),
        (_("Status"), status_name(task)),
        (pgettext("of an initiative", "Owner"), task.owner),
        (_("Reason"), task.reason),
        (_("Evidence"), task.evidence),
        (_("Notes"), task.notes),
    ]
    return [(name, value) for name, value in facts if value]
