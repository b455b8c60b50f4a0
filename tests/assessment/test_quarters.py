"""The counts of a quarter follow from the standing results, whatever was stored and withdrawn before, in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from datetime import timedelta
from random import Random
from statistics import median, quantiles

import pytest
from django.core.management import call_command
from django.http import QueryDict

from assessment import dashboard as boards
from assessment.actions import undo_closing
from assessment.actions.quarters import count_result, discount_result, miscounted_organizations, recount_quarters
from assessment.models import Assessment, Quarter, Result
from assessment.quarters import figures
from config.retention import mend_counts
from organizations.models import Team
from reports.boards import read_board, read_whole
from tests.assessment.rooms import LATER, answer_all, close, closed, closed_under, opened
from tests.assessment.test_versions import NEW_ANSWERS, OLD_ANSWERS

PERIODS = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")


def counts() -> dict[str, dict[str, int]]:
    return {row.period: row.counts for row in Quarter.objects.order_by("period") if row.counts}


def forget() -> None:
    Quarter.objects.all().delete()


@pytest.fixture
def walk(cast, two_releases):
    """A hundred results of seven teams stored or withdrawn by chance, under either release, each counted at once."""
    old, new = two_releases
    originals = {
        0: closed_under(cast, old, OLD_ANSWERS, period="2026-Q1"),
        1: closed_under(cast, new, NEW_ANSWERS, period="2026-Q4"),
    }
    names = ("Corvus", "Deneb", "Electra", "Fornax", "Gacrux")
    teams = [cast.atlas, cast.boreal, *(Team.objects.create(organization=cast.house, name=name) for name in names)]
    luck = Random(5)
    for _step in range(100):
        standing = list(Result.objects.standing())
        if luck.random() < 0.35 and len(standing) > 2:
            result = luck.choice(standing)
            Result.objects.filter(pk=result.pk).update(withdrawn_at=LATER)
            discount_result(result=result)
        else:
            place = luck.randrange(4)
            origin = originals[luck.random() < place / 3]
            count_result(result=copied(origin, luck.choice(teams), PERIODS[place], luck))
    return cast.house


def copied(origin: Result, team: Team, period: str, luck: Random) -> Result:
    """The result as another team's, with other scores in thousandths where it has any, now and then the short form."""

    def other(scores: dict) -> dict:
        return {key: score and round(luck.uniform(1, 5), 3) for key, score in scores.items()}

    fields = {field.attname: getattr(origin, field.attname) for field in Result._meta.concrete_fields}
    overall = origin.scores["overall"] | other({"score": origin.scores["overall"]["score"]})
    scores = {name: other(origin.scores[name]) for name in ("pillars", "principles")} | {"overall": overall}
    fields |= {"id": None, "team_id": team.pk, "period": period, "scores": origin.scores | scores}
    fields |= {"form": "short" if luck.random() < 0.1 else "full"}
    fields |= {"closed_at": LATER + timedelta(seconds=luck.randrange(10**6))}
    fields["assessment_id"] = Assessment.objects.create(
        organization=team.organization, team=team, framework_key=origin.framework_key, period=period,
        framework_version=origin.framework_version, framework_hash="", opened_at=LATER, closed_at=LATER,
    ).pk  # fmt: skip
    return Result.objects.create(**fields)


def test_counts_kept_step_by_step_are_those_made_anew_from_the_results(walk):
    kept = counts()
    assert sum(quarter["teams"] for quarter in kept.values()) > 15
    assert any(name.startswith("line ") for quarter in kept.values() for name in quarter)
    assert recount_quarters(organization=walk) == []
    forget()
    assert recount_quarters(organization=walk) == sorted(kept)
    assert counts() == kept


def test_a_board_of_counts_says_what_a_board_of_every_team_says(walk, monkeypatch):
    monkeypatch.setattr(boards, "PAGE", 3)
    monkeypatch.setattr(boards, "LINES", 2)
    monkeypatch.setattr(boards, "MANY", 10**6)
    results, teams = Result.objects.of_organization(walk).standing(), list(walk.teams.all())
    for period in results.periods():
        query = QueryDict(f"period={period}")
        every, whole = read_board(results, teams, query, "en"), read_whole(walk, query, "en")
        assert len(whole.rows) == 3 < len(every.rows)
        assert [astuple(row.spread) for row in whole.heat] == [pytest.approx(astuple(r.spread)) for r in every.heat]
        assert (whole.moved_count, whole.moved_by_principle) == (every.moved_count, every.moved_by_principle)
        assert whole.many_moved == bool(every.moved)
        assert whole.trend_finding == every.trend_finding
        assert whole.trend.marks == every.trend.marks
        for subject, lines in every.trend.lines.items():
            for mine, line in zip(whole.trend.lines[subject], lines, strict=True):
                assert (mine.name, mine.linked) == (line.name, line.linked)
                assert mine.values == pytest.approx(line.values, abs=0.0005)
        assert whole.now.teams == len(every.assessed)
        assert whole.versions == every.versions
        assert whole.two_dates_count == every.two_dates_count


def test_quartiles_of_counts_are_those_of_the_numbers():
    luck = Random(1)
    for size in (1, 2, 3, 4, 5, 50):
        scores = [round(luck.uniform(1, 5), 3) for _ in range(size)]
        found = Counter(f"score P09 {round(1000 * score)}" for score in scores) | {"below P09": 0}
        quarters = quantiles(scores, n=4, method="inclusive") if size > 3 else [None, None, None]
        expected = [size, median(scores), quarters[0], quarters[2], 0]
        assert figures(found)["spreads"]["P09"] == pytest.approx(expected)


def test_closing_counts_and_undoing_takes_it_away(cast):
    result = closed(cast)
    assert counts()["2026-Q3"]["teams"] == 1
    assert counts()["2026-Q3"]["score P09 3000"] == 1
    undo_closing(user=cast.alice, assessment_id=result.assessment_id, now=LATER + timedelta(minutes=1))
    assert counts() == {}


@pytest.mark.parametrize("wrong", ["counts", "figures"])
def test_the_daily_work_sees_more_than_the_number_of_teams(cast, wrong):
    closed(cast)
    row = Quarter.objects.get()
    right = (row.counts, row.figures)
    if wrong == "counts":
        row.counts = {**row.counts, "score P09 3000": 0, "score P09 4000": 1}
        row.figures = figures(row.counts)
    else:
        row.figures = {**row.figures, "spreads": {}}
    row.save()
    assert (miscounted_organizations(), miscounted_organizations(thorough=True)) == ([], [cast.house])
    assert mend_counts(thorough=True) == 1
    row.refresh_from_db()
    assert (row.counts, row.figures) == right
    assert mend_counts(thorough=True) == 0


def test_an_organization_that_was_never_counted_is_counted_by_closing_by_the_daily_work_and_by_an_upgrade(cast, capsys):
    closed(cast)
    forget()
    assert miscounted_organizations() == [cast.house]
    second = opened(cast, team=cast.boreal, user=cast.carla)
    answer_all(cast.carla, second)
    close(cast.carla, second)
    assert counts()["2026-Q3"]["teams"] == 2
    forget()
    call_command("maintain")
    assert "1 miscounted organizations" in capsys.readouterr().out
    assert counts()["2026-Q3"]["teams"] == 2
    assert miscounted_organizations() == []
    forget()
    call_command("migrate", verbosity=0)
    assert counts()["2026-Q3"]["teams"] == 2
    Quarter.objects.update(counts={"teams": 7})
    call_command("recount_quarters", "--check")
    assert "Data House: 2026-Q3" in capsys.readouterr().out
    call_command("recount_quarters")
    assert counts()["2026-Q3"]["teams"] == 2
