"""`manage.py recount_quarters`: what dashboards of many teams say, counted anew from the results."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand
from django.db import transaction

from assessment.actions.quarters import recount_quarters
from organizations.models import Organization

EXAMPLE = """examples:
  manage.py recount_quarters --check
  manage.py recount_quarters

Closing an assessment keeps the counts up to date, and the daily work looks whether they still agree with the results:
everything in organizations with at most 2,000 results, in larger ones the number of teams.
While an organization is counted, its teams wait with closing assessments.

exit codes: 0 done, 1 it broke"""


class Command(BaseCommand):
    help = "Count anew what all teams of each organization scored in each quarter."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only name the quarters that are wrong")

    def handle(self, *args, check: bool, **options) -> None:
        for organization in Organization.objects.order_by("pk"):
            with transaction.atomic():
                wrong = recount_quarters(organization=organization)
                transaction.set_rollback(check)
            if wrong:
                self.stdout.write(f"{organization.name}: {', '.join(wrong)}{'' if check else ' counted anew'}")
