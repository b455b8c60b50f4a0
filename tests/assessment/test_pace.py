"""How long each question took, from the moments of the saves."""

from __future__ import annotations

from datetime import timedelta

from assessment.pace import seconds_per_question
from tests.cast import NOW


def at(*seconds: float) -> list:
    return [NOW + timedelta(seconds=second) for second in seconds]


def test_a_question_takes_the_time_since_the_save_before():
    assert seconds_per_question(at(0, 10, 40)) == [10.0, 30.0]


def test_a_page_that_is_sent_as_a_whole_shares_its_time():
    assert seconds_per_question(at(0, 30, 30.1, 30.2)) == [10.0, 10.0, 10.0]


def test_the_order_of_the_moments_is_irrelevant():
    assert seconds_per_question(at(40, 0, 10)) == [10.0, 30.0]


def test_the_first_save_tells_nothing():
    assert seconds_per_question(at(7)) == []
    assert seconds_per_question([]) == []
