"""What is around every request: a number to quote."""

from __future__ import annotations

import re

import pytest

OURS = re.compile(r"[0-9a-f]{16}")


def test_each_request_has_a_number_of_its_own(client, db):
    first, second = (client.get("/healthz")["X-Request-ID"] for _ in range(2))
    assert OURS.fullmatch(first) and OURS.fullmatch(second)
    assert first != second


def test_nobody_but_a_proxy_of_ours_gives_a_request_its_number(client, db, settings):
    given = "7c4c1c5e-58a1-4f0e-a3b2-9f8f9d7f1a00"
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"] != given
    settings.TRUSTED_PROXIES = 1
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["short", "x" * 65, "<script>alert(1)</script>", "line\nbreak-in-it", "né-plain-id"])
def test_what_is_no_plain_id_is_replaced(client, db, settings, given):
    settings.TRUSTED_PROXIES = 1
    assert OURS.fullmatch(client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"])
