"""The dashboard's pages: who sees which teams, filters in the address, files, and a fixed number of queries."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment.actions.quarters import recount_quarters
from assessment.models import Assessment, Result
from organizations.models import Team
from tests.cast import NOW
from tests.reports.rooms import planned_result
from tests.reports.test_results_page import text_of


def get(client, name: str, *args, **query):
    return client.get(reverse(name, args=args), query)


def copied(result: Result, team: Team, period: str = "", **changes) -> Result:
    """The same result for another team or quarter, with some principles' scores replaced."""
    assessment = Assessment.objects.get(pk=result.assessment_id)
    assessment.pk, assessment.team, assessment.period = None, team, period or result.period
    assessment._state.adding = True
    assessment.save()
    scores = {**result.scores, "principles": result.scores["principles"] | changes}
    fields = {field.attname: getattr(result, field.attname) for field in Result._meta.concrete_fields}
    fields |= {
        "id": None,
        "assessment_id": assessment.pk,
        "team_id": team.pk,
        "team_name": team.name,
        "period": assessment.period,
        "scores": scores,
    }
    return Result.objects.create(**fields)


@pytest.fixture
def house(cast):
    """Atlas in two quarters, Boreal in the second one."""
    earlier = planned_result(cast, period="2026-Q2")
    cast.first = earlier
    cast.second = copied(earlier, cast.atlas, "2026-Q3", P15=4.0)
    cast.boreal_now = copied(earlier, cast.boreal, "2026-Q3", P16=1.5)
    return cast.house


def test_the_finding_stands_above_and_teams_stand_by_name(house, cast, sign_in):
    text = text_of(get(sign_in(cast.carla), "dashboard", house.pk))
    assert "Q3 2026: 2 of 2 teams assessed." in text
    assert "Clear changes of principles since Q2 2026: 1 up, 0 down." in text
    assert text.index("Atlas") < text.index("Boreal")


def test_a_heat_cell_leads_to_its_formula(house, cast, sign_in):
    html = get(sign_in(cast.carla), "dashboard", house.pk).content.decode()
    address = reverse("result-subject", args=[cast.boreal_now.assessment_id, "P16"])
    assert f'<td class="level-1" data-label="Boreal"><a href="{address}">1.5</a></td>' in html


def test_filters_in_the_address_reproduce_the_view_and_stay_in_links(house, cast, sign_in):
    client = sign_in(cast.carla)
    html = get(client, "dashboard", house.pk, team=cast.atlas.pk, pillar="technology").content.decode()
    assert f'value="{cast.atlas.pk}" checked' in html
    assert "Boreal</a>" not in html
    kept = f"team={cast.atlas.pk}&amp;period=2026-Q3&amp;compare=2026-Q2&amp;pillar=technology"
    assert f"dashboard.csv?panel=teams&amp;{kept}" in html
    assert f"{reverse('dashboard-subject', args=[house.pk, 'P15'])}?{kept}" in html


def test_a_member_sees_only_the_own_team(house, cast, sign_in):
    text = text_of(get(sign_in(cast.bob), "dashboard", house.pk))
    assert "1 of 1 team assessed" in text
    assert "Boreal" not in text
    file = get(sign_in(cast.bob), "dashboard.csv", house.pk, panel="principles").content.decode()
    assert "Boreal" not in file


def test_a_member_cannot_choose_another_team_by_its_number(house, cast, sign_in):
    text = text_of(get(sign_in(cast.bob), "dashboard", house.pk, team=cast.boreal.pk))
    assert "Boreal" not in text


def test_a_stranger_gets_404(house, cast, sign_in):
    client = sign_in(cast.dave)
    assert get(client, "dashboard", house.pk).status_code == 404
    assert get(client, "dashboard.csv", house.pk).status_code == 404
    assert get(client, "dashboard-subject", house.pk, "P15").status_code == 404
    assert get(client, "dashboard-subject.csv", house.pk, "P15").status_code == 404


def test_without_results_the_page_says_what_will_be_here(cast, sign_in):
    response = get(sign_in(cast.carla), "dashboard", cast.house.pk)
    assert "There is nothing to compare yet" in text_of(response)
    assert get(sign_in(cast.carla), "dashboard.csv", cast.house.pk).status_code == 404


def test_a_withdrawn_result_is_not_shown(house, cast, sign_in):
    Result.objects.filter(pk=cast.boreal_now.pk).update(withdrawn_at=NOW)
    assert "1 of 2 teams assessed" in text_of(get(sign_in(cast.carla), "dashboard", house.pk))


def test_one_subject_over_all_teams_and_time(house, cast, sign_in):
    response = get(sign_in(cast.carla), "dashboard-subject", house.pk, "P15")
    text = text_of(response)
    assert "Q3 2026: median 2.5 over 2 teams; 1 below level 2." in text
    address = reverse("result-subject", args=[cast.second.assessment_id, "P15"])
    assert f'<a href="{address}">4.0</a>' in response.content.decode()


@pytest.mark.parametrize("subject", ["overall", "process"])
def test_pillars_and_the_overall_score_have_their_page(house, cast, sign_in, subject):
    assert get(sign_in(cast.carla), "dashboard-subject", house.pk, subject).status_code == 200


def test_an_unknown_subject_or_panel_is_not_found(house, cast, sign_in):
    client = sign_in(cast.carla)
    assert get(client, "dashboard-subject", house.pk, "answers").status_code == 404
    assert get(client, "dashboard.csv", house.pk, panel="answers").status_code == 404


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))


def test_a_file_says_title_filters_and_framework_before_its_rows(house, cast, sign_in):
    rows = rows_of(get(sign_in(cast.carla), "dashboard.csv", house.pk, panel="changes"))
    about = dict(row for row in rows if len(row) == 2)
    assert (about["Table"], about["Period"], about["Compared with"]) == ("What moved", "2026-Q3", "2026-Q2")
    assert about["Framework"] == "dataops@0.9.0"
    assert rows[-1] == [
        "Atlas", "P15", "Quality is paramount", "2026-Q2", "2026-Q3", "1.0", "4.0", "3.0", "clear",
    ]  # fmt: skip


@pytest.mark.parametrize("panel", ["teams", "principles", "trend", "gaps", "two-dates"])
def test_every_panel_has_its_file_with_rows_as_wide_as_the_head(house, cast, sign_in, panel):
    rows = rows_of(get(sign_in(cast.carla), "dashboard.csv", house.pk, panel=panel))
    start = rows.index([]) + 1
    assert len(rows) > start + 1
    assert {len(row) for row in rows[start:]} == {len(rows[start])}


def test_a_team_named_like_a_formula_does_not_compute(house, cast, sign_in):
    Team.objects.filter(pk=cast.boreal.pk).update(name='=HYPERLINK("http://x")')
    rows = rows_of(get(sign_in(cast.carla), "dashboard.csv", house.pk, panel="teams"))
    assert '\'=HYPERLINK("http://x")' in [row[0] for row in rows if row]


def test_charts_and_tables_are_made_from_the_same_numbers(house, cast, sign_in):
    html = get(sign_in(cast.carla), "dashboard", house.pk).content.decode()
    data = json.loads(re.search(r'<script id="chart-heatmap" type="application/json">(.*?)</script>', html)[1])
    assert data["figure"]["data"][0]["z"][14] == [4.0, 1.0]
    assert {item["type"] for item in data["figure"]["data"]} == {"heatmap", "scatter"}


def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["dashboard", "dashboard.csv", "dashboard-subject", "dashboard-subject.csv"])
def test_two_and_twenty_teams_take_the_same_number_of_queries(house, cast, sign_in, name):
    client = sign_in(cast.carla)
    extra = ["P15"] if "subject" in name else []
    address = reverse(name, args=[house.pk, *extra])
    client.get(address)
    few = queries_of(client, address)
    for number in range(20):
        copied(cast.first, Team.objects.create(organization=house, name=f"Team {number}"), "2026-Q3")
    assert queries_of(client, address) == few


def test_no_answer_is_read_for_a_dashboard(house, cast, sign_in):
    with CaptureQueriesContext(connection) as queries:
        get(sign_in(cast.carla), "dashboard", house.pk)
    read = " ".join(query["sql"] for query in queries)
    assert "assessment_answer" not in read
    assert '"assessment_result"."answers"' not in read
    assert '"assessment_result"."scorecard"' not in read


def test_more_teams_than_fit_are_paged_with_the_median_of_all_beside(house, cast, sign_in):
    for number in range(30):
        copied(cast.first, Team.objects.create(organization=house, name=f"Team {number:02d}"), "2026-Q3")
    client = sign_in(cast.carla)
    recount_quarters(organization=house)
    response = get(client, "dashboard", house.pk)
    assert "Atlas to Team 22" in text_of(response)
    assert "Q3 2026: 32 teams assessed." in text_of(response)
    assert "start=Team+23" in response.content.decode()
    second = get(client, "dashboard", house.pk, start="team 23").content.decode()
    assert "start=Atlas" in second
    assert 'rel="next"' not in second
    data = re.search(r'<script id="chart-heatmap" type="application/json">(.*?)</script>', response.content.decode())[1]
    assert json.loads(data)["figure"]["layout"]["xaxis"]["ticktext"][0] == "Median of all"
