"""Limits: how often a route may be asked for, by whom, and what happens beyond and without a cache."""

from __future__ import annotations

import itertools

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from config import limits
from config.limits import LIMITS, MINUTE, WRITES, Limit
from tests import services
from tests.assessment.rooms import close, level, opened, save
from tests.test_access import BY_TOKEN, routes

numbers = itertools.count()


@pytest.fixture(autouse=True)
def strict(settings, monkeypatch):
    """Three of everything in a minute, counted in a cache of the test's own, on a clock that stands still."""
    settings.RATE_LIMITS = True
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": f"limits-{next(numbers)}"}
    }
    monkeypatch.setattr("config.limits.LIMITS", {name: Limit(3, MINUTE, one.methods) for name, one in LIMITS.items()})
    clock = [1_800_000_015.0]
    monkeypatch.setattr("config.limits.time.time", lambda: clock[0])
    return clock


@pytest.fixture
def results(cast) -> str:
    """The address of a table of results to take along."""
    assessment = opened(cast, form="short", user=cast.carla)
    save(cast.carla, assessment, entry=level(2))
    close(cast.carla, assessment, timezone.now())
    return reverse("results.csv", args=[assessment.pk])


def exports(client, url: str, number: int) -> list[int]:
    return [client.get(url).status_code for _ in range(number)]


def test_every_limit_names_a_route_that_exists():
    assert set(LIMITS) <= {route.name for route in routes(get_resolver().url_patterns)}


def test_every_file_to_take_along_is_limited():
    files = {route.name for route in routes() if route.name and route.name.endswith((".csv", ".xlsx", ".ics", "-file"))}
    assert files - set(LIMITS) == set()


def test_every_address_with_a_secret_in_it_is_limited():
    assert set(BY_TOKEN) - set(LIMITS) == set()


def test_whatever_leaves_work_to_a_worker_by_a_post_is_limited():
    assert {"reports", "organization-reports", "retry-report", "best-plan"} <= set(LIMITS)


def test_saves_exports_reports_and_links_are_limited():
    """Everything that writes much, costs much, or could be guessed."""
    assert {"save-answer", "section", "dashboard.csv", "results.csv", "reports", "invitation", "login-link"} <= set(
        LIMITS
    )
    assert LIMITS["save-answer"].number >= 5 * MINUTE  # nobody who answers fast is held up


def test_beyond_the_limit_is_429_with_the_seconds_to_wait(cast, client, strict, results):
    client.force_login(cast.olivia)
    assert exports(client, results, 4) == [200, 200, 200, 429]
    page = client.get(results)
    assert page["Retry-After"] == "45"  # the minute began 15 seconds ago
    assert "Too many tries" in page.content.decode()
    strict[0] += 45
    assert exports(client, results, 1) == [200]


def test_a_limit_is_a_persons_own(cast, client, results):
    client.force_login(cast.olivia)
    exports(client, results, 4)
    other = Client()
    other.force_login(cast.carla)
    assert exports(other, results, 1) == [200]
    again = Client()  # another browser of Olivia's
    again.force_login(cast.olivia)
    assert exports(again, results, 1) == [429]


def test_strangers_are_counted_by_address_whatever_they_claim(db, client):
    url = reverse("invitation", args=["guessed"])
    answers = [client.get(url, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(4)]
    assert answers == [404, 404, 404, 429]
    assert client.get(url, REMOTE_ADDR="192.0.2.7").status_code == 404


def test_addresses_of_one_ipv6_network_count_as_one(db, client):
    url = reverse("login-link", args=["guessed"])
    answers = [client.get(url, REMOTE_ADDR=f"2001:db8::{n}").status_code for n in range(1, 5)]
    assert answers == [404, 404, 404, 429]


def test_reading_is_not_limited_where_only_writing_costs(cast, client):
    client.force_login(cast.olivia)
    url = reverse("people", args=[cast.house.pk])
    assert LIMITS["people"].methods == WRITES
    assert [client.get(url).status_code for _ in range(5)] == [200] * 5


def test_an_answer_beyond_the_limit_is_not_saved_and_the_page_sends_it_again(cast, client):
    """The browser keeps what got 429 in its queue and tries later: nothing is lost."""
    assessment = opened(cast)
    client.force_login(cast.alice)
    url = reverse("save-answer", args=[assessment.pk, "P09.1"])
    answers = []
    for number in range(4):
        data = {"P09_1-choice": "3", "P09_1-version": str(number), "P09_1-note": str(number)}
        answers.append(client.post(url, data, headers={"HX-Request": "true"}).status_code)
    assert answers == [200, 200, 200, 429]


def test_without_redis_nothing_is_counted_and_nobody_is_held_up(cast, client, settings, results):
    settings.CACHES = {
        "default": {
            "BACKEND": "config.cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{services.free_port()}/0",
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
    client.force_login(cast.olivia)
    assert exports(client, results, 6) == [200] * 6


def test_redis_counts_for_all_processes_together(redis_url, settings):
    settings.CACHES = {"default": {"BACKEND": "config.cache.ForgivingRedisCache", "LOCATION": redis_url}}
    key = f"test-{next(numbers)}-{services.free_port()}"
    assert [limits.count(key, 60, 1_800_000_000.0) for _ in range(3)] == [1, 2, 3]
    assert limits.count(key, 60, 1_800_000_060.0) == 1


def test_limits_can_be_switched_off(cast, client, settings, results):
    settings.RATE_LIMITS = False
    client.force_login(cast.olivia)
    assert exports(client, results, 6) == [200] * 6
