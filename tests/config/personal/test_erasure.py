"""Erasing leaves no name, and every result as it was."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from assessment.models import Answer, Reconfirmation, Respondent, Result, Revision
from config.demo.loading import load
from config.personal.erasure import consequences, erase, rows_naming
from config.personal.traces import links
from organizations.actions import LastOwner
from organizations.models import AuditEvent, Membership, Role, User
from reports import files
from reports.own_words import save_finding
from tests.assessment.frozen import hash_of, projects_of, speakers_of
from tests.assessment.rooms import close
from tests.cast import NOW, join, person
from tests.config.personal.conftest import SECRET_NOTE
from tests.reports.rooms import asked, planned_result
from tests.reports.test_adoption import adopted, done, item_that_lifts


def everything() -> str:
    """All that is in the database, as text."""
    return repr([list(model.objects.values_list()) for model in apps.get_models() if model.__name__ != "Session"])


def erased(world, **changes):
    return erase(**{"user": world.bob, "actor": None, "now": NOW} | changes)


def test_neither_name_nor_address_nor_reference_stays(world):
    before = everything()
    assert "Bob" in before and "bob@example.org" in before
    assert rows_naming(world.bob)
    pk = world.bob.pk
    erased(world)
    after = everything()
    assert "Bob" not in after and "bob@example.org" not in after
    assert not User.objects.filter(pk=pk).exists()
    assert [link.label for link in links() if link.model._base_manager.filter(**{link.field: pk}).exists()] == []


def test_the_result_keeps_every_number_and_can_still_be_checked(world):
    before = Result.objects.get()
    said = speakers_of(before)
    assert hash_of(before) == before.input_hash
    erased(world)
    after = Result.objects.get()
    for field in Result._meta.concrete_fields:
        if field.name not in ("answers", "closed_by_name"):
            assert getattr(after, field.attname) == getattr(before, field.attname), field.name
    assert hash_of(after) == after.input_hash
    assert speakers_of(after) == said
    assert [sheet["name"] for sheet in after.answers["respondents"]] == ["Alice", "Former member"]


def test_own_sheets_keep_their_answers_and_lose_their_notes_and_shared_ones_stay(world):
    erased(world)
    sheet = Respondent.objects.get(assessment=world.named, name="Former member")
    answer = sheet.answers.get()
    assert (sheet.user, answer.level, answer.note, answer.evidence_strength) == (None, 3, "", 1)
    assert [revision.note for revision in answer.revisions.all()] == ["", ""]
    assert SECRET_NOTE not in everything()
    assert Answer.objects.get(respondent__assessment=world.shared).note == "For the team"
    assert Result.objects.get().answers["respondents"][0]["answers"]["P09.1"]["note"] == "Alice's own"


def test_an_open_assessment_goes_on_without_the_name(world):
    erased(world)
    assert Respondent.objects.filter(assessment=world.hidden, name="Former member", user=None).count() == 1
    result = close(world.carla, world.hidden)
    assert (result.respondents, hash_of(result)) == (1, result.input_hash)


def test_the_name_is_in_the_language_of_the_organization(world):
    world.house.language = "pt-br"
    world.house.save()
    erased(world)
    assert Revision.objects.filter(saved_by_name="Ex-integrante").count() == 4


def test_documents_that_may_print_the_name_go_once_it_holds(world, django_capture_on_commit_callbacks):
    path = files.path_of(world.report)
    with django_capture_on_commit_callbacks(execute=True):
        erased(world)
        assert path.exists()
    assert not path.exists()


def test_the_trail_says_that_somebody_was_erased_and_not_who(world):
    erased(world, actor=world.olivia)
    event = AuditEvent.objects.get(action="person erased")
    assert (event.subject, event.actor) == ("Former member", world.olivia)
    subjects = set(
        AuditEvent.objects.filter(action__in=["role changed", "sign-in link made"]).values_list("subject", flat=True)
    )
    assert subjects == {"Former member"}


def test_who_erases_themselves_is_no_name_in_the_trail_either(world):
    erased(world, actor=world.bob)
    event = AuditEvent.objects.get(action="person erased")
    assert (event.actor, event.actor_name) == (None, "Former member")


def test_a_link_to_an_invitation_of_the_person_is_gone(world):
    erased(world)
    assert [invitation.email for invitation in world.house.invitations.all()] == ["x@example.org"]


def test_earlier_names_go_too(world):
    world.bob.name = "Robert"
    world.bob.save()
    erased(world)
    assert "Bob" not in everything() and "Robert" not in everything()


@pytest.mark.parametrize("name", ["José Ñandú", 'A "B" \\ C', "level", "Atlas"])
def test_a_name_of_any_letters_goes_and_takes_nothing_else_along(world, name):
    """Even one that is a word of the data, or the team's name."""
    User.objects.filter(pk=world.alice.pk).update(name=name)
    for model, field in ((Respondent, "name"), (Answer, "updated_by_name"), (Revision, "saved_by_name")):
        model.objects.filter(**{field: "Alice"}).update(**{field: name})
    result = Result.objects.get()
    sheet = next(sheet for sheet in result.answers["respondents"] if sheet["name"] == "Alice")
    sheet["name"] = sheet["answers"]["P09.1"]["by"] = name
    Result.objects.update(answers=result.answers, closed_by_name=name)
    world.alice.refresh_from_db()
    erase(user=world.alice, actor=None, now=NOW)
    after = Result.objects.get()
    assert (after.closed_by_name, after.team_name, hash_of(after)) == ("Former member", "Atlas", after.input_hash)
    assert sorted(sheet["name"] for sheet in after.answers["respondents"]) == ["Bob", "Former member"]
    assert after.scorecard == result.scorecard
    world.atlas.refresh_from_db()
    assert world.atlas.name == "Atlas"


def test_results_of_every_kind_can_be_checked_after_everybody_is_gone(db):
    """The demo has modules with holders, candidate projects, the organization's answers, and sheets under names."""
    load(now=NOW, quarters=2)
    results = list(Result.objects.order_by("pk"))
    assert any("projects" in result.answers for result in results)
    assert all(hash_of(result) == result.input_hash for result in results)
    names = set()
    for user in User.objects.exclude(memberships__role=Role.OWNER):
        names.add(user.name)
        erase(user=user, actor=None, now=NOW)
    for before in results:
        after = Result.objects.get(pk=before.pk)
        assert hash_of(after) == after.input_hash
        assert (after.scorecard, after.scores) == (before.scorecard, before.scores)
        assert projects_of(after) == projects_of(before)
    assert [name for name in names if f"{name!r}" in everything()] == []


def test_a_project_that_has_a_persons_name_keeps_it(world):
    """It is part of what was answered, and of the hash."""
    frozen = Result.objects.get().answers
    project = {"name": "Bob", "ratings": {}, "complexity": None, "note": "", "carried": False, "version": 1}
    frozen["projects"] = [project | {"by": "Bob", "at": "2026-07-01T09:00:00+00:00"}]
    Result.objects.update(answers=frozen)
    erased(world)
    (after,) = Result.objects.get().answers["projects"]
    assert (after["name"], after["by"]) == ("Bob", "Former member")


# --- who stays --------------------------------------------------------------------------------------------------------


def test_the_only_owner_stays_until_there_is_another(world):
    with pytest.raises(LastOwner):
        erase(user=world.olivia, actor=world.olivia, now=NOW)
    assert consequences(world.olivia).alone == [world.house]
    Membership.objects.filter(user=world.carla).update(role=Role.OWNER)
    erase(user=world.olivia, actor=world.olivia, now=NOW)
    assert world.house.memberships.owners().get().user == world.carla


def test_an_owner_takes_a_person_out_of_their_organization_only(world):
    join(world.bob, world.elsewhere, Role.VIEWER)
    done = erased(world, actor=world.olivia, organization=world.house)
    assert not done.account
    bob = User.objects.get(email="bob@example.org")
    assert [role.organization for role in Membership.objects.filter(user=bob)] == [world.elsewhere]
    assert not Respondent.objects.filter(user=bob).exists()
    assert Respondent.objects.filter(name="Former member").count() == 2


def test_a_person_who_left_another_organization_keeps_the_account_as_long_as_it_names_them(world):
    AuditEvent.objects.create(
        organization=world.elsewhere, actor=world.bob, actor_name="Bob", action="x", subject="y", at=timezone.now()
    )
    assert not erased(world, organization=world.house).account
    assert erase(user=User.objects.get(pk=world.bob.pk), actor=None, now=NOW).account
    assert "Bob" not in everything()


def test_namesakes_of_other_organizations_keep_their_names(world):
    other = person("Bob2", language="")
    User.objects.filter(pk=other.pk).update(name="Bob")
    AuditEvent.objects.create(
        organization=world.elsewhere, actor_name="Bob", actor=other, action="x", subject="Bob", at=NOW
    )
    erased(world)
    event = AuditEvent.objects.get(organization=world.elsewhere)
    assert (event.actor_name, event.subject) == ("Bob", "Bob")


def test_looking_at_the_consequences_changes_nothing(world):
    before = everything()
    told = consequences(world.bob)
    assert (told.sheets, told.answers, told.results, told.documents, told.account) == (2, 3, 1, 1, True)
    assert everything() == before


def test_a_failure_in_the_middle_changes_nothing(world, monkeypatch):
    before = everything()
    monkeypatch.setattr("config.personal.erasure._erase_in_audit", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erased(world)
    assert everything() == before
    assert files.path_of(world.report).exists()
    assert connection.in_atomic_block


def test_owners_of_planned_work_and_who_marked_what_lose_their_name(cast):
    plan = adopted(cast)
    item = item_that_lifts(plan)
    done(cast.bob, item, owner="Bob")
    erase(user=cast.bob, actor=None, now=NOW)
    item.refresh_from_db()
    assert (item.owner, item.updated_by_name, item.status) == ("Former member", "Former member", "done")
    assert set(Reconfirmation.objects.values_list("marked_by_name", flat=True)) == {"Former member"}
    assert "Bob" not in everything()


def test_authors_of_findings_lose_their_name_in_reports_and_the_documents_are_forgotten(cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    result = planned_result(cast)
    save_finding(
        user=cast.bob, assessment=result.assessment, subject="P15", text_en="Odd", text_pt_br="", version=0, now=NOW
    )
    report = asked(cast.carla, result)
    files.write(files.path_of(report), b"%PDF-1.7 in the words of Bob")
    type(report).objects.update(file=files.name_of(report))
    with TestCase.captureOnCommitCallbacks(execute=True):
        erase(user=cast.bob, actor=None, now=NOW)
    report.refresh_from_db()
    assert report.additions["words"][0]["author"] == "Former member"
    assert not files.path_of(report).exists()
    assert "Bob" not in everything()
