"""How far the answers carry: agreement, the agenda, and evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assessment.scorecard import QuestionScore, Scorecard
from assessment.scoring import Respondent, alpha_of, score
from reports.briefing import build_briefing
from tests.builders import answer, respondent
from tests.reports.sample import report_data

DATA = report_data()
FRAMEWORK = DATA.framework
TORN = {  # levels that twelve people gave
    "P15.2": (4, 4, 4, 4, 5, 5, 2, 2, 1, 2, 1, 2),
    "P07.1": (5,) + (2,) * 11,
    "P09.2": (3, 3, 4, 3, 3, 4, 3, 3, 4, 3, 3, 3),
    "P02.1": (1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5, 5),
    "TEC.1": (2, 2, 3, 2, 1, 2, 3, 2, "?", "?", "?", "?"),
}


def twelve():
    return [Respondent(f"p{n}", {key: answer(levels[n]) for key, levels in TORN.items()}) for n in range(12)]


def certainty(language="en", **changes):
    return build_briefing(replace(DATA, comparison=None, previous=None, plan=None, **changes), language).certainty


@pytest.fixture(scope="module")
def torn():
    people = twelve()
    return certainty(scorecard=score(FRAMEWORK, people), alpha=float(alpha_of(FRAMEWORK, people)), respondents=12)


def test_split_comes_first_on_the_agenda_and_what_few_can_see_last(torn):
    found = [(row[0].split()[0], row[-1]) for row in torn.agenda.rows]
    assert found == [
        ("P02.1", "split"),
        ("P15.2", "discuss"),
        ("P07.1", "fair"),
        ("TEC.1", "agreed, not visible to the team"),
    ]


def test_the_share_agreed_and_alpha_are_said_with_what_they_mean(torn):
    assert torn.agreement[0] == (
        "The team agrees on 1 of 5 questions (20\u202f%). 1 of 5 questions is split: talk about it before acting."
    )
    assert torn.agreement[1].startswith("Krippendorff's alpha is ")
    assert torn.agreement[1].endswith("before you rely on the score.")


def test_a_row_of_the_agenda_has_answers_median_and_range(torn):
    assert torn.agenda.rows[1][1:] == ("12", "3", "1–5", "", "discuss")
    assert torn.agenda.rows[3][1:5] == ("8", "2", "1–3", "4")


def test_one_respondent_has_no_agreement():
    found = certainty()
    assert (found.agreement, found.agenda.rows) == ((), ())


def test_more_than_ten_questions_are_counted():
    keys = [question.key for question in FRAMEWORK.core_questions][:13]
    people = [respondent(dict.fromkeys(keys, level), id=str(level)) for level in (1, 5)]
    found = certainty(scorecard=score(FRAMEWORK, people))
    assert (len(found.agenda.rows), found.rest) == (10, "3 more questions are on the results page.")


def with_verified(claimed: float, verified: float) -> Scorecard:
    card = score(FRAMEWORK, [respondent({q.key: 3 for q in FRAMEWORK.core_questions})])
    return replace(card, overall=replace(card.overall, score=claimed, verified_score=verified))


@pytest.mark.parametrize(("claimed", "verified", "warned"), [(4.1, 3.6, True), (4.1, 3.61, False), (3.0, 3.0, False)])
def test_from_half_a_level_on_what_was_said_is_warned_about(claimed, verified, warned):
    assert bool(certainty(scorecard=with_verified(claimed, verified)).warning) == warned


def test_claimed_and_verified_stand_side_by_side():
    found = certainty(scorecard=with_verified(3.75, 3.0))
    assert found.evidence == "What was said gives 3.75 (level 3), what has evidence 3.00 (level 3)."
    assert found.warning == "That is half a level or more: add evidence before you rely on the level."


def test_principles_that_lack_evidence_are_named():
    """Levels 4, 4, 5 with evidence 1, 0, 1 are 4.33 as said and 3.67 with evidence (domain guide T30)."""
    answers = {"P09.1": 4, "P09.2": 4, "P09.3": 5}
    card = score(FRAMEWORK, [respondent(answers, evidence={"P09.1": 1, "P09.3": 1})])
    assert "P09 versioning and release practices (4.3 → 3.7)" in certainty(scorecard=card).warning


def test_the_agenda_speaks_portuguese():
    found = certainty("pt-br", scorecard=score(FRAMEWORK, twelve()))
    assert found.agenda.rows[0][-1] == "dividida"


def test_a_question_nobody_asked_twice_is_not_agreed():
    assert not QuestionScore(3, 1, None, None, None).agreed
