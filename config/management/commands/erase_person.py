"""`manage.py erase_person`: takes a person out of all data."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.management.commands.export_person import person
from config.personal.erasure import PSEUDONYM, Consequences, consequences, erase
from organizations.models import User

REFUSED = 2
EXAMPLE = """examples:
  manage.py erase_person bob@example.org          says what happens, and asks for the address
  manage.py erase_person bob@example.org --yes

Backups that were made before still hold the person: delete them in their turn, and erase again after restoring one.

exit codes: 0 erased; 2 there is no such person, an organization has no other owner, or it wasn't confirmed (nothing
changed); 1 it broke (nothing changed)"""


class Command(BaseCommand):
    help = "Erase a person: the account goes, answers stay without the name. Says first what that means."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="whom to erase")
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args, email: str, yes: bool, **options) -> None:
        user = person(email)
        told = consequences(user)
        if told.alone:
            names = ", ".join(place.name for place in told.alone)
            raise CommandError(
                f"{email} is the only owner of {names}. Make somebody else an owner first.", returncode=REFUSED
            )
        self.stdout.write(in_words(user, told))
        if not yes:
            confirm(user)
        erase(user=user, actor=None, now=timezone.now())
        self.stdout.write("Erased.")


def in_words(user: User, told: Consequences) -> str:
    places = ", ".join(place.name for place in told.organizations) or "no organization"
    return (
        f"Erasing {user} <{user.email}> from {places}:\n"
        f"- the account, its roles and sign-in links are deleted;\n"
        f"- “{PSEUDONYM}” takes the name's place in {told.results} results, in answers, revisions and audit rows;\n"
        f"- {told.sheets} sheets of the person's own keep their answers and lose their notes;\n"
        f"- {told.documents} PDF reports that may print the name are deleted; they can be asked for again.\n"
        f"This can't be undone."
    )


def confirm(user: User) -> None:
    """Ask for the address. Raises CommandError when it isn't given, or nobody is there to be asked."""
    if not sys.stdin.isatty():
        raise CommandError("Nobody is here to confirm it; add --yes. Nothing was changed.", returncode=REFUSED)
    if input("Type the e-mail address to go on: ").strip().lower() != user.email.lower():
        raise CommandError("That isn't the address. Nothing was changed.", returncode=REFUSED)
