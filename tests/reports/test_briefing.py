"""What the report says, word by word, before it is set."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from assessment.scoring import Respondent, score
from reports.briefing import build_briefing, build_figures
from tests.reports.sample import answers, report_data

DATA = report_data()
BRIEFING = build_briefing(DATA, "en")


def steps():
    return {step.key: step for block in (*BRIEFING.blocks, *BRIEFING.pillar_blocks) for step in block.steps}


def test_a_question_shows_the_anchor_of_today_beside_the_next_one():
    question = DATA.framework.question_by_key["P01.2"]
    step = steps()["P01.2"]
    level = int(DATA.scorecard.questions["P01.2"].value)
    assert step.today.startswith(question.anchor(level).en)
    assert (step.next_level, step.next) == (str(level + 1), question.anchor(level + 1).en)


def test_not_applicable_and_unknown_answers_stay_visible_with_their_reason():
    waived, unknown = (list(DATA.answers)[index] for index in (11, 20))
    assert (steps()[waived].today, steps()[unknown].today) == ("Not applicable", "Don't know")
    assert [(fact.label, fact.value) for fact in BRIEFING.not_applicable] == [
        (waived, "No personal data in any product")
    ]
    assert [line.split()[0] for line in BRIEFING.open] == [unknown]


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


def test_page_one_lists_what_starts_in_the_first_quarter():
    starting = [item.initiative for item in DATA.plan.items if item.start == 1]
    assert [item.id for item in BRIEFING.initiatives] == starting[:5]
    assert all(item.done_when for item in BRIEFING.initiatives)


def test_split_answers_are_discussed_first_and_have_no_present_anchor():
    people = [Respondent(str(n), {"P02.1": answers(DATA.framework, 0)["P02.1"]}) for n in range(2)]
    spread = [
        replace(person, answers={"P02.1": replace(person.answers["P02.1"], level=level, partly=False)})
        for person, level in zip(people * 2, (1, 5, 1, 5), strict=True)
    ]
    spread = [replace(person, id=str(n)) for n, person in enumerate(spread)]
    card = score(DATA.framework, spread)
    briefing = build_briefing(replace(DATA, scorecard=card, plan=None, comparison=None, previous=None), "en")
    assert briefing.discuss[0].startswith("P02.1")
    step = next(step for block in briefing.blocks for step in block.steps if step.key == "P02.1")
    assert step.today == "Answers range from 1 to 5: talk first."


def test_a_first_assessment_says_so_and_compares_nothing():
    data = report_data(first=True)
    briefing = build_briefing(data, "en")
    assert "first closed assessment" in briefing.change_intro
    assert (briefing.changes, "dumbbell" in briefing.charts) == ((), False)


def test_the_short_form_is_labelled_indicative():
    assert build_briefing(report_data(form="short"), "en").badge == "Indicative: short form"


def test_every_drawn_figure_has_a_finding_and_a_table():
    drawn = build_figures(DATA, "en")
    assert list(drawn) == list(BRIEFING.charts)
    for chart in BRIEFING.charts.values():
        assert chart.finding.endswith(".")
        assert chart.table.rows and all(len(row) == len(chart.table.head) for row in chart.table.rows)


def test_a_change_that_is_clear_only_by_itself_is_called_probable():
    groups = {group.verdict: group.lines for group in BRIEFING.changes}
    unlisted = [c.subject for c in DATA.comparison.principles.values() if c.verdict == "clear" and not c.listed]
    assert unlisted
    assert {line.split()[0] for line in groups["probable"]} >= set(unlisted)


@pytest.mark.parametrize(("language", "number"), [("en", "2.0"), ("pt-br", "2,0")])
def test_numbers_and_framework_text_follow_the_language(language, number):
    briefing = build_briefing(DATA, language)
    block = next(block for block in briefing.blocks if block.key == "P05")
    assert block.score.number == number
    assert block.name == DATA.framework.principle_by_key["P05"].name.in_language(language)


def test_a_long_scope_is_cut_on_page_one():
    assert len(build_briefing(replace(DATA, scope="a " * 900), "en").scope) <= 300


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
