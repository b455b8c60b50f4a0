"""The pages of modules: what each role reads, every number explained, and tables as files."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from assessment import actions
from assessment.actions import ProjectEntry
from assessment.models import Result
from manifesto import catalog
from manifesto.export import framework_hash as hash_of
from organizations.models import Role
from reports.briefing import build_briefing
from reports.gathering import given_answers, report_data
from reports.plans import choices_for
from tests.assessment.rooms import LATER, close, level, opened, save
from tests.cast import NOW, join, person
from tests.reports.rooms import planned_result, result_with_modules
from tests.reports.sample import CANDIDATES, projects
from tests.reports.test_results_page import get, text_of

pytestmark = pytest.mark.one_database("what pages and files say of a stored result")

HOSTILE = "<img src=x onerror=alert(1)> {{ 7*7 }} =1+1"


@pytest.fixture
def result(cast):
    return result_with_modules(cast)


def page(client, result, module):
    return get(client, "result-module", result.assessment_id, module)


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode().removeprefix("\ufeff"))))


def test_the_results_lead_to_each_module_and_say_what_it_found(result, sign_in, alice):
    html = get(sign_in(alice), "results", result.assessment_id)
    text = text_of(html)
    assert "never changes the score or the level" in text
    assert "Automation of models is at level 1 of 2; level 2 still needs MLO.6 and MLO.7." in text
    assert "4 of 7 roles have a named person (57 %). Nobody owns the sources." in text
    assert "“Churn alert” is the pilot" in text
    for module in ("mlops", "roles", "projects"):
        assert reverse("result-module", args=[result.assessment_id, module]) in html.content.decode()


def test_without_modules_the_results_don_t_speak_of_them(cast, sign_in):
    result = planned_result(cast)
    client = sign_in(cast.alice)
    assert "never changes the score or the level" not in text_of(get(client, "results", result.assessment_id))
    assert page(client, result, "mlops").status_code == 404


def test_mlops_shows_the_level_its_rule_the_mean_and_the_ten_questions(result, sign_in, alice):
    text = text_of(page(sign_in(alice), result, "mlops"))
    assert "Level 1 of 2: Training runs automatically" in text
    assert "What is missing for level 2: Changes to the training pipeline" in text
    assert "MLO.6 is at 2 and must reach 4:" in text
    assert "(4 + 3 + 3 + 3 + 4 + 2 + 3 + 2 + 2 + 1) ÷ 10 = 2.70" in text
    assert "none of it enters the overall score" in text
    assert all(f"MLO.{number} " in text for number in range(1, 11))
    assert text.count("Today") == 10


def test_roles_show_level_and_holders_coverage_floor_and_concentration(result, sign_in, alice):
    text = text_of(page(sign_in(alice), result, "roles"))
    assert "Nobody owns the sources." in text
    assert "4 ÷ 7 = 57 %" in text
    assert "The floor is the lowest group mean: 1.00." in text
    assert "AB holds 3 roles: data engineer, data curator and data steward." in text
    assert "The largest number of roles in one pair of hands is 3 (AB)." in text
    assert "Data analyst Consumers 4.0 a named person CD, EF" in text


def test_names_of_holders_are_hidden_from_those_who_may_not_see_single_answers(result, sign_in, cast):
    client = sign_in(cast.erin)
    response = page(client, result, "roles")
    text = text_of(response)
    assert "Data analyst Consumers 4.0 a named person 2 people" in text
    assert "One person holds 3 roles" in text
    assert not re.search(r"\b(AB|CD|EF)\b", response.content.decode())
    assert not re.search(r"\b(AB|CD|EF)\b", text_of(get(client, "results", result.assessment_id)))
    file = get(client, "result-module.csv", result.assessment_id, "roles").content.decode()
    assert not re.search(r"\b(AB|CD|EF)\b", file)


def test_projects_show_table_scatter_and_why_each_stands_where_it_does(result, sign_in, alice):
    response = page(sign_in(alice), result, "projects")
    text = text_of(response)
    assert "1 Churn alert pilot 4.0 4.0 4.00 4 start now" in text
    assert "2 Partner scoring 3.2 4.4 3.75 3 blocked DAV.2 = 1:" in text
    assert "3 Price model 2.4 4.8 3.39 3 prepare the data" in text
    assert "4 Canteen menu report 4.8 1.8 2.94 1 quick experiment" in text
    assert "Priority: √(3.20 × 4.40) = 3.75" in text
    found = re.search(r'<script id="chart-projects" type="application/json">(.*?)</script>', response.content.decode())
    data = json.loads(found[1])
    assert data["finding"].startswith("“Churn alert” is the pilot")
    assert {trace["name"]: trace["x"] for trace in data["figure"]["data"]} == {
        "project": [2.4, 4.8],
        "blocked": [3.2],
        "pilot": [4.0],
    }


@pytest.mark.database
def test_all_tables_of_a_module_are_one_workbook_in_which_no_name_is_a_formula(result, sign_in, alice):
    told = dict(result.scorecard)
    told["modules"]["projects"]["projects"][0]["name"] = "=HYPERLINK(1)"
    Result.objects.filter(pk=result.pk).update(scorecard=told)
    client = sign_in(alice)
    for module in ("mlops", "roles", "projects"):
        book = load_workbook(io.BytesIO(get(client, "result-module.xlsx", result.assessment_id, module).content))
        assert len(book.worksheets) > 1 and book.worksheets[0].max_row > 1
    assert [cell.data_type for cell in book.worksheets[0][2]][1] == "s"
    assert book.worksheets[0]["B2"].value == "'=HYPERLINK(1)"


def test_portuguese_readers_read_portuguese(result, sign_in, alice, client):
    alice.language = "pt-br"
    alice.save()
    text = text_of(page(sign_in(alice), result, "projects"))
    assert "“Churn alert” é o piloto: disponibilidade 4,0, valor 4,0, complexidade 4." in text
    assert "Prioridade: √(3,20 × 4,40) = 3,75" in text


def test_every_table_is_a_file_of_its_own(result, sign_in, alice):
    client = sign_in(alice)

    def file(module, **query):
        return rows_of(get(client, "result-module.csv", result.assessment_id, module, **query))

    assert [row[:3] for row in file("projects")[10:12]] == [
        ["1", "Churn alert", "4.0"],
        ["2", "Partner scoring", "3.2"],
    ]
    assert file("roles")[11][-2:] == ["2", "CD, EF"]
    assert file("roles", table="groups")[-1] == ["Suppliers", "1.0", "yes"]
    assert [row[2] for row in file("mlops")[10:]] == [
        "4.0",
        "3.0",
        "3.0",
        "3.0",
        "4.0",
        "2.0",
        "3.0",
        "2.0",
        "2.0",
        "1.0",
    ]
    assert get(client, "result-module.csv", result.assessment_id, "mlops", table="groups").status_code == 404


def test_a_stranger_and_a_viewer_of_another_team_get_404(result, cast, sign_in):
    viewer = person("Vera")
    join(viewer, cast.house, Role.VIEWER, cast.boreal)
    for user in (cast.dave, viewer):
        client = sign_in(user)
        for name in ("result-module", "result-module.csv"):
            assert get(client, name, result.assessment_id, "mlops").status_code == 404


def test_names_of_projects_and_people_are_shown_literally(cast, sign_in):
    result = result_with_modules(
        cast, hands={"engineer": (HOSTILE,)}, candidates={HOSTILE: CANDIDATES["Partner scoring"]}
    )
    client = sign_in(cast.alice)
    for name, extra in (("results", ()), ("result-module", ("projects",)), ("result-module", ("roles",))):
        html = get(client, name, result.assessment_id, *extra).content.decode()
        assert "<img src=x" not in html
        assert " 49 " not in html
    assert "&lt;img src=x onerror=alert(1)&gt; {{ 7*7 }}" in page(client, result, "roles").content.decode()
    html = page(client, result, "projects").content.decode()
    data = json.loads(re.search(r'<script id="chart-projects" type="application/json">(.*?)</script>', html)[1])
    assert "<img" not in json.dumps(data["figure"]["layout"]["annotations"])


def test_a_name_that_would_be_a_formula_is_text_in_the_file(cast, sign_in):
    result = result_with_modules(cast, candidates={"=1+1": CANDIDATES["Churn alert"]})
    rows = rows_of(get(sign_in(cast.alice), "result-module.csv", result.assessment_id, "projects"))
    assert rows[10][1] == "'=1+1"


@pytest.mark.parametrize("module", ["mlops", "roles", "projects"])
def test_the_number_of_queries_is_the_same_for_many_projects(cast, sign_in, django_assert_num_queries, module):
    few = result_with_modules(cast, period="2026-Q1")
    client = sign_in(cast.alice)
    many = {f"Project {n}": CANDIDATES["Churn alert"] for n in range(20)}
    page(client, few, module)
    more = result_with_modules(cast, candidates=many, period="2026-Q2")
    with django_assert_num_queries(5):
        page(client, few, module)
    with django_assert_num_queries(5):
        page(client, more, module)


# From the questionnaire to pages and report


def answered_for_real(cast) -> Result:
    """An assessment of the current release with the modules roles and MLOps on, and ORG.1 answered by Carla for all."""
    framework = catalog.current()
    release = {"framework": framework, "framework_hash": hash_of(framework), "now": NOW}
    sheet = actions.prepare_organization_sheet(user=cast.carla, organization=cast.house, **release)
    save(cast.carla, sheet, "ORG.1", level(4, note="Said by the head of data"))
    assessment = opened(cast, modules=["mlops", "roles", "projects"], **release)
    save(cast.alice, assessment, "P09.1", level(3))
    save(cast.alice, assessment, "ROL.engineer", level(3, holders="AB, CD"))
    candidate = ProjectEntry("Churn alert", dict(projects()[0].ratings), 4, note="Asked for by <b>sales</b>")
    actions.save_project(user=cast.alice, assessment_id=assessment.pk, entry=candidate, version=0, now=LATER)
    return close(cast.alice, assessment)


def test_what_was_answered_reaches_the_pages(cast, sign_in):
    result, client = answered_for_real(cast), sign_in(cast.alice)
    text = text_of(get(client, "results", result.assessment_id))
    assert "1 of 8 roles have a named person (13 %)." in text
    assert "“Churn alert” is the pilot" in text
    assert "Nothing was said in: MLOps: models in operation." in text
    assert "Data engineer Preparers 3.0 a named person AB, CD" in text_of(page(client, result, "roles"))
    response = page(client, result, "projects")
    assert "Availability: (4 + 5 + 4 + 3 + 4) ÷ 5 = 4.00" in text_of(response)
    assert "“Asked for by &lt;b&gt;sales&lt;/b&gt;”" in response.content.decode()
    assert page(client, result, "mlops").status_code == 404


def test_what_the_organization_answered_says_so_on_page_and_report(cast, sign_in):
    result = answered_for_real(cast)
    subject = text_of(get(sign_in(cast.erin), "result-subject", result.assessment_id, "organization"))
    assert "Answered for the organization by Carla on 1 Jul 2026" in subject
    given = given_answers(result)["ORG.1"]
    assert (given.level, given.by, given.on) == (4, "Carla", LATER.date())
    briefing = build_briefing(report_data(result, choices_for(result), "en"), "en", "consultant")
    remarks = next(step for block in briefing.pillar_blocks for step in block.steps if step.key == "ORG.1").remarks
    assert "Answered for the organization by Carla on 1 Jul 2026" in remarks
    assert [section.key for section in briefing.modules] == ["roles", "projects"]
