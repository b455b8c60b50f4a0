from __future__ import annotations

from fractions import Fraction

import pytest

from reports.roadmap.instance import InvalidInstance, parse_instance, unknown_fields
from tests.reports.roadmap.examples import SMALL, instance


def faults_of(**changes):
    with pytest.raises(InvalidInstance) as caught:
        parse_instance(SMALL | changes)
    return caught.value.faults


def test_numbers_are_the_decimals_that_were_written():
    assert parse_instance(SMALL).questions["q4"].weight == Fraction(4, 5)


def test_optional_fields_have_their_documented_defaults():
    read = parse_instance(SMALL)
    assert (read.max_per_quarter, read.carry_over, read.same_quarter_prerequisites) == (None, False, True)
    assert (read.initiatives["A"].release, read.initiatives["A"].run_cost, read.must_do) == (1, 0, frozenset())


def test_a_cycle_of_prerequisites_is_named():
    works = {"A": {"effort": 1, "prerequisites": ["B"]}, "B": {"effort": 1, "prerequisites": ["A"]}}
    (fault,) = faults_of(initiatives=works)
    assert fault.startswith("initiatives: prerequisites form a cycle: ")
    assert fault.count("A") + fault.count("B") == 3


def test_every_fault_is_named_with_its_path():
    faults = faults_of(
        capacity=[],
        questions={"q1": {"gap": -1}},
        initiatives={"A": {"effort": True, "lifts": {"q9": 1}, "prerequisites": ["Z"], "release": 0}},
    )
    assert set(faults) == {
        "capacity: must be a list with at least one quarter",
        "questions.q1.gap: must not be negative",
        "initiatives.A.effort: must be a number",
        "initiatives.A.lifts.q9: unknown question",
        "initiatives.A.prerequisites: unknown initiative Z",
        "initiatives.A.release: must be a whole number of at least 1",
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "3", None, -0.5])
def test_a_capacity_that_is_no_amount_is_refused(value):
    assert len(faults_of(capacity=[6, value])) == 1


@pytest.mark.parametrize("data", [None, [], "plan"])
def test_data_that_are_no_object_are_refused(data):
    with pytest.raises(InvalidInstance):
        parse_instance(data)


def test_misspelt_fields_are_found():
    data = SMALL | {"capacities": [1], "questions": {"q1": {"gap": 1, "mandatroy": True}}}
    assert unknown_fields(data) == ["capacities", "questions.q1.mandatroy"]


def test_closures_put_prerequisites_first():
    chain = instance(
        [9], {"Z": (1, {}), "B": (1, {}, {"prerequisites": ["Z"]}), "A": (1, {}, {"prerequisites": ["B"]})}
    )
    assert chain.closures["A"] == ("Z", "B", "A")
    assert chain.depth == {"Z": 0, "B": 1, "A": 2}


def test_whole_numbers_keep_the_proportions():
    whole = instance([0.5, 1.25], {"A": (0.25, {"q": 0.5})}, {"q": {"gap": 1.5, "weight": 0.1}}).in_whole_numbers()
    assert whole.capacity == (2, 5)
    assert (whole.initiatives["A"].effort, whole.initiatives["A"].lifts["q"]) == (1, 1)
    assert (whole.questions["q"].gap, whole.questions["q"].weight) == (3, 1)


def test_a_longer_horizon_goes_on_with_the_last_capacity():
    assert parse_instance(SMALL | {"capacity": [6, 4]}).with_horizon(4).capacity == (6, 4, 4, 4)
