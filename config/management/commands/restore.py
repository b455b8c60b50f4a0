"""`manage.py restore`: what a backup holds, in the place of an empty database or of everything that is here."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError

from config.backup import restoring
from config.backup.archive import Damaged
from config.backup.places import Busy
from config.backup.tables import NewerVersion
from config.management.commands.backup import contents
from config.supervisor import Refused, claim_data, served_address

REFUSED = 2
EXAMPLE = """examples:
  manage.py restore ladder-2026-09-28.zip --verify
  manage.py restore ladder-2026-09-28.zip --verify --replace
  manage.py restore ladder-2026-09-28.zip --check
  manage.py restore - --verify < ladder-2026-09-28.zip

Stop the product first: web, workers and reaper. People sign in again afterwards. A backup of SQLite restores into
PostgreSQL and the other way round; one of an earlier version is brought to this version.

exit codes: 0 restored; 2 the file is damaged or of a newer version, or there are data here (nothing changed);
1 it broke (nothing changed)"""


class Command(BaseCommand):
    help = (
        "Restore a backup into a database without data, or with --replace in the place of everything that is here. "
        "The file is checked to its last byte first; until the last step the data here stay as they are."
    )
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the backup, or - for standard input")
        parser.add_argument(
            "--verify",
            action="store_true",
            help="read back every row and file that was written, count and hash them, and compare",
        )
        parser.add_argument("--replace", action="store_true", help="replace the data that are here")
        parser.add_argument("--check", action="store_true", help="only check the file, and change nothing")

    def handle(self, *args, file: str, **options) -> None:
        try:
            with self.backup(file) as path:
                if options["check"]:
                    self.stdout.write(f"The file is in order: {contents(restoring.check(path))}.")
                else:
                    self.restore(path, options["replace"], options["verify"])
        except (Damaged, NewerVersion) as error:
            raise CommandError(f"{file} can't be restored. {error} Nothing was changed.", returncode=REFUSED) from None
        except restoring.NotTheSame as error:
            raise CommandError(f"What was written isn't what {file} holds ({error}). Nothing was changed.") from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"It broke, and nothing was changed: {str(error).strip()}") from error

    @contextlib.contextmanager
    def backup(self, file: str) -> Iterator[Path]:
        """The backup as a file that can be read more than once."""
        if file == "-":
            with tempfile.TemporaryDirectory(prefix="restore-", dir=settings.DATA) as folder:
                path = Path(folder) / "backup.zip"
                with path.open("wb") as target:
                    shutil.copyfileobj(sys.stdin.buffer, target)
                yield path
            return
        path = Path(file).expanduser()
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=REFUSED)
        if not os.access(path, os.R_OK):
            raise CommandError(f"{path} isn't readable for this user.", returncode=REFUSED)
        yield path

    def restore(self, path: Path, replace: bool, verify: bool) -> None:
        try:
            with nobody_serving():
                restored = restoring.restore(path, replace=replace, verify=verify)
                (settings.DATA / "started").touch()  # these are the data here: no first start that loads a demo
        except restoring.NotEmpty:
            raise CommandError(
                "There are data here. Add --replace to put the backup in their place. Nothing was changed.",
                returncode=REFUSED,
            ) from None
        except (restoring.WorkersAlive, Busy, Refused) as error:
            reason = str(error) or REASONS[type(error)]
            raise CommandError(f"{reason} Nothing was changed.", returncode=REFUSED) from None
        checked = ", each read back and compared" if verify else ""
        self.stdout.write(f"Restored {contents(restored.manifest)} of {restored.manifest.made_at}{checked}.")
        if restored.upgraded:
            self.stdout.write(f"The data were brought from version {restored.manifest.product} to {settings.VERSION}.")
        if restored.set_aside:
            self.stdout.write(f"Files that were here without data were moved to {restored.set_aside}.")


REASONS = {
    restoring.WorkersAlive: (
        "A worker was alive in the last half minute. Stop web, workers and reaper; if they are stopped, wait a moment."
    ),
    Busy: "Another restore is at work on this database.",
}


@contextlib.contextmanager
def nobody_serving() -> Iterator[None]:
    """Hold the lock of the data directory, so that nothing starts on it meanwhile. Raises Refused."""
    descriptor = claim_data(settings.DATA, served_address(settings.DATA) or settings.BASE_URL)
    try:
        yield
    finally:
        os.close(descriptor)
