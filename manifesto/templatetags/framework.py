"""How templates speak of the framework: its texts in the language of the page."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from manifesto.definitions import Anchor, Text

register = template.Library()


@register.filter
def localized(text: Text | Anchor | None) -> str:
    """`{{ principle.name|localized }}`: the text or anchor in the active language, and nothing for None.

    The result is an ordinary string, so that the template escapes it.
    """
    if not text:  # optional texts are None, and a name that a template can't find is ""
        return ""
    return text.in_language(get_language() or "en")
