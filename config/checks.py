"""Settings that would lose data, let people in or stop growing: refused at the start, each with its remedy."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]", "::1", "testserver"}
SHORTEST_KEY, FEWEST_LETTERS = 50, 5
SHORTEST_TOKEN = 16
SHARED_FILESYSTEMS = ("nfs", "cifs", "smb", "9p", "ceph", "gluster", "fuse.sshfs", "lustre", "afs", "beegfs")
PASSING_FILESYSTEMS = ("tmpfs", "ramfs")


def is_public() -> bool:
    """Whether others than this machine are meant to reach the product."""
    named = {urlsplit(settings.BASE_URL).hostname or "", *settings.ALLOWED_HOSTS}
    return bool(named - LOCAL_NAMES)


def filesystem_of(path: Path, mounts: str = "/proc/mounts") -> str:
    """The kind of filesystem that holds the path; empty where the system doesn't tell."""
    try:
        lines = [line.split() for line in Path(mounts).read_text().splitlines()]
    except OSError:
        return ""
    holding = [(len(point), kind) for _, point, kind, *_ in lines if path.is_relative_to(point.replace("\\040", " "))]
    return max(holding, default=(0, ""), key=lambda one: one[0])[1]


@register(Tags.security)
def no_debug_in_public(app_configs, **_options) -> list[CheckMessage]:
    if not (settings.DEBUG and is_public()):
        return []
    text = "LADDER_DEBUG shows settings and answers to whoever provokes an error, and this installation is public."
    return [Error(text, hint="Unset LADDER_DEBUG.", id="ladder.E001")]


@register(Tags.security)
def secret_key_is_long_and_shared(app_configs, **_options) -> list[CheckMessage]:
    """A key that was made in the data directory is good for one machine; several would each make their own."""
    new = 'Make one with "openssl rand -hex 32", and give the same to each process as LADDER_SECRET_KEY.'
    if not settings.SECRET_KEY_GIVEN:
        text = "LADDER_SECRET_KEY is missing: each machine would sign with a key of its own, and people be signed out."
        alone = settings.EMBEDDED or not is_public()
        return [] if alone else [Error(text, hint=new, id="ladder.E002")]
    key = settings.SECRET_KEY
    if len(key) >= SHORTEST_KEY and len(set(key)) >= FEWEST_LETTERS:
        return []
    return [Error(f"LADDER_SECRET_KEY can be guessed: it has {len(key)} characters.", hint=new, id="ladder.E003")]


@register(Tags.files)
def sqlite_is_on_this_machine(app_configs, **_options) -> list[CheckMessage]:
    """SQLite's locks hold on one machine only."""
    found = filesystem_of(settings.DATA) if settings.EMBEDDED else ""
    server = "Set DATABASE_URL to a PostgreSQL server"
    if found.startswith(SHARED_FILESYSTEMS):
        text = f"SQLite would lie on a filesystem of the network ({found}): two machines that write there damage it."
        return [Error(text, hint=f"{server}, or LADDER_DATA_DIR to a local disk.", id="ladder.E004")]
    return []


@register(Tags.files, deploy=True)
def servers_come_in_pairs(app_configs, **_options) -> list[CheckMessage]:
    """On one machine half of a pair is in order; on several it loses data, or time."""
    if settings.EMBEDDED and settings.REDIS_URL:
        text = "REDIS_URL without DATABASE_URL: web and worker on two machines would each have a SQLite of their own."
        return [Warning(text, hint="Set DATABASE_URL to a PostgreSQL server, too.", id="ladder.W004")]
    if not settings.EMBEDDED and not settings.REDIS_URL:
        text = "DATABASE_URL without REDIS_URL: limits count per process, and workers elsewhere hear of no job."
        return [Warning(text, hint="Set REDIS_URL, too.", id="ladder.W005")]
    return []


@register(Tags.security)
def metrics_token_is_long(app_configs, **_options) -> list[CheckMessage]:
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= SHORTEST_TOKEN:
        return []
    text = f"LADDER_METRICS_TOKEN can be guessed: it has {len(settings.METRICS_TOKEN)} characters."
    return [Error(text, hint='Make one with "openssl rand -hex 32".', id="ladder.E006")]


@register(Tags.security, deploy=True)
def people_reach_it_by_https(app_configs, **_options) -> list[CheckMessage]:
    if settings.HTTPS or not is_public():
        return []
    text = f"People reach it at {settings.BASE_URL}: what they type and who they are can be read on the way."
    return [
        Warning(text, hint="Put a proxy with a certificate before it, LADDER_BASE_URL=https://...", id="ladder.W007")
    ]


@register(Tags.files, deploy=True)
def data_outlive_the_process(app_configs, **_options) -> list[CheckMessage]:
    found = filesystem_of(settings.DATA)
    if found not in PASSING_FILESYSTEMS:
        return []
    text = f"The data directory is in memory ({found}): what is there is gone after a restart."
    return [Warning(text, hint="Set LADDER_DATA_DIR to a disk or a volume.", id="ladder.W008")]
