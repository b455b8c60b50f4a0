import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.agreement import mean, variance
from assessment.anonymity import (
    Comment,
    Shown,
    check_threshold,
    may_be_anonymous,
    may_be_shown,
    publish,
    shown,
    shown_by_question,
    shown_comments,
)
from assessment.answers import Answer, Respondent
from assessment.scoring import own_scores, score
from tests.assessment.rooms import FRAMEWORK

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


# --- publishing sheets ------------------------------------------------------------------------------------------------


def levels(*values):
    return [Answer(level=value) for value in values]


def sheets_of(*people):
    """Sheets of p0, p1 ... from mappings of question key to level, answer or None."""
    return [
        Respondent(f"p{n}", {k: a if isinstance(a, Answer) else Answer(level=a) for k, a in said.items() if a})
        for n, said in enumerate(people)
    ]


def questions_of(published):
    """The kept answers by question, whatever sheet they were dealt to."""
    found = {}
    for sheet in published.sheets:
        for key, answer in sheet.answers.items():
            found.setdefault(key, []).append(answer)
    return found


DONT_KNOW, WAIVED = Answer("dont_know"), Answer("not_applicable", reason="no models here")


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        (levels(1, 2, 3, 4, 5), True),
        (levels(1, 2, 3, 4), False),
        ([*levels(3), *[DONT_KNOW] * 4], False),  # five respondents of whom four can't tell are one
        ([*levels(3, 3, 3, 3, 3), DONT_KNOW], True),
        ([WAIVED] * 5, True),
        ([*[WAIVED] * 5, *levels(2)], False),  # the one level would be told
        ([*[WAIVED] * 4, *[DONT_KNOW] * 5], False),
        ([DONT_KNOW] * 5, True),
        ([DONT_KNOW] * 4, False),
        ([], False),
    ],
)
def test_five_people_stand_behind_what_a_question_shows(answers, shown):
    assert may_be_shown(answers) is shown


def test_a_hidden_question_leaves_nothing_but_the_number_of_answers():
    published = publish(sheets_of(*[{"P09.1": 2, "P09.2": 5}] * 4, {"P09.1": 3}, {}))
    assert questions_of(published) == {"P09.1": levels(2, 2, 2, 2, 3)}
    assert (published.hidden, published.people) == ({"P09.2": 4}, 5)


def test_sheets_are_dealt_anew_so_that_none_is_a_persons():
    """Everybody who is high on one question is low on the other; of the sheets that come out none says so."""
    published = publish(sheets_of(*[{"P09.1": level, "P09.2": 6 - level} for level in (1, 2, 3, 4, 5)]))
    assert [sheet.answers for sheet in published.sheets] == [
        {"P09.1": Answer(level=level), "P09.2": Answer(level=level)} for level in (1, 2, 3, 4, 5)
    ]
    assert [sheet.id for sheet in published.sheets] == [f"anonymous-{number}" for number in (1, 2, 3, 4, 5)]


def test_nothing_written_and_no_checked_evidence_stays_on_the_dealt_sheets():
    named = Answer(level=5, evidence_strength=2, holders=("AB",))
    kept = questions_of(publish(sheets_of(*[{"ROL.engineer": named, "P09.1": WAIVED}] * 5)))
    assert set(kept["ROL.engineer"]) == {Answer(level=5, evidence_strength=1)}
    assert set(kept["P09.1"]) == {Answer("not_applicable", reason="withheld")}


def comments_of(count, question="P09.1"):
    return [Comment(f"p{n}", question, f"comment {n}") for n in range(count)]


def test_comments_are_kept_by_question_from_five_authors_on():
    people = sheets_of(*[{"P09.1": 3, "P09.2": 3}] * 5, {"P10.1": 1})
    assert publish(people, comments_of(4)).comments == {}
    assert publish(people, [*comments_of(4), Comment("p4", "P09.2", " ")]).comments == {}
    kept = publish(people, [*comments_of(4), Comment("p4", "P09.2", "other")]).comments
    assert (sorted(kept["P09.1"]), kept["P09.2"]) == ([f"comment {n}" for n in range(4)], ("other",))
    assert publish(people, reversed([*comments_of(4), Comment("p4", "P09.2", "other")])).comments == kept


def test_a_comment_on_a_hidden_question_is_neither_kept_nor_counted():
    people = sheets_of(*[{"P09.1": 3}] * 5, {"P10.1": 1})
    hidden = Comment("p5", "P10.1", "we do it by hand")
    assert publish(people, [*comments_of(4), hidden]).comments == {}
    assert set(publish(people, [*comments_of(5), hidden]).comments) == {"P09.1"}


def test_publishing_refuses_a_threshold_that_protects_nobody():
    with pytest.raises(ValueError, match="at least 4 people, not 3"):
        publish([], k_min=3)


KEYS = ("P09.1", "P09.2", "P09.3", "P10.1", "PRO.1")
ANSWERS = st.one_of(
    st.builds(Answer, level=st.integers(1, 4), partly=st.booleans(), evidence_strength=st.integers(0, 1)),
    st.just(Answer(level=5)),
    st.just(DONT_KNOW),
    st.just(WAIVED),
)
ROUNDS = st.lists(st.dictionaries(st.sampled_from(KEYS), ANSWERS), min_size=1, max_size=9)


@given(ROUNDS, st.integers(4, 6), st.data())
def test_what_fewer_people_said_than_the_threshold_changes_nothing_that_is_kept(round_, k_min, data):
    """Neither number nor sentence made from the result can depend on a hidden answer: it isn't there."""
    people = sheets_of(*round_)
    before = publish(people, k_min=k_min)
    changed = [
        {key: data.draw(ANSWERS) if key in before.hidden else answer for key, answer in sheet.answers.items()}
        for sheet in people
    ]
    after = publish(sheets_of(*changed), k_min=k_min)
    if set(after.hidden) == set(before.hidden):  # else other answers made a question one that may be shown
        assert after == before


@given(ROUNDS, st.randoms(use_true_random=False))
def test_who_gave_which_answer_changes_nothing_that_is_kept(round_, chance):
    people = sheets_of(*round_)
    mixed = [{} for _ in people]
    for key in KEYS:
        owners = [n for n, sheet in enumerate(people) if key in sheet.answers]
        answers = [people[n].answers[key] for n in owners]
        chance.shuffle(answers)
        for n, answer in zip(owners, answers, strict=True):
            mixed[n][key] = answer
    assert publish(sheets_of(*mixed)) == publish(people)


@settings(deadline=None)
@given(ROUNDS)
def test_the_dealt_sheets_score_like_the_answers_that_may_be_shown(round_):
    people = sheets_of(*round_)
    published = publish(people)
    shown_only = [
        Respondent(sheet.id, {key: answer for key, answer in sheet.answers.items() if key not in published.hidden})
        for sheet in people
    ]
    assert score(FRAMEWORK, published.sheets).as_dict() == score(FRAMEWORK, shown_only).as_dict()


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({key: st.integers(1, 5) for key in KEYS[:3]}), min_size=5, max_size=9))
def test_persons_own_scores_keep_their_mean_and_never_lose_spread(round_):
    people = sheets_of(*round_)
    real, dealt = (own_scores(FRAMEWORK, sheets)["P09"] for sheets in (people, publish(people).sheets))
    assert mean(dealt) == mean(real)
    assert variance(dealt) >= variance(real)
