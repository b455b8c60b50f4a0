import json
from io import StringIO

import pytest
from django.core.management import call_command

from assessment.scoring import parse, score
from manifesto import catalog
from tests.builders import complete_framework

ANSWERS = {
    "P09.1": {"level": 4},
    "P09.2": {"level": 3, "partly": True},
    "P10.1": {"state": "dont_know"},
}


def run(tmp_path, text, *options):
    """The exit code, standard output and the lines of standard error."""
    file = tmp_path / "answers.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("score", str(file), *options, stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue().splitlines()


def test_the_card_is_printed_without_a_database(tmp_path):
    data = {"respondents": [{"id": "ana", "answers": ANSWERS}]}
    code, out, err = run(tmp_path, data)
    release = catalog.current()
    assert (code, err) == (0, [])
    assert json.loads(out) == score(release, parse(data).respondents).as_dict()
    assert json.loads(out)["framework_hash"].startswith("sha256:")


def test_the_option_beats_the_framework_that_the_file_names(tmp_path):
    data = {"framework": "nothing@1.0.0", "respondents": [{"id": "ana", "answers": ANSWERS}]}
    assert run(tmp_path, data, "--framework", catalog.current().identifier)[0] == 0
    code, out, err = run(tmp_path, data)
    assert (code, out, len(err)) == (2, "", 1)
    assert err[0].startswith("framework: there is no framework 'nothing@1.0.0'")


def test_every_fault_is_one_line_and_nothing_is_printed(tmp_path):
    data = {"form": "x", "respondents": [{"id": "ana", "answers": {"P99.1": {"level": 2}, "P09.1": {"level": 9}}}]}
    code, out, err = run(tmp_path, data)
    assert (code, out) == (2, "")
    assert [line.split(": ")[0] for line in err] == [
        "form",
        "respondents[0].answers.P99.1",
        "respondents[0].answers.P09.1.level",
    ]


@pytest.fixture
def complete(monkeypatch):
    """A release with all modules, whatever the shipped ones hold."""
    release = complete_framework()
    monkeypatch.setattr(catalog, "find", lambda identifier: release)
    return release


def test_modules_are_printed_beside_the_score(tmp_path, complete):
    answers = ANSWERS | {"ROL.engineer": {"level": 4, "holders": ["AB"]}}
    answers |= {f"MLO.{number}": {"level": level} for number, level in enumerate((4, 3, 3, 3, 4, 2, 3, 2, 2, 1), 1)}
    ratings = {f"DAV.{n}": level for n, level in enumerate((4, 5, 4, 3, 4), 1)}
    ratings |= {f"VAL.{n}": level for n, level in enumerate((4, 4, 5, 4, 3), 1)}
    data = {
        "respondents": [{"id": "ana", "answers": answers}],
        "projects": [{"name": "Churn alert", "ratings": ratings, "complexity": 4}],
    }
    code, out, err = run(tmp_path, data)
    card = json.loads(out)
    assert (code, err) == (0, [])
    assert (card["modules"]["mlops"]["google_level"], card["modules"]["mlops"]["score"]) == (1, 2.7)
    assert (card["modules"]["roles"]["coverage"], card["modules"]["roles"]["concentration"]) == (1 / 8, 1)
    assert (card["modules"]["projects"]["pilot"], card["modules"]["projects"]["projects"][0]["priority"]) == (
        "Churn alert",
        4.0,
    )
    assert {"MLO.1", "ROL.engineer"} < set(card["questions"])
    assert "DAV.1" not in card["questions"]


def test_the_order_of_people_and_answers_changes_not_one_letter_of_the_numbers(tmp_path, complete):
    people = [
        {"id": "ana", "answers": {"P09.1": {"level": 4}, "MLO.1": {"level": 2}, "P10.1": {"level": 3}}},
        {"id": "bob", "answers": {"ROL.engineer": {"level": 3, "holders": ["AB", "CD"]}, "P09.1": {"level": 1}}},
        {"id": "eve", "answers": {"P09.1": {"level": 3, "partly": True}}},
    ]
    projects = [{"name": name, "ratings": {"DAV.1": 3}} for name in "ba"]
    turned = [item | {"answers": dict(reversed(item["answers"].items()))} for item in reversed(people)]
    one = run(tmp_path, {"respondents": people, "projects": projects})
    assert one[0] == 0
    assert one == run(tmp_path, {"respondents": turned, "projects": projects[::-1]})


def test_a_directory_and_bytes_that_are_no_text_are_wrong_input(tmp_path):
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    for name, reason in ((".", "can't be read"), ("bytes.json", "is not UTF-8 text")):
        err = StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("score", str(tmp_path / name), stderr=err)
        assert end.value.code == 2
        assert reason in err.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "3",
        '"text"',
        '{"respondents": [], "respondents": []}',
        "{",
        "[]",
        "[" * 100_000,
        '{"respondents": 1e999}',
        r'{"framework": "\ud800", "respondents": []}',
        r'{"respondents": [{"id": "\udc00", "answers": {}}]}',
        '{"framework": ["dataops"], "form": {}, "respondents": [[]], "projects": [[]]}',
        '{"framework": "dataops@1", "respondents": null, "projects": null}',
        '{"respondents": [{"id": "a", "answers": {"DAV.1": {"level": 3}, "P09.1": {"level": 3, "holders": []}}}]}',
    ],
)
def test_broken_files_are_wrong_input(tmp_path, text):
    code, out, err = run(tmp_path, text)
    assert (code, out, len(err) > 0) == (2, "", True)


def test_a_missing_file_is_wrong_input(tmp_path):
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("score", str(tmp_path / "none.json"), stderr=err)
    assert end.value.code == 2
    assert "can't be read" in err.getvalue()


def test_answers_outside_the_short_form_are_ignored_with_a_warning(tmp_path):
    data = {"form": "short", "respondents": [{"id": "ana", "answers": ANSWERS}]}
    code, out, err = run(tmp_path, data)
    assert (code, err) == (0, ["warning: not in the short form, ignored: P09.2"])
    assert "P09.2" not in json.loads(out)["questions"]
