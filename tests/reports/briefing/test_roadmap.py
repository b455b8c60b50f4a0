"""What is planned, on page one and in its chapter."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from reports.briefing import build_briefing
from tests.reports.sample import report_data

DATA = report_data()
BRIEFING = build_briefing(DATA, "en")


def test_page_one_lists_what_starts_in_the_first_quarter():
    starting = [item.initiative for item in DATA.plan.items if item.start == 1]
    assert [item.id for item in BRIEFING.initiatives] == starting[:5]
    assert all(item.done_when for item in BRIEFING.initiatives)


def test_without_a_plan_the_report_says_so():
    briefing = build_briefing(replace(DATA, plan=None), "en")
    assert briefing.initiatives == ()
    assert briefing.roadmap_intro == ("No roadmap was planned for this assessment.",)
    assert "gantt" not in briefing.charts


def test_only_the_widest_misses_are_told_one_by_one():
    missing = [replace(entry, missing=Fraction(1)) for entry in DATA.plan.unreached] or None
    if missing is None:
        assert BRIEFING.unreached.rows == ()
    else:
        assert len(BRIEFING.unreached.rows) <= 13
