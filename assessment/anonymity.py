"""What may be shown of anonymous answers, so that nobody can be told apart (domain guide 3.4, Anonymity).

Counts are people who gave a level: five respondents of whom four can't tell are one. The parts of a question are one
division of the respondents, such as their cities; two divisions shown side by side would let parts be crossed.
Pure: no Django, no clock, no randomness of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

K_MIN = 5
"""So many people must stand behind everything that is shown."""
LEAST_K_MIN = 4
"""The lowest threshold that may be configured."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of one question: its figures over everybody, and those of the named parts."""

    total: bool
    parts: frozenset[str]


def check_threshold(k_min: int) -> int:
    """The threshold as given. Raises ValueError when it is lower than may be configured."""
    if k_min < LEAST_K_MIN:
        raise ValueError(f"anonymity needs at least {LEAST_K_MIN} people, not {k_min}")
    return k_min


def may_be_anonymous(people: int, k_min: int = K_MIN) -> bool:
    """Whether a team of so many people can answer anonymously; a smaller one answers by name or in consensus."""
    return people >= check_threshold(k_min)


def shown(answers: Mapping[str, int], k_min: int = K_MIN) -> Shown:
    """What may be shown of one question with so many answers in each part; parts are hidden until nothing adds up.

    Hidden are parts with fewer answers than the threshold. As long as all hidden ones together are fewer, too, the
    total less what is shown would give them away: the next smallest part is hidden with them. An empty part is never
    shown. Raises ValueError for a threshold that is too low.
    """
    check_threshold(k_min)
    total = sum(answers.values())
    if total < k_min:
        return Shown(False, frozenset())
    visible = sorted((count, part) for part, count in answers.items() if count >= k_min)
    hidden = total - sum(count for count, _ in visible)
    while visible and 0 < hidden < k_min:
        count, _ = visible.pop(0)
        hidden += count
    return Shown(True, frozenset(part for _, part in visible))


def shown_by_question(answers: Mapping[str, Mapping[str, int]], k_min: int = K_MIN) -> dict[str, Shown]:
    """`shown` for each question key: the threshold holds per question, whoever took part in the whole."""
    return {question: shown(parts, k_min) for question, parts in answers.items()}


def shown_comments(comments: Iterable[tuple[str, str]], seed: str, k_min: int = K_MIN) -> tuple[str, ...]:
    """The texts of pairs of author and comment, when so many authors wrote one; else none.

    `seed` decides the order, which tells nothing about who wrote first; the same seed gives the same order. Raises
    ValueError for a threshold that is too low.
    """
    check_threshold(k_min)
    written = [(author, comment) for author, comment in comments if comment.strip()]
    if len({author for author, _ in written}) < k_min:
        return ()
    return tuple(sorted((comment for _, comment in written), key=lambda comment: (_shuffled(seed, comment), comment)))


def _shuffled(seed: str, comment: str) -> bytes:
    return sha256(f"{seed}\n{comment}".encode("utf-8", "surrogatepass")).digest()
