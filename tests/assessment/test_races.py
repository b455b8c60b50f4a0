"""Two people at the same moment: nobody's answer is overwritten silently, nothing acknowledged is lost.

Each client is a thread with its own connection, on both databases.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier, Event
from time import sleep

import pytest
from django.db import connections, transaction

from assessment import actions
from assessment.actions.quarters import recount_quarters
from assessment.models import Answer, Assessment, Quarter, Result, Revision
from manifesto.export import framework_hash
from organizations.models import AuditEvent, Team
from tests.assessment.rooms import FRAMEWORK, LATER, close, extended, install, level, opened, save, stored

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 200
CLOSINGS = 50
KEYS = [question.key for question in FRAMEWORK.form_questions("full")]


class Clients:
    """So many threads that start each round together; they keep their database connections between the rounds."""

    def __init__(self, number: int):
        self.number = number
        self.pool = ThreadPoolExecutor(number)
        self.barrier = Barrier(number)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.at_once([connections.close_all] * self.number)
        self.pool.shutdown()

    def at_once(self, acts: Sequence[Callable]) -> list:
        """Run the acts in parallel; what each returned, or its exception where it raised one."""
        return list(self.pool.map(self._start_together, acts))

    def _start_together(self, act: Callable):
        self.barrier.wait(timeout=30)
        try:
            return act()
        except Exception as error:
            return error


def kinds(outcomes: list) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


# --- one answer -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["bob", "alice"])
def test_of_two_saves_of_one_answer_exactly_one_is_accepted_in_every_round(cast, second):
    assessment = opened(cast)
    people = (cast.alice, getattr(cast, second))
    with Clients(2) as clients:
        for version in range(ROUNDS):
            equal = version % 3 == 0
            entries = [level(1 + version % 5), level(1 + version % 5 if equal else 1 + (version + 1) % 5)]
            outcomes = clients.at_once(
                [
                    partial(save, user, assessment, entry=entry, version=version)
                    for user, entry in zip(people, entries, strict=True)
                ]
            )
            assert kinds(outcomes) == {"Answer": 1, "AnswerConflict": 1}, (version, outcomes)
            accepted = next(outcome for outcome in outcomes if isinstance(outcome, Answer))
            refused = next(outcome for outcome in outcomes if isinstance(outcome, actions.AnswerConflict))
            assert (accepted.version, refused.current.version) == (version + 1, version + 1)
            assert refused.current.level == accepted.level == stored(assessment).level
    assert Revision.objects.count() == ROUNDS


def test_the_first_answers_of_two_people_make_one_sheet_each(cast):
    with Clients(4) as clients:
        for _round in range(10):
            assessment = opened(cast, mode="named")
            outcomes = clients.at_once(
                [partial(save, user, assessment, key) for user in (cast.alice, cast.bob) for key in ("P09.1", "P10.1")]
            )
            assert kinds(outcomes) == {"Answer": 4}, outcomes
            assert sorted(assessment.respondents.values_list("name", flat=True)) == ["Alice", "Bob"]
            Assessment.objects.all().delete()


# --- many answers -----------------------------------------------------------------------------------------------------


def saves(user, assessment, keys: list[str], seed: int):
    """25 saves of one client on its own questions, each over the version that the last one left: what was confirmed."""
    chance = random.Random(seed)
    versions: dict[str, int] = {}
    confirmed: dict[str, tuple[int, int]] = {}
    for _save in range(25):
        key, number = chance.choice(keys), chance.randint(1, 5)
        answer = save(user, assessment, key, level(number), versions.get(key, 0))
        versions[key] = answer.version
        confirmed[key] = (answer.version, number)
    return confirmed


def test_eight_people_lose_no_save_and_the_last_confirmed_value_stands(cast):
    assessment = opened(cast)
    people = [cast.alice, cast.bob, cast.carla, cast.olivia] * 2
    with Clients(8) as clients:
        outcomes = clients.at_once(
            [
                partial(saves, user, assessment, KEYS[index * 4 : index * 4 + 4], index)
                for index, user in enumerate(people)
            ]
        )
    assert kinds(outcomes) == {"dict": 8}, outcomes
    confirmed = {key: value for outcome in outcomes for key, value in outcome.items()}
    answers = Answer.objects.values_list("question_key", "version", "level")
    assert {key: (version, number) for key, version, number in answers} == confirmed
    assert Revision.objects.count() == 8 * 25


# --- closing ----------------------------------------------------------------------------------------------------------


def test_a_save_at_the_moment_of_closing_is_in_the_result_or_refused(cast):
    seen = Counter()
    with Clients(2) as clients:
        for number in range(CLOSINGS):
            assessment = opened(cast)
            save(cast.alice, assessment, entry=level(2))
            acts = [
                partial(save, cast.bob, assessment, entry=level(5), version=1),
                partial(close, cast.alice, assessment),
            ]
            outcomes = clients.at_once(acts[:: 1 if number % 2 else -1])
            late = next(outcome for outcome in outcomes if not isinstance(outcome, Result))
            result = Result.objects.get(assessment=assessment)
            accepted = isinstance(late, Answer)
            assert accepted or isinstance(late, actions.AssessmentClosed), late
            frozen = result.answers["respondents"][0]["answers"]["P09.1"]
            assert frozen["level"] == stored(assessment).level == (5 if accepted else 2)
            assert result.scorecard["questions"]["P09.1"]["value"] == (5.0 if accepted else 2.0)
            seen[accepted] += 1
    assert sum(seen.values()) == CLOSINGS


def test_of_two_closings_one_makes_the_result(cast):
    with Clients(2) as clients:
        for _round in range(10):
            assessment = opened(cast)
            save(cast.alice, assessment)
            outcomes = clients.at_once([partial(close, user, assessment) for user in (cast.alice, cast.carla)])
            assert kinds(outcomes) == {"Result": 1, "AssessmentClosed": 1}, outcomes
            assert Result.objects.filter(assessment=assessment).count() == 1
    assert AuditEvent.objects.filter(action="assessment closed").count() == 10


def test_of_two_openings_one_opens_and_the_other_is_shown_it(cast):
    with Clients(2) as clients:
        for _round in range(10):
            outcomes = clients.at_once([partial(opened, cast, user=user) for user in (cast.alice, cast.carla)])
            assert kinds(outcomes) == {"Assessment": 1, "AssessmentOpen": 1}, outcomes
            refused = next(outcome for outcome in outcomes if isinstance(outcome, actions.AssessmentOpen))
            assert refused.assessment == Assessment.objects.get()
            Assessment.objects.all().delete()


def test_an_opening_and_an_undone_closing_never_leave_two_open_assessments(cast):
    with Clients(2) as clients:
        for _round in range(20):
            first = opened(cast)
            save(cast.alice, first)
            close(cast.alice, first)
            moment = LATER + timedelta(minutes=1)
            outcomes = clients.at_once(
                [
                    partial(opened, cast, user=cast.carla, period="2026-Q4"),
                    partial(actions.undo_closing, user=cast.alice, assessment_id=first.pk, now=moment),
                ]
            )
            assert kinds(outcomes) in ({"Assessment": 1, "AssessmentOpen": 1}, {"Assessment": 1, "TooLateToUndo": 1})
            assert Assessment.objects.open().count() == 1
            Assessment.objects.all().delete()


def test_of_two_replays_at_once_one_is_the_save_and_the_other_its_echo(cast):
    assessment = opened(cast)
    with Clients(2) as clients:
        for version in range(50):
            acts = [partial(save, cast.alice, assessment, entry=level(4), version=version, save_id=f"{version:x}")] * 2
            outcomes = clients.at_once(acts)
            assert [getattr(outcome, "version", outcome) for outcome in outcomes] == [version + 1] * 2
    assert Revision.objects.count() == 50


# --- the organization's sheet, and projects ---------------------------------------------------------------------------


def prepared(user, organization) -> Assessment:
    return actions.prepare_organization_sheet(
        user=user,
        organization=organization,
        framework=FRAMEWORK,
        framework_hash=framework_hash(FRAMEWORK),
        now=LATER,
    )


def test_two_heads_who_open_the_page_at_once_get_one_sheet(cast):
    with Clients(4) as clients:
        for _round in range(10):
            outcomes = clients.at_once([partial(prepared, cast.carla, cast.house)] * 4)
            assert kinds(outcomes) == {"Assessment": 4}, outcomes
            own = Assessment.objects.get()
            assert own.respondents.count() == AuditEvent.objects.count() == 1
            Assessment.objects.all().delete()
            AuditEvent.objects.all().delete()


def test_of_two_saves_for_the_organization_one_is_accepted_and_a_closing_takes_one_whole_answer(cast):
    own = prepared(cast.carla, cast.house)
    with Clients(3) as clients:
        for version in range(20):
            assessment = opened(cast)
            save(cast.alice, assessment)
            number = 1 + version % 5
            mine = partial(save, cast.carla, own, "ORG.1", level(number, note=str(number)), version)
            outcomes = clients.at_once([mine, mine, partial(close, cast.alice, assessment)])
            assert kinds(outcomes) == {"Answer": 1, "AnswerConflict": 1, "Result": 1}, outcomes
            result = next(outcome for outcome in outcomes if isinstance(outcome, Result))
            for sheet in result.answers["respondents"]:
                if sheet["id"] == "organization":
                    frozen = sheet["answers"]["ORG.1"]
                    assert frozen["note"] == str(frozen["level"])
                    assert result.scorecard["questions"]["ORG.1"]["value"] == frozen["level"]


def test_of_two_projects_with_one_name_one_is_added_and_the_list_never_overflows(cast, monkeypatch):
    framework = install(monkeypatch, extended())
    changes = {"framework": framework, "framework_hash": framework_hash(framework), "modules": ["projects"]}
    assessment = opened(cast, **changes)

    def add(user, name: str, note: str):
        entry = actions.ProjectEntry(name, {}, None, note)
        return actions.save_project(user=user, assessment_id=assessment.pk, entry=entry, version=0, now=LATER)

    with Clients(2) as clients:
        for number in range(10):
            name = f"Project {number}"
            outcomes = clients.at_once([partial(add, cast.alice, name, "a"), partial(add, cast.bob, name, "b")])
            assert kinds(outcomes) == {"Project": 1, "ProjectRefused": 1}, outcomes
        for number in range(39):
            add(cast.alice, f"More {number}", "")
        outcomes = clients.at_once([partial(add, cast.alice, "Last", ""), partial(add, cast.bob, "Last too", "")])
        assert kinds(outcomes) == {"Project": 1, "ProjectRefused": 1}, outcomes
    assert assessment.projects.standing().count() == 50


# --- what is counted of all teams -------------------------------------------------------------------------------------


def test_teams_that_close_undo_and_are_counted_anew_at_the_same_moment_are_each_counted_once(cast):
    """In quarters that nobody counted yet, later ones before and after earlier ones."""
    numbers = range(6)
    teams = [Team.objects.create(organization=cast.house, name=f"Team {number}") for number in numbers]
    periods = [("2026-Q3", "2026-Q2", "2026-Q4")[number % 3] for number in numbers]
    recount = partial(recount_quarters, organization=cast.house)
    with Clients(len(teams) + 1) as clients:
        for _round in range(3):
            open_ones = [
                opened(cast, user=cast.carla, team=team, period=period)
                for team, period in zip(teams, periods, strict=True)
            ]
            for assessment in open_ones:
                save(cast.carla, assessment)
            done = clients.at_once([*(partial(close, cast.carla, one) for one in open_ones), recount])
            assert kinds(done) == {"Result": 6, "list": 1}, done
            assert recount_quarters(organization=cast.house) == []
            undo = [
                partial(actions.undo_closing, user=cast.carla, assessment_id=one.pk, now=LATER) for one in open_ones
            ]
            assert kinds(clients.at_once([*undo, recount])) == {"Assessment": 6, "list": 1}
            assert recount_quarters(organization=cast.house) == []
            assert not any(Quarter.objects.values_list("counts", flat=True))
            Assessment.objects.all().delete()
            Quarter.objects.all().delete()


def test_a_closing_that_waits_for_the_row_of_its_quarter_keeps_no_other_quarter_from_anybody(cast):
    later = opened(cast, team=cast.boreal, user=cast.carla, period="2026-Q3")
    save(cast.carla, later)
    close(cast.carla, later)
    first = opened(cast, period="2026-Q2")
    save(cast.alice, first)

    made = Event()

    def make_the_row_and_lock_both():
        with transaction.atomic():
            Quarter.objects.create(organization=cast.house, period="2026-Q2")
            made.set()
            sleep(0.5)
            return list(Quarter.objects.since(cast.house.pk, "2026-Q2"))

    def close_a_moment_later():
        made.wait(30)
        return close(cast.alice, first)

    with Clients(2) as clients:
        locked, result = clients.at_once([make_the_row_and_lock_both, close_a_moment_later])
    assert (locked, type(result)) == (["2026-Q2", "2026-Q3"], Result), (locked, result)


def test_nothing_is_saved_without_a_lock_that_lasts(cast):
    """Its SQL is written once, so that Django itself looks for the transaction at the first call only."""
    assessment = opened(cast)
    with transaction.atomic():
        assert Assessment.objects.for_saving(cast.alice, assessment.pk) == assessment
    with pytest.raises(transaction.TransactionManagementError):
        Assessment.objects.for_saving(cast.alice, assessment.pk)
