"""What the numbers leave out stays visible."""

from __future__ import annotations

from reports.briefing import build_briefing
from tests.reports.sample import report_data, steps

DATA = report_data()
BRIEFING = build_briefing(DATA, "en")


def test_not_applicable_and_unknown_answers_stay_visible_with_their_reason():
    waived, unknown = (list(DATA.answers)[index] for index in (11, 20))
    assert (steps(BRIEFING)[waived].today, steps(BRIEFING)[unknown].today) == ("Not applicable", "Don't know")
    assert [(fact.label, fact.value) for fact in BRIEFING.not_applicable] == [
        (waived, "No personal data in any product")
    ]
    assert [line.split()[0] for line in BRIEFING.open] == [unknown]
