"""What a round says of what it saw: it finds what it is there to find, and doesn't hold when it saw nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.faults.installation import Reply
from tests.faults.place import Stranger
from tests.faults.rounds import Outcome, Round, table
from tests.faults.work import rolled_back

REFUSED, SERVED = Reply(404, "/teams/1/", {}, b""), Reply(200, "/teams/1/", {}, b"ours")
NOBODY, STARTING = Reply(0, "", {}, b""), Reply(503, "/teams/1/", {"retry-after": "5"}, b"")
SIGN_IN = Reply(200, "/accounts/login/?next=/teams/1/", {}, b"")


def place_that_answers(reply: Reply) -> SimpleNamespace:
    """A place with a stranger who asks for two objects and gets that reply to each."""
    visitor = SimpleNamespace(ask=lambda _address: reply)
    return SimpleNamespace(stranger=Stranger(visitor, ["/teams/1/", "/teams/2/"]), left_open=lambda: 0)


def asks(place, times: int) -> Outcome:
    """The stranger looks once each time."""
    for _ in range(times):
        with place.stranger.asking():
            pass
    return Outcome(times=times)


def fault(run=asks, stranger: bool = True) -> Round:
    return Round("away", "fault", "provoked", 1, 1, run, stranger=stranger)


def test_a_stranger_who_is_always_refused_is_counted():
    outcome = fault().measured(place_that_answers(REFUSED), 3)
    assert (outcome.answered, outcome.foreign, outcome.wrong) == (6, 0, [])
    assert outcome.notes == ["a stranger asked 6 times and was refused 6 times"]


@pytest.mark.parametrize("reply", [NOBODY, STARTING, SIGN_IN])
def test_a_stranger_whom_nobody_answers_proves_nothing(reply):
    outcome = fault().measured(place_that_answers(reply), 1)
    assert outcome.notes == ["a stranger asked 2 times and was refused 0 times"]
    assert outcome.wrong == ["no stranger was answered, so nobody knows whether they are served"]


def test_a_round_that_forgets_its_stranger_does_not_hold():
    outcome = fault(run=lambda _place, times: Outcome(times=times)).measured(place_that_answers(REFUSED), 1)
    assert len(outcome.wrong) == 1


def test_an_object_that_a_stranger_is_served_is_counted():
    assert fault().measured(place_that_answers(SERVED), 1).wrong == ["2 foreign objects served"]


def test_each_round_counts_its_own_askings():
    place = place_that_answers(REFUSED)
    assert [fault().measured(place, times).answered for times in (2, 1)] == [4, 2]


def test_the_table_says_where_nobody_was_to_ask():
    round_ = fault(stranger=False)
    outcome = round_.measured(place_that_answers(SERVED), 1)
    outcome.seconds = 2.0
    assert outcome.wrong == []
    row = "| fault | provoked | servers | 1 | 0 | 0 | 0 | 0 | not asked | 0 | 2 |  |"
    assert table([(round_, "servers", outcome)], "").splitlines()[2].startswith(row)


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ([9], []),  # the day's work, for which the reaper sends one meanwhile
        ([9, 2], ["a message was sent for job 2"]),
    ],
)
def test_only_messages_for_jobs_that_were_rolled_back_are_wrong(tmp_path, told, wrong):
    (tmp_path / "log").touch()
    place = SimpleNamespace(
        folder=tmp_path, run=lambda _code, _times: "1\n2\n", told=lambda: told, publish=lambda jobs: None,
        start_worker=lambda: None, waiting=lambda: 0, installation=SimpleNamespace(log=str), jobs=lambda name: {},
    )  # fmt: skip
    assert rolled_back(place, 2).faults == wrong
