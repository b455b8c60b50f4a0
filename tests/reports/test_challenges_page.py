"""Which challenge hurts: the order, the numbers and what makes them, for those who may see the team.

In `planned_result` all is at 3, but P15 at 1 and P08 unknown. So C4 (P09, P11, P15, P16) has (3+3+1+3)/4 = 2.5,
C5 (P01, P02, P11, P15, P16) 13/5 = 2.6 and the others 3; C6 (P08, P10, P13, P14, P16) is between 13/5 and 17/5.
"""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment.models import Result
from organizations.models import Team
from tests.assessment.rooms import FRAMEWORK
from tests.reports.rooms import planned_result
from tests.reports.test_results_page import get, text_of


@pytest.fixture
def result(cast) -> Result:
    return planned_result(cast)


def rows_of(response) -> list[str]:
    table = re.search(r'<table class="table table--stack challenge-table">.*?</table>', response.content.decode(), re.S)
    return re.findall(r'<th scope="row">.*?</tr>', table[0], re.S)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_what_hurts_most_stands_first_with_its_score_and_what_lags(result, sign_in, alice):
    response = get(sign_in(alice), "result-challenges", result.assessment_id)
    assert "What hurts most is “Data contain errors” (2.5)." in text_of(response)
    rows = [words(row) for row in rows_of(response)]
    assert len(rows) == 8
    assert "Data contain errors Furthest behind are quality checks (P15 = 1.0). 2.5" in rows[0]
    assert "Bad data make bad reports" in rows[1]
    assert "2.6" in rows[1]


def test_each_challenge_lists_its_principles_from_the_lowest_with_the_way_to_their_formulas(result, sign_in, alice):
    worst = rows_of(get(sign_in(alice), "result-challenges", result.assessment_id))[0]
    linked = re.findall(rf"/assessments/{result.assessment_id}/results/(P\d\d)/", worst)
    assert linked == ["P15", "P09", "P11", "P16"]
    assert "P15 Quality is paramount 1.0" in words(worst)


def test_an_open_answer_widens_the_range_and_is_left_out_of_the_mean(result, sign_in, alice):
    rows = [words(row) for row in rows_of(get(sign_in(alice), "result-challenges", result.assessment_id))]
    upkeep = next(row for row in rows if "Pipeline upkeep never ends" in row)
    assert "3.0 2.6–3.4" in upkeep
    assert "P08 Reflect –" in upkeep


def test_the_chart_says_what_the_table_says(result, sign_in, alice):
    html = get(sign_in(alice), "result-challenges", result.assessment_id).content.decode()
    data = json.loads(re.search(r'<script id="chart-challenges" type="application/json">(.*?)</script>', html)[1])
    now = next(trace for trace in data["figure"]["data"] if trace.get("name") == "Now")
    assert now["x"] == [2.5, 2.6, 3, 3, 3, 3, 3, 3]
    assert data["finding"] == "2 of 8 challenges with a score stand below level 3, Established."
    assert "Target" not in [trace.get("name") for trace in data["figure"]["data"]]


def test_the_page_speaks_portuguese(result, sign_in, alice):
    client = sign_in(alice)
    response = client.get(reverse("result-challenges", args=[result.assessment_id]), headers={"accept-language": "pt"})
    text = text_of(response)
    assert "O que mais pesa é “Dados errados” (2,5)." in text
    assert "O que está mais atrás: verificações de qualidade (P15 = 1,0)." in text


def test_the_file_has_the_unrounded_numbers_in_the_same_order(result, sign_in, alice):
    response = get(sign_in(alice), "result-challenges.csv", result.assessment_id)
    lines = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    head = next(number for number, line in enumerate(lines) if line and line[0] == "Key")
    assert lines[head + 1][:5] == ["C4", "Data contain errors", "2.5", "2.5", "2.5"]
    assert ["Team", "Atlas"] in lines
    assert [line[0] for line in lines[head + 1 :]] == ["C4", "C5", "C1", "C2", "C3", "C6", "C7", "C8"]


def test_too_little_answered_is_said_and_no_number_invented(cast, sign_in):
    unknown = {question.key: {"state": "dont_know"} for question in FRAMEWORK.core_questions}
    result = planned_result(cast, changes=unknown)
    response = get(sign_in(cast.alice), "result-challenges", result.assessment_id)
    assert "Too little is answered to say which challenge hurts." in text_of(response)
    assert all("insufficient data" in row for row in rows_of(response))


def test_a_stranger_gets_404_and_sees_no_team(result, sign_in, dave):
    client = sign_in(dave)
    assert get(client, "result-challenges", result.assessment_id).status_code == 404
    assert get(client, "result-challenges.csv", result.assessment_id).status_code == 404
    text = text_of(get(client, "our-challenges"))
    assert "There is no result yet." in text
    assert "Atlas" not in text


def test_who_sees_one_team_is_led_to_it_and_who_sees_several_chooses_by_name(result, cast, sign_in):
    target = reverse("result-challenges", args=[result.assessment_id])
    assert get(sign_in(cast.alice), "our-challenges").url == target
    other = planned_result(cast, team=cast.boreal, user=cast.olivia)
    html = get(sign_in(cast.carla), "our-challenges").content.decode()
    assert html.index(target) < html.index(reverse("result-challenges", args=[other.assessment_id]))


def test_the_choice_costs_the_same_for_any_number_of_teams(cast, sign_in, django_assert_num_queries):
    client = sign_in(cast.olivia)
    planned_result(cast)
    planned_result(cast, team=cast.boreal, user=cast.olivia)
    with CaptureQueriesContext(connection) as few:
        get(client, "our-challenges")
    for name in ("Cirrus", "Delta", "Echo"):
        planned_result(cast, team=Team.objects.create(organization=cast.house, name=name), user=cast.olivia)
    with django_assert_num_queries(len(few)):
        assert "Echo" in text_of(get(client, "our-challenges"))


def test_a_page_costs_the_same_with_and_without_history(cast, sign_in, django_assert_num_queries):
    client, first = sign_in(cast.alice), planned_result(cast, period="2026-Q1")
    with CaptureQueriesContext(connection) as few:
        get(client, "result-challenges", first.assessment_id)
    latest = planned_result(cast, period="2026-Q2")
    with django_assert_num_queries(len(few)):
        get(client, "result-challenges", latest.assessment_id)
    assert get(client, "our-challenges").url == reverse("result-challenges", args=[latest.assessment_id])


def test_the_way_there_stands_on_the_results_and_on_the_challenges_of_the_manifesto(result, sign_in, alice):
    client = sign_in(alice)
    address = reverse("result-challenges", args=[result.assessment_id])
    assert f'href="{address}"' in get(client, "results", result.assessment_id).content.decode()
    assert f'href="{reverse("our-challenges")}"' in get(client, "challenges").content.decode()


def test_a_hostile_team_name_is_shown_literally(cast, sign_in):
    cast.atlas.name = "<b onmouseover=alert(1)>=1+1"
    cast.atlas.save()
    result = planned_result(cast)
    html = get(sign_in(cast.alice), "result-challenges", result.assessment_id).content.decode()
    assert "<b onmouseover" not in html
    assert "&lt;b onmouseover=alert(1)&gt;" in html
