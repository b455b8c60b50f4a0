from __future__ import annotations

from fractions import Fraction

import pytest

from reports.roadmap.capacity import effort_factor, propose_capacity


def test_seven_people_have_12_6_person_weeks_a_quarter():
    assert propose_capacity(7) == Fraction("12.6")
    assert propose_capacity(3) == Fraction("5.4")


@pytest.mark.parametrize(
    ("people", "factor"),
    [(1, "1/2"), (3, "1/2"), (5, "3/4"), (7, "1"), (8, "8/7"), (14, "2"), (40, "2")],
)
def test_the_effort_factor_is_linear_between_its_points_and_constant_outside(people, factor):
    assert effort_factor(people) == Fraction(factor)


@pytest.mark.parametrize("people", [0, -3, True, 2.5])
def test_a_team_without_people_is_refused(people):
    with pytest.raises(ValueError, match="at least one person"):
        propose_capacity(people)
