"""What changed between two releases, in words, and the version step that it deserves."""

from __future__ import annotations

from fractions import Fraction

import pytest

from manifesto.crosswalks import conversion
from manifesto.definitions import Anchor, Chapter, Crosswalk, Framework, Gate, Module, Named, Reference, Tags, Term
from manifesto.diff import compare, next_version, step_between
from tests.builders import framework, initiative, principle, question, text
from tests.releases import NEW, OLD

BASE = framework(
    {"P01": 2, "P09": 1, "PRO": 1, "TEC": 1, "ORG": 1},
    initiatives=(initiative("I01", {"P01.1": 1}), initiative("I02", {"P01.2": 1})),
    glossary=(Term(key="pipeline", name=text("Pipeline"), meaning=text("A chain")),),
)


CHAPTER = Chapter(key="benefits", name=text("Benefits"), summary=text("Why"), passages=())


def changed(**fields) -> Framework:
    """BASE as 1.1.0 with some fields replaced."""
    values = {name: getattr(BASE, name) for name in Framework.model_fields}
    return Framework(**values | {"version": "1.1.0"} | fields)


def with_question(key: str = "P01.2", **changes) -> Framework:
    return changed(questions=tuple(question(q.key, **changes) if q.key == key else q for q in BASE.questions))


def with_principle(**changes) -> Framework:
    return changed(principles=tuple(principle(p.key, **changes) if p.key == "P01" else p for p in BASE.principles))


def told(newer: Framework) -> list[tuple[str, str, str]]:
    """Kind, step and subject of each difference."""
    return [(item.kind, item.step, item.subject) for item in compare(BASE, newer).differences]


def test_each_kind_of_change_of_the_small_release_is_told_in_words():
    found = {item.subject: (item.kind, item.words) for item in compare(OLD, NEW).of("questions")}
    assert found == {
        "P01.1": ("editorial", "another wording of anchors; the meaning stays"),
        "P09.3": ("retired", "asked: How is a change brought to production?"),
        "P09.4": ("new", "asks: How much of the infrastructure is described as code?"),
        "P15.1": (
            "meaning",
            "means something else: revision 1, now 2; "
            "earlier levels are read as 1 -> 1, 2 -> 1, 3 -> 2, 4 -> unknown, 5 -> 5",
        ),
    }
    rest = {item.subject: (item.part, item.kind, item.words) for item in compare(OLD, NEW).differences}
    assert rest["I01"] == ("initiatives", "changed", "effort was 3, now 2")
    assert rest["I02"] == ("initiatives", "retired", "Deploy by a script")
    assert rest["I03"] == ("initiatives", "new", "Describe environments as code")
    assert rest["pipeline"] == ("glossary", "editorial", "another wording of meaning (en only)")


def test_the_small_release_deserves_its_number():
    found = compare(OLD, NEW)
    assert (found.deserves, found.takes, found.expected, found.agrees) == ("minor", "minor", "1.1.0", True)


def test_two_equal_releases_differ_in_nothing():
    found = compare(BASE, BASE)
    assert (found.differences, found.deserves, found.agrees) == ((), "none", True)


def test_no_part_of_a_framework_is_left_out_of_the_comparison():
    """A field that Framework gains must be told, or be named here as what isn't a change of its own."""
    told = {
        "preview", "title", "principle_share", "gate", "levels", "pillars", "challenges", "values", "roles", "glossary",
        "principles", "questions", "modules", "initiatives", "references", "chapters",
    }  # fmt: skip
    assert set(Framework.model_fields) == told | {"key", "version", "supersedes", "crosswalk"}


def test_other_words_are_a_patch():
    anchors = tuple(
        Anchor(level=n, en=f"P01.2 step {n}.", pt_br="outro" if n == 3 else f"P01.2 passo {n}.") for n in range(1, 6)
    )
    found = compare(BASE, with_question(anchors=anchors))
    assert [item.words for item in found.differences] == ["another wording of anchors (pt-br only); the meaning stays"]
    assert (found.deserves, found.takes, found.expected, found.agrees) == ("patch", "minor", "1.0.1", False)


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        (with_question(revision=2), ("meaning", "minor", "P01.2")),
        (with_question(weight=2), ("changed", "major", "P01.2")),
        (with_question(window_days=30), ("changed", "minor", "P01.2")),
        (with_question(thresholds=(None, 0, 50, 80, 100)), ("changed", "minor", "P01.2")),
        (with_question(dimension="latency"), ("changed", "minor", "P01.2")),
        (with_question(scope="organization"), ("changed", "minor", "P01.2")),
        (with_question(tags=Tags(challenges=("C1",))), ("editorial", "patch", "P01.2")),
        (changed(questions=BASE.questions[:-1]), ("retired", "minor", "ORG.1")),
        (changed(questions=(*BASE.questions, question("P09.2"))), ("new", "minor", "P09.2")),
        (changed(principle_share="0.6"), ("changed", "major", "principle_share")),
        (
            changed(gate=Gate(overall="0.5", pillar="0.5", critical="1", principle="1.5", completeness="0.8")),
            ("changed", "major", "gate.overall"),
        ),
        (with_principle(critical=False), ("changed", "major", "P01")),
        (with_principle(pillar_weights={"process": 60, "technology": 10, "organization": 30}), (
            "changed", "major", "P01",
        )),
        (with_principle(why=text("Another reason")), ("editorial", "patch", "P01")),
        (with_principle(roles=()), ("changed", "minor", "P01")),
        (changed(principles=(*BASE.principles, principle("P15"))), ("new", "major", "P15")),
        (changed(principles=BASE.principles[:1]), ("retired", "major", "P09")),
        (changed(initiatives=BASE.initiatives[:1]), ("retired", "minor", "I02")),
        (changed(initiatives=(BASE.initiatives[0], initiative("I02", {"P01.2": 2}))), ("changed", "minor", "I02")),
        (
            changed(initiatives=(BASE.initiatives[0], initiative("I02", {"P01.2": 1}, done_when=text("Done")))),
            ("editorial", "patch", "I02"),
        ),
        (
            changed(modules=(Module(key="mlops", name=text("M"), description=text("D"), prefixes=("MLO",)),)),
            ("new", "minor", "mlops"),
        ),
        (
            changed(challenges=(*BASE.challenges, Named(key="C2", slug="b", name=text("S"), description=text("D")))),
            ("new", "minor", "C2"),
        ),
        (changed(glossary=()), ("retired", "patch", "pipeline")),
        (changed(title=text("Other")), ("editorial", "patch", "title")),
        (changed(preview=True), ("changed", "patch", "preview")),
        (changed(chapters=(CHAPTER,)), ("new", "patch", "benefits")),
        (
            changed(references=(Reference(key="dora", name="DORA", address="https://dora.dev/"),)),
            ("new", "patch", "dora"),
        ),
    ],
)  # fmt: skip
def test_each_change_deserves_its_step(newer, expected):
    assert told(newer) == [expected]


def test_a_change_under_the_same_revision_asks_for_a_new_one():
    (item,) = compare(BASE, with_question(window_days=30)).differences
    assert item.wants_revision
    assert item.words == "other window days under the same revision; give it a new one if answers could differ"


def test_a_re_anchored_question_without_a_crosswalk_is_told_as_unreadable():
    (item,) = compare(BASE, with_question(revision=2)).differences
    assert item.words == "means something else: revision 1, now 2; no crosswalk, so earlier answers can't be read"


def test_another_pillar_weight_is_major():
    pillars = tuple(p.model_copy(update={"weight": Fraction(2)}) if p.key == "process" else p for p in BASE.pillars)
    (item,) = compare(BASE, changed(pillars=pillars)).differences
    assert (item.step, item.words) == ("major", "the pillar's weight was 1, now 2")


def test_different_frameworks_are_not_compared():
    with pytest.raises(ValueError, match="different frameworks"):
        compare(BASE, OLD)


@pytest.mark.parametrize(
    ("older", "newer", "step"),
    [
        ("1.0.0", "1.0.1", "patch"), ("1.0.9", "1.1.0", "minor"), ("1.9.9", "2.0.0", "major"),
        ("1.0.0", "1.0.0", "none"), ("1.1.0", "1.0.9", "back"), ("1.9.0", "1.10.0", "minor"),
    ],
)  # fmt: skip
def test_a_version_number_takes_a_step(older, newer, step):
    assert step_between(older, newer) == step
    assert step in ("back", "none") or step_between(older, next_version(older, step)) == step


def test_a_crosswalk_leads_only_where_its_tables_do():
    table = Crosswalk(question="P01.1", from_revision=2, to_revision=3, levels=(1, 1, 2, 3, 4), reason=text("stricter"))
    release = changed(crosswalk=(table,))
    assert conversion([release], "P01.1", 2, 3) == (1, 1, 2, 3, 4)
    assert conversion([release], "P01.1", 3, 3) == (1, 2, 3, 4, 5)
    assert conversion([release], "P01.1", 1, 3) is None
    assert conversion([release], "P01.1", 3, 2) is None
    assert conversion([release], "P01.2", 2, 3) is None
