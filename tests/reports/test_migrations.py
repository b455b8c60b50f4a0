"""What was stored before a migration is there after it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from reports.models import Scenario
from tests.assessment.rooms import LATER
from tests.reports.rooms import planned_result

BEFORE, AFTER = [("reports", "0002_solved_plans")], [("reports", "0003_scenarios")]


def migrate(to) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(to)


@pytest.fixture
def end(transactional_db):
    """Whatever happens, the schema is today's at the end."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_the_choices_of_a_result_become_its_first_scenario(end, cast):
    result = planned_result(cast)
    kept = Scenario.objects.create(
        result=result, people=9, preset="balanced", capacity=[1, None, 2.5, 0], targets={"P15": 3.5},
        wishes={"must_do": ["I01"]}, version=3, updated_by=cast.alice, updated_at=LATER,
    )  # fmt: skip
    migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("select people, preset, version from reports_roadmap")
        assert cursor.fetchall() == [(9, "balanced", 3)]
    migrate(AFTER)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    again = Scenario.objects.get()
    assert (again.pk, again.result_id, again.name, again.version) == (kept.pk, result.pk, "", 3)
    assert (again.capacity, again.targets, again.wishes) == (kept.capacity, kept.targets, kept.wishes)
    assert Scenario.objects.standing_of(result) == again
