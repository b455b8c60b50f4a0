"""What may be shown of anonymous answers, so that nobody can be told apart (domain guide 3.4, Anonymity).

Counts are people who gave a level: five respondents of whom four can't tell are one. The parts of a question are one
division of the respondents, such as their cities; two divisions shown side by side would let parts be crossed.
Pure: no Django, no clock, no randomness of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from hashlib import sha256

from assessment.answers import STATES, Answer, Respondent

K_MIN = 5
"""So many people must stand behind everything that is shown."""
LEAST_K_MIN = 4
"""The lowest threshold that may be configured."""
WITHHELD = "withheld"
"""Stands in the place of the reason why a question doesn't apply: scoring wants one, and it is a comment."""
MOST_STRENGTH = 1
"""Nobody can check the evidence of an answer that nobody else sees."""


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


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote beside a question: a note, a reason, where the evidence is."""

    author: str
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Published:
    """What may be kept and shown of anonymous sheets.

    `people` are those who said anything. `sheets` hold the answers to the questions that may be shown, dealt anew for
    each question: no sheet is a person's. `hidden` tells how many people answered each question that may not be
    shown; nothing else of these answers is left. `comments` are by question, in an order that tells nothing.
    """

    people: int
    sheets: tuple[Respondent, ...]
    hidden: Mapping[str, int] = field(default_factory=dict)
    comments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def may_be_shown(answers: Sequence[Answer], k_min: int = K_MIN) -> bool:
    """Whether enough people stand behind what the question would show: its levels; where nobody gave one, that it
    doesn't apply; where nobody said that either, that nobody could tell."""
    counts = (sum(answer.state == state for answer in answers) for state in STATES)
    return next((count for count in counts if count), 0) >= check_threshold(k_min)


def publish(sheets: Sequence[Respondent], comments: Iterable[Comment] = (), k_min: int = K_MIN) -> Published:
    """What may be shown of these people's sheets (domain guide 3.4); a function of it can't tell any more.

    A question that may not be shown leaves the sheets as if nobody had been asked, so that no score holds its answers
    and none can be computed by subtraction. What is left is put in order question by question: the lowest answers
    stand on the first sheet. Means and medians stay; the spread of the sheets' own scores is the widest that these
    answers allow, so that a change is rather called noise than change. Raises ValueError for a threshold too low.
    """
    check_threshold(k_min)
    said: dict[str, list[Answer]] = {}
    for sheet in sheets:
        for key, answer in sheet.answers.items():
            said.setdefault(key, []).append(answer)
    kept = {key: answers for key, answers in sorted(said.items()) if may_be_shown(answers, k_min)}
    written = [comment for comment in comments if comment.question in kept and comment.text.strip()]
    return Published(
        people=sum(bool(sheet.answers) for sheet in sheets),
        sheets=_dealt(kept),
        hidden={key: len(answers) for key, answers in sorted(said.items()) if key not in kept},
        comments=_by_question(written, k_min),
    )


def _dealt(said: Mapping[str, Iterable[Answer]]) -> tuple[Respondent, ...]:
    dealt: list[dict[str, Answer]] = []
    for key, answers in said.items():
        for place, answer in enumerate(sorted(map(_bare, answers), key=_rank)):
            if place == len(dealt):
                dealt.append({})
            dealt[place][key] = answer
    return tuple(Respondent(f"anonymous-{number}", answers) for number, answers in enumerate(dealt, start=1))


def _bare(answer: Answer) -> Answer:
    """The answer without anything that somebody wrote or that only a second person can give."""
    strength = min(answer.evidence_strength, MOST_STRENGTH)
    return replace(answer, reason=WITHHELD if answer.reason else "", evidence_strength=strength, holders=())


def _rank(answer: Answer) -> tuple[int, Fraction, int]:
    return STATES.index(answer.state), answer.value or Fraction(0), answer.evidence_strength


def _by_question(comments: Sequence[Comment], k_min: int) -> dict[str, tuple[str, ...]]:
    if len({comment.author for comment in comments}) < k_min:
        return {}
    return {key: _mixed(key, comments) for key in sorted({comment.question for comment in comments})}


def _mixed(question: str, comments: Iterable[Comment]) -> tuple[str, ...]:
    texts = (comment.text for comment in comments if comment.question == question)
    return tuple(sorted(texts, key=lambda text: (_shuffled(question, text), text)))


def _shuffled(seed: str, comment: str) -> bytes:
    return sha256(f"{seed}\n{comment}".encode("utf-8", "surrogatepass")).digest()
