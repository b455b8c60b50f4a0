"""What django-allauth asks us: who may come in, what is recorded and told by mail, how secrets are kept."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from functools import cached_property
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from organizations.actions import join_by_address, settle_second_factors
from organizations.models import Invitation, User
from organizations.sign_in import actions

LOCK_SECONDS = 300
log = logging.getLogger("organizations.sign_in")

# What a person is told by mail also stands in the audit trail: the letter's template, the words there, its detail.
EVENTS: dict[str, tuple[str, str]] = {
    "account/email/password_changed": (gettext_noop("password changed"), ""),
    "account/email/password_set": (gettext_noop("password changed"), ""),
    "account/email/password_reset": (gettext_noop("password changed by a link sent by mail"), ""),
    "mfa/email/totp_activated": (gettext_noop("second factor added"), "authenticator app"),
    "mfa/email/totp_deactivated": (gettext_noop("second factor removed"), "authenticator app"),
    "mfa/email/webauthn_added": (gettext_noop("second factor added"), "passkey"),
    "mfa/email/webauthn_removed": (gettext_noop("second factor removed"), "passkey"),
    "mfa/email/recovery_codes_generated": (gettext_noop("recovery codes made anew"), ""),
}
SHOWING_WHO_ONE_IS = {"mfa/email/totp_activated", "mfa/email/webauthn_added"}
ENDING_OTHER_SESSIONS = {"account/email/password_changed", "account/email/password_set"}


class AccountAdapter(DefaultAccountAdapter):
    """Only an invitation or the first owner's link creates people; what happens to an account is recorded."""

    def is_open_for_signup(self, request) -> bool:
        """Nobody signs up by themselves."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where a request comes from. X-Forwarded-For counts only as far as proxies of ours wrote it.

        A request that came past the proxies, such as a health check from inside, comes from whom it says.
        """
        hops = [hop for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) < settings.TRUSTED_PROXIES:
            return request.META.get("REMOTE_ADDR") or "0.0.0.0"
        return super().get_client_ip(request)

    def pre_authenticate(self, request: HttpRequest, **credentials) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            note_locked(person_with(credentials.get("email")))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials) -> None:
        if user := person_with(credentials.get("email")):
            actions.record(user=user, action=gettext_noop("sign-in failed"), now=timezone.now())
        else:
            log.warning("Somebody tried to sign in with an address that has no account")

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, *, signal_kwargs, **rest):
        if vouched := getattr((signal_kwargs or {}).get("sociallogin"), "_did_authenticate_by_email", None):
            actions.confirm_address(user=user, email=vouched, now=timezone.now())
        return super().post_login(request, user, signal_kwargs=signal_kwargs, **rest)

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, context=None, email=None) -> None:
        """Record what happened to the account, then tell its person. A mail server that is away stops nothing."""
        if template_prefix in EVENTS:
            action, detail = EVENTS[template_prefix]
            now, rest = timezone.now(), {"kind": detail} if detail else {}
            actions.record(user=user, actor=user, action=action, now=now, **rest)
            settle_second_factors(users=User.objects.filter(pk=user.pk))
        if template_prefix in SHOWING_WHO_ONE_IS:
            record_authentication(self.request, user, "mfa", reauthenticated=True)
        if template_prefix in ENDING_OTHER_SESSIONS:
            actions.end_other_sessions(user=user, key=self.request.session.session_key, now=timezone.now())
        try:
            super().send_notification_mail(template_prefix, user, context, email)
        except (OSError, SMTPException) as error:
            log.warning("A person could not be told by mail: %s: %s", type(error).__name__, error)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are kept encrypted: whoever has a copy of the database can't use them."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "used_code": _("This code was used already. Wait for the next one."),
    }

    @cached_property
    def _box(self) -> Fernet:
        key = hashlib.sha256(b"ladder.second-factors:" + settings.SECRET_KEY.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))

    def encrypt(self, text: str) -> str:
        return self._box.encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; one that no code fits when it was kept under another secret key."""
        try:
            return self._box.decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.error("A second factor can't be read: LADDER_SECRET_KEY isn't the one that it was kept under")
            return base64.b32encode(secrets.token_bytes(20)).decode()


class SessionsAdapter(DefaultUserSessionsAdapter):
    """Sessions end through our own actions; this is for allauth's own flows."""

    def end_sessions(self, sessions) -> None:
        actions.end_sessions(sessions=sessions)


class ProviderAdapter(DefaultSocialAccountAdapter):
    """A provider of identities says who somebody is. It lets in whom we know by that address, or have invited."""

    def authenticate_by_email(self, sociallogin):
        """The person with an address that the provider vouches for, and the address."""
        for email in vouched_for(sociallogin):
            if user := person_with(email):
                return user, email
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin) -> None:
        """Accounts of a provider are not attached to people: the address is what we know them by."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(redirect("account"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin) -> bool:
        now = timezone.now()
        return any(Invitation.objects.open(now).for_address(email).exists() for email in vouched_for(sociallogin))

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin) -> bool:
        return True

    def save_user(self, request: HttpRequest, sociallogin, form=None) -> User:
        now = timezone.now()
        waiting = Invitation.objects.open(now)
        email = next(email for email in vouched_for(sociallogin) if waiting.for_address(email).exists())
        name = str(sociallogin.account.get_provider_account().get_user_data().get("name") or "").strip()[:120]
        sociallogin.user = join_by_address(email=email, name=name, now=now)
        return sociallogin.user


def person_with(email: str | None) -> User | None:
    return User.objects.filter(email__iexact=email).first() if email else None


def vouched_for(sociallogin) -> list[str]:
    """The addresses that the provider verified. A claim in words counts only if it is the word true."""
    return [one.email for one in sociallogin.email_addresses if one.verified in (True, "true", "True")]


def note_locked(user: User | None) -> None:
    """Record, once for as long as it lasts, that no more tries are taken for an account."""
    if user and cache.add(f"sign-in-locked:{user.pk}", True, LOCK_SECONDS):
        action = gettext_noop("sign-in locked for five minutes after too many tries")
        actions.record(user=user, action=action, now=timezone.now())
