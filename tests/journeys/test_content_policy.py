"""The content security policy in a real browser: nothing of ours violates it, charts included; the rest is refused."""

from __future__ import annotations

import base64
import hashlib
import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OWNER, Reader
from tests.journeys.test_charts import draw
from tests.journeys.test_every_page import path_of_link, team_path

LISTENER = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation",
    event => window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
# What the policy must refuse: each tries what a planted text might.
ATTEMPTS = {
    "script-src-elem": "document.body.append(Object.assign(document.createElement('script'), {text: 'ran = 1'}))",
    "script-src-attr": "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"ran = 1\">')",
    "style-src-elem": "document.body.append(Object.assign(document.createElement('style'), {textContent: 'p{}'}))",
    "img-src": "document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/x.png'}))",
    "connect-src": "fetch('https://elsewhere.example/').catch(() => {})",
    "frame-src": "document.body.insertAdjacentHTML('beforeend', '<iframe src=\"https://elsewhere.example/\"></iframe>')",
    "object-src": "document.body.insertAdjacentHTML('beforeend', '<object data=\"/static/img/ladder.svg\"></object>')",
    "base-uri": "document.head.append(Object.assign(document.createElement('base'), {href: 'https://elsewhere.example/'}))",
}


@pytest.fixture
def owner(reader, demo) -> Reader:
    owner = reader(OWNER)
    owner.context.add_init_script(LISTENER)
    return owner


def violations(page: Page) -> list[str]:
    return page.evaluate("window.violations")


def test_the_hash_in_the_policy_is_that_of_the_empty_style_which_charts_fill(installation):
    digest = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    with urllib.request.urlopen(f"{installation.url}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert f"style-src-elem 'self' 'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in f"{policy};"


def test_pages_with_charts_and_answers_violate_nothing(owner):
    team_path(owner, "Boreal")
    results = path_of_link(owner.page, r"/assessments/\d+/results/")
    question = path_of_link(owner.page, r"/assessments/\d+/") + "questions/P15/"
    dashboard = path_of_link(owner.page, r"/organizations/\d+/dashboard/")
    for path in (results, results.replace("results", "roadmap"), dashboard, f"{dashboard}P15/"):
        owner.open(path)
        charts = owner.page.locator("[data-chart]")
        expect(charts).not_to_have_count(0)
        for chart in charts.all():
            draw(chart)
            with owner.page.expect_download():
                chart.get_by_role("button", name="PNG").click()
        assert violations(owner.page) == [], path
    for path in (question, "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/"):
        owner.open(path)
        owner.page.wait_for_load_state("networkidle")
        assert violations(owner.page) == [], path


@pytest.mark.parametrize("directive", ATTEMPTS)
def test_what_is_not_ours_is_refused(owner, directive):
    owner.expected += [
        "Content Security Policy",
        "404 GET .*/x$",
        "request to another host: https://elsewhere.example/",
    ]
    owner.open("/")
    owner.page.evaluate(ATTEMPTS[directive])
    end = time.monotonic() + 10
    while not violations(owner.page) and time.monotonic() < end:
        owner.page.wait_for_timeout(50)
    assert violations(owner.page)[0].startswith(directive)
    assert owner.page.evaluate("window.ran") is None
