"""Writes around signing in: what is recorded, second factors that are due, sessions that have ended.

Security events stand in the audit trail of each organization to which the person belongs.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from organizations import audit
from organizations.actions import Refused, settle_second_factors
from organizations.models import LoginToken, Organization, User

CODE_SECONDS = 120
"""So long a code of an authenticator app is remembered after use: longer than it could be valid."""


class NoSecondFactorOfOnesOwn(Refused):
    def reason(self) -> str:
        return _("Set up a second factor for yourself first: from now on you need one, too.")


@transaction.atomic
def record(*, user: User, action: str, now: datetime, actor: User | None = None, **detail) -> None:
    """One audit row about the person in each organization to which they belong. No addresses, codes or keys in it."""
    for organization in Organization.objects.for_user(user).by_name():
        audit.record(organization=organization, actor=actor, action=action, subject=str(user), now=now, **detail)


@transaction.atomic
def confirm_address(*, user: User, email: str, now: datetime) -> None:
    """Note that a provider vouched for the address. The first time the password, which anybody who held the invitation
    may have chosen, has just been removed by allauth; from then on a new one stays.
    """
    address, _created = EmailAddress.objects.get_or_create(user=user, email=email.lower(), defaults={"primary": True})
    if address.verified:
        return
    address.verified = True
    address.save(update_fields=["verified"])
    action = gettext_noop("provider confirmed the address; earlier password ended")
    record(user=user, actor=user, action=action, now=now)


@transaction.atomic
def switch_off(*, user: User, now: datetime) -> bool:
    """Let somebody in no more, and end sessions and links that wait. False when the account is off already."""
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return False
    end_sessions(sessions=UserSession.objects.filter(user=user))
    LoginToken.objects.filter(user=user, used_at=None).delete()
    record(user=user, action=gettext_noop("account switched off from the command line"), now=now)
    return True


@transaction.atomic
def switch_on(*, user: User, now: datetime) -> bool:
    """Let somebody in again, who has to sign in anew. False when nothing was off."""
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        return False
    record(user=user, action=gettext_noop("account switched on from the command line"), now=now)
    return True


# --- second factors ---------------------------------------------------------------------------------------------------


@transaction.atomic
def require_second_factor(*, organization: Organization, actor: User, required: bool, now: datetime) -> None:
    """Ask everybody in the organization for a second factor, or stop asking. Raises NoSecondFactorOfOnesOwn."""
    if required and not User.objects.with_second_factor().filter(pk=actor.pk).exists():
        raise NoSecondFactorOfOnesOwn
    organization.second_factor_required = required
    organization.save(update_fields=["second_factor_required"])
    settle_second_factors(users=User.objects.filter(memberships__organization=organization))
    action = gettext_noop("second factor required") if required else gettext_noop("second factor no longer required")
    audit.record(organization=organization, actor=actor, action=action, subject=organization.name, now=now)


@transaction.atomic
def remove_second_factors(*, user: User, now: datetime) -> int:
    """Take all second factors from somebody who lost them, and end their sessions; returns how many there were."""
    number = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).count()
    Authenticator.objects.filter(user=user).delete()
    settle_second_factors(users=User.objects.filter(pk=user.pk))
    end_sessions(sessions=UserSession.objects.filter(user=user))
    record(user=user, action=gettext_noop("second factors removed from the command line"), now=now)
    return number


@transaction.atomic
def spend_code(*, authenticator: Authenticator, code: str, now: datetime) -> bool:
    """Take a code of an authenticator app once: False when it was used before. Doesn't rely on the cache."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    second, code = int(now.timestamp()), "".join(code.split())
    used = {one: until for one, until in row.data.get("used", {}).items() if until > second}
    if code in used:
        return False
    row.data["used"] = {**used, code: second + CODE_SECONDS}
    row.save(update_fields=["data"])
    authenticator.data = row.data
    return True


# --- sessions ---------------------------------------------------------------------------------------------------------


def hash_of_session(key: str) -> str:
    """What is kept of a session's key: enough to know it again among the few sessions of one person."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


@transaction.atomic
def remember_ended_session(*, user_id: int, key: str, until: datetime) -> None:
    """Note on the person that a session has ended, so that no copy in a cache that is away brings it back."""
    user = User.objects.select_for_update().filter(pk=user_id).only("ended_sessions").first()
    if user is None:
        return
    second = int(timezone.now().timestamp())
    kept = {one: end for one, end in user.ended_sessions.items() if end > second}
    kept[hash_of_session(key)] = int(until.timestamp())
    User.objects.filter(pk=user_id).update(ended_sessions=kept)


@transaction.atomic
def end_session(*, session: UserSession, now: datetime) -> None:
    """End one of one's own sessions."""
    user = session.user
    end_sessions(sessions=[session])
    record(user=user, actor=user, action=gettext_noop("session ended"), now=now, sessions=1)


@transaction.atomic
def end_other_sessions(*, user: User, key: str, now: datetime) -> int:
    """End all of one's sessions but that with this key; returns how many."""
    ended = end_sessions(sessions=UserSession.objects.filter(user=user).exclude(session_key=key))
    if ended:
        record(user=user, actor=user, action=gettext_noop("session ended"), now=now, sessions=ended)
    return ended


def end_sessions(*, sessions) -> int:
    """End these sessions and forget where they were; returns how many."""
    found = list(sessions)
    for session in found:
        session.end()
    return len(found)
