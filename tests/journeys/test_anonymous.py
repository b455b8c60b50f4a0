"""Six people answer anonymously: each reads who sees what, answers alone, and the results name nobody."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.journeys.conftest import PHONE, Reader
from tests.journeys.questionnaire import (
    accept_invitation,
    create_team,
    invite_to_team,
    level,
    on_question_page,
    question,
    saved,
    start_assessment,
)
from tests.journeys.test_every_page import faults_on

NAMES = ("Ana Lima", "Bia Melo", "Caio Reis", "Davi Nunes")
MODE = "Each member answers alone, and nobody learns who answered what"


def test_five_people_answer_and_nobody_learns_who_said_what(reader):
    rita = reader("rita@anon.example", owns="Quiet House")
    rita.link("Quiet House").first.click()
    create_team(rita, "Whisper", 5)
    team = rita.page.url
    start_assessment(rita, "Nine pipelines, two of them critical.", mode=MODE)
    about = rita.page.url
    answer_one_question(rita, 1, "It broke twice")
    rita.open(about.replace("about/", "check/"))
    rita.button("Close and score").click()
    expect(rita.page.get_by_role("main")).to_contain_text("No question has answers of at least 5 people yet")
    rita.expected.append("422 POST")

    for number, name in enumerate(NAMES, start=2):
        rita.open(team)
        link = invite_to_team(rita, f"{name.split()[0].lower()}@anon.example")
        member = reader("", "pt-br" if number % 2 else "en", size=PHONE)
        accept_invitation(member, link, name)
        member.page.wait_for_url("**/about/")
        expect(member.heading("Who reads this")).to_be_visible()
        answer_one_question(member, number, "")

    check = about.replace("about/", "check/")
    assert faults_on(member, [about, check, about.replace("about/", "questions/P01/")], {}) == {}
    rita.open(check)
    main = rita.page.get_by_role("main")
    expect(main).to_contain_text("5 people have answered something")
    expect(main).to_contain_text("Closing can't be undone.")
    for name in NAMES:
        expect(main).not_to_contain_text(name)
    rita.button("Close and score").click()
    rita.page.wait_for_url("**/results/", wait_until="load")
    expect(rita.page.get_by_role("button", name=rita.say("Undo closing"))).to_have_count(0)
    expect(rita.link("Answers as CSV")).to_have_count(0)
    results = rita.page.url
    rita.open(re.sub("results/.*", "results/P01/", results))
    expect(rita.page.get_by_role("main")).to_contain_text("n = 5, from 1.0 to 5.0")
    expect(rita.page.get_by_role("main")).not_to_contain_text("It broke twice")
    assert faults_on(rita, [results, rita.page.url], {}) == {}


def answer_one_question(someone: Reader, number: int, note: str) -> None:
    """From the page before question 1: P01.1 gets this level."""
    someone.button("Begin").click()
    on_question_page(someone)
    if note:
        question(someone, "P01.1").get_by_text(someone.say("Note and evidence")).click()
        question(someone, "P01.1").get_by_label(someone.say("Note"), exact=True).fill(note)
    with someone.page.expect_response("**/answers/P01.1/"):
        level(someone, "P01.1", number).check()
    saved(someone)
