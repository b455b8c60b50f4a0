"""`manage.py export_person`: everything that the product knows by and about one person."""

from __future__ import annotations

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.personal.export import as_json, export
from organizations.models import User

REFUSED = 2
EXAMPLE = """examples:
  manage.py export_person bob@example.org
  manage.py export_person bob@example.org --output bob.json

exit codes: 0 done, 2 there is no such person, 1 it broke"""


class Command(BaseCommand):
    help = "Print, as JSON, everything that is known by and about a person; secrets are left out."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="whose data")
        parser.add_argument("--output", metavar="FILE", default="", help="a file that only you can read")

    def handle(self, *args, email: str, output: str, **options) -> None:
        text = as_json(export(person(email), now=timezone.now()))
        if not output:
            self.stdout.write(text)
            return
        path = Path(output).expanduser()
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise CommandError(f"{path} can't be a file.", returncode=REFUSED)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)


def person(email: str) -> User:
    """The person of this address. Raises CommandError."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise CommandError(f"There is no account for {email}.", returncode=REFUSED)
    return user
