from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.agreement import (
    Agreement,
    agreement,
    invisible_to_team,
    krippendorff_alpha,
    mean,
    median,
    straight_lining,
    variance,
    verdict_of,
)


def exact(*values):
    return [F(value) for value in values]


@pytest.mark.parametrize(
    ("values", "middle", "a_wg", "ad", "verdict"),
    [
        ((2, 3, 3, 4, 3), 3, F(4, 5), F(2, 5), "agreed"),  # T20
        ((2, 2, 3, 3, 4, 4), 3, F(2, 3), F(2, 3), "fair"),  # T21
        ((1, 2, 3, 4, 5), 3, F(0), F(6, 5), "discuss"),  # T22
        ((1, 1, 5, 5, 3), 3, F(-3, 5), F(8, 5), "split"),  # T23
        ((1, 1, 1, 1, 2), 1, None, F(1, 5), "agreed"),  # T25
        ((5, 5, 5, 5, 5), 5, F(1), F(0), "agreed"),  # T26
        ((3, 4), F(7, 2), None, F(1, 2), "agreed"),  # T27
    ],
)
def test_the_worked_examples_of_the_guide_come_out_exactly(values, middle, a_wg, ad, verdict):
    assert median(exact(*values)) == middle
    assert agreement(exact(*values)) == Agreement(a_wg, ad, verdict)


@pytest.mark.parametrize(
    ("values", "centre", "spread", "uniform"),
    [
        ((2, 3, 3, 4, 3), "3.0", "0.5", "0.75"),  # T20
        ((2, 2, 3, 3, 4, 4), "3.0", "0.8", "0.60"),  # T21
        ((1, 2, 3, 4, 5), "3.0", "2.5", "-0.25"),  # T22
        ((1, 1, 5, 5, 3), "3.0", "4.0", "-1.00"),  # T23
        ((1, 1, 1, 1, 2), "1.2", "0.2", "0.90"),  # T25
        ((5, 5, 5, 5, 5), "5.0", "0", "1"),  # T26
        ((3, 4), "3.5", "0.5", "0.75"),  # T27
    ],
)
def test_mean_and_variance_of_the_worked_examples(values, centre, spread, uniform):
    assert (mean(exact(*values)), variance(exact(*values))) == (F(centre), F(spread))
    assert 1 - variance(exact(*values)) / 2 == F(uniform)  # the plain index that the guide prints beside a_wg


def test_two_cities_that_disagree_are_at_zero_and_discussed():
    found = agreement(exact(4, 4, 4, 4, 5, 5, 2, 2, 1, 2, 1, 2))
    assert (found.a_wg, found.verdict) == (0, "discuss")


def test_eleven_of_twelve_near_three_agree():
    found = agreement(exact(3, 3, 4, 3, 3, 4, 3, 3, 4, 3, 3, 3))
    assert (round(float(found.a_wg), 3), found.verdict) == (0.905, "agreed")


def test_eight_answers_between_one_and_three_agree():
    assert round(float(agreement(exact(2, 2, 3, 2, 1, 2, 3, 2)).a_wg), 3) == 0.778


def test_fewer_than_two_answers_have_no_agreement():
    assert agreement([]) == agreement(exact(3)) == Agreement(None, None, None)


def test_two_equal_answers_agree_fully():
    assert agreement(exact(2, 2)) == Agreement(F(1), F(0), "agreed")


def test_three_far_answers_are_discussed_by_their_deviation():
    assert agreement(exact(1, 3, 5)) == Agreement(None, F(4, 3), "discuss")


@pytest.mark.parametrize(
    ("a_wg", "verdict"),
    [(F(7, 10), "agreed"), (F(699, 1000), "fair"), (F(6, 10), "fair"), (F(599, 1000), "discuss"), (F(-1, 99), "split")],
)
def test_the_bands_begin_at_their_edges(a_wg, verdict):
    assert verdict_of(a_wg, F(0)) == verdict


def test_the_deviation_is_acceptable_up_to_five_sixths():
    assert [verdict_of(None, ad) for ad in (F(5, 6), F(84, 100))] == ["agreed", "discuss"]


def test_a_third_who_cannot_tell_make_a_question_invisible():
    assert invisible_to_team(4, 12)
    assert not invisible_to_team(3, 10)
    assert not invisible_to_team(0, 0)


def test_ordinal_alpha_of_the_guide():  # T28
    units = [exact(2, 2, 3), exact(3, 3, 3), exact(4, 5, 4), exact(1, 1)]
    assert round(float(krippendorff_alpha(units)), 4) == 0.9012


def test_alpha_is_one_for_perfect_agreement_and_undefined_without_spread_or_pairs():
    assert krippendorff_alpha([exact(1, 1), exact(5, 5)]) == 1
    assert krippendorff_alpha([exact(3, 3), exact(3, 3)]) is None
    assert krippendorff_alpha([exact(3), exact(4), []]) is None


def test_a_sheet_of_twelve_equal_answers_looks_clicked_through():
    assert straight_lining(exact(*[3] * 12)) == ("no_variation",)
    assert straight_lining(exact(*[3] * 11)) == straight_lining(exact(*[3] * 11, F(7, 2))) == ()


def test_less_than_four_seconds_a_question_is_too_fast_to_have_read_it():
    varied = exact(1, 2, 3)
    assert straight_lining(varied, (3.9, 2, 60)) == ("too_fast",)
    assert straight_lining(varied, (4, 2, 60)) == straight_lining(varied) == straight_lining([]) == ()
    assert straight_lining(exact(*[1] * 12), [1] * 12) == ("no_variation", "too_fast")


def test_a_median_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        median([])


@given(st.lists(st.integers(2, 10).map(lambda number: F(number, 2)), min_size=2, max_size=12))
def test_agreement_never_exceeds_one_and_ignores_the_order(values):
    found = agreement(values)
    assert found.a_wg is None or found.a_wg <= 1
    assert found == agreement(sorted(values))
