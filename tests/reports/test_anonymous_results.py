"""Results of anonymous answers: pages, files and the report show what five people stand behind, and nothing else."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from assessment import actions
from assessment.models import Answer, Respondent, Result
from assessment.results import build_page
from reports import interactive, organization_report
from reports.briefing import build_briefing, build_figures, figures_for_window
from reports.briefing.audiences import AUDIENCES
from reports.briefing.organization import build_organization_briefing, build_organization_figures
from reports.build import machine_readable
from reports.document import render
from reports.gathering import additions_for, logos_of, report_data
from reports.organization_report import organization_data
from reports.plans import choices_for
from tests.assessment.rooms import FRAMEWORK, LATER, close, level, opened, opened_anonymously, save
from tests.cast import NOW
from tests.reports.test_results_page import get, text_of

HIDDEN, SHOWN = "P10.1", "P09.1"
WAIVED = next(q.key for q in FRAMEWORK.core_questions if q.na_allowed and q.key not in (HIDDEN, SHOWN))
SECRET = "the secret of Gil"
MEMBERS = ("Bob", "Gil", "Hana", "Ivo", "Juno")


def round_of(cast, members, *, hidden: int = 4, notes: int = 0, waived: bool = False) -> Result:
    """Closed by Alice. SHOWN is answered 1 2 3 4 5 5, HIDDEN by four people, WAIVED may not apply; the rest is 3."""
    assessment = opened(cast, mode="anonymous")
    for number, member in enumerate(members, start=1):
        said = {question.key: {"level": 3} for question in FRAMEWORK.core_questions}
        said[SHOWN] = {"level": min(number, 5), "note": f"note {number}" if number <= notes else ""}
        if waived:
            said[WAIVED] = {"state": "not_applicable", "reason": "no models at all"}
        said[HIDDEN] = {"level": hidden, "note": SECRET, "evidence_url": SECRET}
        if number > 4:
            del said[HIDDEN]
        sheet = Respondent.objects.create(assessment=assessment, user=member, created_at=NOW)
        Answer.objects.bulk_create(
            Answer(respondent=sheet, question_key=key, version=1, updated_at=LATER, **{"state": "answered"} | fields)
            for key, fields in said.items()
        )
    return close(cast.alice, assessment)


@pytest.fixture
def members(cast):
    empty, people = opened_anonymously(cast)
    empty.delete()
    return people


def pages_of(result: Result) -> list[tuple]:
    """Everything that can be read or downloaded of a result, as names and arguments of addresses."""
    subjects = ["overall", *(pillar.key for pillar in FRAMEWORK.pillars), *(p.key for p in FRAMEWORK.principles)]
    plain = ["results", "results.csv", "result-challenges", "result-challenges.csv", "roadmap", "reports"]
    return [(name, ()) for name in plain] + [("result-subject", (subject,)) for subject in subjects]


def everything_shown(client, result: Result) -> str:
    texts = []
    for name, arguments in pages_of(result):
        response = get(client, name, result.assessment_id, *arguments)
        assert response.status_code == 200, name
        texts.append(response.content.decode())
    texts += [get(client, "results.csv", result.assessment_id, table=t).content.decode() for t in ("agreement",)]
    return "\n".join(texts)


def documents_of(result: Result) -> list[str]:
    """What each report says, the data attached to it, its figures and the page beside it; the organization's, too."""
    told, choices, additions = [], choices_for(result), additions_for(result)
    for audience in AUDIENCES:
        data = report_data(result, choices, "en", additions)
        briefing, figures = build_briefing(data, "en", audience), build_figures(data, "en", audience)
        page = interactive.render(briefing, figures_for_window(figures, data, "en", audience), "en")
        told += [repr(briefing), page.decode(), repr(machine_readable(data, "en", audience)), repr(figures)]
    whole = organization_data(result.organization, result.period, "en", logos_of(result.organization_id))
    told += [repr(build_organization_briefing(whole, "en")), repr(build_organization_figures(whole, "en"))]
    teams = organization_report.machine_readable(whole, "en", "")["teams"]
    return [*told, repr([{**team, "assessment": 0} for team in teams])]


def files_of(client, result: Result) -> list[str]:
    """The workbooks, and the roadmap in each format."""
    house = result.organization_id
    told = [without_times(client.get(reverse("dashboard.csv", args=[house])).content.decode())]
    for extension in ("csv", "json", "ics", "md"):
        told.append(without_times(get(client, "roadmap-file", result.assessment_id, extension).content.decode()))
    workbooks = [reverse("dashboard.xlsx", args=[house])]
    workbooks += [reverse("results.xlsx", args=[result.assessment_id])]
    workbooks += [reverse("roadmap-file", args=[result.assessment_id, "xlsx"])]
    for address in workbooks:
        book = load_workbook(io.BytesIO(client.get(address).content))
        told += [without_times(repr(list(sheet.values))) for sheet in book.worksheets]
    return told


def without_times(text: str) -> str:
    return re.sub(r"UID:\S+|\d{8}T\d{6}Z", "then", without_addresses(text))


def without_addresses(text: str) -> str:
    """The same without what differs between any two pages: numbers of rows in addresses, tokens, the time of export."""
    text = re.sub(r"/assessments/\d+/", "/assessments/N/", text)
    text = re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken)[^>]*', "token", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^,\r\n]*", "then", text)


@pytest.mark.parametrize("name", ["alice", "olivia", "bob", "erin"])
def test_no_page_or_file_tells_what_too_few_people_said_or_who_said_anything(cast, members, sign_in, name):
    result = round_of(cast, members, notes=4)
    shown = everything_shown(sign_in(getattr(cast, name)), result)
    for words in (SECRET, "withheld", "note 1", "Who said what", "Answers as CSV"):
        assert words not in shown
    for member in MEMBERS:
        if member.lower() != name:
            assert not re.search(rf"\b{member}\b", shown)


def test_pages_files_and_report_are_the_same_whatever_too_few_people_said(cast, members, sign_in):
    """What can't differ can't be computed: not by subtraction, not by any other way."""
    client, seen = sign_in(cast.alice), []
    for hidden, people in ((1, members), (5, members[::-1])):
        result = round_of(cast, people, hidden=hidden, notes=6, waived=True)
        data = json.dumps([result.scorecard, result.scores, result.answers, result.input_hash])
        shown = without_addresses(everything_shown(client, result))
        seen.append([shown, data, *files_of(client, result), *documents_of(result)])
        result.assessment.delete()
    assert [first == second for first, second in zip(*seen, strict=True)] == [True] * len(seen[0])
    assert not [text for text in seen[0] if SECRET in text]


def test_the_page_says_how_many_answered_and_that_it_is_not_shown(cast, members, sign_in):
    result = round_of(cast, members)
    client = sign_in(cast.alice)
    text = text_of(get(client, "results", result.assessment_id))
    assert "Each member answers alone, and nobody learns who answered what · 6 respondents" in text
    assert "Answered by too few to be shown" in text
    assert re.search(rf"{re.escape(HIDDEN)} .{{10,200}} 4 people answered", text)
    assert "Don't know, or not answered" not in text
    answer = text_of(get(client, "result-subject", result.assessment_id, "P10"))
    assert "4 people answered" in answer
    assert "a question is shown and counts from 5 answers on" in answer


def test_a_hidden_question_counts_as_not_answered(cast, members):
    result = round_of(cast, members)
    principle = result.scorecard["principles"]["P10"]
    asked = [question for question in FRAMEWORK.core_questions if question.subject == "P10"]
    assert (principle["answered"], principle["applicable"]) == (len(asked) - 1, len(asked))
    assert principle["low"] < 3 < principle["high"]


def test_medians_and_agreement_are_shown_from_five_answers_on(cast, members, sign_in):
    result = round_of(cast, members)
    text = text_of(get(sign_in(cast.bob), "result-subject", result.assessment_id, "P09"))
    assert "n = 6, from 1.0 to 5.0" in text
    assert "Value 3.5" in text
    rows = get(sign_in(cast.bob), "results.csv", result.assessment_id, table="agreement").content.decode()
    assert f"{SHOWN}," in rows
    assert f"{HIDDEN}," not in rows


@pytest.mark.parametrize(("notes", "name", "read"), [(5, "alice", True), (4, "alice", False), (5, "bob", False)])
def test_who_may_see_names_elsewhere_reads_comments_of_five_people_here(cast, members, sign_in, notes, name, read):
    result = round_of(cast, members, notes=notes)
    text = text_of(get(sign_in(getattr(cast, name)), "result-subject", result.assessment_id, "P09"))
    assert ("note 1" in text) is read
    assert ("What people wrote, without names and in mixed order" in text) is read


def test_hostile_comments_are_shown_literally(cast, members, sign_in):
    assessment = opened(cast, mode="anonymous")
    for number, member in enumerate(members):
        save(member, assessment, entry=level(3, note=f"<b>bold {number}</b>{{{{ 7 }}}}"))
    result = close(cast.alice, assessment)
    html = get(sign_in(cast.alice), "result-subject", result.assessment_id, "P09").content.decode()
    assert "&lt;b&gt;bold 0&lt;/b&gt;{{ 7 }}" in html


@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("olivia", 403), ("bob", 403), ("dave", 404)])
def test_nobody_downloads_single_answers(cast, members, sign_in, name, status):
    result = round_of(cast, members)
    client = sign_in(getattr(cast, name))
    response = get(client, "answers.csv", result.assessment_id)
    assert response.status_code == get(client, "answers.xlsx", result.assessment_id).status_code == status
    if name == "alice":
        assert "nobody sees single ones" in text_of(response)


def test_the_leads_report_prints_no_comment(cast, members):
    text = words_of_report(round_of(cast, members, notes=6, waived=True), "lead")
    assert "6 (anonymous)" in text
    for words in (SECRET, "no models at all", "withheld", "note 1", *MEMBERS):
        assert words not in text


def test_the_consultants_report_says_what_is_left_out_and_names_nobody(cast, members):
    """Who may read it may read comments on the page, too: those of enough people, in no order of theirs."""
    text = words_of_report(round_of(cast, members, notes=6, waived=True), "consultant")
    assert "at least 5 people answered it" in text
    assert "(4 answers, not shown)" in text
    assert "Not shown: fewer than 5 people answered." in text
    assert "reasons were given anonymously" in text
    assert "note 1" in text
    for words in (SECRET, "withheld", *MEMBERS):
        assert words not in text


def words_of_report(result: Result, audience: str) -> str:
    briefing = build_briefing(report_data(result, choices_for(result), "en"), "en", audience)
    pages = PdfReader(io.BytesIO(render(briefing, {}, "en"))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_changes_are_tested_over_people_without_knowing_them(cast, members):
    """All six rise by one level on everything: clear by their spread, and no newcomers are told."""
    first, second = (opened_round(cast, members, said, period) for said, period in ((2, "2026-Q2"), (3, "2026-Q3")))
    page = build_page(second, first, {})
    assert page.principle("P09").change.regime == "several"
    assert page.principle("P09").change.verdict == "clear"
    assert not page.since.others_answered
    assert not page.same_person


def opened_round(cast, members, said, period) -> Result:
    assessment = opened(cast, mode="anonymous", period=period)
    for member in members:
        for key in ("P09.1", "P09.2", "P09.3"):
            save(member, assessment, key, level(said))
    return close(cast.alice, assessment)


def test_the_short_forms_answers_can_not_be_carried_on(cast, members, sign_in):
    assessment = opened(cast, mode="anonymous", form="short")
    for member in members:
        save(member, assessment, entry=level(3))
    close(cast.alice, assessment)
    client = sign_in(cast.alice)
    assert "Carry these answers" not in text_of(get(client, "results", assessment.pk))
    response = client.post(reverse("carry", args=[assessment.pk]))
    assert response.status_code == 409
    assert "deleted when it was closed" in text_of(response)


def test_the_closing_is_not_offered_to_be_undone(cast, members, sign_in):
    result = round_of(cast, members)
    Result.objects.filter(pk=result.pk).update(closed_at=NOW + timedelta(days=900))
    client = sign_in(cast.alice)
    assert "Undo closing" not in text_of(get(client, "results", result.assessment_id))
    response = client.post(reverse("undo", args=[result.assessment_id]))
    assert response.status_code == 409
    assert "be undone: the sheets were deleted" in text_of(response)


def test_after_an_end_without_result_the_way_leads_to_the_team(cast, sign_in):
    assessment, _members = opened_anonymously(cast)
    actions.end_without_result(user=cast.alice, assessment_id=assessment.pk, now=LATER)
    client = sign_in(cast.bob)
    for name in ("results", "assessment", "about"):
        response = client.get(reverse(name, args=[assessment.pk]), follow=True)
        assert response.redirect_chain[-1][0] == reverse("team", args=[assessment.team_id])
        assert "ended without a result" in text_of(response)


def test_reasons_of_five_people_are_read_like_other_comments(cast, members, sign_in):
    result = round_of(cast, members, waived=True)
    subject = FRAMEWORK.question_by_key[WAIVED].subject
    page = subject if subject in FRAMEWORK.principle_by_key else "overall"
    assert "no models at all" in text_of(get(sign_in(cast.alice), "result-subject", result.assessment_id, page))
    assert "no models at all" not in text_of(get(sign_in(cast.alice), "results", result.assessment_id))
