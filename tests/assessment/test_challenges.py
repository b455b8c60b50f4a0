from fractions import Fraction as F

from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.challenges import challenge_scores
from assessment.scorecard import Scorecard
from assessment.scoring import score
from manifesto.definitions import Named
from tests.builders import framework, principle, respondent, text

ADDRESSED = {"P01": ("C1",), "P02": ("C1", "C2"), "P09": ("C2",), "P10": ("C2", "C3"), "P11": ("C4",)}
CHALLENGES = ("C1", "C2", "C3", "C4")
RELEASE = framework(
    dict.fromkeys(ADDRESSED, 2),
    principles=tuple(principle(key, challenges=challenges) for key, challenges in ADDRESSED.items()),
    challenges=tuple(Named(key=key, slug=key.lower(), name=text(key), description=text(key)) for key in CHALLENGES),
)
KEYS = [question.key for question in RELEASE.questions]


def of(**values):
    """The challenges by key, from the value of both questions of each principle; None: nobody answered."""
    answers = {f"{key}.{n}": value for key, value in values.items() for n in (1, 2) if value is not None}
    return {item.key: item for item in challenge_scores(RELEASE, score(RELEASE, [respondent(answers)]))}


def test_the_challenge_that_hurts_most_comes_first():
    found = of(P01=4, P02=3, P09=2, P10=1, P11=5)
    assert [(key, item.score) for key, item in found.items()] == [("C3", 1), ("C2", 2), ("C1", F(7, 2)), ("C4", 5)]
    assert found["C2"].principles == found["C2"].scored == ("P02", "P09", "P10")
    assert (found["C2"].weakest, found["C2"].low, found["C2"].high) == (("P10",), 2, 2)


def test_equal_challenges_keep_the_order_of_the_framework():
    assert list(of(P01=3, P02=3, P09=3, P10=3, P11=3)) == ["C1", "C2", "C3", "C4"]
    assert of(P01=3, P02=3, P09=3, P10=3, P11=3)["C2"].weakest == ("P02", "P09", "P10")


def test_half_of_the_principles_are_enough_for_a_score_and_bounds_tell_the_rest():
    found = of(P01=4, P02=None, P10=2)
    assert (found["C1"].score, found["C1"].scored) == (4, ("P01",))
    assert (found["C1"].low, found["C1"].high) == (F(5, 2), F(9, 2))
    assert (found["C2"].score, found["C2"].low, found["C2"].high) == (None, F(4, 3), 4)


def test_challenges_without_a_score_come_last():
    found = of(P01=4, P02=4)
    assert list(found) == ["C1", "C2", "C3", "C4"]
    assert [found[key].score for key in ("C2", "C3", "C4")] == [None, None, None]


def test_a_principle_without_applicable_questions_is_not_asked_for():
    found = of(P01=4, P02="na", P11="na")
    assert (found["C1"].score, found["C1"].low, found["C1"].high) == (4, 4, 4)
    assert (found["C4"].score, found["C4"].low, found["C4"].high) == (None, None, None)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["na", "?", 1, 1.5, 2, 3, 3.5, 4, 5])))
def test_scores_lie_inside_their_bounds_and_a_stored_card_gives_the_same(answers):
    card = score(RELEASE, [respondent(answers)])
    found = challenge_scores(RELEASE, card)
    assert challenge_scores(RELEASE, Scorecard.from_dict(card.as_dict())) == found
    assert sorted(item.key for item in found) == list(CHALLENGES)
    scores = [item.score for item in found if item.score is not None]
    assert scores == sorted(scores)
    for item in found:
        assert item.low is None or 1 <= item.low <= item.high <= 5
        assert item.score is None or 1 <= item.score <= 5
