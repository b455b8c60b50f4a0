"""Candidate data projects: listed, rated, carried over, removed, and frozen with the result."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from assessment import actions
from assessment.actions import ProjectEntry
from assessment.models import Assessment, Project, ProjectRevision
from assessment.scoring import Answer as Said
from assessment.scoring import Project as Candidate
from assessment.scoring import Respondent as Speaker
from manifesto.export import framework_hash
from organizations.models import AuditEvent
from organizations.permissions import NotAllowed
from tests.assessment.rooms import LATER, MODULE_KEYS, close, extended, install, level, opened, save
from tests.builders import question
from tests.cast import NOW

KEYS = [key for key in MODULE_KEYS if key.startswith(("DAV", "VAL"))]
RATED = dict.fromkeys(KEYS, 4)
HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}"
LITERAL = "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}"


@pytest.fixture(autouse=True)
def framework(monkeypatch):
    return install(monkeypatch, extended())


@pytest.fixture
def assessment(cast, framework) -> Assessment:
    return begin(cast, framework)


def begin(cast, framework, modules=("projects",), **changes) -> Assessment:
    return opened(cast, framework=framework, framework_hash=framework_hash(framework), modules=modules, **changes)


def keep(user, assessment, name="Churn alert", ratings=None, version=0, project=None, now=LATER, **details) -> Project:
    return actions.save_project(
        user=user,
        assessment_id=assessment.pk,
        project_id=project and project.pk,
        entry=ProjectEntry(name, ratings or {}, **details),
        version=version,
        now=now,
    )


def take_away(user, assessment, project, version=1) -> Project:
    return actions.remove_project(
        user=user, assessment_id=assessment.pk, project_id=project.pk, version=version, now=LATER
    )


def sent(name="Churn alert", version=0, **said) -> dict:
    empty = {key.replace(".", "_"): "" for key in KEYS}
    return {"name": name, "note": "", "complexity": "", "version": version} | empty | said


def url(name: str, assessment, *more) -> str:
    return reverse(name, args=[assessment.pk, *more])


def text(response) -> str:
    return response.content.decode()


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_save_keeps_everything_and_leaves_a_revision(cast, assessment):
    project = keep(cast.bob, assessment, ratings={"DAV.1": 4}, complexity=3, note="Asked by sales")
    keep(cast.alice, assessment, ratings=RATED, version=1, project=project)
    project.refresh_from_db()
    assert (project.name, project.ratings, project.complexity, project.note) == ("Churn alert", RATED, None, "")
    assert (project.version, project.updated_by, project.updated_by_name) == (2, cast.alice, "Alice")
    rows = ProjectRevision.objects.order_by("version").values_list("version", "note", "complexity", "saved_by_name")
    assert list(rows) == [(1, "Asked by sales", 3, "Bob"), (2, "", None, "Alice")]


def test_who_saves_over_an_unseen_version_changes_nothing(cast, assessment):
    project = keep(cast.bob, assessment)
    keep(cast.alice, assessment, note="Mine", version=1, project=project)
    with pytest.raises(actions.ProjectConflict) as conflict:
        keep(cast.bob, assessment, note="Other", version=1, project=project)
    assert (conflict.value.current.note, conflict.value.current.version) == ("Mine", 2)
    assert Project.objects.get().note == "Mine"


def test_a_request_that_is_sent_twice_makes_one_project_and_one_version(cast, assessment):
    project = keep(cast.bob, assessment, ratings=RATED)
    assert keep(cast.bob, assessment, ratings=RATED) == project
    keep(cast.bob, assessment, note="x", version=1, project=project)
    assert keep(cast.bob, assessment, note="x", version=1, project=project).version == 2
    assert ProjectRevision.objects.count() == 2


@pytest.mark.parametrize("name", ["Churn alert", " churn  ALERT ", "CHURN ALERT"])
def test_two_projects_have_different_names_whatever_case_and_spacing(cast, assessment, name):
    keep(cast.bob, assessment)
    with pytest.raises(actions.ProjectRefused, match="another project"):
        keep(cast.bob, assessment, name, note="Other")
    assert Project.objects.count() == 1


def test_a_removed_projects_name_is_free_again_and_its_row_is_kept(cast, assessment):
    project = keep(cast.bob, assessment)
    take_away(cast.bob, assessment, project)
    again = keep(cast.bob, assessment)
    assert again != project
    assert list(assessment.projects.standing()) == [again]
    event = AuditEvent.objects.newest_first().first()
    assert (event.action, event.subject, event.actor) == ("project removed", "Churn alert, Atlas 2026-Q3", cast.bob)


def test_removing_needs_the_version_that_was_seen(cast, assessment):
    project = keep(cast.bob, assessment)
    keep(cast.alice, assessment, note="New", version=1, project=project)
    with pytest.raises(actions.ProjectConflict):
        take_away(cast.bob, assessment, project)
    assert assessment.projects.standing().count() == 1


def test_saving_a_removed_project_is_a_conflict_that_loses_nothing(cast, assessment):
    project = keep(cast.bob, assessment)
    take_away(cast.bob, assessment, project)
    with pytest.raises(actions.ProjectConflict) as conflict:
        keep(cast.alice, assessment, note="Late", version=1, project=project)
    assert conflict.value.current.removed_at == LATER


def test_fifty_projects_and_no_more(cast, assessment):
    for number in range(50):
        keep(cast.bob, assessment, f"Project {number}")
    with pytest.raises(actions.ProjectRefused, match="at most 50"):
        keep(cast.bob, assessment, "One more")
    assert Project.objects.count() == 50


def test_viewers_strangers_closed_assessments_and_modules_that_are_off_take_none(cast, framework, assessment):
    with pytest.raises(NotAllowed):
        keep(cast.erin, assessment)
    with pytest.raises(Assessment.DoesNotExist):
        keep(cast.dave, assessment)
    off = begin(cast, framework, modules=["roles"], team=cast.boreal, user=cast.carla)
    with pytest.raises(actions.ModuleOff):
        keep(cast.carla, off)
    save(cast.alice, assessment)
    close(cast.alice, assessment)
    with pytest.raises(actions.AssessmentClosed):
        keep(cast.alice, assessment)
    assert not Project.objects.exists()


def test_ratings_of_made_up_criteria_are_refused(cast, assessment):
    with pytest.raises(actions.ProjectRefused):
        keep(cast.bob, assessment, ratings={"P09.1": 3})


@pytest.mark.parametrize("wrong", [{"complexity": 6}, {"complexity": 0}, {"name_key": ""}])
def test_the_database_refuses_what_no_form_sends(cast, assessment, wrong):
    fields = {"name": "X", "name_key": "x", "updated_at": NOW} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.create(assessment=assessment, **fields)


# --- from last time ---------------------------------------------------------------------------------------------------


def test_the_next_assessment_begins_with_the_projects_of_the_last_marked_until_saved(cast, framework, sign_in):
    first = begin(cast, framework, period="2026-Q2")
    keep(cast.bob, first, ratings=RATED, complexity=2)
    take_away(cast.bob, first, keep(cast.bob, first, "Gone"))
    save(cast.alice, first)
    close(cast.alice, first)
    second = begin(cast, framework)
    copy = second.projects.get()
    assert (copy.name, copy.ratings, copy.complexity, copy.carried, copy.version) == ("Churn alert", RATED, 2, True, 1)
    client = sign_in(cast.alice)
    assert "from last time" in text(client.get(url("projects", second)))
    keep(cast.alice, second, ratings=RATED, version=1, project=copy, now=LATER + timedelta(days=1))
    assert "from last time" not in text(client.get(url("projects", second)))
    assert first.projects.standing().get().carried is False


def test_switching_the_module_on_later_brings_them_once(cast, framework):
    first = begin(cast, framework, period="2026-Q2")
    keep(cast.bob, first)
    save(cast.alice, first)
    close(cast.alice, first)
    second = begin(cast, framework, modules=[])
    assert not second.projects.exists()
    change = {"user": cast.alice, "assessment_id": second.pk, "now": LATER}
    actions.change_assessment(**change, modules=["projects"])
    take_away(cast.alice, second, second.projects.get())
    actions.change_assessment(**change, modules=[])
    actions.change_assessment(**change, modules=["projects"])
    assert not second.projects.standing().exists()


def test_ratings_of_a_re_anchored_criterion_are_asked_anew(cast, framework, monkeypatch):
    first = begin(cast, framework, period="2026-Q2")
    keep(cast.bob, first, ratings=RATED)
    save(cast.alice, first)
    close(cast.alice, first)
    fields = {name: getattr(framework, name) for name in type(framework).model_fields}
    questions = [question(q.key, revision=2) if q.key == "DAV.1" else q for q in framework.questions]
    newer = type(framework)(**fields | {"version": "8.0.0", "questions": tuple(questions)})
    install(monkeypatch, framework, newer)
    second = begin(cast, newer)
    assert second.projects.get().ratings == {key: 4 for key in KEYS if key != "DAV.1"}


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_form_without_script_adds_changes_and_removes(cast, assessment, sign_in):
    client = sign_in(cast.bob)
    response = client.post(url("project-new", assessment), sent(DAV_1="4", VAL_5="2", complexity="3", note="Sales"))
    assert (response.status_code, response.url) == (302, url("projects", assessment))
    project = Project.objects.get()
    assert (project.ratings, project.complexity, project.note) == ({"DAV.1": 4, "VAL.5": 2}, 3, "Sales")
    body = text(client.get(url("projects", assessment)))
    assert "2 of 10 rated" in body
    body = text(client.get(url("project", assessment, project.pk)))
    assert re.search(r'name="DAV_1" value="4" checked', body)
    assert re.search(r'name="VAL_4" value="" checked', body)
    client.post(url("project", assessment, project.pk), sent("Churn", version=1, DAV_1="5"))
    project.refresh_from_db()
    assert (project.name, project.ratings) == ("Churn", {"DAV.1": 5})
    question = text(client.get(url("project-remove", assessment, project.pk)))
    assert "Remove Churn?" in question
    assert client.post(url("project-remove", assessment, project.pk), {"version": 2}).status_code == 302
    assert "No project is listed yet." in text(client.get(url("projects", assessment)))
    assert client.get(url("project", assessment, project.pk)).status_code == 404


def test_ten_criteria_with_five_anchors_and_not_rated_yet(cast, assessment, sign_in):
    body = text(sign_in(cast.bob).get(url("project-new", assessment)))
    assert body.count("<fieldset") == 11
    assert "DAV.3 step 2." in body
    assert body.count('type="radio"') == 11 * 6


def test_a_conflict_shows_both_and_either_can_be_kept(cast, assessment, sign_in):
    project, client = keep(cast.bob, assessment), sign_in(cast.bob)
    keep(cast.alice, assessment, ratings={"DAV.1": 5}, note="By Alice", version=1, project=project)
    address = url("project", assessment, project.pk)
    mine = sent(version=1, DAV_1="2", note="By Bob")
    response = client.post(address, mine)
    body = text(response)
    assert response.status_code == 409
    for words in ("Alice changed this project", "By Alice", "DAV.1 step 5.", "By Bob"):
        assert words in body
    assert re.search(r'name="DAV_1" value="2" checked', body)
    assert Project.objects.get().note == "By Alice"
    kept = re.search(r'name="keep" value="(\d+)"', body).group(1)
    assert client.post(address, mine | {"keep": kept}).status_code == 302
    project.refresh_from_db()
    assert (project.note, project.version) == ("By Bob", 3)


def test_what_was_typed_for_a_project_that_somebody_removed_can_be_added_again(cast, assessment, sign_in):
    project, client = keep(cast.bob, assessment), sign_in(cast.bob)
    take_away(cast.alice, assessment, project)
    response = client.post(url("project", assessment, project.pk), sent(version=1, note="Typed"))
    assert response.status_code == 409
    assert "Typed" in text(response)
    assert f'formaction="{url("project-new", assessment)}"' in text(response)
    assert client.post(url("project-new", assessment), sent(version=1, note="Typed")).status_code == 302
    assert assessment.projects.standing().get().note == "Typed"


def test_removing_what_somebody_changed_asks_again(cast, assessment, sign_in):
    project = keep(cast.bob, assessment)
    keep(cast.alice, assessment, note="New", version=1, project=project)
    response = sign_in(cast.bob).post(url("project-remove", assessment, project.pk), {"version": 1})
    assert response.status_code == 409
    assert "Alice changed this project meanwhile" in text(response)
    assert 'name="version" value="2"' in text(response)


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "\x00"}, {"name": "x" * 121}, {"DAV_1": "6"}, {"complexity": "x"}, {"version": "x"}],
)
def test_what_cant_be_saved_comes_back_with_what_was_typed(cast, assessment, sign_in, wrong):
    response = sign_in(cast.bob).post(url("project-new", assessment), sent(note="Typed") | wrong)
    assert response.status_code == 422
    assert "Typed" in text(response)
    assert "error-summary" in text(response)
    assert not Project.objects.exists()


def test_a_name_that_is_taken_is_said_in_words(cast, assessment, sign_in):
    keep(cast.bob, assessment)
    response = sign_in(cast.bob).post(url("project-new", assessment), sent("CHURN alert", note="Typed"))
    assert response.status_code == 422
    assert "There is another project of this name." in text(response)


def test_a_full_list_says_so(cast, assessment, sign_in):
    for number in range(50):
        keep(cast.bob, assessment, f"Project {number}")
    client = sign_in(cast.bob)
    body = text(client.get(url("projects", assessment)))
    assert "at most 50 projects" in body
    assert url("project-new", assessment) not in body
    assert client.post(url("project-new", assessment), sent("One more")).status_code == 422


def test_hostile_words_are_shown_literally(cast, assessment, sign_in):
    project = keep(cast.bob, assessment, HOSTILE, note=HOSTILE)
    client = sign_in(cast.bob)
    for name, more in (
        ("projects", []),
        ("project", [project.pk]),
        ("project-remove", [project.pk]),
        ("check-answers", []),
    ):
        body = text(client.get(url(name, assessment, *more)))
        assert HOSTILE not in body, name
        assert LITERAL in body, name


def test_task_list_and_check_lead_to_the_projects_only_when_the_module_is_on(cast, framework, assessment, sign_in):
    client = sign_in(cast.carla)
    keep(cast.bob, assessment)
    off = begin(cast, framework, modules=["roles"], team=cast.boreal, user=cast.carla)
    for name in ("assessment", "check-answers"):
        assert url("projects", assessment) in text(client.get(url(name, assessment)))
        assert "Candidate projects" not in text(client.get(url(name, off)))
    assert "Churn alert" in text(client.get(url("check-answers", assessment)))
    for name in ("projects", "project-new"):
        assert client.get(url(name, off)).status_code == 404


def test_what_was_typed_while_the_module_was_switched_off_comes_back(cast, framework, sign_in):
    assessment, client = begin(cast, framework, modules=["roles"]), sign_in(cast.bob)
    response = client.post(url("project-new", assessment), sent("Churn alert", note="Typed for long"))
    assert response.status_code == 409
    assert "Typed for long" in text(response)
    assert not Project.objects.exists()


def test_what_was_typed_while_the_assessment_was_closed_comes_back(cast, assessment, sign_in):
    save(cast.alice, assessment)
    close(cast.alice, assessment)
    response = sign_in(cast.bob).post(url("project-new", assessment), sent("Churn alert", note="Typed for long"))
    assert response.status_code == 409
    assert "Typed for long" in text(response)


def test_the_project_of_another_assessment_is_not_found(cast, framework, assessment, sign_in):
    theirs = begin(cast, framework, team=cast.boreal, user=cast.carla)
    project = keep(cast.carla, theirs)
    client = sign_in(cast.carla)
    for name in ("project", "project-remove"):
        assert client.get(url(name, assessment, project.pk)).status_code == 404
        assert client.post(url(name, assessment, project.pk), sent(version=1)).status_code == 404


def test_fifty_projects_ask_the_database_as_often_as_two(cast, assessment, sign_in):
    client = sign_in(cast.bob)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    for number in range(2):
        keep(cast.bob, assessment, f"Project {number}")
    addresses = [url(name, assessment) for name in ("projects", "check-answers", "assessment")]
    few = [queries(address) for address in addresses]
    for number in range(2, 50):
        keep(cast.bob, assessment, f"Project {number}", ratings=RATED)
    assert [queries(address) for address in addresses] == few


def test_both_languages(cast, assessment, sign_in):
    cast.bob.language = "pt-br"
    cast.bob.save()
    body = text(sign_in(cast.bob).get(url("project-new", assessment)))
    for words in ("Adicionar um projeto", "VAL.5 passo 5.", "Ainda sem nota"):
        assert words in body


# --- closing ----------------------------------------------------------------------------------------------------------


def test_a_result_ranks_the_projects_and_keeps_every_word_of_them(cast, framework, assessment):
    keep(cast.bob, assessment, ratings=RATED, complexity=3, note="Sales")
    save(cast.alice, assessment, "P09.1", level(3))
    result = close(cast.alice, assessment)
    result.refresh_from_db()
    assert result.modules == ["projects"]
    assert result.answers["projects"] == [
        {
            "name": "Churn alert", "ratings": RATED, "complexity": 3, "note": "Sales", "carried": False, "version": 1,
            "by": "Bob", "at": LATER.isoformat(),
        }
    ]  # fmt: skip
    (ranked,) = result.scorecard["modules"]["projects"]["projects"]
    assert (ranked["name"], ranked["priority"], ranked["result"]) == ("Churn alert", 4.0, "start_now")
    speaker = Speaker(f"r{assessment.respondents.get().pk}", {"P09.1": Said(level=3)})
    assert result.input_hash == actions.input_hash(framework, "full", [speaker], [Candidate("Churn alert", RATED, 3)])
    assert result.input_hash != actions.input_hash(framework, "full", [speaker])


def test_names_that_differ_in_letters_that_only_python_folds_are_still_one(cast, assessment):
    keep(cast.bob, assessment, "ÉTICA")
    with pytest.raises(actions.ProjectRefused):
        keep(cast.bob, assessment, "ética", note="Other")


def test_what_a_module_held_when_it_was_switched_off_is_kept_but_not_scored(cast, framework):
    assessment = begin(cast, framework, modules=["projects", "roles"])
    keep(cast.bob, assessment, ratings=RATED)
    save(cast.bob, assessment, "ROL.engineer", level(4, holders="AB, CD"))
    save(cast.alice, assessment, "P09.1", level(3))
    actions.change_assessment(user=cast.alice, assessment_id=assessment.pk, now=LATER, modules=[])
    result = close(cast.alice, assessment)
    assert result.scorecard["modules"] == {}
    (sheet,) = result.answers["respondents"]
    assert list(sheet["answers"]) == ["P09.1"]
    assert sheet["set_aside"]["ROL.engineer"]["holders"] == "AB, CD"
    assert [project["name"] for project in result.answers["set_aside_projects"]] == ["Churn alert"]
    speaker = Speaker(f"r{assessment.respondents.get().pk}", {"P09.1": Said(level=3)})
    assert result.input_hash == actions.input_hash(framework, "full", [speaker])


def test_holders_are_scored_and_part_of_the_hash(cast, framework):
    assessment = begin(cast, framework, modules=["roles"])
    save(cast.bob, assessment, "ROL.engineer", level(4, holders="AB, CD"))
    result = close(cast.alice, assessment)
    assert result.scorecard["modules"]["roles"]["concentration"] == 1
    said = {"ROL.engineer": Said(level=4, holders=("AB", "CD"))}
    name = f"r{assessment.respondents.get().pk}"
    assert result.input_hash == actions.input_hash(framework, "full", [Speaker(name, said)])
    assert result.input_hash != actions.input_hash(framework, "full", [Speaker(name, {"ROL.engineer": Said(level=4)})])


# --- the file of everything that was typed ----------------------------------------------------------------------------


def table(response) -> list[dict]:
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(text(response).removeprefix("\ufeff"))))
    start = rows.index([])
    return [dict(zip(rows[start + 1], row, strict=True)) for row in rows[start + 2 :]]


def test_everything_that_was_typed_is_in_the_file(cast, framework, sign_in):
    assessment = begin(cast, framework, modules=["projects", "roles"])
    own = actions.prepare_organization_sheet(
        user=cast.carla,
        organization=cast.house,
        framework=framework,
        framework_hash=framework_hash(framework),
        now=NOW,
    )
    save(cast.carla, own, "ORG.1", level(5, note="Board", evidence_url="=wiki"))
    save(cast.bob, assessment, "ORG.1", level(2, note="Before the head"))
    save(cast.bob, assessment, "ROL.engineer", level(4, holders="AB, CD"))
    keep(cast.bob, assessment, ratings={"DAV.1": 4}, complexity=3, note="Sales")
    close(cast.alice, assessment)
    client = sign_in(cast.alice)
    rows = table(client.get(url("answers.csv", assessment)))
    sheet = load_workbook(io.BytesIO(client.get(url("answers.xlsx", assessment)).content)).worksheets[0]
    assert [list(map(str, row)) for row in sheet.iter_rows(min_row=2, max_col=2, values_only=True)] == [
        list(row.values())[:2] for row in rows
    ]
    said = {(row["Sheet"], row["Key"]): row for row in rows}
    assert said["Data House", "ORG.1"]["Note"] == "Board"
    assert said["Data House", "ORG.1"]["Evidence"] == "'=wiki"
    assert (said["Data House", "ORG.1"]["Saved by"], said["Data House", "ORG.1"]["Counts"]) == ("Carla", "yes")
    assert (said["Atlas", "ORG.1"]["Note"], said["Atlas", "ORG.1"]["Counts"]) == ("Before the head", "")
    assert said["Atlas", "ROL.engineer"]["Who does this work"] == "AB, CD"
    assert said["Churn alert", "DAV.1"]["Level"] == "4"
    assert (said["Churn alert", "complexity"]["Level"], said["Churn alert", "complexity"]["Note"]) == ("3", "Sales")


def test_who_may_not_see_single_answers_gets_no_file_of_them(cast, framework, assessment, client):
    save(cast.bob, assessment)
    close(cast.alice, assessment)
    for someone, status in (("alice", 200), ("carla", 200), ("bob", 403), ("erin", 403), ("dave", 404)):
        client.force_login(getattr(cast, someone))
        for name in ("answers.csv", "answers.xlsx"):
            assert client.get(url(name, assessment)).status_code == status, someone
