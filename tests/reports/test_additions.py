"""What stands beside a frozen result goes into its report as it stood when the report was asked for."""

from __future__ import annotations

import pytest

from assessment.models import Outcome
from reports import browser
from reports.gathering import additions_for, additions_named, history_of, report_data, spoken_answers
from reports.plans import choices_for
from tests.assessment.rooms import LATER, close, level, opened, save
from tests.reports.rooms import asked, planned_result


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch):
    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(browser, "draw", draw)


def entered(cast, period: str, **numbers) -> Outcome:
    return Outcome.objects.create(team=cast.atlas, period=period, updated_at=LATER, **numbers)


def test_outcome_numbers_up_to_the_assessed_quarter_are_told_with_gaps(cast):
    result = planned_result(cast, period="2026-Q3")
    for period, days in (("2026-Q1", 12), ("2026-Q3", 8), ("2026-Q4", 1)):
        entered(cast, period, lead_time=days)
    data = report_data(result, choices_for(result), "en", additions_for(result))
    assert data.outcome_quarters == ("Q1 2026", "Q2 2026", "Q3 2026")
    assert data.outcomes[0].name == "Median lead time, days"
    assert data.outcomes[0].values == (12.0, None, 8.0)


def test_numbers_that_are_entered_later_make_another_report(cast):
    result = planned_result(cast, period="2026-Q3")
    first = asked(cast.alice, result, audience="executive")
    assert asked(cast.alice, result, audience="executive").pk == first.pk
    entered(cast, "2026-Q3", lead_time=8)
    second = asked(cast.alice, result, audience="executive")
    assert second.pk != first.pk
    assert (first.additions["outcomes"], list(second.additions["outcomes"])) == ({}, ["2026-Q3"])


def test_additions_are_read_back_as_they_were_written(cast):
    result = planned_result(cast, period="2026-Q3")
    entered(cast, "2026-Q3", lead_time=8)
    additions = additions_for(result)
    assert additions_named(result, additions.as_dict()) == additions


def test_history_goes_up_to_the_assessed_quarter_and_names_skipped_ones(cast):
    results = {}
    for period in ("2026-Q1", "2026-Q3", "2026-Q4"):
        results[period] = planned_result(cast, period=period)
    past = history_of(results["2026-Q3"], "en")
    assert [(entry.period, entry.score is None) for entry in past] == [
        ("Q1 2026", False), ("Q2 2026", True), ("Q3 2026", False)
    ]  # fmt: skip


def test_where_each_person_answered_alone_the_order_of_answers_tells_nothing(cast):
    assessment = opened(cast, mode="named")
    save(cast.bob, assessment, "P09.1", level(1))
    save(cast.alice, assessment, "P09.1", level(5))
    said = spoken_answers(close(cast.alice, assessment))["P09.1"]
    assert [answer.value for answer in said] == [1, 5]
    assert all("Alice" not in repr(answer) and "Bob" not in repr(answer) for answer in said)
