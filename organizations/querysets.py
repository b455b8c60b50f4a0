"""Every read of people, organizations and teams. `for_user` is the scope: what it leaves out is a 404 to them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower

PARTS_AT_ONCE = 100
"""So many parts of one query: SQLite takes 500."""
SECOND_FACTORS = ("totp", "webauthn")
"""Recovery codes alone are none: they come with one of these."""


class UserQuerySet(models.QuerySet):
    def lacking_second_factor(self):
        """Those who belong to an organization that asks for a second factor, and have none."""
        asked = self.filter(memberships__organization__second_factor_required=True)
        return asked.exclude(authenticator__type__in=SECOND_FACTORS).distinct()

    def with_second_factor(self):
        return self.filter(authenticator__type__in=SECOND_FACTORS).distinct()


class OrganizationQuerySet(models.QuerySet):
    def for_user(self, user):
        """Those in which the person has any role."""
        return self.filter(pk__in=user.memberships.values("organization"))

    def without_owner_who_can_sign_in(self):
        owned = self.model.objects.filter(memberships__role="owner", memberships__user__is_active=True)
        return self.exclude(pk__in=owned)

    def by_name(self):
        return self.order_by("name", "pk")


class TeamQuerySet(models.QuerySet):
    def for_user(self, user):
        """All teams of organizations in which the person has an organization-wide role, and their own teams."""
        wide = user.memberships.filter(team=None).values("organization")
        return self.filter(Q(organization__in=wide) | Q(pk__in=user.memberships.values("team")))

    def active(self):
        return self.filter(archived_at=None)

    def archived(self):
        return self.exclude(archived_at=None)

    def by_name(self):
        return self.order_by("name", "pk")

    def from_name(self, start: str, most: int) -> list:
        """So many teams by name without case, from this name on; from the first for an empty one."""
        named = self._by_key()
        return list(named.filter(key__gte=Lower(Value(start)))[:most] if start else named[:most])

    def first_of_each(self, organizations: Iterable[int], most: int) -> list:
        """So many teams of each of these organizations by name without case; all organizations in one query.

        Each part finds its few by the index. A window would be one part for all, but read every team.
        """
        numbers, found = list(organizations), []
        for start in range(0, len(numbers), PARTS_AT_ONCE):
            parts = [
                self.model.objects.filter(pk__in=self.filter(organization=number)._by_key().values("pk")[:most])
                for number in numbers[start : start + PARTS_AT_ONCE]
            ]
            first, *others = (part.annotate(key=Lower("name")) for part in parts)
            found += first.union(*others, all=True).order_by("organization_id", "key", "pk")
        return found

    def before_name(self, name: str, most: int) -> list:
        """The last so many teams before a name, in the order of names."""
        return list(self._by_key().filter(key__lt=Lower(Value(name))).reverse()[:most])[::-1]

    def _by_key(self):
        return self.alias(key=Lower("name")).order_by("key", "pk")

    def page_from(self, start: str, size: int) -> tuple[list, str | None, str | None]:
        """A page of teams from a name on, and the names at which the pages before and after begin, None for none.

        A name behind all others begins anew. Teams of one name stand on one page, however many organizations have one:
        the next page begins at another name. At most five queries, none of which passes over rows.
        """
        start = start.replace("\0", "")  # PostgreSQL refuses it
        found = self.from_name(start, size + 1)
        if start and not found:
            start, found = "", self.from_name("", size + 1)
        page, more = found[:size], found[size:]
        if more and more[0].name.lower() == page[0].name.lower():
            named, name = self._by_key(), Lower(Value(page[0].name))
            page, more = list(named.filter(key=name)), list(named.filter(key__gt=name)[:1])
        earlier = self.before_name(page[0].name, size) if start else []
        return page, earlier[0].name if earlier else None, more[0].name if more else None

    def has_more_than(self, number: int) -> bool:
        """Whether there are more, without counting them all."""
        return len(self.order_by().values_list("pk")[: number + 1]) > number

    def with_memberships(self):
        return self.prefetch_related("memberships__user")


class MembershipQuerySet(models.QuerySet):
    def of(self, user, organization_id: int):
        """The person's roles in one organization."""
        return self.filter(user=user, organization=organization_id)

    def seeing(self, team):
        """The roles that let somebody see the team: in it, or in its whole organization."""
        return self.filter(Q(team=None) | Q(team=team), organization=team.organization_id, user__is_active=True)

    def owners(self):
        return self.filter(role="owner")

    def found_by(self, words: str):
        """Those whose person's name or address, or whose team's name, contains the words; all for none."""
        words = words.replace("\0", "")  # PostgreSQL refuses it
        if not words:
            return self
        return self.filter(
            Q(user__name__icontains=words) | Q(user__email__icontains=words) | Q(team__name__icontains=words)
        )

    def by_role(self, roles: list):
        """With their people, in this order of roles, by name within each."""
        place = Case(*(When(role=role, then=Value(number)) for number, role in enumerate(roles)))
        people = self.select_related("user", "team").alias(place=place)
        return people.order_by("place", "user__name", "user__email", "pk")

    def with_people(self):
        return self.select_related("user", "team").order_by("user__name", "user__email", "pk")


class InvitationQuerySet(models.QuerySet):
    def pending(self, now):
        """Those that still let somebody in."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)

    def open(self, now):
        """Pending ones whose team, if they name one, still works."""
        return self.pending(now).filter(team__archived_at=None).select_related("organization", "team")

    def for_address(self, email: str):
        return self.filter(email__iexact=email).order_by("pk")

    def newest_first(self):
        return self.select_related("team", "created_by").order_by("-created_at", "-pk")


class LoginTokenQuerySet(models.QuerySet):
    def ended_before(self, moment):
        """Those whose time was over then, used or not."""
        return self.filter(expires_at__lt=moment).order_by("pk")

    def open(self, now):
        """Those that still let their person in."""
        return self.filter(used_at=None, expires_at__gt=now, user__is_active=True).select_related("user")


class AuditEventQuerySet(models.QuerySet):
    def written_before(self, moment):
        return self.filter(at__lt=moment).order_by("pk")

    def newest_first(self):
        return self.order_by("-at", "-pk")

    def older_than(self, event):
        """Those that come after an event in the order newest first."""
        return self.filter(Q(at__lt=event.at) | Q(at=event.at, pk__lt=event.pk))
