"""What changed since last time, in words."""

from __future__ import annotations

from reports.briefing import build_briefing
from tests.reports.sample import report_data

DATA = report_data()
BRIEFING = build_briefing(DATA, "en")


def test_a_first_assessment_says_so_and_compares_nothing():
    data = report_data(first=True)
    briefing = build_briefing(data, "en")
    assert "first closed assessment" in briefing.change_intro
    assert (briefing.changes, "slope" in briefing.charts) == ((), False)


def test_a_change_that_is_clear_only_by_itself_is_called_probable():
    groups = {group.verdict: group.lines for group in BRIEFING.changes}
    unlisted = [c.subject for c in DATA.comparison.principles.values() if c.verdict == "clear" and not c.listed]
    assert unlisted
    assert {line.split()[0] for line in groups["probable"]} >= set(unlisted)


def test_important_changes_say_why():
    important = {key for key, change in DATA.comparison.principles.items() if change.important}
    lines = [line for group in BRIEFING.changes for line in group.lines]
    assert important
    assert {line.split()[0] for line in lines if ", important: " in line} == important
