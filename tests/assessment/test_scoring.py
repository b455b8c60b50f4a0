from collections import Counter
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.scorecard import Scorecard
from assessment.scoring import (
    AnswerError,
    Respondent,
    Step,
    explain,
    gate,
    index_of,
    near_edge,
    not_applicable_of,
    own_scores,
    question_values,
    score,
    score_values,
    sensitivities,
    standing,
)
from manifesto import catalog
from manifesto.definitions import Module
from tests.builders import (
    CRITICAL,
    PILLAR_WEIGHTS,
    answer,
    complete_framework,
    framework,
    full_framework,
    question,
    respondent,
    text,
)

T9_PRINCIPLES = (3.5, 3, 3, 4, 4, 3.5, 2.5, 3, 4, 3.5, 3, 2.5, 3, 2.5, 1.5, 2, 3, 3)
T9_DIRECT = {"PRO": (3, 3, 3, 3, 4), "TEC": (3, 3, 3, 4, 4), "ORG": (3, 3, 4, 4, 4)}
FULL = full_framework()
WHOLE = complete_framework()
SMALL = framework({"P01": 2, "P09": 3, "P10": 2, "PRO": 2, "TEC": 1, "ORG": 2}, weights={"P09.1": 2, "PRO.2": 3})


def t9(**changes):
    values = {f"{key}.1": value for key, value in zip(PILLAR_WEIGHTS, T9_PRINCIPLES, strict=True)}
    values |= {f"{prefix}.{n}": value for prefix, row in T9_DIRECT.items() for n, value in enumerate(row, 1)}
    return respondent(values | {f"{key}.1": value for key, value in changes.items()})


def p09(answers, **weights):
    names = [f"P09.{number}" for number in (1, 2, 3)]
    release = framework({"P09": 3}, weights={key.replace("_", "."): weight for key, weight in weights.items()})
    return score(release, [respondent({k: v for k, v in zip(names, answers, strict=True) if v is not None})])


# Principles


def test_a_principle_is_the_mean_of_its_questions_with_half_steps():  # T1
    card = p09([4, 3.5, 2])
    assert card.principles["P09"].score == F(19, 6)
    assert index_of(F(19, 6)) == F(325, 6)


def test_question_weights_count():  # T2
    assert p09([4, 3.5, 2], P09_1=2).principles["P09"].score == F(27, 8)


def test_not_applicable_leaves_the_mean_and_the_coverage():  # T3
    found = p09([4, "na", 2]).principles["P09"]
    assert (found.score, found.coverage, found.low, found.high) == (3, 1, 3, 3)
    assert (found.answered, found.applicable, found.not_applicable) == (2, 2, 1)


def test_dont_know_lowers_the_coverage_not_the_score():  # T4
    found = p09([4, "?", 2]).principles["P09"]
    assert (found.score, found.coverage, found.low, found.high) == (3, F(2, 3), F(7, 3), F(11, 3))


def test_a_principle_answered_by_less_than_half_has_bounds_but_no_score():  # T5
    found = p09([4, None, None]).principles["P09"]
    assert (found.score, found.coverage, found.low, found.high) == (None, F(1, 3), 2, F(14, 3))


def test_a_principle_without_applicable_questions_has_no_coverage_at_all():  # T6
    found = p09(["na", "na", "na"]).principles["P09"]
    assert (found.score, found.coverage, found.low, found.high) == (None, None, None, None)


def test_partly_at_five_is_refused():  # T7
    with pytest.raises(AnswerError, match="partly: is not possible at level 5"):
        answer(5.5)


def test_the_index_runs_from_0_to_100():  # T8
    assert [index_of(F(value)) for value in (1, 3, 5)] == [0, 50, 100]


def test_coverage_of_exactly_half_is_enough():
    card = score(framework({"P01": 2}), [respondent({"P01.1": 4})])
    assert card.principles["P01"].score == 4


def test_the_direct_part_of_a_pillar_needs_half_of_its_weight():
    answers = {"P09.1": 2, "PRO.1": 5}
    few = score(framework({"P09": 1, "PRO": 3}), [respondent(answers)]).pillars["process"]
    enough = score(framework({"P09": 1, "PRO": 2}), [respondent(answers)]).pillars["process"]
    assert (few.direct, few.score) == (None, 2)
    assert (enough.direct, enough.score) == (5, F("0.7") * 2 + F("0.3") * 5)


# The whole card


def test_the_whole_assessment_of_the_guide_is_held_at_level_2_by_quality():  # T9, T10
    card = score(FULL, [t9()])
    assert [card.pillars[key].from_principles for key in ("process", "technology", "organization")] == [
        3,
        F(1845, 640),
        F(1475, 450),
    ]
    assert [f"{float(card.pillars[key].from_principles):.4f}" for key in card.pillars] == ["3.0000", "2.8828", "3.2778"]
    assert [card.pillars[key].direct for key in card.pillars] == [F("3.2"), F("3.4"), F("3.6")]
    assert [f"{float(card.pillars[key].score):.4f}" for key in card.pillars] == ["3.0600", "3.0380", "3.3744"]
    assert (f"{float(card.overall.score):.4f}", f"{float(card.overall.index):.2f}") == ("3.1575", "53.94")
    assert f"{sum(T9_PRINCIPLES) / 18:.4f}" == "3.0278"
    assert float(card.overall.score) == 3.157471064814815
    assert float(card.overall.index) == pytest.approx(53.93677662037037, abs=1e-13)
    assert (card.overall.ungated_level, card.overall.level, card.overall.possible_level) == (3, 2, 2)
    assert [(b.gate, b.subject, b.value, b.required) for b in card.overall.blockers] == [("G3", "P15", F("1.5"), 2)]
    assert not card.overall.provisional


def test_with_quality_at_2_the_same_team_reaches_level_3():  # T11
    card = score(FULL, [t9(P15=2)])
    assert [f"{float(card.pillars[key].from_principles):.4f}" for key in card.pillars] == ["3.0282", "2.9141", "3.3000"]
    assert [round(float(card.pillars[key].score), 4) for key in card.pillars] == [3.0797, 3.0598, 3.39]
    assert round(float(card.overall.score), 4) == 3.1765
    assert round(float(card.overall.index), 2) == 54.41
    assert card.overall.level == 3
    assert [(b.gate, b.subject) for b in card.overall.blockers] == [
        ("G1", "overall"),
        ("G2", "process"),
        ("G2", "technology"),
        ("G2", "organization"),
        ("G3", "P15"),
        ("G3", "P16"),
        ("G4", "P15"),
        ("G4", "P16"),
    ]
    assert [(b.value, b.required) for b in card.overall.blockers[-4:]] == [(2, 3), (2, 3), (2, F("2.5")), (2, F("2.5"))]


def test_claims_without_evidence_are_cut():  # T30
    release = framework({"P09": 3})
    card = score(
        release, [respondent({"P09.1": 4, "P09.2": 4, "P09.3": 5}, evidence={"P09.1": 1, "P09.2": 0, "P09.3": 1})]
    )
    assert card.principles["P09"].score == F(13, 3)
    assert card.principles["P09"].verified_score == F(11, 3)
    assert [card.questions[f"P09.{number}"].verified_value for number in (1, 2, 3)] == [4, 3, 4]
    assert f"{float(F(13, 3) - F(11, 3)):.3f}" == "0.667"


@pytest.mark.parametrize(
    ("value", "strength", "verified"),
    [(5, 0, 3), (5, 1, 4), (5, 2, 5), (4.5, 0, 3), (4.5, 1, F(9, 2)), (4, 1, 4), (3.5, 0, F(7, 2)), (1, 0, 1)],
)
def test_evidence_decides_what_an_answer_above_3_counts(value, strength, verified):
    assert answer(value, strength).verified_value == verified


def test_the_documented_example_scores_as_documented():
    release = framework({"P09": 3, "P10": 1, "P15": 1})
    answers = {"P09.1": 4, "P09.2": 3.5, "P09.3": "na", "P10.1": "?", "P15.1": 4}
    card = score(release, [respondent(answers, evidence={"P15.1": 1})]).as_dict()
    assert card["principles"]["P09"] == {
        "score": 3.75,
        "coverage": 1.0,
        "low": 3.75,
        "high": 3.75,
        "answered": 2,
        "applicable": 2,
        "not_applicable": 1,
        "verified_score": 3.25,
    }
    assert card["questions"]["P09.1"]["value"] == 4.0
    assert card["questions"]["P10.1"]["state"] == "missing"
    assert card["questions"]["P10.1"]["dont_know"] == 1


def test_a_level_beats_not_applicable_and_not_applicable_beats_dont_know():
    people = [respondent({"P09.1": "na", "P09.2": "na", "P09.3": "?"}), respondent({"P09.1": 4, "P09.2": "?"}, "bob")]
    questions = score(framework({"P09": 3}), people).questions
    assert [questions[f"P09.{n}"].state for n in (1, 2, 3)] == ["answered", "not_applicable", "missing"]


def test_several_respondents_give_the_median_and_their_agreement():
    people = [respondent({"P09.1": value}, str(index)) for index, value in enumerate((2, 3, 3, 4, 3))]
    found = score(framework({"P09": 1}), people).questions["P09.1"]
    assert (found.value, found.respondents, found.a_wg, found.verdict) == (3, 5, F(4, 5), "agreed")
    assert (found.minimum, found.maximum) == (2, 4)


def test_one_respondent_has_no_agreement():
    found = score(framework({"P09": 1}), [respondent({"P09.1": 3})]).questions["P09.1"]
    assert (found.a_wg, found.ad, found.verdict) == (None, None, None)


def test_the_short_form_asks_the_first_question_of_each_principle_and_is_provisional():
    card = score(SMALL, [respondent({"P01.1": 4, "P01.2": 1, "P09.1": 3, "P10.1": 2, "PRO.1": 1})], form="short")
    assert list(card.questions) == ["P01.1", "P09.1", "P10.1"]
    assert card.principles["P01"].score == 4
    assert card.pillars["process"].direct is None
    assert (card.indicative, card.overall.provisional, card.overall.completeness) == (True, True, 1)


def test_nothing_answered_leaves_everything_open():
    card = score(FULL, [])
    assert (card.overall.score, card.overall.low, card.overall.high) == (None, 1, 5)
    assert (card.overall.level, card.overall.possible_level, card.overall.completeness) == (1, 5, 0)


def test_nothing_applicable_leaves_nothing_to_bound():
    card = score(framework({"P10": 1}), [respondent({"P10.1": "na"})])
    assert (card.overall.low, card.overall.high, card.overall.level) == (None, None, 1)
    assert [(b.gate, b.value) for b in card.overall.blockers[:2]] == [("G1", None), ("G2", None)]


def test_modules_never_enter_the_overall_score():
    release = framework(
        modules=(Module(key="mlops", name=text("MLOps"), description=text("Models"), prefixes=("MLO",)),),
        questions={"P09": 1},
    )
    release = release.__class__(
        **{name: getattr(release, name) for name in type(release).model_fields}
        | {"questions": (*release.questions, question("MLO.1"), question("MLO.2"))}
    )
    without = score(release, [respondent({"P09.1": 2})])
    card = score(release, [respondent({"P09.1": 2, "MLO.1": 5, "MLO.2": 4})])
    assert card.overall == without.overall
    assert without.modules == {}
    assert card.modules["mlops"]["score"] == F(9, 2)
    assert card.questions["MLO.1"].value == 5


def test_an_unknown_question_and_a_repeated_id_are_refused():
    with pytest.raises(ValueError, match=r"P99\.1"):
        score(SMALL, [respondent({"P99.1": 3})])
    with pytest.raises(ValueError, match="one id"):
        score(SMALL, [respondent({}), respondent({})])
    with pytest.raises(ValueError, match="form"):
        score(SMALL, [], form="medium")


def test_a_stored_card_gives_back_the_same_values():
    card = score(SMALL, [respondent({"P09.1": 3.5, "P09.2": "na"})])
    stored = Scorecard.from_dict(card.as_dict())
    assert question_values(stored) == question_values(card)
    assert question_values(stored)["P09.1"] == F(7, 2)
    assert not_applicable_of(stored) == {"P09.2"}


# The gate


def numbers(overall, pillar, critical, other, completeness=F(1)):
    return gate(
        FULL,
        overall=F(overall),
        pillars={key: F(pillar) for key in ("process", "technology", "organization")},
        principles={p.key: F(critical if p.critical else other) for p in FULL.principles},
        completeness=completeness,
    )


def test_each_limit_of_the_gate_is_met_exactly_at_its_edge():
    assert numbers("3.75", "3.5", "3", "2.5").level == 4
    for values in (("3.74", "3.5", 3, "2.5"), ("3.75", "3.49", 3, "2.5"), ("3.75", "3.5", "2.99", "2.5")):
        assert numbers(*values).level == 3
    assert numbers("3.75", "3.5", "3", "2.49").level == 3


def test_no_level_is_reached_below_the_least_completeness():
    found = numbers(5, 5, 5, 5, F(79, 100))
    assert (found.level, [b.gate for b in found.blockers]) == (1, ["G5"])
    assert numbers(5, 5, 5, 5, F(80, 100)).level == 5


def test_nothing_blocks_level_5():
    assert numbers(5, 5, 5, 5).blockers == ()


def test_a_heroic_team_stays_below_level_3():
    values = {q.key: F(1 if q.subject == "P07" else 3) for q in FULL.questions}
    outcome = score_values(FULL, values)
    assert (outcome.level, [(b.gate, b.subject) for b in outcome.blockers]) == (2, [("G4", "P07")])


def test_a_critical_principle_without_a_number_fails_and_another_one_is_passed_over():
    values = {q.key: F(4) for q in FULL.questions}
    without_critical = score_values(FULL, values | {"P15.1": None}, {"P15.1"})
    without_other = score_values(FULL, values | {"P02.1": None}, {"P02.1"})
    assert (without_critical.level, without_critical.blockers[0].value) == (1, None)
    assert without_other.level == 4


def test_an_open_answer_counts_as_1_for_the_level():
    values = {q.key: F(3) for q in FULL.questions}
    outcome = score_values(FULL, values | {"P15.1": None})
    assert (outcome.level, outcome.ungated_level, outcome.possible_level) == (2, 3, 3)
    assert outcome.blockers[0].subject == "P15"


def test_one_answer_from_the_next_level_is_named_with_the_level_it_needs():
    assert near_edge(FULL, [t9()]) == (Step("P15.1", 2),)


def test_no_single_answer_is_named_where_none_is_enough():
    assert near_edge(FULL, [respondent({q.key: 1 for q in FULL.questions})]) == ()
    assert near_edge(FULL, [respondent({q.key: 5 for q in FULL.questions})]) == ()


def test_an_unanswered_question_can_be_the_one_that_is_missing():
    answers = {q.key: 3 for q in FULL.questions if q.key != "P15.1"}
    assert near_edge(FULL, [respondent(answers)]) == (Step("P15.1", 2),)


# Other readings


def test_sensitivities_sum_to_one_and_match_the_share_of_each_question():
    found = sensitivities(FULL)
    assert sum(found.values()) == 1
    assert found["PRO.1"] == F(1, 3) * F(3, 10) / 5
    assert found["P04.1"] == F(1, 3) * F(7, 10) * (F(20, 710) + F(80, 450))
    assert sum(sensitivities(SMALL).values()) == sum(sensitivities(FULL, "short").values()) == 1


def test_in_the_complete_core_version_control_weighs_least_and_professions_most():
    found = sensitivities(WHOLE)
    assert (len(found), sum(found.values())) == (59, 1)
    lowest, highest = min(found.values()), max(found.values())
    assert {key for key, share in found.items() if share == lowest} == {
        "P09.1",
        "P09.2",
        "P09.3",
        "P10.1",
        "P10.2",
        "P10.3",
    }
    assert {key for key, share in found.items() if share == highest} == {"P04.1", "P04.2"}
    assert (f"{float(found['P09.1']):.5f}", f"{float(found['P04.1']):.5f}") == ("0.01179", "0.02403")
    assert {f"{float(found[key]):.5f}" for key in found if key[:3] in ("PRO", "TEC", "ORG")} == {"0.01667"}
    assert [f"{float(found[key]):.6f}" for key in ("P09.1", "P11.1", "P15.1")] == ["0.011793", "0.017690", "0.012700"]


def test_the_weights_of_the_principles_sum_to_the_columns_of_the_guide():
    columns = zip(*PILLAR_WEIGHTS.values(), strict=True)
    assert [sum(column) for column in columns] == [710, 640, 450]


@pytest.mark.parametrize("identifier", catalog.identifiers())
def test_every_release_weighs_its_principles_as_the_guide_does(identifier):
    release = catalog.find(identifier)
    assert {p.key: tuple(p.pillar_weights.values()) for p in release.principles} == PILLAR_WEIGHTS
    assert {p.key for p in release.principles if p.critical} == set(CRITICAL)
    asked = Counter(challenge for principle in release.principles for challenge in principle.challenges)
    assert asked == {"C1": 7, "C2": 4, "C3": 4, "C4": 4, "C5": 5, "C6": 5, "C7": 6, "C8": 7}
    values = Counter(value for principle in release.principles for value in principle.values)
    assert values == {"V1": 5, "V2": 10, "V3": 3, "V4": 8, "V5": 5}
    assert sum(sensitivities(release).values()) == 1


def test_a_level_on_one_question_moves_the_overall_score_by_its_sensitivity():
    values = {q.key: F(2) for q in SMALL.core_questions}
    base = standing(SMALL, values).overall
    for key, share in sensitivities(SMALL).items():
        assert standing(SMALL, values | {key: F(3)}).overall - base == share


def test_an_explanation_adds_up_to_the_number_it_explains():
    found = explain(FULL, score(FULL, [t9()]))
    assert {"overall", "process", "process.principles", "process.direct", "P09"} <= set(found)
    for item in found.values():
        assert sum(term.share * term.value for term in item.terms) == item.value


def test_a_term_without_a_value_has_no_share():
    card = score(framework({"P09": 2}), [respondent({"P09.1": 4})])
    terms = explain(framework({"P09": 2}), card)["P09"].terms
    assert [(term.subject, term.value, term.share) for term in terms] == [("P09.1", 4, 1), ("P09.2", None, None)]


def test_own_scores_leave_out_who_answered_too_little():
    people = [respondent({"P09.1": 2, "P09.2": 3}), respondent({"P09.1": 5}, "bob"), respondent({}, "eve")]
    assert own_scores(framework({"P09": 3}), people) == {"P09": (F(5, 2),)}


# Properties

KEYS = [q.key for q in SMALL.core_questions]
VALUES = st.sampled_from(["na", "?", None, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5])
ANSWERS = st.lists(VALUES, min_size=len(KEYS), max_size=len(KEYS)).map(
    lambda row: {key: value for key, value in zip(KEYS, row, strict=True) if value is not None}
)
COMPLETE = st.lists(st.integers(1, 5), min_size=len(KEYS), max_size=len(KEYS)).map(
    lambda row: dict(zip(KEYS, row, strict=True))
)
QUICK = settings(max_examples=60, deadline=None)


def card_of(*people):
    return score(SMALL, [respondent(answers, str(index)) for index, answers in enumerate(people)])


@QUICK
@given(ANSWERS, ANSWERS)
def test_every_number_stays_on_its_scale(one, other):
    card = card_of(one, other)
    for part in (card.overall, *card.pillars.values(), *card.principles.values()):
        for value in (part.score, part.low, part.high, part.verified_score):
            assert value is None or 1 <= value <= 5
        assert part.low is None or part.low <= part.high
    assert 0 <= card.overall.completeness <= 1
    assert card.overall.level <= card.overall.possible_level


@QUICK
@given(COMPLETE, st.sampled_from(KEYS))
def test_a_better_answer_never_lowers_a_score_or_the_level(answers, key):
    before = card_of(answers)
    after = card_of(answers | {key: min(5, answers[key] + 1)})
    assert after.overall.score >= before.overall.score
    assert after.overall.level >= before.overall.level
    assert after.overall.verified_score >= before.overall.verified_score


@QUICK
@given(ANSWERS, st.sampled_from(KEYS), st.integers(1, 5))
def test_completing_answers_narrows_the_bounds_and_never_lowers_the_level(answers, key, level):
    before = card_of({name: value for name, value in answers.items() if name != key})
    after = card_of({name: value for name, value in answers.items() if name != key} | {key: level})
    assert before.overall.low <= after.overall.low <= after.overall.high <= before.overall.high
    assert after.overall.level >= before.overall.level
    assert after.overall.possible_level <= before.overall.possible_level


@QUICK
@given(COMPLETE, st.integers(2, 3))
def test_the_scale_of_the_weights_and_the_order_of_respondents_are_irrelevant(answers, factor):
    def scaled(by):
        weights = {"P09.1": 2 * by, "PRO.2": 3 * by}
        counts = {"P01": 2, "P09": 3, "P10": 2, "PRO": 2, "TEC": 1, "ORG": 2}
        return framework(counts, weights={key: weights.get(key, by) for key in KEYS})

    people = [respondent(answers, "a"), respondent(dict.fromkeys(KEYS, 3), "b")]
    one, other = score(scaled(1), people), score(scaled(factor), list(reversed(people)))
    assert one.overall == other.overall
    assert one.principles == other.principles


@QUICK
@given(ANSWERS, st.permutations(SMALL.questions))
def test_the_order_of_questions_and_their_weights_is_irrelevant(answers, order):
    turned = SMALL.model_copy(update={"questions": tuple(order), "principles": SMALL.principles[::-1]})
    one, other = (score(release, [respondent(answers)]) for release in (SMALL, turned))
    assert (one.overall.score, one.overall.low, one.overall.high) == (
        other.overall.score,
        other.overall.low,
        other.overall.high,
    )
    assert one.overall.level == other.overall.level
    assert (one.pillars, dict(one.principles)) == (other.pillars, dict(other.principles))


SCORES = st.integers(4, 20).map(lambda quarters: F(quarters, 4))
NUMBERS = st.tuples(SCORES, SCORES, SCORES, SCORES, st.sampled_from([F(79, 100), F(8, 10), F(1)]))


@QUICK
@given(NUMBERS, NUMBERS)
def test_the_staged_level_is_monotone_in_every_number(one, other):
    better = tuple(map(max, one, other))
    found, after = numbers(*one), numbers(*better)
    assert after.level >= max(found.level, numbers(*other).level)
    assert bool(found.blockers) == (found.level < 5)


@QUICK
@given(ANSWERS, st.sampled_from(KEYS), st.sampled_from([1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]))
def test_a_better_answer_to_a_question_that_was_answered_never_lowers_anything(answers, key, value):
    worse = card_of(answers | {key: 1})
    better = card_of(answers | {key: value})
    for part in ("score", "low", "high", "verified_score", "level", "ungated_level", "possible_level"):
        before, after = getattr(worse.overall, part), getattr(better.overall, part)
        assert before is after is None or after >= before


@QUICK
@given(ANSWERS)
def test_not_applicable_in_one_principle_changes_no_other(answers):
    before = card_of(answers)
    after = card_of(answers | {"P09.1": "na", "P09.2": "na", "P09.3": "na"})
    assert {k: v for k, v in before.principles.items() if k != "P09"} == {
        k: v for k, v in after.principles.items() if k != "P09"
    }


@QUICK
@given(ANSWERS)
def test_the_same_answers_give_the_same_card(answers):
    assert card_of(answers).as_dict() == card_of(dict(reversed(answers.items()))).as_dict()


@QUICK
@given(ANSWERS, st.integers(1, 5), st.integers(1, 5))
def test_the_bounds_enclose_the_full_information_score(answers, first, second):
    filled = {key: answers.get(key, first) for key in KEYS}
    filled = {key: second if value == "?" else value for key, value in filled.items()}
    partial, whole = card_of(answers).overall, card_of(filled).overall
    if whole.score is not None:
        assert partial.low <= whole.score <= partial.high


def test_a_respondent_needs_no_answers():
    assert score(SMALL, [Respondent("ana")]).overall.score is None
