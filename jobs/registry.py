"""Which function does which kind of work. The composition root fills this; the worker asks it.

A handler is called as `handler(payload, context)`, outside any transaction, and may be called again after a crash, so
it does its work anew each time. `context` is a jobs.work.Context: `context.report(...)` tells the page how far it is,
`context.finish(action)` makes the handler's last write and the job's end one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils.translation import gettext_noop

Handler = Callable[..., None]

UNKNOWN_KIND = gettext_noop("This version of the product doesn't know this kind of work.")

_handlers: dict[str, Handler] = {}
_daily: set[str] = set()


class WorkFailed(Exception):
    """A handler can't do the work. Its text is the reason that a person reads: one plain sentence, no internals.

    Wrap the text in gettext_noop, so that it can be shown in the reader's language. With `final=True` the job fails at
    once, because another attempt would end the same way; `again_after` is how long the next attempt had better wait.
    """

    def __init__(self, reason: str, *, final: bool = False, again_after: timedelta = timedelta(0)):
        super().__init__(reason)
        self.final = final
        self.again_after = again_after


def register(kind: str, handler: Handler, *, daily: bool = False) -> None:
    """Let `handler` do the jobs of this kind, of which one is queued each day if it is `daily`.

    Raises ValueError when another function does them already.
    """
    if _handlers.setdefault(kind, handler) is not handler:
        raise ValueError(f"Jobs of kind {kind} have a handler already")
    if daily:
        _daily.add(kind)


def daily_kinds() -> list[str]:
    """The kinds of work that is done once a day."""
    return sorted(_daily)


def find(kind: str) -> Handler:
    """The handler of a kind; raises WorkFailed when there is none (a job from a newer version, for example)."""
    try:
        return _handlers[kind]
    except KeyError:
        raise WorkFailed(UNKNOWN_KIND) from None
