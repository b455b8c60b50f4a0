"""What the report says about optional modules: the examples of the domain guide (2.6)."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from reports.briefing import build_briefing, build_figures
from tests.reports.sample import card_with_modules, report_data

DATA = report_data(scorecard=card_with_modules())
BRIEFING = build_briefing(DATA, "en")


WHOLE = build_briefing(DATA, "en", "consultant")


def section(key, briefing=BRIEFING):
    return next(section for section in briefing.modules if section.key == key)


def test_without_modules_there_is_no_section_and_no_chart():
    briefing = build_briefing(report_data(), "en")
    assert (briefing.modules, "projects" in briefing.charts) == ((), False)


def test_mlops_says_its_level_what_is_missing_and_the_steps_of_ten_questions():
    mlops = section("mlops")
    assert mlops.sentence == "Automation of models is at level 1 of 2; level 2 still needs MLO.6 and MLO.7."
    assert [note.split(":")[0] for note in mlops.notes] == [
        "MLO.6 is at 2 and must reach 4",
        "MLO.7 is at 3 and must reach 4",
    ]
    assert mlops.blocks == ()
    (block,) = section("mlops", WHOLE).blocks
    assert [(step.today_level, step.next_level) for step in block.steps] == [
        ("4", "5"), ("3", "4"), ("3", "4"), ("3", "4"), ("4", "5"), ("2", "3"), ("3", "4"), ("2", "3"), ("2", "3"),
        ("1", "2"),
    ]  # fmt: skip
    assert (block.score.number, block.facts) == ("2.7", ("not a part of the overall score",))


def test_roles_have_a_table_of_roles_and_one_of_groups():
    roles, groups = section("roles").tables
    assert ("Data engineer", "Preparers", "4", "a named person", "1") in roles.rows
    assert ("Data scientist", "Consumers", "–", "not applicable", "") in roles.rows
    assert groups.rows[-1] == ("Suppliers (lowest)", "1 = 1.00", "1.00")
    assert section("roles").notes[0] == "Nobody owns the sources."


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_people_who_hold_roles_are_counted_and_never_named(language):
    hands = {"engineer": ("Zoraide",), "curator": ("Zoraide",), "steward": ("Zoraide",)}
    briefing = build_briefing(replace(DATA, scorecard=card_with_modules(hands)), language)
    assert "Zoraide" not in str(asdict(briefing))


def test_projects_have_chart_and_table():
    projects = section("projects")
    assert projects.chart == "projects"
    assert BRIEFING.charts["projects"].finding == projects.sentence
    assert projects.tables[0].rows[0] == ("1", "Churn alert", "4.0", "4.0", "4.00", "4", "start now (pilot)")
    assert projects.tables[0].rows[1][-1].startswith("blocked. DAV.2 = 1: ")
    assert list(build_figures(DATA, "en"))[-1] == "projects"


def test_projects_without_complete_ratings_have_no_chart():
    card = card_with_modules(candidates={"Half rated": ((4, 4), (), None)})
    briefing = build_briefing(replace(DATA, scorecard=card), "en")
    assert (section("projects", briefing).chart, "projects" in briefing.charts) == ("", False)
    assert section("projects", briefing).tables[0].rows == (
        ("–", "Half rated", "–", "–", "–", "–",
         "not rated completely. Not rated: DAV.3, DAV.4, DAV.5, VAL.1, VAL.2, VAL.3, VAL.4 and VAL.5."),
    )  # fmt: skip


def test_portuguese_names_and_numbers():
    projects = section("projects", build_briefing(DATA, "pt-br"))
    assert projects.name == "Escolha de projetos de dados"
    assert projects.tables[0].rows[0][2:] == ("4,0", "4,0", "4,00", "4", "começar já (piloto)")
