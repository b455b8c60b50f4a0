"""How far the answers carry: where the respondents agree, and what evidence supports."""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.results import claims_too_much
from assessment.sentences import agreement_sentence, alpha_sentence, format_score, join_words
from manifesto.definitions import Question
from reports.briefing.chapter import Chapter
from reports.briefing.records import Certainty, Table

AGENDA = 10
"""Questions that the agenda lists; the others are counted."""
NAMED = 6
"""Principles without enough evidence that are named."""


class HowFarItCarries(Chapter):
    """Agreement where several people answered, and evidence."""

    def certainty(self, *, tight: bool = False) -> Certainty:
        most = AGENDA // 2 if tight else AGENDA
        talked = [question for question in self._several() if not self._question(question.key).agreed]
        talked.sort(key=lambda question: self._question(question.key).agenda_rank)
        return Certainty(
            agreement=self._agreement(),
            agenda=self._agenda(talked[:most]),
            spans=tuple(self._span(question) for question in talked[:most]),
            rest=self._rest(len(talked) - most),
            evidence=self._evidence(),
            warning=self._warning(),
        )

    def _several(self) -> list[Question]:
        """The questions that more than one person answered."""
        return [question for question in self.asked if self._question(question.key).respondents > 1]

    def _agreement(self) -> tuple[str, ...]:
        scores = [self._question(question.key) for question in self._several()]
        agreed, split = sum(score.agreed for score in scores), sum(score.verdict == "split" for score in scores)
        alpha = None if self.data.alpha is None else Fraction(self.data.alpha)
        sentences = agreement_sentence(agreed, split, len(scores), self.language), alpha_sentence(alpha, self.language)
        return tuple(sentence for sentence in sentences if sentence)

    def _agenda(self, questions: list[Question]) -> Table:
        head = (_("Question"), _("n"), _("Median"), _("From–to"), _("Don't know"), _("Verdict"))
        return Table(head, tuple(self._row(question) for question in questions))

    def _span(self, question: Question) -> tuple[float, float, float | None]:
        score = self._question(question.key)
        lowest, highest = float(score.minimum or 1), float(score.maximum or 5)
        return lowest, highest, None if score.value is None else float(score.value)

    def _row(self, question: Question) -> tuple[str, ...]:
        score = self._question(question.key)
        words = {"agreed": _("agreed"), "fair": _("fair"), "discuss": _("discuss"), "split": _("split")}
        verdict = words.get(score.verdict or "", "")
        return (
            f"{question.key} {self._say(question.stem)}",
            str(score.respondents),
            self._value(score.value),
            f"{self._value(score.minimum)}–{self._value(score.maximum)}",
            str(score.dont_know) if score.dont_know else "",
            ", ".join([verdict, _("not visible to the team")] if score.invisible else [verdict]),
        )

    def _rest(self, count: int) -> str:
        if count <= 0:
            return ""
        return ngettext(
            "%(count)d more question is on the results page.",
            "%(count)d more questions are on the results page.",
            count,
        ) % {"count": count}

    def _evidence(self) -> str:
        overall = self.card.overall
        if overall.score is None or overall.verified_score is None:
            return ""
        return _(
            "What was said gives %(claimed)s (level %(level)d), what has evidence %(verified)s (level %(low)d)."
        ) % {
            "claimed": format_score(overall.score, 2, self.language),
            "level": overall.level,
            "verified": format_score(overall.verified_score, 2, self.language),
            "low": overall.verified_level,
        }

    def _warning(self) -> str:
        sentences = []
        if claims_too_much(self.card.overall.score, self.card.overall.verified_score):
            sentences.append(_("That is half a level or more: add evidence before you rely on the level."))
        scores = self.card.principles
        lagging = [
            p
            for p in self.framework.principles
            if p.key in scores and claims_too_much(scores[p.key].score, scores[p.key].verified_score)
        ]
        if lagging:
            named = [
                f"{self._short(p)} ({self._number(scores[p.key].score)} → {self._number(scores[p.key].verified_score)})"
                for p in lagging[:NAMED]
            ]
            if len(lagging) > NAMED:
                rest = len(lagging) - NAMED
                named.append(ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest})
            sentences.append(
                _("Half a level or more above what has evidence: %(names)s.")
                % {"names": join_words(named, self.language)}
            )
        return " ".join(sentences)
