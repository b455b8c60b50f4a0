"""`manage.py doctor`: is each part of the installation well, and what mends it?"""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand

from config import doctor

EXAMPLE = """examples:
  manage.py doctor
  manage.py doctor --json

exit codes: 0 all is well, 1 there are warnings, 2 something failed"""


class Command(BaseCommand):
    help = "Look at database, migrations, broker, worker, browser, fonts, disk, mail, clock, secrets and settings."
    requires_system_checks = ()  # they are findings like others

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args, **options) -> None:
        findings = doctor.examine()
        if options["json"]:
            self.stdout.write(json.dumps(doctor.as_data(findings), ensure_ascii=False, indent=1))
        else:
            for finding in findings:
                self.tell(finding)
        code = doctor.WORST.index(doctor.verdict(findings))
        if code:
            raise SystemExit(code)

    def tell(self, finding: doctor.Finding) -> None:
        style = {doctor.OK: self.style.SUCCESS, doctor.WARNING: self.style.WARNING, doctor.FAILED: self.style.ERROR}
        self.stdout.write(f"{style[finding.state](finding.state.ljust(8))} {finding.part.ljust(15)} {finding.says}")
        if finding.fix:
            self.stdout.write(f"{' ' * 24} Fix: {finding.fix}")
