from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.scoring import not_applicable_of, question_values, score, score_values
from reports.roadmap.targets import answer_first, question_gaps, subjects, target_levels
from tests.builders import CRITICAL, respondent
from tests.reports.roadmap.teams import card_of, whole_framework

WHOLE = whole_framework()


def level_at(levels, card) -> int:
    gaps = question_gaps(WHOLE, card, levels)
    values = {key: value + gaps[key] for key, value in question_values(card).items() if value is not None}
    return score_values(WHOLE, values, not_applicable_of(card), card.form).level


def test_protect_sets_the_critical_principles_to_3_and_holds_the_rest():
    levels = target_levels(WHOLE, card_of(WHOLE), "protect")
    assert {key for key, level in levels.items() if level == 3} == set(CRITICAL)
    assert {level for key, level in levels.items() if key not in CRITICAL} == {None}


@pytest.mark.parametrize(("preset", "level"), [("balanced", 3), ("ambitious", 4)])
def test_balanced_is_3_and_ambitious_4_everywhere(preset, level):
    assert target_levels(WHOLE, card_of(WHOLE), preset) == dict.fromkeys(subjects(WHOLE), level)


def test_next_level_lifts_a_critical_principle_that_holds_the_team_to_what_the_gate_asks_and_nothing_else():
    card = card_of(WHOLE, 3, P15_1=1, P15_2=1, P15_3=2)
    assert card.overall.level == 2
    levels = target_levels(WHOLE, card)
    assert {key: level for key, level in levels.items() if level is not None} == {"P15": 2}
    assert level_at(levels, card) == 3


def test_next_level_raises_pillars_and_overall_until_the_gate_opens():
    card = card_of(WHOLE, 2)
    levels = target_levels(WHOLE, card)
    assert (card.overall.level, level_at(levels, card)) == (2, 3)
    assert max(level for level in levels.values() if level) <= 3


def test_at_level_5_there_is_nothing_to_raise():
    assert set(target_levels(WHOLE, card_of(WHOLE, 5)).values()) == {None}


def test_open_answers_are_taken_to_be_like_the_rest_and_listed_to_be_answered_first():
    card = card_of(WHOLE, 2, P09_3="?", ORG_6="na")
    assert answer_first(WHOLE, card) == ("P09.3",)
    gaps = question_gaps(WHOLE, card, target_levels(WHOLE, card, "balanced"))
    assert (gaps["P09.1"], gaps["P09.3"], gaps["ORG.6"]) == (1, 0, 0)


def test_without_any_answer_there_is_no_target():
    empty = score(WHOLE, [])
    assert set(target_levels(WHOLE, empty).values()) == {None}
    assert len(answer_first(WHOLE, empty)) == 59


def test_a_question_above_its_target_has_no_gap():
    gaps = question_gaps(WHOLE, card_of(WHOLE, 2, P09_1=4), {"P09": Fraction(3)})
    assert (gaps["P09.1"], gaps["P09.2"], gaps["P10.1"]) == (0, 1, 0)


def test_own_targets_replace_those_of_the_preset():
    levels = target_levels(WHOLE, card_of(WHOLE), "balanced", {"P04": Fraction("4.5"), "PRO": None})
    assert (levels["P04"], levels["PRO"], levels["TEC"]) == (Fraction("4.5"), None, 3)


@pytest.mark.parametrize(("preset", "own"), [("dreams", {}), ("balanced", {"P99": 3}), ("balanced", {"P01": 6})])
def test_impossible_targets_are_refused(preset, own):
    with pytest.raises(ValueError):
        target_levels(WHOLE, card_of(WHOLE), preset, own)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(2, 10).map(lambda n: Fraction(n, 2)), min_size=59, max_size=59))
def test_reaching_the_next_level_targets_always_reaches_the_next_level(values):
    answers = {question.key: value for question, value in zip(WHOLE.core_questions, values, strict=True)}
    card = score(WHOLE, [respondent(answers)])
    levels = target_levels(WHOLE, card)
    assert level_at(levels, card) >= min(5, card.overall.level + 1)
    assert max([level for level in levels.values() if level is not None], default=1) <= card.overall.level + 1
