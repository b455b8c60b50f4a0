import json
import re

import pytest

from manifesto import catalog
from manifesto.export import export
from manifesto.loader import FrameworkError, load

SHIPPED = catalog.DIRECTORY


def test_every_shipped_release_loads_and_carries_the_name_of_its_directory():
    assert catalog.releases()
    for key, version in catalog.releases():
        assert load(catalog.DIRECTORY / key / version).identifier == f"{key}@{version}"


def test_a_line_never_breaks_between_a_number_and_its_percent_sign():
    key, version = catalog.releases()[-1]
    texts = json.dumps(export(catalog.get(key, version)), ensure_ascii=False)
    assert re.findall(r".{0,20}\d ?%", texts) == []
    assert "At least 80\N{NO-BREAK SPACE}%" in texts


def test_a_release_is_read_once():
    key, version = catalog.releases()[-1]
    assert catalog.get(key, version) is catalog.get(key, version)


@pytest.fixture
def releases(tmp_path, monkeypatch):
    for name in ("dataops/0.9.0", "dataops/0.10.0", "dataops/drafts", "another/1.0.0"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(catalog, "DIRECTORY", tmp_path)
    get = catalog.get
    catalog.releases.cache_clear()
    yield tmp_path
    catalog.releases.cache_clear()
    get.cache_clear()


def test_releases_are_ordered_by_semantic_version(releases):
    assert catalog.identifiers() == ("another@1.0.0", "dataops@0.9.0", "dataops@0.10.0")


def test_the_current_release_is_the_newest(releases, monkeypatch):
    monkeypatch.setattr(catalog, "get", lambda key, version: (key, version))
    assert catalog.current() == ("dataops", "0.10.0")
    assert catalog.find("dataops@0.9.0") == ("dataops", "0.9.0")


@pytest.mark.parametrize("name", ["nothing", "dataops@9.9.9", "dataops@../0.9.0", "", "dataops@"])
def test_an_unknown_release_is_refused_by_name(name):
    with pytest.raises(catalog.UnknownFramework, match="there is no framework"):
        catalog.find(name)


def test_files_that_name_another_release_than_their_directory_are_refused(releases):
    key, version = "dataops", "0.10.0"
    (releases / key / version).rmdir()
    (releases / key / version).symlink_to(SHIPPED / key / "0.9.0")
    with pytest.raises(FrameworkError, match=r"the files say dataops@0\.9\.0"):
        catalog.get(key, version)
