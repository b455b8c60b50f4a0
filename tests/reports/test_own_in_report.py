"""A team's own initiative in the document: planned, named literally, in both languages."""

from __future__ import annotations

import pytest

from reports.briefing import build_briefing
from reports.gathering import report_data
from reports.models import TeamInitiative
from reports.plans import choices_for
from tests.assessment.rooms import LATER
from tests.reports.rooms import planned_result
from tests.reports.sample import HOSTILE


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_it_stands_in_the_plan_of_the_report_as_it_was_typed(cast, language):
    result = planned_result(cast)
    TeamInitiative.objects.create(
        team=cast.atlas, number=1, name=HOSTILE, done_when="Each shows one name", effort="0.5", lifts={"P15.1": "4"},
        cap=5, updated_at=LATER,
    )  # fmt: skip
    briefing = build_briefing(report_data(result, choices_for(result), language), language)
    assert HOSTILE in repr(briefing).replace("\\\\", "\\")
