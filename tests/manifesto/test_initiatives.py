"""The catalogue of initiatives as shipped, held against the questions that it promises to lift."""

import re
from fractions import Fraction

import pytest

from manifesto import catalog

HALF = Fraction(1, 2)
WRITTEN = {
    "two": 2, "twice": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "twelve": 12,
    "dois": 2, "duas": 2, "três": 3, "quatro": 4, "cinco": 5, "seis": 6, "dez": 10, "doze": 12,
}  # fmt: skip
EVENTS = {
    "I05": "was started by a failed check",
    "I09": "never reached the published tables",
    "I20": "links to an action with a due date",
    "I41": "was taken by the team after a time-boxed trial",
    "I43": "was shown in a demo",
    "I44": "its old path is switched off",
}
"""The initiatives whose done-when has no number, with the event that someone else can check instead."""


@pytest.fixture(scope="module")
def framework():
    return catalog.find("dataops@1.0.0")


@pytest.fixture(scope="module")
def initiatives(framework):
    return framework.initiative_by_id


def liftable(framework):
    """The questions that must be lifted: the core and the MLOps module."""
    return [*framework.core_questions, *framework.questions_by_subject.get("MLO", ())]


def in_order(initiatives, last_first=False):
    """Every initiative after its prerequisites; AssertionError when they go in a circle."""
    order, left = [], dict(sorted(initiatives.items(), reverse=last_first))
    while left:
        ready = [one for one in left.values() if not set(one.prerequisites) & set(left)]
        assert ready, f"in a circle: {sorted(left)}"
        order.append(ready[0])
        del left[ready[0].id]
    return order


def level_after(order, key, smallest=Fraction(0)):
    """Where the question `key` stands after everything in `order`, from level 1; lifts below `smallest` don't count."""
    level = Fraction(1)
    for one in order:
        lift = one.lifts.get(key, Fraction(0))
        if lift >= smallest:
            level += min(lift, max(Fraction(0), one.cap - level))
    return level


def numbers(text):
    """The numbers in a text, in digits or written out, in ascending order."""
    return sorted(WRITTEN.get(word) or int(word) for word in re.findall(r"\w+", text.lower()) if is_number(word))


def is_number(word):
    return word in WRITTEN or word.isdigit()


def test_there_are_at_least_sixty(initiatives):
    assert len(initiatives) >= 60


def test_prerequisites_exist_and_lead_in_no_circle(initiatives):
    assert {name for one in initiatives.values() for name in one.prerequisites} <= set(initiatives)
    assert len(in_order(initiatives)) == len(initiatives)


def test_a_chain_of_prerequisites_has_at_most_five_initiatives(initiatives):
    lengths = {}
    for one in in_order(initiatives):
        lengths[one.id] = 1 + max((lengths[name] for name in one.prerequisites), default=0)
    assert max(lengths.values()) <= 5


def test_at_least_ten_can_start_at_once(initiatives):
    assert sum(not one.prerequisites for one in initiatives.values()) >= 10


def test_every_core_and_mlops_question_is_lifted(framework, initiatives):
    lifted = {key for one in initiatives.values() for key in one.lifts}
    assert {question.key for question in liftable(framework)} <= lifted


@pytest.mark.parametrize("last_first", [False, True])
def test_after_all_of_them_no_question_stays_below_four(framework, initiatives, last_first):
    order = in_order(initiatives, last_first)
    behind = {q.key: level for q in liftable(framework) if (level := level_after(order, q.key)) < 4}
    assert behind == {}


def test_four_is_reached_without_counting_what_only_helps(framework, initiatives):
    order = in_order(initiatives)
    behind = {q.key: level for q in liftable(framework) if (level := level_after(order, q.key, Fraction(1))) < 4}
    assert behind == {}


def test_every_principle_is_lifted_by_at_least_two(framework, initiatives):
    for principle in framework.principles:
        keys = {question.key for question in framework.questions_by_subject[principle.key]}
        assert sum(bool(keys & set(one.lifts)) for one in initiatives.values()) >= 2, principle.key


def test_lifts_and_caps_are_on_the_scale(initiatives):
    for one in initiatives.values():
        assert one.lifts, one.id
        assert 1 < one.cap <= 5, one.id
        for key, lift in one.lifts.items():
            assert 0 < lift <= 4, (one.id, key)
            assert lift == HALF or lift.denominator == 1, (one.id, key)
            assert 1 + lift <= one.cap, (one.id, key)


def test_each_fits_into_a_quarter(initiatives):
    for one in initiatives.values():
        assert 0 < one.effort <= 8, one.id
        assert 0 <= one.run_cost <= 1, one.id
        assert one.confidence in (Fraction(1), Fraction(4, 5), HALF), one.id


def test_a_quick_win_costs_at_most_three_person_weeks(initiatives):
    assert all(one.effort <= 3 for one in initiatives.values() if one.quick_win)


def test_each_says_in_both_languages_what_it_means_how_to_start_and_when_it_is_done(initiatives):
    for one in initiatives.values():
        for text in (one.name, one.summary, one.first_step, one.done_when):
            assert text is not None, one.id
            assert text.en != text.pt_br, one.id


def test_a_summary_has_three_sentences(initiatives):
    for one in initiatives.values():
        for text in (one.summary.en, one.summary.pt_br):
            assert len(re.findall(r"[.!?](?=\s|$)", text)) == 3, (one.id, text)


def test_done_when_gives_the_same_numbers_in_both_languages(initiatives):
    for one in initiatives.values():
        assert numbers(one.done_when.en) == numbers(one.done_when.pt_br), one.id


def test_done_when_has_a_number_or_an_event_that_can_be_checked(initiatives):
    without = {one.id: one.done_when.en for one in initiatives.values() if not numbers(one.done_when.en)}
    assert set(without) == set(EVENTS)
    for name, event in EVENTS.items():
        assert event in without[name]


def test_the_first_list_comes_before_everything_and_is_cheap(initiatives):
    first = initiatives["I51"]
    assert (first.effort, first.cap, first.prerequisites) == (1, 2, ())
    assert {"P02.1", "P07.1", "P09.1", "P10.1", "P13.1", "P16.1", "P17.1", "TEC.1"} == set(first.lifts)


@pytest.mark.parametrize(
    ("name", "unneeded"),
    [("I12", "I16"), ("I22", "I21"), ("I10", "I08"), ("I25", "I23"), ("I30", "I37"), ("I41", "I40")],
)
def test_what_can_start_alone_waits_for_nothing(initiatives, name, unneeded):
    assert unneeded not in initiatives[name].prerequisites
