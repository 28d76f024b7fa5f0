"""``manage.py verify_records``: exits 0 if the records are what was written, 1 if not."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import interface


class Command(BaseCommand):
    help = "Check every record of the event log against its hash, its chain and its stream's head."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stream", help="check one stream only, such as order:<id>")

    def handle(self, *_: Any, stream: str | None = None, **__: Any) -> None:
        try:
            report = interface.verify_records(stream=stream)
        except interface.StreamNotFound as error:
            raise CommandError(error.message) from error
        read = f"{report.records:,} records in {report.streams:,} streams were read"
        if report.first_bad is None:
            self.stdout.write(f"The records are intact: {read}, each is as it was written.")
            return
        found = "one problem was" if report.problems == 1 else f"{report.problems:,} problems were"
        self.stdout.write(f"The records are NOT intact: {read}, {found} found.")
        self.stdout.write(f"First bad record: {report.first_bad}")
        sys.exit(1)
