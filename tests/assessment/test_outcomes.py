"""The four numbers of a team's quarter: saved once, never overwritten unseen, and said in both languages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from assessment.actions import OutcomeConflict, OutcomeEntry, save_outcome
from assessment.models import Outcome
from assessment.outcomes import beside_score, outcome_finding, said
from organizations.models import AuditEvent
from tests.assessment.rooms import LATER
from tests.cast import NOW

FIRST = OutcomeEntry(Decimal("4.5"), Decimal("12"), 3, Decimal("20"))


def saved(cast, entry=FIRST, *, user=None, period="2026-Q3", version=0, now=NOW) -> Outcome:
    return save_outcome(user=user or cast.bob, team=cast.atlas, period=period, entry=entry, version=version, now=now)


def test_the_numbers_are_kept_with_who_entered_them_and_when(cast):
    saved(cast)
    outcome = Outcome.objects.get()
    assert (outcome.lead_time, outcome.failed_share, outcome.customer_errors, outcome.rescue_hours) == (
        Decimal("4.5"), 12, 3, 20,
    )  # fmt: skip
    assert (outcome.period, outcome.version, outcome.updated_by_name, outcome.updated_at) == ("2026-Q3", 1, "Bob", NOW)


def test_a_correction_replaces_them_and_the_audit_trail_keeps_what_stood_before(cast):
    saved(cast)
    saved(cast, OutcomeEntry(Decimal("4"), None, 3, Decimal("20")), user=cast.alice, version=1, now=LATER)
    outcome = Outcome.objects.get()
    assert (outcome.lead_time, outcome.failed_share, outcome.version, outcome.updated_by) == (4, None, 2, cast.alice)
    event = AuditEvent.objects.newest_first().first()
    assert (event.action, event.subject) == ("outcome numbers saved", "Atlas 2026-Q3")
    assert event.detail["before"]["failed_share"] in ("12", "12.0")
    assert event.detail["after"] == {
        "lead_time": "4", "failed_share": None, "customer_errors": "3", "rescue_hours": "20",
    }  # fmt: skip


def test_who_saves_other_numbers_without_having_seen_these_is_refused_with_them(cast):
    saved(cast)
    with pytest.raises(OutcomeConflict) as refused:
        saved(cast, OutcomeEntry(customer_errors=9), user=cast.alice)
    assert refused.value.current.customer_errors == 3
    assert Outcome.objects.get().customer_errors == 3


def test_the_same_numbers_once_more_change_nothing(cast):
    saved(cast)
    assert saved(cast, user=cast.alice).version == 1
    assert AuditEvent.objects.filter(action="outcome numbers saved").count() == 1


def test_quarters_and_teams_stand_apart(cast):
    saved(cast)
    saved(cast, OutcomeEntry(customer_errors=1), period="2026-Q2")
    save_outcome(user=cast.carla, team=cast.boreal, period="2026-Q3", entry=FIRST, version=0, now=NOW)
    assert [outcome.period for outcome in Outcome.objects.of_team(cast.atlas)] == ["2026-Q2", "2026-Q3"]
    assert set(Outcome.objects.of_period([cast.atlas, cast.boreal], "2026-Q3")) == {cast.atlas.pk, cast.boreal.pk}


@pytest.mark.parametrize("wrong", [{"failed_share": 101}, {"lead_time": -1}, {"rescue_hours": -1}])
def test_the_database_takes_no_impossible_number(cast, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Outcome.objects.create(team=cast.atlas, period="2026-Q3", updated_at=NOW, **wrong)


@pytest.mark.parametrize(
    ("number", "english", "portuguese"),
    [(None, "–", "–"), (Decimal("4.5"), "4.5", "4,5"), (Decimal("12.0"), "12", "12"), (0, "0", "0")],
)
def test_a_number_is_as_short_as_it_is_exact(number, english, portuguese):
    assert (said(number, "en"), said(number, "pt-br")) == (english, portuguese)


def test_beside_the_score_stand_this_quarter_and_the_last_one_that_has_numbers(cast):
    saved(cast, OutcomeEntry(Decimal("6"), None, 5, None), period="2026-Q1")
    saved(cast)
    beside = beside_score(Outcome.objects.around(cast.atlas, "2026-Q3"), "2026-Q3", "en")
    assert beside.earlier == "Q1 2026"
    assert [(row.now, row.before) for row in beside.rows] == [("4.5", "6"), ("12", "–"), ("3", "5"), ("20", "–")]


def test_without_numbers_the_quarter_is_empty_and_the_one_before_is_still_shown(cast):
    saved(cast, period="2026-Q1")
    beside = beside_score(Outcome.objects.around(cast.atlas, "2026-Q3"), "2026-Q3", "en")
    assert (beside.is_empty, beside.earlier) == (True, "Q1 2026")
    assert [row.before for row in beside.rows] == ["4.5", "12", "3", "20"]


def test_the_finding_says_the_numbers_of_the_last_quarter_that_has_some(cast):
    assert outcome_finding([], "en") == "No numbers have been entered yet."
    saved(cast)
    saved(cast, OutcomeEntry(customer_errors=1), period="2026-Q2")
    assert outcome_finding(Outcome.objects.of_team(cast.atlas), "en") == (
        "Q3 2026: median lead time 4.5 days, 12\u202f% of deliveries failed, 3 errors found by customers"
        " and 20 out-of-hours hours."
    )
