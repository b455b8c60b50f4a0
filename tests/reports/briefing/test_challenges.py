"""Which challenge hurts, in one compact table."""

from __future__ import annotations

from assessment.challenges import challenge_scores
from reports.briefing import build_briefing
from tests.reports.sample import report_data

DATA = report_data()
BRIEFING = build_briefing(DATA, "en", "consultant")


def test_every_challenge_with_a_score_has_a_line_and_the_worst_is_first():
    scores = challenge_scores(DATA.framework, DATA.scorecard)
    assert len(BRIEFING.challenges.rows) == len(scores) == 8
    assert BRIEFING.challenges.rows[0][1] == f"{float(scores[0].score):.1f}"
    assert BRIEFING.challenges_finding.startswith("What hurts most")


def test_a_lead_gets_the_finding_without_the_table():
    briefing = build_briefing(DATA, "en")
    assert (briefing.challenges.rows, briefing.challenges_finding) == ((), BRIEFING.challenges_finding)


def test_at_most_three_principles_are_named_the_lowest_first():
    for row in BRIEFING.challenges.rows:
        numbers = [float(part.split()[-1]) for part in row[2].split(", ")]
        assert len(numbers) <= 3
        assert numbers == sorted(numbers)
