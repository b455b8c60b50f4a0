"""A prepared read gives the rows that its queryset would, and has its SQL written once."""

from __future__ import annotations

import pytest
from django.db.models import BigIntegerField, F, Q

from assessment.prepared import prepared
from organizations.models import Membership, Team

LARGEST = BigIntegerField.MAX_BIGINT


def teams_named(organization_id, name):
    asked = Q(name=name) | Q(name__isnull=True)
    return Team.objects.filter(asked, organization=organization_id).annotate(house=F("organization__name"))


def test_it_gives_the_rows_of_the_queryset_for_each_values(cast):
    ask = prepared(int, str)(teams_named)
    for organization, name in (
        (cast.house, "Atlas"),
        (cast.house, "Boreal"),
        (cast.house, "'; --"),
        (cast.elsewhere, "Atlas"),
    ):
        expected = list(teams_named(organization.pk, name))
        assert ask(organization.pk, name) == expected
        assert [team.house for team in ask(organization.pk, name)] == [team.house for team in expected]
    assert len(ask(cast.house.pk, "Atlas")) == 1


def test_its_sql_is_written_once(cast, django_assert_num_queries):
    made = []
    ask = prepared(int)(lambda user_id: made.append(user_id) or Membership.objects.filter(user=user_id))
    with django_assert_num_queries(3):
        found = [ask(user.pk) for user in (cast.olivia, cast.carla, cast.olivia)]
    assert found[0] == found[2] == list(cast.olivia.memberships.all())
    assert found[1] == list(cast.carla.memberships.all())
    assert len(made) == 1


def test_one_value_may_stand_in_several_places(cast):
    ask = prepared(int)(lambda team_id: Team.objects.filter(Q(pk=team_id) | Q(organization=team_id)))
    assert cast.atlas in ask(cast.atlas.pk)


@pytest.mark.parametrize("number", [LARGEST + 1, -LARGEST - 2, 10**40])
def test_a_number_that_no_database_has_finds_nothing(cast, number):
    assert prepared(int)(lambda pk: Team.objects.filter(pk=pk))(number) == []


def test_a_value_that_the_database_would_not_see_is_refused(cast):
    ask = prepared(int, int)(lambda pk, other: Team.objects.filter(pk=pk) if other else Team.objects.none())
    with pytest.raises(ValueError, match=r"hides its values \[1\]"):
        ask(1, 2)
