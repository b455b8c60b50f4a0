"""Each rule with a file that breaks it and one that is only close to it."""

import copy
import re

import pytest
import yaml

from manifesto import catalog, linter
from manifesto.linter import lint
from tests.builders import PREFIXES
from tests.manifesto.test_loader import Plain

LADDER = (
    "Nobody keeps one.",
    "A person keeps one.",
    "The team keeps one.",
    "A job keeps one.",
    "A job compares it too.",
)
ESCADA = ("Ninguém mantém.", "Uma pessoa mantém.", "A equipe mantém.", "Um job mantém.", "Um job também compara.")
LEVELS = (
    ("Initial", "Inicial"), ("Emerging", "Emergente"), ("Established", "Estabelecido"), ("Measured", "Medido"),
    ("Adaptive", "Adaptativo"),
)  # fmt: skip


def both(en, pt):
    return {"en": en, "pt-br": pt}


def question(key, dimension="coverage"):
    """A question without fault; its key stands in for the thing that it asks about."""
    return {
        "key": key,
        "revision": 1,
        "dimension": dimension,
        "stem": both(f"Who keeps the {key} inventory?", f"Quem mantém o inventário {key}?"),
        "why": both(
            "What nobody lists gets lost as soon as people leave.", "O que ninguém lista some quando alguém sai."
        ),
        "evidence": both(f"The inventory and its last {key} change.", f"O inventário e a última alteração {key}."),
        "anchors": [
            {"level": level, **both(*texts)} for level, texts in enumerate(zip(LADDER, ESCADA, strict=True), start=1)
        ],
    }


def initiative(id, lifts):
    return {
        "id": id,
        "name": both(f"Start {id}", f"Iniciar {id}"),
        "summary": both("One list for the team.", "Uma lista para a equipe."),
        "first_step": both("Open an empty list.", "Abra uma lista vazia."),
        "done_when": both("The list was reviewed last quarter.", "A lista foi revisada no último trimestre."),
        "lifts": dict.fromkeys(lifts, 3),
        "cap": 5,
        "effort": 2,
    }


def content():
    """The data of a small release in which every rule is kept: one principle, three pillars, two initiatives."""
    keys = ["P09.1", *(f"{prefix}.{number}" for prefix in PREFIXES.values() for number in range(1, 6))]
    questions = [*map(question, keys), question("P09.2", "automation")]
    asked = [one["key"] for one in questions]
    about = both("About it.", "Sobre isso.")
    return {
        "key": "small",
        "version": "1.1.0",
        "title": both("Small", "Pequeno"),
        "principle_share": 0.7,
        "gate": {"overall": 0.25, "pillar": 0.5, "critical": 1, "principle": 1.5, "completeness": 0.8},
        "levels": [
            {"level": level, "name": both(*names), "description": about, "exit_step": about}
            for level, names in enumerate(LEVELS, start=1)
        ],
        "pillars": [
            {"key": key, "prefix": prefix, "weight": 1, "name": both(key, f"{key} (pt)"), "description": about}
            for key, prefix in PREFIXES.items()
        ],
        "challenges": [{"key": "C1", "slug": "challenge", "name": about, "description": about}],
        "values": [{"key": "V1", "slug": "value", "name": about, "description": about}],
        "roles": [{"key": "ENG", "slug": "engineer", "name": about, "description": about, "group": "preparers"}],
        "glossary": [],
        "principles": [
            {
                "key": "P09", "slug": "code", "name": about, "label": about, "paraphrase": about, "why": about,
                "pillar_weights": {"process": 30, "technology": 70, "organization": 0}, "critical": True,
                "challenges": ["C1"], "values": ["V1"], "roles": ["ENG"], "devops": about, "mlops": about,
            }
        ],
        "questions": questions,
        "initiatives": [initiative("I01", asked), initiative("I02", asked)],
    }  # fmt: skip


def write(directory, data):
    directory.mkdir(parents=True, exist_ok=True)
    text = data if isinstance(data, str) else dumped(data)
    (directory / "framework.yaml").write_text(text, "utf-8")
    return directory


def dumped(data):
    return yaml.dump(data, Dumper=Plain, allow_unicode=True, sort_keys=False)


EARLIER = dumped(content() | {"version": "1.0.0"})


@pytest.fixture
def release(tmp_path):
    """Writes a release, and beside it the one before it; both are without fault but for the edits."""
    write(tmp_path / "1.0.0", EARLIER)

    def make(*edits):
        data = copy.deepcopy(content())
        for edit in edits:
            edit(data)
        return write(tmp_path / "1.1.0", data)

    return make


# Edits


def entry(section, name, identity="key"):
    """Something that changes one entry of a section: `entry("questions", "P09.1")({"stem/en": "Who?"}, revision=2)`."""

    def changes(paths=None, **fields):
        def edit(data):
            for path, value in ((paths or {}) | fields).items():
                part = next(one for one in data[section] if one[identity] == name)
                *steps, last = (int(step) if step.isdigit() else step for step in path.split("/"))
                for step in steps:
                    part = part[step]
                part[last] = value

        return edit

    return changes


def top(**fields):
    return lambda data: data.update(fields)


def every(*edits):
    def edit(data):
        for one in edits:
            one(data)

    return edit


def crosswalk(**fields):
    way = {
        "question": "P09.1",
        "from_revision": 1,
        "to_revision": 2,
        "levels": [1, 2, 3, 4, None],
        "reason": both("A", "B"),
    }
    return top(crosswalk=[way | fields])


WAY = crosswalk()
asked = entry("questions", "P09.1")
done = entry("initiatives", "I01", "id")


def stem(en, pt="Quem mantém o inventário P09.1?"):
    return asked(stem=both(en, pt))


def reworded(paths=None, **fields):
    """A question with other anchors, with all that this asks for: a higher revision and a crosswalk."""
    return every(asked(paths, revision=2, **fields), WAY)


def anchor(level, en, pt, **fields):
    return reworded({f"anchors/{level - 1}": {"level": level, **both(en, pt)}}, **fields)


def anchors(*texts):
    return reworded(anchors=[{"level": n, **both(*pair)} for n, pair in enumerate(texts, start=1)])


def shares(*numbers, fifth=("100 %.", "100 %."), dimension="coverage"):
    """A question with thresholds, and anchors that name 30, 50, 80 and 100 %."""
    texts = [
        ("Under 30 %.", "Menos de 30 %."),
        *((f"At least {n} %.", f"Pelo menos {n} %.") for n in (30, 50, 80)),
        fifth,
    ]
    ladder = [{"level": level, **both(*pair)} for level, pair in enumerate(texts, start=1)]
    return reworded(thresholds=list(numbers), anchors=ladder, dimension=dimension)


def add_question(key, **fields):
    return lambda data: data["questions"].append(question(key) | fields)


def remove(section, index):
    return lambda data: data[section].pop(index)


def module(*prefixes):
    return top(
        modules=[{"key": "extra", "name": both("A", "B"), "description": both("A", "B"), "prefixes": [*prefixes]}]
    )


def lifts(**changes):
    """Sets lifts of both initiatives by position: `lifts(I01=..., I02=...)`."""

    def edit(data):
        for one in data["initiatives"]:
            one["lifts"] = changes.get(one["id"], one["lifts"])

    return edit


ALL = dict.fromkeys([one["key"] for one in content()["questions"]], 3)
WITHOUT_PRO5 = {key: lift for key, lift in ALL.items() if key != "PRO.5"}
WITHOUT_PRO1 = {key: lift for key, lift in ALL.items() if key != "PRO.1"}
LONG = "one two three four five six seven eight nine ten eleven twelve more words that make a stem far too long"

# Rule, severity and place; an edit, or several, that break the rule; and such that come close to breaking it.
CASES = [
    ("L001 E questions[P19.1].key", asked(key="P19.1")),
    ("L001 E questions[P09.2].key", add_question("P09.2"), [add_question("P09.3"), lifts(I01={**ALL, "P09.3": 3})]),
    (
        "L002 E questions[P09.1].anchors",
        [lambda data: data["questions"][0]["anchors"].reverse(), asked(revision=2), WAY],
    ),
    ("L002 E questions[P09.1].anchors[4].level", asked({"anchors/4/level": 6})),
    ("L003 E questions[P09.1].why.pt-br", asked(why={"en": content()["questions"][0]["why"]["en"]})),
    ("L003 E questions[P09.1].why", asked(why=both(*[LONG] * 2)), asked(why=both(LONG, LONG + " (pt)"))),
    ("L003 E questions[P09.1].anchors[4]", anchor(5, "50 % plan.", "50 % plan."), anchor(5, "50 %.", "50 %.")),
    ("L004 E questions[P09.1].stem.en", stem("Who keeps the P09.1 list."), stem("Who keeps the P09.1 list?")),
    ("L004 W questions[P09.1].stem.en", stem(f"{LONG} as this?"), stem(f"{LONG} two?")),
    (
        "L005 E questions[P09.1].anchors[0].en",
        anchor(1, "Nobody does", "Ninguém mantém."),
        anchor(1, "Nobody.", "Ninguém."),
    ),
    (
        "L005 E questions[P09.1].anchors[0].en",
        anchor(1, "Nobody. None.", "Ninguém."),
        anchor(1, "Nobody, e.g. yet.", "Ninguém, p. ex. ainda."),
    ),
    (
        "L005 E questions[P09.1].anchors[0].en",
        [anchor(1, f"{LONG} and longer still.", "Ninguém."), asked(thresholds=None)],
    ),
    (
        "L006 W questions[P09.1].stem.pt-br",
        stem("Who keeps it?", "Quem cria e mantém?"),
        stem("Who (he or she) keeps it?", "Quem (ele ou ela) mantém?"),
    ),
    (
        "L007 E questions[P09.1].anchors[2].pt-br",
        anchor(3, "The team has some.", "A equipe tem várias."),
        anchor(3, "The team has 3.", "A equipe tem 3."),
    ),
    ("L007 E questions[P09.1].stem.en", stem("Who often keeps it?"), stem("Who keeps its softening?")),
    ("L008 E questions[P09.1].stem.en", stem("Who do you think keeps it?"), stem("Who keeps the agreed list?")),
    (
        "L008 E questions[P09.1].stem.pt-br",
        stem("Who keeps it?", "Quem acha que mantém?"),
        stem("Who keeps it?", "Quem mantém o achado?"),
    ),
    ("L009 W questions[P09.1].stem.en", stem("Who doesn't keep it?"), stem("Who keeps nothing?")),
    (
        "L009 W questions[P09.1].anchors[0].en",
        anchor(1, "Not known, not kept.", "Ninguém sabe."),
        anchor(1, "Not known.", "Não se sabe."),
    ),
    (
        "L010 W questions[P09.2].stem.en",
        entry("questions", "P09.2")({"stem/en": "Who keeps all of it?"}),
        stem("Who keeps all of it?"),
    ),
    (
        "L011 E questions[P09.1].anchors[4].en",
        anchor(5, "A job keeps one.", "Um job também compara."),
        anchor(5, "A job keeps two.", "Um job mantém dois."),
    ),
    ("L012 E questions[P09.1].thresholds", shares(None, 50, 30, 80, 100), shares(None, 30, 50, 80, 100)),
    ("L012 E questions[P09.1].thresholds", shares(30, 30, 50, 80, 100), shares(None, 0, 50, 80, 100)),
    ("L012 E questions[P09.1].thresholds", shares(None, 30, 50, 80)),
    (
        "L012 E questions[P09.1].thresholds",
        shares(None, 30, 50, 80, 100, dimension="latency"),
        shares(None, 30, 50, 80, 100, dimension="ownership"),
    ),
    ("L012 E questions[P09.1].anchors[3].en", shares(None, 30, 50, 81, 100)),
    (
        "L012 E questions[P09.1].anchors[4].en",
        shares(None, 30, 50, 80, 80, fifth=("Still 80 %.", "Ainda 80 %.")),
        shares(
            None,
            30,
            50,
            80,
            80,
            fifth=("At least 80 %, checked by a job.", "Pelo menos 80 %, verificados por um job."),
        ),
    ),
    (
        "L013 E questions[P09.1].anchors[3].en",
        anchor(4, "A job is at level 4.", "Um job chega a 4."),
        anchor(4, "A job keeps service levels.", "Um job mantém acordos."),
    ),
    (
        "L013 E questions[P09.1].anchors[0].pt-br",
        anchor(1, "Nobody keeps one.", "Inicial."),
        anchor(1, "Nobody keeps one.", "Lista inicial."),
    ),
    (
        "L014 E questions[P09.1].evidence.en",
        asked({"evidence/en": "Whatever people tell you."}),
        asked({"evidence/en": "Whatever minutes tell you."}),
    ),
    (
        "L014 E questions[P09.1].evidence.pt-br",
        asked({"evidence/pt-br": "O último registro."}),
        asked({"evidence/pt-br": "O último registro feito."}),
    ),
    ("L015 E questions[P09.1].stem.en", stem("Who keeps the Excel sheet?"), stem("Who would excel?")),
    (
        "L016 E questions[P09.1].na_allowed",
        asked(na_allowed=True),
        asked(na_allowed=True, na_reason=both("No list.", "Sem lista.")),
    ),
    ("L016 E questions[P09.1].na_reason", asked(na_reason=both("No list.", "Sem lista."))),
    (
        "L017 E questions[P09.1].why.en",
        asked({"why/en": "What nobody lists soon gets lost."}),
        asked({"why/en": "What nobody lists soon gets lost anyway here."}),
    ),
    ("L017 E questions[P09.1].why.en", asked({"why/en": "What nobody lists keeps you at level 2 for long."})),
    ("L018 E questions[P09.1].dimension", asked(dimension="beauty"), asked(dimension="ownership")),
    ("L018 E principles[P09]", asked(dimension="automation"), [asked(dimension="automation"), top(preview=True)]),
    (
        "L019 W questions[P09.1].anchors[3].pt-br",
        anchor(4, "A job keeps it.", "Um job mantém, excepcionalissimamente."),
        anchor(4, "A job keeps it.", "Um job mantém, excepcionalmente."),
    ),
    (
        "L019 W questions[P09.1].stem.en",
        anchors(
            *[
                (f"{word} documentation responsibility.", f"{word}.")
                for word in ("Absent", "Unfinished", "Published", "Maintained", "Automated")
            ]
        ),
    ),
    (
        "L020 E questions[P09.1].anchors[2].pt-br",
        anchor(3, "The team keeps one.", "A equipa mantém."),
        anchor(3, "The equipa keeps one.", "A equipe mantém."),
    ),
    (
        "L020 E glossary[file].name.pt-br",
        top(glossary=[{"key": "file", "name": both("File", "Ficheiro"), "meaning": both("A", "B")}]),
    ),
    (
        "L021 E principles[P09]",
        [add_question("P09.3"), add_question("P09.4"), lifts(I01={**ALL, "P09.3": 3, "P09.4": 3})],
        [add_question("P09.3"), lifts(I01={**ALL, "P09.3": 3})],
    ),
    ("L021 W questions[PRO.1].key", [remove("questions", 5), lifts(I01=WITHOUT_PRO5, I02=WITHOUT_PRO5)]),
    ("L021 E modules[extra]", module("MLO"), [module("MLO"), top(preview=True)]),
    (
        "L022 W questions[P09.2].stem.en",
        entry("questions", "P09.2")({"stem/en": "Who keeps the P09.1 inventory?"}),
        entry("questions", "P09.2")({"stem/en": "Who keeps each P09.1 list?"}),
    ),
    ("L023 E questions[P09.1].stem.en", stem("Who keeps <b>it</b>?"), stem("Who keeps it < 3 days?")),
    (
        "L023 E questions[P09.1].stem.pt-br",
        stem("Who keeps it?", "Quem mantém TODO?"),
        stem("Who keeps it?", "Quem mantém todo dia?"),
    ),
    (
        "L024 E questions[P09.1].revision",
        asked({"anchors/2/en": "The whole team keeps one."}),
        anchor(3, "The whole team keeps one.", "Toda a equipe mantém."),
    ),
    ("L024 E questions[P09.1].revision", [asked(revision=3), crosswalk(to_revision=3)], [asked(revision=2), WAY]),
    ("L024 E supersedes", top(supersedes="0.1.0"), top(supersedes="1.0.0")),
    (
        "L025 W questions[P09.1].anchors[4].en",
        anchor(5, "A job keeps one that is sent to every single team on each day.", "Um job também compara."),
        anchor(5, "A job keeps one that is sent to every single team each.", "Um job também compara."),
    ),
    (
        "L026 W questions[P09.1].anchors[4].pt-br",
        anchor(5, "A job did so.", "Um job comparou no mês."),
        anchor(5, "A job did so.", "Um job comparou no mês.", window_days=30),
    ),
    (
        "L028 E questions[P09.1].anchors[4]",
        anchor(5, "A job keeps two.", "Um job mantém 3."),
        anchor(5, "A job keeps 2 of 1,000.", "Um job mantém duas de 1.000."),
    ),
    ("L029 E questions[PRO.1].key", lifts(I01=WITHOUT_PRO1, I02=WITHOUT_PRO1), lifts(I01=WITHOUT_PRO1)),
    ("L030 E initiatives[I02].id", entry("initiatives", "I01", "id")(id="I02")),
    ("L030 E initiatives[I01].prerequisites[0]", done(prerequisites=["I07"]), done(prerequisites=["I02"])),
    ("L030 E initiatives[I01].prerequisites", done(prerequisites=["I01"])),
    ("L031 E initiatives[I01].lifts.P09.1", done({"lifts/P09.1": 5}), done({"lifts/P09.1": 4})),
    ("L031 E initiatives[I01].lifts.P09.7", done({"lifts/P09.7": 1}), [done({"lifts/P09.7": 1}), top(preview=True)]),
    ("L031 E initiatives[I01].cap", done(cap=1), done(cap=2)),
    ("L031 E initiatives[I01].effort", done(effort=9), done(effort=8)),
    ("L032 E initiatives[I01]", lambda data: data["initiatives"][0].pop("first_step")),
    ("L032 E initiatives[I01].name", done(name=both("Plan", "Plan")), done(name=both("Plan", "Plano"))),
    (
        "L033 E principles[P09]",
        lifts(I01={k: 3 for k in ALL if "P09" not in k}),
        lifts(I01={k: 3 for k in ALL if k != "P09.1"}),
    ),
    (
        "L034 E questions[PRO.1].key",
        lifts(I01={**ALL, "PRO.1": 1}, I02={**ALL, "PRO.1": 1}),
        lifts(I01={**ALL, "PRO.1": 1}, I02={**ALL, "PRO.1": 2}),
    ),
    (
        "L035 E initiatives[I01].done_when.en",
        done(done_when=both("People are happy.", "Todos felizes.")),
        done(done_when=both("3 people are happy.", "Três felizes.")),
    ),
    (
        "L035 E initiatives[I01].done_when.pt-br",
        done(done_when=both("The list is used.", "A lista é usada frequentemente.")),
    ),
    ("L036 E questions[P09.1].revision", asked(revision=2), [asked(revision=2), WAY]),
    ("L036 E crosswalk[P09.1].from_revision", [asked(revision=4), crosswalk(from_revision=3, to_revision=4)]),
    ("load E principles[P09].pillar_weights", lambda data: data["principles"][0]["pillar_weights"].update(process=31)),
    ("load E questions[P09.1].steem", asked(steem="x")),
    ("waiver E questions[P09.1].lint_waive.L006", asked(lint_waive={"L006": "for no reason"})),
    (
        "waiver E questions[P09.1].lint_waive.L007",
        [stem("Who often keeps it?"), asked(lint_waive={"L007": "we like it"})],
    ),
    (
        "waiver E questions[P09.1].lint_waive.L009",
        [stem("Who doesn't keep it?"), asked(lint_waive={"L009": " "})],
        [stem("Who doesn't keep it?"), asked(lint_waive={"L009": "Keeping it is the exception."})],
    ),
    ("waiver E questions[P09.1].lint_waive.L999", asked(lint_waive={"L999": "no such rule"})),
]
CODES = {f"L{number:03}" for number in range(1, 37)} - {"L027"} | {"load", "waiver"}


def edits_of(case, which):
    return case[which] if isinstance(case[which], list) else [case[which]]


def triples(directory):
    return {(finding.rule, finding.severity, finding.key): finding for finding in lint(directory).findings}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_a_file_that_breaks_a_rule_is_named_with_rule_line_key_and_hint(release, case):
    code, severity, key = case[0].split()
    directory = release(*edits_of(case, 1))
    finding = triples(directory).get((code, severity, key))
    assert finding, f"not found: {case[0]}"
    assert finding.message and finding.hint
    assert finding.file == "framework.yaml"
    line = (directory / finding.file).read_text().splitlines()[finding.line - 1]
    assert line.lstrip().startswith("- ") or any(part in line for part in re.findall(r"[\w-]{2,}", key)[-2:])


@pytest.mark.parametrize("case", [case for case in CASES if len(case) > 2], ids=lambda case: case[0])
def test_a_file_that_comes_close_to_breaking_a_rule_is_clean(release, case):
    assert lint(release(*edits_of(case, 2))).findings == ()


def test_a_file_without_fault_is_clean_and_every_rule_has_a_case(release):
    report = lint(release())
    assert (report.release, report.questions, report.findings, report.waived) == ("small@1.1.0", 17, (), ())
    coded = {one.code for one in linter.RULES} | {row[0] for row in linter.REFUSED} | {"load", "waiver"}
    assert coded == CODES == {case[0].split()[0] for case in CASES}


@pytest.mark.parametrize("removed", range(len(linter.RULES)), ids=[one.check.__name__ for one in linter.RULES])
def test_no_rule_can_be_removed_without_a_case_that_misses_it(release, monkeypatch, removed):
    one = linter.RULES[removed]
    monkeypatch.setattr(linter, "RULES", [other for other in linter.RULES if other is not one])
    cases = [case for case in CASES if case[0].startswith(f"{one.code} {one.severity} ")]
    for case in cases:
        if tuple(case[0].split()) not in triples(release(*edits_of(case, 1))):
            return
    pytest.fail(f"no case needs {one.check.__name__}")


def test_a_waived_warning_is_listed_with_its_reason_and_is_no_finding(release):
    waive = {"L009": "Keeping it is the exception."}
    report = lint(release(stem("Who doesn't keep it?"), asked(lint_waive=waive)))
    assert report.findings == ()
    assert [(one.question, one.finding.rule, one.reason) for one in report.waived] == [
        ("P09.1", "L009", "Keeping it is the exception.")
    ]
    assert report.waived_questions == ("P09.1",)


def test_a_corrected_typo_in_an_anchor_may_keep_its_revision(release):
    typo = {"L024": "Comma added."}
    report = lint(release(asked({"anchors/2/en": "The team, keeps one."}, lint_waive=typo)))
    assert (report.findings, report.waived_questions) == ((), ("P09.1",))


def test_all_findings_come_at_once_and_in_file_order(release):
    found = lint(release(anchor(3, "The team often keeps TODO.", "A equipe mantém."), asked(steem="x", cap=1))).findings
    assert [(finding.rule, finding.key) for finding in found] == [
        ("L007", "questions[P09.1].anchors[2].en"),
        ("L023", "questions[P09.1].anchors[2].en"),
        ("load", "questions[P09.1].steem"),
        ("load", "questions[P09.1].cap"),
    ]
    assert [finding.line for finding in found] == sorted(finding.line for finding in found)


def test_the_sound_parts_of_a_faulty_question_are_judged_and_its_missing_parts_named_once(release):
    faulty = asked(stem={"en": "Who often keeps it?"}, thresholds="many", anchors="none")
    found = [(finding.rule, finding.key) for finding in lint(release(faulty)).findings]
    assert sorted(found) == [
        ("L002", "questions[P09.1].anchors"),
        ("L003", "questions[P09.1].stem.pt-br"),
        ("L007", "questions[P09.1].stem.en"),
        ("load", "questions[P09.1].thresholds"),
    ]


TORN = question("P09.3") | {"anchors": [{"lev": 1, "en": "A."}, {"level": 9, "en": 3, "pt-br": []}], "thresholds": [{}]}


@pytest.mark.parametrize(
    "item", [None, 3, "text", [], {}, {"key": 5}, {"key": "P09.3", "anchors": [7], "stem": [1]}, TORN]
)
def test_any_data_is_named_and_breaks_nothing(release, item):
    data = content()
    data["questions"].append(item)
    assert lint(release(lambda release: release.update(data))).findings


def test_a_file_that_cannot_be_read_is_one_finding_with_its_line(tmp_path):
    (tmp_path / "framework.yaml").write_text("key: small\nversion: &v 1.0.0\n")
    assert [(one.rule, one.file, one.line) for one in lint(tmp_path).findings] == [("load", "framework.yaml", 2)]


def test_beside_a_file_that_cannot_be_read_the_others_are_still_judged(release):
    directory = release(stem("Who often keeps it?"), lifts(I01={}, I02={}))
    (directory / "other.yaml").write_text("initiatives: [\n")
    assert [(one.rule, one.file) for one in lint(directory).findings] == [
        ("L007", "framework.yaml"),
        ("load", "other.yaml"),
    ]


def test_a_directory_that_is_not_there_is_a_finding(tmp_path):
    assert [one.rule for one in lint(tmp_path / "no" / "where").findings] == ["load"]


def test_a_preview_may_be_incomplete_but_not_badly_written(release):
    few = [top(preview=True), remove("questions", 16), remove("questions", 5), lifts(I01={"P09.1": 1}, I02={})]
    assert lint(release(*few)).findings == ()
    assert [one.rule for one in lint(release(*few, stem("Who often keeps it?"))).findings] == ["L007"]


def test_a_release_elsewhere_is_compared_with_the_shipped_one_that_it_supersedes(tmp_path):
    shipped = catalog.current()
    write(tmp_path, content() | {"key": shipped.key, "version": "99.0.0", "supersedes": shipped.version})
    assert any(finding.rule == "L024" for finding in lint(tmp_path).findings)
