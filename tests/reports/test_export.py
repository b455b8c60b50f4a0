"""Files for spreadsheets: nothing that a person typed is computed there."""

from __future__ import annotations

import pytest

from reports.export import csv_response, csv_text, safe_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r\n=1", "\uff1d1", "\uff0b1", "\x85=1"]
)
def test_text_that_begins_like_a_formula_gets_an_apostrophe(text):
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["x;=1+1", 'x; "=1+1', "x;\t@SUM(A1)", "x;\uff1d1"])
def test_where_semicolons_part_cells_what_follows_one_is_no_formula_either(text):
    assert ";'" in safe_cell(text)
    assert safe_cell("Orders; reports; 3 teams") == "Orders; reports; 3 teams"


def test_control_characters_become_blanks():
    assert safe_cell("a\x00b\nc") == "a b c"


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (-1.5, -1.5), (0, 0), ("plain", "plain"), (True, "True")])
def test_numbers_stay_numbers_also_negative_ones(value, cell):
    assert safe_cell(value) == cell


def test_what_it_is_stands_above_an_empty_line_and_the_table():
    assert csv_text([("Team", "=x")], ["A", "B"], [[1, None], ["a,b", -2]]) == (
        'Team,\'=x\r\n\r\nA,B\r\n1,\r\n"a,b",-2\r\n'
    )


def test_a_file_name_has_no_character_that_a_header_could_mistake():
    response = csv_response('Time "A"\r\n; x', "")
    assert response["Content-Disposition"] == 'attachment; filename="Time-A-x.csv"'
