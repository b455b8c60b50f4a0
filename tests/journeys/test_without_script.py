"""The questionnaire with JavaScript switched off: plain forms, nothing lost, the same answers."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from manifesto import catalog
from tests.journeys.questionnaire import create_team, level, question, start_assessment

REASON = "We have run for three weeks and no customer has found an error."


def test_questionnaire_is_answered_closed_and_read_without_javascript(reader):
    nora = reader("nora@example.org", owns="Nora's first try", script=False)
    nora.open("/organizations/new/")
    nora.field("Name").fill("Harbour Data")
    nora.button("Create the organization").click()
    create_team(nora, "Pilots", 4)
    start_assessment(nora, "Two pipelines, both critical.")
    nora.button("Begin").click()
    expect(question(nora, "P01.1")).to_be_visible()

    nora.link("Task list").click()
    nora.page.get_by_role("link", name=catalog.current().principle_by_key["P15"].name.en).click()
    answer_the_page_with_a_reason_missing(nora)
    what_was_typed_is_kept_and_the_reason_is_asked_for(nora)
    question(nora, "P15.3").get_by_label(nora.say("Why doesn't it apply?")).fill(REASON)
    nora.page.get_by_role("button", name=re.compile("^Next")).click()
    the_answers_are_listed(nora)
    the_results_need_no_script(nora)


def answer_the_page_with_a_reason_missing(nora) -> None:
    level(nora, "P15.1", 2).check()
    question(nora, "P15.1").get_by_label(nora.say("partly there")).check()
    question(nora, "P15.2").get_by_label(nora.say("Don't know")).check()
    question(nora, "P15.3").get_by_label(nora.say("Not applicable")).check()
    question(nora, "P15.3").get_by_text(nora.say("Note and evidence")).click()
    question(nora, "P15.3").get_by_label(nora.say("Note"), exact=True).fill("Ask again in March")
    nora.expected.append("422 POST .*/questions/P15/")
    nora.page.get_by_role("button", name=re.compile("^Next")).click()


def what_was_typed_is_kept_and_the_reason_is_asked_for(nora) -> None:
    summary = nora.page.get_by_role("alert")
    expect(summary).to_contain_text("P15.3: Say in a few words why this doesn't apply.")
    expect(summary.get_by_role("link")).to_have_attribute("href", "#q-P15_3")
    expect(nora.page).to_have_title(re.compile("Pilots"))
    expect(question(nora, "P15.3").get_by_label(nora.say("Not applicable"))).to_be_checked()
    expect(question(nora, "P15.3").get_by_label(nora.say("Note"), exact=True)).to_have_value("Ask again in March")
    expect(level(nora, "P15.1", 2)).to_be_checked()


def the_answers_are_listed(nora) -> None:
    expect(nora.page.get_by_role("heading", level=1)).to_be_visible()
    nora.link("Task list").click()
    nora.link("Check your answers").click()
    page = nora.page.get_by_role("main")
    expect(page).to_contain_text("Level 2, partly there")
    expect(page).to_contain_text(f"Not applicable · {REASON} · “Ask again in March”")
    expect(page.get_by_text("Open", exact=True)).to_have_count(len(catalog.current().core_questions) - 3)
    nora.link("Edit P15.2").click()
    expect(question(nora, "P15.2").get_by_label(nora.say("Don't know"))).to_be_checked()
    nora.page.go_back()


def the_results_need_no_script(nora) -> None:
    nora.button("Close and score").click()
    rows = nora.page.get_by_role("region", name="Principles, largest gap to target first").get_by_role("row")
    expect(rows).to_have_count(1 + 18)
    expect(nora.page.get_by_role("main")).to_contain_text(f"“{REASON}”")
    expect(nora.page.get_by_role("listitem").filter(has_text="P15.2").first).to_contain_text("1 could not tell")
