"""Two small releases of one framework, mini@1.0.0 and mini@1.1.0, between which each kind of change happens once."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifesto import catalog
from manifesto.loader import load

DIRECTORY = Path(__file__).parent / "fixtures" / "frameworks"
OLD, NEW = (load(DIRECTORY / "mini" / version) for version in ("1.0.0", "1.1.0"))


@pytest.fixture
def two_releases(tmp_path, monkeypatch):
    """The catalog has the two small releases beside the shipped ones."""
    (tmp_path / "mini").symlink_to(DIRECTORY / "mini")
    for folder in catalog.DIRECTORY.iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    monkeypatch.setattr(catalog, "DIRECTORY", tmp_path)
    catalog.releases.cache_clear()
    yield OLD, NEW
    catalog.releases.cache_clear()
