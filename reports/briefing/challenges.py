"""Which challenge hurts the team, in one table."""

from __future__ import annotations

from django.utils.translation import gettext as _

from reports.briefing.chapter import Chapter
from reports.briefing.records import Table
from reports.challenges import ChallengeRow, challenge_rows, challenges_finding

WEAKEST = 3


class Challenges(Chapter):
    """The challenges with their score and the principles that lag most, the one that hurts most first."""

    def finding(self) -> str:
        return challenges_finding(self._rows(), self.language)

    def table(self) -> Table:
        head = (_("Challenge"), _("Score"), _("Lowest principles"))
        return Table(head, tuple(self._row(row) for row in self._rows() if row.score.score is not None))

    def none(self) -> Table:
        """For a reader who only gets the finding."""
        return Table((), ())

    def _rows(self) -> tuple[ChallengeRow, ...]:
        return challenge_rows(self.framework, self.card, self.language)

    def _row(self, row: ChallengeRow) -> tuple[str, ...]:
        lowest = [share for share in row.principles if share.score is not None][:WEAKEST]
        names = ", ".join(f"{self._short(share.principle)} {self._number(share.score)}" for share in lowest)
        return self._say(row.challenge.name), self._number(row.score.score), names
