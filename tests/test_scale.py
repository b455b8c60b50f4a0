"""Two teams or two hundred, a quarter or twelve: the pages that people open most ask the database as often."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment.models import Assessment, Result
from assessment.periods import shifted
from organizations.models import Team
from tests.assessment.rooms import opened
from tests.reports.rooms import planned_result

PERIOD = "2026-Q3"
TEAMS, QUARTERS = 200, 12


@pytest.fixture
def house(cast):
    """Atlas has a result of one quarter, Boreal of two and an open assessment."""
    first = planned_result(cast)
    grow(first, [cast.boreal], quarters=2)
    cast.open = opened(cast, user=cast.carla, team=cast.boreal, period=shifted(PERIOD, 1))
    cast.first = first
    return cast.house


def grow(first: Result, teams: list[Team], quarters: int) -> None:
    """The result once more for each team and quarter, written in bulk; scores get better by a hundredth a quarter."""
    places = [(team, back) for team in teams for back in range(quarters)]
    assessments = Assessment.objects.bulk_create(
        copied(first.assessment, team, back, opened_at=first.assessment.opened_at) for team, back in places
    )
    Result.objects.bulk_create(
        copied(first, team, back, assessment=assessment, team_name=team.name, scores=worse(first.scores, back))
        for (team, back), assessment in zip(places, assessments, strict=True)
    )


def copied(row, team: Team, back: int, **changes):
    """An unsaved copy of an assessment or a result, so many quarters earlier."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}
    made = type(row)(**fields)
    made.team, made.period, made.closed_at = team, shifted(PERIOD, -back), row.closed_at - timedelta(days=91 * back)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def worse(scores: dict, back: int) -> dict:
    overall = scores["overall"] | {"score": scores["overall"]["score"] - back / 100}
    return scores | {"overall": overall}


def many_teams(cast) -> None:
    """Two hundred teams of twelve quarters in all."""
    rest = [Team(organization=cast.house, name=f"Team {number:03d}") for number in range(TEAMS - 2)]
    grow(cast.first, Team.objects.bulk_create(rest), QUARTERS)
    assert Team.objects.filter(organization=cast.house).count() == TEAMS
    assert Result.objects.count() == 3 + QUARTERS * (TEAMS - 2)


def queries(client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured]


def addresses(cast) -> dict[str, str]:
    return {
        "home": reverse("home"),
        "dashboard": reverse("dashboard", args=[cast.house.pk]),
        "dashboard as a file": reverse("dashboard.csv", args=[cast.house.pk]),
        "organization": reverse("organization", args=[cast.house.pk]),
        "questions": reverse("section", args=[cast.open.pk, "P09"]),
    }


def test_no_page_asks_the_database_more_often_for_200_teams_than_for_two(house, cast, sign_in):
    client = sign_in(cast.olivia)
    pages = addresses(cast)
    for address in pages.values():
        client.get(address)  # what is kept in memory from then on isn't counted
    few = {name: len(queries(client, address)) for name, address in pages.items()}
    many_teams(cast)
    assert {name: len(queries(client, address)) for name, address in pages.items()} == few
    assert max(few.values()) <= 12


def test_the_home_page_of_200_teams_reads_the_last_two_quarters_only(house, cast, sign_in):
    client = sign_in(cast.olivia)
    many_teams(cast)
    (read,) = [sql for sql in queries(client, reverse("home")) if '"assessment_result"."scores"' in sql]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({read}) AS everything")
        assert cursor.fetchone() == (1 + 2 * (TEAMS - 1),)


def test_a_save_beside_200_teams_takes_at_most_five_data_statements(house, cast, sign_in):
    many_teams(cast)
    client = sign_in(cast.carla)
    address = reverse("save-answer", args=[cast.open.pk, "P09.1"])
    fields = {"P09_1-choice": "3", "P09_1-version": "0", "P09_1-save_id": "a" * 32}
    with CaptureQueriesContext(connection) as captured:
        response = client.post(address, fields, headers={"HX-Request": "true"})
    assert response.status_code == 200
    data = [query["sql"] for query in captured if re.match("SELECT|INSERT|UPDATE|DELETE", query["sql"])]
    assert len([sql for sql in data if "django_session" not in sql]) <= 5


def test_who_may_answer_for_many_teams_sees_three_open_assessments_and_the_others_on_demand(house, cast, sign_in):
    teams = Team.objects.bulk_create(Team(organization=house, name=f"Team {number}") for number in range(4))
    for team in teams:
        opened(cast, user=cast.carla, team=team)
    page = sign_in(cast.olivia).get(reverse("home")).content.decode()
    assert page.count("next-step") == 3
    shown, _details, others = page.partition("2 more open assessments")
    assert [shown.count(name) for name in ("Boreal ·", "Team 0 ·", "Team 1 ·", "Team 2 ·", "Team 3 ·")] == [
        1,
        1,
        1,
        0,
        0,
    ]
    assert [others.count(name) for name in ("Team 1 ·", "Team 2 ·", "Team 3 ·")] == [0, 1, 1]


def test_a_quarter_that_has_only_begun_leads_to_the_one_before(house, cast, sign_in):
    teams = Team.objects.bulk_create(Team(organization=house, name=f"Team {number}") for number in range(3))
    grow(cast.first, teams, quarters=1)
    begun = copied(cast.first, cast.atlas, -1, assessment=opened(cast, period=shifted(PERIOD, 1)))
    begun.save()
    client, address = sign_in(cast.olivia), reverse("dashboard", args=[house.pk])
    early = client.get(address)
    assert "Most teams have no result in Q4 2026 yet." in early.content.decode()
    assert early.context["board"].period_before == "period=2026-Q3"
    full = client.get(f"{address}?period=2026-Q3")
    assert "Most teams have no result" not in full.content.decode()
