"""What a person gets to see of themselves, and what an owner doesn't get to see."""

from __future__ import annotations

import json

from config.personal.export import as_json, export
from tests.cast import NOW
from tests.config.personal.conftest import SECRET_NOTE


def test_everything_by_and_about_a_person_is_in_the_file(world):
    data = json.loads(as_json(export(world.bob, now=NOW)))
    assert data["person"]["email"] == "bob@example.org"
    assert [place["name"] for place in data["organizations"]] == ["Data House"]
    rows = data["rows"]
    assert len(rows["assessment.Respondent.user"]) == 2
    assert {row["note"] for row in rows["assessment.Answer.updated_by"]} == {
        SECRET_NOTE,
        "For the team",
        "Nobody knows yet",
    }
    assert [row["level"] for row in rows["assessment.Revision.saved_by"]] == [2, 3, 4, 1]
    assert [row["role"] for row in rows["organizations.Membership.user"]] == ["member"]
    assert [row["email"] for row in rows["organizations.Invitation.email"]] == ["bob@example.org"]
    assert {row["action"] for row in rows["organizations.AuditEvent.subject"]} == {
        "person invited",
        "role changed",
        "sign-in link made",
    }
    assert len(rows["organizations.LoginToken.user"]) == len(rows["account.EmailAddress.user"]) == 1
    (frozen,) = data["frozen_answers"]
    assert (frozen["period"], frozen["own_sheet"], frozen["answers"]["P09.1"]["level"]) == ("2026-Q3", True, 3)


def test_nobody_elses_words_are_in_it(world):
    text = as_json(export(world.bob, now=NOW))
    assert "Alice's own" not in text
    assert "Comet" not in text


def test_no_secret_is_in_it(world):
    text = as_json(export(world.bob, now=NOW))
    for secret in (world.bob.password, world.bob.login_tokens.get().token_hash, "token_hash", '"password"'):
        assert secret not in text


def test_an_owner_sees_no_sheet_that_nobody_else_sees_yet(world):
    text = as_json(export(world.bob, now=NOW, organization=world.house))
    assert SECRET_NOTE in text and "For the team" in text  # closed, and the team's
    assert "Nobody knows yet" not in text
    assert "login_tokens" not in text and "LoginToken" not in text


def test_an_owner_sees_nothing_of_another_organization(world):
    text = as_json(export(world.bob, now=NOW, organization=world.elsewhere))
    assert json.loads(text)["rows"] == {}
    assert SECRET_NOTE not in text


def test_a_person_without_traces_has_an_empty_file(cast):
    data = export(cast.erin, now=NOW)
    assert set(data["rows"]) == {"organizations.Membership.user"}
