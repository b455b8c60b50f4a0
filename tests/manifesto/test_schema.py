import re
from pathlib import Path

import pytest
import yaml

from manifesto import catalog
from manifesto.schema import schema, text

PUBLISHED = Path(__file__).parents[2] / "docs" / "framework.schema.json"
SCHEMA = schema()
FILES = [
    file for key, version in catalog.releases() for file in sorted((catalog.DIRECTORY / key / version).rglob("*.yaml"))
]
KINDS = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


def faults(data, part, place="", /):
    """What an editor would underline: the part of JSON Schema that is used here."""
    if "$ref" in part:
        yield from faults(data, SCHEMA["$defs"][part["$ref"].rpartition("/")[2]], place)
    if "anyOf" in part and all(list(faults(data, option, place)) for option in part["anyOf"]):
        yield f"{place} is none of the options"
    kind = part.get("type")
    if kind == "null" and data is not None:
        yield f"{place} is not null"
    if kind in KINDS and (not isinstance(data, KINDS[kind]) or (isinstance(data, bool) and kind != "boolean")):
        yield f"{place} is no {kind}"
        return
    if "enum" in part and data not in part["enum"]:
        yield f"{place} is not one of {part['enum']}"
    if kind == "string" and not re.search(part.get("pattern", ""), data):
        yield f"{place} doesn't match {part['pattern']}"
    if kind == "array":
        for index, item in enumerate(data):
            yield from faults(item, part.get("items", {}), f"{place}[{index}]")
    if kind == "object":
        known = part.get("properties", {})
        yield from (f"{place} has no {name}" for name in part.get("required", ()) if name not in data)
        for name, value in data.items():
            if name in known:
                yield from faults(value, known[name], f"{place}.{name}")
            elif part.get("additionalProperties") is False:
                yield f"{place} may not have {name}"


def test_the_published_schema_is_current():
    assert PUBLISHED.read_text("utf-8") == text(), "python -m manifesto.schema > docs/framework.schema.json"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(catalog.DIRECTORY).as_posix())
def test_an_editor_underlines_nothing_in_what_ships(file):
    data = yaml.load(file.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert list(faults(data, SCHEMA)) == []


def test_an_editor_underlines_a_misspelt_field_a_wrong_level_and_a_missing_language():
    question = {"key": "P09.1", "steem": {}, "anchors": [{"level": "five", "en": "A."}]}
    found = set(faults({"questions": [question]}, SCHEMA))
    assert ".questions[0] may not have steem" in found
    assert ".questions[0].anchors[0].level is no integer" in found
    assert ".questions[0].anchors[0] has no pt-br" in found


def test_each_file_of_the_newest_release_tells_editors_its_schema():
    newest = catalog.DIRECTORY.joinpath(*catalog.releases()[-1])
    files = [file for file in FILES if file.is_relative_to(newest)]
    firsts = {file: file.read_text("utf-8").splitlines()[0] for file in files}
    told = {file: re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first) for file, first in firsts.items()}
    assert [file for file in files if not told[file] or (file.parent / told[file][1]).resolve() != PUBLISHED] == []
