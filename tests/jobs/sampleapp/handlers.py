"""Work that leaves traces: each start, and each artefact that counts, is a file in the payload's folder."""

import contextlib
import os
import resource
import signal
import time
from pathlib import Path


def artefact(payload, context):
    """Works for `seconds` in one stage, then leaves one file, named for its attempt, in the finishing transaction."""
    folder, token = Path(payload["folder"]), context.job.token
    (folder / f"started-{token}").touch()
    context.report("sleeping", 1, 2)
    time.sleep(payload["seconds"])
    context.finish(lambda: (folder / f"artefact-{token}").touch())


def suicide(payload, context):
    """Kills the process that runs it, as a lack of memory does."""
    (Path(payload["folder"]) / f"started-{context.job.token}").touch()
    os.kill(os.getpid(), signal.SIGKILL)


def hang(payload, context):
    """Never ends by itself."""
    (Path(payload["folder"]) / f"started-{context.job.token}").touch()
    while True:
        time.sleep(0.1)


def stubborn(payload, context):
    """Never ends by itself, and takes no notice of being asked to."""
    (Path(payload["folder"]) / f"started-{context.job.token}").touch()
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.1)


def glutton(payload, context):
    """Wants more memory than its process may have."""
    (Path(payload["folder"]) / f"started-{context.job.token}").touch()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, before[1]))
    try:
        bytearray(16 * 2**30)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
