"""A report leaves the building: a link with a password is opened without an account, ends, and is revoked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Download, expect

from tests.journeys.conftest import OWNER, Reader
from tests.journeys.test_every_page import VARIANTS, built_report, faults_of, path_of_link, team_path

PASSWORD = "blue ladder 7"
EXPIRE = """
from datetime import timedelta
from reports.models import ShareLink
link = ShareLink.objects.newest_first().first()
ShareLink.objects.filter(pk=link.pk).update(expires_at=link.created_at - timedelta(minutes=1))
"""


@pytest.fixture
def report(reader, demo) -> str:
    """The address of a report of Boreal that is built, with its charts."""
    owner = reader(OWNER)
    team_path(owner, "Boreal")
    closed = path_of_link(owner.page, r"/assessments/\d+/results/").removesuffix("results/")
    address = built_report(owner, closed)
    expect(owner.link("Download the PDF")).to_be_visible(timeout=60_000)
    return address


def made_link(owner: Reader, report: str, *, password: str = "", note: str = "") -> str:
    """The address of a new link, as the page shows it once."""
    owner.open(f"{report}links/")
    owner.field("Password (optional)").fill(password)
    owner.field("For whom (only you and your colleagues see it)").fill(note)
    owner.button("Make a link").click()
    return owner.page.locator(".share-link").inner_text()


def stranger_at(reader, link: str, language: str, dark: bool = False) -> Reader:
    stranger = reader("", language, dark=dark)
    stranger.expected += ["422 POST .*/shared/", "404 (GET|POST) .*/shared/"]
    stranger.open(link)
    return stranger


def downloaded(stranger: Reader, button: str) -> Download:
    with stranger.page.expect_download() as download:
        stranger.button(button).click()
    return download.value


@pytest.mark.parametrize(("language", "dark"), VARIANTS)
def test_a_link_with_a_password_gives_the_document_to_whoever_knows_it(reader, report, language, dark, tmp_path):
    owner = reader(OWNER, language)
    link = made_link(owner, report, password=PASSWORD, note="<b>Conselho</b>")
    stranger = stranger_at(reader, link, language, dark)
    expect(stranger.heading("A protected document")).to_be_visible()
    assert faults_of(stranger.page, {}) == []
    expect(stranger.page.get_by_role("main")).not_to_contain_text("Boreal")

    stranger.field("Password").fill("something else")
    stranger.button("Download the PDF").click()
    stranger.sees("This isn't the password of this link.")
    assert faults_of(stranger.page, {}) == []

    stranger.field("Password").fill(PASSWORD)
    pdf = downloaded(stranger, "Download the PDF")
    assert pdf.path().read_bytes().startswith(b"%PDF-")
    stranger.field("Password").fill(PASSWORD)
    page = downloaded(stranger, "Download as a page with interactive charts")
    page.save_as(tmp_path / "report.html")
    stranger.page.goto((tmp_path / "report.html").as_uri())
    expect(stranger.page.locator(".js-plotly-plot").first).to_be_visible(timeout=30_000)
    stranger.faults[:] = [fault for fault in stranger.faults if "file://" not in fault]
    assert faults_of(stranger.page, {}) == []
    stranger.faults[:] = [fault for fault in stranger.faults if "file://" not in fault]

    owner.open(f"{report}links/")
    row = owner.page.get_by_role("row").filter(has_text="<b>Conselho</b>").first
    expect(row.get_by_role("cell").nth(2)).to_contain_text(re.compile("^2"))
    row.get_by_role("button", name=owner.say("Revoke")).click()
    owner.sees("The link is revoked. It no longer opens anything.")
    stranger.open(link)
    expect(stranger.heading("This link opens nothing")).to_be_visible()


def test_a_link_that_is_over_and_one_that_is_guessed_look_the_same(reader, report, demo):
    link = made_link(reader(OWNER), report)
    stranger = stranger_at(reader, link, "en")
    expect(stranger.button("Download the PDF")).to_be_visible()
    demo.manage("shell", "-c", EXPIRE)
    stranger.button("Download the PDF").click()
    expect(stranger.heading("This link opens nothing")).to_be_visible()
    over = stranger.page.get_by_role("main").inner_html()
    stranger.open(re.sub(r"[^/]+/$", "A" * 22 + "/", link))
    assert stranger.page.get_by_role("main").inner_html() == over
