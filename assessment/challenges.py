"""Which challenge hurts a team: each challenge scored from the principles that address it.

Scores are on 1-5; a low score is a challenge that little is done against. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assessment.scorecard import Number, Scorecard
from assessment.scoring import not_applicable_of, question_values, score_values
from manifesto.definitions import Framework

LEAST_SHARE = Fraction(1, 2)
"""A challenge has a score when so many of its principles do, like a principle and its questions."""


@dataclass(frozen=True, slots=True)
class ChallengeScore:
    """`score` is the mean over `scored` of the `principles` that address the challenge, None below half of them.

    `low` and `high` are what the mean would be with each missing answer at 1, then at 5; None when no principle has
    an applicable question. `weakest` are the principles with the lowest score, at which help would start.
    """

    key: str
    score: Number | None
    low: Number | None
    high: Number | None
    principles: tuple[str, ...]
    scored: tuple[str, ...]
    weakest: tuple[str, ...]


def challenge_scores(framework: Framework, card: Scorecard) -> tuple[ChallengeScore, ...]:
    """The challenges of a card, fresh or stored, the one that hurts most first; `framework` is the card's release.

    Every principle that addresses a challenge counts the same: the framework says that it does, not how much. A
    principle without a score is left out, one without applicable questions isn't asked for. Equal scores stand in the
    framework's order, challenges without a score last.
    """
    outcome = score_values(framework, question_values(card), not_applicable_of(card), card.form)
    found = [
        _challenge(
            challenge.key,
            tuple(p.key for p in framework.principles if challenge.key in p.challenges),
            outcome.score.principles,
            outcome.low.principles,
            outcome.high.principles,
        )
        for challenge in framework.challenges
    ]
    return tuple(sorted(found, key=lambda item: (item.score is None, item.score or 0)))


def _challenge(
    key: str,
    principles: tuple[str, ...],
    scores: Mapping[str, Fraction | None],
    low: Mapping[str, Fraction | None],
    high: Mapping[str, Fraction | None],
) -> ChallengeScore:
    applicable = [principle for principle in principles if low[principle] is not None]
    known = {principle: value for principle in applicable if (value := scores[principle]) is not None}
    enough = applicable and Fraction(len(known), len(applicable)) >= LEAST_SHARE
    return ChallengeScore(
        key=key,
        score=_mean(list(known.values())) if enough else None,
        low=_mean([value for principle in applicable if (value := low[principle]) is not None]),
        high=_mean([value for principle in applicable if (value := high[principle]) is not None]),
        principles=principles,
        scored=tuple(known),
        weakest=tuple(principle for principle, value in known.items() if value == min(known.values())),
    )


def _mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None
