"""What a team reads when the questions have changed since last time: pages, files and report."""

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
from reports.briefing import build_briefing, build_figures
from reports.gathering import report_data
from reports.plans import choices_for
from tests.assessment.rooms import closed_under
from tests.assessment.test_versions import NEW_ANSWERS, OLD_ANSWERS
from tests.reports.test_dashboard_page import copied, queries_of
from tests.reports.test_results_page import get, text_of


@pytest.fixture
def crossed(cast, two_releases) -> Result:
    """Atlas answered as in T35 of the domain guide, before and after the release; P15 rose with checked evidence."""
    old, new = two_releases
    cast.then = closed_under(cast, old, OLD_ANSWERS, period="2026-Q2")
    changed = NEW_ANSWERS | {"P15.2": 5, "P15.1": 5}
    return closed_under(cast, new, changed, evidence={"P15.1": 2, "P15.2": 2}, period="2026-Q3")


def test_the_page_says_that_the_questions_changed_and_how_much_is_comparable(crossed, cast, sign_in):
    text = text_of(get(sign_in(cast.alice), "results", crossed.assessment_id))
    assert "The questions have changed since then (mini@1.0.0, now mini@1.1.0)." in text
    assert "on the questions that are the same: 89 % by weight" in text
    assert "1 earlier answer is read by today's anchors; it counts as converted, never as verified." in text
    assert "can't be compared" not in text


def test_the_change_is_like_for_like_with_the_given_scores_beside(crossed, cast, sign_in):
    """P09 is +0.5 like for like and stands as given, 2.0 then and 3.7 now: no change of +1.7 anywhere."""
    html = get(sign_in(cast.alice), "results", crossed.assessment_id).content.decode()
    row = re.search(r'<th scope="row"><a href="[^"]*">P09.*?</tr>', html, flags=re.S)[0]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row))
    assert "3.7" in words
    assert "2.0 +0.5 may be chance" in words
    assert "+1.7" not in html
    text = text_of(get(sign_in(cast.alice), "results", crossed.assessment_id))
    assert "↑ P15 Quality is paramount +3.0 clear (as given: 2.5 then, 5.0 now)" in text


def test_only_a_question_that_means_the_same_is_a_verified_step(crossed, cast, sign_in):
    text = text_of(get(sign_in(cast.alice), "results", crossed.assessment_id))
    steps = text[text.index("Verified steps") : text.index("The overall score moved")]
    assert "P15.2" in steps
    assert "P15.1" not in steps


def test_the_chart_draws_no_last_time_on_the_scale_of_today(crossed, cast, sign_in):
    html = get(sign_in(cast.alice), "results", crossed.assessment_id).content.decode()
    data = json.loads(re.search(r'<script id="chart-profile" type="application/json">(.*?)</script>', html)[1])
    assert "Last time" not in [trace.get("name") for trace in data["figure"]["data"]]


def test_what_cannot_be_compared_is_named(cast, two_releases, sign_in):
    old, new = two_releases
    closed_under(cast, old, OLD_ANSWERS | {"P15.1": 4}, period="2026-Q2")
    result = closed_under(cast, new, NEW_ANSWERS, period="2026-Q3")
    text = text_of(get(sign_in(cast.alice), "results", result.assessment_id))
    assert "Not comparable, because too little of what they ask is the same: P15 Quality is paramount." in text
    assert "3.0 not comparable" in text


def test_the_file_holds_given_scores_and_like_for_like_changes(crossed, cast, sign_in):
    response = get(sign_in(cast.alice), "results.csv", crossed.assessment_id)
    rows = list(csv.reader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))
    head = next(row for row in rows if row and row[0] == "Key")
    row = dict(zip(head, next(row for row in rows if row and row[0] == "P09"), strict=True))
    assert (row["Score"], row["Last time"], row["Change"]) == ("3.6666666666666665", "2.0", "0.5")
    about = dict(row for row in rows if len(row) == 2)
    assert about["Compared like for like"] == "mini@1.0.0, 0.89 of today's question weight"


def test_the_report_tells_the_same(crossed):
    data = report_data(crossed, choices_for(crossed), "en")
    briefing = build_briefing(data, "en")
    assert briefing.change_intro.startswith("The questions have changed since then (mini@1.0.0, now mini@1.1.0).")
    assert "like for like; as given: 2.69 in Q2 2026" in briefing.change_intro
    lines = [line for group in briefing.changes for line in group.lines]
    assert "P09 version control habits +0.5 (2.5 → 3.0)" in lines
    assert [step.split()[0] for step in briefing.verified_steps] == ["P15.2"]
    assert "Last time" not in [trace.get("name") for trace in build_figures(data, "en")["profile"].data]


def test_a_release_that_is_no_longer_installed_is_not_compared(cast, two_releases, sign_in):
    old, new = two_releases
    closed_under(cast, old, OLD_ANSWERS, period="2026-Q2")
    result = closed_under(cast, new, NEW_ANSWERS, period="2026-Q3")
    Result.objects.filter(period="2026-Q2").update(framework_version="0.1.0")
    gone = Result.objects.get(period="2026-Q2")
    gone.scorecard["framework"] = "mini@0.1.0"
    gone.save()
    text = text_of(get(sign_in(cast.alice), "results", result.assessment_id))
    assert "the questions differ, so the two scores can't be compared" in text


def test_the_frozen_results_stay_what_they_were(crossed, cast, sign_in):
    before = list(Result.objects.order_by("pk").values_list("scorecard", "scores", "answers"))
    client = sign_in(cast.carla)
    for name, args in (("results", [crossed.assessment_id]), ("dashboard", [cast.house.pk])):
        assert client.get(reverse(name, args=args)).status_code == 200
    assert list(Result.objects.order_by("pk").values_list("scorecard", "scores", "answers")) == before


# The dashboard


def test_the_trend_goes_on_like_for_like_with_the_given_score_beside(crossed, cast, sign_in):
    response = get(sign_in(cast.carla), "dashboard-subject", cast.house.pk, "P09")
    assert "2.5 as given 3.7" in text_of(response)
    assert "the dashed step is the change on the questions that are the same" in text_of(response)
    data = re.search(r'<script id="chart-trend" type="application/json">(.*?)</script>', response.content.decode())[1]
    figure = json.loads(data)["figure"]
    assert [trace["line"]["dash"] for trace in figure["data"][:2]] == ["solid", "dash"]
    assert figure["data"][1]["y"] == [2.0, 2.5, None]
    assert "1.1.0" in [note["text"] for note in figure["layout"]["annotations"]]


def test_what_moved_across_releases_is_counted_like_for_like(crossed, cast, sign_in):
    text = text_of(get(sign_in(cast.carla), "dashboard", cast.house.pk))
    assert "Counted like for like, because the questions have changed: Atlas (89 %)" in text
    assert "Since Q2 2026: 1 clear and 0 probable changes." in text
    assert "Left out" not in text


def test_the_file_of_a_subject_holds_the_scores_as_given_in_a_line_of_their_own(crossed, cast, sign_in):
    response = get(sign_in(cast.carla), "dashboard-subject.csv", cast.house.pk, "P09")
    rows = list(csv.reader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))
    assert [row[1:] for row in rows if row[1:2] in (["Atlas"], ["Atlas, as given"])] == [
        ["Atlas", "2.0", "2.5"],
        ["Atlas, as given", "2.0", "3.6666666666666665"],
    ]


@pytest.mark.parametrize("name", ["dashboard", "dashboard.csv", "dashboard-subject", "dashboard-subject.csv"])
def test_many_teams_that_changed_release_take_one_query_more_than_none(crossed, cast, sign_in, name):
    client = sign_in(cast.carla)
    address = reverse(name, args=[cast.house.pk, *(["P09"] if "subject" in name else [])])
    client.get(address)
    few = queries_of(client, address)
    for number in range(20):
        team = Team.objects.create(organization=cast.house, name=f"Team {number}")
        copied(cast.then, team), copied(crossed, team)
    assert queries_of(client, address) == few
    Result.objects.update(framework_version="1.0.0")
    assert queries_of(client, address) == few - 1


def test_only_questions_of_results_beside_a_change_of_release_are_read(crossed, cast, sign_in):
    earlier = copied(cast.then, cast.atlas, "2026-Q1")
    with CaptureQueriesContext(connection) as queries:
        get(sign_in(cast.carla), "dashboard", cast.house.pk)
    (read,) = [query["sql"] for query in queries if '"scorecard"' in query["sql"]]
    chosen = {int(number) for number in re.search(r"IN \(([\d, ]+)\)", read)[1].split(",")}
    assert chosen == {cast.then.assessment_id, crossed.assessment_id}
    assert earlier.assessment_id not in chosen


def test_the_home_page_shows_no_naive_change(crossed, cast, sign_in):
    text = text_of(get(sign_in(cast.alice), "home"))
    assert "since last time" not in text
