"""A person waits while a message is sent, so a broker that is down or hangs must not hold the request."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from celery import Celery, current_app
from django.core.cache.backends.redis import RedisCacheClient
from kombu.exceptions import OperationalError

from config.cache import ForgivingRedisCache
from config.celery import app
from jobs import broker, pause

BOUND_SECONDS = 5.0
"""It takes half a second; the rest is for a busy machine."""


@pytest.fixture
def redis_at(monkeypatch):
    """Publish to a Redis at this port, through an application of the test's own."""

    def connect(port):
        fresh = Celery("test", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
        fresh.conf.update(task_publish_retry=False)
        monkeypatch.setattr(broker, "current_app", fresh)

    return connect


def seconds_until_refused():
    start = time.monotonic()
    with pytest.raises(OperationalError):
        broker.publish(1, "default")
    return time.monotonic() - start


def test_a_broker_that_accepts_but_never_answers_is_given_up_soon(redis_at):
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        redis_at(hanging.getsockname()[1])
        seconds_until_refused()  # the first time, modules are imported
        pause.end()
        assert seconds_until_refused() < BOUND_SECONDS


def test_a_broker_that_is_down_is_given_up_soon(redis_at):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    redis_at(port)
    assert seconds_until_refused() < BOUND_SECONDS


def test_a_broker_that_failed_a_moment_ago_is_not_asked_again_yet(redis_at, monkeypatch):
    """A request that leaves two jobs waits for it once."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        redis_at(closed.getsockname()[1])
    seconds_until_refused()
    with pytest.raises(broker.BrokerAway):
        broker.publish(2, "default")
    monkeypatch.setattr(pause, "SECONDS", 0.0)
    pause.end()
    seconds_until_refused()
    seconds_until_refused()


def test_a_broker_that_the_cache_found_away_is_not_asked_and_the_other_way_round(redis_at, monkeypatch):
    """They are one Redis, and a request asks both."""
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        port = hanging.getsockname()[1]
        cache = ForgivingRedisCache(f"redis://127.0.0.1:{port}/0", {"OPTIONS": {"socket_timeout": 0.5}})
        redis_at(port)
        begun = time.monotonic()
        assert cache.get("session") is None
        with pytest.raises(broker.BrokerAway):
            broker.publish(1, "default")
        assert time.monotonic() - begun < BOUND_SECONDS
        pause.end()
        seconds_until_refused()
        monkeypatch.setattr(RedisCacheClient, "get", lambda *_asked: pytest.fail("Redis was asked"))
        assert cache.get("session") is None


def test_every_thread_of_the_web_process_publishes_through_the_products_application():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(current_app.main))
    thread.start()
    thread.join()
    assert seen == [app.main] == ["ladder"]


def test_a_message_is_an_id_for_the_named_queue():
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("published-by-a-test")
        queue.clear()
        broker.publish(42, "published-by-a-test")
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.headers["task"] == "jobs.run"
    assert message.payload[0] == [42]
