"""From a plan to work and back: adopted, an item done, the next assessment closed, forecast against measured."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, OWNER, PHONE, Reader
from tests.journeys.test_every_page import adopted_plan, path_of_link, team_path


@pytest.fixture(params=[("en", True), ("pt-br", False)], ids=["en", "pt-br-phone-without-script"])
def lead(request, reader, demo) -> Reader:
    language, script = request.param
    demo.changed = True
    return reader(OWNER, language, script=script, size=DESKTOP if script else PHONE)


def test_a_plan_is_adopted_worked_on_and_measured_at_the_next_closing(lead):
    page, lead.expected = lead.page, [r"422 POST .*/items/"]
    team_path(lead, "Boreal")
    open_one = path_of_link(page, r"/assessments/\d+/")
    closed = path_of_link(page, r"/assessments/\d+/results/").removesuffix("results/")

    plan = adopted_plan(lead, closed)
    expect(lead.heading("Work on the plan")).to_be_visible()
    first = page.locator(".work-item").first
    initiative = first.get_attribute("id")
    first.get_by_role("button", name=lead.say("Begin")).click()
    expect(page.locator(f"#{initiative} .tag")).to_have_text(lead.say("Doing"))

    page.locator(f"#{initiative}").get_by_role("link", name=lead.say("Mark as done")).click()
    lead.button("Save", exact=True).click()
    lead.sees("Say what shows that it is done.")
    lead.field("Evidence: a link, or where to find it").fill("https://example.org/run/12")
    lead.button("Save", exact=True).click()
    lead.sees("Done. The questions that it lifts are on the list to answer anew.")
    expect(page).to_have_url(re.compile(re.escape(plan)))

    lead.open(open_one)
    lead.sees("What lifts them was marked done. The answers stay as they are until you answer again.")
    asked = page.locator("section.notice li", has_text=initiative or "").get_by_role("link").first
    key = asked.inner_text()
    asked.click()
    question = page.locator(f'fieldset[data-key="{key}"]')
    expect(question).to_contain_text(initiative)
    question.locator(f'input[value="4"][name="{key.replace(".", "_")}-choice"]').check()
    lead.button("Save and go to the task list").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("section.notice li a", has_text=re.compile(f"^{re.escape(key)}$"))).to_have_count(0)

    lead.open(f"{open_one}check/")
    lead.button("Close and score").click()
    expect(page).to_have_url(re.compile("/results/$"))
    expect(lead.heading("Forecast against measured")).to_be_visible()
    lead.sees("Hit rate")
    lead.sees("Lifts that came true")
    page.get_by_text(lead.say("Question by question")).click()
    expect(page.locator(".retrospect tbody tr", has_text=key)).to_contain_text("4")
