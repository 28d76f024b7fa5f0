"""``manage.py load_security_master PATH``: fill the table of instruments from a file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketdata import interface
from trading.kernel.errors import TradingError


class Command(BaseCommand):
    help = "Load the security master from a CSV file: all of it or, if a line is wrong, nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *_: object, path: Path, **__: object) -> None:
        try:
            count = interface.load_security_master(path=path)
        except TradingError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        self.stdout.write(f"{count} instruments loaded from {path}")
