"""Let somebody in no more, at once: who left, or whose account somebody else uses."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from organizations.models import Organization, User
from organizations.sign_in import actions

REFUSED = 2


class Command(BaseCommand):
    help = """Switch off one person's account: sessions and sign-in links end at once, and there is no way in.

Roles, answers and results stay as they are. It stands in the audit trail. With --undo the person may sign in again.

Examples:
  manage.py switch_off bob@example.org
  manage.py switch_off bob@example.org --undo

exit codes: 0 done; 2 there is no such account, or it is off (on) already (nothing changed)"""

    def create_parser(self, *args, **kwargs):
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser):
        parser.add_argument("email", metavar="EMAIL", help="whose account")
        parser.add_argument("--undo", action="store_true", help="switch it on again")

    def handle(self, *, email: str, undo: bool, **options):
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"There is no account for {email}.", returncode=REFUSED)
        act, state = (actions.switch_on, "on") if undo else (actions.switch_off, "off")
        if not act(user=user, now=timezone.now()):
            raise CommandError(f"The account of {email} is switched {state} already.", returncode=REFUSED)
        self.stdout.write(f"The account of {email} is switched {state}.")
        if not undo and (ownerless := Organization.objects.for_user(user).without_owner_who_can_sign_in().by_name()):
            names = ", ".join(place.name for place in ownerless)
            self.stdout.write(f"Nobody who can sign in owns {names} now: make somebody else an owner.")
