"""Every write of adopted plans and their items: keyword-only, atomic, with the audit row in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext_noop

from assessment.actions import ask_anew, stop_asking
from assessment.models import Result
from assessment.periods import shifted
from assessment.scorecard import Scorecard
from assessment.scoring import question_values
from manifesto.definitions import Framework, Initiative
from organizations.audit import record
from organizations.models import User
from reports.actions import RoadmapConflict
from reports.history import forecast_data, framework_of_plan
from reports.models import AdoptedPlan, PlanItem, Scenario
from reports.plans import Choices, choices_of, framework_for, plan_for
from reports.roadmap.plan import RoadmapPlan
from reports.roadmap.priority import effective_lift
from reports.roadmap.storage import solution_data


class NothingToAdopt(Exception):
    """The plan has no initiative, so there is nothing to decide on."""


class AdoptionConflict(Exception):
    """Somebody adopted another plan for the result meanwhile; `current` is what stands."""

    def __init__(self, current: AdoptedPlan) -> None:
        self.current = current
        super().__init__("another plan was adopted meanwhile")


class ItemConflict(Exception):
    """Somebody changed the item first; `current` is what stands."""

    def __init__(self, current: PlanItem) -> None:
        self.current = current
        super().__init__("the item was changed meanwhile")


class PlanEnded(Exception):
    """The team adopted another plan in its place: this one is history."""


class EvidenceMissing(Exception):
    """An item is done when somebody can see that it is."""


class ReasonMissing(Exception):
    """What the team won't do is left out for a reason."""


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """What one save says about an item; the fields are those of `PlanItem` that a person may set."""

    quarter: str
    owner: str = ""
    status: str = PlanItem.Status.PLANNED.value
    reason: str = ""
    notes: str = ""
    evidence: str = ""

    def says_same_as(self, item: PlanItem) -> bool:
        return all(getattr(self, name) == getattr(item, name) for name in self.__slots__)

    @classmethod
    def of(cls, item: PlanItem) -> ItemEntry:
        return cls(**{name: str(getattr(item, name)) for name in cls.__slots__})


# Adopting


def adopt(
    *, user: User, result: Result, scenario: Scenario, version: int, seen: int | None = None, now: datetime
) -> AdoptedPlan:
    """Freeze the plan of `version` of a scenario as what the team decided on, with its forecast and its items.

    A plan that was adopted for the same result ends; owners, notes and work in hand come along. Adopting twice is like
    adopting once. `seen` is the number of the plan that the person knows as adopted, 0 for none; None takes the place
    of whatever stands. Raises RoadmapConflict when the scenario isn't at `version` any more, AdoptionConflict when
    another plan stands than the one that was seen, NothingToAdopt, ImpossibleWishes.
    """
    if scenario.version != version:
        raise RoadmapConflict(scenario)
    choices = choices_of(scenario, result)
    plan = plan_for(result, choices)  # half a second at times: before the transaction, which others wait for
    if not plan.items:
        raise NothingToAdopt
    return _freeze(user, result, scenario, choices, plan, seen, now)


@transaction.atomic
def _freeze(
    user: User,
    result: Result,
    scenario: Scenario,
    choices: Choices,
    plan: RoadmapPlan,
    seen: int | None,
    now: datetime,
) -> AdoptedPlan:
    Result.objects.select_for_update(of=("self",), no_key=True).get(pk=result.pk)
    current = Scenario.objects.of_result(result).filter(pk=scenario.pk).first()
    if current is None or current.version != scenario.version:
        raise RoadmapConflict(current)
    before = AdoptedPlan.objects.of_result(result)
    if before and (before.digest, before.scenario_id) == (choices.digest, scenario.pk):
        return before
    if before and seen not in (None, before.pk):
        raise AdoptionConflict(before)
    earlier = before or AdoptedPlan.objects.latest_of_team(result.team)
    if before:
        before.ended_at = now
        before.save(update_fields=["ended_at"])
    adopted = AdoptedPlan.objects.create(
        result=result,
        team=result.team,
        scenario=scenario,
        name=scenario.name,
        framework=result.framework_identifier,
        choices=choices.as_dict(),
        digest=choices.digest,
        solution=solution_data(plan.solution),
        forecast=forecast_data(plan, result),
        adopted_by=user,
        adopted_by_name=str(user)[:120],
        adopted_at=now,
    )
    framework = framework_for(result, choices)
    PlanItem.objects.bulk_create(_items(adopted, plan, framework, earlier, user, now))
    record(
        organization=result.organization,
        actor=user,
        action=gettext_noop("plan adopted"),
        subject=str(result),
        now=now,
        result=result.pk,
        plan=adopted.pk,
        scenario=scenario.label,
        replaces=before.pk if before else None,
    )
    return adopted


def _items(
    adopted: AdoptedPlan,
    plan: RoadmapPlan,
    framework: Framework,
    earlier: AdoptedPlan | None,
    user: User,
    now: datetime,
) -> list[PlanItem]:
    """The plan's initiatives in order of completion, then the work in hand that it leaves out."""
    known = {item.initiative: item for item in earlier.items.all()} if earlier else {}
    is_same_result = earlier is not None and earlier.result_id == adopted.result_id
    items = []
    for planned in plan.items:
        quarter = shifted(adopted.result.period, planned.completion)
        item = PlanItem(
            plan=adopted,
            initiative=planned.initiative,
            name=_own_name(framework.initiative_by_id[planned.initiative]),
            planned_quarter=quarter,
            quarter=quarter,
            effort=_hundredths(planned.effort),
        )
        _take_over(item, known.pop(planned.initiative, None), is_same_result)
        items.append(item)
    items += [_brought_along(adopted, item) for item in _in_hand(known.values(), is_same_result)]
    for item in items:
        item.updated_by, item.updated_by_name, item.updated_at = user, str(user)[:120], now
    return items


def _hundredths(effort: Fraction) -> Decimal:
    return Decimal(round(100 * effort)) / 100


def _own_name(initiative: Initiative) -> str:
    """The name of a team's own initiative; the catalogue's have theirs in each language."""
    return initiative.name.en if initiative.id.startswith("T") else ""


def _take_over(item: PlanItem, before: PlanItem | None, is_same_result: bool) -> None:
    """What is known of the same initiative in the plan before.

    For the same result everything stands; after a new closing what the answers don't show to be done isn't done.
    """
    if before is None:
        return
    item.owner, item.notes = before.owner, before.notes
    if is_same_result:
        for name in ("status", "reason", "evidence", "done_at"):
            setattr(item, name, getattr(before, name))
    elif before.status == PlanItem.Status.DOING:
        item.status = before.status


def _in_hand(items: Iterable[PlanItem], is_same_result: bool) -> list[PlanItem]:
    """Items of the plan before that would be lost though they were begun; done ones of the same result, too."""
    kept = {PlanItem.Status.DOING} | ({PlanItem.Status.DONE} if is_same_result else set())
    return [item for item in items if item.status in kept]


def _brought_along(adopted: AdoptedPlan, item: PlanItem) -> PlanItem:
    first = shifted(adopted.result.period, 1)
    names = ("initiative", "name", "effort", "owner", "status", "reason", "notes", "evidence", "done_at")
    fields = {name: getattr(item, name) for name in names}
    return PlanItem(plan=adopted, planned_quarter="", quarter=max(item.quarter, first), **fields)


# Working on it


@transaction.atomic
def change_item(*, user: User, item_id: int, version: int, entry: ItemEntry, now: datetime) -> PlanItem:
    """Save what the person says in place of `version`. Saying what stands already changes nothing.

    Marking it done asks the team to answer the questions that it lifts anew; answers are never changed by it. The plan
    is locked with it, so that an adoption in its place takes this change along, or this sees that the plan has ended.
    Raises ItemConflict, PlanEnded, EvidenceMissing, ReasonMissing.
    """
    item = PlanItem.objects.select_for_update(of=("self", "plan"), no_key=True).with_plan().get(pk=item_id)
    if item.plan.ended_at:
        raise PlanEnded
    if entry.says_same_as(item):
        return item
    if item.version != version:
        raise ItemConflict(item)
    if entry.status == PlanItem.Status.DONE and not entry.evidence:
        raise EvidenceMissing
    if entry.status == PlanItem.Status.WONT_DO and not entry.reason:
        raise ReasonMissing
    before = ItemEntry.of(item)
    _write(item, entry, user, now)
    _ask(item, before, user)
    _record_change(item, before, entry, user, now)
    return item


def _write(item: PlanItem, entry: ItemEntry, user: User, now: datetime) -> None:
    for name in ItemEntry.__slots__:
        setattr(item, name, getattr(entry, name))
    item.done_at = (item.done_at or now) if entry.status == PlanItem.Status.DONE else None
    item.version += 1
    item.updated_by, item.updated_by_name, item.updated_at = user, str(user)[:120], now
    item.save()


def _ask(item: PlanItem, before: ItemEntry, user: User) -> None:
    """Put what a done item lifts on the list of questions to answer anew, and take it off when it isn't done."""
    team = item.plan.team
    if item.done_at:
        ask_anew(
            user=user,
            team=team,
            initiative=item.initiative,
            name=item.name,
            questions=lifted_questions(item),
            evidence=item.evidence,
            now=item.done_at,
        )
    elif before.status == PlanItem.Status.DONE:
        stop_asking(team=team, initiative=item.initiative)


def lifted_questions(item: PlanItem) -> list[str]:
    """The questions that the item's initiative lifts above what was measured at planning, in framework order.

    Where it lifts none any more, all that it is there for. Empty for an initiative that the release doesn't have.
    """
    framework = framework_of_plan(item.plan)
    initiative = framework.initiative_by_id.get(item.initiative)
    if initiative is None:
        return []
    values = question_values(Scorecard.from_dict(item.plan.result.scorecard))
    known = {key: value for key in initiative.lifts if (value := values.get(key)) is not None}
    lifted = [key for key, value in known.items() if effective_lift(initiative, key, value) > 0]
    return lifted or list(initiative.lifts)


def _record_change(item: PlanItem, before: ItemEntry, entry: ItemEntry, user: User, now: datetime) -> None:
    """What changed: the values of what is short, and only the names of notes, reason and evidence."""
    changed = [name for name in ItemEntry.__slots__ if getattr(before, name) != getattr(entry, name)]
    short = [name for name in ("owner", "status", "quarter") if name in changed]
    record(
        organization=item.plan.result.organization,
        actor=user,
        action=gettext_noop("plan item changed"),
        subject=f"{item.plan.result}, {item.initiative}",
        now=now,
        plan=item.plan_id,
        item=item.pk,
        changed=changed,
        before={name: getattr(before, name) for name in short},
        after={name: getattr(entry, name) for name in short},
    )
