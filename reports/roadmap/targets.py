"""Where a team wants to be: a target level for each principle and each pillar's own questions, and the gaps to it.

Subjects are principle keys ("P09") and pillar prefixes ("ORG"), levels 1-5 in exact fractions. A target holds for
every question of its subject; None means hold what there is. A question above the target has no gap, so that no plan
ever takes a team down. Source: domain guide 4.4, domain review (Score, gate and plan). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from assessment.scorecard import Scorecard
from assessment.scoring import question_values
from manifesto.definitions import Framework
from reports.roadmap.distance import Distance, distance_to_next_level, reached

PRESETS = ("next_level", "protect", "balanced", "ambitious")
DEFAULT_PRESET = "next_level"
PROTECTED, BALANCED, AMBITIOUS = Fraction(3), Fraction(3), Fraction(4)
LOWEST = Fraction(1)
STEP = Fraction(1, 2)

Levels = dict[str, Fraction | None]


def subjects(framework: Framework) -> tuple[str, ...]:
    """Principle keys, then pillar prefixes, in framework order."""
    return tuple(item.key for item in framework.principles) + tuple(pillar.prefix for pillar in framework.pillars)


def target_levels(
    framework: Framework,
    card: Scorecard,
    preset: str = DEFAULT_PRESET,
    overrides: Mapping[str, Fraction | None] | None = None,
) -> Levels:
    """The preset's targets with a sponsor's own in place of some.

    protect: critical principles at 3, hold the rest; balanced: everything at 3; ambitious: everything at 4; next_level:
    see `next_level`. Raises ValueError for an unknown preset or subject and for a level outside 1-5.
    """
    own = overrides or {}
    _check(framework, preset, own)
    if preset == "next_level":
        levels = next_level(framework, distance_to_next_level(framework, card))
    elif preset == "protect":
        levels = {key: PROTECTED if _critical(framework, key) else None for key in subjects(framework)}
    else:
        levels = dict.fromkeys(subjects(framework), BALANCED if preset == "balanced" else AMBITIOUS)
    return {**levels, **own}


def next_level(framework: Framework, distance: Distance) -> Levels:
    """Modest targets with which every condition of the next level holds.

    First each principle that fails G3 or G4 gets the level that the condition asks for. Then, while the overall score
    or a pillar is too low, a subject goes up by half a level: critical principles first, because speed that isn't
    checked ships faults faster; among them, and then among the rest, the one whose half level closes most of the
    shortfalls per question level (framework order among equals). No target exceeds the next level, since every
    condition holds there.
    """
    levels: Levels = dict.fromkeys(subjects(framework))
    goal = min(5, distance.level + 1)
    for blocker in distance.blockers:
        if blocker.gate in ("G3", "G4"):
            levels[blocker.subject] = max(Fraction(blocker.required), levels[blocker.subject] or LOWEST)
    while not reached(distance.left(_rises(distance, levels))):
        step = _best_step(framework, distance, levels, goal)
        if step is None:
            break
        levels[step[0]] = step[1]
    return levels


def _best_step(framework: Framework, distance: Distance, levels: Levels, goal: int) -> tuple[str, Fraction] | None:
    left = distance.left(_rises(distance, levels))
    best: tuple[tuple[bool, Fraction], str, Fraction] | None = None
    for subject in levels:
        level = _next_half(distance, subject, levels[subject])
        if level is None or level > goal:
            continue
        further = _further(distance, subject, levels[subject], level)
        merit = distance.nearer(left, further) / sum(further.values(), Fraction(0))
        rank = (_critical(framework, subject), merit)
        if merit > 0 and (best is None or rank > best[0]):
            best = (rank, subject, level)
    return None if best is None else best[1:]


def _next_half(distance: Distance, subject: str, level: Fraction | None) -> Fraction | None:
    """The next half level above the subject's target and above its lowest question."""
    values = _values(distance, subject).values()
    if not values:
        return None
    return (max(level or LOWEST, min(values)) // STEP + 1) * STEP


def _values(distance: Distance, subject: str) -> dict[str, Fraction]:
    return {question: value for question, value in distance.values.items() if question.split(".")[0] == subject}


def _rises(distance: Distance, levels: Mapping[str, Fraction | None]) -> dict[str, Fraction]:
    """By how many levels each question has to rise to its subject's target."""
    return {question: _gap(value, levels.get(question.split(".")[0])) for question, value in distance.values.items()}


def _further(distance: Distance, subject: str, before: Fraction | None, after: Fraction) -> dict[str, Fraction]:
    """By how many levels more each question of the subject has to rise for the higher target."""
    values = _values(distance, subject)
    return {question: _gap(value, after) - _gap(value, before) for question, value in values.items()}


def question_gaps(framework: Framework, card: Scorecard, levels: Mapping[str, Fraction | None]) -> dict[str, Fraction]:
    """Target less current of each core question of the form; 0 where it has no value or is above the target."""
    values = question_values(card)
    gaps = {}
    for question in framework.form_questions(card.form):
        value = values.get(question.key)
        gaps[question.key] = Fraction(0) if value is None else _gap(value, levels.get(question.subject))
    return gaps


def answer_first(framework: Framework, card: Scorecard) -> tuple[str, ...]:
    """Applicable core questions without a value: to be answered before they can be planned."""
    return tuple(
        question.key
        for question in framework.form_questions(card.form)
        if question.key not in card.questions or card.questions[question.key].state == "missing"
    )


def _gap(value: Fraction, target: Fraction | None) -> Fraction:
    return Fraction(0) if target is None else max(Fraction(0), target - value)


def _critical(framework: Framework, subject: str) -> bool:
    principle = framework.principle_by_key.get(subject)
    return principle is not None and principle.critical


def _check(framework: Framework, preset: str, overrides: Mapping[str, Fraction | None]) -> None:
    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}")
    for subject, level in overrides.items():
        if subject not in subjects(framework):
            raise ValueError(f"no principle or pillar {subject}")
        if level is not None and not 1 <= level <= 5:
            raise ValueError(f"{subject}: a target lies between 1 and 5")
