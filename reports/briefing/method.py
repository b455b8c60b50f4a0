"""How the numbers are made, what they leave out, and which versions made them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.sensitivity import EQUAL_WEIGHTS, GEOMETRIC, sensitivity_of
from assessment.sentences import format_score, sensitivity_sentence
from reports.briefing.chapter import Chapter, cut
from reports.briefing.data import GivenAnswer
from reports.briefing.records import Fact, Table
from reports.wording import method_paragraphs


class Method(Chapter):
    """What a reader needs to recompute or to doubt a number."""

    def sensitivity(self) -> Table:
        """Overall score and level by each way of adding up; without rows where there is no score."""
        found = sensitivity_of(self.framework, self.card)
        names = {
            EQUAL_WEIGHTS: _("Equal weights of all questions"),
            GEOMETRIC: _("Geometric mean of the pillars"),
        }
        lines = [(_("As scored: weighted means, then the mean of the pillars"), found.score, found.level)]
        lines += [(names[variant.method], variant.score, variant.level) for variant in found.variants]
        rows = ((name, format_score(score, 2, self.language), str(level)) for name, score, level in lines)
        return Table((_("Method"), _("Overall score"), _("Level")), () if found.score is None else tuple(rows))

    def sensitivity_sentence(self) -> str:
        return sensitivity_sentence(sensitivity_of(self.framework, self.card), self.language)

    def paragraphs(self) -> tuple[str, ...]:
        """The formulas in words, and what anonymity leaves out of them."""
        if self.data.threshold is None:
            return method_paragraphs()
        anonymous = _(
            "People answered anonymously. A question counts only when at least %(threshold)s people answered it; any "
            "other counts as not answered, so that no score lets its answers be computed. Changes are tested with the "
            "widest spread that the answers allow."
        )
        return *method_paragraphs(), anonymous % {"threshold": self.data.threshold}

    def no_sensitivity(self) -> Table:
        """For a reader who only gets the sentence."""
        return Table((), ())

    def in_short(self) -> tuple[str, ...]:
        """What a reader has to know who won't recompute anything."""
        return (
            _(
                "A principle is the mean of its answered questions, a pillar the weighted mean of principles and its "
                "own questions, the overall score the mean of the three pillars. A level also asks that no critical "
                "principle lags behind; open answers count as level 1 for it."
            ),
            _(
                "The consultant's report of this assessment holds every answer, weight and formula, what was typed, "
                "and all initiatives with the reasons."
            ),
        )

    def not_applicable(self, *, whole: bool, tight: int) -> tuple[Fact, ...]:
        """Questions with the reasons as typed; a lead gets their beginning, a tight report the first questions only."""
        unknown = _("no reason recorded") if self.data.threshold is None else _("reasons were given anonymously")
        longest, most = (2000, None) if whole else ((160, None), (80, 12), (80, 6))[tight]
        waived = [q.key for q in self.asked if self._question(q.key).state == "not_applicable"]
        reasons = {key: self.data.answers.get(key, GivenAnswer()).reason or unknown for key in waived}
        told = tuple(Fact(key, cut(reason, longest)) for key, reason in list(reasons.items())[:most])
        rest = ", ".join(waived[len(told) :])
        return (*told, Fact(_("Others"), rest)) if rest else told

    def open(self, *, tight: bool) -> tuple[str, ...]:
        """Questions without an answer; in a tight report their keys, for the questions stand under their principles."""
        missing = [question for question in self.asked if self._question(question.key).state == "missing"]
        if tight and missing:
            return (", ".join(question.key for question in missing),)
        return tuple(f"{question.key} {self._say(question.stem)}{self._hidden(question.key)}" for question in missing)

    def _hidden(self, key: str) -> str:
        """How many people answered anonymously, where they were too few; else nothing."""
        count = self.data.hidden.get(key)
        if not count:
            return ""
        answered = ngettext("%(count)d answer, not shown", "%(count)d answers, not shown", count) % {"count": count}
        return f" ({answered})"

    def versions(self) -> tuple[Fact, ...]:
        facts = [
            Fact(_("Framework"), self.card.framework),
            Fact(_("Content"), self.card.framework_hash),
            Fact(_("Algorithm"), self.card.algorithm),
            Fact(_("Answers"), self.data.inputs_hash),
            Fact(_("Product"), self.data.product_version),
        ]
        return tuple(fact for fact in facts if fact.value)

    def glossary(self) -> tuple[Fact, ...]:
        """The terms that this report's questions and initiatives use."""
        texts = [question.stem for question in self.asked]
        texts += [anchor for question in self.asked for anchor in question.anchors]
        texts += [self._initiative(item).done_when for item in self._items()]
        used = " ".join(self._say(text) for text in texts).lower()
        terms = ((self._say(term.name), self._say(term.meaning)) for term in self.framework.glossary)
        return tuple(Fact(name, meaning) for name, meaning in terms if re.search(rf"\b{re.escape(name.lower())}", used))
