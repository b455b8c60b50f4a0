"""The charts of the document: figure, finding and table of each."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessment.change import CLEAR, NOISE, PROBABLE
from assessment.sentences import format_score, join_words
from reports import figures
from reports.briefing.chapter import Chapter, as_float
from reports.briefing.data import ReportData
from reports.briefing.modules import Modules
from reports.briefing.records import Chart, Table
from reports.modules.projects import ProjectsModule, project_points
from reports.wording import chart_words, project_words

NARROW, WIDE = 382, 783  # px of SVG; 4.5 px are printed on a millimetre
PILLAR_WIDTH = 182


class Charts(Chapter):
    """Every chart once as a figure, once as the words and the table beside it."""

    def __init__(self, data: ReportData, language: str) -> None:
        super().__init__(data, language)
        self.words = chart_words(self.framework, language)
        self.candidates = Modules(data, language).projects()

    def figures(self) -> dict[str, Any]:
        drawn = {
            "pillars": figures.pillars(self._pillar_rows(), self.words, width=PILLAR_WIDTH),
            "profile": figures.profile(self._profile_rows(), self.words, width=NARROW, compact=True),
        }
        if self.changes:
            drawn["dumbbell"] = figures.dumbbell(
                self._change_rows(), self.data.previous_period, self.data.period, self.words, width=WIDE
            )
        if self._items():
            drawn["gantt"] = figures.gantt(
                self._gantt_bars(), self.data.quarters, self._used(), self._available(), self.words, width=WIDE
            )
            drawn["projection"] = figures.projection(
                [_("now"), *self.data.quarters], *self._curves(), self.words, width=WIDE
            )
        if self.candidates:
            drawn["projects"] = figures.projects(
                project_points(self.candidates), project_words(self.language), width=WIDE
            )
        return drawn

    def for_window(self, drawn: dict[str, Any]) -> dict[str, Any]:
        """The figures of the document where they stand in a window: with legends, and labels that fit any width."""
        fluid = drawn | {"profile": figures.profile(self._profile_rows(), self.words)}
        if self.candidates:
            fluid["projects"] = figures.projects(project_points(self.candidates), project_words(self.language))
        return fluid

    def charts(self) -> dict[str, Chart]:
        charts = [self._pillar_chart(), self._profile_chart()]
        if self.changes:
            charts.append(self._change_chart())
        if self._items():
            charts += [self._gantt_chart(), self._projection_chart()]
        if self.candidates:
            charts.append(self._projects_chart(self.candidates))
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

    def _projects_chart(self, module: ProjectsModule) -> Chart:
        head = (_("Project"), _("Availability"), _("Value"))
        rows = ((row.name, self._number(row.availability), self._number(row.value)) for row in module.drawn)
        return Chart("projects", module.sentence, Table(head, tuple(rows)))

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
