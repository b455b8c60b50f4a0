"""Writes of assessments and answers: what they change, what they refuse, what they leave behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from assessment import actions
from assessment.actions import Entry
from assessment.models import Answer, Assessment, Respondent, Result, Revision
from assessment.scoring import Answer as Said
from assessment.scoring import Respondent as Speaker
from assessment.scoring import score
from jobs.models import Job
from organizations.actions import TeamArchived, archive_team
from organizations.models import AuditEvent
from organizations.permissions import NotAllowed
from tests.assessment.rooms import FRAMEWORK, LATER, SCOPE, answer_all, close, closed, level, opened, save, stored
from tests.cast import NOW, person

HOUR = timedelta(hours=1)
PROOF = "https://wiki.example.org/tests"


def check(user, assessment, version, key="P09.1", now=LATER):
    return actions.check_evidence(user=user, assessment_id=assessment.pk, question_key=key, version=version, now=now)


def undo(user, assessment, now):
    return actions.undo_closing(user=user, assessment_id=assessment.pk, now=now)


def carried(cast, short, **changes):
    return opened(cast, carry_from=short, period=short.period, mode=short.mode, **changes)


# --- opening ----------------------------------------------------------------------------------------------------------


def test_opening_keeps_the_choices_the_release_and_a_shared_sheet(cast):
    assessment = opened(cast, closes_on=date(2026, 7, 20))
    assert (assessment.team, assessment.organization, assessment.opened_by) == (cast.atlas, cast.house, cast.alice)
    assert (assessment.framework_identifier, assessment.period, assessment.scope) == ("dataops@0.9.0", "2026-Q3", SCOPE)
    assert assessment.framework_hash.startswith("sha256:")
    assert (assessment.closes_on, assessment.is_open) == (date(2026, 7, 20), True)
    assert [(sheet.shared, sheet.user, sheet.name) for sheet in assessment.respondents.all()] == [(True, None, "Atlas")]


def test_opening_leaves_an_audit_row(cast):
    assessment = opened(cast)
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.subject, event.at) == (
        "assessment opened",
        cast.alice,
        "Atlas 2026-Q3",
        NOW,
    )
    assert event.detail == {
        "assessment": assessment.pk, "mode": "single", "form": "full", "modules": [], "framework": "dataops@0.9.0"
    }  # fmt: skip


def test_a_team_has_one_open_assessment_and_the_second_opener_is_shown_it(cast):
    first = opened(cast)
    with pytest.raises(actions.AssessmentOpen) as refusal:
        opened(cast, user=cast.carla)
    assert refusal.value.assessment == first
    assert AuditEvent.objects.count() == 1


def test_two_teams_have_an_open_assessment_each(cast):
    opened(cast)
    opened(cast, team=cast.boreal)
    assert Assessment.objects.open().count() == 2


def test_an_archived_team_starts_nothing(cast):
    archive_team(team=cast.atlas, actor=cast.olivia, now=NOW)
    with pytest.raises(TeamArchived):
        opened(cast)
    assert not Assessment.objects.exists()


def test_named_sheets_are_made_when_their_person_begins_and_only_once(cast):
    assessment = opened(cast, mode="named")
    assert not assessment.respondents.exists()
    first = actions.begin_answering(user=cast.bob, assessment=assessment, now=NOW)
    assert actions.begin_answering(user=cast.bob, assessment=assessment, now=LATER) == first
    assert (first.user, first.name, first.shared, first.created_at) == (cast.bob, "Bob", False, NOW)


def test_the_last_closed_assessment_gives_the_hints(cast):
    first = closed(cast, period="2026-Q1").assessment
    second = closed(cast, period="2026-Q2").assessment
    assert first.previous is None
    assert second.previous == first
    assert opened(cast, period="2026-Q3").previous == second


def test_hints_never_come_from_a_later_quarter_another_team_or_an_undone_closing(cast):
    later = closed(cast, period="2026-Q4").assessment
    assert opened(cast, team=cast.boreal, user=cast.carla, period="2026-Q4").previous is None
    early = opened(cast, period="2026-Q3")
    assert early.previous is None
    answer_all(cast.alice, early)
    close(cast.alice, early)
    undo(cast.alice, later, LATER + timedelta(minutes=1))
    answer_all_again = close(cast.alice, later, LATER + timedelta(minutes=2))
    assert answer_all_again.assessment == later


def test_settings_change_while_it_is_open_and_the_audit_row_says_what_was(cast):
    assessment = opened(cast)
    actions.change_assessment(
        user=cast.alice, assessment_id=assessment.pk, now=LATER, scope="Less", period="2026-Q2", closes_on=None
    )
    assessment.refresh_from_db()
    assert (assessment.scope, assessment.period) == ("Less", "2026-Q2")
    detail = AuditEvent.objects.newest_first().first().detail
    assert detail["changed"] == ["closes_on", "period", "scope"]
    assert detail["before"] == {"period": "2026-Q3", "closes_on": "None"}


def test_settings_of_a_closed_assessment_stay(cast):
    assessment = closed(cast).assessment
    with pytest.raises(actions.AssessmentClosed):
        actions.change_assessment(user=cast.alice, assessment_id=assessment.pk, now=LATER, scope="Other")
    assessment.refresh_from_db()
    assert assessment.scope == SCOPE


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_save_keeps_everything_that_was_said_and_who_said_it(cast):
    entry = level(2, partly=True, note="Since May", evidence_url=PROOF, confidence="high", flagged=True, confirmed=True)
    save(cast.bob, opened(cast), entry=entry)
    answer = Answer.objects.get()
    assert entry.says_same_as(answer)
    assert (answer.version, answer.question_revision) == (1, 1)
    assert (answer.updated_by, answer.updated_by_name, answer.updated_at) == (cast.bob, "Bob", LATER)


def test_every_save_counts_up_and_leaves_a_revision(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(2), save_id="a1")
    save(cast.alice, assessment, entry=level(4, note="With Bob"), version=1, now=LATER + HOUR, save_id="a2")
    rows = Revision.objects.order_by("version").values_list("version", "level", "note", "saved_by_name", "save_id")
    assert list(rows) == [(1, 2, "", "Bob", "a1"), (2, 4, "With Bob", "Alice", "a2")]
    assert (stored(assessment).version, stored(assessment).level) == (2, 4)
    assert stored(assessment).last_save_id() == "a2"


def test_an_answer_can_be_taken_back(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(2))
    save(cast.bob, assessment, entry=Entry(note="To be asked"), version=1)
    assert (stored(assessment).state, stored(assessment).level, stored(assessment).note) == (
        "open",
        None,
        "To be asked",
    )


def test_who_saves_over_an_unseen_answer_gets_what_stands_and_changes_nothing(cast):
    assessment = opened(cast)
    save(cast.alice, assessment, entry=level(2, note="Mine"))
    with pytest.raises(actions.AnswerConflict) as conflict:
        save(cast.bob, assessment, entry=level(4))
    current = conflict.value.current
    assert (current.level, current.note, current.updated_by_name, current.version) == (2, "Mine", "Alice", 1)
    assert (stored(assessment).level, Revision.objects.count()) == (2, 1)


def test_a_version_that_never_was_is_a_conflict(cast):
    with pytest.raises(actions.AnswerConflict) as conflict:
        save(cast.bob, opened(cast), version=7)
    assert conflict.value.current is None
    assert not Answer.objects.exists()


def test_a_replayed_save_changes_nothing(cast):
    assessment = opened(cast)
    first = save(cast.bob, assessment, entry=level(2), save_id="a1")
    again = save(cast.bob, assessment, entry=level(2), save_id="a1", now=LATER + HOUR)
    assert (again.pk, again.version, again.updated_at) == (first.pk, 1, LATER)
    assert Revision.objects.count() == 1


def test_a_replay_tells_its_own_version_so_that_the_next_save_meets_what_came_between(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(2), save_id="b1")
    save(cast.alice, assessment, entry=level(5), version=1, save_id="a1")
    replayed = save(cast.bob, assessment, entry=level(2), save_id="b1")
    assert (replayed.version, replayed.level, replayed.updated_by_name) == (1, 2, "Bob")
    with pytest.raises(actions.AnswerConflict):
        save(cast.bob, assessment, entry=level(3), version=replayed.version, save_id="b2")
    assert stored(assessment).level == 5


def test_saves_without_an_id_are_never_taken_for_replays(cast):
    assessment = opened(cast)
    save(cast.bob, assessment)
    with pytest.raises(actions.AnswerConflict):
        save(cast.bob, assessment)


def test_a_late_save_is_refused_and_the_answer_stays(cast):
    assessment = closed(cast, 3).assessment
    with pytest.raises(actions.AssessmentClosed):
        save(cast.bob, assessment, entry=level(5), version=1)
    assert (stored(assessment).level, stored(assessment).version) == (3, 1)


def test_viewers_may_not_answer(cast):
    with pytest.raises(NotAllowed, match="Viewers may read"):
        save(cast.erin, opened(cast))


def test_strangers_find_no_assessment(cast):
    assessment = opened(cast)
    for stranger in (cast.dave, person("Zoe")):
        with pytest.raises(Assessment.DoesNotExist):
            save(stranger, assessment)


def test_the_head_of_data_answers_for_any_team_and_a_lead_only_for_their_own(cast):
    boreal = opened(cast, team=cast.boreal, user=cast.carla)
    assert save(cast.carla, boreal).version == 1
    with pytest.raises(Assessment.DoesNotExist):
        save(cast.alice, boreal, version=1)


@pytest.mark.parametrize(("key", "form"), [("P99.1", "full"), ("", "full"), ("P09.2", "short"), ("P09", "full")])
def test_a_question_that_the_form_does_not_ask_is_refused(cast, key, form):
    with pytest.raises(actions.InvalidAnswer):
        save(cast.bob, opened(cast, form=form), key)
    assert not Answer.objects.exists()


def test_not_applicable_is_taken_only_where_the_question_allows_it(cast):
    assessment = opened(cast)
    entry = Entry(state="not_applicable", reason="No production yet")
    assert save(cast.bob, assessment, "P02.1", entry).reason == "No production yet"
    with pytest.raises(actions.InvalidAnswer, match="every team"):
        save(cast.bob, assessment, "P09.1", entry)


def test_people_who_answer_alone_write_on_sheets_of_their_own(cast):
    assessment = opened(cast, mode="named")
    save(cast.bob, assessment, entry=level(2))
    save(cast.alice, assessment, entry=level(4))
    on_sheets = {
        name: Answer.objects.on_sheet_of(assessment, getattr(cast, name)).get().level for name in ("bob", "alice")
    }
    assert on_sheets == {"bob": 2, "alice": 4}
    assert not Answer.objects.on_sheet_of(assessment, cast.carla).exists()


def test_a_team_that_agrees_writes_on_one_sheet(cast):
    assessment = opened(cast, mode="consensus")
    save(cast.bob, assessment, entry=level(2))
    save(cast.alice, assessment, entry=level(4), version=1)
    assert Respondent.objects.count() == 1
    assert stored(assessment).level == 4


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_a_pointer_gives_strength_one_and_taking_it_back_gives_none(cast):
    assessment = opened(cast)
    assert save(cast.bob, assessment, entry=level(4)).evidence_strength == 0
    assert save(cast.bob, assessment, entry=level(4, evidence_url=PROOF), version=1).evidence_strength == 1
    assert save(cast.bob, assessment, entry=level(4), version=2).evidence_strength == 0


def test_somebody_else_checks_the_evidence(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    check(cast.alice, assessment, 1, now=LATER + HOUR)
    answer = stored(assessment)
    assert (answer.evidence_strength, answer.checked_by, answer.version) == (2, cast.alice, 2)
    assert (answer.updated_by, answer.updated_by_name) == (cast.bob, "Bob")
    last = Revision.objects.newest_first().first()
    assert (last.version, last.evidence_strength, last.saved_by) == (2, 2, cast.alice)


def test_nobody_checks_their_own_evidence(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    with pytest.raises(actions.EvidenceNotCheckable, match="somebody else"):
        check(cast.bob, assessment, 1)
    assert stored(assessment).evidence_strength == 1


def test_a_note_by_somebody_else_doesnt_make_ones_own_evidence_checkable(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    save(cast.alice, assessment, entry=level(5, evidence_url=PROOF, note="Nice"), version=1)
    with pytest.raises(actions.EvidenceNotCheckable, match="somebody else"):
        check(cast.bob, assessment, 2)
    assert check(cast.carla, assessment, 2).checked_by == cast.carla


def test_whoever_gave_evidence_that_was_replaced_may_check_the_new_one(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    save(cast.alice, assessment, entry=level(5, evidence_url=PROOF + "/new"), version=1)
    assert check(cast.bob, assessment, 2).checked_by == cast.bob


@pytest.mark.parametrize("entry", [level(5), level(5, note=PROOF)])
def test_without_a_pointer_there_is_nothing_to_check(cast, entry):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=entry)
    with pytest.raises(actions.EvidenceNotCheckable, match="no unchecked evidence"):
        check(cast.alice, assessment, 1)


def test_evidence_is_checked_once_and_not_where_nothing_was_answered(cast):
    assessment = opened(cast)
    with pytest.raises(actions.EvidenceNotCheckable):
        check(cast.alice, assessment, 0)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    check(cast.alice, assessment, 1)
    with pytest.raises(actions.EvidenceNotCheckable):
        check(cast.carla, assessment, 2)


def test_evidence_that_changed_since_it_was_looked_at_is_not_checked(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    save(cast.bob, assessment, entry=level(5, evidence_url="https://elsewhere.example.org"), version=1)
    with pytest.raises(actions.AnswerConflict):
        check(cast.alice, assessment, 1)
    assert stored(assessment).evidence_strength == 1


def test_nobody_checks_sheets_that_nobody_else_sees(cast):
    assessment = opened(cast, mode="named")
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    with pytest.raises(actions.EvidenceNotCheckable, match="before closing"):
        check(cast.alice, assessment, 1)


def test_viewers_and_late_comers_check_nothing(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    with pytest.raises(NotAllowed):
        check(cast.erin, assessment, 1)
    with pytest.raises(Assessment.DoesNotExist):
        check(cast.dave, assessment, 1)
    close(cast.alice, assessment)
    with pytest.raises(actions.AssessmentClosed):
        check(cast.alice, assessment, 1)


def checked(cast):
    assessment = opened(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF))
    check(cast.alice, assessment, 1)
    return assessment


@pytest.mark.parametrize(
    "entry", [level(4, evidence_url=PROOF), level(5, evidence_url=PROOF + "/other"), Entry(evidence_url=PROOF)]
)
def test_another_level_or_pointer_needs_a_new_check(cast, entry):
    assessment = checked(cast)
    answer = save(cast.bob, assessment, entry=entry, version=2)
    assert (answer.evidence_strength, answer.checked_by_id) == (1, None)
    assert (stored(assessment).evidence_strength, stored(assessment).checked_by) == (1, None)


def test_without_its_pointer_a_checked_answer_has_no_evidence(cast):
    assert save(cast.bob, checked(cast), entry=level(5), version=2).evidence_strength == 0


def test_a_note_leaves_the_check_standing(cast):
    assessment = checked(cast)
    save(cast.bob, assessment, entry=level(5, evidence_url=PROOF, note="Seen"), version=2)
    assert (stored(assessment).evidence_strength, stored(assessment).checked_by) == (2, cast.alice)


def test_an_entry_has_no_way_to_say_that_evidence_was_checked():
    assert not {"evidence_strength", "checked_by", "version", "respondent"} & set(Entry.__slots__)


# --- closing ----------------------------------------------------------------------------------------------------------


def test_closing_freezes_the_score_of_the_answers(cast):
    assessment = opened(cast)
    answer_all(cast.alice, assessment, 3)
    save(cast.bob, assessment, "P09.1", level(4, partly=True, evidence_url=PROOF), version=1)
    result = close(cast.alice, assessment)
    spoken = {q.key: Said(level=3) for q in FRAMEWORK.form_questions("full")}
    spoken["P09.1"] = Said(level=4, partly=True, evidence_strength=1)
    speaker = Speaker(id=f"r{assessment.respondents.get().pk}", answers=spoken)
    expected = score(FRAMEWORK, [speaker], "full", assessment.framework_hash)
    result.refresh_from_db()
    assert result.scorecard == expected.as_dict()
    assert result.input_hash == actions.input_hash(FRAMEWORK, "full", [speaker])
    assert result.scores["principles"]["P10"] == 3.0
    assert result.scorecard["questions"]["P09.1"]["value"] == 4.5


def test_a_result_keeps_the_names_and_words_of_its_day(cast):
    result = closed(cast, 2)
    cast.atlas.name = "Renamed"
    cast.atlas.save()
    result.refresh_from_db()
    kept = (result.team_name, result.people, result.scope, result.period, result.mode, result.form)
    assert kept == ("Atlas", 7, SCOPE, "2026-Q3", "single", "full")
    assert (result.closed_by_name, result.closed_at, result.respondents) == ("Alice", LATER, 1)
    sheet = result.answers["respondents"][0]
    assert (sheet["name"], sheet["shared"], len(sheet["answers"])) == ("Atlas", True, len(FRAMEWORK.core_questions))
    assert sheet["answers"]["P09.1"]["level"] == 2
    assert sheet["answers"]["P09.1"]["by"] == "Alice"


def test_the_hash_of_the_inputs_covers_what_scoring_reads_and_no_more(cast):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(3, note="Any", confidence="low", flagged=True))
    result = close(cast.alice, assessment)

    def hash_of(answer: Said) -> str:
        speaker = Speaker(id=f"r{assessment.respondents.get().pk}", answers={"P09.1": answer})
        return actions.input_hash(FRAMEWORK, "full", [speaker])

    assert result.input_hash == hash_of(Said(level=3))
    others = [Said(level=4), Said(level=3, partly=True), Said(level=3, evidence_strength=1), Said(state="dont_know")]
    assert len({result.input_hash, *map(hash_of, others)}) == 5


def test_open_questions_are_not_answers_of_the_result(cast):
    assessment = opened(cast)
    save(cast.alice, assessment, "P09.1", level(3))
    save(cast.alice, assessment, "P10.1", Entry(note="Ask Bob"))
    save(cast.alice, assessment, "P11.1", Entry(state="dont_know"))
    result = close(cast.alice, assessment)
    assert result.scorecard["principles"]["P10"]["answered"] == 0
    assert result.scorecard["overall"]["provisional"] is True
    assert result.answers["respondents"][0]["answers"]["P10.1"]["note"] == "Ask Bob"


def test_people_who_said_nothing_are_not_respondents(cast):
    assessment = opened(cast, mode="named")
    actions.begin_answering(user=cast.carla, assessment=assessment, now=NOW)
    save(cast.bob, assessment, entry=level(2))
    save(cast.alice, assessment, entry=level(4))
    result = close(cast.alice, assessment)
    assert result.respondents == 2
    assert result.scorecard["questions"]["P09.1"]["respondents"] == 2
    assert result.scorecard["questions"]["P09.1"]["value"] == 3.0
    assert [sheet["name"] for sheet in result.answers["respondents"]] == ["Alice", "Bob", "Carla"]


@pytest.mark.parametrize("entry", [None, Entry(note="Later")])
def test_there_is_nothing_to_close_before_something_is_answered(cast, entry):
    assessment = opened(cast)
    if entry:
        save(cast.alice, assessment, entry=entry)
    with pytest.raises(actions.NothingAnswered):
        close(cast.alice, assessment)
    assessment.refresh_from_db()
    assert assessment.is_open
    assert not Result.objects.exists()


def test_a_closed_assessment_is_not_closed_again(cast):
    result = closed(cast)
    with pytest.raises(actions.AssessmentClosed):
        close(cast.carla, result.assessment)
    assert Result.objects.get() == result


@pytest.mark.parametrize("name", ["bob", "erin"])
def test_who_answers_or_only_reads_may_not_close(cast, name):
    assessment = opened(cast)
    save(cast.alice, assessment)
    for act in (actions.close_assessment, actions.end_without_result):
        with pytest.raises(NotAllowed, match="Only the team's lead, owners and administrators"):
            act(user=getattr(cast, name), assessment_id=assessment.pk, now=LATER)
    assert Assessment.objects.get().is_open


def test_what_somebody_may_not_see_is_not_there_to_be_closed(cast):
    """Neither another team's assessment, whatever one is in one's own, nor the organization's own sheet."""
    other = opened(cast, team=cast.boreal, user=cast.carla)
    sheet = actions.prepare_organization_sheet(
        user=cast.carla, organization=cast.house, framework=FRAMEWORK, framework_hash="sha256:0", now=LATER
    )
    for user, assessment in ((cast.dave, other), (cast.alice, other), (cast.carla, sheet)):
        with pytest.raises(Assessment.DoesNotExist):
            close(user, assessment)


def test_closing_and_undoing_are_audited(cast):
    result = closed(cast)
    undo(cast.carla, result.assessment, LATER + HOUR)
    events = AuditEvent.objects.order_by("pk").values_list("action", "actor_name")
    assert list(events) == [("assessment opened", "Alice"), ("assessment closed", "Alice"), ("closing undone", "Carla")]


# --- undoing ----------------------------------------------------------------------------------------------------------


def test_a_closing_is_undone_until_an_hour_has_passed(cast):
    result = closed(cast, 3)
    assessment = undo(cast.alice, result.assessment, LATER + HOUR)
    result.refresh_from_db()
    assert (assessment.is_open, assessment.closed_by) == (True, None)
    assert result.withdrawn_at == LATER + HOUR
    assert not Result.objects.standing().exists()
    assert save(cast.bob, assessment, entry=level(5), version=1).version == 2


def test_after_an_hour_it_stays_closed(cast):
    result = closed(cast)
    with pytest.raises(actions.TooLateToUndo):
        undo(cast.alice, result.assessment, LATER + HOUR + timedelta(microseconds=1))
    assert Result.objects.standing().get() == result


def test_nothing_is_undone_while_a_newer_assessment_is_open(cast):
    result = closed(cast)
    opened(cast, period="2026-Q4", now=LATER)
    with pytest.raises(actions.TooLateToUndo):
        undo(cast.alice, result.assessment, LATER)
    assert Result.objects.standing().get() == result


def test_an_open_assessment_has_no_closing_to_undo(cast):
    with pytest.raises(actions.TooLateToUndo):
        undo(cast.alice, opened(cast), LATER)


def test_closing_again_makes_a_second_result_beside_the_withdrawn_one(cast):
    first = closed(cast, 3)
    undo(cast.alice, first.assessment, LATER + HOUR)
    save(cast.bob, first.assessment, entry=level(5), version=1)
    second = close(cast.alice, first.assessment, LATER + HOUR)
    assert Result.objects.standing().get() == second
    first.refresh_from_db()
    assert first.scorecard["questions"]["P09.1"]["value"] == 3.0
    assert second.scorecard["questions"]["P09.1"]["value"] == 5.0
    assert first.input_hash != second.input_hash


def test_a_job_that_is_left_of_a_removed_result_with_the_same_number_keeps_nobody_from_closing(cast):
    """As after a backup was restored: numbers go on after the last row that is left."""
    first = closed(cast)
    number = first.pk + 1
    left = Job.objects.create(kind=Result.KIND, key=f"{Result.KIND}-{number}", state="done", created_at=NOW)
    result = closed(cast, team=cast.atlas, period="2026-Q4")
    assert result.pk == number
    job = Job.objects.exclude(pk=left.pk).get(payload={"result": number})
    assert (job.kind, job.state) == (Result.KIND, "queued")


# --- carrying a short form into the full one --------------------------------------------------------------------------


def test_the_full_form_starts_with_the_answers_of_the_short_one(cast):
    short = opened(cast, form="short")
    save(cast.bob, short, "P09.1", level(4, note="Kept", evidence_url=PROOF))
    check(cast.alice, short, 1)
    close(cast.alice, short)
    full = carried(cast, short)
    answer = stored(full)
    assert (answer.level, answer.note, answer.evidence_strength, answer.checked_by) == (4, "Kept", 2, cast.alice)
    assert (answer.version, answer.updated_by_name) == (1, "Bob")
    assert answer.revisions.get().saved_by == cast.alice
    assert (full.form, full.period, full.previous) == ("full", "2026-Q3", None)
    assert save(cast.bob, full, "P09.2", level(3)).version == 1


def test_carrying_keeps_each_persons_sheet(cast):
    short = opened(cast, form="short", mode="named")
    save(cast.bob, short, entry=level(2))
    save(cast.alice, short, entry=level(4))
    close(cast.alice, short)
    full = carried(cast, short)
    assert sorted(full.respondents.values_list("name", "user")) == [("Alice", cast.alice.pk), ("Bob", cast.bob.pk)]
    assert Answer.objects.on_sheet_of(full, cast.bob).get().level == 2


@pytest.mark.parametrize(("before", "after"), [("consensus", "named"), ("named", "consensus")])
def test_carried_into_another_mode_each_writes_where_that_mode_says(cast, before, after):
    """The sheet that came along is there, too: the team's shared one, or Alice's own."""
    short = opened(cast, form="short", mode=before)
    save(cast.alice, short)
    close(cast.alice, short)
    full = opened(cast, carry_from=short, mode=after)
    answer = save(cast.alice, full, "P09.2", level(4))
    assert (answer.respondent.user, answer.respondent.shared) == {
        "named": (cast.alice, False), "consensus": (None, True)
    }[after]  # fmt: skip
    assert save(cast.alice, full, "P09.2", level(5), version=1).respondent == answer.respondent


def test_sheets_of_people_who_left_are_carried_apart(cast):
    short = opened(cast, form="short", mode="named")
    save(cast.bob, short, entry=level(2))
    save(cast.alice, short, entry=level(4))
    close(cast.alice, short)
    cast.alice.delete()
    cast.bob.delete()
    full = carried(cast, short, user=cast.carla)
    carried_levels = full.respondents.order_by("name").values_list("name", "answers__level")
    assert list(carried_levels) == [("Alice", 4), ("Bob", 2)]


def test_carrying_leaves_the_short_form_as_it_was(cast):
    result = closed(cast, 3, form="short")
    full = carried(cast, result.assessment)
    save(cast.bob, full, entry=level(5), version=1)
    assert stored(result.assessment).level == 3
    assert Result.objects.get().scorecard["questions"]["P09.1"]["value"] == 3.0


# --- what the database itself refuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "answered", "level": None},
        {"state": "answered", "level": 0},
        {"state": "answered", "level": 6},
        {"state": "answered", "level": 5, "partly": True},
        {"state": "open", "level": 3},
        {"state": "dont_know", "level": None, "partly": True},
        {"state": "not_applicable", "reason": ""},
        {"state": "answered", "level": 3, "evidence_strength": 3},
    ],
)
def test_the_database_refuses_an_answer_that_contradicts_itself(cast, wrong):
    sheet = opened(cast).respondents.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(respondent=sheet, question_key="P09.1", updated_at=NOW, **wrong)


def test_the_database_refuses_a_second_answer_to_a_question(cast):
    assessment = opened(cast)
    answer = save(cast.bob, assessment)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(respondent=answer.respondent, question_key="P09.1", updated_at=NOW)


def test_the_database_refuses_two_revisions_of_one_version(cast):
    answer = save(cast.bob, opened(cast))
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(answer=answer, version=1, saved_at=NOW)


@pytest.mark.parametrize("twin", [{"shared": True}, {"user": "bob"}])
def test_the_database_refuses_a_second_sheet(cast, twin):
    assessment = opened(cast)
    Respondent.objects.create(assessment=assessment, user=cast.bob, created_at=NOW)
    fields = {name: getattr(cast, value) if name == "user" else value for name, value in twin.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Respondent.objects.create(assessment=assessment, created_at=NOW, **fields)


def test_the_database_refuses_a_second_open_assessment_and_a_second_standing_result(cast):
    result = closed(cast)
    opened(cast, period="2026-Q4")
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=result.assessment_id).update(closed_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        result.pk = None
        result.save(force_insert=True)
