"""What goes wrong between the first and the last question: no network, two people at once, a session that ends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Reader
from tests.journeys.questionnaire import level, question, saved

LENA, CAIO = "lena@demo.example", "caio@demo.example"


@pytest.fixture
def address(demo, reader) -> str:
    """Where the questions of P15 are, in the demo's open assessment."""
    lena = reader(LENA)
    lena.open("/")
    lena.link("Continue answering").click()
    lena.page.wait_for_url("**/questions/**")
    return re.sub("questions/.*", "questions/P15/", lena.page.url)


def status(someone: Reader):
    return someone.page.locator("#save-status")


def choose_and_save(someone: Reader, key: str, number: int) -> None:
    with someone.page.expect_response(f"**/answers/{key}/"):
        level(someone, key, number).check()


def set_up(someone: Reader, address: str, **levels: int) -> None:
    """Open the page and answer P15.n, so that what follows is a change."""
    someone.open(address)
    for name, number in levels.items():
        key = name.replace("_", ".")
        if not level(someone, key, number).is_checked():
            choose_and_save(someone, key, number)
            saved(someone)


def test_answers_given_offline_are_saved_in_order_when_the_network_is_back(address, reader):
    lena = reader(LENA)
    set_up(lena, address, P15_1=1, P15_2=1)
    lena.expected.append("ERR_INTERNET_DISCONNECTED")
    lena.context.set_offline(True)
    level(lena, "P15.2", 3).check()
    level(lena, "P15.1", 2).check()
    expect(status(lena)).to_have_text(lena.say("Not saved, trying again"))

    arrived = []
    lena.page.on("response", lambda response: arrived.append(response.url.rstrip("/").rpartition("/")[2]))
    with lena.page.expect_response("**/answers/P15.1/"):
        lena.context.set_offline(False)
    saved(lena)
    assert arrived == ["P15.2", "P15.1"]
    lena.page.reload()
    expect(level(lena, "P15.2", 3)).to_be_checked()
    expect(level(lena, "P15.1", 2)).to_be_checked()


def test_answers_given_offline_survive_the_tab_that_is_closed(address, reader):
    lena = reader(LENA)
    set_up(lena, address, P15_1=1)
    lena.expected.append("ERR_INTERNET_DISCONNECTED")
    lena.context.set_offline(True)
    level(lena, "P15.1", 4).check()
    expect(status(lena)).to_have_text(lena.say("Not saved, trying again"))
    lena.page.close()
    lena.context.set_offline(False)
    lena.page = lena.context.new_page()
    with lena.page.expect_response("**/answers/P15.1/"):
        lena.open(address)
    expect(level(lena, "P15.1", 4)).to_be_checked()
    saved(lena)


def test_two_people_on_one_answer_see_both_and_choose(address, reader):
    lena, caio = reader(LENA), reader(CAIO, "pt-br")
    lena.expected.append("409 POST .*/answers/P15.2/")
    caio.expected.append("409 POST .*/answers/P15.2/")
    set_up(lena, address, P15_2=1)
    caio.open(address)

    choose_and_save(lena, "P15.2", 4)
    saved(lena)
    choose_and_save(caio, "P15.2", 2)
    conflict = question(caio, "P15.2").get_by_role("alert")
    both = (caio.say("Level %(level)s", level=4), caio.say("You"), caio.say("Level %(level)s", level=2))
    expect(conflict).to_contain_text(re.compile(".*".join(("Lena Hoffmann", *both)), re.DOTALL))
    conflict.get_by_role("button", name=caio.say("Keep theirs")).click()
    expect(level(caio, "P15.2", 4)).to_be_checked()
    expect(conflict).to_have_count(0)

    choose_and_save(caio, "P15.2", 3)
    saved(caio)
    choose_and_save(lena, "P15.2", 5)
    conflict = question(lena, "P15.2").get_by_role("alert")
    expect(conflict).to_contain_text(re.compile(r"Caio Santana.*Level 3.*You.*Level 5", re.DOTALL))
    with lena.page.expect_response("**/answers/P15.2/"):
        conflict.get_by_role("button", name="Keep mine").click()
    saved(lena)
    caio.page.reload()
    expect(level(caio, "P15.2", 5)).to_be_checked()


def test_value_is_there_again_after_signing_in_anew(address, reader, installation):
    lena = reader(LENA)
    set_up(lena, address, P15_1=1)
    lena.expected.append("40[13] POST .*/answers/P15.1/")
    other_tab = lena.context.new_page()
    other_tab.goto("/account/")
    other_tab.get_by_text("Lena Hoffmann").click()
    other_tab.get_by_role("button", name=lena.say("Sign out")).click()
    other_tab.wait_for_url("**/accounts/login/**")
    installation.cookies.pop(LENA)

    level(lena, "P15.1", 3).check()
    expect(status(lena)).to_contain_text("You are signed out. Sign in again in another tab")
    other_tab.goto(installation.login_link(LENA))
    other_tab.close()
    back_to_the_tab = "document.dispatchEvent(new Event('visibilitychange'))"
    with lena.page.expect_response("**/answers/P15.1/"):
        lena.page.evaluate(back_to_the_tab)
    with lena.page.expect_response(lambda answer: answer.ok and answer.url.endswith("/answers/P15.1/")):
        lena.page.reload()
    expect(level(lena, "P15.1", 3)).to_be_checked()
    saved(lena)
    lena.page.reload()
    expect(level(lena, "P15.1", 3)).to_be_checked()
