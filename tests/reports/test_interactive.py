"""The report as one page: everything in it, nothing asked of anybody, complete without a script."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from functools import cache

import pytest
from playwright.sync_api import expect

from reports.briefing import build_briefing, build_figures, figures_for_window
from reports.interactive import render
from tests.reports.sample import card_with_modules, report_data

PAYLOADS = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=http://canary.example/x onerror=alert(1)>',
    "{{ 7|add:7 }}{% load x %}",
    "</style><style>*{display:none}",
    "\u202e\u2028🚀",
)


@cache
def data(first: bool = False):
    return report_data(first=first, scorecard=card_with_modules())


def page(language: str = "en", **changes) -> str:
    said = replace(data(), **changes)
    figures = figures_for_window(build_figures(said, language), said, language)
    return render(build_briefing(said, language), figures, language).decode()


def without_code(text: str) -> str:
    """The page but for scripts that run, and styles."""
    return re.sub(r"<script(?: type=\"module\")?>.*?</script>|<style>.*?</style>", "", text, flags=re.DOTALL)


def runnable(text: str) -> list[str]:
    """The content of each script element that a browser would run."""
    found = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    return [code for attributes, code in found if "application/json" not in attributes]


def test_it_asks_for_nothing():
    text = without_code(page())
    assert re.findall(r"<(?:link|iframe|img|object|embed|form|base)\b", text) == []
    assert re.findall(r"""\b(?:src|srcset|action|data|poster)\s*=""", text) == []
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', text))
    assert not re.search(r"url\(|@import", page().split("<style>")[1].split("</style>")[0])


def test_its_policy_forbids_requests_and_names_exactly_the_scripts_that_are_in_it():
    text = page()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    policy = html.unescape(policy)
    assert policy.startswith("default-src 'none'; ") and "http" not in policy and "connect-src" not in policy
    hashes = {f"sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}" for code in runnable(text)}
    assert set(re.findall(r"'(sha256-[^']*)'", policy)) == hashes
    assert len(hashes) == 2
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script")


def test_it_says_in_text_and_tables_what_the_pdf_says():
    briefing, text = build_briefing(data(), "en"), html.unescape(without_code(page()))
    for words in (
        briefing.title,
        briefing.sentence,
        *briefing.strongest,
        *briefing.gaps,
        briefing.initiatives[0].done_when,
        briefing.blocks[0].steps[0].today,
        briefing.roadmap_intro[0],
        briefing.modules[0].sentence,
        *briefing.method,
        *(fact.value for fact in briefing.versions),
    ):
        assert words in text
    for chart in briefing.charts.values():
        assert chart.finding in text
        for row in chart.table.rows:
            assert all(cell in text for cell in row)


def test_each_figure_is_in_it_as_data():
    text = page()
    blocks = dict(re.findall(r'<script id="chart-(\w+)" type="application/json">(.*?)</script>', text, re.DOTALL))
    assert set(blocks) == {"settings", "pillars", "profile", "slope", "gantt", "projection", "projects"}
    figure = json.loads(blocks["profile"])["figure"]
    assert figure["layout"]["showlegend"] and "width" not in figure["layout"]


def test_what_is_missing_is_left_out():
    text = page(previous=None, comparison=None, plan=None, scorecard=report_data().scorecard)
    assert 'id="chart-slope"' not in text and 'id="chart-gantt"' not in text
    assert 'id="modules"' not in text


def test_portuguese_is_portuguese_and_the_same_data_give_the_same_bytes():
    text = page("pt-br")
    assert text == page("pt-br")
    assert '<html lang="pt-br">' in text and "Princípio a princípio" in text and "Principle by principle" not in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_typed_is_text(payload):
    hostile = page(team=payload, scope=payload, period=payload, previous_period=payload)
    clean = page(team="x", scope="x", period="x", previous_period="x")
    assert hostile.count("<script") == clean.count("<script")
    assert runnable(hostile) == runnable(clean)
    assert html.escape(payload) in hostile
    assert "<img" not in without_code(hostile) and "</style><style>" not in hostile


@pytest.fixture
def opened(browser, tmp_path):
    """A function that opens the page from the disk, and the faults and requests of it."""
    contexts = []

    def open_page(text: str, **options):
        (tmp_path / "report.html").write_text(text, encoding="utf-8")
        context = browser.new_context(**options)
        contexts.append(context)
        tab, seen = context.new_page(), []
        tab.on("console", lambda message: seen.append(message.text))
        tab.on("pageerror", lambda error: seen.append(str(error)))
        tab.on("dialog", lambda dialog: seen.append(dialog.message))
        context.on("request", lambda request: seen.append(request.url))
        tab.goto((tmp_path / "report.html").as_uri())
        return tab, seen

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("language", "dark", "width"), [("en", False, 1280), ("pt-br", True, 320)])
def test_from_a_disk_it_draws_every_chart_and_asks_for_nothing_else(opened, language, dark, width):
    hostile = PAYLOADS[2]
    tab, seen = opened(
        page(language, team=hostile, scope=hostile),
        color_scheme="dark" if dark else "light",
        viewport={"width": width, "height": 800},
        offline=True,
    )
    expect(tab.locator(".js-plotly-plot")).to_have_count(6, timeout=30_000)
    assert [url for url in seen if not url.startswith(("file:", "data:", "blob:"))] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert hostile in tab.locator("h1").inner_text()


def test_without_scripts_the_tables_are_there(opened):
    tab, _seen = opened(page(), java_script_enabled=False)
    tab.get_by_text("Table", exact=False).first.click()
    expect(tab.get_by_role("columnheader", name="Next level asks")).to_be_visible()
    expect(tab.get_by_role("button", name="PNG")).to_have_count(0)
