"""The decision table, as a truth table written by hand."""

from __future__ import annotations

import pytest

from organizations.permissions import (
    REASONS,
    ROLE_EXPLANATIONS,
    ROLES_FOR,
    Act,
    NotAllowed,
    check_user_can,
    check_user_can_create_organization,
    check_user_can_give,
    roles_that_user_can_give,
    teams_where_user_can,
    user_can,
)

IN_ATLAS = {
    #                       olivia carla  alice  bob    erin   dave
    Act.SEE:                (True, True,  True,  True,  True,  False),
    Act.CHANGE_ORGANIZATION:(True, True,  False, False, False, False),
    Act.MANAGE_OWNERS:      (True, False, False, False, False, False),
    Act.REQUIRE_SECOND_FACTOR: (True, False, False, False, False, False),
    Act.MANAGE_PEOPLE:      (True, True,  False, False, False, False),
    Act.MANAGE_TEAM_PEOPLE: (True, True,  True,  False, False, False),
    Act.ERASE_PEOPLE:       (True, False, False, False, False, False),
    Act.SEE_AUDIT:          (True, True,  False, False, False, False),
    Act.CREATE_TEAM:        (True, True,  False, False, False, False),
    Act.CHANGE_TEAM:        (True, True,  True,  False, False, False),
    Act.ANSWER:             (True, True,  True,  True,  False, False),
    Act.ANSWER_FOR_ORGANIZATION: (True, True, False, False, False, False),
    Act.RUN_ASSESSMENT:     (True, True,  True,  False, False, False),
    Act.SEE_SINGLE_ANSWERS: (True, True,  True,  False, False, False),
    Act.PLAN:               (True, True,  True,  False, False, False),
    Act.WORK:               (True, True,  True,  True,  False, False),
    Act.SEE_ALL_TEAMS:      (True, True,  False, False, True,  False),
    Act.BUILD_REPORT:       (True, True,  True,  True,  False, False),
    Act.SHARE_REPORT:       (True, True,  True,  False, False, False),
    Act.ADD_FINDINGS:       (True, True,  True,  False, False, False),
}  # fmt: skip
PEOPLE = ("olivia", "carla", "alice", "bob", "erin", "dave")


def test_every_act_is_in_the_truth_table_and_has_roles_and_a_reason():
    assert set(IN_ATLAS) == set(Act) == set(ROLES_FOR) == set(REASONS)


def test_every_role_is_explained():
    assert [str(role) for role in ROLE_EXPLANATIONS] == ["owner", "admin", "lead", "member", "viewer"]


@pytest.mark.parametrize("act", Act)
def test_who_may_do_it_in_team_atlas(cast, act):
    assert tuple(user_can(getattr(cast, name), act, cast.atlas) for name in PEOPLE) == IN_ATLAS[act]


@pytest.mark.parametrize("act", Act)
def test_a_role_in_one_team_counts_neither_in_another_team_nor_in_the_organization(cast, act):
    for user in (cast.alice, cast.bob):
        assert not user_can(user, act, cast.boreal)
        assert not user_can(user, act, cast.house)


def test_the_reason_is_raised_as_something_that_a_person_can_read(cast):
    with pytest.raises(NotAllowed, match="Viewers may read but not answer"):
        check_user_can(cast.erin, Act.ANSWER, cast.atlas)


def test_the_teams_that_a_lead_may_change_are_their_own(cast):
    assert list(teams_where_user_can(cast.alice, Act.CHANGE_TEAM, cast.house)) == [cast.atlas]
    assert set(teams_where_user_can(cast.carla, Act.CHANGE_TEAM, cast.house)) == {cast.atlas, cast.boreal}
    assert not teams_where_user_can(cast.dave, Act.CHANGE_TEAM, cast.house).exists()


def test_the_roles_that_each_may_give(cast):
    assert roles_that_user_can_give(cast.olivia, cast.house) == ["owner", "admin", "lead", "member", "viewer"]
    assert roles_that_user_can_give(cast.carla, cast.house) == ["admin", "lead", "member", "viewer"]
    assert roles_that_user_can_give(cast.carla, cast.atlas) == ["lead", "member", "viewer"]
    assert roles_that_user_can_give(cast.alice, cast.atlas) == ["member", "viewer"]
    for somebody, place in [(cast.alice, cast.boreal), (cast.alice, cast.house), (cast.bob, cast.atlas)]:
        assert roles_that_user_can_give(somebody, place) == []


def test_a_lead_makes_no_leads(cast):
    check_user_can_give(cast.alice, "member", cast.atlas)
    check_user_can_give(cast.carla, "lead", cast.atlas)
    with pytest.raises(NotAllowed, match="Only owners and administrators"):
        check_user_can_give(cast.alice, "lead", cast.atlas)


def test_invited_people_may_not_create_organizations(cast):
    check_user_can_create_organization(cast.olivia)
    with pytest.raises(NotAllowed):
        check_user_can_create_organization(cast.carla)
