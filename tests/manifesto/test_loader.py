import re
import time
from itertools import pairwise

import pytest
import yaml

from manifesto import catalog, loader
from manifesto.export import export
from manifesto.loader import FrameworkError, load
from tests.builders import framework, initiative

LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{after}: &{after} [*{name}, *{name}]\n" for name, after in pairwise("abcdefghijklmnop")
)


def content(**changes):
    """The files' form of a small valid framework, as plain data."""
    release = framework({"P09": 2, "P01": 1, "PRO": 1}, initiatives=(initiative("I01", {"P09.1": 2}),))
    data = export(release)
    del data["hash"]
    for section in ("principles", "pillars", "modules"):
        for entry in data[section]:
            del entry["questions"]
    return data | changes


def changed(data, section, index, **changes):
    data[section][index] |= changes
    return data


class Plain(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    """Writes each part out where it stands: anchors and aliases are refused."""

    def ignore_aliases(self, data):
        return True


def write(directory, data, name="framework.yaml"):
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, dict):
        data = yaml.dump(data, Dumper=Plain, allow_unicode=True)
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return directory


def problems(directory):
    with pytest.raises(FrameworkError) as caught:
        load(directory)
    return caught.value.problems


def test_files_are_merged_and_put_into_framework_order(tmp_path):
    data = content()
    questions = data.pop("questions")
    write(tmp_path, data)
    write(tmp_path, {"questions": [q for q in questions if q["key"] != "P01.1"]}, "questions/a.yaml")
    write(tmp_path, {"questions": [q for q in questions if q["key"] == "P01.1"]}, "questions/b.yaml")
    found = load(tmp_path)
    assert [q.key for q in found.questions] == ["P01.1", "P09.1", "P09.2", "PRO.1"]
    assert [p.key for p in found.principles] == ["P01", "P09"]
    assert found.gate.overall * 4 == 1


def test_every_problem_is_reported_at_once_with_file_line_key_and_hint(tmp_path):
    data = content()
    data["questions"][0]["steem"] = "x"
    data["questions"][1]["anchors"].pop()
    data["principles"][0]["pillar_weights"]["process"] = 31
    data["principles"][1]["challenges"] = ["C9"]
    questions = data.pop("questions")
    write(tmp_path, data)
    write(tmp_path, {"questions": questions}, "questions.yaml")
    found = problems(tmp_path)
    assert {(p.file, p.key) for p in found} == {
        ("questions.yaml", "questions[P09.1].steem"),
        ("questions.yaml", "questions[P09.2].anchors"),
        ("framework.yaml", "principles[P09].pillar_weights"),
        ("framework.yaml", "principles[P01].challenges[0]"),
    }
    for problem in found:
        line = (tmp_path / problem.file).read_text().splitlines()[problem.line - 1]
        assert re.search(r"steem|anchors|pillar_weights|C9", line)
        assert problem.hint
        assert str(problem).startswith(f"{problem.file}:{problem.line}: {problem.key}: ")


@pytest.mark.parametrize(
    ("section", "index", "changes", "key"),
    [
        ("questions", 0, {"na_allowed": True}, "questions[P09.1].na_allowed"),
        ("questions", 0, {"na_reason": {"en": "a", "pt-br": "b"}}, "questions[P09.1].na_reason"),
        ("questions", 1, {"key": "P09.1"}, "questions[P09.1].key"),
        ("questions", 1, {"key": "P11.1"}, "questions[P11.1].key"),
        ("questions", 0, {"tags": {"roles": ["DEV"]}}, "questions[P09.1].tags.roles[0]"),
        ("questions", 0, {"key": "P09.3"}, "initiatives[I01].lifts.P09.1"),
        ("initiatives", 0, {"prerequisites": ["I02"]}, "initiatives[I01].prerequisites[0]"),
        ("initiatives", 0, {"prerequisites": ["I01"]}, "initiatives[I01].prerequisites"),
        ("initiatives", 0, {"lifts": {"P09.1": 5}}, "initiatives[I01].lifts.P09.1"),
        ("initiatives", 0, {"cap": 6}, "initiatives[I01].cap"),
        ("initiatives", 0, {"effort": 0}, "initiatives[I01].effort"),
        ("initiatives", 0, {"run_cost": -1}, "initiatives[I01].run_cost"),
        ("principles", 1, {"slug": "principle-p09"}, "principles[P01].slug"),
        ("pillars", 0, {"prefix": "TEC"}, "pillars[process].prefix"),
        ("pillars", 0, {"weight": 0}, "pillars[process].weight"),
    ],
)
def test_entries_that_contradict_each_other_are_named(tmp_path, section, index, changes, key):
    write(tmp_path, changed(content(), section, index, **changes))
    assert key in {problem.key for problem in problems(tmp_path)}


MLOPS = {
    "key": "mlops",
    "name": {"en": "a", "pt-br": "b"},
    "description": {"en": "a", "pt-br": "b"},
    "prefixes": ["MLO"],
}
WAY = {"question": "P09.1", "from_revision": 1, "to_revision": 2, "levels": [1, 2, 3, 4, None]}


def with_module(**changes):
    """A small framework with an MLOps module of one question, changed."""
    data = content()
    data["questions"].append(data["questions"][0] | {"key": "MLO.1"})
    return data | {"modules": [MLOPS | changes]}


def reached(level, **requires):
    return {"level": level, "name": {"en": "a", "pt-br": "b"}, "requires": requires}


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"read_out": [reached(1, **{"MLO.2": 3})]}, "read_out[0].requires.MLO.2", "MLO.2 is not in questions."),
        (
            {"read_out": [reached(1, **{"P09.1": 3})]},
            "read_out[0].requires.P09.1",
            "P09.1 is no question of this module.",
        ),
        ({"read_out": [reached(0), reached(1)]}, "read_out", "is of the levels [0, 1]."),
        ({"complexity": [{"level": 2, "en": "a", "pt-br": "b"}]}, "complexity", "is of the levels [2]."),
    ],
)
def test_a_module_reads_out_its_own_questions_from_the_highest_level_down(tmp_path, changes, key, words):
    load(write(tmp_path / "sound", with_module(read_out=[reached(1, **{"MLO.1": 3}), reached(0)])))
    found = problems(write(tmp_path / "faulty", with_module(**changes)))
    assert [(problem.key, problem.message) for problem in found] == [(f"modules[mlops].{key}", words)]


def test_a_prefix_belongs_to_one_module(tmp_path):
    data = with_module()
    data["modules"].append(MLOPS | {"key": "more"})
    assert [p.message for p in problems(write(tmp_path, data))] == ["MLO belongs to mlops already."]


def test_a_role_question_is_about_a_role_of_the_release(tmp_path):
    data = with_module(prefixes=["ROL"])
    data["questions"][-1]["key"] = "ROL.engineer"
    load(write(tmp_path / "sound", data))
    data["questions"][-1]["key"] = "ROL.pilot"
    assert [(p.key, p.message) for p in problems(write(tmp_path / "faulty", data))] == [
        ("questions[ROL.pilot].key", "pilot is the slug of no role here.")
    ]


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"question": "P09.7"}, "crosswalk[P09.7].question", "P09.7 is not in questions."),
        ({"to_revision": 3}, "crosswalk[P09.1].to_revision", "must be 2, the revision of P09.1."),
        ({"from_revision": 2}, "crosswalk[P09.1].from_revision", "must be below 2."),
        ({"levels": [1, 2, 3, 4]}, "crosswalk[P09.1].levels[4]", "field required."),
    ],
)
def test_a_crosswalk_leads_to_the_revision_that_the_release_has(tmp_path, changes, key, words):
    way = WAY | {"reason": {"en": "a", "pt-br": "b"}}
    data = changed(content(), "questions", 0, revision=2)
    assert load(write(tmp_path / "sound", data | {"crosswalk": [way]})).crosswalk[0].levels == (1, 2, 3, 4, None)
    found = problems(write(tmp_path / "faulty", data | {"crosswalk": [way | changes]}))
    assert [(problem.key, problem.message) for problem in found] == [(key, words)]


def test_a_release_supersedes_a_lower_version(tmp_path):
    load(write(tmp_path / "sound", content(version="1.10.0", supersedes="1.9.0")))
    found = problems(write(tmp_path / "faulty", content(version="1.10.0", supersedes="1.10.0")))
    assert [(problem.key, problem.message) for problem in found] == [
        ("supersedes", "must be below the version 1.10.0.")
    ]


@pytest.mark.parametrize("section", loader.SECTIONS)
def test_a_section_that_is_no_list_is_named(tmp_path, section):
    assert section in {problem.key for problem in problems(write(tmp_path, content(**{section: "none"})))}


def test_a_circle_of_prerequisites_is_shown_once(tmp_path):
    first, second = content()["initiatives"][0], dict(content()["initiatives"][0])
    entries = [first | {"prerequisites": ["I02"]}, second | {"id": "I02", "prerequisites": ["I01"]}]
    write(tmp_path, content(initiatives=entries))
    assert [problem.message for problem in problems(tmp_path)] == ["go in a circle: I01 -> I02 -> I01."]


def test_missing_pillars_and_levels_are_named(tmp_path):
    write(tmp_path, content(pillars=content()["pillars"][:2], levels=content()["levels"][:4]))
    assert {p.message for p in problems(tmp_path)} == {"the pillar organization is missing.", "level 5 is missing."}


def test_a_preview_drops_lifts_of_questions_that_it_does_not_have(tmp_path):
    data = changed(content(preview=True), "initiatives", 0, lifts={"P09.1": 2, "P15.2": 1})
    assert dict(load(write(tmp_path, data)).initiatives[0].lifts) == {"P09.1": 2}


def test_a_complete_release_may_not_lift_what_it_does_not_ask(tmp_path):
    data = changed(content(), "initiatives", 0, lifts={"P09.1": 2, "P15.2": 1})
    assert [p.key for p in problems(write(tmp_path, data))] == ["initiatives[I01].lifts.P15.2"]


def test_a_critical_principle_needs_its_first_question_even_in_a_preview(tmp_path):
    data = content(preview=True)
    data["questions"] = [q for q in data["questions"] if q["key"] != "P01.1"]
    assert [p.key for p in problems(write(tmp_path, data))] == ["principles[P01]"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("key: a\nkey: b\n", 2, "stands twice in one mapping, first in line 1"),
        ("a: &x 1\n", 1, "anchor or alias"),
        ("b: 1\na: *x\n", 2, "anchor or alias"),
        ("a: !!python/object:os.system 1\n", 1, "tag"),
        ("a: !!str 1\n", 1, "tag"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("- a\n", 1, "must hold a mapping"),
        ("1: a\n", 1, "not a text key"),
        ("a: b: c\n", 1, "not valid YAML"),
        ("? [a]\n: 1\n", 1, "list or mapping as a key"),
        ("a: 2024-13-45\n", 1, "holds the value"),
        ("<<: {a: 1}\n", 1, "holds the value"),
        ("a: " + "[" * 50_000, 1, "nested more than 20 deep"),
        ("a: 1\n\x00", 2, "invisible character U+0000"),
        ("a: 1\n\tb: 1\n", 2, "invisible character U+0009"),
        ("a: 1\nb: \ufeffc\n", 2, "invisible character U+FEFF"),
        ("a: 1\r\nb: \u2028c\n", 2, "invisible character U+2028"),
        ("a: 1\rb: 2\ra: 3\r", 3, "stands twice in one mapping, first in line 1"),
        ("\n" + "k" * 300 + ": 1", 2, "key of more than 200 characters"),
        ("a: 1\n" + "k" * 250_000 + ": 1", 2, "not valid YAML"),
        ("a: " + "9" * 100_000, 1, "holds the value"),
        ("a: 1" + ":59" * 60_000, 1, "holds the value"),
        ("a: 0x" + "f" * 200_000, 1, "holds the value"),
        ("a: [" + "1," * 100_000 + "1]", 1, "more than 12000 keys and values"),
        ("a:\n" + "- 1\n" * 60_000, 11_997, "more than 12000 keys and values"),
        ("a: " + "{" * 100_000, 1, "list or mapping as a key"),
        ("a: " + "[" * 100_000 + "]" * 100_000, 1, "nested more than 20 deep"),
        ("\n".join(" " * depth + "a:" for depth in range(600)), 21, "nested more than 20 deep"),
        ("- " * 100_000, 1, "nested more than 20 deep"),
        ("? " * 100_000, 1, "list or mapping as a key"),
        (LAUGHS, 1, "anchor or alias"),
        ("%YAML 1.1\n" * 20_000, 2, "not valid YAML"),
        ('a: "' + "\\x41" * 60_000, 1, "not valid YAML"),
        ("a: b\n c: 'd\n" * 10_000, 2, "not valid YAML"),
    ],
    ids=lambda value: repr(value)[:30],
)
@pytest.mark.parametrize("fast", [True, False], ids=["libyaml", "python"])
def test_yaml_beyond_the_small_part_that_is_read_is_refused_within_a_second(
    tmp_path, monkeypatch, fast, text, line, words
):
    if not fast:
        monkeypatch.setattr(loader, "FastParser", None)
    write(tmp_path, text.encode(), "a.yaml")
    start = time.process_time()
    found = problems(tmp_path)
    assert time.process_time() - start < 1
    assert (found[0].file, found[0].line) == ("a.yaml", line)
    assert words in found[0].message


def test_an_empty_value_a_mark_of_byte_order_and_other_line_ends_are_read_alike(tmp_path):
    plain = yaml.safe_dump(content(), allow_unicode=True)
    for name, text in {
        "bom": "\ufeff" + plain,
        "cr": plain.replace("\n", "\r"),
        "crlf": plain.replace("\n", "\r\n"),
    }.items():
        assert load(write(tmp_path / name, text)) == load(write(tmp_path / "plain", plain))


@pytest.mark.parametrize("identifier", catalog.identifiers())
def test_what_ships_is_read_alike_with_and_without_libyaml(monkeypatch, identifier):
    assert loader.FastParser is not None
    directory = catalog.DIRECTORY.joinpath(*identifier.split("@"))
    fast = loader.read(directory)
    monkeypatch.setattr(loader, "FastParser", None)
    slow = loader.read(directory)
    assert fast.source.marks == slow.source.marks
    assert fast.framework == slow.framework


def test_more_files_than_a_framework_needs_are_refused(tmp_path):
    for number in range(201):
        write(tmp_path, "a: 1", f"{number}.yaml")
    assert [problem.message for problem in problems(tmp_path)] == ["holds more than 200 files."]


def test_files_that_are_too_large_or_not_utf8_or_misnamed_are_refused(tmp_path):
    write(tmp_path, "a: '" + "x" * 256 * 1024 + "'", "big.yaml")
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: ação".encode("latin-1"))
    write(tmp_path, "a: 1", "short.yml")
    assert [(p.file, p.line, p.message) for p in problems(tmp_path)] == [
        ("big.yaml", 1, "is larger than 256 KB."),
        ("latin.yaml", 2, "is not UTF-8 text."),
        ("short.yml", 0, "would not be read."),
    ]


def test_a_number_that_would_cost_memory_is_refused(tmp_path):
    write(tmp_path, content(principle_share="1e999999999"))
    assert [p.key for p in problems(tmp_path)] == ["principle_share"]


def test_one_key_in_two_files_is_refused_unless_it_holds_a_list(tmp_path):
    write(tmp_path, content())
    write(tmp_path, "key: other\n", "z.yaml")
    assert [(p.file, p.line, p.key) for p in problems(tmp_path)] == [("z.yaml", 1, "key")]


def test_a_directory_without_files_is_a_problem(tmp_path):
    assert problems(tmp_path / "nothing")[0].message == "is not a directory with *.yaml files in it."


def chapters(**changes):
    """One chapter with one passage, as in a file."""

    def text():
        return {"en": "Words", "pt-br": "Palavras"}

    passage = {"key": "sources", "name": text(), "text": text(), "questions": ["P09.1"], "references": ["paper"]}
    return [{"key": "ecosystem", "name": text(), "summary": text(), "passages": [passage | changes]}]


REFERENCES = [{"key": "paper", "name": "A paper (2019)", "address": "https://example.org/paper"}]


def test_background_keeps_what_it_names_and_is_exported_only_where_there_is_any(tmp_path):
    found = load(write(tmp_path, content(chapters=chapters(), references=REFERENCES)))
    assert found.chapter_by_key["ecosystem"].passages[0].questions == ("P09.1",)
    assert export(found)["references"] == REFERENCES
    assert "chapters" not in export(framework({"P01": 1}))


def test_a_passage_that_names_what_is_not_there_is_refused(tmp_path):
    data = content(chapters=chapters(questions=["P18.9"], initiatives=["I99"], references=["essay"]))
    found = problems(write(tmp_path, data))
    assert [problem.message for problem in found] == [
        "I99 is not in initiatives.",
        "P18.9 is not in questions.",
        "essay is not in references.",
    ]
    assert all(problem.key.startswith("chapters[ecosystem].passages[sources].") for problem in found)


def test_two_passages_of_one_chapter_need_two_names(tmp_path):
    twice, again = chapters(), chapters()
    twice[0]["passages"] += again[0]["passages"]
    found = problems(write(tmp_path, content(chapters=twice, references=REFERENCES)))
    assert "sources is used twice." in {problem.message for problem in found}


def test_a_preview_leaves_out_questions_that_it_does_not_ask_yet(tmp_path):
    data = content(preview=True, chapters=chapters(questions=["P09.1", "P18.9"]), references=REFERENCES)
    assert load(write(tmp_path, data)).chapters[0].passages[0].questions == ("P09.1",)


def test_a_reference_leads_to_a_secure_address_only(tmp_path):
    data = content(references=[REFERENCES[0] | {"address": "javascript:alert(1)"}])
    assert [problem.key for problem in problems(write(tmp_path, data))] == ["references[paper].address"]
