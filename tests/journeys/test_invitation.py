"""Somebody who was invited by link is at question 1 after at most two pages, and sees only their own answers."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from manifesto import catalog
from tests.journeys.questionnaire import (
    accept_invitation,
    create_team,
    invite_to_team,
    level,
    question,
    saved,
    start_assessment,
)

SECRET = "Written by Vera only"


def test_invited_respondent_is_at_question_1_after_two_pages_and_sees_own_answers_only(reader):
    vera = reader("vera@example.org", owns="Field Office")
    vera.link("Field Office").first.click()
    create_team(vera, "Cartographers", 6)
    start_assessment(vera, "The map service.", mode="Each member answers alone, under their name")
    vera.button("Begin").click()
    vera.page.wait_for_url("**/questions/**", wait_until="load")
    question(vera, "P01.1").get_by_text("Note and evidence").click()
    question(vera, "P01.1").get_by_label("Note", exact=True).fill(SECRET)
    level(vera, "P01.1", 5).check()
    saved(vera)
    vera.link("Cartographers").click()
    link = invite_to_team(vera, "hugo@example.org")

    hugo = reader()
    accept_invitation(hugo, link, "Hugo Brandt")
    expect(hugo.heading("Who reads this")).to_be_visible()
    hugo.sees("Until closing: only you. After closing: the team's lead, administrators and owners, with your name. "
              "Everybody else sees, without names, the number of answers, their spread, "
              "and why a question doesn't apply.")  # fmt: skip
    hugo.button("Begin").click()
    hugo.page.wait_for_url("**/questions/P01/**", wait_until="load")
    expect(question(hugo, "P01.1").get_by_role("radio", checked=True)).to_have_count(0)
    assert SECRET not in hugo.page.content()

    with hugo.page.expect_response("**/answers/P01.1/"):
        level(hugo, "P01.1", 2).check()
    saved(hugo)
    hugo.page.get_by_role("button", name=re.compile("^Next")).click()
    hugo.link("Task list").click()
    hugo.link("Check your answers").click()
    expect(hugo.page.get_by_role("main")).to_contain_text(f"Hugo Brandt: 1 of {len(catalog.current().core_questions)}")
    expect(hugo.page.get_by_role("main")).to_contain_text("At most 12 weeks.")
    expect(hugo.page.get_by_role("main")).not_to_contain_text("At most 2 weeks.")
    expect(hugo.button("Close and score")).to_have_count(0)
    assert SECRET not in hugo.page.content()


def test_invitation_works_once(reader):
    vera = reader("vera@example.org", owns="Field Office")
    vera.link("Field Office").first.click()
    create_team(vera, "Surveyors", 2)
    link = invite_to_team(vera, "ines@example.org")
    accept_invitation(reader(), link, "Inês Prado")
    stranger = reader()
    stranger.expected.append("404 GET .*/invitations/")
    stranger.open(link)
    expect(stranger.page.get_by_role("heading", level=1)).to_be_visible()
    expect(stranger.field("Password")).to_have_count(0)
