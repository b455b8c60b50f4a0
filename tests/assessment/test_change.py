from fractions import Fraction as F

import pytest

from assessment.change import (
    MDC90,
    MDC95,
    Incomparable,
    benjamini_hochberg,
    compare,
    single_p,
    verdict_of,
    welch,
    why_not_comparable,
)
from assessment.scoring import own_scores, score
from tests.builders import framework, full_framework, respondent

SMALL = framework({"P01": 2, "P09": 2, "PRO": 1})


def card(release=SMALL, form="full", evidence=None, **values):
    answers = {key.replace("_", "."): value for key, value in values.items()}
    return score(release, [respondent(answers, evidence=evidence)], form)


@pytest.mark.parametrize(
    ("first", "second", "delta", "error", "degrees", "limit_95", "limit_80", "verdict"),
    [
        ((2, 2.5, 2, 3, 2.5), (3, 3.5, 3, 3.5, 3), 0.8, 0.2236, 6.90, 0.5304, 0.3169, "clear"),  # T31
        ((2, 3, 4, 2.5, 3.5), (3, 3.5, 4, 2.5, 3), 0.2, 0.4359, 7.27, 1.0229, 0.6143, "noise"),  # T32
        ((3, 3, 3, 3), (3.5, 3.5, 3.5, 3.5), 0.5, 0.1443, 6.00, 0.3532, 0.2078, "clear"),  # T34
    ],
)
def test_the_worked_examples_of_several_respondents(first, second, delta, error, degrees, limit_95, limit_80, verdict):
    found = welch(first, second, questions=2)
    assert found.delta == pytest.approx(delta)
    assert found.standard_error == pytest.approx(error, abs=5e-5)
    assert found.degrees_of_freedom == pytest.approx(degrees, abs=5e-3)
    assert (found.limit_95, found.limit_80) == (pytest.approx(limit_95, abs=5e-5), pytest.approx(limit_80, abs=5e-5))
    assert found.verdict == verdict


def test_the_p_values_of_the_worked_examples():
    assert welch((2, 2.5, 2, 3, 2.5), (3, 3.5, 3, 3.5, 3), 2).p == pytest.approx(0.0092, abs=5e-5)
    assert welch((2, 3, 4, 2.5, 3.5), (3, 3.5, 4, 2.5, 3), 2).p == pytest.approx(0.66, abs=5e-3)


def test_one_person_in_a_round_is_not_enough_for_welch():
    with pytest.raises(ValueError, match="two persons"):
        welch((3,), (3, 4), 2)


def test_one_respondent_must_move_by_about_a_whole_level():
    assert (round(MDC95, 4), round(MDC90, 4)) == (0.9917, 0.8323)
    assert [verdict_of(delta, MDC95, MDC90) for delta in (1, -1, 0.9, 0.5)] == ["clear", "clear", "probable", "noise"]
    assert single_p(MDC95) == pytest.approx(0.05, abs=1e-4)


def test_benjamini_hochberg_keeps_only_the_first_of_the_worked_example():  # T33
    p_values = [0.004, 0.02, 0.04, *[0.11 + index / 100 for index in range(15)]]
    assert benjamini_hochberg(p_values) == (True, *[False] * 17)


def test_benjamini_hochberg_keeps_all_below_the_last_that_passes():
    assert benjamini_hochberg([0.09, 0.06, 0.9]) == (False, False, False)
    assert benjamini_hochberg([0.06, 0.065, 0.9]) == (True, True, False)
    assert benjamini_hochberg([]) == ()


def test_a_principle_of_one_respondent_changes_clearly_probably_or_not():
    before = card(P01_1=2, P01_2=2, P09_1=2, P09_2=2)
    found = compare(SMALL, before, card(P01_1=3, P01_2=3, P09_1=3, P09_2=2)).principles
    assert (found["P01"].delta, found["P01"].verdict, found["P01"].regime) == (1, "clear", "single")
    assert (found["P09"].delta, found["P09"].verdict, found["P09"].important) == (0.5, "noise", False)
    assert found["P01"].important


def test_a_change_without_a_score_on_one_side_has_no_verdict():
    found = compare(SMALL, card(P09_1=2), card(P01_1=3, P09_1=2)).principles["P01"]
    assert (found.delta, found.verdict, found.important) == (None, None, False)


def test_pillar_and_overall_limits_are_propagated_by_the_weights():
    release = framework({"P01": 1, "P09": 1})
    before, after = card(release, P01_1=2, P09_1=2), card(release, P01_1=3, P09_1=3)
    found = compare(release, before, after)
    expected = MDC95 * ((50 / 80) ** 2 + (30 / 80) ** 2) ** 0.5
    assert found.pillars["process"].limit == pytest.approx(expected)
    assert found.pillars["organization"].limit == pytest.approx(MDC95)
    assert (found.pillars["process"].approximate, found.principles["P01"].approximate) == (True, False)
    assert found.overall.limit < MDC95
    assert found.overall.verdict == "clear"


def test_the_overall_limit_of_a_whole_framework_counts_every_part_once():
    release = full_framework()
    empty = score(release, [])
    weights = [F(1, 10)] * 3
    limit = compare(release, empty, empty).overall.limit
    assert limit > MDC95 * float(sum(weight**2 for weight in weights)) ** 0.5
    assert limit < 0.3


def test_several_respondents_are_compared_by_their_own_scores():
    def team(*rows):
        return [respondent({"P09.1": a, "P09.2": b}, str(index)) for index, (a, b) in enumerate(rows)]

    release = framework({"P09": 2})
    first = team((2, 2), (2, 3), (2, 2), (3, 3), (2, 3))
    second = team((3, 3), (3, 4), (3, 3), (3, 4), (3, 3))
    found = compare(
        release,
        score(release, first),
        score(release, second),
        own_before=own_scores(release, first),
        own_after=own_scores(release, second),
    ).principles["P09"]
    assert (found.regime, found.verdict, found.listed) == ("several", "clear", True)
    assert found.tested == pytest.approx(0.8)
    assert found.limit == pytest.approx(0.5304, abs=5e-5)


def test_closing_a_target_makes_a_clear_change_important():
    before, after = card(P01_1=2, P01_2=2), card(P01_1=3, P01_2=3)
    assert compare(SMALL, before, after, targets={"P01": 3}).principles["P01"].important


def test_a_step_with_checked_evidence_is_verified_however_small():
    before = card(P01_1=2, P09_1=2)
    after = card(P01_1=3, P09_1=3, evidence={"P01.1": 2, "P09.1": 1})
    assert [(s.question, s.before, s.after) for s in compare(SMALL, before, after).verified] == [("P01.1", 2, 3)]


def test_cards_of_other_releases_or_forms_are_not_compared_silently():
    here, patch, minor = (framework({"P09": 1}, version=number) for number in ("1.0.0", "1.0.1", "1.1.0"))
    assert why_not_comparable(card(here), card(patch)) == ""
    assert why_not_comparable(card(here), card(minor)) == "framework"
    assert why_not_comparable(card(here), card(here, form="short")) == "form"
    with pytest.raises(Incomparable, match="framework"):
        compare(minor, card(here), card(minor))
