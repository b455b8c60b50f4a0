"""Page one but for its plan: what was assessed, where the team stands, and what stands out."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from assessment.agreement import UNSETTLED
from assessment.sentences import format_percent
from manifesto.definitions import Principle, Question
from reports.briefing.chapter import LISTED, Chapter
from reports.briefing.records import Fact, LevelState


class Facts(Chapter):
    """Head, level and ends of the profile."""

    def badge(self) -> str:
        if self.card.indicative:
            return _("Indicative: short form")
        return _("Provisional") if self.card.overall.provisional else ""

    def facts(self) -> tuple[Fact, ...]:
        total = sum(1 for question in self.asked if self._question(question.key).state != "not_applicable")
        answered = sum(1 for question in self.asked if self._question(question.key).state == "answered")
        people = str(self.data.respondents)
        if self.data.invited:
            people = _("%(answered)d of %(invited)d") % {
                "answered": self.data.respondents,
                "invited": self.data.invited,
            }
        modes = {
            "single": _("one respondent"),
            "named": _("named"),
            "consensus": _("consensus"),
            "anonymous": _("anonymous"),
        }
        return (
            Fact(_("Closed on"), date_format(self.data.date, "DATE_FORMAT")),
            Fact(_("Framework"), f"{self._say(self.framework.title)} {self.framework.version}"),
            Fact(_("Respondents"), f"{people} ({modes.get(self.data.mode, self.data.mode)})"),
            Fact(
                _("Answered"),
                _("%(answered)d of %(total)d (%(share)s)")
                % {
                    "answered": answered,
                    "total": total,
                    "share": format_percent(self.card.overall.completeness, self.language),
                },
            ),
        )

    def level(self) -> LevelState:
        overall = self.card.overall
        names = tuple(self._say(level.name) for level in self.framework.levels)
        if overall.ungated_level > overall.level:
            mean_caption = _("dashed: level %(level)d by the mean alone") % {"level": overall.ungated_level}
        elif overall.possible_level > overall.level:
            mean_caption = _("up to level %(level)d, depending on open answers") % {"level": overall.possible_level}
        else:
            mean_caption = ""
        return LevelState(
            reached=overall.level,
            by_mean=max(overall.ungated_level, overall.level),
            names=names,
            caption=_("Level %(level)d, %(name)s") % {"level": overall.level, "name": names[overall.level - 1]},
            mean_caption=mean_caption,
            score=self._score(overall.score, overall.low, overall.high, overall.provisional),
        )

    def strongest(self) -> tuple[str, ...]:
        """None where all are level: what is as low as the lowest isn't a strength."""
        scored = [p for p in self.framework.principles if self._principle(p.key).score is not None]
        lowest = min((self._principle(p.key).score for p in scored), default=None)
        above = [p for p in scored if self._principle(p.key).score > lowest]
        best = sorted(above, key=lambda p: -self._principle(p.key).score)[:LISTED]
        return tuple(f"{self._short(p)} {self._number(self._principle(p.key).score)}" for p in best)

    def largest_gaps(self) -> tuple[str, ...]:
        gaps = [(self._target(p.key) - self._principle(p.key).score, p) for p in self._with_target()]
        largest = sorted((pair for pair in gaps if pair[0] > 0), key=lambda pair: -pair[0])[:LISTED]
        return tuple(
            _("%(principle)s: %(score)s, target %(target)s")
            % {
                "principle": self._short(p),
                "score": self._number(self._principle(p.key).score),
                "target": self._number(self._target(p.key)),
            }
            for _gap, p in largest
        )

    def _with_target(self) -> list[Principle]:
        return [
            p
            for p in self.framework.principles
            if self._target(p.key) is not None and self._principle(p.key).score is not None
        ]

    def discuss(self) -> tuple[str, ...]:
        """Disagreement first, then what nobody could answer, then the lowest answers under critical principles."""

        def rank(question: Question) -> tuple[float, ...]:
            score = self._question(question.key)
            critical = self._is_critical(question)
            if score.verdict in UNSETTLED:
                return (0, float(score.a_wg if score.a_wg is not None else 0))
            if score.state == "missing":
                return (1, 0 if critical else 1)
            return (2, 0 if critical else 1, float(score.value or 0))

        open_ones = [q for q in self.asked if self._question(q.key).state != "not_applicable"]
        return tuple(f"{q.key} {self._say(q.stem)}" for q in sorted(open_ones, key=rank)[:LISTED])

    def how_to_read(self) -> str:
        return _(
            "Scores run from 1 to 5. A level is reached only when the mean, each pillar and each principle clear its "
            "conditions, and critical principles clear stricter ones. This is a self-assessment; a level is a summary, "
            "not a target. The tick on a pillar is what the next level asks of it."
        )
