"""Charts by their data: what is drawn where, and that nothing a user typed is read as markup."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise

import plotly.graph_objects as go
import pytest

from reports import figures
from reports.figures import (
    ChangeRow,
    GanttBar,
    ProfileRow,
    ProjectPoint,
    ProjectWords,
    TrendLine,
    TrendPanel,
    Words,
)

NAMES = ("Initial", "Emerging", "Established", "Measured", "Adaptive")
REST = (
    "Now",
    "Last time",
    "Target",
    "Range",
    "critical",
    "no data",
    "in full",
    "cautious",
    "used",
    "there",
    "pw",
    "chance",
)
ENGLISH = Words("en", NAMES, *REST)
PORTUGUESE = Words("pt-br", NAMES, *REST)
OF_PROJECTS = ProjectWords(
    "en", "Availability", "Value", "project", "pilot", "blocked", ("prepare", "start now", "park", "experiment")
)
HOSTILE = '<b style="background:url(http://x)">A</b> &lt;i&gt;'


class Plotted:
    """Each figure read by plotly's own classes, which raise for whatever plotly.js doesn't know."""

    def __getattr__(self, name):
        return lambda *given, **named: go.Figure(getattr(figures, name)(*given, **named).as_dict())


plotted = Plotted()


def trace(figure, name):
    return next(item for item in figure.data if item.name == name)


@cache
def every_figure(label="A", words=ENGLISH):
    """One figure of each kind, by its name. Nobody changes them: plotly's classes take a while to read one."""
    return {
        "profile": plotted.profile([ProfileRow(label, 2.0, 1.0, 3.0, 1.5, 2.5, True)], words),
        "pillars": plotted.pillars([ProfileRow(label, 2.0, target=3.0, low=1.5, high=2.5)], words),
        "heatmap": plotted.heatmap([label, label], [label], [[2.0, None]], words),
        "trend": plotted.trend([TrendPanel(label, (TrendLine(label, (1.0,)),))], ["Q1"], words, marks={"Q1": label}),
        "dumbbell": plotted.dumbbell([ChangeRow(label, 1.0, 2.0, "clear")], label, label, words),
        "slope": plotted.slope([ChangeRow(label, 1.0, 2.0, "clear", label)], label, label, words),
        "gantt": plotted.gantt([GanttBar(label, 1, 1, 2.0)], [label], [2.0], [6.0], words),
        "projection": plotted.projection([label, label], [2.0, 3.0], [2.0, 2.5], words),
        "projects": plotted.projects([ProjectPoint(label, 1, 4.0, 4.0, pilot=True)], OF_PROJECTS),
    }


def test_the_largest_gap_to_target_is_on_top_and_critical_ones_are_marked():
    rows = [ProfileRow("near", 2.8, target=3.0), ProfileRow("far", 1.5, target=3.0, critical=True)]
    figure = plotted.profile(rows, ENGLISH)
    assert list(figure.layout.yaxis.ticktext) == ["<b>far *</b>", "near"]
    assert list(trace(figure, "Now").x) == [1.5, 2.8]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]


def test_now_is_solid_last_time_hollow_and_the_target_a_tick():
    figure = every_figure()["profile"]
    symbols = {name: trace(figure, name).marker.symbol for name in ("Now", "Last time", "Target")}
    assert symbols == {"Now": "circle", "Last time": "circle-open", "Target": "line-ns"}
    assert list(trace(figure, "Range").x) == [1.5, 2.5, None]


def test_without_a_last_time_there_is_no_hollow_dot():
    figure = plotted.profile([ProfileRow("a", 2.0)], ENGLISH)
    assert "Last time" not in [item.name for item in figure.data]


def test_a_principle_without_score_shows_its_range_and_a_dash():
    figure = plotted.profile([ProfileRow("a", None, low=1.0, high=4.0, target=3.0)], ENGLISH)
    assert list(trace(figure, "Now").x) == [None]
    assert [item.text for item in figure.data if item.mode == "text"] == [("–",)]


def test_the_level_axis_is_fixed_and_named():
    axis = every_figure()["profile"].layout.xaxis
    assert list(axis.tickvals) == [1, 2, 3, 4, 5]
    assert axis.ticktext[1] == "2 Emerging"
    assert axis.range[0] < 1 and axis.range[1] > 5 and axis.fixedrange


def test_a_pillar_bar_runs_from_level_one_to_its_score():
    bar = plotted.pillars([ProfileRow("Process", 3.25)], ENGLISH).data[0]
    assert (bar.base, list(bar.x)) == (1, [2.25])


def test_a_heatmap_cell_holds_its_number_and_no_data_is_hatched():
    figure = plotted.heatmap(["T1", "T2"], ["P01"], [[2.25, None]], PORTUGUESE)
    assert list(figure.data[0].z[0]) == [2.25, None]
    assert list(figure.data[1].text) == ["2,3"]
    assert len(figure.layout.shapes) == 1
    assert figure.layout.shapes[0].path.startswith("M0.5")


def luminance(colour):
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("score", [1.0, 1.9, 2.0, 3.9, 4.0, 5.0])
def test_numbers_on_level_colours_have_a_contrast_of_four_and_a_half(score):
    light, dark = sorted((luminance(figures.level_colour(score)), luminance(figures.cell_ink(score))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_score_has_the_colour_of_the_level_that_it_reached():
    assert figures.level_colour(2.99) == figures.LEVEL_COLOURS[1]
    assert figures.level_colour(5.0) == figures.LEVEL_COLOURS[4]


def test_a_skipped_quarter_is_a_gap_and_a_new_version_is_marked():
    panels = [TrendPanel("Process", (TrendLine("Atlas", (2.0, None, 3.0)),))]
    figure = plotted.trend(panels, ["Q1", "Q2", "Q3"], ENGLISH, marks={"Q3": "1.1.0"})
    assert list(figure.data[0].y) == [2.0, None, 3.0]
    assert figure.data[0].connectgaps is False
    assert figure.layout.shapes[0].x0 == 1.5
    assert "1.1.0" in [note.text for note in figure.layout.annotations]


def test_each_team_looks_the_same_in_every_panel_and_two_teams_never_alike():
    lines = tuple(TrendLine(f"T{number}", (2.0, 3.0)) for number in range(8))
    figure = plotted.trend([TrendPanel("A", lines), TrendPanel("B", lines)], ["Q1", "Q2"], ENGLISH)
    looks = {}
    for item in figure.data:
        looks.setdefault(item.name, set()).add((item.line.color, item.line.dash, item.marker.symbol))
    assert all(len(look) == 1 for look in looks.values())
    assert len(set.union(*looks.values())) == 8


def test_what_may_be_chance_is_grey_and_dotted():
    figure = plotted.dumbbell([ChangeRow("a", 2.0, 2.2, "noise")], "Q1", "Q2", ENGLISH)
    line = next(item for item in figure.data if item.mode == "lines" and item.x)
    assert (line.line.color, line.line.dash) == (figures.MUTED, "dot")
    assert figure.layout.annotations[0].text == "+0.2"


def test_a_slope_names_ten_that_moved_at_both_ends_and_the_others_are_thin_and_grey():
    rows = [ChangeRow(f"P{n:02} long label", 1.0 + n / 10, 2.0 + n / 5, "noise", f"P{n:02}") for n in range(12)]
    rows += [ChangeRow("P20 sure", 4.0, 3.0, "clear", "P20"), ChangeRow("P21 still", 2.0, 2.0, "noise", "P21")]
    figure = plotted.slope(rows, "2026 Q2", "2026 Q3", ENGLISH, width=382)
    first, second = [item.text for item in figure.data if item.mode == "text"]
    assert (len(first), len(second)) == (10, 10)
    assert (first[0], second[0]) == ("P20 <b>4.0</b>", "<b>3.0</b> P20")
    assert not any("P21" in text or "P00" in text for text in first)
    looks = {item.name: (item.line.color, item.line.dash, item.line.width) for item in figure.data if item.name}
    assert looks["P20 sure"] == (figures.ACCENT, "solid", 3)
    assert looks["P11 long label"] == (figures.MUTED, "dash", 1)
    assert looks["P21 still"] == (figures.MUTED, "dash", 0.6)
    assert list(figure.layout.xaxis.ticktext) == ["2026 Q2", "2026 Q3"]


def test_labels_of_a_slope_keep_their_distance():
    rows = [ChangeRow(f"P{n:02}", 2.0, 2.5, "probable", f"P{n:02}") for n in range(10)]
    figure = plotted.slope(rows, "Q1", "Q2", ENGLISH)
    heights = sorted(next(item.y for item in figure.data if item.mode == "text"))
    axis = figure.layout.yaxis.range
    plot = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    assert min(after - before for before, after in pairwise(heights)) * plot / (axis[1] - axis[0]) >= 11


def test_a_long_name_of_an_initiative_gets_a_higher_row():
    long = "Replace the spreadsheets that close the month with pipelines that are versioned, tested and watched by all"
    bars = [GanttBar(long, 1, 1, 2.0), GanttBar("short", 1, 1, 1.0), GanttBar("short too", 1, 1, 1.0)]
    axis = plotted.gantt(bars, ["Q1"], [4.0], [6.0], ENGLISH).layout.yaxis
    lines = axis.ticktext[0].count("<br>") + 1
    assert axis.tickvals[1] - axis.tickvals[0] == (figures.ROW + figures.GANTT_LINE * (lines - 1)) / 2 + figures.ROW / 2
    assert axis.tickvals[2] - axis.tickvals[1] == figures.ROW


def test_an_initiative_spans_its_quarters_and_capacity_stands_under_them():
    figure = plotted.gantt([GanttBar("I01", 2, 3, 4.0)], ["Q1", "Q2", "Q3"], [0, 2, 2], [6, 6, 6], ENGLISH)
    bar = figure.data[0]
    assert bar.base[0] < 2 < 3 < bar.base[0] + bar.x[0] < 3.5
    assert list(trace(figure, "used").y) == [0, 2, 2]
    assert trace(figure, "there").text[1] == "2.0 / 6.0 pw"


def test_the_projection_steps_and_names_both_ends():
    figure = plotted.projection(["now", "Q1"], [2.0, 3.0], [2.0, 2.7], PORTUGUESE)
    assert {item.line.shape for item in figure.data} == {"hv"}
    assert [note.text for note in figure.layout.annotations] == ["in full 3,00", "cautious 2,70"]


@pytest.mark.parametrize("name", list(every_figure()))
def test_markup_in_a_label_is_never_markup_in_a_chart(name):
    drawn = every_figure(HOSTILE)[name].to_json()
    assert "<b style" not in json.dumps(json.loads(drawn), ensure_ascii=False)
    assert "<i" not in json.loads(json.dumps(drawn))
    assert "&lt;" not in drawn.replace("&amp;lt;", "")


@pytest.mark.parametrize("name", list(every_figure()))
def test_figures_use_only_traces_that_the_bundle_knows(name):
    assert {item.type for item in every_figure()[name].data} <= {"scatter", "bar", "heatmap"}


@pytest.mark.parametrize("name", list(every_figure()))
def test_a_figure_has_no_title_and_no_background(name):
    layout = every_figure()[name].layout
    assert layout.title.text is None
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_the_dark_theme_exchanges_ink_and_keeps_numbers_on_level_colours():
    figure = figures.heatmap(["T"], ["P"], [[2.0]], ENGLISH)
    dark = figures.themed(figure, "dark")
    assert dark.layout["font"]["color"] == figures.DARK[figures.INK]
    assert dark.data[1]["textfont"]["color"] == [figures.CELL_DARK]
    assert figure.layout["font"]["color"] == figures.INK


def test_numbers_follow_the_language():
    assert every_figure(words=PORTUGUESE)["profile"].layout.separators == ",."
    assert every_figure()["profile"].layout.separators == ".,"


def test_plotly_is_told_to_send_nothing_anywhere():
    options = figures.config("pt-br")
    assert (options["showSendToCloud"], options["plotlyServerURL"], options["displaylogo"]) == (False, "", False)


def test_an_svg_takes_the_figure_s_size():
    figure = figures.profile([ProfileRow("a", 2.0)], ENGLISH, width=382)
    assert figures.size(figure) == (382, figure.layout["height"])


def test_a_step_across_releases_is_dashed_and_the_score_as_given_is_in_the_hover():
    line = TrendLine("Atlas", (2.0, 2.5, 2.6), (None, 3.67, 3.77), frozenset({1}))
    figure = plotted.trend([TrendPanel("P09", (line,))], ["Q1", "Q2", "Q3"], ENGLISH, marks={"Q2": "1.1.0"})
    solid, step = figure.data
    assert (list(solid.x), list(solid.y)) == ([0, 0.5, 1, 2], [2.0, None, 2.5, 2.6])
    assert (list(step.x), list(step.y), step.line.dash) == ([0, 1, None], [2.0, 2.5, None], "dash")
    assert step.line.color == solid.line.color
    assert list(solid.hovertext) == ["Atlas: 2.00", "", "Atlas: 2.50 (as given 3.67)", "Atlas: 2.60 (as given 3.77)"]


def test_a_line_that_begins_anew_has_no_step_at_all():
    line = TrendLine("Atlas", (3.0, 2.5), broken=frozenset({1}))
    figure = plotted.trend([TrendPanel("P15", (line,))], ["Q1", "Q2"], ENGLISH)
    assert [list(item.y) for item in figure.data] == [[3.0, None, 2.5]]


def test_a_line_that_went_on_beyond_level_five_is_inside_the_picture():
    figure = plotted.trend([TrendPanel("P09", (TrendLine("Atlas", (4.9, 5.6)),))], ["Q1", "Q2"], ENGLISH)
    assert list(figure.layout.yaxis.range) == pytest.approx([0.8, 5.7])


POINTS = [
    ProjectPoint("Churn alert", 1, 4.0, 4.0, pilot=True),
    ProjectPoint("Partner scoring", 2, 3.2, 4.4, blocked=True),
    ProjectPoint("Price model", 3, 2.4, 4.8),
    ProjectPoint("Canteen menu report", 4, 4.8, 1.8),
]


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def test_projects_stand_at_their_availability_and_value_and_differ_by_shape():
    figure = plotted.projects(POINTS, OF_PROJECTS)
    found = {item.name: (list(item.x), list(item.y), item.marker.symbol) for item in figure.data}
    assert found == {
        "project": ([2.4, 4.8], [4.8, 1.8], "circle"),
        "blocked": ([3.2], [4.4], "circle-x-open"),
        "pilot": ([4.0], [4.0], "star"),
    }


def test_quadrants_part_at_three_and_are_named_in_their_corners():
    figure = plotted.projects(POINTS, OF_PROJECTS)
    assert {(line.x0, line.x1, line.y0, line.y1) for line in figure.layout.shapes} == {
        (3, 3, 0.55, 5.45),
        (0.55, 5.45, 3, 3),
    }
    corners = {note.text: (note.xanchor, note.yanchor) for note in figure.layout.annotations[:4]}
    assert corners["<b>start now</b>"] == ("right", "top")
    assert corners["<b>park</b>"] == ("left", "bottom")


def test_projects_are_labelled_by_name_where_there_is_room_and_by_rank_where_there_is_not():
    assert "1 Churn alert" in texts(plotted.projects(POINTS, OF_PROJECTS, width=783))
    crowd = [
        ProjectPoint(f"A project with a long name {n}", n, 3.0 + n % 3 / 5, 3.0 + n // 3 / 5) for n in range(1, 10)
    ]
    found = texts(plotted.projects(crowd, OF_PROJECTS))[4:]
    assert any(text.isdigit() for text in found)
    assert all("…" not in text for text in found)


def test_projects_at_one_place_share_a_label():
    same = [ProjectPoint(name, rank, 3.0, 3.0) for rank, name in enumerate("AB", 1)]
    assert texts(plotted.projects(same, OF_PROJECTS))[4:] == ["1, 2"]


def test_without_projects_there_is_an_empty_field():
    assert len(plotted.projects([], OF_PROJECTS).data) == 0


def test_outcomes_stand_apart_each_on_a_scale_from_zero_with_gaps():
    values = ((9.5, None, 6.5), (18, 12, None), (None, None, None), (60, 24, 12))
    panels = [figures.OutcomePanel(f"Number {place}", numbers) for place, numbers in enumerate(values)]
    figure = plotted.outcomes(panels, ["Q1 2026", "Q2 2026", "Q3 2026"], ENGLISH)
    assert [tuple(trace.y) for trace in figure.data] == list(values)
    assert all(trace.connectgaps is False for trace in figure.data)
    axes = [figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3, figure.layout.yaxis4]
    assert [axis.range[0] for axis in axes] == [0, 0, 0, 0] and axes[2].range[1] == 1
    plot = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    gap = (axes[0].domain[0] - axes[2].domain[1]) * plot
    assert gap >= 56, "two lines of quarters and a title fit between the rows"
