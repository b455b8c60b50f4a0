"""Modules, projects and the organization's answers in a real browser: saved as they are given, sound on every page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from manifesto import catalog
from tests.journeys.conftest import OWNER, Reader
from tests.journeys.questionnaire import level, question, saved
from tests.journeys.test_every_page import VARIANTS, faults_on, path_of_link

LENA = "lena@demo.example"


def open_assessment(someone: Reader) -> str:
    """The address of the demo's open assessment, with every module switched on."""
    someone.open("/")
    address = path_of_link(someone.page, r"/assessments/\d+/continue/").removesuffix("continue/")
    someone.open(f"{address}settings/")
    for module in catalog.current().modules:
        someone.page.get_by_role(
            "checkbox", name=re.compile(re.escape(module.name.in_language(someone.language)))
        ).check()
    someone.button("Save").click()
    expect(someone.page).to_have_url(re.compile(f"{address}$"))
    return address


@pytest.mark.parametrize(("language", "dark"), VARIANTS, ids=["en-light", "pt-br-dark"])
def test_every_page_of_modules_is_sound(demo, reader, language, dark):
    owner = reader(OWNER, language, dark=dark)
    address = open_assessment(owner)
    owner.open(f"{address}projects/")
    owner.link("Add a project").click()
    owner.field("Name", exact=True).fill("Churn alert")
    owner.button("Save the project").last.click()
    project = path_of_link(owner.page, r".*/projects/\d+/")
    pages = ["", "settings/", "questions/MLO/", "questions/ROL/", "check/", "blank/", "projects/", "projects/new/"]
    assert faults_on(owner, [*(address + page for page in pages), project, f"{project}remove/"], {}) == {}


def test_people_of_a_role_are_saved_while_they_are_typed(demo, reader):
    address, lena = f"{open_assessment(reader(OWNER))}questions/ROL/", reader(LENA)
    lena.open(address)
    level(lena, "ROL.engineer", 4).check()
    question(lena, "ROL.engineer").get_by_label(lena.say("Who does this work?")).fill("AB; CD")
    saved(lena)
    lena.page.wait_for_timeout(1000)
    lena.open(address)
    expect(question(lena, "ROL.engineer").get_by_label(lena.say("Who does this work?"))).to_have_value("AB, CD")


def test_the_heads_answer_appears_in_the_team_and_keys_on_its_page_break_nothing(demo, reader):
    owner, lena = reader(OWNER), reader(LENA)
    owner.open("/")
    owner.link("Answers for all teams").first.click()
    for one in catalog.current().organization_questions:
        if one.subject == "TEC":
            level(owner, one.key, 3).check()
            saved(owner)
    owner.page.wait_for_timeout(1000)
    lena.open("/")
    address = path_of_link(lena.page, r"/assessments/\d+/continue/").removesuffix("continue/")
    lena.open(f"{address}questions/TEC/")
    expect(lena.page.get_by_text("Answered for the organization by").first).to_be_visible()
    lena.page.keyboard.press("j")
    lena.page.keyboard.press("3")
    saved(lena)
