"""Loading the demo workspace in other sizes, twice, in vain, and removing it: each test begins without it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.management import CommandError, call_command

from assessment.models import (
    Answer,
    Assessment,
    Outcome,
    Project,
    ProjectRevision,
    Reconfirmation,
    Respondent,
    Result,
    Revision,
)
from config.demo.generated import MOST_TEAMS, all_stories
from config.demo.history import line_for, round_times, sheets, token_at
from config.demo.loading import AlreadyLoaded, load
from config.demo.removal import remove
from config.demo.stories import QUARTERS, Line, company, stories
from jobs.models import Job
from manifesto import catalog
from organizations.models import AuditEvent, Membership, Organization, Role, Team, User
from reports.models import AdoptedPlan, Finding, Notice, PlanItem, Report, Scenario, TeamInitiative
from tests.builders import full_framework, question
from tests.config.test_demo import NOW, rescored

# More teams, other seeds


@pytest.mark.django_db
def test_more_teams_and_quarters_can_be_had(capsys):
    call_command("load_demo", teams=6, quarters=7)
    assert Team.objects.count() == 6
    assert Result.objects.filter(team__name="Atlas").count() == 7
    for result in Result.objects.all():
        assert rescored(result) == result.scorecard
    assert "Loaded Aurora Retail (demo): 6 teams" in capsys.readouterr().out


def test_each_team_has_its_own_name():
    names = [story.name for story in all_stories(MOST_TEAMS, 1)]
    assert len(names) == len(set(names)) == MOST_TEAMS


def said(seed: int) -> list:
    framework = catalog.current()
    return [
        sheets(story, company().answers, framework, back, seed) for story in all_stories(6, seed) for back in (0, 6)
    ]


def test_the_same_seed_says_the_same_and_another_something_else():
    assert said(3) == said(3)
    assert said(3) != said(4)


@pytest.mark.django_db
def test_loading_again_gives_the_same_scores():
    load(now=NOW, teams=2, quarters=2, seed=5)
    first = list(Result.objects.order_by("pk").values_list("team_name", "period", "scores", "closed_at"))
    remove()
    load(now=NOW, teams=2, quarters=2, seed=5)
    assert list(Result.objects.order_by("pk").values_list("team_name", "period", "scores", "closed_at")) == first


def test_before_its_story_begins_a_team_was_never_better():
    for story in stories():
        for key, line in story.answers.items():
            asked = question(key, na_allowed=True)
            told = [token_at(asked, line, back) for back in range(QUARTERS - 1, QUARTERS + 8)]
            levels = [int(token[0]) for token in told if token and token[0].isdigit()]
            assert levels == sorted(levels, reverse=True)
            assert all(level >= 1 for level in levels)


def test_questions_that_no_story_knows_are_answered_like_their_neighbours():
    lines = {"P09.1": Line(levels=("3", "3", "4", "4", "5"))}
    assert line_for(question("P09.1"), lines).levels == ("3", "3", "4", "4", "5")
    assert line_for(question("P09.7"), lines).levels in (("3", "3", "4", "4", "5"), ("3", "3", "3", "4", "4"))
    strange = sheets(stories()[0], company().answers, full_framework(), 0, 1)[0].sayings
    assert set(strange) == {asked.key for asked in full_framework().core_questions}


def test_not_applicable_is_said_only_where_it_is_allowed():
    line = Line(levels=("na",) * 5, reason="None here")
    assert token_at(question("P09.1", na_allowed=True), line, 0) == "na"
    assert token_at(question("P09.1"), line, 0) == "1"


def test_rounds_open_and_close_on_working_days():
    class Luck:
        def randrange(self, first, last=None):
            return first if last is not None else 0

    times = round_times("2026-Q1", "America/Sao_Paulo", Luck())
    assert times.opened.date() == date(2026, 3, 2)  # 60 days after 1 January is Monday, 2 March
    assert times.closed.date() == date(2026, 3, 10)
    saturday = round_times("2026-Q3", "America/Sao_Paulo", Luck())  # 30 August is a Sunday
    assert saturday.opened.date() == date(2026, 8, 31)


@pytest.mark.django_db
def test_on_the_first_morning_of_a_quarter_nothing_lies_ahead():
    now = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)  # seven in São Paulo, before the quarter's first moment
    load(now=now, teams=1, quarters=2)
    assert PlanItem.objects.exists() and not PlanItem.objects.filter(updated_at__gt=now).exists()


# Refusal and removal


@pytest.mark.django_db
def test_loading_twice_is_refused_and_changes_nothing():
    load(now=NOW, teams=1, quarters=1)
    with pytest.raises(AlreadyLoaded):
        load(now=NOW, teams=2, quarters=1)
    with pytest.raises(CommandError, match="remove_demo first") as refused:
        call_command("load_demo")
    assert refused.value.returncode == 2
    assert (Organization.objects.count(), Team.objects.count(), Result.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_impossible_sizes_are_all_named():
    with pytest.raises(CommandError) as refused:
        call_command("load_demo", teams=0, quarters=99)
    assert refused.value.returncode == 2
    assert str(refused.value).splitlines() == [
        "--teams must be from 1 to 1000, not 0.",
        "--quarters must be from 1 to 40, not 99.",
    ]
    assert not Organization.objects.exists()


@pytest.mark.django_db
def test_a_loading_that_breaks_leaves_nothing_behind():
    def break_down(done, of):
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        load(now=NOW, teams=1, quarters=1, progress=break_down)
    assert not Organization.objects.exists() and not User.objects.exists()


@pytest.mark.django_db
def test_removal_takes_the_demo_and_leaves_everybody_else(capsys):
    other = Organization.objects.create(name="Real")
    dave = User.objects.create_user("dave@real.example", name="Dave")
    Membership.objects.create(user=dave, organization=other, role=Role.OWNER)
    stranger = User.objects.create_user("new@real.example", name="New")
    demo = load(now=NOW, teams=2, quarters=2)
    rafael = User.objects.get(email="rafael@demo.example")
    Membership.objects.create(user=rafael, organization=other, role=Role.VIEWER)
    Membership.objects.create(user=dave, organization=demo, role=Role.VIEWER)
    call_command("remove_demo")
    assert "Removed Aurora Retail (demo)." in capsys.readouterr().out
    assert list(Organization.objects.all()) == [other]
    assert set(User.objects.all()) == {dave, stranger, rafael}
    assert Membership.objects.count() == 2
    written = (Team, Assessment, Respondent, Answer, Revision, Project, ProjectRevision, Result, AuditEvent)
    for model in (*written, Outcome, Reconfirmation, TeamInitiative, Scenario, AdoptedPlan, PlanItem, Finding):
        assert not model.objects.exists()


@pytest.mark.django_db
def test_removing_when_there_is_no_demo_says_so(capsys):
    Organization.objects.create(name="Real")
    call_command("remove_demo")
    assert "nothing to remove" in capsys.readouterr().out
    assert Organization.objects.count() == 1


@pytest.mark.django_db
def test_a_person_of_the_demo_who_stayed_is_welcome_again():
    other = Organization.objects.create(name="Real")
    load(now=NOW, teams=1, quarters=1)
    rafael = User.objects.get(email="rafael@demo.example")
    Membership.objects.create(user=rafael, organization=other, role=Role.VIEWER)
    remove()
    load(now=NOW, teams=1, quarters=1)
    assert rafael.memberships.count() == 2


@pytest.mark.django_db
def test_documents_of_the_demo_go_with_their_files(settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path
    load(now=NOW, teams=1, quarters=1)
    job = Job.objects.create(kind="report", key="one", created_at=NOW)
    kept = Job.objects.create(kind="mail", key="two", created_at=NOW)
    (tmp_path / "plan.pdf").write_bytes(b"%PDF")
    result = Result.objects.get()
    report = Report.objects.create(result=result, job=job, language="en", file="plan.pdf", requested_at=NOW)
    Job.objects.create(kind=Result.KIND, key="three", payload={"result": result.pk}, created_at=NOW)
    Job.objects.create(kind=Notice.KIND, key="four", payload={"report": report.pk, "user": 1}, created_at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        remove()
    assert list(Job.objects.all()) == [kept]
    assert not (tmp_path / "plan.pdf").exists()
