"""Second factors in a real browser: a passkey of a virtual device, and an app's codes without JavaScript."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import Reader

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def local(someone: Reader, address: str) -> str:
    """The address at localhost: browsers know no passkeys for addresses in numbers."""
    return f"http://localhost:{someone.installation.port}{urlsplit(address).path}"


def serious(someone: Reader) -> list[str]:
    """What axe finds on the page that stands there."""
    found = Axe().run(someone.page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def sign_out(someone: Reader) -> None:
    someone.page.locator("details.menu summary").click()
    someone.button("Sign out").click()
    expect(someone.heading("Sign in")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_a_passkey_signs_in_without_a_password(reader, installation, language):
    email = f"paula.{language}@example.org"
    installation.login_link(email, "--create-owner", "--organization", "Passkey Ltd")
    paula = reader("", language)
    paula.expected += [f"request to another host: http://localhost:{installation.port}/"]
    devices = paula.context.new_cdp_session(paula.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    paula.open(local(paula, installation.login_link(email)))

    paula.open(local(paula, "/accounts/2fa/webauthn/add/"))
    assert serious(paula) == []
    paula.field("A name, to know it again").fill("Laptop <b>")
    paula.button("Add the passkey").click()
    expect(paula.heading("Recovery codes")).to_be_visible()
    expect(paula.page.locator(".codes li")).to_have_count(10)
    assert serious(paula) == []
    paula.open(local(paula, "/accounts/2fa/"))
    expect(paula.page.get_by_text("Laptop <b>")).to_be_visible()

    sign_out(paula)
    paula.button("Sign in with a passkey").click()
    expect(paula.page.locator("details.menu summary")).to_be_visible()

    sign_out(paula)  # by link, with the passkey as second factor
    paula.open(local(paula, installation.login_link(email)))
    expect(paula.heading("Second factor")).to_be_visible()
    assert serious(paula) == []
    paula.button("Use a passkey").click()
    expect(paula.page.locator("details.menu summary")).to_be_visible()


def test_a_passkey_that_is_not_used_is_said_on_the_page(reader, installation):
    paul = reader()
    paul.expected += [f"request to another host: http://localhost:{installation.port}/"]
    devices = paul.context.new_cdp_session(paul.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | {"isUserVerified": False}})
    paul.open(local(paul, "/accounts/login/"))
    paul.button("Sign in with a passkey").click()
    paul.sees("The passkey was not used. Try again, or sign in another way.")


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_an_app_with_codes_works_without_javascript(reader, installation, language):
    email = f"toni.{language}@example.org"
    toni = reader(email, language, owns="Codes Ltd", script=False)
    toni.open("/accounts/2fa/totp/activate/")
    key = toni.page.locator("code.key").text_content()
    toni.field("Code from the app").fill(format_hotp_value(hotp_value(key, int(time.time()) // 30)))
    toni.button("Turn on").click()
    expect(toni.page.locator(".codes li")).to_have_count(10)
    codes = toni.page.locator(".codes li").all_text_contents()
    assert all(re.fullmatch(r"\d{8}", code) for code in codes)

    stranger = reader("", language, script=False)
    stranger.open(installation.login_link(email))
    expect(stranger.heading("Second factor")).to_be_visible()
    expect(stranger.button("Use a passkey")).to_be_hidden()
    stranger.field("Code from the app, or a recovery code").fill("000000")
    stranger.button("Sign in", exact=True).click()
    expect(stranger.page.locator(".error-summary")).to_be_visible()
    stranger.field("Code from the app, or a recovery code").fill(codes[0])
    stranger.button("Sign in", exact=True).click()
    expect(stranger.page.locator("details.menu summary")).to_be_visible()

    stranger.open("/account/sessions/")
    stranger.sees("This browser")
    stranger.button("Sign out everywhere else").click()
    stranger.sees("You are signed in nowhere else.")
    toni.open("/account/")
    expect(toni.heading("Sign in")).to_be_visible()
