"""What modules tell in words: the examples of the domain guide (2.6) with the values printed there."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from assessment.scoring import Respondent, score
from manifesto import catalog
from reports.modules import module_of, module_tables, modules_of
from tests.builders import respondent
from tests.reports.sample import CANDIDATES, card_with_modules, projects

FRAMEWORK = catalog.current()
CARD = card_with_modules()
TYPED = {project.name: {"ratings": project.ratings} for project in projects()}


def told(key, language="en", card=CARD, **options):
    with override(language):
        return module_of(FRAMEWORK, card, key, language, typed=TYPED, **options)


def of_projects(candidates, language="en"):
    card = score(FRAMEWORK, [Respondent("ana", {})], projects=projects(candidates))
    return told("projects", language, card)


def test_modules_come_in_framework_order_and_only_those_with_an_answer():
    with override("en"):
        assert [module.kind for module in modules_of(FRAMEWORK, CARD, "en")] == ["questions", "roles", "projects"]
        assert modules_of(FRAMEWORK, score(FRAMEWORK, [respondent({"P01.1": 3})]), "en") == ()
    assert told("nothing") is None


# MLOps


def test_mlops_says_which_level_and_what_the_next_one_needs():
    module = told("mlops")
    assert module.sentence == "Automation of models is at level 1 of 2; level 2 still needs MLO.6 and MLO.7."
    assert (module.reached.level, module.reached.highest) == (1, 2)
    assert [sentence.split(":")[0] for sentence in module.reached.missing] == [
        "MLO.6 is at 2 and must reach 4",
        "MLO.7 is at 3 and must reach 4",
    ]
    assert module.reached.missing[0].endswith(FRAMEWORK.question_by_key["MLO.6"].anchor(4).en)


def test_the_mean_of_mlops_is_shown_as_arithmetic():
    assert told("mlops").line == "(4 + 3 + 3 + 3 + 4 + 2 + 3 + 2 + 2 + 1) ÷ 10 = 2.70"
    assert told("mlops", "pt-br").line.endswith("÷ 10 = 2,70")


def test_an_open_question_and_the_highest_level_read_differently():
    some = score(FRAMEWORK, [respondent({"MLO.1": 4, "MLO.5": 4})])
    assert told("mlops", card=some).reached.missing[0].startswith("MLO.3 isn't answered and must reach 3: ")
    assert (told("mlops", card=some).line, told("mlops", card=some).score) == ("–", None)
    best = score(FRAMEWORK, [respondent({f"MLO.{n}": 4 for n in range(1, 11)})])
    assert told("mlops", card=best).sentence.startswith("Automation of models is at level 2, the highest: ")


# Roles


def test_roles_say_their_coverage_and_what_nobody_does():
    module = told("roles")
    assert module.sentence == "4 of 7 roles have a named person (57\u202f%)."
    assert module.sentences == (
        "Nobody owns the sources.",
        "One person holds 3 roles: data engineer, data curator and data steward.",
        "Done, but nobody is named for it: developer and data curator.",
    )
    assert module.coverage_line == "4 ÷ 7 = 57\u202f%"


def test_the_groups_show_their_mean_and_the_floor():
    groups = {group.key: (group.line, group.is_floor) for group in told("roles").groups}
    assert groups == {
        "consumers": ("(3 + 4 + 2) ÷ 3 = 3.00", False),
        "preparers": ("(4 + 2 + 3) ÷ 3 = 3.00", False),
        "suppliers": ("1 = 1.00", True),
    }


def test_names_are_there_only_for_those_who_may_see_them():
    hidden, named = told("roles"), told("roles", named=True)
    rows = {row.question.position: row for row in hidden.roles}
    assert (rows["analyst"].holders, rows["analyst"].count) == ((), 2)
    assert not any(name in repr(hidden) for name in ("'AB'", "AB holds", "'CD'"))
    assert {row.question.position: row.holders for row in named.roles}["analyst"] == ("CD", "EF")
    assert "AB holds 3 roles: data engineer, data curator and data steward." in named.sentences
    assert (named.concentrated, hidden.concentrated) == ("AB", "1 person")


def test_roles_speak_portuguese():
    module = told("roles", "pt-br")
    assert module.sentence == "4 de 7 papéis têm uma pessoa definida (57\u202f%)."
    assert module.sentences[0] == "Ninguém responde pelas fontes."


def test_each_role_has_a_state():
    states = {row.question.position: row.state for row in told("roles").roles}
    assert (states["citizen"], states["developer"], states["scientist"]) == ("owned", "not_owned", "not_applicable")
    few = told("roles", card=score(FRAMEWORK, [respondent({"ROL.engineer": 3})]))
    assert {row.question.position: row.state for row in few.roles}["citizen"] == "open"
    assert few.sentences[-1].startswith("Not answered: data citizen, ")
    assert (few.coverage_line, few.is_complete) == ("1 ÷ 8 = 13\u202f%", False)


def test_without_an_applicable_role_there_is_no_coverage():
    keys = [question.key for question in FRAMEWORK.questions_by_subject["ROL"]]
    module = told("roles", card=score(FRAMEWORK, [respondent(dict.fromkeys(keys, "na"))]))
    assert (module.sentence, module.coverage_line, module.groups) == ("None of the roles applies.", "–", ())


# Projects


def test_projects_come_by_priority_and_the_finding_names_pilot_and_blocked_one():
    module = told("projects")
    assert module.sentence == (
        "“Churn alert” is the pilot: availability 4.0, value 4.0, complexity 4. “Partner scoring” is blocked."
    )
    found = [(row.rank, row.name, f"{row.priority:.2f}", row.verdict) for row in module.projects]
    assert found == [
        (1, "Churn alert", "4.00", "start now"),
        (2, "Partner scoring", "3.75", "blocked"),
        (3, "Price model", "3.39", "prepare the data"),
        (4, "Canteen menu report", "2.94", "quick experiment"),
    ]


def test_a_blocked_project_says_why_with_the_anchor():
    blocked = told("projects").projects[1]
    assert blocked.why == f"DAV.2 = 1: {FRAMEWORK.question_by_key['DAV.2'].anchor(1).en}"


def test_the_numbers_of_a_project_are_explained():
    assert told("projects").projects[2].lines == (
        "Availability: (2 + 3 + 2 + 2 + 3) ÷ 5 = 2.40",
        "Value: (5 + 5 + 4 + 5 + 5) ÷ 5 = 4.80",
        "Priority: √(2.40 × 4.80) = 3.39",
    )


@pytest.mark.parametrize(
    ("candidate", "sentence"),
    [
        (((3,) * 5, (3,) * 5, 1), "“A” can start first; no project is rated complex enough for a pilot (3 or more)."),
        (((2,) * 5, (4,) * 5, 3), "No project can start now; the first by priority is “A”: prepare the data."),
        (((4, 1, 4, 4, 4), (4,) * 5, 3), "No project can start: each one is blocked."),
        (((4,), (), None), "No project is rated completely yet."),
    ],
)
def test_other_findings(candidate, sentence):
    assert of_projects({"A": candidate}).sentence == sentence


def test_more_than_three_blocked_ones_are_counted():
    held = dict.fromkeys("BCDE", ((4, 1, 4, 4, 4), (4,) * 5, 3))
    assert of_projects({"A": CANDIDATES["Churn alert"], **held}).sentence.endswith(" 4 are blocked.")


def test_a_project_with_a_rating_missing_has_no_numbers_and_says_which():
    row = of_projects({"A": ((4, 4, 4, 4), (4,) * 5, 3)}).projects[0]
    assert (row.priority, row.rank, row.why) == (None, None, "Not rated: DAV.5.")


# Files


def tables_of(key):
    with override("en"):
        return {name: table for name, (_title, table) in module_tables(told(key), "en").items()}


def test_every_module_has_its_tables_with_numbers_unrounded():
    tables = {name: table for key in ("mlops", "roles", "projects") for name, table in tables_of(key).items()}
    assert list(tables) == ["questions", "roles", "groups", "projects"]
    assert tables["projects"][1][2][:6] == [3, "Price model", 2.4, 4.8, pytest.approx(11.52**0.5), 3]
    assert tables["projects"][1][0][-10:] == [4, 5, 4, 3, 4, 4, 4, 5, 4, 3]
    assert tables["groups"][1][2] == ["Suppliers", 1.0, "yes"]
    assert tables["roles"][1][1][3:] == [4.0, "owned", 2, ""]
    assert [row[2] for row in tables["questions"][1]] == [4, 3, 3, 3, 4, 2, 3, 2, 2, 1]
    for head, rows in tables.values():
        assert {len(row) for row in rows} == {len(head)}
