"""The JSON Schema of the framework files, for editors: `python -m manifesto.schema > docs/framework.schema.json`.

It is made from the types, so it says what one file may hold. What entries say about each other, the loader checks; how
they are written, the linter. Pure: no Django, no clock.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from manifesto.definitions import Framework

TITLE = "One file of a DataOps Ladder framework release"
DESCRIPTION = "The files of a release are merged: lists are joined, so each file may hold any part of them."


def schema() -> dict[str, Any]:
    """The schema as data. Nothing is required at the top, since a file holds a part of the release."""
    made = Framework.model_json_schema(by_alias=True)
    made.pop("required")
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | made | {"title": TITLE, "description": DESCRIPTION}


def text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
