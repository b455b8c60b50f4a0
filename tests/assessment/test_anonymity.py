import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.anonymity import (
    Shown,
    check_threshold,
    may_be_anonymous,
    shown,
    shown_by_question,
    shown_comments,
)

NOTHING = Shown(False, frozenset())


def parts(k_min=5, **answers):
    return shown(answers, k_min)


def test_fewer_than_five_answers_show_nothing():
    assert parts(recife=4) == parts(recife=2, natal=2) == parts() == NOTHING
    assert parts(recife=5) == Shown(True, frozenset({"recife"}))
    assert parts(4, recife=4).total


def test_the_threshold_holds_per_question():
    found = shown_by_question({"P09.1": {"recife": 5}, "P09.2": {"recife": 1}, "P10.1": {}})
    assert [found[key].total for key in found] == [True, False, False]


def test_large_parts_are_all_shown():
    assert parts(recife=5, natal=6, sede=7).parts == {"recife", "natal", "sede"}


def test_a_single_hidden_part_takes_the_next_smallest_with_it():
    assert parts(recife=3, natal=6, sede=9).parts == {"sede"}
    assert parts(recife=3, natal=9).parts == frozenset()


def test_a_part_is_hidden_when_the_others_are_too_few_together():
    assert parts(recife=2, natal=2, sede=8) == Shown(True, frozenset())
    assert parts(recife=3, natal=2, sede=8).parts == {"sede"}
    assert parts(recife=3, natal=1, sede=8, polo=5).parts == {"sede"}


def test_an_empty_part_gives_nobody_away():
    assert parts(recife=5, natal=0) == Shown(True, frozenset({"recife"}))


def test_equal_parts_are_hidden_by_name_so_that_the_choice_is_always_the_same():
    assert parts(c=5, b=5, a=1).parts == parts(a=1, b=5, c=5).parts == {"c"}


def test_the_threshold_is_never_below_four():
    assert check_threshold(4) == 4
    for call in (check_threshold, lambda k: shown({"a": 9}, k), lambda k: shown_comments([], "x", k)):
        with pytest.raises(ValueError, match="at least 4 people, not 3"):
            call(3)


def test_a_small_team_answers_by_name_or_in_consensus():
    assert [may_be_anonymous(people) for people in (4, 5)] == [False, True]
    assert may_be_anonymous(4, k_min=4)


COMMENTS = [(f"person {n}", f"comment {n}") for n in range(6)]


def test_comments_need_five_authors():
    assert shown_comments([*COMMENTS[:4], ("person 0", "again"), ("person 9", "  ")], "seed") == ()
    assert sorted(shown_comments(COMMENTS[:5], "seed")) == [f"comment {n}" for n in range(5)]


def test_the_order_of_comments_depends_on_the_seed_and_not_on_who_wrote_first():
    first = shown_comments(COMMENTS, "seed")
    assert first == shown_comments(reversed(COMMENTS), "seed")
    assert len({shown_comments(COMMENTS, str(seed)) for seed in range(20)}) > 10


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12))


@given(COUNTS, st.integers(4, 7))
def test_nothing_shown_lets_fewer_people_than_the_threshold_be_computed_by_subtraction(counts, k_min):
    found = shown(counts, k_min)
    rest = sum(counts.values()) - sum(counts[part] for part in found.parts)
    hidden = [count for part, count in counts.items() if part not in found.parts and count]
    assert all(counts[part] >= k_min for part in found.parts)
    if found.total:
        assert rest == 0 or rest >= k_min
        assert len(hidden) != 1 or hidden[0] >= k_min
    else:
        assert not found.parts


@given(COUNTS, st.integers(4, 7))
def test_no_more_is_hidden_than_needed(counts, k_min):
    found = shown(counts, k_min)
    extra = sorted(count for part, count in counts.items() if part not in found.parts and count >= k_min)
    if found.total and extra:
        rest = sum(counts.values()) - sum(counts[part] for part in found.parts)
        assert 0 < rest - extra[-1] < k_min


@given(COUNTS)
def test_the_order_of_the_parts_is_irrelevant(counts):
    assert shown(counts) == shown(dict(reversed(counts.items())))
