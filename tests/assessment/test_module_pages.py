"""Modules in the questionnaire: chosen at the start, asked after the core, switched off without losing an answer."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment import actions, overview
from assessment.actions import Entry
from assessment.models import Answer, Assessment
from manifesto.export import framework_hash
from organizations.models import AuditEvent
from tests.assessment.rooms import LATER, close, extended, install, level, opened, save, stored
from tests.assessment.test_answering_pages import fields, script, sent_back

pytestmark = pytest.mark.one_database("what the pages say; answers are stored as in test_actions.py")

ALL = ["mlops", "roles", "projects"]
HOSTILE = "<b>{{ 7|add:7 }}</b>"


@pytest.fixture
def framework(monkeypatch):
    return install(monkeypatch, extended())


def begin(cast, framework, modules=("mlops", "roles"), **changes) -> Assessment:
    return opened(cast, framework=framework, framework_hash=framework_hash(framework), modules=modules, **changes)


def section(assessment, subject: str) -> str:
    return reverse("section", args=[assessment.pk, subject])


def page_of(client, name: str, *arguments) -> str:
    return client.get(reverse(name, args=arguments)).content.decode()


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_the_start_offers_each_module_with_what_it_takes_and_none_is_chosen_at_first(framework, cast, sign_in):
    page = page_of(sign_in(cast.alice), "start-assessment", cast.atlas.pk)
    for words in ("How models are run", "10 questions, about 6 min", "8 questions, about 5 min"):
        assert words in page
    assert "10 ratings for each project, about 6 min" in page
    assert re.findall(r'name="modules" value="(\w+)"( checked)?', page) == [(key, "") for key in ALL]


def test_what_was_chosen_at_the_start_is_on_and_offered_next_time(framework, cast, sign_in):
    client = sign_in(cast.alice)
    data = {"scope": "Orders", "form": "short", "mode": "single", "period": "", "modules": ["roles", "mlops"]}
    start = reverse("start-assessment", args=[cast.atlas.pk])
    data["period"] = re.search(r'<option value="(\d{4}-Q\d)" selected', client.get(start).content.decode()).group(1)
    assert client.post(start, data).status_code == 302
    assessment = Assessment.objects.get()
    assert sorted(assessment.modules) == ["mlops", "roles"]
    save(cast.alice, assessment, "P09.1", level(3))
    close(cast.alice, assessment)
    page = client.get(start).content.decode()
    chosen = re.findall(r'name="modules" value="(\w+)"( checked)?', page)
    assert chosen == [("mlops", " checked"), ("roles", " checked"), ("projects", "")]


def test_a_module_that_there_is_not_is_refused(framework, cast, sign_in):
    assessment = begin(cast, framework)
    url = reverse("assessment-settings", args=[assessment.pk])
    response = sign_in(cast.alice).post(url, {"scope": "All", "period": "2026-Q3", "modules": ["x"]})
    assert response.status_code == 422
    assessment.refresh_from_db()
    assert sorted(assessment.modules) == ["mlops", "roles"]


def test_a_release_without_modules_offers_none(cast, sign_in):
    page = page_of(sign_in(cast.alice), "assessment-settings", opened(cast).pk)
    assert 'name="modules"' not in page


def test_switching_a_module_off_keeps_its_answers_and_says_so(framework, cast, sign_in):
    assessment = begin(cast, framework)
    save(cast.alice, assessment, "MLO.1", level(2))
    client = sign_in(cast.alice)
    url = reverse("assessment-settings", args=[assessment.pk])
    assert "Switching a module off keeps its answers" in client.get(url).content.decode()
    assert client.post(url, {"scope": "All", "period": "2026-Q3", "modules": ["roles"]}).status_code == 302
    assert client.get(section(assessment, "MLO")).status_code == 404
    assert stored(assessment, "MLO.1").level == 2
    assert AuditEvent.objects.newest_first().first().detail["before"]["modules"] == "['mlops', 'roles']"
    client.post(url, {"scope": "All", "period": "2026-Q3", "modules": ["roles", "mlops"]})
    assert "1 of 10" in page_of(client, "assessment", assessment.pk)


# --- answering --------------------------------------------------------------------------------------------------------


def test_modules_follow_the_core_in_list_print_and_check_and_count_in_the_minutes(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework)
    core = len(framework.form_questions("full"))
    page = page_of(client, "assessment", assessment.pk)
    assert f"0 of {core + 18} answered, about {-(-(core + 18) * 33 // 60)} min left" in page
    names = re.findall(r"questions/(\w+)/", page)
    assert names[-3:] == ["ORG", "MLO", "ROL"]
    for name in ("blank", "check-answers"):
        page = page_of(client, name, assessment.pk)
        assert "How far is MLO.10?" in page
        assert "How far is ROL.source-owner?" in page
    assert "How far is DAV.1?" not in page


def test_module_pages_are_numbered_after_the_pillars(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework, form="short")
    page = client.get(section(assessment, "ROL")).content.decode()
    assert "<title>Roles, 20 of 20, Atlas" in page


def test_modules_that_are_off_have_no_page_and_take_no_answer(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework, modules=["roles"])
    assert client.get(section(assessment, "MLO")).status_code == 404
    assert script(client, assessment, "MLO.1", choice="3").status_code == 422
    assert script(client, assessment, "DAV.1", choice="3").status_code == 422
    assert not Answer.objects.exists()


def test_what_was_typed_while_the_module_was_switched_off_comes_back(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework, modules=["roles"])
    response = client.post(section(assessment, "MLO"), fields("MLO.1", choice="3", note="Typed for long"))
    assert response.status_code == 409
    assert "Typed for long" in response.content.decode()
    assert not Answer.objects.exists()


def test_projects_are_no_questions_of_the_sheet_even_when_their_module_is_on(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework, modules=ALL)
    assert client.get(section(assessment, "DAV")).status_code == 404
    assert script(client, assessment, "VAL.3", choice="3").status_code == 422


def test_open_module_questions_are_not_said_to_hold_the_level(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework, modules=["roles"])
    for question in framework.form_questions("full"):
        save(cast.alice, assessment, question.key, level(3))
    page = page_of(client, "check-answers", assessment.pk)
    assert "8 questions of modules are open" in page
    assert "count as level 1" not in page


# --- who does the work ------------------------------------------------------------------------------------------------


def test_only_roles_ask_who_does_the_work(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework)
    assert 'name="ROL_engineer-holders"' in client.get(section(assessment, "ROL")).content.decode()
    assert "-holders" not in client.get(section(assessment, "MLO")).content.decode()
    with pytest.raises(actions.InvalidAnswer):
        save(cast.alice, assessment, "P09.1", level(3, holders="AB"))


@pytest.mark.database
def test_holders_are_saved_with_versions_and_history(framework, cast, sign_in):
    client, assessment = sign_in(cast.bob), begin(cast, framework)
    assert script(client, assessment, "ROL.engineer", choice="4", holders=" AB ;CD,, AB").status_code == 200
    assert stored(assessment, "ROL.engineer").holders == "AB, CD"
    assert script(client, assessment, "ROL.engineer", 1, choice="4", holders="CD").status_code == 200
    page = page_of(client, "history", assessment.pk, "ROL.engineer")
    assert [words in page for words in ("AB, CD", "Bob")] == [True, True]
    assert list(stored(assessment, "ROL.engineer").revisions.order_by("version").values_list("holders", flat=True)) == [
        "AB, CD", "CD"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "message"),
    [(",".join(f"P{n}" for n in range(13)), "at most 12 people"), ("x" * 41, "at most 40 characters")],
)
def test_too_many_holders_or_too_long_names_are_refused_and_stay_on_the_page(framework, cast, sign_in, typed, message):
    client, assessment = sign_in(cast.bob), begin(cast, framework)
    response = script(client, assessment, "ROL.engineer", choice="4", holders=typed)
    assert response.status_code == 422
    assert message in response.json()["errors"]["holders"][0]["message"]
    data = {k: v for q in framework.module_questions("roles") for k, v in fields(q.key).items()}
    data |= fields("ROL.engineer", choice="4", holders=typed)
    response = client.post(section(assessment, "ROL"), data)
    page = response.content.decode()
    assert (response.status_code, message in page) == (422, True)
    assert sent_back(page, "ROL.engineer")["ROL_engineer-holders"] == typed
    assert not Answer.objects.exists()


def test_twelve_long_names_fit(framework, cast, sign_in):
    client, assessment = sign_in(cast.bob), begin(cast, framework)
    names = ", ".join(f"{n:02d}" + "x" * 38 for n in range(12))
    assert script(client, assessment, "ROL.engineer", choice="4", holders=names).status_code == 200
    assert stored(assessment, "ROL.engineer").holders == names


def test_a_form_without_script_saves_holders_and_a_conflict_shows_both(framework, cast, sign_in):
    client, assessment = sign_in(cast.bob), begin(cast, framework)
    empty = {k: v for q in framework.module_questions("roles") for k, v in fields(q.key).items()}
    mine = empty | fields("ROL.steward", choice="3", holders="BB")
    save(cast.alice, assessment, "ROL.steward", level(3, holders="AA"))
    response = client.post(section(assessment, "ROL"), mine)
    page = response.content.decode()
    assert response.status_code == 409
    conflict = page[page.index('class="conflict"') :]
    assert "AA" in conflict
    assert "BB" in conflict
    assert client.post(section(assessment, "ROL"), mine | {"ROL_steward-keep": "1"}).status_code == 302
    assert stored(assessment, "ROL.steward").holders == "BB"


def test_hostile_holders_are_shown_literally(framework, cast, sign_in):
    client, assessment = sign_in(cast.bob), begin(cast, framework)
    save(cast.bob, assessment, "ROL.engineer", level(3, holders=HOSTILE))
    for page in (
        client.get(section(assessment, "ROL")).content.decode(),
        page_of(client, "check-answers", assessment.pk),
        page_of(client, "history", assessment.pk, "ROL.engineer"),
    ):
        assert HOSTILE not in page
        assert "&lt;b&gt;{{ 7|add:7 }}" in page


def test_last_time_is_a_hint_and_keeping_it_takes_the_holders_along(framework, cast, sign_in):
    first = begin(cast, framework, period="2026-Q2")
    save(cast.alice, first, "ROL.engineer", level(4, holders="AB, CD"))
    save(cast.alice, first, "P09.1", level(3))
    close(cast.alice, first)
    client, second = sign_in(cast.alice), begin(cast, framework)
    page = client.get(section(second, "ROL")).content.decode()
    assert "Last time: AB, CD." in page
    assert sent_back(page, "ROL.engineer")["ROL_engineer-holders"] == ""
    url = section(second, "ROL")
    data = {k: v for q in framework.module_questions("roles") for k, v in fields(q.key).items()}
    assert client.post(url, data | fields("ROL.engineer", confirmed=True)).status_code == 302
    kept = stored(second, "ROL.engineer")
    assert (kept.level, kept.holders, kept.confirmed) == (4, "AB, CD", True)


@pytest.mark.database
def test_a_short_form_is_carried_with_its_modules(framework, cast, sign_in):
    short = begin(cast, framework, form="short")
    save(cast.alice, short, "P09.1", level(3))
    save(cast.alice, short, "ROL.engineer", level(4, holders="AB"))
    close(cast.alice, short)
    assert sign_in(cast.alice).post(reverse("carry", args=[short.pk])).status_code == 302
    full = Assessment.objects.open().get()
    assert (full.form, full.modules) == ("full", ["mlops", "roles"])
    assert stored(full, "ROL.engineer").holders == "AB"


# --- as before --------------------------------------------------------------------------------------------------------


def queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_all_modules_on_ask_the_database_as_often_as_none(framework, cast, sign_in):
    client = sign_in(cast.alice)
    plain = begin(cast, framework, modules=[])
    full = begin(cast, framework, team=cast.boreal, user=cast.carla, modules=ALL)
    for key in ("MLO.1", "ROL.engineer", "P09.1"):
        save(cast.carla, full, key, level(3))
    save(cast.alice, plain, "P09.1", level(3))
    client = sign_in(cast.olivia)
    pages = {"assessment": [], "check-answers": [], "blank": [], "about": [], "section": ["P09"]}
    extra = {"assessment": 1, "check-answers": 1}  # the projects, however many
    for name, more in pages.items():
        few, many = (reverse(name, args=[assessment.pk, *more]) for assessment in (plain, full))
        queries(client, few)
        assert queries(client, many) == queries(client, few) + extra.get(name, 0), name
    assert queries(client, section(full, "ROL")) == queries(client, section(full, "P09"))


def test_both_languages_show_the_module_in_their_own_words(framework, cast, sign_in):
    client, assessment = sign_in(cast.alice), begin(cast, framework)
    cast.alice.language = "pt-br"
    cast.alice.save()
    page = client.get(section(assessment, "ROL")).content.decode()
    assert "ROL.engineer passo 3." in page
    assert "Quem faz esse trabalho?" in page


def test_home_counts_the_questions_of_the_modules_that_are_on(framework, cast):
    atlas = begin(cast, framework, modules=["roles"])
    boreal = begin(cast, framework, team=cast.boreal, user=cast.carla, modules=[])
    for assessment in (atlas, boreal):
        save(cast.carla, assessment, "P09.1", level(3))
    save(cast.carla, atlas, "ROL.engineer", level(3))
    core = len(framework.core_questions)
    lines = {
        line.team.name: (line.answered, line.total) for line in overview.lines(cast.carla, [cast.atlas, cast.boreal])
    }
    assert lines == {"Atlas": (2, core + 8), "Boreal": (1, core)}
    actions.change_assessment(user=cast.alice, assessment_id=atlas.pk, now=LATER, modules=[])
    (line,) = overview.lines(cast.carla, [cast.atlas])
    assert (line.answered, line.total) == (1, core)


def test_an_empty_entry_of_holders_alone_is_kept_as_open(framework, cast):
    assessment = begin(cast, framework)
    save(cast.alice, assessment, "ROL.engineer", Entry(holders="AB"), now=LATER)
    assert (stored(assessment, "ROL.engineer").state, stored(assessment, "ROL.engineer").holders) == ("open", "AB")
