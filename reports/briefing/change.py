"""What changed since last time, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.change import CLEAR, NOISE, PROBABLE, SINGLE, Change
from assessment.results import importance_words
from assessment.scorecard import Overall
from assessment.sentences import format_change, format_percent, format_score, join_words
from assessment.versions import LikeForLike
from reports.briefing.chapter import Chapter
from reports.briefing.records import ChangeGroup

MOST_STEPS = 8
"""Verified steps that are named."""


class SinceLastTime(Chapter):
    """The change overall, the changes of principles by verdict, and verified steps."""

    def intro(self) -> str:
        if self.data.previous is None:
            return _("This is the first closed assessment of the team; from the next one on, changes are shown here.")
        before, now = self.data.previous.overall, self.card.overall
        if self.link:
            return " ".join(self._across(self.link, before, now))
        if before.score is None or now.score is None:
            return _("One of the two assessments has too few answers for an overall comparison.")
        return _("Overall %(before)s in %(previous)s, %(now)s now (%(change)s); level %(old)d, then %(new)d.") % {
            "before": format_score(before.score, 2, self.language),
            "previous": self.data.previous_period,
            "now": format_score(now.score, 2, self.language),
            "change": format_change(now.score - before.score, 2, self.language),
            "old": before.level,
            "new": now.level,
        }

    def _across(self, link: LikeForLike, before: Overall, now: Overall) -> Iterator[str]:
        """What a comparison across releases rests on, the overall change, and what can't be compared."""
        yield _(
            "The questions have changed since then (%(then)s, now %(now)s). Changes are counted like for like, on the "
            "questions that are the same: %(share)s by weight."
        ) % {
            "then": self.data.previous.framework,
            "now": self.card.framework,
            "share": format_percent(link.comparability, self.language),
        }
        words = {
            "before": format_score(before.score, 2, self.language),
            "previous": self.data.previous_period,
            "now": format_score(now.score, 2, self.language),
        }
        delta = self.data.comparison.overall.delta
        if delta is None:
            yield (_("Overall, as given: %(before)s in %(previous)s, %(now)s now; too little is comparable.") % words)
        else:
            yield _("Overall %(change)s like for like; as given: %(before)s in %(previous)s, %(now)s now.") % {
                **words,
                "change": format_change(delta, 2, self.language),
            }
        if link.not_comparable:
            yield _("Not comparable: %(principles)s.") % {"principles": join_words(link.not_comparable, self.language)}

    def noise_note(self) -> str:
        """With one respondent every principle has the same limit; it is said once."""
        if not self.changes or any(change.regime != SINGLE for change in self.changes):
            return ""
        return _(
            "With one respondent a principle has to move by %(limit)s to be clear and by %(probable)s to be probable; "
            "less is too small to tell apart from a second answer by the same person."
        ) % {
            "limit": format_score(self.changes[0].limit, 2, self.language),
            "probable": format_score(self.changes[0].limit_probable, 2, self.language),
        }

    def groups(self) -> tuple[ChangeGroup, ...]:
        return tuple(self._group(verdict) for verdict in (CLEAR, PROBABLE, NOISE)) if self.changes else ()

    def _group(self, verdict: str) -> ChangeGroup:
        """The changes of one verdict, largest first; those of nothing at all are only counted."""
        chosen = [change for change in self._by_size() if change.verdict == verdict]
        lines = [self._line(change) for change in chosen if change.delta]
        if unchanged := sum(1 for change in chosen if not change.delta):
            lines.append(
                ngettext("%(count)d principle as before", "%(count)d principles as before", unchanged)
                % {"count": unchanged}
            )
        return ChangeGroup(verdict, tuple(lines))

    def _line(self, change: Change) -> str:
        words = {
            "principle": self._short(self.framework.principle_by_key[change.subject]),
            "change": format_change(change.delta, 1, self.language),
            "first": self._number(change.before),
            "second": self._number(change.after),
            "limit": format_score(change.limit, 2, self.language),
        }
        line = _("%(principle)s %(change)s (%(first)s → %(second)s; limit %(limit)s)") % words
        if change.regime == SINGLE:
            line = _("%(principle)s %(change)s (%(first)s → %(second)s)") % words
        why = importance_words(change, self._target(change.subject))
        return f"{line}, {why}" if why else line

    def _by_size(self) -> list[Change]:
        return sorted(self.changes, key=lambda change: -abs(change.delta))

    def verified_steps(self) -> tuple[str, ...]:
        """The first of them; the others are counted."""
        steps = self._verified_steps()
        if (rest := len(steps) - MOST_STEPS) > 0:
            more = ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest}
            return (*steps[:MOST_STEPS], more)
        return steps

    def _verified_steps(self) -> tuple[str, ...]:
        return tuple(
            f"{step.question} {self._say(self.framework.question_by_key[step.question].stem)} "
            f"{self._value(step.before)} → {self._value(step.after)}"
            for step in (self.data.comparison.verified if self.data.comparison else ())
            if step.question in self.framework.question_by_key
        )
