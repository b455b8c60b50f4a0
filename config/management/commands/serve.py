"""Serve the product: web process, worker and reaper under one roof, or one of them alone in a container."""

from __future__ import annotations

import json
import logging
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from config import metrics
from config.env import ROOT
from config.supervisor import Child, Refused, Supervisor, check_port, claim_data, web_address
from jobs import actions, heartbeat
from jobs.models import Job
from organizations.models import Membership, Organization, Role

REAP_SECONDS = 5
READY_SECONDS = 90
WORKER_PROCESSES = 2
EXPECTED_WARNINGS = (  # a start without collected static files, as root on a machine of one's own, is in order
    "ignore:No directory at",
    "ignore:You're running the worker with superuser privileges",
)
EXAMPLE = """examples:
  manage.py serve                     web and worker on 127.0.0.1:8000
  manage.py serve --web-only --host 0.0.0.0
  manage.py serve --reaper-only       one per installation, beside workers of their own
"""

log = logging.getLogger("config.serve")


class Command(BaseCommand):
    help = "Serve the web pages and work on background jobs until Ctrl-C or SIGTERM."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = EXAMPLE
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
        data = parser.add_mutually_exclusive_group()
        data.add_argument("--demo", action="store_true", help="load the demo workspace into the existing data")
        data.add_argument("--empty", action="store_true", help="load no demo workspace on the first start")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--web-only", action="store_true", help="only the web process, in place of this one")
        part.add_argument("--reaper-only", action="store_true", help="only the reaper of lost and unheard jobs")

    def handle(self, *args, host: str, port: int, demo: bool, empty: bool, **options) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the children run, Ctrl-C simply ends it
        if options["reaper_only"]:
            return reap_until(stop_on_signals())
        address = web_address(host, port)
        try:
            if not options["web_only"]:
                claim_data(settings.DATA, address)
            check_port(host, port)
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        if options["web_only"]:
            os.chdir(ROOT)
            environment = child_environment(address) | web_environment(port)
            os.execve(sys.executable, web_command(host, port), environment)
        prepare_data(settings.DATA, demo=demo, empty=empty)
        self.supervise(host, port, address)

    def supervise(self, host: str, port: int, address: str) -> None:
        web = Child("web", web_command(host, port), web_environment(port))
        children = [web, Child("worker", worker_command())]
        supervisor = Supervisor(children, child_environment(address), ROOT, report=self.say)
        stop = stop_on_signals()
        reaper = threading.Thread(target=reap_until, args=(stop,), daemon=True)
        supervisor.start()
        reaper.start()
        try:
            announced = threading.Thread(target=self.announce, args=(address, stop), daemon=True)
            announced.start()
            while not stop.wait(0.25):
                supervisor.tick()
        finally:
            stop.set()
            self.say("Stopping ...")
            supervisor.stop()
            shutil.rmtree(web.own_environment[metrics.DIRECTORY_VARIABLE], ignore_errors=True)
            reaper.join(2)
            release_jobs()
            self.say("Stopped.")

    def announce(self, address: str, stop: threading.Event) -> None:
        """Say "ready" once web and worker are up, with the address and the way in."""
        parts = wait_until_ready(address, stop)
        if stop.is_set():
            return
        base = child_environment(address)["LADDER_BASE_URL"]
        missing = [f"{name}: {state}" for name, state in parts.items() if state != "ok"]
        note = f" (degraded: {', '.join(missing)})" if missing else ""
        self.say(f"DataOps Ladder is ready{note}: {base}")
        self.say(way_in(child_environment(address)))
        self.say("Stop with Ctrl-C.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def web_command(host: str, port: int) -> list[str]:
    """Granian with one worker unless GRANIAN_WORKERS says more; its other settings come from the environment, too."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--blocking-threads", "4", "--log-level", "warning", "--workers-kill-timeout", "3"),
        *("--log-config", str(ROOT / "config" / "granian-logs.json")),
        *("--respawn-failed-workers", "--working-dir", str(ROOT), "config.wsgi:application"),
    ]


def web_environment(port: int) -> dict[str, str]:
    """What only the web processes get: the directory in which they count together."""
    return {metrics.DIRECTORY_VARIABLE: metrics.fresh_directory(port)}


def worker_command() -> list[str]:
    """One Celery worker for both queues; processes where the platform has them, else threads."""
    pool = "prefork" if hasattr(os, "fork") else "threads"
    return [
        *(sys.executable, "-m", "celery", "--quiet", "--app", "config.celery", "worker"),
        *("--queues", "default,reports"),
        *("--pool", pool, "--concurrency", str(WORKER_PROCESSES), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def child_environment(address: str) -> dict[str, str]:
    """The environment of the children: links lead to the address served, byte code is kept to start faster."""
    environment = {"LADDER_BASE_URL": address, "PYTHONWARNINGS": ",".join(EXPECTED_WARNINGS), **os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def prepare_data(directory: Path, *, demo: bool, empty: bool) -> None:
    """Load the demo workspace when asked for, or on the first start of an installation without organizations."""
    marker = directory / "started"
    first = not marker.exists() and not Organization.objects.exists()
    loaded = Organization.objects.filter(is_demo=True).exists()
    if not loaded and (demo or (first and not empty)):
        call_command("load_demo")
    marker.touch()


def release_jobs() -> None:
    """Give back the jobs of a worker that had to be killed. On SQLite ours was the only worker; else its lease ends."""
    if settings.EMBEDDED:
        for job in Job.objects.filter(state=Job.State.RUNNING):
            actions.release(job=job)


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def reap_until(stop: threading.Event) -> None:
    """Run the reaper every few seconds. A database that is away for a while is logged, and tried again."""
    while not stop.wait(REAP_SECONDS):
        close_old_connections()
        try:
            alive = heartbeat.is_anybody_alive(timezone.now())
            patience = actions.PATIENCE if alive else actions.PATIENCE_WITH_NOBODY
            actions.reap(now=timezone.now(), patience=patience)
            actions.start_daily_work(now=timezone.now())
        except Exception:
            log.exception("The reaper failed; it tries again in %s s", REAP_SECONDS)


def wait_until_ready(address: str, stop: threading.Event) -> dict[str, str]:
    """The parts that /readyz names with their states, as soon as all are ok, or as they are when time is up."""
    parts, end = {"web": "not answering"}, time.monotonic() + READY_SECONDS
    while time.monotonic() < end and not stop.wait(0.3):
        parts = read_parts(address)
        if all(state == "ok" for state in parts.values()):
            break
    return parts


def read_parts(address: str) -> dict[str, str]:
    """The parts of /readyz with their states; a server that doesn't answer is a part that isn't there."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as response:
            return json.load(response)["parts"]
    except urllib.error.HTTPError as error:
        return {"web": f"answers {error.code}"}
    except (OSError, ValueError, KeyError) as error:
        return {"web": str(error)}


def way_in(environment: dict[str, str]) -> str:
    """How to sign in: a one-time link for the owner (the demo's first), or how to create one."""
    owners = Membership.objects.filter(role=Role.OWNER, user__is_active=True)
    owner = owners.order_by("-organization__is_demo", "pk").select_related("user").first()
    manage = [sys.executable, str(ROOT / "manage.py"), "login_link"]
    if owner is None:
        return (
            f"Nobody has an account yet. Create the owner, in a second terminal: {on_same_data()} EMAIL --create-owner"
        )
    done = subprocess.run([*manage, owner.user.email], env=environment, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return f"No login link for {owner.user.email}: {done.stderr.strip()}"
    return f"Sign in as {owner.user.email} (one-time link, valid 24 hours): {done.stdout.split()[-1]}"


def on_same_data() -> str:
    """The command that prints login links, as a person types it in the checkout for the data that are served."""
    chosen = os.environ.get("LADDER_DATA_DIR", "")
    data = f"LADDER_DATA_DIR={shlex.quote(chosen)} " if chosen else ""
    return f"{data}.venv/bin/python manage.py login_link"
