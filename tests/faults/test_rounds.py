"""A short round of each fault on one installation. `python -m tests.faults --full` provokes them as often as a release
wants it; docs/reliability.md has what that found."""

from __future__ import annotations

import pytest

from tests.faults.catalogue import ROUNDS
from tests.faults.place import on_servers

pytestmark = pytest.mark.services
SHORT = [round_ for round_ in ROUNDS if round_.short]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with on_servers(tmp_path_factory.mktemp("place"), hurried=True) as place:
        yield place


@pytest.mark.parametrize("fault", SHORT, ids=lambda round_: round_.name)
def test_a_short_round_loses_nothing(place, fault):
    outcome = fault.measured(place, fault.short)
    assert outcome.wrong == []
    assert outcome.times >= fault.short


def test_the_stranger_asks_for_what_the_owner_is_served(place):
    assert [place.owner.ask(address).status for address in place.stranger.addresses] == [200] * 4


def test_a_waiting_message_names_its_job(place):
    place.publish([4711])
    assert 4711 in place.told()


def test_each_round_has_a_name_of_its_own():
    assert len({round_.name for round_ in ROUNDS}) == len(ROUNDS)
