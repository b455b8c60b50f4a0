"""`manage.py load_demo`: an invented organization with some quarters of history, to look around in."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.demo import OWNER_EMAIL
from config.demo.generated import MOST_TEAMS
from config.demo.loading import DEFAULT_QUARTERS, DEFAULT_SEED, DEFAULT_TEAMS, AlreadyLoaded, load

MOST_QUARTERS = 40
EXAMPLE = """examples:
  manage.py load_demo
  manage.py load_demo --teams 200 --quarters 12 --seed 7

exit codes: 0 loaded, 2 the input is wrong or a demo is loaded already (nothing changed), 1 it broke"""


class Command(BaseCommand):
    help = "Load the demo workspace: an invented organization, marked as demo. remove_demo removes it again."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--teams", type=int, default=DEFAULT_TEAMS, help=f"1-{MOST_TEAMS}, default %(default)s")
        parser.add_argument(
            "--quarters", type=int, default=DEFAULT_QUARTERS, help=f"of history, 1-{MOST_QUARTERS}, default %(default)s"
        )
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="another seed varies details")

    def handle(self, *args, teams: int, quarters: int, seed: int, **options) -> None:
        faults = [
            f"--{name} must be from 1 to {most}, not {given}."
            for name, given, most in (("teams", teams, MOST_TEAMS), ("quarters", quarters, MOST_QUARTERS))
            if not 1 <= given <= most
        ]
        if faults:
            raise CommandError("\n".join(faults), returncode=2)
        try:
            organization = load(now=timezone.now(), teams=teams, quarters=quarters, seed=seed, progress=self.tell)
        except AlreadyLoaded:
            raise CommandError("A demo is already loaded; run remove_demo first.", returncode=2) from None
        results = organization.results.count()
        self.stdout.write(
            f"Loaded {organization.name}: {teams} teams, {results} closed assessments. Its owner is {OWNER_EMAIL}; "
            f"for a way in: manage.py login_link {OWNER_EMAIL}"
        )

    def tell(self, done: int, of: int) -> None:
        """Show the progress of a long loading, to a person only."""
        if of > DEFAULT_TEAMS and sys.stderr.isatty():
            end = "\n" if done == of else ""
            self.stderr.write(f"\rteam {done} of {of}", ending=end)
            self.stderr.flush()
