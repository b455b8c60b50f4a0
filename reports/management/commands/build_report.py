"""Build one report in this process, without worker or queue: the same bytes as the worker's."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessment.models import Result
from manifesto.catalog import UnknownFramework
from reports import files
from reports.briefing.audiences import AUDIENCES, LEAD
from reports.build import Document, build_document
from reports.gathering import additions_for
from reports.plans import choices_for, framework_of

WRONG_INPUT = 2
EXAMPLE = """examples:
  manage.py build_report --assessment latest --output report.pdf
  manage.py build_report --assessment 12 --audience executive --language pt-br --output resumo.pdf

exit codes: 0 written, 2 the input is wrong (nothing written), 1 it broke (nothing written)"""


class Command(BaseCommand):
    help = "Build the PDF report of a closed assessment with its saved roadmap; dated by the day of closing."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--assessment", required=True, metavar="ID|latest", help="a closed assessment")
        parser.add_argument("--audience", default=LEAD, choices=AUDIENCES, help="the reader (default: %(default)s)")
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], help="default: the organization's"
        )
        parser.add_argument("--output", required=True, metavar="FILE.pdf", help="replaced when it is there already")

    def handle(self, *args: Any, **options: Any) -> None:
        result, output = self._checked(options)
        language = options["language"] or result.organization.language
        made = build_document(
            result,
            choices_for(result),
            language,
            lambda stage, step, of: None,
            options["audience"],
            additions_for(result),
        )
        self._write(made, output)
        if made.why_no_charts:
            self.stderr.write(f"warning: built with tables in the charts' place: {made.why_no_charts}")
        self.stdout.write(f"{output}: {result}, {options['audience']}, {language}, {len(made.pdf)} bytes")

    def _checked(self, options: dict[str, Any]) -> tuple[Result, Path]:
        """The result and the file to write. Raises CommandError that names every fault."""
        output = Path(options["output"])
        result, faults = self._result(options["assessment"])
        if output.is_dir():
            faults.append(f"--output {output}: is a directory")
        elif not output.parent.is_dir():
            faults.append(f"--output {output}: there is no directory {output.parent}")
        elif not os.access(output.parent, os.W_OK):
            faults.append(f"--output {output}: the directory {output.parent} can't be written to")
        if faults:
            raise CommandError("\n".join(faults), returncode=WRONG_INPUT)
        return result, output

    def _result(self, assessment: str) -> tuple[Result | None, list[str]]:
        results = Result.objects.standing().select_related("team", "organization")
        if assessment == "latest":
            result = results.latest_closed()
            fault = "--assessment latest: no assessment is closed yet"
        elif assessment.isascii() and assessment.isdigit() and len(assessment) < 19:
            result = results.filter(assessment=int(assessment)).first()
            fault = f"--assessment {assessment}: there is no closed assessment of this number"
        else:
            return None, [f"--assessment {assessment}: must be a number or latest"]
        if result is None:
            return None, [fault]
        try:
            framework_of(result)
        except UnknownFramework as error:
            return None, [f"--assessment {assessment}: {error}"]
        return result, []

    def _write(self, made: Document, output: Path) -> None:
        temporary = output.with_name(f".{output.name}.{os.getpid()}.part")
        try:
            files.write(temporary, made.pdf)
            os.replace(temporary, output)
        finally:
            temporary.unlink(missing_ok=True)
