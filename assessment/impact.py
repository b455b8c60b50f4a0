"""What another release of the framework would make of answers that were given under this one, and why.

The same team values are scored by both releases: re-anchored questions through the crosswalk, what can't be read or
is new as missing. Nothing stored is changed. Scores are levels 1-5. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from assessment.scoring import score_values
from assessment.versions import Bridge, Side, as_read_now
from manifesto.definitions import Framework

FORMULA = "formula"
"""Named in place of a question where principles, weights or gate decide."""


@dataclass(frozen=True, slots=True)
class Rescored:
    """One set of answers under both releases.

    Open answers count as level 1 in `level_after`; `possible_after` is what they could make of it. `because` names
    what decides a changed level: questions of which each `alone` would keep it if it were as before, or a set of
    which all are needed, or FORMULA. Empty where the level stays.
    """

    level_before: int
    level_after: int
    possible_after: int
    score_before: Fraction | None
    score_after: Fraction | None
    because: tuple[str, ...] = ()
    alone: bool = False

    @property
    def changes_level(self) -> bool:
        return self.level_before != self.level_after


@dataclass(frozen=True)
class Rescoring:
    """Two releases and one form, made ready for many sets of answers."""

    bridge: Bridge

    @cached_property
    def retired(self) -> frozenset[str]:
        return frozenset(q.key for q in self._asked_before if q.key not in self.bridge.newer.question_by_key)

    @cached_property
    def new(self) -> frozenset[str]:
        return frozenset(self.bridge.asked.keys() - {question.key for question in self._asked_before})

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Questions that are new, retired or re-anchored, in the order of both releases together."""
        alike = self.bridge.common
        return tuple(q.key for q in self._both.form_questions(self.bridge.form) if q.key not in alike)

    @cached_property
    def _asked_before(self) -> tuple:
        return self.bridge.older.form_questions(self.bridge.form)

    @cached_property
    def _both(self) -> Framework:
        """The newer release with the retired questions still in it: waiving one side gives the other."""
        newer = self.bridge.newer
        kept = tuple(question for question in self._asked_before if question.key in self.retired)
        fields = {name: getattr(newer, name) for name in Framework.model_fields}
        return Framework(**fields | {"questions": (*newer.questions, *kept)})

    def of(self, side: Side) -> Rescored:
        """The answers `side`, given under the older release, by both releases."""
        form = self.bridge.form
        before = score_values(self.bridge.older, side.values, side.not_applicable, form)
        read = as_read_now(self.bridge, side)
        after = score_values(self.bridge.newer, read.values, read.not_applicable, form)
        because, alone = self._because(side, before.level) if before.level != after.level else ((), False)
        return Rescored(
            level_before=before.level,
            level_after=after.level,
            possible_after=after.possible_level,
            score_before=before.score.overall,
            score_after=after.score.overall,
            because=because,
            alone=alone,
        )

    def _because(self, side: Side, wanted: int) -> tuple[tuple[str, ...], bool]:
        """The questions that decide: those that keep the level alone, else a smallest set, one left out at a time."""

        def keeps(reverted: Collection[str]) -> bool:
            return self._level(side, reverted) == wanted

        if alone := tuple(key for key in self.changed if keeps({key})):
            return alone, True
        needed = set(self.changed)
        if not keeps(needed):
            return (FORMULA,), False
        for key in self.changed:
            if keeps(needed - {key}):
                needed.remove(key)
        return tuple(key for key in self.changed if key in needed), False

    def _level(self, side: Side, reverted: Collection[str]) -> int:
        """The level by the newer release when the questions `reverted` were still what they had been."""
        read = as_read_now(self.bridge, side)
        values, waived = dict(read.values), set(read.not_applicable)
        for key in self.changed:
            if (key in self.new and key in reverted) or (key in self.retired and key not in reverted):
                waived.add(key)
            elif key in reverted:
                values.pop(key, None)
                waived.discard(key)
                if (value := side.values.get(key)) is not None:
                    values[key] = value
                if key in side.not_applicable:
                    waived.add(key)
        return score_values(self._both, values, waived, self.bridge.form).level


def deciding(rescored: Iterable[Rescored]) -> list[tuple[str, int]]:
    """How often each question, or the formula, decides a changed level; the most frequent first."""
    counts = Counter(key for one in rescored for key in one.because)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
