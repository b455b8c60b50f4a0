"""`manage.py maintain`: the daily removal of what is older than the settings say, now."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand
from django.utils import timezone

from config.retention import maintain, mend_counts

EXAMPLE = """examples:
  manage.py maintain --dry-run
  manage.py maintain

The worker does this once a day. What is kept for how long follows from LADDER_KEEP_REPORT_FILES_DAYS (400),
LADDER_KEEP_REVISIONS_DAYS, LADDER_KEEP_AUDIT_DAYS and LADDER_KEEP_LOGIN_LINKS_DAYS (each 0: for ever).

exit codes: 0 done, 1 it broke"""


class Command(BaseCommand):
    help = "Remove old report files and what else is older than the settings allow; mend the counts of dashboards."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count, and remove nothing")

    def handle(self, *args, dry_run: bool, **options) -> None:
        for what, number in maintain(now=timezone.now(), really=not dry_run).items():
            self.stdout.write(f"{number} {what} {'would be ' if dry_run else ''}removed")
        if not dry_run:
            self.stdout.write(f"{mend_counts(thorough=True)} miscounted organizations counted anew")
