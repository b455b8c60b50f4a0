"""Every chart of the pages is really drawn, with each of its traces, and nothing of it leaves the machine."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import OWNER, Reader
from tests.journeys.test_every_page import path_of_link, result_path, team_path

LAYERS = {"heatmap": ".heatmaplayer .hm", "scatter": ".scatterlayer .trace", "bar": ".barlayer .trace"}


@pytest.fixture
def analyst(reader, demo) -> Reader:
    return reader(OWNER)


def draw(chart: Locator) -> dict[str, int]:
    """Bring the chart into the window and wait for it: how many traces of each type its data have."""
    chart.scroll_into_view_if_needed()
    expect(chart.locator("[aria-busy=false]")).to_have_count(1)
    name = chart.get_attribute("data-chart")
    traces = json.loads(chart.page.locator(f"script#{name}").text_content())["figure"]["data"]
    types = [trace.get("type", "scatter") for trace in traces if trace.get("visible", True) is True]
    return {kind: types.count(kind) for kind in set(types)}


def check_charts(analyst: Reader, path: str, number: int) -> None:
    analyst.open(path)
    charts = analyst.page.locator("[data-chart]")
    expect(charts).to_have_count(number)
    for chart in charts.all():
        expected = draw(chart)
        assert expected.keys() <= LAYERS.keys()
        drawn = {kind: chart.locator(LAYERS[kind]).count() for kind in expected}
        assert all(drawn[kind] > 0 for kind in expected), (path, expected, drawn)
        assert chart.locator("svg.main-svg").first.bounding_box()["height"] > 100
        buttons = chart.locator(".modebar-btn").evaluate_all("all => all.map(one => one.outerHTML.toLowerCase())")
        assert not [button for button in buttons if re.search("share|cloud|studio", button)]


def test_charts_of_results_and_roadmap_are_drawn(analyst):
    team_path(analyst, "Boreal")
    results = path_of_link(analyst.page, r"/assessments/\d+/results/")
    check_charts(analyst, results, 1)
    check_charts(analyst, results.replace("results", "roadmap"), 2)


def test_charts_of_the_dashboard_are_drawn_and_can_be_taken_along_as_pictures(analyst):
    dashboard = path_of_link(analyst.page, r"/organizations/\d+/dashboard/")
    check_charts(analyst, f"{dashboard}P15/", 1)
    check_charts(analyst, dashboard, 3)
    chart = analyst.page.locator("[data-chart]").first
    for button, ending in (("PNG", ".png"), ("SVG", ".svg")):
        with analyst.page.expect_download() as download:
            chart.get_by_role("button", name=button).click()
        assert download.value.suggested_filename.endswith(ending)


def test_charts_follow_the_dark_theme(analyst):
    dashboard = path_of_link(analyst.page, r"/organizations/\d+/dashboard/")
    analyst.open(dashboard)
    chart = analyst.page.locator("[data-chart]").first
    draw(chart)
    tick = chart.locator("svg .xtick text, svg .ytick text").first
    colour = "one => getComputedStyle(one).fill"
    light = tick.evaluate(colour)
    analyst.page.emulate_media(color_scheme="dark")
    expect(tick).not_to_have_css("fill", light)


def test_on_a_phone_initiatives_are_named_by_their_ids_also_the_teams_own(reader, demo):
    phone = reader(OWNER, "pt-br", size=(320, 640))
    phone.open(result_path(phone, "Atlas") + "roadmap/")
    chart = phone.page.locator("#plan-body [data-chart]").first
    draw(chart)
    names = [text.strip() for text in chart.locator(".ytick text").all_text_contents() if text.strip()]
    assert "T1" in names and all(re.fullmatch(r"[ITM]\d{1,2}", name) for name in names)
