"""The consultant's annex: everything that it takes to recompute a number, to doubt it, or to defend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from assessment.scorecard import Number, QuestionScore
from assessment.sentences import format_percent, format_score
from manifesto.definitions import Initiative, Question
from reports.briefing.chapter import Chapter
from reports.briefing.data import Spoken
from reports.briefing.records import Annex, Fact, Strip, Table, Typed


class ForConsultants(Chapter):
    """What was said, question by question; bounds, weights and gate; every initiative; what was typed; sources."""

    def annex(self) -> Annex:
        return Annex(
            answers=self._answers(),
            strips=tuple(self._strip(question) for question in self.asked) if self._several() else (),
            bounds=self._bounds(),
            weights=self._weights(),
            gate=self._gate(),
            settings=tuple(self._settings()),
            initiatives=self._initiatives(),
            typed=tuple(self._typed()),
            sources=tuple(Fact(r.name, r.address) for r in self.framework.references),
        )

    # Answers -----------------------------------------------------------------------------------------------------

    def _several(self) -> bool:
        return any(self._question(question.key).respondents > 1 for question in self.asked)

    def _answers(self) -> Table:
        head = (
            _("Question"), _("Answers"), _("Median"), "a_wg", "AD", _("Verdict"), _("Don't know"), _("Evidence"),
            _("Supported"),
        )  # fmt: skip
        return Table(head, tuple(self._answer(question) for question in self.asked))

    def _answer(self, question: Question) -> tuple[str, ...]:
        score = self._question(question.key)
        words = {"agreed": _("agreed"), "fair": _("fair"), "discuss": _("discuss"), "split": _("split")}
        strength = {0: _("none"), 1: _("pointer"), 2: _("checked")}
        return (
            question.key,
            self._distribution(question, score),
            self._value(score.value),
            format_score(score.a_wg, 2, self.language),
            format_score(score.ad, 2, self.language),
            words.get(score.verdict or "", "–"),
            str(score.dont_know or "–"),
            strength[score.evidence_strength] if score.value is not None else "–",
            self._value(score.verified_value),
        )

    def _distribution(self, question: Question, score: QuestionScore) -> str:
        """The raw answers: "1 ×2, 2½ ×1", or why there are none."""
        if hidden := self.data.hidden.get(question.key):
            return _("too few to be shown (%(count)d)") % {"count": hidden}
        if score.state == "not_applicable":
            return _("not applicable")
        counted = self._values(question)
        if not counted:
            return _("open")
        return "  ".join(f"{self._value(value)}×{count}" for value, count in sorted(counted.items()))

    def _values(self, question: Question) -> Counter[Number]:
        spoken = self.data.spoken.get(question.key, ())
        return Counter(said.value for said in spoken if said.value is not None)

    def _strip(self, question: Question) -> Strip:
        score = self._question(question.key)
        values = tuple((float(value), count) for value, count in sorted(self._values(question).items()))
        return Strip(values, None if score.value is None else float(score.value))

    # Bounds and weights --------------------------------------------------------------------------------------------

    def _bounds(self) -> Table:
        head = (
            "", _("Score"), _("Lowest"), _("Highest"), _("Index"), _("Coverage"), _("Answered"), _("Supported"),
        )  # fmt: skip
        overall = self.card.overall
        rows = [self._bound(_("Overall"), overall, overall.completeness, "")]
        for pillar in self.framework.pillars:
            if score := self.card.pillars.get(pillar.key):
                rows.append(self._bound(self._say(pillar.name), score, None, ""))
        for principle in self.framework.principles:
            if score := self.card.principles.get(principle.key):
                answered = f"{score.answered}/{score.applicable}"
                rows.append(self._bound(self._short(principle), score, score.coverage, answered))
        return Table(head, tuple(rows))

    def _bound(self, name: str, score, coverage: Number | None, answered: str) -> tuple[str, ...]:
        index = None if score.score is None else (score.score - 1) * 25
        return (
            name,
            *(format_score(value, 2, self.language) for value in (score.score, score.low, score.high)),
            format_score(index, 0, self.language),
            "–" if coverage is None else format_percent(coverage, self.language),
            answered,
            format_score(score.verified_score, 2, self.language),
        )

    def _weights(self) -> Table:
        """How much each principle counts in each pillar, in per cent; critical ones marked."""
        pillars = self.framework.pillars
        head = (_("Principle"), *(self._say(pillar.name) for pillar in pillars), _("Weight of its questions"))
        rows = (
            (
                self._short(principle) + (" *" if principle.critical else ""),
                *(str(principle.pillar_weights.get(pillar.key, 0)) for pillar in pillars),
                ", ".join(str(question.weight) for question in self.asked if question.subject == principle.key),
            )
            for principle in self.framework.principles
        )
        return Table(head, tuple(rows))

    def _gate(self) -> str:
        gate, share = self.framework.gate, self.framework.principle_share
        pillars = ", ".join(f"{self._say(p.name)} {p.weight}" for p in self.framework.pillars)
        words = {
            name: format_score(getattr(gate, name), 2, self.language)
            for name in ("overall", "pillar", "critical", "principle")
        }
        return _(
            "Weights of the pillars: %(pillars)s. Of a pillar's score %(share)s come from the principles. Level n asks "
            "for n less %(overall)s of the overall score, less %(pillar)s of a pillar, less %(critical)s of a critical "
            "principle, less %(principle)s of any other, and for %(completeness)s of the answers."
        ) % {
            **words,
            "pillars": pillars,
            "share": format_percent(share, self.language),
            "completeness": format_percent(gate.completeness, self.language),
        }

    # Initiatives ---------------------------------------------------------------------------------------------------

    def _settings(self) -> Iterator[Fact]:
        """What the roadmap was asked, and how good its answer is."""
        if self.plan is None:
            return
        capacity = ", ".join(self._number(load.capacity) for load in self.plan.loads)
        targets = (f"{subject} {self._number(level)}" for subject, level in self.plan.targets.items() if level)
        yield Fact(_("Person-weeks a quarter"), capacity)
        yield Fact(_("Factor on efforts"), format_score(self.plan.factor, 2, self.language))
        yield Fact(_("Targets"), ", ".join(targets))
        yield Fact(_("Share of each lift in the cautious curve"),
                   format_percent(self.plan.projection.realisation, self.language))  # fmt: skip
        bound = format_score(self.plan.solution.bound, 2, self.language)
        yield Fact(
            _("Weighted gap closed"),
            _("%(objective)s, at most %(bound)s") % {
                "objective": format_score(self.plan.objective, 2, self.language), "bound": bound
            },
        )  # fmt: skip

    def _initiatives(self) -> Table:
        """All of the catalogue, planned ones first, then by priority; the others with the reason."""
        head = (_("Initiative"), _("Effort"), _("Priority"), _("What becomes of it"))
        if self.plan is None:
            return Table(head, ())
        place = {item.initiative: index for index, item in enumerate(self.plan.items)}
        rank = {priority.initiative: index for index, priority in enumerate(self.plan.priorities)}
        last = len(place) + len(rank)
        ordered = sorted(
            self.framework.initiatives,
            key=lambda i: (place.get(i.id, len(place) + rank.get(i.id, last)), i.id),
        )
        return Table(head, tuple(self._initiative_row(initiative) for initiative in ordered))

    def _initiative_row(self, initiative: Initiative) -> tuple[str, ...]:
        priority = next((p.priority for p in self.plan.priorities if p.initiative == initiative.id), None)
        return (
            f"{initiative.id} {self._say(initiative.name)}",
            self._number(initiative.effort * self.plan.factor),
            format_score(priority, 2, self.language),
            self._fate(initiative, priority),
        )

    def _fate(self, initiative: Initiative, priority: Number | None) -> str:
        item = next((item for item in self._items() if item.initiative == initiative.id), None)
        if item:
            if item.start == item.completion:
                return self._quarter(item.start)
            return f"{self._quarter(item.start)} – {self._quarter(item.completion)}"
        if initiative.id in self.plan.done:
            return _("done: the answers stand where it leads")
        if reason := self.data.refused.get(initiative.id):
            return _("won't do: %(reason)s") % {"reason": reason}
        if priority is None:
            return _("left out: what it needs is left out")
        if not priority:
            return _("not needed: it lifts nothing that is below its target, and opens nothing")
        waits = [key for key in initiative.prerequisites if key not in self.plan.done and not self._is_planned(key)]
        if waits:
            return _("doesn't fit: it waits for %(initiatives)s") % {"initiatives": ", ".join(waits)}
        return _("doesn't fit: others close more gap with the same time")

    def _is_planned(self, key: str) -> bool:
        return any(item.initiative == key for item in self._items())

    # What was typed ------------------------------------------------------------------------------------------------

    def _typed(self) -> Iterator[Typed]:
        """Notes, reasons, evidence and confidence, question by question; of modules, too."""
        for question in self.framework.questions:
            spoken = self.data.spoken.get(question.key, ())
            counted = Counter(line for said in spoken for line in self._lines(said))
            lines = [line if count == 1 else f"{line} ×{count}" for line, count in counted.items()]
            lines += [*self._confidence(spoken), *self.data.comments.get(question.key, ())]
            if lines:
                yield Typed(f"{question.key} {self._say(question.stem)}", tuple(lines))

    def _lines(self, said: Spoken) -> Iterator[str]:
        """What one person said. How strong evidence is, and nothing more, stands in the table of answers already."""
        strength = {1: _("pointer given"), 2: _("checked by a second person")}.get(said.evidence_strength, "")
        if said.checked_by:
            strength = _("checked by %(name)s") % {"name": said.checked_by}
        if said.evidence_url or said.checked_by:
            evidence = ", ".join(part for part in (strength, said.evidence_url) if part)
            yield _("Evidence: %(evidence)s") % {"evidence": evidence}
        if said.reason:
            yield _("Reason: %(reason)s") % {"reason": said.reason}
        if said.note:
            yield _("Note: %(note)s") % {"note": said.note}

    def _confidence(self, spoken: Sequence[Spoken]) -> Iterator[str]:
        """How sure people were, in one line for all of them."""
        names = {
            "low": pgettext("confidence", "low"),
            "medium": pgettext("confidence", "medium"),
            "high": pgettext("confidence", "high"),
        }
        counted = Counter(said.confidence for said in spoken if said.confidence in names)
        if counted:
            is_one = counted.total() == 1
            parts = (names[key] if is_one else f"{names[key]} ×{counted[key]}" for key in names if counted[key])
            yield _("Confidence: %(parts)s") % {"parts": ", ".join(parts)}
