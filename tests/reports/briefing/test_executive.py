"""The executive's page: what holds the team back, what is asked, what a no means."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from fractions import Fraction

import pytest

from assessment.scoring import Respondent, score
from reports.briefing import build_briefing, build_figures
from reports.briefing.data import OutcomeTrend, Rate
from reports.briefing.executive import ForExecutives
from tests.reports.sample import answers, report_data

DATA = report_data()
BRIEFING = build_briefing(DATA, "en", "executive")
PAGE = BRIEFING.executive


def page(language="en", **changes):
    return build_briefing(replace(DATA, **changes), language, "executive").executive


def test_the_binding_constraint_is_told_with_the_challenges_that_it_feeds():
    """The answers to P15 are 1 and 2 in turn, 1.5 in the mean. Level 3 asks for 2.00."""
    assert PAGE.constraint[0] == "Level 3 needs quality checks (P15 = 1.5) to reach 2.00."
    assert (
        PAGE.constraint[1] == "What it feeds are the challenges “Data contain errors” and “Bad data make bad reports”."
    )


def test_without_a_principle_that_blocks_the_one_that_lags_most_is_told():
    """Everything at 2, P13 at 1: the mean and pillars block level 3 as G3 asks for 2 and G4 for 1.5 of P13 alone."""
    flat = {q.key: answer for q in DATA.framework.core_questions if (answer := _at(q))}
    card = score(DATA.framework, [Respondent("ana", flat)])
    told = page(scorecard=card, plan=None, comparison=None, previous=None).constraint
    assert "Level 3 needs" in told[0]
    assert any(sentence.startswith("What it feeds") for sentence in told)


def _at(question):
    sample = next(iter(answers(DATA.framework, 0).values()))
    return replace(sample, level=2, partly=False)


def test_decisions_name_cost_gain_and_what_a_no_means():
    release, owner, *_rest = PAGE.decisions
    assert sum(load.capacity - load.left for load in DATA.plan.loads) == Fraction("40.25")
    assert release.cost == "40.3 person-weeks over 4 quarters"
    now = float(DATA.scorecard.overall.score)
    assert release.otherwise == f"Score and level stay where they are: {now:.1f}, level 2."
    assert owner.title.startswith("Name an owner and a sponsor for “")
    assert owner.otherwise == "P15 quality checks stay at 1.5; level 3 stays closed."


def test_no_question_is_scored_on_the_executives_page_nor_a_chart_of_principles_drawn():
    assert set(build_figures(DATA, "en", "executive")) == {"pillars", "trend"}
    assert not re.search(r"P\d\d\.\d", str(asdict(PAGE)))


def test_with_a_rate_each_cost_is_told_in_money():
    """40.25 person-weeks at R$8,000 are R$322,000."""
    decision = page(rate=Rate("BRL", Fraction(8000))).decisions[0]
    assert decision.cost == "40.3 person-weeks (R$322,000) over 4 quarters"


def test_money_follows_the_language():
    assert "(R$\u00a0322.000)" in page("pt-br", rate=Rate("BRL", Fraction(8000))).decisions[0].cost


def test_without_a_rate_no_money_is_told():
    assert not any("(" in decision.cost for decision in PAGE.decisions)


def test_outcome_numbers_stand_by_quarter_and_only_where_there_are_any():
    assert PAGE.outcomes.rows == ()
    outcomes = (
        OutcomeTrend("Median lead time, days", (12, None, 8)),
        OutcomeTrend("Failed deliveries, %", (None,) * 3),
    )
    told = page(outcome_quarters=("2026 Q1", "2026 Q2", "2026 Q3"), outcomes=outcomes).outcomes
    assert told.head[1:] == ("2026 Q1", "2026 Q2", "2026 Q3")
    assert told.rows == (("Median lead time, days", "12", "–", "8"),)


def test_a_provisional_result_asks_for_answers_first():
    few = dict(list(answers(DATA.framework, 0).items())[:20])
    card = score(DATA.framework, [Respondent("ana", few)])
    decisions = page(scorecard=card, plan=None, comparison=None, previous=None).decisions
    assert decisions[0].title == "Have the open questions answered first"


def test_nothing_is_asked_where_there_is_no_plan_and_no_doubt():
    card = score(DATA.framework, [Respondent("ana", {q.key: _strong() for q in DATA.framework.core_questions})])
    told = page(scorecard=card, plan=None, comparison=None, previous=None)
    assert told.decisions == ()
    assert told.constraint == ("Nothing holds the team back: every condition of the highest level holds.",)


def _strong():
    sample = next(iter(answers(DATA.framework, 0).values()))
    return replace(sample, level=5, partly=False, evidence_strength=2)


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_at_most_four_decisions_are_asked(language):
    assert 1 <= len(page(language).decisions) <= 4


def test_a_name_that_quotes_something_is_quoted_once():
    hope = next(p for p in DATA.framework.principles if "C8" in p.challenges)
    told = ForExecutives(DATA, "pt-br")._feeds(hope)
    assert "“A armadilha da ‘esperança e heroísmo’”" in told
    assert '"' not in told
