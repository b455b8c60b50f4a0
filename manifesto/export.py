"""A framework as plain JSON data, complete, in the stable format of `export_framework`; and its content hash.

Pure: no Django, no clock.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from manifesto.definitions import PILLARS, Definition, Framework, Initiative, Module, Pillar, Principle, Question, Role

_HASHES: dict[int, tuple[weakref.ref[Framework], str]] = {}


def export(framework: Framework) -> dict[str, Any]:
    """Everything in `framework` as JSON data; numbers are whole numbers where they can be, texts {"en", "pt-br"}."""
    return {**_content(framework), "hash": framework_hash(framework)}


def framework_hash(framework: Framework) -> str:
    """sha256 of the export without `hash`: keys sorted, UTF-8, no spaces. Computed once for each object."""
    known = _HASHES.get(id(framework))
    if known and known[0]() is framework:
        return known[1]
    text = json.dumps(_content(framework), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    address = id(framework)
    _HASHES[address] = (weakref.ref(framework, lambda _: _HASHES.pop(address, None)), digest)
    return digest


def _content(framework: Framework) -> dict[str, Any]:
    """The export without its hash. What older releases don't have is left out, so that their hash stays."""
    later = ("supersedes", "crosswalk", "references", "chapters")
    whole = {name: value for name, value in _plain(framework).items() if value or name not in later}
    return {
        **whole,
        "roles": [_role(role) for role in framework.roles],
        "principles": [_principle(framework, principle) for principle in framework.principles],
        "pillars": [_pillar(framework, pillar) for pillar in framework.pillars],
        "modules": [_module(framework, module) for module in framework.modules],
        "questions": [_question(question) for question in framework.questions],
        "initiatives": [_initiative(initiative) for initiative in framework.initiatives],
    }


def _role(role: Role) -> dict[str, Any]:
    return {name: value for name, value in _plain(role).items() if value is not None}


def _principle(framework: Framework, principle: Principle) -> dict[str, Any]:
    weights = {pillar: principle.pillar_weights.get(pillar, 0) for pillar in PILLARS}  # type: ignore[call-overload]
    whole = {name: value for name, value in _plain(principle).items() if value or name != "guard"}
    return {**whole, "pillar_weights": weights, "questions": _keys(framework, [principle.key])}


def _pillar(framework: Framework, pillar: Pillar) -> dict[str, Any]:
    return {**_plain(pillar), "questions": _keys(framework, [pillar.prefix])}


def _module(framework: Framework, module: Module) -> dict[str, Any]:
    whole = {name: value for name, value in _plain(module).items() if value or name != "complexity"}
    return {**whole, "questions": _keys(framework, module.prefixes)}


def _initiative(initiative: Initiative) -> dict[str, Any]:
    return {name: value for name, value in _plain(initiative).items() if value or name != "shared"}


def _question(question: Question) -> dict[str, Any]:
    """A question without what only the linter reads."""
    return {name: value for name, value in _plain(question).items() if name != "lint_waive"}


def _keys(framework: Framework, subjects: Iterable[str]) -> list[str]:
    return [question.key for subject in subjects for question in framework.questions_by_subject.get(subject, ())]


def _plain(value: Any) -> Any:
    if isinstance(value, Definition):
        return {(info.alias or name): _plain(getattr(value, name)) for name, info in type(value).model_fields.items()}
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
