"""The results of one assessment as pages print them: rows, changes, reasons, and how each number came about.

Records go in, records come out: no queries and no clock here. Texts are in the language that is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from django.utils.translation import gettext as _

from assessment.agreement import UNSETTLED, median
from assessment.answers import ORGANIZATION
from assessment.change import (
    CLEAR,
    MDC90,
    MDC95,
    PROBABLE,
    SINGLE,
    Change,
    Comparison,
    compare,
    score_of,
    settled,
    why_not_comparable,
)
from assessment.models import Result
from assessment.querysets import OWN_SHEETS
from assessment.scorecard import Number, PillarScore, PrincipleScore, QuestionScore, Scorecard
from assessment.scoring import Answer, Respondent, alpha_of, own_scores
from assessment.versions import LikeForLike, Side, bridge_between, like_for_like
from manifesto import catalog
from manifesto.definitions import Anchor, Framework, Module, Pillar, Principle, Question

GAP_BETWEEN_CLAIMED_AND_VERIFIED = 0.5
"""From this difference on the page warns (domain guide 3.5)."""
Levels = Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it was frozen, with the sheet's name; `by` is who typed it last, `at` when.

    `for_organization`: given once for all teams, it stood in the place of the team's own.
    """

    sheet: str
    by: str
    state: str
    level: int | None
    partly: bool
    reason: str
    note: str
    evidence_url: str
    evidence_strength: int
    checked_by: str
    confidence: str
    for_organization: bool = False
    at: datetime | None = None

    @property
    def value(self) -> Fraction | None:
        return None if self.level is None else Fraction(2 * self.level + self.partly, 2)

    @property
    def link(self) -> str:
        """The evidence as an address that a browser may open; empty for any other text."""
        return self.evidence_url if self.evidence_url.startswith(("https://", "http://")) else ""


@dataclass(frozen=True, slots=True)
class Sheets:
    """Everything that was typed, by question key.

    Of anonymous answers: how many answered each question that may not be shown (`hidden`), from how many on one may
    (`threshold`), and the comments on the others, without their authors and in mixed order.
    """

    said: Mapping[str, tuple[Said, ...]]
    speakers: tuple[Respondent, ...]
    names: tuple[str, ...]
    hidden: Mapping[str, int] = field(default_factory=dict)
    comments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    threshold: int | None = None

    def author(self) -> str:
        """Who typed most of the answers; empty when nobody's name is known."""
        own = (item for items in self.said.values() for item in items if not item.for_organization)
        names = Counter(item.by for item in own if item.state != "open" and item.by)
        return names.most_common(1)[0][0] if names else ""


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question: where the team stands, and what the next step looks like.

    `present` and `following` are None where there is no such anchor; where the answers lie far apart there is no
    present one either, but the anchors of the lower and the upper half of the answers (`halves`). `hidden` is how many
    people gave an anonymous answer where they are too few to show it, `comments` what people wrote anonymously.
    """

    question: Question
    score: QuestionScore
    previous: Number | None
    said: tuple[Said, ...]
    present: Anchor | None
    following: Anchor | None
    halves: tuple[Anchor, Anchor] | None
    hidden: int = 0
    comments: tuple[str, ...] = ()

    @property
    def invisible(self) -> bool:
        """Whether a third of those who were asked, or more, could not tell."""
        return self.score.invisible

    @property
    def strip(self) -> Strip:
        return Strip(self.score, tuple(item.value for item in self.said if item.value is not None))


@dataclass(frozen=True, slots=True)
class Strip:
    """Answers on a line of 200 units: level 1 at 20, level 5 at 180."""

    score: QuestionScore
    values: tuple[Fraction, ...]

    @staticmethod
    def place(value: Number) -> int:
        return round(20 + 40 * (float(value) - 1))

    @property
    def minimum(self) -> int:
        return self.place(self.score.minimum or 1)

    @property
    def maximum(self) -> int:
        return self.place(self.score.maximum or 1)

    @property
    def middle(self) -> int:
        return self.place(self.score.value or 1)

    @property
    def dots(self) -> list[tuple[int, int]]:
        """Horizontal and vertical place of each answer; equal ones are stacked."""
        placed: Counter[int] = Counter()
        dots = []
        for value in sorted(self.values):
            x = self.place(value)
            dots.append((x, 24 - 7 * placed[x]))
            placed[x] += 1
        return dots

    @property
    def top(self) -> int:
        """Where the picture begins, so that the highest stack is inside."""
        return min([y for _, y in self.dots], default=24) - 6

    @property
    def height(self) -> int:
        return 34 - self.top


@dataclass(frozen=True, slots=True)
class PrincipleRow:
    """One of the principles; `target` is None where the next level asks for nothing more.

    `previous` is last time's score as it was given then, also by an earlier release.
    """

    principle: Principle
    score: PrincipleScore
    previous: Number | None
    target: Number | None
    change: Change | None
    questions: tuple[QuestionRow, ...]

    @property
    def gap(self) -> float:
        """Levels missing to the target, from the lower bound where there is no score, as the gate counts it."""
        current = self.score.score if self.score.score is not None else self.score.low
        return 0.0 if self.target is None or current is None else float(self.target - current)

    @property
    def has_bounds(self) -> bool:
        return self.score.low is not None and self.score.low != self.score.high

    @property
    def verdict(self) -> str:
        return verdict_words(self.change)

    @property
    def alike(self) -> Number | None:
        """Last time's score where it may stand on one scale beside today's: given by the same questions."""
        return None if self.change and self.change.native else self.previous

    @property
    def importance(self) -> str:
        return importance_words(self.change, self.target)

    @property
    def verified_gap(self) -> bool:
        return claims_too_much(self.score.score, self.score.verified_score)


@dataclass(frozen=True, slots=True)
class PillarRow:
    pillar: Pillar
    score: PillarScore
    previous: Number | None
    change: Change | None

    @property
    def has_bounds(self) -> bool:
        return self.score.low is not None and self.score.low != self.score.high


@dataclass(frozen=True, slots=True)
class Since:
    """What last time's result says about this one. `why_not` is framework or form where they can't be compared.

    `link` is there when another release of the framework asked then: the comparison is like for like.
    `newcomers` are those who answered now and not then, `leavers` the reverse; for a shared sheet its main author.
    """

    result: Result
    card: Scorecard
    comparison: Comparison | None
    why_not: str
    newcomers: tuple[str, ...]
    leavers: tuple[str, ...]

    @property
    def link(self) -> LikeForLike | None:
        return self.comparison.link if self.comparison else None

    @property
    def not_comparable(self) -> list[Principle]:
        """The principles that both releases have, but not with enough questions alike."""
        link = self.link
        return [link.bridge.newer.principle_by_key[key] for key in link.not_comparable] if link else []

    @property
    def others_answered(self) -> bool:
        return bool(self.newcomers or self.leavers)

    @property
    def fell(self) -> bool:
        return bool(self.comparison and (self.comparison.overall.delta or 0) < 0)


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """A result with everything that its page shows."""

    result: Result
    framework: Framework
    card: Scorecard
    sheets: Sheets
    since: Since | None
    pillars: tuple[PillarRow, ...]
    principles: tuple[PrincipleRow, ...]
    own_questions: Mapping[str, tuple[QuestionRow, ...]]

    @property
    def questions(self) -> list[QuestionRow]:
        """All questions of the form: principles first, then the pillars' own."""
        rows = [row for principle in self._in_order for row in principle.questions]
        return rows + [row for questions in self.own_questions.values() for row in questions]

    @property
    def _in_order(self) -> list[PrincipleRow]:
        return sorted(self.principles, key=lambda row: row.principle.key)

    @property
    def has_bounds(self) -> bool:
        """Whether any score could still be another one, for its open answers."""
        return any(row.has_bounds for row in (*self.principles, *self.pillars))

    @property
    def question_count(self) -> int:
        return len(self.questions)

    @property
    def answered_count(self) -> int:
        return sum(row.score.state == "answered" for row in self.questions)

    @property
    def verified_gap(self) -> bool:
        """Whether what was checked lies so far below what was said that the page must warn."""
        return claims_too_much(self.card.overall.score, self.card.overall.verified_score)

    @property
    def verified_gaps(self) -> list[PrincipleRow]:
        """The principles of which that is so, in framework order."""
        return [row for row in self._in_order if row.verified_gap]

    @property
    def dont_know(self) -> list[QuestionRow]:
        """Questions that nobody could answer, or that a third of the team or more couldn't."""
        return [row for row in self.questions if row.invisible or (row.score.state == "missing" and not row.hidden)]

    @property
    def hidden(self) -> list[QuestionRow]:
        """Questions that too few people answered for their anonymous answers to be shown."""
        return [row for row in self.questions if row.hidden]

    @property
    def not_applicable(self) -> list[QuestionRow]:
        return [row for row in self.questions if row.score.state == "not_applicable"]

    @property
    def several(self) -> bool:
        return self.result.mode in OWN_SHEETS

    @property
    def spread(self) -> list[QuestionRow]:
        """Questions with several answers: split ones first, and the least agreed ones of each verdict."""
        rows = [row for row in self.questions if row.score.respondents > 1]
        return sorted(rows, key=lambda row: (*row.score.agenda_rank, row.question.key))

    @property
    def agreed(self) -> list[QuestionRow]:
        """Those of them on which the team agrees, and which nearly everybody could answer."""
        return [row for row in self.spread if row.score.agreed]

    @property
    def disputed(self) -> list[QuestionRow]:
        """The others: to be talked about before acting."""
        return [row for row in self.spread if row not in self.agreed]

    @property
    def split(self) -> list[QuestionRow]:
        return [row for row in self.spread if row.score.verdict == "split"]

    @property
    def alpha(self) -> Fraction | None:
        """Krippendorff's alpha of the round; None where nobody answered the same question as another person."""
        return alpha_of(self.framework, self.sheets.speakers, self.result.form)

    @property
    def verified_steps(self) -> list[tuple[QuestionRow, Number, Number]]:
        """Question, value before and after, as they are asked: changes with evidence that a second person checked."""
        if not (self.since and self.since.comparison):
            return []
        steps = {step.question: step for step in self.since.comparison.verified}
        found = ((row, steps.get(row.question.key)) for row in self.questions)
        return [(row, step.before, step.after) for row, step in found if step]

    @property
    def limits(self) -> tuple[float, float]:
        """From which change on a principle changed clearly, and probably, with one respondent."""
        return MDC95, MDC90

    @property
    def same_person(self) -> bool:
        """Whether one sheet was filled in both times, and by the same person for the most part."""
        since = self.since
        own_sheets = {self.result.mode, since.result.mode} & set(OWN_SHEETS) if since else ()
        return bool(since and not since.others_answered and not own_sheets)

    @property
    def overall_verdict(self) -> str:
        comparison = self.since.comparison if self.since else None
        return verdict_words(comparison.overall if comparison else None, self.same_person)

    def page_of(self, subject: str) -> str:
        """The subject whose page explains a question's subject: a pillar's prefix stands for the pillar."""
        return next((pillar.key for pillar in self.framework.pillars if pillar.prefix == subject), subject)

    @property
    def movers(self) -> list[PrincipleRow]:
        """Principles with a clear or probable change, largest first."""
        moved = [row for row in self.principles if row.change and row.change.verdict in ("clear", "probable")]
        return sorted(moved, key=lambda row: (-abs(row.change.delta or 0), row.principle.key))

    def principle(self, key: str) -> PrincipleRow | None:
        return next((row for row in self.principles if row.principle.key == key), None)

    def pillar(self, key: str) -> PillarRow | None:
        return next((row for row in self.pillars if row.pillar.key == key), None)

    def question(self, key: str) -> QuestionRow | None:
        return next((row for row in self.questions if row.question.key == key), None)


def verdict_words(change: Change | None, same_person: bool = False) -> str:
    """Whether a change is one, in the active language. What may be chance reads differently for a single respondent."""
    if change is None or change.verdict is None:
        return ""
    if change.verdict == CLEAR:
        return _("clear")
    if change.verdict == PROBABLE:
        return _("probable")
    if change.regime == SINGLE and same_person:
        return _("too small to tell apart from a second answer by the same person")
    return _("may be chance")


def importance_words(change: Change | None, target: Number | None) -> str:
    """Why a change matters beside being one (domain guide 3.6), in the active language; empty where it doesn't."""
    if change is None or not change.important:
        return ""
    if target is not None and change.before < target <= change.after:
        return _("important: reaches its target")
    return _("important: crosses an anchor")


def claims_too_much(claimed: Number | None, verified: Number | None) -> bool:
    """Whether evidence supports so much less than what was said that it calls for a warning."""
    if claimed is None or verified is None:
        return False
    return round(float(claimed - verified), 9) >= GAP_BETWEEN_CLAIMED_AND_VERIFIED


def module_rows(page: ResultsPage, module: Module) -> tuple[QuestionRow, ...]:
    """The questions of an optional module with their answers; those of last time when the same release asked."""
    then = page.since.card.questions if page.since and page.since.card.framework == page.card.framework else {}
    rows = []
    for prefix in module.prefixes:
        for question in page.framework.questions_by_subject.get(prefix, ()):
            score = page.card.questions.get(question.key) or QuestionScore(None, 0, None, None, None)
            before = then.get(question.key)
            rows.append(_question_row(question, score, before.value if before else None, page.sheets))
    return tuple(rows)


def framework_of(result: Result) -> Framework:
    return catalog.get(result.framework_key, result.framework_version)


def build_page(result: Result, previous: Result | None, targets: Levels) -> ResultsPage:
    """Prepare a result. `targets` are levels by principle key, None where nothing more is asked for."""
    framework, card = framework_of(result), Scorecard.from_dict(result.scorecard)
    sheets = read_sheets(result.answers)
    since = _since(framework, card, sheets, result, previous, targets) if previous else None
    comparison = since.comparison if since else None
    last = since.card if since and comparison else None
    rows = _question_rows(framework, card, sheets, _last_values(last, since.link if since else None))
    principles = tuple(
        PrincipleRow(
            principle,
            card.principles[principle.key],
            score_of(last, principle.key) if last else None,
            targets.get(principle.key),
            _change_of(comparison, principle.key),
            rows.get(principle.key, ()),
        )
        for principle in framework.principles
    )
    return ResultsPage(
        result=result,
        framework=framework,
        card=card,
        sheets=sheets,
        since=since,
        pillars=_pillar_rows(framework, card, last, comparison),
        principles=tuple(sorted(principles, key=lambda row: (-row.gap, row.principle.key))),
        own_questions={pillar.key: rows.get(pillar.prefix, ()) for pillar in framework.pillars},
    )


def _change_of(comparison: Comparison | None, key: str) -> Change | None:
    """The change of a principle as a list may call it; None too for one that today's release doesn't have."""
    change = comparison.principles.get(key) if comparison else None
    return settled(change) if change else None


def _pillar_rows(
    framework: Framework, card: Scorecard, last: Scorecard | None, comparison: Comparison | None
) -> tuple[PillarRow, ...]:
    return tuple(
        PillarRow(
            pillar,
            card.pillars[pillar.key],
            score_of(last, pillar.key) if last else None,
            comparison.pillars[pillar.key] if comparison else None,
        )
        for pillar in framework.pillars
    )


# What was typed


def read_sheets(answers: Mapping) -> Sheets:
    """The frozen answers of a Result. Open ones are kept too, since a note may stand beside them."""
    said: dict[str, list[Said]] = {}
    speakers, names = [], []
    for sheet in answers["respondents"]:
        spoken = {}
        for key, answer in sheet["answers"].items():
            item = _said(sheet, answer)
            said.setdefault(key, []).append(item)
            if item.state != "open":
                reason = answer.get("reason", "")
                spoken[key] = Answer(item.state, item.level, item.partly, reason, item.evidence_strength)
        speakers.append(Respondent(sheet["id"], spoken))
        if spoken and not sheet["shared"] and sheet["name"]:
            names.append(sheet["name"])
    anonymous = answers.get("anonymous", {})
    return Sheets(
        said={key: tuple(items) for key, items in said.items()},
        speakers=tuple(speakers),
        names=tuple(names),
        hidden=anonymous.get("hidden", {}),
        comments={key: tuple(texts) for key, texts in anonymous.get("comments", {}).items()},
        threshold=anonymous.get("threshold"),
    )


def _said(sheet: Mapping, answer: Mapping) -> Said:
    """The reason of an anonymous answer only stands in for one: what people wrote is a comment."""
    return Said(
        sheet=sheet["name"],
        by=answer.get("by", ""),
        checked_by=answer.get("checked_by", ""),
        state=answer["state"],
        level=answer["level"],
        partly=answer["partly"],
        reason="" if sheet.get("anonymous") else answer.get("reason", ""),
        note=answer.get("note", ""),
        evidence_url=answer.get("evidence_url", ""),
        evidence_strength=answer.get("evidence_strength", 0),
        confidence=answer.get("confidence", ""),
        for_organization=sheet["id"] == ORGANIZATION,
        at=datetime.fromisoformat(answer["at"]) if answer.get("at") else None,
    )


def _last_values(last: Scorecard | None, link: LikeForLike | None) -> Mapping[str, Number | None]:
    """Last time's value of each question that means the same today."""
    if last is None:
        return {}
    return {key: score.value for key, score in last.questions.items() if link is None or key in link.bridge.common}


def _question_rows(
    framework: Framework, card: Scorecard, sheets: Sheets, last: Mapping[str, Number | None]
) -> dict[str, tuple[QuestionRow, ...]]:
    rows: dict[str, list[QuestionRow]] = {}
    for question in framework.form_questions(card.form):
        score = card.questions[question.key]
        row = _question_row(question, score, last.get(question.key), sheets)
        rows.setdefault(question.subject, []).append(row)
    return {subject: tuple(items) for subject, items in rows.items()}


def _question_row(question: Question, score: QuestionScore, previous: Number | None, sheets: Sheets) -> QuestionRow:
    said = sheets.said.get(question.key, ())
    halves = _halves(question, said) if score.verdict in UNSETTLED else None
    level = None if score.value is None else int(score.value)
    following = None if halves or level is None or level == 5 else question.anchor(level + 1)
    present = None if halves or level is None else question.anchor(level)
    hidden, comments = sheets.hidden.get(question.key, 0), sheets.comments.get(question.key, ())
    return QuestionRow(question, score, previous, said, present, following, halves, hidden, comments)


def _halves(question: Question, said: Iterable[Said]) -> tuple[Anchor, Anchor] | None:
    """The anchors of the lower and of the upper half of the answers; the middle one of an odd number is in neither."""
    values = sorted(item.value for item in said if item.value is not None)
    half = len(values) // 2
    if not half:
        return None
    return question.anchor(int(median(values[:half]))), question.anchor(int(median(values[-half:])))


# Since last time


def _since(
    framework: Framework, card: Scorecard, sheets: Sheets, result: Result, previous: Result, targets: Levels
) -> Since:
    before = Scorecard.from_dict(previous.scorecard)
    then = read_sheets(previous.answers)
    link = link_between(before, card)
    why_not = "" if link else why_not_comparable(before, card)
    comparison = None
    if not why_not:
        comparison = compare(
            framework,
            before,
            card,
            link=link,
            own_before=_own(framework, then, previous, link),
            own_after=_own(framework, sheets, result, link),
            targets={key: level for key, level in targets.items() if level is not None},
        )
    newcomers, leavers = _turnover(then, sheets)
    return Since(previous, before, comparison, why_not, newcomers, leavers)


def link_between(before: Scorecard, after: Scorecard) -> LikeForLike | None:
    """How two cards of different releases can be compared; None where they need no link, or have none to offer."""
    if why_not_comparable(before, after) != "framework" or before.form != after.form:
        return None
    bridge = bridge_between(before.framework, after.framework, after.form)
    link = like_for_like(bridge, Side.of_card(before), Side.of_card(after)) if bridge else None
    return None if link is None or link.is_empty else link


def _own(
    framework: Framework, sheets: Sheets, result: Result, link: LikeForLike | None
) -> dict[str, tuple[Fraction, ...]]:
    if result.mode not in OWN_SHEETS:
        return {}
    if link:
        return link.own_scores(result.framework_identifier, sheets.speakers)
    return own_scores(framework, sheets.speakers, result.form)


def _turnover(then: Sheets, now: Sheets) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who answered only now, and who only then. A shared sheet counts as its main author."""
    first, second = (set(sheets.names or filter(None, [sheets.author()])) for sheets in (then, now))
    if not first or not second:
        return (), ()
    return tuple(sorted(second - first)), tuple(sorted(first - second))
