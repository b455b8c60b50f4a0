"""The history of saves: what each client was told, compared with what the database holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.faults.installation import Installation


@dataclass(frozen=True)
class Save:
    """A save as it left a client: it replaces `version` of the answer to `key`. Its note is its id."""

    key: str
    version: int
    level: int
    save_id: str


@dataclass(frozen=True)
class Stored:
    """An answer, or one of its revisions, as the database holds it. An answer itself has no `save_id`."""

    key: str
    version: int
    level: int | None
    note: str
    save_id: str = ""


@dataclass
class History:
    """Saves and what their senders were told. Lists are appended to by several threads at once."""

    acknowledged: list[tuple[Save, int]] = field(default_factory=list)
    """With the version that the client was told it made."""
    refused: list[Save] = field(default_factory=list)
    """Those of which the client was told that they were not saved. A save without an answer is in neither list."""

    def lost(self, answers: Sequence[Stored], revisions: Sequence[Stored]) -> list[str]:
        """Acknowledged saves that aren't there as they were sent, and answers older than what was acknowledged."""
        kept = {(stored.key, stored.version, stored.save_id): stored for stored in revisions}
        found = []
        latest: dict[str, int] = defaultdict(int)
        for save, version in self.acknowledged:
            stored = kept.get((save.key, version, save.save_id))
            if stored is None or (stored.level, stored.note) != (save.level, save.save_id):
                found.append(f"{save} was acknowledged as version {version}; the database has {stored}")
            latest[save.key] = max(latest[save.key], version)
        standing = {stored.key: stored.version for stored in answers}
        found += [
            f"{key} stands at version {standing.get(key)}; {version} was acknowledged"
            for key, version in latest.items()
            if standing.get(key, 0) < version
        ]
        return found

    def replaced(self, answers: Sequence[Stored], revisions: Sequence[Stored]) -> list[str]:
        """Answers that were overwritten without anybody being told.

        Two clients were told that they made the same version; a save that was refused stands nevertheless; revisions
        don't count 1, 2, 3 ...; or what stands isn't the latest revision.
        """
        makers: dict[tuple[str, int], set[str]] = defaultdict(set)
        for save, version in self.acknowledged:
            makers[save.key, version].add(save.save_id)
            if version != save.version + 1:
                makers[save.key, version].add(f"over version {save.version}")
        found = [f"{key} version {version} was made by {sorted(ids)}" for (key, version), ids in makers.items()
                 if len(ids) > 1]  # fmt: skip
        told = {save.save_id for save, _version in self.acknowledged}
        turned_away = {save.save_id for save in self.refused} - told
        found += [f"{stored} was refused" for stored in revisions if stored.save_id in turned_away]
        by_key: dict[str, list[Stored]] = defaultdict(list)
        for stored in revisions:
            by_key[stored.key].append(stored)
        for answer in answers:
            line = sorted(by_key[answer.key], key=lambda stored: stored.version)
            if [stored.version for stored in line] != list(range(1, answer.version + 1)):
                found.append(f"{answer.key} has the revisions {[stored.version for stored in line]}")
            elif (line[-1].level, line[-1].note) != (answer.level, answer.note):
                found.append(f"{answer} stands, but {line[-1]} was saved last")
        return found


def stored(installation: Installation, assessment: int) -> tuple[list[Stored], list[Stored]]:
    """The answers of an assessment with one sheet, and all their revisions."""
    of_sheet = f"JOIN assessment_respondent s ON s.id = a.respondent_id WHERE s.assessment_id = {assessment}"
    answers = installation.rows(f"SELECT question_key, version, level, note FROM assessment_answer a {of_sheet}")
    revisions = installation.rows(
        "SELECT a.question_key, r.version, r.level, r.note, r.save_id FROM assessment_revision r "
        f"JOIN assessment_answer a ON a.id = r.answer_id {of_sheet}"
    )
    return [Stored(*row) for row in answers], [Stored(*row) for row in revisions]
