"""Two teams or two hundred, a quarter or twelve: the pages that people open most ask the database as often."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment.actions.quarters import recount_quarters
from assessment.models import Answer, Assessment, Result
from assessment.periods import shifted
from organizations.forms import InvitationForm
from organizations.models import Membership, Organization, Role, Team
from tests.assessment.rooms import answer_all, opened, save
from tests.cast import join
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


def many_teams(cast, number: int = TEAMS) -> None:
    """Two hundred teams of twelve quarters in all, or another number of them, counted."""
    known = Team.objects.filter(organization=cast.house).count()
    rest = [Team(organization=cast.house, name=f"Team {place:03d}") for place in range(known - 2, number - 2)]
    grow(cast.first, Team.objects.bulk_create(rest), QUARTERS)
    recount_quarters(organization=cast.house)
    assert Team.objects.filter(organization=cast.house).count() == number
    assert Result.objects.count() == 3 + QUARTERS * (number - 2)


def queries(client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured]


def addresses(cast) -> dict[str, str]:
    return {
        "home": reverse("home"),
        "dashboard": reverse("dashboard", args=[cast.house.pk]),
        "one subject": reverse("dashboard-subject", args=[cast.house.pk, "overall"]),
        "dashboard as a file": reverse("dashboard.csv", args=[cast.house.pk]),
        "people": reverse("people", args=[cast.house.pk]),
        "audit trail": reverse("audit", args=[cast.house.pk]),
        "organization": reverse("organization", args=[cast.house.pk]),
        "questions": reverse("section", args=[cast.open.pk, "P09"]),
    }


def test_no_page_asks_the_database_more_often_for_200_teams_than_for_60_and_at_most_14_times(house, cast, sign_in):
    client = sign_in(cast.olivia)
    pages = addresses(cast)
    for address in pages.values():
        client.get(address)  # what is kept in memory from then on isn't counted
    two = {name: len(queries(client, address)) for name, address in pages.items()}
    many_teams(cast, 60)
    some = {name: len(queries(client, address)) for name, address in pages.items()}
    many_teams(cast)
    assert {name: len(queries(client, address)) for name, address in pages.items()} == some
    assert max(*two.values(), *some.values()) <= 14


def test_home_asks_as_often_for_three_organizations_of_60_teams_as_for_one(house, cast, sign_in):
    client = sign_in(cast.olivia)
    many_teams(cast, 60)
    address = reverse("home")
    client.get(address)  # what is kept in memory from then on isn't counted
    one = len(queries(client, address))
    for name in ("West", "North"):
        organization = Organization.objects.create(name=name)
        join(cast.olivia, organization, Role.OWNER)
        Team.objects.bulk_create(sixty_teams(organization))
    asked = queries(client, address)
    assert len(asked) == one
    groups = client.get(address).context["groups"]
    assert [group["organization"].name for group in groups] == ["Data House", "North", "West"]
    assert [group["has_more"] for group in groups] == [True] * 3
    assert [[line.team.name for line in group["lines"]] for group in groups[1:]] == [
        [f"team {number:02d}" if number % 2 else f"Team {number:02d}" for number in range(25)]
    ] * 2


def sixty_teams(organization: Organization) -> list[Team]:
    """Unsaved, the last by name first; every second one is written small."""
    names = (f"team {number:02d}" if number % 2 else f"Team {number:02d}" for number in reversed(range(60)))
    return [Team(organization=organization, name=name) for name in names]


def test_pages_of_60_teams_read_the_teams_that_they_show(house, cast, sign_in):
    """The home page the last two quarters of 25 teams, the dashboard one page of 25, in two quarters, too."""
    client = sign_in(cast.olivia)
    many_teams(cast, 60)
    for address in (reverse("home"), reverse("dashboard", args=[house.pk])):
        read = [sql for sql in queries(client, address) if '"assessment_result"."scores"' in sql]
        assert [rows_of(sql) for sql in read] == [1 + 2 * 24], address


def test_no_page_of_many_teams_passes_over_rows_or_counts_all_teams(house, cast, sign_in):
    client = sign_in(cast.olivia)
    many_teams(cast, 60)
    later = {name: f"{address}?start=team+01" for name, address in addresses(cast).items() if "file" not in name}
    asked = [sql for address in later.values() for sql in queries(client, address)]
    assert not [sql for sql in asked if "OFFSET" in sql]
    assert not [sql for sql in asked if sql.startswith("SELECT COUNT(") and '"organizations_team"' in sql]


def test_a_person_with_a_role_in_one_of_60_teams_finds_what_waits_for_them(house, cast, sign_in):
    many_teams(cast, 60)
    last = Team.objects.get(name="Team 057")
    opened(cast, user=cast.carla, team=last)
    join(cast.olivia, house, Role.LEAD, last)
    page = sign_in(cast.olivia).get(reverse("home")).content.decode()
    assert "Team 057 ·" in page
    assert f">All teams of {house.name}<" in page
    assert "60 teams assessed in Q3 2026." in page


def test_a_person_with_roles_in_52_of_60_teams_reads_nothing_of_the_others(house, cast, sign_in):
    many_teams(cast, 60)
    Membership.objects.bulk_create(
        Membership(user=cast.bob, organization=house, role=Role.MEMBER, team=team)
        for team in Team.objects.filter(name__startswith="Team").order_by("name")[:51]
    )
    page = sign_in(cast.bob).get(reverse("home")).content.decode()
    assert f">All teams of {house.name}<" in page
    assert "assessed in Q3 2026" not in page


def test_a_sign_that_postgresql_refuses_is_looked_for_like_any_other(house, cast, sign_in):
    client = sign_in(cast.olivia)
    many_teams(cast, 60)
    for address in [*addresses(cast).values(), reverse("our-challenges")]:
        assert client.get(f"{address}?start=team%00+01&find=bo%00b").status_code == 200, address


def test_teams_of_one_name_in_many_organizations_stand_in_the_way_of_no_other(house, cast):
    for number in range(5):
        elsewhere = Organization.objects.create(name=f"House {number}")
        Team.objects.create(organization=elsewhere, name="DATA" if number else "Data")
    pages, start = [], ""
    while start is not None:
        teams, before, start = Team.objects.all().page_from(start, 3)
        pages.append((before, [team.name for team in teams]))
    assert pages == [
        (None, ["Atlas", "Boreal", "Comet"]),
        ("Atlas", ["Data", "DATA", "DATA", "DATA", "DATA"]),
    ]
    teams, before, after = Team.objects.exclude(name="Comet").page_from("", 3)
    assert ([team.name for team in teams], before, after) == (["Atlas", "Boreal", "Data"], None, "DATA")


def test_among_many_teams_one_is_named_by_typing(house, cast):
    Team.objects.bulk_create(Team(organization=house, name=f"Team {number}") for number in range(250))

    def form(name: str) -> InvitationForm:
        data = {"email": "new@example.org", "role": "member", "team": name}
        return InvitationForm(data, organization=house, user=cast.olivia)

    assert '<select name="team"' not in str(form(""))
    named = form("team 77")
    assert named.is_valid()
    assert named.cleaned_data["team"].name == "Team 77"
    assert "team" not in form("").errors
    assert form("Nobody").errors == {"team": ["There is no team “Nobody”."]}


def rows_of(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS everything")
        return cursor.fetchone()[0]


def test_a_save_beside_200_teams_takes_at_most_five_data_statements(house, cast, sign_in):
    many_teams(cast)
    client = sign_in(cast.carla)
    address = reverse("save-answer", args=[cast.open.pk, "P09.1"])
    fields = {"P09_1-choice": "3", "P09_1-version": "0", "P09_1-save_id": "a" * 32}
    with CaptureQueriesContext(connection) as captured:
        response = client.post(address, fields, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert len(data_statements(captured)) <= 5


def data_statements(captured: CaptureQueriesContext) -> list[str]:
    """What read or wrote data, but for the session."""
    asked = [query["sql"] for query in captured if re.match("SELECT|INSERT|UPDATE|DELETE", query["sql"])]
    return [sql for sql in asked if "django_session" not in sql]


def test_closing_takes_twelve_data_statements_however_many_teams_answers_and_checks_there_are(house, cast, sign_in):
    """The first of a quarter makes the quarter's row, and counts it anew."""
    many_teams(cast, 60)
    teams = Team.objects.filter(organization=house, name__startswith="Team").order_by("name")[:2]
    begun, full = (opened(cast, user=cast.carla, team=team, period=shifted(PERIOD, 1)) for team in teams)
    for assessment in (cast.open, begun):
        save(cast.carla, assessment)
    answer_all(cast.olivia, full)
    Answer.objects.filter(respondent__assessment=full).update(evidence_strength=2, checked_by=cast.carla)
    client, counts = sign_in(cast.carla), []
    for assessment in (cast.open, begun, full):
        with CaptureQueriesContext(connection) as captured:
            assert client.post(reverse("close", args=[assessment.pk])).status_code == 302
        counts.append(len(data_statements(captured)))
    assert counts[1:] == [12, 12]
    assert counts[0] <= 16


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
