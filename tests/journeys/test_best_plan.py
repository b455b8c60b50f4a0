"""The best plan comes while the page is open: words, quarters and charts change, what was typed stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import OWNER, Reader
from tests.journeys.test_charts import draw
from tests.journeys.test_every_page import path_of_link, team_path


@pytest.fixture
def planner(reader, demo) -> Reader:
    return reader(OWNER, "pt-br")


def test_the_best_plan_takes_the_place_of_the_first_one_and_leaves_the_form_alone(planner):
    team_path(planner, "Boreal")
    roadmap = path_of_link(planner.page, r"/assessments/\d+/results/").replace("results", "roadmap")
    planner.open(f"{roadmap}?preset=ambitious&people=7&capacity_1=17")
    people = planner.page.locator("input[name=people]")
    people.fill("9")
    expect(planner.page.locator("#plan-quality")).to_contain_text(
        planner.say("This plan is the best possible for these targets and this capacity."), timeout=90_000
    )
    expect(planner.page.locator("#plan-quality[hx-get]")).to_have_count(0)  # the plan has followed its news
    assert people.input_value() == "9"
    for chart in planner.page.locator("#plan-body [data-chart]").all():
        assert draw(chart)
