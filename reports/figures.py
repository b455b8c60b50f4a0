"""Plain data -> figures for plotly.js: one function per chart, the same for page, PDF and test.

A figure has no title: the finding above it is text of the page or of the document. Backgrounds are transparent
and every colour is one of the names below, so that a page restyles a figure for its dark theme by exchanging
exact strings (`DARK`), as `themed` does here. Only scatter, bar and heatmap traces are used: the bundled
plotly.js knows no others. Scores are on the 1-5 scale, effort is in person-weeks.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import cycle
from typing import Any

from reports import labels
from reports.drawing import Figure, Trace, bar, scatter
from reports.drawing import heatmap as cells

INK = "#1C2733"
MUTED = "#5B6773"
ACCENT = "#0B6E99"
WARNING = "#B4540A"
GRID = "#DCE1E6"
ON_ACCENT = "#FEFEFE"
"""Text on a bar in the accent's colour, which is light in the dark theme."""
CLEAR = "rgba(0,0,0,0)"
LEVEL_COLOURS = ("#F4ECD8", "#CFE0BC", "#93C4AC", "#2F7F88", "#1B4B66")
CELL_DARK, CELL_LIGHT = "#1C2734", "#FFFFFF"  # numbers on level colours: the same in both themes
LINES = (ACCENT, WARNING, "#6B4FA0", "#7A6200", "#A3316F", "#3E5468")
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")

DARK = {
    INK: "#E8ECF0",
    MUTED: "#A9B4BF",
    ACCENT: "#5FB7DC",
    WARNING: "#F2A65A",
    GRID: "#3A4651",
    ON_ACCENT: "#10202B",
    "#6B4FA0": "#B9A3E8",
    "#7A6200": "#D9BE4A",
    "#A3316F": "#E88ABC",
    "#3E5468": "#9FB6CB",
}

FONT = "Source Sans Pro, system-ui, sans-serif"
FONT_SIZE = 12
ROW = 20
GANTT_LINE = 14
OUTCOME_ROW = 180
NUMBER_COLUMN = 5.6  # where a row's number stands, to the right of level 5
LEVEL_RANGE = [0.85, 5.8]
PROJECT_RANGE = (0.55, 5.45)
MIDDLE = 3
WORTH_HEIGHT = 300
SLOPE_HEIGHT = 270
MOST_SLOPES = 10
WORTH_MARGIN = {"t": 30, "b": 44, "l": 46, "r": 10}
SCATTER_HEIGHT = 420
SCATTER_MARGIN = {"t": 30, "b": 44, "l": 42, "r": 10}
MANY_BARS = 14
NARROWEST = 288
"""The width of a chart on a screen of 320 px."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says in one language; `levels` are the five level names, level 1 first."""

    language: str
    levels: tuple[str, str, str, str, str]
    now: str
    last_time: str
    target: str
    bounds: str
    critical: str
    no_data: str
    full: str
    cautious: str
    used: str
    capacity: str
    effort_unit: str
    noise: str
    as_given: str = "as given"


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One principle. `score`, `previous`, `target`, `low` and `high` are levels 1-5 or None."""

    label: str
    score: float | None
    previous: float | None = None
    target: float | None = None
    low: float | None = None
    high: float | None = None
    critical: bool = False

    @property
    def gap(self) -> float:
        """Levels missing to the target; without a score the gap of the lower bound, as the gate counts it."""
        current = self.score if self.score is not None else self.low
        return 0.0 if self.target is None or current is None else self.target - current


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One team over the quarters; None where the team skipped one.

    `natives` are the scores as given where a like-for-like line shows others. The step to a place in `linked` crosses
    releases and is dashed; to a place in `broken` there is none.
    """

    name: str
    values: tuple[float | None, ...]
    natives: tuple[float | None, ...] = ()
    linked: frozenset[int] = frozenset()
    broken: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TrendPanel:
    title: str
    lines: tuple[TrendLine, ...]


@dataclass(frozen=True, slots=True)
class OutcomePanel:
    """One number over the quarters, None where nobody knows it; hover texts have so many `digits`."""

    title: str
    values: tuple[float | None, ...]
    digits: int = 1


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A score at two points in time; `verdict` is clear, probable or noise. `short` stands for a label that is long."""

    label: str
    first: float
    second: float
    verdict: str
    short: str = ""

    @property
    def rank(self) -> tuple[int, float]:
        """What is surer comes first, then what is larger."""
        return (("clear", "probable", "noise").index(self.verdict), -abs(self.second - self.first))


@dataclass(frozen=True, slots=True)
class ProjectWords:
    """What the chart of candidate projects says. `quadrants`: prepare the data, start now, park, quick experiment."""

    language: str
    availability: str
    value: str
    project: str
    pilot: str
    blocked: str
    quadrants: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class ProjectPoint:
    """A candidate project: `availability` and `value` are 1-5, `rank` counts from 1."""

    name: str
    rank: int
    availability: float
    value: float
    pilot: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class WorthWords:
    """What the chart of value against effort says."""

    language: str
    effort: str
    value: str
    planned: str
    others: str
    quick_wins: str


@dataclass(frozen=True, slots=True)
class WorthPoint:
    """An initiative: `effort` in person-weeks, `value` in hundredths of the score; `name` is its id."""

    name: str
    effort: float
    value: float
    planned: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class GanttBar:
    """An initiative that is worked on from quarter `first` to quarter `last`, counted from 1."""

    label: str
    first: int
    last: int
    effort: float


def config(language: str = "en") -> dict[str, Any]:
    """Options for plotly.js: nothing is sent anywhere, no foreign logo, locale of `language`."""
    return {
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "displaylogo": False,
        "responsive": True,
        "showEditInChartStudio": False,
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d"],
        "locale": "pt-BR" if _is_portuguese(language) else "en",
    }


def plain(text: str) -> str:
    """Text that plotly shows as it is: no markup, no entity, no line break or control character.

    A label can't run a script, but `<b style=...>` in it can send a request.
    """
    without_controls = re.sub(r"[\s\x00-\x1f\x7f]+", " ", text)
    return without_controls.replace("<", "").replace("&", "&amp;").strip()


def themed(figure: Figure, theme: str) -> Figure:
    """The figure for the "light" or "dark" theme; paper is light. The input stays as it is."""
    return Figure(**_exchanged(figure.as_dict(), DARK if theme == "dark" else {}))


def size(figure: Figure, default_width: int = 780) -> tuple[int, int]:
    """Width and height in px for an SVG; figures for pages have no width of their own."""
    return int(figure.layout.get("width") or default_width), int(figure.layout["height"])


def level_colour(score: float) -> str:
    """The colour of the level that `score` has reached: 2.9 is drawn as level 2."""
    return LEVEL_COLOURS[min(5, max(1, int(score))) - 1]


def cell_ink(score: float) -> str:
    """The colour of a number on `level_colour(score)`, with a contrast of 4.5 or better."""
    return CELL_LIGHT if score >= 4 else CELL_DARK


def profile(rows: Sequence[ProfileRow], words: Words, *, width: int | None = None, compact: bool = False) -> Figure:
    """Dot plot of principles, the largest gap to target on top; `compact` names only the ends of the scale."""
    ordered = sorted(rows, key=lambda row: -row.gap)
    positions = range(len(ordered))
    figure = _figure(words, height=len(ordered) * ROW + (44 if compact else 74), width=width, showlegend=not compact)
    figure.add(_ranges([(row.low, row.high) for row in ordered], words.bounds))
    if any(row.target is not None for row in ordered):
        figure.add(_ticks([row.target for row in ordered], words.target))
    if any(row.previous is not None for row in ordered):
        figure.add(_dots([row.previous for row in ordered], words.last_time, "circle-open", MUTED))
    figure.add(_dots([row.score for row in ordered], words.now, "circle", ACCENT))
    figure.add(_numbers([row.score for row in ordered], NUMBER_COLUMN, words))
    labels = [_principle_label(row) for row in ordered]
    figure.up(tickvals=list(positions), ticktext=labels, range=[len(ordered) - 0.4, -0.6], showgrid=False)
    figure.across(**_level_axis(words, compact), range=LEVEL_RANGE)
    _add_guides(figure, len(ordered))
    if compact:
        figure.lay_out(margin={"t": 4, "b": 34, "r": 10})
    return figure


def pillars(rows: Sequence[ProfileRow], words: Words, *, width: int | None = None) -> Figure:
    """A bar per pillar from level 1 to its score, with number, target tick and bounds; in the given order."""
    figure = _figure(words, height=len(rows) * 44 + 34, width=width, showlegend=False)
    positions = list(range(len(rows)))
    figure.add(
        bar(
            orientation="h",
            y=positions,
            x=[None if row.score is None else row.score - 1 for row in rows],
            base=1,
            width=0.22,
            marker={"color": ACCENT},
            name=words.now,
            hoverinfo="skip",
        )
    )
    figure.add(_ranges([(row.low, row.high) for row in rows], words.bounds))
    figure.add(_ticks([row.target for row in rows], words.target, length=20))
    for position, row in enumerate(rows):
        text = f"{_label(row.label)}  <b>{_number(row.score, 1, words.language) or _label(words.no_data)}</b>"
        figure.annotate(
            {
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": position - 0.36,
                "yanchor": "middle",
                "text": text,
                "showarrow": False,
            }
        )
    figure.up(showticklabels=False, range=[len(rows) - 0.6, -0.7], showgrid=False)
    figure.across(tickvals=[1, 2, 3, 4, 5], range=[0.97, 5.1], gridcolor=GRID, showgrid=True)
    figure.lay_out(margin={"t": 4, "b": 24, "l": 2, "r": 4})
    return figure


def heatmap(
    teams: Sequence[str],
    rows: Sequence[str],
    scores: Sequence[Sequence[float | None]],
    words: Words,
    *,
    width: int | None = None,
) -> Figure:
    """Teams (columns) by principles (rows): `scores[row][column]` in the colour of its level, hatched without one."""
    head = 120 if len(teams) <= 8 else 200
    figure = _figure(words, height=len(rows) * 24 + head, width=width, showlegend=False)
    figure.add(
        cells(
            z=[list(row) for row in scores],
            x=list(range(len(teams))),
            y=list(range(len(rows))),
            zmin=1,
            zmax=6,
            colorscale=_steps(),
            showscale=False,
            xgap=1,
            ygap=1,
            hoverongaps=False,
            text=_hover_cells(teams, rows, scores, words),
            hoverinfo="text",
        )
    )
    figure.add(_cell_numbers(scores, words))
    figure.layout["shapes"] = [
        _hatch(column, row) for row, values in enumerate(scores) for column, value in enumerate(values) if value is None
    ]
    figure.up(
        tickvals=list(range(len(rows))),
        ticktext=[_label(row) for row in rows],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
    )
    figure.across(
        tickvals=list(range(len(teams))),
        ticktext=[_wrapped(team, 14) if len(teams) <= 8 else _cut(team, 24) for team in teams],
        range=[-0.5, len(teams) - 0.5],
        side="top",
        showgrid=False,
        tickangle=0 if len(teams) <= 8 else -90,
        automargin=True,
    )
    return figure


def trend(
    panels: Sequence[TrendPanel],
    quarters: Sequence[str],
    words: Words,
    *,
    marks: Mapping[str, str] | None = None,
    width: int | None = None,
    compact: bool = False,
) -> Figure:
    """Small multiples on one scale: a line per team, a gap for a skipped quarter; `compact` is low, without a legend.

    `marks` names the quarters from which a new framework version holds, e.g. {"2026 Q3": "1.1.0"}. The step of a line
    across releases is dashed: what it shows is the like-for-like change.
    """
    figure = _figure(words, height=190 if compact else 300, width=width, showlegend=not compact)
    count = max(1, len(panels))
    styles, scale = _line_styles(panels), _trend_scale(panels)
    for number, panel in enumerate(panels, start=1):
        suffix = "" if number == 1 else str(number)
        left, right = (
            (number - 1) / count + (0.02 if number > 1 else 0),
            number / count - (0.02 if number < count else 0),
        )
        for line in panel.lines:
            figure.add(_trend_trace(line, suffix, styles[line.name], first=number == 1, words=words))
            if line.linked:
                figure.add(_linked_steps(line, suffix, styles[line.name]))
        figure.lay_out(
            **{
                f"xaxis{suffix}": {
                    "domain": [left, right],
                    "anchor": f"y{suffix}",
                    **_quarter_axis(quarters),
                },
                f"yaxis{suffix}": {
                    **_axis(),
                    "anchor": f"x{suffix}",
                    "range": scale,
                    "tickvals": [1, 2, 3, 4, 5],
                    "ticktext": _level_ticks(words, compact=False) if number == 1 else ["", "", "", "", ""],
                    "showgrid": True,
                },
            }
        )
        figure.annotate(
            {
                "x": (left + right) / 2,
                "xref": "paper",
                "y": 1.02,
                "yref": "paper",
                "yanchor": "bottom",
                "text": f"<b>{_label(panel.title)}</b>",
                "showarrow": False,
            }
        )
        _add_version_marks(figure, suffix, quarters, marks or {}, scale)
    figure.lay_out(
        legend={"y": -0.22, "yanchor": "top", "x": 0, "xanchor": "left"}, margin={"t": 30, "b": 84, "l": 8, "r": 8}
    )
    if compact:
        figure.lay_out(margin={"t": 22, "b": 34, "l": 8, "r": 8})
    return figure


def outcomes(
    panels: Sequence[OutcomePanel], quarters: Sequence[str], words: Words, *, width: int | None = None
) -> Figure:
    """Small multiples two by two, each on a scale of its own from zero; a gap where a quarter has no number."""
    rows = max(1, -(-len(panels) // 2))
    figure = _figure(words, height=40 + rows * OUTCOME_ROW, width=width, showlegend=False)
    for index, panel in enumerate(panels):
        row, column = divmod(index, 2)
        suffix = "" if index == 0 else str(index + 1)
        left, right = (0.0, 0.46) if column == 0 else (0.56, 1.0)
        top = 1 - row / rows - 0.04
        bottom = 1 - (row + 1) / rows + 0.16  # room for the quarters in two lines, and the next title
        most = max([number for number in panel.values if number is not None], default=0)
        figure.add(_outcome_trace(panel, suffix, words))
        figure.lay_out(
            **{
                f"xaxis{suffix}": {"domain": [left, right], "anchor": f"y{suffix}", **_quarter_axis(quarters)},
                f"yaxis{suffix}": {
                    **_axis(),
                    "domain": [bottom, top],
                    "anchor": f"x{suffix}",
                    "range": [0, most * 1.15 or 1],
                    "rangemode": "tozero",
                    "nticks": 4,
                    "showgrid": True,
                    "automargin": False,
                },
            }
        )
        title = {"text": f"<b>{_label(panel.title)}</b>", "showarrow": False, "xanchor": "left", "yanchor": "bottom"}
        figure.annotate({**title, "x": left, "xref": "paper", "y": top, "yref": "paper"})
    figure.lay_out(margin={"t": 24, "b": 24, "l": 36, "r": 8})
    return figure


def _outcome_trace(panel: OutcomePanel, suffix: str, words: Words) -> Trace:
    said = [_number(number, panel.digits, words.language) or "–" for number in panel.values]
    return scatter(
        x=list(range(len(panel.values))),
        y=list(panel.values),
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
        mode="lines+markers",
        connectgaps=False,
        line={"color": ACCENT, "width": 2},
        marker={"color": ACCENT, "size": 7},
        name=_label(panel.title),
        hoverinfo="text",
        hovertext=[f"{_label(panel.title)}: {text}" for text in said],
    )


def dumbbell(
    rows: Sequence[ChangeRow], first_label: str, second_label: str, words: Words, *, width: int | None = None
) -> Figure:
    """Two points in time per row, in the given order; what may be noise is grey and dashed."""
    figure = _figure(words, height=len(rows) * ROW + 74, width=width)
    for verdict, colour, dash in (("clear", ACCENT, "solid"), ("probable", ACCENT, "dot"), ("noise", MUTED, "dot")):
        chosen = [(position, row) for position, row in enumerate(rows) if row.verdict == verdict]
        figure.add(_connections(chosen, colour, dash, 3 if verdict == "clear" else 1.5))
    colours = [MUTED if row.verdict == "noise" else ACCENT for row in rows]
    figure.add(_dots([row.first for row in rows], first_label, "circle-open", colours))
    figure.add(_dots([row.second for row in rows], second_label, "circle", colours))
    figure.layout["annotations"] = [
        {
            "x": NUMBER_COLUMN,
            "y": position,
            "text": _signed(row.second - row.first, words.language),
            "showarrow": False,
            "xanchor": "center",
        }
        for position, row in enumerate(rows)
    ]
    figure.up(
        tickvals=list(range(len(rows))),
        ticktext=[_label(row.label) for row in rows],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
    )
    figure.across(**_level_axis(words, compact=False), range=LEVEL_RANGE)
    _add_guides(figure, len(rows))
    return figure


def slope(
    rows: Sequence[ChangeRow], first_label: str, second_label: str, words: Words, *, width: int | None = None
) -> Figure:
    """A line per row from one point in time to the other; at most ten that moved are named, at both ends.

    What may be chance is grey and dashed, what isn't named grey and thin. The names are the short ones: lists beside
    the chart, or hover texts, say the rest.
    """
    figure = _figure(words, height=SLOPE_HEIGHT, width=width, showlegend=False)
    named = sorted((row for row in rows if row.first != row.second), key=lambda row: row.rank)[:MOST_SLOPES]
    for row in [row for row in rows if row not in named] + named[::-1]:
        figure.add(_slope_trace(row, row in named, (first_label, second_label), words))
    ends = [value for row in rows for value in (row.first, row.second)]
    low, high = math.floor(min(ends, default=1)), math.ceil(max(ends, default=5))
    high = max(high, low + 1)
    gap = (high + 0.4 - low) * labels.LINE / (SLOPE_HEIGHT - 32)
    for end, x, side in (("first", -0.035, "left"), ("second", 1.035, "right")):
        heights = labels.spread([getattr(row, end) for row in named], gap, low - 0.1, high + 0.1)
        figure.add(_slope_labels(named, end, x, heights, f"middle {side}", words))
    times = {"tickvals": [0, 1], "ticktext": [_label(first_label), _label(second_label)], "side": "top"}
    figure.across(**times, range=[-0.42, 1.42], showgrid=True, gridcolor=MUTED)
    levels = {"tickvals": [1, 2, 3, 4, 5], "ticktext": _level_ticks(words, compact=False), "showgrid": True}
    figure.up(**levels, range=[low - 0.2, high + 0.2])
    figure.lay_out(margin={"t": 26, "b": 6, "l": 8, "r": 4})
    return figure


def _slope_labels(
    rows: Sequence[ChangeRow], end: str, x: float, heights: Sequence[float], position: str, words: Words
) -> Trace:
    """The names and scores at one end, in one trace: that many annotations take far longer to draw."""
    parts = [
        (_label(row.short or row.label), f"<b>{_number(getattr(row, end), 1, words.language)}</b>") for row in rows
    ]
    return scatter(
        x=[x] * len(rows),
        y=heights,
        mode="text",
        text=[f"{name} {number}" if end == "first" else f"{number} {name}" for name, number in parts],
        textposition=position,
        textfont={"color": [MUTED if row.verdict == "noise" else INK for row in rows]},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _slope_trace(row: ChangeRow, is_named: bool, ends: tuple[str, str], words: Words) -> Trace:
    colour = ACCENT if is_named and row.verdict != "noise" else MUTED
    sure = {"clear": ("solid", 3), "probable": ("solid", 1.5), "noise": ("dash", 1)}
    dash, thickness = sure[row.verdict] if is_named else ("dash", 0.6)
    return scatter(
        x=[0, 1],
        y=[row.first, row.second],
        mode="lines+markers",
        line={"color": colour, "width": thickness, "dash": dash},
        marker={"color": colour, "size": 6 if is_named else 3},
        name=_label(row.label),
        opacity=1 if is_named else 0.6,
        hoverinfo="text",
        hovertext=[
            f"{_label(row.label)}, {_label(end)}: {_number(value, 2, words.language)}"
            for end, value in zip(ends, (row.first, row.second), strict=True)
        ],
    )


def gantt(
    bars: Sequence[GanttBar],
    quarters: Sequence[str],
    used: Sequence[float],
    capacity: Sequence[float],
    words: Words,
    *,
    width: int | None = None,
) -> Figure:
    """Initiatives by quarter, in the given order, and under them the person-weeks used of those there are.

    Many of them on a wide chart get long lines, so that each takes one.
    """
    lines = [_wrapped(bar.label, 78 if len(bars) > MANY_BARS and (width or 0) > 600 else 52) for bar in bars]
    heights = [ROW + GANTT_LINE * line.count("<br>") for line in lines]
    middles = [sum(heights[:place]) + height / 2 for place, height in enumerate(heights)]
    rows_height = sum(heights) + 24
    capacity_height = 96
    height = rows_height + capacity_height + 64
    figure = _figure(words, height=height, width=width)
    split = (capacity_height + 8) / (height - 64)
    figure.add(_gantt_trace(bars, middles, words))
    figure.add(*_capacity_traces(quarters, used, capacity, words))
    ticks = list(range(1, len(quarters) + 1))
    shared = {"range": [0.5, len(quarters) + 0.5], "tickvals": ticks, "ticktext": [_label(name) for name in quarters]}
    edges = [
        {
            "type": "line",
            "x0": edge + 0.5,
            "x1": edge + 0.5,
            "xref": "x",
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": GRID, "width": 1},
            "layer": "below",
        }
        for edge in range(len(quarters) + 1)
    ]
    figure.lay_out(
        barmode="overlay",
        xaxis={**_axis(), **shared, "anchor": "y2", "side": "bottom", "showgrid": False},
        yaxis={
            **_axis(),
            "domain": [split, 1],
            "tickvals": middles,
            "ticktext": lines,
            "range": [sum(heights) + 4, -4],
            "automargin": True,
            "showgrid": False,
        },
        yaxis2={
            **_axis(),
            "domain": [0, (capacity_height - 26) / (height - 64)],
            "range": [0, 1.35 * max([*used, *capacity, 1])],
            "showticklabels": False,
            "showgrid": False,
            "anchor": "x",
        },
        shapes=edges,
        legend={"y": -0.01, "yanchor": "top", "x": 1, "xanchor": "right"},
        margin={"t": 6, "b": 58, "l": 8, "r": 8},
    )
    figure.lay_out(legend={"y": -22 / (height - 64)})
    return figure


def projection(
    points: Sequence[str],
    full: Sequence[float],
    cautious: Sequence[float],
    words: Words,
    *,
    width: int | None = None,
) -> Figure:
    """The score at each point in time (now first), with the lifts in full and with cautious ones, over level bands."""
    figure = _figure(words, height=220, width=width, showlegend=False)
    positions = list(range(len(points)))
    for level, colour in enumerate(LEVEL_COLOURS, start=1):
        figure.shape(
            {
                "type": "rect",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": level,
                "y1": min(level + 1, 5.2),
                "fillcolor": colour,
                "opacity": 0.32,
                "line": {"width": 0},
                "layer": "below",
            }
        )
    for name, values, colour, dash in (
        (words.cautious, cautious, WARNING, "dash"),
        (words.full, full, ACCENT, "solid"),
    ):
        figure.add(
            scatter(
                x=positions,
                y=list(values),
                mode="lines+markers",
                line={"color": colour, "width": 2, "dash": dash, "shape": "hv"},
                marker={"color": colour, "size": 7, "symbol": "circle" if dash == "solid" else "diamond"},
                name=_label(name),
                hoverinfo="text",
                hovertext=[
                    f"{_label(name)}, {_label(p)}: {_number(v, 2, words.language)}"
                    for p, v in zip(points, values, strict=True)
                ],
            )
        )
    _label_ends(figure, positions[-1], full, cautious, words)
    figure.across(
        tickvals=positions,
        ticktext=[_label(point) for point in points],
        range=[-0.2, positions[-1] + 0.9],
        showgrid=False,
    )
    lowest = int(min([*full, *cautious]))
    figure.up(
        tickvals=[1, 2, 3, 4, 5],
        ticktext=_level_ticks(words, compact=False),
        range=[lowest, 5.2],
        showgrid=False,
    )
    figure.lay_out(margin={"t": 8, "b": 28, "l": 8, "r": 36})
    return figure


def projects(points: Sequence[ProjectPoint], words: ProjectWords, *, width: int | None = None) -> Figure:
    """Availability of the data by value of the problem, in quadrants at 3; blocked ones crossed out, the pilot a star.

    Labels are placed for the given width, else for the narrowest screen: a name where there is room, else its rank.
    """
    figure = _figure(words, height=SCATTER_HEIGHT, width=width)
    figure.add(*_project_traces(points, words))
    figure.layout["annotations"] = [
        *_quadrant_names(words),
        *_project_labels(points, words, width or NARROWEST),
    ]
    middle = {"type": "line", "line": {"color": MUTED, "width": 1, "dash": "solid"}, "layer": "between"}
    low, high = PROJECT_RANGE
    figure.layout["shapes"] = [
        middle | {"x0": MIDDLE, "x1": MIDDLE, "y0": low, "y1": high},
        middle | {"x0": low, "x1": high, "y0": MIDDLE, "y1": MIDDLE},
    ]
    ticks = {"tickvals": [1, 2, 3, 4, 5], "range": list(PROJECT_RANGE), "showgrid": True, "automargin": False}
    figure.across(**ticks, title={"text": _label(words.availability), "standoff": 6})
    figure.up(**ticks, title={"text": _label(words.value), "standoff": 4})
    figure.lay_out(margin=SCATTER_MARGIN)
    return figure


def worth(points: Sequence[WorthPoint], words: WorthWords, *, quick_effort: float, width: int | None = None) -> Figure:
    """Value against effort: planned initiatives filled, those to be `named` with their id, the quick corner shaded.

    The corner holds what costs at most `quick_effort` person-weeks and is worth more than half of the initiatives.
    """
    figure = _figure(words, height=WORTH_HEIGHT, width=width)
    across, up = _scale_end([point.effort for point in points]), _scale_end([point.value for point in points])
    for name, symbol, planned in ((words.planned, "circle", True), (words.others, "circle-open", False)):
        if chosen := [point for point in points if point.planned == planned]:
            figure.add(_worth_trace(chosen, name, symbol, words))
    shown = sorted((p for p in points if p.named), key=lambda point: -point.value)
    margin, whole = WORTH_MARGIN, width or NARROWEST
    x_pixels = (whole - margin["l"] - margin["r"]) / across
    y_pixels = (WORTH_HEIGHT - margin["t"] - margin["b"]) / up
    placed = labels.place(
        [(point.effort * x_pixels, point.value * y_pixels) for point in shown],
        [[_label(point.name)] for point in shown],
        labels.Box(0, 0, across * x_pixels, up * y_pixels),
        [_mark_of(p.effort * x_pixels, p.value * y_pixels) for p in points if not p.named],
    )
    middle = _median([point.value for point in points])
    figure.layout["annotations"] = [
        {"x": 0, "y": up, "xanchor": "left", "yanchor": "top", "text": f"<b>{_label(words.quick_wins)}</b>",
         "font": {"color": MUTED}, "showarrow": False},
        *(_label_beside(point.effort, point.value, label) for point, label in zip(shown, placed, strict=True) if label),
    ]  # fmt: skip
    figure.layout["shapes"] = [
        {"type": "rect", "x0": 0, "x1": min(quick_effort, across), "y0": middle, "y1": up,
         "fillcolor": LEVEL_COLOURS[1], "opacity": 0.45, "line": {"width": 0}, "layer": "below"}
    ]  # fmt: skip
    axis = {"showgrid": True, "automargin": False}
    figure.across(**axis, range=[0, across], title={"text": _label(words.effort), "standoff": 6})
    figure.up(**axis, range=[0, up], title={"text": _label(words.value), "standoff": 4})
    figure.lay_out(margin=WORTH_MARGIN)
    return figure


def _mark_of(x: float, y: float) -> labels.Box:
    return labels.Box(x - labels.MARK, y - labels.MARK, x + labels.MARK, y + labels.MARK)


def _scale_end(values: Sequence[float]) -> float:
    return max([1.0, *values]) * 1.12


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 0.0


def _worth_trace(points: Sequence[WorthPoint], name: str, symbol: str, words: WorthWords) -> Trace:
    return scatter(
        x=[point.effort for point in points],
        y=[point.value for point in points],
        mode="markers",
        marker={"symbol": symbol, "size": 8, "color": ACCENT, "line": {"color": ACCENT, "width": 1.4}},
        name=_label(name),
        cliponaxis=False,
        hoverinfo="text",
        hovertext=[
            f"{_label(p.name)}: {_number(p.value, 2, words.language)} / {_number(p.effort, 1, words.language)}"
            for p in points
        ],
    )


def _figure(
    words: Words | ProjectWords | WorthWords, *, height: int, width: int | None, showlegend: bool = True
) -> Figure:
    figure = Figure()
    figure.lay_out(
        font={"family": FONT, "size": FONT_SIZE, "color": INK},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        height=height,
        **({} if width is None else {"width": width}),
        separators=",." if _is_portuguese(words.language) else ".,",
        showlegend=showlegend,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "bgcolor": CLEAR},
        margin={"t": 40, "b": 34, "l": 8, "r": 4},
        xaxis=_axis(),
        yaxis={**_axis(), "automargin": True},
        hoverlabel={"font": {"family": FONT, "size": FONT_SIZE}},
        dragmode=False,
    )
    return figure


def _axis() -> dict[str, Any]:
    return {
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "gridcolor": GRID,
        "gridwidth": 1,
        "fixedrange": True,
        "tickfont": {"color": INK},
    }


def _add_guides(figure: Figure, rows: int) -> None:
    """A thin line per row along the scale, which ends before the column of numbers; one shape is drawn soonest."""
    path = " ".join(f"M1,{position} L5,{position}" for position in range(rows))
    figure.shape({"type": "path", "path": path, "line": {"color": GRID, "width": 1}, "layer": "below"})


def _level_axis(words: Words, compact: bool) -> dict[str, Any]:
    return {
        "tickvals": [1, 2, 3, 4, 5],
        "ticktext": _level_ticks(words, compact),
        "tickangle": 0,
        "ticklabeloverflow": "allow",
        "showgrid": True,
        "side": "bottom",
    }


def _level_ticks(words: Words, compact: bool) -> list[str]:
    if compact:
        return [f"1<br>{_label(words.levels[0])}", "2", "3", "4", f"5<br>{_label(words.levels[4])}"]
    return [f"{level} {_label(name)}" for level, name in enumerate(words.levels, start=1)]


def _principle_label(row: ProfileRow) -> str:
    return f"<b>{_label(row.label)} *</b>" if row.critical else _label(row.label)


def _ranges(bounds: Sequence[tuple[float | None, float | None]], name: str) -> Trace:
    """Thin lines from low to high, one trace; a row whose bounds agree has none."""
    x: list[float | None] = []
    y: list[float | None] = []
    for position, (low, high) in enumerate(bounds):
        if low is not None and high is not None and high > low:
            x += [low, high, None]
            y += [position, position, None]
    return scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": MUTED, "width": 1.5},
        name=_label(name),
        hoverinfo="skip",
        showlegend=bool(x),
    )


def _dots(values: Sequence[float | None], name: str, symbol: str, colour: str | list[str]) -> Trace:
    marker = {"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1.6, "color": colour}}
    return scatter(
        x=list(values), y=list(range(len(values))), mode="markers", marker=marker, name=_label(name), hoverinfo="x+name"
    )


def _ticks(values: Sequence[float | None], name: str, length: int = 12) -> Trace:
    return scatter(
        x=list(values),
        y=list(range(len(values))),
        mode="markers",
        marker={"symbol": "line-ns", "size": length / 2, "line": {"width": 2.4, "color": INK}, "color": INK},
        name=_label(name),
        hoverinfo="x+name",
    )


def _numbers(values: Sequence[float | None], x: float, words: Words) -> Trace:
    return scatter(
        x=[x] * len(values),
        y=list(range(len(values))),
        mode="text",
        text=[_number(value, 1, words.language) or "–" for value in values],
        textfont={"color": INK},
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )


def _steps() -> list[list[Any]]:
    """A scale of five flat steps over 1-6, so that each level keeps one colour."""
    steps: list[list[Any]] = []
    for index, colour in enumerate(LEVEL_COLOURS):
        steps += [[index / 5, colour], [(index + 1) / 5, colour]]
    return steps


def _hover_cells(
    teams: Sequence[str], rows: Sequence[str], scores: Sequence[Sequence[float | None]], words: Words
) -> list[list[str]]:
    return [
        [
            f"{_label(team)}, {_label(row)}: {_number(value, 2, words.language)}"
            for team, value in zip(teams, values, strict=True)
        ]
        for row, values in zip(rows, scores, strict=True)
    ]


def _cell_numbers(scores: Sequence[Sequence[float | None]], words: Words) -> Trace:
    cells = [
        (column, row, value)
        for row, values in enumerate(scores)
        for column, value in enumerate(values)
        if value is not None
    ]
    return scatter(
        x=[column for column, _, _ in cells],
        y=[row for _, row, _ in cells],
        mode="text",
        text=[_number(value, 1, words.language) for _, _, value in cells],
        textfont={"color": [cell_ink(value) for _, _, value in cells]},
        hoverinfo="skip",
    )


def _hatch(column: int, row: int) -> dict[str, Any]:
    """Diagonal strokes over one cell; plotly's heatmap has no pattern of its own."""
    strokes = []
    for start, end in (((-0.5, -0.17), (-0.17, -0.5)), ((-0.5, 0.16), (0.16, -0.5)), ((-0.5, 0.5), (0.5, -0.5))):
        strokes.append((start, end))
        if start[1] < 0.5:
            strokes.append(((-start[1], 0.5), (0.5, -start[1])))
    path = " ".join(f"M{column + a:g},{row + b:g} L{column + c:g},{row + d:g}" for (a, b), (c, d) in strokes)
    return {"type": "path", "path": path, "line": {"color": MUTED, "width": 0.8}, "opacity": 0.7}


def _line_styles(panels: Sequence[TrendPanel]) -> dict[str, dict[str, str]]:
    names = list(dict.fromkeys(line.name for panel in panels for line in panel.lines))
    styles: dict[str, dict[str, str]] = {}
    for index, (name, colour, symbol) in enumerate(zip(names, cycle(LINES), cycle(SYMBOLS))):
        styles[name] = {"colour": colour, "symbol": symbol, "dash": DASHES[index // len(LINES) % len(DASHES)]}
    return styles


def _trend_scale(panels: Sequence[TrendPanel]) -> list[float]:
    """Levels 1 to 5; a line that went on across releases may leave them."""
    values = [value for panel in panels for line in panel.lines for value in line.values if value is not None]
    return [min([0.8, *(value - 0.1 for value in values)]), max([5.2, *(value + 0.1 for value in values)])]


def _trend_trace(line: TrendLine, suffix: str, style: dict[str, str], *, first: bool, words: Words) -> Trace:
    places, values, hover = _pen_lifted(line, words)
    return scatter(
        x=places,
        y=values,
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
        mode="lines+markers",
        connectgaps=False,
        line={"color": style["colour"], "width": 2, "dash": style["dash"]},
        marker={"color": style["colour"], "symbol": style["symbol"], "size": 7},
        name=_label(line.name),
        legendgroup=_label(line.name),
        showlegend=first,
        hoverinfo="text",
        hovertext=hover,
    )


def _pen_lifted(line: TrendLine, words: Words) -> tuple[list[float], list[float | None], list[str]]:
    """Places, values and hover texts of a line, with a gap before each place to which no solid step leads."""
    places: list[float] = []
    values: list[float | None] = []
    hover: list[str] = []
    for place, value in enumerate(line.values):
        if place in line.linked | line.broken:
            places.append(place - 0.5)
            values.append(None)
            hover.append("")
        places.append(place)
        values.append(value)
        hover.append(_trend_hover(line, place, words))
    return places, values, hover


def _trend_hover(line: TrendLine, place: int, words: Words) -> str:
    text = f"{_label(line.name)}: {_number(line.values[place], 2, words.language)}"
    native = line.natives[place] if place < len(line.natives) else None
    return text if native is None else f"{text} ({words.as_given} {_number(native, 2, words.language)})"


def _linked_steps(line: TrendLine, suffix: str, style: dict[str, str]) -> Trace:
    """The steps across releases, dashed, each from the quarter before."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place in sorted(line.linked):
        x += [place - 1, place, None]
        y += [line.values[place - 1] if place else None, line.values[place], None]
    return scatter(
        x=x,
        y=y,
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
        mode="lines",
        line={"color": style["colour"], "width": 1.5, "dash": "dash" if style["dash"] != "dash" else "dot"},
        legendgroup=_label(line.name),
        showlegend=False,
        hoverinfo="skip",
    )


def _quarter_axis(quarters: Sequence[str]) -> dict[str, Any]:
    step = max(1, -(-len(quarters) // 5))
    shown = list(range(len(quarters)))[::-1][::step][::-1]
    return {
        **_axis(),
        "tickvals": shown,
        "ticktext": [_wrapped(quarters[index], 5) for index in shown],
        "tickangle": 0,
        "range": [-0.4, len(quarters) - 0.6],
        "showgrid": False,
    }


def _add_version_marks(
    figure: Figure, suffix: str, quarters: Sequence[str], marks: Mapping[str, str], scale: Sequence[float]
) -> None:
    for quarter, version in marks.items():
        if quarter not in quarters:
            continue
        x = list(quarters).index(quarter) - 0.5
        figure.shape(
            {
                "type": "line",
                "xref": f"x{suffix}",
                "yref": f"y{suffix}",
                "x0": x,
                "x1": x,
                "y0": scale[0],
                "y1": scale[1],
                "line": {"color": MUTED, "width": 1, "dash": "dot"},
            }
        )
        figure.annotate(
            {
                "xref": f"x{suffix}",
                "yref": f"y{suffix}",
                "x": x,
                "y": scale[1] - 0.05,
                "text": _label(version),
                "showarrow": False,
                "xanchor": "left",
                "yanchor": "top",
                "xshift": 2,
                "font": {"color": MUTED},
            }
        )


def _connections(rows: Iterable[tuple[int, ChangeRow]], colour: str, dash: str, thickness: float) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    for position, row in rows:
        x += [row.first, row.second, None]
        y += [position, position, None]
    return scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": colour, "dash": dash, "width": thickness},
        showlegend=False,
        hoverinfo="skip",
    )


def _gantt_trace(bars: Sequence[GanttBar], middles: Sequence[float], words: Words) -> Trace:
    return bar(
        orientation="h",
        y=list(middles),
        x=[bar.last - bar.first + 0.88 for bar in bars],
        base=[bar.first - 0.44 for bar in bars],
        width=13,
        marker={"color": ACCENT},
        text=[f"{_number(bar.effort, 1, words.language)} {_label(words.effort_unit)}" for bar in bars],
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        textfont={"color": ON_ACCENT},
        constraintext="none",
        hoverinfo="skip",
        showlegend=False,
    )


def _capacity_traces(
    quarters: Sequence[str], used: Sequence[float], capacity: Sequence[float], words: Words
) -> list[Trace]:
    positions = list(range(1, len(quarters) + 1))
    texts = [
        f"{_number(part, 1, words.language)} / {_number(whole, 1, words.language)} {_label(words.effort_unit)}"
        for part, whole in zip(used, capacity, strict=True)
    ]
    available = bar(
        x=positions,
        y=list(capacity),
        yaxis="y2",
        width=0.88,
        marker={"color": CLEAR, "line": {"color": MUTED, "width": 1}},
        name=_label(words.capacity),
        text=texts,
        textposition="outside",
        textfont={"color": INK, "size": FONT_SIZE},
        constraintext="none",
        textangle=0,
        hoverinfo="skip",
        cliponaxis=False,
    )
    taken = bar(
        x=positions,
        y=list(used),
        yaxis="y2",
        width=0.88,
        marker={"color": LEVEL_COLOURS[2]},
        name=_label(words.used),
        hoverinfo="skip",
    )
    return [taken, available]


def _project_traces(points: Sequence[ProjectPoint], words: ProjectWords) -> list[Trace]:
    """One trace for each kind that there is; shape and word tell them apart, colour only helps."""
    kinds = (
        (words.project, "circle", 10, ACCENT, [p for p in points if not p.blocked and not p.pilot]),
        (words.blocked, "circle-x-open", 12, WARNING, [p for p in points if p.blocked]),
        (words.pilot, "star", 12, ACCENT, [p for p in points if p.pilot and not p.blocked]),
    )
    return [
        scatter(
            x=[point.availability for point in chosen],
            y=[point.value for point in chosen],
            mode="markers",
            marker={"symbol": symbol, "size": size, "color": colour, "line": {"color": colour, "width": 1.6}},
            name=_label(name),
            cliponaxis=False,
            hoverinfo="text",
            hovertext=[
                f"{point.rank} {_label(point.name)}: {_number(point.availability, 1, words.language)} × "
                f"{_number(point.value, 1, words.language)}"
                for point in chosen
            ],
        )
        for name, symbol, size, colour, chosen in kinds
        if chosen
    ]


def _quadrant_names(words: ProjectWords) -> list[dict[str, Any]]:
    """Each in the outer corner of its quadrant, beyond the scale, where no point can be."""
    low, high = PROJECT_RANGE
    corners = ((low, high, "left", "top"), (high, high, "right", "top"), (low, low, "left", "bottom"),
               (high, low, "right", "bottom"))  # fmt: skip
    return [
        {
            "x": x, "y": y, "xanchor": xanchor, "yanchor": yanchor, "text": f"<b>{_label(name)}</b>",
            "font": {"color": MUTED}, "showarrow": False, "borderpad": 1,
        }
        for name, (x, y, xanchor, yanchor) in zip(words.quadrants, corners, strict=True)
    ]  # fmt: skip


def _project_labels(points: Sequence[ProjectPoint], words: ProjectWords, width: int) -> list[dict[str, Any]]:
    """Names beside their points, the first by rank choosing first; projects at one place share a list of ranks."""
    together: dict[tuple[float, float], list[ProjectPoint]] = {}
    for point in sorted(points, key=lambda point: point.rank):
        together.setdefault((point.availability, point.value), []).append(point)
    spots = list(together)
    margin, (low, high) = SCATTER_MARGIN, PROJECT_RANGE
    across = (width - margin["l"] - margin["r"]) / (high - low)
    up = (SCATTER_HEIGHT - margin["t"] - margin["b"]) / (high - low)
    columns, lines = (34, 4) if width >= 600 else (18, 3)
    placed = labels.place(
        [((x - low) * across, (y - low) * up) for x, y in spots],
        [_project_texts(together[spot], columns, lines) for spot in spots],
        labels.Box(0, labels.LINE, (high - low) * across, (high - low) * up - labels.LINE),
    )
    return [_label_beside(x, y, label) for (x, y), label in zip(spots, placed, strict=True) if label]


def _label_beside(x: float, y: float, label: labels.Label) -> dict[str, Any]:
    """A label on the side of its point that was found free."""
    away = labels.AWAY
    shifts = {"right": (away, 0, "left", "middle"), "left": (-away, 0, "right", "middle"),
              "above": (0, away, "center", "bottom"), "below": (0, -away, "center", "top")}  # fmt: skip
    xshift, yshift, xanchor, yanchor = shifts[label.side]
    return {
        "x": x, "y": y, "xshift": xshift, "yshift": yshift, "xanchor": xanchor, "yanchor": yanchor,
        "text": label.text, "align": xanchor, "showarrow": False, "borderpad": 0,
    }  # fmt: skip


def _project_texts(points: Sequence[ProjectPoint], columns: int, most_lines: int) -> list[str]:
    """The labels that a place may have, the best one first: rank and whole name, or the rank alone; nothing is cut."""
    ranks = ", ".join(str(point.rank) for point in points)
    if len(points) > 1:
        return [ranks]
    wrapped = [textwrap.wrap(f"{ranks} {points[0].name}", width) for width in (2 * columns, columns)]
    return [labels.BREAK.join(map(_label, lines)) for lines in wrapped if len(lines) <= most_lines] + [ranks]


def _label_ends(figure: Figure, last: int, full: Sequence[float], cautious: Sequence[float], words: Words) -> None:
    """Direct labels instead of a legend, moved apart where the two ends lie close together."""
    close = abs(full[-1] - cautious[-1]) < 0.3
    for name, values, colour, shift in ((words.full, full, ACCENT, 9), (words.cautious, cautious, WARNING, -9)):
        figure.annotate(
            {
                "x": last,
                "y": values[-1],
                "text": f"{_label(name)} {_number(values[-1], 2, words.language)}",
                "showarrow": False,
                "xanchor": "left",
                "xshift": 8,
                "yshift": shift if close else 0,
                "font": {"color": colour},
            }
        )


def _label(text: str) -> str:
    return plain(text)


def _cut(text: str, length: int) -> str:
    """One line; what is too long ends with an ellipsis."""
    label = _label(text)
    return label if len(label) <= length else label[: length - 1].rstrip() + "…"


def _wrapped(text: str, columns: int) -> str:
    return "<br>".join(textwrap.wrap(_label(text), columns, break_long_words=True)[:3])


def _number(value: float | None, digits: int, language: str) -> str:
    """Halves rounded up and the decimal sign of the language; nothing for no value."""
    if value is None:
        return ""
    text = str(Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))
    return text.replace(".", ",") if _is_portuguese(language) else text


def _signed(value: float, language: str) -> str:
    rounded = Decimal(str(round(value, 9))).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    sign = "+" if rounded > 0 else "\u2212" if rounded < 0 else ""
    return sign + _number(float(abs(rounded)), 1, language)


def _is_portuguese(language: str) -> bool:
    return language.lower().startswith("pt")


def _exchanged(value: Any, table: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return table.get(value, value)
    if isinstance(value, Mapping):
        return {key: _exchanged(item, table) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exchanged(item, table) for item in value]
    return value
