"""Where the text of a PDF stands: boxes of its runs, computed from the fonts' own widths.

Reads what Typst writes: composite fonts with two bytes a glyph, text in pages and in forms. Units are points, y upward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf import PageObject
from pypdf.generic import ContentStream

IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
ASCENT, DESCENT = 0.66, -0.03
"""Of small capitals and figures in Source Sans, as parts of the size: boxes hold what is surely inked."""

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of text as it was set."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    def covers(self, other: Run, slack: float = 0.6) -> bool:
        """Whether they share more than a hair."""
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return across > slack and up > slack


def runs(page: PageObject) -> list[Run]:
    """Every visible run of the page, those of its pictures too."""
    return list(_Reader(page.pdf).read(page.get_contents(), page["/Resources"], IDENTITY))


def overlaps(found: list[Run]) -> list[tuple[str, str]]:
    """Pairs of runs of which one covers the other."""
    ordered = sorted(found, key=lambda run: run.bottom)
    pairs = []
    for place, run in enumerate(ordered):
        for other in ordered[place + 1 :]:
            if other.bottom >= run.top:
                break
            if run.covers(other):
                pairs.append((run.text, other.text))
    return pairs


def _times(first: Matrix, second: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


class _Reader:
    def __init__(self, pdf: Any) -> None:
        self.pdf = pdf
        self.fonts: dict[int, tuple[dict[int, float], dict[int, str]]] = {}

    def read(self, content: Any, resources: Any, start: Matrix) -> Iterator[Run]:
        resources = resources.get_object()
        matrix, stack = start, []
        text, size, font = IDENTITY, 1.0, None
        for operands, operator in ContentStream(content, self.pdf).operations:
            if operator == b"q":
                stack.append((matrix, size, font))
            elif operator == b"Q":
                matrix, size, font = stack.pop()
            elif operator == b"cm":
                matrix = _times(tuple(map(float, operands)), matrix)
            elif operator == b"Tf":
                font, size = self._font(resources["/Font"][operands[0]]), float(operands[1])
            elif operator == b"BT":
                text = IDENTITY
            elif operator == b"Tm":
                text = tuple(map(float, operands))
            elif operator == b"Td":
                text = _times((1, 0, 0, 1, float(operands[0]), float(operands[1])), text)
            elif operator in (b"Tj", b"TJ"):
                parts = operands[0] if operator == b"TJ" else operands
                said, inked, width = self._measured(parts, font, size)
                if said.strip():
                    yield _run(said, inked, size, _times(text, matrix))
                text = _times((1, 0, 0, 1, width, 0), text)
            elif operator == b"Do":
                form = resources["/XObject"][operands[0]].get_object()
                if form["/Subtype"] == "/Form":
                    inner = tuple(map(float, form.get("/Matrix", IDENTITY)))
                    yield from self.read(form, form.get("/Resources", resources), _times(inner, matrix))

    def _measured(self, parts: Any, font: Any, size: float) -> tuple[str, float, float]:
        """The text, and its width without and with blanks at its end."""
        widths, signs = font
        said, inked, width = "", 0.0, 0.0
        for part in parts:
            if isinstance(part, (int, float)):
                width -= float(part) / 1000 * size
                continue
            codes = getattr(part, "original_bytes", part)
            for place in range(0, len(codes), 2):
                glyph = int.from_bytes(codes[place : place + 2], "big")
                width += widths.get(glyph, widths[-1]) / 1000 * size
                said += signs.get(glyph, "")
                inked = width if said[-1:].strip() else inked
        return said, inked, width

    def _font(self, reference: Any) -> tuple[dict[int, float], dict[int, str]]:
        font = reference.get_object()
        if id(font) not in self.fonts:
            descendant = font["/DescendantFonts"][0].get_object()
            self.fonts[id(font)] = (
                _widths(descendant),
                _signs(font["/ToUnicode"].get_object().get_data().decode("latin-1")),
            )
        return self.fonts[id(font)]


def _run(said: str, width: float, size: float, matrix: Matrix) -> Run:
    corners = [(x, y) for x in (0.0, width) for y in (DESCENT * size, ASCENT * size)]
    a, b, c, d, e, f = matrix
    xs, ys = [a * x + c * y + e for x, y in corners], [b * x + d * y + f for x, y in corners]
    return Run(said, min(xs), min(ys), max(xs), max(ys))


def _widths(descendant: Any) -> dict[int, float]:
    """Glyph -> thousandths of the size; -1 is for all others."""
    widths = {-1: float(descendant.get("/DW", 1000))}
    entries = list(descendant.get("/W", []))
    while entries:
        first, second = int(entries.pop(0)), entries.pop(0)
        second = second.get_object() if hasattr(second, "get_object") else second
        if isinstance(second, list):
            widths |= {first + place: float(width) for place, width in enumerate(second)}
        else:
            widths |= dict.fromkeys(range(first, int(second) + 1), float(entries.pop(0)))
    return widths


def _signs(table: str) -> dict[int, str]:
    """Glyph -> text, from a ToUnicode table."""
    signs: dict[int, str] = {}
    within = ""
    for line in table.splitlines():
        word = line.split()[-1] if line.split() else ""
        if word.startswith("begin"):
            within = word
        elif word.startswith("end"):
            within = ""
        elif within == "beginbfchar":
            code, said = line.replace("<", " ").replace(">", " ").split()
            signs[int(code, 16)] = bytes.fromhex(said).decode("utf-16-be")
        elif within == "beginbfrange":
            first, last, said = line.replace("<", " ").replace(">", " ").split()[:3]
            for place in range(int(last, 16) - int(first, 16) + 1):
                signs[int(first, 16) + place] = chr(int(said, 16) + place)
    return signs
