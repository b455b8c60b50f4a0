"""Sessions: what a cookie may name."""

from __future__ import annotations

import pytest

from config.sessions import SessionStore


@pytest.mark.parametrize("key", ["abcdefgh\x00", "abcdefgh'--", "abcdefghé", "short", ""])
def test_a_key_that_was_never_given_out_is_not_looked_up(key):
    assert SessionStore(key).session_key is None


@pytest.mark.django_db
def test_a_key_that_was_given_out_brings_its_session_back():
    first = SessionStore()
    first["who"] = "Bob"
    first.save()
    assert SessionStore(first.session_key)["who"] == "Bob"
