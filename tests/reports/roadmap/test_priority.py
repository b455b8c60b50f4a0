from __future__ import annotations

from fractions import Fraction

import pytest

from reports.roadmap.priority import effective_lift, priorities, question_weights
from tests.builders import initiative
from tests.reports.roadmap.teams import card_of, whole_framework

CATALOGUE = (
    initiative("I01", {"P09.1": 2, "P11.1": 1}, cap=4, effort=3, confidence=1),
    initiative("I23", {"P05.2": 2, "P18.2": 1, "PRO.4": 2}, cap=4, effort=1, confidence="0.8"),
    initiative("I08", {"P15.1": 2, "P16.1": "0.5"}, cap=4, effort=4, confidence="0.8", prerequisites=("I01",)),
)
VALUES = {"P09.1": 2, "P11.1": 2, "P15.1": 1, "P16.1": 2, "P05.2": 3, "P18.2": 2, "PRO.4": 2}
TARGETS = {"P09.1": 4, "P11.1": 3, "P15.1": 3, "P16.1": 3, "P05.2": 3, "P18.2": 3, "PRO.4": 3}


@pytest.fixture
def ranking():
    """T40 of the domain guide."""
    whole = whole_framework(CATALOGUE)
    weights = question_weights(whole, card_of(whole, 2))
    values = {key: Fraction(value) for key, value in VALUES.items()}
    gaps = {key: TARGETS[key] - value for key, value in values.items()}
    return priorities(CATALOGUE, weights, values, gaps)


def rounded(number, digits):
    return round(float(number), digits)


def test_the_worked_example_ranks_version_control_first_for_what_it_opens(ranking):
    assert [(item.initiative, rounded(item.priority, 3)) for item in ranking] == [
        ("I01", 2.851),
        ("I23", 2.767),
        ("I08", 0.945),
    ]


def test_the_worked_example_agrees_term_by_term(ranking):
    terms = {term.question: rounded(term.value, 4) for item in ranking for term in item.terms}
    assert terms == {
        "P09.1": 3.5380, "P11.1": 2.6535, "P05.2": 0.0, "P18.2": 1.7920, "PRO.4": 1.6667, "P15.1": 3.8099,
        "P16.1": 0.9140,
    }  # fmt: skip
    assert {item.initiative: rounded(item.value, 4) for item in ranking} == {
        "I01": 6.1915, "I23": 3.4587, "I08": 4.7239
    }  # fmt: skip
    assert {item.initiative: rounded(item.enabling, 4) for item in ranking} == {"I01": 2.3620, "I23": 0, "I08": 0}


def test_enabling_value_is_shared_among_open_prerequisites_and_gone_when_done():
    both = (initiative("I01", {}), initiative("I02", {}), initiative("I03", {"P01.1": 1}, prerequisites=("I01", "I02")))
    weights, values, gaps = {"P01.1": Fraction(8)}, {"P01.1": Fraction(2)}, {"P01.1": Fraction(1)}
    assert {p.initiative: p.enabling for p in priorities(both, weights, values, gaps)} == {"I01": 2, "I02": 2, "I03": 0}
    assert {p.initiative: p.enabling for p in priorities(both, weights, values, gaps, {"I01"})} == {"I02": 4, "I03": 0}


def test_a_question_without_a_value_is_worth_nothing_yet():
    (only,) = priorities(
        [initiative("I01", {"P01.1": 2})], {"P01.1": Fraction(1)}, {"P01.1": None}, {"P01.1": Fraction(2)}
    )
    assert (only.terms, only.priority) == ((), 0)


@pytest.mark.parametrize(("value", "lift"), [("1", "2"), ("2.5", "1.5"), ("4", "0"), ("5", "0")])
def test_an_initiative_lifts_to_its_cap_and_never_down(value, lift):
    assert effective_lift(initiative("I01", {"P01.1": 2}, cap=4), "P01.1", Fraction(value)) == Fraction(lift)


def test_weights_sum_to_100_where_nothing_is_urgent_and_half_more_where_a_critical_principle_is_below_3():
    whole = whole_framework()
    calm = question_weights(whole, card_of(whole, 3))
    urgent = question_weights(whole, card_of(whole, 3, P15_1=2))
    assert sum(calm.values()) == 100
    assert {key for key in calm if urgent[key] != calm[key]} == {"P15.1", "P15.2", "P15.3"}
    assert urgent["P15.1"] == calm["P15.1"] * Fraction(3, 2)


def test_the_sponsor_weighs_subjects_by_halves_up_to_two():
    whole = whole_framework()
    card = card_of(whole, 3)
    assert question_weights(whole, card, {"ORG": Fraction(2)})["ORG.1"] == 2 * question_weights(whole, card)["ORG.1"]
    with pytest.raises(ValueError, match="business weight"):
        question_weights(whole, card, {"ORG": Fraction(3)})
    with pytest.raises(ValueError, match="no principle or pillar XYZ"):
        question_weights(whole, card, {"XYZ": Fraction(1)})
