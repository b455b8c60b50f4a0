"""No trace of a person is overlooked: a new model that may hold one fails here until it is thought of."""

from __future__ import annotations

from django.apps import apps

from assessment.models import Result, Revision
from config.personal import traces
from organizations.models import AuditEvent, Organization, Team


def test_every_field_that_may_hold_a_name_is_found_or_listed():
    assert list(traces.unlisted()) == [], "say in config/personal/traces.py whether names of people stand there"


def test_no_reference_to_a_person_of_ours_is_without_an_organization():
    """Rows of the account alone are deleted with it; others must be found by organization, so that an owner can act."""
    ours = {link.label for link in traces.links() if link.path is None and not link.label.startswith("account.")}
    of_the_account = {"organizations.LoginToken.user"} | {
        f"organizations.User_{name}.user" for name in ("groups", "user_permissions")
    }
    others = {label for label in ours if label.split(".")[0] in ("organizations", "assessment", "reports", "jobs")}
    assert others == of_the_account


def test_what_cannot_be_emptied_goes_with_the_person():
    """A reference that can't be null is one that a deletion takes along, so nothing stands in the way of it."""
    for link in traces.links():
        field = link.model._meta.get_field(link.field)
        assert field.remote_field.on_delete.__name__ in ("CASCADE", "SET_NULL"), link.label
        assert link.nullable == (field.remote_field.on_delete.__name__ == "SET_NULL"), link.label


def test_every_reference_in_the_models_is_a_link():
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model._meta.label == "organizations.User"
    }
    assert {link.label for link in traces.links()} == found
    assert {"assessment.Respondent.user", "assessment.Revision.saved_by", "organizations.AuditEvent.actor"} <= found


def test_the_way_to_the_organization_is_the_shortest():
    assert traces.path_to(Revision, Organization) == "answer__respondent__assessment__organization"
    assert traces.path_to(Result, Organization) == "organization"
    assert traces.path_to(Organization, Team) is None


def test_a_person_is_known_under_earlier_names_too(world):
    world.bob.name = "Robert"
    world.bob.save()
    assert traces.Person(world.bob).names == {"Bob", "Robert", "bob@example.org"}
    assert traces.Person(world.bob).emails == {"bob@example.org"}


def test_words_in_json_are_found_in_any_alphabet(cast):
    for name in ("José Ñandú", 'A "B" \\ C', "{{ 7 }}", "日本"):
        cast.bob.name = name
        cast.bob.save()
        event = AuditEvent.objects.create(
            organization=cast.house, action="x", subject="y", detail={"who": name}, at=cast.bob.created_at
        )
        assert list(traces.Person(cast.bob).events_naming(cast.house)) == [event], name
