"""Solve one scheduling instance from a file and print the plan as JSON."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessment.answers import FaultyInput, read_json
from reports.roadmap import exact
from reports.roadmap.instance import Instance, InvalidInstance, parse_instance, unknown_fields
from reports.roadmap.schedule import Solution, unreached

WRONG_INPUT = 2
EXAMPLE = """example:
  manage.py plan instance.json --time-limit 10

  {"capacity": [6, 6],
   "questions": {"q1": {"gap": 2, "weight": 1.0}},
   "initiatives": {"A": {"effort": 3, "lifts": {"q1": 2}, "prerequisites": []}}}
"""


class Command(BaseCommand):
    help = "Solve one scheduling instance: which initiative to complete in which quarter, and how good that is."
    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.epilog = EXAMPLE
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.json", help="the instance")
        parser.add_argument(
            "--time-limit",
            type=_seconds,
            default=exact.TIME_LIMIT,
            metavar="S",
            help="seconds for the whole search (default: %(default)g); what was found until then is printed",
        )

    def handle(self, *args: Any, file: str, time_limit: float, **options: Any) -> None:
        end = time.monotonic() + time_limit
        instance = self._read(file)
        solution = exact.solve(instance, lambda: end - time.monotonic())
        if solution.because:
            self.stderr.write(f"no plan: {solution.because}")
        elif solution.plan is None:
            self.stderr.write("no plan was found in the time; that isn't a proof that there is none")
        elif solution.status != "optimal":
            self.stderr.write(f"within {float(solution.gap or 0):.1%} of the best plan; more time may show more")
        self.stdout.write(json.dumps(as_json(instance, solution), indent=2))

    def _read(self, file: str) -> Instance:
        try:
            data = read_json(Path(file).read_text(encoding="utf-8"))
            instance = parse_instance(data)
        except FaultyInput as error:
            raise CommandError("\n".join(str(fault) for fault in error.faults), returncode=WRONG_INPUT) from error
        except InvalidInstance as error:
            raise CommandError(str(error), returncode=WRONG_INPUT) from error
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: can't be read: {error}", returncode=WRONG_INPUT) from error
        for path in unknown_fields(data):
            self.stderr.write(f"warning: {path}: unknown field, passed over")
        return instance


def as_json(instance: Instance, solution: Solution) -> dict[str, Any]:
    """The solution in the form of interfaces.md, each number the double nearest to the exact one."""
    quarters = {} if solution.plan is None else dict(sorted(solution.plan.quarters.items()))
    answer = {
        "status": solution.status,
        "objective": None if solution.plan is None else float(solution.plan.objective),
        "bound": float(solution.bound),
        "gap": None if solution.gap is None else float(solution.gap),
        "quarters": quarters,
        "heuristic": {"greedy": _double(solution.greedy), "local_search": _double(solution.local_search)},
        "unreached": {
            key: {"missing": float(item.missing), "reason": item.reason}
            for key, item in unreached(instance, quarters).items()
        },
    }
    if solution.status == "infeasible":
        answer |= {"shortest_horizon": solution.shortest_horizon, "because": solution.because}
    return answer


def _double(value: Any) -> float | None:
    return None if value is None else float(value)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be a positive number of seconds")
    return value
