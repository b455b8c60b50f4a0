"""A consultant's own words and logos: typed in both languages, printed in each report under the consultant's name."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.conftest import Reader
from tests.journeys.test_every_page import path_of_link, result_path
from tests.reports.pictures import png

CONSULTANT = "helena@demo.example"
HEAD = ("Checks exist, <b>decisions</b> don't.", "As verificações existem, {{ decisões }} não.")
DUPLICATES = ("Nobody saw the check.", "Ninguém viu a verificação.")


def write(someone: Reader, address: str, texts: tuple[str, str]) -> None:
    someone.open(address)
    for label, text in zip(("In English", "In Brazilian Portuguese"), texts, strict=True):
        someone.field(label).fill(text)
    someone.button("Save").click()
    someone.sees("Saved. Reports that are asked for from now on have it.")


def words_of_report(someone: Reader, closed: str, audience: str, folder: Path) -> str:
    """The words of a report in the reader's language, as the downloaded PDF has them."""
    someone.open(f"{closed}reports/")
    someone.page.locator(f'input[name="audience"][value="{audience}"]').check()
    someone.button("Build the PDF report").click()
    ready = someone.link("Download the PDF")
    expect(ready).to_be_visible(timeout=90_000)
    with someone.page.expect_download() as download:
        ready.click()
    file = folder / f"{audience}-{someone.language}.pdf"
    download.value.save_as(file)
    text = " ".join(page.extract_text() for page in PdfReader(file).pages)
    return " ".join(text.replace("\u200b", "").split())


def test_findings_and_a_logo_stand_in_the_reports_of_both_languages(reader, demo, tmp_path):
    demo.changed = True
    english = reader(CONSULTANT)
    organization = path_of_link(english.page, r"/organizations/\d+/")
    closed = result_path(english, "Delta")
    write(english, f"{closed}findings/head/", HEAD)
    write(english, f"{closed}findings/P15/", DUPLICATES)

    english.open(f"{organization}logos/")
    form = english.page.locator("section.panel").first
    picture = {"name": "a.png", "mimeType": "image/png", "buffer": png(60, 20)}
    form.locator("input[type=file]").set_input_files(picture)
    form.get_by_label(english.say("Alternative text")).fill("Duarte & Filhas")
    form.get_by_role("button", name=english.say("Save")).click()
    expect(english.page.get_by_role("img", name="Duarte & Filhas")).to_be_visible()

    executive = words_of_report(english, closed, "executive", tmp_path)
    assert HEAD[0] in executive and "In the words of Helena Duarte" in executive
    portuguese = reader(CONSULTANT, "pt-br")
    lead = words_of_report(portuguese, closed, "lead", tmp_path)
    assert HEAD[1] in lead and DUPLICATES[1] in lead and DUPLICATES[0] not in lead
    assert portuguese.say("In the words of %(name)s", name="Helena Duarte") in lead
    assert PdfReader(tmp_path / "executive-en.pdf").pages[0].images, "the logo"
