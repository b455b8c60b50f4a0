"""Private PostgreSQL and Redis servers for tests, from the programs installed on this machine.

    python -m tests.services COMMAND ...

runs COMMAND with TEST_DATABASE_URL and TEST_REDIS_URL set. A server whose address the environment already gives is used
as it is; what was started here, and only that, is ended afterwards, its data under the temporary directory removed.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg2

from config.supervisor import die_with_parent

START_SECONDS = 30
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": 100}
HASTY |= {"autovacuum": "off"}  # it may count the rows between two tests, and then a query is planned for empty tables
DURABLE = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "max_connections": 100}


class Unavailable(Exception):
    """A server can't be had. The text names it and the remedy."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str, remedy: str) -> str:
    """The path of a server program; Debian keeps PostgreSQL's outside the search path."""
    found = shutil.which(name) or next(
        iter(sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))[-1:]), None
    )
    if not found:
        raise Unavailable(f"{name} is missing. Remedy: sudo apt-get install {remedy}")
    return found


def unprivileged() -> dict:
    """Arguments for Popen that drop root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise Unavailable("PostgreSQL refuses root, and there is neither a user postgres nor nobody to run it as.")


@contextlib.contextmanager
def private_directory(prefix: str, owner: dict) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        if owner:
            os.chown(folder, owner["user"], owner["group"])
        yield Path(folder)


@contextlib.contextmanager
def postgresql(durable: bool = False) -> Iterator[str]:
    """A PostgreSQL server for as long as the context lasts; its URL.

    It trades durability for speed, unless `durable`: then a commit is on the disk before it is acknowledged.
    """
    initdb, postgres = program("initdb", "postgresql"), program("postgres", "postgresql")
    owner = unprivileged()
    with private_directory("ladder-postgresql-", owner) as folder:
        data, port = initialised(initdb, folder, owner), free_port()
        settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder}
        settings |= DURABLE if durable else HASTY
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with server([postgres, "-D", str(data), *options], folder, port, signal.SIGINT, owner):
            wait_until_accepting(url := f"postgres://ladder@127.0.0.1:{port}/postgres")
            yield url


def initialised(initdb: str, folder: Path, owner: dict) -> Path:
    """A new, empty data directory below `folder`, in which everybody on this machine is let in as `ladder`."""
    command = [initdb, "--pgdata", str(folder / "data"), "--username", "ladder", "--auth", "trust", "--no-sync"]
    made = subprocess.run(
        [*command, "--encoding", "UTF8", "--locale", "C.UTF-8"], cwd=folder, capture_output=True, text=True, **owner
    )
    if made.returncode:
        raise Unavailable(f"initdb failed: {made.stderr.strip()}")
    return folder / "data"


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis server for as long as the context lasts; its URL."""
    command, port = program("redis-server", "redis-server"), free_port()
    with private_directory("ladder-redis-", {}) as folder:
        options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "no"]
        with server([command, *options], folder, port, signal.SIGTERM, {}):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def server(command: Sequence[str], folder: Path, port: int, ending: int, owner: dict) -> Iterator[None]:
    """Run a server until the context ends, and wait at the start until it listens on `port`."""
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **owner,
        )
    try:
        wait_until_listening(process, port, log)
        yield
    finally:
        process.send_signal(ending)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_listening(process: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise Unavailable(f"{process.args[0]} didn't start: {log.read_text()[-2000:]}")


def wait_until_accepting(url: str) -> None:
    """PostgreSQL listens a moment before it lets anybody in."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return psycopg2.connect(url).close()
        except psycopg2.OperationalError as error:
            if time.monotonic() > end:
                raise Unavailable(f"PostgreSQL doesn't let anybody in: {error}") from error
        time.sleep(0.05)


@contextlib.contextmanager
def both() -> Iterator[dict[str, str]]:
    """The environment variables of a PostgreSQL and a Redis: those given, else servers started for the purpose."""
    with contextlib.ExitStack() as stack:
        found = {}
        for variable, start in (("TEST_DATABASE_URL", postgresql), ("TEST_REDIS_URL", redis)):
            found[variable] = os.environ.get(variable) or stack.enter_context(start())
        yield found


def main(command: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with both() as addresses:
            return subprocess.call(command, env={**os.environ, **addresses})
    except Unavailable as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
