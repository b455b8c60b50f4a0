"""A PDF is believed only when everything that it says was computed again."""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import replace
from fractions import Fraction
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from pypdf import PdfReader, PdfWriter

from assessment.actions.closing import input_hash
from assessment.frozen import projects_of, speakers_of
from reports import browser, build, files
from reports.actions import save_scenario
from reports.attached import ATTACHMENT
from reports.briefing import build_briefing
from reports.document import render
from reports.gathering import report_data
from reports.plans import choices_for, framework_of
from reports.verification import verify
from tests.assessment.rooms import LATER
from tests.reports.rooms import asked, do_job, planned_result, result_with_modules


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def no_charts(monkeypatch):
    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def result(cast):
    return planned_result(cast)


@pytest.fixture
def built(result, tmp_path):
    """A report that was built by the command, of which nothing is stored."""
    path = tmp_path / "report.pdf"
    path.write_bytes(build.build_document(result, choices_for(result), "en", lambda *_: None).pdf)
    return path


def run(path) -> str:
    out = StringIO()
    call_command("verify_report", str(path), stdout=out)
    return out.getvalue()


def refused(path) -> str:
    with pytest.raises(CommandError) as error:
        run(path)
    assert error.value.returncode == 2
    return str(error.value)


def with_data(built, change) -> None:
    """The same file with other attached data."""
    data = json.loads(PdfReader(built).attachments[ATTACHMENT][0])
    writer = PdfWriter(clone_from=built)
    writer.root_object.pop("/Names")
    change(data)
    writer.add_attachment(ATTACHMENT, json.dumps(build.sealed(data)).encode())
    writer.write(built)


def test_a_stored_report_is_verified_by_its_bytes(cast, result):
    report = asked(cast.alice, result, "pt-br")
    do_job(report.job)
    out = run(files.path_of(report))
    assert "its bytes are those of a stored report" in out
    assert out.endswith("verified\n")


@pytest.mark.parametrize("audience", ["lead", "executive", "consultant"])
def test_a_report_that_the_command_built_is_verified_by_building_it_again(result, tmp_path, audience):
    path = tmp_path / "report.pdf"
    path.write_bytes(build.build_document(result, choices_for(result), "en", lambda *_: None, audience).pdf)
    assert "built anew from the stored data it has the same bytes" in run(path)


def test_modules_holders_and_projects_enter_the_hash(cast, tmp_path):
    """A result of tests is put together by hand: its hash is computed here as closing does."""
    result = result_with_modules(cast, hands={"engineer": ("AB", "CD")})
    inputs = speakers_of(result.answers), projects_of(result.answers)
    assert inputs[0][0].answers["ROL.engineer"].holders == ("AB", "CD")
    assert len(inputs[1]) == 4
    result.input_hash = input_hash(framework_of(result), result.form, *inputs)
    result.save()
    path = tmp_path / "report.pdf"
    path.write_bytes(build.build_document(result, choices_for(result), "en", lambda *_: None).pdf)
    assert verify(path).holds


def test_one_changed_byte_is_enough(built):
    content = bytearray(built.read_bytes())
    place = content.index(b"Atlas") if b"Atlas" in content else len(content) // 2
    content[place] ^= 1
    built.write_bytes(bytes(content))
    assert not verify(built).holds


def test_changed_data_show_by_their_hash(built):
    data = json.loads(PdfReader(built).attachments[ATTACHMENT][0])
    data["level"] = 5
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment(ATTACHMENT, json.dumps(data).encode())
    writer.write(built)
    assert "the attached data were changed" in refused(built)


def test_other_scores_under_a_hash_made_anew_are_found_out(built):
    def better(data):
        data["scorecard"]["overall"]["level"] = 5

    with_data(built, better)
    assert "the attached scores aren't those of the stored answers" in refused(built)


def test_pages_that_say_something_else_are_found_out_though_the_data_are_right(result, built):
    numbers = bytes(PdfReader(built).attachments[ATTACHMENT][0]).decode()
    data = report_data(result, choices_for(result), "en")
    built.write_bytes(render(build_briefing(replace(data, scope="All of it"), "en"), {}, "en", numbers))
    assert "built anew it is another one" in refused(built)


def test_answers_that_were_changed_in_the_database_are_found_out(result, built):
    result.answers["respondents"][0]["answers"]["P15.1"]["level"] = 5
    result.save()
    assert "the stored answers were changed since the closing" in refused(built)


def test_a_report_of_an_undone_closing_belongs_to_nothing(result, built):
    type(result).objects.update(withdrawn_at=LATER)
    assert "its closing was undone" in refused(built)


def test_a_report_of_another_installation_belongs_to_nothing(result, built):
    type(result).objects.update(input_hash="sha256:other")
    assert "no stored result has the inputs" in refused(built)


def test_a_finding_that_nobody_saved_here_is_found_out(result, built):
    def forge(data):
        data["additions"]["words"] = [{"subject": "", "texts": {"en": "All is well."}, "author": "Alice"}]

    with_data(built, forge)
    assert "it holds a finding that isn't stored" in refused(built)


def pdf_with(names: bytes, stream: bytes = b"x", filters: bytes = b"") -> bytes:
    """A small PDF by hand, whose names tree and attached stream are as given."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Names 3 0 R>>",
        b"<</Type/Pages/Count 0/Kids[]>>",
        names,
        b"<</Type/Filespec/F(" + ATTACHMENT.encode() + b")/UF(" + ATTACHMENT.encode() + b")/EF<</F 5 0 R>>>>",
        b"<</Type/EmbeddedFile/Length %d%s>>stream\n%s\nendstream" % (len(stream), filters, stream),
    ]
    out, places = BytesIO(b""), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


ATTACHING = b"<</EmbeddedFiles<</Names[(" + ATTACHMENT.encode() + b") 4 0 R]>>>>"
ENDLESS = b"<</EmbeddedFiles 3 0 R/Kids[3 0 R]/Names[(a) 3 0 R]>>"


def bomb() -> bytes:
    """A hundred megabytes of spaces, packed twice; packing them takes a third of a second."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(100)) + packer.flush()
    return pdf_with(ATTACHING, zlib.compress(packed, 9), b"/Filter[/FlateDecode/FlateDecode]")


HOSTILE = {
    "empty": b"",
    "a text": b"Level 5, believe me",
    "cut off": b"%PDF-1.7\n1 0 obj <<",
    "no attachment": pdf_with(b"<<>>"),
    "not JSON": pdf_with(ATTACHING, b"%PDF"),
    "other JSON": pdf_with(ATTACHING, b'{"assessment": "1"}'),
    "deep JSON": pdf_with(ATTACHING, b"[" * 100_000),
    "endless tree": pdf_with(ENDLESS),
    "wrong types": pdf_with(ATTACHING, json.dumps(build.sealed(
        {"assessment": 10**40, "input_hash": "x", "audience": "lead", "language": "en", "choices": {},
         "scorecard": {}, "additions": {}})).encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", [*HOSTILE, "bomb"])
def test_hostile_files_are_refused_in_a_moment(db, tmp_path, name):
    path = tmp_path / "x.pdf"
    path.write_bytes(bomb() if name == "bomb" else HOSTILE[name])
    start = time.perf_counter()
    assert refused(path).startswith(str(path))
    assert time.perf_counter() - start < 60


def test_what_isnt_there_or_too_large_is_refused(db, tmp_path):
    assert "can't be read" in refused(tmp_path / "none.pdf")
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(20_000_001)
    assert "larger than 20 MB" in refused(large)


def test_owners_and_outcome_numbers_of_another_time_are_found_out(result, built):
    def forge(data):
        data["additions"]["owners"] = {"I01": "Mallory"}

    with_data(built, forge)
    assert "owners in it: not what is stored" in refused(built)


def test_a_report_of_the_proposal_is_verified_after_the_team_chose_otherwise(cast, result, built):
    choices = replace(choices_for(result), capacity=(Fraction(1),) * 4)
    save_scenario(user=cast.alice, result=result, choices=choices, now=LATER)
    assert "verified" in run(built)


def test_a_roadmap_under_choices_that_nobody_made_is_found_out(result, built):
    def forge(data):
        data["choices"]["capacity"] = [99, 99, 99, 99]

    with_data(built, forge)
    assert "planned under choices that aren't stored" in refused(built)
