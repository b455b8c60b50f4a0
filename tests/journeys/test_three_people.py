"""A team of three with nine pipelines, on a phone and in Portuguese: nothing counted, little that applies, no dead end.

Everything is in version control but was never counted, nobody works out of hours, no customer has found an error,
there is no monolith and every source is a vendor's API. A quarter later one step is made and checked by a colleague.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from manifesto import catalog
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

SCOPE = "Nove pipelines; críticos: faturamento, estoque e preços."
NOT_APPLICABLE = {
    "P15.3": "Nenhum cliente encontrou um erro até hoje.",
    "TEC.3": "Não há monolito.",
    "ORG.2": "Somos a única equipe de dados.",
}
SPECIAL = {
    "P09.1": (4, "Pelo menos 80 %."),  # a list made today counts
    "P07.2": (5, "zero casos"),  # nobody works out of hours
    "P03.2": (3, "Uma verificação na ingestão"),  # a vendor's API can't be blocked at its source
}
USUAL = 2
OTHERS = {
    "P01.1": 4, "P03.1": 4, "P04.1": 3, "P05.1": 4, "P06.1": 4, "P07.1": 3, "P09.3": 3, "P10.1": 3, "PRO.1": 4,
    "PRO.3": 3, "TEC.2": 4,
}  # fmt: skip


def test_three_people_are_assessed_plan_and_take_a_verified_step_on_a_phone(reader):
    rita = reader("rita@example.org", "pt-br", owns="Padaria Aurora", size=PHONE)
    rita.link("Padaria Aurora").first.click()
    create_team(rita, "Trio", 3)
    start_assessment(rita, SCOPE, quarters_ago=1)
    rita.button("Begin").click()
    answer_everything(rita)
    close(rita)
    nothing_is_forced_to_level_1(rita)
    the_roadmap_is_not_too_much_at_once(rita)

    rita.page.get_by_role("link", name="Trio").first.click()
    start_assessment(rita, SCOPE)
    rita.button("Begin").click()
    keep_everything_but_one_step(rita)
    address = rita.page.url
    a_colleague_checks_the_evidence(rita, reader, address)
    rita.open(re.sub("questions/.*", "check/", address))
    close(rita)
    expect(rita.heading("Verified steps")).to_be_visible()
    step = rita.page.get_by_role("listitem").filter(has_text="P15.2").filter(has_text="2,0 → 3,0")
    expect(step).to_contain_text("O que acontece quando uma verificação automática de dados falha?")
    nothing_scrolls_sideways(rita)


def keys_on_page(rita: Reader) -> list[str]:
    on_question_page(rita)
    return rita.page.eval_on_selector_all("fieldset[data-key]", "all => all.map(one => one.dataset.key)")


def next_page(rita: Reader) -> None:
    nothing_scrolls_sideways(rita)
    with rita.page.expect_navigation(wait_until="load"):
        rita.page.get_by_role("main").locator("button[name=go][value=next]").click()


def answer_everything(rita: Reader) -> None:
    answered = set()
    while "/questions/" in rita.page.url or not answered:
        for key in keys_on_page(rita):
            answer(rita, key)
            answered.add(key)
        next_page(rita)
    assert answered == {question.key for question in catalog.current().core_questions}


def answer(rita: Reader, key: str) -> None:
    if key in NOT_APPLICABLE:
        question(rita, key).get_by_role("radio", name=rita.say("Not applicable")).check()
        reason = question(rita, key).get_by_label(rita.say("Why doesn't it apply?"))
        with rita.page.expect_response(f"**/answers/{key}/"):
            reason.fill(NOT_APPLICABLE[key])
            reason.blur()
    else:
        number, words = SPECIAL.get(key, (OTHERS.get(key, USUAL), ""))
        with rita.page.expect_response(f"**/answers/{key}/"):
            level(rita, key, number, words).check()
    saved(rita)


def close(rita: Reader) -> None:
    expect(rita.heading("Check your answers")).to_be_visible()
    rita.button("Close and score").click()
    rita.page.wait_for_url("**/results/", wait_until="load")


def nothing_is_forced_to_level_1(rita: Reader) -> None:
    """Each empty case has a place of its own, so that no answer had to be level 1 and no principle is below 2."""
    nothing_scrolls_sideways(rita)
    main = rita.page.get_by_role("main")
    for reason in NOT_APPLICABLE.values():
        expect(main).to_contain_text(f"“{reason}”")
    rows = rita.page.get_by_role("region", name=rita.say("Principles, largest gap to target first")).get_by_role("row")
    scores = [float(text.replace(",", ".")) for text in rows.locator("td:nth-of-type(1)").all_inner_texts()]
    assert len(scores) == 18
    assert min(scores) >= 2


def the_roadmap_is_not_too_much_at_once(rita: Reader) -> None:
    rita.link("Plan the roadmap").click()
    expect(rita.page.get_by_role("main")).to_contain_text("5,4")  # 3 people, 12 weeks, 15 %
    quality_is_lifted_soon(rita)
    rita.field("Protect: critical principles at 3").check()
    rita.button("Save these choices").click()
    rita.sees("Saved. The plan follows these choices.")
    quality_is_lifted_soon(rita)
    nothing_scrolls_sideways(rita)


def quality_is_lifted_soon(rita: Reader) -> None:
    soon = " ".join(quarter.inner_text() for quarter in at_most_four_starts_a_quarter(rita)[:2])
    assert re.search(r"\bP15\.\d", soon), f"No initiative for quality checks in the first two quarters: {soon}"


def at_most_four_starts_a_quarter(rita: Reader) -> list[Locator]:
    quarters = rita.page.locator("section.plan-quarter").all()
    starts = [quarter.get_by_role("article").count() for quarter in quarters]
    assert sum(starts) > 0
    assert max(starts) <= 4
    return quarters


def keep_everything_but_one_step(rita: Reader) -> None:
    """All answers as last time, ticked one after the other without waiting; P15.2 goes up and names its evidence.

    The form's button may be quicker than the script's save: the server says that both say the same, the page goes on.
    """
    rita.expected.append(r"409 POST .*/answers/")
    step = ""
    while "/questions/" in rita.page.url or not step:
        keys = keys_on_page(rita)
        for key in keys:
            if key == "P15.2":
                step = rita.page.url
                take_the_step(rita)
            else:
                question(rita, key).get_by_label(rita.say("Same as last time")).check()
        next_page(rita)
    expect(rita.page.get_by_text(rita.say("Open"), exact=True)).to_have_count(0)
    rita.open(step)
    on_question_page(rita)
    expect(level(rita, "P15.2", 3)).to_be_checked()


def take_the_step(rita: Reader) -> None:
    group = question(rita, "P15.2")
    group.get_by_text(rita.say("Note and evidence")).click()
    group.get_by_label(rita.say("Evidence: a link, or where to find it")).fill("https://wiki.example/alertas")
    with rita.page.expect_response("**/answers/P15.2/"):
        level(rita, "P15.2", 3).check()
    saved(rita)


def a_colleague_checks_the_evidence(rita: Reader, reader, address: str) -> None:
    rita.link("Trio").click()
    link = invite_to_team(rita, "paulo@example.org")
    paulo = reader("", "pt-br", size=PHONE)
    accept_invitation(paulo, link, "Paulo Reis")
    paulo.page.wait_for_url("**/about/")
    paulo.open(address)
    question(paulo, "P15.2").get_by_role("button", name=paulo.say("I looked at this evidence and it holds")).click()
    expect(question(paulo, "P15.2")).to_contain_text("Paulo Reis")


def nothing_scrolls_sideways(someone: Reader) -> None:
    root = "document.scrollingElement"
    assert someone.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), someone.page.url
