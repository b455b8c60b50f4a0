"""Planning with the whole catalogue: what is on screen at once, and the proven optimum.

All core questions at level 2, targets 4 for critical principles and 3 else. `ratio` is the objective of the plan at
once divided by the optimum; the note tells the status and the proven gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from assessment.scoring import score
from manifesto import catalog
from reports.roadmap import exact
from reports.roadmap.instance import Instance
from reports.roadmap.plan import product_instance
from reports.roadmap.targets import question_gaps
from reports.roadmap.wishes import Settings
from tests.benchmarks import figures
from tests.benchmarks.figures import Figure
from tests.builders import respondent

AT_ONCE_MS, EXACT_MS = 1000, 10_000
ROUNDS = 3


def instances() -> Iterator[tuple[str, Instance]]:
    """The model of the domain guide alone, and with every rule of the product for teams of several sizes."""
    framework = catalog.current()
    card = score(framework, [respondent({question.key: 2 for question in framework.core_questions})])
    levels = {principle.key: Fraction(4 if principle.critical else 3) for principle in framework.principles}
    levels |= {pillar.prefix: Fraction(3) for pillar in framework.pillars}
    gaps = question_gaps(framework, card, levels)

    def product(people: int, capacity: str | None = None, quarters: int = 4) -> Instance:
        amounts = None if capacity is None else (Fraction(capacity),) * quarters
        return product_instance(framework, card, gaps, Settings(people=people, capacity=amounts))

    bare = replace(product(7, "20"), carry_over=False, max_per_quarter=None)
    yield "4 x 20 person-weeks, guide 4.4 alone", bare.without_urgent()
    yield "4 x 20 person-weeks, every rule", product(7, "20")
    yield "3 people, 4 x 5.4", product(3)
    yield "7 people, 4 x 12.6", product(7)
    yield "14 people, 4 x 25.2", product(14)


def run(_teams: int) -> list[Figure]:
    found = []
    for name, instance in instances():
        quick_times, quick = figures.measured(lambda of=instance: exact.solve_at_once(of), ROUNDS)
        exact_times, best = figures.measured(lambda of=instance: exact.solve(of), ROUNDS)
        ratio = float(quick.plan.objective / best.plan.objective)
        for what, times, limit, solution in (
            ("at once", quick_times, AT_ONCE_MS, quick), ("exact", exact_times, EXACT_MS, best)
        ):  # fmt: skip
            note = f"{solution.status}, gap {float(solution.gap):.4f}"
            median, p95 = figures.median(times), figures.p95(times)
            found.append(Figure(f"plan {what}: {name}", median, p95, goal_ms=limit, ratio=ratio, note=note))
    return found
