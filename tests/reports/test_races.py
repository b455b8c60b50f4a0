"""Two people, or a person and a worker, at the same moment: one wins, the other is told, nothing is lost silently."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.core.cache import cache

from jobs.models import Job
from organizations.models import AuditEvent
from reports import adoption, browser
from reports.actions import RoadmapConflict, add_scenario, save_scenario
from reports.adoption import AdoptionConflict, ItemConflict, ItemEntry, PlanEnded, adopt, change_item
from reports.delivery.actions import LinkNotOpen, follow_closing, hand_out, open_share_link, revoke_share_link
from reports.models import AdoptedPlan, Finding, FindingRevision, Logo, PlanItem, Report, Schedule, SolvedPlan
from reports.own_words import FindingConflict, save_finding, save_logo
from reports.pictures import cleaned
from reports.plans import Choices, choices_of, plan_for
from tests.assessment.rooms import LATER
from tests.assessment.test_races import Clients, kinds
from tests.reports.delivery.test_share_links import shared
from tests.reports.pictures import png
from tests.reports.rooms import asked, do_job, planned_result

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 10
SOON = LATER + timedelta(hours=1)
PROTECT = Choices(people=7, preset="protect")


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings, tmp_path):
    """Plans outlive a test in the cache; charts take seconds."""

    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def result(cast):
    return planned_result(cast)


@pytest.fixture
def plan(cast, result) -> AdoptedPlan:
    scenario = save_scenario(user=cast.alice, result=result, choices=PROTECT, now=LATER)
    return adopt(user=cast.alice, result=result, scenario=scenario, version=1, now=SOON)


def saying(item: PlanItem, user, version: int, owner: str, now=SOON) -> PlanItem:
    entry = ItemEntry(quarter=item.quarter, status="doing", owner=owner)
    return change_item(user=user, item_id=item.pk, version=version, entry=entry, now=now)


# --- items ------------------------------------------------------------------------------------------------------------


def test_of_two_who_change_one_item_one_is_saved_and_the_other_sees_it(cast, plan):
    item = plan.items.in_order().first()
    with Clients(2) as clients:
        for version in range(1, ROUNDS + 1):
            owners = [f"Alice {version}", f"Bob {version}"]
            acts = [
                partial(saying, item, user, version, owner)
                for user, owner in zip((cast.alice, cast.bob), owners, strict=True)
            ]
            outcomes = clients.at_once(acts)
            assert kinds(outcomes) == {"PlanItem": 1, "ItemConflict": 1}, outcomes
            refused = next(outcome for outcome in outcomes if isinstance(outcome, ItemConflict))
            item.refresh_from_db()
            assert (item.version, refused.current.owner) == (version + 1, item.owner)
    assert AuditEvent.objects.filter(action="plan item changed").count() == ROUNDS


def test_of_two_who_mark_it_done_the_questions_are_asked_anew_once(cast, plan):
    item = plan.items.in_order().first()
    entry = ItemEntry(quarter=item.quarter, status="done", evidence="wiki")
    done = partial(change_item, item_id=item.pk, version=1, entry=entry, now=SOON)
    with Clients(2) as clients:
        outcomes = clients.at_once([partial(done, user=cast.alice), partial(done, user=cast.bob)])
    assert kinds(outcomes) == {"PlanItem": 2}, outcomes  # they say the same
    assert AuditEvent.objects.filter(action="plan item changed").count() == 1


def test_work_that_is_saved_while_another_plan_is_adopted_comes_along_or_is_refused(cast, result, plan, monkeypatch):
    """Saving is slow here, so that an adoption that doesn't wait for it would copy what was before."""

    def write_slowly(*arguments):
        time.sleep(0.05)
        write(*arguments)

    write = adoption._write
    monkeypatch.setattr(adoption, "_write", write_slowly)
    seen = Counter()
    scenarios = [
        add_scenario(user=cast.alice, result=result, name=f"Plan {number}", choices=PROTECT, now=LATER)
        for number in range(ROUNDS)
    ]
    plan_for(result, choices_of(scenarios[0], result))
    with Clients(2) as clients:
        for number, scenario in enumerate(scenarios):
            item = AdoptedPlan.objects.of_result(result).items.in_order().first()
            owner = f"Owner {number}"
            acts = [
                partial(saying, item, cast.bob, item.version, owner),
                partial(adopt, user=cast.alice, result=result, scenario=scenario, version=1, now=SOON),
            ]
            outcomes = clients.at_once(acts[:: 1 if number % 2 else -1])
            late = next(outcome for outcome in outcomes if not isinstance(outcome, AdoptedPlan))
            now = AdoptedPlan.objects.of_result(result).items.get(initiative=item.initiative)
            assert isinstance(late, PlanItem | PlanEnded), late
            assert (now.owner == owner) == isinstance(late, PlanItem), late
            seen[type(late).__name__] += 1
    assert sum(seen.values()) == ROUNDS


# --- adopting ---------------------------------------------------------------------------------------------------------


def test_of_two_scenarios_that_are_adopted_at_once_one_stands_and_the_other_person_is_told(cast, result):
    choices = [PROTECT, Choices(people=5, preset="protect")]
    scenarios = [
        add_scenario(user=cast.alice, result=result, name=f"Plan {number}", choices=said, now=LATER)
        for number, said in enumerate(choices)
    ]
    for scenario in scenarios:
        plan_for(result, choices_of(scenario, result))
    with Clients(2) as clients:
        for _round in range(ROUNDS):
            acts = [
                partial(adopt, user=user, result=result, scenario=scenario, version=1, seen=0, now=SOON)
                for user, scenario in zip((cast.alice, cast.carla), scenarios, strict=True)
            ]
            outcomes = clients.at_once(acts)
            assert kinds(outcomes) == {"AdoptedPlan": 1, "AdoptionConflict": 1}, outcomes
            refused = next(outcome for outcome in outcomes if isinstance(outcome, AdoptionConflict))
            assert AdoptedPlan.objects.get() == refused.current
            AdoptedPlan.objects.all().delete()


def test_of_two_who_adopt_one_scenario_both_get_the_one_plan(cast, result):
    scenario = save_scenario(user=cast.alice, result=result, choices=PROTECT, now=LATER)
    plan_for(result, choices_of(scenario, result))
    with Clients(2) as clients:
        acts = [
            partial(adopt, user=user, result=result, scenario=scenario, version=1, seen=0, now=SOON)
            for user in (cast.alice, cast.carla)
        ]
        outcomes = clients.at_once(acts)
    assert outcomes == [AdoptedPlan.objects.get()] * 2
    assert AuditEvent.objects.filter(action="plan adopted").count() == 1


def test_a_scenario_that_changes_while_it_is_adopted_is_adopted_as_it_was_seen_or_not_at_all(cast, result):
    changed = Choices(people=6, preset="protect", version=1)
    with Clients(2) as clients:
        for number in range(ROUNDS):
            scenario = save_scenario(user=cast.alice, result=result, choices=PROTECT, now=LATER)
            plan_for(result, choices_of(scenario, result))
            acts = [
                partial(adopt, user=cast.carla, result=result, scenario=scenario, version=1, now=SOON),
                partial(save_scenario, user=cast.alice, result=result, choices=changed, now=SOON),
            ]
            outcomes = clients.at_once(acts[:: 1 if number % 2 else -1])
            adopted = next(outcome for outcome in outcomes if isinstance(outcome, AdoptedPlan | RoadmapConflict))
            if isinstance(adopted, AdoptedPlan):
                assert adopted.choices["people"] == 7
            result.scenarios.all().delete()
            AdoptedPlan.objects.all().delete()


def test_a_plan_that_is_adopted_while_it_is_solved_is_one_of_the_two_and_every_page_shows_that_one(cast, result):
    for number in range(3):
        said = Choices(people=7 + number, preset="protect")
        scenario = add_scenario(user=cast.alice, result=result, name=f"Plan {number}", choices=said, now=LATER)
        choices = choices_of(scenario, result)
        job = Job.objects.get(kind=SolvedPlan.KIND, state=Job.State.QUEUED)
        with Clients(2) as clients:
            acts = [
                partial(adopt, user=cast.alice, result=result, scenario=scenario, version=1, now=SOON),
                partial(do_job, job),
            ]
            adopted = clients.at_once(acts)[0]
        assert isinstance(adopted, AdoptedPlan), adopted
        shown = plan_for(result, choices)
        assert sorted(item.initiative for item in shown.items) == sorted(
            adopted.items.exclude(planned_quarter="").values_list("initiative", flat=True)
        )
        assert adopted.forecast["levels"]["full"] == [point.level for point in shown.projection.full]


# --- links ------------------------------------------------------------------------------------------------------------


def opened(token: str, now) -> str:
    link = open_share_link(token=token, now=now)
    hand_out(link=link, password="", now=now)
    return "handed out"


def test_a_link_that_is_revoked_while_it_is_opened_counts_each_document_that_went_out_and_none_after(cast, result):
    report = asked(cast.alice, result)
    Report.objects.filter(pk=report.pk).update(file="reports/x.pdf")
    report.refresh_from_db()
    with Clients(3) as clients:
        for _round in range(ROUNDS):
            link, token = shared(cast, report, now=SOON)
            acts = [partial(opened, token, SOON)] * 2
            acts.append(partial(revoke_share_link, user=cast.alice, link=link, now=SOON))
            outcomes = clients.at_once(acts)
            assert all(outcome in ("handed out", None) or isinstance(outcome, LinkNotOpen) for outcome in outcomes)
            link.refresh_from_db()
            assert (link.views, link.revoked_at) == (outcomes.count("handed out"), SOON)
            with pytest.raises(LinkNotOpen):
                opened(token, SOON)


# --- findings and logos -----------------------------------------------------------------------------------------------


def test_of_two_who_write_one_finding_one_is_saved_and_the_other_sees_it(cast, result):
    with Clients(2) as clients:
        for version in range(ROUNDS):
            acts = [
                partial(
                    save_finding,
                    user=user,
                    assessment=result.assessment,
                    subject="P15",
                    text_en=f"{user} {version}",
                    text_pt_br="",
                    version=version,
                    now=SOON,
                )
                for user in (cast.alice, cast.carla)
            ]
            outcomes = clients.at_once(acts)
            assert kinds(outcomes) == {"Finding": 1, "FindingConflict": 1}, outcomes
            refused = next(outcome for outcome in outcomes if isinstance(outcome, FindingConflict))
            assert refused.current.text_en == Finding.objects.get().text_en
    assert FindingRevision.objects.count() == ROUNDS


def test_two_who_put_a_logo_in_one_place_leave_one_and_keep_the_other_as_history(cast):
    with Clients(2) as clients:
        for number in range(1, ROUNDS + 1):
            acts = [
                partial(
                    save_logo,
                    user=user,
                    organization=cast.house,
                    place="client",
                    picture=cleaned(png(number, 9)),
                    alt=user.name,
                    now=SOON,
                )
                for user in (cast.carla, cast.olivia)
            ]
            assert clients.at_once(acts) == [None, None]
            assert (Logo.objects.standing().count(), Logo.objects.count()) == (1, 2 * number)


# --- closing ----------------------------------------------------------------------------------------------------------


def test_a_closing_that_is_followed_three_times_at_once_asks_for_one_plan_and_one_set_of_reports(cast, result):
    Schedule.objects.create(
        team=cast.atlas, audiences=["lead"], languages=["en"], updated_by=cast.alice, updated_at=LATER
    )
    with Clients(3) as clients:
        clients.at_once([partial(follow_closing, result=result, now=SOON)] * 3)
    assert Job.objects.filter(kind=SolvedPlan.KIND).count() == Report.objects.count() == 1
