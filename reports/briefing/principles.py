"""One block per principle or pillar: the anchor of today beside the next one, and what lifts it."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from assessment.agreement import UNSETTLED
from assessment.sentences import format_percent
from manifesto.definitions import Principle, Question
from reports.briefing.audiences import TIGHTEST
from reports.briefing.chapter import Chapter, cut
from reports.briefing.data import GivenAnswer, ReportData
from reports.briefing.records import Block, Step


class Principles(Chapter):
    """The blocks of the principles and of the pillars' own questions.

    A `whole` one prints what was typed beside the answers, the other only how strong the evidence is. A `tight` one
    leaves out the questions that have reached their target, the tightest all but the furthest of each principle.
    """

    def __init__(self, data: ReportData, language: str, *, whole: bool = False, tight: int = 0) -> None:
        super().__init__(data, language)
        self.whole, self.tight = whole, tight

    def blocks(self) -> tuple[Block, ...]:
        return tuple(self._block(principle) for principle in self.framework.principles if self._steps(principle.key))

    def _block(self, principle: Principle) -> Block:
        score = self._principle(principle.key)
        facts = []
        if self._target(principle.key) is not None:
            facts.append(_("target %(target)s") % {"target": self._number(self._target(principle.key))})
        if (before := self._previous(principle.key)) is not None:
            facts.append(_("last time %(score)s") % {"score": self._number(before)})
        if score.coverage is not None and score.coverage < 1:
            facts.append(_("%(share)s answered") % {"share": format_percent(score.coverage, self.language)})
        return Block(
            key=principle.key,
            name=self._say(principle.name),
            critical=principle.critical,
            score=self._score(score.score, score.low, score.high),
            facts=tuple(facts),
            steps=self._steps(principle.key),
            lifted_by=self._lifted_by(principle.key),
        )

    def pillar_blocks(self) -> tuple[Block, ...]:
        blocks = []
        for pillar in self.framework.pillars:
            if steps := self._steps(pillar.prefix):
                score = self.card.pillars[pillar.key]
                blocks.append(
                    Block(
                        key=pillar.prefix,
                        name=self._say(pillar.name),
                        critical=False,
                        score=self._score(score.score, score.low, score.high),
                        facts=(),
                        steps=steps,
                        lifted_by=self._lifted_by(pillar.prefix),
                    )
                )
        return tuple(blocks)

    def _steps(self, subject: str) -> tuple[Step, ...]:
        asked = [question for question in self.asked if question.subject == subject]
        if self.tight:
            asked = [question for question in asked if self._gap(question) > 0]
        if self.tight == TIGHTEST and asked:
            asked = [max(asked, key=self._gap)]
        return tuple(self.step(question) for question in asked)

    def _gap(self, question: Question) -> float:
        """Levels below the target, which is 3 where there is none; what isn't known counts as 1."""
        score, target = self._question(question.key), self._target(question.subject)
        if score.state == "not_applicable":
            return 0.0
        return float(3 if target is None else target) - float(1 if score.value is None else score.value)

    def note(self) -> str:
        """What a tight report leaves out."""
        if not self.tight:
            return ""
        if self.tight < TIGHTEST:
            return _("Only questions below their target are shown; the consultant's report has all of them.")
        return _("Of each principle the question furthest below its target; the consultant's report has all of them.")

    def step(self, question: Question) -> Step:
        score, given = self._question(question.key), self.data.answers.get(question.key, GivenAnswer())
        stem, remarks = self._say(question.stem), self._remarks(given)
        if score.state == "not_applicable":
            return Step(question.key, stem, "", _("Not applicable"), "", "", remarks)
        if score.value is None:
            if question.key in self.data.hidden:
                few = _("Not shown: fewer than %(threshold)s people answered.") % {"threshold": self.data.threshold}
                return Step(question.key, stem, "", few, "", _("Let more people answer."), remarks)
            today = _("Don't know") if score.dont_know else _("Not answered")
            return Step(question.key, stem, "", today, "", _("Find out first."), remarks)
        level = int(score.value)
        following = self._next_anchor(question, level)
        if score.verdict in UNSETTLED:
            spread = _("Answers range from %(low)s to %(high)s: talk first.") % {
                "low": self._value(score.minimum),
                "high": self._value(score.maximum),
            }
            return Step(question.key, stem, self._value(score.value), spread, *following, remarks)
        today = question.anchor(level).in_language(self.language)
        if score.value > level:
            today += " " + _("(the next step is partly there)")
        return Step(question.key, stem, self._value(score.value), today, *following, remarks)

    def _next_anchor(self, question: Question, level: int) -> tuple[str, str]:
        if level >= 5:
            return "", _("Highest level: keep it.")
        return str(level + 1), question.anchor(level + 1).in_language(self.language)

    def _remarks(self, given: GivenAnswer) -> tuple[str, ...]:
        strength = {1: _("pointer given"), 2: _("checked by a second person")}.get(given.evidence_strength, "")
        if not self.whole:
            return (_("Evidence: %(evidence)s") % {"evidence": strength},) if strength else ()
        remarks = []
        if given.evidence_url or strength:
            evidence = ", ".join(part for part in (strength, cut(given.evidence_url, 90)) if part)
            remarks.append(_("Evidence: %(evidence)s") % {"evidence": evidence})
        if given.on:
            words = {"name": given.by, "day": date_format(given.on, "SHORT_DATE_FORMAT")}
            remarks.append(_("Answered for the organization by %(name)s on %(day)s") % words)
        if given.reason:
            remarks.append(_("Reason: %(reason)s") % {"reason": cut(given.reason, 220)})
        if given.note:
            remarks.append(_("Note: %(note)s") % {"note": cut(given.note, 220)})
        return tuple(remarks)

    def _lifted_by(self, subject: str) -> str:
        items = [item for item in self._items() if any(lift.question.split(".")[0] == subject for lift in item.lifts)]
        return "; ".join(
            f"{item.initiative} {self._say(self._initiative(item).name)} ({self._quarter(item.completion)})"
            for item in items[:4]
        )
