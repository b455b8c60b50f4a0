"""One real installation for the journeys: its own data directory, web and worker as `./run` starts them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from config.env import ROOT
from config.supervisor import die_with_parent
from tests.services import free_port

START_SECONDS = 120
STOP_SECONDS = 20
LINK = re.compile(r"http://\S+/login-link/\S+")


class Installation:
    """A running product at `url`. `changed` tells that a journey changed the demo workspace."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = directory / "serve.log"
        self.environment = environment(LADDER_DATA_DIR=str(directory / "data"), LADDER_BASE_URL=self.url)
        self.cookies: dict[str, dict] = {}
        self.changed = False

    def manage(self, *arguments: str) -> str:
        """What a management command printed; its failure fails the test with what it said."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def login_link(self, email: str, *options: str) -> str:
        """A link that signs somebody in once."""
        return self.manage("login_link", email, *options).split()[-1]

    def printed_link(self) -> str:
        """The way in that the start printed on the terminal."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if found := LINK.search(self.log.read_text(encoding="utf-8")):
                return found[0]
            time.sleep(0.2)
        raise AssertionError(f"The start printed no login link: {self.log.read_text(encoding='utf-8')}")

    def renew_demo(self) -> None:
        """The demo workspace as it was at the start, where a journey has changed it."""
        if self.changed:
            self.manage("remove_demo")
            self.manage("load_demo")
            self.cookies.clear()
            self.changed = False


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without what the tests' settings or a developer's shell say about the product."""
    ours = ("LADDER_", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | variables


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Installation]:
    """An installation on its first start, which loads the demo workspace; ended with all its processes."""
    installation = Installation(directory)
    installation.manage("migrate", "--no-input", "--verbosity", "0")
    command = [sys.executable, str(ROOT / "manage.py"), "serve", "--port", str(installation.port)]
    with installation.log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env=installation.environment, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        wait_until_ready(installation, server)
        yield installation
    finally:
        stop(server)


def wait_until_ready(installation: Installation, server: subprocess.Popen) -> None:
    """Until /readyz says that database, migrations, broker and worker are ok."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        if status_of(installation.url) == "ok":
            return
        time.sleep(0.2)
    raise AssertionError(f"The installation didn't get ready: {installation.log.read_text(encoding='utf-8')[-3000:]}")


def status_of(url: str) -> str:
    """What /readyz says; nothing while nobody answers."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return json.load(answer)["status"]
    except (OSError, ValueError):
        return ""


def stop(server: subprocess.Popen) -> None:
    """End the server as Ctrl-C does. It ends its children; if it hangs, its own group is killed."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
