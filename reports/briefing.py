"""What the team lead's report says: closed numbers and answers in, localised plain strings out.

`build_briefing` decides every word and number of the document, `build_figures` its charts; `document.render` only
places them. The records hold what `reports/document/report.typ` reads, under the same names.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from assessment.agreement import UNSETTLED
from assessment.change import CLEAR, NOISE, PROBABLE, SINGLE, Change, Comparison
from assessment.scorecard import Number, Overall, QuestionScore, Scorecard
from assessment.sentences import (
    format_change,
    format_percent,
    format_score,
    join_words,
    state_sentence,
)
from assessment.versions import LikeForLike
from manifesto.definitions import Framework, Initiative, Principle, Question
from reports import figures
from reports.plan_sentences import level_sentences, quality_sentence, unreached_reasons
from reports.roadmap.plan import Item, RoadmapPlan
from reports.wording import chart_words, document_words, method_paragraphs

STRIP = 5
"""Initiatives on page one."""
LISTED = 3
LONGEST_SCOPE = 300
UNREACHED = 12
"""Targets out of reach that are told one by one; the others are named."""
NARROW, WIDE = 382, 783  # px of SVG; 4.5 px are printed on a millimetre
PILLAR_WIDTH = 182


# What goes in ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer as it was frozen; for several respondents the consensus, or a note that the lead chose."""

    level: int | None = None
    partly: bool = False
    state: str = "answered"
    note: str = ""
    reason: str = ""
    evidence_url: str = ""
    evidence_strength: int = 0


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that the report is made from.

    `period`, `previous_period` and `quarters` (of the plan) are labels; `invited` is None where nobody was. `date` is
    the closing date. `previous` and `comparison` are None where there is nothing comparable before.
    """

    framework: Framework
    scorecard: Scorecard
    plan: RoadmapPlan | None
    team: str
    scope: str
    period: str
    date: datetime.date
    answers: Mapping[str, GivenAnswer]
    quarters: tuple[str, ...] = ()
    respondents: int = 1
    invited: int | None = None
    mode: str = "single"
    previous: Scorecard | None = None
    previous_period: str = ""
    comparison: Comparison | None = None
    inputs_hash: str = ""
    product_version: str = ""
    owners: Mapping[str, str] = field(default_factory=dict)


# What comes out ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`finding` is the title and the alternative text; `table` stands in when there is no picture."""

    name: str
    finding: str
    table: Table


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Score:
    """A score as it is always drawn: number, level name, and a bar of five steps of which `value` are filled."""

    number: str
    value: float
    name: str
    hollow: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One question: the anchor of today beside the next one. `remarks` are evidence, note or reason."""

    key: str
    stem: str
    today_level: str
    today: str
    next_level: str
    next: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    key: str
    name: str
    critical: bool
    score: Score
    facts: tuple[str, ...]
    steps: tuple[Step, ...]
    lifted_by: str


@dataclass(frozen=True, slots=True)
class Planned:
    """An initiative of the next quarter on page one."""

    id: str
    name: str
    effort: str
    owner: str
    lift: str
    first_step: str
    done_when: str


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    verdict: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelState:
    """The five boxes: `reached` with the gate, `by_mean` without it."""

    reached: int
    by_mean: int
    names: tuple[str, ...]
    caption: str
    mean_caption: str
    score: Score


@dataclass(frozen=True, slots=True)
class Briefing:
    """The whole document. `date` is ISO; `charts` by name: pillars, profile, dumbbell, gantt, projection."""

    language: str
    title: str
    date: str
    team: str
    words: Mapping[str, str]
    badge: str
    facts: tuple[Fact, ...]
    scope: str
    sentence: str
    level: LevelState
    charts: Mapping[str, Chart]
    strongest: tuple[str, ...]
    gaps: tuple[str, ...]
    discuss: tuple[str, ...]
    next_quarter: str
    capacity: str
    initiatives: tuple[Planned, ...]
    how_to_read: str
    change_intro: str
    noise_note: str
    changes: tuple[ChangeGroup, ...]
    verified_steps: tuple[str, ...]
    blocks: tuple[Block, ...]
    pillar_blocks: tuple[Block, ...]
    roadmap_intro: tuple[str, ...]
    unreached: Table
    method: tuple[str, ...]
    not_applicable: tuple[Fact, ...]
    open: tuple[str, ...]
    versions: tuple[Fact, ...]
    glossary: tuple[Fact, ...]


def build_briefing(data: ReportData, language: str) -> Briefing:
    """Say everything in `language` ("en", "pt-br"); the same data give the same briefing."""
    with override(language):
        return _Builder(data, language).briefing()


def build_figures(data: ReportData, language: str) -> dict[str, Any]:
    """The report's figures by name, in the order in which they are drawn."""
    with override(language):
        return _Builder(data, language).figures()


class _Builder:
    """One report in one language; gettext is already set to it."""

    def __init__(self, data: ReportData, language: str) -> None:
        self.data = data
        self.language = language
        self.framework = data.framework
        self.card = data.scorecard
        self.plan = data.plan
        self.asked = self.framework.form_questions(self.card.form)
        self.chart_words = chart_words(self.framework, language)
        self.link = data.comparison.link if data.comparison else None
        self.changes = tuple(c for c in _settled(data.comparison) if c.subject in self.framework.principle_by_key)

    # The document ------------------------------------------------------------------------------------------

    def briefing(self) -> Briefing:
        return Briefing(
            language=self.language,
            title=_("%(team)s, DataOps self-assessment %(period)s")
            % {"team": self.data.team, "period": self.data.period},
            date=self.data.date.isoformat(),
            team=self.data.team,
            words=document_words(),
            badge=self._badge(),
            facts=self._facts(),
            scope=_cut(self.data.scope, LONGEST_SCOPE),
            sentence=state_sentence(self.framework, self.card, self.language),
            level=self._level(),
            charts=self._charts(),
            strongest=self._strongest(),
            gaps=self._largest_gaps(),
            discuss=self._discuss(),
            next_quarter=self.data.quarters[0] if self.data.quarters else "",
            capacity=self._capacity(),
            initiatives=self._initiatives(),
            how_to_read=self._how_to_read(),
            change_intro=self._change_intro(),
            noise_note=self._noise_note(),
            changes=self._change_groups(),
            verified_steps=self._verified_steps(),
            blocks=tuple(
                self._block(principle) for principle in self.framework.principles if self._steps(principle.key)
            ),
            pillar_blocks=self._pillar_blocks(),
            roadmap_intro=self._roadmap_intro(),
            unreached=self._unreached(),
            method=method_paragraphs(),
            not_applicable=self._not_applicable(),
            open=self._open(),
            versions=self._versions(),
            glossary=self._glossary(),
        )

    def _badge(self) -> str:
        if self.card.indicative:
            return _("Indicative: short form")
        return _("Provisional") if self.card.overall.provisional else ""

    def _facts(self) -> tuple[Fact, ...]:
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

    def _level(self) -> LevelState:
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

    def _score(self, score: Number | None, low: Number | None, high: Number | None, hollow: bool = False) -> Score:
        if score is None:
            bounds = (
                f"{self._number(low)}\u2013{self._number(high)}" if low is not None and high is not None else "\u2013"
            )
            return Score(bounds, float(low or 0), _("too few answers"), True)
        name = self._say(self.framework.level_name(min(5, max(1, int(score)))).name)
        return Score(self._number(score), float(score), name, hollow)

    def _strongest(self) -> tuple[str, ...]:
        scored = [p for p in self.framework.principles if self._principle(p.key).score is not None]
        best = sorted(scored, key=lambda p: -self._principle(p.key).score)[:LISTED]
        return tuple(f"{self._short(p)} {self._number(self._principle(p.key).score)}" for p in best)

    def _largest_gaps(self) -> tuple[str, ...]:
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

    def _discuss(self) -> tuple[str, ...]:
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

    def _capacity(self) -> str:
        if self.plan is None or not self.plan.loads:
            return ""
        load = self.plan.loads[0]
        return _("%(used)s of %(capacity)s person-weeks used") % {
            "used": self._number(load.capacity - load.left),
            "capacity": self._number(load.capacity),
        }

    def _initiatives(self) -> tuple[Planned, ...]:
        items = [item for item in self._items() if item.start == 1][:STRIP]
        return tuple(self._planned(item) for item in items)

    def _planned(self, item: Item) -> Planned:
        initiative = self.framework.initiative_by_id[item.initiative]
        effort = _("%(effort)s pw") % {"effort": self._number(item.effort)}
        if item.completion > 1:
            effort += "\n" + _("until %(quarter)s") % {"quarter": self._quarter(item.completion)}
        return Planned(
            id=initiative.id,
            name=self._say(initiative.name),
            effort=effort,
            owner=self.data.owners.get(initiative.id, ""),
            lift="\n".join(
                f"{lift.question}: {self._value(lift.before)} → {self._value(lift.after)}" for lift in item.lifts[:3]
            ),
            first_step=self._say(initiative.first_step) if initiative.first_step else "",
            done_when=self._say(initiative.done_when),
        )

    def _how_to_read(self) -> str:
        return _(
            "Scores run from 1 to 5. A level is reached only when the mean, each pillar and each principle clear its "
            "conditions, and critical principles clear stricter ones. This is a self-assessment; a level is a summary, "
            "not a target. The tick on a pillar is what the next level asks of it."
        )

    # Change ------------------------------------------------------------------------------------------------

    def _change_intro(self) -> str:
        if self.data.previous is None:
            return _("This is the first closed assessment of the team; from the next one on, changes are shown here.")
        before, now = self.data.previous.overall, self.card.overall
        if self.link:
            return " ".join(self._change_across(self.link, before, now))
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

    def _change_across(self, link: LikeForLike, before: Overall, now: Overall) -> Iterator[str]:
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

    def _noise_note(self) -> str:
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

    def _change_groups(self) -> tuple[ChangeGroup, ...]:
        return tuple(self._change_group(verdict) for verdict in (CLEAR, PROBABLE, NOISE)) if self.changes else ()

    def _change_group(self, verdict: str) -> ChangeGroup:
        """The changes of one verdict, largest first; those of nothing at all are only counted."""
        chosen = [change for change in self._by_size() if change.verdict == verdict]
        lines = [self._change_line(change) for change in chosen if change.delta]
        if unchanged := sum(1 for change in chosen if not change.delta):
            lines.append(
                ngettext("%(count)d principle as before", "%(count)d principles as before", unchanged)
                % {"count": unchanged}
            )
        return ChangeGroup(verdict, tuple(lines))

    def _change_line(self, change: Change) -> str:
        words = {
            "principle": self._short(self.framework.principle_by_key[change.subject]),
            "change": format_change(change.delta, 1, self.language),
            "first": self._number(change.before),
            "second": self._number(change.after),
            "limit": format_score(change.limit, 2, self.language),
        }
        if change.regime == SINGLE:
            return _("%(principle)s %(change)s (%(first)s → %(second)s)") % words
        return _("%(principle)s %(change)s (%(first)s → %(second)s; limit %(limit)s)") % words

    def _by_size(self) -> list[Change]:
        return sorted(self.changes, key=lambda change: -abs(change.delta))

    def _verified_steps(self) -> tuple[str, ...]:
        return tuple(
            f"{step.question} {self._say(self.framework.question_by_key[step.question].stem)} "
            f"{self._value(step.before)} → {self._value(step.after)}"
            for step in (self.data.comparison.verified if self.data.comparison else ())
            if step.question in self.framework.question_by_key
        )

    # Principle by principle ----------------------------------------------------------------------------------

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

    def _pillar_blocks(self) -> tuple[Block, ...]:
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
        return tuple(self._step(question) for question in self.asked if question.subject == subject)

    def _step(self, question: Question) -> Step:
        score, given = self._question(question.key), self.data.answers.get(question.key, GivenAnswer())
        stem, remarks = self._say(question.stem), self._remarks(given)
        if score.state == "not_applicable":
            return Step(question.key, stem, "", _("Not applicable"), "", "", remarks)
        if score.value is None:
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
        remarks = []
        if given.evidence_url or strength:
            evidence = ", ".join(part for part in (_cut(given.evidence_url, 90), strength) if part)
            remarks.append(_("Evidence: %(evidence)s") % {"evidence": evidence})
        if given.reason:
            remarks.append(_("Reason: %(reason)s") % {"reason": _cut(given.reason, 220)})
        if given.note:
            remarks.append(_("Note: %(note)s") % {"note": _cut(given.note, 220)})
        return tuple(remarks)

    def _lifted_by(self, subject: str) -> str:
        items = [item for item in self._items() if any(lift.question.split(".")[0] == subject for lift in item.lifts)]
        return "; ".join(
            f"{item.initiative} {self._say(self._initiative(item).name)} ({self._quarter(item.completion)})"
            for item in items[:4]
        )

    # Roadmap -------------------------------------------------------------------------------------------------

    def _roadmap_intro(self) -> tuple[str, ...]:
        if self.plan is None:
            return (_("No roadmap was planned for this assessment."),)
        levels = level_sentences(self.plan, self.data.quarters, self.language)
        if not self.plan.items:
            nothing = _("The plan holds no initiative: the targets are reached, or nothing fits the capacity.")
            return (nothing, *levels)
        return tuple(sentence for sentence in (quality_sentence(self.plan, self.language), *levels) if sentence)

    def _unreached(self) -> Table:
        reasons = unreached_reasons()
        missing = sorted(self.plan.unreached if self.plan else (), key=lambda entry: -entry.missing)
        rows = [
            (
                f"{entry.question} {self._say(self.framework.question_by_key[entry.question].stem)}",
                self._value(entry.target),
                self._value(entry.missing),
                reasons.get(entry.reason, entry.reason),
            )
            for entry in missing[:UNREACHED]
        ]
        if rest := ", ".join(entry.question for entry in missing[UNREACHED:]):
            rows.append((_("With smaller gaps: %(questions)s") % {"questions": rest}, "", "", ""))
        return Table((_("Question"), _("Target"), _("Missing"), _("Reason")), tuple(rows))

    # Method --------------------------------------------------------------------------------------------------

    def _not_applicable(self) -> tuple[Fact, ...]:
        return tuple(
            Fact(q.key, self.data.answers.get(q.key, GivenAnswer()).reason or _("no reason recorded"))
            for q in self.asked
            if self._question(q.key).state == "not_applicable"
        )

    def _open(self) -> tuple[str, ...]:
        return tuple(f"{q.key} {self._say(q.stem)}" for q in self.asked if self._question(q.key).state == "missing")

    def _versions(self) -> tuple[Fact, ...]:
        facts = [
            Fact(_("Framework"), self.card.framework),
            Fact(_("Content"), self.card.framework_hash),
            Fact(_("Algorithm"), self.card.algorithm),
            Fact(_("Answers"), self.data.inputs_hash),
            Fact(_("Product"), self.data.product_version),
        ]
        return tuple(fact for fact in facts if fact.value)

    def _glossary(self) -> tuple[Fact, ...]:
        """The terms that this report's questions and initiatives use."""
        texts = [question.stem for question in self.asked]
        texts += [anchor for question in self.asked for anchor in question.anchors]
        texts += [self._initiative(item).done_when for item in self._items()]
        used = " ".join(self._say(text) for text in texts).lower()
        terms = ((self._say(term.name), self._say(term.meaning)) for term in self.framework.glossary)
        return tuple(Fact(name, meaning) for name, meaning in terms if re.search(rf"\b{re.escape(name.lower())}", used))

    # Charts: figure, finding and table of each ---------------------------------------------------------------

    def figures(self) -> dict[str, Any]:
        drawn = {
            "pillars": figures.pillars(self._pillar_rows(), self.chart_words, width=PILLAR_WIDTH),
            "profile": figures.profile(self._profile_rows(), self.chart_words, width=NARROW, compact=True),
        }
        if self.changes:
            drawn["dumbbell"] = figures.dumbbell(
                self._change_rows(), self.data.previous_period, self.data.period, self.chart_words, width=WIDE
            )
        if self._items():
            drawn["gantt"] = figures.gantt(
                self._gantt_bars(), self.data.quarters, self._used(), self._available(), self.chart_words, width=WIDE
            )
            drawn["projection"] = figures.projection(
                [_("now"), *self.data.quarters], *self._curves(), self.chart_words, width=WIDE
            )
        return drawn

    def _charts(self) -> dict[str, Chart]:
        charts = [self._pillar_chart(), self._profile_chart()]
        if self.changes:
            charts.append(self._change_chart())
        if self._items():
            charts += [self._gantt_chart(), self._projection_chart()]
        return {chart.name: chart for chart in charts}

    def _profile_rows(self) -> list[figures.ProfileRow]:
        rows = []
        for principle in self.framework.principles:
            if principle.key not in self.card.principles:
                continue
            score = self._principle(principle.key)
            rows.append(
                figures.ProfileRow(
                    label=self._short(principle),
                    score=_float(score.score),
                    previous=None if self.link else _float(self._previous(principle.key)),
                    target=_float(self._target(principle.key)),
                    low=_float(score.low),
                    high=_float(score.high),
                    critical=principle.critical,
                )
            )
        return rows

    def _profile_chart(self) -> Chart:
        rows = sorted(self._profile_rows(), key=lambda row: -row.gap)
        reached = sum(1 for row in rows if row.score is not None and row.target is not None and row.score >= row.target)
        aimed = sum(1 for row in rows if row.target is not None)
        furthest = next((row for row in rows if row.gap > 0 and row.score is not None), None)
        if furthest is None:
            finding = _("No principle with a score is below its target.")
        else:
            finding = _(
                "%(label)s is furthest below its target, %(score)s of %(target)s; "
                "%(reached)d of %(aimed)d targets are reached."
            ) % {
                "label": furthest.label,
                "score": self._number(furthest.score),
                "target": self._number(furthest.target),
                "reached": reached,
                "aimed": aimed,
            }
        table = Table(
            (_("Principle"), _("Now"), _("Last time"), _("Target")),
            tuple(
                (row.label + (" *" if row.critical else ""), *map(self._number, (row.score, row.previous, row.target)))
                for row in rows
            ),
        )
        return Chart("profile", finding, table)

    def _pillar_rows(self) -> list[figures.ProfileRow]:
        level = self.card.overall.level
        asked = None if level == 5 else _float(level + 1 - self.framework.gate.pillar)
        return [
            figures.ProfileRow(
                label=self._say(pillar.name),
                score=_float(score.score),
                target=asked,
                low=_float(score.low),
                high=_float(score.high),
            )
            for pillar in self.framework.pillars
            if (score := self.card.pillars.get(pillar.key)) is not None
        ]

    def _pillar_chart(self) -> Chart:
        rows = self._pillar_rows()
        named = [f"{row.label} {self._number(row.score)}" for row in rows if row.score is not None]
        finding = (
            _("Pillar scores: %(scores)s.") % {"scores": join_words(named, self.language)}
            if named
            else _("No pillar has enough answers for a score.")
        )
        table = Table(
            (_("Pillar"), _("Now"), _("Next level asks")),
            tuple((row.label, self._number(row.score), self._number(row.target)) for row in rows),
        )
        return Chart("pillars", finding, table)

    def _change_rows(self) -> list[figures.ChangeRow]:
        return [
            figures.ChangeRow(
                label=self._short(self.framework.principle_by_key[change.subject]),
                first=float(change.before),
                second=float(change.after),
                verdict=change.verdict,
            )
            for change in sorted(self.changes, key=lambda change: -change.delta)
        ]

    def _change_chart(self) -> Chart:
        rows = self._change_rows()
        counts = {verdict: sum(1 for row in rows if row.verdict == verdict) for verdict in (CLEAR, PROBABLE, NOISE)}
        finding = _(
            "Of %(total)d principles %(clear)d changed clearly and %(probable)d probably; "
            "%(noise)d may differ by chance."
        ) % {"total": len(rows), **counts}
        names = {"clear": _("Changed clearly"), "probable": _("Changed probably"), "noise": _("May be chance")}
        table = Table(
            (_("Principle"), self.data.previous_period, self.data.period, _("Verdict")),
            tuple((row.label, self._number(row.first), self._number(row.second), names[row.verdict]) for row in rows),
        )
        return Chart("dumbbell", finding, table)

    def _gantt_bars(self) -> list[figures.GanttBar]:
        return [
            figures.GanttBar(
                f"{item.initiative} {self._say(self._initiative(item).name)}",
                item.start,
                item.completion,
                float(item.effort),
            )
            for item in self._items()
        ]

    def _gantt_chart(self) -> Chart:
        count, quarters = len(self._items()), len(self.data.quarters)
        finding = ngettext(
            "%(count)d initiative in %(quarters)d quarters takes %(used)s of %(capacity)s person-weeks.",
            "%(count)d initiatives in %(quarters)d quarters take %(used)s of %(capacity)s person-weeks.",
            count,
        ) % {
            "count": count,
            "quarters": quarters,
            "used": self._number(sum(self._used())),
            "capacity": self._number(sum(self._available())),
        }
        table = Table(
            (_("Initiative"), _("From"), _("Until"), _("Person-weeks")),
            tuple(
                (bar.label, self._quarter(bar.first), self._quarter(bar.last), self._number(bar.effort))
                for bar in self._gantt_bars()
            ),
        )
        return Chart("gantt", finding, table)

    def _projection_chart(self) -> Chart:
        full, cautious = self._curves()
        finding = _("The plan lifts the score from %(now)s to %(full)s, with cautious lifts to %(cautious)s.") % {
            "now": format_score(full[0], 2, self.language),
            "full": format_score(full[-1], 2, self.language),
            "cautious": format_score(cautious[-1], 2, self.language),
        }
        projection = self.plan.projection
        table = Table(
            (_("Quarter"), _("Score in full"), _("Score, cautious"), _("Level in full"), _("Level, cautious")),
            tuple(
                (
                    point,
                    format_score(full[index], 2, self.language),
                    format_score(cautious[index], 2, self.language),
                    str(projection.full[index].level),
                    str(projection.cautious[index].level),
                )
                for index, point in enumerate([_("now"), *self.data.quarters])
            ),
        )
        return Chart("projection", finding, table)

    def _curves(self) -> tuple[list[float], list[float]]:
        projection = self.plan.projection
        return tuple(
            [float(point.outcome.score.overall or 1) for point in curve]
            for curve in (projection.full, projection.cautious)
        )

    def _used(self) -> list[float]:
        return [float(load.capacity - load.left) for load in self.plan.loads]

    def _available(self) -> list[float]:
        return [float(load.capacity) for load in self.plan.loads]

    # Small things --------------------------------------------------------------------------------------------

    def _items(self) -> Sequence[Item]:
        return self.plan.items if self.plan else ()

    def _initiative(self, item: Item) -> Initiative:
        return self.framework.initiative_by_id[item.initiative]

    def _principle(self, key: str) -> Any:
        return self.card.principles[key]

    def _question(self, key: str) -> QuestionScore:
        return self.card.questions.get(key) or QuestionScore(None, 0, None, None, None)

    def _previous(self, key: str) -> Number | None:
        """The score last time: of the compared pair where there is one, so that chart and list agree.

        Across releases it is the score as it was given then.
        """
        for change in self.changes:
            if change.subject == key and not change.native:
                return change.before
        before = self.data.previous.principles.get(key) if self.data.previous else None
        return before.score if before else None

    def _target(self, key: str) -> Fraction | None:
        return self.plan.targets.get(key) if self.plan else None

    def _is_critical(self, question: Question) -> bool:
        principle = self.framework.principle_by_key.get(question.subject)
        return principle is not None and principle.critical

    def _short(self, principle: Principle) -> str:
        return f"{principle.key} {self._say(principle.label)}"

    def _say(self, text: Any) -> str:
        return text.in_language(self.language)

    def _number(self, value: Number | int | None) -> str:
        return format_score(value, 1, self.language)

    def _value(self, value: Number | None) -> str:
        """A question's value: whole levels without decimals."""
        return format_score(value, 0 if value is not None and value == int(value) else 1, self.language)

    def _quarter(self, number: int) -> str:
        return self.data.quarters[number - 1] if number <= len(self.data.quarters) else str(number)


def _settled(comparison: Comparison | None) -> tuple[Change, ...]:
    """Changes between two scores; what is clear by itself but not among so many at once is only probable."""
    if comparison is None:
        return ()
    changes = (change for change in comparison.principles.values() if change.verdict is not None)
    return tuple(
        replace(change, verdict=PROBABLE) if change.verdict == CLEAR and not change.listed else change
        for change in changes
    )


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
