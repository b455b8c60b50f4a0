"""The results pages: what each role reads, what the number is made of, and the table as a file."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessment.models import Result
from organizations.models import Role
from tests.assessment.rooms import FRAMEWORK, close, closed, level, opened, save
from tests.cast import join, person
from tests.reports.rooms import planned_result

pytestmark = pytest.mark.one_database("what the page says of a stored result")


def text_of(response) -> str:
    """What a person reads: no tags, no scripts, one blank between words."""
    html = re.sub(r"<script.*?</script>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace(" .", ".")


def get(client, name: str, *args, **query):
    return client.get(reverse(name, args=args), query)


@pytest.fixture
def result(cast) -> Result:
    return planned_result(cast)


def test_the_sentence_says_what_holds_the_team(result, sign_in, alice):
    text = text_of(get(sign_in(alice), "results", result.assessment_id))
    assert "Atlas, Q3 2026" in text
    assert "34 of 35 answered" in text
    assert "The mean would allow level 3; quality checks (P15 = 1.0) and retrospectives (P08 = 1.0) hold" in text
    assert text.count("quality checks (P15 = 1.0) must reach 2.00") == 1
    assert "must reach 1.50" in text  # of P08, whose open answer counts as 1
    assert "quality checks (P15 = 1.0) must reach 1.50" not in text
    assert "possible range 2.84–3.00" in text


def test_every_principle_is_in_the_table_with_target_and_range_before_any_script(result, sign_in, alice):
    html = get(sign_in(alice), "results", result.assessment_id).content.decode()
    table = re.search(r'<table class="table[^"]*profile-table">.*?</table>', html, flags=re.S)[0]
    rows = re.findall(r'<th scope="row">.*?</tr>', table, flags=re.S)
    assert len(rows) == 18
    assert "P15 Quality is paramount" in rows[0]
    assert "Critical" in rows[0]
    unknown = next(row for row in rows if "P08" in row)
    assert "insufficient data" in unknown
    assert "1.0–5.0" in unknown


def test_the_chart_has_the_same_numbers_as_the_table(result, sign_in, alice):
    html = get(sign_in(alice), "results", result.assessment_id).content.decode()
    data = json.loads(re.search(r'<script id="chart-profile" type="application/json">(.*?)</script>', html)[1])
    now = next(trace for trace in data["figure"]["data"] if trace.get("name") == "Now")
    labels = data["figure"]["layout"]["yaxis"]["ticktext"]
    assert dict(zip(labels, now["x"], strict=True))["<b>P15 quality checks *</b>"] == 1.0
    assert "dataops@0.9.0" in data["source"]


def test_a_stranger_gets_404_everywhere(result, sign_in, dave):
    client = sign_in(dave)
    for name, extra in (("results", ()), ("results.csv", ()), ("result-subject", ("P15",))):
        assert get(client, name, result.assessment_id, *extra).status_code == 404
    assert get(client, "team-results", result.team_id).status_code == 404


def test_a_viewer_of_the_organization_reads_results(result, sign_in, erin):
    response = get(sign_in(erin), "results", result.assessment_id)
    assert response.status_code == 200
    assert "Undo closing" not in text_of(response)


def test_the_team_s_address_leads_to_its_latest_result(result, cast, sign_in):
    response = get(sign_in(cast.alice), "team-results", cast.atlas.pk)
    assert response.url == reverse("results", args=[result.assessment_id])


@pytest.mark.database
def test_without_a_result_the_page_says_what_to_do_first(cast, sign_in):
    client = sign_in(cast.alice)
    assert "Start an assessment" in text_of(get(client, "team-results", cast.atlas.pk))
    opened(cast)
    text = text_of(get(client, "team-results", cast.atlas.pk))
    assert "Results appear when the assessment Q3 2026 is closed." in text
    assert "Continue answering" in text


def test_an_open_assessment_has_no_results_yet(cast, sign_in):
    assessment = opened(cast)
    response = get(sign_in(cast.alice), "results", assessment.pk)
    assert response.url == reverse("assessment", args=[assessment.pk])
    assert "is still open" in text_of(get(sign_in(cast.erin), "results", assessment.pk))


@pytest.mark.database
def test_within_the_hour_the_lead_can_undo_and_a_member_cannot(cast, sign_in):
    result = closed(cast)
    result.assessment.closed_at = timezone.now() - timedelta(minutes=59)
    result.assessment.save()
    assert "Undo closing" in text_of(get(sign_in(cast.alice), "results", result.assessment_id))
    assert "Undo closing" not in text_of(get(sign_in(cast.bob), "results", result.assessment_id))
    result.assessment.closed_at = timezone.now() - timedelta(minutes=61)
    result.assessment.save()
    assert "Undo closing" not in text_of(get(sign_in(cast.alice), "results", result.assessment_id))


def test_the_short_form_is_indicative_and_can_be_carried_on(cast, sign_in):
    result = closed(cast, 2, form="short")
    text = text_of(get(sign_in(cast.alice), "results", result.assessment_id))
    assert "Short form, indicative" in text
    assert "Three next steps" in text
    assert "Carry these answers into the full form" in text
    assert "Carry these answers" not in text_of(get(sign_in(cast.bob), "results", result.assessment_id))


def test_one_answer_from_the_next_level_names_the_anchor_to_reach(cast, sign_in):
    """Everything at 3 but P15: 2, 2, 1 is 1.67; one more level there makes the critical 2 of level 3."""
    low = {f"P15.{n}": {"state": "answered", "level": value} for n, value in ((1, 2), (2, 2), (3, 1))}
    result = planned_result(cast, changes=low | {"P08.1": {"state": "answered", "level": 3}})
    text = text_of(get(sign_in(cast.alice), "results", result.assessment_id))
    assert "Level 2, one answer from 3" in text
    assert "P15.3" in text


def test_claimed_and_verified_half_a_level_apart_is_warned_about(cast, sign_in):
    text = text_of(get(sign_in(cast.alice), "results", closed(cast, 5).assessment_id))
    assert "What was said gives 5.00, what has evidence gives 3.00." in text


def named_result(cast) -> Result:
    assessment = opened(cast, mode="named")
    for user, number in ((cast.alice, 5), (cast.bob, 1)):
        save(user, assessment, "P15.2", level(number, note=f"note of {user.name}"))
    return close(cast.alice, assessment)


def test_single_answers_are_shown_with_names_only_to_those_who_may_see_them(cast, sign_in):
    result = named_result(cast)
    lead = text_of(get(sign_in(cast.alice), "results", result.assessment_id))
    member = text_of(get(sign_in(cast.bob), "results", result.assessment_id))
    assert "note of Bob" in lead
    assert "note of" not in member
    assert "1.0–5.0" in member
    subject = text_of(get(sign_in(cast.bob), "result-subject", result.assessment_id, "P15"))
    assert "note of" not in subject
    assert "note of Alice" in text_of(get(sign_in(cast.alice), "result-subject", result.assessment_id, "P15"))


def test_why_this_number_shows_the_formula_and_leads_to_initiatives(result, sign_in, alice):
    text = text_of(get(sign_in(alice), "result-subject", result.assessment_id, "P15"))
    assert "(1 + 1 + 1) ÷ 3 = 1.00" in text
    assert "Level 3 still asks: quality checks (P15 = 1.0) must reach 2.00" in text
    assert "What lifts it" in text


@pytest.mark.parametrize("subject", ["overall", "process", "technology", "organization", "P01", "P08"])
def test_every_kind_of_subject_has_its_page(result, sign_in, alice, subject):
    assert get(sign_in(alice), "result-subject", result.assessment_id, subject).status_code == 200


def test_an_unknown_subject_is_not_found(result, sign_in, alice):
    assert get(sign_in(alice), "result-subject", result.assessment_id, "P99").status_code == 404


def test_what_a_person_typed_is_escaped(cast, sign_in):
    note = {"P15.1": {"state": "answered", "level": 1, "note": "<img src=x>", "evidence_url": "javascript:alert(1)"}}
    result = planned_result(cast, changes=note)
    html = get(sign_in(cast.alice), "result-subject", result.assessment_id, "P15").content.decode()
    assert "<img src=x>" not in html
    assert "&lt;img src=x&gt;" in html
    assert 'href="javascript' not in html


def test_the_file_has_filters_and_version_on_top_and_the_numbers_unrounded(result, sign_in, alice):
    response = get(sign_in(alice), "results.csv", result.assessment_id)
    assert response["Content-Disposition"] == 'attachment; filename="Atlas-2026-Q3-results.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))
    about = {row[0]: row[1] for row in rows[:12]}
    assert (about["Team"], about["Framework"], about["Respondents"]) == ("Atlas", "dataops@0.9.0", "1")
    table = {row[0]: row for row in rows[14:]}
    assert len(table) == 22
    assert table["P15"][3] == "1.0"
    assert table["P08"][3:4] + table["P08"][8:10] == ["", "1.0", "5.0"]


def test_a_viewer_of_another_team_sees_nothing_of_this_one(result, cast, sign_in):
    viewer = person("Vera")
    join(viewer, cast.house, Role.VIEWER, cast.boreal)
    assert get(sign_in(viewer), "results", result.assessment_id).status_code == 404


def test_the_number_of_queries_does_not_grow_with_history(cast, sign_in, django_assert_max_num_queries):
    result = planned_result(cast, period="2026-Q1")
    client = sign_in(cast.alice)
    get(client, "results", result.assessment_id)
    later = planned_result(cast, period="2026-Q2")
    with django_assert_max_num_queries(16):
        assert "Since Q1 2026" in text_of(get(client, "results", later.assessment_id))


def csv_rows(client, result, **query):
    text = get(client, "results.csv", result.assessment_id, **query).content.decode()
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_other_ways_of_adding_up_stand_beside_the_method(result, sign_in, alice):
    """P15 at 1, P08 without its one answer, the rest at 3: 31 answers at 3 and 3 at 1 are 96 ÷ 34 = 2.82."""
    text = text_of(get(sign_in(alice), "results", result.assessment_id))
    assert "Added up in two other ways, the level would be the same." in text
    assert "Equal weights of all questions 2.82 2" in text
    assert "Geometric mean of the pillars" in text


def test_a_level_that_hangs_on_the_weights_is_warned_about(cast, sign_in):
    """Twelve questions at 3 belong to only five principles: (12 × 3 + 9 × 2 + 14) ÷ 35 = 1.94 is level 2, but each
    pillar is about 0.7 × 1.56 + 0.3 × 2 = 1.69, below the 1.75 that level 2 asks for.
    """
    levels = {"P01": 3, "P03": 3, "P07": 3, "P09": 3, "P15": 3, "PRO": 2, "TEC": 2, "ORG": 2}
    said = {q.key: {"state": "answered", "level": levels.get(q.subject, 1)} for q in FRAMEWORK.core_questions}
    result = planned_result(cast, changes=said)
    text = text_of(get(sign_in(cast.alice), "results", result.assessment_id))
    assert "With equal weights of all questions the level would be 2, not 1." in text
    assert "As scored: weighted means, then the mean of the pillars 1.68 1" in text
    assert "Equal weights of all questions 1.94 2" in text


def test_agreement_is_measured_and_explained(cast, sign_in):
    """Two people, one question, 5 and 1: nothing to pair but disagreement, so alpha is 0 or less."""
    result = named_result(cast)
    text = text_of(get(sign_in(cast.bob), "results", result.assessment_id))
    assert "The team agrees on 0 of 1 questions (0 %)." in text
    assert "Krippendorff&#x27;s alpha is 0.00" in text
    assert "How agreement is measured" in text


def test_with_one_respondent_nothing_is_said_about_agreement(result, sign_in, alice):
    assert "How agreement is measured" not in text_of(get(sign_in(alice), "results", result.assessment_id))


def test_agreement_and_sensitivity_are_files_too(cast, sign_in):
    client, result = sign_in(cast.alice), named_result(cast)
    rows = csv_rows(client, result, table="agreement")
    assert rows[0] == ["Table", "Where the team agrees"]
    assert rows[14][:1] + rows[14][2:6] == ["P15.2", "2", "3.0", "1.0", "5.0"]
    assert rows[15][0] == "alpha"
    methods = [row[0] for row in csv_rows(client, result, table="sensitivity")[14:]]
    assert methods == ["as_scored", "equal_weights", "geometric"]
    assert get(client, "results.csv", result.assessment_id, table="nothing").status_code == 404


def test_a_principle_that_claims_more_than_it_shows_is_named_and_explained(cast, sign_in):
    """4, 4 and 5 with evidence 1, 0 and 1: 4.33 as said, 3.67 with evidence (domain guide T30)."""
    strength = {"P09.1": (4, 1), "P09.2": (4, 0), "P09.3": (5, 1)}
    said = {
        key: {"state": "answered", "level": level, "evidence_strength": evidence}
        for key, (level, evidence) in strength.items()
    }
    result = planned_result(cast, changes=said)
    client = sign_in(cast.alice)
    text = text_of(get(client, "results", result.assessment_id))
    assert "Half a level or more above what has evidence: P09 Analytics is code (4.3 → 3.7)." in text
    subject = text_of(get(client, "result-subject", result.assessment_id, "P09"))
    assert "What was said gives 4.33, what has evidence gives 3.67" in subject
    assert "what has evidence gives" not in text_of(get(client, "result-subject", result.assessment_id, "P01"))


def test_a_change_is_important_when_it_reaches_its_target_or_crosses_an_anchor(cast, sign_in):
    planned_result(cast, period="2026-Q1")
    up = {f"P15.{n}": {"state": "answered", "level": 3} for n in (1, 2, 3)}
    up |= {q.key: {"state": "answered", "level": 4} for q in FRAMEWORK.core_questions if q.subject == "P02"}
    later = planned_result(cast, period="2026-Q2", changes=up)
    text = text_of(get(sign_in(cast.alice), "results", later.assessment_id))
    assert re.search(r"P15 Quality is paramount \+2\.0 clear important: crosses an anchor", text)
    assert re.search(r"P02 Value working analytics \+1\.0 probable important: crosses an anchor", text)


def test_three_people_at_level_1_read_their_verified_step_first(cast, sign_in):
    """One step of 59 doesn't move a score beyond chance: what a colleague checked is the news, here and on the plan."""
    cast.atlas.people = 3
    cast.atlas.save()
    low = {q.key: {"state": "answered", "level": 1} for q in FRAMEWORK.core_questions}
    planned_result(cast, period="2026-Q1", changes=low | {"P15.2": {"state": "answered", "level": 2}})
    checked = {"P15.2": {"state": "answered", "level": 3, "evidence_strength": 2}}
    later = planned_result(cast, period="2026-Q2", changes=low | checked)
    client = sign_in(cast.alice)
    for name in ("results", "roadmap"):
        page = client.get(reverse(name, args=[later.assessment_id]))
        first = re.search(r'<p class="lead-sentence">(.*?)</p>', page.content.decode(), re.DOTALL)[1]
        assert first == "A verified step since last time: quality checks (P15.2) from 2 to 3."
    assert text_of(page).index("A verified step") < text_of(page).index("The team is at level 1")
