"""`manage.py score FILE.json`: answers in, scorecard out, without a database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from assessment.scoring import (
    Fault,
    FaultyInput,
    Submission,
    ignored_answers,
    named_framework,
    parse,
    read_json,
    score,
)
from manifesto import catalog
from manifesto.definitions import Framework
from manifesto.export import framework_hash

EXAMPLE = """example:
  manage.py score answers.json --framework dataops@1.0.0

  answers.json: {"form": "full", "respondents": [{"id": "ana", "answers": {
                  "P09.1": {"level": 4}, "P09.2": {"level": 3, "partly": true},
                  "P09.3": {"state": "not_applicable", "reason": "no production yet"},
                  "ROL.engineer": {"level": 4, "holders": ["AB"]}}}],
                 "projects": [{"name": "Churn alert", "complexity": 4, "ratings": {"DAV.1": 4, "VAL.1": 4}}]}

modules (never part of the overall score; each is printed when something was said about it):
  mlops      google_level 0-2 from the MLO answers, missing: what the next level needs
  roles      coverage 0-1, group_floor 1-5 with its floor_groups, concentration with the people in whose hands it is
  projects   in order of priority (1-5), each with its result: start_now, prepare_data, quick_experiment, park,
             blocked or incomplete; pilot names the one to start with

exit codes: 0 scored, 2 the input is wrong (each fault on one line of stderr), 1 it broke"""


class Command(BaseCommand):
    help = "Scores the answers in a JSON file and prints the scorecard as JSON. Touches no database."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.json", help="answers of one or several respondents")
        parser.add_argument(
            "--framework", metavar="KEY@VERSION", help="the release to score by; beats the one that the file names"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            framework, submission = _read(Path(options["file"]), options["framework"])
        except FaultyInput as error:
            self.refuse(error.faults)
        self.warn(framework, submission)
        card = score(framework, submission.respondents, submission.form, framework_hash(framework), submission.projects)
        self.stdout.write(json.dumps(card.as_dict(), indent=2, ensure_ascii=False))

    def refuse(self, faults: tuple[Fault, ...]) -> NoReturn:
        for fault in faults:
            self.stderr.write(str(fault))
        sys.exit(2)

    def warn(self, framework: Framework, submission: Submission) -> None:
        ignored = ignored_answers(framework, submission)
        if ignored:
            self.stderr.write(f"warning: not in the short form, ignored: {', '.join(ignored)}")


def _read(file: Path, named: str | None) -> tuple[Framework, Submission]:
    """The framework and the answers. Raises FaultyInput with everything that is wrong."""
    data = read_json(_text(file))
    try:
        framework = catalog.find(named or named_framework(data) or catalog.DEFAULT)
    except catalog.UnknownFramework as error:
        unknown = Fault("--framework" if named else "framework", str(error))
        raise FaultyInput([unknown, *_faults(data)]) from error
    return framework, parse(data, framework)


def _faults(data: Any) -> tuple[Fault, ...]:
    """What is wrong with the data whatever the framework."""
    try:
        parse(data)
    except FaultyInput as error:
        return error.faults
    return ()


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FaultyInput([Fault(str(file), f"can't be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise FaultyInput([Fault(str(file), "is not UTF-8 text")]) from error
