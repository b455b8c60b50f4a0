"""The board with a keyboard alone, in Portuguese on a small phone: what if, two scenarios side by side, one adopted."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import OWNER, Reader
from tests.journeys.test_every_page import result_path

SMALL = (320, 640)
MOST_TABS = 400


@pytest.fixture
def newcomer(reader, demo) -> Reader:
    demo.changed = True
    return reader(OWNER, "pt-br", size=SMALL)


def reach(someone: Reader, target: Locator) -> None:
    """Go on with the Tab key until the target has the focus, and is seen to have it."""
    wanted = target.element_handle()
    for _ in range(MOST_TABS):
        if someone.page.evaluate("one => document.activeElement === one", wanted):
            expect(target).to_be_in_viewport()
            return
        someone.page.keyboard.press("Tab")
    raise AssertionError(f"No way to {target} with the keyboard")


def press(someone: Reader, target: Locator, key: str = "Enter") -> None:
    reach(someone, target)
    someone.page.keyboard.press(key)


def type_into(someone: Reader, target: Locator, text: str) -> None:
    reach(someone, target)
    someone.page.keyboard.press("Control+A")
    someone.page.keyboard.type(text)


def field(someone: Reader, name: str) -> Locator:
    return someone.page.locator(f'#choices [name="{name}"]')


def test_choices_are_made_kept_compared_and_adopted(newcomer):
    page, newcomer.expected = newcomer.page, [r"422 POST .*/roadmap/"]
    roadmap = result_path(newcomer, "Boreal") + "roadmap/"
    newcomer.open(roadmap)
    reach(newcomer, field(newcomer, "preset").first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(field(newcomer, "preset").nth(2)).to_be_checked()
    type_into(newcomer, field(newcomer, "capacity_1"), "2,5")
    type_into(newcomer, field(newcomer, "factor"), "0,8")
    press(newcomer, page.get_by_text(newcomer.say("Targets of single principles and pillars")))
    press(newcomer, field(newcomer, "target_P08"), "End")
    press(newcomer, page.get_by_text(newcomer.say("Decide about single initiatives")))
    press(newcomer, field(newcomer, "wish_I08"), "ArrowDown")
    press(newcomer, field(newcomer, "wish_I10"), "End")
    press(newcomer, newcomer.button("Save these choices"))

    newcomer.sees("Say why the team won't do it.")
    expect(field(newcomer, "capacity_1")).to_have_value("2,5")
    type_into(newcomer, field(newcomer, "reason_I10"), "Fazemos isso sem registro")
    press(newcomer, newcomer.button("Save these choices"))
    newcomer.sees("Saved. The plan follows these choices.")
    expect(page.locator("#decide-I08 select").first).to_have_value("must")
    region = page.get_by_role("region", name=newcomer.say("Targets that stay out of reach")).first
    reasons = region.locator("tbody td:last-child").all_inner_texts()
    assert reasons and all(reason.strip() for reason in reasons)

    type_into(newcomer, field(newcomer, "capacity_1"), "8")
    press(newcomer, page.get_by_text(newcomer.say("Keep these choices as a scenario of their own")))
    type_into(newcomer, page.locator("#scenario-name"), "Mais tempo")
    press(newcomer, newcomer.button("Keep as a new scenario"))
    newcomer.sees("Saved as a scenario of its own.")

    press(newcomer, newcomer.link("Scenarios").first)
    expect(newcomer.heading("Scenarios").first).to_be_visible()
    for box in page.locator('.scenario-list [name="compare"]').all()[1:]:
        press(newcomer, box, "Space")
    press(newcomer, newcomer.button("Compare the chosen ones"))
    expect(newcomer.heading("Side by side")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Mais tempo").first).to_be_attached()

    press(newcomer, page.get_by_role("link", name="Mais tempo", exact=True))
    press(newcomer, newcomer.button("Adopt this plan"))
    expect(newcomer.heading("Work on the plan")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL[0]
