"""The charts of the document: figure, finding and table of each."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.change import CLEAR, NOISE, PROBABLE
from assessment.sentences import format_score, join_words
from reports import figures
from reports.briefing.audiences import CONSULTANT, EXECUTIVE, LEAD
from reports.briefing.chapter import Chapter, as_float
from reports.briefing.data import Past, ReportData
from reports.briefing.modules import Modules
from reports.briefing.records import Chart, Table
from reports.modules.projects import project_points
from reports.roadmap.plan import QUICK_WIN_EFFORT
from reports.wording import chart_words, project_words, worth_words

NARROW, HALF, WIDE = 382, 382, 783  # px of SVG; 4.5 px are printed on a millimetre
PLACED = {
    LEAD: ("pillars", "profile", "slope", "gantt", "projection", "projects"),
    EXECUTIVE: ("pillars", "trend"),
    CONSULTANT: ("pillars", "profile", "slope", "gantt", "projection", "projects", "worth", "trend"),
}
SPARED = ("slope", "projects")
NAMED = 10
"""Initiatives that the chart of value against effort names."""
PILLAR_WIDTH = 182


class Charts(Chapter):
    """Every chart once as a figure, once as the words and the table beside it."""

    def __init__(self, data: ReportData, language: str, audience: str = LEAD) -> None:
        super().__init__(data, language)
        self.audience = audience
        self.words = chart_words(self.framework, language)
        self.candidates = Modules(data, language).projects()

    def figures(self) -> dict[str, Any]:
        """Those that the reader's document places, by name."""
        drawn = {"pillars": figures.pillars(self._pillar_rows(), self.words, width=PILLAR_WIDTH)}
        if self._has("profile"):
            drawn["profile"] = figures.profile(self._profile_rows(), self.words, width=NARROW, compact=True)
        if self._has("slope"):
            drawn["slope"] = self._slope(HALF)
        if self._has("gantt"):
            drawn["gantt"] = figures.gantt(
                self._gantt_bars(), self.data.quarters, self._used(), self._available(), self.words, width=WIDE
            )
            drawn["projection"] = figures.projection(
                [_("now"), *self.data.quarters], *self._curves(), self.words, width=WIDE
            )
        if self._has("projects"):
            drawn["projects"] = figures.projects(
                project_points(self.candidates), project_words(self.language), width=WIDE
            )
        if self._has("worth"):
            drawn["worth"] = figures.worth(
                self._worth_points(), worth_words(self.language), quick_effort=QUICK_WIN_EFFORT, width=WIDE
            )
        if self._has("trend"):
            drawn["trend"] = self._trend_figure(HALF if self.audience == EXECUTIVE else WIDE)
        return drawn

    def for_window(self, drawn: dict[str, Any]) -> dict[str, Any]:
        """The figures of the document where they stand in a window: with legends, and labels that fit any width."""
        fluid = dict(drawn)
        if "profile" in drawn:
            fluid["profile"] = figures.profile(self._profile_rows(), self.words)
        if "slope" in drawn:
            fluid["slope"] = self._slope(None)
        if "projects" in drawn:
            fluid["projects"] = figures.projects(project_points(self.candidates), project_words(self.language))
        return fluid

    def _has(self, name: str) -> bool:
        """Whether the reader's document places the chart, and there is something to draw."""
        there = {
            "slope": bool(self.changes),
            "gantt": bool(self._items()),
            "projection": bool(self._items()),
            "projects": self.candidates is not None,
            "worth": bool(self.plan and self.plan.priorities),
            "trend": len(self.data.history) > 1,
        }
        return name in PLACED[self.audience] and there.get(name, True)

    def charts(self, *, tight: bool = False) -> dict[str, Chart]:
        """Their words and tables by name; a `tight` document does without those that lists tell as well."""
        made = {
            "pillars": self._pillar_chart,
            "profile": self._profile_chart,
            "slope": self._change_chart,
            "gantt": self._gantt_chart,
            "projection": self._projection_chart,
            "projects": self._projects_chart,
            "worth": self._worth_chart,
            "trend": self._trend_chart,
        }
        return {name: make() for name, make in made.items() if self._has(name) and not (tight and name in SPARED)}

    def _profile_rows(self) -> list[figures.ProfileRow]:
        rows = []
        for principle in self.framework.principles:
            if principle.key not in self.card.principles:
                continue
            score = self._principle(principle.key)
            rows.append(
                figures.ProfileRow(
                    label=self._short(principle),
                    score=as_float(score.score),
                    previous=None if self.link else as_float(self._previous(principle.key)),
                    target=as_float(self._target(principle.key)),
                    low=as_float(score.low),
                    high=as_float(score.high),
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
            finding = ngettext(
                "Furthest below its target: %(label)s, %(score)s of %(target)s; it is the only one with a target.",
                "Furthest below its target: %(label)s, %(score)s of %(target)s; "
                "%(reached)d of %(aimed)d targets are reached.",
                aimed,
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
        asked = None if level == 5 else as_float(level + 1 - self.framework.gate.pillar)
        return [
            figures.ProfileRow(
                label=self._say(pillar.name),
                score=as_float(score.score),
                target=asked,
                low=as_float(score.low),
                high=as_float(score.high),
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

    def _slope(self, width: int | None) -> Any:
        ends = self.data.previous_period, self.data.period
        return figures.slope(self._change_rows(), *ends, self.words, width=width)

    def _change_rows(self) -> list[figures.ChangeRow]:
        return [
            figures.ChangeRow(
                label=self._short(self.framework.principle_by_key[change.subject]),
                first=float(change.before),
                second=float(change.after),
                verdict=change.verdict,
                short=change.subject,
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
        return Chart("slope", finding, table)

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

    def _projects_chart(self) -> Chart:
        head = (_("Project"), _("Availability"), _("Value"))
        rows = ((p.name, self._number(p.availability), self._number(p.value)) for p in self.candidates.drawn)
        return Chart("projects", self.candidates.sentence, Table(head, tuple(rows)))

    def _worth_points(self) -> list[figures.WorthPoint]:
        """Initiatives that are worth something; the first ten by priority are named."""
        planned = {item.initiative for item in self._items()}
        worth = [p for p in self.plan.priorities if p.priority > 0]
        return [
            figures.WorthPoint(
                priority.initiative,
                float(priority.effort),
                float(priority.confidence * (priority.value + priority.enabling)),
                priority.initiative in planned,
                index < NAMED,
            )
            for index, priority in enumerate(worth)
        ]

    def _worth_chart(self) -> Chart:
        points = self._worth_points()
        quick = [point for point in points if point.effort <= QUICK_WIN_EFFORT]
        finding = ngettext(
            "%(count)d of %(total)d useful initiatives costs at most %(effort)s person-weeks.",
            "%(count)d of %(total)d useful initiatives cost at most %(effort)s person-weeks.",
            len(quick),
        ) % {"count": len(quick), "total": len(points), "effort": QUICK_WIN_EFFORT}
        head = (_("Initiative"), _("Person-weeks"), _("Value"))
        rows = (
            (
                f"{point.name} {self._say(self.framework.initiative_by_id[point.name].name)}",
                self._number(point.effort),
                format_score(point.value, 2, self.language),
            )
            for point in points[:NAMED]
        )
        return Chart("worth", finding, Table(head, tuple(rows)))

    def _trend_figure(self, width: int) -> Any:
        past = self.data.history
        marks = {p.period: p.framework.partition("@")[2] for p in self._new_releases()}
        broken = frozenset(index for index, p in enumerate(past) if p in self._new_releases())
        line = figures.TrendLine(_("Overall"), tuple(as_float(p.score) for p in past), broken=broken)
        panel = figures.TrendPanel("", (line,))
        return figures.trend([panel], [p.period for p in past], self.words, marks=marks, width=width, compact=True)

    def _new_releases(self) -> list[Past]:
        """The quarters from which other questions count: across them no line is drawn."""
        told = [past for past in self.data.history if past.framework]
        return [after for before, after in pairwise(told) if before.framework != after.framework]

    def _trend_chart(self) -> Chart:
        past, first, last = self.data.history, self.data.history[0], self.data.history[-1]
        finding = _("Overall %(first)s in %(then)s, %(last)s in %(now)s; level %(old)d, then %(new)d.") % {
            "first": self._number(first.score),
            "then": first.period,
            "last": self._number(last.score),
            "now": last.period,
            "old": first.level,
            "new": last.level,
        }
        if self._new_releases():
            finding = " ".join([finding, _("The questions changed in between: the line is interrupted there.")])
        rows = ((p.period, format_score(p.score, 2, self.language), str(p.level or "–")) for p in past)
        return Chart("trend", finding, Table((_("Quarter"), _("Overall score"), _("Level")), tuple(rows)))

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
