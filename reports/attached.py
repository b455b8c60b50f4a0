"""Take the data out of a PDF, in a process of its own: `python -m reports.attached FILE`.

A PDF that somebody hands in may be made to hang its reader or to eat the memory. So the reading process may take only
so much of both, and imports nothing of the product. It prints the attached file and exits 0, or with another number.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ATTACHMENT = "dataops-ladder.json"
MOST_BYTES = 5_000_000
"""Of the attached data."""
SECONDS = 10
MEMORY = 1_000_000_000
WRONG, NONE = 2, 3


class NoData(Exception):
    """Nothing of ours can be read from the file; the text says why."""


def attached_data(path: Path) -> bytes:
    """The data that are attached to a PDF. Raises NoData."""
    command = [sys.executable, "-m", "reports.attached", str(path.resolve())]
    root = Path(__file__).resolve().parents[1]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=SECONDS * 2, check=False)
    except subprocess.TimeoutExpired:
        raise NoData("reading it takes too long") from None
    if done.returncode == 0:
        return done.stdout
    raise NoData("it has no data attached" if done.returncode == NONE else "it can't be read as a PDF")


def main(path: str) -> int:
    _limit()
    from pypdf import PdfReader  # here, for it counts towards the limits

    try:
        parts = PdfReader(path).attachments.get(ATTACHMENT, [])
        found = bytes(parts[0]) if parts else b""
    except Exception:  # whatever a hostile file makes its reader do, it is a file that can't be read
        return WRONG
    if not found:
        return NONE
    if len(found) > MOST_BYTES:
        return WRONG
    sys.stdout.buffer.write(found)
    return 0


def _limit() -> None:
    """Let the system end this process when it takes more than its share; where there are no such limits, time does."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
