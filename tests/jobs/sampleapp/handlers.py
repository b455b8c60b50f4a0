"""Work that leaves traces: each start, and each artefact that counts, is a file in the payload's folder."""

import os
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
