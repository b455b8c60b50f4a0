"""Say whether a PDF belongs to the stored data."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reports.verification import verify

NOT_OURS = 2
EXAMPLE = """example:
  manage.py verify_report report.pdf

exit codes: 0 it belongs to the stored data, 2 it doesn't (each reason on a line), 1 it broke"""


class Command(BaseCommand):
    help = "Check that a PDF report, its attached data and the stored answers belong together."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.pdf", help="a report, whoever gave it to you")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        verdict = verify(Path(file))
        for fact in verdict.facts:
            self.stdout.write(f"{file}: {fact}")
        if not verdict.holds:
            raise CommandError("\n".join(f"{file}: {fault}" for fault in verdict.faults), returncode=NOT_OURS)
        self.stdout.write(f"{file}: verified")
