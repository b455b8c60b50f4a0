"""What every journey may ask for: the running installation, and readers who look at it with a browser of their own.

A reader's browser keeps a list of faults: script errors, refused content, answers 4xx and 5xx that weren't expected,
requests to other hosts. A fault fails the journey at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.journeys.installation import Installation, running
from tests.journeys.words import words

OWNER = "olivia@demo.example"
LOCALES = {"en": "en-GB", "pt-br": "pt-BR"}
DESKTOP, PHONE = (1280, 900), (390, 844)
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def installation(tmp_path_factory, browser) -> Iterator[Installation]:
    """The installation after its first start, with the owner signed in by the link that the start printed."""
    with running(tmp_path_factory.mktemp("installation")) as installation:
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(installation.printed_link())
            expect(page.get_by_role("heading", name="Your teams")).to_be_visible()
            installation.cookies[OWNER] = context.storage_state()
        yield installation


@pytest.fixture
def demo(installation) -> Installation:
    """The installation with the demo workspace as it was loaded."""
    installation.renew_demo()
    return installation


class Reader:
    """A person with a browser: `page` is the tab, `say` finds the product's words in the person's language.

    `expected` are faults that belong to the journey, as regular expressions.
    """

    def __init__(self, context: BrowserContext, installation: Installation, language: str) -> None:
        self.context, self.installation, self.language = context, installation, language
        self.faults: list[str] = []
        self.expected: list[str] = []
        context.set_default_timeout(20_000)
        context.on("console", self._hear)
        context.on("weberror", lambda fault: self.faults.append(f"script error: {fault.error}"))
        context.on("request", self._watch)
        context.on("response", self._weigh)
        self.page: Page = context.new_page()

    def _hear(self, message) -> None:
        # A refused address is weighed by its answer, which says more than the console does.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.faults.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _watch(self, request) -> None:
        if not request.url.startswith((self.installation.url, "data:", "blob:")):
            self.faults.append(f"request to another host: {request.url}")

    def _weigh(self, response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.request.method} {response.url}")

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(re.search(pattern, fault) for pattern in self.expected)]

    def say(self, text: str, **values) -> str:
        """A text of the product in the reader's language, with its placeholders filled in."""
        return words(text, self.language, **values)

    def open(self, address: str) -> None:
        self.page.goto(address)

    def link(self, text: str, **options) -> Locator:
        return self.page.get_by_role("link", name=self.say(text), **options)

    def button(self, text: str, **options) -> Locator:
        return self.page.get_by_role("button", name=self.say(text), **options)

    def field(self, text: str, **options) -> Locator:
        return self.page.get_by_label(self.say(text), **options)

    def heading(self, text: str, **values) -> Locator:
        return self.page.get_by_role("heading", name=self.say(text, **values))

    def sees(self, text: str, **values) -> None:
        """Wait until the text stands on the page."""
        expect(self.page.get_by_text(self.say(text, **values)).first).to_be_visible()


@pytest.fixture
def reader(browser, installation) -> Iterator[Callable[..., Reader]]:
    """A function that opens a browser for a person: signed in with `email`, else a stranger.

    `owns` names an organization that the person gets, with an account where it is missing.
    """
    readers: list[Reader] = []

    def open_browser(
        email: str = "", language: str = "en", *, owns: str = "", script=True, dark=False, size=DESKTOP
    ) -> Reader:
        context = browser.new_context(
            base_url=installation.url,
            locale=LOCALES[language],
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
            viewport={"width": size[0], "height": size[1]},
            storage_state=installation.cookies.get(email),
        )
        someone = Reader(context, installation, language)
        if email and email not in installation.cookies:
            options = ("--create-owner", "--organization", owns) if owns else ()
            someone.open(installation.login_link(email, *options))
            installation.cookies[email] = context.storage_state()
        elif email:
            someone.open("/")
        readers.append(someone)
        return someone

    yield open_browser
    for someone in readers:
        someone.context.close()
    assert [fault for someone in readers for fault in someone.unexpected()] == []
