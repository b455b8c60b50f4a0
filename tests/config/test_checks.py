"""What the start refuses: settings that would lose data or let people in, each with its remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import Tags
from django.core.checks.registry import registry

from config import checks
from config.env import ROOT

GOOD_KEY = "0123456789abcdef" * 4
MOUNTS = """\
overlay / overlay rw 0 0
tmpfs /run tmpfs rw 0 0
server:/export /mnt/team\\040files nfs4 rw 0 0
/dev/sda1 /mnt ext4 rw 0 0
"""


def ids(check) -> list[str]:
    return [message.id for message in check(None)]


@pytest.fixture
def public(settings):
    settings.ALLOWED_HOSTS = ["ladder.example.org", "localhost"]
    settings.BASE_URL = "https://ladder.example.org"
    return settings


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/data", "overlay"), ("/mnt/a", "ext4"), ("/mnt/team files/ladder", "nfs4"), ("/run/x", "tmpfs")],
)
def test_the_filesystem_of_a_path_is_that_of_the_nearest_mount(tmp_path, path, kind):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert checks.filesystem_of(Path(path), str(mounts)) == kind


def test_where_the_system_does_not_tell_there_is_no_filesystem(tmp_path):
    assert checks.filesystem_of(tmp_path, str(tmp_path / "nothing")) == ""


def test_debug_is_refused_in_public_only(settings, public):
    settings.DEBUG = True
    assert ids(checks.no_debug_in_public) == ["ladder.E001"]
    settings.ALLOWED_HOSTS, settings.BASE_URL = ["localhost"], "http://127.0.0.1:8000"
    assert ids(checks.no_debug_in_public) == []


@pytest.mark.parametrize(
    ("given", "key", "embedded", "local", "found"),
    [
        (False, "made", True, False, []),  # on one machine the key of the data directory is good
        (False, "made", False, False, ["ladder.E002"]),
        (False, "made", False, True, []),
        (True, GOOD_KEY, False, False, []),
        (True, "short", True, True, ["ladder.E003"]),
        (True, "a" * 64, False, False, ["ladder.E003"]),
    ],
)
def test_a_secret_key_is_long_and_the_same_everywhere(public, given, key, embedded, local, found):
    public.SECRET_KEY_GIVEN, public.SECRET_KEY, public.EMBEDDED = given, key, embedded
    if local:
        public.ALLOWED_HOSTS, public.BASE_URL = ["localhost"], "http://127.0.0.1:8000"
    assert ids(checks.secret_key_is_long_and_shared) == found


@pytest.mark.parametrize(
    ("kind", "embedded", "found"),
    [
        ("ext4", True, []),
        ("nfs4", True, ["ladder.E004"]),
        ("fuse.sshfs", True, ["ladder.E004"]),
        ("nfs4", False, []),  # files of reports may lie there
    ],
)
def test_sqlite_lies_on_a_disk_of_this_machine(settings, monkeypatch, kind, embedded, found):
    monkeypatch.setattr(checks, "filesystem_of", lambda path: kind)
    settings.EMBEDDED = embedded
    assert ids(checks.sqlite_is_on_this_machine) == found


@pytest.mark.parametrize(
    ("embedded", "redis", "found"),
    [(True, "", []), (False, "r", []), (True, "r", ["ladder.W004"]), (False, "", ["ladder.W005"])],
)
def test_a_database_server_and_a_broker_that_others_hear_come_in_pairs(settings, embedded, redis, found):
    settings.EMBEDDED, settings.REDIS_URL = embedded, redis
    assert ids(checks.servers_come_in_pairs) == found


def test_a_short_token_of_the_metrics_is_refused(settings):
    settings.METRICS_TOKEN = "short"
    assert ids(checks.metrics_token_is_long) == ["ladder.E006"]
    settings.METRICS_TOKEN = GOOD_KEY
    assert ids(checks.metrics_token_is_long) == []


def test_public_without_https_and_data_in_memory_are_told_before_a_deployment(public, monkeypatch):
    public.HTTPS = True
    assert ids(checks.people_reach_it_by_https) == []
    public.HTTPS = False
    assert ids(checks.people_reach_it_by_https) == ["ladder.W007"]
    monkeypatch.setattr(checks, "filesystem_of", lambda path: "tmpfs")
    assert ids(checks.data_outlive_the_process) == ["ladder.W008"]


def test_each_refusal_says_what_to_do(public, monkeypatch):
    monkeypatch.setattr(checks, "filesystem_of", lambda path: "nfs")
    public.DEBUG, public.SECRET_KEY_GIVEN, public.SECRET_KEY, public.METRICS_TOKEN = True, True, "short", "short"
    found = [
        message
        for check in (checks.no_debug_in_public, checks.secret_key_is_long_and_shared, checks.metrics_token_is_long)
        for message in check(None)
    ]
    assert len(found) == 3
    assert all(message.hint for message in found)


def manage(tmp_path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    ours = ("LADDER_", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment = kept | {"LADDER_DATA_DIR": str(tmp_path), **variables}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_a_start_that_would_show_secrets_in_public_is_refused_with_the_remedy(tmp_path):
    done = manage(tmp_path, "serve", LADDER_DEBUG="1", LADDER_HOSTS="ladder.example.org")
    assert done.returncode == 1
    assert "ladder.E001" in done.stderr and "Unset LADDER_DEBUG" in done.stderr


def test_the_settings_of_production_pass_the_deployment_check_without_a_warning(tmp_path):
    production = {
        "DATABASE_URL": "postgres://ladder:x@postgresql/ladder",
        "REDIS_URL": "redis://redis/0",
        "LADDER_SECRET_KEY": GOOD_KEY,
        "LADDER_BASE_URL": "https://ladder.example.org",
        "LADDER_HOSTS": "ladder.example.org,localhost",
    }
    deploy = ("check", "--deploy", "--fail-level", "WARNING")
    deploy += tuple(part for tag in ("security", "caches", "urls", "templates") for part in ("--tag", tag))
    done = manage(tmp_path, *deploy, **production)
    assert done.returncode == 0, done.stderr


def test_every_check_of_ours_is_among_those_that_run_at_a_start():
    """Checks with Django's tag for databases would wait for somebody to name a database."""
    ours = {one for one in vars(checks).values() if hasattr(one, "tags")}
    assert len(ours) == 7
    assert ours <= set(registry.get_checks(include_deployment_checks=True))
    assert not any(Tags.database in one.tags for one in ours)
