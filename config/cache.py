"""The cache on Redis, which may be away: then everything is a miss. Nothing in it is the only copy of anything."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

from jobs import pause

log = logging.getLogger("config.cache")


class ForgivingClient(RedisCacheClient):
    """A client that answers as an empty cache does while Redis can't be reached."""

    def get_client(self, key=None, *, write=False):
        return self._connected

    @functools.cached_property
    def _connected(self):
        """One for all questions: Django makes one for each, which takes as long as the question."""
        return super().get_client(write=True)

    def add(self, key, value, timeout):
        return self._ask(True, super().add, key, value, timeout)

    def get(self, key, default):
        return self._ask(default, super().get, key, default)

    def set(self, key, value, timeout):
        return self._ask(None, super().set, key, value, timeout)

    def incr(self, key, delta):
        return self._ask(delta, super().incr, key, delta)

    def touch(self, key, timeout):
        return self._ask(False, super().touch, key, timeout)

    def delete(self, key):
        return self._ask(False, super().delete, key)

    def get_many(self, keys):
        return self._ask({}, super().get_many, keys)

    def has_key(self, key):
        return self._ask(False, super().has_key, key)

    def set_many(self, data, timeout):
        return self._ask(None, super().set_many, data, timeout)

    def delete_many(self, keys):
        return self._ask(None, super().delete_many, keys)

    def clear(self):
        return self._ask(False, super().clear)

    def _ask(self, otherwise: Any, question: Callable[..., Any], *arguments: Any) -> Any:
        """What Redis answers, or `otherwise` while it is away."""
        if pause.lasts():
            return otherwise
        try:
            return question(*arguments)
        except (RedisError, OSError) as error:
            pause.begin()
            log.warning("Redis can't be reached; going on without the cache: %s: %s", type(error).__name__, error)
            return otherwise


class ForgivingRedisCache(RedisCache):
    """Django's cache on Redis with the client above."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = ForgivingClient
