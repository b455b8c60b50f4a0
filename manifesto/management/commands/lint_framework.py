"""`manage.py lint_framework [PATH ...|--all] [--json]`: every rule that a framework's files break."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from manifesto import catalog
from manifesto.linter import Report, lint

EXAMPLE = """examples:
  manage.py lint_framework                                          (the newest release)
  manage.py lint_framework manifesto/frameworks/dataops/1.0.0
  manage.py lint_framework --all --json                             (every release that is shipped)

Each finding is one line: file:line: rule severity key: what is wrong and what to do. E is an error; W is a warning,
which a question may waive with a reason: `lint_waive: {L006: "reason"}`.

exit codes: 0 nothing found but what is waived, 2 something found (one line each on stderr), 1 it broke"""


class Command(BaseCommand):
    help = "Holds the files of framework releases against the rules of good content. Touches no database."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", metavar="PATH", nargs="*", help="directory of a release")
        parser.add_argument("--all", action="store_true", help="every release that is shipped")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["all"] and options["paths"]:
            self.stderr.write("name paths or use --all, not both")
            sys.exit(2)
        reports = [(path, lint(path)) for path in _paths(options["paths"], options["all"])]
        if options["json"]:
            data = [_plain(path, report) for path, report in reports]
            self.stdout.write(json.dumps({"releases": data}, indent=2, ensure_ascii=False))
        else:
            for path, report in reports:
                for finding in report.findings:
                    self.stderr.write(f"{path}/{finding}")
                self.stdout.write(_summary(report))
        if any(report.findings for _, report in reports):
            sys.exit(2)


def _paths(named: Sequence[str], all_of_them: bool) -> list[Path]:
    shipped = [catalog.DIRECTORY / key / version for key, version in catalog.releases()]
    chosen = shipped if all_of_them else [Path(name) for name in named] or shipped[-1:]
    here = Path.cwd()
    return [path.relative_to(here) if path.is_relative_to(here) else path for path in chosen]


def _summary(report: Report) -> str:
    return (
        f"{report.release}: {_count(report.questions, 'question')}, {_count(len(report.findings), 'finding')}, "
        f"{len(report.waived)} waived in {_count(len(report.waived_questions), 'question')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(path: Path, report: Report) -> dict[str, Any]:
    return {
        "release": report.release,
        "path": str(path),
        "questions": report.questions,
        "findings": [asdict(finding) for finding in report.findings],
        "waived": [asdict(one.finding) | {"question": one.question, "reason": one.reason} for one in report.waived],
    }
