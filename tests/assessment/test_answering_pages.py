"""The questionnaire's pages: who sees them, what a plain form saves, what the page's script is told."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessment import actions
from assessment.actions import Entry
from assessment.models import Answer, Assessment, Result, Revision
from manifesto import catalog
from organizations.actions import archive_team
from organizations.models import Team
from tests.assessment.rooms import FRAMEWORK, LATER, answer_all, closed, level, opened, save, stored

HOSTILE = "{{ 7|add:7 }}{% now 'Y' %}<script>alert(1)</script>"
LITERAL = "{{ 7|add:7 }}{% now &#x27;Y&#x27; %}&lt;script&gt;alert(1)&lt;/script&gt;"
FIELDS = ("choice", "version", "reason", "note", "evidence_url", "confidence")
TICKS = ("partly", "flagged", "confirmed")
ANSWERING = ("about", "assessment", "continue", "check-answers", "section", "history", "save-answer", "check-evidence")
RUNNING = ("assessment-settings", "close", "undo", "carry")
POST_ONLY = ("save-answer", "check-evidence", "close", "undo", "carry")
FOLLOWED = {"continue"}


def address(name: str, assessment: Assessment) -> str:
    further = {"section": ["P09"], "history": ["P09.1"], "save-answer": ["P09.1"], "check-evidence": ["P09.1"]}
    return reverse(name, args=[assessment.pk, *further.get(name, [])])


def fields(key: str, version: int = 0, **said) -> dict:
    """What the form sends for one question; ticks are sent when they are ticked."""
    prefix = key.replace(".", "_")
    sent = {"choice": "", "version": version, "reason": "", "note": "", "evidence_url": "", "confidence": ""} | said
    return {f"{prefix}-{name}": "on" if value is True else value for name, value in sent.items()}


def section_url(assessment: Assessment, subject: str = "P09") -> str:
    return reverse("section", args=[assessment.pk, subject])


def post(client, assessment: Assessment, *questions: dict, subject: str = "P09", **buttons):
    """Send the page of a principle; questions that aren't given are left empty, as on a fresh page."""
    keys = [question.key for question in FRAMEWORK.form_questions(assessment.form) if question.subject == subject]
    data = {name: value for key in keys for name, value in fields(key).items()}
    for question in questions:
        data |= question
    return client.post(section_url(assessment, subject), data | buttons)


def script(client, assessment: Assessment, key: str = "P09.1", version: int = 0, save_id: str = "", **said):
    """Send one answer as the page's script does."""
    data = fields(key, version, **said) | {f"{key.replace('.', '_')}-save_id": save_id}
    return client.post(reverse("save-answer", args=[assessment.pk, key]), data, headers={"HX-Request": "true"})


def sent_back(page: str, key: str) -> dict:
    """The fields of one question as a browser would send them from this page, without pressing a button."""
    block = re.search(rf'<fieldset class="question" id="q-{key.replace(".", "_")}".*?</fieldset>', page, re.S).group()
    found = {}
    for tag in re.findall(r"<input[^>]*>", block):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") in ("radio", "checkbox"):
            if " checked" in tag:
                found[attributes["name"]] = attributes.get("value", "on")
        else:
            found[attributes["name"]] = attributes.get("value", "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', block, re.S):
        found[name] = text
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', block, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return found


def page_of(response) -> str:
    return response.content.decode()


def data_statements(captured: CaptureQueriesContext) -> list[str]:
    """What reads or writes data; neither transactions nor the session that signs the person in."""
    statements = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in statements if re.match("SELECT|INSERT|UPDATE|DELETE", sql) and "django_session" not in sql]


# --- access -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*ANSWERING, *RUNNING, "blank"])
def test_who_opens_which_page(cast, client, name):
    url = address(name, opened(cast))
    allowed = ("alice", "carla") if name in RUNNING else ("alice", "bob", "carla")
    allowed = (*allowed, "bob", "erin") if name == "blank" else allowed
    expected = 405 if name in POST_ONLY else 302 if name in FOLLOWED else 200
    for someone in ("alice", "bob", "carla", "erin", "dave"):
        client.force_login(getattr(cast, someone))
        wanted = expected if someone in allowed or name in POST_ONLY else 404 if someone == "dave" else 403
        assert client.get(url).status_code == wanted, someone


@pytest.mark.parametrize("name", POST_ONLY)
def test_viewers_and_strangers_post_in_vain(cast, client, name):
    assessment = opened(cast)
    for someone, status in (("erin", 403), ("dave", 404)):
        client.force_login(getattr(cast, someone))
        for data in (fields("P09.1", choice="3"), {}):
            assert client.post(address(name, assessment), data).status_code == status, someone
    assert not Answer.objects.exists()


def test_a_member_answers_but_neither_opens_nor_closes(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    assert post(client, assessment, fields("P09.1", choice="3")).status_code == 302
    for name in RUNNING:
        assert client.post(address(name, assessment)).status_code == 403
    assert client.post(reverse("start-assessment", args=[cast.atlas.pk])).status_code == 403
    assert not Result.objects.exists()


@pytest.mark.parametrize("name", [*ANSWERING, *RUNNING, "blank"])
def test_anonymous_people_sign_in_first_and_arrive_where_they_wanted(cast, client, name):
    url = address(name, opened(cast))
    assert client.get(url).url == f"{reverse('account_login')}?next={url}"


def test_a_lead_of_another_team_finds_nothing(cast, sign_in):
    boreal = opened(cast, team=cast.boreal, user=cast.carla)
    for name in (*ANSWERING, "blank"):
        method = sign_in(cast.alice).post if name in POST_ONLY else sign_in(cast.alice).get
        assert method(address(name, boreal), fields("P09.1", choice="3")).status_code == 404, name


# --- a plain form -----------------------------------------------------------------------------------------------------


def test_a_plain_form_saves_every_changed_question_and_only_those(cast, sign_in):
    assessment = opened(cast)
    response = post(
        sign_in(cast.bob), assessment, fields("P09.1", choice="4", partly=True), fields("P09.3", note="Ask Ana")
    )
    assert response.url == section_url(assessment, "P10")
    rows = Answer.objects.order_by("question_key").values_list("question_key", "state", "level", "partly", "note")
    assert list(rows) == [("P09.1", "answered", 4, True, ""), ("P09.3", "open", None, False, "Ask Ana")]


def test_a_page_sent_without_a_change_saves_nothing(cast, sign_in):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(4, note="A\nB", confidence="low", flagged=True, evidence_url="wiki"))
    client = sign_in(cast.bob)
    page = page_of(client.get(section_url(assessment)))
    assert (
        client.post(section_url(assessment), sent_back(page, "P09.1") | fields("P09.2") | fields("P09.3")).status_code
        == 302
    )
    assert (Revision.objects.count(), stored(assessment).updated_by_name) == (1, "Alice")


@pytest.mark.parametrize(
    ("buttons", "name", "further"),
    [
        ({"go": "next"}, "section", ["P10"]),
        ({"go": "previous"}, "section", ["P08"]),
        ({"go": "stay"}, "section", ["P09"]),
        ({"go": "list"}, "assessment", []),
        ({}, "section", ["P10"]),
    ],
)
def test_each_button_saves_and_leads_on(cast, sign_in, buttons, name, further):
    assessment = opened(cast)
    response = post(sign_in(cast.bob), assessment, fields("P09.1", choice="2"), **buttons)
    assert response.url == reverse(name, args=[assessment.pk, *further])
    assert stored(assessment).level == 2


def test_the_last_page_leads_to_the_check(cast, sign_in):
    assessment = opened(cast)
    assert post(sign_in(cast.bob), assessment, subject="ORG").url == reverse("check-answers", args=[assessment.pk])


def test_enter_in_a_field_presses_a_button_that_only_saves(cast, sign_in):
    assessment = opened(cast)
    save(cast.alice, assessment, entry=level(5, evidence_url="wiki"))
    page = page_of(sign_in(cast.bob).get(section_url(assessment)))
    form = page[page.index('<form method="post" novalidate class="questions"') :]
    first = re.search(r'<button[^>]*type="submit"[^>]*>', form).group()
    assert 'name="go" value="stay"' in first
    assert 'name="check" value="P09.1"' in form


def test_a_question_that_was_left_alone_meets_no_conflict(cast, sign_in):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(2))
    client = sign_in(cast.bob)
    page = page_of(client.get(section_url(assessment)))
    save(cast.alice, assessment, "P09.1", level(5), version=1)
    save(cast.alice, assessment, "P09.3", level(1))
    unchanged = sent_back(page, "P09.1") | sent_back(page, "P09.3")
    response = client.post(section_url(assessment), unchanged | fields("P09.2", choice="3"))
    assert response.status_code == 302
    assert [stored(assessment, key).level for key in ("P09.1", "P09.2", "P09.3")] == [5, 3, 1]


def test_what_stands_already_is_saved_once_even_from_a_page_that_doesnt_know(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    assert script(client, assessment, choice="3").status_code == 200
    assert post(client, assessment, fields("P09.1", choice="3")).status_code == 302
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("seen", [0, 1])
def test_a_conflict_shows_both_answers_and_keeps_what_was_typed(cast, sign_in, seen):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(1))
    save(cast.alice, assessment, "P09.1", level(2, note="Only nightly"), version=1)
    response = post(sign_in(cast.bob), assessment, fields("P09.1", seen, choice="4", note="All of them"))
    page = page_of(response)
    assert response.status_code == 409
    assert "Two answers to one question" in page
    assert re.search(r"<dt>Alice, .*?</dt>\s*<dd>\s*Level 2 · “Only nightly”", page)
    assert re.search(r"<dt>You</dt>\s*<dd>\s*Level 4 · “All of them”", page)
    sent = sent_back(page, "P09.1")
    assert (sent["P09_1-choice"], sent["P09_1-note"]) == ("4", "All of them")
    assert stored(assessment).level == 2


def conflicting(cast, client) -> tuple[Assessment, str]:
    """Alice answered 2 on both questions while Bob typed 4: the assessment and the page that Bob gets."""
    assessment = opened(cast)
    for key in ("P09.1", "P09.2"):
        save(cast.alice, assessment, key, level(2))
    response = post(client, assessment, fields("P09.1", choice="4"), fields("P09.2", choice="4"))
    assert response.status_code == 409
    return assessment, page_of(response)


def buttons_of(page: str, key: str) -> dict[str, dict]:
    found = re.findall(rf'name="({key.replace(".", "_")}-keep)" value="(\w+)"', page)
    return {"theirs" if value == "theirs" else "mine": {name: value} for name, value in found}


def levels(assessment: Assessment) -> list[int]:
    return [stored(assessment, key).level for key in ("P09.1", "P09.2")]


@pytest.mark.parametrize(("choice", "kept"), [("mine", 4), ("theirs", 2)])
def test_each_conflict_is_decided_by_itself(cast, sign_in, choice, kept):
    client = sign_in(cast.bob)
    assessment, page = conflicting(cast, client)
    data = sent_back(page, "P09.1") | sent_back(page, "P09.2") | fields("P09.3")
    response = client.post(section_url(assessment), data | buttons_of(page, "P09.1")[choice])
    assert response.status_code == 409, "the other question is still to be decided"
    assert levels(assessment) == [kept, 2]
    page = page_of(response)
    assert not buttons_of(page, "P09.1")
    data = sent_back(page, "P09.1") | sent_back(page, "P09.2") | fields("P09.3")
    response = client.post(section_url(assessment), data | buttons_of(page, "P09.2")[choice])
    assert response.url == section_url(assessment)
    assert levels(assessment) == [kept, kept]


def test_going_on_decides_no_conflict(cast, sign_in):
    client = sign_in(cast.bob)
    assessment, page = conflicting(cast, client)
    data = sent_back(page, "P09.1") | sent_back(page, "P09.2") | fields("P09.3")
    assert client.post(section_url(assessment), data | {"go": "next"}).status_code == 409
    assert levels(assessment) == [2, 2]


def test_keeping_mine_replaces_only_the_answer_that_was_shown(cast, sign_in):
    client = sign_in(cast.bob)
    assessment, page = conflicting(cast, client)
    save(cast.carla, assessment, "P09.1", level(5), version=1)
    data = sent_back(page, "P09.1") | fields("P09.2") | fields("P09.3")
    response = client.post(section_url(assessment), data | buttons_of(page, "P09.1")["mine"])
    assert response.status_code == 409
    assert "Level 5" in page_of(response)
    assert stored(assessment).level == 5


# --- input that doesn't fit -------------------------------------------------------------------------------------------


def test_not_applicable_without_a_reason_comes_back_with_a_summary_and_all_that_was_typed(cast, sign_in):
    assessment = opened(cast)
    response = post(
        sign_in(cast.bob), assessment, fields("P02.1", choice="not_applicable", note="Kept note"), subject="P02"
    )
    page = page_of(response)
    assert response.status_code == 422
    assert "Not everything could be saved" in page
    before = page_of(sign_in(cast.bob).get(section_url(assessment, "P02")))
    assert ("<title>Error: " in page, "<title>Error: " in before) == (True, False)
    assert '<a href="#q-P02_1">P02.1: Say in a few words why this doesn&#x27;t apply.</a>' in page
    assert page.count("Say in a few words") == 2, "the summary and the field say the same words"
    sent = sent_back(page, "P02.1")
    assert (sent["P02_1-choice"], sent["P02_1-note"], sent["P02_1-version"]) == ("not_applicable", "Kept note", "0")
    assert not Answer.objects.exists()


def test_correcting_a_fault_replaces_only_what_the_person_had_seen(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    save(cast.alice, assessment, "P02.1", level(2))
    faulty = fields("P02.1", choice="not_applicable")
    page = page_of(post(client, assessment, faulty, subject="P02"))
    corrected = sent_back(page, "P02.1") | {"P02_1-reason": "No production yet"}
    refused = client.post(section_url(assessment, "P02"), corrected)
    assert (refused.status_code, "<title>Error: " in page_of(refused)) == (409, True)
    assert stored(assessment, "P02.1").level == 2


def test_a_reason_is_kept_with_not_applicable(cast, sign_in):
    assessment = opened(cast)
    post(
        sign_in(cast.bob),
        assessment,
        fields("P02.1", choice="not_applicable", reason="No production yet"),
        subject="P02",
    )
    assert (stored(assessment, "P02.1").state, stored(assessment, "P02.1").reason) == (
        "not_applicable", "No production yet",
    )  # fmt: skip


def test_not_applicable_is_refused_where_every_team_is_asked(cast, sign_in):
    assessment = opened(cast)
    response = post(sign_in(cast.bob), assessment, fields("P09.1", choice="not_applicable", reason="We are special"))
    assert response.status_code == 422
    assert "This question applies to every team." in page_of(response)
    assert not Answer.objects.exists()


def test_partly_at_the_highest_level_is_explained(cast, sign_in):
    assessment = opened(cast)
    response = post(
        sign_in(cast.bob), assessment, fields("P09.1", choice="5", partly=True), fields("P09.2", choice="3")
    )
    assert response.status_code == 422
    assert "Level 5 is the highest" in page_of(response)
    assert not Answer.objects.filter(question_key="P09.1").exists()
    assert stored(assessment, "P09.2").level == 3, "what fits is saved beside what doesn't"


@pytest.mark.parametrize(
    "wrong",
    [
        {"choice": "6"}, {"choice": "-1"}, {"choice": "answered"}, {"version": "-1"}, {"version": "one"},
        {"version": ""}, {"note": "x" * 4001}, {"reason": "x" * 2001}, {"evidence_url": "x" * 1001},
        {"confidence": "sure"}, {"save_id": "'; drop"}, {"keep": "-3"},
    ],
)  # fmt: skip
def test_nonsense_is_refused_on_both_ways(cast, sign_in, wrong):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    sent = {"choice": "3", "version": 0} | wrong
    assert post(client, assessment, fields("P09.1", **sent)).status_code == 422
    assert client.post(address("save-answer", assessment), fields("P09.1", **sent)).status_code == 422
    assert not Answer.objects.exists()


@pytest.mark.parametrize("version", [3, 2**31, 10**30])
def test_a_version_from_nowhere_is_a_conflict_and_no_crash(cast, sign_in, version):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(2))
    client = sign_in(cast.bob)
    assert post(client, assessment, fields("P09.1", version, choice="3")).status_code == 409
    assert script(client, assessment, version=version, choice="3").status_code == 409
    assert stored(assessment).level == 2


@pytest.mark.parametrize("way", [post, script])
def test_fields_that_no_form_has_are_ignored(cast, sign_in, way):
    assessment, other = opened(cast), opened(cast, team=cast.boreal, user=cast.carla)
    smuggled = {
        "evidence_strength": "2", "checked_by": cast.alice.pk, "respondent": other.respondents.get().pk,
        "question_key": "P10.1", "state": "not_applicable", "level": "5", "updated_by": cast.alice.pk, "pk": "1",
    }  # fmt: skip
    said = fields("P09.1", choice="4", evidence_url="wiki", **smuggled) | smuggled
    client = sign_in(cast.bob)
    client.post(section_url(assessment), said | fields("P09.2") | fields("P09.3")) if way is post else client.post(
        address("save-answer", assessment), said
    )
    answer = Answer.objects.get()
    assert (answer.evidence_strength, answer.checked_by, answer.updated_by) == (1, None, cast.bob)
    assert (answer.question_key, answer.state, answer.level) == ("P09.1", "answered", 4)
    assert (answer.respondent.assessment, answer.version) == (assessment, 1)


def test_hostile_text_appears_literally(cast, sign_in):
    assessment = opened(cast, scope=HOSTILE)
    client = sign_in(cast.bob)
    said = {"choice": "3", "note": HOSTILE, "evidence_url": HOSTILE}
    assert post(client, assessment, fields("P09.1", **said)).status_code == 302
    pages = [section_url(assessment), *(address(name, assessment) for name in ("history", "check-answers", "about"))]
    for url in pages:
        page = page_of(client.get(url))
        assert LITERAL in page, url
        assert "<script>alert" not in page, url
    conflict = script(client, assessment, choice="4", note=HOSTILE).json()
    assert LITERAL in conflict["html"]
    assert "<script>" not in conflict["html"]


def test_control_characters_are_left_out(cast, sign_in):
    assessment = opened(cast)
    script(sign_in(cast.bob), assessment, choice="3", note="a\x00b\x1bc\r\nd\te")
    assert stored(assessment).note == "abc\nd\te"


# --- last time --------------------------------------------------------------------------------------------------------


def with_last(cast) -> Assessment:
    """An open assessment after one in which P09.1 was answered with level 4, partly above."""
    first = opened(cast, period="2026-Q2")
    save(cast.alice, first, "P09.1", level(4, partly=True))
    actions.close_assessment(user=cast.alice, assessment_id=first.pk, now=timezone.now())
    return opened(cast, period="2026-Q3")


def test_last_times_answer_is_a_hint_and_not_chosen(cast, sign_in):
    assessment = with_last(cast)
    page = page_of(sign_in(cast.bob).get(section_url(assessment)))
    assert re.search(r'anchor--last">\s*<input type="radio" name="P09_1-choice" value="4">', page)
    assert "last time, partly above" in " ".join(page.split()).replace("</span>", "")
    assert "P09_1-choice" not in sent_back(page, "P09.1")
    assert not Answer.objects.on_sheet_of(assessment, cast.bob).exists()


def test_same_as_last_time_is_one_tick_and_recorded_as_confirmed(cast, sign_in):
    assessment = with_last(cast)
    post(sign_in(cast.bob), assessment, fields("P09.1", confirmed=True))
    answer = stored(assessment)
    assert (answer.state, answer.level, answer.partly, answer.confirmed) == ("answered", 4, True, True)


def test_same_as_last_time_keeps_a_reason_too(cast, sign_in):
    first = opened(cast, period="2026-Q2")
    save(cast.alice, first, "P02.1", Entry(state="not_applicable", reason="No production yet"))
    actions.close_assessment(user=cast.alice, assessment_id=first.pk, now=timezone.now())
    assessment = opened(cast, period="2026-Q3")
    post(sign_in(cast.bob), assessment, fields("P02.1", confirmed=True), subject="P02")
    assert (stored(assessment, "P02.1").state, stored(assessment, "P02.1").reason) == (
        "not_applicable", "No production yet",
    )  # fmt: skip


def test_another_level_is_no_confirmation(cast, sign_in):
    assessment = with_last(cast)
    post(sign_in(cast.bob), assessment, fields("P09.1", confirmed=True, choice="5"))
    assert (stored(assessment).level, stored(assessment).confirmed) == (5, False)


def test_without_a_last_time_there_is_nothing_to_confirm(cast, sign_in):
    page = page_of(sign_in(cast.bob).get(section_url(opened(cast))))
    assert "Same as last time" not in page


# --- the page's script ------------------------------------------------------------------------------------------------


def test_a_save_answers_with_the_new_version(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    assert script(client, assessment, choice="3").json()["version"] == 1
    data = script(client, assessment, version=1, choice="4").json()
    assert (data["version"], data["state"]) == (2, "answered")
    assert data["saved"]


def test_a_conflict_answers_with_both_values_and_who_saved_when(cast, sign_in):
    assessment = opened(cast)
    saved = save(cast.alice, assessment, entry=level(2, note="Nightly"), save_id="aa")
    response = script(sign_in(cast.bob), assessment, choice="4", partly=True)
    data = response.json()
    assert response.status_code == 409
    assert (data["conflict"], data["version"], data["by"], data["save_id"]) == (True, 1, "Alice", "aa")
    assert data["at"] == saved.updated_at.isoformat()
    assert data["theirs"] == {
        "state": "answered", "level": 2, "partly": False, "reason": "", "note": "Nightly", "holders": "",
            "evidence_url": "",
    }  # fmt: skip
    assert (data["yours"]["level"], data["yours"]["partly"]) == (4, True)
    assert "Keep mine" in data["html"]


@pytest.mark.parametrize(("note", "same"), [("Nightly", True), ("Hourly", False)])
def test_a_conflict_says_whether_there_is_anything_to_decide(cast, sign_in, note, same):
    assessment = opened(cast)
    save(cast.alice, assessment, entry=level(2, note="Nightly"))
    response = script(sign_in(cast.bob), assessment, choice="2", note=note)
    assert (response.status_code, response.json()["same"]) == (409, same)
    assert Revision.objects.count() == 1


def test_a_repeated_request_is_known_by_its_id(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    for _again in range(3):
        assert script(client, assessment, choice="3", save_id="0f").json()["version"] == 1
    assert Revision.objects.count() == 1


def test_what_doesnt_fit_answers_with_the_errors(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    response = script(client, assessment, "P02.1", choice="not_applicable")
    assert (response.status_code, list(response.json()["errors"])) == (422, ["reason"])
    response = script(client, assessment, "P99.1", choice="3")
    assert response.status_code == 422
    assert "P99.1" in json.dumps(response.json())


def test_after_closing_the_script_hears_that_it_is_closed(cast, sign_in):
    assessment = closed(cast).assessment
    response = script(sign_in(cast.bob), assessment, version=1, choice="5")
    assert (response.status_code, response.json()["closed"]) == (409, True)
    assert stored(assessment).level == 3


def test_a_session_that_ended_answers_401_so_that_nothing_typed_is_lost(cast, client):
    assessment = opened(cast)
    assert script(client, assessment, choice="3").status_code == 401
    assert client.post(address("save-answer", assessment), fields("P09.1", choice="3")).status_code == 302


def test_strangers_and_viewers_save_nothing_by_script(cast, client):
    assessment = opened(cast)
    for someone, status in ((cast.dave, 404), (cast.erin, 403)):
        client.force_login(someone)
        assert script(client, assessment, choice="3").status_code == status
    assert script(client, Assessment(pk=10**9), choice="3").status_code == 404


def test_a_post_without_the_forms_token_is_refused(cast):
    assessment = opened(cast)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.bob)
    response = client.post(address("save-answer", assessment), fields("P09.1", choice="3"))
    assert response.status_code == 403
    assert "X-Request-Id" in response
    assert not Answer.objects.exists()


# --- queries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["single", "named"])
def test_a_save_takes_at_most_five_data_statements(cast, sign_in, mode):
    assessment = opened(cast, mode=mode)
    client = sign_in(cast.bob)
    script(client, assessment, choice="3")
    with CaptureQueriesContext(connection) as captured:
        assert script(client, assessment, version=1, choice="4").status_code == 200
    assert len(data_statements(captured)) <= 5, data_statements(captured)


def queries_of_the_question_page(client, assessment) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(section_url(assessment)).status_code == 200
    return len(captured)


def test_a_question_page_takes_at_most_eight_queries_for_any_number_of_teams(cast, sign_in):
    assessment = with_last(cast)
    answer_all(cast.alice, assessment)
    client = sign_in(cast.carla)
    first = queries_of_the_question_page(client, assessment)
    Team.objects.bulk_create(Team(organization=cast.house, name=f"Team {number}") for number in range(198))
    assert queries_of_the_question_page(client, assessment) == first <= 8


# --- task list, continue, check ---------------------------------------------------------------------------------------


def test_the_task_list_counts_and_says_how_many_minutes_are_left(cast, sign_in):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(3, flagged=True))
    for key in ("P10.1", "P01.1", "P01.2"):
        save(cast.alice, assessment, key)
    response = sign_in(cast.bob).get(address("assessment", assessment))
    states = {section.key: section.state for section in response.context["sections"]}
    assert (states["P09"], states["P10"], states["P01"], states["P11"]) == (
        "in-progress",
        "done",
        "done",
        "not-started",
    )
    # 35 questions, 4 answered: 31 at 40 seconds are 20 minutes and 40 seconds.
    assert "4 of 35 answered, about 18 min left." in page_of(response)
    assert "Open</a>" not in page_of(response)
    assert "Open (31)" in page_of(response)
    assert "Flagged (1)" in page_of(response)


@pytest.mark.parametrize(("show", "kept"), [("open", "P11"), ("flagged", "P09")])
def test_the_task_list_filters(cast, sign_in, show, kept):
    assessment = opened(cast)
    answer_all(cast.alice, assessment)
    save(cast.alice, assessment, "P09.1", level(3, flagged=True), version=1)
    save(cast.alice, assessment, "P11.1", Entry(), version=1)
    response = sign_in(cast.bob).get(address("assessment", assessment), {"show": show})
    assert [section.key for section in response.context["sections"]] == [kept]


def test_empty_filters_and_unknown_ones_say_so(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    assert "Nothing is flagged." in page_of(client.get(address("assessment", assessment), {"show": "flagged"}))
    assert len(client.get(address("assessment", assessment), {"show": HOSTILE}).context["sections"]) == 21


def test_continue_lands_on_the_first_open_question_then_on_the_check(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.bob)
    assert client.get(address("continue", assessment)).url == section_url(assessment, "P01") + "#q-P01_1"
    save(cast.alice, assessment, "P01.1")
    save(cast.alice, assessment, "P02.1", Entry(state="dont_know"))
    assert client.get(address("continue", assessment)).url == section_url(assessment, "P01") + "#q-P01_2"
    save(cast.alice, assessment, "P01.2")
    assert client.get(address("continue", assessment)).url == section_url(assessment, "P03") + "#q-P03_1"
    for question in FRAMEWORK.form_questions("full"):
        if not Answer.objects.filter(question_key=question.key).exists():
            save(cast.alice, assessment, question.key)
    assert client.get(address("continue", assessment)).url == address("check-answers", assessment)


def test_begin_leads_to_question_one(cast, sign_in):
    assessment = opened(cast, mode="named")
    response = sign_in(cast.bob).post(address("about", assessment))
    assert response.url == section_url(assessment, "P01") + "#q-P01_1"
    assert assessment.respondents.get().user == cast.bob


def test_an_unknown_principle_is_not_found(cast, sign_in):
    assessment = opened(cast)
    for subject in ("P99", "PRO.1", "x" * 200):
        assert sign_in(cast.bob).get(section_url(assessment, subject)).status_code == 404


def test_the_title_says_where_one_is(cast, sign_in):
    page = page_of(sign_in(cast.bob).get(section_url(opened(cast))))
    name = FRAMEWORK.principle_by_key["P09"].name.in_language("en")
    assert f"<title>{name}, 9 of 21, Atlas · DataOps Ladder</title>" in page.replace("&#x27;", "'")


def test_the_check_page_shows_each_answer_with_a_way_to_change_it(cast, sign_in):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(3, partly=True, note="Since May"))
    page = page_of(sign_in(cast.bob).get(address("check-answers", assessment)))
    assert "Level 3, partly there · “Since May”" in page
    assert page.count(f'href="{reverse("assessment", args=[assessment.pk])}questions/') == 35
    assert f'href="{section_url(assessment)}#q-P09_1"' in page
    assert "34 questions are open. They count as level 1 for the level" in page
    assert "Close and score" not in page, "members don't close"
    assert "Close and score" in page_of(sign_in(cast.alice).get(address("check-answers", assessment)))


def test_before_closing_others_are_numbers_only(cast, sign_in):
    assessment = opened(cast, mode="named")
    save(cast.bob, assessment, entry=level(2, note="Between us"))
    page = page_of(sign_in(cast.alice).get(address("check-answers", assessment)))
    assert "Bob: 1 of 35" in page
    for url in (section_url(assessment), address("check-answers", assessment), address("history", assessment)):
        assert "Between us" not in page_of(sign_in(cast.alice).get(url)), url


def test_the_history_shows_every_version(cast, sign_in):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(2))
    save(cast.alice, assessment, entry=level(4, note="With Bob"), version=1)
    page = page_of(sign_in(cast.bob).get(address("history", assessment)))
    assert re.search(r"Alice, .*Level 4 · “With Bob”.*Bob, .*Level 2", page, re.S)
    piece = sign_in(cast.bob).get(address("history", assessment), headers={"HX-Request": "true"})
    assert "<html" not in page_of(piece)


def test_the_blank_questionnaire_holds_every_question_and_no_answer(cast, sign_in):
    assessment = opened(cast)
    save(cast.alice, assessment, entry=level(3, note="Secret"))
    page = page_of(sign_in(cast.erin).get(address("blank", assessment)))
    assert page.count('class="blank__question"') == 35
    assert "Secret" not in page
    assert '<input type="radio"' not in page


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_somebody_else_checks_evidence_from_the_page_and_loses_nothing_typed(cast, sign_in):
    assessment = opened(cast)
    save(cast.alice, assessment, entry=level(5, evidence_url="wiki"))
    client = sign_in(cast.bob)
    page = page_of(client.get(section_url(assessment)))
    typed = sent_back(page, "P09.1") | fields("P09.2", note="Typed before") | fields("P09.3")
    response = client.post(section_url(assessment), typed | {"check": "P09.1"})
    assert response.url == section_url(assessment) + "#q-P09_1"
    assert (stored(assessment).evidence_strength, stored(assessment).checked_by) == (2, cast.bob)
    assert stored(assessment, "P09.2").note == "Typed before"
    assert "Checked by Bob" in page_of(client.get(section_url(assessment)))


def test_the_author_is_not_offered_the_check_and_is_refused(cast, sign_in):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url="wiki"))
    client = sign_in(cast.bob)
    assert 'name="check"' not in page_of(client.get(section_url(assessment)))
    response = client.post(address("check-evidence", assessment), fields("P09.1", 1))
    assert response.status_code == 422
    assert "somebody else" in page_of(response)


@pytest.mark.parametrize("version", ["1", "", "x", "9" * 40])
def test_evidence_that_changed_meanwhile_is_to_be_looked_at_again(cast, sign_in, version):
    assessment = opened(cast)
    save(cast.alice, assessment, entry=level(5, evidence_url="wiki"))
    save(cast.alice, assessment, entry=level(5, evidence_url="other"), version=1)
    response = sign_in(cast.bob).post(address("check-evidence", assessment), fields("P09.1", version))
    assert response.status_code == 409
    assert "Look at its evidence again" in page_of(response)
    assert stored(assessment).evidence_strength == 1


# --- closing ----------------------------------------------------------------------------------------------------------


def test_closing_leads_to_the_results_and_undoing_back_to_the_questions(cast, sign_in):
    assessment = opened(cast)
    answer_all(cast.alice, assessment)
    client = sign_in(cast.alice)
    assert client.post(address("close", assessment)).url == reverse("results", args=[assessment.pk])
    assert client.post(address("close", assessment)).url == reverse("results", args=[assessment.pk])
    assert Result.objects.count() == 1
    assert client.post(address("undo", assessment)).url == address("assessment", assessment)
    assert not Result.objects.standing().exists()
    assert client.post(address("undo", assessment)).url == address("assessment", assessment)


def test_nothing_answered_closes_nothing_and_says_so(cast, sign_in):
    assessment = opened(cast)
    response = sign_in(cast.alice).post(address("close", assessment))
    assert response.status_code == 422
    assert "Nothing is answered yet" in page_of(response)


def test_an_old_closing_stays_and_says_why(cast, sign_in):
    result = closed(cast)
    Assessment.objects.update(closed_at=timezone.now() - timedelta(minutes=61))
    response = sign_in(cast.alice).post(address("undo", result.assessment))
    assert response.status_code == 409
    assert "within an hour" in page_of(response)


def test_a_page_sent_after_closing_comes_back_with_what_was_typed(cast, sign_in):
    assessment = closed(cast).assessment
    response = post(sign_in(cast.bob), assessment, fields("P09.1", 1, choice="5", note="Too late"))
    assert response.status_code == 409
    assert "Too late" in page_of(response)
    assert "was closed meanwhile" in page_of(response)
    assert stored(assessment).level == 3


@pytest.mark.parametrize("name", ["assessment", "section", "check-answers", "about"])
def test_pages_of_a_closed_assessment_lead_to_its_results(cast, sign_in, name):
    assessment = closed(cast).assessment
    assert sign_in(cast.bob).get(address(name, assessment)).url == reverse("results", args=[assessment.pk])


# --- the team's page and the start ------------------------------------------------------------------------------------


def start(client, place: Team, **changes):
    data = {"scope": "Orders", "period": "", "form": "short", "mode": "named", "closes_on": ""} | changes
    today = timezone.localdate()
    data["period"] = data["period"] or f"{today.year}-Q{(today.month - 1) // 3 + 1}"
    return client.post(reverse("start-assessment", args=[place.pk]), data)


def test_a_lead_starts_an_assessment_of_the_current_release(cast, sign_in):
    response = start(sign_in(cast.alice), cast.atlas, closes_on="2030-01-31")
    assessment = Assessment.objects.get()
    assert response.url == address("about", assessment)
    assert (assessment.scope, assessment.form, assessment.mode) == ("Orders", "short", "named")
    assert (assessment.framework_identifier, assessment.closes_on) == (catalog.current().identifier, date(2030, 1, 31))


@pytest.mark.parametrize(
    "wrong", [{"scope": " "}, {"period": "2019-Q5"}, {"form": "tiny"}, {"mode": "secret"}, {"closes_on": "soon"}]
)
def test_a_start_that_doesnt_fit_is_explained(cast, sign_in, wrong):
    response = start(sign_in(cast.alice), cast.atlas, **wrong)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == set(wrong)
    assert not Assessment.objects.exists()


def test_fields_that_the_start_has_not_are_ignored(cast, sign_in):
    smuggled = {"team": cast.boreal.pk, "organization": cast.elsewhere.pk, "framework_version": "9.9.9"}
    smuggled |= {"opened_by": cast.dave.pk, "closed_at": "2020-01-01"}
    start(sign_in(cast.alice), cast.atlas, **smuggled)
    assessment = Assessment.objects.get()
    assert (assessment.team, assessment.organization, assessment.opened_by) == (cast.atlas, cast.house, cast.alice)
    assert (assessment.is_open, assessment.framework_version) == (True, catalog.current().version)


def test_who_starts_second_is_led_to_the_open_one(cast, sign_in):
    assessment = opened(cast)
    assert start(sign_in(cast.carla), cast.atlas).url == address("assessment", assessment)


def test_an_archived_team_offers_and_starts_nothing(cast, sign_in):
    short = closed(cast, form="short").assessment
    archive_team(team=cast.atlas, actor=cast.olivia, now=timezone.now())
    client = sign_in(cast.olivia)
    assert "Start an assessment" not in page_of(client.get(reverse("team", args=[cast.atlas.pk])))
    assert client.get(reverse("start-assessment", args=[cast.atlas.pk])).url == reverse("team", args=[cast.atlas.pk])
    assert start(client, cast.atlas).url == reverse("team", args=[cast.atlas.pk])
    assert client.post(address("carry", short)).url == reverse("team", args=[cast.atlas.pk])
    assert Assessment.objects.count() == 1


def test_a_short_form_is_carried_into_the_full_one(cast, sign_in):
    short = closed(cast, form="short").assessment
    response = sign_in(cast.alice).post(address("carry", short))
    full = Assessment.objects.open().get()
    assert response.url == address("assessment", full)
    asked_alike = {
        question.key
        for question in FRAMEWORK.form_questions("short")
        if catalog.current().question_by_key[question.key].revision == question.revision
    }
    assert set(Answer.objects.of_assessment(full).values_list("question_key", flat=True)) == asked_alike
    assert sign_in(cast.alice).post(address("carry", short)).url == address("assessment", full)


@pytest.mark.parametrize(("someone", "name"), [("bob", "about"), ("erin", "team")])
def test_an_invited_person_is_one_page_from_question_one(cast, sign_in, someone, name):
    assessment = opened(cast)
    page = sign_in(getattr(cast, someone)).get(reverse("team-welcome", args=[cast.atlas.pk]))
    assert page.url == reverse(name, args=[assessment.pk if name == "about" else cast.atlas.pk])


def test_the_teams_page_shows_what_is_open_and_what_was(cast, sign_in):
    closed(cast, 3, period="2026-Q2")
    assessment = opened(cast, closes_on=date(2026, 7, 20))
    save(cast.alice, assessment)
    page = page_of(sign_in(cast.bob).get(reverse("team", args=[cast.atlas.pk])))
    assert "Assessment Q3 2026 is open" in page
    assert "1 of 35 answered, about 19 min left" in page
    assert "Continue answering" in page
    assert "Q2 2026" in page
    assert "Continue answering" not in page_of(sign_in(cast.erin).get(reverse("team", args=[cast.atlas.pk])))


def test_settings_are_saved_and_closed_ones_refused(cast, sign_in):
    assessment = opened(cast)
    client = sign_in(cast.alice)
    data = {"scope": "Less", "period": "2026-Q3", "closes_on": "", "mode": "named", "form": "short"}
    assert client.post(address("assessment-settings", assessment), data).url == address("assessment", assessment)
    assessment.refresh_from_db()
    assert (assessment.scope, assessment.mode, assessment.form) == ("Less", "single", "full")
    assert client.post(address("assessment-settings", assessment), data | {"scope": ""}).status_code == 422
    answer_all(cast.alice, assessment)
    client.post(address("close", assessment))
    assert client.post(address("assessment-settings", assessment), data | {"scope": "More"}).status_code == 409
    assessment.refresh_from_db()
    assert assessment.scope == "Less"


# --- clicked through? -------------------------------------------------------------------------------------------------

SAME = "All your answers have the same level."
FAST = "You took less than four seconds"


def answered_by(user, assessment, levels, seconds: float = 30, **details) -> str:
    """Answers so many questions, so many seconds apart."""
    for number, (question, said) in enumerate(zip(FRAMEWORK.core_questions, levels, strict=False)):
        when = LATER + timedelta(seconds=seconds * number)
        save(user, assessment, question.key, level(said, **details), now=when)
    return reverse("check-answers", args=[assessment.pk])


@pytest.mark.parametrize(
    ("levels", "seconds", "hints"),
    [
        ([3] * 12, 30, [SAME]),
        ([3] * 11, 30, []),
        ([3] * 11 + [4], 30, []),
        ([3, 4] * 7, 2, [FAST]),
        ([3] * 14, 2, [SAME, FAST]),
        ([3, 4] * 6, 2, []),  # twelve answers are eleven times: too few to tell
    ],
)
def test_a_sheet_that_looks_clicked_through_is_said_kindly(cast, sign_in, levels, seconds, hints):
    url = answered_by(cast.bob, opened(cast), levels, seconds)
    page = sign_in(cast.bob).get(url).content.decode()
    assert [words for words in (SAME, FAST) if words in page] == hints
    assert ("Only you see this." in page) == bool(hints)


def test_a_form_sent_page_by_page_is_not_taken_for_hurry(cast, sign_in):
    assessment = opened(cast)
    for number, question in enumerate(FRAMEWORK.core_questions[:24]):
        when = LATER + timedelta(seconds=number // 3 * 60)
        save(cast.bob, assessment, question.key, level(3 + number % 2), now=when)
    page = sign_in(cast.bob).get(reverse("check-answers", args=[assessment.pk])).content.decode()
    assert FAST not in page


def test_keeping_last_times_answers_is_quick_and_no_hurry(cast, sign_in):
    closed(cast, period="2026-Q2")
    url = answered_by(cast.bob, opened(cast), [3, 4] * 7, 1.5, confirmed=True)
    assert FAST not in sign_in(cast.bob).get(url).content.decode()


def test_nobody_is_told_about_the_answers_of_others(cast, client):
    assessment = opened(cast, mode="named")
    url = answered_by(cast.bob, assessment, [3] * 14, 1.5)
    client.force_login(cast.alice)
    page = client.get(url).content.decode()
    assert SAME not in page
    assert FAST not in page


def test_the_glossary_is_within_reach_of_every_question_page(cast, sign_in):
    client, assessment = sign_in(cast.bob), opened(cast)
    for subject in ("P09", "ORG"):
        assert f'href="{reverse("glossary")}"' in client.get(section_url(assessment, subject)).content.decode()
