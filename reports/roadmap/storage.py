"""Instances and solutions as JSON-ready data that lose nothing: numbers are written as fractions ("63/5").

The same instance has the same data and digest, whoever wrote it. Pure.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from reports.roadmap.exact import ALGORITHM
from reports.roadmap.instance import Instance, Need, Number, Work
from reports.roadmap.obstacles import Obstacle
from reports.roadmap.schedule import Plan, Solution


def instance_data(instance: Instance) -> dict[str, Any]:
    """The instance as `instance_from` reads it back."""
    return {
        "capacity": [str(amount) for amount in instance.capacity],
        "questions": {
            key: {"gap": str(need.gap), "weight": str(need.weight), "mandatory": need.mandatory}
            for key, need in instance.questions.items()
        },
        "initiatives": {
            key: {
                "effort": str(work.effort),
                "run_cost": str(work.run_cost),
                "lifts": {question: str(lift) for question, lift in work.lifts.items()},
                "prerequisites": sorted(work.prerequisites),
                "release": work.release,
                "must_do": work.must_do,
            }
            for key, work in instance.initiatives.items()
        },
        "max_per_quarter": instance.max_per_quarter,
        "carry_over": instance.carry_over,
        "same_quarter_prerequisites": instance.same_quarter_prerequisites,
        "critical_questions": sorted(instance.critical_questions),
        "guard_questions": sorted(instance.guard_questions),
    }


def instance_from(data: Mapping[str, Any]) -> Instance:
    return Instance(
        capacity=tuple(Fraction(amount) for amount in data["capacity"]),
        questions={
            key: Need(Fraction(need["gap"]), Fraction(need["weight"]), need["mandatory"])
            for key, need in data["questions"].items()
        },
        initiatives={
            key: Work(
                effort=Fraction(work["effort"]),
                lifts={question: Fraction(lift) for question, lift in work["lifts"].items()},
                run_cost=Fraction(work["run_cost"]),
                prerequisites=tuple(work["prerequisites"]),
                release=work["release"],
                must_do=work["must_do"],
            )
            for key, work in data["initiatives"].items()
        },
        max_per_quarter=data["max_per_quarter"],
        carry_over=data["carry_over"],
        same_quarter_prerequisites=data["same_quarter_prerequisites"],
        critical_questions=frozenset(data["critical_questions"]),
        guard_questions=frozenset(data["guard_questions"]),
    )


def instance_digest(instance: Instance) -> str:
    """64 hexadecimal digits: the name of the instance for the algorithm that is in use."""
    text = json.dumps([ALGORITHM, instance_data(instance)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def solution_data(solution: Solution) -> dict[str, Any]:
    """The solution as `solution_from` reads it back."""
    plan = solution.plan
    return {
        "status": solution.status,
        "plan": plan and {
            "quarters": dict(plan.quarters), "starts": dict(plan.starts), "objective": str(plan.objective),
            "order": list(plan.quarters),
        },
        "bound": str(solution.bound),
        "greedy": _text(solution.greedy),
        "local_search": _text(solution.local_search),
        "shortest_horizon": solution.shortest_horizon,
        "obstacles": [
            {"kind": it.kind, "ids": list(it.ids), "need": _text(it.need), "have": _text(it.have)}
            for it in solution.obstacles
        ],
        "is_exact": solution.is_exact,
    }  # fmt: skip


def solution_from(data: Mapping[str, Any]) -> Solution:
    """A database may have sorted the quarters: `order` keeps the order of completion."""
    plan = data["plan"]
    return Solution(
        status=data["status"],
        plan=plan and Plan(
            {key: plan["quarters"][key] for key in plan["order"]},
            {key: plan["starts"][key] for key in plan["order"]},
            Fraction(plan["objective"]),
        ),
        bound=Fraction(data["bound"]),
        greedy=_number(data["greedy"]),
        local_search=_number(data["local_search"]),
        shortest_horizon=data["shortest_horizon"],
        obstacles=tuple(
            Obstacle(it["kind"], tuple(it["ids"]), _number(it["need"]), _number(it["have"])) for it in data["obstacles"]
        ),
        is_exact=data["is_exact"],
    )  # fmt: skip


def _text(number: Number | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
