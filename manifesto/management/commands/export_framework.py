"""`manage.py export_framework KEY[@VERSION]`: a whole framework as JSON, as the scorer uses it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand

from manifesto import catalog
from manifesto.export import export
from manifesto.loader import FrameworkError

EXAMPLE = """examples:
  manage.py export_framework dataops@0.9.0 > dataops.json
  manage.py export_framework dataops          (the newest release)

exit codes: 0 printed, 2 there is no such release or its files are wrong (one line each on stderr), 1 it broke"""


class Command(BaseCommand):
    help = "Prints a framework release as JSON, with its content hash. Touches no database."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("framework", metavar="KEY[@VERSION]", help="the release, such as dataops@0.9.0")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            framework = catalog.find(options["framework"])
        except (catalog.UnknownFramework, FrameworkError) as error:
            self.stderr.write(str(error))
            sys.exit(2)
        self.stdout.write(json.dumps(export(framework), indent=2, ensure_ascii=False))
