"""The letter with a link to choose a new password. A worker writes it, so that the page answers the same to everybody.

Sent from within the request it told who has an account: by the time that the mail server takes, and by an error page
while it is away.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from jobs import mail
from jobs.actions import enqueue
from organizations.models import User

KIND = "password-letter"
ATTEMPTS = 6
"""With pauses of 1, 2, 4 ... minutes half an hour: after that nobody waits for it any more."""


@transaction.atomic
def ask_for_new_password(*, user: User | None, language: str, now: datetime) -> None:
    """A job for the letter. Where nobody has the address (`user` None) there is one, too: it takes the same time."""
    enqueue(
        kind=KIND,
        key=f"{KIND}-{secrets.token_hex(8)}",
        payload={"user": user.pk if user else None, "language": language},
        max_attempts=ATTEMPTS,
        now=now,
    )


def send_password_letter(payload: Mapping[str, Any], context: Any) -> None:
    """Write to the person, if there is one who may sign in. The link is made now and stored nowhere."""
    user = User.objects.filter(pk=payload["user"], is_active=True).first()
    if user is not None:
        mail.send(context, password_letter(user, payload["language"]))


def password_letter(user: User, language: str) -> mail.Letter:
    """The letter in the person's language, else in that of the page on which it was asked for."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    with override(user.language or language):
        words = {"name": mail.one_line(str(user)), "link": settings.BASE_URL + path}
        return mail.Letter(
            user.email, _("Choose a new password"), render_to_string("account/password_letter.txt", words)
        )
