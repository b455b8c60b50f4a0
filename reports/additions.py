"""What stands beside a frozen result and goes into its report: findings, logos, owners of work, outcome numbers.

All of it may change later. A report is built from a copy of what stood when it was asked for, so that it doesn't change
under its reader.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from xml.sax.saxutils import quoteattr

from reports.briefing.data import Logo, OwnWords, Rate


@dataclass(frozen=True, slots=True)
class AddedWords:
    """A finding (`subject` is a principle's key or a pillar's prefix) or, without subject, the sentence at the head.

    `texts` are by language; a language without a text has no finding.
    """

    subject: str
    texts: Mapping[str, str]
    author: str


@dataclass(frozen=True, slots=True)
class AddedLogo:
    """A picture as it was uploaded: PNG or JPEG, with its size in pixels."""

    content: bytes
    media_type: str
    alt: str
    width: int
    height: int

    @property
    def svg(self) -> str:
        """The picture wrapped in an SVG, the form in which all pictures reach the document."""
        address = quoteattr(f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}")
        size = f'width="{self.width}" height="{self.height}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href={address}/></svg>'


@dataclass(frozen=True, slots=True)
class Additions:
    """`owners` are names by initiative, `outcomes` the numbers of each quarter ("2026-Q3") by measure, in order."""

    words: tuple[AddedWords, ...] = ()
    logos: tuple[AddedLogo, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    rate: Rate | None = None

    def own_words(self, language: str) -> tuple[OwnWords, ...]:
        """What was written in `language`."""
        return tuple(
            OwnWords(words.subject, text, words.author) for words in self.words if (text := words.texts.get(language))
        )

    def pictures(self) -> tuple[Logo, ...]:
        return tuple(Logo(logo.svg, logo.alt, logo.width, logo.height) for logo in self.logos)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready data; logos by the hash of their content, which finds them again."""
        return {
            "words": [{"subject": w.subject, "texts": dict(w.texts), "author": w.author} for w in self.words],
            "logos": [{"sha256": hashlib.sha256(logo.content).hexdigest(), "alt": logo.alt} for logo in self.logos],
            "owners": dict(self.owners),
            "outcomes": {period: dict(numbers) for period, numbers in self.outcomes.items()},
            "rate": {"currency": self.rate.currency, "person_week": str(self.rate.person_week)} if self.rate else None,
        }


def rate_from(data: Mapping[str, str] | None) -> Rate | None:
    """Read back the rate that `as_dict` wrote."""
    return Rate(data["currency"], Fraction(data["person_week"])) if data else None


def words_from(data: Sequence[Mapping[str, Any]]) -> tuple[AddedWords, ...]:
    """Read back the words that `as_dict` wrote."""
    return tuple(AddedWords(entry["subject"], entry["texts"], entry["author"]) for entry in data)


NO_ADDITIONS = Additions()
