"""One report for a whole organization: where its teams stand, what they lack alike, what moved, what is asked.

Teams stand by name, never by score. Scores are levels 1-5, efforts person-weeks.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from assessment.change import CLEAR
from assessment.dashboard import Dashboard, HeatRow, TeamRow, build_trend, spread
from assessment.periods import period_label
from assessment.sentences import format_change, format_score, join_words
from manifesto.definitions import Initiative
from reports import figures
from reports.briefing.audiences import ORGANIZATION
from reports.briefing.charts import HALF, WIDE
from reports.briefing.data import Logo, Rate
from reports.briefing.executive import money
from reports.briefing.records import Chart, Decision, Fact, LevelCount, OrganizationBriefing, Picture, Table
from reports.joint import Fix
from reports.wording import chart_words, document_words

SYSTEMIC = 3
MOVES = 6
MOST_DECISIONS = 3
COLUMNS, MAPS = 14, 3
"""So many teams stand side by side in a heatmap, and so many heatmaps are drawn; all teams stand in the table."""
LINES = 6
"""Up to so many teams have lines of their own in the trend; of more it shows median and quartiles."""


@dataclass(frozen=True, slots=True)
class OrganizationData:
    """What the report is made from: the board of the quarter, and one of the overall score for its history.

    `date` is the closing date of the latest result. `fixes` are what several teams have adopted and could do together.
    """

    name: str
    board: Dashboard
    overall: Dashboard
    date: datetime.date
    rate: Rate | None = None
    fixes: tuple[Fix, ...] = ()
    logos: tuple[Logo, ...] = ()
    product_version: str = ""


def build_organization_briefing(data: OrganizationData, language: str) -> OrganizationBriefing:
    """Say everything in `language`; the same data give the same briefing."""
    with override(language):
        return _Whole(data, language).briefing()


def build_organization_figures(data: OrganizationData, language: str) -> dict[str, Any]:
    """The report's figures by name."""
    with override(language):
        return _Whole(data, language).figures()


class _Whole:
    def __init__(self, data: OrganizationData, language: str) -> None:
        self.data, self.board, self.language = data, data.board, language
        self.framework = data.board.framework
        self.words = chart_words(self.framework, language)

    def briefing(self) -> OrganizationBriefing:
        period = self.board.label(self.board.filters.period)
        return OrganizationBriefing(
            audience=ORGANIZATION,
            language=self.language,
            title=_("%(name)s, DataOps self-assessment %(period)s") % {"name": self.data.name, "period": period},
            date=self.data.date.isoformat(),
            team=self.data.name,
            words=document_words(),
            badge="",
            facts=self._facts(period),
            scope="",
            sentence=self.board.finding,
            levels=self._levels(),
            pillars=self._pillars(),
            systemic_finding=self.board.systemic_finding,
            gaps=self._gaps(),
            moved_finding=self.board.moved_finding if self.board.filters.compare else "",
            moves=self._moves(),
            charts={chart.name: chart for chart in (self._trend_chart(), *self._maps()) if chart},
            decisions=tuple(self._decisions())[:MOST_DECISIONS],
            principles=self._principles(),
            teams=self._teams(),
            how_to_read=_(
                "Scores run from 1 to 5. Teams assess themselves, each for its own next step: they stand by name and "
                "are not ranked. A level is a summary, not a target."
            ),
            logos=tuple(
                Picture(f"logo-{number}", logo.alt, logo.width / logo.height)
                for number, logo in enumerate(self.data.logos, start=1)
            ),
        )

    def figures(self) -> dict[str, Any]:
        drawn = {}
        if len(self._quarters()) > 1:
            drawn["trend"] = self._trend_figure()
        for number, teams in enumerate(self._groups(), start=1):
            drawn[f"map-{number}"] = self._map_figure(teams)
        return drawn

    # Page one ----------------------------------------------------------------------------------------------------

    def _facts(self, period: str) -> tuple[Fact, ...]:
        board = self.board
        assessed = _("%(count)d of %(total)d") % {"count": len(board.assessed), "total": len(board.rows)}
        people = sum(row.now.respondents for row in board.assessed)
        return (
            Fact(_("Quarter"), period),
            Fact(_("Teams assessed"), assessed),
            Fact(_("Respondents"), str(people)),
            Fact(_("Framework"), ", ".join(board.versions)),
            Fact(_("As of"), date_format(self.data.date, "DATE_FORMAT")),
        )

    def _levels(self) -> tuple[LevelCount, ...]:
        """How many teams stand at each level: a spread, not a ranking."""
        reached = [row.overall["level"] for row in self.board.assessed]
        return tuple(
            LevelCount(level.level, self._say(level.name), reached.count(level.level))
            for level in self.framework.levels
        )

    def _pillars(self) -> Table:
        head = ("", _("Median"), _("Quartiles"))
        subjects = [("overall", _("Overall")), *((p.key, self._say(p.name)) for p in self.framework.pillars)]
        rows = []
        for key, name in subjects:
            found = spread(row.score_now(key) for row in self.board.rows)
            rows.append((name, self._number(found.median), self._quartiles(found)))
        return Table(head, tuple(rows))

    def _gaps(self) -> tuple[str, ...]:
        """What most teams lack, else what is lowest in the middle, with the challenge that it feeds."""
        return tuple(self._gap(row) for row in self._weakest()[:SYSTEMIC])

    def _weakest(self) -> list[HeatRow]:
        known = [row for row in self.board.heat if row.spread.median is not None]
        return self.board.systemic or sorted(known, key=lambda row: (row.spread.median, row.principle.key))

    def _gap(self, row: HeatRow) -> str:
        feeds = [self._say(c.name) for c in self.framework.challenges if c.key in row.principle.challenges]
        return _("%(principle)s: median %(median)s, below level 2 in %(below)d of %(count)d teams (%(challenges)s)") % {
            "principle": f"{row.principle.key} {self._say(row.principle.label)}",
            "median": self._number(row.spread.median),
            "below": row.spread.below,
            "count": row.spread.count,
            "challenges": join_words(feeds, self.language),
        }

    def _moves(self) -> tuple[str, ...]:
        """Principles that moved clearly, with the number of teams; not which team moved more."""
        clear = [change for change in self.board.moved if change.verdict == CLEAR]
        lines = []
        for principle in self.framework.principles:
            own = [change for change in clear if change.principle.key == principle.key]
            if own:
                teams = ", ".join(
                    f"{c.row.team.name} {format_change(c.delta, 1, self.language)}" for c in own[:SYSTEMIC]
                )
                more = f" +{len(own) - SYSTEMIC}" if len(own) > SYSTEMIC else ""
                lines.append(f"{principle.key} {self._say(principle.label)}: {teams}{more}")
        return tuple(lines[:MOVES])

    # What is asked -----------------------------------------------------------------------------------------------

    def _decisions(self) -> Iterator[Decision]:
        if self.data.fixes:
            yield self._together(self.data.fixes[0])
        for row in self._weakest()[:2]:
            if row.spread.below and (initiative := self._one_fix(row)):
                yield self._sponsor(row, initiative)
        missing = [row for row in self.board.rows if row.now is None]
        if missing:
            yield self._assess(missing)
        if not self.board.filters.compare:
            yield Decision(
                _("Assess again in the next quarter"),
                _("about an hour per team"),
                _("It shows what the work changed."),
                _("Nobody knows whether anything helps."),
            )

    def _together(self, fix: Fix) -> Decision:
        teams = join_words([place.team for place in fix.places[:SYSTEMIC]], self.language)
        weeks = _("%(effort)s person-weeks") % {"effort": fix.effort}
        if fix.saved:
            otherwise = _("Each team does it alone, for %(saved)s person-weeks more.") % {"saved": fix.saved}
        else:
            otherwise = _("Each team finds its own way.")
        return Decision(
            ngettext("Do “%(name)s” once for %(count)d team", "Do “%(name)s” once for %(count)d teams", len(fix.places))
            % {"name": fix.name, "count": len(fix.places)},
            f"{weeks} ({fix.cost})" if fix.cost else weeks,
            _("It lifts answers by %(lift)s levels in all; %(teams)s have adopted it.")
            % {"lift": fix.lift, "teams": teams},
            otherwise,
        )

    def _one_fix(self, row: HeatRow) -> Initiative | None:
        """The initiative that lifts the principle's questions most for its effort, and can be begun at once."""
        ready = [i for i in self.framework.initiatives if not i.prerequisites and _worth(i, row.principle.key)]
        return max(ready, key=lambda i: (_worth(i, row.principle.key) / i.effort, i.id), default=None)

    def _sponsor(self, row: HeatRow, initiative: Initiative) -> Decision:
        count = row.spread.below
        weeks = _("%(effort)s person-weeks per team") % {"effort": self._number(initiative.effort)}
        priced = money(initiative.effort * count, self.data.rate, self.language)
        return Decision(
            ngettext(
                "Sponsor “%(name)s” in %(count)d team",
                "Sponsor “%(name)s” in %(count)d teams at once",
                count,
            )
            % {"name": self._say(initiative.name), "count": count},
            f"{weeks} ({priced})" if priced else weeks,
            _("It lifts %(principle)s where it is lowest.") % {"principle": self._say(row.principle.label)},
            ngettext(
                "%(principle)s stay below level 2 in %(count)d team.",
                "%(principle)s stay below level 2 in %(count)d teams.",
                count,
            )
            % {"principle": f"{row.principle.key} {self._say(row.principle.label)}", "count": count},
        )

    def _assess(self, missing: Sequence[TeamRow]) -> Decision:
        names = [row.team.name for row in missing]
        if (rest := len(names) - SYSTEMIC) > 0:
            names = [*names[:SYSTEMIC], ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest}]
        return Decision(
            _("Have the other teams assessed: %(names)s") % {"names": join_words(names, self.language)},
            _("about an hour per team"),
            _("The picture is whole."),
            _("What holds these teams back stays unknown."),
        )

    # Charts and tables -------------------------------------------------------------------------------------------

    def _quarters(self) -> tuple[str, ...]:
        return self._trend().quarters

    def _trend(self):
        return build_trend(self.data.overall.points, self.data.overall.rows, ["overall"], self.data.overall.filters)

    def _trend_lines(self) -> list[figures.TrendLine]:
        trend = self._trend()
        lines = trend.lines["overall"]
        if not trend.banded and len(lines) > LINES:
            medians = [spread(line.values[place] for line in lines).median for place in range(len(trend.quarters))]
            return [figures.TrendLine(_("Median"), tuple(medians))]
        return [figures.TrendLine(line.name, line.values, (), line.linked, line.broken) for line in lines]

    def _trend_figure(self) -> Any:
        trend = self._trend()
        quarters = [period_label(quarter, self.language) for quarter in trend.quarters]
        marks = {period_label(period, self.language): version for period, version in trend.marks.items()}
        panel = figures.TrendPanel(_("Overall score"), tuple(self._trend_lines()))
        return figures.trend([panel], quarters, self.words, marks=marks, width=HALF)

    def _trend_chart(self) -> Chart | None:
        quarters = [period_label(quarter, self.language) for quarter in self._quarters()]
        if len(quarters) < 2:
            return None
        lines = self._trend_lines()
        rows = tuple((line.name, *(self._number(value) for value in line.values)) for line in lines)
        return Chart("trend", self.board.trend_finding, Table((_("Team"), *quarters), rows))

    def _groups(self) -> list[tuple[TeamRow, ...]]:
        """The assessed teams by name, in groups that fit side by side."""
        assessed = self.board.assessed
        return [tuple(assessed[start : start + COLUMNS]) for start in range(0, len(assessed), COLUMNS)][:MAPS]

    def _map_figure(self, teams: Sequence[TeamRow]) -> Any:
        rows = [f"{p.key} {self._say(p.label)}" for p in self.framework.principles]
        scores = [[row.score_now(p.key) for row in teams] for p in self.framework.principles]
        return figures.heatmap([row.team.name for row in teams], rows, scores, self.words, width=WIDE)

    def _maps(self) -> Iterator[Chart]:
        for number, teams in enumerate(self._groups(), start=1):
            head = (_("Principle"), *(row.team.name for row in teams))
            rows = tuple(
                (f"{p.key} {self._say(p.label)}", *(self._number(row.score_now(p.key)) for row in teams))
                for p in self.framework.principles
            )
            finding = self.board.heat_finding
            if len(self._groups()) > 1:
                first, last = teams[0].team.name, teams[-1].team.name
                finding = _("%(finding)s Teams from %(first)s to %(last)s.") % {
                    "finding": finding, "first": first, "last": last
                }  # fmt: skip
            yield Chart(f"map-{number}", finding, Table(head, rows))

    def _principles(self) -> Table:
        head = (_("Principle"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Teams below level 2"))
        return Table(
            head,
            tuple(
                (
                    f"{row.principle.key} {self._say(row.principle.label)}",
                    self._number(row.spread.low),
                    self._number(row.spread.median),
                    self._number(row.spread.high),
                    f"{row.spread.below}/{row.spread.count}",
                )
                for row in self.board.heat
            ),
        )

    def _teams(self) -> Table:
        head = (_("Team"), _("Level"), _("Score"), _("Possible range"), _("Before"), _("Respondents"), _("Framework"))
        return Table(head, tuple(self._team(row) for row in self.board.rows))

    def _team(self, row: TeamRow) -> tuple[str, ...]:
        if row.now is None:
            return (row.team.name, "–", _("not assessed"), "", self._number(row.score_then("overall")), "", "")
        overall = row.overall
        before = row.compared("overall")[0] if row.comparable else None
        return (
            row.team.name,
            str(overall["level"]),
            self._number(overall["score"]) if overall["score"] is not None else _("too few answers"),
            f"{self._number(overall['low'])}–{self._number(overall['high'])}",
            self._number(before),
            str(row.now.respondents),
            row.now.framework_identifier,
        )

    def _say(self, text: Any) -> str:
        return text.in_language(self.language)

    def _number(self, value: Any) -> str:
        return format_score(value, 1, self.language)

    def _quartiles(self, found) -> str:
        return "–" if found.low is None else f"{self._number(found.low)}–{self._number(found.high)}"


def _worth(initiative: Initiative, subject: str) -> Fraction:
    """Levels by which the initiative lifts the questions of a subject."""
    return sum((lift for key, lift in initiative.lifts.items() if key.split(".")[0] == subject), Fraction(0))
