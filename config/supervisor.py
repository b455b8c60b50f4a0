"""Keeps the processes of one installation alive, and keeps two installations off one data directory.

Standard library only, because tools/dev.py asks here before anything is installed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: no flock, so nothing keeps a second start off
    fcntl = None

LOCK_VARIABLE = "LADDER_LOCK_FD"
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
HEALTHY_SECONDS = 60.0
GRACE_SECONDS = 2.5
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Refused(Exception):
    """A start that would get in the way of another one. Its text is what the person reads."""


# --- one installation per data directory and port -------------------------------------------------------------------


def claim_data(directory: Path, address: str) -> int:
    """Lock the data directory for the life of this process and return the lock's file descriptor.

    A lock that an earlier program of the same process took is kept (its descriptor is in LADDER_LOCK_FD).
    Raises Refused when another process holds it.
    """
    inherited = os.environ.pop(LOCK_VARIABLE, "")
    path = directory / "serve.lock"
    descriptor = int(inherited) if inherited else os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if fcntl:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = path.read_text().strip() or "another process"
            raise Refused(f"Already running on {directory}: {holder}. Stop it first, or set LADDER_DATA_DIR.") from None
    os.set_inheritable(descriptor, False)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()}, {address}\n".encode(), 0)
    return descriptor


def served_address(directory: Path) -> str:
    """The address at which the directory's data are served, or were the last time; empty when they never were."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (directory / "serve.lock").read_text().strip().partition(", ")[2]
    return ""


def hand_over_lock(descriptor: int) -> dict[str, str]:
    """What the environment must say so that the program that replaces this one keeps the lock."""
    os.set_inheritable(descriptor, True)
    return {LOCK_VARIABLE: str(descriptor)}


def check_port(host: str, port: int) -> None:
    """Raise Refused when nothing can listen at `host` and `port`, with the reason."""
    if not 1 <= port <= 65535:
        raise Refused(f"Port {port} doesn't exist: ports are 1 to 65535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise Refused(
            f"Port {port} on {host} can't be used: {error.strerror}. Choose another one with --port."
        ) from None


def web_address(host: str, port: int) -> str:
    """The address at which a browser on this machine finds a server that listens on `host`."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


# --- child processes --------------------------------------------------------------------------------------------------


def prctl(option: int, value: int) -> None:
    """Linux's process control; elsewhere nothing happens, and children of a killed supervisor stay."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def die_with_parent() -> None:
    """Runs in a new child: ask the kernel to end it when its parent is gone, however that ended."""
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One supervised program. `name` is what messages call it."""

    name: str
    command: Sequence[str]
    own_environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0

    def start(self, environment: Mapping[str, str], directory: Path) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            list(self.command),
            cwd=directory,
            env={**environment, **self.own_environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Signal the child alone: it ends its own children in good order."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kill whatever is left of the child's process group."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


@dataclass
class Supervisor:
    """Starts the children, restarts with a growing pause what ends, and ends all of them together."""

    children: list[Child]
    environment: Mapping[str, str]
    directory: Path
    report: Callable[[str], None] = print
    stopping: bool = field(default=False, init=False)

    def start(self) -> None:
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        for child in self.children:
            child.start(self.environment, self.directory)

    def tick(self) -> None:
        """One look at the children; call it a few times a second."""
        for child in self.children:
            if not child.alive:
                self._revive(child)
        reap_strays({child.process.pid for child in self.children if child.process})

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if not child.due:
            child.kill_group()
            if now - child.started > HEALTHY_SECONDS:
                child.pause = FIRST_PAUSE
            self.report(f"{child.name} ended ({child.process.returncode}); starting it again in {child.pause:.0f} s")
            child.due, child.pause = now + child.pause, min(child.pause * 2, LONGEST_PAUSE)
        elif now >= child.due:
            child.due = 0.0
            child.start(self.environment, self.directory)

    def stop(self) -> None:
        """End all children: kindly, then firmly (a worker gives its job up), then by force. Takes some seconds."""
        self.stopping = True
        for number, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGQUIT, 1.5)):
            for child in self.children:
                child.signal(number)
            if self._wait(patience):
                break
        for child in self.children:
            child.kill_group()
            if child.process is not None:
                child.process.wait()
        kill_strays()

    def _wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not any(child.alive for child in self.children):
                return True
            time.sleep(0.05)
        return False


def own_processes() -> list[tuple[int, str]]:
    """(id, state) of direct children in other process groups, adopted orphans among them. Linux only, else empty."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, parent, group = entry.read_text().rpartition(")")[2].split()[:3]
            if int(parent) == os.getpid() and int(group) != os.getpgrp():
                found.append((int(entry.parent.name), state))
    return found


def reap_strays(known: set[int]) -> None:
    """Bury adopted processes (a browser of a worker that was recycled) when they end."""
    for pid, state in own_processes():
        if state == "Z" and pid not in known:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def kill_strays() -> None:
    """Kill what outlived its own parent in another process group, again until nothing is left."""
    for _ in range(20):
        strays = own_processes()
        if not strays:
            return
        for pid, _state in strays:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
