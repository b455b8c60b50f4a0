"""What a consultant adds in their own words and pictures: marked as theirs, beside what the rules say."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.briefing.chapter import Chapter, cut
from reports.briefing.data import OwnWords
from reports.briefing.records import Picture, Remark

TIGHT = ((21, 2000), (21, 240), (8, 200))
"""How many findings a lead gets, and how many signs of each, the tighter the report."""


class Own(Chapter):
    """The sentence at the head, findings per principle, logos."""

    def sentence(self) -> Remark | None:
        words = next((words for words in self.data.own_words if not words.subject), None)
        return self._remark("", words) if words else None

    def findings(self, *, whole: bool, tight: int) -> tuple[Remark, ...]:
        """In the order of principles and pillars; a `tight` report cuts them and has only the first, see `TIGHT`.

        Where one person wrote them all, the note above them says who.
        """
        one_author = len({words.author for words in self._found().values()}) == 1
        most, longest = TIGHT[tight]
        remarks = [self._remark(name, words) for name, words in self._found().items()]
        return tuple(
            replace(
                remark,
                text=remark.text if whole else cut(remark.text, longest),
                author="" if one_author else remark.author,
            )
            for remark in remarks[: None if whole else most]
        )

    def findings_note(self, *, whole: bool, tight: int) -> str:
        """That a person wrote them, who if it was one for all, and how many the consultant's report has besides."""
        found = self._found()
        authors = {words.author for words in found.values()}
        said = [_("Written by a person, not by the rules that made the rest of this report.")]
        if len(authors) == 1:
            said.append(self._words_of(authors.pop()) + ".")
        if not whole and (rest := len(found) - TIGHT[tight][0]) > 0:
            said.append(
                ngettext(
                    "%(count)d more is in the consultant's report.",
                    "%(count)d more are in the consultant's report.",
                    rest,
                )
                % {"count": rest}
            )
        return " ".join(said)

    def _found(self) -> dict[str, OwnWords]:
        """What was found, by the name of its subject."""
        names = {p.key: self._short(p) for p in self.framework.principles}
        names |= {p.prefix: f"{p.prefix} {self._say(p.name)}" for p in self.framework.pillars}
        by_subject = {words.subject: words for words in self.data.own_words}
        return {name: by_subject[key] for key, name in names.items() if key in by_subject}

    def logos(self) -> tuple[Picture, ...]:
        return tuple(
            Picture(f"logo-{number}", logo.alt, logo.width / logo.height)
            for number, logo in enumerate(self.data.logos, start=1)
        )

    def _remark(self, title: str, words: OwnWords) -> Remark:
        return Remark(title, words.text, self._words_of(words.author))

    def _words_of(self, author: str) -> str:
        return _("In the words of %(name)s") % {"name": author}
