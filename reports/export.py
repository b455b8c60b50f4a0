"""Tables as files. Every cell of user text passes through `safe_cell`, so that no spreadsheet computes it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
FORMULA_AFTER_SEMICOLON = re.compile(r""";(?=[\s"']*[=+\-@＝＋－＠])""")


def safe_cell(value: object) -> object:
    """The value for a spreadsheet: numbers stay, None is empty, text that would begin a formula gets an apostrophe.

    Control characters become spaces; a leading blank doesn't hide a formula. Where the comma is the decimal mark, as in
    Portuguese, spreadsheets part cells at semicolons: what stands after one is treated like the beginning of a cell.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    text = FORMULA_AFTER_SEMICOLON.sub(";'", re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", str(value)))
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


def csv_response(name: str, text: str) -> HttpResponse:
    """The table as a download; the mark at its start tells spreadsheets that it is UTF-8."""
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-") or "table"
    response["Content-Disposition"] = f'attachment; filename="{plain}.csv"'
    return response
