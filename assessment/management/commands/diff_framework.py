"""`manage.py diff_framework A B`: what changed between two releases, and what it would do to stored results."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from assessment.impact import FORMULA, Rescored, Rescoring, deciding
from assessment.models import Result
from assessment.sentences import format_percent, format_score
from assessment.versions import Side, bridge
from manifesto import catalog
from manifesto.definitions import Framework
from manifesto.diff import EDITORIAL, MEANING, NEW, PARTS, RETIRED, Comparison, Difference, compare
from manifesto.loader import FrameworkError, load

EXAMPLE = """examples:
  manage.py diff_framework dataops@0.9.0 dataops@1.0.0
  manage.py diff_framework dataops@1.0.0 drafts/dataops/1.1.0 --impact
  manage.py diff_framework dataops@1.0.0 drafts/dataops/1.1.0 --impact --json > difference.json

A and B are releases of this installation, or directories with the files of one. --impact scores the answers of every
stored result of A by A and by B; it writes nothing. Answers that B can't read count as missing, as at closing.

exit codes: 0 compared, 2 a release is missing or wrong, or they are different frameworks (one line each on stderr),
1 it broke"""

TITLES = {
    "formula": "How scores are put together",
    "levels": "Levels",
    "principles": "Principles",
    "questions": "Questions",
    "modules": "Modules",
    "initiatives": "Initiatives",
    "lists": "Challenges, values and roles",
    "glossary": "Glossary",
    "background": "Background to read",
    "texts": "Other texts",
}
KINDS = {EDITORIAL: "wording", MEANING: "meaning", NEW: "new", RETIRED: "retired"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the difference table: one stored result."""

    organization: str
    team: str
    period: str
    form: str
    rescored: Rescored


class Command(BaseCommand):
    help = "Explains what changed from release A of a framework to release B. Changes nothing."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("older", metavar="A", help="KEY@VERSION, or the directory of a release")
        parser.add_argument("newer", metavar="B", help="KEY@VERSION, or the directory of a release")
        parser.add_argument("--impact", action="store_true", help="score the stored results of A by both releases")
        parser.add_argument("--json", action="store_true", help="print JSON in place of words")

    def handle(self, *args: Any, **options: Any) -> None:
        older, newer = self.releases(options["older"], options["newer"])
        between = _between(older, newer)
        found = compare(older, newer, between)
        share = bridge(older, newer, between).comparability
        rows = _rows(older, newer, between) if options["impact"] else None
        if options["json"]:
            data = found.as_dict() | {"comparability": float(share)}
            data |= {} if rows is None else {"impact": _impact_data(rows)}
            self.stdout.write(json.dumps(data, indent=2, ensure_ascii=False))
            return
        lines = [*_difference_lines(found), "", _share_line(found, format_percent(share, "en"))]
        if rows is not None:
            lines += ["", *_impact_lines(found, rows)]
        self.stdout.write("\n".join(lines))

    def releases(self, *names: str) -> tuple[Framework, Framework]:
        """The two releases. Ends with 2 when one can't be had, after naming everything that is wrong."""
        found, faults = [], []
        for name in names:
            try:
                found.append(_release(name))
            except (catalog.UnknownFramework, FrameworkError) as error:
                faults += [f"{name}: {line}" for line in str(error).splitlines()]
        if len(found) == 2 and found[0].key != found[1].key:
            faults.append(f"{found[0].identifier} and {found[1].identifier} are different frameworks")
        if faults:
            for fault in faults:
                self.stderr.write(fault)
            sys.exit(2)
        return found[0], found[1]


def _release(name: str) -> Framework:
    """By key and version, else by directory. Raises UnknownFramework, FrameworkError."""
    return load(name) if "@" not in name and Path(name).is_dir() else catalog.find(name)


def _between(older: Framework, newer: Framework) -> tuple[Framework, ...]:
    """The installed releases in the middle, whose crosswalks lead on."""
    return catalog.between(older.key, older.version, newer.version)


# In words


def _difference_lines(found: Comparison) -> Iterable[str]:
    yield f"{found.older} -> {found.newer}"
    yield ""
    if not found.differences:
        yield "Nothing changed."
    for part in PARTS:
        if items := found.of(part):
            yield f"{TITLES[part]}: {_counted(items)}"
            yield from () if part == "glossary" else (f"  {_line(item)}" for item in items)
            yield ""
    yield _verdict(found)


def _counted(items: Iterable[Difference]) -> str:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    return ", ".join(f"{count} {KINDS.get(kind, kind)}" for kind, count in counts.items())


def _line(item: Difference) -> str:
    return f"{item.subject:<8} {KINDS.get(item.kind, item.kind):<8} {item.words}"


def _verdict(found: Comparison) -> str:
    """Which step the change deserves, and whether the number takes it."""
    number = found.newer.partition("@")[2]
    deserves = {"none": "no new number"}.get(found.deserves, f"a {found.deserves} step")
    sentence = f"This deserves {deserves}"
    if found.agrees:
        return f"{sentence}, and {number} takes it."
    if found.takes == "back":
        return f"{sentence}, but {number} is the older number."
    takes = {"none": "stays the same"}.get(found.takes, f"takes a {found.takes} one")
    return f"{sentence}, but {number} {takes}: {found.expected} would say what it is."


def _share_line(found: Comparison, share: str) -> str:
    return (
        f"Comparable: {share} of the question weight of {found.newer} was asked before, or can be read by a crosswalk."
    )


# Impact


def _rows(older: Framework, newer: Framework, between: tuple[Framework, ...]) -> list[Row]:
    ready = {form: Rescoring(bridge(older, newer, between, form)) for form in ("full", "short")}
    stored = Result.objects.standing().of_release(older.key, older.version).with_questions()
    return [
        Row(organization, team, period, form, ready[form].of(Side.of_questions(older.identifier, questions)))
        for organization, team, period, form, questions in stored.iterator(chunk_size=200)
    ]


def _impact_lines(found: Comparison, rows: list[Row]) -> Iterable[str]:
    if not rows:
        yield f"There is no stored result of {found.older}."
        return
    changed = [row for row in rows if row.rescored.changes_level]
    up = sum(row.rescored.level_after > row.rescored.level_before for row in changed)
    counts = f"{len(changed)} would change level: {up} up, {len(changed) - up} down."
    yield f"Of {len(rows)} stored results of {found.older}, {counts}"
    for key, count in deciding(row.rescored for row in rows):
        yield f"  {_decider(key, found):<24} decides {count}"
    yield ""
    yield from _table(rows)
    yield ""
    yield "Open answers count as level 1 (so do those to new questions); 'up to' is what they could make of the level."


def _decider(key: str, found: Comparison) -> str:
    if key == FORMULA:
        return "principles, weights or gate"
    kinds = {item.subject: item.kind for item in found.of("questions") if item.kind in (NEW, RETIRED, MEANING)}
    return f"{key} ({KINDS[kinds[key]]})" if key in kinds else key


def _table(rows: list[Row]) -> Iterable[str]:
    """One line per result; the organization only where there are several."""
    several = len({row.organization for row in rows}) > 1
    head = ["Team", "Period", "Form", "Level", "up to", "Score", "Because of"]
    lines = [[*([row.organization] if several else []), *_cells(row)] for row in rows]
    table = [["Organization", *head] if several else head, *lines]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cells(row: Row) -> list[str]:
    one = row.rescored
    scores = (format_score(score, 2, "en") for score in (one.score_before, one.score_after))
    level = f"{one.level_before} -> {one.level_after}" if one.changes_level else str(one.level_before)
    return [
        _plain(row.team),
        row.period,
        row.form,
        level,
        str(one.possible_after),
        " -> ".join(scores),
        (", or " if one.alone else ", ").join(one.because),
    ]


def _plain(name: str) -> str:
    """A name as one cell of a table in a terminal: nothing in it moves the cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def _impact_data(rows: list[Row]) -> dict[str, Any]:
    changed = [row for row in rows if row.rescored.changes_level]
    return {
        "results": len(rows),
        "change_level": len(changed),
        "up": sum(row.rescored.level_after > row.rescored.level_before for row in changed),
        "down": sum(row.rescored.level_after < row.rescored.level_before for row in changed),
        "because": dict(deciding(row.rescored for row in rows)),
        "table": [_row_data(row) for row in rows],
    }


def _row_data(row: Row) -> dict[str, Any]:
    numbers = asdict(row.rescored) | {
        name: None if (value := getattr(row.rescored, name)) is None else float(value)
        for name in ("score_before", "score_after")
    }
    return {
        "organization": row.organization,
        "team": row.team,
        "period": row.period,
        "form": row.form,
        **numbers,
        "because": list(row.rescored.because),
    }
