"""Assessments of the cast, built in one line: opened, answered, closed. The framework is a release that stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count

from assessment import actions
from assessment.actions import Entry
from assessment.models import Answer, Assessment, Result
from manifesto import catalog
from manifesto.definitions import Crosswalk, Framework, Module
from manifesto.export import framework_hash
from organizations.models import Role, Team, User
from tests import builders
from tests.builders import text
from tests.cast import NOW, join, person

FRAMEWORK = catalog.get("dataops", "0.9.0")
LATER = NOW + timedelta(minutes=10)
SCOPE = "Orders pipeline (critical) and three reports"
MODULES = (
    Module(key="mlops", name=text("MLOps"), description=text("How models are run"), prefixes=("MLO",)),
    Module(key="roles", name=text("Roles"), description=text("Who does what"), prefixes=("ROL",)),
    Module(key="projects", name=text("Projects"), description=text("What to begin with"), prefixes=("DAV", "VAL")),
)
MODULE_KEYS = (
    *(f"MLO.{number}" for number in range(1, 11)),
    *(f"ROL.{name}" for name in ("citizen", "analyst", "scientist", "developer", "engineer", "curator", "steward")),
    "ROL.source-owner",
    *(f"{prefix}.{number}" for prefix in ("DAV", "VAL") for number in range(1, 6)),
)
ids = (f"{number:032x}" for number in count(1))


def extended(version: str = "7.0.0", crosswalk: tuple[Crosswalk, ...] = (), **changes) -> Framework:
    """The release of these tests with the three modules, under another version; questions can be replaced by key."""
    fields = {name: getattr(FRAMEWORK, name) for name in Framework.model_fields}
    questions = [changes.get(q.key.replace(".", "_"), q) for q in FRAMEWORK.questions]
    waivable = {"ROL.scientist": {"na_allowed": True, "na_reason": text("No models")}}
    questions += [builders.question(key, **waivable.get(key, {})) for key in MODULE_KEYS]
    changed = {"version": version, "modules": MODULES, "questions": tuple(questions), "crosswalk": crosswalk}
    return Framework(**fields | changed)


def install(monkeypatch, *frameworks: Framework) -> Framework:
    """Let the catalog have these releases, too; the last one is the current one."""
    releases, get = {framework.version: framework for framework in frameworks}, catalog.get
    monkeypatch.setattr(catalog, "get", lambda key, version: releases.get(version) or get(key, version))
    monkeypatch.setattr(catalog, "current", lambda key="dataops": frameworks[-1])
    return frameworks[-1]


def opened(cast, *, team: Team | None = None, user: User | None = None, **changes) -> Assessment:
    """An open assessment: of Atlas, by Alice, full form, one person answers, third quarter of 2026."""
    chosen = {
        "framework": FRAMEWORK,
        "framework_hash": framework_hash(FRAMEWORK),
        "period": "2026-Q3",
        "mode": "single",
        "form": "full",
        "scope": SCOPE,
        "now": NOW,
    }
    return actions.open_assessment(user=user or cast.alice, team=team or cast.atlas, **chosen | changes)


def level(number: int, **details) -> Entry:
    return Entry(state="answered", level=number, **details)


def save(
    user: User,
    assessment: Assessment,
    key: str = "P09.1",
    entry: Entry | None = None,
    version: int = 0,
    now: datetime = LATER,
    save_id: str = "",
) -> Answer:
    return actions.save_answer(
        user=user,
        assessment_id=assessment.pk,
        question_key=key,
        entry=entry or level(3),
        version=version,
        now=now,
        save_id=save_id,
    )


def answer_all(user: User, assessment: Assessment, number: int = 3) -> None:
    """The same level for every question of the form."""
    for question in FRAMEWORK.form_questions(assessment.form):
        save(user, assessment, question.key, level(number))


def close(user: User, assessment: Assessment, now: datetime = LATER) -> Result:
    return actions.close_assessment(user=user, assessment_id=assessment.pk, now=now)


def closed(cast, number: int = 3, **changes) -> Result:
    """The result of an assessment in which everything was answered with one level."""
    assessment = opened(cast, **changes)
    answer_all(cast.alice, assessment, number)
    return close(cast.alice, assessment)


def closed_under(cast, framework: Framework, values: Mapping[str, float], *, evidence=None, **changes) -> Result:
    """The result of an assessment under any release, from values in halves by question key."""
    assessment = opened(cast, framework=framework, framework_hash=framework_hash(framework), **changes)
    sheet = assessment.respondents.get()
    marks = evidence or {}
    Answer.objects.bulk_create(
        Answer(
            respondent=sheet,
            question_key=key,
            question_revision=framework.question_by_key[key].revision,
            state="answered",
            level=int(value),
            partly=value != int(value),
            evidence_strength=marks.get(key, 0),
            version=1,
            updated_at=LATER,
        )
        for key, value in values.items()
    )
    return close(changes.get("user", cast.alice), assessment)


def opened_anonymously(cast, people: int = 6, **changes) -> tuple[Assessment, list[User]]:
    """An open anonymous assessment of Atlas, and so many of its members who can answer; Alice and Bob are the first."""
    members = [cast.alice, cast.bob]
    for name in ("Gil", "Hana", "Ivo", "Juno", "Kim", "Lea")[: people - 2]:
        members.append(person(name))
        join(members[-1], cast.house, Role.MEMBER, cast.atlas)
    return opened(cast, mode="anonymous", **changes), members


def stored(assessment: Assessment, key: str = "P09.1") -> Answer:
    return Answer.objects.get(respondent__assessment=assessment, question_key=key)
