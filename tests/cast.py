"""The people of the tests. Olivia's organization Data House has two teams, Atlas and Boreal:

olivia owns it, carla administers it as head of data, alice leads Atlas, bob answers in Atlas, erin views all of it.
dave owns another organization, Elsewhere. Each signs in with PASSWORD.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.test import Client

from organizations.models import Membership, Organization, Role, Team, User

PASSWORD = "correct horse battery"
NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def person(name: str, **fields) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", PASSWORD, name=name, **fields)


def join(user: User, organization: Organization, role: Role, team: Team | None = None) -> Membership:
    return Membership.objects.create(user=user, organization=organization, role=role, team=team)


@pytest.fixture
def cast(db) -> SimpleNamespace:
    return make_cast()


def make_cast() -> SimpleNamespace:
    """Everybody by name, with `house`, `atlas`, `boreal`, and `elsewhere` with its team `comet`."""
    house = Organization.objects.create(name="Data House", time_zone="America/Sao_Paulo")
    elsewhere = Organization.objects.create(name="Elsewhere")
    atlas = Team.objects.create(organization=house, name="Atlas", people=7)
    boreal = Team.objects.create(organization=house, name="Boreal", people=5)
    comet = Team.objects.create(organization=elsewhere, name="Comet", people=3)
    names = ("Alice", "Bob", "Carla", "Dave", "Erin", "Olivia")
    cast = SimpleNamespace(
        house=house,
        elsewhere=elsewhere,
        atlas=atlas,
        boreal=boreal,
        comet=comet,
        **{name.lower(): person(name) for name in names},
    )
    join(cast.olivia, house, Role.OWNER)
    join(cast.carla, house, Role.ADMIN)
    join(cast.alice, house, Role.LEAD, atlas)
    join(cast.bob, house, Role.MEMBER, atlas)
    join(cast.erin, house, Role.VIEWER)
    join(cast.dave, elsewhere, Role.OWNER)
    return cast


def confirm(client: Client, user: User) -> None:
    """As if the person had just entered the password once more."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


@pytest.fixture
def sign_in(client):
    """A function that returns a test client in which a person is signed in, and has just confirmed who they are."""

    def sign_in(user: User):
        client.force_login(user)
        confirm(client, user)
        return client

    return sign_in


@pytest.fixture
def alice(cast) -> User:
    return cast.alice


@pytest.fixture
def bob(cast) -> User:
    return cast.bob


@pytest.fixture
def carla(cast) -> User:
    return cast.carla


@pytest.fixture
def dave(cast) -> User:
    return cast.dave


@pytest.fixture
def erin(cast) -> User:
    return cast.erin


@pytest.fixture
def olivia(cast) -> User:
    return cast.olivia


@pytest.fixture
def atlas(cast) -> Team:
    return cast.atlas


@pytest.fixture
def house(cast) -> Organization:
    return cast.house
