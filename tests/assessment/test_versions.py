"""Two releases held against each other: what is common, what is converted, what is too little to compare."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.change import MDC95, Incomparable, compare, why_not_comparable
from assessment.scoring import own_scores, score
from assessment.versions import LEAST_SHARE, Side, bridge, bridge_between, edition, like_for_like
from manifesto.definitions import Crosswalk
from tests.builders import framework, full_framework, question, respondent, text
from tests.releases import NEW, OLD

SUBJECTS = ("P01", "P09", "P15", "process", "technology", "organization", "overall")
OLD_ANSWERS = {
    "P01.1": 3, "P09.1": 2, "P09.2": 3, "P09.3": 1, "P15.1": 3, "P15.2": 2, "PRO.1": 3, "TEC.1": 3, "ORG.1": 3,
}  # fmt: skip
NEW_ANSWERS = {
    "P01.1": 3, "P09.1": 3, "P09.2": 3, "P09.4": 5, "P15.1": 3, "P15.2": 2, "PRO.1": 3, "TEC.1": 3, "ORG.1": 3,
}  # fmt: skip


def card(release, answers, form="full", **evidence):
    marks = {key.replace("_", "."): strength for key, strength in evidence.items()}
    return score(release, [respondent(answers, evidence=marks)], form)


def linked(before, after, older=OLD, newer=NEW, form="full", between=()):
    return like_for_like(bridge(older, newer, between, form), Side.of_card(before), Side.of_card(after))


def rebuilt(release, questions, **changes):
    """The release with other questions."""
    fields = {name: getattr(release, name) for name in type(release).model_fields}
    return type(release)(**fields | {"questions": tuple(questions)} | changes)


def two(old=(), new=(), **changes):
    """The two small releases answered as above, but for these answers."""
    return card(OLD, OLD_ANSWERS | dict(old), **changes), card(NEW, NEW_ANSWERS | dict(new), **changes)


def test_the_worked_example_to_the_last_digit():  # T35
    before, after = two()
    assert (before.principles["P09"].score, after.principles["P09"].score) == (F(2), F(11, 3))
    link = linked(before, after)
    assert link.scores("P09") == (F(5, 2), F(3))
    assert link.delta("P09") == F(1, 2)
    assert link.linked("P09", before.principles["P09"].score) == F(5, 2)
    assert link.linked("P09", 2.0) == 2.5


def test_what_two_releases_have_in_common():
    found = bridge(OLD, NEW)
    assert found.common == {"P01.1", "P09.1", "P09.2", "P15.2", "PRO.1", "TEC.1", "ORG.1"}
    assert found.conversions == {"P15.1": (1, 1, 2, None, 5)}
    assert found.comparability == F(8, 9)  # all of the nine but P09.4


def test_an_old_answer_is_read_by_the_crosswalk():
    """P15: old 3 and 2 are read as 2 and 2, new 3 and 2 stay: 2 and 2.5, where the cards say 2.5 and 2.5."""
    link = linked(*two())
    assert link.converted == {"P15.1": F(2)}
    assert link.scores("P15") == (F(2), F(5, 2))


@pytest.mark.parametrize(("old", "read"), [(1, 1), (1.5, 1), (2, 1), (2.5, F(3, 2)), (3, 2), (5, 5)])
def test_between_two_levels_an_answer_is_converted_in_proportion(old, read):
    assert linked(*two({"P15.1": old})).converted == {"P15.1": read}


@pytest.mark.parametrize("old", [3.5, 4, 4.5])
def test_where_the_old_answer_does_not_tell_the_question_is_left_out_on_both_sides(old):
    """Of P15 remains one question of two, half of its weight: too little."""
    link = linked(*two({"P15.1": old}))
    assert link.unknown == ("P15.1",)
    assert "P15.1" not in link.items
    assert link.not_comparable == ("P15",)
    assert link.scores("P15") == (None, None)
    assert link.comparability == F(7, 9)


def test_what_was_not_answered_then_counts_as_it_would_in_one_release():
    before, after = two({"P15.1": "?"})
    link = linked(before, after)
    assert link.unknown == ()
    assert link.scores("P15") == (F(2), F(5, 2))  # one answer of two is enough for a score


def test_a_principle_that_cannot_be_compared_leaves_both_sides_of_its_pillars():
    """Organization without P15 (20): P01 (40) and ORG.1, 0.7 x 3 + 0.3 x 3; P15 has 0.7 x 20 / 60 of it, 77 % stay."""
    link = linked(*two({"P15.1": 4}, {"P15.1": 5, "P15.2": 5}))
    assert link.delta("organization") == 0
    assert link.scores("organization") == (F(3), F(3))
    assert link.delta("overall") < F(1, 2)


def test_a_pillar_of_which_too_little_can_be_compared_has_no_like_for_like_score():
    older = framework({"P09": 1, "P15": 1, "TEC": 1})
    anew = (question("P09.1", revision=2), question("P15.1"), question("TEC.1"))
    newer = rebuilt(older, anew, version="1.1.0")
    answers = {"P09.1": 3, "P15.1": 3, "TEC.1": 3}
    link = linked(card(older, answers), card(newer, answers), older, newer)
    # technology: P09 70 and P15 40 of 110, times 0.7, and TEC 0.3: 0.3 + 0.7 x 40 / 110 = 0.5545 remain
    assert link.scores("technology") == (None, None)
    assert link.scores("P15") == (F(3), F(3))


def releases_with(old, new):
    """Two releases of P09 alone, from pairs of key and changes."""
    made = [tuple(question(key, **changes) for key, changes in questions.items()) for questions in (old, new)]
    plain = framework({"P09": 1})
    return rebuilt(plain, made[0]), rebuilt(plain, made[1], version="1.1.0")


def is_comparable(old, new) -> bool:
    older, newer = releases_with(old, new)
    cards = [card(release, dict.fromkeys(release.question_by_key, 3)) for release in (older, newer)]
    return "P09" in linked(*cards, older, newer).comparable


def test_sixty_per_cent_of_the_weight_must_be_common_in_either_release():
    assert F(3, 5) == LEAST_SHARE
    three, two_of_them = {"P09.1": {}, "P09.2": {}, "P09.3": {}}, {"P09.1": {}, "P09.2": {}}
    assert is_comparable(three, two_of_them)
    assert not is_comparable(two_of_them, {"P09.1": {}, "P09.3": {}})
    heavy = {"P09.1": {"weight": 3}, "P09.2": {"weight": 2}}
    assert is_comparable(heavy, {"P09.1": {"weight": 3}, "P09.3": {"weight": 2}})
    assert not is_comparable({"P09.1": {}, "P09.2": {"weight": 2}}, {"P09.1": {}})
    assert not is_comparable({"P09.1": {}}, {"P09.1": {}, "P09.2": {"weight": 2}})


def test_each_dimension_must_stay_in_either_release():
    four = {f"P09.{n}": {} for n in (1, 2, 3)}
    latency = {"dimension": "latency"}
    assert is_comparable(four | {"P09.4": latency}, four | {"P09.4": latency})
    assert not is_comparable(four | {"P09.4": latency}, four)
    assert not is_comparable(four, four | {"P09.4": latency})


def test_crosswalks_of_releases_in_the_middle_are_chained():
    def step(number, revision, *levels):
        table = Crosswalk(
            question="P09.1", from_revision=revision - 1, to_revision=revision, levels=levels, reason=text("stricter")
        )
        asked = (question("P09.1", revision=revision),)
        return rebuilt(framework({"P09": 1}), asked, version=f"1.{number}.0", crosswalk=(table,))

    first, middle, last = framework({"P09": 1}), step(1, 2, 1, 1, 2, 3, None), step(2, 3, 1, 2, 2, 3, 4)
    assert bridge(first, last, (middle,)).conversions == {"P09.1": (1, 1, 2, 2, None)}
    assert bridge(first, last).conversions == {}
    assert bridge(middle, last).conversions == {"P09.1": (1, 2, 2, 3, 4)}


def test_other_frameworks_have_no_bridge():
    with pytest.raises(ValueError, match="different frameworks"):
        bridge(OLD, framework({"P09": 1}))


def test_an_answer_of_a_third_release_is_refused():
    other = framework({"P09": 1})
    with pytest.raises(ValueError, match="neither end"):
        linked(card(other, {"P09.1": 3}), card(NEW, NEW_ANSWERS))


def test_installed_releases_are_bridged_whatever_their_order(two_releases):
    there, back = bridge_between("mini@1.0.0", "mini@1.1.0"), bridge_between("mini@1.1.0", "mini@1.0.0")
    assert (there.older, there.newer) == (back.older, back.newer) == two_releases
    assert bridge_between("mini@1.0.0", "dataops@0.9.0") is None
    assert bridge_between("mini@1.0.0", "mini@7.0.0") is None


def test_a_result_of_the_older_release_may_also_come_second():
    before, after = two()
    forth, back = linked(before, after), linked(after, before)
    assert [back.delta(subject) for subject in SUBJECTS] == [-forth.delta(subject) for subject in SUBJECTS]


def test_a_patch_stays_in_the_edition():
    assert edition("dataops@1.0.0") == edition("dataops@1.0.12") != edition("dataops@1.1.0")
    assert edition("other@1.0.0") != edition("dataops@1.0.0")


# Comparisons


def test_a_comparison_across_releases_is_like_for_like_with_the_native_scores_beside():
    before, after = two()
    assert why_not_comparable(before, after) == "framework"
    with pytest.raises(Incomparable, match="framework"):
        compare(NEW, before, after)
    found = compare(NEW, before, after, link=linked(before, after))
    change = found.principles["P09"]
    assert (change.before, change.after, change.delta) == (F(5, 2), F(3), 0.5)
    assert change.native == (F(2), F(11, 3))
    assert change.verdict == "noise"
    assert found.link.comparability == F(8, 9)


def test_what_is_not_comparable_has_no_change_but_its_native_scores():
    before, after = two({"P15.1": 4})
    found = compare(NEW, before, after, link=linked(before, after))
    change = found.principles["P15"]
    assert (change.before, change.after, change.delta, change.verdict) == (None, None, None, None)
    assert change.native == (F(3), F(5, 2))
    assert found.link.not_comparable == ("P15",)


def test_limits_of_pillars_count_what_is_compared_only():
    """Organization without P15 is P01 with 0.7 and its own question with 0.3."""
    before, after = two({"P15.1": 4})
    found = compare(NEW, before, after, link=linked(before, after))
    assert found.pillars["organization"].limit == pytest.approx(MDC95 * (0.7**2 + 0.3**2) ** 0.5)


def test_limits_are_those_of_one_release_when_everything_is_common():
    older, newer = full_framework(), full_framework(version="1.1.0")
    answers = dict.fromkeys(older.question_by_key, 3)
    cards = card(older, answers), card(newer, answers)
    across = compare(newer, *cards, link=linked(*cards, older, newer))
    within = compare(newer, cards[1], cards[1])
    for subject in ("process", "technology", "organization"):
        assert across.pillars[subject].limit == pytest.approx(within.pillars[subject].limit)
    assert across.overall.limit == pytest.approx(within.overall.limit)


def test_another_form_of_another_release_is_refused_for_its_release_first():
    short, full = card(NEW, NEW_ANSWERS, "short"), card(NEW, NEW_ANSWERS)
    with pytest.raises(Incomparable, match="form"):
        compare(NEW, short, full, link=linked(*two()))


def test_a_converted_answer_is_never_a_verified_step():
    before, after = two({"P15.1": 2, "P15.2": 1}, {}, P15_1=2, P15_2=2)
    steps = compare(NEW, before, after, link=linked(before, after)).verified
    assert [(step.question, step.before, step.after) for step in steps] == [("P15.2", 1, 2)]


def test_several_respondents_are_tested_on_the_common_questions():
    """Five persons, P09.1 and P09.2 of P09: the spread of their own like-for-like means decides, m = 2 (T31)."""
    rows = [((2, 2), (3, 3)), ((2, 3), (3, 4)), ((2, 2), (3, 3)), ((3, 3), (3, 4)), ((2, 3), (3, 3))]
    first = [respondent({"P09.1": a, "P09.2": b, "P09.3": 1}, str(n)) for n, ((a, b), _) in enumerate(rows)]
    second = [respondent({"P09.1": a, "P09.2": b, "P09.4": 5}, str(n)) for n, (_, (a, b)) in enumerate(rows)]
    before, after = score(OLD, first), score(NEW, second)
    link = linked(before, after)
    own = [link.own_scores(before.framework, first), link.own_scores(after.framework, second)]
    assert own[0]["P09"] == (F(2), F(5, 2), F(2), F(3), F(5, 2))
    change = compare(NEW, before, after, link=link, own_before=own[0], own_after=own[1]).principles["P09"]
    assert (change.regime, change.verdict) == ("several", "clear")
    assert change.limit == pytest.approx(0.5304, abs=5e-5)


# Properties

halves = st.integers(2, 10).map(lambda number: F(number, 2))
said = st.one_of(halves, st.sampled_from(["na", "?"]))


@st.composite
def rounds(draw, release=NEW):
    keys = list(release.question_by_key)
    return draw(st.fixed_dictionaries({}, optional=dict.fromkeys(keys, said)))


@given(rounds(), rounds())
def test_within_one_release_like_for_like_is_native_and_all_is_comparable(first, second):
    before, after = card(NEW, first), card(NEW, second)
    link = linked(before, after, NEW, NEW)
    assert link.comparability == 1
    assert link.not_comparable == ()
    for side, native in ((link.before, before), (link.after, after)):
        assert side.overall == native.overall.score
        assert side.principles == {key: part.score for key, part in native.principles.items()}
        assert side.pillars == {key: part.score for key, part in native.pillars.items()}
    people = [respondent(second, "a"), respondent(first, "b")]
    assert link.own_scores(NEW.identifier, people) == own_scores(NEW, people)


@given(rounds(OLD), rounds(NEW), st.permutations(OLD.questions), st.permutations(NEW.questions))
def test_the_order_of_questions_plays_no_part(first, second, old_order, new_order):
    shuffled = [rebuilt(release, order) for release, order in ((OLD, old_order), (NEW, new_order))]
    plain = linked(card(OLD, first), card(NEW, second))
    mixed = linked(card(shuffled[0], first), card(shuffled[1], second), *shuffled)
    assert mixed.items == plain.items
    assert [mixed.scores(subject) for subject in SUBJECTS] == [plain.scores(subject) for subject in SUBJECTS]


@given(rounds(OLD), rounds(NEW), halves)
def test_a_retired_or_new_answer_moves_no_like_for_like_score(first, second, value):
    plain = linked(card(OLD, first), card(NEW, second))
    moved = linked(card(OLD, first | {"P09.3": value}), card(NEW, second | {"P09.4": value}))
    assert [moved.scores(subject) for subject in SUBJECTS] == [plain.scores(subject) for subject in SUBJECTS]
