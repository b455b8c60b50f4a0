"""The tables of pages as rows for a file: the same numbers, unrounded, under lines that say what they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from assessment.dashboard import Dashboard, Trend, subject_name
from assessment.models import Outcome, Result
from assessment.outcomes import measure_names, numbers_of
from assessment.periods import period_label
from assessment.results import ResultsPage
from assessment.sensitivity import sensitivity_of
from assessment.sentences import format_score
from manifesto.definitions import Framework
from organizations.models import Organization, Team

Table = tuple[list[str], list[list]]
About = list[tuple[str, object]]

RESULT_TABLES = ("principles", "agreement", "sensitivity")
PANELS = ("teams", "principles", "trend", "changes", "gaps", "two-dates", "outcomes")


def about_result(page: ResultsPage, title: str, address: str, now: datetime) -> About:
    """What a file of one result is, in lines of name and value."""
    result = page.result
    return [
        (_("Table"), title),
        (_("Team"), result.team_name),
        (_("Period"), result.period),
        (_("Scope"), result.scope),
        (_("Form"), page.result.form),
        (_("Mode"), page.result.mode),
        (_("Respondents"), result.respondents),
        (_("Framework"), page.framework.identifier),
        (_("Inputs"), result.input_hash),
        (_("Compared with"), page.since.result.period if page.since and page.since.comparison else ""),
        *_about_link(page),
        (_("Exported at"), now.isoformat(timespec="seconds")),
        (_("Address"), address),
    ]


def _about_link(page: ResultsPage) -> About:
    """Across releases: what the changes rest on, since "last time" stands as it was given."""
    if not (page.since and page.since.link):
        return []
    words = _("%(framework)s, %(share)s of today's question weight") % {
        "framework": page.since.result.framework_identifier,
        "share": format_score(page.since.link.comparability, 2, "en"),
    }
    return [(_("Compared like for like"), words)]


def about_module(result: Result, title: str, finding: str, address: str, now: datetime) -> About:
    """What a file of one module is, in lines of name and value."""
    return [(_("Table"), title), (_("Finding"), finding), *_made_from(result, address, now)]


def about_roadmap(result: Result, what: str, address: str, now: datetime) -> About:
    """What a file of a roadmap is, in lines of name and value."""
    return [(_("Table"), _("Roadmap")), (_("What it is"), what), *_made_from(result, address, now)]


def _made_from(result: Result, address: str, now: datetime) -> About:
    return [
        (_("Team"), result.team_name),
        (_("Period"), result.period),
        (_("Framework"), result.framework_identifier),
        (_("Inputs"), result.input_hash),
        (_("Exported at"), now.isoformat(timespec="seconds")),
        (_("Address"), address),
    ]


def result_table(page: ResultsPage, name: str, language: str) -> tuple[str, Table]:
    """Title and rows of one of RESULT_TABLES."""
    if name == "agreement":
        return _("Where the team agrees"), _agreement(page, language)
    if name == "sensitivity":
        return _("Added up in another way"), _sensitivity(page)
    return _("Results by principle"), _results(page, language)


def _results(page: ResultsPage, language: str) -> Table:
    """Overall, pillars, then principles in framework order."""
    head = [
        _("Key"), _("Name"), _("Critical"), _("Score"), _("Last time"), _("Change"), _("Verdict"), _("Target"),
        _("Low"), _("High"), _("Verified"), _("Coverage"),
    ]  # fmt: skip
    rows = [_overall_row(page), *_pillar_rows(page, language), *_principle_rows(page, language)]
    return head, rows


def _overall_row(page: ResultsPage) -> list:
    overall = page.card.overall
    change = page.since.comparison.overall if page.since and page.since.comparison else None
    before, delta = (change.before, change.delta) if change else (None, None)
    return [
        "overall", _("Overall score"), "", overall.score, before, delta, change.verdict if change else "", None,
        overall.low, overall.high, overall.verified_score, overall.completeness,
    ]  # fmt: skip


def _pillar_rows(page: ResultsPage, language: str) -> Iterable[list]:
    for row in page.pillars:
        name, score, change = row.pillar.name.in_language(language), row.score, row.change
        yield [
            row.pillar.key, name, "", score.score, row.previous, change.delta if change else None,
            (change.verdict or "") if change else "", None, score.low, score.high, score.verified_score, None,
        ]  # fmt: skip


def _principle_rows(page: ResultsPage, language: str) -> Iterable[list]:
    for row in sorted(page.principles, key=lambda row: row.principle.key):
        name, score, change = row.principle.name.in_language(language), row.score, row.change
        yield [
            row.principle.key, name, _("yes") if row.principle.critical else "", score.score, row.previous,
            change.delta if change else None, (change.verdict or "") if change else "",
            None if row.target is None else float(row.target), score.low, score.high, score.verified_score,
            score.coverage,
        ]  # fmt: skip


def _agreement(page: ResultsPage, language: str) -> Table:
    """The questions with several answers, in the order of the agenda; the last line is alpha over all of them."""
    head = [
        _("Key"), _("Question"), _("n"), _("Median"), _("Lowest"), _("Highest"), _("Don't know"), _("a_wg"),
        _("Mean deviation"), _("Verdict"), _("Not visible to the team"),
    ]  # fmt: skip
    rows = [
        [
            row.question.key, row.question.stem.in_language(language), row.score.respondents, row.score.value,
            row.score.minimum, row.score.maximum, row.score.dont_know, row.score.a_wg, row.score.ad, row.score.verdict,
            _("yes") if row.invisible else "",
        ]
        for row in page.spread
    ]  # fmt: skip
    alpha = page.alpha
    rows.append(["alpha", _("Krippendorff's alpha (ordinal)"), *[None] * 5, alpha and float(alpha), None, "", ""])
    return head, rows


def _sensitivity(page: ResultsPage) -> Table:
    found = sensitivity_of(page.framework, page.card)
    lines = [("as_scored", found.score, found.level)]
    lines += [(variant.method, variant.score, variant.level) for variant in found.variants]
    return [_("Method"), _("Score"), _("Level")], [
        [method, None if score is None else float(score), level] for method, score, level in lines
    ]


def about_answers(result: Result, address: str, now: datetime) -> About:
    """What a file of everything that was typed is, in lines of name and value."""
    return [
        (_("Table"), _("Answers, as they were typed")),
        (_("Team"), result.team_name),
        (_("Period"), result.period),
        (_("Scope"), result.scope),
        (_("Form"), result.form),
        (_("Mode"), result.mode),
        (_("Modules"), ", ".join(result.modules)),
        (_("Respondents"), result.respondents),
        (_("Framework"), result.framework_identifier),
        (_("Inputs"), result.input_hash),
        (_("Closed by"), result.closed_by_name),
        (_("Closed at"), result.closed_at.isoformat(timespec="seconds")),
        (_("Exported at"), now.isoformat(timespec="seconds")),
        (_("Address"), address),
    ]


def answers_table(result: Result, framework: Framework, language: str) -> Table:
    """Every answer of every sheet with its note, evidence, author and time, then the candidate projects.

    `Counts` is empty for what was typed and doesn't enter the result: in a module that is off, or where the
    organization's answer stands. A project has a line for each rating; the first one bears its note.
    """
    head = [
        _("Sheet"), _("Key"), _("Question"), _("Counts"), _("State"), _("Level"), _("Partly there"), _("Reason"),
        _("Note"), _("Who does this work"), _("Evidence"), _("Evidence strength"), _("Checked by"), _("Confidence"),
        _("Flagged"), _("Kept from last time"), _("Version"), _("Saved by"), _("Saved at"),
    ]  # fmt: skip
    stems = {question.key: question.stem.in_language(language) for question in framework.questions}
    rows = [
        _answer_row(sheet["name"], key, stems.get(key, ""), counted, said)
        for sheet in result.answers["respondents"]
        for part, counted in (("answers", True), ("set_aside", False))
        for key, said in sheet.get(part, {}).items()
    ]
    for part, counted in (("projects", True), ("set_aside_projects", False)):
        for project in result.answers.get(part, []):
            rows.extend(_project_rows(project, stems, counted))
    return head, rows


def _answer_row(sheet: str, key: str, stem: str, counted: bool, said: Mapping) -> list:
    return [
        sheet, key, stem, _tick(counted), said["state"], said["level"], _tick(said["partly"]), said["reason"],
        said["note"], said.get("holders", ""), said["evidence_url"], said["evidence_strength"],
        said.get("checked_by", ""), said["confidence"], _tick(said.get("flagged")), _tick(said.get("confirmed")),
        said.get("version"), said.get("by", ""), said.get("at", ""),
    ]  # fmt: skip


def _project_rows(project: Mapping, stems: Mapping[str, str], counted: bool) -> Iterable[list]:
    saved = [_tick(project["carried"]), project["version"], project["by"], project["at"]]
    lines = [("complexity", _("Complexity"), project["complexity"])]
    lines += [(key, stems.get(key, ""), level) for key, level in sorted(project["ratings"].items())]
    for index, (key, stem, level) in enumerate(lines):
        note = project["note"] if index == 0 else ""
        empty = [None, None, "", "", "", ""]
        yield [project["name"], key, stem, _tick(counted), "", level, "", "", note, *empty, *saved]


def _tick(value: object) -> str:
    return _("yes") if value else ""


def about_dashboard(
    board: Dashboard, organization: Organization, title: str, finding: str, address: str, now: datetime
) -> About:
    """What a file of the dashboard is: title, finding, every filter, time and framework versions."""
    pillar = board.filters.pillar
    return [
        (_("Table"), title),
        (_("Finding"), finding),
        (_("Organization"), organization.name),
        (_("Teams"), ", ".join(row.team.name for row in board.rows) if board.filters.teams else _("all")),
        (_("Period"), board.filters.period),
        (_("Compared with"), board.filters.compare),
        (_("Pillar"), subject_name(board.framework, pillar, board.language) if pillar else _("all")),
        (_("Framework"), ", ".join(board.versions)),
        (_("Exported at"), now.isoformat(timespec="seconds")),
        (_("Address"), address),
    ]


def dashboard_table(board: Dashboard, panel: str) -> tuple[str, str, Table]:
    """Title, finding and table of one panel of PANELS; every chosen team, not only those of one page."""
    if panel == "principles":
        return _("Principles by team"), board.heat_finding, _principles(board)
    if panel == "trend":
        return _("Scores over time"), board.trend_finding, trend_table(board.framework, board.trend, board.language)
    if panel == "changes":
        return _("What moved"), board.moved_finding, _changes(board)
    if panel == "gaps":
        return _("Systemic gaps"), board.systemic_finding, _gaps(board)
    if panel == "two-dates":
        return _("Two dates"), board.two_dates_finding, _two_dates(board)
    return _("Teams"), board.finding, _teams(board)


def outcomes_of_teams(board: Dashboard, known: Mapping[int, Outcome]) -> Table:
    """A line per chosen team, by name: its four numbers in the quarter, empty where nobody entered them."""
    head = [_("Team"), _("Period"), *measure_names().values(), _("Entered by"), _("Entered at")]
    return head, [[row.team.name, board.filters.period, *_outcome_cells(known.get(row.team.pk))] for row in board.rows]


def outcomes_of_team(outcomes: Iterable[Outcome]) -> Table:
    """A line per quarter in time order: the four numbers, who entered them and when."""
    head = [_("Period"), *measure_names().values(), _("Entered by"), _("Entered at")]
    return head, [[outcome.period, *_outcome_cells(outcome)] for outcome in outcomes]


def _outcome_cells(outcome: Outcome | None) -> list:
    numbers = [None if number is None else float(number) for number in numbers_of(outcome)]
    if outcome is None:
        return [*numbers, "", ""]
    return [*numbers, outcome.updated_by_name, outcome.updated_at.isoformat(timespec="seconds")]


def about_team(team: Team, title: str, finding: str, address: str, now: datetime) -> About:
    """What a file of one team is, in lines of name and value."""
    return [
        (_("Table"), title),
        (_("Finding"), finding),
        (_("Organization"), team.organization.name),
        (_("Team"), team.name),
        (_("Exported at"), now.isoformat(timespec="seconds")),
        (_("Address"), address),
    ]


def _teams(board: Dashboard) -> Table:
    pillars = board.framework.pillars
    head = [
        _("Team"), _("Period"), _("Level"), _("Score"), _("Verified"), _("Low"), _("High"),
        *(pillar.name.in_language(board.language) for pillar in pillars),
        _("Respondents"), _("Coverage"), _("Form"), _("Framework"), _("Closed on"),
    ]  # fmt: skip
    return head, [_team(board, row) for row in board.rows]


def _team(board: Dashboard, row) -> list:
    if row.now is None:
        return [row.team.name, "", *[None] * (9 + len(board.framework.pillars)), ""]
    overall, result = row.overall, row.now
    return [
        row.team.name, result.period, overall["level"], overall["score"], overall["verified_score"], overall["low"],
        overall["high"], *(row.score_now(pillar.key) for pillar in board.framework.pillars), result.respondents,
        overall["completeness"], result.form, result.framework_identifier, result.closed_at.date().isoformat(),
    ]  # fmt: skip


def _principles(board: Dashboard) -> Table:
    head = [_("Principle"), _("Name"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Teams with a score")]
    rows = []
    for heat in board.heat:
        scores = [row.score_now(heat.principle.key) for row in board.rows]
        numbers = [heat.spread.low, heat.spread.median, heat.spread.high, heat.spread.count]
        rows.append([heat.principle.key, heat.principle.name.in_language(board.language), *numbers, *scores])
    return [*head, *(row.team.name for row in board.rows)], rows


def trend_table(framework: Framework, trend: Trend, language: str) -> Table:
    """A line per subject and team (or quantile), a column per quarter.

    Where a line goes on like for like across releases, the scores as they were given follow in a line of their own.
    """
    head = [_("Score"), _("Team"), *(period_label(quarter, language) for quarter in trend.quarters)]
    rows = []
    for key, lines in trend.lines.items():
        name = subject_name(framework, key, language)
        for line in lines:
            rows.append([name, line.name, *line.values])
            if any(cell.native is not None for cell in line.cells):
                given = [cell.value if cell.native is None else cell.native for cell in line.cells]
                rows.append([name, _("%(team)s, as given") % {"team": line.name}, *given])
    return head, rows


def _changes(board: Dashboard) -> Table:
    head = [
        _("Team"),
        _("Principle"),
        _("Name"),
        _("From"),
        _("To"),
        _("Before"),
        _("After"),
        _("Change"),
        _("Verdict"),
    ]
    rows = [
        [
            moved.row.team.name, moved.principle.key, moved.principle.name.in_language(board.language),
            board.filters.compare, board.filters.period, moved.then, moved.now, moved.delta, moved.verdict,
        ]
        for moved in board.moved
    ]  # fmt: skip
    return head, rows


def _gaps(board: Dashboard) -> Table:
    head = [_("Principle"), _("Name"), _("Teams below level 2"), _("Teams with a score"), _("Median")]
    rows = [
        [
            heat.principle.key, heat.principle.name.in_language(board.language), heat.spread.below, heat.spread.count,
            heat.spread.median,
        ]
        for heat in board.heat
    ]  # fmt: skip
    return head, rows


def _two_dates(board: Dashboard) -> Table:
    head = [_("Team"), _("Score"), _("From"), _("To"), _("Before"), _("After"), _("Change"), _("Verdict")]
    rows = [
        [
            pair.row.team.name, board.subject_name, board.filters.compare, board.filters.period, pair.then, pair.now,
            pair.delta, pair.verdict,
        ]
        for pair in board.all_two_dates
    ]  # fmt: skip
    return head, rows
