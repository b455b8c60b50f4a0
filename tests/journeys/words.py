"""The product's own words in the language of a journey, so that a journey is written once for both languages."""

from __future__ import annotations

from django.utils.translation import gettext, override


def words(text: str, language: str, **values) -> str:
    """The translation of `text`, a msgid of the product, with its placeholders filled in."""
    with override(language):
        found = gettext(text)
    return found % values if values else found
