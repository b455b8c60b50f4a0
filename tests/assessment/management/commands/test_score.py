import json
from io import StringIO

import pytest
from django.core.management import call_command

from assessment.scoring import parse, score
from manifesto import catalog

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


@pytest.mark.parametrize("text", ['{"respondents": [], "respondents": []}', "{", "[]", "[" * 100_000])
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
