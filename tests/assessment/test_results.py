"""Results prepared for pages: what changed, who answered, and the formula of each number."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from assessment.change import MDC90, MDC95, SINGLE, Change, settled, single_limits
from assessment.explanations import arithmetic, explanation_of
from assessment.models import Result
from assessment.results import Said, Strip, build_page, claims_too_much, importance_words, verdict_words
from assessment.scorecard import QuestionScore
from assessment.scoring import Explanation, Term
from tests.assessment.rooms import LATER, close, level, opened, save
from tests.builders import full_framework
from tests.reports.rooms import planned_result


def page_of(result: Result, targets=None):
    return build_page(result, Result.objects.last_before(result), targets or {})


def named(cast, key: str, levels: dict):
    """A closed assessment in which each person answered one question alone."""
    assessment = opened(cast, mode="named", period="2026-Q3")
    for person, number in levels.items():
        save(getattr(cast, person), assessment, key, level(number))
    return close(cast.alice, assessment)


def term(weight, value, share) -> Term:
    return Term("P01.1", Fraction(weight), value, share)


def test_equal_weights_are_a_plain_mean_in_the_formula():
    explained = Explanation("P15", 1.5, tuple(term(1, value, Fraction(1, 3)) for value in (2.0, 1.0, 1.5)))
    assert arithmetic(explained, "en") == "(2 + 1 + 1.5) ÷ 3 = 1.50"


def test_weights_stand_before_the_values_and_portuguese_has_a_comma():
    explained = Explanation("P09", 3.375, (term(2, 4.0, Fraction(1, 2)), term(1, 3.5, Fraction(1, 4)), term(1, 2.0, 1)))
    assert arithmetic(explained, "en") == "(2 × 4 + 1 × 3.5 + 1 × 2) ÷ 4 = 3.38"
    assert arithmetic(explained, "pt-br") == "(2 × 4 + 1 × 3,5 + 1 × 2) ÷ 4 = 3,38"


def test_shares_that_sum_to_one_need_no_division():
    parts = (term(Fraction(7, 10), 3.0, Fraction(7, 10)), term(Fraction(3, 10), 3.2, Fraction(3, 10)))
    assert arithmetic(Explanation("process", 3.06, parts), "en") == "0.7 × 3 + 0.3 × 3.2 = 3.06"


def test_a_term_without_a_value_is_not_in_the_formula():
    parts = (term(1, 4.0, Fraction(1, 2)), term(1, None, None), term(1, 2.0, Fraction(1, 2)))
    assert arithmetic(Explanation("P09", 3.0, parts), "en") == "(4 + 2) ÷ 2 = 3.00"


def test_without_a_number_the_formula_is_a_dash():
    assert arithmetic(Explanation("P09", None, (term(1, 4.0, 1),)), "en") == "–"


@pytest.mark.parametrize(
    ("verdict", "same", "words"),
    [
        ("clear", True, "clear"),
        ("probable", True, "probable"),
        ("noise", True, "too small to tell apart from a second answer by the same person"),
        ("noise", False, "may be chance"),
    ],
)
def test_what_may_be_chance_reads_differently_when_the_same_person_answered(verdict, same, words):
    change = Change("P01", 2.0, 3.0, 1.0, 1.0, 0.99, 0.83, verdict, False, SINGLE)
    assert verdict_words(change, same) == words


@pytest.mark.parametrize(("listed", "verdict"), [(True, "clear"), (False, "probable")])
def test_what_is_clear_alone_but_not_among_many_is_probable(listed, verdict):
    change = Change("P01", 2.0, 3.0, 1.0, 1.0, 0.99, 0.83, "clear", True, SINGLE, listed=listed)
    assert settled(change).verdict == verdict


def test_a_mean_of_many_needs_less_to_be_clear_than_one_principle():
    framework = full_framework()
    assert single_limits(framework, "full", "P01") == (MDC95, MDC90)
    overall, pillar = (single_limits(framework, "full", subject)[0] for subject in ("overall", "process"))
    assert overall < pillar < MDC95
    with pytest.raises(KeyError):
        single_limits(framework, "full", "P99")


def test_answers_on_a_strip_stand_at_their_level_and_equal_ones_are_stacked():
    strip = Strip(QuestionScore(2.0, 3, None, None, None, minimum=1.0, maximum=5.0), (1, 5, 1))
    assert (strip.minimum, strip.middle, strip.maximum) == (20, 60, 180)
    assert strip.dots == [(20, 24), (20, 17), (180, 24)]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "wiki/checks", "data:text/html,x"])
def test_evidence_is_a_link_only_when_it_is_an_address_of_the_web(address):
    said = Said("Ana", "Ana", "answered", 4, False, "", "", address, 1, "", "")
    assert said.link == ""


def test_the_page_lists_don_t_know_and_counts_answers(cast):
    page = page_of(planned_result(cast))
    assert [row.question.key for row in page.dont_know] == ["P08.1"]
    assert (page.answered_count, page.question_count) == (34, 35)


def test_principles_stand_by_their_gap_to_the_target(cast):
    page = page_of(planned_result(cast), {"P15": Fraction(2), "P01": Fraction(7, 2)})
    assert [(row.principle.key, row.gap) for row in page.principles[:3]] == [("P15", 1.0), ("P01", 0.5), ("P02", 0.0)]


def test_a_principle_is_explained_down_to_its_answers(cast):
    why = explanation_of(page_of(planned_result(cast)), "P15", "en")
    assert why.formulas[0].line == "(1 + 1 + 1) ÷ 3 = 1.00"
    assert [row.question.key for row in why.questions] == ["P15.1", "P15.2", "P15.3"]
    assert [(row.present.level, row.following.level) for row in why.questions] == [(1, 2)] * 3
    assert [blocker.gate for blocker in why.blockers] == ["G3", "G4"]
    assert all(any(key.startswith("P15.") for key in item.lifts) for item in why.initiatives)


def test_an_unknown_subject_has_no_explanation(cast):
    assert explanation_of(page_of(planned_result(cast)), "P19", "en") is None


def test_the_pillar_explains_both_of_its_parts(cast):
    """P08 (0.6) has no score, P15 (0.4) is at 1: M = 3 - 0.4 x 2 / (7.1 - 0.6) = 2.877."""
    why = explanation_of(page_of(planned_result(cast)), "process", "en")
    assert [formula.line for formula in why.formulas[::2]] == ["0.7 × 2.877 + 0.3 × 3 = 2.91", "(3 + 3 + 3) ÷ 3 = 3.00"]


def test_a_new_respondent_is_named_as_a_reason(cast):
    planned_result(cast, period="2026-Q2")
    second = opened(cast, period="2026-Q3")
    for key in ("P01.1", "P02.1"):
        save(cast.bob, second, key, level(2))
    page = page_of(close(cast.alice, second, LATER + timedelta(days=1)))
    assert page.since.result.period == "2026-Q2"
    assert page.since.newcomers == ()  # the first sheet names nobody, so nothing can be said
    third = opened(cast, period="2026-Q4")
    save(cast.alice, third, "P01.1", level(2))
    page = page_of(close(cast.alice, third, LATER + timedelta(days=2)))
    assert (page.since.newcomers, page.since.leavers) == (("Alice",), ("Bob",))
    assert not page.same_person


def test_another_form_is_not_compared(cast):
    planned_result(cast, period="2026-Q2")
    short = opened(cast, period="2026-Q3", form="short")
    save(cast.alice, short, "P01.1", level(4))
    page = page_of(close(cast.alice, short))
    assert page.since.why_not == "form"
    assert page.since.comparison is None
    assert all(row.change is None for row in page.principles)


def test_where_answers_lie_apart_both_halves_are_shown_and_no_present_anchor(cast):
    page = page_of(named(cast, "P15.2", {"alice": 5, "bob": 1, "carla": 5, "olivia": 1}))
    row = page.question("P15.2")
    assert row.score.verdict == "split"
    assert row.present is None
    assert row.following is None
    assert [anchor.level for anchor in row.halves] == [1, 5]
    assert page.disputed == [row]
    assert page.agreed == []


def test_agreed_answers_have_a_present_and_a_next_anchor(cast):
    page = page_of(named(cast, "P15.2", {"alice": 3, "bob": 3}))
    row = page.question("P15.2")
    assert (row.present.level, row.following.level, row.halves) == (3, 4, None)
    assert page.agreed == [row]


def change(before, after, important=True) -> Change:
    return Change("P01", before, after, after - before, after - before, 0.99, 0.83, "clear", important, SINGLE)


@pytest.mark.parametrize(
    ("found", "target", "words"),
    [
        (change(2.0, 3.0), 3, "important: reaches its target"),
        (change(2.0, 3.0), 4, "important: crosses an anchor"),
        (change(3.0, 4.0), 3, "important: crosses an anchor"),
        (change(2.0, 3.0), None, "important: crosses an anchor"),
        (change(2.0, 2.3, important=False), None, ""),
        (None, 3, ""),
    ],
)
def test_why_a_change_matters(found, target, words):
    assert importance_words(found, target) == words


@pytest.mark.parametrize(
    ("claimed", "verified", "warned"),
    [
        (4.1, 3.6, True),
        (Fraction(13, 3), Fraction(11, 3), True),
        (4.1, 3.61, False),
        (None, 3.0, False),
        (3, None, False),
    ],
)
def test_half_a_level_without_evidence_is_too_much(claimed, verified, warned):
    """4.1 and 3.6 are half a level apart, though their doubles are a little less."""
    assert claims_too_much(claimed, verified) == warned


def test_split_questions_are_first_on_the_agenda(cast):
    assessment = opened(cast, mode="named", period="2026-Q3")
    said = {"P09.1": (1, 5, 1, 5), "P09.2": (2, 3, 2, 3), "P15.2": (1, 5, 2, 4)}
    for number, person in enumerate(("alice", "bob", "carla", "olivia")):
        for key, levels in said.items():
            save(getattr(cast, person), assessment, key, level(levels[number]))
    page = page_of(close(cast.alice, assessment))
    assert [(row.question.key, row.score.verdict) for row in page.spread] == [
        ("P09.1", "split"),
        ("P15.2", "split"),
        ("P09.2", "agreed"),
    ]
    assert [row.question.key for row in page.split] == ["P09.1", "P15.2"]
    assert page.alpha < Fraction(2, 3)
