"""What a new release would make of stored answers, and which question decides. Values are worked out by hand."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from assessment.impact import FORMULA, Rescored, Rescoring, deciding
from assessment.scoring import score
from assessment.versions import Side, as_read_now, bridge
from manifesto.definitions import Crosswalk, Gate
from tests.assessment.test_versions import OLD_ANSWERS, card, rebuilt
from tests.builders import framework, question, respondent, text
from tests.releases import NEW, OLD

THREES = dict.fromkeys(OLD_ANSWERS, 3)


def rescored(answers, older=OLD, newer=NEW, form="full"):
    return Rescoring(bridge(older, newer, (), form)).of(Side.of_card(card(older, answers, form)))


def test_where_nothing_decides_the_level_stays():
    """P09.4 open counts as 1 and P15.1 is read as 2: a mean of 2.7537 is still enough for level 3."""
    found = rescored(THREES)
    assert (found.level_before, found.level_after, found.because) == (3, 3, ())
    assert found.score_before == 3
    # P09 3, P15 2.5: process and technology 0.7 x (360 - 20) / 120 + 0.9, organization 0.7 x 170 / 60 + 0.9
    assert found.score_after == (2 * (F(7, 10) * F(340, 120) + F(9, 10)) + F(7, 10) * F(170, 60) + F(9, 10)) / 3


def test_an_unreadable_and_a_new_question_each_decide_alone():
    """With P15.1 at 4, which can't be read now, 7 of 9 questions are answered: fewer than any level asks for."""
    found = rescored(THREES | {"P15.1": 4})
    assert (found.level_before, found.level_after, found.possible_after) == (3, 1, 3)
    assert (found.because, found.alone) == (("P09.4", "P15.1"), True)
    assert (found.score_before, found.score_after) == (F(187, 60), F(3))


def test_what_is_read_now_is_what_the_new_release_would_score():
    side = as_read_now(bridge(OLD, NEW), Side.of_card(card(OLD, OLD_ANSWERS | {"P15.1": 2})))
    answers = {key: value for key, value in OLD_ANSWERS.items() if key != "P09.3"} | {"P15.1": 1}
    assert side.values == answers
    assert rescored(OLD_ANSWERS | {"P15.1": 2}).score_after == score(NEW, [respondent(answers)]).overall.score


def small(questions, version="1.1.0", **changes):
    return rebuilt(framework({"P15": 1}), questions, version=version, **changes)


def walk(key, *levels):
    return Crosswalk(question=key, from_revision=1, to_revision=2, levels=levels, reason=text("other anchors"))


def test_a_milder_reading_may_raise_the_level():
    older = small([question("P15.1")], "1.0.0")
    newer = small([question("P15.1", revision=2)], crosswalk=(walk("P15.1", 2, 3, 4, 5, 5),))
    found = rescored({"P15.1": 2}, older, newer)
    assert (found.level_before, found.level_after, found.because, found.alone) == (2, 3, ("P15.1",), True)


def test_questions_that_decide_only_together_are_all_named():
    """Four questions at 3, three of them read as 1: a mean of 1.5. One back at 3 makes 2.0, two make 2.5: still 2."""
    keys = ("P15.1", "P15.2", "P15.3", "P15.4")
    older = small([question(key) for key in keys], "1.0.0")
    newer = small(
        [question(key, revision=1 if key == "P15.4" else 2) for key in keys],
        crosswalk=tuple(walk(key, 1, 1, 1, 4, 5) for key in keys[:3]),
    )
    found = rescored(dict.fromkeys(keys, 3), older, newer)
    assert (found.level_before, found.level_after) == (3, 1)
    assert (found.because, found.alone) == (("P15.1", "P15.2", "P15.3"), False)


def test_what_plays_no_part_is_not_named_among_several():
    """P15.4 is retired with the value of all others: leaving it retired changes nothing."""
    keys = ("P15.1", "P15.2", "P15.3", "P15.4")
    older = small([question(key) for key in keys], "1.0.0")
    newer = small(
        [question(key, revision=2) for key in keys[:3]],
        crosswalk=tuple(walk(key, 1, 1, 1, 4, 5) for key in keys[:3]),
    )
    found = rescored(dict.fromkeys(keys, 3), older, newer)
    assert found.because == ("P15.1", "P15.2", "P15.3")


def test_where_no_question_decides_it_is_the_formula():
    older = small([question("P15.1")], "1.0.0")
    strict = Gate(overall="0", pillar="0", critical="0", principle="0", completeness="0.8")
    found = rescored({"P15.1": 2.5}, older, small([question("P15.1")], "2.0.0", gate=strict))
    assert (found.level_before, found.level_after) == (2, 2)
    harder = rescored({"P15.1": F(9, 2)}, older, small([question("P15.1")], "2.0.0", gate=strict))
    assert (harder.level_before, harder.level_after, harder.because) == (4, 4, ())
    hardest = rescored({"P15.1": 1}, small([question("P15.1")], "1.0.0", gate=Gate(
        overall="1", pillar="1", critical="1", principle="1.5", completeness="0.8",
    )), small([question("P15.1")], "2.0.0", gate=strict))  # fmt: skip
    assert (hardest.level_before, hardest.level_after, hardest.because) == (2, 1, (FORMULA,))


@pytest.mark.parametrize("state", ["na", "?"])
def test_a_retired_question_that_had_no_level_decides_nothing(state):
    found = rescored(THREES | {"P09.3": state})
    assert found.level_before == found.level_after == 3


def test_the_short_form_is_rescored_as_the_short_form():
    """Without P15.1 two of its three questions are answered, and nothing is new in it."""
    found = rescored(THREES | {"P15.1": 4}, form="short")
    assert (found.level_before, found.level_after, found.because) == (3, 1, ("P15.1",))


def test_deciders_are_counted_the_most_frequent_first():
    def because(*names):
        return Rescored(3, 2, 3, F(3), F(3), names)

    rows = [because("P15.1", "P09.4"), because("P15.1"), because("P09.3"), because()]
    assert deciding(rows) == [("P15.1", 2), ("P09.3", 1), ("P09.4", 1)]
