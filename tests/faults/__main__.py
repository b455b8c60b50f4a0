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
from pathlib import Path

import django


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
    for name in options.rounds or by_name:
        round_ = by_name[name]
        times = options.times or (round_.full if options.full else round_.short or round_.full)
        for on in round_.on:
            if options.on in (None, on):
                with tempfile.TemporaryDirectory(prefix="ladder-faults-", ignore_cleanup_errors=True) as folder:
                    with PLACES[on](Path(folder), hurried=not options.full) as place:
                        outcome = round_.measured(place, times)
                print(f"{name} on {on}: {outcome.times} times, {len(outcome.wrong)} wrong", file=sys.stderr, flush=True)
                for wrong in outcome.wrong[:20]:
                    print(f"  {wrong}", file=sys.stderr, flush=True)
                rows.append((round_, on, outcome))
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps([as_dict(*row) for row in rows], indent=2) + "\n")
    return int(any(outcome.wrong for _round, _on, outcome in rows))


if __name__ == "__main__":
    sys.exit(main())
