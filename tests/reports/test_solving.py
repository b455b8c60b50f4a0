"""The best plan: asked for once, solved by a worker, used from then on by page and document."""

from __future__ import annotations

from fractions import Fraction

import pytest
from django.core.cache import cache

from jobs.actions import claim, reap
from jobs.models import Job
from jobs.work import work
from reports.build import machine_readable
from reports.gathering import report_data
from reports.models import SolvedPlan
from reports.plans import Choices, choices_for, instance_name, is_settled, plan_for
from reports.roadmap import exact
from reports.roadmap.wishes import ImpossibleWishes
from reports.solving import job_of, request_best_plan
from tests.assessment.rooms import LATER
from tests.reports.rooms import do_job, planned_result

pytestmark = pytest.mark.usefixtures("patient_solver")


@pytest.fixture
def result(cast):
    """Plans outlive a test in the cache, the solutions in the database don't."""
    cache.clear()
    return planned_result(cast)


def test_asking_twice_gives_one_job_and_one_solution(result):
    choices = choices_for(result)
    first, second = (request_best_plan(result=result, choices=choices, now=LATER) for _ in range(2))
    assert first == second == job_of(instance_name(result, choices))
    assert do_job(first).state == Job.State.DONE
    assert SolvedPlan.objects.count() == 1
    assert request_best_plan(result=result, choices=choices, now=LATER) is None


def test_choices_that_lead_to_the_same_instance_share_the_solution(result):
    """Twelve weeks of 15 % of seven people are proposed anyway; why something is excluded changes no number."""
    said = Choices(people=7, capacity=(Fraction("12.6"),) * 4, excluded={"I01": "no time"})
    other = Choices(people=7, excluded={"I01": "done by the platform team"}, version=3)
    assert said.digest != other.digest
    assert instance_name(result, said) == instance_name(result, other)


def test_the_plan_is_the_heuristics_until_the_worker_has_solved_it(result):
    choices = Choices(people=7, preset="ambitious")
    at_once = plan_for(result, choices)
    assert not is_settled(at_once)
    do_job(request_best_plan(result=result, choices=choices, now=LATER))
    best = plan_for(result, choices)
    assert best.solution.is_exact and best.solution.status == "optimal"
    assert best.objective >= at_once.objective
    assert best.instance == at_once.instance


def test_a_document_names_the_plan_that_it_shows(result):
    choices = choices_for(result)
    do_job(request_best_plan(result=result, choices=choices, now=LATER))
    data = report_data(result, choices, "en")
    plan = machine_readable(data, "en", "lead")["plan"]
    assert plan == {
        "instance": instance_name(result, choices), "algorithm": exact.ALGORITHM, "status": "optimal", "is_exact": True
    }  # fmt: skip


def test_a_worker_that_dies_leaves_nothing_and_the_next_one_solves_it(result, settings):
    settings.JOB_LEASE_SECONDS = 60
    job = request_best_plan(result=result, choices=choices_for(result), now=LATER)
    assert claim(job_id=job.pk, now=LATER) is not None  # and never heard of again
    assert not SolvedPlan.objects.exists()
    later = LATER.replace(year=LATER.year + 1)
    assert reap(now=later).requeued == 1
    work(claim(job_id=job.pk, now=later))
    assert SolvedPlan.objects.count() == 1


def test_two_workers_on_one_job_store_one_solution(result):
    """The first lost its lease while it solved: what it found is dropped."""
    job = request_best_plan(result=result, choices=choices_for(result), now=LATER)
    slow = claim(job_id=job.pk, now=LATER)
    later = LATER.replace(year=LATER.year + 1)
    reap(now=later)
    work(claim(job_id=job.pk, now=later))
    work(slow)
    assert SolvedPlan.objects.count() == 1


def test_a_failed_search_is_tried_again_when_somebody_asks(result):
    job = request_best_plan(result=result, choices=choices_for(result), now=LATER)
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED)
    assert request_best_plan(result=result, choices=choices_for(result), now=LATER).state == Job.State.QUEUED


def test_demands_that_cannot_be_met_are_stored_with_what_stands_in_the_way(result):
    choices = Choices(people=7, capacity=(Fraction(1),) * 4, must_do=frozenset({"I16"}))
    assert plan_for(result, choices).items == ()
    do_job(request_best_plan(result=result, choices=choices, now=LATER))
    solution = plan_for(result, choices).solution
    assert (solution.status, solution.obstacles[0].kind, solution.is_exact) == ("infeasible", "effort", True)
    assert solution.shortest_horizon == solution.obstacles[0].need


def test_impossible_wishes_are_refused_before_there_is_a_job(result):
    wrong = Choices(people=7, must_do=frozenset({"I01"}), excluded={"I01": "no time"})
    with pytest.raises(ImpossibleWishes):
        request_best_plan(result=result, choices=wrong, now=LATER)
    assert not Job.objects.filter(kind=SolvedPlan.KIND).exists()
