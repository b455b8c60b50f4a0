"""Every page, in both languages and both themes: accessible, with a title of its own, and never wider than a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OWNER, Reader

VIEWER = "erin@demo.example"
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}
CUT_TABLES = """() => [...document.querySelectorAll(".table-scroll, .table-responsive")]
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => one.getAttribute("aria-labelledby") ?? one.getAttribute("aria-label") ?? one.className)"""
VARIANTS = [("en", False), ("pt-br", True)]
MANIFESTO = (
    "",
    "values/",
    "challenges/",
    "roles/",
    "pillars/",
    "levels/",
    "glossary/",
    "initiatives/",
    "initiatives/I01/",
    "background/",
    "background/ecosystem/",
    "background/mlops/",
    "background/devops/",
    "modules/",
    "modules/mlops/",
)


@pytest.fixture(params=VARIANTS, ids=["en-light", "pt-br-dark"])
def variant(request, demo) -> tuple[str, bool]:
    return request.param


@pytest.fixture
def owner(reader, variant) -> Reader:
    return reader(OWNER, variant[0], dark=variant[1])


def addresses(owner: Reader) -> Iterator[str]:
    """The address of each page that the owner of the demo can read."""
    organization = path_of_link(owner.page, r"/organizations/\d+/")
    yield from ("/", "/account/", "/organizations/new/", "/accounts/password/change/", "/accounts/logout/")
    yield from ("/account/sessions/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/")
    yield "/accounts/2fa/webauthn/add/"
    yield "/account/erase/"
    yield from (
        organization + part for part in ("", "answers/", "people/", "settings/", "security/", "audit/", "teams/new/")
    )
    owner.open(f"{organization}people/")
    member = [path for path in paths_of_links(owner.page) if re.fullmatch(r"/organizations/\d+/people/\d+/", path)][-1]
    yield from (member, f"{member}erase/")
    yield from (f"{organization}initiatives/", f"{organization}reports/", f"{organization}logos/")
    boreal = team_path(owner, "Boreal")
    open_one = path_of_link(owner.page, r"/assessments/\d+/")
    yield from (boreal, f"{boreal}settings/", f"{boreal}people/")
    yield from (open_one + part for part in ("", "about/", "settings/", "check/", "blank/"))
    yield from (f"{open_one}questions/P15/", f"{open_one}answers/P15.1/history/")
    closed = path_of_link(owner.page, r"/assessments/\d+/results/").removesuffix("results/")
    results = ("results/", "results/P15/", "results/overall/", "results/challenges/", "modules/projects/")
    yield from (closed + part for part in (*results, "roadmap/", "reports/"))
    yield from (closed + part for part in ("roadmap/tickets/", "findings/", "findings/head/", "findings/P15/"))
    owner.open(f"{boreal}initiatives/")
    own = path_of_link(owner.page, r"/teams/\d+/initiatives/\d+/")
    yield from (f"{boreal}initiatives/", own)
    yield f"{boreal}outcomes/"
    owner.open(f"{boreal}outcomes/")
    yield path_of_link(owner.page, r"/teams/\d+/outcomes/\d{4}-Q\d/")
    plan = adopted_plan(owner, closed)
    yield from (plan, path_of_link(owner.page, r"/plans/\d+/items/\d+/"), f"{plan}tickets/")
    yield f"{closed}roadmap/scenarios/?compare=0&compare={first_scenario(owner, closed)}"
    for team, module in (("Cobalt", "roles"), ("Delta", "mlops")):
        yield result_path(owner, team) + f"modules/{module}/"
    yield result_path(owner, "Atlas") + "roadmap/"
    yield "/challenges/"
    report = built_report(owner, closed)
    yield from (report, f"{report}links/", f"{boreal}reports/")
    yield from (f"{organization}dashboard/", f"{organization}dashboard/P15/", f"{organization}dashboard/overall/")
    yield f"{team_path(owner, 'Atlas')}start/"
    named = team_path(owner, "Cobalt")
    yield from (path_of_link(owner.page, r"/assessments/\d+/results/"), f"{named}settings/")
    yield from (f"/manifesto/{part}" for part in MANIFESTO)
    owner.open("/manifesto/")
    yield path_of_link(owner.page, r"/manifesto/principles/[\w-]+/")


def path_of_link(page: Page, pattern: str) -> str:
    """The first address on the page that the pattern describes in full."""
    return next(path for path in paths_of_links(page) if re.fullmatch(pattern, path))


def paths_of_links(page: Page) -> list[str]:
    return page.get_by_role("link").evaluate_all("all => all.map(one => new URL(one.href).pathname)")


def team_path(owner: Reader, name: str) -> str:
    """Opens the page of a team and returns its address."""
    owner.open("/")
    owner.page.get_by_role("main").get_by_role("link", name=name).first.click()
    expect(owner.page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return urlsplit(owner.page.url).path


def result_path(owner: Reader, name: str) -> str:
    """The address of the team's latest closed assessment."""
    team_path(owner, name)
    return path_of_link(owner.page, r"/assessments/\d+/results/").removesuffix("results/")


def adopted_plan(owner: Reader, assessment: str) -> str:
    """Saves and adopts the plan that the roadmap shows, unless it is adopted; returns the address of the work on it."""
    owner.open(f"{assessment}roadmap/")
    owner.button("Save these choices").click()
    adopt = owner.button("Adopt this plan")
    (adopt if adopt.count() else owner.link("To the work on it")).first.click()
    owner.page.wait_for_url("**/plans/*/")
    return urlsplit(owner.page.url).path


def first_scenario(owner: Reader, assessment: str) -> str:
    """The number of the first scenario that the page lists."""
    owner.open(f"{assessment}roadmap/scenarios/")
    return owner.page.locator('input[name="compare"]').nth(1).get_attribute("value") or ""


def built_report(owner: Reader, assessment: str) -> str:
    """Asks for a report and returns the address of its page, finished or not."""
    owner.open(f"{assessment}reports/")
    owner.button("Build the PDF report").click()
    owner.page.wait_for_url("**/reports/*/")
    return urlsplit(owner.page.url).path


def faults_of(page: Page, titles: dict[str, str]) -> list[str]:
    """What is wrong with the page that stands there; its title is added to `titles`."""
    path, found = urlsplit(page.url).path, []
    title = page.title()
    if not title.strip(" ·").removesuffix("DataOps Ladder").strip(" ·"):
        found.append("no title")
    if titles.setdefault(title, path) != path:
        found.append(f"the title {title!r} is also that of {titles[title]}")
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            places = [node["target"][0] for node in violation["nodes"][:3]]
            found.append(f"{violation['id']}: {violation['help']}, at {places}")
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    if width > 0:
        found.append(f"{width} px too wide at 320 px: {widest(page)}")
    if cut := page.evaluate(CUT_TABLES):
        found.append(f"tables to be moved sideways at 320 px: {cut}")
    page.set_viewport_size(WIDE)
    return found


def widest(page: Page) -> list[str]:
    """The elements that stick out on the right, for the message."""
    return page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")]
          .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          .filter(one => !one.closest(".table-scroll, .table-responsive"))
          .slice(0, 4).map(one => `${one.tagName}.${one.className}`)"""
    )


def faults_on(someone: Reader, paths: Iterator[str], titles: dict[str, str]) -> dict[str, list[str]]:
    faults = {}
    for path in paths:
        someone.open(path)
        expect(someone.page.get_by_role("heading", level=1)).to_have_count(1)
        if found := faults_of(someone.page, titles):
            faults[path] = found
    return faults


def test_every_page_of_the_owner_is_sound(owner):
    paths = list(addresses(owner))
    assert len(paths) == len(set(paths)) > 75
    assert faults_on(owner, paths, {}) == {}
    assert owner.page.locator("html").get_attribute("lang") == owner.language


def test_every_page_without_signing_in_is_sound(reader, variant):
    stranger = reader("", variant[0], dark=variant[1])
    stranger.expected += ["404 GET .*/(nothing|login-link|invitations|shared)/"]
    paths = ("/", "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/nothing/", "/login-link/x/",
             "/invitations/x/", "/shared/x/", "/accounts/provider/cancelled/")  # fmt: skip
    assert faults_on(stranger, paths, {}) == {}


def test_page_of_a_refusal_is_sound(reader, variant):
    viewer = reader(VIEWER, variant[0], dark=variant[1])
    viewer.expected += ["403 GET .*/settings/"]
    organization = path_of_link(viewer.page, r"/organizations/\d+/")
    assert faults_on(viewer, [f"{organization}settings/"], {}) == {}
    expect(viewer.heading("You may not do this")).to_be_visible()


def test_faults_of_a_page_are_found(reader):
    someone = reader()
    someone.page.set_content(
        "<html><title>·</title><main><input><div style='width: 900px'>wide</div>"
        "<div class='table-scroll' style='overflow: auto'><p style='width: 950px'>wider</p></div></main></html>"
    )
    found = " ".join(faults_of(someone.page, {"·": "/elsewhere/"}))
    for fault in ("no title", "also that of /elsewhere/", "label: ", "html-has-lang: ", "too wide at 320 px: ['DIV.']",
                  "sideways at 320 px: ['table-scroll']"):  # fmt: skip
        assert fault in found
