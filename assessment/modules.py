"""What the optional modules tell beside the score: another model's level, who does what, which project comes first.

None of it enters the overall score (domain guide 2.6). Levels and ratings are on the 1-5 scale; what is missing
counts as not reached. Facts come as codes and numbers: presenters put them into words. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt

from assessment.answers import AVAILABILITY, PROJECT_PREFIXES, ROLES, VALUE, Project, Respondent
from assessment.scorecard import Number
from manifesto.definitions import Framework, Module, Question

OWNED = 3
"""The level from which on a role has a named person."""
DONE_BY_SOMEONE = 2
LEAST_SHARE = Fraction(1, 2)
"""A group of roles has a mean when so much of it is answered, like a principle."""
GROUPS = ("consumers", "preparers", "suppliers")
TOO_MANY_ROLES = 3
"""So many roles in one pair of hands are worth a warning."""

ACCESS, OWNER = "DAV.2", "VAL.3"
"""Without permission to use the data, or without someone who will act, no project starts."""
MIDDLE = 3
LEAST_COMPLEXITY = 3
"""A pilot is worth its effort when it needs more than a simple solution."""
START_NOW, PREPARE_DATA, QUICK_EXPERIMENT, PARK = "start_now", "prepare_data", "quick_experiment", "park"
BLOCKED, INCOMPLETE = "blocked", "incomplete"

Values = Mapping[str, Fraction]


# A level of another model


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A question that holds the next level: `value` is None when it has no answer, `required` a whole level."""

    question: str
    value: Number | None
    required: int


@dataclass(frozen=True, slots=True)
class Reached:
    """`next_level` is None at the top; `missing` is what it still needs, in the order of the module's rule."""

    level: int
    next_level: int | None
    missing: tuple[Shortfall, ...]


def reached_level(module: Module, values: Values) -> Reached | None:
    """The level of another model that the answers amount to, by the module's fixed rule; None without a rule.

    Each level is reached or not by its own conditions, the highest one that is counts. A question that is open or not
    applicable is not reached. Below the lowest level of the rule nothing is reached: None, too.
    """
    steps = sorted(module.read_out, key=lambda step: step.level)
    short = {step.level: _shortfalls(step.requires, values) for step in steps}
    level = max((step.level for step in steps if not short[step.level]), default=None)
    if level is None:
        return None
    above = next((step.level for step in steps if step.level > level), None)
    return Reached(level, above, () if above is None else short[above])


def _shortfalls(requires: Mapping[str, int], values: Values) -> tuple[Shortfall, ...]:
    found = ((key, values.get(key), required) for key, required in requires.items())
    return tuple(Shortfall(*item) for item in found if item[1] is None or item[1] < item[2])


# Who does what


@dataclass(frozen=True, slots=True)
class Holder:
    """One person and the slugs of the roles that this person holds, in framework order."""

    person: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to say about a role: `code` is nobody, unnamed, open or concentrated.

    `subject` is the slug of the role, or the person in whose hands `count` roles are.
    """

    code: str
    subject: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class RoleCoverage:
    """`coverage` is the share 0-1 of the applicable roles that have a named person, None when none is applicable.

    `coverage_high` is what it would be if each role without an answer had one. `groups` holds the mean level of each
    group of roles that has one, None where less than half of it is answered; groups without an applicable role are
    left out. `group_floor` is the lowest mean and `floor_groups` who has it. `concentration` is the largest number of
    roles that one person holds, None when nobody is named; `concentrated` says who that is, and `warning` that it is
    too much. Facts come with the most urgent first.
    """

    coverage: Number | None
    coverage_high: Number | None
    owned: int
    answered: int
    applicable: int
    not_applicable: int
    groups: Mapping[str, Number | None]
    group_floor: Number | None
    floor_groups: tuple[str, ...]
    concentration: int | None
    concentrated: tuple[Holder, ...]
    holders: tuple[Holder, ...]
    warning: bool
    facts: tuple[Fact, ...]


def role_coverage(
    framework: Framework,
    values: Values,
    not_applicable: Collection[str] = (),
    holders: Mapping[str, Collection[str]] | None = None,
) -> RoleCoverage:
    """Coverage, group floor and concentration of the framework's role questions (domain guide 2.6).

    `values` are team values by question key (halves don't reach the next level), `holders` the people who do the
    work of a role, by question key; spelling differences in case and spacing make no second person.
    """
    questions = framework.questions_by_subject.get(ROLES, ())
    applicable = [q for q in questions if q.key in values or q.key not in not_applicable]
    owned = sum(values.get(question.key, 0) >= OWNED for question in applicable)
    answered = sum(question.key in values for question in applicable)
    groups = _group_means(framework, applicable, values)
    floor = min((mean for mean in groups.values() if mean is not None), default=None)
    people = _people(applicable, holders or {})
    most = max((len(holder.roles) for holder in people), default=None)
    warning = most is not None and most >= TOO_MANY_ROLES
    return RoleCoverage(
        coverage=_share(owned, len(applicable)),
        coverage_high=_share(owned + len(applicable) - answered, len(applicable)),
        owned=owned,
        answered=answered,
        applicable=len(applicable),
        not_applicable=len(questions) - len(applicable),
        groups=groups,
        group_floor=floor,
        floor_groups=tuple(name for name, mean in groups.items() if mean is not None and mean == floor),
        concentration=most,
        concentrated=tuple(holder for holder in people if len(holder.roles) == most),
        holders=people,
        warning=warning,
        facts=tuple(_facts(applicable, values, people)),
    )


def holders_of(respondents: Iterable[Respondent]) -> dict[str, tuple[str, ...]]:
    """The people whom anybody named for a role, by question key, in alphabetical order."""
    named: dict[str, set[str]] = {}
    for respondent in respondents:
        for key, answer in respondent.answers.items():
            if answer.value is not None and answer.holders:
                named.setdefault(key, set()).update(answer.holders)
    return {key: tuple(sorted(names)) for key, names in named.items()}


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def _group_means(framework: Framework, applicable: Sequence[Question], values: Values) -> dict[str, Number | None]:
    group_of = {role.slug: role.group for role in framework.roles}
    means: dict[str, Number | None] = {}
    for group in GROUPS:
        members = [question.key for question in applicable if group_of.get(question.position) == group]
        known = [values[key] for key in members if key in values]
        if members:
            enough = known and Fraction(len(known), len(members)) >= LEAST_SHARE
            means[group] = sum(known, Fraction(0)) / len(known) if enough else None
    return means


def _people(applicable: Sequence[Question], holders: Mapping[str, Collection[str]]) -> tuple[Holder, ...]:
    """Everybody who holds a role, most roles first, then by name."""
    spellings: dict[str, set[str]] = {}
    roles: dict[str, list[str]] = {}
    for question in applicable:
        present: dict[str, str] = {}
        for name in holders.get(question.key, ()):
            written = " ".join(name.split())
            present[written.casefold()] = written
            spellings.setdefault(written.casefold(), set()).add(written)
        for person in present:
            roles.setdefault(person, []).append(question.position)
    people = [Holder(min(spellings[person]), tuple(held)) for person, held in roles.items()]
    return tuple(sorted(people, key=lambda holder: (-len(holder.roles), holder.person.casefold())))


def _facts(applicable: Sequence[Question], values: Values, people: Sequence[Holder]) -> Iterable[Fact]:
    level = {question.position: values.get(question.key) for question in applicable}
    yield from (Fact("nobody", role) for role, value in level.items() if value is not None and value < DONE_BY_SOMEONE)
    for holder in people:
        if len(holder.roles) >= TOO_MANY_ROLES:
            yield Fact("concentrated", holder.person, len(holder.roles))
    unnamed = (role for role, value in level.items() if value is not None and DONE_BY_SOMEONE <= value < OWNED)
    yield from (Fact("unnamed", role) for role in unnamed)
    yield from (Fact("open", role) for role, value in level.items() if value is None)


# Which data project comes first


@dataclass(frozen=True, slots=True)
class ProjectStanding:
    """Where one candidate project stands; numbers are None while a rating of theirs is missing.

    `availability` and `value` are means of the ratings, `priority` is their geometric mean, all on 1-5. `quadrant` is
    start_now, prepare_data, quick_experiment or park; `result` is the quadrant, unless the project is blocked or its
    ratings are incomplete. `blocked_by` and `missing` are question keys. `rank` counts complete projects from 1,
    blocked ones included.
    """

    name: str
    availability: Number | None
    value: Number | None
    priority: float | None
    quadrant: str | None
    result: str
    complexity: int | None
    blocked_by: tuple[str, ...]
    missing: tuple[str, ...]
    rank: int | None
    pilot: bool


@dataclass(frozen=True, slots=True)
class Prioritisation:
    """`projects` with the highest priority first, those with incomplete ratings last; names of the other two."""

    projects: tuple[ProjectStanding, ...]
    pilot: str | None
    incomplete: tuple[str, ...]


def project_criteria(framework: Framework) -> tuple[str, ...]:
    """The keys of the questions that rate a project, in framework order."""
    return tuple(q.key for prefix in PROJECT_PREFIXES for q in framework.questions_by_subject.get(prefix, ()))


def prioritise(framework: Framework, projects: Iterable[Project]) -> Prioritisation:
    """Rank candidate data projects by availability of the data and value of the problem (domain guide 2.6).

    Of equal priorities the higher value comes first, then the greater complexity, then the name. The pilot is the first
    one that can start now, isn't blocked and has a complexity of 3 or more.
    """
    criteria = project_criteria(framework)
    standings = [_standing(criteria, project) for project in projects]
    complete = sorted((found for found in standings if found.result != INCOMPLETE), key=_precedence)
    unrated = sorted((found for found in standings if found.result == INCOMPLETE), key=_alphabetical)
    pilot = next((found.name for found in complete if _can_be_pilot(found)), None)
    ranked = [replace(found, rank=rank, pilot=found.name == pilot) for rank, found in enumerate(complete, 1)]
    return Prioritisation((*ranked, *unrated), pilot, tuple(found.name for found in unrated))


def _standing(criteria: Sequence[str], project: Project) -> ProjectStanding:
    availability, value = (_mean_rating(criteria, prefix, project) for prefix in (AVAILABILITY, VALUE))
    blocked = tuple(key for key in (ACCESS, OWNER) if key in criteria and project.ratings.get(key) == 1)
    quadrant = None if availability is None or value is None else quadrant_of(availability, value)
    return ProjectStanding(
        name=project.name,
        availability=availability,
        value=value,
        priority=None if availability is None or value is None else sqrt(availability * value),
        quadrant=quadrant,
        result=INCOMPLETE if quadrant is None else BLOCKED if blocked else quadrant,
        complexity=project.complexity,
        blocked_by=blocked,
        missing=tuple(key for key in criteria if key not in project.ratings),
        rank=None,
        pilot=False,
    )


def _mean_rating(criteria: Sequence[str], prefix: str, project: Project) -> Fraction | None:
    keys = [key for key in criteria if key.startswith(f"{prefix}.")]
    if not keys or any(key not in project.ratings for key in keys):
        return None
    return Fraction(sum(project.ratings[key] for key in keys), len(keys))


def quadrant_of(availability: Number, value: Number) -> str:
    """The quadrant of a project; the middle of the scale belongs to the upper half."""
    if value >= MIDDLE:
        return START_NOW if availability >= MIDDLE else PREPARE_DATA
    return QUICK_EXPERIMENT if availability >= MIDDLE else PARK


def _precedence(found: ProjectStanding) -> tuple[Number, Number, int, tuple[str, str]]:
    """Compares products, not their roots, so that equal priorities are equal."""
    availability, value = found.availability or 0, found.value or 0
    return -availability * value, -value, -(found.complexity or 0), _alphabetical(found)


def _alphabetical(found: ProjectStanding) -> tuple[str, str]:
    return found.name.casefold(), found.name


def _can_be_pilot(found: ProjectStanding) -> bool:
    return found.result == START_NOW and found.complexity is not None and found.complexity >= LEAST_COMPLEXITY
