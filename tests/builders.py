"""Small frameworks and answers for tests, built in one line and without files."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from assessment.scoring import Answer, Respondent
from manifesto.definitions import (
    Anchor,
    Framework,
    Gate,
    Initiative,
    LevelName,
    Module,
    Named,
    Pillar,
    Principle,
    Question,
    ReadOut,
    Role,
    Text,
)

PILLAR_WEIGHTS = {
    "P01": (50, 10, 40), "P02": (50, 30, 20), "P03": (60, 20, 20), "P04": (20, 0, 80), "P05": (50, 0, 50),
    "P06": (30, 0, 70), "P07": (40, 30, 30), "P08": (60, 0, 40), "P09": (30, 70, 0), "P10": (30, 70, 0),
    "P11": (30, 70, 0), "P12": (10, 80, 10), "P13": (30, 50, 20), "P14": (60, 40, 0), "P15": (40, 40, 20),
    "P16": (40, 50, 10), "P17": (20, 50, 30), "P18": (60, 30, 10),
}  # fmt: skip
CRITICAL = ("P01", "P09", "P11", "P15", "P16")
PREFIXES = {"process": "PRO", "technology": "TEC", "organization": "ORG"}


def text(words: str) -> Text:
    return Text(en=words, pt_br=f"{words} (pt)")


def question(key: str, **changes: Any) -> Question:
    fields: dict[str, Any] = {
        "key": key,
        "revision": 1,
        "dimension": "coverage",
        "stem": text(f"How far is {key}?"),
        "why": text(f"Why {key} matters"),
        "evidence": text(f"A list for {key}"),
        "anchors": tuple(
            Anchor(level=level, en=f"{key} step {level}.", pt_br=f"{key} passo {level}.") for level in range(1, 6)
        ),
    }
    return Question(**fields | changes)


def principle(key: str, **changes: Any) -> Principle:
    process, technology, organization = PILLAR_WEIGHTS[key]
    fields: dict[str, Any] = {
        "key": key,
        "slug": f"principle-{key.lower()}",
        "name": text(f"Principle {key}"),
        "label": text(f"label {key}"),
        "paraphrase": text(f"Paraphrase of {key}"),
        "why": text(f"Why {key}"),
        "pillar_weights": {"process": process, "technology": technology, "organization": organization},
        "critical": key in CRITICAL,
        "challenges": ("C1",),
        "values": ("V1",),
        "roles": ("ENG",),
        "devops": text("analogue"),
        "mlops": text("analogue"),
    }
    return Principle(**fields | changes)


def initiative(id: str, lifts: Mapping[str, Any], **changes: Any) -> Initiative:
    fields: dict[str, Any] = {
        "id": id,
        "name": text(f"Initiative {id}"),
        "done_when": text(f"{id} is done"),
        "lifts": dict(lifts),
        "cap": 5,
        "effort": 2,
    }
    return Initiative(**fields | changes)


def framework(
    questions: Mapping[str, int] | None = None,
    *,
    weights: Mapping[str, int] | None = None,
    initiatives: tuple[Initiative, ...] = (),
    modules: tuple[Module, ...] = (),
    **changes: Any,
) -> Framework:
    """A framework with so many questions per subject, as in `framework({"P09": 3, "PRO": 1})`.

    Principles are those named. Weights are by question key, 1 by default. Any field of Framework can be replaced.
    """
    counts = questions or {"P09": 3}
    made = tuple(
        question(f"{subject}.{number}", weight=(weights or {}).get(f"{subject}.{number}", 1))
        for subject, count in counts.items()
        for number in range(1, count + 1)
    )
    fields: dict[str, Any] = {
        "key": "small",
        "version": "1.0.0",
        "title": text("Small framework"),
        "principle_share": "0.7",
        "gate": Gate(overall="0.25", pillar="0.5", critical="1", principle="1.5", completeness="0.8"),
        "levels": tuple(
            LevelName(level=n, name=text(f"Level {n}"), description=text(f"At {n}"), exit_step=text(f"Leave {n}"))
            for n in range(1, 6)
        ),
        "pillars": tuple(
            Pillar(key=key, prefix=prefix, weight=1, name=text(key.title()), description=text(f"About {key}"))
            for key, prefix in PREFIXES.items()
        ),
        "challenges": (Named(key="C1", slug="challenge", name=text("Challenge"), description=text("A challenge")),),
        "values": (Named(key="V1", slug="value", name=text("Value"), description=text("A value")),),
        "roles": (
            Role(key="ENG", slug="engineer", name=text("Engineer"), description=text("A role"), group="preparers"),
        ),
        "glossary": (),
        "principles": tuple(principle(subject) for subject in counts if subject in PILLAR_WEIGHTS),
        "questions": made,
        "modules": modules,
        "initiatives": initiatives,
    }
    return Framework(**fields | changes)


def full_framework(**changes: Any) -> Framework:
    """All 18 principles with one question each, and five questions for each pillar."""
    return framework(dict.fromkeys(PILLAR_WEIGHTS, 1) | {"PRO": 5, "TEC": 5, "ORG": 5}, **changes)


def answer(value: Any, evidence_strength: int = 0) -> Answer:
    """An answer from a value in halves: 3.5 is level 3 with "partly there"; "na" and "?" are the other states."""
    if value == "na":
        return Answer("not_applicable", None, False, "not here")
    if value == "?":
        return Answer("dont_know", None, False, "")
    exact = Fraction(value)
    return Answer("answered", int(exact), exact.denominator == 2, "", evidence_strength)


def respondent(answers: Mapping[str, Any], id: str = "ana", evidence: Mapping[str, int] | None = None) -> Respondent:
    """A respondent from values, as in `respondent({"P09.1": 4, "P09.2": 3.5, "P10.1": "na"})`."""
    return Respondent(id, {key: answer(value, (evidence or {}).get(key, 0)) for key, value in answers.items()})


CORE_COUNTS = dict.fromkeys(PILLAR_WEIGHTS, 2) | dict.fromkeys(("P09", "P10", "P15", "P16", "P17"), 3)
"""How many questions each principle has in the complete core of the domain guide: 41 in all."""
ROLE_GROUPS = {
    "citizen": "consumers",
    "analyst": "consumers",
    "scientist": "consumers",
    "developer": "consumers",
    "engineer": "preparers",
    "curator": "preparers",
    "steward": "preparers",
    "source-owner": "suppliers",
}
MODULES = (
    Module(
        key="mlops",
        name=text("MLOps"),
        description=text("Models in production"),
        prefixes=("MLO",),
        read_out=(
            ReadOut(level=2, name=text("Two"), requires={"MLO.1": 4, "MLO.5": 4, "MLO.6": 4, "MLO.7": 4}),
            ReadOut(level=1, name=text("One"), requires={"MLO.1": 4, "MLO.5": 4, "MLO.3": 3}),
            ReadOut(level=0, name=text("Zero")),
        ),
    ),
    Module(key="roles", name=text("Roles"), description=text("Who does what"), prefixes=("ROL",)),
    Module(key="projects", name=text("Projects"), description=text("What comes first"), prefixes=("DAV", "VAL")),
)


def complete_framework(**changes: Any) -> Framework:
    """The size of the domain guide: 41 principle and 18 pillar questions, and the three modules with theirs."""
    core = framework(CORE_COUNTS | {"PRO": 6, "TEC": 6, "ORG": 6})
    keys = [f"MLO.{number}" for number in range(1, 11)] + [f"ROL.{slug}" for slug in ROLE_GROUPS]
    keys += [f"{prefix}.{number}" for prefix in ("DAV", "VAL") for number in range(1, 6)]
    roles = tuple(
        Role(key=f"R{index}", slug=slug, name=text(slug), description=text("A role"), group=group)
        for index, (slug, group) in enumerate(ROLE_GROUPS.items())
    )
    fields = {"questions": (*core.questions, *map(question, keys)), "modules": MODULES, "roles": roles}
    return core.model_copy(update=fields | changes)
