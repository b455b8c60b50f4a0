"""`manage.py backup`: every row and every document in one file."""

from __future__ import annotations

import shutil
import sys
import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.utils import timezone

from config.backup.archive import Manifest
from config.backup.making import NothingToBackUp, make
from config.backup.tables import NewerVersion

REFUSED = 2
EXAMPLE = """examples:
  manage.py backup /backups/ladder-2026-09-28.zip
  manage.py backup - > ladder-2026-09-28.zip

The file holds names, addresses, password hashes and answers: keep it where only you can read it. It doesn't hold the
secret key (LADDER_SECRET_KEY, or the file secret_key in the data directory).

exit codes: 0 made; 2 it can't be made there or of this database (nothing changed), 1 it broke (nothing changed)"""


class Command(BaseCommand):
    help = (
        "Write all data, as they are at one moment, and all documents into one file. The product may go on working; "
        "an earlier file of this name is replaced once the new one is complete."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs) -> ArgumentParser:
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the file to write, or - for standard output")

    def handle(self, *args, file: str, **options) -> None:
        try:
            if file == "-":
                self.to_standard_output()
            else:
                self.to_file(Path(file).expanduser())
        except NothingToBackUp:
            raise CommandError(
                "The database has no tables yet: there is nothing to back up.", returncode=REFUSED
            ) from None
        except NewerVersion as error:
            raise CommandError(f"This database can't be backed up here. {error}", returncode=REFUSED) from None
        except (DatabaseError, OSError) as error:
            raise CommandError(f"There is no backup; it broke: {str(error).strip()}") from error

    def to_file(self, path: Path) -> None:
        if path.is_dir():
            raise CommandError(f"{path} is a directory; name a file.", returncode=REFUSED)
        if not path.absolute().parent.is_dir():
            raise CommandError(f"There is no directory {path.parent}.", returncode=REFUSED)
        manifest = make(path, now=timezone.now())
        self.stdout.write(f"{contents(manifest)}: {path} ({path.stat().st_size / 1e6:.1f} MB)")

    def to_standard_output(self) -> None:
        if sys.stdout.isatty():
            raise CommandError("Standard output is a terminal; send it into a file.", returncode=REFUSED)
        with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.DATA) as folder:
            path = Path(folder) / "backup.zip"
            manifest = make(path, now=timezone.now())
            with path.open("rb") as source:
                shutil.copyfileobj(source, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        self.stderr.write(contents(manifest))


def contents(manifest: Manifest) -> str:
    return f"{manifest.rows} rows of {len(manifest.tables)} tables and {len(manifest.files)} files"
