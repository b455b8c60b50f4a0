"""Links as what a template prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from reports.models import ShareLink


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link and what became of it, in one word. Only an open one can be revoked."""

    link: ShareLink
    status: str
    is_open: bool


def link_rows(links: Iterable[ShareLink], now: datetime) -> list[LinkRow]:
    return [_link_row(link, now) for link in links]


def _link_row(link: ShareLink, now: datetime) -> LinkRow:
    if link.revoked_at:
        return LinkRow(link, _("revoked"), False)
    if link.expires_at <= now:
        return LinkRow(link, _("expired"), False)
    return LinkRow(link, _("open"), True)
