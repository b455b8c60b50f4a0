"""What is answered once for the organization: its own sheet, what teams see of it, and what closing freezes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessment import actions, overview
from assessment.actions import Entry
from assessment.answers import as_people
from assessment.models import Answer, Assessment, Respondent, Revision
from assessment.scoring import Answer as Said
from assessment.scoring import Respondent as Speaker
from assessment.scoring import own_scores, score
from manifesto import catalog
from manifesto.definitions import Crosswalk
from manifesto.export import framework_hash
from organizations.models import AuditEvent, Role
from organizations.permissions import NotAllowed
from tests.assessment.rooms import FRAMEWORK, LATER, answer_all, close, extended, install, level, opened, save, stored
from tests.assessment.test_answering_pages import fields, post, script, sent_back
from tests.builders import question
from tests.builders import text as words
from tests.cast import NOW, join, person

OURS = [question.key for question in FRAMEWORK.organization_questions]
PROOF = "https://wiki.example.org/board"


@pytest.fixture(autouse=True)
def release(monkeypatch):
    """The release of these tests is the current one."""
    return install(monkeypatch, FRAMEWORK)


def sheet(cast, framework=FRAMEWORK, now=NOW) -> Assessment:
    return actions.prepare_organization_sheet(
        user=cast.carla,
        organization=cast.house,
        framework=framework,
        framework_hash=framework_hash(framework),
        now=now,
    )


def page(cast) -> str:
    return reverse("organization-answers", args=[cast.house.pk])


def section(assessment, subject="ORG") -> str:
    return reverse("section", args=[assessment.pk, subject])


def text(response) -> str:
    return response.content.decode()


# --- the sheet --------------------------------------------------------------------------------------------------------


def test_the_release_has_questions_for_the_organization():
    assert {"ORG.1", "ORG.2", "ORG.3", "PRO.2", "TEC.1", "TEC.2"} <= set(OURS)


def test_opening_the_page_makes_the_sheet_once_and_leaves_an_audit_row(cast, sign_in):
    client = sign_in(cast.carla)
    assert client.get(page(cast)).status_code == 200
    assert client.get(page(cast)).status_code == 200
    own = Assessment.objects.get()
    assert (own.team, own.organization, own.mode, own.is_open) == (None, cast.house, "consensus", True)
    assert (own.framework_identifier, str(own)) == ("dataops@0.9.0", "Data House")
    event = AuditEvent.objects.get()
    assert (event.action, event.actor) == ("organization's answers begun", cast.carla)


def test_an_organization_has_one_sheet_and_it_is_never_closed(cast):
    own = sheet(cast)
    assert sheet(cast) == own
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.create(
            organization=cast.house,
            framework_key="dataops",
            framework_version="0.9.0",
            framework_hash="x",
            period="2026-Q3",
            opened_at=NOW,
        )
    with pytest.raises(Assessment.DoesNotExist):
        close(cast.carla, own)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=own.pk).update(closed_at=NOW)


def test_every_question_of_the_organization_and_no_other_is_on_the_page(cast, sign_in):
    body = text(sign_in(cast.carla).get(page(cast)))
    for key in OURS:
        assert f'data-key="{key}"' in body
    assert body.count("<fieldset") == len(OURS)


def test_a_plain_form_saves_and_comes_back_to_the_page(cast, sign_in):
    client = sign_in(cast.carla)
    client.get(page(cast))
    data = {k: v for key in OURS for k, v in fields(key).items()} | fields("ORG.1", choice="4", note="Since May")
    assert client.post(page(cast), data).status_code == 302
    own = Assessment.objects.get()
    assert (stored(own, "ORG.1").level, stored(own, "ORG.1").updated_by) == (4, cast.carla)
    assert Answer.objects.count() == 1
    assert sent_back(text(client.get(page(cast))), "ORG.1")["ORG_1-choice"] == "4"


def test_the_script_saves_with_the_same_conflicts_and_history(cast, sign_in):
    client, own = sign_in(cast.carla), sheet(cast)
    assert script(client, own, "ORG.1", choice="3").json()["version"] == 1
    response = script(client, own, "ORG.1", choice="5")
    assert (response.status_code, response.json()["conflict"]) == (409, True)
    assert script(client, own, "P09.1", choice="3").status_code == 422
    history = text(client.get(reverse("history", args=[own.pk, "ORG.1"])))
    assert "Level 3" in history
    assert page(cast) in history


def test_a_plain_form_shows_both_values_of_a_conflict(cast, sign_in):
    client, own = sign_in(cast.carla), sheet(cast)
    save(cast.olivia, own, "ORG.1", level(2, note="By Olivia"))
    data = {k: v for key in OURS for k, v in fields(key).items()} | fields("ORG.1", choice="5")
    response = client.post(page(cast), data)
    assert response.status_code == 409
    assert "By Olivia" in text(response)
    assert stored(own, "ORG.1").level == 2


def test_evidence_is_checked_by_a_second_person_and_leads_back_to_the_page(cast, sign_in):
    own = sheet(cast)
    save(cast.carla, own, "ORG.1", level(5, evidence_url=PROOF))
    address = reverse("check-evidence", args=[own.pk, "ORG.1"])
    assert sign_in(cast.carla).post(address, {"ORG_1-version": "1"}).status_code == 422
    response = sign_in(cast.olivia).post(address, {"ORG_1-version": "1"})
    assert (response.status_code, response.url) == (302, f"{page(cast)}#q-ORG_1")
    assert stored(own, "ORG.1").evidence_strength == 2


def test_a_save_takes_at_most_five_data_statements(cast, sign_in):
    client, own = sign_in(cast.carla), sheet(cast)
    with CaptureQueriesContext(connection) as captured:
        assert script(client, own, "ORG.1", choice="3").status_code == 200
    data = [q["sql"] for q in captured if q["sql"].split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")]
    assert len([sql for sql in data if "django_session" not in sql]) <= 5


# --- who may ----------------------------------------------------------------------------------------------------------


def test_owners_and_administrators_answer_others_of_the_house_may_not_and_strangers_find_nothing(cast, client):
    own = sheet(cast)
    vera = person("Vera")
    join(vera, cast.house, Role.VIEWER, cast.atlas)
    expected = {"olivia": 200, "carla": 200, "alice": 403, "bob": 403, "erin": 403, "dave": 404}
    for name, status in [*expected.items(), (vera, 403)]:
        someone = getattr(cast, name) if isinstance(name, str) else name
        client.force_login(someone)
        assert client.get(page(cast)).status_code == status, someone
        history = client.get(reverse("history", args=[own.pk, "ORG.1"]))
        assert history.status_code == status, someone
        version = Answer.objects.count() and stored(own, "ORG.1").version
        saved = script(client, own, "ORG.1", version, choice="3", note=str(someone))
        assert saved.status_code == status, someone
    assert Revision.objects.count() == 2


def test_the_action_itself_refuses_who_only_belongs_to_a_team(cast):
    own = sheet(cast)
    for someone in (cast.alice, cast.bob, cast.erin):
        with pytest.raises(NotAllowed, match="owners and administrators"):
            save(someone, own, "ORG.1")
    with pytest.raises(Assessment.DoesNotExist):
        save(cast.dave, own, "ORG.1")
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "name", ["assessment", "about", "continue", "blank", "check-answers", "assessment-settings", "results"]
)
def test_pages_of_a_teams_assessment_dont_show_the_organizations_sheet(cast, sign_in, name):
    assert sign_in(cast.olivia).get(reverse(name, args=[sheet(cast).pk])).status_code == 404


@pytest.mark.parametrize("name", ["close", "undo", "carry"])
def test_the_organizations_sheet_is_not_run_like_an_assessment(cast, sign_in, name):
    assert sign_in(cast.olivia).post(reverse(name, args=[sheet(cast).pk])).status_code == 404


def test_the_head_finds_the_page_from_home_and_from_the_organization(cast, client):
    for someone, there in ((cast.carla, True), (cast.alice, False), (cast.erin, False)):
        client.force_login(someone)
        for address in (reverse("home"), reverse("organization", args=[cast.house.pk])):
            assert (page(cast) in text(client.get(address))) == there, (someone, address)


# --- what a team sees -------------------------------------------------------------------------------------------------


def test_a_team_sees_who_answered_when_with_anchor_and_note_and_no_field(cast, client):
    save(cast.carla, sheet(cast), "ORG.1", level(4, note="<b>Board</b>", evidence_url=PROOF))
    assessment = opened(cast)
    for someone, may in ((cast.bob, False), (cast.alice, False), (cast.carla, True)):
        client.force_login(someone)
        body = text(client.get(section(assessment)))
        assert "Answered for the organization by Carla on 1 Jul 2026" in body
        assert FRAMEWORK.question_by_key["ORG.1"].anchor(4).en in body
        assert "“&lt;b&gt;Board&lt;/b&gt;”" in body
        assert 'name="ORG_1-choice"' not in body
        assert 'name="ORG_2-choice"' in body
        assert ("Change it for all teams" in body) == may


def test_it_counts_as_answered_and_takes_no_minutes(cast, sign_in):
    own, client = sheet(cast), sign_in(cast.bob)
    assessment = opened(cast)
    total = len(FRAMEWORK.core_questions)
    for key in OURS:
        save(cast.carla, own, key, level(3))
    body = text(client.get(reverse("assessment", args=[assessment.pk])))
    left = -(-(total - len(OURS)) * 33 // 60)
    assert f"{len(OURS)} of {total} answered, about {left} min left" in body
    assert f"{len(OURS)} of them are answered for the organization" in body
    about = text(client.get(reverse("about", args=[assessment.pk])))
    assert f"{total} questions, about {left} minutes" in about
    (line,) = overview.lines(cast.bob, [cast.atlas])
    assert (line.answered, line.total, line.minutes_left) == (len(OURS), total, left)


def test_what_is_open_unknown_or_of_another_revision_the_team_answers_itself(cast, sign_in):
    own = sheet(cast)
    save(cast.carla, own, "ORG.1", Entry(note="To be asked"))
    save(cast.carla, own, "ORG.2", Entry(state="dont_know"))
    save(cast.carla, own, "ORG.3", level(4))
    Answer.objects.filter(question_key="ORG.3").update(question_revision=2)
    body = text(sign_in(cast.bob).get(section(opened(cast))))
    for key in ("ORG_1", "ORG_2", "ORG_3"):
        assert f'name="{key}-choice"' in body


def test_other_organizations_answers_are_not_shown(cast, sign_in):
    own = sheet(cast)
    save(cast.carla, own, "ORG.1", level(4))
    theirs = opened(cast, team=cast.comet, user=cast.dave)
    body = text(sign_in(cast.dave).get(section(theirs)))
    assert "Answered for the organization" not in body
    assert 'name="ORG_1-choice"' in body


def test_everybody_who_may_see_the_team_reads_the_answers_on_its_page(cast, client):
    save(cast.carla, sheet(cast), "ORG.1", level(4, note="Board"))
    vera = person("Vera")
    join(vera, cast.house, Role.VIEWER, cast.atlas)
    for someone in (cast.alice, cast.bob, cast.erin, vera, cast.carla):
        client.force_login(someone)
        body = text(client.get(reverse("team", args=[cast.atlas.pk])))
        assert "Answered for the organization by Carla" in body
        assert "Board" in body
    client.force_login(cast.dave)
    assert client.get(reverse("team", args=[cast.atlas.pk])).status_code == 404


def test_the_page_of_a_section_asks_as_often_with_the_organizations_answers_as_without(cast, sign_in):
    client, assessment, own = sign_in(cast.bob), opened(cast), sheet(cast)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    addresses = [section(assessment), reverse("check-answers", args=[assessment.pk])]
    save(cast.carla, own, "ORG.1", level(4))
    few = [queries(address) for address in addresses]
    for key in OURS[:3]:
        if key != "ORG.1":
            save(cast.carla, own, key, level(4))
    assert [queries(address) for address in addresses] == few


def test_what_a_member_had_typed_before_the_head_answered_is_saved_all_the_same(cast, sign_in):
    client, assessment = sign_in(cast.bob), opened(cast)
    save(cast.carla, sheet(cast), "ORG.1", level(4))
    assert post(client, assessment, fields("ORG.1", choice="2"), subject="ORG").status_code == 302
    assert stored(assessment, "ORG.1").level == 2
    assert 'name="ORG_1-choice"' not in text(client.get(section(assessment)))


def test_a_page_without_the_answered_question_saves_the_others(cast, sign_in):
    client, assessment = sign_in(cast.bob), opened(cast)
    save(cast.carla, sheet(cast), "ORG.1", level(4))
    data = fields("ORG.2", choice="2") | fields("ORG.3")
    assert client.post(section(assessment), data).status_code == 302
    assert stored(assessment, "ORG.2").level == 2


# --- closing ----------------------------------------------------------------------------------------------------------


def test_closing_puts_the_organizations_answer_in_the_place_of_the_teams_and_freezes_it(cast):
    own, assessment = sheet(cast), opened(cast)
    answer_all(cast.alice, assessment, 3)
    save(cast.carla, own, "ORG.1", level(5, note="Board", evidence_url=PROOF), now=NOW)
    result = close(cast.alice, assessment)
    spoken = {q.key: Said(level=3) for q in FRAMEWORK.core_questions if q.key != "ORG.1"}
    speakers = [
        Speaker(f"r{assessment.respondents.get().pk}", spoken),
        Speaker("organization", {"ORG.1": Said(level=5, evidence_strength=1)}),
    ]
    result.refresh_from_db()
    assert result.scorecard == score(FRAMEWORK, speakers, "full", assessment.framework_hash).as_dict()
    assert result.scorecard["questions"]["ORG.1"]["value"] == 5.0
    assert result.input_hash == actions.input_hash(FRAMEWORK, "full", speakers)
    team, organization = result.answers["respondents"]
    assert (result.respondents, organization["id"], organization["name"]) == (1, "organization", "Data House")
    frozen = organization["answers"]["ORG.1"]
    assert (frozen["level"], frozen["note"], frozen["by"], frozen["at"]) == (5, "Board", "Carla", NOW.isoformat())
    assert "ORG.1" not in team["answers"]
    assert team["set_aside"]["ORG.1"]["level"] == 3
    assert stored(assessment, "ORG.1").level == 3


def test_a_later_change_leaves_closed_results_alone(cast):
    own, assessment = sheet(cast), opened(cast)
    answer_all(cast.alice, assessment, 3)
    save(cast.carla, own, "ORG.1", level(5))
    result = close(cast.alice, assessment)
    save(cast.carla, own, "ORG.1", level(1), version=1)
    result.refresh_from_db()
    assert result.scorecard["questions"]["ORG.1"]["value"] == 5.0


def test_with_several_respondents_it_replaces_all_of_theirs_and_agreement_is_of_one(cast):
    own, assessment = sheet(cast), opened(cast, mode="named")
    save(cast.alice, assessment, "ORG.1", level(1))
    save(cast.bob, assessment, "ORG.1", level(3))
    save(cast.alice, assessment, "P09.1", level(2))
    save(cast.bob, assessment, "P09.1", level(4))
    save(cast.carla, own, "ORG.1", level(5))
    result = close(cast.alice, assessment)
    card = result.scorecard["questions"]
    assert (card["ORG.1"]["value"], card["ORG.1"]["respondents"], card["ORG.1"]["verdict"]) == (5.0, 1, None)
    assert (card["P09.1"]["value"], card["P09.1"]["respondents"]) == (3.0, 2)
    assert result.respondents == 2
    assert [s.get("set_aside", {}).get("ORG.1", {}).get("level") for s in result.answers["respondents"]] == [1, 3, None]


def test_a_short_form_takes_only_what_it_asks(cast):
    own, assessment = sheet(cast), opened(cast, form="short")
    save(cast.carla, own, "ORG.1", level(5))
    save(cast.alice, assessment, "P09.1", level(3))
    result = close(cast.alice, assessment)
    assert [sheet["id"] == "organization" for sheet in result.answers["respondents"]] == [False]


def test_the_organization_alone_is_nothing_to_score(cast):
    save(cast.carla, sheet(cast), "ORG.1", level(5))
    with pytest.raises(actions.NothingAnswered):
        close(cast.alice, opened(cast))


def test_the_organizations_answer_counts_as_each_persons_own_in_the_test_of_change():
    people = [Speaker(name, {"P09.1": Said(level=2)}) for name in ("ana", "rui")]
    shared = Speaker("organization", {"P09.2": Said(level=4), "P09.3": Said(level=3)})
    assert own_scores(FRAMEWORK, [*people, shared])["P09"] == (3, 3)


def test_the_results_page_says_who_answered_for_the_organization(cast, client):
    own, assessment = sheet(cast), opened(cast, mode="named")
    save(cast.carla, own, "ORG.1", level(5, note="Board"))
    save(cast.bob, assessment, "P09.1", level(3))
    close(cast.alice, assessment)
    for someone in (cast.alice, cast.bob, cast.erin):
        client.force_login(someone)
        body = text(client.get(reverse("result-subject", args=[assessment.pk, "organization"])))
        assert "Answered for the organization by Carla on 1 Jul 2026" in body
        assert body.count("Board") == 1


# --- another release --------------------------------------------------------------------------------------------------


def test_opening_the_page_moves_the_sheet_on_to_a_newer_release(cast, sign_in, monkeypatch):
    own = sheet(cast)
    save(cast.carla, own, "ORG.1", level(4))
    save(cast.carla, own, "ORG.2", level(2, note="Before"))
    newer = install(monkeypatch, extended(ORG_2=question("ORG.2", revision=2, scope="organization")))
    client = sign_in(cast.olivia)
    body = text(client.get(page(cast)))
    own.refresh_from_db()
    assert (own.framework_version, own.framework_hash) == ("7.0.0", framework_hash(newer))
    event = AuditEvent.objects.newest_first().first()
    assert (event.action, event.actor) == ("organization's answers moved on", cast.olivia)
    assert event.detail == {"framework": "dataops@7.0.0", "before": "dataops@0.9.0"}
    assert sent_back(body, "ORG.1")["ORG_1-choice"] == "4"
    assert "ORG_2-choice" not in sent_back(body, "ORG.2")
    assert "The question has changed since Carla answered it" in body
    assert "“Before”" in body
    assert sent_back(body, "ORG.2")["ORG_2-version"] == "1"
    client.get(page(cast))
    assert AuditEvent.objects.filter(action="organization's answers moved on").count() == 1


def test_where_a_crosswalk_leads_from_the_old_anchors_the_hint_stands_at_the_new_one(cast, sign_in, monkeypatch):
    own = sheet(cast)
    save(cast.carla, own, "ORG.2", level(4))
    led = Crosswalk(question="ORG.2", from_revision=1, to_revision=2, levels=(1, 2, 2, 3, 5), reason=words("Stricter"))
    changed = question("ORG.2", revision=2, scope="organization")
    install(monkeypatch, extended(crosswalk=(led,), ORG_2=changed))
    body = text(sign_in(cast.carla).get(page(cast)))
    assert body.count("last time, read by today") == 1
    assert "ORG_2-choice" not in sent_back(body, "ORG.2")


def test_an_answer_to_a_question_that_is_gone_breaks_nothing(cast, sign_in, monkeypatch):
    own = sheet(cast)
    save(cast.carla, own, "ORG.2", level(4))
    install(monkeypatch, extended(ORG_2=question("ORG.2")))  # from now on each team answers it
    assert 'data-key="ORG.2"' not in text(sign_in(cast.carla).get(page(cast)))
    assert stored(own, "ORG.2").level == 4


def test_like_for_like_scores_of_persons_take_the_organizations_answers_along():
    people = [Speaker("ana", {"P09.1": Said(level=2)}), Speaker("organization", {"P09.2": Said(level=4)})]
    assert as_people(people) == [Speaker("ana", {"P09.1": Said(level=2), "P09.2": Said(level=4)})]


def test_the_answer_to_the_changed_question_replaces_the_old_one_and_nothing_else_does(cast, sign_in, monkeypatch):
    own = sheet(cast)
    save(cast.carla, own, "ORG.2", level(2))
    install(monkeypatch, extended(ORG_2=question("ORG.2", revision=2, scope="organization")))
    client = sign_in(cast.carla)
    body = text(client.get(page(cast)))
    keys = [question.key for question in catalog.current().organization_questions]
    untouched = {name: value for key in keys for name, value in sent_back(body, key).items()}
    assert client.post(page(cast), untouched).status_code == 302
    assert stored(own, "ORG.2").version == 1
    assert client.post(page(cast), untouched | {"ORG_2-choice": "5"}).status_code == 302
    assert (stored(own, "ORG.2").level, stored(own, "ORG.2").question_revision) == (5, 2)


def test_a_page_that_was_opened_before_the_question_changed_saves_nothing_under_the_new_anchors(
    cast, sign_in, monkeypatch
):
    client, own = sign_in(cast.carla), sheet(cast)
    data = {name: value for key in OURS for name, value in sent_back(text(client.get(page(cast))), key).items()} | {
        "ORG_2-choice": "5",
        "ORG_2-note": "Typed for long",
    }
    sheet(cast, install(monkeypatch, extended(ORG_2=question("ORG.2", revision=2, scope="organization"))))
    response = client.post(page(cast), data)
    assert response.status_code == 422
    assert "This question has changed meanwhile" in text(response)
    assert "Typed for long" in text(response)
    saved = script(client, own, "ORG.2", choice="5", revision="1")
    assert saved.status_code == 422
    assert not Answer.objects.exists()


def test_evidence_that_was_checked_for_the_question_of_before_is_not_checked_for_the_new_one(cast, monkeypatch):
    own = sheet(cast)
    save(cast.carla, own, "ORG.2", level(5, evidence_url=PROOF))
    actions.check_evidence(user=cast.olivia, assessment_id=own.pk, question_key="ORG.2", version=1, now=LATER)
    newer = install(monkeypatch, extended(ORG_2=question("ORG.2", revision=2, scope="organization")))
    sheet(cast, newer)
    save(cast.carla, own, "ORG.2", level(5, evidence_url=PROOF), version=2)
    assert stored(own, "ORG.2").evidence_strength == 1


def test_an_older_release_never_moves_the_sheet_back(cast, monkeypatch):
    newer = install(monkeypatch, extended())
    own = sheet(cast, newer)
    sheet(cast, FRAMEWORK)
    own.refresh_from_db()
    assert own.framework_version == "7.0.0"


def test_a_team_on_the_older_release_uses_what_is_the_same_question_there(cast, sign_in, monkeypatch):
    assessment = opened(cast)
    newer = install(monkeypatch, extended(ORG_2=question("ORG.2", revision=2, scope="organization")))
    own = sheet(cast, newer)
    save(cast.carla, own, "ORG.1", level(4))
    save(cast.carla, own, "ORG.2", level(4))
    body = text(sign_in(cast.bob).get(section(assessment)))
    assert 'name="ORG_1-choice"' not in body
    assert 'name="ORG_2-choice"' in body


def test_the_sheet_has_the_organizations_name_and_no_person(cast):
    own = sheet(cast)
    assert [(s.shared, s.user, s.name) for s in Respondent.objects.filter(assessment=own)] == [
        (True, None, "Data House")
    ]
