"""Compile the .po files given (default: all) to .mo. Fuzzy entries stay out: a guess is not a translation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_file(source: Path) -> None:
    """Write `source`'s .mo beside it, in one step, so that nobody reads half a file."""
    target = source.with_suffix(".mo")
    draft = source.with_suffix(".mo.new")
    with source.open("rb") as file:
        catalog = read_po(file, locale=source.parts[-3], abort_invalid=True)
    with draft.open("wb") as file:
        write_mo(file, catalog, use_fuzzy=False)
    os.replace(draft, target)


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        compile_file(path)
