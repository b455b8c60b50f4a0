"""From answers to a scorecard: questions, principles, pillars, overall score and the gate (domain guide 3.2-3.5).

Everything is exact: levels 1-5 come in, fractions go up, and only the stored card holds doubles. The same formulas
serve hypothetical values, so that a projected level can't differ from the level that the team would be given.
Pure: no Django, no clock, no randomness.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import lcm
from typing import Any

from assessment.agreement import agreement, krippendorff_alpha, median
from assessment.answers import (
    FORMS,
    PROJECT_PREFIXES,
    ROLES,
    Answer,
    AnswerError,
    Fault,
    FaultyInput,
    Project,
    Respondent,
    Submission,
    as_people,
    ignored_answers,
    named_framework,
    parse,
    read_json,
)
from assessment.modules import holders_of, prioritise, project_criteria, reached_level, role_coverage
from assessment.scorecard import Blocker, Number, Overall, PillarScore, PrincipleScore, QuestionScore, Scorecard
from manifesto.definitions import Framework, Module, Pillar, Question
from manifesto.export import framework_hash as hash_of

__all__ = [
    "ALGORITHM",
    "Answer",
    "AnswerError",
    "Explanation",
    "Fault",
    "FaultyInput",
    "GateResult",
    "Outcome",
    "Project",
    "Respondent",
    "Standing",
    "Step",
    "Submission",
    "Term",
    "alpha_of",
    "explain",
    "gate",
    "ignored_answers",
    "index_of",
    "named_framework",
    "near_edge",
    "not_applicable_of",
    "own_scores",
    "parse",
    "pillar_shares",
    "question_values",
    "read_json",
    "score",
    "score_values",
    "sensitivities",
    "standing",
    "steps_to_next_level",
]

ALGORITHM = "1"
"""Changes whenever the same answers could give another card."""
LEAST_COVERAGE = Fraction(1, 2)
LOWEST, HIGHEST = Fraction(1), Fraction(5)

Values = Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers on the 1-5 scale at one set of question values; None where there is too little to tell.

    Pillar mappings are by pillar key, `principles` by principle key. `completeness` is a share 0-1.
    """

    overall: Fraction | None
    completeness: Fraction
    pillars: Mapping[str, Fraction | None]
    from_principles: Mapping[str, Fraction | None]
    direct: Mapping[str, Fraction | None]
    principles: Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class GateResult:
    """`blockers` are the failed conditions of `level` + 1, empty at level 5."""

    level: int
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a set of question values amounts to: as it stands, and at the lower and upper bounds."""

    score: Standing
    low: Standing
    high: Standing
    level: int
    ungated_level: int
    possible_level: int
    blockers: tuple[Blocker, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One question that alone would raise the level, when the team's value reached `level` (a whole level)."""

    question: str
    level: int


@dataclass(frozen=True, slots=True)
class Term:
    """One summand: `share` is what its weight amounts to among the terms that count, None when it doesn't count."""

    subject: str
    weight: Fraction
    value: Number | None
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`value` is the sum of share times value over the terms that count; None when they aren't enough."""

    subject: str
    value: Number | None
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class _Tally:
    """Everything that was said about one question."""

    values: tuple[Fraction, ...]
    verified: tuple[Fraction, ...]
    not_applicable: int
    dont_know: int
    strength: int

    @property
    def state(self) -> str:
        if self.values:
            return "answered"
        return "not_applicable" if self.not_applicable else "missing"


# The way up: question values to principles, pillars and overall


def standing(
    framework: Framework, values: Values, not_applicable: Collection[str] = (), form: str = "full"
) -> Standing:
    """Principles, pillars and overall at the given question values (domain guide 3.2, steps 3-5).

    `values` holds the team value of each answered question; a question that is absent or None is missing unless it
    is in `not_applicable`.
    """
    asked = _asked(framework, form)
    known = {key: value for key, value in values.items() if value is not None}

    def part(subject: str) -> Fraction | None:
        return _subject_score(asked.get(subject, ()), known, not_applicable)

    principles = {principle.key: part(principle.key) for principle in framework.principles}
    direct: dict[str, Fraction | None] = {pillar.key: part(pillar.prefix) for pillar in framework.pillars}
    indirect: dict[str, Fraction | None] = {
        pillar.key: _from_principles(framework, pillar, principles) for pillar in framework.pillars
    }
    pillars = {
        key: _mean([(framework.principle_share, indirect[key]), (1 - framework.principle_share, direct[key])])
        for key in direct
    }
    overall = _mean([(pillar.weight, pillars[pillar.key]) for pillar in framework.pillars])
    core = [question for questions in asked.values() for question in questions]
    completeness = _coverage(core, known, not_applicable) or Fraction(0)
    return Standing(overall, completeness, pillars, indirect, direct, principles)


def index_of(value: Fraction) -> Fraction:
    """A score on 1-5 as an index on 0-100."""
    return (value - 1) * 25


def _asked(framework: Framework, form: str) -> dict[str, tuple[Question, ...]]:
    """The questions of `form` by principle key and pillar prefix."""
    if form not in FORMS:
        raise ValueError(f"unknown form {form!r}")
    return framework.subjects_by_form[form]


def _mean(terms: Iterable[tuple[Fraction | int, Fraction | None]]) -> Fraction | None:
    """The weighted mean of the terms that have a value; None when their weights sum to nothing.

    Sums in whole numbers of the common unit, since adding fractions one by one takes several times as long.
    """
    counted = [(weight, value) for weight, value in terms if value is not None and weight]
    if not counted:
        return None
    unit = lcm(*(value.denominator for _, value in counted))
    total = sum(weight for weight, _ in counted)
    return Fraction(sum(weight * (v.numerator * (unit // v.denominator)) for weight, v in counted), total * unit)


def _coverage(
    questions: Iterable[Question], values: Mapping[str, Fraction], not_applicable: Collection[str]
) -> Fraction | None:
    """Answered share of the applicable weight; None when nothing is applicable."""
    answered = missing = 0
    for question in questions:
        if question.key in values:
            answered += question.weight
        elif question.key not in not_applicable:
            missing += question.weight
    return Fraction(answered, answered + missing) if answered + missing else None


def _subject_score(
    questions: Sequence[Question], values: Mapping[str, Fraction], not_applicable: Collection[str]
) -> Fraction | None:
    coverage = _coverage(questions, values, not_applicable)
    if coverage is None or coverage < LEAST_COVERAGE:
        return None
    return _mean((question.weight, values.get(question.key)) for question in questions)


def _from_principles(framework: Framework, pillar: Pillar, scores: Mapping[str, Fraction | None]) -> Fraction | None:
    return _mean((p.pillar_weights.get(pillar.key, 0), scores[p.key]) for p in framework.principles)


def _filled(
    framework: Framework, form: str, values: Values, not_applicable: Collection[str], filler: Fraction
) -> dict[str, Fraction]:
    """The values of all applicable questions of the form, with `filler` for each missing one."""
    filled: dict[str, Fraction] = {}
    for question in framework.form_questions(form):
        value = values.get(question.key)
        if value is not None:
            filled[question.key] = value
        elif question.key not in not_applicable:
            filled[question.key] = filler
    return filled


# The gate


def gate(
    framework: Framework,
    *,
    overall: Fraction | None,
    pillars: Mapping[str, Fraction | None],
    principles: Mapping[str, Fraction | None],
    completeness: Fraction | None = None,
) -> GateResult:
    """The level that these numbers reach, and what holds the next one (domain guide 3.3).

    Level n is reached when 2..n all are. A missing number fails G1-G3; G4 passes over principles without one.
    Without `completeness` G5 isn't asked.
    """
    level = 1
    while level < 5:
        failed = _failed(framework, level + 1, overall, pillars, principles, completeness)
        if failed:
            return GateResult(level, failed)
        level += 1
    return GateResult(level, ())


def _failed(
    framework: Framework,
    level: int,
    overall: Fraction | None,
    pillars: Mapping[str, Fraction | None],
    principles: Mapping[str, Fraction | None],
    completeness: Fraction | None,
) -> tuple[Blocker, ...]:
    """The failed conditions of `level`, ordered by gate, then framework order."""
    slack = framework.gate
    for_pillar, for_critical, for_any = level - slack.pillar, level - slack.critical, level - slack.principle
    scored = [(p.key, principles.get(p.key)) for p in framework.principles]
    conditions: list[tuple[str, str, Fraction | None, Fraction]] = [("G1", "overall", overall, level - slack.overall)]
    conditions += [("G2", pillar.key, pillars.get(pillar.key), for_pillar) for pillar in framework.pillars]
    critical = {principle.key for principle in framework.principles if principle.critical}
    conditions += [("G3", key, value, for_critical) for key, value in scored if key in critical]
    conditions += [("G4", key, value, for_any) for key, value in scored if value is not None]
    if completeness is not None:
        conditions.append(("G5", "completeness", completeness, slack.completeness))
    return tuple(
        Blocker(name, subject, value, required)
        for name, subject, value, required in conditions
        if value is None or value < required
    )


def _ungated(framework: Framework, overall: Fraction | None) -> int:
    if overall is None:
        return 1
    return max([n for n in (2, 3, 4, 5) if overall >= n - framework.gate.overall], default=1)


def score_values(
    framework: Framework, values: Values, not_applicable: Collection[str] = (), form: str = "full"
) -> Outcome:
    """Score and level at any question values, real or hypothetical, by the formulas of `score`.

    The level is that of the lower bounds: a missing answer counts as 1 (domain review, Score).
    """
    score = low = high = standing(framework, values, not_applicable, form)
    if score.completeness < 1:
        low, high = (
            standing(framework, _filled(framework, form, values, not_applicable, filler), not_applicable, form)
            for filler in (LOWEST, HIGHEST)
        )
    assured = _gate_of(framework, low, score.completeness)
    possible = _gate_of(framework, high, None).level
    return Outcome(score, low, high, assured.level, _ungated(framework, score.overall), possible, assured.blockers)


def _gate_of(framework: Framework, numbers: Standing, completeness: Fraction | None) -> GateResult:
    return gate(
        framework,
        overall=numbers.overall,
        pillars=numbers.pillars,
        principles=numbers.principles,
        completeness=completeness,
    )


# The scorecard


def score(
    framework: Framework,
    respondents: Sequence[Respondent],
    form: str = "full",
    framework_hash: str | None = None,
    projects: Sequence[Project] = (),
) -> Scorecard:
    """The scorecard of these answers and candidate projects. No respondents: everything is missing.

    Core answers outside the form are passed over. Modules with an answer, or with projects, are read out, but never
    enter the overall score. Raises ValueError for an unknown form, an unknown question, an answer to a question that
    rates projects, a project rated by other questions, and for two respondents with one id or projects with one name.
    """
    _check_respondents(framework, respondents)
    _check_projects(framework, projects)
    asked = _asked(framework, form)
    answered = [question for question in framework.questions if question.subject not in PROJECT_PREFIXES]
    tallies = {question.key: _tally(question.key, respondents) for question in answered}
    values = {key: median(tally.values) for key, tally in tallies.items() if tally.values}
    verified = {key: median(tally.verified) for key, tally in tallies.items() if tally.values}
    waived = {key for key, tally in tallies.items() if tally.state == "not_applicable"}
    claimed = score_values(framework, values, waived, form)
    checked = score_values(framework, verified, waived, form)
    core = {question.key for questions in asked.values() for question in questions}
    extra = {key for key, tally in tallies.items() if _said(tally)} - _core_keys(framework)
    return Scorecard(
        framework=framework.identifier,
        framework_hash=framework_hash or hash_of(framework),
        algorithm=ALGORITHM,
        form=form,
        indicative=form == "short",
        overall=_overall(framework, claimed, checked, form),
        pillars={pillar.key: _pillar(pillar.key, claimed, checked) for pillar in framework.pillars},
        principles={p.key: _principle(asked.get(p.key, ()), values, verified, waived) for p in framework.principles},
        questions={key: _question(tally) for key, tally in tallies.items() if key in core | extra},
        modules=_modules(framework, extra, values, verified, waived, respondents, projects),
    )


def _modules(
    framework: Framework,
    said: Collection[str],
    values: dict[str, Fraction],
    verified: dict[str, Fraction],
    waived: set[str],
    respondents: Sequence[Respondent],
    projects: Sequence[Project],
) -> dict[str, Any]:
    """What each module tells about which something was said, as plain records by module key."""
    modules: dict[str, Any] = {}
    for module in framework.modules:
        questions = [q for prefix in module.prefixes for q in framework.questions_by_subject.get(prefix, ())]
        if projects and set(PROJECT_PREFIXES) & set(module.prefixes):
            modules[module.key] = asdict(prioritise(framework, projects))
        if not any(question.key in said for question in questions):
            continue
        if ROLES in module.prefixes:
            modules[module.key] = asdict(role_coverage(framework, values, waived, holders_of(respondents)))
        else:
            modules[module.key] = asdict(_principle(questions, values, verified, waived)) | _read_out(module, values)
    return modules


def _read_out(module: Module, values: Mapping[str, Fraction]) -> dict[str, Any]:
    """The level of another model and what the next one needs; nothing for a module without a rule."""
    reached = reached_level(module, values)
    if reached is None:
        return {}
    missing = [asdict(shortfall) for shortfall in reached.missing]
    return {"google_level": reached.level, "next_level": reached.next_level, "missing": missing}


def _check_respondents(framework: Framework, respondents: Sequence[Respondent]) -> None:
    names = [respondent.id for respondent in respondents]
    if len(set(names)) < len(names):
        raise ValueError("two respondents have one id")
    answered = {key for respondent in respondents for key in respondent.answers}
    unknown = answered - framework.question_by_key.keys()
    if unknown:
        raise ValueError(f"not questions of {framework.identifier}: {', '.join(sorted(unknown))}")
    misplaced = answered & set(project_criteria(framework))
    if misplaced:
        raise ValueError(f"these rate projects, not the team: {', '.join(sorted(misplaced))}")


def _check_projects(framework: Framework, projects: Sequence[Project]) -> None:
    names = [project.name for project in projects]
    if len(set(names)) < len(names):
        raise ValueError("two projects have one name")
    unknown = {key for project in projects for key in project.ratings} - set(project_criteria(framework))
    if unknown:
        raise ValueError(f"these don't rate projects in {framework.identifier}: {', '.join(sorted(unknown))}")


def _tally(key: str, respondents: Iterable[Respondent]) -> _Tally:
    answers = [respondent.answers[key] for respondent in respondents if key in respondent.answers]
    values = tuple(answer.value for answer in answers if answer.value is not None)
    middle = median(values) if values else None
    supported = [a for a in answers if middle is not None and a.value is not None and a.value >= middle]
    return _Tally(
        values=values,
        verified=tuple(answer.verified_value for answer in answers if answer.verified_value is not None),
        not_applicable=sum(answer.state == "not_applicable" for answer in answers),
        dont_know=sum(answer.state == "dont_know" for answer in answers),
        strength=max((answer.evidence_strength for answer in supported), default=0),
    )


def _said(tally: _Tally) -> bool:
    return bool(tally.values or tally.not_applicable or tally.dont_know)


def _core_keys(framework: Framework) -> set[str]:
    return {question.key for question in framework.core_questions}


def _question(tally: _Tally) -> QuestionScore:
    values = tally.values
    agreed = agreement(values)
    return QuestionScore(
        value=median(values) if values else None,
        respondents=len(values),
        a_wg=agreed.a_wg,
        ad=agreed.ad,
        verdict=agreed.verdict,
        state=tally.state,
        minimum=min(values, default=None),
        maximum=max(values, default=None),
        dont_know=tally.dont_know,
        verified_value=median(tally.verified) if values else None,
        evidence_strength=tally.strength,
    )


def _principle(
    questions: Sequence[Question], values: dict[str, Fraction], verified: dict[str, Fraction], waived: set[str]
) -> PrincipleScore:
    """The score of one principle or module; the bounds are None when no question is applicable."""
    applicable = [question for question in questions if question.key in values or question.key not in waived]
    return PrincipleScore(
        score=_subject_score(questions, values, waived),
        coverage=_coverage(questions, values, waived),
        low=_mean((question.weight, values.get(question.key, LOWEST)) for question in applicable),
        high=_mean((question.weight, values.get(question.key, HIGHEST)) for question in applicable),
        answered=sum(question.key in values for question in questions),
        applicable=len(applicable),
        not_applicable=len(questions) - len(applicable),
        verified_score=_subject_score(questions, verified, waived),
    )


def _pillar(key: str, claimed: Outcome, checked: Outcome) -> PillarScore:
    return PillarScore(
        score=claimed.score.pillars[key],
        from_principles=claimed.score.from_principles[key],
        direct=claimed.score.direct[key],
        low=claimed.low.pillars[key],
        high=claimed.high.pillars[key],
        verified_score=checked.score.pillars[key],
    )


def _overall(framework: Framework, claimed: Outcome, checked: Outcome, form: str) -> Overall:
    value = claimed.score.overall
    completeness = claimed.score.completeness
    open_critical = any(p.critical and claimed.score.principles[p.key] is None for p in framework.principles)
    return Overall(
        score=value,
        index=None if value is None else index_of(value),
        low=claimed.low.overall,
        high=claimed.high.overall,
        verified_score=checked.score.overall,
        completeness=completeness,
        provisional=completeness < framework.gate.completeness or open_critical or form == "short",
        level=claimed.level,
        ungated_level=claimed.ungated_level,
        possible_level=claimed.possible_level,
        blockers=claimed.blockers,
        verified_level=checked.level,
    )


# From a card back to values, and questions that other pages ask


def question_values(card: Scorecard) -> dict[str, Fraction | None]:
    """The exact team value of each question of the card, None for one without (also from a stored card)."""
    return {key: None if item.value is None else Fraction(item.value) for key, item in card.questions.items()}


def not_applicable_of(card: Scorecard) -> frozenset[str]:
    return frozenset(key for key, item in card.questions.items() if item.state == "not_applicable")


def near_edge(framework: Framework, respondents: Sequence[Respondent], form: str = "full") -> tuple[Step, ...]:
    """The single questions that would each raise the level: "level 2, one answer from 3" (domain review, Score)."""
    card = score(framework, respondents, form)
    return steps_to_next_level(framework, question_values(card), not_applicable_of(card), form)


def steps_to_next_level(
    framework: Framework, values: Values, not_applicable: Collection[str] = (), form: str = "full"
) -> tuple[Step, ...]:
    """Each question whose team value alone could raise the level, with the least whole level that does.

    Smallest rise first, then framework order; empty when no single question is enough.
    """
    known = {key: value for key, value in values.items() if value is not None}
    filled = _filled(framework, form, known, not_applicable, LOWEST)
    present = score_values(framework, known, not_applicable, form)

    def raises_level(key: str, value: Fraction) -> bool:
        new = standing(framework, {**filled, key: value}, not_applicable, form)
        complete = _completeness(framework, known.keys() | {key}, not_applicable, form)
        return not _failed(framework, present.level + 1, new.overall, new.pillars, new.principles, complete)

    steps = []
    for key in _not_held_elsewhere(framework, filled, present):
        if raises_level(key, HIGHEST):
            wanted = range(int(filled[key]) + (key in known), 5)
            level = next((n for n in wanted if raises_level(key, Fraction(n))), 5)
            steps.append((level - filled[key], Step(key, level)))
    return tuple(step for _, step in sorted(steps, key=lambda item: item[0]))


def _not_held_elsewhere(framework: Framework, questions: Iterable[str], present: Outcome) -> list[str]:
    """Questions that could raise the level alone: none does while a principle that it doesn't belong to holds it."""
    if present.level == 5:
        return []
    holding = {blocker.subject for blocker in present.blockers if blocker.gate in ("G3", "G4")}
    return [key for key in questions if holding <= {framework.question_by_key[key].subject}]


def _completeness(
    framework: Framework, answered: Collection[str], not_applicable: Collection[str] = (), form: str = "full"
) -> Fraction:
    """The answered share of the applicable weight of the form's questions."""
    answers = dict.fromkeys(answered, LOWEST)
    return _coverage(framework.form_questions(form), answers, not_applicable) or Fraction(0)


def own_scores(
    framework: Framework, respondents: Sequence[Respondent], form: str = "full"
) -> dict[str, tuple[Fraction, ...]]:
    """Each principle's score by each person's own answers, for the test of change (domain guide 3.6 a).

    What the organization answered counts as everybody's own. A person whose answers cover less than half of a
    principle has no score there.
    """
    cards = [score(framework, [person], form) for person in as_people(respondents)]
    return {
        principle.key: tuple(
            Fraction(value) for card in cards if (value := card.principles[principle.key].score) is not None
        )
        for principle in framework.principles
    }


def alpha_of(framework: Framework, respondents: Sequence[Respondent], form: str = "full") -> Fraction | None:
    """Krippendorff's alpha over the form's questions and all respondents, None where nothing can be paired."""
    said = ([person.answers.get(question.key) for person in respondents] for question in framework.form_questions(form))
    return krippendorff_alpha([item.value for item in unit if item and item.value is not None] for unit in said)


def sensitivities(framework: Framework, form: str = "full") -> dict[str, Fraction]:
    """The change of the overall score per level of each core question (domain guide 4.3); they sum to 1."""
    asked = _asked(framework, form)
    result = {question.key: Fraction(0) for questions in asked.values() for question in questions}
    shares = _subject_shares(framework, asked)
    for subject, questions in asked.items():
        share = shares[subject]
        total = sum(question.weight for question in questions)
        for question in questions:
            result[question.key] = share * question.weight / total
    return result


def pillar_shares(framework: Framework, pillar: Pillar, form: str = "full") -> dict[str, Fraction]:
    """The share of each principle key, and of the pillar's prefix for its own part, in the pillar's score."""
    return _pillar_shares(framework, pillar, _asked(framework, form))


def _subject_shares(framework: Framework, asked: Mapping[str, Sequence[Question]]) -> dict[str, Fraction]:
    """The share of each principle and each pillar's own part in the overall score when everything is answered."""
    shares = {subject: Fraction(0) for subject in asked}
    parts = {pillar.key: _pillar_shares(framework, pillar, asked) for pillar in framework.pillars}
    total = sum((pillar.weight for pillar in framework.pillars if parts[pillar.key]), Fraction(0))
    for pillar in framework.pillars:
        for subject, share in parts[pillar.key].items():
            shares[subject] += pillar.weight / total * share
    return shares


def _pillar_shares(
    framework: Framework, pillar: Pillar, asked: Mapping[str, Sequence[Question]]
) -> dict[str, Fraction]:
    """The share of each subject in one pillar; empty when nothing measures it."""
    weights = {p.key: Fraction(p.pillar_weights.get(pillar.key, 0)) for p in framework.principles if asked.get(p.key)}
    total = sum(weights.values())
    indirect = {key: weight / total for key, weight in weights.items() if weight}
    direct: dict[str, Fraction] = {pillar.prefix: Fraction(1)} if asked.get(pillar.prefix) else {}
    if not indirect or not direct:
        return indirect or direct
    share = framework.principle_share
    return {key: share * part for key, part in indirect.items()} | {pillar.prefix: 1 - share}


# Why this number


def explain(framework: Framework, card: Scorecard) -> dict[str, Explanation]:
    """How each number of the card came about, term by term.

    Keys: "overall"; a pillar's key (its two parts "principles" and "direct"); "process.principles" and
    "process.direct" for these parts; a principle's key. A term without a value doesn't count.
    """
    asked = _asked(framework, card.form)
    result = {"overall": _explanation("overall", card.overall.score, _pillar_terms(framework, card))}
    for pillar in framework.pillars:
        numbers = card.pillars[pillar.key]
        share = framework.principle_share
        parts = [("principles", share, numbers.from_principles), ("direct", 1 - share, numbers.direct)]
        result[pillar.key] = _explanation(pillar.key, numbers.score, parts)
        indirect, direct = f"{pillar.key}.principles", f"{pillar.key}.direct"
        result[indirect] = _explanation(indirect, numbers.from_principles, _principle_terms(framework, pillar, card))
        result[direct] = _explanation(direct, numbers.direct, _question_terms(asked.get(pillar.prefix, ()), card))
    for principle in framework.principles:
        terms = _question_terms(asked.get(principle.key, ()), card)
        result[principle.key] = _explanation(principle.key, card.principles[principle.key].score, terms)
    return result


def _pillar_terms(framework: Framework, card: Scorecard) -> list[tuple[str, Fraction, Number | None]]:
    return [(pillar.key, pillar.weight, card.pillars[pillar.key].score) for pillar in framework.pillars]


def _principle_terms(
    framework: Framework, pillar: Pillar, card: Scorecard
) -> list[tuple[str, Fraction, Number | None]]:
    return [
        (p.key, Fraction(p.pillar_weights.get(pillar.key, 0), 100), card.principles[p.key].score)
        for p in framework.principles
        if p.pillar_weights.get(pillar.key, 0)
    ]


def _question_terms(questions: Iterable[Question], card: Scorecard) -> list[tuple[str, Fraction, Number | None]]:
    return [(question.key, Fraction(question.weight), card.questions[question.key].value) for question in questions]


def _explanation(
    subject: str, value: Number | None, terms: Iterable[tuple[str, Fraction, Number | None]]
) -> Explanation:
    listed = list(terms)
    total = sum((weight for _, weight, number in listed if number is not None), Fraction(0))
    return Explanation(
        subject,
        value,
        tuple(
            Term(name, weight, number, weight / total if number is not None and total else None)
            for name, weight, number in listed
        ),
    )
