"""One fix, many teams: the open initiatives that several teams decided on, joined, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from assessment.models import Result
from assessment.periods import period_label
from assessment.sentences import format_score
from manifesto import catalog
from manifesto.definitions import Initiative
from organizations.models import Organization, Team
from reports.models import AdoptedPlan, PlanItem
from reports.money import amount, rate_of
from reports.roadmap.joint import Joint, Part, join, lift_of

LEAST_TEAMS = 2
OPEN = (PlanItem.Status.PLANNED, PlanItem.Status.DOING)


@dataclass(frozen=True, slots=True)
class Place:
    """One team that has the initiative before it. `plan` is its adopted plan; the rest in words."""

    team: str
    plan: int
    quarter: str
    status: str
    owner: str
    effort: str
    lift: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One initiative of several teams. `saved`, `cost` are empty where nothing is saved, or without a rate.

    `done` names teams that have done it: whom to ask.
    """

    id: str
    name: str
    places: tuple[Place, ...]
    lift: str
    effort: str
    per_week: str
    saved: str
    cost: str
    is_shared: bool
    done: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JointPage:
    """Everything that several teams could do together; `without` are teams that haven't adopted a plan."""

    fixes: tuple[Fix, ...]
    planned: int
    without: tuple[Team, ...]


def joint_page(organization: Organization, teams: Sequence[Team], language: str) -> JointPage:
    """The latest adopted plan of each team, in a fixed number of queries; the most lift for its effort comes first."""
    plans = AdoptedPlan.objects.latest_of_teams(teams)
    items = list(PlanItem.objects.of_plans(plans))
    values = _values(plans)
    rate = rate_of(organization)
    found = []
    for key, theirs in _by_initiative(items).items():
        waiting = [item for item in theirs if item.status in OPEN]
        initiative = _initiative(key, waiting)
        if initiative is None or len(waiting) < LEAST_TEAMS:
            continue
        parts = [Part(Fraction(item.effort), lift_of(initiative, values[item.plan.result.assessment_id]))
                 for item in waiting]  # fmt: skip
        joint = join(parts, shared=initiative.shared)
        done = tuple(sorted(item.plan.team.name for item in theirs if item.status == PlanItem.Status.DONE))
        places = tuple(_place(item, part, language) for item, part in zip(waiting, parts, strict=True))
        cost = amount(joint.effort * rate, organization.currency, language) if rate else ""
        found.append((joint, _fix(initiative, joint, places, done, cost, language)))
    found.sort(key=lambda pair: (-pair[0].lift_per_week, pair[1].id))
    decided = {plan.team_id for plan in plans}
    return JointPage(
        fixes=tuple(fix for _joint, fix in found),
        planned=len(decided),
        without=tuple(team for team in teams if team.pk not in decided),
    )


def _values(plans: Iterable[AdoptedPlan]) -> dict[int, dict[str, Fraction | None]]:
    """The answers that each plan was made from, by assessment id and question."""
    cards = Result.objects.standing().questions_of([plan.result.assessment_id for plan in plans])
    return {assessment: _exact(questions) for assessment, questions in cards.items()}


def _exact(questions: Mapping[str, Mapping[str, Any]]) -> dict[str, Fraction | None]:
    return {key: None if said["value"] is None else Fraction(str(said["value"])) for key, said in questions.items()}


def _by_initiative(items: Iterable[PlanItem]) -> dict[str, list[PlanItem]]:
    """Items by the catalogue's id; a team's own initiatives are nobody else's."""
    found: dict[str, list[PlanItem]] = {}
    for item in items:
        if not item.name:
            found.setdefault(item.initiative, []).append(item)
    return found


def _initiative(key: str, items: Sequence[PlanItem]) -> Initiative | None:
    """What the catalogue of today says about it, else that of one of the plans."""
    releases = [catalog.current()]
    releases += [catalog.get(item.plan.result.framework_key, item.plan.result.framework_version) for item in items]
    return next((found for release in releases if (found := release.initiative_by_id.get(key))), None)


def _place(item: PlanItem, part: Part, language: str) -> Place:
    return Place(
        team=item.plan.team.name,
        plan=item.plan_id,
        quarter=period_label(item.quarter, language),
        status=item.get_status_display(),
        owner=item.owner,
        effort=format_score(part.effort, 1, language),
        lift=format_score(part.lift, 1, language),
    )


def _fix(
    initiative: Initiative, joint: Joint, places: tuple[Place, ...], done: tuple[str, ...], cost: str, language: str
) -> Fix:
    return Fix(
        id=initiative.id,
        name=initiative.name.in_language(language),
        places=places,
        lift=format_score(joint.lift, 1, language),
        effort=format_score(joint.effort, 1, language),
        per_week=format_score(joint.lift_per_week, 2, language),
        saved=format_score(joint.saved, 1, language) if joint.saved else "",
        cost=cost,
        is_shared=initiative.shared,
        done=done,
    )
