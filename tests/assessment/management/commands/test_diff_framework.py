"""`diff_framework`: changes in words, the number judged, and what the release would do to stored results."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessment.answers import Answer
from assessment.models import Result
from assessment.scoring import Respondent, score
from config.demo.loading import load as load_demo
from manifesto import catalog
from manifesto.crosswalks import conversion, read_level
from manifesto.diff import MINOR, next_version
from reports.gathering import respondents_of
from tests.assessment.rooms import closed_under
from tests.assessment.test_versions import OLD_ANSWERS
from tests.releases import DIRECTORY, next_minor

SMALL = [str(DIRECTORY / "mini" / version) for version in ("1.0.0", "1.1.0")]
THREES = dict.fromkeys(OLD_ANSWERS, 3)


def said(*args: str) -> str:
    out = StringIO()
    call_command("diff_framework", *args, stdout=out)
    return out.getvalue()


def test_two_directories_are_explained_in_words_without_a_database():
    text = said(*SMALL)
    assert text.startswith("mini@1.0.0 -> mini@1.1.0\n")
    assert "Questions: 1 wording, 1 new, 1 meaning, 1 retired" in text
    assert "P15.1    meaning  means something else: revision 1, now 2; earlier levels are read as 1 -> 1" in text
    assert "Glossary: 1 wording" in text
    assert "This deserves a minor step, and 1.1.0 takes it." in text
    assert "Comparable: 89\u202f% of the question weight of mini@1.1.0" in text


def test_a_release_held_against_itself_has_not_changed():
    text = said("dataops@0.9.0", "dataops@0.9.0")
    assert "Nothing changed." in text
    assert "This deserves no new number, and 0.9.0 takes it." in text
    assert "Comparable: 100\u202f%" in text


def test_a_number_that_says_too_much_is_named_with_the_one_that_fits(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    for file in (DIRECTORY / "mini" / "1.0.0").iterdir():
        text = (
            file.read_text("utf-8").replace("version: 1.0.0", "version: 2.0.0").replace("source to a use", "source on")
        )
        (small / file.name).write_text(text, "utf-8")
    assert "This deserves a patch step, but 2.0.0 takes a major one: 1.0.1 would say what it is." in said(
        SMALL[0], str(small)
    )
    assert "but 1.0.0 is the older number." in said(str(small), SMALL[0])


def test_json_holds_every_change():
    data = json.loads(said(*SMALL, "--json"))
    assert (data["from"], data["to"], data["deserves"], data["agrees"]) == ("mini@1.0.0", "mini@1.1.0", "minor", True)
    assert {item["subject"]: item["kind"] for item in data["changes"] if item["part"] == "questions"} == {
        "P01.1": "editorial", "P09.3": "retired", "P09.4": "new", "P15.1": "meaning",
    }  # fmt: skip
    assert data["comparability"] == pytest.approx(8 / 9)
    assert "impact" not in data


@pytest.mark.parametrize(
    ("releases", "faults"),
    [
        (("dataops@9.9.9", "nowhere@1.0.0"), ["dataops@9.9.9: there is no", "nowhere@1.0.0: there is no"]),
        ((SMALL[0], "dataops@0.9.0"), ["mini@1.0.0 and dataops@0.9.0 are different frameworks"]),
        ((str(DIRECTORY), "dataops@0.9.0"), [f"{DIRECTORY}: mini/1.1.0/framework.yaml:1"]),
    ],
)
def test_wrong_input_names_every_fault(releases, faults):
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("diff_framework", *releases, stdout=out, stderr=err)
    assert (end.value.code, out.getvalue()) == (2, "")
    assert all(fault in err.getvalue() for fault in faults)


@pytest.fixture
def stored(cast, two_releases):
    """Atlas stays at level 3, Boreal falls: its P15.1 at 4 can't be read now."""
    old, _new = two_releases
    closed_under(cast, old, THREES)
    closed_under(cast, old, THREES | {"P15.1": 4}, team=cast.boreal, user=cast.carla)


def test_the_impact_names_how_many_change_level_and_because_of_which_questions(stored):
    text = said("mini@1.0.0", "mini@1.1.0", "--impact")
    assert "Of 2 stored results of mini@1.0.0, 1 would change level: 0 up, 1 down." in text
    assert "P09.4 (new)              decides 1" in text
    assert "P15.1 (meaning)          decides 1" in text
    table = [line.split() for line in text.splitlines() if line.startswith(("Atlas", "Boreal"))]
    assert table == [
        ["Atlas", "2026-Q3", "full", "3", "3", "3.00", "->", "2.88"],
        ["Boreal", "2026-Q3", "full", "3", "->", "1", "3", "3.12", "->", "3.00", "P09.4,", "or", "P15.1"],
    ]


def test_the_impact_as_json_holds_the_difference_table(stored):
    impact = json.loads(said("mini@1.0.0", "mini@1.1.0", "--impact", "--json"))["impact"]
    assert (impact["results"], impact["change_level"], impact["up"], impact["down"]) == (2, 1, 0, 1)
    assert impact["because"] == {"P09.4": 1, "P15.1": 1}
    boreal = impact["table"][1]
    assert (boreal["team"], boreal["level_before"], boreal["level_after"]) == ("Boreal", 3, 1)
    assert (boreal["because"], boreal["alone"], boreal["score_after"]) == (["P09.4", "P15.1"], True, 3.0)


def test_only_standing_results_of_the_older_release_count(stored, cast, two_releases):
    Result.objects.filter(team=cast.boreal).update(withdrawn_at=datetime(2026, 7, 2, tzinfo=UTC))
    closed_under(cast, two_releases[1], {"P01.1": 3}, period="2026-Q4")
    assert "Of 1 stored results of mini@1.0.0, 0 would change level" in said("mini@1.0.0", "mini@1.1.0", "--impact")


def test_without_stored_results_the_impact_says_so(db, two_releases):
    assert "There is no stored result of mini@1.1.0." in said("mini@1.1.0", "mini@1.0.0", "--impact")


def test_a_draft_under_the_same_number_can_be_tried_on_stored_results(stored, tmp_path):
    """An author changes a preview in place: 1.0.0 as shipped against 1.0.0 as drafted."""
    for file in (DIRECTORY / "mini" / "1.1.0").iterdir():
        text = file.read_text("utf-8").replace("version: 1.1.0\nsupersedes: 1.0.0", "version: 1.0.0")
        (tmp_path / file.name).write_text(text, "utf-8")
    text = said("mini@1.0.0", str(tmp_path), "--impact")
    assert "This deserves a minor step, but 1.0.0 stays the same: 1.1.0 would say what it is." in text
    assert "1 would change level: 0 up, 1 down." in text


def test_the_impact_writes_nothing(stored):
    before = list(Result.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as queries:
        said("mini@1.0.0", "mini@1.1.0", "--impact")
    assert all(query["sql"].startswith(("SELECT", "DECLARE", "FETCH", "CLOSE")) for query in queries)
    assert list(Result.objects.order_by("pk").values()) == before


def test_a_team_s_name_cannot_move_the_cursor(stored, cast):
    Result.objects.filter(team=cast.boreal).update(team_name="\x1b[2JBoreal\r\nAtlas")
    assert "?[2JBoreal??Atlas" in said("mini@1.0.0", "mini@1.1.0", "--impact")


def test_the_demo_rescored_by_a_next_release(db, tmp_path):
    """The release test of the domain guide 3.7: the stored demo under the present release and one after it."""
    load_demo(now=datetime(2026, 8, 20, 15, 0, tzinfo=UTC))
    present = catalog.current()
    draft = next_minor(present, tmp_path / present.key / next_version(present.version, MINOR))
    data = json.loads(said(present.identifier, str(tmp_path / present.key / draft.version), "--impact", "--json"))
    assert {item["subject"]: item["kind"] for item in data["changes"] if item["part"] == "questions"} == {
        "P01.1": "editorial", "P09.3": "retired", "P01.9": "new", "P15.1": "meaning",
    }  # fmt: skip
    results = Result.objects.standing().of_release(present.key, present.version)
    table = {(row["team"], row["period"]): row for row in data["impact"]["table"]}
    assert len(table) == results.count() == data["impact"]["results"] > 0
    levels = conversion(
        [draft], "P15.1", present.question_by_key["P15.1"].revision, draft.question_by_key["P15.1"].revision
    )
    for result in results:
        row = table[result.team_name, result.period]
        assert row["level_before"] == result.scores["overall"]["level"]
        assert row["score_before"] == pytest.approx(result.scores["overall"]["score"])
        assert bool(row["because"]) == (row["level_before"] != row["level_after"])
        assert set(row["because"]) <= {"P01.9", "P09.3", "P15.1"}
        if result.respondents == 1:
            card = score(draft, [answers_now(person, levels) for person in respondents_of(result)], result.form)
            assert (row["level_after"], row["possible_after"]) == (card.overall.level, card.overall.possible_level)
            assert row["score_after"] == pytest.approx(float(card.overall.score))


def answers_now(person: Respondent, levels) -> Respondent:
    """One person's frozen answers as the next release reads them, by another way than the command's."""
    kept = {key: answer for key, answer in person.answers.items() if key not in ("P09.3", "P15.1")}
    old = person.answers.get("P15.1")
    value = read_level(levels, old.value) if old and old.value is not None else None
    if value is not None:
        kept["P15.1"] = Answer(level=int(value), partly=value != int(value))
    return Respondent(person.id, kept)
