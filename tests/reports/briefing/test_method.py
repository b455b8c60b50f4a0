"""What the numbers leave out stays visible."""

from __future__ import annotations

from assessment.scoring import score
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


def test_other_ways_of_adding_up_stand_beside_the_score():
    """The geometric mean lies below the arithmetic one; the level is the same here."""
    numbers = [(float(row[1]), row[2]) for row in build_briefing(DATA, "en", "consultant").sensitivity.rows]
    assert [level for _score, level in numbers] == ["2", "2", "2"]
    assert numbers[2][0] <= numbers[0][0]
    assert BRIEFING.sensitivity_sentence == "Added up in two other ways, the level would be the same."


def test_a_lead_gets_the_method_in_short_and_no_glossary():
    whole = build_briefing(DATA, "en", "consultant")
    assert len(BRIEFING.method) < len(whole.method)
    assert (BRIEFING.glossary, BRIEFING.sensitivity.rows) == ((), ())
    assert whole.glossary


def test_without_a_score_there_is_nothing_to_add_up():
    data = report_data(scorecard=score(DATA.framework, []), plan=None, comparison=None, previous=None)
    briefing = build_briefing(data, "en", "consultant")
    assert (briefing.sensitivity.rows, briefing.sensitivity_sentence) == ((), "")
