"""Each team in one line: what is open, where it stands, what moved. A fixed number of queries for all teams."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from assessment.asked import answered_for_teams, questions_of
from assessment.change import CLEAR, single_limits, verdict_of
from assessment.dashboard import SYSTEMIC_BELOW
from assessment.models import Answer, Assessment, Quarter, Result
from assessment.quarters import Figures
from assessment.questionnaire import SECONDS_PER_QUESTION
from assessment.versions import edition
from manifesto import catalog
from organizations.models import Team
from organizations.permissions import ROLES_FOR, Act, organizations_where_user_can


@dataclass(slots=True)
class Line:
    """One team. Scores are on the 1-5 scale; `moved` is the difference to the result before.

    It is None without one, and where other questions were asked then: the team's own page compares like for like.
    """

    team: Team
    open: Assessment | None = None
    answered: int = 0
    total: int = 0
    open_for_user: bool = False
    latest: Result | None = None
    before: Result | None = None

    @property
    def minutes_left(self) -> int:
        return ceil((self.total - self.answered) * SECONDS_PER_QUESTION / 60)

    @property
    def overall(self) -> dict:
        return self.latest.scores["overall"] if self.latest else {}

    @property
    def moved(self) -> float | None:
        if not (self.latest and self.before and _alike(self.latest, self.before)):
            return None
        now, then = self.latest.scores["overall"]["score"], self.before.scores["overall"]["score"]
        return None if now is None or then is None else now - then

    @property
    def verdict(self) -> str:
        """clear, probable or noise, by what one respondent's second answer could differ; empty without a change."""
        if self.moved is None:
            return ""
        latest = self.latest
        return verdict_of(self.moved, *_limits(latest.framework_key, latest.framework_version, latest.form))


@dataclass(frozen=True, slots=True)
class Summary:
    """What a head of data asks first. `systemic` are the principles that are weak in the most teams.

    `teams` is None where there are more than anybody counted.
    """

    teams: int | None
    assessed: int
    period: str
    up: int
    down: int
    systemic: list[tuple[str, int]]


def lines(user, teams: list[Team]) -> list[Line]:
    """A line per team, in the order given."""
    by_team = {team.pk: Line(team) for team in teams}
    _add_open(user, by_team)
    _add_results(by_team)
    return list(by_team.values())


def _add_open(user, by_team: dict[int, Line]) -> None:
    may_answer = _teams_to_answer_for(user)
    assessments = list(Assessment.objects.open().filter(team__in=by_team).order_by("pk"))
    shared = _answers_of_organizations(assessments)
    alike: dict[tuple, list[Assessment]] = {}
    for assessment in assessments:
        shape = (
            assessment.organization_id,
            assessment.framework_key,
            assessment.framework_version,
            assessment.form,
            *sorted(assessment.modules),
        )
        alike.setdefault(shape, []).append(assessment)
    counted = []
    for group in alike.values():
        first = group[0]
        framework = catalog.get(first.framework_key, first.framework_version)
        keys = {question.key for question in questions_of(first, framework)}
        given = keys & answered_for_teams(framework, shared.get(first.organization_id, ())).keys()
        counted.append(([assessment.pk for assessment in group], sorted(keys - given)))
        for assessment in group:
            line = by_team[assessment.team_id]
            line.open, line.answered, line.total = assessment, len(given), len(keys)
            line.open_for_user = line.team.pk in may_answer or (line.team.organization_id, None) in may_answer
    own = Answer.objects.written_by(user).said_by_assessment(counted) if counted else {}
    for assessment in assessments:
        by_team[assessment.team_id].answered += own.get(assessment.pk, 0)


def _answers_of_organizations(assessments: list[Assessment]) -> dict[int, list[Answer]]:
    """What stands on the organizations' own sheets, by organization id."""
    found: dict[int, list[Answer]] = {}
    organizations = {assessment.organization_id for assessment in assessments}
    for answer in Answer.objects.of_organizations(organizations):
        found.setdefault(answer.respondent.assessment.organization_id, []).append(answer)
    return found


def _teams_to_answer_for(user) -> set:
    roles = user.memberships.filter(role__in=ROLES_FOR[Act.ANSWER]).values_list("organization", "team")
    return {team if team else (organization, None) for organization, team in roles}


def _add_results(by_team: dict[int, Line]) -> None:
    results = Result.objects.standing().filter(team__in=by_team).of_last_two_periods().for_dashboard()
    for result in results.in_time_order():
        line = by_team[result.team_id]
        line.before, line.latest = (line.latest, result) if _earlier(line.latest, result) else (line.before, result)


def _earlier(latest: Result | None, result: Result) -> bool:
    return latest is not None and latest.period < result.period


@lru_cache(maxsize=64)
def _limits(framework_key: str, framework_version: str, form: str) -> tuple[float, float]:
    """The same for every team that answers the same questions, and not quickly reckoned."""
    return single_limits(catalog.get(framework_key, framework_version), form, "overall")


def _alike(latest: Result, before: Result) -> bool:
    """Whether two results answer the same questions."""
    editions = [(edition(result.framework_identifier), result.form) for result in (latest, before)]
    return editions[0] == editions[1]


def summaries_of(user, organizations: Collection[int]) -> dict[int, Summary]:
    """The newest quarter of organizations with many teams, by what was counted of it. One query.

    Only of those in which the person may see all teams: what was counted says how the others stand.
    """
    visible = organizations_where_user_can(user, Act.SEE_ALL_TEAMS)
    rows = Quarter.objects.filter(organization__in=visible).filter(organization__in=organizations).newest_last()
    newest = {organization: (period, Figures.from_dict(found)) for organization, period, found in rows}
    return {organization: _summary_of(*quarter) for organization, quarter in newest.items()}


def _summary_of(period: str, found: Figures) -> Summary:
    pairs = [since.pairs["overall"] for since in found.since.values() if "overall" in since.pairs]
    weak = {key: spread.below for key, spread in found.spreads.items() if key[1:].isdigit() and spread.below > 1}
    return Summary(
        teams=None,
        assessed=found.teams,
        period=period,
        up=sum(up for up, _down, _all in pairs),
        down=sum(down for _up, down, _all in pairs),
        systemic=_weakest(weak),
    )


def summarise(group: list[Line]) -> Summary | None:
    """The group in numbers; None when no team of it has a result."""
    latest = [line for line in group if line.latest]
    if not latest:
        return None
    period = max(line.latest.period for line in latest)
    weak: dict[str, int] = {}
    for line in latest:
        for key, score in line.latest.scores["principles"].items():
            if score is not None and score < SYSTEMIC_BELOW:
                weak[key] = weak.get(key, 0) + 1
    moved = [line.moved for line in latest if line.verdict == CLEAR and line.latest.period == period]
    return Summary(
        teams=len(group),
        assessed=sum(line.latest.period == period for line in latest),
        period=period,
        up=sum(change > 0 for change in moved),
        down=sum(change < 0 for change in moved),
        systemic=_weakest({key: number for key, number in weak.items() if number > 1}),
    )


def _weakest(weak: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(weak.items(), key=lambda item: (-item[1], item[0]))[:3]
