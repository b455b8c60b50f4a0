"""Briefing and charts -> PDF bytes; the only file that knows Typst.

The template and the fonts are files of the product; everything else reaches Typst as JSON strings, which it never
reads as markup. Nothing is fetched. The document's date is the closing date, so that the same data give the same bytes.
"""

from __future__ import annotations

import datetime
import functools
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from reports.briefing.records import Briefing, OrganizationBriefing

TEMPLATES = Path(__file__).resolve().parent / "document"
STANDARD = "ua-1"
ATTACHMENT = "dataops-ladder.json"
"""The file inside the PDF that holds its data."""
LONGEST_RUN = 28
"""Characters without a space after which a line may break, so that no address leaves its column."""
ZERO_WIDTH_SPACE = "\u200b"
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
PRINTABLE = (  # Latin, Greek, Cyrillic, and the signs and arrows that Source Sans Pro holds
    "\n\u0020-\u024f\u0300-\u0303\u0370-\u03ff\u0400-\u045f\u1e00-\u1eff"
    "\u2010-\u203a\u20ac\u2122\u2190-\u2193\u2212\u2260\u2264\u2265"
)
UNPRINTABLE = re.compile(f"[^{PRINTABLE}]")
REPLACEMENT = "?"
ARROW = "\u00a0→\u00a0"
"""From one score to the other: never parted at the end of a line."""


class DocumentError(Exception):
    """The template doesn't fit the data; a fault of the product, with Typst's message."""


def render(briefing: Briefing | OrganizationBriefing, svgs: Mapping[str, str], language: str, data: str = "") -> bytes:
    """The report as tagged PDF (PDF/UA-1) in `language`, with `data` (JSON) attached unless it is empty.

    `svgs` are the drawn charts and the logos by name; for each missing chart its table is printed. Raises
    DocumentError.
    """
    printed = _printable(asdict(briefing))
    closed = datetime.datetime.combine(datetime.date.fromisoformat(briefing.date), datetime.time(), datetime.UTC)
    try:
        return typst.compile(
            str(TEMPLATES / "report.typ"),
            root=str(TEMPLATES),
            font_paths=[str(font_directory())],
            ignore_system_fonts=True,
            sys_inputs={
                "briefing": json.dumps(printed, ensure_ascii=False, sort_keys=True),
                "charts": json.dumps(dict(svgs), ensure_ascii=False, sort_keys=True),
                "language": language,
                "data": data,
            },
            pdf_standards=[STANDARD],
            timestamp=closed,
            format="pdf",
        )
    except typst.TypstError as error:
        raise DocumentError(str(error)) from error


def check_picture(content: bytes, media_type: str) -> None:
    """Draw the picture to see whether a document can. Raises DocumentError."""
    with tempfile.TemporaryDirectory() as folder:
        name = "picture.jpg" if media_type == "image/jpeg" else "picture.png"
        Path(folder, name).write_bytes(content)
        page = Path(folder, "page.typ")
        page.write_text(f'#image("{name}", width: 30mm)', encoding="utf-8")
        try:
            typst.compile(str(page), root=folder, ignore_system_fonts=True, format="pdf")
        except typst.TypstError as error:
            raise DocumentError(str(error)) from error


def page_count(pdf: bytes) -> int:
    """The pages of a PDF that `render` made."""
    counted = re.search(rb"/Type/Pages/Count (\d+)", pdf)
    if counted is None:
        raise DocumentError("the PDF doesn't say how many pages it has")
    return int(counted.group(1))


@functools.cache
def font_directory() -> Path:
    """Where the font wheel keeps Source Sans Pro."""
    return Path(str(files("font_source_sans_pro") / "files"))


def _printable(value: Any) -> Any:
    """The same data with strings that the report's font can print and its columns can hold."""
    if isinstance(value, str):
        return _breakable(UNPRINTABLE.sub(REPLACEMENT, UNSEEN.sub("", value.replace("\t", " ").replace(" → ", ARROW))))
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(item) for item in value]
    return value


def _breakable(text: str) -> str:
    pieces = re.split(r"(\s+)", text)
    return "".join(_broken(piece) if len(piece) > LONGEST_RUN else piece for piece in pieces)


def _broken(run: str) -> str:
    step = LONGEST_RUN // 2
    return ZERO_WIDTH_SPACE.join(run[start : start + step] for start in range(0, len(run), step))
