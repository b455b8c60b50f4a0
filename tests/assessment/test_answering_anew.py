"""Questions to answer anew: what an initiative that was marked done asks of the next assessment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from assessment.actions import ask_anew, stop_asking
from assessment.models import Answer, Reconfirmation
from tests.assessment.rooms import LATER, close, closed, level, opened, save
from tests.cast import NOW

MARKED = LATER + timedelta(hours=1)
AFTER = MARKED + timedelta(hours=1)


def mark(cast, *keys, initiative="I08", evidence="https://example.org/run", now=MARKED, name=""):
    ask_anew(user=cast.bob, team=cast.atlas, initiative=initiative, name=name, questions=keys, evidence=evidence,
             now=now)  # fmt: skip


@pytest.fixture
def assessment(cast):
    """Open, with a closed one before it."""
    closed(cast)
    return opened(cast, period="2026-Q4")


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_task_list_names_the_questions_with_who_marked_what_when(cast, sign_in, assessment):
    mark(cast, "P15.1", "P16.1")
    page = sign_in(cast.alice).get(reverse("assessment", args=[assessment.pk]))
    words = text_of(page)
    assert "2 questions to answer anew" in words
    assert "was marked done on 1 Jul 2026 by Bob: answer anew, with evidence." in words
    assert [card.key for card in page.context["sheet"].anew] == ["P15.1", "P16.1"]


def test_the_question_says_why_and_links_the_evidence(cast, sign_in, assessment):
    mark(cast, "P15.1")
    page = text_of(sign_in(cast.alice).get(reverse("section", args=[assessment.pk, "P15"])))
    assert page.count("was marked done on") == 1
    assert 'href="https://example.org/run"' in page


def test_no_answer_changes_by_itself(cast, assessment):
    save(cast.alice, assessment, "P15.1", level(2))
    before = list(Answer.objects.values())
    mark(cast, "P15.1")
    assert list(Answer.objects.values()) == before


def test_a_new_answer_takes_the_question_off_the_list_but_the_reason_stays_with_it(cast, sign_in, assessment):
    mark(cast, "P15.1")
    save(cast.alice, assessment, "P15.1", level(4, evidence_url="run"), now=AFTER)
    client = sign_in(cast.alice)
    assert client.get(reverse("assessment", args=[assessment.pk])).context["sheet"].anew == []
    assert "was marked done on" in text_of(client.get(reverse("section", args=[assessment.pk, "P15"])))


def test_an_answer_from_before_the_mark_has_to_be_given_again(cast, sign_in, assessment):
    save(cast.alice, assessment, "P15.1", level(2))
    mark(cast, "P15.1")
    page = sign_in(cast.alice).get(reverse("assessment", args=[assessment.pk]))
    assert [card.key for card in page.context["sheet"].anew] == ["P15.1"]


def test_after_the_next_closing_nothing_is_asked_anew(cast, assessment):
    mark(cast, "P15.1")
    assert Reconfirmation.objects.due_for(assessment).count() == 1
    save(cast.alice, assessment, "P15.1", level(4), now=AFTER)
    close(cast.alice, assessment, AFTER)
    following = opened(cast, period="2027-Q1", now=AFTER)
    assert not Reconfirmation.objects.due_for(following).exists()


def test_another_team_is_asked_nothing(cast):
    mark(cast, "P15.1")
    other = opened(cast, team=cast.boreal, user=cast.carla)
    assert not Reconfirmation.objects.due_for(other).exists()


def test_a_team_without_a_closing_is_asked_in_its_first_assessment(cast):
    mark(cast, "P15.1", now=NOW)
    assert Reconfirmation.objects.due_for(opened(cast)).count() == 1


def test_marking_again_keeps_one_row_and_not_done_after_all_takes_it_off(cast):
    mark(cast, "P15.1")
    mark(cast, "P15.1", evidence="run 13", now=AFTER)
    row = Reconfirmation.objects.get()
    assert (row.evidence, row.marked_at) == ("run 13", AFTER)
    mark(cast, "P15.1", initiative="I09")
    stop_asking(team=cast.atlas, initiative="I08")
    assert [row.initiative for row in Reconfirmation.objects.all()] == ["I09"]


def test_the_list_can_be_filtered_and_check_your_answers_has_it_too(cast, sign_in, assessment):
    mark(cast, "P15.1")
    client = sign_in(cast.alice)
    page = client.get(reverse("assessment", args=[assessment.pk]), {"show": "anew"})
    assert [section.key for section in page.context["sections"]] == ["P15"]
    assert "1 question to answer anew" in text_of(client.get(reverse("check-answers", args=[assessment.pk])))


def test_a_teams_own_initiative_is_named_literally_and_evidence_is_no_script(cast, sign_in, assessment):
    mark(cast, "P15.1", initiative="T1", name="<i>ours</i>", evidence="javascript:alert(1)")
    page = text_of(sign_in(cast.alice).get(reverse("section", args=[assessment.pk, "P15"])))
    assert "T1 &lt;i&gt;ours&lt;/i&gt; was marked done" in page
    assert 'href="javascript' not in page
