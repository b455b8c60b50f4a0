"""The mode anonymous: nobody learns whose answers are whose, while it is open, at closing, and ever after."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment import actions
from assessment.actions import Entry, ProjectEntry, input_hash
from assessment.models import Answer, Assessment, Respondent, Result, Revision
from assessment.results import read_sheets
from assessment.scoring import score
from config.env import anonymity_threshold
from organizations.models import AuditEvent, Team, User
from organizations.permissions import NotAllowed
from tests.assessment.rooms import (
    FRAMEWORK,
    LATER,
    answer_all,
    close,
    extended,
    install,
    level,
    opened,
    opened_anonymously,
    save,
    stored,
)
from tests.assessment.test_races import Clients, kinds
from tests.cast import NOW

WAIVED = Entry(state="not_applicable", reason="we have no models")


def answered(cast, people: int = 6, keys=("P09.1", "P09.2"), **changes):
    """Everybody answers the keys: the first with level 1, the next with 2, and so on; from the sixth on with 5."""
    assessment, members = opened_anonymously(cast, people, **changes)
    for number, member in enumerate(members, start=1):
        for key in keys:
            save(member, assessment, key, level(min(number, 5)))
    return assessment, members


def texts_of_all_rows() -> str:
    """Every value of every table, to look for what must be nowhere."""
    models = [model for model in apps.get_models() if model not in (User,)]
    return json.dumps([list(model.objects.values_list()) for model in models], default=str, ensure_ascii=False)


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_team_of_five_can_choose_it_and_one_of_four_learns_why_it_cant(cast):
    assert opened(cast, team=cast.boreal, user=cast.carla, mode="anonymous").threshold == 5
    with pytest.raises(actions.TooFewPeople) as refused:
        opened(cast, team=Team.objects.create(organization=cast.house, name="Four", people=4), mode="anonymous")
    assert (refused.value.people, refused.value.threshold) == (4, 5)


def test_the_threshold_stays_what_people_were_told(cast, settings):
    assessment, _members = opened_anonymously(cast)
    settings.ANONYMITY_THRESHOLD = 4
    assessment.refresh_from_db()
    assert assessment.threshold == 5
    assert opened(cast, team=cast.boreal, user=cast.carla, mode="anonymous").threshold == 4


@pytest.mark.parametrize(("before", "after"), [("anonymous", "named"), ("named", "anonymous")])
def test_the_database_refuses_to_switch_the_mode(cast, before, after):
    assessment = opened(cast, mode=before)
    with pytest.raises(IntegrityError):
        Assessment.objects.filter(pk=assessment.pk).update(mode=after)


def test_the_settings_page_does_not_switch_the_mode(cast, sign_in):
    assessment, _members = opened_anonymously(cast)
    sent = {"scope": "Less", "period": "2026-Q3", "mode": "named"}
    sign_in(cast.alice).post(reverse("assessment-settings", args=[assessment.pk]), sent)
    assessment.refresh_from_db()
    assert (assessment.mode, assessment.scope) == ("anonymous", "Less")


# --- while it is open -------------------------------------------------------------------------------------------------


def test_each_person_goes_on_with_their_own_sheet(cast):
    assessment, members = answered(cast)
    alices, bobs = (Answer.objects.on_sheet_of(assessment, user).get(question_key="P09.1") for user in members[:2])
    assert (alices.level, bobs.level) == (1, 2)
    save(cast.alice, assessment, entry=level(4), version=1)
    alices.refresh_from_db()
    assert (alices.level, alices.version) == (4, 2)


def test_only_the_sheet_itself_knows_its_person(cast):
    assessment, _members = answered(cast, 2)
    assert set(assessment.respondents.values_list("name", flat=True)) == {""}
    assert set(Answer.objects.values_list("updated_by", "updated_by_name", "checked_by")) == {(None, "", None)}
    assert set(Revision.objects.values_list("saved_by", "saved_by_name")) == {(None, "")}


def test_nobody_else_can_check_the_evidence(cast):
    assessment, _members = opened_anonymously(cast)
    save(cast.alice, assessment, entry=level(5, evidence_url="wiki"))
    with pytest.raises(actions.EvidenceNotCheckable, match="Nobody sees the answers of others"):
        actions.check_evidence(user=cast.bob, assessment_id=assessment.pk, question_key="P09.1", version=1, now=LATER)
    assert stored(assessment).evidence_strength == 1


def test_people_who_hold_a_role_are_not_named(cast, monkeypatch):
    framework = install(monkeypatch, extended())
    assessment, _members = opened_anonymously(cast, framework=framework, framework_hash="h", modules=["roles"])
    with pytest.raises(actions.InvalidAnswer, match="nobody is named"):
        save(cast.alice, assessment, "ROL.engineer", level(4, holders="AB"))


@pytest.mark.parametrize("name", ["alice", "carla", "olivia"])
def test_no_page_shows_anybody_the_answers_of_others(cast, sign_in, name):
    assessment, members = opened_anonymously(cast)
    save(members[2], assessment, entry=level(2, note="Only Gil knows this"))
    client = sign_in(getattr(cast, name))
    for page in ("assessment", "check-answers", "about", "team"):
        pk = assessment.team_id if page == "team" else assessment.pk
        shown = client.get(reverse(page, args=[pk])).content.decode()
        assert "Only Gil knows this" not in shown
        assert not re.search(r"\bGil\b", shown)
    for address in (reverse("section", args=[assessment.pk, "P09"]), reverse("history", args=[assessment.pk, "P09.1"])):
        assert "Only Gil knows this" not in client.get(address).content.decode()


def test_the_check_page_counts_people_without_names(cast, sign_in):
    assessment, members = answered(cast, keys=("P09.1",))
    save(members[0], assessment, "P09.2", level(1))
    page = " ".join(sign_in(cast.alice).get(reverse("check-answers", args=[assessment.pk])).content.decode().split())
    assert "6 people have answered something, 0 have answered everything." in page
    assert f"1 of {len(FRAMEWORK.core_questions)} questions have answers of at least 5 people" in page
    assert "Closing can't be undone." in page


# --- closing ----------------------------------------------------------------------------------------------------------


def test_closing_keeps_what_five_people_stand_behind_and_cuts_the_link_for_good(cast):
    assessment, members = answered(cast)
    save(members[0], assessment, "P10.1", level(5))
    result = close(cast.alice, assessment)
    assert not Respondent.objects.exists()
    assert not Answer.objects.exists()
    assert not Revision.objects.exists()
    card = result.scorecard["questions"]
    assert (card["P09.1"]["value"], card["P09.1"]["respondents"]) == (3.5, 6)  # 1 2 3 4 5 5
    assert (card["P10.1"]["value"], card["P10.1"]["state"], card["P10.1"]["respondents"]) == (None, "missing", 0)
    assert result.respondents == 6
    assert result.answers["anonymous"] == {"threshold": 5, "hidden": {"P10.1": 1}, "comments": {}}


def test_no_row_tells_who_answered_or_what_a_hidden_answer_said(cast):
    assessment, members = answered(cast)
    save(
        members[2], assessment, "P10.1", Entry(state="answered", level=4, note="hidden note", evidence_url="gils-page")
    )
    save(members[3], assessment, "P09.1", level(5, note="a note of too few"), version=1)
    result = close(cast.alice, assessment)
    everything = texts_of_all_rows()
    for text in ("hidden note", "gils-page", "a note of too few"):
        assert text not in everything
    frozen = json.dumps(result.answers)
    for word in ("Alice", "Bob", "Gil", "Hana", *(str(LATER.year), LATER.isoformat())):
        assert word not in frozen


def test_the_audit_trail_names_who_closed_and_nobody_who_answered(cast):
    assessment, _members = answered(cast)
    close(cast.alice, assessment)
    events = list(AuditEvent.objects.order_by("pk").values_list("action", "actor_name"))
    assert events == [("assessment opened", "Alice"), ("assessment closed", "Alice")]


def test_the_result_is_scored_from_and_hashed_over_what_it_keeps(cast):
    assessment, members = answered(cast)
    save(members[0], assessment, "P10.1", level(5))
    result = close(cast.alice, assessment)
    speakers = read_sheets(result.answers).speakers
    assert input_hash(FRAMEWORK, "full", speakers) == result.input_hash
    assert score(FRAMEWORK, speakers, "full", result.framework_hash).as_dict() == result.scorecard


def test_two_rounds_that_differ_in_hidden_answers_and_in_who_said_what_have_the_same_result(cast):
    """Whatever is made of a result can't tell the two apart: pages, files, documents."""

    def round_(hidden: int, note: str, backwards: bool) -> Result:
        assessment = opened(cast, mode="anonymous")
        people = members[::-1] if backwards else members
        for number, member in enumerate(people, start=1):
            save(member, assessment, "P09.1", level(min(number, 5)))
            save(member, assessment, "P09.2", level(1 + number % 3))
        for member in people[:4]:
            save(member, assessment, "P10.1", level(hidden, note=note, evidence_url=note))
        result = close(cast.alice, assessment)
        assessment.delete()
        return result

    members = opened_anonymously(cast)[1]
    Assessment.objects.all().delete()
    first, second = round_(1, "", False), round_(5, "all by hand", True)
    for name in ("scorecard", "scores", "answers", "input_hash", "respondents"):
        assert getattr(first, name) == getattr(second, name)


def test_comments_of_five_people_are_kept_without_names_in_an_order_of_their_own(cast):
    assessment, members = answered(cast)
    for number, member in enumerate(members[:5]):
        save(member, assessment, entry=level(min(number + 1, 5), note=f"note {number}"), version=1)
    kept = close(cast.alice, assessment).answers["anonymous"]["comments"]
    assert sorted(kept["P09.1"]) == [f"note {number}" for number in range(5)]
    assert kept["P09.1"] != sorted(kept["P09.1"])


def test_reasons_are_comments_and_stand_nowhere_else(cast):
    assessment, members = answered(cast, keys=("P09.1",))
    question = next(question for question in FRAMEWORK.core_questions if question.na_allowed)
    for member in members:
        save(member, assessment, question.key, WAIVED)
    result = close(cast.alice, assessment)
    assert result.scorecard["questions"][question.key]["state"] == "not_applicable"
    assert result.answers["anonymous"]["comments"] == {question.key: [WAIVED.reason] * 6}
    sheets = json.dumps(result.answers["respondents"])
    assert WAIVED.reason not in sheets


def test_evidence_counts_as_given_and_never_as_checked(cast):
    assessment, members = opened_anonymously(cast)
    for member in members:
        save(member, assessment, entry=level(5, evidence_url="wiki"))
    question = close(cast.alice, assessment).scorecard["questions"]["P09.1"]
    assert (question["evidence_strength"], question["verified_value"]) == (1, 4.0)


def test_what_the_organization_answered_is_not_anonymous_and_counts(cast, monkeypatch):
    organizations = [q.model_copy(update={"scope": "organization"}) for q in FRAMEWORK.questions if q.key == "ORG.1"]
    framework = install(monkeypatch, extended(ORG_1=organizations[0]))
    sheet = actions.prepare_organization_sheet(
        user=cast.carla, organization=cast.house, framework=framework, framework_hash="h", now=NOW
    )
    save(cast.carla, sheet, "ORG.1", level(4))
    assessment, _members = answered(cast, framework=framework, framework_hash="h")
    result = close(cast.alice, assessment)
    assert result.scorecard["questions"]["ORG.1"]["value"] == 4.0
    assert (result.respondents, result.answers["respondents"][-1]["name"]) == (6, "Data House")
    assert stored(sheet, "ORG.1").updated_by == cast.carla


def test_closing_before_five_have_answered_anything_is_refused(cast):
    assessment, members = answered(cast, 4)
    with pytest.raises(actions.NothingToShow) as refused:
        close(cast.alice, assessment)
    assert refused.value.threshold == 5
    assert Answer.objects.count() == 8
    assert Assessment.objects.get().is_open
    assert Respondent.objects.get(user=members[0]).answers.count() == 2


def test_a_closing_is_never_undone(cast):
    assessment, _members = answered(cast)
    close(cast.alice, assessment)
    with pytest.raises(actions.TooLateToUndo):
        actions.undo_closing(user=cast.alice, assessment_id=assessment.pk, now=LATER)
    assert not actions.can_undo(Assessment.objects.get(), LATER)


def test_the_next_assessment_has_no_hints_from_it(cast):
    close(cast.alice, answered(cast, period="2026-Q2")[0])
    following = opened(cast, mode="named")
    assert following.previous.is_anonymous
    assert not Answer.objects.on_sheet_of(following.previous, cast.alice).exists()


def test_nothing_is_carried_from_or_into_anonymous_sheets(cast):
    short, _members = answered(cast, form="short", keys=("P09.1",))
    close(cast.alice, short)
    short.refresh_from_db()
    for mode in ("anonymous", "named"):
        with pytest.raises(actions.NothingToCarry):
            opened(cast, mode=mode, carry_from=short)


# --- ending without a result ------------------------------------------------------------------------------------------


def end(user, assessment):
    return actions.end_without_result(user=user, assessment_id=assessment.pk, now=LATER)


def test_an_assessment_that_too_few_people_answered_can_end_without_a_result(cast, monkeypatch):
    framework = install(monkeypatch, extended())
    assessment, _members = answered(cast, 4, framework=framework, framework_hash="h", modules=["projects"])
    actions.save_project(
        user=cast.bob, assessment_id=assessment.pk, entry=ProjectEntry("Churn alert", {}), version=0, now=LATER
    )
    ended = end(cast.alice, assessment)
    assert not ended.is_open
    assert not Respondent.objects.exists()
    assert not Result.objects.exists()
    assert AuditEvent.objects.newest_first().first().action == "assessment ended without a result"
    following = opened(cast, framework=framework, framework_hash="h", mode="consensus", modules=["projects"])
    assert [project.name for project in following.projects.standing()] == ["Churn alert"]


def test_an_assessment_with_something_to_show_or_of_another_mode_does_not_end_without_a_result(cast):
    enough, _members = answered(cast)
    with pytest.raises(actions.SomethingToShow):
        end(cast.alice, enough)
    with pytest.raises(actions.SomethingToShow):
        end(cast.carla, opened(cast, team=cast.boreal, user=cast.carla, mode="named"))
    close(cast.alice, enough)
    with pytest.raises(actions.AssessmentClosed):
        end(cast.alice, enough)


# --- two writers ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_save_or_a_beginning_beside_the_closing_leaves_no_sheet_behind(cast):
    members = opened_anonymously(cast)[1]
    Assessment.objects.all().delete()
    with Clients(3) as clients:
        for _round in range(12):
            assessment = opened(cast, mode="anonymous")
            for member in members[:5]:
                save(member, assessment, entry=level(3))
            acts = [
                partial(close, cast.alice, assessment),
                partial(save, members[5], assessment, entry=level(5)),
                partial(actions.begin_answering, user=cast.carla, assessment=assessment, now=LATER),
            ]
            outcomes = clients.at_once(acts)
            saved = isinstance(outcomes[1], Answer)
            assert kinds(outcomes[:2]) == {"Result": 1, "Answer" if saved else "AssessmentClosed": 1}, outcomes
            assert outcomes[0].scorecard["questions"]["P09.1"]["respondents"] == 5 + saved
            assert not Respondent.objects.exists()
            assert not Answer.objects.exists()
            Assessment.objects.all().delete()


# --- strangers --------------------------------------------------------------------------------------------------------


def test_who_may_not_answer_gets_no_sheet(cast):
    assessment, _members = opened_anonymously(cast)
    with pytest.raises(NotAllowed):
        save(cast.erin, assessment)
    with pytest.raises(Assessment.DoesNotExist):
        save(cast.dave, assessment)
    assert not Respondent.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("dave", 404), ("bob", 403), ("erin", 403)])
def test_only_who_runs_the_assessment_ends_it(cast, sign_in, name, status):
    assessment, _members = opened_anonymously(cast)
    client = sign_in(getattr(cast, name))
    assert client.post(reverse("end-without-result", args=[assessment.pk])).status_code == status
    assert Assessment.objects.get().is_open


def test_answer_all_of_a_whole_team_counts_as_in_any_mode(cast):
    assessment, members = opened_anonymously(cast)
    for member in members[:5]:
        answer_all(member, assessment, 3)
    result = close(cast.alice, assessment)
    assert (result.scores["overall"]["score"], result.scores["overall"]["completeness"]) == (3.0, 1.0)


# --- pages ------------------------------------------------------------------------------------------------------------


START = {"scope": "Orders", "period": "2026-Q3", "form": "full", "mode": "anonymous"}


def test_the_start_page_offers_it_to_a_team_of_five_and_explains_to_a_smaller_one_why_not(cast, sign_in):
    client, explained = sign_in(cast.carla), "Anonymous answers need a team of at least 5 people, and this team has 4"
    page = client.get(reverse("start-assessment", args=[cast.boreal.pk])).content.decode()
    assert 'value="anonymous"' in page
    assert explained not in page
    Team.objects.filter(pk=cast.boreal.pk).update(people=4)
    page = client.get(reverse("start-assessment", args=[cast.boreal.pk])).content.decode()
    assert 'value="anonymous"' not in page
    assert explained in page
    response = client.post(reverse("start-assessment", args=[cast.boreal.pk]), START)
    assert response.status_code == 422
    assert explained in response.content.decode()
    assert not Assessment.objects.exists()


def test_a_team_that_shrank_starts_with_names(cast, sign_in):
    close(cast.alice, answered(cast, period="2026-Q2")[0])
    Team.objects.filter(pk=cast.atlas.pk).update(people=3)
    page = sign_in(cast.alice).get(reverse("start-assessment", args=[cast.atlas.pk])).context["form"]
    assert page["mode"].value() == "named"


def test_before_question_1_people_read_who_sees_what(cast, sign_in):
    assessment, _members = opened_anonymously(cast)
    page = " ".join(sign_in(cast.bob).get(reverse("about", args=[assessment.pk])).content.decode().split())
    for words in (
        "Nobody else ever sees them: not the lead, not administrators or owners, no file, no report.",
        "Where at least 5 people gave a level",
        "They are kept only if at least 5 people wrote some",
        "If everybody gives the same answer, the result tells what each of you said.",
    ):
        assert words in page
    assert "The list is shared and not anonymous" not in page


def test_closing_too_early_is_explained_and_the_end_without_a_result_offered(cast, sign_in):
    assessment, _members = answered(cast, 4)
    client = sign_in(cast.alice)
    response = client.post(reverse("close", args=[assessment.pk]))
    assert response.status_code == 422
    assert "No question has answers of at least 5 people yet" in response.content.decode()
    assert "End without a result" in client.get(reverse("check-answers", args=[assessment.pk])).content.decode()
    response = client.post(reverse("end-without-result", args=[assessment.pk]))
    assert response.url == reverse("team", args=[assessment.team_id])
    assert not Assessment.objects.get().is_open


def test_where_there_is_something_to_show_the_end_without_a_result_is_refused(cast, sign_in):
    assessment, _members = answered(cast)
    client = sign_in(cast.alice)
    assert "End without a result" not in client.get(reverse("check-answers", args=[assessment.pk])).content.decode()
    assert client.post(reverse("end-without-result", args=[assessment.pk])).status_code == 409
    assert Answer.objects.exists()


def test_beginning_beside_a_closing_leads_to_the_results(cast):
    assessment, members = answered(cast)
    close(cast.alice, assessment)
    with pytest.raises(actions.AssessmentClosed):
        actions.begin_answering(user=members[0], assessment=assessment, now=LATER)


def test_the_page_asks_for_no_names_and_offers_no_check(cast, sign_in, monkeypatch):
    framework = install(monkeypatch, extended())
    assessment, _members = opened_anonymously(cast, framework=framework, framework_hash="h", modules=["roles"])
    save(cast.bob, assessment, entry=level(5, evidence_url="wiki"))
    client = sign_in(cast.bob)
    roles = client.get(reverse("section", args=[assessment.pk, "ROL"])).content.decode()
    assert "Who does this work?" not in roles
    page = client.get(reverse("section", args=[assessment.pk, "P09"])).content.decode()
    assert 'name="check"' not in page
    assert "Nobody can check anonymous evidence" in page


def test_the_check_page_costs_as_many_queries_for_six_people_as_for_two(cast, sign_in):
    assessment, members = opened_anonymously(cast)
    client, counts = sign_in(cast.alice), []
    for group in (members[:2], members[2:]):
        for member in group:
            save(member, assessment)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("check-answers", args=[assessment.pk]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_threshold_that_protects_nobody_is_refused_at_the_start(monkeypatch):
    monkeypatch.setenv("LADDER_ANONYMITY_THRESHOLD", "3")
    with pytest.raises(ImproperlyConfigured, match="must be at least 4, not 3"):
        anonymity_threshold()
