"""Someone who follows the README as a new user: answers, closes, sees scores, compares, downloads the PDF."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.conftest import OWNER, Reader
from tests.journeys.questionnaire import answer_open_questions

TEAM = "Boreal"


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_newcomer_answers_closes_compares_and_downloads(demo, reader, language, tmp_path):
    demo.changed = True
    newcomer = reader(OWNER, language)
    newcomer.open("/")
    newcomer.page.get_by_role("link", name=TEAM).first.click()
    newcomer.link("Continue answering").click()
    answer_open_questions(newcomer)
    newcomer.button("Close and score").click()
    sentence = the_results_begin_with_what_holds_the_team(newcomer)
    the_dashboard_compares_with_earlier_quarters(newcomer)
    the_roadmap_has_a_first_step(newcomer)
    pdf = a_report_is_built_and_downloaded(newcomer, tmp_path)
    the_pdf_says_the_same(pdf, language, sentence)


def the_results_begin_with_what_holds_the_team(newcomer: Reader) -> str:
    expect(newcomer.page).to_have_url(re.compile(r"/assessments/\d+/results/"))
    expect(newcomer.page.get_by_role("heading", level=1)).to_contain_text(TEAM)
    sentence = newcomer.page.locator("p.lead-sentence").inner_text()
    assert newcomer.say("Level").lower() in sentence.lower()
    expect(newcomer.heading("Pillars")).to_be_visible()
    return sentence


def the_dashboard_compares_with_earlier_quarters(newcomer: Reader) -> None:
    page = newcomer.page
    page.get_by_role("navigation", name=newcomer.say("Main")).get_by_role(
        "link", name=newcomer.say("Dashboard")
    ).click()
    then = newcomer.field("Compare with")
    earliest = then.locator("option").last.get_attribute("value")
    then.select_option(earliest)
    page.get_by_role("group").filter(has_text=newcomer.say("All teams")).locator("summary").click()
    page.get_by_role("checkbox", name=TEAM).check()
    newcomer.button("Show", exact=True).click()
    expect(page).to_have_url(re.compile(f"compare={earliest}"))
    pasted = newcomer.context.new_page()
    pasted.goto(page.url)
    expect(pasted.get_by_label(newcomer.say("Compare with"))).to_have_value(earliest)
    teams = pasted.get_by_role("region", name=newcomer.say("Teams by name")).get_by_role("rowheader")
    expect(teams).to_have_text([TEAM])
    expect(pasted.get_by_role("heading", name=newcomer.say("What moved"))).to_be_visible()
    pasted.close()
    page.get_by_role("rowheader", name=TEAM).get_by_role("link").first.click()


def the_roadmap_has_a_first_step(newcomer: Reader) -> None:
    newcomer.link("Plan the roadmap").click()
    expect(newcomer.page.get_by_role("article").first).to_contain_text(newcomer.say("First step"))


def a_report_is_built_and_downloaded(newcomer: Reader, tmp_path):
    newcomer.link("Build a PDF report").click()
    newcomer.page.get_by_role("main").get_by_label(newcomer.say("Language")).select_option(newcomer.language)
    newcomer.button("Build the PDF report").click()
    ready = newcomer.page.get_by_role("link", name=re.compile(newcomer.say("Download the PDF")))
    expect(ready).to_be_visible(timeout=120_000)
    with newcomer.page.expect_download() as download:
        ready.click()
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    return target


def the_pdf_says_the_same(path, language: str, sentence: str) -> None:
    pdf = PdfReader(path)
    first_page = without_spaces(pdf.pages[0].extract_text())
    assert TEAM in first_page
    assert without_spaces(sentence) in first_page
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712  (pypdf's own kind of boolean)
    assert pdf.trailer["/Root"]["/Lang"].lower().startswith(language.split("-")[0])


def without_spaces(text: str) -> str:
    """The text without the spaces and hyphens that depend on where lines end."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)
