"""Every read of people, organizations and teams. `for_user` is the scope: what it leaves out is a 404 to that person."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class OrganizationQuerySet(models.QuerySet):
    def for_user(self, user):
        """Those in which the person has any role."""
        return self.filter(pk__in=user.memberships.values("organization"))

    def by_name(self):
        return self.order_by("name", "pk")


class TeamQuerySet(models.QuerySet):
    def for_user(self, user):
        """All teams of organizations in which the person has an organization-wide role, and their own teams."""
        wide = user.memberships.filter(team=None).values("organization")
        return self.filter(Q(organization__in=wide) | Q(pk__in=user.memberships.values("team")))

    def active(self):
        return self.filter(archived_at=None)

    def by_name(self):
        return self.order_by("name", "pk")


class MembershipQuerySet(models.QuerySet):
    def of(self, user, organization_id: int):
        """The person's roles in one organization."""
        return self.filter(user=user, organization=organization_id)

    def with_people(self):
        return self.select_related("user", "team").order_by("user__name", "user__email", "pk")


class InvitationQuerySet(models.QuerySet):
    def pending(self, now):
        """Those that still let somebody in."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)

    def newest_first(self):
        return self.select_related("team", "created_by").order_by("-created_at", "-pk")
