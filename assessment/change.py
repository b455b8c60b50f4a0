"""Whether a score has changed, or only wobbled (domain guide 3.6). Deltas and limits are in levels.

Two regimes: with several respondents at both times their spread is the measurement error; with one respondent, or a
consensus, the error is a constant until a retest study replaces it. Across releases of the framework the same tests
are held on the questions that both ask (`versions`). Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import erfc, sqrt

from scipy.special import stdtr, stdtrit  # far quicker to import than scipy.stats

from assessment.scorecard import Number, Scorecard
from assessment.scoring import pillar_shares, sensitivities
from assessment.versions import LikeForLike, edition
from manifesto.definitions import Framework, Pillar

CLEAR, PROBABLE, NOISE = "clear", "probable", "noise"
SINGLE, SEVERAL = "single", "several"

SCORE_SD = 0.8
"""Spread of principle scores between teams, in levels: a placeholder until a retest study (domain guide 3.6 b)."""
RETEST_RELIABILITY = 0.8
STANDARD_ERROR = SCORE_SD * sqrt(1 - RETEST_RELIABILITY)
MDC95 = 1.96 * sqrt(2) * STANDARD_ERROR
MDC90 = 1.645 * sqrt(2) * STANDARD_ERROR
SAME = 1e-9
"""Doubles that differ by less are one number."""
ANCHOR = 0.5
"""A change of this size crosses an anchor."""
FALSE_DISCOVERY_RATE = 0.10


class Incomparable(ValueError):
    """Two cards that can't be compared as they are; `reason` is framework or form."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the cards differ in their {reason}")


@dataclass(frozen=True, slots=True)
class Welch:
    """Difference of two means, its standard error, degrees of freedom, two-sided p and the limits of 95 % and 80 %."""

    delta: float
    standard_error: float
    degrees_of_freedom: float
    p: float
    limit_95: float
    limit_80: float

    @property
    def verdict(self) -> str:
        return verdict_of(self.delta, self.limit_95, self.limit_80)


@dataclass(frozen=True, slots=True)
class Change:
    """From one card to the next; without a score on one side `delta` and `verdict` are None.

    `tested` is what is held against the limits: the difference of the persons' means with several respondents, else
    `delta`. `limit` makes it clear, `limit_probable` probable. `regime` is single or several. `listed` tells whether
    a principle stays after the Benjamini-Hochberg procedure; `approximate` marks limits propagated by weights.
    Across releases `before`, `after` and `delta` are like for like, and `native` holds the scores of the two cards.
    """

    subject: str
    before: Number | None
    after: Number | None
    delta: float | None
    tested: float | None
    limit: float
    limit_probable: float
    verdict: str | None
    important: bool
    regime: str
    p: float | None = None
    listed: bool = False
    approximate: bool = False
    native: tuple[Number | None, Number | None] | None = None

    @property
    def is_linked(self) -> bool:
        """Whether the like-for-like change is another one than the scores of the two cards suggest."""
        if self.native is None or self.delta is None or None in self.native:
            return False
        before, after = map(float, self.native)  # type: ignore[arg-type]
        return abs(after - before - self.delta) > SAME


@dataclass(frozen=True, slots=True)
class VerifiedStep:
    """A question whose team value changed, with evidence that a second person checked."""

    question: str
    before: Number
    after: Number


@dataclass(frozen=True, slots=True)
class Comparison:
    """`verified` comes first on a page: these steps need no statistics.

    `link` is what a comparison across releases rests on: how much of the questions is comparable, and for which
    principles that isn't enough. None for two cards of one release.
    """

    overall: Change
    pillars: Mapping[str, Change]
    principles: Mapping[str, Change]
    verified: tuple[VerifiedStep, ...]
    link: LikeForLike | None = None


def verdict_of(delta: float, limit: float, limit_probable: float) -> str:
    """clear, probable or noise."""
    if abs(delta) >= limit:
        return CLEAR
    return PROBABLE if abs(delta) >= limit_probable else NOISE


def rounding_floor(questions: int) -> float:
    """The standard deviation that rounding to whole levels alone gives a mean of so many questions."""
    return 1 / sqrt(12 * questions)


def welch(first: Sequence[Number], second: Sequence[Number], questions: int) -> Welch:
    """Compare persons' scores of two rounds (domain guide 3.6 a), each a mean of so many `questions`.

    Raises ValueError unless both rounds have two scores.
    """
    if len(first) < 2 or len(second) < 2:
        raise ValueError("each round needs the scores of two persons")
    errors = [_spread(scores, questions) ** 2 / len(scores) for scores in (first, second)]
    total = sum(errors)
    degrees = total**2 / sum(
        error**2 / (len(scores) - 1) for error, scores in zip(errors, (first, second), strict=True)
    )
    standard_error = sqrt(total)
    delta = _mean(second) - _mean(first)
    return Welch(
        delta=delta,
        standard_error=standard_error,
        degrees_of_freedom=degrees,
        p=float(2 * stdtr(degrees, -abs(delta) / standard_error)),
        limit_95=float(stdtrit(degrees, 0.975)) * standard_error,
        limit_80=float(stdtrit(degrees, 0.90)) * standard_error,
    )


def _mean(scores: Sequence[Number]) -> float:
    return float(sum(scores)) / len(scores)


def _spread(scores: Sequence[Number], questions: int) -> float:
    """Sample standard deviation, never below what rounding alone would give."""
    centre = _mean(scores)
    variance = sum((float(score) - centre) ** 2 for score in scores) / (len(scores) - 1)
    return max(sqrt(variance), rounding_floor(questions))


def single_p(delta: float) -> float:
    """Two-sided p of a change of one principle that one respondent reports twice."""
    return erfc(abs(delta) / (sqrt(2) * STANDARD_ERROR) / sqrt(2))


def benjamini_hochberg(p_values: Sequence[float], rate: float = FALSE_DISCOVERY_RATE) -> tuple[bool, ...]:
    """Which of the tests stay when the share of false ones among them shall be at most `rate`."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    passing = [rank for rank, index in enumerate(order, 1) if p_values[index] <= rate * rank / len(p_values)]
    kept = set(order[: max(passing, default=0)])
    return tuple(index in kept for index in range(len(p_values)))


def why_not_comparable(before: Scorecard, after: Scorecard) -> str:
    """What keeps two cards from being compared as they are: framework or form; empty when nothing does.

    Releases that differ in their patch number only hold the same questions (domain guide 3.7).
    """
    if edition(before.framework) != edition(after.framework):
        return "framework"
    return "form" if before.form != after.form else ""


def compare(
    framework: Framework,
    before: Scorecard,
    after: Scorecard,
    *,
    link: LikeForLike | None = None,
    own_before: Mapping[str, Sequence[Number]] | None = None,
    own_after: Mapping[str, Sequence[Number]] | None = None,
    targets: Mapping[str, Number] | None = None,
) -> Comparison:
    """What changed between two cards, per principle, per pillar and overall. Raises Incomparable.

    `link` compares cards of two releases, by the weights of the newer one. `own_before` and `own_after` are
    `scoring.own_scores` of the two rounds (across releases those of `link`); where both hold two persons for a
    principle they decide, else the constants for one respondent do. `targets` are levels by principle, pillar or
    "overall".
    """
    reason = why_not_comparable(before, after)
    if reason and (link is None or reason != "framework"):
        raise Incomparable(reason)
    if link is not None:
        framework = link.bridge.newer
    goals = targets or {}
    pairs = _pairs(framework, before, after, link)
    principles = _listed(
        {
            p.key: _principle_change(
                p.key,
                *pairs[p.key],
                (own_before or {}).get(p.key, ()),
                (own_after or {}).get(p.key, ()),
                link.questions(p.key) if link else _questions(framework, p.key, after.form),
                goals.get(p.key),
            )
            for p in framework.principles
        }
    )
    limits = {key: (change.limit, change.limit_probable) for key, change in principles.items()}
    regime = SEVERAL if any(change.regime == SEVERAL for change in principles.values()) else SINGLE
    counted = link.comparable if link else None

    def propagated(subject: str, weights: Mapping[str, float]) -> Change:
        clear, probable = _propagate(weights, limits)
        change = _change(subject, *pairs[subject], None, clear, probable, regime, goals.get(subject))
        return replace(change, approximate=True)

    found = Comparison(
        overall=propagated("overall", _overall_weights(framework, after.form, counted)),
        pillars={
            pillar.key: propagated(pillar.key, _pillar_weights(framework, pillar, after.form, counted))
            for pillar in framework.pillars
        },
        principles=principles,
        verified=verified_steps(before, after, only=link.bridge.common if link else None),
        link=link,
    )
    return found if link is None else _with_natives(found, before, after)


def _pairs(
    framework: Framework, before: Scorecard, after: Scorecard, link: LikeForLike | None
) -> dict[str, tuple[Number | None, Number | None]]:
    """The two scores of each principle, each pillar and "overall" that are held against each other."""
    subjects = [p.key for p in framework.principles] + [pillar.key for pillar in framework.pillars] + ["overall"]
    if link is not None:
        return {subject: link.scores(subject) for subject in subjects}
    return {subject: (score_of(before, subject), score_of(after, subject)) for subject in subjects}


def score_of(card: Scorecard, subject: str) -> Number | None:
    """The score of a principle, a pillar or "overall" as the card says it; None too for what the card doesn't have."""
    if subject == "overall":
        return card.overall.score
    part = card.principles.get(subject) or card.pillars.get(subject)
    return part.score if part else None


def _with_natives(found: Comparison, before: Scorecard, after: Scorecard) -> Comparison:
    def marked(change: Change) -> Change:
        return replace(change, native=(score_of(before, change.subject), score_of(after, change.subject)))

    return replace(
        found,
        overall=marked(found.overall),
        pillars={key: marked(change) for key, change in found.pillars.items()},
        principles={key: marked(change) for key, change in found.principles.items()},
    )


def verified_steps(
    before: Scorecard, after: Scorecard, only: Collection[str] | None = None
) -> tuple[VerifiedStep, ...]:
    """Questions whose value changed, where checked evidence supports the new value.

    `only` are the questions that mean the same at both times; a converted answer is no verified step.
    """
    steps = []
    for key, new in after.questions.items():
        old = before.questions.get(key) if only is None or key in only else None
        if old is None or old.value is None or new.value is None or old.value == new.value:
            continue
        if new.evidence_strength == 2:
            steps.append(VerifiedStep(key, old.value, new.value))
    return tuple(steps)


def settled(change: Change) -> Change:
    """The change as a list may call it: clear by itself but not among so many at once is only probable."""
    return replace(change, verdict=PROBABLE) if change.verdict == CLEAR and not change.listed else change


def single_limits(
    framework: Framework, form: str, subject: str, only: Collection[str] | None = None
) -> tuple[float, float]:
    """From which change on `subject` changed clearly, and probably, when one respondent answered at both times.

    `subject` is a principle, a pillar or "overall", limits are in levels; `only` are the subjects that are comparable
    across releases. Raises KeyError for an unknown subject.
    """
    if subject == "overall":
        return _propagate(_overall_weights(framework, form, only), {})
    if subject in framework.principle_by_key:
        return MDC95, MDC90
    return _propagate(_pillar_weights(framework, framework.pillar_by_key[subject], form, only), {})


def _questions(framework: Framework, subject: str, form: str) -> int:
    return sum(question.subject == subject for question in framework.form_questions(form))


def _principle_change(
    key: str,
    before: Number | None,
    after: Number | None,
    first: Sequence[Number],
    second: Sequence[Number],
    questions: int,
    target: Number | None,
) -> Change:
    if len(first) >= 2 and len(second) >= 2:
        test = welch(first, second, questions)
        change = _change(key, before, after, test.delta, test.limit_95, test.limit_80, SEVERAL, target)
        return change if change.delta is None else replace(change, p=test.p)
    change = _change(key, before, after, None, MDC95, MDC90, SINGLE, target)
    return change if change.delta is None else replace(change, p=single_p(change.delta))


def _change(
    subject: str,
    before: Number | None,
    after: Number | None,
    tested: float | None,
    limit: float,
    limit_probable: float,
    regime: str,
    target: Number | None,
) -> Change:
    if before is None or after is None:
        return Change(subject, before, after, None, None, limit, limit_probable, None, False, regime)
    delta = float(after - before)
    held = delta if tested is None else tested
    verdict = verdict_of(held, limit, limit_probable)
    closes = target is not None and before < target <= after
    important = verdict != NOISE and (abs(delta) >= ANCHOR or closes)
    return Change(subject, before, after, delta, held, limit, limit_probable, verdict, important, regime)


def _listed(changes: dict[str, Change]) -> dict[str, Change]:
    """Mark the principles that stay when many are looked at together."""
    tested = [(key, change.p) for key, change in changes.items() if change.p is not None]
    kept = benjamini_hochberg([p for _, p in tested])
    stays = {key for (key, _), keep in zip(tested, kept, strict=True) if keep}
    return {key: replace(change, listed=key in stays) for key, change in changes.items()}


def _propagate(weights: Mapping[str, float], limits: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Limits of a weighted sum of independent scores; a pillar's own part counts like a principle of one respondent."""
    clear = probable = 0.0
    for subject, weight in weights.items():
        limit, limit_probable = limits.get(subject, (MDC95, MDC90))
        clear += (weight * limit) ** 2
        probable += (weight * limit_probable) ** 2
    return sqrt(clear), sqrt(probable)


def _overall_weights(framework: Framework, form: str, only: Collection[str] | None = None) -> dict[str, float]:
    """The share of each principle and each pillar's own part in the overall score.

    `only` are the pillars, principles and prefixes that count across releases; None for all.
    """
    weights: dict[str, float] = {}
    if only is None:
        for key, share in sensitivities(framework, form).items():
            subject = framework.question_by_key[key].subject
            weights[subject] = weights.get(subject, 0.0) + float(share)
        return weights
    pillars = [pillar for pillar in framework.pillars if pillar.key in only]
    total = float(sum(pillar.weight for pillar in pillars))
    for pillar in pillars:
        for subject, part in _pillar_weights(framework, pillar, form, only).items():
            weights[subject] = weights.get(subject, 0.0) + float(pillar.weight) / total * part
    return weights


def _pillar_weights(
    framework: Framework, pillar: Pillar, form: str, only: Collection[str] | None = None
) -> dict[str, float]:
    """The share of each principle and of the pillar's own part in one pillar."""
    shares = {key: float(share) for key, share in pillar_shares(framework, pillar, form).items()}
    if only is None:
        return shares
    return _shares_of(framework, pillar, shares, only)


def _shares_of(
    framework: Framework, pillar: Pillar, shares: Mapping[str, float], only: Collection[str]
) -> dict[str, float]:
    """The shares when only some subjects count: the pillar's own part keeps its share where both parts remain."""
    kept = {key: share for key, share in shares.items() if key in only}
    own = kept.get(pillar.prefix)
    rest = sum(share for key, share in kept.items() if key != pillar.prefix)
    if own is None or not rest:
        return {key: share / sum(kept.values()) for key, share in kept.items()}
    scale = float(framework.principle_share) / rest
    return {key: share if key == pillar.prefix else share * scale for key, share in kept.items()}
