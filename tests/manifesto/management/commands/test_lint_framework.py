import json
from io import StringIO

import pytest
from django.core.management import call_command

from tests.manifesto.test_linter import content, question, write


def run(*arguments):
    """Exit code, stdout and stderr of the command."""
    out, err = StringIO(), StringIO()
    try:
        call_command("lint_framework", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def clean(tmp_path):
    return write(tmp_path / "clean", content())


@pytest.fixture
def faulty(tmp_path):
    data = content()
    data["questions"][0] = question("P09.1") | {"stem": {"en": "Who often keeps it?", "pt-br": "Quem mantém"}}
    return write(tmp_path / "faulty", data)


def test_a_release_without_fault_is_summed_up_in_one_line(clean):
    assert run(str(clean)) == (0, "small@1.1.0: 17 questions, 0 findings, 0 waived in 0 questions\n", "")


def test_each_finding_is_one_line_on_stderr_and_ends_in_2(faulty, clean):
    code, out, err = run(str(faulty), str(clean))
    assert code == 2
    assert [line.split(": ")[1:3] for line in err.splitlines()] == [
        ["L007 E questions[P09.1].stem.en", '"often" is vague. Say how many, how much or when.'],
        ["L004 E questions[P09.1].stem.pt-br", "the stem doesn't end with a question mark. Ask a question."],
    ]
    assert all(line.startswith(f"{faulty}/framework.yaml:") for line in err.splitlines())
    assert [line.split(",")[1] for line in out.splitlines()] == [" 2 findings", " 0 findings"]


def test_as_json_each_finding_has_its_parts(faulty):
    code, out, err = run(str(faulty), "--json")
    found = json.loads(out)["releases"][0]["findings"]
    assert (code, err) == (2, "")
    assert [set(finding) for finding in found] == [{"rule", "severity", "file", "line", "key", "message", "hint"}] * 2


def test_without_a_path_the_newest_release_is_linted_and_with_all_every_one():
    newest, every = run("--json"), run("--all", "--json")
    releases = [release["release"] for release in json.loads(every[1])["releases"]]
    assert [release["release"] for release in json.loads(newest[1])["releases"]] == releases[-1:]
    assert "dataops@0.9.0" in releases


def test_a_path_and_all_together_are_wrong_input(clean):
    code, out, err = run(str(clean), "--all")
    assert (code, out, err) == (2, "", "name paths or use --all, not both\n")
