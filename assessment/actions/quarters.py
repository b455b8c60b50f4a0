"""Keeping the counts of an organization's quarters in step with its standing results, in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import transaction
from django.db.models import Count

from assessment import trends
from assessment.models import Quarter, Result
from assessment.quarters import added_up, counted, crossings, figures, last_of_quarters
from manifesto import catalog
from organizations.models import Organization

TEAMS_AT_ONCE = 200
MOST_RESULTS = 2000


@transaction.atomic(savepoint=False)
def count_result(*, result: Result) -> None:
    """Add a result that was just stored. The quarter's row is locked until the end of the transaction."""
    _count(result, stands=True)


@transaction.atomic(savepoint=False)
def discount_result(*, result: Result) -> None:
    """Take away a result that was just withdrawn."""
    _count(result, stands=False)


def _count(result: Result, stands: bool) -> None:
    """Put what the team adds now in the place of what it added before; later quarters may go on from another place."""
    rows = _locked(result)
    standing = _results([result.team_id])
    others = [one for one in standing if one.pk != result.pk]
    now, before = (standing, others) if stands else (others, _in_time_order([*others, result]))
    after_by_period, before_by_period = _counted(now), _counted(before)
    for period, row in rows.items():
        if not row.figures:
            row.counts = _counted_anew(result.organization_id, period)
        elif after_by_period.get(period) == before_by_period.get(period):
            continue
        else:
            more, fewer = (found.get(period, Counter()) for found in (after_by_period, before_by_period))
            row.counts = added_up(row.counts, more, fewer)
        row.figures = figures(row.counts)
        row.save(update_fields=["counts", "figures"])


def _locked(result: Result) -> dict[str, Quarter]:
    """The rows of the result's quarter and of those after it; the first result of a quarter makes its row.

    The row is made before any is locked: making it may wait for another closing that makes the same one, which then
    locks the quarters after it, and two that wait for each other would both be refused.
    """
    own = {"organization_id": result.organization_id, "period": result.period}
    if rows := Quarter.objects.if_counted(**own).since(**own):
        return rows
    Quarter.objects.bulk_create([Quarter(**own)], ignore_conflicts=True)
    return Quarter.objects.since(**own)


def _results(teams: Iterable[int]) -> list[Result]:
    return list(Result.objects.standing().filter(team__in=list(teams)).for_dashboard().in_time_order())


def _in_time_order(results: Iterable[Result]) -> list[Result]:
    return sorted(results, key=lambda result: (result.period, result.closed_at, result.pk))


def _counted(results: Sequence[Result]) -> dict[str, Counter]:
    """What one team's standing results add to each quarter."""
    return next(iter(_counted_by_team(results)), {})


def _counted_by_team(results: Iterable[Result]) -> Iterator[dict[str, Counter]]:
    """The same for the results of several teams, in two queries for all."""
    teams: dict[int, list[Result]] = {}
    for result in results:
        teams.setdefault(result.team_id, []).append(result)
    lasts = [last_of_quarters(own) for own in teams.values()]
    crossed = [crossing for own in lasts for crossing in crossings(own)]
    numbers = {number for pair, _releases, _form in crossed for number in pair}
    questions = Result.objects.questions_of(numbers) if numbers else {}
    links = trends.links_of(crossed, questions)
    return (counted(own, links, catalog.current()) for own in lasts)


# All of them anew


def _counted_anew(organization_id: int, period: str) -> dict[str, int]:
    """The counts of one quarter from its standing results."""
    total: Counter = Counter()
    teams = Result.objects.standing().filter(organization=organization_id, period=period).order_by("team")
    for added in _batches(teams.values_list("team", flat=True).distinct()):
        total.update(added.get(period, Counter()))
    return added_up(total, {}, {})


def _batches(teams: Iterable[int]) -> Iterator[dict[str, Counter]]:
    """What each of these teams adds, read in batches."""
    numbers = list(teams)
    for start in range(0, len(numbers), TEAMS_AT_ONCE):
        yield from _counted_by_team(_results(numbers[start : start + TEAMS_AT_ONCE]))


@transaction.atomic
def recount_quarters(*, organization: Organization) -> list[str]:
    """Count all quarters anew from the standing results; the quarters that had other counts, in time order.

    Who closes an assessment of this organization meanwhile waits until it is done.
    """
    periods = Result.objects.of_organization(organization).standing().periods()
    Quarter.objects.bulk_create(
        [Quarter(organization=organization, period=period) for period in periods], ignore_conflicts=True
    )
    rows = Quarter.objects.since(organization.pk, "")
    found = _all_anew(organization)
    changed = [row for row in rows.values() if _is_wrong(row, found)]
    for row in changed:
        row.counts = found.get(row.period, {})
        row.figures = figures(row.counts)
    Quarter.objects.bulk_update(changed, ["counts", "figures"], batch_size=20)
    return [row.period for row in changed]


def _is_wrong(row: Quarter, found: Mapping[str, Mapping[str, int]]) -> bool:
    """Whether the quarter has other counts than `found` has for it, or figures that don't follow from them."""
    counts = found.get(row.period, {})
    return row.counts != counts or row.figures != figures(counts)


def _all_anew(organization: Organization) -> dict[str, dict[str, int]]:
    found: dict[str, Counter] = {}
    teams = Result.objects.standing().filter(organization=organization).order_by("team")
    for added in _batches(teams.values_list("team", flat=True).distinct()):
        for period, counts in added.items():
            found.setdefault(period, Counter()).update(counts)
    return {period: added_up(counts, {}, {}) for period, counts in found.items()}


def miscounted_organizations(*, thorough: bool = False) -> list[Organization]:
    """Organizations in which the number of teams with a result in some quarter isn't the one that was counted.

    A `thorough` look counts everything anew in those with at most MOST_RESULTS results, which takes about a third of a
    millisecond a result and keeps nobody waiting; what is closed meanwhile may make one look wrong that isn't.
    """
    standing = Result.objects.standing().filter(team__isnull=False).order_by()
    true = standing.values_list("organization", "period").annotate(teams=Count("team", distinct=True))
    known = Quarter.objects.values_list("organization", "period", "figures__teams")
    counted = {(organization, period, teams or 0) for organization, period, teams in known}
    wrong = {row[0] for row in set(true) - counted | {row for row in counted if row[2]} - set(true)}
    if thorough:
        numbers = standing.values("organization").annotate(number=Count("pk")).filter(number__lte=MOST_RESULTS)
        small = Organization.objects.filter(pk__in=numbers.values("organization")).exclude(pk__in=wrong).order_by("pk")
        wrong |= {organization.pk for organization in small if _is_miscounted(organization)}
    return list(Organization.objects.filter(pk__in=wrong).order_by("pk"))


def _is_miscounted(organization: Organization) -> bool:
    found = _all_anew(organization)
    return any(_is_wrong(row, found) for row in Quarter.objects.filter(organization=organization))
