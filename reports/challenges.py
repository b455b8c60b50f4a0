"""Which challenge hurts a team, as its page and its file print it: rows, sentences and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.challenges import ChallengeScore, challenge_scores
from assessment.scorecard import Number, Scorecard
from assessment.sentences import format_score, join_words
from manifesto.definitions import Framework, Named, Principle
from reports.tables import Table

NAMED = 3
SETTLED = 3


@dataclass(frozen=True, slots=True)
class PrincipleShare:
    """A principle that addresses a challenge; `score` is a level 1-5, None where it doesn't count in the mean."""

    principle: Principle
    score: Number | None


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """One challenge; `principles` with the lowest score first, those without one last. `sentence` says what lags."""

    challenge: Named
    score: ChallengeScore
    principles: tuple[PrincipleShare, ...]
    sentence: str

    @property
    def has_bounds(self) -> bool:
        return self.score.low is not None and self.score.low != self.score.high


def challenge_rows(framework: Framework, card: Scorecard, language: str) -> tuple[ChallengeRow, ...]:
    """The challenges, the one that hurts most first; texts in `language`, which is the active one."""
    by_key = {challenge.key: challenge for challenge in framework.challenges}
    return tuple(
        _row(framework, card, by_key[score.key], score, language) for score in challenge_scores(framework, card)
    )


def challenges_finding(rows: Sequence[ChallengeRow], language: str) -> str:
    """One sentence on what hurts most."""
    known = [row for row in rows if row.score.score is not None]
    if not known:
        return _("Too little is answered to say which challenge hurts.")
    worst = [row for row in known if row.score.score == known[0].score.score]
    if len(worst) == len(known):
        return _("All challenges hurt alike: each is at %(score)s.") % {"score": _score(known[0], language)}
    return ngettext(
        "What hurts most is “%(names)s” (%(score)s).",
        "What hurts most are “%(names)s” (%(score)s each).",
        len(worst),
    ) % {
        "names": "”, “".join(row.challenge.name.in_language(language) for row in worst[:NAMED]),
        "score": _score(known[0], language),
    }


def spread_finding(rows: Sequence[ChallengeRow], framework: Framework, language: str) -> str:
    """How many challenges are below the level from which practices are settled; it stands above the chart."""
    known = [row.score.score for row in rows if row.score.score is not None]
    settled = framework.level_name(SETTLED)
    return ngettext(
        "%(below)d of %(count)d challenge with a score stands below level %(level)d, %(name)s.",
        "%(below)d of %(count)d challenges with a score stand below level %(level)d, %(name)s.",
        len(known),
    ) % {
        "below": sum(score < SETTLED for score in known),
        "count": len(known),
        "level": SETTLED,
        "name": settled.name.in_language(language),
    }


def challenge_table(rows: Sequence[ChallengeRow], language: str) -> Table:
    """The challenges as rows for a file, unrounded, in the order of the page."""
    head = [_("Key"), _("Challenge"), _("Score"), _("Low"), _("High"), _("Principles"), _("What lags")]
    return head, [
        [
            row.challenge.key, row.challenge.name.in_language(language), _double(row.score.score),
            _double(row.score.low), _double(row.score.high),
            ", ".join(f"{share.principle.key} {format_score(share.score, 2, language)}" for share in row.principles),
            row.sentence,
        ]
        for row in rows
    ]  # fmt: skip


def _row(framework: Framework, card: Scorecard, challenge: Named, score: ChallengeScore, language: str) -> ChallengeRow:
    shares = [
        PrincipleShare(framework.principle_by_key[key], card.principles[key].score if key in score.scored else None)
        for key in score.principles
    ]
    shares.sort(key=lambda share: (share.score is None, share.score or 0))
    return ChallengeRow(challenge, score, tuple(shares), _sentence(score, shares, language))


def _sentence(score: ChallengeScore, shares: Sequence[PrincipleShare], language: str) -> str:
    if score.score is None:
        return _("Too few of its principles have a score to say how much it hurts.")
    if len(score.weakest) == len(score.scored) > 1:
        return _("All the principles that address it with a score stand at the same height.")
    named = [
        f"{share.principle.label.in_language(language)} ({share.principle.key} = "
        f"{format_score(share.score, 1, language)})"
        for share in shares
        if share.principle.key in score.weakest
    ]
    return _("Furthest behind are %(names)s.") % {"names": join_words(named[:NAMED], language)}


def _score(row: ChallengeRow, language: str) -> str:
    return format_score(row.score.score, 1, language)


def _double(value: Number | None) -> float | None:
    return None if value is None else float(value)
