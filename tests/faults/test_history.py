"""The history checker finds what it is there to find: each fault is planted once."""

from __future__ import annotations

import pytest

from tests.faults.history import History, Save, Stored

FIRST, SECOND = Save("P09.1", 0, 3, "aa"), Save("P09.1", 1, 4, "bb")
KEPT = [Stored("P09.1", 1, 3, "aa", "aa"), Stored("P09.1", 2, 4, "bb", "bb")]
STANDS = [Stored("P09.1", 2, 4, "bb")]


def history(*acknowledged, refused=()) -> History:
    return History(list(acknowledged), list(refused))


SOUND = history((FIRST, 1), (SECOND, 2))


def test_saves_that_are_there_as_they_were_acknowledged_are_sound():
    assert SOUND.lost(STANDS, KEPT) == SOUND.replaced(STANDS, KEPT) == []


def test_a_save_that_nobody_answered_may_be_there_or_not():
    silent = history((FIRST, 1))
    assert silent.lost(STANDS, KEPT) == silent.replaced(STANDS, KEPT) == []
    assert silent.lost([Stored("P09.1", 1, 3, "aa")], KEPT[:1]) == []


def test_a_save_that_was_answered_twice_counts_once():
    again = history((FIRST, 1), (FIRST, 1), (SECOND, 2))
    assert again.replaced(STANDS, KEPT) == []


@pytest.mark.parametrize(
    ("answers", "revisions", "found"),
    [
        ([Stored("P09.1", 1, 3, "aa")], KEPT[:1], 2),  # the second save is gone, and the answer is older
        ([], [], 3),
        (STANDS, [KEPT[0], Stored("P09.1", 2, 5, "bb", "bb")], 1),  # another level than was sent
        (STANDS, [KEPT[0], Stored("P09.1", 2, 4, "cc", "cc")], 1),  # somebody else's in its place
    ],
)
def test_a_lost_save_is_found(answers, revisions, found):
    assert len(SOUND.lost(answers, revisions)) == found


@pytest.mark.parametrize(
    ("told", "answers", "revisions"),
    [
        (history((FIRST, 1), (Save("P09.1", 0, 5, "cc"), 1)), STANDS, KEPT),  # two made one version
        (history((FIRST, 1), (Save("P09.1", 0, 4, "bb"), 2)), STANDS, KEPT),  # over a version that it hadn't seen
        (history((FIRST, 1), refused=[SECOND]), STANDS, KEPT),  # refused, and stands all the same
        (SOUND, STANDS, KEPT[1:]),  # a version that nobody can look up
        (SOUND, [Stored("P09.1", 2, 1, "zz")], KEPT),  # what stands was never saved
    ],
)
def test_an_answer_that_was_replaced_silently_is_found(told, answers, revisions):
    assert len(told.replaced(answers, revisions)) == 1
