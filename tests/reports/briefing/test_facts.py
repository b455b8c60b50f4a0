"""Page one: what was assessed, and what stands out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from reports.briefing import build_briefing
from tests.reports.sample import report_data

DATA = report_data()
BRIEFING = build_briefing(DATA, "en")


def test_answered_counts_applicable_questions_only():
    total = len(DATA.framework.core_questions)
    answered = next(fact.value for fact in BRIEFING.facts if fact.label == "Answered")
    assert answered.startswith(f"{total - 2} of {total - 1} (")


def test_strongest_and_largest_gaps_are_the_ends_of_the_profile():
    best = max(entry.score for entry in DATA.scorecard.principles.values() if entry.score is not None)
    assert BRIEFING.strongest[0].endswith(f"{float(best):.1f}")
    scores = DATA.scorecard.principles
    gaps = {key: DATA.plan.targets[key] - scores[key].score for key in scores if scores[key].score is not None}
    assert BRIEFING.gaps[0].split()[0] in [key for key, gap in gaps.items() if gap == max(gaps.values())]


def test_where_all_principles_are_level_none_is_called_strong():
    scores = {key: replace(entry, score=Fraction(2)) for key, entry in DATA.scorecard.principles.items()}
    assert build_briefing(replace(DATA, scorecard=replace(DATA.scorecard, principles=scores)), "en").strongest == ()


def test_the_short_form_is_labelled_indicative():
    assert build_briefing(report_data(form="short"), "en").badge == "Indicative: short form"


def test_a_long_scope_is_cut_on_page_one():
    assert len(build_briefing(replace(DATA, scope="a " * 900), "en").scope) <= 300
