"""What every test may ask for: real servers, a real browser, and the marks that sort tests into runs.

`database` and `journey` are set here, not by hand: a test that may touch the database is run on SQLite and on
PostgreSQL, a test in tests/journeys/ needs a browser, a test that asks for a real server is marked `services`. By hand,
with a reason, is set `one_database`: where rows are only what a test begins with, and others send the same queries. A
test of such a module that sends one of its own is marked `database` by hand.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import translation

from jobs import pause
from reports.roadmap.exact import solve
from tests import services

pytest_plugins = ["tests.cast", "tests.releases"]

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_reset_sequences", "admin_user"}
SERVICE_FIXTURES = {"postgresql_url", "redis_url"}
JOURNEYS = Path(__file__).parent / "journeys"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "chromium-headless-shell")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        touches = item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES
        if touches and not item.get_closest_marker("one_database"):
            item.add_marker("database")
        if fixtures & SERVICE_FIXTURES:
            item.add_marker("services")
        if JOURNEYS in item.path.parents or "browser" in fixtures:
            item.add_marker("journey")


def pytest_collection_finish() -> None:
    """Everything that was imported and collected stays to the end: look through it for garbage no more.

    A look at all of it takes a tenth of a second, and came about every second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker) -> Iterator[Callable]:
    """A function that makes rows for a whole module, in a transaction around those of its tests, and returns them.

    Each test then has to begin with these rows, and gets a deep copy of what was returned: it may change both. Not for
    a module with transactional tests, nor for one in which a test wants the database without these rows.
    """
    around = contextlib.ExitStack()

    def make(build: Callable):
        with django_db_blocker.unblock():
            around.enter_context(rolled_back())
            return build()

    yield make
    with django_db_blocker.unblock():
        around.close()


@contextlib.contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction that leaves nothing behind."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def english():
    """A page that was read in Portuguese leaves that language active in its thread: the next test starts anew."""
    yield
    translation.deactivate_all()
    translation.activate("en")


@pytest.fixture(autouse=True)
def asked_anew():
    """A Redis that failed in one test is asked again in the next."""
    pause.end()


@pytest.fixture
def patient_solver(monkeypatch):
    """Searches may take five minutes: on a busy machine those that people wait for end before they find the best."""
    monkeypatch.setattr("reports.solving.solve", partial(solve, time_left=lambda: 300.0))


@pytest.fixture(scope="session")
def postgresql_url():
    """The address of a real PostgreSQL: TEST_DATABASE_URL, else a private one."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with services.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url():
    """The address of a real Redis: that of the settings, else a private one."""
    if settings.REDIS_URL:
        yield settings.REDIS_URL
        return
    with services.redis() as url:
        yield url


def browser_path() -> str:
    """The browser that BROWSER_PATH names, else the first that is installed; fails the test when there is none."""
    found = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.fail("No browser. Remedy: sudo apt-get install chromium, or BROWSER_PATH, or --without=browser")
    return found


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all journeys, without any traffic of its own. Each `page` is a fresh profile."""
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread; the tests' own database calls are safe beside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(
            executable_path=browser_path(), args=[*quiet, "--disable-gpu"], chromium_sandbox=os.geteuid() != 0
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, live_server):
    """A page in a fresh profile at the live server; script errors and refused content fail the test at its end."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
    yield page
    context.close()
    assert faults == []


def is_fault(message) -> bool:
    """Whether a console message says that the page is wrong. A refused address (4xx) is for the test to judge."""
    return message.type == "error" and "Failed to load resource" not in message.text
