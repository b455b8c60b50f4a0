"""The cache on Redis, and without it."""

from __future__ import annotations

import pytest

from config.cache import ForgivingRedisCache
from jobs import pause
from tests import services

TIMEOUTS = {"OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1}}


@pytest.fixture
def nobody_there():
    """The address of a Redis that doesn't run."""
    return f"redis://127.0.0.1:{services.free_port()}/0"


def test_a_cache_on_redis_keeps_what_it_is_given(redis_url):
    cache = ForgivingRedisCache(redis_url, TIMEOUTS)
    cache.set("kept", {"level": 3})
    cache.set_many({"one": 1, "two": 2})
    assert (cache.get("kept"), cache.get("missing", "nothing")) == ({"level": 3}, "nothing")
    assert cache.get_many(["one", "two", "three"]) == {"one": 1, "two": 2}
    assert (cache.has_key("kept"), cache.touch("kept"), cache.add("kept", 4)) == (True, True, False)
    cache.delete_many(["one", "two"])
    assert (cache.delete("kept"), cache.get("kept"), cache.get("one")) == (True, None, None)


def test_without_redis_every_question_is_a_miss_and_every_lock_is_free(nobody_there):
    cache = ForgivingRedisCache(nobody_there, TIMEOUTS)
    cache.set("kept", 3)
    cache.set_many({"one": 1})
    assert (cache.get("kept"), cache.get("kept", "nothing"), cache.get_many(["one"])) == (None, "nothing", {})
    assert (cache.has_key("kept"), cache.touch("kept"), cache.delete("kept")) == (False, False, False)
    assert cache.delete_many(["one"]) is None
    assert cache.add("lock", 1) is True
    assert cache.get_or_set("kept", lambda: 5) == 5


def test_a_redis_that_failed_is_left_alone_for_a_while_and_then_asked_again(nobody_there, redis_url):
    cache = ForgivingRedisCache(nobody_there, TIMEOUTS)
    working = ForgivingRedisCache(redis_url, TIMEOUTS)
    working.set("kept", 3)
    assert cache.get("kept") is None
    cache._cache = working._cache  # now somebody listens
    assert cache.get("kept") is None
    pause.end()
    assert cache.get("kept") == 3
    working.delete("kept")
