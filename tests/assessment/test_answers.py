import pytest

from assessment.answers import (
    Answer,
    AnswerError,
    FaultyInput,
    Respondent,
    Submission,
    ignored_answers,
    named_framework,
    parse,
    read_json,
)
from tests.builders import framework, respondent

RELEASE = framework({"P09": 3, "PRO": 1})


def faults(data, release=RELEASE):
    with pytest.raises(FaultyInput) as caught:
        parse(data, release)
    return [str(fault) for fault in caught.value.faults]


def one(answer, key="P09.1"):
    return {"respondents": [{"id": "ana", "answers": {key: answer}}]}


def test_answers_are_read_as_they_were_given():
    data = {
        "framework": "small@1.0.0",
        "form": "short",
        "respondents": [
            {
                "id": "ana",
                "answers": {
                    "P09.1": {"level": 3, "partly": True, "evidence_strength": 2},
                    "P09.2": {"state": "not_applicable", "reason": "no production yet"},
                    "P09.3": {"state": "dont_know"},
                },
            }
        ],
    }
    ana = Respondent(
        "ana",
        {
            "P09.1": Answer("answered", 3, True, "", 2),
            "P09.2": Answer("not_applicable", None, False, "no production yet"),
            "P09.3": Answer("dont_know"),
        },
    )
    assert parse(data, RELEASE) == Submission("small@1.0.0", "short", (ana,))


def test_form_and_framework_may_be_left_out():
    assert parse(one({"level": 3}))[:2] == (None, "full")


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"level": True}, ".level"),
        ({"level": 3.0}, ".level"),
        ({"level": "3"}, ".level"),
        ({"level": 0}, ".level"),
        ({"level": 6}, ".level"),
        ({"level": None}, ".level"),
        ({"level": 5, "partly": True}, ".partly"),
        ({"level": 3, "partly": 1}, ".partly"),
        ({"state": "dont_know", "partly": True}, ".partly"),
        ({"level": 3, "state": "dont_know"}, ".level"),
        ({"level": 3, "state": "not_applicable", "reason": "why"}, ".level"),
        ({"state": "answered"}, ".level"),
        ({"state": "perhaps"}, ".state"),
        ({"state": "not_applicable"}, ".reason"),
        ({"state": "not_applicable", "reason": "  "}, ".reason"),
        ({"state": "not_applicable", "reason": 3}, ".reason"),
        ({"level": 3, "evidence_strength": 3}, ".evidence_strength"),
        ({"level": 3, "evidence_strength": True}, ".evidence_strength"),
        ({"level": 3, "levl": 3}, ".levl"),
        ({}, ""),
        (4, ""),
    ],
)
def test_a_wrong_answer_is_named_with_its_path(answer, place):
    found = faults(one(answer))
    assert [fault.split(": ")[0] for fault in found] == [f"respondents[0].answers.P09.1{place}"]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"respondents": []}, "respondents"),
        ({}, "respondents"),
        ({"respondents": {}}, "respondents"),
        ({"respondents": [3]}, "respondents[0]"),
        ({"respondents": [{"id": " ", "answers": {}}]}, "respondents[0].id"),
        ({"respondents": [{"id": "ana"}]}, "respondents[0].answers"),
        ({"respondents": [{"id": "a", "answers": {}}, {"id": "a", "answers": {}}]}, "respondents[1].id"),
        (one({"level": 3}) | {"form": "medium"}, "form"),
        (one({"level": 3}) | {"framework": 3}, "framework"),
        (one({"level": 3}) | {"framework": ""}, "framework"),
        (one({"level": 3}) | {"frm": "full"}, "frm"),
        (one({"level": 3}, "P99.1"), "respondents[0].answers.P99.1"),
    ],
)
def test_wrong_input_around_the_answers_is_named_with_its_path(data, path):
    assert [fault.split(": ")[0] for fault in faults(data)] == [path]


def test_every_fault_is_named_at_once():
    assert len(faults({"form": "x", "respondents": [{"id": "", "answers": {"P09.1": {"level": 9}}}, 3]})) == 4


def test_a_list_in_place_of_the_object_is_one_fault():
    assert faults([]) == ["the file must hold one JSON object"]


def test_a_key_with_a_line_break_stays_on_one_line():
    assert "\n" not in faults(one({"level": 3}, "P09.1\nx"))[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "b.c: stands twice in the same object"),
        ('{"a": [{"x": 1, "x": 1}]}', "a[0].x: stands twice in the same object"),
        ('{"a": }', "line 1, column 7: not valid JSON"),
        ('{"a": NaN}', "NaN is not a number in JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON"),
    ],
)
def test_broken_json_is_refused_with_its_place(text, message):
    with pytest.raises(FaultyInput, match=r".") as caught:
        read_json(text)
    assert message in str(caught.value)


def test_a_contradictory_answer_cannot_be_made():
    with pytest.raises(AnswerError, match="level: can't stand together"):
        Answer("dont_know", 3)


def test_the_framework_is_named_before_anything_else_is_checked():
    assert named_framework({"framework": "dataops", "respondents": 3}) == "dataops"
    assert named_framework([]) is named_framework({"framework": 3}) is None


def test_core_answers_outside_the_form_are_listed():
    given = Submission(None, "short", (respondent({"P09.1": 3, "P09.3": 2, "PRO.1": 4}),))
    assert ignored_answers(RELEASE, given) == ("P09.3", "PRO.1")
    assert ignored_answers(RELEASE, given._replace(form="full")) == ()
