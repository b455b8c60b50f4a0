"""What a consultant adds in their own words and pictures: marked as theirs, beside what the rules say."""

from __future__ import annotations

from django.utils.translation import gettext as _

from reports.briefing.chapter import Chapter
from reports.briefing.data import OwnWords
from reports.briefing.records import Picture, Remark


class Own(Chapter):
    """The sentence at the head, findings per principle, logos."""

    def sentence(self) -> Remark | None:
        words = next((words for words in self.data.own_words if not words.subject), None)
        return self._remark("", words) if words else None

    def findings(self) -> tuple[Remark, ...]:
        """In the order of principles and pillars."""
        names = {p.key: self._short(p) for p in self.framework.principles}
        names |= {p.prefix: f"{p.prefix} {self._say(p.name)}" for p in self.framework.pillars}
        by_subject = {words.subject: words for words in self.data.own_words}
        return tuple(self._remark(name, by_subject[key]) for key, name in names.items() if key in by_subject)

    def logos(self) -> tuple[Picture, ...]:
        return tuple(
            Picture(f"logo-{number}", logo.alt, logo.width / logo.height)
            for number, logo in enumerate(self.data.logos, start=1)
        )

    def _remark(self, title: str, words: OwnWords) -> Remark:
        return Remark(title, words.text, _("In the words of %(name)s") % {"name": words.author})
