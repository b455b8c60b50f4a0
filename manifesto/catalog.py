"""The framework releases that this installation has. Each is read once and kept for the life of the process.

Nothing else reads the files, so that releases can later come from elsewhere, too. Pure: no Django, no clock.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from manifesto.definitions import Framework
from manifesto.loader import FrameworkError, Problem, load

DIRECTORY = Path(__file__).parent / "frameworks"
DEFAULT = "dataops"


class UnknownFramework(LookupError):
    """No release of that name; the message lists those that exist."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no framework {name!r}; known: {', '.join(identifiers()) or 'none'}")


@cache
def releases() -> tuple[tuple[str, str], ...]:
    """Key and version of every release: keys in alphabetical order, versions from the oldest to the newest."""
    found = [(folder.parent.name, folder.name) for folder in DIRECTORY.glob("*/*") if _is_version(folder.name)]
    return tuple(sorted(found, key=lambda release: (release[0], ordinal(release[1]))))


def identifiers() -> tuple[str, ...]:
    """Every release as key@version, in the order of `releases`."""
    return tuple(f"{key}@{version}" for key, version in releases())


@cache
def get(key: str, version: str) -> Framework:
    """The release `version` of the framework `key`. Raises UnknownFramework, or FrameworkError for faulty files."""
    if (key, version) not in releases():
        raise UnknownFramework(f"{key}@{version}")
    framework = load(DIRECTORY / key / version)
    if (framework.key, framework.version) != (key, version):
        message = f"the files say {framework.identifier}, their directory {key}@{version}."
        raise FrameworkError([Problem("framework.yaml", 0, "version", message)])
    return framework


def current(key: str = DEFAULT) -> Framework:
    """The newest release of the framework `key` by semantic version. Raises UnknownFramework."""
    versions = [version for name, version in releases() if name == key]
    if not versions:
        raise UnknownFramework(key)
    return get(key, versions[-1])


def find(identifier: str) -> Framework:
    """The release named by "key@version", or the newest one for "key". Raises UnknownFramework."""
    key, at, version = identifier.partition("@")
    if not at:
        return current(key)
    return get(key, version)


def between(key: str, older: str, newer: str) -> tuple[Framework, ...]:
    """The releases of `key` after `older` and before `newer`, from the oldest on."""
    inside = [v for name, v in releases() if name == key and ordinal(older) < ordinal(v) < ordinal(newer)]
    return tuple(get(key, version) for version in inside)


def _is_version(name: str) -> bool:
    parts = name.split(".")
    return len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts)


def ordinal(version: str) -> tuple[int, ...]:
    """The numbers of a semantic version, which put releases in order."""
    return tuple(int(part) for part in version.split("."))
