"""The demo workspace: what is loaded is believable and exact. See test_demo_loading.py for loading and removing it."""

from __future__ import annotations

import copy
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from assessment.answers import ORGANIZATION
from assessment.models import (
    Answer,
    Assessment,
    Outcome,
    Reconfirmation,
    Result,
    Revision,
)
from assessment.scorecard import Scorecard
from assessment.scoring import Answer as SpokenAnswer
from assessment.scoring import Project as SpokenProject
from assessment.scoring import Respondent as Speaker
from assessment.scoring import score
from assessment.sentences import state_sentence
from config.demo import OWNER_EMAIL
from config.demo.history import facts_by_quarter
from config.demo.loading import load
from config.demo.stories import Line, company, stories
from manifesto import catalog
from organizations.models import AuditEvent, Organization, Role, Team, User
from organizations.permissions import Act, user_can
from reports.joint import joint_page
from reports.models import AdoptedPlan, Finding, PlanItem, Scenario
from reports.retrospect import retrospect_of

NOW = datetime(2026, 8, 20, 15, 0, tzinfo=UTC)


def result_of(team: str, period: str) -> Result:
    return Result.objects.get(team_name=team, period=period)


def card_of(team: str, period: str) -> Scorecard:
    return Scorecard.from_dict(result_of(team, period).scorecard)


def rescored(result: Result) -> dict:
    """The card of the answers that the result has kept."""
    speakers = [
        Speaker(
            sheet["id"],
            {
                key: SpokenAnswer(
                    said["state"],
                    said["level"],
                    said["partly"],
                    said["reason"] if said["state"] == "not_applicable" else "",
                    said["evidence_strength"],
                    tuple(said["holders"].split(", ")) if said["holders"] else (),
                )
                for key, said in sheet["answers"].items()
            },
        )
        for sheet in result.answers["respondents"]
    ]
    projects = [
        SpokenProject(project["name"], project["ratings"], project["complexity"])
        for project in result.answers.get("projects", ())
    ]
    framework = catalog.get(result.framework_key, result.framework_version)
    return score(framework, speakers, result.form, result.framework_hash, projects).as_dict()


def organization_said(result: Result) -> dict:
    """What the organization said in the place of the team, as the result has kept it."""
    (sheet,) = [sheet for sheet in result.answers["respondents"] if sheet["id"] == ORGANIZATION]
    return sheet["answers"]


def words_of(response) -> str:
    """What a person reads, without the markup between the words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture(scope="module")
def demo_loaded_once(made_once) -> Organization:
    return made_once(lambda: load(now=NOW))


@pytest.fixture
def demo(demo_loaded_once, db) -> Organization:
    return copy.deepcopy(demo_loaded_once)


# What is loaded


def test_the_demo_has_four_teams_with_five_quarters_of_which_one_was_skipped(demo):
    assert demo.is_demo and demo.name == "Aurora Retail (demo)"
    assert list(demo.teams.by_name().values_list("name", flat=True)) == ["Atlas", "Boreal", "Cobalt", "Delta"]
    quarters = ["2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]
    for name in ("Atlas", "Boreal", "Cobalt"):
        assert list(Result.objects.filter(team_name=name).in_time_order().values_list("period", flat=True)) == quarters
    delta = Result.objects.filter(team_name="Delta").in_time_order()
    assert list(delta.values_list("period", flat=True)) == ["2025-Q2", "2025-Q3", "2026-Q1", "2026-Q2"]


def test_the_mean_of_atlas_would_allow_level_3_and_quality_holds_it_at_2(demo):
    sentence = state_sentence(catalog.current(), card_of("Atlas", "2026-Q2"), "en")
    assert sentence == (
        "The mean would allow level 3; quality checks (P15 = 1.5) hold the team at level 2."
    )  # fmt: skip


def test_boreal_rises_every_quarter_from_level_1_to_2(demo):
    cards = [card_of("Boreal", period) for period in ("2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")]
    scores = [card.overall.score for card in cards]
    assert scores == sorted(scores)
    assert scores[0] < 1.75 and 2.5 < scores[-1] < 2.75
    assert (cards[0].overall.level, cards[-1].overall.level) == (1, 2)


def test_cobalt_has_one_decline_and_delta_is_established(demo):
    cobalt = [card_of("Cobalt", period).overall.score for period in ("2025-Q4", "2026-Q1", "2026-Q2")]
    assert cobalt[1] < cobalt[0] - 0.15 and cobalt[1] < cobalt[2]
    delta = card_of("Delta", "2026-Q2")
    assert delta.overall.level == 3
    assert delta.overall.verified_score > 3


def test_the_five_of_cobalt_answered_alone_and_disagree_in_the_last_quarter(demo):
    result = result_of("Cobalt", "2026-Q2")
    assert (result.mode, result.respondents) == ("named", 5)
    questions = Scorecard.from_dict(result.scorecard).questions
    assert (questions["P07.1"].minimum, questions["P07.1"].maximum, questions["P07.1"].value) == (1, 4, 1)
    assert questions["P07.1"].verdict in ("discuss", "split")
    assert questions["P01.2"].verdict == "agreed"
    assert questions["P18.1"].dont_know == 2
    answers = Answer.objects.filter(respondent__assessment=result.assessment)
    assert not answers.filter(evidence_strength=2).exists()


def test_cobalt_began_with_the_first_release_and_the_others_with_the_complete_one(demo):
    cobalt = Result.objects.filter(team_name="Cobalt").in_time_order()
    assert list(cobalt.values_list("framework_version", flat=True)) == ["0.9.0", "0.9.0", "1.0.0", "1.0.0", "1.0.0"]
    asked = [len(Scorecard.from_dict(result.scorecard).questions) for result in cobalt]
    assert asked[:2] == [35, 35] and len(set(asked[2:])) == 1
    assert not Result.objects.exclude(team_name="Cobalt").exclude(framework_version="1.0.0").exists()
    assert len({result.framework_hash for result in Result.objects.all()}) == 2


def test_cobalt_s_line_begins_anew_and_what_stayed_the_same_is_compared(demo, client):
    client.force_login(User.objects.get(email=OWNER_EMAIL))
    first = client.get(reverse("results", args=[result_of("Cobalt", "2025-Q4").assessment_id]))
    assert "The questions have changed since then (dataops@0.9.0, now dataops@1.0.0)." in words_of(first)
    assert "Changes are counted like for like, on the questions that are the same: 59 % by weight." in words_of(first)
    assert "The overall score can't be compared: too little of what is asked is the same." in words_of(first)
    assert "a line begins anew" in words_of(client.get(reverse("dashboard", args=[demo.pk])))


def test_what_the_first_release_did_not_ask_is_not_confirmed_when_it_is_asked(demo):
    first = Answer.objects.filter(respondent__assessment=result_of("Cobalt", "2025-Q4").assessment)
    known = {asked.key for asked in catalog.get("dataops", "0.9.0").core_questions}
    assert not first.exclude(question_key__in=known).filter(confirmed=True).exists()
    assert first.filter(question_key__in=known, confirmed=True).exists()


def test_each_team_and_the_organization_have_a_line_for_each_question_that_they_are_asked():
    framework = catalog.current()
    of_organization = {asked.key for asked in framework.organization_questions}
    assert set(company().answers) == of_organization
    for story in stories():
        asked = {question.key for question in framework.sheet_questions("full", story.modules)}
        assert set(story.answers) == asked - of_organization


def test_boreal_has_an_open_assessment_that_closes_soon_and_is_mostly_answered(demo):
    opened = Assessment.objects.open().of_teams().get()
    assert (opened.team.name, opened.period, opened.previous.period) == ("Boreal", "2026-Q3", "2026-Q2")
    assert NOW.date() < opened.closes_on <= NOW.date() + timedelta(days=7)
    answers = Answer.objects.of_assessment(opened)
    asked = [question for question in catalog.current().core_questions if question.scope == "team"]
    assert 0.6 <= len(answers) / len(asked) <= 0.9
    assert all(opened.opened_at < answer.updated_at < NOW for answer in answers)


def test_rounds_lie_in_their_quarters_and_follow_each_other(demo):
    for assessment in Assessment.objects.closed().with_team():
        year, quarter = int(assessment.period[:4]), int(assessment.period[-1])
        first = datetime(year, 3 * quarter - 2, 1, tzinfo=UTC)
        assert first < assessment.opened_at < assessment.closed_at < first + timedelta(days=92)
        earlier = Assessment.objects.filter(team=assessment.team, period__lt=assessment.period)
        assert assessment.previous == earlier.order_by("-period").first()
        saves = Revision.objects.filter(answer__respondent__assessment=assessment)
        times = list(saves.values_list("saved_at", flat=True))
        assert assessment.opened_at < min(times) and max(times) < assessment.closed_at


def test_every_result_scores_to_the_same_card_again(demo):
    results = list(Result.objects.all())
    assert len(results) == 19
    for result in results:
        assert rescored(result) == result.scorecard


def test_the_answers_say_more_than_levels(demo):
    answers = Answer.objects.all()
    assert answers.exclude(note="").count() > len(answers) / 5
    assert answers.filter(state="dont_know").exists()
    assert answers.filter(state="not_applicable").exclude(reason="").exists()
    assert answers.filter(partly=True).exists() and answers.filter(confirmed=True).exists()
    checked = answers.filter(evidence_strength=2)
    assert checked.exists() and all(answer.checked_by_id not in (None, answer.updated_by_id) for answer in checked)
    assert all(answer.evidence_url.startswith("https://wiki.example/") for answer in answers.exclude(evidence_url=""))
    assert not answers.filter(evidence_strength=0).exclude(evidence_url="").exists()


def test_the_last_revision_says_what_the_answer_says(demo):
    changed = 0
    for answer in Answer.objects.prefetch_related("revisions"):
        revisions = sorted(answer.revisions.all(), key=lambda revision: revision.version)
        assert [revision.version for revision in revisions] == list(range(1, answer.version + 1))
        last = revisions[-1]
        assert (last.state, last.level, last.partly, last.note) == (
            answer.state, answer.level, answer.partly, answer.note,
        )  # fmt: skip
        changed += answer.version > 1
    assert changed > 50


def test_the_head_answers_once_for_all_teams_and_each_result_says_who_and_when(demo):
    results = Result.objects.filter(period="2026-Q1")
    assert len(results) == 4
    for result in results:
        said = organization_said(result)
        assert set(said) == set(company().answers)
        assert {answer["by"] for answer in said.values()} == {"Carla Nogueira"}
        assert (said["ORG.2"]["level"], said["ORG.2"]["at"][:10]) == (3, "2026-02-25")  # 55 days after 1 January
        own = [sheet for sheet in result.answers["respondents"] if sheet["id"] != ORGANIZATION]
        assert all(not set(sheet["answers"]) & set(said) for sheet in own)


def test_the_organization_s_sheet_lives_on_with_its_history(demo):
    sheet = Assessment.objects.of_organization(demo).get()
    assert sheet.is_open and sheet.opened_at < Assessment.objects.of_teams().earliest("opened_at").opened_at
    answers = Answer.objects.of_organization(demo.pk).by_key()
    assert set(answers) == set(company().answers)
    governed = answers["ORG.2"]
    assert (governed.level, governed.updated_by.name, governed.checked_by.name) == (
        3,
        "Carla Nogueira",
        "Olivia Andrade",
    )
    levels = governed.revisions.order_by("version").values_list("level", "evidence_strength", "saved_by_name")
    assert list(levels) == [
        (2, 0, "Carla Nogueira"),
        (2, 1, "Carla Nogueira"),
        (3, 1, "Carla Nogueira"),
        (3, 2, "Olivia Andrade"),
    ]


def test_what_the_organization_said_stands_until_it_says_something_else():
    line = Line(levels=("2", "2", "3", "3", "3"), notes={1: "One list.", 4: "Two lists."})
    told = facts_by_quarter({"ORG.1": line}, catalog.current(), 4, 1)
    said = [(told[back]["ORG.1"].level, told[back]["ORG.1"].note) for back in range(4, -1, -1)]
    assert said == [(2, "One list."), (2, "One list."), (3, ""), (3, "Two lists."), (3, "Two lists.")]


def test_what_the_organization_can_not_tell_its_teams_are_asked(demo):
    result = result_of("Atlas", "2025-Q2")
    assert "ORG.6" not in organization_said(result)
    assert result.answers["respondents"][0]["answers"]["ORG.6"]["state"] == "dont_know"


# Modules


def test_delta_s_model_trains_itself_in_the_last_quarter_and_is_tested_and_released_by_hand(demo):
    before, now = (card_of("Delta", period).modules["mlops"] for period in ("2026-Q1", "2026-Q2"))
    assert (before["google_level"], now["google_level"]) == (0, 1)
    assert [short["question"] for short in now["missing"]] == ["MLO.6", "MLO.7"]
    assert card_of("Delta", "2025-Q3").modules == {}


def test_four_of_cobalt_s_roles_are_in_the_hands_of_diego_and_nobody_is_steward(demo):
    roles = card_of("Cobalt", "2026-Q2").modules["roles"]
    assert (roles["owned"], roles["applicable"]) == (6, 8)
    assert roles["concentrated"] == [{"person": "DP", "roles": ["scientist", "developer", "engineer", "curator"]}]
    assert {"code": "nobody", "subject": "steward", "count": None} in roles["facts"]
    held = {holder["person"]: holder["roles"] for holder in card_of("Cobalt", "2025-Q4").modules["roles"]["holders"]}
    assert held["MK"] == ["engineer", "curator"]  # Marta, who left in the quarter after


def test_boreal_rates_four_projects_of_which_the_first_is_blocked_and_the_second_the_pilot(demo):
    found = card_of("Boreal", "2026-Q2").modules["projects"]
    first, second = found["projects"][:2]
    assert [project["name"] for project in found["projects"]] == [
        "Clientes prestes a sair",  # 3.4 times 4.6
        "Carrinho abandonado",  # 4.0 times 3.8
        "Devoluções por fornecedor",  # 4.4 times 2.4
        "Recomendação por loja",  # 2.2 times 3.6
    ]
    assert (first["result"], first["blocked_by"]) == ("blocked", ["DAV.2"])
    assert second["pilot"] and found["pilot"] == "Carrinho abandonado"
    opened = Assessment.objects.open().of_teams().get()
    assert opened.modules == ["projects"]
    assert [project.carried for project in opened.projects.standing()] == [True] * 4


def test_people_have_roles_and_no_passwords(demo):
    owner = User.objects.get(email=OWNER_EMAIL)
    carla, erin = User.objects.get(email="carla@demo.example"), User.objects.get(email="erin@demo.example")
    assert user_can(owner, Act.MANAGE_OWNERS, demo) and user_can(carla, Act.MANAGE_PEOPLE, demo)
    assert user_can(erin, Act.SEE, demo) and not user_can(erin, Act.ANSWER, demo)
    for team in Team.objects.all():
        assert team.memberships.filter(role=Role.LEAD).count() == 1
        assert 2 <= team.memberships.filter(role=Role.MEMBER).count() <= 4
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_opening_and_closing_are_in_the_audit_trail(demo):
    assert AuditEvent.objects.filter(organization=demo, action="assessment opened").count() == 20
    assert AuditEvent.objects.filter(organization=demo, action="assessment closed").count() == 19
    begun = AuditEvent.objects.get(organization=demo, action="organization's answers begun")
    assert begun.actor.email == "carla@demo.example"


# Outcomes, plans, findings


def test_each_team_s_quarters_have_their_four_numbers(demo):
    atlas = Outcome.objects.get(team__name="Atlas", period="2026-Q2")
    numbers = (atlas.lead_time, atlas.failed_share, atlas.customer_errors, atlas.rescue_hours)
    assert [float(number) for number in numbers] == [44, 6.5, 9, 14]
    assert Outcome.objects.filter(team__name="Boreal").count() == 4  # in its first quarter nobody counted
    assert Outcome.objects.count() == 5 + 4 + 5 + 4


def test_every_line_of_work_is_about_an_initiative_of_its_plan(demo):
    for story in stories():
        for plan in story.plans:
            if plan.work:
                adopted = AdoptedPlan.objects.get(team__name=story.name, name=plan.name)
                told = {item.initiative: item for item in adopted.items.filter(initiative__in=plan.work)}
                assert set(told) == set(plan.work)
                assert all(told[key].status == progress.status for key, progress in plan.work.items())
                assert all(adopted.adopted_at < item.updated_at <= NOW for item in told.values())


def test_work_on_adopted_plans_is_in_every_state(demo):
    standing = AdoptedPlan.objects.latest_of_teams(demo.teams.all())
    items = PlanItem.objects.of_plans(standing)
    assert {item.status for item in items} == set(PlanItem.Status.values)
    assert {plan.team.name for plan in standing} == {"Atlas", "Boreal", "Cobalt", "Delta"}
    assert AdoptedPlan.objects.filter(name="Checks first").get().items.filter(initiative="T1").exists()


@pytest.mark.parametrize("team", ["Atlas", "Boreal"])
def test_the_last_closing_measures_the_plan_before_it(demo, team):
    looked_back = retrospect_of(result_of(team, "2026-Q2"), "en")
    assert looked_back.hit_rate and looked_back.ratio and any(row.is_done for row in looked_back.rows)


def test_boreal_is_asked_anew_what_was_done_since_its_last_closing(demo):
    opened = Assessment.objects.open().of_teams().get()
    asked = Reconfirmation.objects.due_for(opened)
    assert {(one.question_key, one.initiative) for one in asked} >= {("P15.1", "I08"), ("P16.1", "I08")}


def test_some_initiatives_are_before_several_teams_and_one_is_shared(demo):
    fixes = {fix.id: fix for fix in joint_page(demo, list(demo.teams.all()), "en").fixes}
    assert fixes["I32"].is_shared and fixes["I32"].saved and fixes["I32"].cost.startswith("R$")
    assert fixes["I08"].done == ("Boreal",)


def test_a_consultant_s_findings_are_in_both_languages(demo):
    findings = Finding.objects.all()
    assert {finding.author_name for finding in findings} == {"Helena Duarte"}
    assert all(finding.text_en and finding.text_pt_br for finding in findings)
    heads = findings.filter(subject="").values_list("assessment__team__name", flat=True)
    assert set(heads) == {"Atlas", "Boreal", "Cobalt"}


def test_two_scenarios_of_atlas_can_be_compared(demo):
    names = Scenario.objects.filter(result=result_of("Atlas", "2026-Q2")).values_list("name", flat=True)
    assert set(names) == {"Checks first", "Half the time"}


def test_each_act_of_the_audit_trail_has_a_portuguese_name(demo):
    acts = set(AuditEvent.objects.values_list("action", flat=True))
    with translation.override("pt-br"):
        assert len(acts) > 9 and [act for act in acts if gettext(act) == act] == []
