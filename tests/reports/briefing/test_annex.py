"""The consultant's annex: raw answers, bounds, weights, every initiative, and what was typed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from assessment.scoring import Answer, Respondent, score
from reports.briefing import build_briefing
from reports.briefing.data import Spoken
from tests.reports.sample import report_data

DATA = report_data()
ANNEX = build_briefing(DATA, "en", "consultant").annex
LEVELS = {"P15.2": (4, 4, 4, 5, 2, 1)}


def annex(**changes):
    return build_briefing(replace(DATA, **changes), "en", "consultant").annex


def row(table, name):
    return next(row for row in table.rows if row[0].startswith(name))


def test_only_a_consultant_gets_the_annex():
    assert build_briefing(DATA, "en").annex is None
    assert build_briefing(DATA, "en", "executive").annex is None


def test_every_question_has_its_line_with_evidence_and_what_it_supports():
    """P01.1 is answered with 3 and evidence that somebody checked; without evidence an answer up to 3 stands."""
    assert len(ANNEX.answers.rows) == len(DATA.framework.core_questions) == 59
    first = row(ANNEX.answers, "P01.1")
    level = DATA.scorecard.questions["P01.1"].value
    assert (first[1], first[2], first[7]) == (f"{int(level)}×1", str(int(level)), "checked")
    assert ANNEX.strips == ()


def test_several_answers_are_told_as_they_are_distributed():
    """4 4 4 5 2 1 have the median 4."""
    people = [Respondent(str(n), {"P15.2": Answer(level=level)}) for n, level in enumerate(LEVELS["P15.2"])]
    card = score(DATA.framework, people)
    spoken = {"P15.2": tuple(Spoken("answered", Fraction(level)) for level in LEVELS["P15.2"])}
    told = annex(scorecard=card, spoken=spoken, plan=None, comparison=None, previous=None)
    line = row(told.answers, "P15.2")
    assert (line[1], line[2]) == ("1×1  2×1  4×3  5×1", "4")
    index = [question.key for question in DATA.framework.core_questions].index("P15.2")
    assert told.strips[index].values == ((1.0, 1), (2.0, 1), (4.0, 3), (5.0, 1))
    assert told.strips[index].median == 4.0


def test_what_too_few_people_answered_is_counted_and_never_told():
    told = annex(hidden={"P15.2": 3}, spoken={}, threshold=5)
    assert row(told.answers, "P15.2")[1] == "too few to be shown (3)"


def test_bounds_stand_beside_scores_and_only_here_the_index():
    """The index is (score - 1) x 25."""
    overall = ANNEX.bounds.rows[0]
    score_ = DATA.scorecard.overall.score
    assert overall[:2] == ("Overall", f"{float(score_):.2f}")
    assert overall[4] == f"{float((score_ - 1) * 25):.0f}"


def test_weights_of_the_framework_are_printed():
    assert row(ANNEX.weights, "P15 ")[1:4] == ("40", "40", "20")
    assert row(ANNEX.weights, "P15 ")[0].endswith("*")
    assert "less 0.25 of the overall score" in ANNEX.gate


def test_every_initiative_is_listed_with_what_becomes_of_it():
    table = ANNEX.initiatives
    assert len(table.rows) == len(DATA.framework.initiatives)
    planned = [item.initiative for item in DATA.plan.items]
    assert [row[0].split()[0] for row in table.rows[: len(planned)]] == planned
    assert all(row[3] for row in table.rows)


def test_a_refused_initiative_is_listed_with_the_teams_reason():
    key = next(
        p.initiative for p in DATA.plan.priorities if p.initiative not in {i.initiative for i in DATA.plan.items}
    )
    told = annex(refused={key: "We have no such system."})
    assert row(told.initiatives, key)[3] == "won't do: We have no such system."


def test_everything_that_was_typed_stands_by_question():
    """The sample has a note at every ninth question and one reason."""
    lines = [line for typed in ANNEX.typed for line in typed.lines]
    assert sum(line.startswith("Note: ") for line in lines) == 7
    assert lines.count("Reason: No personal data in any product") == 1


def test_what_several_people_typed_alike_stands_once_and_what_nobody_typed_not_at_all():
    checked = Spoken("answered", Fraction(4), evidence_strength=2)
    wiki, noted = replace(checked, evidence_url="wiki", confidence="high"), replace(checked, note="As ever.")
    told = annex(spoken={"P15.1": (checked, checked), "P15.2": (wiki, wiki, noted), "P15.3": (wiki,)})
    assert [(typed.question.split()[0], typed.lines) for typed in told.typed] == [
        ("P15.2", ("Evidence: checked by a second person, wiki ×2", "Note: As ever.", "Confidence: high ×2")),
        ("P15.3", ("Evidence: checked by a second person, wiki", "Confidence: high")),
    ]


def test_comments_of_anonymous_people_stand_without_names():
    told = annex(comments={"P15.2": ("We test by hand.",)}, spoken={})
    assert [(typed.question.split()[0], typed.lines) for typed in told.typed] == [("P15.2", ("We test by hand.",))]
