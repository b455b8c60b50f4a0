"""Sentences by rule: what they say for each way in which a team can be held at its level."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from assessment.change import compare
from assessment.scorecard import Blocker, Overall, Scorecard
from assessment.scoring import Answer, Respondent, score
from assessment.sensitivity import Sensitivity, Variant
from assessment.sentences import (
    agreement_sentence,
    alpha_sentence,
    blocker_sentence,
    format_change,
    format_percent,
    format_score,
    join_words,
    progress_sentence,
    sensitivity_sentence,
    state_sentence,
)
from manifesto import catalog

FRAMEWORK = catalog.current()
LABEL = FRAMEWORK.principle_by_key["P15"].label


def card(**changes: object) -> Scorecard:
    overall = Overall(
        score=Fraction(316, 100),
        index=Fraction(54),
        low=Fraction(316, 100),
        high=Fraction(316, 100),
        verified_score=None,
        completeness=Fraction(1),
        provisional=False,
        level=2,
        ungated_level=3,
        possible_level=2,
        blockers=(Blocker("G3", "P15", Fraction(3, 2), Fraction(2)),),
    )
    return Scorecard("f", "h", "1", "full", False, replace(overall, **changes), {}, {}, {})


@pytest.mark.parametrize(
    ("value", "digits", "language", "shown"),
    [
        (Fraction(5, 2), 0, "en", "3"),
        (Fraction(61, 20), 1, "en", "3.1"),
        (3.157471, 2, "pt-br", "3,16"),
        (2.675, 2, "en", "2.68"),
        (Fraction(2, 3), 2, "en", "0.67"),
        (None, 1, "en", "–"),
    ],
)
def test_a_half_is_rounded_up_and_portuguese_has_a_comma(value, digits, language, shown):
    assert format_score(value, digits, language) == shown


def test_a_share_is_a_percentage_with_a_narrow_space():
    assert format_percent(Fraction(539, 1000), "pt-br", 1) == "53,9\u202f%"


def test_a_change_carries_its_sign_and_a_change_that_rounds_to_nothing_none():
    assert [format_change(value, 1, "en") for value in (0.8, -0.8, 0.04)] == ["+0.8", "\u22120.8", "0.0"]


def test_words_are_joined_as_a_list():
    assert join_words(["a", "b", "c"], "en") == "a, b and c"
    assert join_words(["a"], "en") == "a"


def test_a_critical_principle_holds_up_the_level_that_the_mean_allows():
    assert state_sentence(FRAMEWORK, card(), "en") == (
        f"The mean would allow level 3; {LABEL.en} (P15 = 1.5) hold the team at level 2."
    )


def test_the_label_and_the_number_follow_the_language():
    assert f"{LABEL.pt_br} (P15 = 1,5)" in state_sentence(FRAMEWORK, card(), "pt-br")


def test_a_principle_that_fails_two_conditions_is_named_once():
    blockers = (Blocker("G3", "P15", Fraction(3, 2), Fraction(2)), Blocker("G4", "P15", Fraction(3, 2), Fraction(5, 2)))
    assert state_sentence(FRAMEWORK, card(blockers=blockers), "en").count("P15") == 1


def test_more_than_three_blockers_are_counted():
    blockers = tuple(Blocker("G4", key, Fraction(1), Fraction(3, 2)) for key in ("P02", "P03", "P04", "P05", "P06"))
    assert state_sentence(FRAMEWORK, card(blockers=blockers), "en").endswith(
        "and 2 more conditions hold the team at level 2."
    )


def test_a_value_just_below_the_condition_never_looks_like_reaching_it():
    blocker = Blocker("G3", "P15", Fraction(1996, 1000), Fraction(2))
    assert "(P15 = 1.996)" in state_sentence(FRAMEWORK, card(blockers=(blocker,)), "en")


def test_when_the_mean_is_what_is_missing_the_sentence_says_how_much():
    blockers = (Blocker("G1", "overall", Fraction(24, 10), Fraction(275, 100)),)
    sentence = state_sentence(FRAMEWORK, card(ungated_level=2, blockers=blockers), "en")
    assert sentence == "The team is at level 2, Emerging; level 3 still needs a mean of 2.75 (now 2.4)."


def test_a_critical_principle_without_a_score_is_said_in_words():
    blockers = (Blocker("G3", "P15", None, Fraction(2)),)
    assert f"{LABEL.en} (too few answers)" in state_sentence(FRAMEWORK, card(blockers=blockers), "en")


def test_the_highest_level_has_no_blockers():
    sentence = state_sentence(FRAMEWORK, card(level=5, ungated_level=5, possible_level=5, blockers=()), "en")
    assert sentence == "The team is at level 5, Adaptive: every condition of the highest level holds."


def test_without_a_score_the_sentence_claims_no_level():
    sentence = state_sentence(FRAMEWORK, card(score=None, provisional=True, completeness=Fraction(1, 4)), "en")
    assert sentence == (
        "Too few questions are answered for a score. This is provisional: 25\u202f% of the questions are answered."
    )


def test_open_answers_are_named_as_what_may_still_raise_the_level():
    sentence = state_sentence(FRAMEWORK, card(possible_level=3, completeness=Fraction(9, 10)), "en")
    assert sentence.endswith("with them the level could be up to 3.")


def test_the_short_form_is_called_an_indication():
    short = replace(card(provisional=True), indicative=True)
    assert state_sentence(FRAMEWORK, short, "en").endswith("The short form gives an indication only.")


def test_a_condition_reads_as_what_must_be_reached():
    blocker = Blocker("G2", "process", Fraction(24, 10), Fraction(5, 2))
    assert blocker_sentence(FRAMEWORK, blocker, "en") == "the pillar process (2.4) must reach 2.50"
    missing = Blocker("G5", "completeness", Fraction(7, 10), Fraction(4, 5))
    assert (
        blocker_sentence(FRAMEWORK, missing, "en") == "the number of answers (70\u202f% answered) must reach 80\u202f%"
    )


def test_agreement_says_share_and_what_is_split():
    assert agreement_sentence(41, 0, 59, "en") == "The team agrees on 41 of 59 questions (69\u202f%)."
    assert agreement_sentence(41, 2, 59, "en").endswith("2 of 59 questions are split: talk about them before acting.")
    assert agreement_sentence(41, 2, 59, "pt-br").endswith(
        "2 de 59 perguntas estão divididas: conversem antes de agir."
    )
    assert agreement_sentence(0, 0, 0, "en") == ""


@pytest.mark.parametrize(
    ("alpha", "words"),
    [
        (Fraction(4, 5), "0.80 (1 is full agreement, 0 is chance): the answers describe the same team"),
        (Fraction(2, 3), "0.67 (1 is full agreement, 0 is chance): enough for tentative conclusions"),
        (Fraction(1, 2), "0.50 (1 is full agreement, 0 is chance): below the customary limit"),
        (Fraction(-1, 5), "\u22120.20 (1 is full agreement, 0 is chance): below the customary limit"),
    ],
)
def test_alpha_says_what_it_means(alpha, words):
    assert words in alpha_sentence(alpha, "en")


def test_without_alpha_nothing_is_said():
    assert alpha_sentence(None, "en") == ""


def test_a_level_that_hangs_on_the_method_is_said():
    found = Sensitivity(
        Fraction(3), 2, (Variant("equal_weights", Fraction(3), 3, True), Variant("geometric", Fraction(3), 1, True))
    )
    assert sensitivity_sentence(found, "en") == (
        "With equal weights of all questions the level would be 3, not 2. "
        "With the geometric mean of the pillars the level would be 1, not 2."
    )
    assert sensitivity_sentence(replace(found, variants=()), "en").endswith("the level would be the same.")
    assert sensitivity_sentence(replace(found, score=None), "en") == ""


# --- what went up -----------------------------------------------------------------------------------------------------


def compared(*keys: str, before: int = 2, after: int = 3, strength: int = 2):
    """Everything at 1 but these questions, which went up with evidence of this strength."""

    def scored(level: int, strength: int):
        own = {key: Answer(level=level, evidence_strength=strength) for key in keys}
        rest = {q.key: Answer(level=1) for q in FRAMEWORK.core_questions if q.key not in own}
        return score(FRAMEWORK, [Respondent("team", rest | own)])

    return compare(FRAMEWORK, scored(before, 0), scored(after, strength))


def test_a_checked_step_is_the_news_of_a_team_whose_score_hardly_moved():
    assert progress_sentence(FRAMEWORK, compared("P15.2"), "en") == (
        f"A verified step since last time: {LABEL.en} (P15.2) from 2 to 3."
    )
    assert progress_sentence(FRAMEWORK, compared("P15.2"), "pt-br") == (
        f"Um passo verificado desde a última vez: {LABEL.pt_br} (P15.2) de 2 para 3."
    )


def test_of_many_checked_steps_three_are_named():
    assert progress_sentence(FRAMEWORK, compared("P15.1", "P15.2", "P15.3", "ORG.1"), "en").endswith(" and 1 more.")


def test_unchecked_steps_falls_and_a_first_time_are_no_news():
    assert progress_sentence(FRAMEWORK, compared("P15.2", strength=1), "en") == ""
    assert progress_sentence(FRAMEWORK, compared("P15.2", before=3, after=2), "en") == ""
    assert progress_sentence(FRAMEWORK, None, "en") == ""


def test_where_the_score_itself_moved_clearly_it_is_the_news():
    everything = [question.key for question in FRAMEWORK.core_questions]
    assert progress_sentence(FRAMEWORK, compared(*everything), "en") == ""
