"""People who sign in, with passwords and codes, in browsers of their own."""

from __future__ import annotations

import itertools
import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from organizations.models import AuditEvent, User
from tests.cast import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
numbers = itertools.count()


@pytest.fixture(autouse=True)
def forgetful(settings):
    """A cache of its own for each test, so that no try is counted in another."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": f"sign-in-{next(numbers)}",
        }
    }


def with_password(client: Client, user: User, password: str = PASSWORD, **extra):
    return client.post(reverse("account_login"), {"login": user.email, "password": password}, **extra)


def is_in(client: Client) -> bool:
    """Whether the client's session opens the account page."""
    return client.get(reverse("account")).status_code == 200


def code(steps: int = 0) -> str:
    """What an authenticator app with SECRET shows now, or so many steps of 30 seconds later."""
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + steps))


def give_app(user: User) -> Authenticator:
    """An authenticator app with SECRET."""
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(SECRET)}
    )


def audited(organization) -> list[str]:
    """The acts in the audit trail, oldest first."""
    return list(AuditEvent.objects.filter(organization=organization).order_by("pk").values_list("action", flat=True))
