"""Who: people, organizations, teams, and what each person may do there."""

from __future__ import annotations

import zoneinfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from organizations.querysets import (
    AuditEventQuerySet,
    InvitationQuerySet,
    LoginTokenQuerySet,
    MembershipQuerySet,
    OrganizationQuerySet,
    TeamQuerySet,
    UserQuerySet,
)

LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)")]


def validate_time_zone(name: str) -> None:
    """Raise ValidationError for what isn't an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” isn't a time zone. Example: America/Sao_Paulo."), params={"name": name})


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        """Create a person; without a password only a one-time link or an invitation lets them in."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str) -> User:
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address. `language` blank: that of the browser.

    `second_factor_due`: may lack a second factor that an organization asks for; whoever reads it as true looks closer.
    `ended_sessions`: hashes of keys of sessions that were ended, with the second in which they would have expired.
    Both are read with the person on each request, so that what they say costs no query.
    """

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    shortcuts = models.BooleanField(_("keyboard shortcuts on question pages"), default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    second_factor_due = models.BooleanField(default=False)
    ended_sessions = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.name or self.email


class Organization(models.Model):
    """`language` is that of its reports, `time_zone` that of its dates; a demo is marked and can be removed.

    `person_week_rate` is what a week of one person costs it, in `currency` (ISO 4217); both or neither is known.
    """

    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=10, choices=LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    is_demo = models.BooleanField(default=False)
    second_factor_required = models.BooleanField(default=False)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    person_week_rate = models.DecimalField(max_digits=11, decimal_places=2, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rate_has_a_currency",
                condition=models.Q(currency="", person_week_rate=None)
                | ~models.Q(currency="") & models.Q(person_week_rate__gt=0),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team that assesses itself. `people` is its size, from which capacity and efforts are proposed."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(_("name"), max_length=80)
    people = models.PositiveSmallIntegerField(_("people"), default=7)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization", Lower("name"), name="one_active_team_per_name", condition=models.Q(archived_at=None)
            ),
            models.CheckConstraint(condition=models.Q(people__gte=1, people__lte=500), name="team_has_people"),
        ]
        indexes = [models.Index("organization", Lower("name"), "id", name="teams_by_name")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    LEAD = "lead", _("Team lead")
    MEMBER = "member", _("Member")
    VIEWER = "viewer", _("Viewer")


ORGANIZATION_ROLES = frozenset({Role.OWNER, Role.ADMIN})
TEAM_ROLES = frozenset({Role.LEAD, Role.MEMBER})


class Membership(models.Model):
    """What one person may do: in the whole organization (no team), or in one team.

    Owners and administrators always belong to the whole organization, leads and members to a team.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "organization", "team", name="one_membership_per_team"),
            models.UniqueConstraint(
                "user", "organization", name="one_membership_per_organization", condition=models.Q(team=None)
            ),
            models.CheckConstraint(
                name="role_fits_its_place",
                condition=models.Q(role__in=["owner", "admin"], team=None)
                | models.Q(role__in=["lead", "member"], team__isnull=False)
                | models.Q(role="viewer"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"


class Invitation(models.Model):
    """A link that makes one person a member. Only the hash of its token is kept."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    email = models.EmailField(_("e-mail address"), max_length=254)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.email


class LoginToken(models.Model):
    """A one-time login link. Only the hash of its token is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = LoginTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user}, {self.created_at:%Y-%m-%d}"


class AuditEvent(models.Model):
    """Who did what, when. Written in the transaction of the act, never changed."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="audit_events")
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=120, blank=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["organization", "-at", "-id"], name="audit_by_time")]

    def __str__(self) -> str:
        return f"{self.action}: {self.subject}"
