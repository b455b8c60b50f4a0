"""Let in somebody who lost phone, passkeys and recovery codes."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from organizations.models import User
from organizations.sign_in import actions

REFUSED = 2


class Command(BaseCommand):
    help = """Take all second factors from one person and end their sessions. It stands in the audit trail.

Make sure by another way than mail that it is the person who asks.

Example:
  manage.py remove_second_factors olivia@example.org
"""

    def create_parser(self, *args, **kwargs):
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser):
        parser.add_argument("email", metavar="EMAIL", help="whose second factors are removed")
        parser.add_argument("--dry-run", action="store_true", help="only say whether there are any")

    def handle(self, *, email: str, dry_run: bool, **options):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"There is no account for {email}.", returncode=REFUSED)
        if not User.objects.with_second_factor().filter(pk=user.pk).exists():
            raise CommandError(f"{email} has no second factor.", returncode=REFUSED)
        if dry_run:
            self.stdout.write(f"{email} has second factors; nothing was changed.")
            return
        number = actions.remove_second_factors(user=user, now=timezone.now())
        self.stdout.write(f"Removed from {email}: {number}. The password, a link or a new second factor lets them in.")
