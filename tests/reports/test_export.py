"""Files for spreadsheets: nothing that a person typed is computed there."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from reports.export import Sheet, csv_response, csv_text, safe_cell, xlsx_bytes


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


# --- workbooks --------------------------------------------------------------------------------------------------------


def opened_again(sheets: list[Sheet]):
    return load_workbook(io.BytesIO(xlsx_bytes(sheets)))


def test_a_workbook_has_a_sheet_per_table_and_one_that_says_what_they_are():
    book = opened_again([
        Sheet("Teams", [("Table", "Teams"), ("Team", "Atlas")], ["A", "B"], [[1, None], ["x", -2.5]]),
        Sheet("Gaps", [("Table", "Gaps")], ["C"], []),
    ])  # fmt: skip
    assert book.sheetnames == ["1 Teams", "2 Gaps", "3 About"]
    assert [list(row) for row in book["1 Teams"].values] == [["A", "B"], [1, None], ["x", -2.5]]
    assert [row for row in book["3 About"].values if any(row)] == [
        ("Table", "Teams"), ("Team", "Atlas"), ("Table", "Gaps"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "#N/A", "-1", "1", "TRUE", "2026-01-01", "{=1}", "\u202etxt", "🧹"]
)
def test_no_text_of_a_workbook_is_computed_or_taken_for_a_number(text):
    cell = opened_again([Sheet("x", [], ["A"], [[text]])]).worksheets[0]["A2"]
    assert (cell.data_type, cell.value) == ("s", safe_cell(text))
    assert cell.value.removeprefix("'") == text


@pytest.mark.parametrize("text", ["\x00", "a\x08b", "\ufffe", "\ud800", "x" * 300, "<b>&amp;"])
def test_no_text_makes_a_workbook_that_cannot_be_opened(text):
    assert len(opened_again([Sheet(text, [(text, text)], [text], [[text]])]).sheetnames) == 2


def test_names_of_sheets_are_told_apart_and_fit():
    names = opened_again([Sheet("a/b:" + "c" * 40, [], [], []), Sheet("A/B:" + "C" * 40, [], [], [])]).sheetnames
    assert names[0] == "1 a b " + "c" * 25 and len({name.lower() for name in names}) == 3
