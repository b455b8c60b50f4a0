"""Last time's answers beside questions that have changed since, and assessments that stay on their release."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from assessment import actions
from assessment.hints import read_by_today
from assessment.models import Answer
from manifesto.export import framework_hash
from tests.assessment.rooms import LATER, closed_under, opened
from tests.assessment.test_versions import OLD_ANSWERS


@pytest.fixture
def releases(two_releases):
    return two_releases


def under(cast, release, **settings):
    return opened(cast, framework=release, framework_hash=framework_hash(release), **settings)


def last_of(result) -> dict:
    return Answer.objects.filter(respondent__assessment=result.assessment).by_key()


def section(client, assessment, subject="P15") -> str:
    return " ".join(client.get(reverse("section", args=[assessment.pk, subject])).content.decode().split())


def test_a_re_anchored_question_shows_last_times_level_by_todays_anchors(cast, releases, sign_in):
    """Old level 3 of P15.1 is read as 2; P15.2 means the same and keeps its 2."""
    old, new = releases
    closed_under(cast, old, OLD_ANSWERS, period="2026-Q2")
    page = section(sign_in(cast.alice), under(cast, new))
    first, second = page.split('id="q-P15_2"')
    assert re.search(r'anchor--last"> <input type="radio" name="P15_1-choice" value="2">', first)
    assert "last time, read by today's anchors" in first
    assert "Same as last time" not in first
    assert re.search(r'anchor--last"> <input type="radio" name="P15_2-choice" value="2">', second)
    assert "Same as last time" in second
    assert "read by today" not in second


def test_half_a_level_is_converted_in_proportion_and_evidence_stays_behind(cast, releases):
    old, new = releases
    result = closed_under(cast, old, OLD_ANSWERS | {"P15.1": 2.5}, evidence={"P15.1": 2}, period="2026-Q2")
    hint = read_by_today(new, last_of(result))["P15.1"]
    assert (hint.level, hint.partly, hint.converted, hint.evidence_strength, hint.pk) == (1, True, True, 0, None)


@pytest.mark.parametrize("level", [3.5, 4])
def test_what_the_crosswalk_does_not_tell_is_no_hint(cast, releases, level):
    old, new = releases
    result = closed_under(cast, old, OLD_ANSWERS | {"P15.1": level}, period="2026-Q2")
    assert "P15.1" not in read_by_today(new, last_of(result))


def test_within_one_release_hints_are_the_answers_themselves(cast, releases):
    old, _new = releases
    result = closed_under(cast, old, OLD_ANSWERS, period="2026-Q2")
    last = last_of(result)
    assert read_by_today(old, last) == last


def test_carrying_answers_on_copies_only_what_means_the_same(cast, releases):
    old, new = releases
    short = closed_under(cast, old, {"P01.1": 3, "P09.1": 3, "P15.1": 3}, form="short")
    full = actions.open_assessment(
        user=cast.alice,
        team=cast.atlas,
        framework=new,
        framework_hash=framework_hash(new),
        period="2026-Q3",
        mode="single",
        form="full",
        scope="",
        now=LATER,
        carry_from=short.assessment,
    )
    assert set(Answer.objects.filter(respondent__assessment=full).by_key()) == {"P01.1", "P09.1"}


def test_an_assessment_that_is_open_stays_on_its_release(cast, releases, sign_in):
    """mini@1.1.0 is installed, and the older questionnaire still asks its own questions."""
    old, _new = releases
    page = section(sign_in(cast.alice), under(cast, old), "P09")
    assert "P09.3" in page
    assert "P09.4" not in page
