"""One page for those who decide: what holds the team back in business words, what is asked of them, what a no costs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.outcomes import said
from assessment.results import claims_too_much
from assessment.scorecard import Blocker, Number
from assessment.sentences import blocker_phrase, format_change, format_percent, format_score, join_words
from manifesto.definitions import Named, Principle
from reports.briefing.chapter import Chapter, cut
from reports.briefing.data import Rate
from reports.briefing.records import Decision, Executive, Table
from reports.challenges import challenge_rows
from reports.money import amount
from reports.plan_sentences import first_rise
from reports.roadmap.plan import Item

MOST_DECISIONS = 4
MOST_CHALLENGES = 3
MOST_MOVES = 4
MOST_NAMES = 3
"""Of initiatives or principles in one cell."""
LATEST_QUARTERS = 5
"""So many quarters of the outcome numbers fit beside each other."""


def money(person_weeks: Fraction, rate: Rate | None, language: str) -> str:
    """What so many person-weeks cost, "R$151,000"; empty where the organization has no rate."""
    return amount(person_weeks * rate.person_week, rate.currency, language) if rate else ""


class ForExecutives(Chapter):
    """The executive's page. It names no question's score and gives no level without what holds it."""

    def page(self) -> Executive:
        return Executive(
            constraint=tuple(self._constraint()),
            challenges=self._challenges(),
            moves=self._moves(),
            outcomes=self._outcomes(),
            decisions=tuple(self._decisions())[:MOST_DECISIONS],
        )

    # What holds the team back -----------------------------------------------------------------------------------

    def _constraint(self) -> Iterator[str]:
        overall = self.card.overall
        if overall.score is None:
            yield _("Too little is answered to say what holds the team back.")
            return
        if overall.level == 5:
            yield _("Nothing holds the team back: every condition of the highest level holds.")
            return
        binding = self._binding()
        if binding is None:
            yield _("Too little is answered to say what holds the team back.")
            return
        yield self._needed(binding)
        principle = self.framework.principle_by_key.get(binding.subject)
        if principle is None and (principle := self._lagging()):
            yield _("What lags most is %(principle)s (%(score)s).") % {
                "principle": self._short(principle),
                "score": self._number(self._principle(principle.key).score),
            }
        if principle:
            yield self._feeds(principle)
            yield self._say(principle.paraphrase)
        others = len({blocker.subject for blocker in overall.blockers}) - 1
        if others:
            yield ngettext(
                "%(count)d more condition of that level isn't met.",
                "%(count)d more conditions of that level aren't met.",
                others,
            ) % {"count": others}

    def _needed(self, blocker: Blocker) -> str:
        required = (
            format_percent(blocker.required, self.language)
            if blocker.gate == "G5"
            else format_score(blocker.required, 2, self.language)
        )
        return _("Level %(level)d needs %(subject)s to reach %(required)s.") % {
            "level": self.card.overall.level + 1,
            "subject": blocker_phrase(self.framework, blocker, self.language),
            "required": required,
        }

    def _lagging(self) -> Principle | None:
        """The principle furthest below its target, critical ones first among equals; the lowest where all reach it."""
        scored = [p for p in self.framework.principles if self._principle(p.key).score is not None]
        return max(scored, key=self._lag, default=None)

    def _lag(self, principle: Principle) -> tuple[float, bool, float]:
        score, target = float(self._principle(principle.key).score), self._target(principle.key)
        return (0.0 if target is None else float(target) - score, principle.critical, -score)

    def _binding(self) -> Blocker | None:
        """The failed condition to speak of: of the principles the one that lacks most, else the first of all."""
        blockers = self.card.overall.blockers
        lacking = [blocker for blocker in blockers if blocker.subject in self.framework.principle_by_key]
        lacking.sort(key=lambda blocker: blocker.required - (blocker.value or 1), reverse=True)
        return next(iter((*lacking, *blockers)), None)

    def _feeds(self, principle: Principle) -> str:
        names = [_quoted(self._say(challenge.name)) for challenge in self._fed_by(principle)]
        if not names:
            return ""
        return ngettext(
            "What it feeds is the challenge %(names)s.", "What it feeds are the challenges %(names)s.", len(names)
        ) % {"names": join_words(names, self.language)}

    def _fed_by(self, principle: Principle) -> list[Named]:
        return [challenge for challenge in self.framework.challenges if challenge.key in principle.challenges]

    def _challenges(self) -> tuple[str, ...]:
        """Those that hurt most, with their score."""
        rows = [row for row in challenge_rows(self.framework, self.card, self.language) if row.score.score is not None]
        return tuple(
            f"{self._say(row.challenge.name)}: {self._number(row.score.score)}" for row in rows[:MOST_CHALLENGES]
        )

    # What became of it -------------------------------------------------------------------------------------------

    def _moves(self) -> tuple[str, ...]:
        """The changes since last time that are more than noise, the largest first."""
        moved = [change for change in self.changes if change.verdict != "noise" and change.delta]
        moved.sort(key=lambda change: -abs(change.delta))
        words = {"clear": _("clear"), "probable": _("probable")}
        return tuple(
            f"{self._short(self.framework.principle_by_key[change.subject])} "
            f"{format_change(change.delta, 1, self.language)} ({words[change.verdict]})"
            for change in moved[:MOST_MOVES]
        )

    def _outcomes(self) -> Table:
        """The numbers of the daily work by quarter, the latest ones; without rows where none were entered."""
        quarters = self.data.outcome_quarters[-LATEST_QUARTERS:]
        rows = (
            (trend.name, *(self._outcome(value) for value in trend.values[-LATEST_QUARTERS:]))
            for trend in self.data.outcomes
            if any(value is not None for value in trend.values[-LATEST_QUARTERS:])
        )
        return Table((_("From the daily work"), *quarters), tuple(rows))

    def _outcome(self, value: Number | None) -> str:
        return said(None if value is None else Decimal(str(value)), self.language)

    # What is asked -----------------------------------------------------------------------------------------------

    def _decisions(self) -> Iterator[Decision]:
        if self.card.overall.provisional:
            yield self._answer_first()
        if self.plan and self.plan.items:
            yield self._release()
            yield self._own(self._first_step(self.plan.items))
        if self.plan:
            yield from self._more()
        if claims_too_much(self.card.overall.score, self.card.overall.verified_score):
            yield self._check()

    def _answer_first(self) -> Decision:
        overall = self.card.overall
        if overall.low is None or overall.high is None:
            span = _("There is no score to act on.")
        else:
            words = {"low": self._number(overall.low), "high": self._number(overall.high)}
            span = _("The score stays anywhere between %(low)s and %(high)s.") % words
        if self.card.indicative:
            return Decision(
                _("Give the team time for the full form"),
                _("about an hour"),
                _("The level rests on all questions."),
                span,
            )
        return Decision(
            _("Have the open questions answered first"),
            _("no initiative"),
            _("The level rests on all questions."),
            span,
        )

    def _release(self) -> Decision:
        effort = sum((load.capacity - load.left for load in self.plan.loads), Fraction(0))
        quarters = ngettext("over %(count)d quarter", "over %(count)d quarters", len(self.plan.loads)) % {
            "count": len(self.plan.loads)
        }
        return Decision(
            _("Release the time for the roadmap"),
            f"{self._cost(effort)} {quarters}",
            self._promise(),
            _("Score and level stay where they are: %(score)s, level %(level)d.")
            % {"score": self._number(self.card.overall.score), "level": self.card.overall.level},
        )

    def _promise(self) -> str:
        projection = self.plan.projection
        now, full, cautious = projection.full[0], projection.full[-1], projection.cautious[-1]
        words = {
            "now": self._number(now.outcome.score.overall),
            "full": self._number(full.outcome.score.overall),
            "cautious": self._number(cautious.outcome.score.overall),
            "level": full.level,
            "low": cautious.level,
        }
        rise = _("Score %(now)s → %(full)s (cautiously %(cautious)s)") % words
        if not projection.raises_level:
            return f"{rise}. " + _("The level stays at %(level)d.") % words
        words["quarter"] = self._quarter(first_rise(projection.full, full.level))
        if cautious.level == full.level:
            return f"{rise}; " + _("level %(level)d by the end of %(quarter)s.") % words
        return f"{rise}; " + _("level %(level)d by the end of %(quarter)s, cautiously %(low)d.") % words

    def _first_step(self, items: Sequence[Item]) -> Item:
        """The first initiative that lifts what binds, else the first of all."""
        binding = self._binding()
        begun = sorted(items, key=lambda item: (item.start, item.completion))
        lifting = (item for item in begun if binding and _lifts(item, binding.subject))
        return next(lifting, begun[0])

    def _own(self, item: Item) -> Decision:
        initiative = self._initiative(item)
        return Decision(
            _("Name an owner and a sponsor for “%(name)s”, from %(quarter)s")
            % {"name": cut(self._say(initiative.name), 90), "quarter": self._quarter(item.start)},
            self._cost(item.effort),
            self._lifted(item),
            self._without(item),
        )

    def _lifted(self, item: Item) -> str:
        """The principles and pillars that it lifts, without their questions."""
        names = {p.key: self._say(p.label) for p in self.framework.principles}
        names |= {p.prefix: self._say(p.name).lower() for p in self.framework.pillars}
        lifted = dict.fromkeys(names[lift.question.split(".")[0]] for lift in item.lifts)
        if not lifted:
            return _("It opens the way for others.")
        return _("It lifts %(names)s.") % {"names": join_words(list(lifted)[:MOST_NAMES], self.language)}

    def _without(self, item: Item) -> str:
        binding = self._binding()
        principle = self.framework.principle_by_key.get(binding.subject) if binding else None
        if principle is None or not _lifts(item, principle.key):
            return _("What it would lift stays where it is.")
        return _("%(principle)s stay at %(score)s; level %(level)d stays closed.") % {
            "principle": self._short(principle),
            "score": self._number(self._principle(principle.key).score),
            "level": self.card.overall.level + 1,
        }

    def _more(self) -> Iterator[Decision]:
        """More capacity, or less ambition: where the plan doesn't raise the level or leaves targets out of reach."""
        way_up, short = self.plan.way_up, [e for e in self.plan.unreached if e.reason == "capacity"]
        level = self.card.overall.level
        if way_up and way_up.initiatives:
            yield Decision(
                _("Pay for the way to level %(level)d, or decide against it") % {"level": way_up.level},
                self._cost(way_up.effort),
                _("The cheapest way found: %(names)s.") % {"names": self._names(way_up.initiatives)},
                _("The team stays at level %(level)d.") % {"level": level},
            )
        elif short:
            furthest = max(short, key=lambda entry: entry.missing)
            question = self.framework.question_by_key[furthest.question]
            count = {"count": len(short)}
            yield Decision(
                ngettext(
                    "Accept that %(count)d target stays out of reach, or give more time",
                    "Accept that %(count)d targets stay out of reach, or give more time",
                    len(short),
                )
                % count,
                _("more than is planned"),
                _("The gaps close earlier."),
                _("Furthest from its target: “%(question)s”; levels missing: %(missing)s.")
                % {"question": cut(self._say(question.stem), 90), "missing": self._value(furthest.missing)},
            )

    def _names(self, initiatives: Sequence[str]) -> str:
        """The first of them by name, the others counted."""
        by_id = self.framework.initiative_by_id
        named = [f"“{cut(self._say(by_id[key].name), 50)}”" for key in initiatives[:MOST_NAMES]]
        if (rest := len(initiatives) - MOST_NAMES) > 0:
            named.append(ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest})
        return join_words(named, self.language)

    def _check(self) -> Decision:
        overall = self.card.overall
        return Decision(
            _("Have the evidence checked by a second person"),
            _("no initiative"),
            _("The level rests on what can be shown."),
            _("What has evidence supports %(score)s, level %(level)d, only.")
            % {"score": self._number(overall.verified_score), "level": overall.verified_level},
        )

    def _cost(self, effort: Fraction) -> str:
        weeks = _("%(effort)s person-weeks") % {"effort": self._number(effort)}
        priced = money(effort, self.data.rate, self.language)
        return f"{weeks} ({priced})" if priced else weeks


def _quoted(name: str) -> str:
    """A name in quotation marks; what it quotes itself gets single ones."""
    inner = re.sub('"([^"]*)"', r"‘\1’", name)
    return f"“{inner}”"


def _lifts(item: Item, subject: str) -> bool:
    return any(lift.question.split(".")[0] == subject for lift in item.lifts)
