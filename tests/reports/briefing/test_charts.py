"""Every chart has words and a table beside its figure."""

from __future__ import annotations

from reports.briefing import build_briefing, build_figures
from tests.reports.sample import report_data

DATA = report_data()
BRIEFING = build_briefing(DATA, "en")


def test_every_drawn_figure_has_a_finding_and_a_table():
    drawn = build_figures(DATA, "en")
    assert list(drawn) == list(BRIEFING.charts)
    for chart in BRIEFING.charts.values():
        assert chart.finding.endswith(".")
        assert chart.table.rows and all(len(row) == len(chart.table.head) for row in chart.table.rows)
