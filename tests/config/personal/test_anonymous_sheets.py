"""Personal data and anonymous answers: a person sees their own sheet, and nobody else learns that there is one."""

from __future__ import annotations

import json

from assessment.models import Answer, Respondent
from config.personal.erasure import consequences, erase
from config.personal.export import as_json, export
from tests.assessment.rooms import close, level, opened_anonymously, save
from tests.cast import NOW


def test_a_person_takes_their_own_open_sheet_along_and_an_owner_sees_nothing_of_it(cast):
    assessment, _members = opened_anonymously(cast)
    save(cast.bob, assessment, entry=level(2, note="Bob alone knows"))
    own = json.loads(as_json(export(cast.bob, now=NOW)))["rows"]
    assert [row["user"] for row in own["assessment.Respondent.user"]] == [cast.bob.pk]
    owners = json.loads(as_json(export(cast.bob, now=NOW, organization=cast.house)))
    assert "assessment.Respondent.user" not in owners["rows"]
    assert (consequences(cast.bob).sheets, consequences(cast.bob, cast.house).sheets) == (1, 0)


def test_after_closing_no_answer_is_theirs_any_more(cast):
    assessment, members = opened_anonymously(cast)
    for member in members:
        save(member, assessment, entry=level(2))
    close(cast.alice, assessment)
    data = export(cast.bob, now=NOW)
    assert "assessment.Respondent.user" not in data["rows"]
    assert data["frozen_answers"] == []


def test_who_is_erased_while_it_is_open_still_counts_as_a_person_of_it(cast):
    assessment, members = opened_anonymously(cast, 5)
    for member in members:
        save(member, assessment, entry=level(2, note="a note"))
    erase(user=cast.bob, actor=cast.olivia, now=NOW, organization=cast.house)
    assert Respondent.objects.filter(user=None).count() == 1
    assert Answer.objects.filter(note="").count() == 1
    result = close(cast.alice, assessment)
    assert result.scorecard["questions"]["P09.1"]["respondents"] == 5
