import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.answers import (
    Answer,
    AnswerError,
    FaultyInput,
    Project,
    Respondent,
    Submission,
    ignored_answers,
    named_framework,
    parse,
    read_json,
)
from assessment.scoring import score
from tests.builders import complete_framework, framework, respondent

RELEASE = framework({"P09": 3, "PRO": 1})
COMPLETE = complete_framework()


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


# Holders and projects


def test_the_people_who_hold_a_role_are_read_with_its_answer():
    data = one({"level": 4, "holders": ["AB", "CD"]}, "ROL.engineer")
    assert parse(data, COMPLETE).respondents[0].answers["ROL.engineer"] == Answer(level=4, holders=("AB", "CD"))
    assert parse(one({"level": 4, "holders": []}, "ROL.engineer"), COMPLETE)


ENGINEER = "respondents[0].answers.ROL.engineer"


@pytest.mark.parametrize(
    ("answer", "key", "paths"),
    [
        ({"level": 4, "holders": ["AB"]}, "P09.1", ["respondents[0].answers.P09.1.holders"]),
        ({"level": 4, "holders": ["AB"]}, "MLO.1", ["respondents[0].answers.MLO.1.holders"]),
        ({"level": 4, "holders": "AB"}, "ROL.engineer", [f"{ENGINEER}.holders"]),
        ({"level": 4, "holders": None}, "ROL.engineer", [f"{ENGINEER}.holders"]),
        ({"level": 4, "holders": ["AB", 3, " "]}, "ROL.engineer", [f"{ENGINEER}.holders[1]", f"{ENGINEER}.holders[2]"]),
        ({"level": 4, "holders": ["x" * 201]}, "ROL.engineer", [f"{ENGINEER}.holders[0]"]),
        ({"level": 4, "holders": ["AB", "ab "]}, "ROL.engineer", [f"{ENGINEER}.holders[1]"]),
        ({"state": "dont_know", "holders": ["AB"]}, "ROL.engineer", [f"{ENGINEER}.holders"]),
        ({"level": 3}, "DAV.2", ["respondents[0].answers.DAV.2"]),
        ({"level": 3}, "VAL.3", ["respondents[0].answers.VAL.3"]),
    ],
)
def test_wrong_holders_and_answers_that_rate_projects_are_named(answer, key, paths):
    assert [fault.split(": ")[0] for fault in faults(one(answer, key), COMPLETE)] == paths


RATINGS = {f"{prefix}.{number}": 3 for prefix in ("DAV", "VAL") for number in range(1, 6)}


def with_projects(*projects):
    return {"respondents": [{"id": "ana", "answers": {}}], "projects": list(projects)}


def test_projects_are_read_as_they_were_given():
    data = with_projects({"name": "Churn", "ratings": RATINGS, "complexity": 4}, {"name": "Prices", "ratings": {}})
    assert parse(data, COMPLETE).projects == (Project("Churn", RATINGS, 4), Project("Prices"))
    assert parse(one({"level": 3}), COMPLETE).projects == ()


@pytest.mark.parametrize(
    ("project", "paths"),
    [
        ({"name": "A", "ratings": RATINGS | {"DAV.6": 3}}, ["projects[0].ratings.DAV.6"]),
        ({"name": "A", "ratings": RATINGS | {"P09.1": 3}}, ["projects[0].ratings.P09.1"]),
        (
            {"name": "A", "ratings": {"DAV.1": 6, "VAL.1": 0}},
            ["projects[0].ratings.DAV.1", "projects[0].ratings.VAL.1"],
        ),
        ({"name": "A", "ratings": {"DAV.1": 3.0}}, ["projects[0].ratings.DAV.1"]),
        ({"name": "A", "ratings": {"DAV.1": True}}, ["projects[0].ratings.DAV.1"]),
        ({"name": "A", "ratings": {"DAV.1": None}}, ["projects[0].ratings.DAV.1"]),
        ({"name": "A", "ratings": [3]}, ["projects[0].ratings"]),
        ({"name": "A", "complexity": 6}, ["projects[0].complexity"]),
        ({"name": "A", "complexity": None}, ["projects[0].complexity"]),
        ({"name": " "}, ["projects[0].name"]),
        ({"name": "x" * 201}, ["projects[0].name"]),
        ({"ratings": RATINGS}, ["projects[0].name"]),
        ({"name": "A", "rating": RATINGS}, ["projects[0].rating"]),
        ("A", ["projects[0]"]),
    ],
)
def test_a_wrong_project_is_named_with_its_path(project, paths):
    assert [fault.split(": ")[0] for fault in faults(with_projects(project), COMPLETE)] == paths


def test_two_projects_of_one_name_are_named_whatever_their_spelling():
    found = faults(with_projects({"name": "Churn  alert"}, {"name": "Prices"}, {"name": "churn alert"}), COMPLETE)
    assert found == ['projects[2].name: "churn alert" is also projects[0].name']


def test_projects_need_a_framework_that_rates_them():
    found = faults(with_projects({"name": "A", "ratings": {"DAV.1": 3}}))
    assert found[0] == "projects: small@1.0.0 has no questions that rate projects"
    assert faults({"respondents": [{"id": "a", "answers": {}}], "projects": {}}, COMPLETE)[0].startswith(
        "projects: must"
    )


def test_without_a_framework_the_shape_of_projects_is_still_checked():
    found = faults(with_projects({"name": "A", "ratings": {"DAV.1": 9, "P09.1": 3}}), None)
    assert [fault.split(": ")[0] for fault in found] == ["projects[0].ratings.P09.1", "projects[0].ratings.DAV.1"]


def test_a_contradictory_project_cannot_be_made():
    with pytest.raises(AnswerError, match="complexity: must be a whole number"):
        Project("A", {}, 7)


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
        (r'{"a": ["x", "\ud800"]}', "a[1]: holds half a character"),
        (r'{"\udfff": 1}', r'"\udfff": holds half a character'),
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


# Whatever a file holds

WORDS = (
    "framework", "form", "respondents", "projects", "id", "answers", "state", "level", "partly", "reason",
    "evidence_strength", "holders", "name", "ratings", "complexity", "P09.1", "PRO.1", "ROL.engineer", "MLO.1", "DAV.1",
    "VAL.3", "full", "short", "answered", "not_applicable", "dont_know", "small@1.0.0", "", " ", "\u2028", "\0",
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-1, 7) | st.floats() | st.sampled_from(WORDS) | st.text(max_size=3)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)
ANSWER = st.fixed_dictionaries(
    {},
    optional={
        "level": st.integers(1, 5) | SCALARS,
        "state": st.sampled_from(["answered", "not_applicable", "dont_know"]) | SCALARS,
        "partly": st.booleans() | SCALARS,
        "reason": st.text(max_size=3) | SCALARS,
        "evidence_strength": st.integers(0, 2) | SCALARS,
        "holders": st.lists(st.sampled_from(["AB", "CD"]) | SCALARS, max_size=3) | ANYTHING,
    },
)
KEYS = st.sampled_from([q.key for q in COMPLETE.questions]) | st.sampled_from(WORDS)
NEARLY = st.fixed_dictionaries(
    {
        "respondents": st.lists(
            st.fixed_dictionaries(
                {"id": st.text(max_size=2) | ANYTHING, "answers": st.dictionaries(KEYS, ANSWER | ANYTHING, max_size=4)}
            ),
            max_size=3,
        )
        | ANYTHING
    },
    optional={
        "framework": ANYTHING,
        "form": st.sampled_from(["full", "short"]) | ANYTHING,
        "projects": st.lists(
            st.fixed_dictionaries(
                {"name": st.text(max_size=2) | ANYTHING},
                optional={
                    "ratings": st.dictionaries(KEYS, st.integers(1, 5) | SCALARS, max_size=4) | ANYTHING,
                    "complexity": st.integers(1, 5) | ANYTHING,
                },
            ),
            max_size=3,
        )
        | ANYTHING,
    },
)


@settings(max_examples=150, deadline=None)
@given(NEARLY | ANYTHING, st.sampled_from([COMPLETE, RELEASE, None]))
def test_whatever_json_holds_is_scored_or_every_fault_is_named_on_one_line(data, release):
    try:
        found = parse(read_json(json.dumps(data).replace("NaN", "null").replace("Infinity", "1e999")), release)
    except FaultyInput as error:
        assert error.faults
        for fault in error.faults:
            assert len(str(fault).splitlines()) == 1
            str(fault).encode()
    else:
        if release:
            json.dumps(score(release, found.respondents, found.form, projects=found.projects).as_dict()).encode()


@settings(max_examples=100, deadline=None)
@given(st.text() | st.text(alphabet='{}[]":,0123456789.eE+-truefalsn\\ud8'))
def test_whatever_text_is_read_or_refused(text):
    try:
        read_json(text)
    except FaultyInput as error:
        assert str(error)


@pytest.mark.parametrize("depth", [10, 100, 300, 600, 900, 1200, 5000])
@pytest.mark.parametrize("around", ["level", "holders", "id", "ratings"])
def test_deep_nesting_is_refused_at_any_depth(depth, around):
    people = {"id": "a", "answers": {"P09.1": {"level": 1}, "ROL.engineer": {"level": 3, "holders": 2}}}
    text = json.dumps({"respondents": [people], "projects": [{"name": "A", "ratings": 4}]})
    mark = {"level": '"level": 1', "holders": '"holders": 2', "id": '"id": "a"', "ratings": '"ratings": 4'}[around]
    with pytest.raises(FaultyInput):
        parse(read_json(text.replace(mark, f'"{around}": {"[" * depth}{"]" * depth}')), COMPLETE)


def test_data_that_were_not_read_from_text_can_nest_deeper_still():
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert faults({"respondents": [{"id": deep, "answers": {"P09.1": {"level": deep}}}]})[1].endswith("too deeply")
