"""Print a one-time sign-in link."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from organizations import actions
from organizations.models import User

REFUSED = 2


class Command(BaseCommand):
    help = """Print a link that signs one person in, once, within 24 hours.

Example:
  manage.py login_link olivia@example.org --create-owner --organization "Example Ltd"
"""

    def create_parser(self, *args, **kwargs):
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser):
        parser.add_argument("email", metavar="EMAIL", help="whom the link signs in")
        parser.add_argument(
            "--create-owner",
            action="store_true",
            help="create the person, and an organization that they own, where these are missing",
        )
        parser.add_argument(
            "--organization", metavar="NAME", default="", help="name of the organization that --create-owner creates"
        )

    def handle(self, *, email: str, create_owner: bool, organization: str, **options):
        now = timezone.now()
        try:
            user = User.objects.filter(email__iexact=email).first()
        except DatabaseError as error:
            place = "Are LADDER_DATA_DIR and DATABASE_URL those of the installation?"
            raise CommandError(f"The database can't be read: {str(error).strip()}. {place}") from error
        if create_owner:
            user = owner(user, email, organization, now)
        if user is None:
            raise CommandError(f"There is no account for {email}. Add --create-owner to make one.", returncode=REFUSED)
        if not user.is_active:
            raise CommandError(f"The account of {email} is switched off.", returncode=REFUSED)
        token = actions.create_login_link(user=user, now=now)
        self.stdout.write(settings.BASE_URL + reverse("login-link", args=[token]))


def owner(user: User | None, email: str, organization: str, now: datetime) -> User:
    """The person, created if missing; who belongs to no organization yet gets one."""
    if user is None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} isn't an e-mail address.", returncode=REFUSED) from error
        user = User.objects.create_user(email, name=email.partition("@")[0][:120])
    if not user.memberships.exists():
        name = organization or organization_name(email)
        actions.create_organization(actor=user, name=name[:120], language=user.language or "en", now=now)
    return user


def organization_name(email: str) -> str:
    """The domain of the address where it is one, else a plain name."""
    domain = email.rpartition("@")[2]
    return domain if "." in domain else "My organization"
