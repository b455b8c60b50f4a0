"""Tables as files. Every cell of user text passes through `safe_cell`, so that no spreadsheet computes it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LONGEST_SHEET_NAME, WIDEST_COLUMN = 31, 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_AFTER_SEMICOLON = re.compile(r""";(?=[\s"']*[=+\-@＝＋－＠])""")


def safe_cell(value: object) -> object:
    """The value for a spreadsheet: numbers stay, None is empty, text that would begin a formula gets an apostrophe.

    Control characters, and what no XML file may hold, become spaces; a leading blank doesn't hide a formula. Where the
    comma is the decimal mark, as in Portuguese, spreadsheets part cells at semicolons: what stands after one is treated
    like the beginning of a cell.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = FORMULA_AFTER_SEMICOLON.sub(";'", NOT_TEXT.sub(" ", str(value)))
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


def csv_text(about: Iterable[tuple[str, object]], head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in CSV: first lines of name and value that say what it is, an empty line, then head and rows."""
    target = io.StringIO()
    writer = csv.writer(target)
    for name, value in about:
        writer.writerow([safe_cell(name), safe_cell(value)])
    writer.writerow([])
    writer.writerow([safe_cell(cell) for cell in head])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a workbook: its name, the lines that say what it is, head and rows."""

    name: str
    about: Sequence[tuple[str, object]]
    head: Sequence[str]
    rows: Sequence[Sequence[object]]


def xlsx_bytes(sheets: Sequence[Sheet]) -> bytes:
    """A workbook: a sheet per table, and at the end one that says what they are. Text is never a formula."""
    workbook = Workbook()
    for number, sheet in enumerate(sheets):
        page = workbook.worksheets[0] if number == 0 else workbook.create_sheet()
        page.title = _sheet_name(sheet.name, number)
        _fill(page, [sheet.head, *sheet.rows], bold_rows=1)
        page.freeze_panes = "A2"
    about = workbook.create_sheet(_sheet_name(_("About"), len(sheets)))
    _fill(about, [line for sheet in sheets for line in (*sheet.about, ())])
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def _sheet_name(name: str, number: int) -> str:
    """A name that spreadsheets take, and that no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", str(safe_cell(name))).strip()
    return f"{number + 1} {plain}"[:LONGEST_SHEET_NAME]


def _fill(page: Worksheet, rows: Iterable[Sequence[object]], bold_rows: int = 0) -> None:
    """Write the rows through `safe_cell`; what isn't a number is written as text, whatever it looks like."""
    widths: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            cell = page.cell(number, place)
            if not isinstance(cell, Cell) or (plain := safe_cell(value)) == "":
                continue
            cell.value = plain  # type: ignore[assignment]
            if isinstance(plain, str):
                cell.data_type = "s"
            if number <= bold_rows:
                cell.font = Font(bold=True)
            widths[cell.column_letter] = max(widths.get(cell.column_letter, 0), min(WIDEST_COLUMN, len(str(plain)) + 2))
    for letter, width in widths.items():
        page.column_dimensions[letter].width = width


def csv_response(name: str, text: str) -> HttpResponse:
    """The table as a download; the mark at its start tells spreadsheets that it is UTF-8."""
    return file_response(name, "csv", "\ufeff" + text, "text/csv; charset=utf-8")


def xlsx_response(name: str, sheets: Sequence[Sheet]) -> HttpResponse:
    """The tables as a workbook."""
    return file_response(name, "xlsx", xlsx_bytes(sheets), XLSX)


def file_response(name: str, extension: str, content: str | bytes, content_type: str) -> HttpResponse:
    """A download. Of its name only what every system and header takes is kept."""
    response = HttpResponse(content, content_type=content_type)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-") or "table"
    response["Content-Disposition"] = f'attachment; filename="{plain}.{extension}"'
    return response
