"""Scheduling instances whose best plans are known."""

from __future__ import annotations

from typing import Any

from reports.roadmap.instance import Instance, parse_instance

SMALL = {
    "capacity": [6, 6],
    "questions": {
        "q1": {"gap": 2, "weight": 1.0},
        "q2": {"gap": 2, "weight": 1.5},
        "q3": {"gap": 2, "weight": 1.0},
        "q4": {"gap": 2, "weight": 0.8},
    },
    "initiatives": {
        "A": {"effort": 3, "lifts": {"q1": 2}},
        "B": {"effort": 2, "lifts": {"q2": 1}, "prerequisites": ["A"]},
        "C": {"effort": 4, "lifts": {"q2": 2, "q3": 1}, "prerequisites": ["A"]},
        "D": {"effort": 3, "lifts": {"q3": 1}},
        "E": {"effort": 2, "lifts": {"q4": 1}},
        "G": {"effort": 4, "lifts": {"q4": 2, "q1": 1}, "prerequisites": ["E"]},
    },
}
"""T41 of the domain guide: 64 feasible plans, the best worth 10.8, the second 10.3."""


def instance(
    capacity: list[Any], initiatives: dict[str, Any], gaps: dict[str, Any] | None = None, **changes: Any
) -> Instance:
    """An instance from pairs: `instance([6], {"A": (3, {"q": 1})})`; effort, lifts, then fields as a dict."""
    works = {
        key: {"effort": effort, "lifts": lifts, **(rest[0] if rest else {})}
        for key, (effort, lifts, *rest) in initiatives.items()
    }
    lifted = {question for work in works.values() for question in work["lifts"]}
    needs = {question: {"gap": 2} for question in sorted(lifted)} | {
        question: need if isinstance(need, dict) else {"gap": need} for question, need in (gaps or {}).items()
    }
    return parse_instance({"capacity": capacity, "questions": needs, "initiatives": works, **changes})
