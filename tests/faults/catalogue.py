"""Every round that there is, in the order of docs/reliability.md."""

from tests.faults import saves

ROUNDS = [*saves.ROUNDS]
