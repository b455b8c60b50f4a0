from __future__ import annotations

import json
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from reports.management.commands import plan as command
from tests.reports.roadmap.examples import SMALL


@pytest.fixture
def plan(tmp_path, capsys):
    """Run the command on data or raw text; the parsed answer and what it said on stderr."""

    def run(data):
        path = tmp_path / "instance.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        call_command("plan", str(path), "--time-limit", "10")
        said = capsys.readouterr()
        return json.loads(said.out), said.err

    return run


def test_the_answer_has_the_documented_form(plan):
    answer, _ = plan(SMALL)
    assert answer == {
        "status": "optimal",
        "objective": 10.8,
        "bound": 10.8,
        "gap": 0.0,
        "quarters": {"A": 1, "C": 2, "D": 1, "E": 2},
        "heuristic": {"greedy": 10.3, "local_search": 10.8},
        "unreached": {"q4": {"missing": 1.0, "reason": "capacity"}},
    }


def test_an_infeasible_instance_says_how_long_it_would_take_and_why(plan):
    works = {"A": {"effort": 5, "lifts": {"q1": 1}, "must_do": True}}
    answer, _ = plan({"capacity": [2, 2], "questions": {"q1": {"gap": 1}}, "initiatives": works, "carry_over": True})
    assert (answer["status"], answer["objective"], answer["quarters"], answer["shortest_horizon"]) == (
        "infeasible", None, {}, 3
    )  # fmt: skip
    assert answer["because"]


def test_a_must_do_that_can_never_be_done_is_named(plan):
    answer, said = plan(SMALL | {"initiatives": {"A": {"effort": 30, "must_do": True}}})
    assert (answer["status"], answer["shortest_horizon"]) == ("infeasible", None)
    assert answer["because"] == "must-do A doesn't fit: it takes 30 person-weeks, no quarter has more than 6"
    assert said == f"no plan: {answer['because']}\n"


@pytest.fixture
def hurried(monkeypatch):
    """A clock on which each look takes a tenth of a second, of the ten seconds that the command has."""
    ticks = count()
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: next(ticks) / 10))


def test_the_limit_holds_for_the_whole_search_and_what_was_found_is_told_with_its_distance(plan, hurried):
    works = {f"I{number:02}": {"effort": 2, "lifts": {f"q{number % 9}": 1}} for number in range(60)}
    questions = {f"q{number}": {"gap": 3} for number in range(9)}
    answer, said = plan({"capacity": [6] * 40, "questions": questions, "initiatives": works})
    assert answer["status"] == "feasible" and answer["quarters"]
    assert said == f"within {answer['gap']:.1%} of the best plan; more time may show more\n"


def test_no_plan_in_time_is_no_proof_that_there_is_none(plan, hurried):
    works = {f"I{number:03}": {"effort": 2, "must_do": True} for number in range(200)}
    answer, said = plan({"capacity": [6] * 200, "questions": {}, "initiatives": works})
    assert (answer["status"], answer["because"]) == ("infeasible", "")
    assert said == "no plan was found in the time; that isn't a proof that there is none\n"


def test_unknown_fields_are_passed_over_with_a_warning(plan):
    answer, said = plan(SMALL | {"colour": "blue"})
    assert answer["status"] == "optimal"
    assert "colour" in said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (SMALL | {"capacity": []}, "capacity: must be a list"),
        (SMALL | {"capacity": [6] * 201}, "capacity: must not have more than 200 quarters, has 201"),
        (SMALL | {"capacity": [6, -1]}, "capacity[1]: must not be negative"),
        (SMALL | {"initiatives": {"A": {"effort": 1, "lifts": {"q9": 1}}}}, "initiatives.A.lifts.q9: unknown question"),
        (SMALL | {"initiatives": {"A": {"effort": 1, "prerequisites": ["A"]}}}, "cycle"),
        (
            SMALL
            | {"initiatives": {"A": {"effort": 1, "prerequisites": ["B"]}, "B": {"effort": 1, "prerequisites": ["A"]}}},
            "initiatives: prerequisites form a cycle: A > B > A",
        ),
        (
            SMALL | {"initiatives": {"A": {"effort": 1, "prerequisites": ["Z"]}}},
            "initiatives.A.prerequisites: unknown initiative Z",
        ),
        (SMALL | {"initiatives": {"A": {"effort": -3}}}, "initiatives.A.effort: must not be negative"),
        (SMALL | {"questions": {"a\nb": {"gap": -1}}}, "questions.a\\nb.gap: must not be negative"),
        ("{", "not valid JSON"),
        ('{"capacity": [' + "9" * 5000 + "]}", "not valid JSON: a number has 5000 digits"),
        ('{"capacity": [1], "capacity": [2]}', "capacity"),
    ],
)
def test_wrong_input_ends_with_2_and_names_the_fault(plan, data, words):
    with pytest.raises(CommandError) as caught:
        plan(data)
    assert caught.value.returncode == 2
    assert words in str(caught.value)


def test_a_file_that_is_not_there_ends_with_2():
    with pytest.raises(CommandError) as caught:
        call_command("plan", "nowhere.json")
    assert caught.value.returncode == 2
