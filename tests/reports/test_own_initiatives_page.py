"""A team's own initiatives: added, changed and removed under the rules of the catalogue."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from organizations.models import AuditEvent
from reports.models import TeamInitiative

pytestmark = pytest.mark.one_database("what the page says and refuses; one is saved by a test of both")

SOUND = {"name": "Owner per table", "done_when": "Each table shows one name", "first_step": "", "effort": "2,5",
         "cap": "4", "prerequisites": "i01, I02", "question_1": "P15.1", "lift_1": "3/2", "version": "0"}  # fmt: skip


@pytest.fixture
def address(atlas):
    return reverse("team-initiatives", args=[atlas.pk])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def added(client, address, **changes) -> TeamInitiative:
    assert client.post(address, SOUND | changes).status_code == 302
    return TeamInitiative.objects.order_by("pk").last()


def of(row) -> str:
    return reverse("team-initiative", args=[row.team_id, row.pk])


def removing(row) -> str:
    return reverse("team-initiative-remove", args=[row.team_id, row.pk])


def test_the_lead_adds_one_with_comma_or_point_and_ids_in_any_case(sign_in, alice, address):
    row = added(sign_in(alice), address)
    assert (row.key, row.name, row.effort, row.cap) == ("T1", "Owner per table", Decimal("2.5"), 4)
    assert (row.lifts, row.prerequisites) == ({"P15.1": "3/2"}, ["I01", "I02"])
    assert AuditEvent.objects.get(action="initiative added").detail["initiative"] == "T1"


def test_the_page_lists_them_with_lifts_and_needs(sign_in, alice, address):
    client = sign_in(alice)
    added(client, address)
    page = text_of(client.get(address))
    assert "Lifts P15.1 +1.5, to level 4 at most" in page and "needs I01, I02" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "required"),
        ({"effort": "0"}, "The effort is above 0"),
        ({"effort": "-2"}, "greater than or equal to 0"),
        ({"effort": "100"}, "less than or equal to 99"),
        ({"effort": ""}, "required"),
        ({"effort": "NaN"}, "Enter a number"),
        ({"question_1": "", "lift_1": ""}, "Say at least one question that it lifts"),
        ({"lift_1": ""}, "Choose both a question and its levels"),
        ({"question_2": "P15.1", "lift_2": "1"}, "listed above already"),
        ({"question_1": "P99.1"}, "not one of the available choices"),
        ({"prerequisites": "I99"}, "There is no initiative I99."),
        ({"prerequisites": "<b>"}, "There is no initiative &lt;B&gt;."),
        ({"cap": "9"}, "not one of the available choices"),
    ],
)
def test_what_breaks_the_rules_is_refused_with_the_reason(sign_in, alice, address, changes, words):
    response = sign_in(alice).post(address, SOUND | changes)
    assert response.status_code == 422
    assert words in text_of(response)
    assert not TeamInitiative.objects.exists()


def test_a_cycle_is_named(sign_in, alice, address):
    client = sign_in(alice)
    first = added(client, address)
    added(client, address, prerequisites="T1")
    response = client.post(of(first), SOUND | {"version": "1", "prerequisites": "T2"})
    assert response.status_code == 422
    assert "The prerequisites go round in a circle: T1 &gt; T2 &gt; T1." in text_of(response)


@pytest.mark.database
def test_a_change_counts_its_version_and_a_stale_one_shows_both_values(sign_in, alice, carla, address):
    row = added(sign_in(alice), address)
    sign_in(carla).post(of(row), SOUND | {"version": "1", "name": "Steward per table"})
    response = sign_in(alice).post(of(row), SOUND | {"version": "1", "effort": "4"})
    assert response.status_code == 409
    both = {item.name: (item.theirs, item.yours) for item in response.context["differences"]}
    assert both["Name"] == ("Steward per table", "Owner per table")
    assert both["Effort in person-weeks"] == ("2.5", "4.0")
    assert response.context["form"]["version"].value() == 2
    row.refresh_from_db()
    assert (row.name, row.version) == ("Steward per table", 2)


def test_a_number_is_never_used_again(sign_in, alice, address):
    client = sign_in(alice)
    first = added(client, address)
    client.post(removing(first), {"version": "1"})
    assert added(client, address).key == "T2"
    assert client.get(of(first)).status_code == 404


def test_what_others_need_stays(sign_in, alice, address):
    client = sign_in(alice)
    first = added(client, address)
    added(client, address, prerequisites="T1")
    response = client.post(removing(first), {"version": "1"})
    assert response.status_code == 409
    assert "It stays: T2 need it." in text_of(response)


def test_removing_what_somebody_changed_meanwhile_is_refused(sign_in, alice, address):
    client = sign_in(alice)
    row = added(client, address)
    client.post(of(row), SOUND | {"version": "1", "name": "Changed"})
    assert client.post(removing(row), {"version": "1"}).status_code == 409
    assert TeamInitiative.objects.of_team(row.team).count() == 1


@pytest.mark.parametrize("name", ["bob", "erin"])
def test_members_and_viewers_read_and_change_nothing(cast, sign_in, address, name):
    row = added(sign_in(cast.alice), address)
    client = sign_in(getattr(cast, name))
    assert "Owner per table" in text_of(client.get(address))
    assert client.post(address, SOUND).status_code == 403
    assert client.post(of(row), SOUND).status_code == 403
    assert client.post(removing(row), {"version": "1"}).status_code == 403


def test_another_teams_initiative_is_not_found(cast, sign_in, address):
    row = added(sign_in(cast.carla), address)
    url = reverse("team-initiative", args=[cast.boreal.pk, row.pk])
    assert sign_in(cast.carla).get(url).status_code == 404
