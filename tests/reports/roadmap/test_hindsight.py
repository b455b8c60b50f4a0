"""What a plan promised against what came: values worked out by hand."""

from __future__ import annotations

from fractions import Fraction

from assessment.scoring import question_values
from reports.roadmap.hindsight import Forecast, Hindsight, forecasts_of, look_back, realisation_of
from reports.roadmap.projection import project
from tests.builders import initiative
from tests.reports.roadmap.teams import card_of, whole_framework

FRAMEWORK = whole_framework(
    (
        initiative("I01", {"P15.1": 2, "P09.1": 1}, effort=3, cap=4),
        initiative("I02", {"P15.2": 2}, effort=2, cap=4),
        initiative("I03", {"P10.1": 1}, effort=2, cap=4),
    )
)
CARD = card_of(FRAMEWORK, 2)
BEFORE = question_values(CARD)
"""Everything at 2. The plan completes I01 in the first quarter and I02 in the second."""
FORECASTS = forecasts_of(project(FRAMEWORK, CARD, FRAMEWORK.initiative_by_id, {"I01": 1, "I02": 2}, 3))


def look(done, quarters, **measured):
    values = dict(BEFORE) | {key.replace("_", "."): value for key, value in measured.items()}
    return look_back(FRAMEWORK, FORECASTS, BEFORE, done, quarters, values)


def test_a_forecast_holds_both_curves_of_the_questions_that_the_plan_lifts():
    assert set(FORECASTS) == {"P15.1", "P09.1", "P15.2"}
    assert FORECASTS["P15.1"].full == (4, 4, 4)
    assert FORECASTS["P15.2"] == Forecast(
        Fraction(2), (Fraction(2), Fraction(4), Fraction(4)), (Fraction(2), Fraction("3.4"), Fraction("3.4"))
    )


def test_after_a_quarter_only_what_was_due_is_compared():
    seen = look(["I01"], 1, P15_1=Fraction(4), P09_1=Fraction(2))
    assert [(row.question, row.forecast, row.measured, row.came_true) for row in seen.rows] == [
        ("P09.1", 3, 2, False),
        ("P15.1", 4, 4, True),
    ]
    assert seen.hit_rate == Fraction(1, 2)
    assert seen.optimism == Fraction(1, 2)  # (1 + 0) / 2
    assert (seen.promised, seen.realised, seen.ratio) == (3, 2, Fraction(2, 3))


def test_what_wasnt_done_counts_for_the_plan_but_not_for_its_lifts():
    seen = look([], 2, P15_1=Fraction(2))
    assert (seen.hits, len(seen.rows)) == (0, 3)
    assert seen.optimism == Fraction(5, 3)  # 2, 1 and 2 levels
    assert seen.ratio is None


def test_what_was_done_early_is_compared_with_today():
    seen = look(["I02"], 1, P15_2=Fraction(3))
    row = next(row for row in seen.rows if row.question == "P15.2")
    assert (row.forecast, row.measured, row.is_done, row.difference) == (2, 3, True, 1)
    assert (seen.promised, seen.realised) == (2, 1)


def test_done_outside_the_plan_counts_as_well():
    seen = look(["I03"], 0, P10_1=Fraction(3))
    assert [(row.question, row.forecast) for row in seen.rows] == [("P10.1", 2)]
    assert seen.ratio == 1


def test_a_question_without_a_value_now_is_listed_but_not_counted():
    seen = look(["I01"], 1, P15_1=None)
    assert [row.question for row in seen.measured] == ["P09.1"]
    assert (seen.promised, seen.realised) == (1, 0)


def test_a_question_that_asks_something_else_now_is_left_out():
    values = {key: value for key, value in BEFORE.items() if key != "P15.1"}
    seen = look_back(FRAMEWORK, FORECASTS, BEFORE, ["I01"], 1, values)
    assert [row.question for row in seen.rows] == ["P09.1"]


def test_beyond_the_horizon_the_last_quarter_counts():
    assert FORECASTS["P15.2"].after(9) == 4
    assert FORECASTS["P15.2"].after(0) == 2


def test_without_data_the_factor_is_seven_tenths():
    assert realisation_of([]) == Fraction("0.7")


def test_few_data_are_drawn_toward_seven_tenths():
    # (0.7 x 8 + 2) / (8 + 3) = 7.6 / 11 = 0.6909
    assert realisation_of([Hindsight((), Fraction(3), Fraction(2))]) == Fraction("0.69")
    # one initiative of four levels that brought nothing: 5.6 / 12 = 0.4667
    assert realisation_of([Hindsight((), Fraction(4), Fraction(0))]) == Fraction("0.47")


def test_many_data_speak_for_themselves_and_plans_add_up():
    # (5.6 + 20 + 16) / (8 + 20 + 20) = 41.6 / 48 = 0.8667
    looks = [Hindsight((), Fraction(20), Fraction(20)), Hindsight((), Fraction(20), Fraction(16))]
    assert realisation_of(looks) == Fraction("0.87")


def test_the_factor_stays_between_nothing_and_the_whole_lift():
    assert realisation_of([Hindsight((), Fraction(4), Fraction(40))]) == 1
    assert realisation_of([Hindsight((), Fraction(4), Fraction(-40))]) == 0
