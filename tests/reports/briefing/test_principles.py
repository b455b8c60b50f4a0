"""Each question with its anchor of today beside the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assessment.scoring import Respondent, score
from reports.briefing import build_briefing
from reports.briefing.audiences import TIGHTEST
from tests.reports.sample import answers, report_data, steps

DATA = report_data()
BRIEFING = build_briefing(DATA, "en")


def test_a_question_shows_the_anchor_of_today_beside_the_next_one():
    question = DATA.framework.question_by_key["P01.2"]
    step = steps(BRIEFING)["P01.2"]
    level = int(DATA.scorecard.questions["P01.2"].value)
    assert step.today.startswith(question.anchor(level).en)
    assert (step.next_level, step.next) == (str(level + 1), question.anchor(level + 1).en)


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


@pytest.mark.parametrize(("language", "mark"), [("en", "."), ("pt-br", ",")])
def test_numbers_and_framework_text_follow_the_language(language, mark):
    briefing = build_briefing(DATA, language)
    block = next(block for block in briefing.blocks if block.key == "P05")
    score = f"{float(DATA.scorecard.principles['P05'].score):.1f}"
    assert block.score.number == score.replace(".", mark)
    assert block.name == DATA.framework.principle_by_key["P05"].name.in_language(language)


def test_a_lead_reads_how_strong_the_evidence_is_and_a_consultant_what_was_typed():
    key = next(key for key, said in DATA.answers.items() if said.note and said.evidence_strength == 2)
    assert steps(BRIEFING)[key].remarks == ("Evidence: checked by a second person",)
    whole = steps(build_briefing(DATA, "en", "consultant"))[key].remarks
    assert whole == (
        "Evidence: checked by a second person, https://wiki.example.org/dataops/inventory",
        "Note: Agreed in the team meeting; the list is in the wiki.",
    )


def test_a_tight_report_keeps_to_the_questions_below_their_target():
    """Targets of the sample are 3 everywhere."""
    values = DATA.scorecard.questions
    shown = steps(build_briefing(DATA, "en", tight=True))
    assert shown
    assert set(shown) == {
        key
        for key in steps(BRIEFING)
        if values[key].state != "not_applicable" and (values[key].value is None or values[key].value < 3)
    }


def test_the_tightest_report_has_the_furthest_question_of_each_principle_and_says_so():
    """P15 is at 2, 1 and 2: its second question is the furthest from 3."""
    briefing = build_briefing(DATA, "en", tight=TIGHTEST)
    assert all(len(block.steps) == 1 for block in (*briefing.blocks, *briefing.pillar_blocks))
    furthest = min((q.key for q in DATA.framework.core_questions if q.subject == "P15"), key=value_of)
    assert next(block for block in briefing.blocks if block.key == "P15").steps[0].key == furthest
    assert briefing.principles_note.startswith("Of each principle the question furthest below its target")


def value_of(key):
    return DATA.scorecard.questions[key].value
