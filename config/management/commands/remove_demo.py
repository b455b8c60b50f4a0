"""`manage.py remove_demo`: takes the demo workspace away and nothing else."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand

from config.demo.removal import remove

EXAMPLE = """example:
  manage.py remove_demo

exit codes: 0 removed, or there was nothing to remove; 1 it broke (nothing changed)"""


class Command(BaseCommand):
    help = "Remove the demo organization, and its people who belong to no other organization. Asks no question."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def handle(self, *args, **options) -> None:
        names = remove()
        self.stdout.write(f"Removed {', '.join(names)}." if names else "There is no demo; nothing to remove.")
