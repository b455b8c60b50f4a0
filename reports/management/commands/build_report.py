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
from organizations.models import Organization
from reports import files
from reports.briefing.audiences import AUDIENCES, LEAD
from reports.build import build_document
from reports.gathering import additions_for, logos_of
from reports.organization_report import build_organization_document
from reports.plans import choices_for, framework_of

WRONG_INPUT = 2
EXAMPLE = """examples:
  manage.py build_report --assessment latest --output report.pdf
  manage.py build_report --organization 1 --period 2026-Q3 --output all-teams.pdf
  manage.py build_report --assessment 12 --audience executive --language pt-br --output resumo.pdf

exit codes: 0 written, 2 the input is wrong (nothing written), 1 it broke (nothing written)"""


class Command(BaseCommand):
    help = "Build the PDF report of a closed assessment with its saved roadmap; dated by the day of closing."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--assessment", metavar="ID|latest", help="a closed assessment")
        what.add_argument("--organization", metavar="ID", help="all teams of an organization, for executives")
        parser.add_argument("--period", metavar="YYYY-Qn", help="with --organization (default: the latest quarter)")
        parser.add_argument("--audience", default=LEAD, choices=AUDIENCES, help="the reader (default: %(default)s)")
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], help="default: the organization's"
        )
        parser.add_argument("--output", required=True, metavar="FILE.pdf", help="replaced when it is there already")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["organization"] is not None:
            return self._whole_organization(options)
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
        self._write(made.pdf, output)
        if made.why_no_charts:
            self.stderr.write(f"warning: built with tables in the charts' place: {made.why_no_charts}")
        self.stdout.write(f"{output}: {result}, {options['audience']}, {language}, {len(made.pdf)} bytes")

    def _checked(self, options: dict[str, Any]) -> tuple[Result, Path]:
        """The result and the file to write. Raises CommandError that names every fault."""
        output = Path(options["output"])
        result, faults = self._result(options["assessment"])
        if options["period"]:
            faults.append("--period goes with --organization")
        faults += self._faults_of(output)
        if faults:
            raise CommandError("\n".join(faults), returncode=WRONG_INPUT)
        return result, output

    def _faults_of(self, output: Path) -> list[str]:
        """Why the file can't be written, if so."""
        if output.is_dir():
            return [f"--output {output}: is a directory"]
        if not output.parent.is_dir():
            return [f"--output {output}: there is no directory {output.parent}"]
        if not os.access(output.parent, os.W_OK):
            return [f"--output {output}: the directory {output.parent} can't be written to"]
        return []

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

    def _whole_organization(self, options: dict[str, Any]) -> None:
        organization, period, output = self._checked_organization(options)
        language = options["language"] or organization.language
        made = build_organization_document(
            organization, period, language, lambda stage, step, of: None, logos_of(organization.pk)
        )
        self._write(made.pdf, output)
        if made.why_no_charts:
            self.stderr.write(f"warning: built with tables in the charts' place: {made.why_no_charts}")
        self.stdout.write(f"{output}: {organization}, {period}, {language}, {len(made.pdf)} bytes")

    def _checked_organization(self, options: dict[str, Any]) -> tuple[Organization, str, Path]:
        """The organization, a quarter in which it has results, the file to write. Raises CommandError."""
        number, output = options["organization"], Path(options["output"])
        faults = self._faults_of(output)
        known = number.isascii() and number.isdigit() and len(number) < 19
        organization = Organization.objects.filter(pk=int(number)).first() if known else None
        periods = Result.objects.of_organization(organization).standing().periods() if organization else []
        period = options["period"] or next(iter(periods), "")
        if organization is None:
            faults.insert(0, f"--organization {number}: there is no organization of this number")
        elif not periods:
            faults.insert(0, f"--organization {number}: none of its teams has closed an assessment")
        elif period not in periods:
            faults.insert(0, f"--period {period}: no team has a result in it; there are {', '.join(periods)}")
        if organization is None or faults:
            raise CommandError("\n".join(faults), returncode=WRONG_INPUT)
        return organization, period, output

    def _write(self, pdf: bytes, output: Path) -> None:
        temporary = output.with_name(f".{output.name}.{os.getpid()}.part")
        try:
            files.write(temporary, pdf)
            os.replace(temporary, output)
        finally:
            temporary.unlink(missing_ok=True)
