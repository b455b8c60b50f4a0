"""Kombu's filesystem transport, made safe against half a message: the embedded profile's broker.

Kombu writes a message under its final name, so that a worker can read it before it is whole and dies of it. Here a
message appears in one step, and one that can't be read is passed over: the Job row is the truth, the reaper sends
again.
"""

from __future__ import annotations

import logging
import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic

from kombu.transport import filesystem
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        """Put a message onto `queue`, whole or not at all. A draft's name ends otherwise, so that nobody takes it."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        target = Path(self.data_folder_out, name)
        draft = target.with_suffix(".new")
        draft.write_bytes(dumps(payload).encode())
        os.replace(draft, target)

    def _get(self, queue):
        """The next message of `queue`. Raises Empty when there is none, or the next one can't be read."""
        try:
            return super()._get(queue)
        except ValueError:
            log.warning("A message on the queue %s can't be read; the reaper sends it again.", queue)
            raise Empty from None


class Transport(filesystem.Transport):
    Channel = Channel
