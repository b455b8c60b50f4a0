"""PostgreSQL and Redis that can be killed and started again; what PostgreSQL acknowledged is on its disk."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from config.supervisor import die_with_parent
from tests import services


class Server:
    """A server program. Start it from the main thread: it ends with the thread that started it."""

    def __init__(self, command: list[str], folder: Path, port: int, url: str, owner: dict) -> None:
        self.command, self.folder, self.port, self.url, self.owner = command, folder, port, url, owner
        self.start()

    def start(self) -> None:
        log = self.folder / "log"
        with log.open("a") as output:
            self.process = subprocess.Popen(
                self.command, cwd=self.folder, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=die_with_parent, **self.owner,
            )  # fmt: skip
        services.wait_until_listening(self.process, self.port, log)
        if self.url.startswith("postgres"):
            services.wait_until_accepting(self.url)

    def kill(self) -> None:
        """End it and its children without a chance to tidy up."""
        family = [self.process.pid, *children_of(self.process.pid)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while any(Path(f"/proc/{pid}").exists() and not is_zombie(pid) for pid in family):
            time.sleep(0.01)

    def hang(self) -> None:
        """Let it accept connections and never answer, until `go_on`."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)


def children_of(pid: int) -> list[int]:
    """The direct children of a process. Linux only."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def is_zombie(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """A PostgreSQL with the settings that it ships with: what it acknowledged is on the disk."""
    initdb, postgres = services.program("initdb", "postgresql"), services.program("postgres", "postgresql")
    owner, port = services.unprivileged(), services.free_port()
    with services.private_directory("ladder-faults-postgresql-", owner) as folder:
        data = services.initialised(initdb, folder, owner)
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-p", str(port)]
        url = f"postgres://ladder@127.0.0.1:{port}/postgres"
        with until_killed(Server([postgres, "-D", str(data), *options], folder, port, url, owner)) as server:
            yield server


@contextlib.contextmanager
def redis() -> Iterator[Server]:
    """A Redis that keeps nothing: killed and started again it is empty."""
    port = services.free_port()
    with services.private_directory("ladder-faults-redis-", {}) as folder:
        options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", "", "--appendonly", "no"]
        command = [services.program("redis-server", "redis-server"), *options]
        with until_killed(Server(command, folder, port, f"redis://127.0.0.1:{port}/0", {})) as server:
            yield server


@contextlib.contextmanager
def until_killed(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.kill()
