"""Every round that there is, in the order of docs/reliability.md."""

from tests.faults import broker, pages, saves, work

ROUNDS = [*saves.ROUNDS, *work.ROUNDS, *broker.ROUNDS, *pages.ROUNDS]
