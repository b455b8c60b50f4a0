"""A network that repeats and delays: whatever arrives again or late, the state is that of each save once, in order."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessment import actions
from assessment.actions import Entry
from assessment.models import Answer, Assessment, Revision
from tests.assessment.rooms import level, opened, save

QUESTIONS = ("P09.1", "P10.1", "P11.1")
PLAIN = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass(frozen=True)
class Sent:
    """One save as it left the browser: it replaces `version`, which the confirmation of the one before told."""

    key: str
    entry: Entry
    version: int
    save_id: str


entries = st.one_of(
    st.builds(level, st.integers(1, 4), partly=st.booleans(), note=st.sampled_from(["", "A", "B"])),
    st.just(Entry(state="dont_know")),
    st.builds(Entry, note=st.sampled_from(["", "A"])),
)
edits = st.lists(st.tuples(st.sampled_from(QUESTIONS), entries), min_size=1, max_size=8)


@st.composite
def deliveries(draw) -> tuple[list[Sent], list[Sent]]:
    """The saves in order, and the order in which their copies arrive.

    A browser sends the next save of a question only after the one before was confirmed, so the first copies keep
    their order within a question; everything else may come at any time after the first copy.
    """
    sent: list[Sent] = []
    for key, entry in draw(edits):
        version = sum(other.key == key for other in sent)
        sent.append(Sent(key, entry, version, f"{len(sent):x}"))
    arriving: list[Sent] = []
    waiting = {key: [save for save in sent if save.key == key] for key in QUESTIONS}
    copies = {save: draw(st.integers(0, 4)) for save in sent}
    while any(waiting.values()) or any(copies[save] for save in arriving):
        ready = [queue[0] for queue in waiting.values() if queue]
        late = sorted({save for save in arriving if copies[save]}, key=sent.index)
        save_ = draw(st.sampled_from(ready + late))
        if save_ in ready:
            waiting[save_.key].pop(0)
        else:
            copies[save_] -= 1
        arriving.append(save_)
    return sent, arriving


def state(assessment) -> tuple[list, list]:
    """Every answer and every revision, without row numbers."""
    said = ("state", "level", "partly", "note", "version", "updated_by_name")
    answers = Answer.objects.filter(respondent__assessment=assessment).order_by("question_key")
    revisions = Revision.objects.filter(answer__respondent__assessment=assessment)
    return (
        list(answers.values_list("question_key", *said)),
        list(
            revisions.order_by("answer__question_key", "version").values_list(
                "answer__question_key", "version", "save_id", "state", "level", "partly", "note"
            )
        ),
    )


def deliver(user, assessment, saves: list[Sent]) -> None:
    for sent in saves:
        answer = save(user, assessment, sent.key, sent.entry, sent.version, save_id=sent.save_id)
        assert answer.version == sent.version + 1
        assert sent.entry.says_same_as(answer)


@PLAIN
@given(delivery=deliveries())
def test_repeated_and_delayed_saves_end_as_each_once_in_order(cast, delivery):
    Assessment.objects.all().delete()  # what the example before left
    sent, arriving = delivery
    first, second = opened(cast, team=cast.atlas), opened(cast, team=cast.boreal, user=cast.carla)
    deliver(cast.carla, first, sent)
    deliver(cast.carla, second, arriving)
    assert state(second) == state(first)


@PLAIN
@given(data=st.data(), edits=edits)
def test_a_replay_never_undoes_what_another_person_saved_since(cast, data, edits):
    Assessment.objects.all().delete()
    assessment = opened(cast)
    sent: list[Sent] = []
    for index, (key, entry) in enumerate(edits):
        version = sum(other.key == key for other in sent)
        sent.append(Sent(key, entry, version, f"{index:x}"))
        save(cast.bob, assessment, key, entry, version, save_id=sent[-1].save_id)
    meddled = data.draw(st.sampled_from(sent)).key
    version = sum(other.key == meddled for other in sent)
    save(cast.alice, assessment, meddled, level(5, note="Alice"), version, save_id="a")
    before = state(assessment)
    deliver(cast.bob, assessment, data.draw(st.permutations(sent)))
    assert state(assessment) == before
    with pytest.raises(actions.AnswerConflict):
        save(cast.bob, assessment, meddled, level(1), version, save_id="b")
