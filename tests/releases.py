"""Two small releases of one framework, mini@1.0.0 and mini@1.1.0, between which each kind of change happens once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from manifesto import catalog
from manifesto.definitions import Framework
from manifesto.diff import MINOR, next_version
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


def next_minor(source: Framework, folder: Path) -> Framework:
    """A release after `source`, written to `folder`, that changes one question in each way there is.

    Another wording of P01.1, P09.3 retired, P01.9 new, P15.1 re-anchored with a crosswalk that reads 2 as 1 and
    doesn't tell of 4.
    """
    data: dict = {}
    for file in sorted((catalog.DIRECTORY / source.key / source.version).rglob("*.yaml")):
        for name, value in yaml.safe_load(file.read_text("utf-8")).items():
            data[name] = data[name] + value if name in data else value
    by_key = {entry["key"]: entry for entry in data["questions"]}
    new = by_key["P01.1"] | {"key": "P01.9", "stem": {"en": "What else?", "pt-br": "O que mais?"}}
    by_key["P01.1"]["stem"] = {"en": "In other words?", "pt-br": "Em outras palavras?"}
    revision = by_key["P15.1"]["revision"]
    by_key["P15.1"]["revision"] = revision + 1
    data["questions"] = [entry for entry in data["questions"] if entry["key"] != "P09.3"] + [new]
    for initiative in data["initiatives"]:
        initiative["lifts"].pop("P09.3", None)
    for passage in (passage for chapter in data.get("chapters", []) for passage in chapter["passages"]):
        passage["questions"] = [key for key in passage.get("questions", []) if key != "P09.3"]
    data |= {"version": next_version(source.version, MINOR), "supersedes": source.version}
    data["crosswalk"] = [
        {
            "question": "P15.1",
            "from_revision": revision,
            "to_revision": revision + 1,
            "levels": [1, 1, 3, None, 5],
            "reason": {"en": "Stricter.", "pt-br": "Mais rigoroso."},
        }
    ]
    folder.mkdir(parents=True)
    for name, value in data.items():
        parts = [value[i : i + 30] for i in range(0, len(value), 30)] if isinstance(value, list) else [value]
        for number, part in enumerate(parts):
            text = yaml.safe_dump({name: part}, allow_unicode=True, sort_keys=False, width=110)
            (folder / f"{name}-{number}.yaml").write_text(text, "utf-8")
    return load(folder)
