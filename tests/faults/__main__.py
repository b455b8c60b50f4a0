"""`python -m tests.faults [ROUND ...] [--full] [--on PLACE] [--json FILE]`: provoke faults and count what is lost.

Each round starts a PostgreSQL, a Redis, web processes and workers of its own, or the embedded profile, below a
temporary directory, and removes them. It prints a table and ends with 1 when something didn't hold.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.faults.place import Place
    from tests.faults.rounds import Outcome, Round


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from tests.faults.catalogue import ROUNDS  # they need the settings
    from tests.faults.place import PLACES
    from tests.faults.rounds import as_dict, table

    by_name = {round_.name: round_ for round_ in ROUNDS}
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rounds", nargs="*", metavar="ROUND", help=f"any of: {', '.join(by_name)} (default: all)")
    parser.add_argument("--full", action="store_true", help="as often as a release wants it; else a short round")
    parser.add_argument("--times", type=int, help="so often instead")
    parser.add_argument("--on", choices=sorted(PLACES), help="only on this kind of installation")
    parser.add_argument("--json", type=Path, metavar="FILE", help="store the outcomes, too")
    options = parser.parse_args()
    if unknown := set(options.rounds) - set(by_name):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(by_name)}")
    rows = []
    for round_ in [by_name[name] for name in options.rounds or by_name]:
        for on in [on for on in round_.on if options.on in (None, on)]:
            times = options.times or (round_.full if options.full else round_.short or round_.full)
            rows.append((round_, on, outcome := run(round_, PLACES[on], times, hurried=not options.full)))
            print(f"{round_.name} on {on}: {outcome.times} times, {len(outcome.wrong)} wrong", file=sys.stderr)
            print(*(f"  {wrong}" for wrong in outcome.wrong[:20]), sep="\n", end="", file=sys.stderr, flush=True)
    given = " --full" * options.full + (f" --times {options.times}" if options.times else "")
    print(table(rows, given))
    if options.json:
        options.json.write_text(json.dumps([as_dict(*row) for row in rows], indent=2) + "\n")
    return int(any(outcome.wrong for _round, _on, outcome in rows))


def run(round_: Round, start: Callable[..., AbstractContextManager[Place]], times: int, hurried: bool) -> Outcome:
    with (
        tempfile.TemporaryDirectory(prefix="ladder-faults-", ignore_cleanup_errors=True) as folder,
        start(Path(folder), hurried=hurried) as place,
    ):
        return round_.measured(place, times)


if __name__ == "__main__":
    sys.exit(main())
