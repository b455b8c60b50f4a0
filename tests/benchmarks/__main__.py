"""`python -m tests.benchmarks [CASE ...] [--teams N] [--json FILE]`: measure, print, and store if asked."""

from __future__ import annotations

import argparse
import json
import os
import pkgutil
from importlib import import_module
from pathlib import Path

import django

FEW_TEAMS = 10
NOT_CASES = {"__main__", "counting", "figures", "house", "limit", "quiet", "seeding"}


def names() -> list[str]:
    """The cases: files of this folder."""
    found = {module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])}
    return sorted(found - NOT_CASES)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"any of: {', '.join(names())} (default: all)")
    parser.add_argument("--teams", type=int, help="size of the data, where a case needs any (default: the case's own)")
    parser.add_argument("--seconds", type=int, default=120, help="how long the case load lasts (default: 120)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="store the figures, too")
    options = parser.parse_args()
    if unknown := set(options.cases) - set(names()):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(names())}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    house = import_module("tests.benchmarks.house")  # knows models, hence not before the start of Django
    figures = []
    with house.closing():
        for name in options.cases or names():
            case = import_module(f"tests.benchmarks.{name}")
            if name == "load":
                case.SECONDS = options.seconds
            found = case.run(options.teams or getattr(case, "TEAMS", FEW_TEAMS))
            print(case.figures.table(found), flush=True)
            figures += found
    if options.json:
        options.json.write_text(json.dumps({"cases": [figure.as_dict() for figure in figures]}, indent=2) + "\n")


if __name__ == "__main__":
    main()
