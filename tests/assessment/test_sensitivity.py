from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.scorecard import Scorecard
from assessment.scoring import score
from assessment.sensitivity import EQUAL_WEIGHTS, GEOMETRIC, geometric_mean, sensitivity_of
from tests.assessment.test_scoring import FULL, t9
from tests.builders import framework, respondent


def of(release, answers, form="full"):
    found = sensitivity_of(release, score(release, [respondent(answers)], form))
    return found, {variant.method: variant for variant in found.variants}


def test_the_whole_assessment_of_the_guide_by_each_method():
    found = sensitivity_of(FULL, score(FULL, [t9()]))
    equal, geometric = found.variants
    assert (equal.method, geometric.method) == (EQUAL_WEIGHTS, GEOMETRIC)
    assert (f"{float(found.score):.4f}", f"{float(geometric.score):.4f}") == ("3.1575", "3.1538")
    assert equal.score == F("105.5") / 33  # 54.5 from the 18 principles, 51 from the 15 questions of the pillars
    assert (found.level, equal.level, geometric.level, found.level_differs) == (2, 2, 2, False)


def test_a_geometric_mean_below_the_limit_would_cost_a_level():
    release = framework({"PRO": 1, "TEC": 1, "ORG": 4})
    answers = {"PRO.1": 2.5, "TEC.1": 2.5, "ORG.1": 3, "ORG.2": 3, "ORG.3": 3.5, "ORG.4": 3.5}
    found, variants = of(release, answers)
    assert (found.score, found.level) == (F("2.75"), 3)
    assert f"{float(variants[GEOMETRIC].score):.4f}" == "2.7285"  # the cube root of 2.5 x 2.5 x 3.25
    assert (variants[GEOMETRIC].level, variants[GEOMETRIC].differs) == (2, True)
    assert (variants[EQUAL_WEIGHTS].score, variants[EQUAL_WEIGHTS].differs) == (3, False)
    assert found.level_differs


def test_many_weak_questions_of_one_pillar_weigh_more_when_all_questions_weigh_the_same():
    release = framework({"PRO": 4, "TEC": 1, "ORG": 1})
    answers = {f"PRO.{n}": 2.5 for n in (1, 2, 3, 4)} | {"TEC.1": 2.5, "ORG.1": 3.5}
    found, variants = of(release, answers)
    assert (found.score, found.level) == (F(17, 6), 3)
    assert (variants[EQUAL_WEIGHTS].score, variants[EQUAL_WEIGHTS].level) == (F(8, 3), 2)
    assert [variants[method].differs for method in (EQUAL_WEIGHTS, GEOMETRIC)] == [True, False]


def test_weights_of_questions_and_pillars_are_left_out_and_kept():
    release = framework({"PRO": 2, "TEC": 1}, weights={"PRO.1": 9})
    heavy = tuple(p.model_copy(update={"weight": F(3 if p.key == "process" else 1)}) for p in release.pillars)
    _, variants = of(release.model_copy(update={"pillars": heavy}), {"PRO.1": 4, "PRO.2": 4, "TEC.1": 1})
    assert variants[EQUAL_WEIGHTS].score == 3
    assert float(variants[GEOMETRIC].score) == pytest.approx((4**3 * 1) ** 0.25)


def test_equal_pillars_reach_the_limit_exactly():
    release = framework({"PRO": 2, "TEC": 2, "ORG": 2})
    found, variants = of(release, {q.key: 2.5 if q.position == "1" else 3 for q in release.questions})
    assert (found.level, variants[GEOMETRIC].level, variants[GEOMETRIC].score) == (3, 3, F("2.75"))


def test_a_missing_answer_counts_as_1_for_the_level_and_not_for_the_score():
    release = framework({"PRO": 5, "TEC": 5, "ORG": 5})
    answers = {q.key: 3 for q in release.questions if q.key != "PRO.1"}
    found, variants = of(release, answers)
    assert (found.score, variants[EQUAL_WEIGHTS].score, variants[GEOMETRIC].score) == (3, 3, 3)
    assert {found.level, *(variant.level for variant in found.variants)} == {3}
    found, variants = of(release, answers | {"TEC.1": "?", "ORG.1": "?"})
    assert variants[EQUAL_WEIGHTS].score == 3
    assert {found.level, *(variant.level for variant in found.variants)} == {2}


def test_not_applicable_questions_and_other_forms_are_left_out():
    release = framework({"P01": 2, "P09": 2, "PRO": 1})
    _, variants = of(release, {"P01.1": 2, "P09.1": 4, "P01.2": 5, "P09.2": 5, "PRO.1": 5}, "short")
    assert variants[EQUAL_WEIGHTS].score == 3
    _, variants = of(release, {"P01.1": 2, "P09.1": 4, "P01.2": "na", "P09.2": "na", "PRO.1": "na"})
    assert variants[EQUAL_WEIGHTS].score == 3


def test_nothing_answered_has_no_score_by_any_method():
    found, _ = of(framework({"P09": 1}), {})
    assert [found.score, *(variant.score for variant in found.variants)] == [None, None, None]
    found, _ = of(framework({"P09": 1}), {"P09.1": "na"})
    assert [variant.level for variant in found.variants] == [1, 1]


def test_a_geometric_mean_of_nothing_is_none():
    assert geometric_mean([]) is geometric_mean([(F(0), F(3))]) is None


KEYS = [question.key for question in FULL.questions]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["na", "?", 1, 1.5, 2, 3, 3.5, 4, 5])))
def test_a_stored_card_gives_the_same_and_the_geometric_mean_is_never_above(answers):
    card = score(FULL, [respondent(answers)])
    found = sensitivity_of(FULL, card)
    assert sensitivity_of(FULL, Scorecard.from_dict(card.as_dict())) == found
    assert (found.score, found.level) == (card.overall.score, card.overall.level)
    equal, geometric = found.variants
    if found.score is not None:
        assert 1 <= equal.score <= 5
        assert 1 <= geometric.score <= found.score + F(1, 10**29)
        assert geometric.level <= found.level
