"""Answering in a browser, as people do it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Reader


def question(reader: Reader, key: str) -> Locator:
    """The group of fields of one question on the page."""
    return reader.page.get_by_role("group", name=re.compile(rf"^{re.escape(key)} "))


def level(reader: Reader, key: str, number: int, words: str = "") -> Locator:
    """The radio button of one level, whose name is the whole anchor; `words` have to be part of it."""
    start = reader.say("Level %(level)s:", level=number)
    return question(reader, key).get_by_role("radio", name=re.compile(f"^{re.escape(start)}.*{re.escape(words)}"))


def saved(reader: Reader) -> None:
    expect(reader.page.locator("#save-status")).to_contain_text(reader.say("Saved"))


def create_team(owner: Reader, name: str, people: int) -> None:
    """From the organization's page to the page of a new team."""
    owner.link("New team", exact=True).click()
    owner.field("Name").fill(name)
    owner.field("People in the team").fill(str(people))
    owner.button("Create the team").click()
    expect(owner.page.get_by_role("heading", name=name, level=1)).to_be_visible()


def start_assessment(lead: Reader, scope: str, *, mode: str = "", quarters_ago: int | None = None) -> None:
    """From the team's page to the page before question 1."""
    lead.link("Start an assessment").click()
    lead.field("Scope").fill(scope)
    if quarters_ago is not None:
        choices = lead.field("Period").locator("option")
        now = choices.evaluate_all("all => all.findIndex(one => one.selected)")
        lead.field("Period").select_option(index=now + quarters_ago)
    if mode:
        lead.field(mode).check()
    lead.button("Open the assessment").click()
    expect(lead.heading("Who reads this")).to_be_visible()


def invite_to_team(owner: Reader, email: str) -> str:
    """From the team's page: the link that is sent to a new member."""
    owner.link("People", exact=True).click()
    owner.field("E-mail address").fill(email)
    owner.button("Make the invitation link").click()
    return owner.field("Invitation link").input_value()


def accept_invitation(guest: Reader, link: str, name: str) -> None:
    """A new person gets an account of their own."""
    guest.open(link)
    guest.field("Your name").fill(name)
    guest.field("Password").fill("nine lazy pipelines")
    guest.button("Accept and start").click()


def open_questions(reader: Reader) -> list[str]:
    """Keys of the questions on the page that have no answer yet."""
    return reader.page.eval_on_selector_all(
        "fieldset[data-key]",
        "all => all.filter(one => !one.querySelector('input[type=radio]:checked')).map(one => one.dataset.key)",
    )


def on_question_page(reader: Reader) -> None:
    """Wait until a question page stands there with its script at work."""
    reader.page.wait_for_url("**/questions/**", wait_until="load")


def answer_open_questions(reader: Reader, level: str = "3") -> None:
    """From any question page: answer whatever is open with the keyboard, page by page, up to the check."""
    while True:
        on_question_page(reader)
        answer_page_by_keyboard(reader, level)
        reader.button("Save and go to the task list").click()
        expect(reader.page.get_by_role("progressbar")).to_be_visible()
        if not reader.link("Continue answering").is_visible():
            break
        reader.link("Continue answering").click()
    reader.link("Check your answers").click()
    expect(reader.heading("Check your answers")).to_be_visible()


def answer_page_by_keyboard(reader: Reader, level: str) -> None:
    """Number keys answer the first open question, J goes to the next one; each answer is saved by itself."""
    for key in open_questions(reader):
        while reader.page.evaluate("document.activeElement?.closest('fieldset[data-key]')?.dataset.key") != key:
            reader.page.keyboard.press("j")
        with reader.page.expect_response(f"**/answers/{key}/"):
            reader.page.keyboard.press(level)
        saved(reader)
        expect(question(reader, key).get_by_role("radio", checked=True)).to_have_count(1)
