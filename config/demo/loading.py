"""Writes the demo workspace: rounds are opened and closed by the product's own actions, answers written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction

from assessment.actions import ProjectEntry, close_with, open_assessment, save_project
from assessment.actions import Sheet as AnswerSheet
from assessment.models import CONTENT_FIELDS, Answer, Assessment, Respondent, Result, Revision
from assessment.periods import period_of, shifted
from config.demo.facts import FactsSheet
from config.demo.generated import all_stories
from config.demo.history import (
    LastRound,
    Saying,
    Sheet,
    Times,
    chance,
    facts_by_quarter,
    first_moment,
    later,
    mode_of,
    modules_of,
    open_times,
    round_times,
    sheets,
    sitting_times,
    version_of,
)
from config.demo.stories import QUARTERS, TEAMS, Person, Story, company, stories
from config.demo.work import TeamWork
from manifesto import catalog
from manifesto.definitions import Framework
from manifesto.export import framework_hash
from organizations.actions import create_team
from organizations.audit import record
from organizations.models import Membership, Organization, Role, Team, User

DEFAULT_TEAMS = len(TEAMS)
DEFAULT_QUARTERS = QUARTERS
DEFAULT_SEED = 1
FIRST_TRY = 0.12  # share of answers that were first saved one level lower


class AlreadyLoaded(Exception):
    """There is a demo workspace; it has to be removed before another one is loaded."""


@transaction.atomic
def load(
    *,
    now: datetime,
    teams: int = DEFAULT_TEAMS,
    quarters: int = DEFAULT_QUARTERS,
    seed: int = DEFAULT_SEED,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Organization:
    """Load the demo: so many teams with closed rounds in so many quarters, the last before that of `now`.

    Everything or nothing is written. `progress` is told the teams done and their number. Raises AlreadyLoaded.
    """
    if Organization.objects.filter(is_demo=True).exists():
        raise AlreadyLoaded
    writer = _Writer(now, quarters, seed, teams)
    for done, story in enumerate(writer.stories, start=1):
        writer.write_team(story)
        progress(done, teams)
    writer.date_back()
    return writer.organization


class _Writer:
    """What all rounds of one loading have in common."""

    def __init__(self, now: datetime, quarters: int, seed: int, teams: int) -> None:
        self.now, self.quarters, self.seed = now, quarters, seed
        self.company = company()
        self.period = period_of(now.astimezone(ZoneInfo(self.company.time_zone)).date())
        self.begin = first_moment(shifted(self.period, -quarters), self.company.time_zone)
        self.framework = catalog.current()
        self.stories = all_stories(teams, seed)
        self.users = self.create_people()
        self.owner, self.head = (self.users[person.email] for person in (self.company.owner, self.company.head))
        self.consultant = self.users[self.company.consultant.email]
        self.organization = self.create_organization()
        self.facts = self.write_facts()

    def create_people(self) -> dict[str, User]:
        """Accounts by e-mail address, without passwords; whoever exists already is taken as they are."""
        people = {person.email: person for person in self.everybody()}
        known = set(User.objects.filter(email__in=people).values_list("email", flat=True))
        User.objects.bulk_create(
            User(
                email=person.email,
                name=person.name,
                language=person.language,
                time_zone=self.company.time_zone,
                password=make_password(None),
            )
            for email, person in people.items()
            if email not in known
        )
        return {user.email: user for user in User.objects.filter(email__in=people)}

    def everybody(self) -> Iterable[Person]:
        yield from (self.company.owner, self.company.head, self.company.consultant, self.company.viewer)
        for story in self.stories:
            yield from (story.lead, *story.members)

    def create_organization(self) -> Organization:
        organization = Organization.objects.create(
            name=self.company.name,
            language="en",
            time_zone=self.company.time_zone,
            currency=self.company.currency,
            person_week_rate=self.company.rate,
            is_demo=True,
        )
        places = (
            (self.company.owner, Role.OWNER),
            (self.company.head, Role.ADMIN),
            (self.company.consultant, Role.ADMIN),
            (self.company.viewer, Role.VIEWER),
        )
        Membership.objects.bulk_create(
            Membership(user=self.users[person.email], organization=organization, role=role) for person, role in places
        )
        action, subject = "organization created", organization.name
        record(organization=organization, actor=self.owner, action=action, subject=subject, now=self.begin)
        return organization

    def write_facts(self) -> dict[int, list[Answer]]:
        """Write what the organization answers once; returns what stood for its teams, by quarter."""
        told = facts_by_quarter(self.company.answers, self.framework, self.quarters - 1, self.seed)
        periods = {back: shifted(self.period, -1 - back) for back in told}
        return FactsSheet(self.organization, self.framework, self.head, self.owner).write(told, periods)

    def date_back(self) -> None:
        """Let organization, teams and roles have been there since the first quarter."""
        Organization.objects.filter(pk=self.organization.pk).update(created_at=self.begin)
        self.organization.teams.update(created_at=self.begin)
        self.organization.memberships.update(created_at=self.begin)

    # One team

    def write_team(self, story: Story) -> None:
        team = create_team(
            organization=self.organization, actor=self.head, name=story.name, people=story.people, now=self.begin
        )
        Membership.objects.bulk_create(
            Membership(user=self.users[person.email], organization=self.organization, team=team, role=role)
            for person, role in ((story.lead, Role.LEAD), *((member, Role.MEMBER) for member in story.members))
        )
        last = None
        work = TeamWork(story, team, self.framework, self.users[story.lead.email], self.consultant, self.now)
        for back in range(self.quarters - 1, -1 - story.is_open, -1):
            if QUARTERS - back not in story.skipped:
                framework = self.framework_of(story, back)
                if result := self.write_round(story, team, framework, back, last):
                    work.follow(result, QUARTERS - back)
                last = LastRound(back, framework)

    def framework_of(self, story: Story, back: int) -> Framework:
        """What the team was asked in that quarter."""
        return catalog.get(self.framework.key, version_of(story, back, self.framework.version))

    def write_round(
        self, story: Story, team: Team, framework: Framework, back: int, last: LastRound | None
    ) -> Result | None:
        """Write one assessment with its answers; its result, None for the one that is still open."""
        period, zone = shifted(self.period, -1 - back), self.company.time_zone
        luck = chance(self.seed, story.name, period)
        times = round_times(period, zone, luck) if back >= 0 else open_times(period, self.now, zone)
        lead = self.users[story.lead.email]
        assessment = open_assessment(
            user=lead,
            team=team,
            framework=framework,
            framework_hash=framework_hash(framework),
            period=period,
            mode=mode_of(story, back),
            form=Assessment.Form.FULL,
            modules=modules_of(story, back),
            scope=story.scope,
            now=times.opened,
            closes_on=times.closes_on,
        )
        said = sheets(story, self.company.answers, framework, back, self.seed, last)
        answers = _Round(self, story, framework, times, luck)
        in_results_only = back > 0 and story not in stories()
        given = answers.only_said(assessment, said) if in_results_only else answers.write(assessment, said)
        answers.list_candidates(assessment)
        if times.closed is None:
            return None
        return close_with(
            user=lead,
            assessment=assessment,
            sheets=given,
            organization=self.facts[back],
            projects=assessment.projects.standing(),
            now=times.closed,
        )


class _Round:
    """Writes the sheets of one round with their history."""

    def __init__(self, writer: _Writer, story: Story, framework: Framework, times: Times, luck) -> None:
        self.writer, self.story, self.framework, self.times, self.luck = writer, story, framework, times, luck
        self.lead = writer.users[story.lead.email]
        self.second = writer.users[story.members[0].email]

    def write(self, assessment: Assessment, said: list[Sheet]) -> list[AnswerSheet]:
        """Write answers and revisions as if they had been saved one by one."""
        written, revisions = [], []
        for respondent, sheet in zip(self.respondents(assessment, said), said, strict=True):
            answers = []
            for answer, saying in self.answers(respondent, sheet):
                answers.append(answer)
                revisions.extend(Revision(answer=answer, **fields) for fields in self.revisions(answer, saying))
            written.append((respondent, answers))
        Answer.objects.bulk_create(answer for _respondent, answers in written for answer in answers)
        Revision.objects.bulk_create(revisions)
        return written

    def only_said(self, assessment: Assessment, said: list[Sheet]) -> list[AnswerSheet]:
        """The answers for closing, without rows: what many generated teams said long ago is kept in results only."""
        return [
            (respondent, [answer for answer, _saying in self.answers(respondent, sheet)])
            for respondent, sheet in zip(self.respondents(assessment, said), said, strict=True)
        ]

    def list_candidates(self, assessment: Assessment) -> None:
        """Let the lead rate the story's candidate projects, unless they came along from last time."""
        if "projects" not in assessment.modules or assessment.projects.exists():
            return
        for candidate, moment in zip(
            self.story.candidates, sitting_times(self.times, len(self.story.candidates)), strict=True
        ):
            entry = ProjectEntry(candidate.name, candidate.ratings, candidate.complexity, candidate.note)
            save_project(user=self.lead, assessment_id=assessment.pk, entry=entry, version=0, now=moment)

    def answers(self, respondent: Respondent, sheet: Sheet) -> Iterable[tuple[Answer, Saying]]:
        moments = sitting_times(self.times, len(sheet.sayings))
        for (key, saying), moment in zip(sheet.sayings.items(), moments, strict=True):
            yield self.answer(respondent, key, saying, moment), saying

    def respondents(self, assessment: Assessment, said: list[Sheet]) -> list[Respondent]:
        if assessment.mode != Assessment.Mode.NAMED:
            return list(assessment.respondents.all())
        return Respondent.objects.bulk_create(
            Respondent(
                assessment=assessment,
                user=self.writer.users[sheet.person.email],
                name=sheet.person.name,
                created_at=self.times.opened,
            )
            for sheet in said
        )

    def answer(self, respondent: Respondent, key: str, saying: Saying, moment: datetime) -> Answer:
        question = self.framework.question_by_key[key]
        author = respondent.user if respondent.user_id else self.lead
        return Answer(
            respondent=respondent,
            question_key=key,
            question_revision=question.revision,
            checked_by=self.second if saying.evidence_strength == 2 else None,
            updated_by=author,
            updated_by_name=author.name,
            updated_at=moment,
            version=1,
            **_content(saying),
        )

    def revisions(self, answer: Answer, saying: Saying) -> Iterable[dict]:
        """The saves that led to the answer, which is brought to the last one: its version and time."""
        moment = answer.updated_at
        saves = [(saying, answer.updated_by, moment)]
        if saying.evidence_strength == 2:
            saves = [(replace(saying, evidence_strength=1), answer.updated_by, moment)]
            saves.append((saying, self.second, later(self.times, moment)))
        elif saying.level and saying.level > 1 and not saying.confirmed and self.luck.random() < FIRST_TRY:
            first = replace(saying, level=saying.level - 1, partly=False, note="")
            saves = [(first, answer.updated_by, moment), (saying, answer.updated_by, later(self.times, moment))]
        answer.version, answer.updated_at = len(saves), saves[-1][2]
        for version, (content, user, saved_at) in enumerate(saves, start=1):
            yield {
                "version": version,
                "saved_by": user,
                "saved_by_name": user.name,
                "saved_at": saved_at,
                **_content(content),
            }


def _content(saying: Saying) -> dict:
    return {name: getattr(saying, name) for name in CONTENT_FIELDS}
