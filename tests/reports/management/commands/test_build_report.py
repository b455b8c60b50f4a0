"""The command: its output is the worker's, its exit codes are those that scripts rely on."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reports import browser, files
from tests.assessment.rooms import LATER, close, opened, save
from tests.reports.rooms import asked, do_job, planned_result


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def no_charts(monkeypatch):
    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    monkeypatch.setattr(browser, "draw", draw)


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("build_report", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as error:
        run(*arguments)
    assert error.value.returncode == 2
    return str(error.value)


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_the_commands_bytes_are_the_workers(cast, tmp_path, language):
    result = planned_result(cast)
    report = asked(cast.alice, result, language)
    assert do_job(report.job).state == "done"
    output = tmp_path / "report.pdf"
    run("--assessment", str(result.assessment_id), "--language", language, "--output", str(output))
    assert output.read_bytes() == files.path_of(report).read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["report.pdf"]


def test_latest_is_the_assessment_that_was_closed_last(cast, tmp_path, no_charts):
    older = planned_result(cast, period="2026-Q3")
    other = opened(cast, team=cast.boreal, user=cast.carla, period="2026-Q1")
    save(cast.carla, other)
    close(cast.carla, other, now=LATER + timedelta(days=1))
    out, _ = run("--assessment", "latest", "--output", str(tmp_path / "a.pdf"))
    assert "Boreal 2026-Q1" in out and older.team_name == "Atlas"


def test_the_language_is_the_organizations_unless_another_is_asked_for(cast, tmp_path, no_charts):
    result = planned_result(cast)
    type(cast.house).objects.update(language="pt-br")
    number, output = str(result.assessment_id), str(tmp_path / "a.pdf")
    assert ", pt-br," in run("--assessment", number, "--output", output)[0]
    assert ", en," in run("--assessment", number, "--language", "en", "--output", output)[0]


def test_without_a_browser_it_warns_and_writes_tables(cast, tmp_path, no_charts):
    result = planned_result(cast)
    _, err = run("--assessment", str(result.assessment_id), "--output", str(tmp_path / "a.pdf"))
    assert "tables in the charts' place: No Chromium is installed." in err
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("assessment", "words"),
    [("latest", "no assessment is closed yet"), ("77", "there is no closed assessment of this number"),
     ("the last", "must be a number or latest"), ("9" * 30, "must be a number or latest")],
)  # fmt: skip
def test_without_such_a_closed_assessment_it_refuses(db, tmp_path, assessment, words):
    assert words in refused("--assessment", assessment, "--output", str(tmp_path / "a.pdf"))
    assert list(tmp_path.iterdir()) == []


def test_an_open_assessment_has_no_report(cast, tmp_path):
    assessment = opened(cast)
    assert "no closed assessment" in refused("--assessment", str(assessment.pk), "--output", str(tmp_path / "a.pdf"))


@pytest.mark.parametrize("audience", ["executive", "consultant"])
def test_each_audience_gets_the_workers_bytes(cast, tmp_path, no_charts, audience):
    result = planned_result(cast)
    report = asked(cast.alice, result, audience=audience)
    assert do_job(report.job).state == "done"
    output = tmp_path / "a.pdf"
    out, _ = run("--assessment", str(result.assessment_id), "--audience", audience, "--output", str(output))
    assert f", {audience}, en," in out
    assert output.read_bytes() == files.path_of(report).read_bytes()


def test_every_fault_is_named_at_once(db, tmp_path):
    faults = refused("--assessment", "77", "--output", str(tmp_path / "none" / "a.pdf"))
    assert [line.split()[0] for line in faults.splitlines()] == ["--assessment", "--output"]


def test_an_unknown_audience_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match="--audience"):
        run("--assessment", "1", "--audience", "board", "--output", str(tmp_path / "a.pdf"))


def test_what_was_there_stays_when_the_build_breaks(cast, tmp_path, no_charts, monkeypatch):
    result = planned_result(cast)
    output = tmp_path / "a.pdf"
    output.write_bytes(b"before")

    def broken(*_):
        raise OSError("disk")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="disk"):
        run("--assessment", str(result.assessment_id), "--output", str(output))
    assert output.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]
