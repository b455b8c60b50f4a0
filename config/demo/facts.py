"""Writes what the organization answers once for all its teams: one sheet whose answers change over the quarters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

from assessment.actions import prepare_organization_sheet
from assessment.models import CONTENT_FIELDS, Answer, Respondent, Revision
from config.demo.history import Saying, Sayings, Times, claim, facts_times, later, sitting_times
from manifesto.definitions import Framework
from manifesto.export import framework_hash
from organizations.models import Organization, User


@dataclass(frozen=True, slots=True)
class FactsSheet:
    """The organization's own sheet: the head answers, the owner looks at the evidence."""

    organization: Organization
    framework: Framework
    head: User
    owner: User

    def write(self, told: Mapping[int, Sayings], periods: Mapping[int, str]) -> dict[int, list[Answer]]:
        """Write the sheet with its history; returns the answers that stood on it, by quarter.

        `told` are the sayings by quarter, the oldest first, and `periods` the names of these quarters.
        """
        zone = self.organization.time_zone
        sheet = self._begin(facts_times(periods[max(told)], zone).opened)
        answers: dict[str, Answer] = {}
        revisions: list[Revision] = []
        stood: dict[int, list[Answer]] = {}
        before: Sayings = {}
        for back, sayings in told.items():
            times = facts_times(periods[back], zone)
            changed = [key for key, saying in sayings.items() if saying != before.get(key)]
            for key, moment in zip(changed, sitting_times(times, len(changed)), strict=True):
                answer = answers.setdefault(key, self._answer(sheet, key))
                saves = self._saves(before.get(key), sayings[key], times, moment)
                revisions.extend(_saved(answer, *save) for save in saves)
                answer.checked_by = self.owner if answer.evidence_strength == 2 else None
            stood[back] = [copy(answer) for answer in answers.values()]
            before = sayings
        Answer.objects.bulk_create(answers.values())
        Revision.objects.bulk_create(revisions)
        return stood

    def _begin(self, now: datetime) -> Respondent:
        assessment = prepare_organization_sheet(
            user=self.head,
            organization=self.organization,
            framework=self.framework,
            framework_hash=framework_hash(self.framework),
            now=now,
        )
        return assessment.respondents.get()

    def _answer(self, sheet: Respondent, key: str) -> Answer:
        return Answer(
            respondent=sheet,
            question_key=key,
            question_revision=self.framework.question_by_key[key].revision,
            updated_by=self.head,
            updated_by_name=self.head.name,
        )

    def _saves(
        self, before: Saying | None, saying: Saying, times: Times, moment: datetime
    ) -> Iterable[tuple[Saying, User, datetime]]:
        """What is saved in one quarter; evidence for another claim is looked at again."""
        known = before is not None and before.evidence_strength == 2 and claim(before) == claim(saying)
        looked_at = saying.evidence_strength == 2 and not known
        first = replace(saying, evidence_strength=1) if looked_at else saying
        if first != before:
            yield first, self.head, moment
        if looked_at:
            yield saying, self.owner, later(times, moment)


def _saved(answer: Answer, saying: Saying, user: User, moment: datetime) -> Revision:
    """Bring the answer to what was saved, and return the row of its history."""
    content = {name: getattr(saying, name) for name in CONTENT_FIELDS}
    for name, value in content.items():
        setattr(answer, name, value)
    answer.version, answer.updated_at = answer.version + 1, moment
    return Revision(
        answer=answer,
        version=answer.version,
        saved_by=user,
        saved_by_name=user.name,
        saved_at=moment,
        **content,
    )
