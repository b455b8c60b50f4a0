"""Writes what a team makes of a result: its numbers, its own initiatives, scenarios, the work on a plan, findings.

Everything goes through the product's own actions, except scenarios: asking for their best plans is left to visitors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from assessment.actions import OutcomeEntry, save_outcome
from assessment.models import Result
from assessment.periods import shifted
from config.demo.history import first_moment
from config.demo.stories import QUARTERS, PlanStory, Progress, Story
from manifesto.definitions import Framework
from organizations.models import Team, User
from reports.adoption import ItemEntry, adopt, change_item
from reports.initiatives import InitiativeEntry, add_initiative
from reports.models import PlanItem, Scenario, TeamInitiative
from reports.own_words import save_finding
from reports.plans import Choices

WORKING = timedelta(days=50)
"""From the start of a quarter: by then its work is done, and the next round hasn't begun."""


@dataclass(frozen=True, slots=True)
class TeamWork:
    """One team after its closings, told one by one, the oldest first; nothing happens after `now`."""

    story: Story
    team: Team
    framework: Framework
    lead: User
    consultant: User
    now: datetime

    def follow(self, result: Result, quarter: int) -> None:
        """Write what came after the closing of quarter 1-5 of the story."""
        after = min(self.now, result.closed_at + timedelta(days=1))
        self._enter_numbers(result, quarter)
        self._note_ideas(quarter, after)
        for plan in self.story.plans:
            if plan.quarter == quarter:
                self._plan(plan, result, after)
        if quarter == QUARTERS:
            self._add_findings(result, after)

    def _enter_numbers(self, result: Result, quarter: int) -> None:
        if not 1 <= quarter <= QUARTERS:
            return
        told = {measure: numbers[quarter - 1] for measure, numbers in self.story.outcomes.items()}
        entry = OutcomeEntry(**{measure: Decimal(number) for measure, number in told.items() if number != "-"})
        if entry != OutcomeEntry():
            save_outcome(
                user=self.lead, team=self.team, period=result.period, entry=entry, version=0, now=result.closed_at
            )

    def _note_ideas(self, quarter: int, now: datetime) -> None:
        known = TeamInitiative.objects.of_team(self.team).count()
        for idea in self.story.ideas[known:]:
            if idea.since <= quarter:
                entry = InitiativeEntry(
                    name=idea.name,
                    done_when=idea.done_when,
                    effort=Decimal(idea.effort),
                    cap=Decimal(idea.cap),
                    lifts=dict(idea.lifts),
                    first_step=idea.first_step,
                )
                add_initiative(user=self.lead, team=self.team, framework=self.framework, entry=entry, now=now)

    def _plan(self, plan: PlanStory, result: Result, now: datetime) -> None:
        choices = Choices(
            people=self.story.people,
            preset=plan.preset,
            must_do=frozenset(plan.must_do),
            excluded=plan.excluded,
            **({"capacity": tuple(map(Fraction, plan.capacity))} if plan.capacity else {}),
        ).as_dict()
        fields = ("people", "preset", "capacity", "targets", "wishes")
        scenario = Scenario.objects.create(
            result=result,
            name=plan.name,
            updated_by=self.lead,
            updated_at=now,
            **{name: choices[name] for name in fields},
        )
        if not plan.work:
            return
        adopted = adopt(user=self.lead, result=result, scenario=scenario, version=scenario.version, now=now)
        items = adopted.items.filter(initiative__in=plan.work).in_order()
        for number, item in enumerate(items, start=1):
            told = plan.work[item.initiative]
            begin, end = self._working_time(told, plan, result, now)
            moment = begin + (end - begin) * number / (len(items) + 1)
            self._work(item, told, max(begin, min(end, self._in_the_afternoon(moment, number))))

    def _working_time(
        self, told: Progress, plan: PlanStory, result: Result, adopted: datetime
    ) -> tuple[datetime, datetime]:
        """The part of the quarter in which the item came to where it stands, between the plan and now."""
        quarters = max(1, told.since - plan.quarter)
        first = first_moment(shifted(result.period, quarters), self.team.organization.time_zone)
        begin = min(self.now, max(adopted, first))
        return begin, min(self.now, begin + WORKING)

    def _in_the_afternoon(self, moment: datetime, number: int) -> datetime:
        return moment.astimezone(ZoneInfo(self.team.organization.time_zone)).replace(hour=13 + number % 5)

    def _work(self, item: PlanItem, told: Progress, moment: datetime) -> None:
        entry = ItemEntry(
            quarter=item.quarter,
            owner=told.owner,
            status=told.status,
            reason=told.reason,
            notes=told.notes,
            evidence=told.evidence,
        )
        change_item(user=self.lead, item_id=item.pk, version=item.version, entry=entry, now=moment)

    def _add_findings(self, result: Result, now: datetime) -> None:
        for subject, texts in self.story.findings.items():
            save_finding(
                user=self.consultant,
                assessment=result.assessment,
                subject="" if subject == "head" else subject,
                text_en=texts["en"],
                text_pt_br=texts["pt-br"],
                version=0,
                now=now,
            )
