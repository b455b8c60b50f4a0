"""The roadmap page in words: numbers are formatted and sentences chosen here, the template only places them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import override

from assessment.agreement import UNSETTLED
from assessment.models import Result
from assessment.sentences import format_score, join_words, progress_sentence, state_sentence
from jobs.models import Job
from manifesto.definitions import Framework, Initiative, Question
from reports.briefing import ReportData, Table, build_briefing, build_figures
from reports.charts import PageChart
from reports.files import INTERACTIVE, is_there
from reports.gathering import report_data
from reports.models import Report, Scenario
from reports.outlook import Outlook, outlook_of
from reports.plan_sentences import (
    level_sentences,
    obstacle_sentences,
    quality_sentence,
    refusal_sentence,
    unreached_reasons,
)
from reports.plans import Choices, digest_of, is_settled
from reports.roadmap.capacity import propose_capacity
from reports.roadmap.plan import Item, Load, RoadmapPlan, Unreached
from reports.roadmap.priority import Priority
from reports.roadmap.targets import subjects

UNREACHED_AT_ONCE = 8
KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart for a page with its table; finding, table and figure are those of the document."""

    title: str
    chart: PageChart
    table: Table


@dataclass(frozen=True, slots=True)
class Why:
    """One answer that an initiative lifts: the anchor of today and the one that is expected, with their levels."""

    question: str
    stem: str
    before: str
    today: str
    after: str
    then: str


@dataclass(frozen=True, slots=True)
class Line:
    """An initiative named in passing."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One initiative of the plan, all numbers in words. `formula` and `terms` explain `priority`."""

    id: str
    name: str
    summary: str
    reasons: tuple[str, ...]
    effort: str
    run_cost: str
    until: str
    whys: tuple[Why, ...]
    prerequisites: tuple[Line, ...]
    enables: tuple[Line, ...]
    first_step: str
    done_when: str
    priority: str
    formula: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quarter:
    """What begins in a quarter; `completes` are initiatives that began earlier and end here."""

    label: str
    used: str
    capacity: str
    running: str
    steps: tuple[Step, ...]
    completes: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class OutOfReach:
    question: str
    stem: str
    target: str
    missing: str
    reason: str


@dataclass(frozen=True, slots=True)
class Other:
    """An initiative that isn't in the plan."""

    id: str
    name: str
    priority: str
    effort: str
    worth: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A principle or pillar: its score and the level that the plan aims at."""

    key: str
    name: str
    score: str
    target: str
    critical: bool


@dataclass(frozen=True, slots=True)
class RoadmapPage:
    """Everything that the roadmap page prints, in the language of the reader."""

    progress: str
    state: str
    levels: tuple[str, ...]
    quality: str
    obstacles: tuple[str, ...]
    proposal: str
    factor: str
    choice: str
    drawings: tuple[Drawing, ...]
    quarters: tuple[Quarter, ...]
    targets: tuple[Target, ...]
    unreached: tuple[OutOfReach, ...]
    answer_first: tuple[Line, ...]
    others: tuple[Other, ...]
    done: tuple[Line, ...]
    is_empty: bool
    refusal: str
    outlook: Outlook

    @property
    def unreached_first(self) -> tuple[OutOfReach, ...]:
        return self.unreached[:UNREACHED_AT_ONCE]

    @property
    def unreached_rest(self) -> tuple[OutOfReach, ...]:
        return self.unreached[UNREACHED_AT_ONCE:]


def roadmap_page(result: Result, plan: RoadmapPlan, choices: Choices, language: str) -> RoadmapPage:
    """The page of the plan of `choices` in `language`; kept for an hour, since it follows from the arguments alone."""
    made_from = [settings.VERSION, result.pk, result.input_hash, choices.digest, language]
    made_from += [is_settled(plan), str(plan.solution.bound)]
    return cache.get_or_set(
        f"roadmap-{digest_of(made_from)}",
        lambda: present(report_data(result, choices, language, plan=plan), choices, language),
        KEPT_SECONDS,
    )


def present(data: ReportData, choices: Choices, language: str) -> RoadmapPage:
    """The page of a plan, in `language`."""
    with override(language):
        return _Presenter(data, choices, language).page()


class _Presenter:
    def __init__(self, data: ReportData, choices: Choices, language: str) -> None:
        self.data, self.choices, self.language = data, choices, language
        self.framework, self.card, self.plan = data.framework, data.scorecard, data.plan

    def page(self) -> RoadmapPage:
        plan = self.plan
        return RoadmapPage(
            progress=progress_sentence(self.framework, self.data.comparison, self.language),
            state=state_sentence(self.framework, self.card, self.language),
            levels=level_sentences(plan, self.data.quarters, self.language),
            quality=quality_sentence(plan, self.language),
            obstacles=obstacle_sentences(plan, self.framework, self.language),
            proposal=self._number(propose_capacity(self.choices.people)),
            factor=format_score(plan.factor, 2, self.language),
            choice=self._choice(),
            drawings=self._drawings() if plan.items else (),
            quarters=tuple(self._quarter(load) for load in plan.loads),
            targets=self._targets(),
            unreached=tuple(self._out_of_reach(missing) for missing in plan.unreached),
            answer_first=tuple(Line(key, self._stem(key)) for key in plan.answer_first),
            others=self._others(),
            done=tuple(self._line(key) for key in plan.done),
            is_empty=not plan.items,
            refusal=refusal_sentence(plan) if plan.solution.plan is None else "",
            outlook=outlook_of(self.framework, plan, self.data.quarters, self.language),
        )

    def _choice(self) -> str:
        """The choices in one line, as paper needs it."""
        amounts = [self._number(amount) for amount in self.choices.planned_capacity]
        return _("%(amounts)s person-weeks in the four quarters, %(people)d people") % {
            "amounts": join_words(amounts, self.language),
            "people": self.choices.people,
        }

    def _drawings(self) -> tuple[Drawing, ...]:
        charts = build_briefing(self.data, self.language).charts
        figures = build_figures(replace(self.data, previous=None, comparison=None), self.language)
        source = f"{self.data.team} · {self.data.period} · {self.framework.identifier}"
        titles = {"gantt": _("What is done when"), "projection": _("Where it leads")}
        return tuple(
            Drawing(title, PageChart(name, charts[name].finding, figures[name].fluid(), source), charts[name].table)
            for name, title in titles.items()
        )

    # Quarters and initiatives ----------------------------------------------------------------------------------

    def _quarter(self, load: Load) -> Quarter:
        items = self.plan.items
        ending = [item for item in items if item.completion == load.quarter and item.start < load.quarter]
        return Quarter(
            label=self.data.quarters[load.quarter - 1],
            used=self._number(load.capacity - load.left),
            capacity=self._number(load.capacity),
            running=self._number(load.running) if load.running else "",
            steps=tuple(self._step(item) for item in items if item.start == load.quarter),
            completes=tuple(self._line(item.initiative) for item in ending),
        )

    def _step(self, item: Item) -> Step:
        initiative = self._initiative(item.initiative)
        return Step(
            id=initiative.id,
            name=self._say(initiative.name),
            summary=self._say(initiative.summary) if initiative.summary else "",
            reasons=self._reasons(item),
            effort=self._number(item.effort),
            run_cost=self._number(item.run_cost) if item.run_cost else "",
            until=self.data.quarters[item.completion - 1] if item.completion > item.start else "",
            whys=tuple(self._why(lift.question, lift.before, lift.after) for lift in item.lifts),
            prerequisites=tuple(self._line(before) for before in initiative.prerequisites),
            enables=tuple(self._line(after) for after in item.enables),
            first_step=self._say(initiative.first_step) if initiative.first_step else "",
            done_when=self._say(initiative.done_when),
            priority=self._exactly(item.priority.priority),
            formula=self._formula(item.priority),
            terms=self._terms(item.priority),
        )

    def _reasons(self, item: Item) -> tuple[str, ...]:
        words = {
            "must_do": _("has to be done"),
            "critical": _("lifts a critical principle"),
            "gate": _("the level depends on it"),
            "enables": _("opens the way for others"),
            "quick_win": _("quick win"),
            "value": _("much for its effort"),
        }
        return tuple(words[reason] for reason in item.reasons)

    def _why(self, key: str, before: Fraction, after: Fraction) -> Why:
        question = self.framework.question_by_key[key]
        return Why(key, self._say(question.stem), self._level(before), self._today(question, before),
                   self._level(after), self._then(question, before, after))  # fmt: skip

    def _today(self, question: Question, value: Fraction) -> str:
        """The anchor that holds today; where answers differ widely there is no such anchor."""
        score = self.card.questions[question.key]
        if score.verdict in UNSETTLED:
            return _("Answers range from %(low)s to %(high)s: talk first.") % {
                "low": self._level(score.minimum),
                "high": self._level(score.maximum),
            }
        return question.anchor(int(value)).in_language(self.language)

    def _then(self, question: Question, before: Fraction, after: Fraction) -> str:
        if int(after) > int(before):
            return question.anchor(int(after)).in_language(self.language)
        return _("On the way to: %(anchor)s") % {"anchor": question.anchor(int(after) + 1).in_language(self.language)}

    def _formula(self, priority: Priority) -> str:
        """Confidence x (value + enabling value) / effort with this initiative's numbers (domain guide 4.3)."""
        numbers = (priority.confidence, priority.value, priority.enabling, priority.effort, priority.priority)
        return "%s × (%s + %s) ÷ %s = %s" % tuple(self._exactly(number) for number in numbers)  # noqa: UP031

    def _terms(self, priority: Priority) -> tuple[str, ...]:
        return tuple(
            _("%(question)s: %(weight)s per level × %(lift)s levels = %(value)s")
            % {
                "question": term.question,
                "weight": self._exactly(term.weight),
                "lift": self._exactly(term.lift),
                "value": self._exactly(term.value),
            }
            for term in priority.terms
            if term.lift
        )

    # Lists -----------------------------------------------------------------------------------------------------

    def _targets(self) -> tuple[Target, ...]:
        scored = self.card.principles
        principles = [self._aim(p.key, p.label, scored[p.key].score, p.critical) for p in self.framework.principles]
        pillars = [self._aim(p.prefix, p.name, self.card.pillars[p.key].direct) for p in self.framework.pillars]
        return tuple(principles + pillars)

    def _aim(self, subject: str, name: Any, score: float | None, critical: bool = False) -> Target:
        level = self.plan.targets.get(subject)
        target = _("hold") if level is None else self._number(level)
        return Target(subject, self._say(name), self._number(score), target, critical)

    def _out_of_reach(self, missing: Unreached) -> OutOfReach:
        return OutOfReach(
            question=missing.question,
            stem=self._stem(missing.question),
            target=self._level(missing.target),
            missing=self._level(missing.missing),
            reason=unreached_reasons()[missing.reason],
        )

    def _others(self) -> tuple[Other, ...]:
        planned = {item.initiative for item in self.plan.items}
        return tuple(
            Other(
                id=priority.initiative,
                name=self._say(self._initiative(priority.initiative).name),
                priority=self._exactly(priority.priority),
                effort=self._number(priority.effort),
                worth=priority.priority > 0,
            )
            for priority in self.plan.priorities
            if priority.initiative not in planned
        )

    # Small things ----------------------------------------------------------------------------------------------

    def _initiative(self, key: str) -> Initiative:
        return self.framework.initiative_by_id[key]

    def _line(self, key: str) -> Line:
        return Line(key, self._say(self._initiative(key).name))

    def _stem(self, key: str) -> str:
        return self._say(self.framework.question_by_key[key].stem)

    def _say(self, text: Any) -> str:
        return text.in_language(self.language)

    def _number(self, value: Fraction | float | None) -> str:
        return format_score(value, 1, self.language)

    def _exactly(self, value: Fraction) -> str:
        return format_score(value, 2, self.language)

    def _level(self, value: Fraction | float) -> str:
        """Whole levels without decimals."""
        return format_score(value, 0 if value == int(value) else 1, self.language)


@dataclass(frozen=True, slots=True)
class Difference:
    """One choice that two people made differently."""

    name: str
    theirs: str
    yours: str


def differences(
    framework: Framework, quarters: Sequence[str], theirs: Choices, yours: Choices, language: str
) -> tuple[Difference, ...]:
    """What one person would overwrite of another's choices, in words."""
    before, after = (choices_in_words(framework, quarters, choices, language) for choices in (theirs, yours))
    return tuple(Difference(name, before[name], after[name]) for name in before if before[name] != after[name])


def choices_in_words(framework: Framework, quarters: Sequence[str], choices: Choices, language: str) -> dict[str, str]:
    """Each choice by its name, in the order of the form."""
    said = {_("Targets"): str(Scenario.Preset(choices.preset).label), _("People in the team"): str(choices.people)}
    for label, amount in zip(quarters, choices.capacity, strict=True):
        said[label] = _("proposed") if amount is None else format_score(amount, 2, language)
    factor = _("proposed") if choices.factor is None else format_score(choices.factor, 2, language)
    said[_("Factor for efforts")] = factor
    said[_("Most initiatives begun in a quarter")] = str(choices.max_per_quarter)
    for subject in subjects(framework):
        said[subject] = _said_target(choices, subject, language)
    for key, item in framework.initiative_by_id.items():
        said[f"{key} {item.name.in_language(language)}"] = _said_wish(choices, key, quarters)
    return said


def _said_target(choices: Choices, subject: str, language: str) -> str:
    if subject not in choices.targets:
        words = _("preset")
    else:
        level = choices.targets[subject]
        words = _("hold") if level is None else format_score(level, 1, language)
    return _("%(target)s, has to be reached") % {"target": words} if subject in choices.mandatory else words


def _said_wish(choices: Choices, key: str, quarters: Sequence[str]) -> str:
    """What was decided about one initiative, in words."""
    said = []
    if key in choices.must_do:
        said.append(_("must do"))
    if key in choices.excluded:
        reason = choices.excluded[key]
        said.append(_("won't do: %(reason)s") % {"reason": reason} if reason else _("won't do"))
    if first := choices.release.get(key):
        said.append(_("not before %(quarter)s") % {"quarter": quarters[min(first, len(quarters)) - 1]})
    return "; ".join(said) or _("as it fits")


# The best plan ---------------------------------------------------------------------------------------------------


TELLING_GAP = Fraction(3, 100)
"""From the best possible plan, at most; beyond it a first bound isn't shown."""


@dataclass(frozen=True, slots=True)
class Solving:
    """What the page says about how good its plan is, and whether a better one is coming.

    `is_asking`: the page asks for the best plan by itself. `is_moving`: it is being computed. `is_news`: it has come
    since the page was drawn. `query` names the choices, where they aren't the saved ones.
    """

    quality: str
    news: str = ""
    query: str = ""
    is_asking: bool = False
    is_moving: bool = False
    is_news: bool = False
    has_failed: bool = False
    may_ask: bool = False


def settled_state(plan: RoadmapPlan, language: str) -> Solving:
    """No better plan will come."""
    return Solving(quality_sentence(plan, language) if plan.items else "")


def solving_state(
    plan: RoadmapPlan, job: Job | None, language: str, query: str, *, may_ask: bool, is_anybody_alive: bool
) -> Solving:
    """Of a plan that may not be the best, and the job that looks for that one, None when nobody has asked for it.

    While the best plan is on its way a loose bound tells nothing: it says less of the plan than of the bound.
    """
    said = replace(settled_state(plan, language), query=query, may_ask=may_ask)
    if job is None and not may_ask:
        return said
    if job is not None and job.state == Job.State.FAILED:
        reason = _(job.error) if job.error else ""
        news = " ".join([_("The best possible plan could not be computed."), reason]).strip()
        return replace(said, news=news, has_failed=True)
    news = _("The best possible plan is being computed.")
    if job is not None and not is_anybody_alive:
        news = " ".join([news, _("No worker is running at the moment; it begins as soon as one is there.")])
    quality = said.quality if plan.solution.gap is not None and plan.solution.gap <= TELLING_GAP else ""
    return replace(said, quality=quality, news=news, is_asking=job is None, is_moving=job is not None)


def solving_news(plan: RoadmapPlan, language: str, query: str) -> Solving:
    """The best plan has come since the page was drawn."""
    return Solving(quality_sentence(plan, language), _("The best possible plan is there."), query, is_news=True)


# Reports ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """Where a report is. `state` is that of its job; `reason` is why it failed, or why it is being tried again."""

    state: str
    stage: str
    done: int
    reason: str
    is_anybody_alive: bool
    is_file_there: bool
    is_interactive_there: bool = False

    @property
    def is_moving(self) -> bool:
        """Whether the page has to ask again."""
        return self.state in (Job.State.QUEUED, Job.State.RUNNING)


def report_progress(report: Report, is_anybody_alive: bool, now: datetime) -> ReportProgress:
    """What the page of a report says, in the active language. With its result withdrawn there is no report any more."""
    job = report.job
    if report.result.withdrawn_at:
        reason = _("The assessment was opened again, so this result doesn't stand any more.")
        return ReportProgress(Job.State.FAILED, "", 0, reason, is_anybody_alive, is_file_there=False)
    return ReportProgress(
        state=job.state,
        stage=_stage(job, now),
        done=share_done(job.progress) if job.state == Job.State.RUNNING else 0,
        reason=_(job.error) if job.error else "",
        is_anybody_alive=is_anybody_alive,
        is_file_there=is_there(report),
        is_interactive_there=is_there(report, INTERACTIVE),
    )


def _stage(job: Job, now: datetime) -> str:
    if job.state == Job.State.RUNNING:
        return stage_words(job.progress)
    return _("Waiting for the best plan") if job.waits(now) else ""


def stage_words(progress: Mapping[str, Any]) -> str:
    """What the worker is doing, such as "drawing charts, 3 of 5"; empty before it has said anything."""
    words = {
        "gathering": _("Planning the roadmap"),
        "charts": _("Drawing charts"),
        "pages": _("Setting pages"),
        "storing": _("Storing the file"),
    }
    stage = words.get(progress.get("stage", ""), "")
    if not stage or progress.get("of", 1) <= 1:
        return stage
    return _("%(stage)s, %(step)d of %(of)d") % {"stage": stage, "step": progress["step"], "of": progress["of"]}


def share_done(progress: Mapping[str, Any]) -> int:
    """How far the work is, in whole per cent, for the bar."""
    done = {"gathering": (0, 15), "charts": (15, 65), "pages": (80, 15), "storing": (95, 5)}
    start, length = done.get(progress.get("stage", ""), (0, 0))
    return start + length * (max(1, progress.get("step", 1)) - 1) // max(1, progress.get("of", 1))
